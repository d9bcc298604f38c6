/* The thread that takes the database's log in: a log that is written without a pause does not grow without
 * end, nothing of it is lost, and one that rests is left alone. */
#include "support/proxy_store.h"

#include <fcntl.h>

#include "store/checkpoint.h"

enum { ROWS = 10, BLOB = 24000, BETWEEN_US = 300, LOG_BYTES = 1 << 26, MOST_COMMITS = 40000 };

/* How often the log began anew (SQLite, "Database File Format", 4.1: the checkpoint sequence number). */
static uint32_t beginnings(const struct place *place)
{
    unsigned char number[4] = {0};
    int fd = openat(place->state.dir, PX_DATABASE_FILE "-wal", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, number, sizeof number, 12), sizeof number);
    (void)close(fd);
    return (uint32_t)number[0] << 24 | (uint32_t)number[1] << 16 | (uint32_t)number[2] << 8 | number[3];
}

/* Commits one upon the other, with less between them than a pass of the thread takes. */
static void test_bound(void **unused)
{
    (void)unused;
    struct place place;
    struct px_checkpoint checkpoint;
    make_place(&place);
    open_place(&place);
    execute(&place, "CREATE TABLE much(id INTEGER PRIMARY KEY, data BLOB)");
    px_checkpoint_open(&checkpoint, place.db.handle, LOG_BYTES);
    uint32_t first = 0, commits = 0;
    while (commits < MOST_COMMITS && (commits == 0 || beginnings(&place) == first)) {
        /* A few rows again and again: the log grows and the file does not. */
        char sql[96];
        (void)snprintf(sql, sizeof sql, "REPLACE INTO much VALUES (%u, zeroblob(%d))", commits % ROWS, BLOB);
        assert_int_equal(sqlite3_exec(place.db.handle, sql, NULL, NULL, NULL), SQLITE_OK);
        if (commits++ == 0) first = beginnings(&place);
        (void)usleep(BETWEEN_US);
    }
    assert_in_range(commits, PX_CHECKPOINT_PAGES / (BLOB / 2048 + 2), MOST_COMMITS - 1);
    assert_true(checkpoint.running && !checkpoint.failed);
    px_checkpoint_close(&checkpoint);
    assert_int_equal(number(&place, "SELECT sum(length(data)) FROM much"), ROWS * BLOB);
    remove_place(&place);
}

static void test_rest(void **unused)
{
    (void)unused;
    struct place place;
    struct px_checkpoint checkpoint;
    make_place(&place);
    open_place(&place);
    px_checkpoint_open(&checkpoint, place.db.handle, LOG_BYTES);
    for (int i = 0; i < 100; i++)
        assert_int_equal(sqlite3_exec(place.db.handle, "UPDATE probe SET count = 1", NULL, NULL, NULL),
                         SQLITE_OK);
    assert_false(checkpoint.running);
    px_checkpoint_close(&checkpoint);
    px_checkpoint_close(&checkpoint); /* once more does nothing */
    remove_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bound), cmocka_unit_test(test_rest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
