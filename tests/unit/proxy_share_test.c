/* What clients have at a time: counted by name, up to the limit, and nothing is kept of those who have none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/share.h"

enum { NAMES = 3000, MOST = 3, ROUNDS = 200000 };

static size_t kept(const struct px_shares *shares)
{
    size_t count = 0;
    for (size_t i = 0; i < PX_SHARE_CHAINS; i++)
        for (const struct px_share *share = shares->chains[i]; share; share = share->next) count++;
    return count;
}

static void test_limit(void **state)
{
    (void)state;
    struct px_shares shares = {0};
    struct px_share *of_a[2], *of_b, *none = NULL;
    struct px_err err;
    char long_name[PX_SHARE_NAME + 1];
    assert_int_equal(px_share_take(&shares, "a", 2, &of_a[0], &err), 0);
    assert_int_equal(px_share_take(&shares, "a", 2, &of_a[1], &err), 0);
    assert_int_equal(px_share_take(&shares, "a", 2, &none, &err), PX_ELIMIT);
    assert_null(none);
    assert_int_equal(px_share_take(&shares, "b", 2, &of_b, &err), 0);
    px_share_give(&shares, &of_a[1]);
    assert_null(of_a[1]);
    px_share_give(&shares, &of_a[1]); /* once only */
    assert_int_equal(px_share_take(&shares, "a", 2, &of_a[1], &err), 0);
    assert_int_equal(px_share_take(&shares, "a", 0, &none, &err), 0);
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    struct px_share *refused = NULL;
    assert_int_equal(px_share_take(&shares, long_name, 2, &refused, &err), PX_EINVAL);
    assert_null(refused);
    px_share_give(&shares, &none);
    px_share_give(&shares, &of_a[0]);
    px_share_give(&shares, &of_a[1]);
    px_share_give(&shares, &of_b);
    assert_int_equal(kept(&shares), 0);
}

/* More names than chains, against plain counts. */
static void test_many_names(void **state)
{
    (void)state;
    static struct px_share *taken[NAMES][MOST];
    static int counts[NAMES];
    struct px_shares shares = {0};
    unsigned seed = 7;
    for (int round = 0; round < ROUNDS; round++) {
        int i = rand_r(&seed) % NAMES;
        char name[16];
        (void)snprintf(name, sizeof name, "session-%d", i);
        if (rand_r(&seed) % 2) {
            struct px_share *share = NULL;
            int rc = px_share_take(&shares, name, MOST, &share, NULL);
            assert_int_equal(rc, counts[i] == MOST ? PX_ELIMIT : 0);
            if (rc == 0) taken[i][counts[i]++] = share;
        } else if (counts[i]) {
            px_share_give(&shares, &taken[i][--counts[i]]);
        }
    }
    size_t busy = 0;
    for (int i = 0; i < NAMES; i++) busy += counts[i] > 0;
    assert_true(busy > 1000);
    assert_int_equal(kept(&shares), busy);
    for (int i = 0; i < NAMES; i++)
        while (counts[i]) px_share_give(&shares, &taken[i][--counts[i]]);
    assert_int_equal(kept(&shares), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_limit), cmocka_unit_test(test_many_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
