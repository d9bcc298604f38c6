/* Importing: what is left out, what a second import reads, and what becomes of the user's changes. */
#include "real_folder.h"
#include "runtime/runtime.h"

/* The paths of a tree, as "a d/b "; to be freed. */
static char *paths_of(struct bench *bench, enum st_root root)
{
    char *dump = workspace_dump(&bench->shadow, root), *line, *rest = NULL;
    struct buffer paths = {0};

    buffer_put_string(&paths, "");
    for (line = strtok_r(dump, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        unsigned kind;
        char path[128] = "";
        if (sscanf(line, "%127[^ ] %u", path, &kind) == 2 && kind != ST_DIRECTORY)
            buffer_printf(&paths, "%s ", path);
    }
    free(dump);
    return paths.size ? buffer_take(&paths) : calloc(1, 1);
}

static void assert_paths(struct bench *bench, enum st_root root, const char *expected)
{
    char *paths = paths_of(bench, root);
    assert_string_equal(paths, expected);
    free(paths);
}

/* A list of an answer as "path: reason\n"; to be freed. */
static char *list_of(const cJSON *answer, const char *name)
{
    struct buffer text = {0};
    const cJSON *item;
    cJSON_ArrayForEach(item, json_get(answer, name))
    {
        buffer_printf(&text, "%s: %s\n", json_string(item, "path", "?"), json_string(item, "reason", "?"));
    }
    return text.size ? buffer_take(&text) : calloc(1, 1);
}

static void assert_list(const cJSON *answer, const char *name, const char *expected)
{
    char *text = list_of(answer, name);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_base(struct bench *bench, const char *path, const char *content)
{
    char *is = workspace_content(&bench->shadow, ST_BASE, path);
    assert_string_equal(is, content);
    free(is);
}

static void put_project(struct bench *bench)
{
    real_put(&bench->real, ".git/config", "[core]\n");
    real_put(&bench->real, "sub/.git", "gitdir: ../.git\n");
    real_put(&bench->real, "node_modules/x/index.js", "x\n");
    real_put(&bench->real, ".gitignore", "*.o\n/build/\n");
    real_put(&bench->real, "a.c", "int a;\n");
    real_put(&bench->real, "a.o", "object\n");
    real_put(&bench->real, "build/out", "out\n");
    real_put(&bench->real, "sub/.gitignore", "!keep.o\n*.log\n");
    real_put(&bench->real, "sub/keep.o", "keep\n");
    real_put(&bench->real, "sub/x.o", "object\n");
    real_put(&bench->real, "sub/build/b", "b\n");
    real_put(&bench->real, "sub/deep/y.log", "log\n");
}

static void leaves_out_what_it_should(void **state)
{
    struct bench bench;
    const cJSON *answer;

    (void)state;
    bench_open(&bench, "");
    put_project(&bench);
    answer = real_import(&bench.real, "");
    assert_paths(&bench, ST_HEAD, ".gitignore a.c sub/.gitignore sub/build/b sub/keep.o ");
    assert_paths(&bench, ST_BASE, ".gitignore a.c sub/.gitignore sub/build/b sub/keep.o ");
    assert_list(answer, "skipped",
                ".git: left out by name\n"
                "node_modules: left out by name\n"
                "a.o: left out by .gitignore: *.o\n"
                "build: left out by .gitignore: /build/\n"
                "sub/.git: left out by name\n"
                "sub/x.o: left out by .gitignore: *.o\n"
                "sub/deep/y.log: left out by sub/.gitignore: *.log\n");
    assert_string_equal(json_string(json_get(answer, "skipped")->child, "by", ""), "name");
    answer = real_import(&bench.real, "\"exclude\":[\"sub\"],\"gitignore\":false");
    assert_paths(&bench, ST_HEAD, ".git/config .gitignore a.c a.o build/out node_modules/x/index.js ");
    answer = real_import(&bench.real, "\"exclude\":[],\"gitignore\":false");
    assert_list(answer, "skipped", "");
    assert_int_equal(json_number(answer, "files", 0), 12);
    bench_close(&bench);
}

static void second_import_reads_what_changed(bool like_browser)
{
    struct bench bench;
    const cJSON *answer;
    uint64_t writes;

    bench_open(&bench, "");
    bench.real.like_browser = like_browser;
    put_project(&bench);
    bench_wait(&bench, 3000);
    real_import(&bench.real, "");
    bench_wait(&bench, 10);
    writes = bench.driver.memory->writes;
    answer = real_import(&bench.real, "\"refresh\":true");
    assert_string_equal(bench.real.read, "");
    assert_int_equal(json_number(answer, "unchanged", 0), 5);
    assert_int_equal(json_number(answer, "files", 9), 0);
    assert_int_equal(bench.driver.memory->writes, writes); /* nothing new, nothing written */
    real_put(&bench.real, "a.c", "int b;\n");
    real_put(&bench.real, "new/n.c", "new\n");
    real_remove(&bench.real, "sub/build/b");
    answer = real_import(&bench.real, "\"refresh\":true");
    assert_string_equal(bench.real.read, "a.c new/n.c ");
    assert_int_equal(json_number(answer, "files", 0), 2);
    assert_int_equal(json_number(answer, "bytes", 0), 11);
    assert_int_equal(json_number(answer, "unchanged", 0), 3);
    assert_int_equal(json_number(answer, "removed", 0), 1);
    assert_content(&bench.shadow, "a.c", "int b;\n");
    assert_paths(&bench, ST_HEAD, ".gitignore a.c new/n.c sub/.gitignore sub/keep.o ");
    assert_paths(&bench, ST_BASE, ".gitignore a.c new/n.c sub/.gitignore sub/keep.o ");
    assert_changes(&bench.shadow, "");
    driver_crash(&bench.driver, 0);
    bench.shadow.store = bench.driver.runtime->store;
    assert_content(&bench.shadow, "a.c", "int b;\n");
    bench_close(&bench);
}

static void second_import(void **state)
{
    (void)state;
    second_import_reads_what_changed(false);
    second_import_reads_what_changed(true);
}

/* A file that changes again within the tick of the clock in which it was read looks as it did. */
static void racy_files_are_read_again(void **state)
{
    struct bench bench;
    const cJSON *answer;

    (void)state;
    bench_open(&bench, "");
    real_put(&bench.real, "old", "1\n");
    bench_wait(&bench, 2500);
    real_put(&bench.real, "a", "1\n");
    real_import(&bench.real, "");
    real_put(&bench.real, "a", "2\n");
    answer = real_import(&bench.real, "\"refresh\":true");
    assert_string_equal(bench.real.read, "a ");
    assert_content(&bench.shadow, "a", "2\n");
    bench_wait(&bench, 2001);
    answer = real_import(&bench.real, "\"refresh\":true"); /* now its time can be trusted */
    assert_string_equal(bench.real.read, "a ");
    assert_int_equal(json_number(answer, "unchanged", 0), 2);
    answer = real_import(&bench.real, "\"refresh\":true");
    assert_string_equal(bench.real.read, "");
    /* With a folder that could not be looked into, the older time counts. */
    real_put(&bench.real, "d/b", "1\n");
    real_import(&bench.real, "\"refresh\":true");
    real_put(&bench.real, "d/b", "2\n");
    bench_wait(&bench, 5000);
    bench.real.unreadable = "d";
    real_import(&bench.real, "\"refresh\":true");
    assert_content(&bench.shadow, "d/b", "1\n");
    bench.real.unreadable = NULL;
    real_import(&bench.real, "\"refresh\":true");
    assert_content(&bench.shadow, "d/b", "2\n");
    bench_close(&bench);
}

static void what_cannot_be_read_stays(void **state)
{
    struct bench bench;

    (void)state;
    bench_open(&bench, "");
    real_put(&bench.real, "a", "1\n");
    real_put(&bench.real, "d/b", "1\n");
    real_import(&bench.real, "");
    bench_wait(&bench, 3000);
    real_put(&bench.real, "a", "2\n");
    bench.real.unreadable = "a";
    real_import(&bench.real, "\"refresh\":true");
    assert_content(&bench.shadow, "a", "1\n");
    bench.real.unreadable = "d";
    real_import(&bench.real, "\"refresh\":true");
    assert_paths(&bench, ST_BASE, "a d/b ");
    assert_content(&bench.shadow, "a", "2\n");
    bench_close(&bench);
}

static void what_comes_to_be_left_out_goes(void **state)
{
    struct bench bench;
    const cJSON *answer;

    (void)state;
    bench_open(&bench, "");
    real_put(&bench.real, "a.o", "1\n");
    real_put(&bench.real, "b.o", "1\n");
    real_put(&bench.real, "out/c", "1\n");
    real_put(&bench.real, "out/d", "1\n");
    real_put(&bench.real, "k", "1\n");
    real_import(&bench.real, "");
    workspace_put(&bench.shadow, "b.o", "mine\n");
    workspace_put(&bench.shadow, "out/d", "mine\n");
    workspace_put(&bench.shadow, "out/made", "mine\n");
    workspace_remove(&bench.shadow, "out/c");
    real_put(&bench.real, ".gitignore", "*.o\nout\n");
    answer = real_import(&bench.real, "\"refresh\":true");
    assert_list(answer, "conflicts", "");
    assert_int_equal(json_number(answer, "removed", 0), 1);
    assert_paths(&bench, ST_HEAD, ".gitignore b.o k out/d out/made ");
    assert_paths(&bench, ST_BASE, ".gitignore b.o k out/c out/d ");
    assert_changes(&bench.shadow, "modified b.o\ndeleted out/c\nmodified out/d\nadded out/made\n");
    answer = real_import(&bench.real, "\"refresh\":true,\"gitignore\":false");
    assert_paths(&bench, ST_BASE, ".gitignore a.o b.o k out/c out/d ");
    assert_changes(&bench.shadow, "modified b.o\ndeleted out/c\nmodified out/d\nadded out/made\n");
    bench_close(&bench);
}

static void conflicts_keep_the_users_version(void **state)
{
    struct bench bench;
    const cJSON *answer;
    static const char *const names[] = {"both", "changed", "deleted", "gone", "moved", "touched", "x"};
    size_t i;

    (void)state;
    bench_open(&bench, "");
    for (i = 0; i < sizeof names / sizeof names[0]; i++) real_put(&bench.real, names[i], "1\n");
    real_import(&bench.real, "");
    for (i = 0; i < 4; i++)
        if (i != 2) workspace_put(&bench.shadow, names[i], "mine\n");
    workspace_put(&bench.shadow, "touched", "mine\n");
    workspace_put(&bench.shadow, "added", "mine\n");
    workspace_remove(&bench.shadow, "deleted");
    workspace_move(&bench.shadow, "moved", "new name");
    bench_wait(&bench, 5000);
    real_put(&bench.real, "both", "theirs\n");
    real_put(&bench.real, "added", "theirs\n");
    real_put(&bench.real, "deleted", "theirs\n");
    real_put(&bench.real, "moved", "theirs\n");
    real_put(&bench.real, "touched", "1\n");
    real_remove(&bench.real, "gone");
    answer = real_import(&bench.real, "\"refresh\":true");
    assert_list(answer, "conflicts",
                "gone: it was changed here and is gone from the real folder; yours was kept\n"
                "both: it was changed both here and in the real folder; yours was kept\n"
                "deleted: it was deleted here and changed in the real folder; here it stays deleted\n"
                "added: a file of this name was made both here and in the real folder; yours was kept\n"
                "moved: it was renamed here and changed in the real folder; yours was kept\n");
    assert_changes(&bench.shadow, "added added\nmodified both\nmodified changed\ndeleted deleted\n"
                                  "modified gone\nrenamed new name from moved\nmodified touched\n");
    for (i = 0; i < 4; i++)
        if (i != 2) assert_content(&bench.shadow, names[i], "mine\n");
    assert_base(&bench, "both", "1\n");
    assert_base(&bench, "gone", "1\n");
    /* A new import would lose them, and says so. */
    assert_string_equal(
        json_string(json_get(driver_request(&bench.driver, "{\"op\":\"import_begin\"}"), "error"), "code",
                    ""),
        "EEXIST");
    bench_close(&bench);
}

/* The real folder has come to be what the shadow is: these are no changes any more. */
static void agreement_is_no_change(void **state)
{
    struct bench bench;
    const cJSON *answer;

    (void)state;
    bench_open(&bench, "");
    real_put(&bench.real, "a", "1\n");
    real_put(&bench.real, "d/b", "1\n");
    real_import(&bench.real, "");
    workspace_put(&bench.shadow, "a", "both\n");
    workspace_put(&bench.shadow, "n/new", "both\n");
    workspace_remove(&bench.shadow, "d/b");
    bench_wait(&bench, 3000);
    real_put(&bench.real, "a", "both\n");
    real_put(&bench.real, "n/new", "both\n");
    real_find(&bench.real, "n/new")->mode = 0755;
    real_remove(&bench.real, "d/b");
    answer = real_import(&bench.real, "\"refresh\":true");
    assert_list(answer, "conflicts", "");
    assert_changes(&bench.shadow, "");
    bench_wait(&bench, 3000);
    real_import(&bench.real, "\"refresh\":true");
    real_import(&bench.real, "\"refresh\":true");
    assert_string_equal(bench.real.read, "");
    assert_changes(&bench.shadow, "");
    bench_close(&bench);
}

static void modes_and_times_follow(void **state)
{
    struct bench bench;
    struct st_info info;

    (void)state;
    bench_open(&bench, "");
    real_put(&bench.real, "a", "1\n");
    real_put(&bench.real, "b", "1\n");
    real_import(&bench.real, "");
    workspace_put(&bench.shadow, "b", "mine\n");
    bench_wait(&bench, 3000);
    real_find(&bench.real, "a")->mode = 0755;
    real_find(&bench.real, "b")->mode = 0755;
    real_find(&bench.real, "b")->mtime++;
    real_import(&bench.real, "\"refresh\":true");
    assert_int_equal(st_info(bench.shadow.store, ST_HEAD, workspace_find(&bench.shadow, ST_HEAD, "a"), &info),
                     0);
    assert_int_equal(info.mode, 0755);
    assert_int_equal(st_info(bench.shadow.store, ST_HEAD, workspace_find(&bench.shadow, ST_HEAD, "b"), &info),
                     0);
    assert_int_equal(info.mode, 0755);
    assert_changes(&bench.shadow, "modified b\n");
    workspace_put(&bench.shadow, "b", "1\n");
    assert_changes(&bench.shadow, ""); /* it has no mode of its own */
    /* A host that does not know modes takes none away. */
    bench.real.like_browser = true;
    bench_wait(&bench, 3000);
    real_put(&bench.real, "a", "2\n");
    real_import(&bench.real, "\"refresh\":true");
    assert_int_equal(st_info(bench.shadow.store, ST_HEAD, workspace_find(&bench.shadow, ST_HEAD, "a"), &info),
                     0);
    assert_int_equal(info.mode, 0755);
    assert_content(&bench.shadow, "a", "2\n");
    bench_close(&bench);
}

static void kinds_change(void **state)
{
    struct bench bench;
    const cJSON *answer;

    (void)state;
    bench_open(&bench, "");
    real_put(&bench.real, "a", "file\n");
    real_put(&bench.real, "d/x", "1\n");
    real_put(&bench.real, "d/e/y", "1\n");
    real_put(&bench.real, "l", "file\n");
    real_put(&bench.real, "m", "file\n");
    real_put(&bench.real, "u", "file\n");
    real_import(&bench.real, "");
    workspace_put(&bench.shadow, "u", "mine\n");
    bench_wait(&bench, 3000);
    real_remove(&bench.real, "a");
    real_put(&bench.real, "a/below", "1\n");
    real_remove(&bench.real, "d/x");
    real_remove(&bench.real, "d/e/y");
    real_put(&bench.real, "d", "file\n");
    real_link(&bench.real, "l", "file\n");
    real_remove(&bench.real, "u");
    real_put(&bench.real, "u/below", "1\n");
    answer = real_import(&bench.real, "\"refresh\":true");
    assert_paths(&bench, ST_HEAD, "a/below d l m u ");
    assert_paths(&bench, ST_BASE, "a/below d l m u ");
    assert_list(answer, "conflicts",
                "u: it was changed here and is gone from the real folder; yours was kept\n");
    assert_list(answer, "skipped", "u/below: u/below: a part of the path is not a directory\n");
    assert_changes(&bench.shadow, "modified u\n");
    bench_wait(&bench, 3000);
    real_import(&bench.real, "\"refresh\":true");
    answer = real_import(&bench.real, "\"refresh\":true");
    assert_string_equal(bench.real.read, "u/below ");
    bench_close(&bench);
}

/* A link of the shadow's own in place of a folder leads nowhere. */
static void links_are_not_followed(void **state)
{
    struct bench bench;
    const cJSON *answer;

    (void)state;
    bench_open(&bench, "");
    real_put(&bench.real, "d/x", "1\n");
    real_put(&bench.real, "e/x", "1\n");
    real_import(&bench.real, "");
    workspace_remove(&bench.shadow, "d/x");
    workspace_remove(&bench.shadow, "d");
    workspace_link(&bench.shadow, "d", "e");
    bench_wait(&bench, 3000);
    real_put(&bench.real, "d/y", "theirs\n");
    real_put(&bench.real, "d/x", "theirs\n");
    answer = real_import(&bench.real, "\"refresh\":true");
    assert_list(answer, "skipped", "d/y: d is a symbolic link here, not a folder\n");
    assert_paths(&bench, ST_HEAD, "d e/x ");
    assert_content(&bench.shadow, "e/x", "1\n");
    bench_close(&bench);
}

/* All ways in which a file can differ from what was there, with the border of two pieces everywhere. */
static void pieces(void **state)
{
    static const char *const versions[] = {"", "a", "abcdefgh", "abcdefgx", "xbcdefgh", "abcdefghij", "abcd"};
    size_t from, to, piece, count = sizeof versions / sizeof versions[0];

    (void)state;
    for (from = 0; from < count; from++) {
        for (to = 0; to < count; to++) {
            for (piece = 1; piece < 10; piece += 2) {
                struct bench bench;
                bench_open(&bench, "");
                bench.real.piece = piece;
                real_put(&bench.real, "f", versions[from]);
                real_put(&bench.real, "g", "1\n");
                real_import(&bench.real, "");
                bench_wait(&bench, 3000);
                real_put(&bench.real, "f", versions[to]);
                real_import(&bench.real, "\"refresh\":true");
                assert_content(&bench.shadow, "f", versions[to]);
                assert_base(&bench, "f", versions[to]);
                assert_changes(&bench.shadow, "");
                bench_close(&bench);
            }
        }
    }
}

static void too_large_files_are_left_out(void **state)
{
    struct bench bench;
    const cJSON *answer;
    char *skipped;

    (void)state;
    bench_open(&bench, "\"limits\":{\"max_file_bytes\":20,\"ignore_bytes\":8}");
    bench.real.piece = 6;
    real_put(&bench.real, "a", "short\n");
    real_put(&bench.real, "d/b", "much longer than it may be\n");
    real_put(&bench.real, ".gitignore", "a\nb\n*\n*\n*\n");
    answer = real_import(&bench.real, "");
    skipped = list_of(answer, "skipped");
    assert_non_null(
        strstr(skipped, ".gitignore: its rules are not honoured: it has 10 bytes and the limit is 8"));
    assert_non_null(strstr(skipped, "d/b: "));
    free(skipped);
    assert_paths(&bench, ST_HEAD, ".gitignore a ");
    bench_wait(&bench, 3000);
    real_put(&bench.real, "a", "short\nat first, but then it goes on\n");
    real_import(&bench.real, "\"refresh\":true");
    assert_paths(&bench, ST_HEAD, ".gitignore ");
    assert_paths(&bench, ST_BASE, ".gitignore ");
    bench_close(&bench);
}

static void a_cancelled_import_changes_nothing(void **state)
{
    static const char *const members[] = {"\"refresh\":true", "\"discardChanges\":true"};
    struct bench bench;
    size_t i;

    (void)state;
    bench_open(&bench, "");
    put_project(&bench);
    real_import(&bench.real, "");
    workspace_put(&bench.shadow, "a.c", "mine\n");
    real_put(&bench.real, "sub/keep.o", "theirs\n");
    real_remove(&bench.real, "sub/build/b");
    real_put(&bench.real, "z", "new\n");
    for (i = 0; i < 2; i++) {
        char *before = workspace_dump_all(&bench.shadow), *after;
        real_import_begin(&bench.real, members[i]);
        assert_string_equal(
            json_string(json_get(driver_request(&bench.driver, "{\"op\":\"import_begin\"}"), "error"), "code",
                        ""),
            "EBUSY");
        assert_non_null(json_get(driver_request(&bench.driver, "{\"op\":\"import_cancel\"}"), "ok"));
        after = workspace_dump_all(&bench.shadow);
        assert_string_equal(before, after);
        free(after);
        real_import_begin(&bench.real, members[i]);
        driver_crash(&bench.driver, 50);
        bench.shadow.store = bench.driver.runtime->store;
        after = workspace_dump_all(&bench.shadow);
        assert_string_equal(before, after);
        free(before);
        free(after);
    }
    bench_close(&bench);
}

/* --- what hosts should not send --- */

static void assert_refused(struct bench *bench, const char *json, const void *bytes, size_t size,
                           const char *code)
{
    const cJSON *error = json_get(driver_request_bytes(&bench->driver, json, bytes, size), "error");
    assert_string_equal(json_string(error, "code", "none"), code);
    assert_true(strlen(json_string(error, "message", "")) > 10);
}

static void malformed_requests(void **state)
{
    static const char list[] = "{\"op\":\"import_list\"}";
    static const char *const bad_begins[] = {"\"exclude\":\"x\"", "\"exclude\":[1]", "\"exclude\":[\"\"]",
                                             "\"exclude\":[\"a/b\"]"};
    struct bench bench;
    struct buffer bytes = {0};
    char json[128];
    size_t i;

    (void)state;
    bench_open(&bench, "");
    assert_refused(&bench, list, "", 0, "EINVAL");
    for (i = 0; i < 4; i++) {
        snprintf(json, sizeof json, "{\"op\":\"import_begin\",%s}", bad_begins[i]);
        assert_refused(&bench, json, NULL, 0, "EINVAL");
    }
    buffer_put_u32(&bytes, 3);
    buffer_put_u32(&bytes, 2);
    buffer_put_string(&bytes, "dirab");
    buffer_put_u32(&bytes, 4);
    for (i = 0; i < 6; i++) buffer_put_u32(&bytes, UMBRA_LISTED_FILE);
    buffer_put_string(&bytes, "name");
    for (i = 0; i < bytes.size; i++) {
        if (i == 13) continue; /* no entries */
        assert_non_null(json_get(driver_request(&bench.driver, "{\"op\":\"import_begin\"}"), "ok"));
        assert_refused(&bench, list, bytes.data, i, "EPARSE");
        assert_refused(&bench, list, bytes.data, i, "EINVAL"); /* it is over */
    }
    assert_non_null(json_get(driver_request(&bench.driver, "{\"op\":\"import_begin\"}"), "ok"));
    assert_non_null(json_get(driver_request_bytes(&bench.driver, list, bytes.data, bytes.size), "ok"));
    memset(bytes.data, 0xff, 8);
    assert_refused(&bench, list, bytes.data, bytes.size, "EPARSE");
    buffer_free(&bytes);
    bench_close(&bench);
}

/* Names that no file system has are left out, and harm nothing. */
static void odd_names(void **state)
{
    static const char *const names[] = {"", ".", "..", "a/b", "../x"};
    struct bench bench;
    struct buffer bytes = {0};
    const cJSON *answer;
    size_t i, j;

    (void)state;
    bench_open(&bench, "");
    buffer_put_u64(&bytes, 0);
    for (i = 0; i < 6; i++) {
        char longest[256];
        const char *name = i < 5 ? names[i] : longest;
        size_t length = i < 5 ? strlen(name) : sizeof longest;
        memset(longest, 'n', sizeof longest);
        buffer_put_u32(&bytes, (uint32_t)length);
        for (j = 0; j < 6; j++) buffer_put_u32(&bytes, 1 + (uint32_t)(i & 1));
        buffer_put(&bytes, name, length);
    }
    assert_non_null(
        json_get(driver_request(&bench.driver, "{\"op\":\"import_begin\",\"refresh\":true}"), "ok"));
    answer = json_get(driver_request_bytes(&bench.driver, "{\"op\":\"import_list\"}", bytes.data, bytes.size),
                      "ok");
    assert_int_equal(cJSON_GetArraySize(json_get(answer, "read")), 0);
    assert_int_equal(cJSON_GetArraySize(json_get(answer, "enter")), 0);
    answer = json_get(driver_request(&bench.driver, "{\"op\":\"import_end\"}"), "ok");
    assert_int_equal(cJSON_GetArraySize(json_get(answer, "skipped")), 6);
    buffer_free(&bytes);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_out_what_it_should),
        cmocka_unit_test(second_import),
        cmocka_unit_test(racy_files_are_read_again),
        cmocka_unit_test(what_cannot_be_read_stays),
        cmocka_unit_test(what_comes_to_be_left_out_goes),
        cmocka_unit_test(conflicts_keep_the_users_version),
        cmocka_unit_test(agreement_is_no_change),
        cmocka_unit_test(modes_and_times_follow),
        cmocka_unit_test(kinds_change),
        cmocka_unit_test(links_are_not_followed),
        cmocka_unit_test(pieces),
        cmocka_unit_test(too_large_files_are_left_out),
        cmocka_unit_test(a_cancelled_import_changes_nothing),
        cmocka_unit_test(malformed_requests),
        cmocka_unit_test(odd_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
