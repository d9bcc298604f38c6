/* The ledger: budgets hold against settled and reserved together, what a crash leaves is settled, reports add
 * up. */
#include "support/proxy_store.h"

#define NOON INT64_C(1769860800) /* 2026-01-31, 12:00 UTC */
#define DAY  INT64_C(86400)

static void begin(struct place *place, struct px_ledger *ledger, int64_t day, int64_t session)
{
    make_place(place);
    open_place(place);
    px_ledger_open(ledger, &place->db, day, session);
}

static int reserve(struct place *place, struct px_ledger *ledger, const char *session, int64_t amount,
                   int64_t now, struct px_reservation *reservation)
{
    return px_ledger_reserve(ledger, session, session, amount, now, reservation, &place->err);
}

static void test_budget_of_a_day(void **unused)
{
    (void)unused;
    struct place place;
    struct px_ledger ledger;
    struct px_reservation one, two, three, unknown = {.id = 999};
    begin(&place, &ledger, 1000, 0);
    assert_int_equal(reserve(&place, &ledger, "session-a", 600, NOON, &one), 0);
    assert_int_equal(reserve(&place, &ledger, "session-b", 500, NOON, &two), PX_ELIMIT);
    assert_non_null(strstr(place.err.text, "budget of this day ($0.001000, --budget-day)"));
    assert_non_null(strstr(place.err.text, "$0.000400 are left"));
    assert_int_equal(reserve(&place, &ledger, "session-b", 400, NOON, &two), 0);
    assert_int_equal(reserve(&place, &ledger, "session-c", 0, NOON, &three), PX_ELIMIT);
    /* One turns out cheaper, the other never went out: there is room again. */
    assert_int_equal(px_ledger_settle(&ledger, &one, NULL, 100, &place.err), 0);
    assert_int_equal(px_ledger_release(&ledger, &two, &place.err), 0);
    assert_int_equal(reserve(&place, &ledger, "session-c", 901, NOON, &three), PX_ELIMIT);
    assert_int_equal(reserve(&place, &ledger, "session-c", 900, NOON, &three), 0);
    /* It becomes dearer than thought: nothing more today, and tomorrow is another day. */
    assert_int_equal(px_ledger_settle(&ledger, &three, NULL, 5000, &place.err), 0);
    assert_int_equal(reserve(&place, &ledger, "session-c", 1, NOON + DAY / 3, &three), PX_ELIMIT);
    assert_non_null(strstr(place.err.text, "$0.000000 are left"));
    assert_int_equal(reserve(&place, &ledger, "session-c", 1, NOON + DAY, &three), 0);
    assert_int_equal(px_ledger_settle(&ledger, &one, NULL, 1, &place.err), PX_ENOENT);
    assert_int_equal(px_ledger_release(&ledger, &unknown, &place.err), PX_ENOENT);
    remove_place(&place);
}

static void test_budget_of_a_session(void **unused)
{
    (void)unused;
    struct place place;
    struct px_ledger ledger;
    struct px_reservation reserved;
    begin(&place, &ledger, 0, 100);
    assert_int_equal(reserve(&place, &ledger, "session-a", 60, NOON, &reserved), 0);
    assert_int_equal(px_ledger_settle(&ledger, &reserved, NULL, 60, NULL), 0);
    assert_int_equal(reserve(&place, &ledger, "session-a", 50, NOON + 5 * DAY, &reserved), PX_ELIMIT);
    assert_non_null(strstr(place.err.text, "--budget-session"));
    assert_int_equal(reserve(&place, &ledger, "session-b", 50, NOON, &reserved), 0);
    assert_int_equal(reserve(&place, &ledger, "session-b", 51, NOON, &reserved), PX_ELIMIT);
    /* A key is no session: only the budget of the day holds for it. */
    assert_int_equal(px_ledger_reserve(&ledger, "key-a", NULL, 1000000, NOON, &reserved, NULL), 0);
    assert_int_equal(px_ledger_reserve(&ledger, "key-a", NULL, INT64_MAX, NOON, &reserved, NULL), 0);
    assert_int_equal(px_ledger_reserve(&ledger, "key-a", NULL, -5, NOON, &reserved, NULL), 0);
    assert_int_equal(px_database_turn(&place.db, NULL), 0);
    assert_int_equal(number(&place, "SELECT max(micro_dollars) FROM reservations"), PX_MICRO_DOLLARS_MAX);
    assert_int_equal(number(&place, "SELECT min(micro_dollars) FROM reservations"), 0);
    remove_place(&place);
}

static void test_recovery(void **unused)
{
    (void)unused;
    struct place place;
    struct px_ledger ledger;
    struct px_audit audit;
    struct px_audit_state state;
    struct px_reservation reserved;
    begin(&place, &ledger, 0, 0);
    px_audit_open(&audit, &place.db);
    for (int i = 0; i < 3; i++)
        assert_int_equal(reserve(&place, &ledger, "session-a", 10 + i, NOON, &reserved), 0);
    assert_int_equal(px_ledger_settle(&ledger, &reserved, NULL, 100, NULL), 0);
    assert_int_equal(px_database_turn(&place.db, NULL), 0);
    assert_int_equal(px_ledger_recover(&ledger, &audit, &place.err), 2);
    assert_int_equal(px_ledger_recover(&ledger, &audit, &place.err), 0);
    assert_int_equal(number(&place, "SELECT sum(micro_dollars) FROM usage WHERE day = '2026-01-31'"),
                     10 + 11 + 100);
    assert_int_equal(number(&place, "SELECT sum(requests) FROM usage"), 3);
    assert_int_equal(number(&place, "SELECT count(*) FROM reservations"), 0);
    assert_int_equal(number(&place, "SELECT sum(micro_dollars) FROM audit WHERE actor = 'session-a'"), 21);
    assert_int_equal(px_audit_verify(&audit, &state, &place.err), 0);
    remove_place(&place);
}

static char *report(struct px_ledger *ledger, const char *day, enum px_usage_by by, bool json)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(px_ledger_report(ledger, day, by, json, out, NULL), 0);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void report_is(struct px_ledger *ledger, const char *day, enum px_usage_by by, const char *expected)
{
    char *text = report(ledger, day, by, true);
    assert_string_equal(text, expected);
    free(text);
}

static void test_reports(void **unused)
{
    (void)unused;
    static const struct px_cost usages[] = {{"anthropic", "big", 100, 20, 3, 4},
                                            {"anthropic", "small", 10, 2, 0, 0}};
    struct place place;
    struct px_ledger ledger;
    struct px_reservation reserved;
    begin(&place, &ledger, 0, 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(
            reserve(&place, &ledger, i < 3 ? "session-a" : "key-b", 0, NOON + i / 2 * DAY, &reserved), 0);
        assert_int_equal(px_ledger_settle(&ledger, &reserved, &usages[i % 2], 1000 + i, NULL), 0);
    }
    assert_int_equal(px_database_turn(&place.db, NULL), 0);
    report_is(&ledger, NULL, PX_USAGE_BY_DAY,
              "{\"day\":\"2026-01-31\",\"requests\":2,\"input_tokens\":110,\"output_tokens\":22,"
              "\"cache_read_tokens\":3,\"cache_write_tokens\":4,\"micro_dollars\":2001}\n"
              "{\"day\":\"2026-02-01\",\"requests\":2,\"input_tokens\":110,\"output_tokens\":22,"
              "\"cache_read_tokens\":3,\"cache_write_tokens\":4,\"micro_dollars\":2005}\n");
    report_is(
        &ledger, "2026-02-01", PX_USAGE_BY_KEY,
        "{\"actor\":\"key-b\",\"name\":null,\"requests\":1,\"input_tokens\":10,\"output_tokens\":2,"
        "\"cache_read_tokens\":0,\"cache_write_tokens\":0,\"micro_dollars\":1003}\n"
        "{\"actor\":\"session-a\",\"name\":null,\"requests\":1,\"input_tokens\":100,\"output_tokens\":20,"
        "\"cache_read_tokens\":3,\"cache_write_tokens\":4,\"micro_dollars\":1002}\n");
    report_is(&ledger, "2026-01-31", PX_USAGE_BY_MODEL,
              "{\"provider\":\"anthropic\",\"model\":\"big\",\"requests\":1,\"input_tokens\":100,\"output_"
              "tokens\":20,"
              "\"cache_read_tokens\":3,\"cache_write_tokens\":4,\"micro_dollars\":1000}\n"
              "{\"provider\":\"anthropic\",\"model\":\"small\",\"requests\":1,\"input_tokens\":10,\"output_"
              "tokens\":2,"
              "\"cache_read_tokens\":0,\"cache_write_tokens\":0,\"micro_dollars\":1001}\n");
    report_is(&ledger, "1999-01-01", PX_USAGE_BY_MODEL, "");
    char *table = report(&ledger, NULL, PX_USAGE_BY_DAY, false);
    assert_non_null(strstr(table, "0.002001"));
    free(table);
    remove_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_budget_of_a_day),
        cmocka_unit_test(test_budget_of_a_session),
        cmocka_unit_test(test_recovery),
        cmocka_unit_test(test_reports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
