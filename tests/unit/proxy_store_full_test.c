/* A disk that becomes full at each write of a workload in turn, and stays so: nothing that was
 * committed is lost, nothing is half there, and the proxy goes on when there is room. */
#include "support/proxy_store_workload.h"

static void fill_up_at_each_write(int number_of_error)
{
    bool reached = true;
    long writes = 0;
    disk()->number = number_of_error;
    for (long n = 0; reached; n++) {
        struct place place;
        struct work_done done = {0};
        make_place(&place);
        disk()->writes_left = n;
        bool opened = work(&place, &done);
        reached = disk()->writes_left == 0;
        disk()->writes_left = -1;
        if (!reached) {
            assert_true(opened);
            assert_int_equal(done.records, 2 * WORK_TURNS);
        }
        check_work(&place, &done);
        remove_place(&place);
        writes = n;
        if (n > 2000) fail_msg("the workload has no end");
    }
    assert_true(writes > 50);
}

static void test_full(void **unused)
{
    (void)unused;
    use_disk();
    fill_up_at_each_write(ENOSPC);
}

static void test_broken(void **unused)
{
    (void)unused;
    use_disk();
    fill_up_at_each_write(EIO);
}

static void test_too_large(void **unused)
{
    (void)unused;
    use_disk();
    fill_up_at_each_write(EFBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
