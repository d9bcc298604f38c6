/* store_workload.h: a workload of everything that the store can do, the same in every run: steps of one or a
 * few transactions each. A step that fails says so and leaves the state after its last whole transaction; any
 * step can follow any state. The tests of crashes, failing allocations and full disks share it. */
#ifndef UMBRA_TEST_STORE_WORKLOAD_H
#define UMBRA_TEST_STORE_WORKLOAD_H

#include "base/error.h"
#include "memory_host.h"
#include "store/store.h"

/* How a state of the workspace came to be. */
enum workload_event {
    WORKLOAD_BEGIN,    /* something will now be committed */
    WORKLOAD_DURABLE,  /* it was: flushed */
    WORKLOAD_WRITTEN,  /* it was: in the file */
    WORKLOAD_DEFERRED, /* it was: in memory, perhaps */
    WORKLOAD_FAILED,   /* it was not */
    WORKLOAD_KILLED,   /* the program ended without a word and was started again: what was deferred is lost */
};

struct workload {
    struct memory_host *memory;
    struct st_limits limits;
    struct store *store; /* NULL while it is closed */
    struct error error;
    unsigned round;                                         /* steps vary with it */
    uint32_t held;                                          /* ino of a file that is held, 0: none */
    unsigned maintained;                                    /* steps of upkeep that were done */
    void (*note)(void *context, enum workload_event event); /* may be NULL */
    void *context;
};

/* Limits with small segments and few automatic checkpoints, so that everything happens often. */
struct st_limits workload_limits(uint32_t segment_bytes);

#define WORKLOAD_STEPS_MOST 64u
unsigned workload_steps(void);
/* The steps of a round: each once; in odd rounds in an order that depends on the seed. */
void workload_order(uint64_t seed, unsigned round, unsigned *order);
const char *workload_step_name(unsigned step);
/* 0 or the error of what failed, which is in workload->error too. */
int workload_run(struct workload *workload, unsigned step);

/* Steps of upkeep until there is nothing more to do, at most so many: UMBRA_ELIMIT when that is not enough.
 */
int workload_maintain(struct workload *workload, unsigned most);

/* Bytes that depend on the seed only. */
void workload_fill(char *data, size_t size, uint64_t seed);

#endif
