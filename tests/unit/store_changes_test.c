/* changes.h and st_adopt(): the changeset, and taking it over or back file by file. */
#include "store/changes.h"
#include "workspace.h"

static int setup(void **state)
{
    struct workspace *workspace = calloc(1, sizeof *workspace);
    workspace_open(workspace, WORKSPACE_BYTES);
    workspace_put(workspace, "a.txt", "a");
    workspace_put(workspace, "b.txt", "b");
    workspace_put(workspace, "d/x", "x");
    workspace_put(workspace, "d/y", "y");
    workspace_put(workspace, "d/e/z", "z");
    workspace_rebase(workspace);
    *state = workspace;
    return 0;
}

static int teardown(void **state)
{
    workspace_close(*state);
    free(*state);
    return 0;
}

typedef int (*taking)(struct store *, const struct st_change *, struct error *);

/* Takes the change of a path over or back, in a transaction; its result. */
static int take(struct workspace *workspace, taking function, const char *path)
{
    struct st_changes changes;
    size_t i;
    int result = UMBRA_ENOENT;

    assert_ok(workspace,
              st_list_changes(workspace->store, ST_BASE, ST_HEAD, NULL, &changes, &workspace->error));
    for (i = 0; i < changes.count; i++) {
        if (strcmp(changes.items[i].path, path) != 0) continue;
        assert_ok(workspace, st_begin(workspace->store, &workspace->error));
        result = function(workspace->store, &changes.items[i], &workspace->error);
        if (result == 0)
            result = st_commit(workspace->store, &workspace->error);
        else
            st_rollback(workspace->store);
        break;
    }
    st_free_changes(&changes);
    return result;
}

static void accept(struct workspace *workspace, const char *path)
{
    assert_ok(workspace, take(workspace, st_accept_change, path));
}

static void discard(struct workspace *workspace, const char *path)
{
    assert_ok(workspace, take(workspace, st_discard_change, path));
}

/* Both trees as text without the numbers that may differ. */
static void assert_trees_equal(struct workspace *workspace)
{
    char *head = workspace_dump(workspace, ST_HEAD), *base = workspace_dump(workspace, ST_BASE);
    assert_string_equal(head, base);
    free(head);
    free(base);
}

static void assert_survives(struct workspace *workspace)
{
    char *before = workspace_dump_all(workspace), *after;
    workspace_reopen(workspace);
    after = workspace_dump_all(workspace);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void change_all_kinds(struct workspace *workspace)
{
    uint32_t ino;
    workspace_put(workspace, "a.txt", "changed");
    workspace_put(workspace, "n/new", "new");
    workspace_remove(workspace, "d/x");
    workspace_move(workspace, "b.txt", "n/c.txt");
    ino = workspace_find(workspace, ST_HEAD, "d/y");
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    assert_ok(workspace, st_set_mode(workspace->store, ST_HEAD, ino, 0755, &workspace->error));
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
}

static void nothing_changed_is_an_empty_list(void **state)
{
    assert_changes(*state, "");
    workspace_reopen(*state);
    assert_changes(*state, "");
}

static void all_kinds_are_listed_in_order(void **state)
{
    change_all_kinds(*state);
    assert_changes(*state,
                   "modified a.txt\ndeleted d/x\nmode d/y\nrenamed n/c.txt from b.txt\nadded n/new\n");
    workspace_reopen(*state);
    assert_changes(*state,
                   "modified a.txt\ndeleted d/x\nmode d/y\nrenamed n/c.txt from b.txt\nadded n/new\n");
}

static void what_ends_as_it_began_is_no_change(void **state)
{
    struct workspace *workspace = *state;
    workspace_put(workspace, "a.txt", "other");
    workspace_put(workspace, "a.txt", "a");
    workspace_remove(workspace, "d/x");
    workspace_put(workspace, "d/x", "x");
    workspace_move(workspace, "b.txt", "t");
    workspace_move(workspace, "t", "b.txt");
    workspace_put(workspace, "temporary", "");
    workspace_remove(workspace, "temporary");
    workspace_mkdir(workspace, "empty");
    assert_changes(workspace, "");
}

static void removed_and_made_anew_is_modified(void **state)
{
    struct workspace *workspace = *state;
    workspace_remove(workspace, "d/x");
    workspace_put(workspace, "d/x", "another");
    assert_changes(workspace, "modified d/x\n");
    accept(workspace, "d/x");
    assert_changes(workspace, "");
    assert_trees_equal(workspace);
    workspace_remove(workspace, "d/x");
    workspace_put(workspace, "d/x", "a third");
    discard(workspace, "d/x");
    assert_changes(workspace, "");
    assert_content(workspace, "d/x", "another");
    assert_survives(workspace);
}

static void accepting_all_makes_the_base_the_head(void **state)
{
    struct workspace *workspace = *state;
    change_all_kinds(workspace);
    accept(workspace, "n/c.txt");
    assert_changes(workspace, "modified a.txt\ndeleted d/x\nmode d/y\nadded n/new\n");
    accept(workspace, "d/x");
    accept(workspace, "d/y");
    accept(workspace, "n/new");
    assert_survives(workspace);
    accept(workspace, "a.txt");
    assert_changes(workspace, "");
    assert_trees_equal(workspace);
    assert_survives(workspace);
}

static void discarding_all_makes_the_head_the_base(void **state)
{
    struct workspace *workspace = *state;
    char *before = workspace_dump(workspace, ST_HEAD), *after;
    change_all_kinds(workspace);
    discard(workspace, "n/new");
    discard(workspace, "d/y");
    discard(workspace, "a.txt");
    assert_survives(workspace);
    discard(workspace, "n/c.txt");
    discard(workspace, "d/x");
    assert_changes(workspace, "");
    after = workspace_dump(workspace, ST_HEAD);
    assert_string_equal(before, after);
    free(before);
    free(after);
    assert_survives(workspace);
}

/* After an acceptance both trees share content; changing one must not touch the other. */
static void accepted_content_is_not_shared_with_later_changes(void **state)
{
    struct workspace *workspace = *state;
    uint32_t ino;
    char *base;

    workspace_put(workspace, "a.txt", "1");
    accept(workspace, "a.txt");
    ino = workspace_find(workspace, ST_HEAD, "a.txt");
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    assert_ok(workspace, st_append(workspace->store, ST_HEAD, ino, "2", 1, &workspace->error));
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    base = workspace_content(workspace, ST_BASE, "a.txt");
    assert_string_equal(base, "1");
    free(base);
    assert_content(workspace, "a.txt", "12");
    /* the same within one transaction */
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    assert_ok(workspace, st_append(workspace->store, ST_HEAD, ino, "3", 1, &workspace->error));
    assert_ok(workspace, st_adopt(workspace->store, ST_BASE, ST_HEAD, ino, &workspace->error));
    assert_ok(workspace, st_append(workspace->store, ST_HEAD, ino, "4", 1, &workspace->error));
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    base = workspace_content(workspace, ST_BASE, "a.txt");
    assert_string_equal(base, "123");
    free(base);
    assert_content(workspace, "a.txt", "1234");
    assert_survives(workspace);
}

static void a_renamed_directory_moves_all_that_is_in_it(void **state)
{
    struct workspace *workspace = *state;
    workspace_move(workspace, "d", "moved");
    assert_changes(workspace,
                   "renamed moved/e/z from d/e/z\nrenamed moved/x from d/x\nrenamed moved/y from d/y\n");
}

static void a_renamed_directory_is_accepted_file_by_file(void **state)
{
    struct workspace *workspace = *state;
    char *base;
    workspace_move(workspace, "d", "moved");
    accept(workspace, "moved/x");
    assert_changes(workspace, "renamed moved/e/z from d/e/z\nrenamed moved/y from d/y\n");
    base = workspace_content(workspace, ST_BASE, "moved/x");
    assert_string_equal(base, "x");
    free(base);
    base = workspace_content(workspace, ST_BASE, "d/y");
    free(base);
    assert_survives(workspace);
    accept(workspace, "moved/e/z");
    assert_changes(workspace, "renamed moved/y from d/y\n");
    accept(workspace, "moved/y");
    assert_changes(workspace, "");
    assert_trees_equal(workspace);
    assert_survives(workspace);
    workspace_put(workspace, "moved/later", "added after it");
    accept(workspace, "moved/later");
    assert_trees_equal(workspace);
    workspace_remove(workspace, "moved/later");
    discard(workspace, "moved/later");
    assert_trees_equal(workspace);
}

static void a_renamed_directory_is_discarded_file_by_file(void **state)
{
    struct workspace *workspace = *state;
    char *before = workspace_dump(workspace, ST_HEAD), *after;
    workspace_move(workspace, "d", "moved");
    discard(workspace, "moved/e/z");
    assert_content(workspace, "d/e/z", "z");
    discard(workspace, "moved/x");
    discard(workspace, "moved/y");
    assert_changes(workspace, "");
    after = workspace_dump(workspace, ST_HEAD);
    assert_string_equal(before, after);
    free(before);
    free(after);
    assert_survives(workspace);
}

/* A file moves to where its own directory was. */
static void a_file_replaces_its_directory(void **state)
{
    struct workspace *workspace = *state;
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    workspace_move(workspace, "d/x", "t");
    workspace_remove(workspace, "d/y");
    workspace_remove(workspace, "d/e/z");
    workspace_remove(workspace, "d/e");
    workspace_remove(workspace, "d");
    workspace_move(workspace, "t", "d");
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    assert_changes(workspace, "renamed d from d/x\ndeleted d/e/z\ndeleted d/y\n");
    accept(workspace, "d");
    assert_survives(workspace);
    assert_changes(workspace, ""); /* the place could only be had by removing what was in it */
    assert_trees_equal(workspace);
}

static void two_files_that_swap_names(void **state)
{
    struct workspace *workspace = *state;
    workspace_move(workspace, "a.txt", "t");
    workspace_move(workspace, "b.txt", "a.txt");
    workspace_move(workspace, "t", "b.txt");
    assert_changes(workspace, "modified a.txt\nmodified b.txt\n");
    discard(workspace, "a.txt");
    assert_content(workspace, "a.txt", "a");
    assert_content(workspace, "b.txt", "a");
    assert_changes(workspace, "modified b.txt\n");
    workspace_put(workspace, "a.txt", "b");
    accept(workspace, "a.txt");
    assert_changes(workspace, "modified b.txt\n");
    assert_survives(workspace);
    accept(workspace, "b.txt");
    assert_changes(workspace, "");
    assert_trees_equal(workspace);
    assert_survives(workspace);
}

static void what_stands_in_the_way_is_kept_in_head(void **state)
{
    struct workspace *workspace = *state;
    workspace_move(workspace, "a.txt", "moved");
    workspace_put(workspace, "a.txt", "in the way");
    assert_changes(workspace, "modified a.txt\nadded moved\n");
    workspace_remove(workspace, "a.txt");
    workspace_put(workspace, "a.txt/below", "in the way");
    assert_changes(workspace, "added a.txt/below\nrenamed moved from a.txt\n");
    assert_int_equal(take(workspace, st_discard_change, "moved"), UMBRA_EEXIST);
    assert_non_null(strstr(workspace->error.message, "a.txt"));
    assert_content(workspace, "a.txt/below", "in the way");
    discard(workspace, "a.txt/below");
    discard(workspace, "moved");
    assert_content(workspace, "a.txt", "a");
    assert_changes(workspace, "");
}

static void empty_directories_go_with_their_last_file(void **state)
{
    struct workspace *workspace = *state;
    workspace_put(workspace, "p/q/r/f", "");
    discard(workspace, "p/q/r/f");
    assert_int_equal(st_lookup(workspace->store, ST_HEAD, ST_ROOT_INO, "p", 1), 0);
    workspace_remove(workspace, "d/e/z");
    workspace_remove(workspace, "d/e");
    accept(workspace, "d/e/z");
    assert_trees_equal(workspace);
}

static void a_file_that_became_a_link_is_modified(void **state)
{
    struct workspace *workspace = *state;
    workspace_remove(workspace, "a.txt");
    workspace_link(workspace, "a.txt", "b.txt");
    assert_changes(workspace, "modified a.txt\n");
    accept(workspace, "a.txt");
    assert_changes(workspace, "");
    assert_trees_equal(workspace);
    workspace_remove(workspace, "a.txt");
    workspace_put(workspace, "a.txt", "a file again");
    assert_changes(workspace, "modified a.txt\n");
    discard(workspace, "a.txt");
    assert_trees_equal(workspace);
    assert_survives(workspace);
}

/* A workspace that was never imported: everything is added. */
static void without_a_base_all_is_added(void **state)
{
    struct workspace *workspace = *state;
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    assert_ok(workspace, st_clear(workspace->store, &workspace->error));
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    workspace_put(workspace, "p/q", "1");
    assert_changes(workspace, "added p/q\n");
    accept(workspace, "p/q");
    assert_trees_equal(workspace);
}

static bool exists(struct workspace *workspace, const char *path)
{
    return st_at_path(workspace->store, ST_HEAD, path) != 0;
}

static bool is_file(struct workspace *workspace, const char *path)
{
    struct st_info info;
    return st_info(workspace->store, ST_HEAD, st_at_path(workspace->store, ST_HEAD, path), &info) == 0 &&
           info.kind != ST_DIRECTORY;
}

/* u/0 to w/3 */
static void random_name(uint64_t *seed, char *path)
{
    snprintf(path, 4, "%c/%u", "uvw"[test_random(seed) % 3], test_random(seed) % 4);
}

static void remove_all(struct workspace *workspace, const char *path)
{
    uint32_t ino = st_at_path(workspace->store, ST_HEAD, path), child;
    while ((child = st_entry(workspace->store, ST_HEAD, ino, 0)) != 0) {
        struct st_info info;
        char inner[8];
        st_info(workspace->store, ST_HEAD, child, &info);
        snprintf(inner, sizeof inner, "%.1s/%.1s", path, info.name);
        workspace_remove(workspace, inner);
    }
    workspace_remove(workspace, path);
}

static void put_something(struct workspace *workspace, const char *path, const char *content)
{
    char directory[2] = {path[0]};
    if (path[1] && is_file(workspace, directory)) workspace_remove(workspace, directory);
    if (path[1] == '\0' && exists(workspace, path)) remove_all(workspace, path);
    if (test_random(&workspace->memory->seed) % 8 == 0) {
        if (exists(workspace, path)) workspace_remove(workspace, path);
        workspace_link(workspace, path, content);
        return;
    }
    if (exists(workspace, path)) { /* perhaps a link, which would be followed */
        struct st_info info;
        st_info(workspace->store, ST_HEAD, st_at_path(workspace->store, ST_HEAD, path), &info);
        if (info.kind == ST_SYMLINK) workspace_remove(workspace, path);
    }
    workspace_put(workspace, path, content);
}

static void change_something(struct workspace *workspace, uint64_t *seed)
{
    char from[4], to[4], top[2];

    random_name(seed, from);
    random_name(seed, to);
    top[0] = to[0];
    top[1] = '\0';
    switch (test_random(seed) % 8) {
    case 0:
        if (exists(workspace, from)) workspace_remove(workspace, from);
        return;
    case 1:
        if (exists(workspace, from) && !exists(workspace, to) && !is_file(workspace, top))
            workspace_move(workspace, from, to);
        return;
    case 2: /* two directories change names */
        if (!exists(workspace, "u") || exists(workspace, "t")) return;
        workspace_move(workspace, "u", "t");
        if (exists(workspace, "v")) workspace_move(workspace, "v", "u");
        workspace_move(workspace, "t", "v");
        return;
    case 3: /* a file takes a directory's place, perhaps one of its own files */
        if (!exists(workspace, from)) return;
        workspace_move(workspace, from, "t");
        if (exists(workspace, top)) remove_all(workspace, top);
        workspace_move(workspace, "t", top);
        return;
    case 4: {
        uint32_t ino = st_at_path(workspace->store, ST_HEAD, from);
        if (ino == 0) return;
        assert_ok(workspace, st_begin(workspace->store, &workspace->error));
        assert_ok(workspace, st_set_mode(workspace->store, ST_HEAD, ino, test_random(seed) % 2 ? 0755 : 0644,
                                         &workspace->error));
        assert_ok(workspace, st_commit(workspace->store, &workspace->error));
        return;
    }
    default:
        put_something(workspace, test_random(seed) % 8 ? from : top, to);
    }
}

/* Takes over or back one change that can be; false when there is none left, or none can. */
static bool settle_one(struct workspace *workspace, uint64_t *seed, bool accepting)
{
    struct st_changes changes;
    bool settled = false;
    size_t i, start;

    assert_ok(workspace,
              st_list_changes(workspace->store, ST_BASE, ST_HEAD, NULL, &changes, &workspace->error));
    start = changes.count ? test_random(seed) % changes.count : 0;
    for (i = 0; i < changes.count && !settled; i++) {
        const struct st_change *change = &changes.items[(start + i) % changes.count];
        taking function = accepting ? st_accept_change : st_discard_change;
        int result;
        assert_ok(workspace, st_begin(workspace->store, &workspace->error));
        result = function(workspace->store, change, &workspace->error);
        if (result == UMBRA_EEXIST && !accepting) {
            st_rollback(workspace->store);
            continue;
        }
        assert_ok(workspace, result);
        assert_ok(workspace, st_commit(workspace->store, &workspace->error));
        settled = true;
    }
    st_free_changes(&changes);
    return settled;
}

/* Random changes, then everything accepted or discarded in random order. */
static void random_changes_can_always_be_settled(void **state)
{
    struct workspace *workspace = *state;
    uint64_t seed = 7;
    int round, i, stuck = 0;

    for (round = 0; round < 200; round++) {
        char *left;
        for (i = 0; i < 12; i++) change_something(workspace, &seed);
        while (settle_one(workspace, &seed, round & 1)) continue;
        left = workspace_changes(workspace);
        if (round & 1) assert_string_equal(left, "");
        if (*left) { /* discarding files and directories that took each other's place, one by one */
            stuck++;
            workspace_rebase(workspace);
        }
        free(left);
        assert_changes(workspace, "");
        assert_survives(workspace);
    }
    assert_true(stuck < 10);
}

/* The files and links of a tree: the dump without directories, which come and go with them. */
static char *files_of(struct workspace *workspace, enum st_root root)
{
    char *dump = workspace_dump(workspace, root), *line, *next;
    struct buffer files = {0};

    for (line = dump; *line; line = next) {
        next = strchr(line, '\n') + 1;
        if (strncmp(strchr(line, ' '), " 2 ", 3) != 0) buffer_put(&files, line, (size_t)(next - line));
    }
    free(dump);
    buffer_put_byte(&files, '\0');
    return buffer_take(&files);
}

static void random_changes_are_settled_at_once(void **state)
{
    struct workspace *workspace = *state;
    uint64_t seed = 11;
    int round, i;

    for (round = 0; round < 200; round++) {
        enum st_root to = round & 1 ? ST_HEAD : ST_BASE, from = round & 1 ? ST_BASE : ST_HEAD;
        const struct st_change *chosen[64];
        struct st_changes changes;
        char *expected, *is;
        size_t k;

        for (i = 0; i < 12; i++) change_something(workspace, &seed);
        expected = files_of(workspace, from);
        assert_ok(workspace,
                  st_list_changes(workspace->store, ST_BASE, ST_HEAD, NULL, &changes, &workspace->error));
        assert_true(changes.count < 64);
        for (k = 0; k < changes.count; k++) chosen[k] = &changes.items[k];
        assert_ok(workspace, st_begin(workspace->store, &workspace->error));
        assert_ok(workspace, st_take_changes(workspace->store, to, chosen, changes.count, &workspace->error));
        assert_ok(workspace, st_commit(workspace->store, &workspace->error));
        st_free_changes(&changes);
        is = files_of(workspace, to);
        assert_string_equal(is, expected);
        free(is);
        is = files_of(workspace, from);
        assert_string_equal(is, expected);
        free(is);
        free(expected);
        assert_changes(workspace, "");
        assert_survives(workspace);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(nothing_changed_is_an_empty_list),
        TEST(all_kinds_are_listed_in_order),
        TEST(what_ends_as_it_began_is_no_change),
        TEST(removed_and_made_anew_is_modified),
        TEST(accepting_all_makes_the_base_the_head),
        TEST(discarding_all_makes_the_head_the_base),
        TEST(accepted_content_is_not_shared_with_later_changes),
        TEST(a_renamed_directory_moves_all_that_is_in_it),
        TEST(a_renamed_directory_is_accepted_file_by_file),
        TEST(a_renamed_directory_is_discarded_file_by_file),
        TEST(a_file_replaces_its_directory),
        TEST(two_files_that_swap_names),
        TEST(what_stands_in_the_way_is_kept_in_head),
        TEST(empty_directories_go_with_their_last_file),
        TEST(a_file_that_became_a_link_is_modified),
        TEST(without_a_base_all_is_added),
        TEST(random_changes_can_always_be_settled),
        TEST(random_changes_are_settled_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
