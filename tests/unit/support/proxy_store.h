/* proxy_store.h: a real database of the demo-proxy in a temporary folder, and a disk that can be full: the
 * functions by which SQLite writes fail from the write on that the test names. For the tests
 * proxy_store_*_test.c. */
#ifndef TEST_PROXY_STORE_H
#define TEST_PROXY_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/state.h"
#include "store/audit.h"
#include "store/buckets.h"
#include "store/database.h"
#include "store/keys.h"
#include "store/ledger.h"

static const unsigned char test_secret[PX_SECRET_SIZE] = "0123456789abcdef0123456789abcde";

struct place {
    char path[64];
    struct px_state state;
    struct px_database db;
    struct px_err err;
};

static inline void make_place(struct place *place)
{
    *place = (struct place){.path = "/tmp/px-store-XXXXXX"};
    assert_non_null(mkdtemp(place->path));
    assert_int_equal(px_state_open(&place->state, place->path, &place->err), 0);
}

static inline int try_open(struct place *place)
{
    return px_database_open(&place->db, &place->state, place->path, 50, NULL, &place->err);
}

static inline void open_place(struct place *place)
{
    if (try_open(place)) fail_msg("%s", place->err.text);
}

static inline void remove_place(struct place *place)
{
    char command[128];
    px_database_close(&place->db);
    px_state_close(&place->state);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", place->path);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
}

/* Another connection to the file, as another program has it. */
static inline sqlite3 *other(const struct place *place)
{
    char file[96];
    sqlite3 *handle = NULL;
    (void)snprintf(file, sizeof file, "%s/" PX_DATABASE_FILE, place->path);
    assert_int_equal(sqlite3_open(file, &handle), SQLITE_OK);
    return handle;
}

static inline int try_execute(const struct place *place, const char *sql)
{
    sqlite3 *handle = other(place);
    int rc = sqlite3_exec(handle, sql, NULL, NULL, NULL);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    return rc;
}

static inline void execute(const struct place *place, const char *sql)
{
    int rc = try_execute(place, sql);
    if (rc) fail_msg("%d: %s", rc, sql);
}

static inline int64_t number(const struct place *place, const char *sql)
{
    sqlite3 *handle = other(place);
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    return value;
}

struct disk {
    long writes_left; /* -1: as many as one likes */
    int number;       /* errno of those that fail */
};

static inline struct disk *disk(void)
{
    static struct disk the_disk = {.writes_left = -1, .number = ENOSPC};
    return &the_disk;
}

static inline bool disk_takes(void)
{
    if (disk()->writes_left < 0) return true;
    if (disk()->writes_left > 0) return disk()->writes_left--, true;
    errno = disk()->number;
    return false;
}

static inline ssize_t write_to_disk(int fd, const void *data, size_t size)
{
    return disk_takes() ? write(fd, data, size) : -1;
}

static inline ssize_t pwrite_to_disk(int fd, const void *data, size_t size, off_t at)
{
    return disk_takes() ? pwrite(fd, data, size, at) : -1;
}

/* From here on SQLite writes through the functions above. */
static inline void use_disk(void)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    assert_int_equal(vfs->xSetSystemCall(vfs, "write", (sqlite3_syscall_ptr)write_to_disk), SQLITE_OK);
    assert_int_equal(vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)pwrite_to_disk), SQLITE_OK);
    assert_int_equal(vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)pwrite_to_disk), SQLITE_OK);
}

#endif
