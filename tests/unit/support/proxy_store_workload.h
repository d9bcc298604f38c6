/* proxy_store_workload.h: a few turns over every part of the proxy's store, any step of which may fail. What
 * was said to be committed is counted, and afterwards all of it must be there, in a file that is whole. */
#ifndef TEST_PROXY_STORE_WORKLOAD_H
#define TEST_PROXY_STORE_WORKLOAD_H

#include "proxy_store.h"

#include "base/text.h"
#include "store/body.h"

enum { WORK_TURNS = 6 };

struct work_done {
    int64_t records, settled; /* committed for certain */
    int64_t tried_records, tried_settled;
    bool key;
};

struct work_parts {
    struct px_audit audit;
    struct px_keys keys;
    struct px_buckets buckets;
    struct px_ledger ledger;
};

/* A record with bodies beside it. Returns how many records were written. */
static inline int work_body(struct place *place, struct work_parts *parts)
{
    struct px_body body = {.request = "asked", .answer = "answered", .request_bytes = 5, .answer_bytes = 8};
    unsigned char hash[PX_HASH_SIZE];
    char text[2 * PX_HASH_SIZE + 1], detail[128];
    if (px_body_seal(&body, hash, NULL)) return 0;
    px_hex(hash, sizeof hash, text);
    (void)snprintf(detail, sizeof detail, "{\"bodies\":\"%s\"}", text);
    struct px_audit_record record = {.kind = "model", .actor = "session-w", PX_AUDIT_EMPTY, .detail = detail};
    if (px_audit_append(&parts->audit, &record, NULL)) return 0;
    (void)px_body_append(&place->db, &body, NULL);
    (void)px_body_cut(&place->db, 1, px_unix_ms(), NULL);
    return 1;
}

static inline void work_turn(struct place *place, struct work_parts *parts, int turn, struct work_done *done)
{
    static const char *const owners[] = {"session-w", "address-w"};
    struct px_allowance allowance;
    char key[PX_KEY_SIZE];
    struct px_reservation reserved;
    int64_t records = 0, settled = 0;
    bool made = turn == 1 && px_keys_create(&parts->keys, "w", 1000, -1, NULL, key, NULL) == 0;
    struct px_audit_record record = {.kind = "model", .actor = "session-w", PX_AUDIT_EMPTY};
    record.detail = "{\"ended\":\"client left\"}";
    record.time_ms = turn < 3 ? 1 : 0;
    done->tried_records += 2;
    if (px_audit_append(&parts->audit, &record, NULL) == 0) records++;
    records += work_body(place, parts);
    if (px_buckets_take(&parts->buckets, PX_LIMIT_MODEL, owners, 2, px_unix_ms(), &allowance, NULL) == 0)
        (void)px_buckets_flush(&parts->buckets, px_unix_ms(), NULL);
    if (px_ledger_reserve(&parts->ledger, "session-w", "session-w", 7, 1000, &reserved, NULL) == 0) {
        done->tried_settled++;
        if (px_ledger_settle(&parts->ledger, &reserved, NULL, 7, NULL) == 0) settled++;
    }
    if (px_database_turn(&place->db, NULL)) return;
    done->records += records;
    done->settled += settled;
    done->key = done->key || made;
}

/* Returns whether the parts could be opened at all. */
static inline bool work(struct place *place, struct work_done *done)
{
    const int64_t capacity[PX_LIMITS] = {[PX_LIMIT_MODEL] = 100, [PX_LIMIT_FETCH] = 100};
    struct work_parts parts = {0};
    bool open = try_open(place) == 0 && px_keys_open(&parts.keys, &place->db, test_secret, NULL) == 0;
    if (open) {
        px_audit_open(&parts.audit, &place->db);
        px_ledger_open(&parts.ledger, &place->db, 1000000, 1000000);
        open = px_buckets_open(&parts.buckets, &place->db, NULL, capacity, 900, 100, px_unix_ms(), NULL) == 0;
        for (int turn = 0; open && turn < WORK_TURNS; turn++) work_turn(place, &parts, turn, done);
        px_buckets_close(&parts.buckets);
    }
    px_keys_close(&parts.keys);
    px_database_close(&place->db);
    return open;
}

/* With nothing in the way any more: the file is whole and holds what it must. */
static inline void check_work(struct place *place, const struct work_done *done)
{
    struct px_audit audit;
    struct px_audit_state state;
    open_place(place);
    if (px_database_examine(&place->db, &place->err)) fail_msg("%s", place->err.text);
    px_audit_open(&audit, &place->db);
    if (px_audit_verify(&audit, &state, &place->err)) fail_msg("%s", place->err.text);
    assert_in_range(state.last, done->records, done->tried_records);
    assert_in_range(number(place, "SELECT ifnull(sum(requests), 0) FROM usage"), done->settled,
                    done->tried_settled);
    assert_true(number(place, "SELECT count(*) FROM keys") >= done->key);
    assert_int_equal(number(place, "SELECT count(*) FROM reservations"), 0);
}

#endif
