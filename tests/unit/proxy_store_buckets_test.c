/* Token buckets: how they empty and fill, what a restart keeps, how many there can be, and whose address is
 * whose. */
#include "support/proxy_store.h"

#include <arpa/inet.h>

static void start(struct place *place, struct px_buckets *buckets, int64_t model, int64_t fetch,
                  int64_t window, size_t most, int64_t now)
{
    const int64_t capacity[PX_LIMITS] = {[PX_LIMIT_MODEL] = model, [PX_LIMIT_FETCH] = fetch};
    if (px_buckets_open(buckets, &place->db, NULL, capacity, window, most, now, &place->err))
        fail_msg("%s", place->err.text);
}

static void set_up(struct place *place, struct px_buckets *buckets, int64_t model, int64_t fetch,
                   int64_t window, size_t most, int64_t now)
{
    make_place(place);
    open_place(place);
    start(place, buckets, model, fetch, window, most, now);
}

static void tear_down(struct place *place, struct px_buckets *buckets)
{
    px_buckets_close(buckets);
    remove_place(place);
}

static struct px_allowance take(struct px_buckets *buckets, enum px_limit limit, const char *one,
                                const char *two, int64_t now)
{
    const char *const owners[] = {one, two};
    struct px_allowance allowance;
    assert_int_equal(px_buckets_take(buckets, limit, owners, 2, now, &allowance, NULL), 0);
    return allowance;
}

static void test_emptying_and_filling(void **unused)
{
    (void)unused;
    struct place place;
    struct px_buckets buckets;
    struct px_allowance a;
    set_up(&place, &buckets, 10, 2, 100, 1000, 0); /* one in 10 s, one in 50 s */
    for (int i = 0; i < 10; i++) {
        a = take(&buckets, PX_LIMIT_MODEL, "s", NULL, 5);
        assert_true(a.good && a.limited);
        assert_int_equal(a.limit, 10);
        assert_int_equal(a.remaining, 9 - i);
        assert_int_equal(a.retry_seconds, i < 9 ? 0 : 11);
    }
    a = take(&buckets, PX_LIMIT_MODEL, "s", NULL, 5);
    assert_false(a.good);
    assert_int_equal(a.remaining, 0);
    assert_in_range(a.retry_seconds, 10, 11);
    assert_in_range(a.reset_seconds, 100, 101);
    assert_false(take(&buckets, PX_LIMIT_MODEL, "s", NULL, 9000).good);
    assert_true(take(&buckets, PX_LIMIT_MODEL, "s", NULL, 10100).good);
    assert_false(take(&buckets, PX_LIMIT_MODEL, "s", NULL, 10100).good);
    /* A refused request costs nothing; a clock that is set back neither gives nor takes. */
    assert_false(take(&buckets, PX_LIMIT_MODEL, "s", NULL, 1).good);
    assert_true(take(&buckets, PX_LIMIT_MODEL, "s", NULL, 10200).good);
    /* The other limit and another owner are apart. */
    assert_true(take(&buckets, PX_LIMIT_FETCH, "s", NULL, 10200).good);
    assert_true(take(&buckets, PX_LIMIT_FETCH, "s", NULL, 10200).good);
    assert_false(take(&buckets, PX_LIMIT_FETCH, "s", NULL, 10200).good);
    assert_true(take(&buckets, PX_LIMIT_MODEL, "t", "", 10200).good);
    assert_int_equal(take(&buckets, PX_LIMIT_MODEL, "s", NULL, 10000000).remaining, 9);
    tear_down(&place, &buckets);
}

static void test_all_or_none(void **unused)
{
    (void)unused;
    struct place place;
    struct px_buckets buckets;
    set_up(&place, &buckets, 3, 0, 100, 1000, 0);
    for (int i = 0; i < 3; i++) assert_true(take(&buckets, PX_LIMIT_MODEL, "one", "address-a", 0).good);
    /* The address is used up, so the second session gets nothing and keeps its own tokens. */
    struct px_allowance a = take(&buckets, PX_LIMIT_MODEL, "two", "address-a", 0);
    assert_false(a.good);
    assert_int_equal(a.remaining, 0);
    assert_int_equal(take(&buckets, PX_LIMIT_MODEL, "two", "address-b", 0).remaining, 2);
    /* 0 switches a limit off. */
    a = take(&buckets, PX_LIMIT_FETCH, "one", "address-a", 0);
    assert_true(a.good);
    assert_false(a.limited);
    tear_down(&place, &buckets);
}

static void test_restart(void **unused)
{
    (void)unused;
    struct place place;
    struct px_buckets buckets;
    int64_t now = px_unix_ms();
    set_up(&place, &buckets, 5, 2, 1000, 1000, now);
    for (int i = 0; i < 5; i++) (void)take(&buckets, PX_LIMIT_MODEL, "s", NULL, now);
    (void)take(&buckets, PX_LIMIT_FETCH, "s", NULL, now);
    assert_int_equal(number(&place, "SELECT count(*) FROM buckets"), 0);
    assert_int_equal(px_buckets_flush(&buckets, now, NULL), 0);
    assert_int_equal(px_database_turn(&place.db, NULL), 0);
    assert_int_equal(number(&place, "SELECT count(*) FROM buckets"), 2);
    px_buckets_close(&buckets);

    start(&place, &buckets, 5, 2, 1000, 1000, now + 1000);
    assert_false(take(&buckets, PX_LIMIT_MODEL, "s", NULL, now + 1000).good);
    assert_int_equal(take(&buckets, PX_LIMIT_FETCH, "s", NULL, now + 1000).remaining, 0);
    px_buckets_close(&buckets);

    /* A smaller limit holds at once; a limit that is off needs no buckets. */
    start(&place, &buckets, 0, 1, 1000, 1000, now + 600000);
    assert_false(take(&buckets, PX_LIMIT_MODEL, "s", NULL, now + 600000).limited);
    assert_true(take(&buckets, PX_LIMIT_FETCH, "s", NULL, now + 1200000).good);
    assert_false(take(&buckets, PX_LIMIT_FETCH, "s", NULL, now + 1200000).good);
    /* What is full by then is no longer kept in the file. */
    assert_int_equal(px_buckets_flush(&buckets, now + 9000000, NULL), 0);
    assert_int_equal(px_database_turn(&place.db, NULL), 0);
    assert_int_equal(number(&place, "SELECT count(*) FROM buckets"), 0);
    tear_down(&place, &buckets);
}

static void test_lost_flush_is_written_again(void **unused)
{
    (void)unused;
    struct place place;
    struct px_buckets buckets;
    int64_t now = px_unix_ms();
    set_up(&place, &buckets, 5, 2, 1000, 1000, now);
    use_disk();
    (void)take(&buckets, PX_LIMIT_MODEL, "s", NULL, now);
    assert_int_equal(px_buckets_flush(&buckets, now, NULL), 0);
    disk()->writes_left = 0;
    assert_int_equal(px_database_turn(&place.db, NULL), PX_ESTORE);
    disk()->writes_left = -1;
    assert_true(buckets.dirty);
    assert_int_equal(px_buckets_flush(&buckets, now, NULL), 0);
    assert_int_equal(px_database_turn(&place.db, NULL), 0);
    assert_int_equal(number(&place, "SELECT tokens FROM buckets"), 4000000);
    tear_down(&place, &buckets);
}

static void test_bound(void **unused)
{
    (void)unused;
    enum { MOST = 100 };
    struct place place;
    struct px_buckets buckets;
    char name[32];
    set_up(&place, &buckets, 2, 0, 100, MOST, 0);
    for (int i = 0; i < MOST; i++) {
        (void)snprintf(name, sizeof name, "s%d", i);
        assert_true(take(&buckets, PX_LIMIT_MODEL, name, NULL, 0).good);
    }
    /* All places are taken by those who have used something: a new one waits, the old ones go on. */
    struct px_allowance a = take(&buckets, PX_LIMIT_MODEL, "new", NULL, 1000);
    assert_false(a.good);
    assert_true(a.retry_seconds >= 1);
    assert_int_equal(buckets.count, MOST);
    assert_true(take(&buckets, PX_LIMIT_MODEL, "s0", NULL, 1000).good);
    assert_false(take(&buckets, PX_LIMIT_MODEL, "s0", NULL, 1000).good);
    /* Once they are full again they make room, those used longest ago first. */
    assert_true(take(&buckets, PX_LIMIT_MODEL, "new", NULL, 90000).good);
    assert_in_range(buckets.count, MOST - 1, MOST);
    assert_false(take(&buckets, PX_LIMIT_MODEL, "s0", NULL, 1000).good);
    for (int i = 0; i < 10 * MOST; i++) {
        (void)snprintf(name, sizeof name, "t%d", i);
        assert_true(take(&buckets, PX_LIMIT_MODEL, name, "address", (int64_t)1000000 * (i + 1)).good);
        assert_true(buckets.count <= MOST);
    }
    tear_down(&place, &buckets);
}

static void address_is(const char *text, const char *expected)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    char out[PX_BUCKET_NAME];
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        px_bucket_address((struct sockaddr *)&v4, out);
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
        px_bucket_address((struct sockaddr *)&v6, out);
    }
    assert_string_equal(out, expected);
}

static void test_addresses(void **unused)
{
    (void)unused;
    char out[PX_BUCKET_NAME];
    address_is("192.0.2.7", "address-192.0.2.7");
    address_is("2001:db8:1:2:3:4:5:6", "address-2001:db8:1:2::/64");
    address_is("2001:db8:1:2:ffff::1", "address-2001:db8:1:2::/64");
    address_is("::1", "address-::/64");
    address_is("::ffff:192.0.2.7", "address-192.0.2.7");
    px_bucket_address(NULL, out);
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_emptying_and_filling),
        cmocka_unit_test(test_all_or_none),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_lost_flush_is_written_again),
        cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
