#include "store/database_error.h"

#include <string.h>

int px_database_fail(const struct px_database *db, int code, struct px_err *err)
{
    const char *said = db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code);
    int number = db->handle ? sqlite3_system_errno(db->handle) : 0;
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return px_fail_memory(err);
    case SQLITE_CONSTRAINT:
        return px_fail(err, PX_EINVAL, "the database " PX_DATABASE_FILE " refuses this: %s", said);
    case SQLITE_FULL:
        return px_fail(err, PX_ESTORE,
                       "the database " PX_DATABASE_FILE
                       " cannot be written: the disk is full; free some space on it");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return px_fail(err, PX_ESTORE,
                       "the database " PX_DATABASE_FILE
                       " is held by another program for more than %lld ms; end that program or try again",
                       db->wait_ms);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return px_fail(
            err, PX_ESTORE,
            "the database " PX_DATABASE_FILE
            " cannot be written (%s%s%s); look at the permissions of the state folder and of its disk",
            said, number ? ": " : "", number ? strerror(number) : "");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return px_fail(
            err, PX_ESTORE,
            "the database " PX_DATABASE_FILE
            " is damaged (%s); stop the proxy, then put a backup in its place or move " PX_DATABASE_FILE
            ", " PX_DATABASE_FILE "-wal and " PX_DATABASE_FILE "-shm away to begin anew",
            said);
    default:
        return px_fail(err, PX_ESTORE,
                       "the database " PX_DATABASE_FILE
                       " failed: %s%s%s; look at the disk of the state folder",
                       said, number ? ": " : "", number ? strerror(number) : "");
    }
}
