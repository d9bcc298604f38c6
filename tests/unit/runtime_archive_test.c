/* Exports and imports of archives through umbra_submit(): what goes out comes in again byte for byte,
 * whatever is done meanwhile; nothing in an archive leads out of the workspace; an import is whole or has not
 * been. */
#include "fs/path.h"
#include "real_folder.h"
#include "runtime/runtime.h"
#include "tar_maker.h"

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench_open(bench, "\"permissions\":\"allow\"");
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    bench_close(*state);
    free(*state);
    return 0;
}

/* The whole export, asked for in answers of `length` bytes. */
static void export_all(struct bench *bench, const char *members, unsigned length, struct buffer *out)
{
    const cJSON *answer;

    driver_ok(driver_request(&bench->driver, "{\"op\":\"export_begin\",%s}", members));
    do {
        answer = driver_ok(driver_request(&bench->driver, "{\"op\":\"export_next\",\"length\":%u}", length));
        buffer_put(out, bench->driver.blob.data, bench->driver.blob.size);
        assert_true(out->size < 64u << 20);
    } while (!json_bool(answer, "done", true));
    assert_false(out->failed);
}

static const cJSON *import_bytes(struct bench *bench, const char *members, const char *operation,
                                 const struct buffer *bytes, size_t piece)
{
    size_t at;
    char json[64];
    const cJSON *answer = driver_request(&bench->driver, "{\"op\":\"import_begin\",\"archive\":true%s%s}",
                                         *members ? "," : "", members);

    if (json_get(answer, "ok") == NULL) return answer;
    snprintf(json, sizeof json, "{\"op\":\"%s\"}", operation);
    for (at = 0; at < bytes->size; at += piece) {
        answer = driver_request_bytes(&bench->driver, json, bytes->data + at,
                                      bytes->size - at < piece ? bytes->size - at : piece);
        if (json_get(answer, "ok") == NULL) return answer;
    }
    return driver_request(&bench->driver, "{\"op\":\"import_end\"}");
}

static const cJSON *import_tar_of(struct bench *bench, const char *members, struct buffer *archive)
{
    const cJSON *answer;
    fs_tar_put_end(archive);
    answer = import_bytes(bench, members, "import_tar", archive, 1000);
    buffer_free(archive);
    return answer;
}

/* "path: reason" lines of what was left out. */
static void assert_skipped(const cJSON *result, const char *expected)
{
    struct buffer text = {0};
    const cJSON *item;

    cJSON_ArrayForEach(item, json_get(result, "skipped"))
    {
        buffer_printf(&text, "%s: %s\n", json_string(item, "path", "?"), json_string(item, "reason", "?"));
    }
    assert_string_equal(buffer_string(&text), expected);
    buffer_free(&text);
}

static void assert_link(struct workspace *shadow, const char *path, const char *target)
{
    uint32_t ino = st_at_path(shadow->store, ST_HEAD, path);
    char bytes[100] = "";
    struct st_info info;

    assert_int_equal(st_info(shadow->store, ST_HEAD, ino, &info), 0);
    assert_int_equal(info.kind, ST_SYMLINK);
    assert_int_equal(st_read(shadow->store, ST_HEAD, ino, 0, bytes, sizeof bytes - 1), strlen(target));
    assert_string_equal(bytes, target);
}

/* A workspace with all that one can hold. */
static void fill(struct bench *bench)
{
    struct workspace *shadow = &bench->shadow;
    static char large[3000000];
    struct error error;
    uint32_t ino;
    size_t i;

    for (i = 0; i < sizeof large; i++) large[i] = (char)(i / 7 + i * i / 1000);
    workspace_put_bytes(shadow, "large", large, sizeof large);
    workspace_put(shadow, "empty file", "");
    workspace_put(shadow, "d/a.txt", "a\n");
    workspace_put(shadow, "d/\xff\xfe", "not UTF-8\n");
    workspace_link(shadow, "d/link", "../large");
    workspace_link(shadow, "out", "/etc/passwd");
    workspace_mkdir(shadow, "d/empty");
    workspace_mkdir(shadow, "zz");
    assert_ok(shadow, st_begin(shadow->store, &error));
    ino = workspace_find(shadow, ST_HEAD, "d/a.txt");
    assert_ok(shadow, st_set_mode(shadow->store, ST_HEAD, ino, 04711, &error));
    assert_ok(shadow, st_set_mtime(shadow->store, ST_HEAD, ino, -1001, &error));
    ino = workspace_find(shadow, ST_HEAD, "d/empty");
    assert_ok(shadow, st_set_mode(shadow->store, ST_HEAD, ino, 01700, &error));
    assert_ok(shadow, st_set_mtime(shadow->store, ST_HEAD, ino, 123456789, &error));
    assert_ok(shadow, st_commit(shadow->store, &error));
}

static void comes_in_again(struct bench *bench, const char *format, const char *operation)
{
    static const unsigned lengths[] = {100, 100000, 8u << 20};
    static const size_t pieces[] = {777, 1u << 20, 64u << 20};
    struct buffer archive = {0};
    char *before, *after, members[64];
    size_t i;

    snprintf(members, sizeof members, "\"format\":\"%s\"", format);
    before = workspace_dump(&bench->shadow, ST_HEAD);
    for (i = 0; i < 3; i++) {
        const cJSON *result;
        buffer_clear(&archive);
        export_all(bench, members, lengths[i], &archive);
        driver_ok(driver_request(&bench->driver,
                                 "{\"op\":\"tool\",\"name\":\"Write\",\"input\":{\"file_path\":"
                                 "\"d/a.txt\",\"content\":\"other\"}}"));
        driver_assert_refused(import_bytes(bench, "", operation, &archive, 100), "EEXIST",
                              "uncommitted changes");
        /* A batch's entries must be whole. */
        result = driver_ok(import_bytes(bench, "\"discardChanges\":true", operation, &archive,
                                        *format == 'e' ? archive.size : pieces[i]));
        assert_skipped(result, "");
        assert_int_equal(json_number(result, "files", 0), 6);
        after = workspace_dump(&bench->shadow, ST_HEAD);
        assert_string_equal(before, after);
        free(after);
        after = workspace_dump(&bench->shadow, ST_BASE);
        assert_string_equal(before, after);
        free(after);
        assert_changes(&bench->shadow, "");
    }
    free(before);
    buffer_free(&archive);
}

static void what_goes_out_comes_in_again(void **state)
{
    struct bench *bench = *state;

    fill(bench);
    comes_in_again(bench, "tar", "import_tar");
    comes_in_again(bench, "entries", "import_batch");
}

static void an_empty_workspace_goes_out_too(void **state)
{
    struct bench *bench = *state;
    struct buffer archive = {0};
    const cJSON *totals;

    totals = driver_ok(driver_request(&bench->driver, "{\"op\":\"export_begin\"}"));
    assert_int_equal(json_number(totals, "files", -1), 0);
    driver_ok(driver_request(&bench->driver, "{\"op\":\"export_end\"}"));
    export_all(bench, "\"format\":\"tar\"", 4096, &archive);
    assert_int_equal(archive.size, 1024);
    workspace_put(&bench->shadow, "a", "x");
    driver_ok(import_bytes(bench, "\"discardChanges\":true", "import_tar", &archive, 1000));
    assert_int_equal(st_at_path(bench->shadow.store, ST_HEAD, "a"), 0);
    buffer_free(&archive);
}

/* Whatever is done between two pieces, and with the space of what was removed used anew. */
static void an_export_shows_the_tree_of_its_beginning(void **state)
{
    struct bench *bench = *state;
    struct buffer before = {0}, during = {0};
    const cJSON *answer;
    unsigned i = 0;

    fill(bench);
    export_all(bench, "\"format\":\"tar\"", 8u << 20, &before);
    driver_ok(driver_request(&bench->driver, "{\"op\":\"export_begin\"}"));
    driver_assert_refused(driver_request(&bench->driver, "{\"op\":\"export_begin\"}"), "EBUSY",
                          "an export is running");
    do {
        char path[32];
        answer = driver_ok(driver_request(&bench->driver, "{\"op\":\"export_next\",\"length\":%u}", 50000));
        buffer_put(&during, bench->driver.blob.data, bench->driver.blob.size);
        snprintf(path, sizeof path, "new %u", i++);
        workspace_put_bytes(&bench->shadow, path, before.data, 60000);
        if (i == 1) workspace_remove(&bench->shadow, "large");
        if (i == 2) workspace_put(&bench->shadow, "d/a.txt", "changed");
        if (i == 3) workspace_remove(&bench->shadow, "d/link");
        driver_run(&bench->driver); /* upkeep */
    } while (!json_bool(answer, "done", true));
    assert_true(i > 10);
    assert_int_equal(before.size, during.size);
    assert_memory_equal(before.data, during.data, before.size);
    driver_assert_refused(driver_request(&bench->driver, "{\"op\":\"export_next\"}"), "EINVAL",
                          "no export is running");
    buffer_free(&before);
    buffer_free(&during);
}

static void an_export_needs_no_space(void **state)
{
    struct bench *bench = *state;
    struct buffer archive = {0};
    uint64_t writes;

    fill(bench);
    writes = bench->driver.memory->writes;
    bench->driver.memory->write_budget = 0;
    export_all(bench, "\"format\":\"tar\"", 1u << 20, &archive);
    assert_true(archive.size > 3000000);
    assert_int_equal(bench->driver.memory->writes, writes);
    bench->driver.memory->write_budget = -1;
    buffer_free(&archive);
}

static void the_trees_that_an_export_can_name(void **state)
{
    struct bench *bench = *state;
    struct buffer archive = {0};
    char *text, members[64];
    const cJSON *kept;

    workspace_put(&bench->shadow, "a", "base");
    workspace_rebase(&bench->shadow);
    workspace_put(&bench->shadow, "a", "kept");
    kept = driver_ok(driver_request(&bench->driver, "{\"op\":\"checkpoint\",\"name\":\"x\"}"));
    workspace_put(&bench->shadow, "a", "head");
    snprintf(members, sizeof members, "\"tree\":%.0f", json_number(kept, "checkpoint", 0));
    export_all(bench, members, 4096, &archive);
    export_all(bench, "\"tree\":\"base\"", 4096, &archive);
    text = tar_describe(&archive, 4096, 0);
    assert_non_null(strstr(text, "a [kept]"));
    assert_null(strstr(text, "[base]")); /* behind the first one's end */
    free(text);
    archive.size = 0;
    export_all(bench, "\"tree\":\"base\"", 4096, &archive);
    text = tar_describe(&archive, 4096, 0);
    assert_non_null(strstr(text, "a [base]"));
    free(text);
    driver_assert_refused(driver_request(&bench->driver, "{\"op\":\"export_begin\",\"tree\":77}"), "ENOENT",
                          "77");
    driver_assert_refused(driver_request(&bench->driver, "{\"op\":\"export_begin\",\"format\":\"rar\"}"),
                          "EINVAL", "\"format\"");
    driver_ok(driver_request(&bench->driver, "{\"op\":\"export_begin\"}"));
    driver_assert_refused(driver_request(&bench->driver, "{\"op\":\"export_next\",\"length\":0}"), "EINVAL",
                          "\"length\"");
    buffer_free(&archive);
}

/* --- what an archive may say --- */

static void nothing_leads_out(void **state)
{
    struct bench *bench = *state;
    struct buffer archive = {0};
    const cJSON *result;
    char *tree;

    tar_add_text(&archive, "/abs", "1");
    tar_add_text(&archive, "../up", "2");
    tar_add_text(&archive, "d/../../up", "3");
    tar_add_text(&archive, "..", "4");
    tar_add_text(&archive, "./x//y/./z", "5");
    tar_add(&archive, "./", '5', "", "", 0);
    tar_add(&archive, "link", '2', "/etc", "", 0);
    tar_add_text(&archive, "link/passwd", "6");
    tar_add(&archive, "link/d", '5', "", "", 0);
    tar_add_extended(&archive, 'x', "path=x/../../../up");
    tar_add_text(&archive, "harmless", "7");
    tar_add(&archive, "hard", '1', "../../etc/passwd", "", 0);
    tar_add(&archive, "hard2", '1', "/etc/passwd", "", 0);
    tar_add_text(&archive, "/", "8");
    result = driver_ok(import_tar_of(bench, "", &archive));
    assert_skipped(result, "../up: its name leads out of the workspace (..)\n"
                           "d/../../up: its name leads out of the workspace (..)\n"
                           "..: its name leads out of the workspace (..)\n"
                           "link/passwd: link is a symbolic link here, not a folder\n"
                           "link/d: a file or link stands in its place\n"
                           "x/../../../up: its name leads out of the workspace (..)\n"
                           "hard: the file that it is a hard link to is not there\n"
                           "hard2: the file that it is a hard link to is not there\n");
    assert_content(&bench->shadow, "abs", "1");
    assert_content(&bench->shadow, "x/y/z", "5");
    assert_link(&bench->shadow, "link", "/etc");
    tree = workspace_dump(&bench->shadow, ST_HEAD);
    assert_null(strstr(tree, "up"));
    free(tree);
}

static void members_that_come_twice_and_hard_links(void **state)
{
    struct bench *bench = *state;
    struct buffer archive = {0};
    const cJSON *result;

    tar_add_text(&archive, "a", "first");
    tar_add_text(&archive, "a", "last");
    tar_add(&archive, "b", '2', "a", "", 0);
    tar_add_text(&archive, "b", "a file now");
    tar_add(&archive, "copy", '1', "./a", "", 0);
    tar_add(&archive, "copy", '1', "copy", "", 0); /* of itself: nothing happens */
    tar_add(&archive, "l", '2', "target", "", 0);
    tar_add(&archive, "l2", '1', "l", "", 0);
    tar_add(&archive, "d/", '5', "", "", 0);
    tar_add_text(&archive, "d", "no file");
    tar_add(&archive, "d2", '1', "d", "", 0);
    tar_add(&archive, "a/", '5', "", "", 0);
    tar_add_text(&archive, "a/below", "x");
    tar_add(&archive, "nowhere", '2', "", "", 0);
    tar_add(&archive, "pipe", '6', "", "", 0);
    result = driver_ok(import_tar_of(bench, "", &archive));
    assert_skipped(result, "d: d is there as a folder\n"
                           "d2: the file that it is a hard link to is not there\n"
                           "a: a file or link stands in its place\n"
                           "a/below: a/below: a part of the path is not a directory\n"
                           "nowhere: a symbolic link to nothing cannot be kept\n"
                           "pipe: a named pipe cannot be kept\n");
    assert_content(&bench->shadow, "a", "last");
    assert_content(&bench->shadow, "b", "a file now");
    assert_content(&bench->shadow, "copy", "last");
    assert_link(&bench->shadow, "l2", "target");
    assert_changes(&bench->shadow, "");
}

static void names_can_be_left_out(void **state)
{
    struct bench *bench = *state;
    struct buffer archive = {0};
    const cJSON *result;

    tar_add(&archive, "p/.git/", '5', "", "", 0);
    tar_add_text(&archive, "p/.git/config", "x");
    tar_add_text(&archive, "p/.git/d/e", "x");
    tar_add_text(&archive, "p/a", "x");
    tar_add_text(&archive, ".git", "x");
    result = driver_ok(import_tar_of(bench, "\"exclude\":[\".git\"]", &archive));
    assert_skipped(result, "p/.git: left out by name\n.git: left out by name\n");
    assert_string_equal(json_string(cJSON_GetArrayItem(json_get(result, "skipped"), 0), "by", ""), "name");
    assert_content(&bench->shadow, "p/a", "x");
    tar_add_text(&archive, "node_modules/a", "y"); /* all of it, when nothing is said */
    driver_ok(import_tar_of(bench, "", &archive));
    assert_content(&bench->shadow, "node_modules/a", "y");
}

static void too_much_is_refused(void **state)
{
    struct bench bench;
    struct buffer archive = {0};
    const cJSON *result;
    char bytes[3000] = "x";
    unsigned i;
    (void)state;

    bench_open(&bench, "\"limits\":{\"max_file_bytes\":2000,\"max_files\":5,\"archive_header_bytes\":600}");
    tar_add(&archive, "large", '0', "", bytes, sizeof bytes);
    tar_add_text(&archive, "a", "x");
    result = driver_ok(import_tar_of(&bench, "", &archive));
    assert_int_equal(cJSON_GetArraySize(json_get(result, "skipped")), 1);
    assert_int_equal(st_at_path(bench.shadow.store, ST_HEAD, "large"), 0);
    assert_content(&bench.shadow, "a", "x");
    for (i = 0; i < 8; i++) {
        snprintf(bytes, sizeof bytes, "%u", i);
        tar_add_text(&archive, bytes, "x");
    }
    driver_assert_refused(import_tar_of(&bench, "", &archive), "ELIMIT", "max_files");
    tar_add(&archive, "h", 'L', "", bytes, 601);
    driver_assert_refused(import_tar_of(&bench, "", &archive), "EPARSE", "longer than any may be");
    assert_content(&bench.shadow, "a", "x"); /* as it was */
    bench_close(&bench);
}

static void a_damaged_archive_changes_nothing(void **state)
{
    struct bench *bench = *state;
    struct buffer archive = {0}, cut;
    char *before, *after;
    size_t at;

    fill(bench);
    workspace_remove(&bench->shadow, "large");
    workspace_rebase(&bench->shadow);
    before = workspace_dump(&bench->shadow, ST_HEAD);
    export_all(bench, "\"format\":\"tar\"", 1u << 20, &archive);
    for (at = 512; at + 1024 < archive.size; at += 512) {
        cut = archive;
        cut.size = at + at / 512;
        driver_assert_refused(import_bytes(bench, "", "import_tar", &cut, 1000), "EPARSE", "tar archive");
    }
    for (at = 0; at + 1024 < archive.size; at += 512) {
        archive.data[at + 130] ^= 4;
        if (memcmp(archive.data + at + 257, "ustar", 5) == 0)
            driver_assert_refused(import_bytes(bench, "", "import_tar", &archive, 1000), "EPARSE",
                                  "tar archive");
        archive.data[at + 130] ^= 4;
    }
    after = workspace_dump(&bench->shadow, ST_HEAD);
    assert_string_equal(before, after);
    free(before);
    free(after);
    buffer_free(&archive);
}

static void operations_out_of_turn_are_refused(void **state)
{
    struct bench *bench = *state;

    driver_assert_refused(driver_request(&bench->driver, "{\"op\":\"import_tar\"}"), "EINVAL",
                          "no import of an archive");
    driver_assert_refused(
        driver_request(&bench->driver, "{\"op\":\"import_begin\",\"archive\":true,\"refresh\":true}"),
        "EINVAL", "no refresh");
    driver_assert_refused(driver_request(&bench->driver, "{\"op\":\"import_begin\",\"asChanges\":true}"),
                          "EINVAL", "only an archive");
    driver_ok(driver_request(&bench->driver, "{\"op\":\"import_begin\"}"));
    driver_assert_refused(driver_request(&bench->driver, "{\"op\":\"import_tar\"}"), "EINVAL",
                          "no import of an archive");
    driver_assert_refused(driver_request(&bench->driver, "{\"op\":\"export_begin\"}"), "EBUSY", "under way");
    driver_ok(driver_request(&bench->driver, "{\"op\":\"import_cancel\"}"));
    driver_ok(driver_request(&bench->driver, "{\"op\":\"import_begin\",\"archive\":true}"));
    driver_ok(driver_request(&bench->driver, "{\"op\":\"import_tar\"}"));
    driver_assert_refused(driver_request(&bench->driver, "{\"op\":\"import_end\"}"), "EPARSE",
                          "no tar archive");
    driver_assert_refused(driver_request(&bench->driver, "{\"op\":\"import_end\"}"), "EINVAL", "no import");
}

/* --- as changes --- */

static void an_archive_can_come_as_changes(void **state)
{
    struct bench *bench = *state;
    struct buffer archive = {0};
    const cJSON *result, *kept;

    workspace_put(&bench->shadow, "same", "same");
    workspace_put(&bench->shadow, "other", "old");
    workspace_put(&bench->shadow, "stays", "stays");
    workspace_link(&bench->shadow, "link", "a");
    workspace_put(&bench->shadow, "d/a", "a");
    workspace_rebase(&bench->shadow);
    workspace_put(&bench->shadow, "mine", "mine");
    tar_add_text(&archive, "same", "same");
    tar_patch(&archive, 0, 100, "0000644", 7);
    tar_add_text(&archive, "other", "new");
    tar_add_text(&archive, "link", "a file");
    tar_add(&archive, "d", '2', "x", "", 0);
    tar_add_text(&archive, "d/b", "b");
    tar_add_text(&archive, "mine", "theirs");
    result = driver_ok(import_tar_of(bench, "\"asChanges\":true", &archive));
    assert_skipped(result, "d: d is there as a folder\n");
    assert_changes(&bench->shadow, "added d/b\nmodified link\nadded mine\nmodified other\n");
    assert_content(&bench->shadow, "mine", "theirs");
    assert_content(&bench->shadow, "stays", "stays");
    kept = driver_ok(driver_request(&bench->driver, "{\"op\":\"checkpoints\"}"));
    assert_string_equal(json_string(cJSON_GetArrayItem(kept, 0), "name", ""), "before importing an archive");
    driver_ok(driver_request(&bench->driver, "{\"op\":\"rewind\",\"checkpoint\":1}"));
    assert_changes(&bench->shadow, "added mine\n");
    assert_content(&bench->shadow, "mine", "mine");
}

/* A member that cannot be kept in the end: what it went over is there again. */
static void what_a_member_went_over_comes_back(void **state)
{
    struct bench bench;
    struct buffer archive = {0};
    const cJSON *result;
    char bytes[3000] = "x";
    (void)state;

    bench_open(&bench, "\"limits\":{\"max_file_bytes\":2000}");
    workspace_put(&bench.shadow, "a", "base");
    workspace_link(&bench.shadow, "b", "target");
    workspace_rebase(&bench.shadow);
    workspace_put(&bench.shadow, "a", "mine");
    tar_add(&archive, "a", '0', "", bytes, sizeof bytes);
    tar_add(&archive, "b", '0', "", bytes, sizeof bytes);
    tar_add(&archive, "c", '0', "", bytes, sizeof bytes);
    tar_add_text(&archive, "d", "x");
    result = driver_ok(import_tar_of(&bench, "\"asChanges\":true", &archive));
    assert_int_equal(cJSON_GetArraySize(json_get(result, "skipped")), 3);
    assert_changes(&bench.shadow, "modified a\nadded d\n");
    assert_content(&bench.shadow, "a", "mine");
    assert_link(&bench.shadow, "b", "target");
    bench_close(&bench);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(what_goes_out_comes_in_again),
        CASE(an_empty_workspace_goes_out_too),
        CASE(an_export_shows_the_tree_of_its_beginning),
        CASE(an_export_needs_no_space),
        CASE(the_trees_that_an_export_can_name),
        CASE(nothing_leads_out),
        CASE(members_that_come_twice_and_hard_links),
        CASE(names_can_be_left_out),
        cmocka_unit_test(too_much_is_refused),
        CASE(a_damaged_archive_changes_nothing),
        CASE(operations_out_of_turn_are_refused),
        CASE(an_archive_can_come_as_changes),
        cmocka_unit_test(what_a_member_went_over_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
