#include "store/audit.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>
#include <time.h>

#include "base/put.h"
#include "base/text.h"
#include "store/schema.h"

/* The triggers stand against mistakes; against those who write to the file stands the chain. */
const char px_audit_schema[] =
    "CREATE TABLE audit("
    " seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, actor TEXT, route TEXT, provider "
    "TEXT,"
    " model TEXT, status INTEGER, bytes_in INTEGER, bytes_out INTEGER, duration_ms INTEGER, micro_dollars "
    "INTEGER,"
    " detail TEXT, detail_hash BLOB, previous BLOB NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE TABLE audit_head("
    " one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL,"
    " cut INTEGER NOT NULL, cut_hash BLOB NOT NULL) STRICT;"
    "INSERT INTO audit_head VALUES (1, 0, zeroblob(32), 0, zeroblob(32));"
    "CREATE TABLE configuration(name TEXT PRIMARY KEY, hash BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE probe(count INTEGER NOT NULL) STRICT;"
    "INSERT INTO probe VALUES (0);"
    "CREATE TRIGGER audit_in_order BEFORE INSERT ON audit"
    " WHEN NEW.seq <> (SELECT seq + 1 FROM audit_head)"
    " BEGIN SELECT RAISE(ABORT, 'audit records are appended one after the other'); END;"
    "CREATE TRIGGER audit_no_change BEFORE UPDATE ON audit"
    " WHEN NEW.detail IS NOT NULL OR NEW.seq IS NOT OLD.seq OR NEW.time IS NOT OLD.time"
    " OR NEW.kind IS NOT OLD.kind OR NEW.actor IS NOT OLD.actor OR NEW.route IS NOT OLD.route"
    " OR NEW.provider IS NOT OLD.provider OR NEW.model IS NOT OLD.model OR NEW.status IS NOT OLD.status"
    " OR NEW.bytes_in IS NOT OLD.bytes_in OR NEW.bytes_out IS NOT OLD.bytes_out"
    " OR NEW.duration_ms IS NOT OLD.duration_ms OR NEW.micro_dollars IS NOT OLD.micro_dollars"
    " OR NEW.detail_hash IS NOT OLD.detail_hash OR NEW.previous IS NOT OLD.previous OR NEW.hash IS NOT "
    "OLD.hash"
    " BEGIN SELECT RAISE(ABORT, 'an audit record is never changed'); END;"
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit"
    " WHEN OLD.seq > (SELECT cut FROM audit_head)"
    " BEGIN SELECT RAISE(ABORT, 'an audit record is only removed when it is too old'); END;"
    "CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head"
    " WHEN NEW.seq < OLD.seq OR NEW.cut < OLD.cut OR NEW.cut > NEW.seq"
    " BEGIN SELECT RAISE(ABORT, 'the head of the audit log only goes forward'); END;"
    "CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head"
    " BEGIN SELECT RAISE(ABORT, 'the head of the audit log stays'); END;";

/* The head is written once in a turn, behind the turn's records; so these are held against each other. */
const char px_audit_schema_5[] =
    "DROP TRIGGER audit_in_order;"
    "CREATE TRIGGER audit_in_order BEFORE INSERT ON audit"
    " WHEN NEW.seq <> ifnull((SELECT max(seq) FROM audit), (SELECT cut FROM audit_head)) + 1"
    " BEGIN SELECT RAISE(FAIL, 'audit records are appended one after the other'); END;"
    "DROP TRIGGER audit_head_forward;"
    "CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head"
    " WHEN NEW.seq < OLD.seq OR NEW.cut < OLD.cut OR NEW.cut > NEW.seq"
    " OR (NEW.seq > OLD.seq AND NEW.seq <> (SELECT max(seq) FROM audit))"
    " BEGIN SELECT RAISE(FAIL, 'the head of the audit log only goes forward'); END;";

enum { FORGET_BATCH = 5000, USUAL_TEXT = 512 };
#define DAY_MS INT64_C(86400000)

int64_t px_unix_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int px_sha256(const void *data, size_t size, unsigned char hash[PX_HASH_SIZE], struct px_err *err)
{
    unsigned length = 0;
    if (EVP_Digest(data, size, hash, &length, EVP_sha256(), NULL) == 1 && length == PX_HASH_SIZE) return 0;
    return px_fail_memory(err);
}

static void put_number(struct buffer *out, int64_t number)
{
    char digits[PX_NUMBER_SIZE];
    px_put_netstring(out, number < 0 ? NULL : px_number_text(number, digits));
}

static void put_bytes(struct buffer *out, const unsigned char *hash)
{
    char text[2 * PX_HASH_SIZE + 1];
    if (hash) px_hex(hash, PX_HASH_SIZE, text);
    px_put_netstring(out, hash ? text : NULL);
}

int px_audit_hash(const struct px_audit_record *r, const unsigned char *detail_hash,
                  const unsigned char *previous, unsigned char hash[PX_HASH_SIZE], struct px_err *err)
{
    const char *const texts[] = {r->kind, r->actor, r->route, r->provider, r->model};
    const int64_t numbers[] = {r->status, r->bytes_in, r->bytes_out, r->duration_ms, r->micro_dollars};
    struct buffer text = {0};
    (void)buffer_reserve(&text, USUAL_TEXT);
    px_put_netstring(&text, "umbra-audit-1");
    put_bytes(&text, previous);
    put_number(&text, r->seq);
    put_number(&text, r->time_ms);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) px_put_netstring(&text, texts[i]);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) put_number(&text, numbers[i]);
    put_bytes(&text, detail_hash);
    int rc = text.failed ? px_fail_memory(err) : px_sha256(text.data, text.size, hash, err);
    buffer_free(&text);
    return rc;
}

static void on_lost(struct px_writer *writer, const struct px_err *err)
{
    struct px_audit *audit = writer->owner;
    (void)err;
    audit->lost += audit->in_turn;
    audit->in_turn = 0;
}

static int write_head(struct px_writer *writer, struct px_err *err)
{
    const struct px_audit *audit = writer->owner;
    return px_database_write(audit->db, err, "UPDATE OR FAIL audit_head SET seq = ?, hash = ?", "ib",
                             audit->seq, (const void *)audit->hash, (size_t)PX_HASH_SIZE);
}

void px_audit_open(struct px_audit *audit, struct px_database *db)
{
    *audit = (struct px_audit){.db = db, .writer = {.finish = write_head, .lost = on_lost}};
    audit->writer.owner = audit;
}

/* The record's detail, with the number of records lost before it. */
static void put_detail(const struct px_audit *audit, const char *detail, struct buffer *out)
{
    if (!audit->lost || (detail && (detail[0] != '{' || strlen(detail) < 2))) {
        if (detail) buffer_put_string(out, detail);
        return;
    }
    buffer_printf(out, "{\"lost_before\":%lu", audit->lost);
    if (detail && strcmp(detail, "{}") != 0)
        buffer_printf(out, ",%s", detail + 1);
    else
        buffer_put_byte(out, '}');
}

static int read_head(struct px_database *db, int64_t *seq, unsigned char hash[PX_HASH_SIZE],
                     struct px_err *err)
{
    sqlite3_stmt *head = px_database_query(db, err, "SELECT seq, hash FROM audit_head", "");
    int rc = head ? px_database_step(db, head, err) : PX_ESTORE;
    if (rc < 0) return rc;
    if (rc == 0 || sqlite3_column_bytes(head, 1) != PX_HASH_SIZE) {
        (void)sqlite3_reset(head);
        return px_fail(err, PX_ESTORE,
                       "the head of the audit log is missing or malformed; put a backup of " PX_DATABASE_FILE
                       " in its place");
    }
    *seq = sqlite3_column_int64(head, 0);
    memcpy(hash, sqlite3_column_blob(head, 1), PX_HASH_SIZE);
    (void)sqlite3_reset(head);
    return 0;
}

/* OR FAIL, here and in the triggers: one row needs no log for undoing half a statement. */
static int insert(struct px_database *db, const struct px_audit_record *r, const unsigned char *detail_hash,
                  const unsigned char *previous, const unsigned char *hash, struct px_err *err)
{
    return px_database_write(db, err, "INSERT OR FAIL INTO audit VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                             "iittttt"
                             "ooooo"
                             "tbbb",
                             r->seq, r->time_ms, r->kind, r->actor, r->route, r->provider, r->model,
                             r->status, r->bytes_in, r->bytes_out, r->duration_ms, r->micro_dollars,
                             r->detail, (const void *)detail_hash, (size_t)(detail_hash ? PX_HASH_SIZE : 0),
                             (const void *)previous, (size_t)PX_HASH_SIZE, (const void *)hash,
                             (size_t)PX_HASH_SIZE);
}

static int append(struct px_audit *audit, const struct px_audit_record *given, struct buffer *detail,
                  struct px_err *err)
{
    unsigned char hash[PX_HASH_SIZE], detail_hash[PX_HASH_SIZE];
    struct px_audit_record record = *given;
    int rc = px_database_begin(audit->db, err); /* before the head is read: others append too */
    if (rc == 0 && !audit->writer.joined) rc = read_head(audit->db, &audit->seq, audit->hash, err);
    if (rc) return rc;
    record.seq = audit->seq + 1;
    if (record.time_ms == 0) record.time_ms = px_unix_ms();
    put_detail(audit, given->detail, detail);
    record.detail = detail->size ? buffer_string(detail) : NULL;
    if (detail->failed) return px_fail_memory(err);
    if (detail->size > PX_AUDIT_DETAIL_MAX)
        return px_fail(err, PX_EINVAL, "the detail of an audit record is longer than %d bytes",
                       PX_AUDIT_DETAIL_MAX);
    if (record.detail) rc = px_sha256(record.detail, detail->size, detail_hash, err);
    const unsigned char *kept = record.detail ? detail_hash : NULL;
    if (rc == 0) rc = px_audit_hash(&record, kept, audit->hash, hash, err);
    if (rc == 0) rc = insert(audit->db, &record, kept, audit->hash, hash, err);
    if (rc) return rc;
    audit->seq = record.seq;
    memcpy(audit->hash, hash, sizeof hash);
    return 0;
}

int px_audit_append(struct px_audit *audit, const struct px_audit_record *record, struct px_err *err)
{
    struct buffer detail = {0};
    unsigned long told = audit->lost;
    int rc = append(audit, record, &detail, err);
    buffer_free(&detail);
    if (rc) {
        audit->lost++;
        return rc;
    }
    /* Those lost before are told now; if this record is lost as well, they are to be told again. */
    if (!audit->writer.joined) audit->in_turn = 0;
    px_database_join(audit->db, &audit->writer);
    audit->in_turn += 1 + told;
    audit->lost = 0;
    return 0;
}

static int find_cut(struct px_audit *audit, int64_t before_ms, int64_t *seq, unsigned char hash[PX_HASH_SIZE],
                    struct px_err *err)
{
    int count = 0, rc = 0;
    sqlite3_stmt *rows =
        px_database_query(audit->db, err, "SELECT seq, time, hash FROM audit ORDER BY seq LIMIT ?", "i",
                          (int64_t)PX_AUDIT_CUT_BATCH);
    if (!rows) return err ? err->code : PX_ESTORE;
    while ((rc = px_database_step(audit->db, rows, err)) > 0) {
        if (sqlite3_column_int64(rows, 1) >= before_ms || sqlite3_column_bytes(rows, 2) != PX_HASH_SIZE)
            break;
        *seq = sqlite3_column_int64(rows, 0);
        memcpy(hash, sqlite3_column_blob(rows, 2), PX_HASH_SIZE);
        count++;
    }
    (void)sqlite3_reset(rows);
    return rc < 0 ? rc : count;
}

int px_audit_cut(struct px_audit *audit, int64_t days, int64_t now_ms, struct px_err *err)
{
    unsigned char hash[PX_HASH_SIZE];
    char text[2 * PX_HASH_SIZE + 1], detail[200];
    int64_t seq = 0;
    if (days <= 0) return 0;
    int count = find_cut(audit, now_ms - days * DAY_MS, &seq, hash, err);
    if (count <= 0) return count;
    int rc = px_database_begin(audit->db, err);
    if (rc == 0)
        rc = px_database_write(audit->db, err, "UPDATE audit_head SET cut = ?, cut_hash = ?", "ib", seq,
                               (const void *)hash, (size_t)PX_HASH_SIZE);
    if (rc == 0) rc = px_database_write(audit->db, err, "DELETE FROM audit WHERE seq <= ?", "i", seq);
    if (rc) return rc;
    px_hex(hash, PX_HASH_SIZE, text);
    (void)snprintf(detail, sizeof detail, "{\"through\":%" PRId64 ",\"hash\":\"%s\",\"records\":%d}", seq,
                   text, count);
    rc = px_audit_append(
        audit,
        &(struct px_audit_record){.kind = "retention", PX_AUDIT_EMPTY, .time_ms = now_ms, .detail = detail},
        err);
    return rc ? rc : count;
}

int64_t px_audit_forget(struct px_audit *audit, const char *actor, struct px_err *err)
{
    struct px_database *db = audit->db;
    unsigned char hash[PX_HASH_SIZE];
    int64_t last = 0, count = 0;
    char detail[64];
    int rc = read_head(db, &last, hash, err);
    /* In pieces, so that a running proxy is not kept from writing for long. */
    for (int64_t from = 0; rc == 0 && from <= last; from += FORGET_BATCH) {
        rc = px_database_write(db, err,
                               "UPDATE audit SET detail = NULL WHERE seq BETWEEN ? AND ? AND actor = ?"
                               " AND detail IS NOT NULL",
                               "iit", from, from + FORGET_BATCH - 1, actor);
        if (rc == 0) count += sqlite3_changes64(db->handle);
        if (rc == 0) rc = px_database_turn(db, err);
    }
    (void)snprintf(detail, sizeof detail, "{\"records\":%" PRId64 "}", count);
    if (rc == 0)
        rc = px_audit_append(
            audit, &(struct px_audit_record){.kind = "deletion", PX_AUDIT_EMPTY, .detail = detail}, err);
    if (rc == 0) rc = px_database_turn(db, err);
    /* What was blanked is overwritten in the file; the log beside it may still hold it. */
    if (rc == 0) (void)sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return rc ? rc : count;
}

int px_audit_count(struct px_audit *audit, int64_t *count, struct px_err *err)
{
    sqlite3_stmt *row = px_database_query(audit->db, err, "SELECT seq - cut FROM audit_head", "");
    int rc = row ? px_database_step(audit->db, row, err) : PX_ESTORE;
    if (rc <= 0) return rc < 0 ? rc : px_fail(err, PX_ESTORE, "the audit log has no head");
    *count = sqlite3_column_int64(row, 0);
    (void)sqlite3_reset(row);
    return 0;
}
