/* The proxy's database file: who may read it, versions, damage, transactions of a turn, and what happens when
 * the disk or another program does not let one write. */
#include "support/proxy_store.h"

#include <fcntl.h>

static void test_permissions(void **unused)
{
    (void)unused;
    struct place place;
    struct stat info;
    static const char *const names[] = {"proxy.db", "proxy.db-wal", "proxy.db-shm"};
    make_place(&place);
    open_place(&place);
    assert_int_equal(px_database_write(&place.db, NULL, "UPDATE probe SET count = 1", ""), 0);
    assert_int_equal(px_database_turn(&place.db, NULL), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fstatat(place.state.dir, names[i], &info, 0), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
    }
    px_database_close(&place.db);
    assert_int_equal(fchmodat(place.state.dir, "proxy.db", 0640, 0), 0);
    assert_int_equal(try_open(&place), PX_EPERM);
    assert_non_null(strstr(place.err.text, "proxy.db in the state folder has permissions 0640"));
    assert_int_equal(fchmodat(place.state.dir, "proxy.db", 0600, 0), 0);
    int fd = openat(place.state.dir, "proxy.db-wal", O_CREAT | O_WRONLY, 0644);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0644), 0);
    (void)close(fd);
    assert_int_equal(try_open(&place), PX_EPERM);
    assert_int_equal(unlinkat(place.state.dir, "proxy.db-wal", 0), 0);
    open_place(&place);
    px_database_close(&place.db);
    assert_int_equal(unlinkat(place.state.dir, "proxy.db", 0), 0);
    assert_int_equal(symlinkat("/etc/passwd", place.state.dir, "proxy.db"), 0);
    assert_int_equal(try_open(&place), PX_EPERM);
    assert_non_null(strstr(place.err.text, "no plain file"));
    remove_place(&place);
}

static void test_versions(void **unused)
{
    (void)unused;
    struct place place;
    make_place(&place);
    open_place(&place);
    px_database_close(&place.db);
    assert_int_equal(number(&place, "PRAGMA user_version"), PX_DATABASE_VERSION);
    /* An older file, as the version before the ledger made it, is brought up to date and keeps what it holds.
     */
    execute(&place, "INSERT INTO keys(name, family, actor, mac, created) VALUES ('n', 'f', 'a', x'01', 1);"
                    "DROP TABLE usage; DROP TABLE reservations; DROP TABLE bodies;"
                    "DROP TRIGGER bodies_go_with_detail; DROP TRIGGER bodies_go_with_record;"
                    "PRAGMA user_version = 3");
    open_place(&place);
    assert_int_equal(number(&place, "SELECT count(*) FROM usage"), 0);
    assert_int_equal(number(&place, "SELECT count(*) FROM keys"), 1);
    px_database_close(&place.db);
    assert_int_equal(number(&place, "PRAGMA user_version"), PX_DATABASE_VERSION);
    execute(&place, "PRAGMA user_version = 1000");
    assert_int_equal(try_open(&place), PX_EINVAL);
    assert_non_null(strstr(place.err.text, "is of version 1000"));
    assert_non_null(strstr(place.err.text, "use the newer demo-proxy"));
    execute(&place, "PRAGMA user_version = 7");
    open_place(&place);
    remove_place(&place);
}

static void overwrite(const struct place *place, long at, const void *data, size_t size)
{
    int fd = openat(place->state.dir, "proxy.db", O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, data, size, at), (ssize_t)size);
    (void)close(fd);
}

static void test_damage_is_said(void **unused)
{
    (void)unused;
    struct place place;
    unsigned char noise[4096];
    make_place(&place);
    open_place(&place);
    px_database_close(&place.db);
    memset(noise, 0xa5, sizeof noise);
    overwrite(&place, 4096, noise, sizeof noise);
    assert_int_equal(try_open(&place), PX_ESTORE);
    assert_non_null(strstr(place.err.text, "is damaged"));
    assert_non_null(strstr(place.err.text, "backup"));
    overwrite(&place, 0, "this is no database at all, is it?", 32);
    assert_int_equal(try_open(&place), PX_ESTORE);
    assert_non_null(strstr(place.err.text, "is damaged"));
    remove_place(&place);
}

struct listener {
    struct px_writer writer;
    int lost;
    char text[512];
};

static void on_lost(struct px_writer *writer, const struct px_err *err)
{
    struct listener *listener = writer->owner;
    listener->lost++;
    (void)snprintf(listener->text, sizeof listener->text, "%s", err->text);
}

static void test_turn_is_one_transaction(void **unused)
{
    (void)unused;
    struct place place;
    struct listener one = {.writer = {.lost = on_lost}}, two = one;
    one.writer.owner = &one;
    two.writer.owner = &two;
    make_place(&place);
    open_place(&place);
    assert_int_equal(px_database_turn(&place.db, NULL), 0);
    assert_int_equal(
        px_database_write(&place.db, NULL, "UPDATE probe SET count = count + ?", "i", (int64_t)7), 0);
    px_database_join(&place.db, &one.writer);
    px_database_join(&place.db, &two.writer);
    px_database_join(&place.db, &two.writer);
    assert_int_equal(number(&place, "SELECT count FROM probe"), 0);
    /* A violated constraint concerns only the statement. */
    assert_int_equal(px_database_write(&place.db, &place.err, "DELETE FROM audit_head", ""), PX_EINVAL);
    assert_non_null(strstr(place.err.text, "head of the audit log stays"));
    assert_int_equal(px_database_turn(&place.db, &place.err), 0);
    assert_int_equal(number(&place, "SELECT count FROM probe"), 7);
    assert_int_equal(one.lost + two.lost, 0);
    assert_false(one.writer.joined || two.writer.joined);

    /* The disk is full at the commit: all of the turn is lost, and those who wrote and still wait are told.
     */
    use_disk();
    assert_int_equal(px_database_write(&place.db, NULL, "UPDATE probe SET count = 100", ""), 0);
    px_database_join(&place.db, &one.writer);
    px_database_join(&place.db, &two.writer);
    px_database_leave(&place.db, &one.writer);
    disk()->writes_left = 0;
    assert_int_equal(px_database_turn(&place.db, &place.err), PX_ESTORE);
    assert_non_null(strstr(place.err.text, "disk is full"));
    assert_int_equal(one.lost, 0);
    assert_int_equal(two.lost, 1);
    assert_non_null(strstr(two.text, "proxy.db"));
    assert_true(place.db.degraded);
    assert_int_equal(px_database_check(&place.db, NULL), PX_ESTORE);
    assert_int_equal(number(&place, "SELECT count FROM probe"), 7);
    /* There is room again: the next try finds out. */
    disk()->writes_left = -1;
    place.db.probed_ms = 0;
    assert_int_equal(px_database_check(&place.db, NULL), 0);
    assert_false(place.db.degraded);
    assert_int_equal(number(&place, "SELECT count FROM probe"), 8);
    remove_place(&place);
}

static void test_another_writes(void **unused)
{
    (void)unused;
    struct place place;
    struct listener one = {.writer = {.lost = on_lost}};
    one.writer.owner = &one;
    make_place(&place);
    open_place(&place);
    sqlite3 *rival = other(&place);
    assert_int_equal(sqlite3_exec(rival, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    px_database_join(&place.db, &one.writer);
    assert_int_equal(px_database_write(&place.db, &place.err, "UPDATE probe SET count = 1", ""), PX_ESTORE);
    assert_non_null(strstr(place.err.text, "held by another program for more than 50 ms"));
    /* The rest of the turn fails at once and does not wait again. */
    assert_int_equal(px_database_begin(&place.db, NULL), PX_ESTORE);
    assert_int_equal(px_database_turn(&place.db, NULL), PX_ESTORE);
    assert_int_equal(one.lost, 1);
    /* Reading goes on meanwhile. */
    sqlite3_stmt *row = px_database_query(&place.db, NULL, "SELECT count FROM probe", "");
    assert_int_equal(px_database_step(&place.db, row, NULL), 1);
    (void)sqlite3_reset(row);
    assert_int_equal(sqlite3_exec(rival, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(rival), SQLITE_OK);
    assert_int_equal(px_database_write(&place.db, NULL, "UPDATE probe SET count = 1", ""), 0);
    assert_int_equal(px_database_turn(&place.db, NULL), 0);
    remove_place(&place);
}

static void test_one_server_a_folder(void **unused)
{
    (void)unused;
    struct place place;
    struct px_state second;
    make_place(&place);
    assert_int_equal(px_state_claim(&place.state, &place.err), 0);
    assert_int_equal(px_state_open(&second, place.path, NULL), 0);
    assert_int_equal(px_state_claim(&second, &place.err), PX_EBUSY);
    assert_non_null(strstr(place.err.text, "--state-dir"));
    px_state_close(&place.state);
    assert_int_equal(px_state_claim(&second, NULL), 0);
    px_state_close(&second);
    remove_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_permissions),    cmocka_unit_test(test_versions),
        cmocka_unit_test(test_damage_is_said), cmocka_unit_test(test_turn_is_one_transaction),
        cmocka_unit_test(test_another_writes), cmocka_unit_test(test_one_server_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
