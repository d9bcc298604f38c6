/* Prices from a file, and what they make of requests and answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "store/ledger.h"
#include "store/prices.h"

static const char text[] = "{\"models\":{\"claude-*\":{\"input\":1,\"output\":2},\"claude-big\":{\"input\":3,"
                           "\"output\":15,\"cache_read\":0.3,"
                           "\"cache_write\":3.75,\"cache_write_hour\":6,\"max_output\":1000},\"claude-big-*"
                           "\":{\"input\":4,\"output\":5}}}";

static void test_finding(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        double input;
    } cases[] = {{"claude-big", 3}, {"claude-big-2", 4}, {"claude-small", 1},
                 {"claude-", 1},    {"claude", 0},       {"gpt", 0},
                 {"", 0},           {"CLAUDE-big", 0}};
    struct px_prices prices;
    assert_int_equal(px_prices_parse(&prices, text, strlen(text), "prices", NULL), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct px_price *price = px_price_of(&prices, cases[i].model);
        if (cases[i].input == 0)
            assert_null(price);
        else
            assert_true(price && price->input == cases[i].input);
    }
    px_prices_close(&prices);
    assert_int_equal(px_prices_open(&prices, NULL, NULL), 0);
    assert_null(px_price_of(&prices, "claude-big"));
}

static void test_costs(void **state)
{
    (void)state;
    struct px_prices prices;
    struct px_ask ask = {.output_tokens = 100, .answers = 1};
    assert_int_equal(px_prices_parse(&prices, text, strlen(text), "prices", NULL), 0);
    const struct px_price *big = px_price_of(&prices, "claude-big");
    const struct px_usage usage = {true, 10, 100, 4, 1, 20};
    assert_int_equal(px_price_cost(big, &usage), 30 + 30 + 15 + 6 + 300);
    const struct px_usage rounded = {true, 0, 1, 0, 0, 0};
    assert_int_equal(px_price_cost(big, &rounded), 1); /* 0.3, rounded up */
    assert_int_equal(px_price_cost(px_price_of(&prices, "claude-x"), &usage), 10 + 100 + 4 + 1 + 40);
    /* 2,000 tokens are taken to come on top, at the dearest price of input. */
    assert_int_equal(px_price_most(big, &ask, 1000, 7), 3000 * 6 + 100 * 15);
    ask.answers = 3;
    assert_int_equal(px_price_most(big, &ask, 1000, 7), 3000 * 6 + 300 * 15);
    ask = (struct px_ask){.output_tokens = -1, .answers = 1};
    assert_int_equal(px_price_most(big, &ask, 0, 7), 2000 * 6 + 1000 * 15);
    assert_int_equal(px_price_most(px_price_of(&prices, "claude-x"), &ask, 0, 7), 2000 + 7 * 2);
    ask = (struct px_ask){.output_tokens = INT64_C(9007199254740992), .answers = INT64_C(9007199254740992)};
    assert_int_equal(px_price_most(big, &ask, UINT64_MAX, 7), PX_MICRO_DOLLARS_MAX);
    px_prices_close(&prices);
}

static void test_refusals(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "no JSON"},
        {"[]", "must be"},
        {"{\"models\":[]}", "must be"},
        {"{\"models\":{\"a\":{\"input\":1}}}", "\"output\""},
        {"{\"models\":{\"a\":{\"output\":1}}}", "\"input\""},
        {"{\"models\":{\"a\":{\"input\":-1,\"output\":1}}}", "\"input\""},
        {"{\"models\":{\"a\":{\"input\":\"1\",\"output\":1}}}", "\"input\""},
        {"{\"models\":{\"a\":{\"input\":1,\"output\":1e99}}}", "\"output\""},
        {"{\"models\":{\"a\":{\"input\":1,\"output\":1,\"cache_read\":null}}}", "\"cache_read\""},
        {"{\"models\":{\"a\":7}}", "\"input\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct px_prices prices;
        struct px_err err = {0};
        assert_int_equal(px_prices_parse(&prices, cases[i][0], strlen(cases[i][0]), "prices", &err),
                         PX_EUSAGE);
        if (!strstr(err.text, cases[i][1])) fail_msg("%s: %s", cases[i][0], err.text);
        assert_null(prices.items);
    }
    struct px_prices prices;
    assert_int_equal(px_prices_open(&prices, "/nonexistent/prices", NULL), PX_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finding),
        cmocka_unit_test(test_costs),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
