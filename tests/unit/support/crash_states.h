/* crash_states.h: runs the store's workload on a small image, keeps every write and flush, makes the states
 * that a crash could have left at each moment, and checks each: the workspace opens, is sound, holds exactly
 * a state between the last durable one and the last one committed, and can be written to. */
#ifndef UMBRA_TEST_CRASH_STATES_H
#define UMBRA_TEST_CRASH_STATES_H

#include <stdbool.h>
#include <stdint.h>

struct crash_plan {
    uint32_t segment_bytes;
    unsigned rounds; /* of the workload */
    uint64_t seed;
    bool systematic; /* at each moment: all lost, each write lost, each torn at each sector */
    uint64_t random; /* then so many further distinct states: subsets, torn, in another order */
};

struct crash_count {
    uint64_t distinct; /* states that were opened and checked */
    uint64_t entries;  /* writes, truncations and flushes of the workload */
    uint64_t states;   /* of the workspace that were committed */
};

void check_crash_states(const struct crash_plan *plan, struct crash_count *count);

#endif
