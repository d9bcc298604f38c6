/* The agent's loop behind umbra.h: answers, tool calls, permissions, failures, crashes. */
#include "driver.h"

static const char *ok_string(const cJSON *answer, const char *key)
{
    return json_string(json_get(answer, "ok"), key, "");
}

static const char *error_code(const cJSON *answer)
{
    return json_string(json_get(answer, "error"), "code", "");
}

static void assert_history(struct driver *driver, const char *expected)
{
    char *history = driver_history(driver);
    assert_string_equal(history, expected);
    free(history);
}

/* The request's message roles: "user assistant user". */
static void assert_roles(const struct driver *driver, const char *expected)
{
    struct buffer roles = {0};
    const cJSON *message;

    cJSON_ArrayForEach(message, json_get(driver->body, "messages"))
    {
        if (roles.size) buffer_put_byte(&roles, ' ');
        buffer_put_string(&roles, json_string(message, "role", "?"));
    }
    assert_string_equal(buffer_string(&roles), expected);
    buffer_free(&roles);
}

static const cJSON *sent_block(const struct driver *driver, int message, int block)
{
    return cJSON_GetArrayItem(
        json_get(cJSON_GetArrayItem(json_get(driver->body, "messages"), message), "content"), block);
}

static void respond(struct driver *driver, char *stream)
{
    driver_respond(driver, 200, stream, strlen(stream), 0);
    free(stream);
}

static void plain_answer_in_pieces_of_every_size(void **state)
{
    static const size_t pieces[] = {1, 2, 3, 7, 64, 1000, 0};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct driver driver;
        char *stream = stream_text("Grüße — 日本 🎉\n\"quoted\"");
        uint32_t id;

        driver_open(&driver, "");
        id = driver_submit(&driver, "{\"op\":\"send\",\"text\":\"hi\"}");
        assert_null(driver_answer(&driver, id));
        assert_string_equal(driver.url, "http://127.0.0.1:1/v1/anthropic/v1/messages");
        assert_string_equal(driver.credential, "anthropic");
        driver_respond(&driver, 200, stream, strlen(stream), pieces[i]);
        assert_string_equal(ok_string(driver_answer(&driver, id), "stopReason"), "end_turn");
        assert_string_equal(ok_string(driver_answer(&driver, id), "text"), "Grüße — 日本 🎉\n\"quoted\"");
        assert_history(&driver, "user assistant turn_end");
        free(stream);
        driver_close(&driver);
    }
}

static void read_only_calls_run_and_failures_are_results(void **state)
{
    struct driver driver;
    uint32_t id;

    (void)state;
    driver_open(&driver, "");
    id = driver_submit(&driver, "{\"op\":\"send\",\"text\":\"look\"}");
    respond(&driver, stream_calls("I look.", "a", "ListDir", "{}", "b", "Read", "{\"file_path\":\"none\"}",
                                  "c", "Nope", "{}", "d", "Read", "{\"file_path\":3}", "e", "Read",
                                  "{\"file_pa", "f", "Read", "{\"file_path\":\"../x\"}", "g", "Read",
                                  "{\"file_path\":\"a\\\\u0000b\"}", NULL));
    assert_null(driver_answer(&driver, id));
    assert_roles(&driver, "user assistant user");
    assert_string_equal(json_string(sent_block(&driver, 2, 0), "tool_use_id", ""), "a");
    assert_false(json_bool(sent_block(&driver, 2, 0), "is_error", true));
    assert_non_null(strstr(json_string(sent_block(&driver, 2, 1), "content", ""), "none: no such file"));
    assert_non_null(strstr(json_string(sent_block(&driver, 2, 2), "content", ""), "Nope"));
    assert_non_null(
        strstr(json_string(sent_block(&driver, 2, 3), "content", ""), "\"file_path\" must be a string"));
    assert_non_null(strstr(json_string(sent_block(&driver, 2, 4), "content", ""), "not valid JSON"));
    assert_non_null(strstr(json_string(sent_block(&driver, 2, 5), "content", ""), "out of the workspace"));
    assert_true(json_bool(sent_block(&driver, 2, 6), "is_error", false));
    respond(&driver, stream_text("Done."));
    assert_string_equal(ok_string(driver_answer(&driver, id), "text"), "Done.");
    driver_close(&driver);
}

static const char write_a[] = "{\"file_path\":\"a\",\"content\":\"1\"}";
static const char write_b[] = "{\"file_path\":\"b\",\"content\":\"2\"}";

static void writing_asks_and_each_decision_counts(void **state)
{
    struct driver driver;
    uint32_t id;

    (void)state;
    driver_open(&driver, "");
    id = driver_submit(&driver, "{\"op\":\"send\",\"text\":\"write\"}");
    respond(&driver, stream_calls("", "w1", "Write", write_a, "w2", "Write", write_b, NULL));
    assert_string_equal(json_string(driver_event(&driver, "permission_request"), "id", ""), "w1");
    assert_string_equal(json_string(driver_event(&driver, "permission_request"), "summary", ""), "Write a");
    assert_string_equal(
        error_code(driver_request(&driver, "{\"op\":\"decide\",\"id\":\"w2\",\"decision\":\"allow\"}")),
        "ENOENT");
    assert_string_equal(
        error_code(driver_request(&driver, "{\"op\":\"decide\",\"id\":\"w1\",\"decision\":\"maybe\"}")),
        "EINVAL");
    assert_int_equal(driver.fetches, 1);
    driver_request(&driver, "{\"op\":\"decide\",\"id\":\"w1\",\"decision\":\"deny\",\"reason\":\"not now\"}");
    assert_string_equal(json_string(driver_event(&driver, "permission_request"), "id", ""), "w2");
    driver_request(&driver, "{\"op\":\"decide\",\"id\":\"w2\",\"decision\":\"allow_session\"}");
    assert_non_null(strstr(json_string(sent_block(&driver, 2, 0), "content", ""), "not now"));
    assert_true(json_bool(sent_block(&driver, 2, 0), "is_error", false));
    assert_false(json_bool(sent_block(&driver, 2, 1), "is_error", true));
    driver_forget_events(&driver);
    respond(&driver, stream_calls("", "w3", "Write", write_a, NULL));
    assert_null(driver_event(&driver, "permission_request"));
    assert_int_equal(json_number(driver_event(&driver, "changes"), "count", 0), 2);
    respond(&driver, stream_text("Done."));
    assert_string_equal(ok_string(driver_answer(&driver, id), "stopReason"), "end_turn");
    /* A new conversation asks again. */
    driver_request(&driver, "{\"op\":\"new_session\"}");
    driver_submit(&driver, "{\"op\":\"send\",\"text\":\"write\"}");
    assert_roles(&driver, "user");
    driver_forget_events(&driver);
    respond(&driver, stream_calls("", "w4", "Write", write_a, NULL));
    assert_non_null(driver_event(&driver, "permission_request"));
    driver_close(&driver);
}

static void cancel_keeps_what_came(void **state)
{
    struct driver driver;
    char *stream = stream_text("The first half and the second half.");
    uint32_t id;

    (void)state;
    driver_open(&driver, "");
    id = driver_submit(&driver, "{\"op\":\"send\",\"text\":\"talk\"}");
    assert_string_equal(error_code(driver_request(&driver, "{\"op\":\"send\",\"text\":\"again\"}")), "EBUSY");
    assert_string_equal(error_code(driver_request(&driver, "{\"op\":\"import_begin\"}")), "EBUSY");
    assert_string_equal(error_code(driver_request(&driver, "{\"op\":\"new_session\"}")), "EBUSY");
    driver_begin(&driver, 200, "{}");
    driver_data(&driver, stream, strlen(stream) / 2, 0);
    driver_request(&driver, "{\"op\":\"cancel\"}");
    assert_int_equal(driver.cancelled, 1);
    assert_string_equal(ok_string(driver_answer(&driver, id), "stopReason"), "cancelled");
    assert_memory_equal(ok_string(driver_answer(&driver, id), "text"), "The first", 9);
    assert_history(&driver, "user assistant turn_end");
    /* While it asks: the calls are answered for, so that the conversation stays well-formed. */
    driver_submit(&driver, "{\"op\":\"send\",\"text\":\"write\"}");
    respond(&driver, stream_calls("", "w1", "Write", write_a, "w2", "Write", write_b, NULL));
    driver_request(&driver, "{\"op\":\"cancel\"}");
    driver_submit(&driver, "{\"op\":\"send\",\"text\":\"go on\"}");
    assert_roles(&driver, "user assistant user assistant user");
    assert_string_equal(json_string(sent_block(&driver, 4, 1), "tool_use_id", ""), "w2");
    assert_string_equal(json_string(sent_block(&driver, 4, 2), "text", ""), "go on");
    free(stream);
    driver_close(&driver);
}

static void provider_failures_end_the_turn_with_a_sentence(void **state)
{
    static const struct {
        int status;
        const char *body, *expected;
    } cases[] = {
        {401, "{\"error\":{\"message\":\"no key\"}}", "status 401: no key; check the key"},
        {429, "{\"error\":{\"message\":\"slow\"}}", "status 429: slow; wait"},
        {500, "not JSON", "status 500: no reason given"},
        {529, "", "status 529"},
        {200, "data: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"full\"}}\n\n",
         "full (overloaded_error)"},
        {200, "data: {not json}\n\n", "not valid JSON"},
        {200, "", "broke off"},
        {200, "data: {\"type\":\"message_start\"}\n\ndata: {\"type\":\"con", "in the middle of an event"},
        {200, "data: {\"type\":\"content_block_delta\",\"index\":9}\n\n", "makes no sense"},
        {200,
         "data: {\"type\":\"content_block_start\",\"index\":5,\"content_block\":{\"type\":\"text\"}}\n\n",
         "out of order"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct driver driver;
        const cJSON *failure;
        uint32_t id;

        driver_open(&driver, "");
        id = driver_submit(&driver, "{\"op\":\"send\",\"text\":\"hi\"}");
        driver_respond(&driver, cases[i].status, cases[i].body, strlen(cases[i].body), 0);
        failure = json_get(json_get(driver_answer(&driver, id), "ok"), "error");
        assert_non_null(failure);
        if (strstr(json_string(failure, "message", ""), cases[i].expected) == NULL)
            fail_msg("case %zu: %s", i, json_string(failure, "message", ""));
        if (cases[i].status >= 400) {
            assert_int_equal(json_number(failure, "status", 0), cases[i].status);
            assert_int_equal(json_number(failure, "retryAfterMs", 0), 7000);
        }
        /* The next turn works. */
        id = driver_submit(&driver, "{\"op\":\"send\",\"text\":\"again\"}");
        respond(&driver, stream_text("Fine."));
        assert_string_equal(ok_string(driver_answer(&driver, id), "text"), "Fine.");
        driver_close(&driver);
    }
}

static void connection_failure_is_said(void **state)
{
    struct driver driver;
    uint32_t id;

    (void)state;
    driver_open(&driver, "");
    id = driver_submit(&driver, "{\"op\":\"send\",\"text\":\"hi\"}");
    driver_fail(&driver, "connection refused");
    assert_non_null(
        strstr(json_string(json_get(json_get(driver_answer(&driver, id), "ok"), "error"), "message", ""),
               "connection refused"));
    assert_history(&driver, "user turn_end");
    driver_close(&driver);
}

/* Whatever moment the runtime dies at, the log tells a whole story and the conversation goes on. */
static void crash_at_every_step(void **state)
{
    unsigned step, keep;

    (void)state;
    for (keep = 0; keep <= 100; keep += 50) {
        for (step = 0; step < 4; step++) {
            struct driver driver;
            char *stream = stream_text("Some words that take their time.");

            driver_open(&driver, "");
            driver_submit(&driver, "{\"op\":\"send\",\"text\":\"write\"}");
            if (step >= 1)
                respond(&driver,
                        stream_calls("First.", "w1", "Write", write_a, "w2", "Write", write_b, NULL));
            if (step >= 2)
                driver_request(&driver, "{\"op\":\"decide\",\"id\":\"w1\",\"decision\":\"allow_session\"}");
            if (step >= 3) {
                driver_begin(&driver, 200, "{}");
                driver.memory->wall += 5000;
                driver_data(&driver, stream, strlen(stream) / 2, 0);
            }
            driver_crash(&driver, keep);
            if (step == 0) assert_history(&driver, "user turn_end");
            if (step == 1) assert_history(&driver, "user assistant tool_result tool_result turn_end");
            if (step == 2)
                assert_history(&driver, "user assistant permission tool_result tool_result turn_end");
            if (step >= 2) {
                const cJSON *answer = driver_request(&driver, "{\"op\":\"changes\"}");
                assert_int_equal(cJSON_GetArraySize(json_get(answer, "ok")), 2);
            }
            driver_submit(&driver, "{\"op\":\"send\",\"text\":\"go on\"}");
            respond(&driver, stream_text("Fine."));
            assert_string_equal(json_string(driver_event(&driver, "turn_end"), "stop_reason", ""),
                                "end_turn");
            free(stream);
            driver_close(&driver);
        }
    }
}

static void partial_text_survives_a_crash(void **state)
{
    struct driver driver;
    char *stream = stream_text("Some words that take their time and then some more words.");
    const cJSON *block;

    (void)state;
    driver_open(&driver, "");
    driver_submit(&driver, "{\"op\":\"send\",\"text\":\"talk\"}");
    driver_begin(&driver, 200, "{}");
    driver.memory->wall += 5000;
    driver_data(&driver, stream, strlen(stream) / 2, 0);
    driver_crash(&driver, 100);
    assert_history(&driver, "user partial assistant turn_end");
    driver_submit(&driver, "{\"op\":\"send\",\"text\":\"go on\"}");
    assert_roles(&driver, "user assistant user");
    block = sent_block(&driver, 1, 0);
    assert_memory_equal(json_string(block, "text", ""), "Some words", 10);
    free(stream);
    driver_close(&driver);
}

static void a_full_disk_ends_the_turn_and_nothing_more(void **state)
{
    int64_t budget;

    (void)state;
    for (budget = 0; budget < 3000; budget += 37) {
        struct driver driver;
        uint32_t id;
        const cJSON *answer;

        driver_open(&driver, "\"permissions\":\"allow\"");
        driver.memory->write_budget = budget;
        id = driver_submit(&driver, "{\"op\":\"send\",\"text\":\"write\"}");
        if (driver.fetch) respond(&driver, stream_calls("First.", "w1", "Write", write_a, NULL));
        if (driver.fetch) respond(&driver, stream_text("Done."));
        assert_non_null(driver_answer(&driver, id));
        driver.memory->write_budget = -1;
        answer = driver_request(
            &driver,
            "{\"op\":\"tool\",\"name\":\"Write\",\"input\":{\"file_path\":\"c\",\"content\":\"3\"}}");
        assert_false(json_bool(json_get(answer, "ok"), "isError", true));
        id = driver_submit(&driver, "{\"op\":\"send\",\"text\":\"again\"}");
        respond(&driver, stream_text("Fine."));
        assert_string_equal(ok_string(driver_answer(&driver, id), "text"), "Fine.");
        driver_crash(&driver, 0);
        answer =
            driver_request(&driver, "{\"op\":\"tool\",\"name\":\"Read\",\"input\":{\"file_path\":\"c\"}}");
        assert_false(json_bool(json_get(answer, "ok"), "isError", true));
        driver_close(&driver);
    }
}

static void a_turn_has_a_last_step(void **state)
{
    struct driver driver;
    uint32_t id;

    (void)state;
    driver_open(&driver, "\"max_steps\":3");
    id = driver_submit(&driver, "{\"op\":\"send\",\"text\":\"loop\"}");
    while (driver.fetch) respond(&driver, stream_calls("", "x", "ListDir", "{}", NULL));
    assert_int_equal(driver.fetches, 3);
    assert_string_equal(ok_string(driver_answer(&driver, id), "stopReason"), "turn_limit");
    driver_close(&driver);
}

static void bad_requests_are_answered(void **state)
{
    struct driver driver;

    (void)state;
    driver_open(&driver, "");
    assert_string_equal(error_code(driver_request(&driver, "{\"op\":\"fly\"}")), "EUNKNOWN");
    assert_string_equal(error_code(driver_request(&driver, "not json")), "EPARSE");
    assert_string_equal(error_code(driver_request(&driver, "[]")), "EUNKNOWN");
    assert_string_equal(error_code(driver_request(&driver, "{\"op\":\"send\"}")), "EINVAL");
    assert_string_equal(error_code(driver_request(&driver, "{\"op\":\"send\",\"text\":\" \\n\"}")), "EINVAL");
    assert_string_equal(error_code(driver_request(&driver, "{\"op\":\"tool\",\"name\":\"Read\"}")), "EINVAL");
    assert_string_equal(error_code(driver_request(&driver, "{\"op\":\"diff\",\"path\":\"none\"}")), "ENOENT");
    assert_string_equal(error_code(driver_request(&driver, "{\"op\":\"read\",\"path\":\"none\"}")), "ENOENT");
    assert_string_equal(error_code(driver_request(&driver, "{\"op\":\"accept\",\"paths\":[\"none\"]}")),
                        "ENOENT");
    assert_string_equal(error_code(driver_request(&driver, "{\"op\":\"import_batch\"}")), "EINVAL");
    assert_string_equal(
        error_code(driver_request(
            &driver, "{\"op\":\"configure\",\"options\":{\"base_url\":\"http://example.com\"}}")),
        "EACCES");
    assert_int_equal(driver.fetches, 0);
    driver_close(&driver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_answer_in_pieces_of_every_size),
        cmocka_unit_test(read_only_calls_run_and_failures_are_results),
        cmocka_unit_test(writing_asks_and_each_decision_counts),
        cmocka_unit_test(cancel_keeps_what_came),
        cmocka_unit_test(provider_failures_end_the_turn_with_a_sentence),
        cmocka_unit_test(connection_failure_is_said),
        cmocka_unit_test(crash_at_every_step),
        cmocka_unit_test(partial_text_survives_a_crash),
        cmocka_unit_test(a_full_disk_ends_the_turn_and_nothing_more),
        cmocka_unit_test(a_turn_has_a_last_step),
        cmocka_unit_test(bad_requests_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
