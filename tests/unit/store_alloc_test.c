/* Each allocation of a workload on the store fails once: no crash, no leak, and the workspace in memory and
 * on the disk is what it was after a whole transaction, the last one that was committed. */
#include "failing_alloc.h"
#include "store/changes.h"
#include "store/check.h"
#include "store/hunks.h"
#include "store/patch.h"
#include "store_state.h"
#include "store_steps.h"
#include "workspace.h"

#define CAPACITY (1u << 20)
#define ROUNDS   3 /* of the workload */
#define AGAIN_OF 5 /* of so many failures one is followed by the same step once more */

/* Runs a step; its n-th allocation fails. Whether it came to that. */
static bool run_failing(struct steps *steps, long n)
{
    struct workload *work = &steps->work;
    unsigned step = steps->order[steps->step];
    bool failed;
    int result;

    steps_restore(steps);
    alloc_fail_at(n);
    result = workload_run(work, step);
    failed = alloc_has_failed();
    alloc_fail_at(-1);
    snprintf(steps->tried, sizeof steps->tried, "allocation %ld, result %d", n, result);
    if (result < 0 && !failed) fail_msg("%s: %s", workload_step_name(step), work->error.message);
    assert_true(result == 0 || result == UMBRA_ENOMEM);
    if (work->store == NULL) steps_reopen(steps); /* that was what failed */
    steps_assert_whole(steps, result);
    if (n % AGAIN_OF == 0) assert_int_equal(workload_run(work, step), 0);
    steps_assert_sound(steps);
    return failed;
}

static void every_allocation_of_the_workload_may_fail(void **state)
{
    struct steps steps;
    unsigned round;
    unsigned long failures = 0;

    steps_open(&steps, CAPACITY, 4096);
    for (round = 0; round < ROUNDS; round++) {
        steps_begin_round(&steps, round);
        while (steps_next(&steps)) {
            long n = 0;
            while (run_failing(&steps, n)) n++;
            failures += (unsigned long)n;
        }
    }
    print_message("%lu allocations failed\n", failures);
    assert_true(failures > 5000);
    steps_close(&steps);
}

/* An image that the whole workload went over. */
static void prepare(struct workload *work)
{
    unsigned step;

    *work = (struct workload){.memory = memory_host_new(CAPACITY), .limits = workload_limits(4096)};
    assert_int_equal(st_open(&work->memory->host, &work->limits, &work->store, &work->error), 0);
    for (step = 0; step + 2 < workload_steps(); step++) assert_int_equal(workload_run(work, step), 0);
}

static void finish(struct workload *work)
{
    st_close(work->store);
    memory_host_free(work->memory);
}

static void every_allocation_of_opening_may_fail(void **state)
{
    struct workload work;
    char *before, *after;
    long n;
    int result;

    prepare(&work);
    before = state_text(work.store);
    for (n = 0;; n++) {
        bool failed;
        st_close(work.store);
        work.store = NULL;
        alloc_fail_at(n);
        result = st_open(&work.memory->host, &work.limits, &work.store, &work.error);
        failed = alloc_has_failed();
        alloc_fail_at(-1);
        if (!failed) break;
        assert_int_equal(result, UMBRA_ENOMEM);
        assert_null(work.store);
    }
    assert_int_equal(result, 0);
    assert_true(n > 100);
    after = state_text(work.store);
    assert_string_equal(before, after);
    free(before);
    free(after);
    finish(&work);
}

static void ignore(void *context, const char *sentence)
{
    (void)context;
    fail_msg("%s", sentence);
}

static void every_allocation_of_a_check_may_fail(void **state)
{
    struct workload work;
    struct st_check check;
    bool failed = true;
    long n;

    prepare(&work);
    st_close(work.store);
    work.store = NULL;
    for (n = 0; failed; n++) {
        int result;
        alloc_fail_at(n);
        result = st_check(&work.memory->host, ignore, NULL, &check, &work.error);
        failed = alloc_has_failed();
        alloc_fail_at(-1);
        assert_int_equal(result, failed ? UMBRA_ENOMEM : 0);
    }
    assert_true(n > 100);
    finish(&work);
}

/* All ways of finding renames. */
static void rename_much(struct workload *work)
{
    struct workspace workspace = {.memory = work->memory, .store = work->store};

    workspace_put(&workspace, "d0/other", "renamed\nby\nits\ncontent\n");
    workspace_put(&workspace, "d0/like", "renamed\nby\nits\nlikeness\nto\nanother\n");
    workspace_put(&workspace, "d0/f3", "content");
    workspace_rebase(&workspace);
    workspace_remove(&workspace, "d0/other");
    workspace_remove(&workspace, "d0/like");
    workspace_move(&workspace, "d0/f3", "d0/moved");
    workspace_put(&workspace, "d0/moved", "and modified\n");
    workspace_put(&workspace, "other", "renamed\nby\nits\ncontent\n");
    workspace_put(&workspace, "likely", "renamed\nby\nits\nlikeness\nto\none\n");
}

static void every_allocation_of_listing_may_fail(void **state)
{
    struct workload work;
    struct st_changes whole, changes;
    long n;
    int result;
    bool failed;

    prepare(&work);
    rename_much(&work);
    assert_int_equal(st_list_changes(work.store, ST_BASE, ST_HEAD, NULL, &whole, &work.error), 0);
    assert_true(whole.count > 0);
    for (n = 0, failed = true; failed; n++) {
        alloc_fail_at(n);
        result = st_list_changes(work.store, ST_BASE, ST_HEAD, NULL, &changes, &work.error);
        failed = alloc_has_failed();
        alloc_fail_at(-1);
        /* Content that finds no room in the cache is compared all the same. */
        assert_true(result == 0 || (failed && result == UMBRA_ENOMEM));
        assert_int_equal(changes.count, result == 0 ? whole.count : 0);
        st_free_changes(&changes);
    }
    assert_true(n > 10);
    st_free_changes(&whole);
    finish(&work);
}

static void every_allocation_of_comparing_may_fail(void **state)
{
    struct diff diff;
    struct error error;
    bool failed = true;
    long n;
    for (n = 0; failed; n++) {
        int result;
        alloc_fail_at(n);
        result = diff_compute(&diff, "a\nb\n", 4, "a\nc\n", 4, &error);
        failed = alloc_has_failed();
        alloc_fail_at(-1);
        assert_int_equal(result, failed ? UMBRA_ENOMEM : 0);
        diff_free(&diff);
    }
    assert_int_equal(n, 7);
}

static void every_allocation_of_a_patch_may_fail(void **state)
{
    static const bool taken[] = {true, false};
    struct st_change change = {.kind = ST_MODIFIED,
                               .old_type = ST_FILE,
                               .new_type = ST_SYMLINK,
                               .old_ino = 1,
                               .new_ino = 2,
                               .path = "odd \"name"};
    struct patch_content content = {.old_text = "a\nb\n", .new_text = "c\n", .old_size = 4, .new_size = 2};
    struct error error;
    bool failed = true;
    long n;
    for (n = 0; failed; n++) {
        struct buffer out = {0};
        int result;
        alloc_fail_at(n);
        result = patch_put(&out, &change, &content, &error);
        failed = alloc_has_failed();
        alloc_fail_at(-1);
        assert_int_equal(result, failed ? UMBRA_ENOMEM : 0);
        buffer_free(&out);
    }
    assert_true(n > 10);
    for (n = 0, failed = true; failed; n++) {
        struct buffer out = {0};
        struct diff diff;
        int result;
        assert_int_equal(diff_compute(&diff, "a\nb\nc\n", 6, "A\nb\nC\n", 6, &error), 0);
        alloc_fail_at(n);
        result = hunks_apply(&diff, 0, taken, false, &out);
        failed = alloc_has_failed();
        alloc_fail_at(-1);
        assert_int_equal(result, failed ? UMBRA_ENOMEM : 0);
        buffer_free(&out);
        diff_free(&diff);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_the_workload_may_fail),
        cmocka_unit_test(every_allocation_of_opening_may_fail),
        cmocka_unit_test(every_allocation_of_a_check_may_fail),
        cmocka_unit_test(every_allocation_of_listing_may_fail),
        cmocka_unit_test(every_allocation_of_comparing_may_fail),
        cmocka_unit_test(every_allocation_of_a_patch_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
