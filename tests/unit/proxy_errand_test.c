/* Errands: they end once, by themselves, at their time limit or stopped; the first reason stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/errand.h"

enum { LONG_MS = 60000, SHORT_MS = 20 };

struct job {
    struct px_errand errand;
    int halted, done;
};

static void halt(struct px_errand *errand)
{
    ((struct job *)errand)->halted++;
}

static void late(struct px_errand *errand)
{
    px_errand_refuse(errand, 504, "timeout_error", "not within %d ms", SHORT_MS);
}

static void on_done(struct px_errand *errand)
{
    struct job *job = errand->owner;
    assert_ptr_equal(&job->errand, errand);
    assert_true(errand->over);
    assert_int_equal(job->halted, 1);
    job->done++;
}

static void begin(struct job *job, struct px_loop *loop, long long *running, int64_t limit_ms)
{
    static const struct px_errand_work work = {.halt = halt, .late = late};
    *job = (struct job){.errand = {.done = on_done, .owner = job}};
    assert_int_equal(px_errand_begin(&job->errand, &work, loop, running, limit_ms), 0);
    assert_false(job->errand.over);
}

/* Nothing more happens to it, neither later on the loop nor when it is stopped again. */
static void assert_rests(struct job *job, struct px_loop *loop, const long long *running)
{
    int done = job->done, refusal = job->errand.refusal;
    assert_true(job->errand.over);
    assert_int_equal(*running, 0);
    assert_int_equal(job->errand.timer.slot, 0);
    px_errand_stop(&job->errand, 499, "client left", "again");
    assert_int_equal(px_loop_run(loop, SHORT_MS, NULL), 0);
    assert_int_equal(job->halted, 1);
    assert_int_equal(job->done, done);
    assert_int_equal(job->errand.refusal, refusal);
    assert_int_equal(*running, 0);
}

static void test_ends_by_itself(void **unused)
{
    (void)unused;
    struct px_loop loop;
    struct job one, two;
    long long running = 0;
    assert_int_equal(px_loop_open(&loop, NULL), 0);
    begin(&one, &loop, &running, LONG_MS);
    begin(&two, &loop, &running, LONG_MS);
    assert_int_equal(running, 2);
    px_errand_finish(&one.errand);
    assert_int_equal(running, 1);
    assert_int_equal(one.done, 1);
    assert_int_equal(one.errand.refusal, 0);
    assert_in_range(one.errand.ms, 0, LONG_MS);
    /* From inside what starts it nobody is told. */
    px_errand_refuse_memory(&two.errand);
    px_errand_end(&two.errand);
    assert_int_equal(two.done, 0);
    assert_int_equal(two.errand.refusal, 500);
    assert_non_null(strstr(two.errand.err.text, "memory"));
    assert_rests(&one, &loop, &running);
    assert_rests(&two, &loop, &running);
    px_loop_close(&loop);
}

static void test_ends_at_its_limit(void **unused)
{
    (void)unused;
    struct px_loop loop;
    struct job job;
    long long running = 0;
    assert_int_equal(px_loop_open(&loop, NULL), 0);
    begin(&job, &loop, &running, SHORT_MS);
    while (!job.errand.over) assert_int_equal(px_loop_run(&loop, -1, NULL), 0);
    assert_int_equal(job.done, 1);
    assert_int_equal(job.errand.refusal, 504);
    assert_string_equal(job.errand.refusal_type, "timeout_error");
    assert_string_equal(job.errand.err.text, "not within 20 ms");
    assert_true(job.errand.ms >= SHORT_MS);
    assert_rests(&job, &loop, &running);
    px_loop_close(&loop);
}

static void test_stopped(void **unused)
{
    (void)unused;
    struct px_loop loop;
    struct job job;
    long long running = 0;
    struct px_errand never = {0};
    assert_int_equal(px_loop_open(&loop, NULL), 0);
    begin(&job, &loop, &running, LONG_MS);
    px_errand_stop(&job.errand, 503, "overloaded_error", "100%s stopped");
    assert_int_equal(job.done, 0);
    assert_int_equal(job.errand.refusal, 503);
    assert_string_equal(job.errand.err.text, "100%s stopped");
    assert_rests(&job, &loop, &running);
    px_errand_stop(&never, 499, "client left", "");
    assert_false(never.over);
    px_loop_close(&loop);
}

static void test_first_reason_stands(void **unused)
{
    (void)unused;
    struct px_loop loop;
    struct job job;
    long long running = 0;
    assert_int_equal(px_loop_open(&loop, NULL), 0);
    begin(&job, &loop, &running, LONG_MS);
    px_errand_refuse(&job.errand, 415, "invalid_request_error", "a %s", "reason");
    px_errand_refuse(&job.errand, 502, "api_error", "another");
    px_errand_refuse_memory(&job.errand);
    px_errand_stop(&job.errand, 499, "client left", "left");
    assert_int_equal(job.errand.refusal, 415);
    assert_string_equal(job.errand.refusal_type, "invalid_request_error");
    assert_string_equal(job.errand.err.text, "a reason");
    assert_rests(&job, &loop, &running);
    px_loop_close(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_by_itself),
        cmocka_unit_test(test_ends_at_its_limit),
        cmocka_unit_test(test_stopped),
        cmocka_unit_test(test_first_reason_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
