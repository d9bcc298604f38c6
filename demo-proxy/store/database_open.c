#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/database_error.h"
#include "store/schema.h"

/* Files up to this size are looked over at every start; for larger ones there is `demo-proxy audit verify`.
 */
enum { EXAMINED_BYTES = 32 << 20 };

static const char *const versions[PX_DATABASE_VERSION] = {
    px_audit_schema,   px_keys_schema,     px_buckets_schema, px_ledger_schema,
    px_audit_schema_5, px_ledger_schema_6, px_body_schema};

static int execute(struct px_database *db, const char *sql, struct px_err *err)
{
    int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return rc ? px_database_fail(db, rc, err) : 0;
}

/* A pragma's one number. */
static int64_t number(struct px_database *db, const char *sql)
{
    int64_t value = -1;
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return value;
}

static int migrate(struct px_database *db, struct px_err *err)
{
    int rc = execute(db, "BEGIN IMMEDIATE", err);
    if (rc) return rc;
    int64_t version = number(db, "PRAGMA user_version");
    if (version > PX_DATABASE_VERSION)
        rc = px_fail(
            err, PX_EINVAL,
            "the database " PX_DATABASE_FILE
            " is of version %lld and this demo-proxy knows versions up to %d; use the newer demo-proxy, "
            "or another folder with --state-dir",
            (long long)version, PX_DATABASE_VERSION);
    else if (version < 0)
        rc = px_database_fail(db, sqlite3_errcode(db->handle), err);
    for (; rc == 0 && version >= 0 && version < PX_DATABASE_VERSION; version++)
        rc = execute(db, versions[version], err);
    if (rc == 0) {
        char text[64];
        (void)snprintf(text, sizeof text, "PRAGMA user_version = %d", PX_DATABASE_VERSION);
        rc = execute(db, text, err);
    }
    if (rc == 0) rc = execute(db, "COMMIT", err);
    if (rc && !sqlite3_get_autocommit(db->handle)) (void)execute(db, "ROLLBACK", NULL);
    return rc;
}

static int check_mode(struct px_database *db, struct px_err *err)
{
    sqlite3_stmt *statement = NULL;
    bool wal = false;
    int rc = sqlite3_prepare_v2(db->handle, "PRAGMA journal_mode = WAL", -1, &statement, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) wal = strcmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
    if (rc != SQLITE_ROW) rc = px_database_fail(db, rc, err);
    (void)sqlite3_finalize(statement);
    if (rc < 0 || wal) return rc < 0 ? rc : 0;
    return px_fail(
        err, PX_ESTORE,
        "the state folder's file system cannot hold a database with a write-ahead log; choose a folder on a "
        "local disk with --state-dir");
}

int px_database_examine(struct px_database *db, struct px_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db->handle, "PRAGMA quick_check(1)", -1, &statement, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(statement);
    const char *said = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    if (said && strcmp(said, "ok") == 0)
        rc = 0;
    else if (said)
        rc = px_fail(err, PX_ESTORE,
                     "the database " PX_DATABASE_FILE
                     " is damaged (%.200s); put a backup in its place or move " PX_DATABASE_FILE
                     ", " PX_DATABASE_FILE "-wal and " PX_DATABASE_FILE "-shm away to begin anew",
                     said);
    else
        rc = px_database_fail(db, rc, err);
    (void)sqlite3_finalize(statement);
    return rc;
}

static int open_handle(struct px_database *db, const char *path, struct px_err *err)
{
    int rc = sqlite3_open_v2(
        path, &db->handle,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_busy_timeout(db->handle, (int)db->wait_ms);
    if (rc == SQLITE_OK) rc = sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return rc ? px_database_fail(db, rc, err) : 0;
}

void px_database_setup(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* counting takes a lock at each allocation */
}

int px_database_open(struct px_database *db, const struct px_state *state, const char *folder,
                     long long wait_ms, struct px_log *log, struct px_err *err)
{
    *db = (struct px_database){.log = log, .wait_ms = wait_ms};
    int rc = px_state_private_file(state, PX_DATABASE_FILE, true, err);
    if (rc == 0) rc = px_state_private_file(state, PX_DATABASE_FILE "-wal", false, err);
    if (rc == 0) rc = px_state_private_file(state, PX_DATABASE_FILE "-shm", false, err);
    if (rc) return rc;
    /* SQLite takes no path through a symbolic link, and the folder may well be one. */
    char *real = realpath(folder, NULL);
    size_t size = real ? strlen(real) + sizeof "/" PX_DATABASE_FILE : 0;
    char *path = real ? malloc(size) : NULL;
    if (path) (void)snprintf(path, size, "%s/" PX_DATABASE_FILE, real);
    rc = path ? open_handle(db, path, err) : px_fail_memory(err);
    free(path);
    free(real);
    /* Of a new file: a commit changes a few rows here and there, and the log takes whole pages. */
    if (rc == 0) rc = execute(db, "PRAGMA page_size = 2048", err);
    if (rc == 0) rc = check_mode(db, err);
    if (rc == 0)
        rc = execute(db,
                     "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; "
                     "PRAGMA temp_store = MEMORY; " /* nothing outside the state folder */
                     "PRAGMA cache_size = -512",    /* KB: the newest pages, and the system's cache has all */
                     err);
    if (rc == 0) rc = migrate(db, err);
    if (rc == 0 && number(db, "PRAGMA page_count") * number(db, "PRAGMA page_size") <= EXAMINED_BYTES)
        rc = px_database_examine(db, err);
    if (rc) px_database_close(db);
    return rc;
}

void px_database_close(struct px_database *db)
{
    if (db->handle) (void)px_database_turn(db, NULL);
    for (size_t i = 0; i < db->statement_count; i++) (void)sqlite3_finalize(db->statements[i].prepared);
    (void)sqlite3_close(db->handle);
    *db = (struct px_database){0};
}

static int copy(struct px_database *db, struct px_database *target, struct px_err *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(target->handle, "main", db->handle, "main");
    if (!backup) return px_database_fail(target, sqlite3_errcode(target->handle), err);
    /* All in one step: a reader of the write-ahead log holds up nobody, and the copy is of one moment. */
    int rc = sqlite3_backup_step(backup, -1);
    int end = sqlite3_backup_finish(backup);
    if (rc == SQLITE_DONE) rc = end;
    return rc ? px_database_fail(target, rc, err) : 0;
}

int px_database_backup(struct px_database *db, const char *path, struct px_err *err)
{
    struct px_database target = {.wait_ms = db->wait_ms};
    int rc = sqlite3_open_v2(path, &target.handle,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    rc = rc ? px_database_fail(&target, rc, err) : copy(db, &target, err);
    /* One file, without a log beside it: what is copied elsewhere must be whole. */
    if (rc == 0) rc = execute(&target, "PRAGMA journal_mode = DELETE", err);
    if (rc == 0) rc = px_database_examine(&target, err);
    (void)sqlite3_close(target.handle);
    return rc;
}
