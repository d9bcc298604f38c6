/* path.h and walk.h. */
#include "fs/path.h"
#include "fs/walk.h"
#include "store/changes.h"
#include "workspace.h"

static int setup(void **state)
{
    struct workspace *workspace = calloc(1, sizeof *workspace);
    workspace_open(workspace, WORKSPACE_BYTES);
    workspace_put(workspace, "a", "A");
    workspace_put(workspace, "d/b", "B");
    workspace_put(workspace, "d/e/c", "C");
    workspace_link(workspace, "link", "d/e");
    workspace_link(workspace, "d/up", "../a");
    workspace_link(workspace, "chain", "link/c");
    workspace_link(workspace, "out", "../secret");
    workspace_link(workspace, "abs", "/etc");
    workspace_link(workspace, "loop", "loop2");
    workspace_link(workspace, "loop2", "loop");
    workspace_link(workspace, "self", "self/x");
    workspace_link(workspace, "gone", "nothing/there");
    workspace_link(workspace, "d/dot", ".");
    *state = workspace;
    return 0;
}

static int teardown(void **state)
{
    workspace_close(*state);
    free(*state);
    return 0;
}

static int resolve(struct workspace *workspace, const char *path, size_t length, enum fs_flag flags,
                   char **found)
{
    uint32_t ino = 0;
    struct buffer name = {0};
    int result = fs_resolve(workspace->store, ST_HEAD, path, length, flags, &ino, &workspace->error);
    *found = NULL;
    if (result < 0) return result;
    assert_int_equal(st_path(workspace->store, ST_HEAD, ino, &name), 0);
    *found = buffer_take(&name);
    return 0;
}

static void paths_lead_where_they_say(void **state)
{
    static const struct {
        const char *path, *leads_to;
    } cases[] = {
        {"a", "a"},          {"./a", "a"},          {"d//b", "d/b"},     {"d/./b", "d/b"},
        {".", ""},           {"d/", "d"},           {"d/..", ""},        {"d/../a", "a"},
        {"d/e/../b", "d/b"}, {"link", "d/e"},       {"link/c", "d/e/c"}, {"link/../b", "d/b"},
        {"d/up", "a"},       {"chain", "d/e/c"},    {"link/", "d/e"},    {"d/dot/b", "d/b"},
        {"d/dot", "d"},      {"./././d/././", "d"},
    };
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *found;
        assert_ok((struct workspace *)*state,
                  resolve(*state, cases[i].path, strlen(cases[i].path), FS_FOLLOW, &found));
        assert_string_equal(found, cases[i].leads_to);
        free(found);
    }
}

static void links_are_found_themselves(void **state)
{
    static const char *const paths[] = {"link", "loop", "out", "abs", "gone", "d/up", "chain"};
    size_t i;
    for (i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char *found;
        assert_ok((struct workspace *)*state,
                  resolve(*state, paths[i], strlen(paths[i]), FS_NO_FOLLOW, &found));
        assert_string_equal(found, paths[i]);
        free(found);
    }
}

static void bad_paths_have_their_errors(void **state)
{
    static const struct {
        const char *path;
        int error;
        const char *words;
    } cases[] = {
        {"", UMBRA_EINVAL, "empty"},
        {"/a", UMBRA_EACCES, "absolute"},
        {"/", UMBRA_EACCES, "absolute"},
        {"..", UMBRA_EACCES, "out of the workspace"},
        {"../a", UMBRA_EACCES, "out of the workspace"},
        {"d/../../a", UMBRA_EACCES, "out of the workspace"},
        {"out", UMBRA_EACCES, "out of the workspace"},
        {"abs", UMBRA_EACCES, "out of the workspace"},
        {"abs/passwd", UMBRA_EACCES, "out of the workspace"},
        {"nope", UMBRA_ENOENT, "nope: no such file"},
        {"nope/x", UMBRA_ENOENT, "nope/x"},
        {"gone", UMBRA_ENOENT, "gone"},
        {"a/b", UMBRA_ENOTDIR, "not a directory"},
        {"a/", UMBRA_ENOTDIR, "not a directory"},
        {"a/..", UMBRA_ENOTDIR, "not a directory"},
        {"loop", UMBRA_ELOOP, "symbolic links"},
        {"loop/x", UMBRA_ELOOP, "symbolic links"},
        {"self", UMBRA_ELOOP, "symbolic links"},
    };
    struct workspace *workspace = *state;
    char *found;
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int result = resolve(workspace, cases[i].path, strlen(cases[i].path), FS_FOLLOW, &found);
        if (result != cases[i].error) print_error("%s: %s\n", cases[i].path, umbra_error_name(result));
        assert_int_equal(result, cases[i].error);
        if (!strstr(workspace->error.message, cases[i].words)) print_error("%s\n", workspace->error.message);
        assert_non_null(strstr(workspace->error.message, cases[i].words));
    }
    assert_int_equal(resolve(workspace, "a\0b", 3, FS_FOLLOW, &found), UMBRA_EINVAL);
}

static void long_paths_still_name_the_reason(void **state)
{
    struct workspace *workspace = *state;
    char path[5000], *found;
    size_t i;

    memset(path, 'n', sizeof path);
    assert_int_equal(resolve(workspace, path, 4097, FS_FOLLOW, &found), UMBRA_ENAMETOOLONG);
    assert_int_equal(resolve(workspace, path, 256, FS_FOLLOW, &found), UMBRA_ENAMETOOLONG);
    assert_int_equal(resolve(workspace, path, 255, FS_FOLLOW, &found), UMBRA_ENOENT);
    assert_non_null(strstr(workspace->error.message, "no such file"));
    for (i = 200; i < sizeof path; i += 200) path[i] = '/';
    assert_int_equal(resolve(workspace, path, 4096, FS_FOLLOW, &found), UMBRA_ENOENT);
    assert_non_null(strstr(workspace->error.message, "no such file"));
}

static void link_targets_are_taken_whole_or_not_at_all(void **state)
{
    struct workspace *workspace = *state;
    char target[5000], *found;
    size_t i;

    workspace_link(workspace, "empty", "");
    assert_int_equal(resolve(workspace, "empty", 5, FS_FOLLOW, &found), UMBRA_ENOENT);
    /* "./././…" beyond the length of a path, and then a name that is not there */
    for (i = 0; i + 1 < sizeof target; i++) target[i] = i % 2 ? '/' : '.';
    target[4998] = 'x';
    target[4999] = '\0';
    workspace_link(workspace, "long", target);
    assert_int_equal(resolve(workspace, "long", 4, FS_FOLLOW, &found), UMBRA_ENAMETOOLONG);
}

static void forty_links_are_followed_and_no_more(void **state)
{
    struct workspace *workspace = *state;
    char name[16], target[16], *found;
    int i;
    for (i = 1; i <= 41; i++) {
        snprintf(name, sizeof name, "l%d", i);
        snprintf(target, sizeof target, "l%d", i - 1);
        workspace_link(workspace, name, i == 1 ? "a" : target);
    }
    assert_int_equal(resolve(workspace, "l40", 3, FS_FOLLOW, &found), 0);
    free(found);
    assert_int_equal(resolve(workspace, "l41", 3, FS_FOLLOW, &found), UMBRA_ELOOP);
}

static int write_file(struct workspace *workspace, const char *path, const char *content, bool *created)
{
    int result;
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    result = fs_write_file(workspace->store, ST_HEAD, path, strlen(path), content, strlen(content), 1234,
                           created, &workspace->error);
    if (result == 0) return st_commit(workspace->store, &workspace->error);
    st_rollback(workspace->store);
    return result;
}

static void whole_files_are_written(void **state)
{
    struct workspace *workspace = *state;
    struct st_info info;
    bool created;
    uint32_t ino;

    assert_int_equal(write_file(workspace, "x/y/../z/f", "new", &created), 0);
    assert_true(created);
    assert_content(workspace, "x/z/f", "new");
    assert_content(workspace, "x/y/../z/f", "new");
    ino = workspace_find(workspace, ST_HEAD, "x/z/f");
    st_info(workspace->store, ST_HEAD, ino, &info);
    assert_int_equal(info.mtime, 1234);
    assert_int_equal(info.mode, 0644);
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    assert_ok(workspace, st_set_mode(workspace->store, ST_HEAD, ino, 0755, &workspace->error));
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    assert_int_equal(write_file(workspace, "x/z/f", "again", &created), 0);
    assert_false(created);
    st_info(workspace->store, ST_HEAD, ino, &info);
    assert_int_equal(info.mode, 0755);
    assert_int_equal(write_file(workspace, "link/c", "through a link", &created), 0);
    assert_content(workspace, "d/e/c", "through a link");
    assert_int_equal(write_file(workspace, "d/up", "to its target", NULL), 0);
    assert_content(workspace, "a", "to its target");
    assert_int_equal(write_file(workspace, "link/new", "n", &created), 0);
    assert_content(workspace, "d/e/new", "n");
}

static void what_cannot_be_written_is_refused(void **state)
{
    static const struct {
        const char *path;
        int error;
    } cases[] = {
        {"d", UMBRA_EISDIR},         {"d/", UMBRA_EISDIR},  {"new/", UMBRA_EISDIR},  {".", UMBRA_EISDIR},
        {"d/..", UMBRA_EISDIR},      {"d/.", UMBRA_EISDIR}, {"a/b", UMBRA_ENOTDIR},  {"a/b/c", UMBRA_ENOTDIR},
        {"../x", UMBRA_EACCES},      {"/x", UMBRA_EACCES},  {"out/x", UMBRA_EACCES}, {"abs/x", UMBRA_EACCES},
        {"n/../../x", UMBRA_EACCES}, {"loop", UMBRA_ELOOP}, {"loop/x", UMBRA_ELOOP}, {"gone", UMBRA_ENOENT},
        {"abs", UMBRA_EACCES},       {"", UMBRA_EINVAL},    {"link", UMBRA_EISDIR},
    };
    struct workspace *workspace = *state;
    char *before = workspace_dump(workspace, ST_HEAD), *after;
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int result = write_file(workspace, cases[i].path, "x", NULL);
        if (result != cases[i].error) print_error("%s: %s\n", cases[i].path, umbra_error_name(result));
        assert_int_equal(result, cases[i].error);
    }
    after = workspace_dump(workspace, ST_HEAD);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void names_of_255_bytes_and_with_odd_characters(void **state)
{
    static const char *const names[] = {" leading and trailing ",
                                        "quote'\"`$",
                                        "new\nline",
                                        "\xff\xfe",
                                        "-rf",
                                        "a\\b",
                                        "\xc3\xa4\xe2\x82\xac\xf0\x9f\x92\xa9",
                                        "...",
                                        "*?[x]",
                                        "~"};
    struct workspace *workspace = *state;
    char name[256];
    size_t i;

    memset(name, 'n', 255);
    name[255] = '\0';
    assert_int_equal(write_file(workspace, name, "x", NULL), 0);
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(write_file(workspace, names[i], names[i], NULL), 0);
    workspace_reopen(workspace);
    assert_content(workspace, name, "x");
    for (i = 0; i < sizeof names / sizeof names[0]; i++) assert_content(workspace, names[i], names[i]);
}

static void whole_files_are_read_up_to_a_limit(void **state)
{
    struct workspace *workspace = *state;
    struct buffer content = {0};
    uint32_t ino = workspace_find(workspace, ST_HEAD, "d/b");

    buffer_put_string(&content, "before ");
    assert_int_equal(fs_read_file(workspace->store, ST_HEAD, ino, 1, &content, &workspace->error), 0);
    assert_string_equal(content.data, "before B");
    assert_int_equal(fs_read_file(workspace->store, ST_HEAD, ino, 0, &content, &workspace->error),
                     UMBRA_EFBIG);
    assert_int_equal(fs_read_file(workspace->store, ST_HEAD, 1, 9, &content, &workspace->error),
                     UMBRA_EISDIR);
    assert_int_equal(fs_read_file(workspace->store, ST_HEAD, 999, 9, &content, &workspace->error),
                     UMBRA_ENOENT);
    assert_string_equal(content.data, "before B");
    workspace_put(workspace, "none", "");
    ino = workspace_find(workspace, ST_HEAD, "none");
    buffer_clear(&content);
    assert_int_equal(fs_read_file(workspace->store, ST_HEAD, ino, 0, &content, &workspace->error), 0);
    assert_int_equal(content.size, 0);
    buffer_free(&content);
}

static void assert_walk(struct workspace *workspace, const char *path, const char *expected)
{
    struct buffer found = {0};
    struct fs_walk walk;
    int result;

    assert_int_equal(
        fs_walk_begin(&walk, workspace->store, ST_HEAD, workspace_find(workspace, ST_HEAD, path)), 0);
    while ((result = fs_walk_next(&walk)) > 0) buffer_printf(&found, "%s ", walk.path.data);
    assert_int_equal(result, 0);
    assert_int_equal(fs_walk_next(&walk), 0);
    fs_walk_end(&walk);
    assert_string_equal(buffer_string(&found), expected);
    buffer_free(&found);
}

static void walks_see_every_file_and_link_once(void **state)
{
    struct workspace *workspace = *state;
    struct fs_walk walk;
    workspace_mkdir(workspace, "nothing");
    assert_walk(workspace, ".", "a abs chain d/b d/dot d/e/c d/up gone link loop loop2 out self ");
    assert_walk(workspace, "d", "d/b d/dot d/e/c d/up ");
    assert_walk(workspace, "d/e/c", "d/e/c ");
    assert_walk(workspace, "link", "link ");
    assert_walk(workspace, "nothing", "");
    assert_int_equal(fs_walk_begin(&walk, workspace->store, ST_HEAD, 999), UMBRA_ENOENT);
    fs_walk_end(&walk);
}

/* Between two steps the tree may change; the walk must only stay safe. */
static void walks_survive_changes(void **state)
{
    struct workspace *workspace = *state;
    struct fs_walk walk;
    int count = 0, result;

    assert_int_equal(fs_walk_begin(&walk, workspace->store, ST_HEAD, ST_ROOT_INO), 0);
    while ((result = fs_walk_next(&walk)) > 0) {
        if (++count == 4) {
            assert_string_equal(walk.path.data, "d/b");
            workspace_remove(workspace, "d/e/c");
            workspace_remove(workspace, "d/e");
            workspace_remove(workspace, "d/up");
            workspace_remove(workspace, "d/dot");
            workspace_remove(workspace, "d/b");
            workspace_remove(workspace, "d");
        }
    }
    assert_int_equal(result, 0);
    assert_in_range(count, 8, 13);
    fs_walk_end(&walk);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(paths_lead_where_they_say),
        TEST(links_are_found_themselves),
        TEST(bad_paths_have_their_errors),
        TEST(long_paths_still_name_the_reason),
        TEST(link_targets_are_taken_whole_or_not_at_all),
        TEST(forty_links_are_followed_and_no_more),
        TEST(whole_files_are_written),
        TEST(what_cannot_be_written_is_refused),
        TEST(names_of_255_bytes_and_with_odd_characters),
        TEST(whole_files_are_read_up_to_a_limit),
        TEST(walks_see_every_file_and_link_once),
        TEST(walks_survive_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
