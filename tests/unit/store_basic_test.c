/* store.h: files, directories and links in transactions, and what is there after reopening. */
#include "store/changes.h"
#include "workspace.h"

static int setup(void **state)
{
    struct workspace *workspace = calloc(1, sizeof *workspace);
    workspace_open(workspace, 64u << 20);
    *state = workspace;
    return 0;
}

static int teardown(void **state)
{
    workspace_close(*state);
    free(*state);
    return 0;
}

/* The state in memory and the one that a reopening reads from the log are the same. */
static void assert_survives(struct workspace *workspace)
{
    char *before = workspace_dump_all(workspace), *after;
    workspace_reopen(workspace);
    after = workspace_dump_all(workspace);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void an_empty_workspace_is_empty(void **state)
{
    struct workspace *workspace = *state;
    struct st_usage usage;
    char *dump = workspace_dump(workspace, ST_HEAD);
    assert_string_equal(dump, " 2 755 0 0\n");
    free(dump);
    st_usage(workspace->store, &usage);
    assert_int_equal(usage.files, 0);
    assert_survives(workspace);
}

static void files_survive_reopening(void **state)
{
    struct workspace *workspace = *state;
    workspace_put(workspace, "a.txt", "hello");
    workspace_put(workspace, "d/e/f.txt", "");
    workspace_link(workspace, "l", "d/e");
    workspace_mkdir(workspace, "empty");
    assert_survives(workspace);
    assert_content(workspace, "a.txt", "hello");
    assert_content(workspace, "d/e/f.txt", "");
    assert_content(workspace, "l/f.txt", "");
    workspace_put(workspace, "a.txt", "other");
    workspace_remove(workspace, "d/e/f.txt");
    workspace_remove(workspace, "d/e");
    assert_survives(workspace);
    assert_content(workspace, "a.txt", "other");
}

static void large_files_are_read_in_any_part(void **state)
{
    struct workspace *workspace = *state;
    size_t size = 11u << 20, i;
    unsigned char *data = malloc(size), part[5000];
    uint64_t seed = 5;
    uint32_t ino;

    for (i = 0; i < size; i++) data[i] = (unsigned char)(i * 7 + i / 4096);
    workspace_put_bytes(workspace, "big", data, size);
    workspace_reopen(workspace);
    ino = workspace_find(workspace, ST_HEAD, "big");
    for (i = 0; i < 200; i++) {
        uint64_t at = i == 0 ? (4u << 20) - 100 : test_random(&seed) % size;
        int64_t got = st_read(workspace->store, ST_HEAD, ino, at, part, sizeof part);
        assert_int_equal(got, size - at < sizeof part ? size - at : sizeof part);
        assert_memory_equal(part, data + at, got);
    }
    assert_int_equal(st_read(workspace->store, ST_HEAD, ino, size, part, 10), 0);
    assert_int_equal(st_read(workspace->store, ST_HEAD, ino, UINT64_MAX, part, 10), 0);
    free(data);
}

static void appends_add_up(void **state)
{
    struct workspace *workspace = *state;
    struct buffer expected = {0};
    struct st_usage usage;
    uint32_t ino;
    char *is;
    int i;

    workspace_put(workspace, "log", "");
    ino = workspace_find(workspace, ST_HEAD, "log");
    for (i = 0; i < 3000; i++) {
        char line[64];
        int size = snprintf(line, sizeof line, "line %d of a log that grows\n", i);
        buffer_put(&expected, line, (size_t)size);
        assert_ok(workspace, st_begin(workspace->store, &workspace->error));
        assert_ok(workspace,
                  st_append(workspace->store, ST_HEAD, ino, line, (size_t)size, &workspace->error));
        assert_ok(workspace, st_commit(workspace->store, &workspace->error));
        if (i % 500 == 77) workspace_reopen(workspace);
    }
    assert_survives(workspace);
    is = workspace_content(workspace, ST_HEAD, "log");
    assert_string_equal(is, expected.data);
    st_usage(workspace->store, &usage);
    assert_true(usage.live_bytes < expected.size * 2);
    free(is);
    buffer_free(&expected);
}

static void a_rollback_undoes_everything(void **state)
{
    struct workspace *workspace = *state;
    char *before, *after;
    uint32_t ino;

    workspace_put(workspace, "a", "1");
    workspace_put(workspace, "d/b", "2");
    before = workspace_dump_all(workspace);
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    workspace_put(workspace, "a", "changed");
    workspace_put(workspace, "n/e/w", "x");
    workspace_move(workspace, "d", "moved");
    workspace_remove(workspace, "moved/b");
    ino = workspace_find(workspace, ST_HEAD, "a");
    assert_ok(workspace, st_set_mode(workspace->store, ST_HEAD, ino, 0600, &workspace->error));
    assert_ok(workspace, st_append(workspace->store, ST_HEAD, ino, "more", 4, &workspace->error));
    assert_ok(workspace, st_rebase(workspace->store, &workspace->error));
    st_rollback(workspace->store);
    after = workspace_dump_all(workspace);
    assert_string_equal(before, after);
    free(after);
    st_rollback(workspace->store); /* outside a transaction: nothing */
    workspace_put(workspace, "c", "3");
    workspace_remove(workspace, "c");
    workspace_reopen(workspace);
    after = workspace_dump_all(workspace);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void large_transactions_roll_back_from_the_disk_too(void **state)
{
    struct workspace *workspace = *state;
    char *data = calloc(1, 3u << 20), *before, *after;
    struct st_usage usage;
    size_t i;

    for (i = 0; i < 3u << 20; i++) data[i] = (char)(i * 7 + i / 4096);
    workspace_put(workspace, "a", "1");
    before = workspace_dump_all(workspace);
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    workspace_put_bytes(workspace, "big", data, 3u << 20);
    st_usage(workspace->store, &usage);
    assert_true(usage.live_bytes == 3u << 20);
    st_rollback(workspace->store);
    st_usage(workspace->store, &usage);
    assert_true(usage.live_bytes == 0);
    assert_true(usage.image_bytes - usage.free_bytes < 600u << 10);
    workspace_reopen(workspace);
    after = workspace_dump_all(workspace);
    assert_string_equal(before, after);
    free(before);
    free(after);
    free(data);
}

static void names_change_hands_within_one_transaction(void **state)
{
    struct workspace *workspace = *state;

    workspace_put(workspace, "a", "was a");
    workspace_put(workspace, "b", "was b");
    workspace_put(workspace, "d/x", "x");
    workspace_put(workspace, "e/y", "y");
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    workspace_move(workspace, "a", "t");
    workspace_move(workspace, "b", "a");
    workspace_move(workspace, "t", "b");
    workspace_move(workspace, "d", "t");
    workspace_move(workspace, "e", "d");
    workspace_move(workspace, "t", "d/e");
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    assert_survives(workspace);
    assert_content(workspace, "a", "was b");
    assert_content(workspace, "b", "was a");
    assert_content(workspace, "d/y", "y");
    assert_content(workspace, "d/e/x", "x");
}

static void a_file_takes_the_place_of_a_directory_in_one_transaction(void **state)
{
    struct workspace *workspace = *state;
    workspace_put(workspace, "x/y/z", "1");
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    workspace_move(workspace, "x/y/z", "z");
    workspace_remove(workspace, "x/y");
    workspace_remove(workspace, "x");
    workspace_move(workspace, "z", "x");
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    assert_survives(workspace);
    assert_content(workspace, "x", "1");
}

static int create(struct workspace *workspace, const char *name, size_t length, uint32_t *ino)
{
    return st_create(workspace->store, ST_HEAD, ST_ROOT_INO, name, length, ST_FILE, 0644, 0, ino,
                     &workspace->error);
}

static void bad_requests_are_refused(void **state)
{
    struct workspace *workspace = *state;
    struct store *store = workspace->store;
    struct error *error = &workspace->error;
    char name[300];
    uint32_t ino, d, f;

    memset(name, 'n', sizeof name);
    workspace_put(workspace, "d/f", "x");
    d = workspace_find(workspace, ST_HEAD, "d");
    f = workspace_find(workspace, ST_HEAD, "d/f");
    assert_int_equal(create(workspace, "a", 1, &ino), UMBRA_EINVAL);
    assert_int_equal(st_replace(store, ST_HEAD, f, "y", 1, error), UMBRA_EINVAL);
    assert_int_equal(st_remove(store, ST_HEAD, f, error), UMBRA_EINVAL);
    assert_int_equal(st_commit(store, error), UMBRA_EINVAL);
    assert_ok(workspace, st_begin(store, error));
    assert_int_equal(st_begin(store, error), UMBRA_EBUSY);
    assert_int_equal(st_checkpoint(store, "no", true, 0, &ino, error), UMBRA_EBUSY);
    assert_int_equal(create(workspace, "d", 1, &ino), UMBRA_EEXIST);
    assert_int_equal(create(workspace, "", 0, &ino), UMBRA_EINVAL);
    assert_int_equal(create(workspace, ".", 1, &ino), UMBRA_EINVAL);
    assert_int_equal(create(workspace, "..", 2, &ino), UMBRA_EINVAL);
    assert_int_equal(create(workspace, "a/b", 3, &ino), UMBRA_EINVAL);
    assert_int_equal(create(workspace, "a\0b", 3, &ino), UMBRA_EINVAL);
    assert_int_equal(create(workspace, name, 256, &ino), UMBRA_ENAMETOOLONG);
    assert_int_equal(create(workspace, name, 255, &ino), 0);
    assert_int_equal(st_create(store, ST_HEAD, f, "a", 1, ST_FILE, 0, 0, &ino, error), UMBRA_ENOTDIR);
    assert_int_equal(st_create(store, ST_HEAD, 9999, "a", 1, ST_FILE, 0, 0, &ino, error), UMBRA_ENOTDIR);
    assert_int_equal(st_remove(store, ST_HEAD, d, error), UMBRA_ENOTEMPTY);
    assert_int_equal(st_remove(store, ST_HEAD, ST_ROOT_INO, error), UMBRA_EBUSY);
    assert_int_equal(st_remove(store, ST_HEAD, 9999, error), UMBRA_ENOENT);
    assert_int_equal(st_replace(store, ST_HEAD, d, "y", 1, error), UMBRA_EISDIR);
    assert_int_equal(st_append(store, ST_HEAD, 9999, "y", 1, error), UMBRA_ENOENT);
    assert_int_equal(st_rename(store, ST_HEAD, d, d, "in", 2, error), UMBRA_EINVAL);
    assert_int_equal(st_rename(store, ST_HEAD, ST_ROOT_INO, d, "in", 2, error), UMBRA_EBUSY);
    assert_int_equal(st_rename(store, ST_HEAD, f, ST_ROOT_INO, "d", 1, error), UMBRA_EISDIR);
    assert_int_equal(st_rename(store, ST_HEAD, f, f, "x", 1, error), UMBRA_ENOTDIR);
    assert_int_equal(st_rename(store, ST_HEAD, 9999, d, "x", 1, error), UMBRA_ENOENT);
    st_rollback(store);
    assert_int_equal(st_read(store, ST_HEAD, d, 0, name, 1), UMBRA_EISDIR);
    assert_int_equal(st_read(store, ST_HEAD, 9999, 0, name, 1), UMBRA_ENOENT);
    assert_int_equal(st_lookup(store, ST_HEAD, f, "a", 1), 0);
    assert_int_equal(st_entry(store, ST_HEAD, f, 0), 0);
    assert_survives(workspace);
}

static void limits_are_kept(void **state)
{
    struct workspace *workspace = *state;
    struct st_limits limits = {.max_image_bytes = 4u << 20, .max_file_bytes = 1000, .max_files = 3};
    char data[1001] = {0};
    uint32_t ino;

    st_close(workspace->store);
    assert_ok(workspace, st_open(&workspace->memory->host, &limits, &workspace->store, &workspace->error));
    workspace_put_bytes(workspace, "a", data, 1000);
    ino = workspace_find(workspace, ST_HEAD, "a");
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    assert_int_equal(st_replace(workspace->store, ST_HEAD, ino, data, 1001, &workspace->error), UMBRA_EFBIG);
    assert_int_equal(st_append(workspace->store, ST_HEAD, ino, data, 1, &workspace->error), UMBRA_EFBIG);
    assert_int_equal(st_append(workspace->store, ST_HEAD, ino, data, SIZE_MAX, &workspace->error),
                     UMBRA_EFBIG);
    assert_int_equal(st_write(workspace->store, ST_HEAD, ino, UINT64_MAX, data, 1, &workspace->error),
                     UMBRA_EFBIG);
    assert_int_equal(st_truncate(workspace->store, ST_HEAD, ino, 1001, &workspace->error), UMBRA_EFBIG);
    st_rollback(workspace->store);
    workspace_put(workspace, "b", "");
    workspace_put(workspace, "c", "");
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    workspace_put(workspace, "d", "");
    assert_int_equal(st_commit(workspace->store, &workspace->error), UMBRA_ELIMIT);
    assert_false(st_in_transaction(workspace->store));
}

/* Appends until there is no more space; the number of bytes that went in. */
static uint64_t fill_up(struct workspace *workspace, const char *path, uint64_t *seed)
{
    struct error *error = &workspace->error;
    char data[1000];
    uint64_t total = 0;
    uint32_t ino;
    size_t i;

    workspace_put(workspace, path, "");
    ino = workspace_find(workspace, ST_HEAD, path);
    for (;;) {
        int result;
        for (i = 0; i < sizeof data; i++) data[i] = (char)test_random(seed);
        assert_ok(workspace, st_begin(workspace->store, error));
        result = st_append(workspace->store, ST_HEAD, ino, data, sizeof data, error);
        if (result == 0) {
            result = st_commit(workspace->store, error);
            assert_false(st_in_transaction(workspace->store));
        }
        st_rollback(workspace->store);
        if (result < 0) {
            assert_int_equal(result, UMBRA_ENOSPC);
            return total;
        }
        total += sizeof data;
    }
}

static void a_full_workspace_lets_go_of_what_is_deleted(void **state)
{
    struct workspace *workspace = *state;
    struct st_limits limits = {
        .max_image_bytes = 400u << 10, .max_file_bytes = 1u << 20, .max_files = 100, .segment_bytes = 4096};
    uint64_t seed = 11, first, again;
    char *before, *after;
    uint32_t id;
    int round;

    st_close(workspace->store);
    workspace->memory->files[0].size = 0;
    assert_ok(workspace, st_open(&workspace->memory->host, &limits, &workspace->store, &workspace->error));
    first = fill_up(workspace, "a", &seed);
    assert_in_range(first, 200000, 400000);
    assert_non_null(strstr(workspace->error.message, "max_image_bytes"));
    for (round = 0; round < 5; round++) {
        before = workspace_dump_all(workspace);
        workspace_reopen(workspace);
        after = workspace_dump_all(workspace);
        assert_string_equal(before, after);
        free(before);
        free(after);
        st_close(workspace->store);
        assert_ok(workspace,
                  st_open(&workspace->memory->host, &limits, &workspace->store, &workspace->error));
        if (round % 2)
            assert_ok(workspace, st_checkpoint(workspace->store, "full", true, 1, &id, &workspace->error));
        workspace_remove(workspace, "a");
        again = fill_up(workspace, "a", &seed);
        if (again <= first * 9 / 10) {
            struct st_usage u;
            st_usage(workspace->store, &u);
            print_error("round %d %llu %llu image %llu live %llu free %llu kept %u\n", round,
                        (unsigned long long)first, (unsigned long long)again,
                        (unsigned long long)u.image_bytes, (unsigned long long)u.live_bytes,
                        (unsigned long long)u.free_bytes, st_checkpoint_count(workspace->store));
        }
        assert_true(again > first * 9 / 10);
    }
}

static void usage_counts_files_of_head(void **state)
{
    struct workspace *workspace = *state;
    struct st_usage usage;
    uint32_t ino;

    workspace_put(workspace, "a", "12345");
    workspace_put(workspace, "d/b", "123");
    workspace_link(workspace, "l", "a");
    workspace_rebase(workspace);
    st_usage(workspace->store, &usage);
    assert_int_equal(usage.files, 3);
    assert_int_equal(usage.bytes, 9);
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    ino = workspace_find(workspace, ST_HEAD, "a");
    assert_ok(workspace, st_append(workspace->store, ST_HEAD, ino, "678", 3, &workspace->error));
    workspace_remove(workspace, "d/b");
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    st_usage(workspace->store, &usage);
    assert_int_equal(usage.files, 2);
    assert_int_equal(usage.bytes, 9);
    assert_survives(workspace);
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    assert_ok(workspace, st_clear(workspace->store, &workspace->error));
    workspace_put(workspace, "new", "1");
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    st_usage(workspace->store, &usage);
    assert_int_equal(usage.files, 1);
    assert_int_equal(usage.bytes, 1);
    assert_survives(workspace);
}

static void clearing_leaves_the_system_tree(void **state)
{
    struct workspace *workspace = *state;
    uint32_t ino;

    workspace_put(workspace, "a", "1");
    workspace_rebase(workspace);
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    assert_ok(workspace, st_create(workspace->store, ST_SYSTEM, ST_ROOT_INO, "s", 1, ST_FILE, 0600, 1, &ino,
                                   &workspace->error));
    assert_ok(workspace, st_append(workspace->store, ST_SYSTEM, ino, "log", 3, &workspace->error));
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    workspace_put(workspace, "before", "made and cleared in one transaction");
    assert_ok(workspace, st_clear(workspace->store, &workspace->error));
    workspace_put(workspace, "b", "2");
    assert_ok(workspace, st_rebase(workspace->store, &workspace->error));
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    assert_changes(workspace, "");
    assert_survives(workspace);
    assert_int_equal(st_lookup(workspace->store, ST_SYSTEM, ST_ROOT_INO, "s", 1), ino);
    assert_int_equal(st_lookup(workspace->store, ST_HEAD, ST_ROOT_INO, "a", 1), 0);
    assert_int_equal(st_lookup(workspace->store, ST_BASE, ST_ROOT_INO, "b", 1),
                     st_lookup(workspace->store, ST_HEAD, ST_ROOT_INO, "b", 1));
}

static void checkpoints_are_counted_and_numbered_once(void **state)
{
    struct workspace *workspace = *state;
    uint32_t first = 0, second = 0, third = 0;
    char name[200];

    memset(name, 'n', sizeof name);
    name[199] = '\0';
    workspace_put(workspace, "a", "1");
    assert_ok(workspace, st_checkpoint(workspace->store, "one", true, 1, &first, &workspace->error));
    workspace_put(workspace, "a", "2");
    assert_ok(workspace, st_checkpoint(workspace->store, name, true, 2, &second, &workspace->error));
    workspace_put(workspace, "a", "3");
    assert_survives(workspace);
    assert_int_equal(st_checkpoint_count(workspace->store), 2);
    assert_ok(workspace, st_checkpoint(workspace->store, "", true, 3, &third, &workspace->error));
    assert_true(first < second && second < third);
    workspace_put(workspace, "a", "4");
    assert_survives(workspace);
    assert_int_equal(st_checkpoint_count(workspace->store), 3);
}

static void entries_are_in_the_order_of_bytes(void **state)
{
    static const char *const names[] = {"b", "a", "B", "\xff", "aa", "a.", "z", "\x01", "ab", "a-"};
    static const char *const sorted[] = {"\x01", "B", "a", "a-", "a.", "aa", "ab", "b", "z", "\xff"};
    struct workspace *workspace = *state;
    size_t i;

    for (i = 0; i < 10; i++) workspace_put(workspace, names[i], "");
    for (i = 0; i < 10; i++) {
        uint32_t ino = st_entry(workspace->store, ST_HEAD, ST_ROOT_INO, (uint32_t)i);
        assert_int_equal(ino, workspace_find(workspace, ST_HEAD, sorted[i]));
    }
    assert_survives(workspace);
}

static void a_thousand_entries_and_many_levels(void **state)
{
    struct workspace *workspace = *state;
    char path[600] = "";
    int i;

    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    for (i = 0; i < 1500; i++) {
        snprintf(path, sizeof path, "d/%d", i * 7919 % 1500);
        workspace_put(workspace, path, path);
    }
    path[0] = '\0';
    for (i = 0; i < 200; i++) memcpy(path + (size_t)i * 2, "d/", 2);
    memcpy(path + 400, "f", 2);
    workspace_put(workspace, path, "deep");
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    assert_survives(workspace);
    assert_content(workspace, path, "deep");
    assert_content(workspace, "d/1234", "d/1234");
}

static void two_at_once_are_refused(void **state)
{
    struct workspace *workspace = *state;
    struct store *second = NULL;
    assert_int_equal(st_open(&workspace->memory->host, NULL, &second, &workspace->error), UMBRA_EBUSY);
    assert_null(second);
    workspace_put(workspace, "a", "1");
    assert_survives(workspace);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_empty_workspace_is_empty),
        TEST(files_survive_reopening),
        TEST(large_files_are_read_in_any_part),
        TEST(appends_add_up),
        TEST(a_rollback_undoes_everything),
        TEST(large_transactions_roll_back_from_the_disk_too),
        TEST(names_change_hands_within_one_transaction),
        TEST(a_file_takes_the_place_of_a_directory_in_one_transaction),
        TEST(bad_requests_are_refused),
        TEST(limits_are_kept),
        TEST(a_full_workspace_lets_go_of_what_is_deleted),
        TEST(usage_counts_files_of_head),
        TEST(clearing_leaves_the_system_tree),
        TEST(checkpoints_are_counted_and_numbered_once),
        TEST(entries_are_in_the_order_of_bytes),
        TEST(a_thousand_entries_and_many_levels),
        TEST(two_at_once_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
