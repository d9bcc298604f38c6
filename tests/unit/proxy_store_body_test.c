/* Bodies beside the audit log: their hash is in the chain, and they go with the detail, with the record, and
 * when they are too old, without the chain's noticing. */
#include "support/proxy_store.h"

#include "store/body.h"

#define DAY_MS INT64_C(86400000)
#define NOW    (100 * DAY_MS)

static void append(struct place *place, struct px_audit *audit, const char *actor, int64_t time_ms)
{
    char detail[160], text[2 * PX_HASH_SIZE + 1];
    unsigned char hash[PX_HASH_SIZE];
    struct px_body body = {
        .request = "caf\xc3\xa9", .answer = "", .request_bytes = 7, .answer_bytes = 0, .request_cut = true};
    assert_int_equal(px_body_seal(&body, hash, NULL), 0);
    for (size_t i = 0; i < PX_HASH_SIZE; i++) (void)snprintf(text + 2 * i, 3, "%02x", hash[i]);
    (void)snprintf(detail, sizeof detail, "{\"bodies\":\"%s\"}", text);
    struct px_audit_record record = {.kind = "model", .actor = actor, PX_AUDIT_EMPTY, .time_ms = time_ms};
    record.detail = detail;
    if (px_audit_append(audit, &record, &place->err) || px_body_append(&place->db, &body, &place->err))
        fail_msg("%s", place->err.text);
}

static void begin(struct place *place, struct px_audit *audit)
{
    make_place(place);
    open_place(place);
    px_audit_open(audit, &place->db);
}

static void turn(struct place *place)
{
    assert_int_equal(px_database_turn(&place->db, NULL), 0);
}

static void verifies(struct place *place, struct px_audit *audit)
{
    struct px_audit_state state;
    if (px_audit_verify(audit, &state, &place->err)) fail_msg("%s", place->err.text);
}

static void is_wrong(struct place *place, struct px_audit *audit, const char *words)
{
    struct px_audit_state state;
    assert_int_equal(px_audit_verify(audit, &state, &place->err), PX_EINVAL);
    if (!strstr(place->err.text, words)) fail_msg("%s", place->err.text);
}

#define COUNT "SELECT count(*) FROM bodies"

/* The words of the docs, written out by hand for one. */
static void test_hash(void **unused)
{
    (void)unused;
    unsigned char hash[PX_HASH_SIZE], expected[PX_HASH_SIZE];
    struct px_body body = {.request = "a b", .request_bytes = 12, .answer_bytes = 3, .answer_cut = true};
    char text[256];
    assert_int_equal(px_body_seal(&body, hash, NULL), 0);
    int n = snprintf(text, sizeof text, "14:umbra-bodies-1,32:");
    for (size_t i = 0; i < PX_BODY_NONCE; i++) n += snprintf(text + n, 3, "%02x", body.nonce[i]);
    n += snprintf(text + n, sizeof text - (size_t)n, ",3:a b,0:,2:12,1:3,1:0,1:1,");
    assert_int_equal(px_sha256(text, (size_t)n, expected, NULL), 0);
    assert_memory_equal(hash, expected, PX_HASH_SIZE);
    struct px_body again = body;
    assert_int_equal(px_body_seal(&again, expected, NULL), 0);
    assert_memory_not_equal(hash, expected, PX_HASH_SIZE); /* the same words, another nonce */
}

static void test_go_with_detail_and_record(void **unused)
{
    (void)unused;
    struct place place;
    struct px_audit audit;
    begin(&place, &audit);
    for (int i = 0; i < 5; i++) append(&place, &audit, "session-a", 1000);
    for (int i = 0; i < 4; i++) append(&place, &audit, "session-b", NOW);
    turn(&place);
    verifies(&place, &audit);
    assert_int_equal(number(&place, COUNT), 9);
    assert_int_equal(px_audit_forget(&audit, "session-b", &place.err), 4);
    assert_int_equal(number(&place, COUNT), 5);
    verifies(&place, &audit);
    assert_int_equal(px_audit_cut(&audit, 10, NOW, &place.err), 5);
    turn(&place);
    assert_int_equal(number(&place, COUNT), 0);
    verifies(&place, &audit);
    remove_place(&place);
}

static void test_retention(void **unused)
{
    (void)unused;
    struct place place;
    struct px_audit audit;
    int removed = 0, rounds = 0;
    begin(&place, &audit);
    for (int i = 0; i < 2 * PX_BODY_CUT_BATCH + 7; i++) append(&place, &audit, "session-a", NOW - 8 * DAY_MS);
    for (int i = 0; i < 3; i++) append(&place, &audit, "session-a", NOW - 6 * DAY_MS);
    turn(&place);
    assert_int_equal(px_body_cut(&place.db, 0, NOW, &place.err), 0);
    do {
        removed = px_body_cut(&place.db, 7, NOW, &place.err);
        turn(&place);
        rounds++;
    } while (removed == PX_BODY_CUT_BATCH);
    assert_int_equal(removed, 7);
    assert_int_equal(rounds, 3);
    assert_int_equal(number(&place, COUNT), 3);
    assert_int_equal(px_body_cut(&place.db, 7, NOW, &place.err), 0);
    assert_int_equal(number(&place, "SELECT count(*) FROM audit WHERE detail IS NOT NULL"),
                     2 * PX_BODY_CUT_BATCH + 10);
    verifies(&place, &audit);
    remove_place(&place);
}

static void test_tampering_is_found(void **unused)
{
    (void)unused;
    static const char *const changes[][2] = {
        {"UPDATE bodies SET answer = 'x' WHERE seq = 2",
         "bodies of record 2 of the audit log are wrong: they were"},
        {"UPDATE bodies SET request = request || char(0) || 'x' WHERE seq = 2", "malformed"},
        {"UPDATE bodies SET request_cut = 2 WHERE seq = 2", "malformed"},
        {"UPDATE bodies SET nonce = x'01' WHERE seq = 2", "malformed"},
        {"UPDATE bodies SET answer_bytes = 1 WHERE seq = 2", "changed"},
        {"UPDATE bodies SET seq = 4 WHERE seq = 2", "bodies of record 4"},
        {"UPDATE bodies SET seq = 99 WHERE seq = 2", "there is no record"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct place place;
        struct px_audit audit;
        begin(&place, &audit);
        for (int j = 0; j < 3; j++) append(&place, &audit, "session-a", 1000);
        assert_int_equal(
            px_audit_append(&audit,
                            &(struct px_audit_record){.kind = "model", PX_AUDIT_EMPTY, .detail = "{}"}, NULL),
            0);
        turn(&place);
        verifies(&place, &audit);
        assert_int_equal(try_execute(&place, changes[i][0]), SQLITE_CONSTRAINT);
        execute(&place, "DROP TRIGGER bodies_no_change");
        execute(&place, changes[i][0]);
        is_wrong(&place, &audit, changes[i][1]);
        remove_place(&place);
    }
}

static void test_export(void **unused)
{
    (void)unused;
    struct place place;
    struct px_audit audit;
    struct buffer line = {0};
    begin(&place, &audit);
    append(&place, &audit, "session-a", 1000);
    turn(&place);
    assert_int_equal(px_body_put(&place.db, 1, &line, NULL), 0);
    assert_non_null(strstr(line.data, ",\"bodies\":{\"request\":\"caf\xc3\xa9\",\"request_bytes\":7,"
                                      "\"request_cut\":true,\"answer\":\"\",\"answer_bytes\":0,"
                                      "\"answer_cut\":false,\"nonce\":\""));
    buffer_clear(&line);
    assert_int_equal(px_body_put(&place.db, 2, &line, NULL), 0);
    assert_string_equal(line.data, ",\"bodies\":null");
    buffer_free(&line);
    remove_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash),      cmocka_unit_test(test_go_with_detail_and_record),
        cmocka_unit_test(test_retention), cmocka_unit_test(test_tampering_is_found),
        cmocka_unit_test(test_export),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
