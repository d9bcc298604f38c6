/* store.h when space runs out: the transaction is undone, the error names the limit, what is there can be
 * read, what is deleted makes room, and of the checkpoints the automatic ones give way first. */
#include "fs/path.h"
#include "store_state.h"
#include "store_steps.h"
#include "workspace.h"

#define CAPACITY (1u << 20)
#define POINTS   24u /* at which writing fails, in each step of the workload */

enum mode { MODE_NO_SPACE, MODE_SHORT, MODE_NO_GROWTH, MODE_COUNT };

static void fill_disk(struct memory_host *memory, enum mode mode, int64_t bytes)
{
    memory->write_error = mode == MODE_SHORT ? 0 : UMBRA_ENOSPC;
    if (mode == MODE_NO_GROWTH)
        memory->fail_truncate = true;
    else
        memory->write_budget = bytes;
}

static void free_disk(struct memory_host *memory)
{
    memory->write_budget = -1;
    memory->fail_truncate = false;
}

static void try_step(struct steps *steps, enum mode mode, int64_t bytes, unsigned *failures)
{
    struct workload *work = &steps->work;
    unsigned step = steps->order[steps->step];
    int result;

    steps_restore(steps);
    fill_disk(work->memory, mode, bytes);
    result = workload_run(work, step);
    snprintf(steps->tried, sizeof steps->tried, "mode %d, %lld bytes, result %d", mode, (long long)bytes,
             result);
    if (result < 0) {
        ++*failures;
        if (result != UMBRA_ENOSPC || work->error.code != UMBRA_ENOSPC)
            fail_msg("%s: %s: %s", workload_step_name(step), steps->tried, work->error.message);
        assert_non_null(strstr(work->error.message, "full"));
    }
    free_disk(work->memory);
    if (work->store == NULL) steps_reopen(steps);
    steps_assert_whole(steps, result);
    assert_int_equal(workload_run(work, step), 0);
    steps_assert_sound(steps);
}

static void writing_may_fail_at_any_point(void **state)
{
    struct steps steps;
    unsigned round, failures = 0, mode;

    steps_open(&steps, CAPACITY, 4096);
    for (round = 0; round < 2; round++) {
        steps_begin_round(&steps, round);
        while (steps_next(&steps)) {
            uint64_t written, bytes;
            bool closes = strcmp(workload_step_name(steps.order[steps.step]), "reopen") == 0;
            steps_restore(&steps);
            written = steps.work.memory->written;
            assert_int_equal(workload_run(&steps.work, steps.order[steps.step]), 0);
            written = steps.work.memory->written - written;
            for (mode = 0; mode < MODE_COUNT; mode++) {
                /* What is only deferred is lost when it cannot be written at the end. */
                steps.may_drop = mode == MODE_NO_GROWTH || closes;
                for (bytes = mode; bytes <= written; bytes += written / POINTS + 1) {
                    try_step(&steps, (enum mode)mode, (int64_t)bytes, &failures);
                    if (mode == MODE_NO_GROWTH) break;
                }
            }
        }
    }
    print_message("%u steps failed\n", failures);
    assert_true(failures > 500);
    steps_close(&steps);
}

#define LIMIT (160u << 10) /* of the images below */

struct full {
    struct workspace workspace;
    struct st_limits limits;
    uint64_t seed;
};

static int setup(void **state)
{
    struct full *full = calloc(1, sizeof *full);
    full->workspace.memory = memory_host_new(CAPACITY);
    full->limits = workload_limits(4096);
    full->limits.max_image_bytes = LIMIT;
    full->limits.max_checkpoints = 100;
    assert_ok(&full->workspace, st_open(&full->workspace.memory->host, &full->limits, &full->workspace.store,
                                        &full->workspace.error));
    full->seed = 11;
    *state = full;
    return 0;
}

static int teardown(void **state)
{
    struct full *full = *state;
    workspace_close(&full->workspace);
    free(full);
    return 0;
}

static void reopen(struct full *full)
{
    struct workspace *workspace = &full->workspace;
    char *before = state_text(workspace->store), *after;

    st_close(workspace->store);
    workspace->store = NULL;
    assert_image_is_sound(workspace->memory);
    assert_ok(workspace,
              st_open(&workspace->memory->host, &full->limits, &workspace->store, &workspace->error));
    after = state_text(workspace->store);
    assert_string_equal(after, before);
    assert_null(strstr(after, STATE_BROKEN));
    assert_null(strstr(after, "ECORRUPT"));
    free(before);
    free(after);
}

/* One file of new bytes in a transaction of its own. */
static int write_file(struct full *full, const char *path, size_t size)
{
    static char data[64u << 10];
    struct workspace *workspace = &full->workspace;
    int result = st_begin(workspace->store, &workspace->error);

    assert_ok(workspace, result);
    workload_fill(data, size, full->seed++);
    result =
        fs_write_file(workspace->store, ST_HEAD, path, strlen(path), data, size, 5, NULL, &workspace->error);
    if (result < 0)
        st_rollback(workspace->store);
    else
        result = st_commit(workspace->store, &workspace->error);
    assert_true(memory_host_file(workspace->memory, "image")->size <= full->limits.max_image_bytes);
    return result;
}

/* Writes files until there is no space; their number. */
static int fill(struct full *full, const char *name, size_t size)
{
    char path[40];
    int count, result = 0;

    for (count = 0; count < 1000; count++) {
        char *before = state_text(full->workspace.store), *after;
        snprintf(path, sizeof path, "%s/%d", name, count);
        result = write_file(full, path, size);
        after = state_text(full->workspace.store);
        if (result < 0) assert_string_equal(after, before);
        free(before);
        free(after);
        if (result < 0) break;
    }
    assert_int_equal(result, UMBRA_ENOSPC);
    return count;
}

static void assert_names_limit(struct full *full)
{
    const char *message = full->workspace.error.message;
    assert_int_equal(full->workspace.error.code, UMBRA_ENOSPC);
    assert_non_null(strstr(message, "max_image_bytes"));
    assert_non_null(strstr(message, "163840"));
    assert_non_null(strstr(message, "delete files or checkpoints"));
}

static void a_full_image_is_written_to_again_when_files_are_deleted(void **state)
{
    struct full *full = *state;
    char path[40];
    int count, round;

    for (round = 0; round < 12; round++) {
        size_t size = 300 + test_random(&full->seed) % 9000;
        int i, removed = 0;
        snprintf(path, sizeof path, "round%d", round);
        count = fill(full, path, size);
        assert_names_limit(full);
        if (round == 0) assert_true((uint64_t)count * size > LIMIT / 2);
        if (round % 3 == 0) reopen(full);
        for (i = 0; i < count; i += 1 + round % 2, removed++) {
            snprintf(path, sizeof path, "round%d/%d", round, i);
            workspace_remove(&full->workspace, path);
        }
        if (removed < 4) continue;
        for (i = 0; i < removed / 2; i++) {
            snprintf(path, sizeof path, "again/%d", i);
            assert_ok(&full->workspace, write_file(full, path, size));
        }
        workspace_remove(&full->workspace, "again/0");
        for (i = 1; i < removed / 2; i++) {
            snprintf(path, sizeof path, "again/%d", i);
            workspace_remove(&full->workspace, path);
        }
        reopen(full);
    }
}

/* Also when the host has the last word, and not the limit. */
static void a_full_disk_is_written_to_again_when_files_are_deleted(void **state)
{
    struct full *full = *state;
    struct workspace *workspace = &full->workspace;
    char path[40];
    int count, i;

    full->limits.max_image_bytes = CAPACITY;
    reopen(full);
    workspace->memory->capacity = LIMIT;
    count = fill(full, "files", 3000);
    assert_non_null(strstr(workspace->error.message, "the storage is full"));
    reopen(full);
    for (i = 0; i < count; i += 2) {
        snprintf(path, sizeof path, "files/%d", i);
        workspace_remove(workspace, path);
    }
    for (i = 0; i < count / 4; i++) {
        snprintf(path, sizeof path, "again/%d", i);
        assert_ok(workspace, write_file(full, path, 3000));
    }
    reopen(full);
    workspace->memory->capacity = CAPACITY;
    for (i = 0; i < 100; i++) {
        snprintf(path, sizeof path, "more/%d", i);
        assert_ok(workspace, write_file(full, path, 3000));
    }
    reopen(full);
}

static void automatic_checkpoints_give_way_the_oldest_first(void **state)
{
    struct full *full = *state;
    struct workspace *workspace = &full->workspace;
    struct st_checkpoint_info info;
    uint32_t named, id = 0, least = UINT32_MAX;
    int i;

    assert_ok(workspace, write_file(full, "first", 2000));
    assert_ok(workspace, st_checkpoint(workspace->store, "mine", false, 1, &named, &workspace->error));
    for (i = 0; i < 300; i++) {
        uint32_t count, at;
        assert_ok(workspace, st_checkpoint(workspace->store, "automatic", true, i, &id, &workspace->error));
        assert_ok(workspace, write_file(full, "file", 9000));
        count = st_checkpoint_count(workspace->store);
        if (i > 50 && count < least) least = count;
        assert_int_equal(st_checkpoint_at(workspace->store, 0, &info), 0);
        assert_int_equal(info.id, named);
        for (at = 1; at < count; at++) {
            assert_int_equal(st_checkpoint_at(workspace->store, at, &info), 0);
            assert_int_equal(info.id, id + 1 + at - count);
        }
        if (i % 50 == 0) reopen(full);
    }
    assert_true(least >= 3);
    assert_true(st_checkpoint_count(workspace->store) < 50);
}

static void named_checkpoints_stay_until_they_are_dropped(void **state)
{
    struct full *full = *state;
    struct workspace *workspace = &full->workspace;
    struct st_checkpoint_info info;
    uint32_t id, count, at;
    int result = 0, i, round;

    for (round = 0; round < 3; round++) {
        for (i = 0; i < 100 && result == 0; i++) {
            assert_ok(workspace, st_checkpoint(workspace->store, "mine", false, i, &id, &workspace->error));
            result = write_file(full, "file", 9000);
        }
        assert_int_equal(result, UMBRA_ENOSPC);
        assert_names_limit(full);
        count = st_checkpoint_count(workspace->store);
        assert_true(count > 5);
        reopen(full);
        for (at = 0; at < count / 2; at++) {
            assert_int_equal(st_checkpoint_at(workspace->store, 0, &info), 0);
            assert_ok(workspace, st_drop_checkpoint(workspace->store, info.id, &workspace->error));
        }
        result = write_file(full, "file", 9000);
        assert_ok(workspace, result);
        reopen(full);
    }
}

/* A transaction that goes back to a checkpoint keeps that one from giving way to it. */
static void what_is_rewound_to_is_not_dropped(void **state)
{
    struct full *full = *state;
    struct workspace *workspace = &full->workspace;
    struct st_checkpoint_info info;
    uint32_t id;
    int i, size, result, done = 0;

    for (i = 0; i < 40; i++) {
        assert_ok(workspace, st_checkpoint(workspace->store, "automatic", true, i, &id, &workspace->error));
        assert_ok(workspace, write_file(full, "file", 9000));
    }
    for (size = 1000; size < 60000; size += 5000) {
        static char data[60000];
        assert_int_equal(st_checkpoint_at(workspace->store, 0, &info), 0);
        workload_fill(data, sizeof data, full->seed++);
        assert_ok(workspace, st_begin(workspace->store, &workspace->error));
        assert_ok(workspace, st_rewind(workspace->store, info.id, &workspace->error));
        result = fs_write_file(workspace->store, ST_HEAD, "other", 5, data, (size_t)size, 5, NULL,
                               &workspace->error);
        if (result < 0)
            st_rollback(workspace->store);
        else
            result = st_commit(workspace->store, &workspace->error);
        assert_true(result == 0 || result == UMBRA_ENOSPC);
        done += result == 0;
        reopen(full);
        for (i = 0; i < 10; i++) {
            assert_ok(workspace, st_checkpoint(workspace->store, "a", true, i, &id, &workspace->error));
            result = write_file(full, "file", 9000);
            assert_true(result == 0 || result == UMBRA_ENOSPC);
        }
    }
    assert_true(done > 3);
}

static void no_checkpoint_gives_way_while_there_is_space(void **state)
{
    struct full *full = *state;
    struct workspace *workspace = &full->workspace;
    uint32_t id;
    int i;

    full->limits.max_image_bytes = CAPACITY;
    reopen(full);
    for (i = 0; i < 90; i++) {
        assert_ok(workspace, st_checkpoint(workspace->store, "a", true, i, &id, &workspace->error));
        assert_ok(workspace, write_file(full, "file", 100 + 70 * (size_t)i));
        assert_int_equal(st_checkpoint_count(workspace->store), i + 1);
    }
    reopen(full);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writing_may_fail_at_any_point),
        TEST(a_full_image_is_written_to_again_when_files_are_deleted),
        TEST(a_full_disk_is_written_to_again_when_files_are_deleted),
        TEST(automatic_checkpoints_give_way_the_oldest_first),
        TEST(named_checkpoints_stay_until_they_are_dropped),
        TEST(what_is_rewound_to_is_not_dropped),
        TEST(no_checkpoint_gives_way_while_there_is_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
