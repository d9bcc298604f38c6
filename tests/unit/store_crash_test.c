/* store.h and log.h: after any crash, any torn write and any failing call of the host the workspace is
 * exactly as the last commit left it. */
#include "base/crc32c.h"
#include "workspace.h"

#define CAPACITY (4u << 20)

static int setup(void **state)
{
    struct workspace *workspace = calloc(1, sizeof *workspace);
    workspace_open(workspace, CAPACITY);
    *state = workspace;
    return 0;
}

static int teardown(void **state)
{
    workspace_close(*state);
    free(*state);
    return 0;
}

static void assert_is(struct workspace *workspace, const char *expected)
{
    char *is = workspace_dump_all(workspace);
    assert_string_equal(is, expected);
    free(is);
}

/* A transaction with every kind of record. */
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
    uint32_t id;
    workspace_put(workspace, "a", "1");
    workspace_put(workspace, "b", "2");
    workspace_put(workspace, "d/e", "3");
    assert_ok(workspace, st_checkpoint(workspace->store, "one", 5, &id, &workspace->error));
}

/* The log cut at every byte of the last transaction, then with every byte of it damaged. */
static void torn_tails_give_the_state_before(void **state)
{
    struct workspace *workspace = *state;
    struct memory_file *file;
    struct st_usage usage;
    char *before, *after, *copy;
    uint64_t start, end, at;

    fill(workspace);
    before = workspace_dump_all(workspace);
    st_usage(workspace->store, &usage);
    start = usage.image_bytes;
    change_much(workspace);
    after = workspace_dump_all(workspace);
    st_close(workspace->store);
    file = memory_host_file(workspace->memory, "log");
    end = file->size;
    copy = malloc(end);
    memcpy(copy, file->data, end);
    for (at = start; at < end * 2 - start; at++) {
        memcpy(file->data, copy, end);
        file->size = at < end ? at : end;
        if (at >= end) file->data[start + at - end] ^= 0x41;
        assert_ok(workspace, st_open(&workspace->memory->host, NULL, &workspace->store, &workspace->error));
        assert_is(workspace, before);
        st_usage(workspace->store, &usage);
        assert_true(usage.image_bytes == start);
        assert_true(file->size == start);
        st_close(workspace->store);
    }
    memcpy(file->data, copy, end);
    file->size = end;
    assert_ok(workspace, st_open(&workspace->memory->host, NULL, &workspace->store, &workspace->error));
    assert_is(workspace, after);
    free(copy);
    free(before);
    free(after);
}

static void garbage_behind_the_end_is_cut_off(void **state)
{
    struct workspace *workspace = *state;
    struct memory_file *file = memory_host_file(workspace->memory, "log");
    char *before;
    uint64_t end;

    fill(workspace);
    before = workspace_dump_all(workspace);
    end = file->size;
    memset(file->data + end, 0x5a, 3000);
    file->size += 3000;
    workspace_reopen(workspace);
    assert_is(workspace, before);
    assert_true(file->size == end);
    free(before);
}

/* Every possible failure of one write within a transaction, with and without its bytes in the file. */
static void failing_writes_leave_the_state_before(void **state)
{
    struct workspace *workspace = *state;
    struct memory_host *memory = workspace->memory;
    char *before, *after;
    int64_t budget;
    int mode;

    fill(workspace);
    before = workspace_dump_all(workspace);
    for (mode = 0; mode < 3; mode++) {
        memory->write_error = mode == 0 ? UMBRA_ENOSPC : mode == 1 ? UMBRA_EIO : 0;
        for (budget = 0; budget < 700; budget += mode == 2 ? 1 : 9) {
            int result;
            memory->write_budget = budget;
            memory->write_all_first = mode == 1;
            assert_ok(workspace, st_begin(workspace->store, &workspace->error));
            workspace_put(workspace, "a", "other");
            workspace_put(workspace, "new/file", "new");
            result = st_commit(workspace->store, &workspace->error);
            memory->write_budget = -1;
            if (result == 0) {
                assert_ok(workspace, st_begin(workspace->store, &workspace->error));
                workspace_put(workspace, "a", "1");
                workspace_remove(workspace, "new/file");
                workspace_remove(workspace, "new");
                assert_ok(workspace, st_commit(workspace->store, &workspace->error));
                continue;
            }
            assert_int_equal(result, mode == 1 ? UMBRA_EIO : UMBRA_ENOSPC);
            assert_is(workspace, before);
            workspace_reopen(workspace);
            assert_is(workspace, before);
        }
    }
    after = workspace_dump_all(workspace);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void a_failing_flush_undoes_the_commit(void **state)
{
    struct workspace *workspace = *state;
    char *before;

    fill(workspace);
    before = workspace_dump_all(workspace);
    workspace->memory->flush_budget = 0;
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    workspace_put(workspace, "x", "never");
    assert_int_equal(st_commit(workspace->store, &workspace->error), UMBRA_EIO);
    assert_is(workspace, before);
    workspace->memory->flush_budget = -1;
    workspace_reopen(workspace);
    assert_is(workspace, before);
    workspace_put(workspace, "y", "again");
    workspace_reopen(workspace);
    assert_content(workspace, "y", "again");
    free(before);
}

/* What a rollback could not cut off must not come back, not even when the host refuses to cut. */
static void a_failing_truncation_never_revives_a_transaction(void **state)
{
    struct workspace *workspace = *state;
    char *before, *after;
    int result;

    fill(workspace);
    before = workspace_dump_all(workspace);
    workspace->memory->flush_budget = 0;
    workspace->memory->fail_truncate = true;
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    workspace_put(workspace, "x", "never");
    assert_int_equal(st_commit(workspace->store, &workspace->error), UMBRA_EIO);
    assert_is(workspace, before);
    workspace->memory->flush_budget = -1;
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    workspace_put(workspace, "y", "z");
    result = st_commit(workspace->store, &workspace->error);
    workspace->memory->fail_truncate = false;
    after = workspace_dump_all(workspace);
    assert_string_equal(result == 0 ? after : before, after);
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    st_rollback(workspace->store);
    workspace_put(workspace, "q", "works again");
    free(after);
    after = workspace_dump_all(workspace);
    workspace_reopen(workspace);
    assert_is(workspace, after);
    free(before);
    free(after);
}

/* A transaction that was given up, then one of the same shape: no mixture of the two. */
static void transactions_never_mix(void **state)
{
    struct workspace *workspace = *state;
    struct memory_host *memory = workspace->memory;
    char big[600], *before, *after;
    int round;

    fill(workspace);
    workspace_put(workspace, "file", "first");
    memory->journal = true;
    for (round = 0; round < 400; round++) {
        uint32_t ino;
        workspace_reopen(workspace);
        assert_ok(workspace, st_begin(workspace->store, &workspace->error));
        workspace_put(workspace, "sync", "makes all before durable");
        assert_ok(workspace, st_commit(workspace->store, &workspace->error));
        before = workspace_dump_all(workspace);
        ino = workspace_find(workspace, ST_HEAD, "file");
        memset(big, 'A', sizeof big);
        memory->flush_budget = 0;
        assert_ok(workspace, st_begin(workspace->store, &workspace->error));
        assert_ok(workspace, st_replace(workspace->store, ST_HEAD, ino, big, sizeof big, &workspace->error));
        assert_int_equal(st_commit(workspace->store, &workspace->error), UMBRA_EIO);
        memory->flush_budget = -1;
        memset(big, 'B', sizeof big);
        assert_ok(workspace, st_begin(workspace->store, &workspace->error));
        assert_ok(workspace, st_replace(workspace->store, ST_HEAD, ino, big, sizeof big, &workspace->error));
        assert_ok(workspace, st_commit_lazy(workspace->store, &workspace->error));
        after = workspace_dump_all(workspace);
        st_close(workspace->store);
        memory_host_crash(memory, 20 + (unsigned)round % 80);
        assert_ok(workspace, st_open(&memory->host, NULL, &workspace->store, &workspace->error));
        char *is = workspace_dump_all(workspace);
        if (strcmp(is, before) != 0) assert_string_equal(is, after);
        free(is);
        free(before);
        free(after);
    }
}

/* Random work with power failures: what was flushed is there, and of the rest whole transactions in order. */
static void power_failures_lose_whole_transactions_only(void **state)
{
    struct workspace *workspace = *state;
    struct memory_host *memory = workspace->memory;
    uint64_t seed = 42;
    char *states[12];
    int round, i;

    memory->journal = true;
    for (round = 0; round < 150; round++) {
        int count = 0, durable = 0, matches = -1;
        char *is;
        workspace_put(workspace, "begin", "of a round"); /* flushed */
        states[count++] = workspace_dump_all(workspace);
        for (i = 0; i < 10; i++) {
            char path[20], content[2000];
            size_t size = test_random(&seed) % sizeof content;
            memset(content, 'a' + i, sizeof content);
            snprintf(path, sizeof path, "f%u", test_random(&seed) % 8);
            assert_ok(workspace, st_begin(workspace->store, &workspace->error));
            workspace_put_bytes(workspace, path, content, size);
            switch (test_random(&seed) % 4) {
            case 0:
                st_rollback(workspace->store);
                continue;
            case 1:
                assert_ok(workspace, st_commit(workspace->store, &workspace->error));
                durable = count;
                break;
            default:
                assert_ok(workspace, st_commit_lazy(workspace->store, &workspace->error));
            }
            states[count++] = workspace_dump_all(workspace);
        }
        st_close(workspace->store);
        memory_host_crash(memory, test_random(&seed) % 101);
        assert_ok(workspace, st_open(&memory->host, NULL, &workspace->store, &workspace->error));
        is = workspace_dump_all(workspace);
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
        int result;
        workspace.memory = memory_host_new(64u << 10);
        workspace.memory->journal = true;
        workspace.memory->seed = round;
        assert_ok(&workspace, st_open(&workspace.memory->host, NULL, &workspace.store, &workspace.error));
        assert_ok(&workspace, st_begin(workspace.store, &workspace.error));
        workspace_put(&workspace, "a", "1");
        assert_ok(&workspace, st_commit_lazy(workspace.store, &workspace.error));
        st_close(workspace.store);
        memory_host_crash(workspace.memory, round % 101);
        result = st_open(&workspace.memory->host, NULL, &workspace.store, &workspace.error);
        assert_ok(&workspace, result);
        workspace_put(&workspace, "b", "2");
        workspace_reopen(&workspace);
        assert_content(&workspace, "b", "2");
        workspace_close(&workspace);
    }
}

static void assert_refused_untouched(struct workspace *workspace, int code)
{
    struct memory_file *file = memory_host_file(workspace->memory, "log");
    uint64_t size = file->size, writes = workspace->memory->writes;
    uint32_t sum = crc32c(0, file->data, size);
    struct store *store = NULL;

    assert_int_equal(st_open(&workspace->memory->host, NULL, &store, &workspace->error), code);
    assert_null(store);
    assert_int_equal(file->size, size);
    assert_int_equal(workspace->memory->writes, writes);
    assert_int_equal(crc32c(0, file->data, size), sum);
    assert_false(file->open);
}

static void foreign_images_are_refused_and_untouched(void **state)
{
    struct workspace *workspace = *state;
    struct memory_file *file = memory_host_file(workspace->memory, "log");
    char header[32];
    uint32_t crc;
    size_t i;

    fill(workspace);
    st_close(workspace->store);
    workspace->store = NULL;
    memcpy(header, file->data, 32);
    for (i = 0; i < 32; i++) {
        file->data[i] ^= 1;
        assert_refused_untouched(workspace, i >= 8 && i < 12 ? UMBRA_EVERSION : UMBRA_ECORRUPT);
        file->data[i] ^= 1;
    }
    file->data[8] = 2;
    crc = crc32c(0, file->data, 28);
    for (i = 0; i < 4; i++) file->data[28 + i] = (char)(crc >> 8 * i);
    assert_refused_untouched(workspace, UMBRA_EVERSION);
    memcpy(file->data, "PK\x03\x04 something else altogether", 31);
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
    char byte;
    fill(workspace);
    workspace->memory->fail_read = true;
    assert_int_equal(st_read(workspace->store, ST_HEAD, workspace_find(workspace, ST_HEAD, "a"), 0, &byte, 1),
                     UMBRA_EIO);
    workspace->memory->fail_read = false;
    assert_content(workspace, "a", "1");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(torn_tails_give_the_state_before),
        TEST(garbage_behind_the_end_is_cut_off),
        TEST(failing_writes_leave_the_state_before),
        TEST(a_failing_flush_undoes_the_commit),
        TEST(a_failing_truncation_never_revives_a_transaction),
        TEST(transactions_never_mix),
        TEST(power_failures_lose_whole_transactions_only),
        TEST(a_crash_at_birth_leaves_an_empty_workspace),
        TEST(foreign_images_are_refused_and_untouched),
        TEST(failing_reads_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
