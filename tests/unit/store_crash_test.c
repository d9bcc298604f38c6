/* store.h: every state that a crash could leave after each write of a workload of all operations, in small
 * segments, so that snapshots and compaction are in it all the time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>

#include "crash_states.h"

static void every_tear_of_every_write(void **state)
{
    const struct crash_plan plan = {.segment_bytes = 4096, .rounds = 6, .parts = 1, .systematic = 1};
    struct crash_count count;
    check_crash_states(&plan, &count);
    print_message("%" PRIu64 " distinct states of %" PRIu64 " entries, %" PRIu64 " commits\n", count.distinct,
                  count.entries, count.states);
    assert_true(count.distinct > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_tear_of_every_write)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
