/* Each allocation of a workload on the store fails once: no crash, no leak, and the workspace in memory and
 * on the disk is what it was after a whole transaction, the last one that was committed. */
#include "failing_alloc.h"
#include "store/changes.h"
#include "store/check.h"
#include "store/diff.h"
#include "store_state.h"
#include "store_workload.h"
#include "workspace.h"

#define CAPACITY    (1u << 20)
#define ROUNDS      3 /* of the workload */
#define STATES_MOST 8 /* that one step can lead to */
#define AGAIN_OF    5 /* of so many failures one is followed by the same step once more */

/* The workload between two steps, as the host has it. */
struct saved {
    char *image;
    uint64_t size, seed;
};

/* What a step leads to when nothing fails: the state before it, after each commit, and at the end. */
struct expected {
    struct workload *work;
    char *texts[STATES_MOST];
    int count;
};

static void save(struct memory_host *memory, struct saved *saved)
{
    const struct memory_file *file = memory_host_file(memory, "image");
    saved->image = realloc(saved->image, file->size);
    memcpy(saved->image, file->data, file->size);
    saved->size = file->size;
    saved->seed = memory->seed;
}

static void restore(struct memory_host *memory, const struct saved *saved)
{
    struct memory_file *file = memory_host_file(memory, "image");
    memcpy(file->data, saved->image, saved->size);
    file->size = saved->size;
    memory->seed = saved->seed;
}

static void open_again(struct workload *work)
{
    st_close(work->store);
    work->store = NULL;
    work->held = 0;
    if (st_open(&work->memory->host, &work->limits, &work->store, &work->error) < 0)
        fail_msg("%s", work->error.message);
}

static void expect(struct expected *expected)
{
    assert_true(expected->count < STATES_MOST);
    expected->texts[expected->count++] = state_text(expected->work->store);
}

static void note(void *context, enum workload_event event)
{
    if (event != WORKLOAD_BEGIN && event != WORKLOAD_FAILED) expect(context);
}

static bool is_expected(const struct expected *expected, const char *text)
{
    int i;
    for (i = 0; i < expected->count; i++)
        if (strcmp(expected->texts[i], text) == 0) return true;
    return false;
}

/* What failed, for messages. */
static struct tried {
    const char *step;
    long allocation;
    int result;
} tried;

static void assert_same(const char *is, const char *expected)
{
    if (strcmp(is, expected) == 0) return;
    print_error("%s, allocation %ld, result %d\n--- is\n%s\n--- expected\n%s", tried.step, tried.allocation,
                tried.result, is, expected);
    fail();
}

static void assert_whole(struct workload *work, const struct expected *expected, int result)
{
    char *now = state_text(work->store), *again;

    if (result == 0)
        assert_same(now, expected->texts[expected->count - 1]);
    else if (!is_expected(expected, now))
        assert_same(now, expected->texts[0]);
    open_again(work);
    again = state_text(work->store);
    assert_same(again, now);
    free(again);
    free(now);
}

/* Runs the steps `step` and the one before it from what was saved; the n-th allocation of the last one fails.
 * Whether it came to that. */
static bool run_failing(struct workload *work, const unsigned *order, unsigned step,
                        const struct saved *saved, const struct expected *expected, long n)
{
    int result;
    bool failed;

    restore(work->memory, saved);
    open_again(work);
    if (step) assert_int_equal(workload_run(work, order[step - 1]), 0);
    alloc_fail_at(n);
    result = workload_run(work, order[step]);
    failed = alloc_has_failed();
    alloc_fail_at(-1);
    if (result < 0) {
        if (!failed) fail_msg("%s: %s", workload_step_name(order[step]), work->error.message);
        assert_int_equal(result, UMBRA_ENOMEM);
        /* It could not be opened. */
        if (work->store == NULL) open_again(work);
    }
    assert_false(st_in_transaction(work->store));
    tried = (struct tried){workload_step_name(order[step]), n, result};
    assert_whole(work, expected, result);
    if (n % AGAIN_OF == 0) {
        assert_int_equal(workload_run(work, order[step]), 0);
        open_again(work);
    }
    st_close(work->store);
    work->store = NULL;
    assert_image_is_sound(work->memory);
    return failed;
}

/* What a step does when nothing fails. */
static void run_whole(struct workload *work, const unsigned *order, unsigned step, const struct saved *saved,
                      struct expected *expected)
{
    restore(work->memory, saved);
    open_again(work);
    if (step) assert_int_equal(workload_run(work, order[step - 1]), 0);
    expect(expected);
    work->note = note;
    work->context = expected;
    assert_int_equal(workload_run(work, order[step]), 0);
    work->note = NULL;
    expect(expected);
    st_close(work->store);
    work->store = NULL;
}

/* Runs a step for good. */
static void advance(struct workload *work, unsigned step, struct saved *saved)
{
    restore(work->memory, saved);
    open_again(work);
    assert_int_equal(workload_run(work, step), 0);
    st_close(work->store);
    work->store = NULL;
    save(work->memory, saved);
}

static void fail_in_round(struct workload *work, unsigned round, struct saved *saved, unsigned long *failures)
{
    unsigned order[WORKLOAD_STEPS_MOST], step;

    work->round = round;
    workload_order(1, round, order);
    for (step = 0; step < workload_steps(); step++) {
        struct expected expected = {.work = work};
        long n = 0;

        run_whole(work, order, step, saved, &expected);
        while (run_failing(work, order, step, saved, &expected, n)) n++;
        *failures += (unsigned long)n;
        while (expected.count) free(expected.texts[--expected.count]);
        if (step) advance(work, order[step - 1], saved);
    }
    advance(work, order[step - 1], saved);
}

static void every_allocation_of_the_workload_may_fail(void **state)
{
    struct workload work = {.memory = memory_host_new(CAPACITY), .limits = workload_limits(4096)};
    struct saved saved = {0};
    unsigned long failures = 0;
    unsigned round;

    open_again(&work);
    st_close(work.store);
    work.store = NULL;
    save(work.memory, &saved);
    for (round = 0; round < ROUNDS; round++) fail_in_round(&work, round, &saved, &failures);
    print_message("%lu allocations failed\n", failures);
    assert_true(failures > 5000);
    free(saved.image);
    memory_host_free(work.memory);
}

/* An image that the whole workload went over. */
static void prepare(struct workload *work)
{
    unsigned step;

    *work = (struct workload){.memory = memory_host_new(CAPACITY), .limits = workload_limits(4096)};
    open_again(work);
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

static void every_allocation_of_listing_may_fail(void **state)
{
    struct workload work;
    struct st_changes whole, changes;
    long n;
    int result;
    bool failed;

    prepare(&work);
    assert_int_equal(st_list_changes(work.store, &whole, &work.error), 0);
    assert_true(whole.count > 0);
    for (n = 0, failed = true; failed; n++) {
        alloc_fail_at(n);
        result = st_list_changes(work.store, &changes, &work.error);
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
    assert_int_equal(n, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_the_workload_may_fail),
        cmocka_unit_test(every_allocation_of_opening_may_fail),
        cmocka_unit_test(every_allocation_of_a_check_may_fail),
        cmocka_unit_test(every_allocation_of_listing_may_fail),
        cmocka_unit_test(every_allocation_of_comparing_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
