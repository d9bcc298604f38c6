/* renames.h and similarity.h: which deleted and added files are one renamed file, and what that may cost. */
#include "store/changes.h"
#include "store/similarity.h"
#include "workspace.h"

static int setup(void **state)
{
    struct workspace *workspace = calloc(1, sizeof *workspace);
    workspace_open(workspace, WORKSPACE_BYTES);
    *state = workspace;
    return 0;
}

static int teardown(void **state)
{
    workspace_close(*state);
    free(*state);
    return 0;
}

/* Lines "WORD FROM" to "WORD TO-1". */
static char *lines(const char *word, int from, int to)
{
    struct buffer text = {0};
    for (; from < to; from++) buffer_printf(&text, "%s %d\n", word, from);
    return buffer_take(&text);
}

static void put_lines(struct workspace *workspace, const char *path, const char *word, int from, int to)
{
    char *text = lines(word, from, to);
    workspace_put(workspace, path, text);
    free(text);
}

/* The changes with limits, each with its similarity. */
static void assert_listed(struct workspace *workspace, const struct st_rename_limits *limits,
                          const char *expected)
{
    struct st_changes changes;
    struct buffer text = {0};
    size_t i;

    assert_ok(workspace,
              st_list_changes(workspace->store, ST_BASE, ST_HEAD, limits, &changes, &workspace->error));
    for (i = 0; i < changes.count; i++) {
        const struct st_change *change = &changes.items[i];
        buffer_printf(&text, "%s %s", st_change_kind_name(change->kind), change->path);
        if (change->from) buffer_printf(&text, " from %s %u", change->from, change->similarity);
        buffer_put_byte(&text, '\n');
    }
    assert_string_equal(buffer_string(&text), expected);
    buffer_free(&text);
    st_free_changes(&changes);
}

static void similarity_is_of_the_larger_file(void **state)
{
    static const struct {
        const char *a, *b;
        uint32_t percent;
    } cases[] = {
        {"", "", 100},
        {"a\n", "", 0},
        {"a\nb\nc\nd\n", "d\nc\nb\na\n", 100}, /* order does not count */
        {"a\nb\nc\nd\n", "a\nb\nx\ny\n", 50},
        {"a\nb\nc\nd\n", "a\nb\n", 50},
        {"a\na\na\na\n", "a\nb\nc\nd\n", 25}, /* how often does */
        {"a\r\nb\r\n", "a\nb\n", 66},         /* other line ends are other bytes, but no other lines */
        {"abc", "abc", 100},
        {"one", "two", 0},
    };
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct similarity_print a, b;
        assert_int_equal(similarity_print_make(&a, cases[i].a, strlen(cases[i].a)), 0);
        assert_int_equal(similarity_print_make(&b, cases[i].b, strlen(cases[i].b)), 0);
        assert_int_equal(similarity_percent(&a, &b), cases[i].percent);
        assert_int_equal(similarity_percent(&b, &a), cases[i].percent);
        assert_true(similarity_bound(a.size, b.size) >= cases[i].percent);
        similarity_print_free(&a);
        similarity_print_free(&b);
    }
}

static void the_same_content_is_a_renamed_file(void **state)
{
    struct workspace *workspace = *state;
    workspace_put(workspace, "a/one", "content\n");
    workspace_put(workspace, "a/two", "content\n");
    workspace_put(workspace, "empty", "");
    workspace_link(workspace, "link", "target");
    workspace_rebase(workspace);
    workspace_remove(workspace, "a/one");
    workspace_remove(workspace, "a/two");
    workspace_remove(workspace, "empty");
    workspace_remove(workspace, "link");
    workspace_put(workspace, "b/two", "content\n");
    workspace_put(workspace, "b/three", "content\n");
    workspace_put(workspace, "hollow", "");
    workspace_link(workspace, "elsewhere", "target");
    workspace_put(workspace, "file", "target");
    assert_listed(workspace, NULL,
                  "renamed b/three from a/one 100\nrenamed b/two from a/two 100\n"
                  "renamed elsewhere from link 100\nadded file\nrenamed hollow from empty 100\n");
}

static void similar_content_is_a_renamed_file(void **state)
{
    struct workspace *workspace = *state;
    put_lines(workspace, "half", "half", 0, 100);
    put_lines(workspace, "third", "third", 0, 100);
    put_lines(workspace, "most", "most", 0, 100);
    workspace_rebase(workspace);
    workspace_remove(workspace, "half");
    workspace_remove(workspace, "third");
    workspace_remove(workspace, "most");
    put_lines(workspace, "n/half", "half", 45, 145);
    put_lines(workspace, "n/third", "third", 65, 165);
    put_lines(workspace, "n/less", "most", 20, 120);
    put_lines(workspace, "n/more", "most", 10, 110);
    assert_listed(workspace, NULL,
                  "renamed n/half from half 52\nadded n/less\nrenamed n/more from most 88\nadded n/third\n"
                  "deleted third\n");
    assert_listed(
        workspace,
        &(struct st_rename_limits){.similarity = 60, .pairs = 12, .file_bytes = 9999, .bytes = 99999},
        "deleted half\nadded n/half\nadded n/less\nrenamed n/more from most 88\nadded n/third\n"
        "deleted third\n");
    assert_listed(
        workspace,
        &(struct st_rename_limits){.similarity = 100, .pairs = 12, .file_bytes = 9999, .bytes = 99999},
        "deleted half\ndeleted most\nadded n/half\nadded n/less\nadded n/more\nadded n/third\n"
        "deleted third\n");
}

static void a_name_that_moved_is_a_hint(void **state)
{
    struct workspace *workspace = *state;
    put_lines(workspace, "old/name.c", "x", 0, 100);
    workspace_rebase(workspace);
    workspace_remove(workspace, "old/name.c");
    put_lines(workspace, "new/name.c", "x", 10, 110);
    put_lines(workspace, "new/other.c", "x", 1, 101);
    assert_listed(workspace, NULL, "renamed new/name.c from old/name.c 88\nadded new/other.c\n");
}

static void limits_keep_the_work_small(void **state)
{
    struct st_rename_limits limits = st_default_rename_limits;
    struct workspace *workspace = *state;
    char path[16];
    int i;

    for (i = 0; i < 10; i++) {
        snprintf(path, sizeof path, "a%d", i);
        put_lines(workspace, path, path, 0, 50);
    }
    workspace_rebase(workspace);
    for (i = 0; i < 10; i++) {
        char text[16];
        snprintf(path, sizeof path, "a%d", i);
        workspace_remove(workspace, path);
        snprintf(text, sizeof text, "b%d", i);
        put_lines(workspace, text, path, 5, 55);
    }
    limits.pairs = 100;
    assert_listed(
        workspace, &limits,
        "renamed b0 from a0 89\nrenamed b1 from a1 89\nrenamed b2 from a2 89\nrenamed b3 from a3 89\n"
        "renamed b4 from a4 89\nrenamed b5 from a5 89\nrenamed b6 from a6 89\nrenamed b7 from a7 89\n"
        "renamed b8 from a8 89\nrenamed b9 from a9 89\n");
    limits.pairs = 99;
    assert_listed(
        workspace, &limits,
        "deleted a0\ndeleted a1\ndeleted a2\ndeleted a3\ndeleted a4\ndeleted a5\ndeleted a6\ndeleted a7\n"
        "deleted a8\ndeleted a9\nadded b0\nadded b1\nadded b2\nadded b3\nadded b4\nadded b5\nadded b6\n"
        "added b7\nadded b8\nadded b9\n");
    limits.pairs = 100;
    limits.file_bytes = 100;
    assert_listed(
        workspace, &limits,
        "deleted a0\ndeleted a1\ndeleted a2\ndeleted a3\ndeleted a4\ndeleted a5\ndeleted a6\ndeleted a7\n"
        "deleted a8\ndeleted a9\nadded b0\nadded b1\nadded b2\nadded b3\nadded b4\nadded b5\nadded b6\n"
        "added b7\nadded b8\nadded b9\n");
    limits.file_bytes = 4 << 20;
    limits.bytes = 650; /* for one pair of files */
    assert_listed(
        workspace, &limits,
        "deleted a1\ndeleted a2\ndeleted a3\ndeleted a4\ndeleted a5\ndeleted a6\ndeleted a7\ndeleted a8\n"
        "deleted a9\nrenamed b0 from a0 89\nadded b1\nadded b2\nadded b3\nadded b4\nadded b5\nadded b6\n"
        "added b7\nadded b8\nadded b9\n");
}

/* The inode decides first, also where the content is another file's. */
static void the_inode_comes_first(void **state)
{
    struct workspace *workspace = *state;
    put_lines(workspace, "a", "a", 0, 20);
    put_lines(workspace, "b", "b", 0, 20);
    workspace_rebase(workspace);
    workspace_move(workspace, "a", "c");
    workspace_remove(workspace, "b");
    put_lines(workspace, "c", "b", 0, 20);
    put_lines(workspace, "d", "a", 0, 20);
    assert_listed(workspace, NULL, "deleted b\nrenamed c from a 0\nadded d\n");
    put_lines(workspace, "c", "a", 0, 20);
    assert_listed(workspace, NULL, "deleted b\nrenamed c from a 100\nadded d\n");
}

static void any_two_trees_are_compared(void **state)
{
    struct workspace *workspace = *state;
    struct st_changes changes;
    uint32_t first, second;

    workspace_put(workspace, "a", "1");
    workspace_put(workspace, "b", "b");
    assert_ok(workspace, st_checkpoint(workspace->store, "first", true, 1, &first, &workspace->error));
    workspace_put(workspace, "a", "2");
    workspace_remove(workspace, "b");
    assert_ok(workspace, st_checkpoint(workspace->store, "second", true, 2, &second, &workspace->error));
    workspace_put(workspace, "a", "1");
    assert_ok(workspace, st_list_changes(workspace->store, st_checkpoint_root(first),
                                         st_checkpoint_root(second), NULL, &changes, &workspace->error));
    assert_int_equal(changes.count, 2);
    assert_string_equal(changes.items[0].path, "a");
    assert_int_equal(changes.items[0].kind, ST_MODIFIED);
    assert_int_equal(changes.items[1].kind, ST_DELETED);
    st_free_changes(&changes);
    assert_ok(workspace, st_list_changes(workspace->store, st_checkpoint_root(first), ST_HEAD, NULL, &changes,
                                         &workspace->error));
    assert_int_equal(changes.count, 1);
    assert_int_equal(changes.items[0].kind, ST_DELETED);
    st_free_changes(&changes);
    assert_ok(workspace, st_list_changes(workspace->store, ST_HEAD, st_checkpoint_root(first), NULL, &changes,
                                         &workspace->error));
    assert_int_equal(changes.items[0].kind, ST_ADDED);
    st_free_changes(&changes);
}

static void modes_and_sizes_are_told(void **state)
{
    struct workspace *workspace = *state;
    struct st_changes changes;
    uint32_t ino;

    workspace_put(workspace, "a", "123");
    workspace_rebase(workspace);
    ino = workspace_find(workspace, ST_HEAD, "a");
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    assert_ok(workspace, st_set_mode(workspace->store, ST_HEAD, ino, 0755, &workspace->error));
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    assert_listed(workspace, NULL, "mode a\n");
    workspace_put(workspace, "a", "12345");
    assert_ok(workspace,
              st_list_changes(workspace->store, ST_BASE, ST_HEAD, NULL, &changes, &workspace->error));
    assert_int_equal(changes.count, 1);
    assert_int_equal(changes.items[0].kind, ST_MODIFIED);
    assert_int_equal(changes.items[0].old_mode, 0644);
    assert_int_equal(changes.items[0].new_mode, 0755);
    assert_int_equal(changes.items[0].old_size, 3);
    assert_int_equal(changes.items[0].new_size, 5);
    st_free_changes(&changes);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(similarity_is_of_the_larger_file),
        TEST(the_same_content_is_a_renamed_file),
        TEST(similar_content_is_a_renamed_file),
        TEST(a_name_that_moved_is_a_hint),
        TEST(limits_keep_the_work_small),
        TEST(the_inode_comes_first),
        TEST(any_two_trees_are_compared),
        TEST(modes_and_sizes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
