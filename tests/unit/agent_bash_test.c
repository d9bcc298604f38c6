/* Bash in a conversation, behind umbra.h: asking, what goes into the log and back to the model, cancelling.
 */
#include "driver.h"

static void respond(struct driver *driver, char *stream)
{
    driver_respond(driver, 200, stream, strlen(stream), 0);
    free(stream);
}

static void call(struct driver *driver, const char *id, const char *input)
{
    respond(driver, stream_calls("", id, "Bash", input, NULL));
}

static uint32_t open_with(struct driver *driver, const char *options)
{
    driver_open(driver, options);
    driver->memory->tick = 500;
    return driver_submit(driver, "{\"op\":\"send\",\"text\":\"run\"}");
}

/* The clock goes on for so long; the core is called when it wants to be. */
static void pass_time(struct driver *driver, int64_t milliseconds)
{
    int64_t end = driver->memory->monotonic + milliseconds * 1000;

    while (driver->memory->monotonic < end) {
        int64_t wake = umbra_next_wake(driver->runtime), left = (end - driver->memory->monotonic) / 1000 + 1;
        driver->memory->monotonic += (wake < 0 || wake > left ? left : wake) * 1000;
        driver_run(driver);
    }
}

/* The result that the last request gives back to the model for a call. */
static const char *sent_result(const struct driver *driver, const char *id, bool *failed)
{
    const cJSON *message, *block;
    const char *found = NULL;

    cJSON_ArrayForEach(message, json_get(driver->body, "messages"))
    {
        cJSON_ArrayForEach(block, json_get(message, "content"))
        {
            if (strcmp(json_string(block, "tool_use_id", ""), id) != 0) continue;
            found = json_string(block, "content", "");
            *failed = json_bool(block, "is_error", false);
        }
    }
    return found ? found : "no such result";
}

#define assert_result(driver, id, text, is_error)                                                            \
    do {                                                                                                     \
        bool failed_ = !(is_error);                                                                          \
        assert_string_equal(sent_result(driver, id, &failed_), text);                                        \
        assert_int_equal(failed_, is_error);                                                                 \
    } while (0)

static void a_command_asks_and_its_shell_stays(void **state)
{
    struct driver driver;
    const cJSON *event;

    (void)state;
    open_with(&driver, "");
    call(&driver, "b1", "{\"command\":\"cd /tmp\\nx=1\\necho a > /workspace/f\"}");
    event = driver_event(&driver, "permission_request");
    assert_string_equal(json_string(event, "summary", ""), "Bash cd /tmp …");
    driver_request(&driver, "{\"op\":\"decide\",\"id\":\"b1\",\"decision\":\"allow_session\"}");
    assert_result(&driver, "b1", "[the working directory is /tmp now]", false);
    event = driver_event(&driver, "tool_result");
    assert_true(json_number(event, "checkpoint", 0) > 0);
    assert_int_equal(json_number(driver_event(&driver, "changes"), "count", 0), 1);
    driver_forget_events(&driver);
    call(&driver, "b2", "{\"command\":\"pwd; echo $x; exit 4\"}");
    assert_null(driver_event(&driver, "permission_request"));
    assert_null(driver_event(&driver, "changes"));
    assert_null(json_get(driver_event(&driver, "tool_result"), "checkpoint"));
    assert_non_null(
        strstr(json_string(driver_event(&driver, "tool_result"), "content", ""), "exit status 4"));
    respond(&driver,
            stream_calls("", "b3", "Bash", "{\"command\":\"sleep 5; echo $x-\"}", "b4", "Read",
                         "{\"file_path\":\"f\"}", "b5", "Bash", "{\"command\":\"cat /workspace/f\"}", NULL));
    pass_time(&driver, 6000);
    assert_result(&driver, "b3", "-\n", false);
    assert_result(&driver, "b4", "     1\ta\n", false);
    assert_result(&driver, "b5", "a\n", false);
    assert_string_equal(json_string(driver_event(&driver, "tool_output"), "id", ""), "b5");
    respond(&driver, stream_text("Done."));
    driver_close(&driver);
}

static void what_may_not_write_may_not_run(void **state)
{
    struct driver driver;

    (void)state;
    open_with(&driver, "\"permissions\":\"deny\"");
    call(&driver, "b1", "{\"command\":\"ls\"}");
    assert_result(&driver, "b1", "Denied: this session allows no tool that writes.", true);
    driver_close(&driver);
}

static void cancel_is_logged_with_what_was_printed(void **state)
{
    struct driver driver;
    char *history;
    uint32_t id;

    (void)state;
    id = open_with(&driver, "\"permissions\":\"allow\"");
    respond(&driver, stream_calls("", "b1", "Bash",
                                  "{\"command\":\"x=1; echo a; echo b > f; sleep 1000; echo c > g\"}", "b2",
                                  "Bash", "{\"command\":\"echo never > h\"}", NULL));
    pass_time(&driver, 3000);
    assert_null(driver_answer(&driver, id));
    driver_request(&driver, "{\"op\":\"cancel\"}");
    assert_string_equal(json_string(driver_ok(driver_answer(&driver, id)), "stopReason", ""), "cancelled");
    history = driver_history(&driver);
    assert_string_equal(history, "user assistant tool_result tool_result turn_end");
    free(history);
    /* The next turn can begin at once; its command waits until what was given up is gone. */
    driver_submit(&driver, "{\"op\":\"send\",\"text\":\"again\"}");
    assert_result(&driver, "b1", "a\n[cancelled by the user; what it wrote until then stays]", true);
    assert_result(&driver, "b2", "Cancelled by the user before it ran.", true);
    call(&driver, "b3", "{\"command\":\"echo $x; ls\"}");
    pass_time(&driver, 100);
    assert_result(&driver, "b3", "1\nf\n", false);
    driver_close(&driver);
}

static void cancelling_a_kill_leaves_nothing_to_do(void **state)
{
    struct driver driver;

    (void)state;
    open_with(&driver, "\"permissions\":\"allow\"");
    call(&driver, "b1",
         "{\"command\":\"trap '' TERM; while :; do sleep 1; done\",\"run_in_background\":true}");
    pass_time(&driver, 100);
    respond(&driver, stream_calls("", "k", "KillShell", "{\"shell_id\":\"bash_1\"}", NULL));
    driver_request(&driver, "{\"op\":\"cancel\"}");
    pass_time(&driver, 5000);
    assert_int_equal(umbra_run(driver.runtime, 8), UMBRA_IDLE);
    assert_true(umbra_next_wake(driver.runtime) < 0);
    driver_close(&driver);
}

static void closing_in_the_middle_keeps_what_was_written(void **state)
{
    struct driver driver;
    char message[200];

    (void)state;
    open_with(&driver, "\"permissions\":\"allow\"");
    call(&driver, "b1", "{\"command\":\"echo a > f; sleep 500 & sleep 1000\",\"timeout\":600000}");
    umbra_close(driver.runtime);
    assert_int_equal(umbra_open(&driver.host, driver.options.data, &driver.runtime, message, sizeof message),
                     0);
    driver_request(&driver, "{\"op\":\"read\",\"path\":\"f\"}");
    assert_string_equal(buffer_string(&driver.blob), "a\n");
    driver.fetch = 0;
    driver_submit(&driver, "{\"op\":\"send\",\"text\":\"again\"}");
    {
        bool failed = false;
        assert_non_null(strstr(sent_result(&driver, "b1", &failed), "Interrupted: the runtime stopped"));
        assert_true(failed);
    }
    driver_close(&driver);
}

static void answers_come_while_the_background_writes(void **state)
{
    struct driver driver;
    char *stream = stream_text("A longer answer, in pieces.");
    uint32_t id;

    (void)state;
    id = open_with(&driver, "\"permissions\":\"allow\"");
    call(&driver, "b1",
         "{\"command\":\"while :; do echo x >> log; sleep 0.05; done\",\"run_in_background\":true}");
    driver_begin(&driver, 200, "{}");
    {
        size_t at, size = strlen(stream);
        for (at = 0; at < size; at += 40) {
            driver_data(&driver, stream + at, size - at < 40 ? size - at : 40, 0);
            pass_time(&driver, 120);
        }
    }
    driver_end(&driver);
    assert_string_equal(json_string(driver_ok(driver_answer(&driver, id)), "stopReason", ""), "end_turn");
    driver_ok(driver_request(&driver, "{\"op\":\"discard\"}"));
    free(stream);
    driver_close(&driver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_asks_and_its_shell_stays),
        cmocka_unit_test(what_may_not_write_may_not_run),
        cmocka_unit_test(cancel_is_logged_with_what_was_printed),
        cmocka_unit_test(cancelling_a_kill_leaves_nothing_to_do),
        cmocka_unit_test(closing_in_the_middle_keeps_what_was_written),
        cmocka_unit_test(answers_come_while_the_background_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
