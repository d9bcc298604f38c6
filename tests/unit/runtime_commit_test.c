/* Commits seen from the host: the steps, what is read for them, the record, and undoing, cut off anywhere. */
#include "driver.h"

static int setup(void **state)
{
    struct driver *driver = calloc(1, sizeof *driver);
    driver_open(driver, "\"permissions\":\"allow\",\"limits\":{\"max_commits\":3}");
    *state = driver;
    return 0;
}

static int teardown(void **state)
{
    driver_close(*state);
    free(*state);
    return 0;
}

static void put(struct driver *driver, const char *path, const char *text)
{
    driver_ok(driver_request(
        driver, "{\"op\":\"tool\",\"name\":\"Write\",\"input\":{\"file_path\":\"%s\",\"content\":\"%s\"}}",
        path, text));
}

static void accept_all(struct driver *driver)
{
    driver_ok(driver_request(driver, "{\"op\":\"accept\"}"));
}

static void assert_side(struct driver *driver, const char *path, const char *side, const char *text)
{
    driver_ok(driver_request(driver, "{\"op\":\"read\",\"path\":\"%s\",\"side\":\"%s\"}", path, side));
    assert_string_equal(buffer_string(&driver->blob), text);
}

static void assert_step_side(struct driver *driver, int step, const char *side, const char *text)
{
    driver_ok(driver_request(driver, "{\"op\":\"read\",\"step\":%d,\"side\":\"%s\"}", step, side));
    assert_string_equal(buffer_string(&driver->blob), text);
}

/* "modified a added b" of a list with path and kind; numbered, "0 modified a 1 added b". */
static void assert_list(const cJSON *list, const char *number, const char *expected)
{
    const cJSON *item;
    struct buffer text = {0};
    cJSON_ArrayForEach(item, list)
    {
        if (text.size) buffer_put_byte(&text, ' ');
        if (number) buffer_printf(&text, "%.0f ", json_number(item, number, -1));
        buffer_printf(&text, "%s %s", json_string(item, "kind", ""), json_string(item, "path", ""));
    }
    assert_string_equal(buffer_string(&text), expected);
    buffer_free(&text);
}

static void assert_changes_are(struct driver *driver, const char *expected)
{
    assert_list(driver_ok(driver_request(driver, "{\"op\":\"changes\"}")), NULL, expected);
}

/* The number of the commit that begins; its steps are as expected. */
static int begin(struct driver *driver, const char *request, const char *expected)
{
    const cJSON *answer = driver_ok(driver_request(driver, "%s", request));
    assert_list(json_get(answer, "steps"), "step", expected);
    return (int)json_number(answer, "commit", -1);
}

static void step(struct driver *driver, int number)
{
    driver_ok(driver_request(driver, "{\"op\":\"commit_step\",\"step\":%d}", number));
}

static void end(struct driver *driver)
{
    driver_request(driver, "{\"op\":\"commit_end\"}");
}

/* "done 2 left 0 undone 0 unknown 1" of the newest commit; "" when there is none. */
static void assert_newest(struct driver *driver, const char *expected)
{
    const cJSON *item = cJSON_GetArrayItem(driver_ok(driver_request(driver, "{\"op\":\"commits\"}")), 0);
    char text[100] = "";
    if (item)
        snprintf(text, sizeof text, "done %.0f left %.0f undone %.0f unknown %.0f",
                 json_number(item, "done", -1), json_number(item, "left", -1),
                 json_number(item, "undone", -1), json_number(item, "unknown", -1));
    assert_string_equal(text, expected);
}

static int checkpoints(struct driver *driver)
{
    const cJSON *item;
    int count = 0;
    cJSON_ArrayForEach(item, driver_ok(driver_request(driver, "{\"op\":\"checkpoints\"}")))
    {
        count += !json_bool(item, "automatic", true);
    }
    return count;
}

/* a is in the base and changed, c is new. */
static void two_changes(struct driver *driver)
{
    put(driver, "a", "a1");
    accept_all(driver);
    put(driver, "a", "a2");
    put(driver, "c", "c1");
}

static void a_commit_moves_the_base_step_by_step_and_back(void **state)
{
    struct driver *driver = *state;
    int number, undone;

    two_changes(driver);
    number = begin(driver, "{\"op\":\"commit_begin\"}", "0 modified a 1 added c");
    assert_true(number > 0);
    assert_step_side(driver, 0, "old", "a1");
    assert_step_side(driver, 0, "new", "a2");
    driver_assert_refused(driver_request(driver, "{\"op\":\"read\",\"step\":1,\"side\":\"old\"}"), "ENOENT",
                          "c");
    /* The agent goes on meanwhile: what is committed is what was there at the beginning. */
    put(driver, "a", "a3");
    assert_step_side(driver, 0, "new", "a2");
    step(driver, 0);
    assert_side(driver, "a", "base", "a2");
    driver_assert_refused(driver_request(driver, "{\"op\":\"commit_step\",\"step\":0}"), "EINVAL", "is done");
    step(driver, 1);
    end(driver);
    assert_changes_are(driver, "modified a");
    assert_newest(driver, "done 2 left 0 undone 0 unknown 0");

    undone = begin(driver, "{\"op\":\"undo_begin\"}", "1 deleted c 0 modified a");
    assert_int_equal(undone, number);
    assert_step_side(driver, 1, "old", "c1");
    assert_step_side(driver, 0, "old", "a2");
    assert_step_side(driver, 0, "new", "a1");
    step(driver, 1);
    step(driver, 0);
    end(driver);
    assert_newest(driver, "done 0 left 0 undone 2 unknown 0");
    assert_changes_are(driver, "modified a added c");
    assert_side(driver, "a", "base", "a1");
    assert_side(driver, "a", "head", "a3");
    driver_assert_refused(driver_request(driver, "{\"op\":\"undo_begin\"}"), "ENOENT",
                          "no commit to be undone");
    driver_assert_refused(driver_request(driver, "{\"op\":\"undo_begin\",\"commit\":4000}"), "ENOENT",
                          "commit 4000");
}

static void a_folder_of_the_base_goes_with_its_last_file(void **state)
{
    struct driver *driver = *state;

    put(driver, "old/x", "one\\ntwo\\nthree\\n");
    accept_all(driver);
    put(driver, "new/deep/y", "y");
    begin(driver, "{\"op\":\"commit_begin\"}", "0 added new/deep/y");
    step(driver, 0);
    end(driver);
    begin(driver, "{\"op\":\"undo_begin\"}", "0 deleted new/deep/y");
    step(driver, 0);
    end(driver);
    assert_changes_are(driver, "added new/deep/y");
    /* Only files are changes; an empty folder in the base would stay for ever. */
    driver_assert_refused(driver_request(driver, "{\"op\":\"read\",\"path\":\"new\",\"side\":\"base\"}"),
                          "ENOENT", "new");
}

static void a_commit_of_hunks_is_undone_exactly(void **state)
{
    struct driver *driver = *state;
    const char *lines = "1\\n2\\n3\\n4\\n5\\n6\\n7\\n8\\n9\\n10\\n11\\n12\\n13\\n14\\n15\\n16\\n";
    const char *other = "x1\\n2\\n3\\n4\\n5\\n6\\n7\\n8\\n9\\n10\\n11\\n12\\n13\\n14\\n15\\nx16\\n";
    char id[40], request[200];

    put(driver, "n", lines);
    accept_all(driver);
    put(driver, "n", other);
    snprintf(id, sizeof id, "%s",
             json_string(driver_ok(driver_request(driver, "{\"op\":\"diff\",\"path\":\"n\"}")), "id", ""));
    snprintf(request, sizeof request,
             "{\"op\":\"commit_begin\",\"paths\":[{\"path\":\"n\",\"hunks\":[2],\"id\":\"%s\"}]}", id);
    begin(driver, request, "0 modified n");
    put(driver, "n", "something else\\n");
    step(driver, 0);
    end(driver);
    assert_side(driver, "n", "base", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\nx16\n");
    begin(driver, "{\"op\":\"undo_begin\"}", "0 modified n");
    assert_step_side(driver, 0, "old", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\nx16\n");
    step(driver, 0);
    end(driver);
    assert_side(driver, "n", "base", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n");
    assert_side(driver, "n", "head", "something else\n");
}

static void what_cannot_be_committed_is_refused_before_anything_is_written(void **state)
{
    struct driver *driver = *state;
    const cJSON *answer, *refused;

    two_changes(driver);
    answer = driver_ok(
        driver_request(driver, "{\"op\":\"commit_begin\",\"paths\":[{\"path\":\"a\",\"hunks\":[1],\"id\":"
                               "\"old\"},{\"path\":\"c\",\"hunks\":[1],\"id\":\"x\"}]}"));
    assert_int_equal(json_number(answer, "commit", -1), 0);
    refused = json_get(answer, "refused");
    assert_int_equal(cJSON_GetArraySize(refused), 2);
    assert_string_equal(json_string(cJSON_GetArrayItem(refused, 0), "code", ""), "ECONFLICT");
    assert_string_equal(json_string(cJSON_GetArrayItem(refused, 1), "code", ""), "EINVAL");
    assert_int_equal(checkpoints(driver), 0);
    driver_assert_refused(driver_request(driver, "{\"op\":\"commit_begin\",\"paths\":[\"a\",\"nope\"]}"),
                          "ENOENT", "nope has not changed");
    driver_assert_refused(driver_request(driver, "{\"op\":\"commit_begin\",\"paths\":[\"a\",\"a\"]}"),
                          "EINVAL", "named twice");
    driver_assert_refused(driver_request(driver, "{\"op\":\"commit_step\",\"step\":0}"), "EINVAL",
                          "no commit");
    driver_assert_refused(driver_request(driver, "{\"op\":\"commit_end\"}"), "EINVAL", "no commit");
    assert_int_equal(checkpoints(driver), 0);
}

static void one_thing_at_a_time(void **state)
{
    struct driver *driver = *state;

    two_changes(driver);
    begin(driver, "{\"op\":\"commit_begin\"}", "0 modified a 1 added c");
    driver_assert_refused(driver_request(driver, "{\"op\":\"commit_begin\"}"), "EBUSY",
                          "a commit is running");
    driver_assert_refused(driver_request(driver, "{\"op\":\"undo_begin\"}"), "EBUSY", "a commit is running");
    driver_assert_refused(driver_request(driver, "{\"op\":\"import_begin\",\"refresh\":true}"), "EBUSY",
                          "a commit is running");
    driver_assert_refused(driver_request(driver, "{\"op\":\"drop_checkpoint\",\"checkpoint\":1}"), "EBUSY",
                          "a commit is running");
    driver_assert_refused(driver_request(driver, "{\"op\":\"commit_step\",\"step\":2}"), "EINVAL",
                          "no step 2");
    driver_assert_refused(driver_request(driver, "{\"op\":\"commit_step\"}"), "EINVAL", "no step -1");
    end(driver);
    driver_ok(driver_request(driver, "{\"op\":\"import_begin\",\"refresh\":true}"));
    driver_assert_refused(driver_request(driver, "{\"op\":\"commit_begin\"}"), "EBUSY",
                          "an import is running");
    driver_ok(driver_request(driver, "{\"op\":\"import_cancel\"}"));
}

static void what_was_left_alone_is_not_undone(void **state)
{
    struct driver *driver = *state;

    two_changes(driver);
    begin(driver, "{\"op\":\"commit_begin\"}", "0 modified a 1 added c");
    step(driver, 1);
    driver_request(driver, "{\"op\":\"commit_end\",\"left\":[0,1,7,\"x\"]}");
    assert_newest(driver, "done 1 left 1 undone 0 unknown 0");
    begin(driver, "{\"op\":\"undo_begin\"}", "1 deleted c");
    step(driver, 1);
    end(driver);
    assert_newest(driver, "done 0 left 1 undone 1 unknown 0");
    assert_int_equal(checkpoints(driver), 2);
    /* Nothing was done: nothing is kept. */
    begin(driver, "{\"op\":\"commit_begin\"}", "0 modified a 1 added c");
    driver_request(driver, "{\"op\":\"commit_end\",\"left\":[0,1]}");
    assert_newest(driver, "done 0 left 1 undone 1 unknown 0");
    assert_int_equal(checkpoints(driver), 2);
}

/* The whole way, cut off after each of its requests, with all or none of what was not flushed. */
static void cut_off_anywhere_it_can_be_undone(void **state)
{
    unsigned keep;
    int cut;
    (void)state;

    for (keep = 0; keep <= 100; keep += 100) {
        for (cut = 0; cut <= 3; cut++) {
            struct driver driver = {0};
            driver_open(&driver, "\"permissions\":\"allow\"");
            two_changes(&driver);
            begin(&driver, "{\"op\":\"commit_begin\"}", "0 modified a 1 added c");
            if (cut >= 1) step(&driver, 0);
            if (cut >= 2) step(&driver, 1);
            if (cut >= 3) end(&driver);
            driver_crash(&driver, keep);
            assert_newest(&driver, cut == 0   ? "done 0 left 0 undone 0 unknown 2"
                                   : cut == 1 ? "done 1 left 0 undone 0 unknown 1"
                                              : "done 2 left 0 undone 0 unknown 0");
            assert_side(&driver, "a", "base", cut >= 1 ? "a2" : "a1");
            begin(&driver, "{\"op\":\"undo_begin\"}", "1 deleted c 0 modified a");
            step(&driver, 1);
            driver_crash(&driver, keep);
            begin(&driver, "{\"op\":\"undo_begin\"}", "0 modified a");
            step(&driver, 0);
            driver_crash(&driver, keep);
            assert_newest(&driver, "done 0 left 0 undone 2 unknown 0");
            assert_changes_are(&driver, "modified a added c");
            assert_side(&driver, "a", "base", "a1");
            driver_close(&driver);
        }
    }
}

static void commit_one(struct driver *driver, const char *text)
{
    put(driver, "a", text);
    driver_ok(driver_request(driver, "{\"op\":\"commit_begin\"}"));
    step(driver, 0);
    end(driver);
}

static void so_many_are_kept(void **state)
{
    struct driver *driver = *state;
    const cJSON *list;
    int i, last;

    for (i = 0; i < 7; i++) {
        char text[2] = {(char)('1' + i), 0};
        commit_one(driver, text);
    }
    list = driver_ok(driver_request(driver, "{\"op\":\"commits\"}"));
    assert_int_equal(cJSON_GetArraySize(list), 3);
    last = (int)json_number(cJSON_GetArrayItem(list, 0), "commit", 0);
    assert_true(last > json_number(cJSON_GetArrayItem(list, 1), "commit", 0));
    assert_int_equal(checkpoints(driver), 6);
    /* Undone from the newest to the oldest that is kept. */
    for (i = 0; i < 3; i++) {
        begin(driver, "{\"op\":\"undo_begin\"}", "0 modified a");
        step(driver, 0);
        end(driver);
    }
    assert_side(driver, "a", "base", "4");
    driver_assert_refused(driver_request(driver, "{\"op\":\"undo_begin\"}"), "ENOENT", "no commit");
    list = driver_ok(driver_request(driver, "{\"op\":\"commits\",\"commit\":%d}", last));
    assert_int_equal(cJSON_GetArraySize(list), 1);
    assert_list(json_get(cJSON_GetArrayItem(list, 0), "steps"), NULL, "modified a");
}

static void dropping_a_checkpoint_of_a_commit_forgets_the_commit(void **state)
{
    struct driver *driver = *state;
    const cJSON *item;
    int number = 0, marked = 0;

    commit_one(driver, "1");
    cJSON_ArrayForEach(item, driver_ok(driver_request(driver, "{\"op\":\"checkpoints\"}")))
    {
        if (json_get(item, "commit") == NULL) continue;
        marked++;
        number = (int)json_number(item, "checkpoint", 0);
    }
    assert_int_equal(marked, 2);
    driver_request(driver, "{\"op\":\"drop_checkpoint\",\"checkpoint\":%d}", number);
    assert_newest(driver, "");
    assert_int_equal(checkpoints(driver), 0);
}

static void another_folder_has_no_commits_to_undo(void **state)
{
    struct driver *driver = *state;

    commit_one(driver, "1");
    driver_request(driver, "{\"op\":\"import_begin\"}");
    driver_request(driver, "{\"op\":\"import_cancel\"}");
    assert_newest(driver, "done 1 left 0 undone 0 unknown 0");
    driver_request(driver, "{\"op\":\"import_begin\"}");
    driver_ok(driver_request(driver, "{\"op\":\"import_end\"}"));
    assert_newest(driver, "");
    assert_int_equal(checkpoints(driver), 0);
    driver_crash(driver, 100);
    assert_newest(driver, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_commit_moves_the_base_step_by_step_and_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_folder_of_the_base_goes_with_its_last_file, setup, teardown),
        cmocka_unit_test_setup_teardown(a_commit_of_hunks_is_undone_exactly, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_committed_is_refused_before_anything_is_written, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(one_thing_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_left_alone_is_not_undone, setup, teardown),
        cmocka_unit_test(cut_off_anywhere_it_can_be_undone),
        cmocka_unit_test_setup_teardown(so_many_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(dropping_a_checkpoint_of_a_commit_forgets_the_commit, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(another_folder_has_no_commits_to_undo, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
