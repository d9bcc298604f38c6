/* The audit log: its chain, what tampering with the file looks like, retention, taking out details, lost
 * records. */
#include "support/proxy_store.h"

#define DAY_MS INT64_C(86400000)

static void append(struct place *place, struct px_audit *audit, int count, int64_t first_ms, int64_t step_ms,
                   const char *actor)
{
    for (int i = 0; i < count; i++) {
        struct px_audit_record record = {.kind = "model", .actor = actor, PX_AUDIT_EMPTY};
        record.time_ms = first_ms + i * step_ms;
        record.route = "/v1/x";
        record.provider = i % 2 ? "anthropic" : NULL;
        record.model = i % 3 ? "m, with \"signs\"" : NULL;
        record.status = 200;
        record.bytes_in = i;
        record.detail = i % 4 ? "{\"ended\":\"client left\"}" : NULL;
        if (px_audit_append(audit, &record, &place->err)) fail_msg("%s", place->err.text);
    }
    assert_int_equal(px_database_turn(&place->db, NULL), 0);
}

static void begin(struct place *place, struct px_audit *audit)
{
    make_place(place);
    open_place(place);
    px_audit_open(audit, &place->db);
}

static void verifies(struct place *place, struct px_audit *audit, int64_t first, int64_t last)
{
    struct px_audit_state state;
    if (px_audit_verify(audit, &state, &place->err)) fail_msg("%s", place->err.text);
    assert_int_equal(state.first, first);
    assert_int_equal(state.last, last);
}

/* The words of the docs: netstrings of the fields, hashed. Written out here by hand for one record. */
static void test_serialisation(void **unused)
{
    (void)unused;
    static const char wanted[] =
        "13:umbra-audit-1,64:0000000000000000000000000000000000000000000000000000000000000000,1:1,4:1234,5:"
        "model,"
        "3:a b,-,-,1:m,3:200,1:0,-,-,2:17,-,";
    struct px_audit_record record = {
        .seq = 1, .time_ms = 1234, .kind = "model", .actor = "a b", PX_AUDIT_EMPTY};
    unsigned char zero[PX_HASH_SIZE] = {0}, hash[PX_HASH_SIZE], expected[PX_HASH_SIZE];
    record.model = "m";
    record.status = 200;
    record.bytes_in = 0;
    record.micro_dollars = 17;
    assert_int_equal(px_audit_hash(&record, NULL, zero, hash, NULL), 0);
    assert_int_equal(px_sha256(wanted, sizeof wanted - 1, expected, NULL), 0);
    assert_memory_equal(hash, expected, PX_HASH_SIZE);
}

static void test_chain(void **unused)
{
    (void)unused;
    struct place place;
    struct px_audit audit;
    begin(&place, &audit);
    verifies(&place, &audit, 0, 0);
    append(&place, &audit, 20, 1000, 1, "session-a");
    verifies(&place, &audit, 1, 20);
    /* Another process appends to the same chain. */
    struct px_database second;
    struct px_audit theirs;
    assert_int_equal(px_database_open(&second, &place.state, place.path, 50, NULL, &place.err), 0);
    px_audit_open(&theirs, &second);
    assert_int_equal(
        px_audit_append(&theirs, &(struct px_audit_record){.kind = "key", PX_AUDIT_EMPTY}, &place.err), 0);
    px_database_close(&second);
    append(&place, &audit, 1, 0, 0, NULL);
    verifies(&place, &audit, 1, 22);
    char long_detail[PX_AUDIT_DETAIL_MAX + 2];
    memset(long_detail, 'x', sizeof long_detail - 1);
    long_detail[sizeof long_detail - 1] = '\0';
    assert_int_equal(
        px_audit_append(&audit, &(struct px_audit_record){.kind = "k", PX_AUDIT_EMPTY, .detail = long_detail},
                        NULL),
        PX_EINVAL);
    remove_place(&place);
}

static void test_triggers(void **unused)
{
    (void)unused;
    struct place place;
    struct px_audit audit;
    begin(&place, &audit);
    append(&place, &audit, 5, 1000, 1, "session-a");
    static const char *const refused[] = {
        "UPDATE audit SET status = 500 WHERE seq = 2",
        "UPDATE audit SET detail = '{}' WHERE seq = 2",
        "UPDATE audit SET detail = NULL, actor = 'x' WHERE seq = 2",
        "UPDATE audit SET seq = 99 WHERE seq = 5",
        "DELETE FROM audit WHERE seq = 1",
        "DELETE FROM audit",
        "INSERT INTO audit SELECT 9, time, kind, actor, route, provider, model, status, bytes_in, bytes_out, "
        "duration_ms, micro_dollars, detail, detail_hash, previous, hash FROM audit WHERE seq = 1",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 1",
        "UPDATE audit_head SET seq = 1",
        "UPDATE audit_head SET cut = 99",
        "DELETE FROM audit_head",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (try_execute(&place, refused[i]) != SQLITE_CONSTRAINT) fail_msg("%s", refused[i]);
    verifies(&place, &audit, 1, 5);
    remove_place(&place);
}

#define NO_TRIGGERS                                                                                          \
    "DROP TRIGGER audit_in_order; DROP TRIGGER audit_no_change; DROP TRIGGER audit_no_delete; "              \
    "DROP TRIGGER audit_head_forward; DROP TRIGGER audit_head_stays;"

static void test_tampering_is_found(void **unused)
{
    (void)unused;
    static const struct {
        const char *sql, *words;
    } cases[] = {
        {"UPDATE audit SET time = time + 1 WHERE seq = 3",
         "record 3 of the audit log is wrong: it was changed"},
        {"UPDATE audit SET kind = 'fetch' WHERE seq = 3", "record 3"},
        {"UPDATE audit SET actor = NULL WHERE seq = 3", "record 3"},
        {"UPDATE audit SET route = '' WHERE seq = 3", "record 3"},
        {"UPDATE audit SET provider = 'other' WHERE seq = 3", "record 3"},
        {"UPDATE audit SET model = 'other' WHERE seq = 3", "record 3"},
        {"UPDATE audit SET status = NULL WHERE seq = 3", "record 3"},
        {"UPDATE audit SET bytes_in = 9 WHERE seq = 3", "record 3"},
        {"UPDATE audit SET bytes_out = 9 WHERE seq = 3", "record 3"},
        {"UPDATE audit SET duration_ms = 9 WHERE seq = 3", "record 3"},
        {"UPDATE audit SET micro_dollars = 0 WHERE seq = 3", "record 3"},
        {"UPDATE audit SET detail = '{}' WHERE seq = 3",
         "record 3 of the audit log is wrong: its detail was changed"},
        {"UPDATE audit SET detail = '{}' WHERE seq = 5",
         "record 5 of the audit log is wrong: its detail was put in"},
        {"UPDATE audit SET detail_hash = zeroblob(32) WHERE seq = 3", "record 3"},
        {"UPDATE audit SET detail_hash = x'00' WHERE seq = 3",
         "record 3 of the audit log is wrong: it is malformed"},
        {"UPDATE audit SET previous = zeroblob(32) WHERE seq = 3", "does not follow"},
        {"UPDATE audit SET hash = zeroblob(32) WHERE seq = 3", "record 3"},
        {"UPDATE audit SET route = CAST(route || char(0) || 'more' AS TEXT) WHERE seq = 3", "malformed"},
        {"DELETE FROM audit WHERE seq = 3", "record 3 of the audit log is wrong: it is missing"},
        {"DELETE FROM audit WHERE seq = 10", "record 10 of the audit log is wrong: it is missing"},
        {"DELETE FROM audit WHERE seq = 1", "record 1 of the audit log is wrong: it is missing"},
        {"DELETE FROM audit", "record 1"},
        {"UPDATE audit SET seq = 99 WHERE seq = 10", "record 10"},
        {"UPDATE audit_head SET seq = 9", "record 10 of the audit log is wrong: it is not known"},
        {"UPDATE audit_head SET hash = zeroblob(32)", "record 10"},
        {"DELETE FROM audit_head", "head of the audit log"},
        /* All that goes before is taken away, with the anchor moved to it, but nothing recorded. */
        {"UPDATE audit_head SET cut = 4, cut_hash = (SELECT hash FROM audit WHERE seq = 4);"
         "DELETE FROM audit WHERE seq <= 4",
         "record 5 of the audit log is wrong: the chain begins here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct place place;
        struct px_audit audit;
        struct px_audit_state state;
        begin(&place, &audit);
        append(&place, &audit, 10, 1000, 1, "session-a");
        execute(&place, NO_TRIGGERS);
        verifies(&place, &audit, 1, 10);
        execute(&place, cases[i].sql);
        if (px_audit_verify(&audit, &state, &place.err) != PX_EINVAL ||
            !strstr(place.err.text, cases[i].words))
            fail_msg("%s: %s", cases[i].sql, place.err.text);
        remove_place(&place);
    }
}

static void test_retention(void **unused)
{
    (void)unused;
    struct place place;
    struct px_audit audit;
    begin(&place, &audit);
    append(&place, &audit, 30, 100 * DAY_MS, DAY_MS, "session-a"); /* of the days 100 to 129 */
    assert_int_equal(px_audit_cut(&audit, 0, 1000 * DAY_MS, &place.err), 0);
    assert_int_equal(px_audit_cut(&audit, 90, 190 * DAY_MS, &place.err), 0);
    assert_int_equal(px_audit_cut(&audit, 90, 200 * DAY_MS, &place.err), 10);
    assert_int_equal(px_database_turn(&place.db, NULL), 0);
    verifies(&place, &audit, 11, 31);
    assert_int_equal(number(&place, "SELECT count(*) FROM audit WHERE time < 110 * 86400000"), 0);
    assert_int_equal(px_audit_cut(&audit, 90, 200 * DAY_MS, &place.err), 0);
    assert_int_equal(px_audit_cut(&audit, 90, 205 * DAY_MS, &place.err), 5);
    assert_int_equal(px_database_turn(&place.db, NULL), 0);
    verifies(&place, &audit, 16, 32);
    /* Everything is too old, the records of earlier retentions too. */
    assert_int_equal(px_audit_cut(&audit, 1, 1000 * DAY_MS, &place.err), 17);
    assert_int_equal(px_database_turn(&place.db, NULL), 0);
    verifies(&place, &audit, 33, 33);
    append(&place, &audit, 2, 1000 * DAY_MS, 1, NULL);
    verifies(&place, &audit, 33, 35);
    assert_int_equal(try_execute(&place, "DELETE FROM audit WHERE seq = 33"), SQLITE_CONSTRAINT);
    /* A turn that fails takes the cut back with it. */
    use_disk();
    assert_int_equal(px_audit_cut(&audit, 1, 2000 * DAY_MS, &place.err), 3);
    disk()->writes_left = 0;
    assert_int_equal(px_database_turn(&place.db, NULL), PX_ESTORE);
    disk()->writes_left = -1;
    verifies(&place, &audit, 33, 35);
    remove_place(&place);
}

static void test_retention_in_pieces(void **unused)
{
    (void)unused;
    struct place place;
    struct px_audit audit;
    begin(&place, &audit);
    append(&place, &audit, PX_AUDIT_CUT_BATCH + 10, 1, 1, NULL);
    assert_int_equal(px_audit_cut(&audit, 1, 100 * DAY_MS, &place.err), PX_AUDIT_CUT_BATCH);
    assert_int_equal(px_audit_cut(&audit, 1, 100 * DAY_MS, &place.err), 10);
    assert_int_equal(px_database_turn(&place.db, NULL), 0);
    verifies(&place, &audit, PX_AUDIT_CUT_BATCH + 11, PX_AUDIT_CUT_BATCH + 12);
    remove_place(&place);
}

static void test_forget(void **unused)
{
    (void)unused;
    struct place place;
    struct px_audit audit;
    begin(&place, &audit);
    append(&place, &audit, 8, 1000, 1, "session-a");
    append(&place, &audit, 8, 2000, 1, "session-b");
    assert_int_equal(px_audit_forget(&audit, "session-a", &place.err), 6);
    verifies(&place, &audit, 1, 17);
    assert_int_equal(
        number(&place, "SELECT count(*) FROM audit WHERE actor = 'session-a' AND detail IS NOT NULL"), 0);
    assert_int_equal(
        number(&place, "SELECT count(*) FROM audit WHERE actor = 'session-a' AND detail_hash IS NOT NULL"),
        6);
    assert_int_equal(
        number(&place, "SELECT count(*) FROM audit WHERE actor = 'session-b' AND detail IS NOT NULL"), 6);
    assert_int_equal(px_audit_forget(&audit, "session-a", &place.err), 0);
    verifies(&place, &audit, 1, 18);
    remove_place(&place);
}

static void test_export_in_pieces(void **unused)
{
    (void)unused;
    enum { MANY = 1203, LATE = 1100 };
    struct place place;
    struct px_audit audit;
    char *text = NULL, wanted[64];
    size_t size = 0;
    int lines = 0;
    begin(&place, &audit);
    append(&place, &audit, MANY, 1, 1, "session-a"); /* at the times 1 to MANY */
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(px_audit_export(&audit, 0, false, out, &place.err), 0);
    assert_int_equal(fclose(out), 0);
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        (void)snprintf(wanted, sizeof wanted, "{\"seq\":%d,\"time\":%d,\"kind\":\"model\",", lines + 1,
                       lines + 1);
        assert_int_equal(strncmp(line, wanted, strlen(wanted)), 0);
        lines++;
    }
    assert_int_equal(lines, MANY);
    free(text);
    out = open_memstream(&text, &size);
    assert_int_equal(px_audit_export(&audit, LATE, false, out, &place.err), 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strncmp(text, "{\"seq\":1100,", 12), 0);
    free(text);
    out = fopen("/dev/full", "we");
    assert_non_null(out);
    assert_int_equal(px_audit_export(&audit, 0, false, out, &place.err), PX_EIO);
    (void)fclose(out);
    remove_place(&place);
}

static bool last_detail_has(const struct place *place, const char *text)
{
    char sql[200];
    (void)snprintf(sql, sizeof sql,
                   "SELECT instr(ifnull(detail, ''), '%s') FROM audit ORDER BY seq DESC LIMIT 1", text);
    return number(place, sql) > 0;
}

static void test_lost_records_are_told(void **unused)
{
    (void)unused;
    struct place place;
    struct px_audit audit;
    begin(&place, &audit);
    append(&place, &audit, 2, 1000, 1, NULL);
    use_disk();
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i < 3; i++)
            (void)px_audit_append(&audit, &(struct px_audit_record){.kind = "model", PX_AUDIT_EMPTY}, NULL);
        disk()->writes_left = 0;
        assert_int_equal(px_database_turn(&place.db, NULL), PX_ESTORE);
        disk()->writes_left = -1;
    }
    append(&place, &audit, 1, 3000, 1, NULL);
    verifies(&place, &audit, 1, 3);
    assert_true(last_detail_has(&place, "\"lost_before\":6"));
    append(&place, &audit, 2, 4000, 1, NULL);
    assert_false(last_detail_has(&place, "lost_before"));
    remove_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serialisation),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_triggers),
        cmocka_unit_test(test_tampering_is_found),
        cmocka_unit_test(test_retention),
        cmocka_unit_test(test_retention_in_pieces),
        cmocka_unit_test(test_forget),
        cmocka_unit_test(test_export_in_pieces),
        cmocka_unit_test(test_lost_records_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
