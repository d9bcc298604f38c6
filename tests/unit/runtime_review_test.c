/* The operations that show changes and take them, or some of their hunks, over or back. */
#include "driver.h"

static int setup(void **state)
{
    struct driver *driver = calloc(1, sizeof *driver);
    driver_open(driver, "\"permissions\":\"allow\"");
    *state = driver;
    return 0;
}

static int teardown(void **state)
{
    driver_close(*state);
    free(*state);
    return 0;
}

/* Lines 1 to 40, those that are named with a word before them; newlines as `newline`. */
static char *numbers(const char *newline, int first, int second, int third)
{
    struct buffer text = {0};
    int i;
    for (i = 1; i <= 40; i++) {
        bool changed = i == first || i == second || i == third;
        buffer_printf(&text, "%s%d%s", changed ? "new " : "", i, newline);
    }
    return buffer_take(&text);
}

static void put(struct driver *driver, const char *path, const char *text)
{
    driver_ok(driver_request(
        driver, "{\"op\":\"tool\",\"name\":\"Write\",\"input\":{\"file_path\":\"%s\",\"content\":\"%s\"}}",
        path, text));
}

static void put_numbers(struct driver *driver, const char *path, int first, int second, int third)
{
    char *text = numbers("\\n", first, second, third);
    put(driver, path, text);
    free(text);
}

/* The base has it too. */
static void accept(struct driver *driver, const char *path)
{
    driver_ok(driver_request(driver, "{\"op\":\"accept\",\"paths\":[\"%s\"]}", path));
}

static void assert_side(struct driver *driver, const char *path, const char *side, const char *text)
{
    driver_ok(driver_request(driver, "{\"op\":\"read\",\"path\":\"%s\",\"side\":\"%s\"}", path, side));
    assert_string_equal(buffer_string(&driver->blob), text);
}

static void assert_numbers(struct driver *driver, const char *path, const char *side, int first, int second,
                           int third)
{
    char *text = numbers("\n", first, second, third);
    assert_side(driver, path, side, text);
    free(text);
}

/* The names and kinds, as "modified a added b". */
static void assert_changes_are(struct driver *driver, const char *expected)
{
    const cJSON *change;
    struct buffer text = {0};
    cJSON_ArrayForEach(change, driver_ok(driver_request(driver, "{\"op\":\"changes\"}")))
    {
        buffer_printf(&text, "%s%s %s", text.size ? " " : "", json_string(change, "kind", ""),
                      json_string(change, "path", ""));
    }
    assert_string_equal(buffer_string(&text), expected);
    buffer_free(&text);
}

static void id_of(struct driver *driver, const char *path, char *id)
{
    const cJSON *diff = driver_ok(driver_request(driver, "{\"op\":\"diff\",\"path\":\"%s\"}", path));
    snprintf(id, 40, "%s", json_string(diff, "id", ""));
    assert_int_equal(strlen(id), 32);
}

/* n.txt of 40 lines, of which 5, 20 and 35 are changed: three hunks. */
static void three_hunks(struct driver *driver, char *id)
{
    put_numbers(driver, "n.txt", 0, 0, 0);
    accept(driver, "n.txt");
    put_numbers(driver, "n.txt", 5, 20, 35);
    id_of(driver, "n.txt", id);
}

static void a_diff_has_numbered_hunks(void **state)
{
    struct driver *driver = *state;
    const cJSON *diff, *hunk;
    char id[40];
    int index = 0;

    three_hunks(driver, id);
    diff = driver_ok(driver_request(driver, "{\"op\":\"diff\",\"path\":\"n.txt\"}"));
    assert_int_equal(json_number(diff, "added", 0), 3);
    cJSON_ArrayForEach(hunk, json_get(diff, "hunks"))
        assert_int_equal(json_number(hunk, "index", 0), ++index);
    assert_int_equal(index, 3);
    driver_assert_refused(driver_request(driver, "{\"op\":\"diff\",\"path\":\"nope\"}"), "ENOENT",
                          "nope has not changed");
}

static void some_hunks_are_read_accepted_and_discarded(void **state)
{
    struct driver *driver = *state;
    char id[40], *wanted = numbers("\n", 5, 35, 0);
    const cJSON *info;

    three_hunks(driver, id);
    info = driver_ok(
        driver_request(driver, "{\"op\":\"read\",\"path\":\"n.txt\",\"hunks\":[3,1],\"id\":\"%s\"}", id));
    assert_int_equal(json_number(info, "size", 0), strlen(wanted));
    assert_string_equal(buffer_string(&driver->blob), wanted);
    driver_ok(driver_request(
        driver,
        "{\"op\":\"read\",\"path\":\"n.txt\",\"hunks\":[3,1],\"id\":\"%s\",\"offset\":10,\"length\":5}", id));
    assert_int_equal(driver->blob.size, 5);
    assert_memory_equal(driver->blob.data, wanted + 10, 5);
    free(wanted);

    driver_ok(
        driver_request(driver, "{\"op\":\"accept\",\"path\":\"n.txt\",\"hunks\":[1,3],\"id\":\"%s\"}", id));
    assert_numbers(driver, "n.txt", "base", 5, 35, 0);
    assert_numbers(driver, "n.txt", "head", 5, 20, 35);
    driver_assert_refused(
        driver_request(driver, "{\"op\":\"accept\",\"path\":\"n.txt\",\"hunks\":[1],\"id\":\"%s\"}", id),
        "ECONFLICT", "look at it again");

    put_numbers(driver, "n.txt", 8, 20, 35);
    id_of(driver, "n.txt", id);
    driver_ok(driver_request(
        driver, "{\"op\":\"discard\",\"paths\":[{\"path\":\"n.txt\",\"hunks\":[1],\"id\":\"%s\"}]}", id));
    assert_numbers(driver, "n.txt", "head", 5, 20, 35);
    driver_crash(driver, 0);
    assert_numbers(driver, "n.txt", "base", 5, 35, 0);
    assert_numbers(driver, "n.txt", "head", 5, 20, 35);
    id_of(driver, "n.txt", id);
    driver_ok(
        driver_request(driver, "{\"op\":\"discard\",\"path\":\"n.txt\",\"hunks\":[1],\"id\":\"%s\"}", id));
    assert_changes_are(driver, "");
}

/* Hunks of one file beside whole changes, in one transaction. */
static void choices_are_settled_together_or_not_at_all(void **state)
{
    struct driver *driver = *state;
    char id[40];

    three_hunks(driver, id);
    put(driver, "new.txt", "new");
    put(driver, "other.txt", "other");
    driver_assert_refused(
        driver_request(driver,
                       "{\"op\":\"accept\",\"paths\":[\"new.txt\",{\"path\":\"n.txt\",\"hunks\":[2],\"id\":"
                       "\"stale\"}]}"),
        "ECONFLICT", "n.txt");
    assert_changes_are(driver, "modified n.txt added new.txt added other.txt");
    driver_ok(driver_request(
        driver,
        "{\"op\":\"accept\",\"paths\":[\"new.txt\",{\"path\":\"n.txt\",\"hunks\":[2],\"id\":\"%s\"}]}", id));
    assert_changes_are(driver, "modified n.txt added other.txt");
    assert_numbers(driver, "n.txt", "base", 20, 0, 0);
    driver_assert_refused(
        driver_request(driver, "{\"op\":\"discard\",\"paths\":[\"other.txt\",\"other.txt\"]}"), "EINVAL",
        "twice");
    driver_ok(driver_request(driver, "{\"op\":\"discard\"}"));
    assert_changes_are(driver, "");
}

static void bad_choices_are_refused(void **state)
{
    struct driver *driver = *state;
    char id[40];

    three_hunks(driver, id);
    driver_assert_refused(driver_request(driver, "{\"op\":\"accept\",\"path\":\"n.txt\",\"hunks\":[1]}"),
                          "EINVAL", "\"id\"");
    driver_assert_refused(
        driver_request(driver, "{\"op\":\"accept\",\"path\":\"n.txt\",\"hunks\":[4],\"id\":\"%s\"}", id),
        "EINVAL", "3 hunks, and no hunk 4");
    driver_assert_refused(
        driver_request(driver, "{\"op\":\"accept\",\"path\":\"n.txt\",\"hunks\":[1.5],\"id\":\"%s\"}", id),
        "EINVAL", "no hunk 1.5");
    driver_assert_refused(
        driver_request(driver, "{\"op\":\"accept\",\"path\":\"n.txt\",\"hunks\":[],\"id\":\"%s\"}", id),
        "EINVAL", "no hunk of n.txt is chosen");
    driver_assert_refused(
        driver_request(driver, "{\"op\":\"accept\",\"path\":\"n.txt\",\"hunks\":\"1\",\"id\":\"%s\"}", id),
        "EINVAL", "array");
    put(driver, "new.txt", "new");
    id_of(driver, "new.txt", id);
    driver_assert_refused(
        driver_request(driver, "{\"op\":\"discard\",\"path\":\"new.txt\",\"hunks\":[1],\"id\":\"%s\"}", id),
        "EINVAL", "was added; it is taken as a whole");
    driver_assert_refused(driver_request(driver, "{\"op\":\"accept\",\"path\":\"new.txt\",\"id\":\"other\"}"),
                          "ECONFLICT", "new.txt");
    assert_changes_are(driver, "modified n.txt added new.txt");
    driver_assert_refused(driver_request(driver, "{\"op\":\"read\",\"path\":\"n.txt\",\"side\":\"left\"}"),
                          "EINVAL", "checkpoint");
}

static void an_accepted_file_has_the_real_ones_time(void **state)
{
    struct driver *driver = *state;
    const cJSON *info;

    put(driver, "a", "1");
    driver_ok(driver_request(driver, "{\"op\":\"accept\",\"path\":\"a\",\"mtime\":1234567890123}"));
    info = driver_ok(driver_request(driver, "{\"op\":\"read\",\"path\":\"a\",\"side\":\"base\"}"));
    assert_true(json_number(info, "mtime", 0) == 1234567890123.0);
    info = driver_ok(driver_request(driver, "{\"op\":\"read\",\"path\":\"a\"}"));
    assert_true(json_number(info, "mtime", 0) == 1234567890123.0);
}

/* Each call that writes keeps the tree before it as a checkpoint. */
static void changes_between_checkpoints(void **state)
{
    struct driver *driver = *state;
    const cJSON *changes;

    put(driver, "a", "1\\n");
    put(driver, "b", "1\\n");
    put(driver, "a", "2\\n");
    changes = driver_ok(driver_request(driver, "{\"op\":\"changes\",\"from\":2,\"to\":3}"));
    assert_int_equal(cJSON_GetArraySize(changes), 1);
    assert_string_equal(json_string(cJSON_GetArrayItem(changes, 0), "path", ""), "b");
    driver_ok(driver_request(driver, "{\"op\":\"patch\",\"from\":3,\"to\":\"head\"}"));
    assert_string_equal(buffer_string(&driver->blob),
                        "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+2\n");
    driver_ok(driver_request(
        driver, "{\"op\":\"patch\",\"from\":\"head\",\"to\":3,\"paths\":[\"a\"],\"numbered\":true}"));
    assert_non_null(strstr(driver->blob.data, "@@ hunk 1 @@ -1 +1 @@\n-2\n+1\n"));
    driver_ok(driver_request(driver, "{\"op\":\"read\",\"path\":\"a\",\"side\":3}"));
    assert_string_equal(buffer_string(&driver->blob), "1\n");
    driver_assert_refused(driver_request(driver, "{\"op\":\"changes\",\"from\":99}"), "ENOENT",
                          "no checkpoint 99");
    driver_assert_refused(driver_request(driver, "{\"op\":\"changes\",\"from\":1.5}"), "ENOENT",
                          "no checkpoint 1.5");
    driver_assert_refused(driver_request(driver, "{\"op\":\"changes\",\"from\":\"first\"}"), "EINVAL",
                          "\"from\"");
}

static void a_large_file_says_so(void **state)
{
    struct driver *driver = *state;
    const cJSON *diff;

    driver_close(driver);
    driver_open(driver, "\"limits\":{\"diff_bytes\":10}");
    put(driver, "a", "0123456789 and more");
    diff = driver_ok(driver_request(driver, "{\"op\":\"diff\",\"path\":\"a\"}"));
    assert_true(json_bool(diff, "tooLarge", false));
    driver_ok(driver_request(driver, "{\"op\":\"patch\"}"));
    assert_non_null(strstr(driver->blob.data, "are too large to compare"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_diff_has_numbered_hunks),
        TEST(some_hunks_are_read_accepted_and_discarded),
        TEST(choices_are_settled_together_or_not_at_all),
        TEST(bad_choices_are_refused),
        TEST(an_accepted_file_has_the_real_ones_time),
        TEST(changes_between_checkpoints),
        TEST(a_large_file_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
