/* store.h: calls of the host that fail, power that fails, images of others: the workspace is as the last
 * commit left it, or it is refused and left alone. */
#include "base/crc32c.h"
#include "fs/path.h"
#include "store/format.h"
#include "store_state.h"
#include "workspace.h"

#define CAPACITY (4u << 20)

static const struct st_limits small = {
    .max_image_bytes = CAPACITY,
    .max_file_bytes = 1u << 20,
    .cache_bytes = 16u << 10,
    .max_files = 1000,
    .max_checkpoints = 5,
    .segment_bytes = 4096,
};

static void open_it(struct workspace *workspace)
{
    assert_ok(workspace, st_open(&workspace->memory->host, &small, &workspace->store, &workspace->error));
}

static void close_it(struct workspace *workspace)
{
    st_close(workspace->store);
    workspace->store = NULL;
}

/* The program ends without a word. */
static void be_killed(struct workspace *workspace)
{
    workspace->memory->dead = true;
    close_it(workspace);
    workspace->memory->dead = false;
}

static void reopen(struct workspace *workspace)
{
    close_it(workspace);
    open_it(workspace);
}

static int setup(void **state)
{
    struct workspace *workspace = calloc(1, sizeof *workspace);
    workspace->memory = memory_host_new(CAPACITY);
    open_it(workspace);
    *state = workspace;
    return 0;
}

static int teardown(void **state)
{
    workspace_close(*state);
    free(*state);
    return 0;
}

static char *text_of(struct workspace *workspace)
{
    char *text = state_text(workspace->store);
    assert_non_null(text);
    assert_null(strstr(text, STATE_BROKEN));
    return text;
}

static void assert_is(struct workspace *workspace, const char *expected)
{
    char *is = text_of(workspace);
    assert_string_equal(is, expected);
    free(is);
}

/* A transaction with every kind of operation. */
static void change_much(struct workspace *workspace)
{
    uint32_t ino;
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    workspace_put(workspace, "a", "changed content of a");
    workspace_put(workspace, "new/file", "0123456789012345678901234567890123456789");
    workspace_move(workspace, "b", "c");
    workspace_remove(workspace, "d/e");
    ino = workspace_find(workspace, ST_HEAD, "d");
    assert_ok(workspace, st_set_mtime(workspace->store, ST_HEAD, ino, 77, &workspace->error));
    assert_ok(workspace, st_rebase(workspace->store, &workspace->error));
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
}

static void fill(struct workspace *workspace)
{
    char big[3000];
    uint32_t id;

    memset(big, 'x', sizeof big);
    workspace_put(workspace, "a", "1");
    workspace_put(workspace, "b", "2");
    workspace_put(workspace, "d/e", "3");
    workspace_put_bytes(workspace, "big", big, sizeof big);
    assert_ok(workspace, st_checkpoint(workspace->store, "one", true, 5, &id, &workspace->error));
    workspace_put(workspace, "last", "makes the checkpoint durable");
}

/* Each byte that the last transaction wrote is damaged: it counts as torn. */
static void a_damaged_last_transaction_never_was(void **state)
{
    struct workspace *workspace = *state;
    struct memory_file *file = memory_host_file(workspace->memory, "image");
    struct memory_history history = {0};
    char *before, *after, *copy;
    size_t i, at, torn = 0;

    fill(workspace);
    before = text_of(workspace);
    workspace->memory->history = &history;
    change_much(workspace);
    workspace->memory->history = NULL;
    after = text_of(workspace);
    close_it(workspace);
    copy = malloc(file->size);
    memcpy(copy, file->data, file->size);
    for (i = 0; i < history.count; i++) {
        for (at = 0; at < history.entries[i].size; at++, torn++) {
            memcpy(file->data, copy, file->size);
            file->data[history.entries[i].offset + at] ^= 0x41;
            open_it(workspace);
            assert_is(workspace, before);
            close_it(workspace);
            assert_image_is_sound(workspace->memory);
        }
    }
    assert_true(torn > 200);
    memcpy(file->data, copy, file->size);
    open_it(workspace);
    assert_is(workspace, after);
    memory_history_free(&history);
    free(copy);
    free(before);
    free(after);
}

static void garbage_in_free_space_means_nothing(void **state)
{
    struct workspace *workspace = *state;
    struct memory_file *file = memory_host_file(workspace->memory, "image");
    struct memory_history history = {0};
    char *before;
    size_t i;
    uint64_t end = 0;

    workspace->memory->history = &history;
    fill(workspace);
    workspace->memory->history = NULL;
    before = text_of(workspace);
    for (i = 0; i < history.count; i++)
        if (history.entries[i].offset + history.entries[i].size > end && history.entries[i].data)
            end = history.entries[i].offset + history.entries[i].size;
    close_it(workspace);
    assert_true(file->size > end + 4096);
    memset(file->data + end, 0x5a, file->size + 3000 - end);
    file->size += 3000;
    open_it(workspace);
    assert_is(workspace, before);
    workspace_put(workspace, "more", "0123456789");
    reopen(workspace);
    assert_content(workspace, "more", "0123456789");
    memory_history_free(&history);
    free(before);
}

static int try_change(struct workspace *workspace)
{
    static uint64_t seed = 7;
    char big[9000];
    uint32_t ino;
    size_t i;
    int result = st_begin(workspace->store, &workspace->error);

    assert_ok(workspace, result);
    for (i = 0; i < sizeof big; i++) big[i] = (char)test_random(&seed);
    ino = workspace_find(workspace, ST_HEAD, "big");
    result = st_replace(workspace->store, ST_HEAD, ino, big, sizeof big, &workspace->error);
    if (result == 0) result = st_set_mtime(workspace->store, ST_HEAD, ino, 99, &workspace->error);
    if (result < 0) {
        st_rollback(workspace->store);
        return result;
    }
    return st_commit(workspace->store, &workspace->error);
}

/* Every possible failure of one write within a transaction, with and without its bytes in the file. */
static void failing_writes_leave_the_state_before(void **state)
{
    struct workspace *workspace = *state;
    struct memory_host *memory = workspace->memory;
    int64_t budget;
    int mode, failures = 0;

    fill(workspace);
    for (mode = 0; mode < 3; mode++) {
        memory->write_error = mode == 0 ? UMBRA_ENOSPC : mode == 1 ? UMBRA_EIO : 0;
        for (budget = 0; budget < 10500; budget += mode == 2 ? 37 : 211) {
            char *before = text_of(workspace);
            int result;

            memory->write_budget = budget;
            memory->write_all_first = mode == 1;
            result = try_change(workspace);
            memory->write_budget = -1;
            if (result < 0) {
                failures++;
                assert_int_equal(result, mode == 1 ? UMBRA_EIO : UMBRA_ENOSPC);
                assert_int_equal(result, workspace->error.code);
                assert_is(workspace, before);
                reopen(workspace);
                assert_is(workspace, before);
            }
            free(before);
        }
    }
    assert_true(failures > 200);
}

static void a_failing_flush_undoes_the_commit(void **state)
{
    struct workspace *workspace = *state;
    char *before;

    fill(workspace);
    before = text_of(workspace);
    workspace->memory->flush_budget = 0;
    assert_int_equal(try_change(workspace), UMBRA_EIO);
    assert_is(workspace, before);
    workspace->memory->flush_budget = -1;
    reopen(workspace);
    assert_is(workspace, before);
    workspace_put(workspace, "y", "again");
    reopen(workspace);
    assert_content(workspace, "y", "again");
    free(before);
}

/* The file cannot grow: the change is undone, and works when it can. */
static void a_file_that_cannot_grow_is_no_space(void **state)
{
    struct workspace *workspace = *state;
    char *before;
    int i, result = 0;

    fill(workspace);
    workspace->memory->fail_truncate = true;
    for (i = 0; i < 100 && result == 0; i++) {
        char path[20], big[2000];
        memset(big, 'a' + i % 26, sizeof big);
        snprintf(path, sizeof path, "file%d", i);
        before = text_of(workspace);
        assert_ok(workspace, st_begin(workspace->store, &workspace->error));
        result = fs_write_file(workspace->store, ST_HEAD, path, strlen(path), big, sizeof big - (size_t)i, 5,
                               NULL, &workspace->error);
        if (result < 0)
            st_rollback(workspace->store);
        else
            result = st_commit(workspace->store, &workspace->error);
        if (result < 0) assert_is(workspace, before);
        free(before);
    }
    assert_int_equal(result, UMBRA_ENOSPC);
    assert_non_null(strstr(workspace->error.message, "free space elsewhere"));
    workspace->memory->fail_truncate = false;
    before = text_of(workspace);
    reopen(workspace);
    assert_is(workspace, before);
    free(before);
    workspace_put(workspace, "q", "works again");
    reopen(workspace);
    assert_content(workspace, "q", "works again");
}

static void replace_lazily(struct workspace *workspace, char letter)
{
    char big[600];
    uint32_t ino = workspace_find(workspace, ST_HEAD, "file");

    memset(big, letter, sizeof big);
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    assert_ok(workspace, st_replace(workspace->store, ST_HEAD, ino, big, sizeof big, &workspace->error));
    assert_ok(workspace, st_commit_lazy(workspace->store, &workspace->error));
}

/* A transaction whose flush failed, then one of the same shape, then power fails: it is the second one or
 * none, no mixture, and never the one that was reported as failed. */
static void transactions_never_mix(void **state)
{
    struct workspace *workspace = *state;
    struct memory_host *memory = workspace->memory;
    char big[600], *before, *after, *is;
    int round;

    fill(workspace);
    workspace_put(workspace, "file", "first");
    memory->journal = true;
    for (round = 0; round < 300; round++) {
        uint32_t ino;
        workspace_put(workspace, "sync", "makes all before durable");
        before = text_of(workspace);
        ino = workspace_find(workspace, ST_HEAD, "file");
        memset(big, 'A', sizeof big);
        memory->flush_budget = 0;
        assert_ok(workspace, st_begin(workspace->store, &workspace->error));
        assert_ok(workspace, st_replace(workspace->store, ST_HEAD, ino, big, sizeof big, &workspace->error));
        assert_int_equal(st_commit(workspace->store, &workspace->error), UMBRA_EIO);
        memory->flush_budget = -1;
        replace_lazily(workspace, 'B');
        after = text_of(workspace);
        be_killed(workspace);
        memory_host_crash(memory, 20 + (unsigned)round % 80);
        open_it(workspace);
        is = text_of(workspace);
        if (strcmp(is, before) != 0) assert_string_equal(is, after);
        free(is);
        free(before);
        free(after);
    }
}

/* Of two transactions the first is torn by the crash and the second is whole. The first is then done once
 * more, or one of the same shape: the second was lost and stays so. */
static void what_was_lost_does_not_follow_what_is_done_again(void **state)
{
    struct workspace *workspace = *state;
    struct memory_host *memory = workspace->memory;
    struct memory_file *file = memory_host_file(memory, "image");
    int again;

    for (again = 0; again < 2; again++) {
        struct memory_history history = {0};
        char *expected;

        workspace_put(workspace, "file", "first");
        memory->history = &history;
        replace_lazily(workspace, 'A');
        replace_lazily(workspace, 'B');
        be_killed(workspace);
        memory->history = NULL;
        assert_int_equal(history.count, 2);
        file->data[history.entries[0].offset + history.entries[0].size - 1] ^= 1;
        open_it(workspace);
        assert_content(workspace, "file", "first");
        replace_lazily(workspace, again ? 'C' : 'A');
        expected = text_of(workspace);
        reopen(workspace);
        assert_is(workspace, expected);
        free(expected);
        memory_history_free(&history);
    }
}

/* Random work with power failures: what was flushed is there, and of the rest whole transactions in order. */
static void power_failures_lose_whole_transactions_only(void **state)
{
    struct workspace *workspace = *state;
    struct memory_host *memory = workspace->memory;
    uint64_t seed = 42;
    char *states[12], *is;
    int round, i;

    memory->journal = true;
    for (round = 0; round < 150; round++) {
        int count = 0, durable = 0, matches = -1;
        workspace_put(workspace, "begin", "of a round"); /* flushed */
        states[count++] = text_of(workspace);
        for (i = 0; i < 10; i++) {
            char path[20], content[2000];
            size_t size = test_random(&seed) % sizeof content;
            uint32_t how = test_random(&seed) % 4;
            memset(content, 'a' + i, sizeof content);
            snprintf(path, sizeof path, "f%u", test_random(&seed) % 8);
            assert_ok(workspace, st_begin(workspace->store, &workspace->error));
            workspace_put_bytes(workspace, path, content, size);
            if (how == 0) {
                st_rollback(workspace->store);
                continue;
            }
            assert_ok(workspace, how == 1 ? st_commit(workspace->store, &workspace->error)
                                          : st_commit_lazy(workspace->store, &workspace->error));
            if (how == 1) durable = count;
            states[count++] = text_of(workspace);
        }
        be_killed(workspace);
        memory_host_crash(memory, test_random(&seed) % 101);
        open_it(workspace);
        is = text_of(workspace);
        for (i = durable; i < count; i++)
            if (strcmp(states[i], is) == 0) matches = i;
        assert_true(matches >= durable);
        free(is);
        for (i = 0; i < count; i++) free(states[i]);
    }
}

/* A crash while the very first transaction is written leaves an empty workspace that opens. */
static void a_crash_at_birth_leaves_an_empty_workspace(void **state)
{
    unsigned round;
    for (round = 0; round < 300; round++) {
        struct workspace workspace = {0};
        workspace.memory = memory_host_new(256u << 10);
        workspace.memory->journal = true;
        workspace.memory->seed = round;
        open_it(&workspace);
        assert_ok(&workspace, st_begin(workspace.store, &workspace.error));
        workspace_put(&workspace, "a", "1");
        assert_ok(&workspace, st_commit_lazy(workspace.store, &workspace.error));
        be_killed(&workspace);
        memory_host_crash(workspace.memory, round % 101);
        open_it(&workspace);
        workspace_put(&workspace, "b", "2");
        reopen(&workspace);
        assert_content(&workspace, "b", "2");
        workspace_close(&workspace);
    }
}

static void assert_refused_untouched(struct workspace *workspace, int code)
{
    struct memory_file *file = memory_host_file(workspace->memory, "image");
    uint64_t size = file->size, writes = workspace->memory->writes;
    uint32_t sum = crc32c(0, file->data, size);
    struct store *store = NULL;

    assert_int_equal(st_open(&workspace->memory->host, &small, &store, &workspace->error), code);
    assert_null(store);
    assert_int_equal(file->size, size);
    assert_int_equal(workspace->memory->writes, writes);
    assert_int_equal(crc32c(0, file->data, size), sum);
    assert_false(file->open);
}

static void foreign_images_are_refused_and_untouched(void **state)
{
    struct workspace *workspace = *state;
    struct memory_file *file = memory_host_file(workspace->memory, "image");
    uint32_t crc;
    size_t i;

    fill(workspace);
    close_it(workspace);
    memset(file->data + SUPERBLOCK_SLOT, 0, SUPERBLOCK_SIZE); /* one slot only */
    for (i = 0; i < SUPERBLOCK_SIZE; i++) {
        file->data[i] ^= 1;
        assert_refused_untouched(workspace, UMBRA_ECORRUPT);
        file->data[i] ^= 1;
    }
    file->data[8]++;
    crc = crc32c(0, file->data, SUPERBLOCK_SIZE - 4);
    for (i = 0; i < 4; i++) file->data[SUPERBLOCK_SIZE - 4 + i] = (char)(crc >> 8 * i);
    assert_refused_untouched(workspace, UMBRA_EVERSION);
    memcpy(file->data, "PK\x03\x04 something else altogether", 31);
    file->size = 400;
    assert_refused_untouched(workspace, UMBRA_ECORRUPT);
    file->size = 40;
    assert_refused_untouched(workspace, UMBRA_ECORRUPT);
    memset(file->data, 0, 4096);
    file->size = 4096;
    assert_refused_untouched(workspace, UMBRA_ECORRUPT);
    workspace->memory->fail_read = true;
    assert_refused_untouched(workspace, UMBRA_EIO);
}

static void failing_reads_are_errors(void **state)
{
    struct workspace *workspace = *state;
    char bytes[3000];

    fill(workspace);
    reopen(workspace);
    workspace->memory->fail_read = true;
    assert_int_equal(
        st_read(workspace->store, ST_HEAD, workspace_find(workspace, ST_HEAD, "big"), 0, bytes, sizeof bytes),
        UMBRA_EIO);
    workspace->memory->fail_read = false;
    assert_int_equal(
        st_read(workspace->store, ST_HEAD, workspace_find(workspace, ST_HEAD, "big"), 0, bytes, sizeof bytes),
        sizeof bytes);
    assert_content(workspace, "a", "1");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_damaged_last_transaction_never_was),
        TEST(garbage_in_free_space_means_nothing),
        TEST(failing_writes_leave_the_state_before),
        TEST(a_failing_flush_undoes_the_commit),
        TEST(a_file_that_cannot_grow_is_no_space),
        TEST(transactions_never_mix),
        TEST(what_was_lost_does_not_follow_what_is_done_again),
        TEST(power_failures_lose_whole_transactions_only),
        TEST(a_crash_at_birth_leaves_an_empty_workspace),
        TEST(foreign_images_are_refused_and_untouched),
        TEST(failing_reads_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
