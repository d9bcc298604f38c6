/* store.h: every state that a crash could leave after each write of a workload of all operations, in small
 * segments, so that snapshots and compaction are in it all the time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>

#include "crash_states.h"

static void every_write_lost_or_torn_leaves_a_committed_state(void **state)
{
    const struct crash_plan plan = {.segment_bytes = 4096, .rounds = 5, .seed = 1, .systematic = true};
    struct crash_count count;

    check_crash_states(&plan, &count);
    print_message("%" PRIu64 " distinct states from %" PRIu64 " writes and flushes of %" PRIu64 " commits\n",
                  count.distinct, count.entries, count.states);
    assert_true(count.distinct >= 12000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_write_lost_or_torn_leaves_a_committed_state)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
