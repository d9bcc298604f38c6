#include "store/body.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <string.h>

#include "base/put.h"
#include "base/text.h"
#include "store/schema.h"

#define DAY_MS  INT64_C(86400000)
#define COLUMNS "request, answer, request_bytes, answer_bytes, request_cut, answer_cut, nonce"

/* Whatever takes a detail or a record away takes the bodies too. */
const char px_body_schema[] =
    "CREATE TABLE bodies("
    " seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL,"
    " request_bytes INTEGER NOT NULL, answer_bytes INTEGER NOT NULL, request_cut INTEGER NOT NULL,"
    " answer_cut INTEGER NOT NULL, nonce BLOB NOT NULL) STRICT;"
    "CREATE INDEX bodies_by_time ON bodies(time);"
    "CREATE TRIGGER bodies_no_change BEFORE UPDATE ON bodies"
    " BEGIN SELECT RAISE(ABORT, 'a body is never changed'); END;"
    "CREATE TRIGGER bodies_go_with_detail AFTER UPDATE OF detail ON audit WHEN NEW.detail IS NULL"
    " BEGIN DELETE FROM bodies WHERE seq = NEW.seq; END;"
    "CREATE TRIGGER bodies_go_with_record AFTER DELETE ON audit"
    " BEGIN DELETE FROM bodies WHERE seq = OLD.seq; END;";

static void put_number(struct buffer *out, int64_t number)
{
    char digits[PX_NUMBER_SIZE];
    px_put_netstring(out, px_number_text(number, digits));
}

static const char *text_of(const char *text)
{
    return text ? text : "";
}

static int hash_of(const struct px_body *body, unsigned char hash[PX_HASH_SIZE], struct px_err *err)
{
    struct buffer all = {0};
    char nonce[2 * PX_BODY_NONCE + 1];
    px_hex(body->nonce, PX_BODY_NONCE, nonce);
    px_put_netstring(&all, "umbra-bodies-1");
    px_put_netstring(&all, nonce);
    px_put_netstring(&all, text_of(body->request));
    px_put_netstring(&all, text_of(body->answer));
    put_number(&all, body->request_bytes);
    put_number(&all, body->answer_bytes);
    put_number(&all, body->request_cut);
    put_number(&all, body->answer_cut);
    int rc = all.failed ? px_fail_memory(err) : px_sha256(all.data, all.size, hash, err);
    px_wipe(&all);
    return rc;
}

int px_body_seal(struct px_body *body, unsigned char hash[PX_HASH_SIZE], struct px_err *err)
{
    if (RAND_bytes(body->nonce, PX_BODY_NONCE) != 1) return px_fail_memory(err);
    return hash_of(body, hash, err);
}

int px_body_append(struct px_database *db, const struct px_body *body, struct px_err *err)
{
    return px_database_write(db, err,
                             "INSERT INTO bodies(seq, time, " COLUMNS ")"
                             " SELECT seq, time, ?, ?, ?, ?, ?, ?, ? FROM audit ORDER BY seq DESC LIMIT 1",
                             "ttiiiib", text_of(body->request), text_of(body->answer), body->request_bytes,
                             body->answer_bytes, (int64_t)body->request_cut, (int64_t)body->answer_cut,
                             (const void *)body->nonce, (size_t)PX_BODY_NONCE);
}

int px_body_cut(struct px_database *db, int64_t days, int64_t now_ms, struct px_err *err)
{
    int64_t before = now_ms - days * DAY_MS;
    if (days <= 0) return 0;
    /* Most often there is none, and looking needs no transaction. */
    sqlite3_stmt *oldest =
        px_database_query(db, err, "SELECT 1 FROM bodies WHERE time < ? LIMIT 1", "i", before);
    int rc = oldest ? px_database_step(db, oldest, err) : PX_ESTORE;
    if (rc <= 0) return rc;
    (void)sqlite3_reset(oldest);
    rc = px_database_write(
        db, err,
        "DELETE FROM bodies WHERE seq IN (SELECT seq FROM bodies WHERE time < ? ORDER BY time LIMIT ?)", "ii",
        before, (int64_t)PX_BODY_CUT_BATCH);
    return rc ? rc : sqlite3_changes(db->handle);
}

/* False: malformed. The texts last until the statement goes on. */
static bool read_body(sqlite3_stmt *row, struct px_body *body)
{
    const void *nonce = sqlite3_column_blob(row, 6);
    *body = (struct px_body){.request = (const char *)sqlite3_column_text(row, 0),
                             .answer = (const char *)sqlite3_column_text(row, 1),
                             .request_bytes = sqlite3_column_int64(row, 2),
                             .answer_bytes = sqlite3_column_int64(row, 3),
                             .request_cut = sqlite3_column_int64(row, 4) != 0,
                             .answer_cut = sqlite3_column_int64(row, 5) != 0};
    if (!body->request || !body->answer || !nonce || sqlite3_column_bytes(row, 6) != PX_BODY_NONCE ||
        sqlite3_column_int64(row, 4) >> 1 || sqlite3_column_int64(row, 5) >> 1)
        return false;
    memcpy(body->nonce, nonce, PX_BODY_NONCE);
    /* What goes on behind a NUL would be hashed in part only. */
    return strlen(body->request) == (size_t)sqlite3_column_bytes(row, 0) &&
           strlen(body->answer) == (size_t)sqlite3_column_bytes(row, 1);
}

static void put_one(struct buffer *line, const char *name, const char *text, int64_t bytes, bool cut)
{
    buffer_printf(line, "\"%s\":", name);
    px_put_json(line, text);
    buffer_printf(line, ",\"%s_bytes\":%" PRId64 ",\"%s_cut\":%s,", name, bytes, name,
                  cut ? "true" : "false");
}

int px_body_put(struct px_database *db, int64_t seq, struct buffer *line, struct px_err *err)
{
    struct px_body body;
    char nonce[2 * PX_BODY_NONCE + 1];
    sqlite3_stmt *row = px_database_query(db, err, "SELECT " COLUMNS " FROM bodies WHERE seq = ?", "i", seq);
    int rc = row ? px_database_step(db, row, err) : PX_ESTORE;
    if (rc < 0) return rc;
    buffer_put_string(line, ",\"bodies\":");
    if (rc > 0 && read_body(row, &body)) {
        buffer_put_string(line, "{");
        put_one(line, "request", body.request, body.request_bytes, body.request_cut);
        put_one(line, "answer", body.answer, body.answer_bytes, body.answer_cut);
        px_hex(body.nonce, PX_BODY_NONCE, nonce);
        buffer_printf(line, "\"nonce\":\"%s\"}", nonce);
    } else {
        buffer_put_string(line, "null");
    }
    if (rc > 0) (void)sqlite3_reset(row);
    return 0;
}

static int check(sqlite3_stmt *row, struct px_err *err)
{
    struct px_body body;
    unsigned char hash[PX_HASH_SIZE];
    char text[2 * PX_HASH_SIZE + 1], wanted[sizeof text + 16];
    int64_t seq = sqlite3_column_int64(row, 7);
    const char *detail = (const char *)sqlite3_column_text(row, 8), *fault = NULL;
    if (!detail) {
        fault = "there is no record of them, or it was to be forgotten";
    } else if (!read_body(row, &body)) {
        fault = "they are malformed";
    } else {
        int rc = hash_of(&body, hash, err);
        if (rc) return rc;
        px_hex(hash, PX_HASH_SIZE, text);
        (void)snprintf(wanted, sizeof wanted, "\"bodies\":\"%s\"", text);
        if (!strstr(detail, wanted)) fault = "they were changed, or put in later";
    }
    if (!fault) return 0;
    return px_fail(err, PX_EINVAL, "the bodies of record %" PRId64 " of the audit log are wrong: %s", seq,
                   fault);
}

int px_body_verify(struct px_database *db, struct px_err *err)
{
    int rc = 0;
    sqlite3_stmt *rows = px_database_query(
        db, err,
        "SELECT " COLUMNS ", bodies.seq, audit.detail FROM bodies LEFT JOIN audit ON audit.seq = bodies.seq"
        " ORDER BY bodies.seq",
        "");
    if (!rows) return PX_ESTORE;
    while ((rc = px_database_step(db, rows, err)) > 0) {
        rc = check(rows, err);
        if (rc) break;
    }
    (void)sqlite3_reset(rows);
    return rc;
}
