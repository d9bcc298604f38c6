/* store_steps.h: the workload step by step, each from the same image again and again, so that something can
 * go wrong in it at each point; and whether what is left is a state that the step goes through. */
#ifndef UMBRA_TEST_STORE_STEPS_H
#define UMBRA_TEST_STORE_STEPS_H

#include "store_workload.h"

#define STEPS_STATES_MOST 8 /* that one step can lead to */

struct steps {
    struct workload work;
    unsigned order[WORKLOAD_STEPS_MOST], step;
    /* The image before the step before this one. */
    char *image;
    uint64_t size, seed;
    /* The state before the step, after each commit in it, and at the end. */
    char *texts[STEPS_STATES_MOST];
    int count;
    char tried[120]; /* what is being tried, for messages */
    bool may_drop;   /* automatic checkpoints may have been dropped, and steps that use them lead elsewhere */
};

void steps_open(struct steps *steps, uint64_t capacity, uint32_t segment_bytes);
void steps_close(struct steps *steps);
void steps_begin_round(struct steps *steps, unsigned round);
/* Goes to the next step and runs it once without failures; false at the end of the round. */
bool steps_next(struct steps *steps);

/* Opens the image as it is before the step; the step before it is the last that was done. */
void steps_restore(struct steps *steps);
/* Opens again what is open. */
void steps_reopen(struct steps *steps);
/* The state is one that the step goes through, the last one when the result is 0, also after opening again.
 */
void steps_assert_whole(struct steps *steps, int result);
/* Closes, and checks the image. */
void steps_assert_sound(struct steps *steps);

#endif
