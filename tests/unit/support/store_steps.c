#include "store_steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_state.h"

static void close_it(struct steps *steps)
{
    st_close(steps->work.store);
    steps->work.store = NULL;
    steps->work.held = 0;
}

void steps_reopen(struct steps *steps)
{
    struct workload *work = &steps->work;

    close_it(steps);
    if (st_open(&work->memory->host, &work->limits, &work->store, &work->error) < 0)
        fail_msg("%s: %s", steps->tried, work->error.message);
}

static void save(struct steps *steps)
{
    struct memory_host *memory = steps->work.memory;
    const struct memory_file *file = memory_host_file(memory, "image");

    close_it(steps);
    steps->image = realloc(steps->image, file->size);
    if (steps->image == NULL) abort();
    memcpy(steps->image, file->data, file->size);
    steps->size = file->size;
    steps->seed = memory->seed;
}

static void run(struct steps *steps, unsigned step)
{
    struct workload *work = &steps->work;
    if (workload_run(work, steps->order[step]) < 0)
        fail_msg("%s: %s", workload_step_name(steps->order[step]), work->error.message);
}

void steps_restore(struct steps *steps)
{
    struct memory_host *memory = steps->work.memory;
    struct memory_file *file = memory_host_file(memory, "image");

    close_it(steps);
    memcpy(file->data, steps->image, steps->size);
    file->size = steps->size;
    memory->seed = steps->seed;
    steps_reopen(steps);
    if (steps->step) run(steps, steps->step - 1);
}

static void forget(struct steps *steps)
{
    while (steps->count) free(steps->texts[--steps->count]);
}

static void keep_text(struct steps *steps)
{
    assert_true(steps->count < STEPS_STATES_MOST);
    steps->texts[steps->count] = state_text(steps->work.store);
    assert_non_null(steps->texts[steps->count]);
    assert_null(strstr(steps->texts[steps->count++], STATE_BROKEN));
}

static void note(void *context, enum workload_event event)
{
    if (event != WORKLOAD_BEGIN && event != WORKLOAD_FAILED) keep_text(context);
}

void steps_open(struct steps *steps, uint64_t capacity, uint32_t segment_bytes)
{
    memset(steps, 0, sizeof *steps);
    steps->work.memory = memory_host_new(capacity);
    steps->work.limits = workload_limits(segment_bytes);
    steps_reopen(steps);
    save(steps);
}

void steps_close(struct steps *steps)
{
    close_it(steps);
    forget(steps);
    free(steps->image);
    memory_host_free(steps->work.memory);
}

void steps_begin_round(struct steps *steps, unsigned round)
{
    steps->work.round = round;
    workload_order(1, round, steps->order);
    steps->step = UINT32_MAX;
}

/* Does a step for good. */
static void advance(struct steps *steps, unsigned step)
{
    steps->step = 0;
    steps_restore(steps);
    run(steps, step);
    save(steps);
}

bool steps_next(struct steps *steps)
{
    unsigned step = steps->step + 1; /* from 0 on */

    if (step > 1) advance(steps, step - 2);
    if (step == workload_steps()) {
        advance(steps, step - 1);
        return false;
    }
    steps->step = step;
    snprintf(steps->tried, sizeof steps->tried, "%s", workload_step_name(steps->order[step]));
    forget(steps);
    steps_restore(steps);
    keep_text(steps);
    steps->work.note = note;
    steps->work.context = steps;
    run(steps, step);
    steps->work.note = NULL;
    keep_text(steps);
    close_it(steps);
    return true;
}

static void assert_same(const struct steps *steps, const char *is, const char *expected)
{
    if (strcmp(is, expected) == 0) return;
    print_error("%s: %s\n--- is\n%s\n--- expected\n", workload_step_name(steps->order[steps->step]),
                steps->tried, is);
    print_error("%s", expected);
    fail();
}

/* The part of a text before the checkpoints. */
static size_t trees_of(const char *text)
{
    const char *found = strstr(text, "\ncheckpoint ");
    return found ? (size_t)(found - text) + 1 : strlen(text);
}

static bool is_passed_through(const struct steps *steps, const char *text)
{
    int i;
    for (i = 0; i < steps->count; i++) {
        size_t length = trees_of(text);
        if (strcmp(steps->texts[i], text) == 0) return true;
        if (steps->may_drop && length == trees_of(steps->texts[i]) &&
            memcmp(steps->texts[i], text, length) == 0)
            return true;
    }
    return false;
}

void steps_assert_whole(struct steps *steps, int result)
{
    char *now = state_text(steps->work.store), *again;

    assert_false(st_in_transaction(steps->work.store));
    assert_null(strstr(now, STATE_BROKEN));
    if (result == 0 && !steps->may_drop)
        assert_same(steps, now, steps->texts[steps->count - 1]);
    else if (result < 0 && !is_passed_through(steps, now))
        assert_same(steps, now, steps->texts[0]);
    steps_reopen(steps);
    again = state_text(steps->work.store);
    assert_same(steps, again, now);
    free(again);
    free(now);
}

void steps_assert_sound(struct steps *steps)
{
    close_it(steps);
    assert_image_is_sound(steps->work.memory);
}
