/* store.h: states that a crash could leave when what was not flushed reached the disk in any order: random
 * subsets of it, torn, one over the other. UMBRA_CRASH_STATES asks for more of them, UMBRA_SEED for others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>

#include "crash_states.h"

#define STATES 4500u /* of each size of segments */

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void check(uint32_t segment_bytes)
{
    const struct crash_plan plan = {.segment_bytes = segment_bytes,
                                    .rounds = 6,
                                    .seed = setting("UMBRA_SEED", segment_bytes),
                                    .random = setting("UMBRA_CRASH_STATES", STATES)};
    struct crash_count count;

    check_crash_states(&plan, &count);
    print_message("%" PRIu64 " distinct states from %" PRIu64 " writes and flushes of %" PRIu64 " commits\n",
                  count.distinct, count.entries, count.states);
    assert_true(count.distinct >= plan.random);
}

static void any_order_leaves_a_committed_state_in_small_segments(void **state)
{
    check(4096);
}

static void any_order_leaves_a_committed_state_in_larger_segments(void **state)
{
    check(16384);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_leaves_a_committed_state_in_small_segments),
        cmocka_unit_test(any_order_leaves_a_committed_state_in_larger_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
