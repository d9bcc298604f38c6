/* database.h: the one SQLite file of the proxy (proxy.db in the state folder, 0600): schema, statements that
 * are prepared once, and group commit: what is written in one turn of the event loop is one transaction,
 * which the first write begins and px_database_turn commits. A turn that fails is told to those who wrote in
 * it. */
#ifndef PX_STORE_DATABASE_H
#define PX_STORE_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "auth/state.h"
#include "base/log.h"

#define PX_DATABASE_FILE "proxy.db"

enum { PX_STATEMENTS = 74, PX_DATABASE_VERSION = 7 };

/* Whoever has something to write at the end of the turn (finish, NULL: nothing), or wants to hear that its
 * transaction was lost. Lives in the caller's struct. */
struct px_writer {
    int (*finish)(struct px_writer *writer, struct px_err *err);
    void (*lost)(struct px_writer *writer, const struct px_err *err);
    void *owner;
    struct px_writer *next;
    bool joined;
};

struct px_statement {
    const char *sql; /* a constant; its address is its name */
    sqlite3_stmt *prepared;
};

struct px_database {
    sqlite3 *handle;
    struct px_log *log; /* NULL: none */
    struct px_statement statements[PX_STATEMENTS];
    size_t statement_count;
    struct px_writer *writers; /* of this turn */
    bool writing;              /* a transaction is open */
    bool turn_failed;          /* no more writes until the turn is over */
    bool degraded;             /* the last transaction failed, for the reason in `trouble` */
    struct px_err trouble;
    int64_t probed_ms;
    long long wait_ms;
};

/* Once, before anything else of SQLite's. */
void px_database_setup(void);

/* Opens or makes the file in the open state folder, which is `folder` by name, and brings its schema up to
 * date. wait_ms: how long to wait for another process that writes. PX_EPERM when others can read the file,
 * PX_EINVAL when it is of a newer version, PX_ESTORE when it is damaged or cannot be opened, PX_ENOMEM. */
int px_database_open(struct px_database *db, const struct px_state *state, const char *folder,
                     long long wait_ms, struct px_log *log, struct px_err *err);
/* Commits what is open. */
void px_database_close(struct px_database *db);

/* The statement of this constant text with its parameters bound; `format` has a letter for each: i int64_t, t
 * const char * (NULL is NULL), b const void * and size_t, o int64_t of which negative ones are NULL. Text and
 * blobs must stay until the statement is reset. NULL with err. */
sqlite3_stmt *px_database_query(struct px_database *db, struct px_err *err, const char *sql,
                                const char *format, ...);
/* 1: a row is there, 0: no more (the statement is reset), negative: failed (likewise). */
int px_database_step(struct px_database *db, sqlite3_stmt *statement, struct px_err *err);
/* Writes: opens the turn's transaction if need be. PX_EINVAL when a constraint of the schema is violated,
 * which leaves the transaction as it was; any other failure costs the whole turn. */
int px_database_write(struct px_database *db, struct px_err *err, const char *sql, const char *format, ...);
/* Opens the turn's transaction, so that what is read next cannot change until it is over. */
int px_database_begin(struct px_database *db, struct px_err *err);

void px_database_join(struct px_database *db, struct px_writer *writer);
void px_database_leave(struct px_database *db, struct px_writer *writer);

/* The end of a turn: commits, or tells the writers. 0 when there was nothing to do. */
int px_database_turn(struct px_database *db, struct px_err *err);
/* 0 when writing is possible as far as is known; after a failure tries to write once a second. */
int px_database_check(struct px_database *db, struct px_err *err);
/* SQLite's own look at the file. PX_ESTORE with what to do. */
int px_database_examine(struct px_database *db, struct px_err *err);
/* Writes a consistent copy to a new file (0600) while others go on. */
int px_database_backup(struct px_database *db, const char *path, struct px_err *err);

#endif
