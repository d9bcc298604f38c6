#include "store/store.h"

#include <openssl/crypto.h>
#include <string.h>

#include "store/body.h"

enum { UPKEEP_MS = 3600000, SOON_MS = 20 };

static int open_parts(struct px_store *store, const struct px_options *options, const struct px_state *state,
                      const unsigned char *secret, struct px_log *log, struct px_err *err)
{
    *store =
        (struct px_store){.audit_days = options->audit_days, .debug_body_days = options->debug_body_days};
    int rc = px_database_open(&store->db, state, options->state_dir, options->database_wait_ms, log, err);
    px_audit_open(&store->audit, &store->db);
    px_ledger_open(&store->ledger, &store->db, options->budget_day, options->budget_session);
    return rc ? rc : px_keys_open(&store->keys, &store->db, secret, err);
}

int px_store_open(struct px_store *store, const struct px_options *options, const struct px_state *state,
                  const unsigned char secret[PX_SECRET_SIZE], struct px_err *err)
{
    return open_parts(store, options, state, secret, NULL, err);
}

static int record(struct px_store *store, const char *kind, const char *detail, struct px_err *err)
{
    return px_audit_append(&store->audit,
                           &(struct px_audit_record){.kind = kind, PX_AUDIT_EMPTY, .detail = detail}, err);
}

struct comparison {
    struct px_store *store;
    struct buffer changed;
    struct px_err *err;
    int rc;
};

/* Only a hash of a setting is kept: it may hold paths and addresses, and all that counts is that it changed.
 */
static void compare(void *owner, const char *flag, const char *value)
{
    struct comparison *c = owner;
    struct px_database *db = &c->store->db;
    unsigned char hash[PX_HASH_SIZE];
    bool known = false, same = false;
    if (c->rc == 0) c->rc = px_sha256(value, strlen(value), hash, c->err);
    if (c->rc) return;
    sqlite3_stmt *row =
        px_database_query(db, c->err, "SELECT hash FROM configuration WHERE name = ?", "t", flag);
    c->rc = row ? px_database_step(db, row, c->err) : PX_ESTORE;
    if (c->rc < 0) return;
    if (c->rc > 0) {
        known = true;
        same = sqlite3_column_bytes(row, 0) == PX_HASH_SIZE &&
               memcmp(sqlite3_column_blob(row, 0), hash, PX_HASH_SIZE) == 0;
        (void)sqlite3_reset(row);
    }
    c->rc = same ? 0
                 : px_database_write(db, c->err, "INSERT OR REPLACE INTO configuration VALUES (?,?)", "tb",
                                     flag, (const void *)hash, (size_t)PX_HASH_SIZE);
    if (known && !same) buffer_printf(&c->changed, "%s\"%s\"", c->changed.size ? "," : "", flag);
}

int px_store_record_change(struct px_store *store, const char *name, struct px_err *err)
{
    char detail[96];
    int n = snprintf(detail, sizeof detail, "{\"reloaded\":[\"%s\"]}", name);
    return n < 0 || (size_t)n >= sizeof detail ? px_fail(err, PX_EINVAL, "the name is too long")
                                               : record(store, "configuration", detail, err);
}

static int record_configuration(struct px_store *store, const struct px_options *options, struct px_err *err)
{
    struct comparison comparison = {.store = store, .err = err};
    struct buffer detail = {0};
    int rc = px_database_begin(&store->db, err);
    if (rc == 0) {
        px_options_each(options, compare, &comparison);
        rc = comparison.rc;
    }
    if (rc == 0 && comparison.changed.size) {
        bool long_list = comparison.changed.size > PX_AUDIT_DETAIL_MAX / 2;
        buffer_printf(&detail, "{\"changed\":[%s]}",
                      long_list ? "\"many\"" : buffer_string(&comparison.changed));
        rc = detail.failed || comparison.changed.failed
                 ? px_fail_memory(err)
                 : record(store, "configuration", buffer_string(&detail), err);
    }
    buffer_free(&comparison.changed);
    buffer_free(&detail);
    return rc;
}

static void on_upkeep(struct px_timer *timer)
{
    struct px_store *store = timer->owner;
    int64_t now = px_unix_ms();
    bool more = px_audit_cut(&store->audit, store->audit_days, now, NULL) == PX_AUDIT_CUT_BATCH;
    more |= px_body_cut(&store->db, store->debug_body_days, now, NULL) == PX_BODY_CUT_BATCH;
    /* In pieces, each a turn of its own, so that nobody waits for long. */
    (void)px_timer_set(store->loop, &store->upkeep, more ? SOON_MS : UPKEEP_MS);
}

int px_store_serve(struct px_store *store, const struct px_options *options, const struct px_state *state,
                   const unsigned char secret[PX_SECRET_SIZE], struct px_loop *loop, struct px_log *log,
                   struct px_err *err)
{
    const int64_t capacity[PX_LIMITS] = {
        [PX_LIMIT_MODEL] = options->model_requests, [PX_LIMIT_FETCH] = options->fetch_requests};
    int rc = px_state_claim(state, err);
    if (rc == 0) rc = open_parts(store, options, state, secret, log, err);
    if (rc == 0) rc = px_prices_open(&store->prices, options->prices, err);
    if (rc) return rc;
    px_checkpoint_open(&store->checkpoint, store->db.handle, options->database_log_bytes);
    store->loop = loop;
    store->upkeep = (struct px_timer){.fire = on_upkeep, .owner = store};
    rc = px_ledger_recover(&store->ledger, &store->audit, err);
    if (rc > 0 && log)
        px_log_message(
            log, "warning", "recovered",
            "%d model requests were under way when the proxy was broken off; they are counted in full", rc);
    if (rc >= 0)
        rc = px_buckets_open(&store->buckets, &store->db, loop, capacity, options->rate_window_seconds,
                             (size_t)options->rate_buckets, px_unix_ms(), err);
    if (rc == 0) rc = record_configuration(store, options, err);
    if (rc == 0) rc = record(store, "start", "{\"version\":\"" UMBRA_VERSION "\"}", err);
    if (rc == 0) rc = px_database_turn(&store->db, err);
    if (rc == 0) rc = px_timer_set(loop, &store->upkeep, 0) ? px_fail_memory(err) : 0;
    store->serving = rc == 0;
    return rc;
}

void px_store_close(struct px_store *store)
{
    px_prices_close(&store->prices);
    if (!store->db.handle) return;
    if (store->loop) px_timer_clear(store->loop, &store->upkeep);
    px_buckets_close(&store->buckets);
    if (store->serving) {
        (void)record(store, "stop", NULL, NULL);
        (void)px_database_turn(&store->db, NULL);
    }
    px_keys_close(&store->keys);
    px_checkpoint_close(&store->checkpoint);
    px_database_close(&store->db);
}
