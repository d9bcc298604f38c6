#include "store/database.h"

#include <stdarg.h>
#include <string.h>

#include "base/loop.h"
#include "store/database_error.h"

enum { PROBE_MS = 1000 };

static sqlite3_stmt *find(struct px_database *db, const char *sql, struct px_err *err)
{
    for (size_t i = 0; i < db->statement_count; i++)
        if (db->statements[i].sql == sql || strcmp(db->statements[i].sql, sql) == 0)
            return db->statements[i].prepared;
    struct px_statement *place = &db->statements[db->statement_count];
    if (db->statement_count == PX_STATEMENTS) {
        (void)px_fail(err, PX_ELIMIT, "the demo-proxy uses more than %d database statements", PX_STATEMENTS);
        return NULL;
    }
    int rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &place->prepared, NULL);
    if (rc) {
        (void)px_database_fail(db, rc, err);
        return NULL;
    }
    place->sql = sql;
    db->statement_count++;
    return place->prepared;
}

static int bind(sqlite3_stmt *statement, const char *format, va_list *args)
{
    int rc = SQLITE_OK;
    for (int i = 1; *format && rc == SQLITE_OK; format++, i++) {
        if (*format == 't') {
            const char *text = va_arg(*args, const char *);
            rc = sqlite3_bind_text(statement, i, text, -1, SQLITE_STATIC);
        } else if (*format == 'b') {
            const void *data = va_arg(*args, const void *);
            size_t size = va_arg(*args, size_t);
            rc = sqlite3_bind_blob64(statement, i, data, size, SQLITE_STATIC);
        } else {
            int64_t number = va_arg(*args, int64_t);
            rc = *format == 'o' && number < 0 ? sqlite3_bind_null(statement, i)
                                              : sqlite3_bind_int64(statement, i, number);
        }
    }
    return rc;
}

static sqlite3_stmt *query(struct px_database *db, struct px_err *err, const char *sql, const char *format,
                           va_list *args)
{
    sqlite3_stmt *statement = find(db, sql, err);
    int rc = statement ? bind(statement, format, args) : 0;
    if (rc == SQLITE_OK) return statement;
    (void)sqlite3_clear_bindings(statement);
    (void)px_database_fail(db, rc, err);
    return NULL;
}

sqlite3_stmt *px_database_query(struct px_database *db, struct px_err *err, const char *sql,
                                const char *format, ...)
{
    va_list args;
    va_start(args, format);
    sqlite3_stmt *statement = query(db, err, sql, format, &args);
    va_end(args);
    return statement;
}

static void done(sqlite3_stmt *statement)
{
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
}

int px_database_step(struct px_database *db, sqlite3_stmt *statement, struct px_err *err)
{
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) return 1;
    rc = rc == SQLITE_DONE ? 0 : px_database_fail(db, rc, err);
    done(statement);
    return rc;
}

/* The first failure of a turn ends it: what follows would stand on what is not there. */
static int fail_turn(struct px_database *db, const struct px_err *why)
{
    if (db->turn_failed) return why->code;
    db->turn_failed = true;
    db->trouble = *why;
    return why->code;
}

int px_database_begin(struct px_database *db, struct px_err *err)
{
    struct px_err why = {0};
    if (db->turn_failed) return px_fail(err, db->trouble.code, "%s", db->trouble.text);
    if (db->writing) return 0;
    sqlite3_stmt *begin = find(db, "BEGIN IMMEDIATE", &why);
    if (begin && px_database_step(db, begin, &why) == 0) {
        db->writing = true;
        return 0;
    }
    (void)fail_turn(db, &why);
    return px_fail(err, why.code, "%s", why.text);
}

int px_database_write(struct px_database *db, struct px_err *err, const char *sql, const char *format, ...)
{
    struct px_err why = {0};
    int rc = px_database_begin(db, err);
    if (rc) return rc;
    va_list args;
    va_start(args, format);
    sqlite3_stmt *statement = query(db, &why, sql, format, &args);
    va_end(args);
    if (statement) {
        while ((rc = px_database_step(db, statement, &why)) > 0) continue;
        if (rc == 0) return 0;
    }
    if (why.code != PX_EINVAL) (void)fail_turn(db, &why);
    return px_fail(err, why.code, "%s", why.text);
}

void px_database_join(struct px_database *db, struct px_writer *writer)
{
    if (writer->joined) return;
    writer->joined = true;
    writer->next = db->writers;
    db->writers = writer;
}

void px_database_leave(struct px_database *db, struct px_writer *writer)
{
    if (!writer->joined) return;
    writer->joined = false;
    for (struct px_writer **place = &db->writers; *place; place = &(*place)->next) {
        if (*place != writer) continue;
        *place = writer->next;
        return;
    }
}

static void note_change(struct px_database *db, bool degraded)
{
    if (db->degraded == degraded) return;
    db->degraded = degraded;
    /* While it fails nobody waits for it: each turn would stand still anew. */
    (void)sqlite3_busy_timeout(db->handle, degraded ? 0 : (int)db->wait_ms);
    if (!db->log) return;
    if (degraded)
        px_log_message(db->log, "error", "database", "%s", db->trouble.text);
    else
        px_log_message(db->log, "info", "database", "the database can be written again");
}

static void tell_writers(struct px_database *db, const struct px_err *err)
{
    while (db->writers) {
        struct px_writer *writer = db->writers;
        db->writers = writer->next;
        writer->joined = false;
        if (err) writer->lost(writer, err);
    }
}

static void finish_writers(struct px_database *db)
{
    struct px_err why = {0};
    for (struct px_writer *writer = db->writers; writer && !db->turn_failed; writer = writer->next)
        if (writer->finish && writer->finish(writer, &why)) (void)fail_turn(db, &why);
}

int px_database_turn(struct px_database *db, struct px_err *err)
{
    struct px_err why = {0};
    if (!db->writing && !db->turn_failed) return 0;
    finish_writers(db);
    sqlite3_stmt *commit = db->turn_failed ? NULL : find(db, "COMMIT", &why);
    bool good = commit && px_database_step(db, commit, &why) == 0;
    if (!good) {
        if (!db->turn_failed) (void)fail_turn(db, &why);
        why = db->trouble;
        /* SQLite may have rolled back by itself. */
        if (!sqlite3_get_autocommit(db->handle)) (void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    }
    db->writing = db->turn_failed = false;
    note_change(db, !good);
    tell_writers(db, good ? NULL : &why);
    return good ? 0 : px_fail(err, why.code, "%s", why.text);
}

int px_database_check(struct px_database *db, struct px_err *err)
{
    if (db->degraded && px_now_ms() - db->probed_ms >= PROBE_MS) {
        db->probed_ms = px_now_ms();
        (void)px_database_write(db, NULL, "UPDATE probe SET count = count + 1", "");
        (void)px_database_turn(db, NULL);
    }
    return db->degraded ? px_fail(err, db->trouble.code, "%s", db->trouble.text) : 0;
}
