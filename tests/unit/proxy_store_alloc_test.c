/* Each allocation of a workload over the proxy's store fails in turn, those of SQLite too: no crash, no leak,
 * and the file is whole. */
#include "support/proxy_store_workload.h"
#include "support/failing_alloc.h"

#include <malloc.h>

static void *sqlite_malloc(int size)
{
    return malloc((size_t)size);
}

static void *sqlite_realloc(void *memory, int size)
{
    return realloc(memory, (size_t)size);
}

static int sqlite_size(void *memory)
{
    return memory ? (int)malloc_usable_size(memory) : 0;
}

static int sqlite_round(int size)
{
    return (size + 7) & ~7;
}

static int sqlite_init(void *data)
{
    (void)data;
    return SQLITE_OK;
}

static void sqlite_shutdown(void *data)
{
    (void)data;
}

static void test_each_allocation(void **unused)
{
    (void)unused;
    long reached = 0;
    bool failed = true;
    for (long n = 0; failed; n += n < 200 ? 1 : 1 + n / 200) {
        struct place place;
        struct work_done done = {0};
        make_place(&place);
        alloc_fail_at(n);
        bool opened = work(&place, &done);
        failed = alloc_has_failed();
        alloc_fail_at(-1);
        if (!failed) {
            assert_true(opened);
            assert_int_equal(done.records, 2 * WORK_TURNS);
        }
        check_work(&place, &done);
        remove_place(&place);
        reached = n;
    }
    assert_true(reached > 500); /* it is no test if the failures do not come through */
}

int main(void)
{
    static const sqlite3_mem_methods methods = {sqlite_malloc, free,        sqlite_realloc,  sqlite_size,
                                                sqlite_round,  sqlite_init, sqlite_shutdown, NULL};
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK || sqlite3_initialize() != SQLITE_OK)
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
