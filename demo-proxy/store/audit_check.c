/* Reading the audit log: following the chain, and writing it out. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "store/body.h"

#define COLUMNS                                                                                              \
    "seq, time, kind, actor, route, provider, model, status, bytes_in, bytes_out, duration_ms, "             \
    "micro_dollars, detail, detail_hash, previous, hash"

enum { EXPORT_PIECE = 500 };

struct row {
    struct px_audit_record record;
    const unsigned char *detail_hash, *previous, *hash; /* NULL when absent or of another size */
    bool malformed;
};

static int64_t column_number(sqlite3_stmt *rows, int i)
{
    return sqlite3_column_type(rows, i) == SQLITE_NULL ? -1 : sqlite3_column_int64(rows, i);
}

static const unsigned char *column_hash(sqlite3_stmt *rows, int i)
{
    return sqlite3_column_type(rows, i) == SQLITE_BLOB && sqlite3_column_bytes(rows, i) == PX_HASH_SIZE
               ? sqlite3_column_blob(rows, i)
               : NULL;
}

static const char *column_text(sqlite3_stmt *rows, int i)
{
    return (const char *)sqlite3_column_text(rows, i);
}

/* Text that goes on behind a NUL would be hashed in part only. */
static bool whole(sqlite3_stmt *rows, int i)
{
    const char *text = column_text(rows, i);
    return !text || strlen(text) == (size_t)sqlite3_column_bytes(rows, i);
}

static void read_row(sqlite3_stmt *rows, struct row *row)
{
    struct px_audit_record *r = &row->record;
    *r = (struct px_audit_record){.seq = sqlite3_column_int64(rows, 0),
                                  .time_ms = sqlite3_column_int64(rows, 1)};
    const char **texts[] = {&r->kind, &r->actor, &r->route, &r->provider, &r->model};
    int64_t *numbers[] = {&r->status, &r->bytes_in, &r->bytes_out, &r->duration_ms, &r->micro_dollars};
    for (int i = 0; i < 5; i++) {
        *texts[i] = column_text(rows, 2 + i);
        *numbers[i] = column_number(rows, 7 + i);
    }
    r->detail = column_text(rows, 12);
    row->detail_hash = column_hash(rows, 13);
    row->previous = column_hash(rows, 14);
    row->hash = column_hash(rows, 15);
    row->malformed = !r->kind || !row->previous || !row->hash ||
                     (!row->detail_hash && sqlite3_column_type(rows, 13) != SQLITE_NULL);
    for (int i = 2; i <= 12; i++)
        if (sqlite3_column_type(rows, i) == SQLITE_TEXT && !whole(rows, i)) row->malformed = true;
}

struct walk {
    int64_t seq; /* of the record before */
    unsigned char hash[PX_HASH_SIZE], cut_hash[PX_HASH_SIZE], head_hash[PX_HASH_SIZE];
    int64_t cut, head;
    char anchor[200]; /* what the last retention record says */
};

static int wrong(struct px_err *err, int64_t seq, const char *why)
{
    return px_fail(err, PX_EINVAL, "record %" PRId64 " of the audit log is wrong: %s", seq, why);
}

static int check_row(struct walk *walk, const struct row *row, struct px_err *err)
{
    const struct px_audit_record *r = &row->record;
    unsigned char hash[PX_HASH_SIZE];
    if (r->seq != walk->seq + 1) return wrong(err, walk->seq + 1, "it is missing");
    if (row->malformed) return wrong(err, r->seq, "it is malformed");
    if (memcmp(row->previous, walk->hash, PX_HASH_SIZE) != 0)
        return wrong(err, r->seq, "it does not follow the record before it");
    if (r->detail && !row->detail_hash) return wrong(err, r->seq, "its detail was put in later");
    int rc = r->detail ? px_sha256(r->detail, strlen(r->detail), hash, err) : 0;
    if (rc) return rc;
    if (r->detail && memcmp(hash, row->detail_hash, PX_HASH_SIZE) != 0)
        return wrong(err, r->seq, "its detail was changed");
    rc = px_audit_hash(r, row->detail_hash, row->previous, hash, err);
    if (rc) return rc;
    if (memcmp(hash, row->hash, PX_HASH_SIZE) != 0) return wrong(err, r->seq, "it was changed");
    walk->seq = r->seq;
    memcpy(walk->hash, hash, PX_HASH_SIZE);
    if (strcmp(r->kind, "retention") == 0)
        (void)snprintf(walk->anchor, sizeof walk->anchor, "%s", r->detail ? r->detail : "");
    return 0;
}

static int read_head(struct px_database *db, struct walk *walk, struct px_err *err)
{
    sqlite3_stmt *head = px_database_query(db, err, "SELECT seq, hash, cut, cut_hash FROM audit_head", "");
    if (!head) return PX_ESTORE;
    int rc = px_database_step(db, head, err);
    if (rc < 0) return rc;
    const unsigned char *hash = rc ? column_hash(head, 1) : NULL,
                        *cut_hash = rc ? column_hash(head, 3) : NULL;
    if (!hash || !cut_hash) {
        (void)sqlite3_reset(head);
        return px_fail(err, PX_EINVAL, "the head of the audit log is missing or malformed");
    }
    walk->head = sqlite3_column_int64(head, 0);
    walk->seq = walk->cut = sqlite3_column_int64(head, 2);
    memcpy(walk->head_hash, hash, PX_HASH_SIZE);
    memcpy(walk->cut_hash, cut_hash, PX_HASH_SIZE);
    memcpy(walk->hash, cut_hash, PX_HASH_SIZE);
    (void)sqlite3_reset(head);
    return 0;
}

/* Where records were removed, one that is still there must say so. */
static int check_anchor(const struct walk *walk, struct px_err *err)
{
    char hash[2 * PX_HASH_SIZE + 1], wanted[200];
    if (walk->cut == 0) return 0;
    px_hex(walk->cut_hash, PX_HASH_SIZE, hash);
    int n = snprintf(wanted, sizeof wanted, "\"through\":%" PRId64 ",\"hash\":\"%s\",", walk->cut, hash);
    if (n > 0 && strstr(walk->anchor, wanted)) return 0;
    return wrong(err, walk->cut + 1, "the chain begins here, and no record of a retention says so");
}

static int follow(struct px_audit *audit, struct walk *walk, struct px_err *err)
{
    struct row row;
    int rc = read_head(audit->db, walk, err);
    if (rc) return rc;
    sqlite3_stmt *rows = px_database_query(audit->db, err, "SELECT " COLUMNS " FROM audit ORDER BY seq", "");
    if (!rows) return PX_ESTORE;
    while ((rc = px_database_step(audit->db, rows, err)) > 0) {
        read_row(rows, &row);
        rc = check_row(walk, &row, err);
        if (rc) break;
    }
    (void)sqlite3_reset(rows);
    if (rc) return rc;
    if (walk->seq < walk->head) return wrong(err, walk->seq + 1, "it is missing");
    if (walk->seq > walk->head) return wrong(err, walk->head + 1, "it is not known to the head of the log");
    if (memcmp(walk->hash, walk->head_hash, PX_HASH_SIZE) != 0)
        return wrong(err, walk->seq, "it is not the one that the head of the log names");
    return check_anchor(walk, err);
}

int px_audit_verify(struct px_audit *audit, struct px_audit_state *state, struct px_err *err)
{
    struct walk walk = {0};
    /* One moment of the file, though others go on writing. */
    int code = sqlite3_exec(audit->db->handle, "BEGIN", NULL, NULL, NULL);
    if (code)
        return px_fail(err, PX_ESTORE, "the database cannot be read: %s", sqlite3_errmsg(audit->db->handle));
    int rc = follow(audit, &walk, err);
    if (rc == 0) rc = px_body_verify(audit->db, err);
    (void)sqlite3_exec(audit->db->handle, "ROLLBACK", NULL, NULL, NULL);
    if (rc) return rc;
    *state = (struct px_audit_state){.first = walk.seq > walk.cut ? walk.cut + 1 : 0, .last = walk.seq};
    memcpy(state->hash, walk.hash, PX_HASH_SIZE);
    return 0;
}

static void put_member(struct buffer *line, const char *name, const char *text)
{
    buffer_printf(line, ",\"%s\":", name);
    if (text)
        px_put_json(line, text);
    else
        buffer_put_string(line, "null");
}

static void put_number(struct buffer *line, const char *name, int64_t number)
{
    if (number < 0)
        buffer_printf(line, ",\"%s\":null", name);
    else
        buffer_printf(line, ",\"%s\":%" PRId64, name, number);
}

static void put_hash(struct buffer *line, const char *name, const unsigned char *hash)
{
    char text[2 * PX_HASH_SIZE + 1];
    if (hash) px_hex(hash, PX_HASH_SIZE, text);
    put_member(line, name, hash ? text : NULL);
}

static void put_row(struct buffer *line, const struct row *row)
{
    const struct px_audit_record *r = &row->record;
    buffer_printf(line, "{\"seq\":%" PRId64 ",\"time\":%" PRId64, r->seq, r->time_ms);
    put_member(line, "kind", r->kind);
    put_member(line, "actor", r->actor);
    put_member(line, "route", r->route);
    put_member(line, "provider", r->provider);
    put_member(line, "model", r->model);
    put_number(line, "status", r->status);
    put_number(line, "bytes_in", r->bytes_in);
    put_number(line, "bytes_out", r->bytes_out);
    put_number(line, "duration_ms", r->duration_ms);
    put_number(line, "micro_dollars", r->micro_dollars);
    put_member(line, "detail", r->detail);
    put_hash(line, "detail_hash", row->detail_hash);
    put_hash(line, "previous", row->previous);
    put_hash(line, "hash", row->hash);
}

/* Writes the next records behind *seq. Returns how many there were. */
static int export_piece(struct px_audit *audit, int64_t since_ms, bool bodies, int64_t *seq, FILE *out,
                        struct px_err *err)
{
    struct row row;
    struct buffer line = {0};
    int rc = 0, count = 0;
    sqlite3_stmt *rows = px_database_query(
        audit->db, err, "SELECT " COLUMNS " FROM audit WHERE seq > ? AND time >= ? ORDER BY seq LIMIT ?",
        "iii", *seq, since_ms, (int64_t)EXPORT_PIECE);
    if (!rows) return PX_ESTORE;
    while ((rc = px_database_step(audit->db, rows, err)) > 0) {
        read_row(rows, &row);
        *seq = row.record.seq;
        put_row(&line, &row);
        if (bodies) rc = px_body_put(audit->db, *seq, &line, err);
        buffer_put_string(&line, "}\n");
        if (rc < 0) break;
        count++;
    }
    if (rc < 0) (void)sqlite3_reset(rows);
    if (rc == 0 && line.failed) rc = px_fail_memory(err);
    if (rc == 0 && line.size && fwrite(line.data, 1, line.size, out) != line.size)
        rc = px_fail(err, PX_EIO, "the audit log cannot be written out: the output takes no more");
    buffer_free(&line);
    return rc ? rc : count;
}

/* In pieces: a reader that stays keeps the log beside the database from being used anew, and so lets it grow.
 */
int px_audit_export(struct px_audit *audit, int64_t since_ms, bool bodies, FILE *out, struct px_err *err)
{
    int64_t seq = 0;
    int count = 0;
    do {
        count = export_piece(audit, since_ms, bodies, &seq, out, err);
    } while (count == EXPORT_PIECE);
    if (count >= 0 && fflush(out)) return px_fail(err, PX_EIO, "the audit log cannot be written out");
    return count < 0 ? count : 0;
}
