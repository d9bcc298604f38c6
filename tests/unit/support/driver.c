#include "driver.h"

/* The memory host's functions have its own context; the rest of the driver is found here. */
static struct driver *current;

static char *copy(const char *text)
{
    char *result = text ? strdup(text) : NULL;
    assert_true(result || !text);
    return result;
}

/* What the API asks of a conversation: roles alternate, and each tool call has its result right behind it. */
static void check_conversation(const cJSON *messages)
{
    const cJSON *message, *block;
    const char *expected = "user";

    cJSON_ArrayForEach(message, messages)
    {
        const cJSON *next = message->next;
        assert_string_equal(json_string(message, "role", ""), expected);
        assert_true(cJSON_GetArraySize(json_get(message, "content")) > 0);
        expected = strcmp(expected, "user") == 0 ? "assistant" : "user";
        cJSON_ArrayForEach(block, json_get(message, "content"))
        {
            const cJSON *result;
            unsigned results = 0;
            if (strcmp(json_string(block, "type", ""), "tool_use") != 0) continue;
            assert_non_null(next);
            cJSON_ArrayForEach(result, json_get(next, "content"))
            {
                results += strcmp(json_string(result, "tool_use_id", ""), json_string(block, "id", "?")) == 0;
            }
            assert_int_equal(results, 1);
        }
    }
    assert_string_equal(expected, "assistant");
}

static int on_fetch_start(void *context, uint32_t id, const struct umbra_fetch *fetch)
{
    struct error error = {0};

    (void)context;
    free(current->url);
    free(current->headers);
    free(current->credential);
    cJSON_Delete(current->body);
    current->url = copy(fetch->url);
    current->headers = copy(fetch->headers);
    current->credential = copy(fetch->credential);
    current->body = json_parse(fetch->body, fetch->body_size, "the body", &error);
    assert_non_null(current->body);
    check_conversation(json_get(current->body, "messages"));
    assert_int_equal(current->fetch, 0);
    current->fetch = id;
    current->fetches++;
    return 0;
}

static void on_fetch_cancel(void *context, uint32_t id)
{
    (void)context;
    assert_int_equal(id, current->fetch);
    current->fetch = 0;
    current->cancelled++;
}

static void on_respond(void *context, uint32_t id, const char *json, size_t length, const void *blob,
                       size_t blob_size)
{
    struct error error = {0};
    cJSON *answer = json_parse(json, length, "an answer", &error);

    (void)context;
    buffer_clear(&current->blob);
    buffer_put(&current->blob, blob, blob_size);
    assert_non_null(answer);
    while (current->answer_count <= id) {
        size_t count = 2 * current->answer_count + 16, i;
        current->answers = realloc(current->answers, count * sizeof(cJSON *));
        assert_non_null(current->answers);
        for (i = current->answer_count; i < count; i++) current->answers[i] = NULL;
        current->answer_count = count;
    }
    assert_null(current->answers[id]); /* exactly once */
    current->answers[id] = answer;
}

static void on_emit(void *context, const char *json, size_t length)
{
    struct error error = {0};
    cJSON *event = json_parse(json, length, "an event", &error);

    (void)context;
    assert_non_null(event);
    assert_int_equal(json_append(current->events, event), 0);
}

static void open_runtime(struct driver *driver)
{
    char message[512];
    int result = umbra_open(&driver->host, driver->options.data, &driver->runtime, message, sizeof message);
    if (result < 0) fail_msg("umbra_open: %s", message);
}

void driver_open(struct driver *driver, const char *options)
{
    memset(driver, 0, sizeof *driver);
    current = driver;
    driver->memory = memory_host_new(WORKSPACE_BYTES);
    driver->memory->journal = true;
    driver->host = driver->memory->host;
    driver->host.fetch_start = on_fetch_start;
    driver->host.fetch_cancel = on_fetch_cancel;
    driver->host.respond = on_respond;
    driver->host.emit = on_emit;
    driver->events = cJSON_CreateArray();
    buffer_printf(&driver->options, "{\"base_url\":\"http://127.0.0.1:1/v1/anthropic\"%s%s}",
                  *options ? "," : "", options);
    open_runtime(driver);
}

void driver_close(struct driver *driver)
{
    umbra_close(driver->runtime);
    memory_host_free(driver->memory);
    buffer_free(&driver->options);
    buffer_free(&driver->blob);
    free(driver->url);
    free(driver->headers);
    free(driver->credential);
    cJSON_Delete(driver->body);
    driver_forget_answers(driver);
    cJSON_Delete(driver->events);
    memset(driver, 0, sizeof *driver);
}

void driver_crash(struct driver *driver, unsigned keep)
{
    uint64_t writes = driver->memory->writes;

    /* Giving back its memory writes nothing, so the crash may as well come after it. */
    umbra_close(driver->runtime);
    assert_int_equal(driver->memory->writes, writes);
    memory_host_crash(driver->memory, keep);
    driver->fetch = 0;
    cJSON_Delete(driver->events);
    driver->events = cJSON_CreateArray();
    driver_forget_answers(driver);
    open_runtime(driver);
}

void driver_run(struct driver *driver)
{
    unsigned slices = 0;
    while (umbra_run(driver->runtime, 8) == UMBRA_MORE) assert_true(++slices < 100000);
}

const cJSON *driver_ok(const cJSON *answer)
{
    const cJSON *value = json_get(answer, "ok");
    if (value == NULL) fail_msg("%s", cJSON_PrintUnformatted(answer));
    return value;
}

void driver_assert_refused(const cJSON *answer, const char *code, const char *part)
{
    const cJSON *error = json_get(answer, "error");
    const char *message = json_string(error, "message", "");
    assert_string_equal(json_string(error, "code", "none"), code);
    if (strstr(message, part) == NULL) fail_msg("%s", message);
}

uint32_t driver_submit(struct driver *driver, const char *json)
{
    uint32_t id = ++driver->next_id;
    umbra_submit(driver->runtime, id, json, strlen(json), NULL, 0);
    driver_run(driver);
    return id;
}

const cJSON *driver_request_bytes(struct driver *driver, const char *json, const void *bytes, size_t size)
{
    uint32_t id = ++driver->next_id;
    umbra_submit(driver->runtime, id, json, strlen(json), bytes, size);
    driver_run(driver);
    return driver_answer(driver, id);
}

const cJSON *driver_answer(struct driver *driver, uint32_t id)
{
    return id < driver->answer_count ? driver->answers[id] : NULL;
}

void driver_forget_answers(struct driver *driver)
{
    size_t i;

    for (i = 0; i < driver->answer_count; i++) cJSON_Delete(driver->answers[i]);
    free(driver->answers);
    driver->answers = NULL;
    driver->answer_count = 0;
}

const cJSON *driver_request(struct driver *driver, const char *format, ...)
{
    char json[4096];
    va_list arguments;

    va_start(arguments, format);
    assert_true(vsnprintf(json, sizeof json, format, arguments) < (int)sizeof json);
    va_end(arguments);
    return driver_answer(driver, driver_submit(driver, json));
}

void driver_begin(struct driver *driver, int status, const char *headers)
{
    umbra_deliver(driver->runtime, UMBRA_FETCH_HEAD, driver->fetch, status, headers, strlen(headers));
}

void driver_data(struct driver *driver, const char *text, size_t size, size_t piece)
{
    size_t at;
    if (piece == 0) piece = size;
    for (at = 0; at < size && driver->fetch; at += piece)
        umbra_deliver(driver->runtime, UMBRA_FETCH_DATA, driver->fetch, 0, text + at,
                      size - at < piece ? size - at : piece);
}

void driver_end(struct driver *driver)
{
    uint32_t id = driver->fetch;
    if (id == 0) return; /* given up by the core */
    driver->fetch = 0;
    umbra_deliver(driver->runtime, UMBRA_FETCH_END, id, 0, NULL, 0);
    driver_run(driver);
}

void driver_fail(struct driver *driver, const char *reason)
{
    uint32_t id = driver->fetch;
    driver->fetch = 0;
    umbra_deliver(driver->runtime, UMBRA_FETCH_ERROR, id, 0, reason, strlen(reason));
    driver_run(driver);
}

void driver_respond(struct driver *driver, int status, const char *text, size_t size, size_t piece)
{
    driver_begin(driver, status, "{\"retry-after\":\"7\"}");
    driver_data(driver, text, size, piece);
    driver_end(driver);
}

const cJSON *driver_event(struct driver *driver, const char *type)
{
    const cJSON *event, *found = NULL;
    cJSON_ArrayForEach(event, driver->events)
    {
        if (strcmp(json_string(event, "type", ""), type) == 0) found = event;
    }
    return found;
}

void driver_forget_events(struct driver *driver)
{
    cJSON_Delete(driver->events);
    driver->events = cJSON_CreateArray();
}

char *driver_history(struct driver *driver)
{
    const cJSON *answer = driver_request(driver, "{\"op\":\"history\"}"), *event;
    struct buffer text = {0};

    cJSON_ArrayForEach(event, json_get(answer, "ok"))
    {
        if (text.size) buffer_put_byte(&text, ' ');
        buffer_put_string(&text, json_string(event, "type", "?"));
    }
    return buffer_take(&text);
}

static void put_event(struct buffer *stream, const char *format, ...)
{
    char json[4096], type[64] = "";
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(json, sizeof json, format, arguments);
    va_end(arguments);
    assert_int_equal(sscanf(json, "{\"type\":\"%63[a-z_]", type), 1);
    buffer_printf(stream, "event: %s\ndata: %s\n\n", type, json);
}

static void put_text_block(struct buffer *stream, unsigned index, const char *text)
{
    size_t length = strlen(text), at;

    put_event(
        stream,
        "{\"type\":\"content_block_start\",\"index\":%u,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}",
        index);
    for (at = 0; at < length;) {
        size_t take = length - at < 5 ? length - at : 5;
        struct buffer quoted = {0};
        while (at + take < length && ((unsigned char)text[at + take] & 0xc0) == 0x80) take++;
        json_put_string(&quoted, text + at, take);
        put_event(
            stream,
            "{\"type\":\"content_block_delta\",\"index\":%u,\"delta\":{\"type\":\"text_delta\",\"text\":%s}}",
            index, quoted.data);
        buffer_free(&quoted);
        at += take;
    }
    put_event(stream, "{\"type\":\"content_block_stop\",\"index\":%u}", index);
}

static void put_call_block(struct buffer *stream, unsigned index, const char *id, const char *name,
                           const char *input)
{
    size_t length = strlen(input), at;

    put_event(stream,
              "{\"type\":\"content_block_start\",\"index\":%u,\"content_block\":{\"type\":\"tool_use\","
              "\"id\":\"%s\","
              "\"name\":\"%s\",\"input\":{}}}",
              index, id, name);
    for (at = 0; at < length; at += 9) {
        struct buffer quoted = {0};
        json_put_string(&quoted, input + at, length - at < 9 ? length - at : 9);
        put_event(stream,
                  "{\"type\":\"content_block_delta\",\"index\":%u,\"delta\":{\"type\":\"input_json_delta\","
                  "\"partial_json\":%s}}",
                  index, quoted.data);
        buffer_free(&quoted);
    }
    put_event(stream, "{\"type\":\"content_block_stop\",\"index\":%u}", index);
}

static void put_start(struct buffer *stream)
{
    put_event(stream,
              "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"role\":\"assistant\",\"content\":[],"
              "\"usage\":{\"input_tokens\":11,\"output_tokens\":1}}}");
    put_event(stream, "{\"type\":\"ping\"}");
}

static char *end_stream(struct buffer *stream, const char *reason)
{
    put_event(
        stream,
        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"%s\"},\"usage\":{\"output_tokens\":22}}",
        reason);
    put_event(stream, "{\"type\":\"message_stop\"}");
    return buffer_take(stream);
}

char *stream_text(const char *text)
{
    struct buffer stream = {0};
    put_start(&stream);
    put_text_block(&stream, 0, text);
    return end_stream(&stream, "end_turn");
}

char *stream_calls(const char *text, ...)
{
    struct buffer stream = {0};
    va_list arguments;
    const char *id;
    unsigned index = 0;

    put_start(&stream);
    if (*text) put_text_block(&stream, index++, text);
    va_start(arguments, text);
    while ((id = va_arg(arguments, const char *)) != NULL) {
        const char *name = va_arg(arguments, const char *);
        const char *input = va_arg(arguments, const char *);
        put_call_block(&stream, index++, id, name, input);
    }
    va_end(arguments);
    return end_stream(&stream, "tool_use");
}
