/* failing_alloc.h: makes the n-th allocation from now fail. Works in programs linked with --wrap (those named
 * *_alloc_test); memory that libraries take for themselves is not counted. */
#ifndef UMBRA_TEST_FAILING_ALLOC_H
#define UMBRA_TEST_FAILING_ALLOC_H

#include <stdbool.h>

/* n counts from 0; a negative n: none fails. */
void alloc_fail_at(long n);
/* Whether the allocation to fail was reached since then. */
bool alloc_has_failed(void);
/* Whether cJSON takes its memory so that it may fail too. */
void alloc_fail_json(bool may_fail);

#endif
