#include <stdlib.h>
#include <string.h>

#include "agent/agent_internal.h"

#define ERROR_BODY_MAX (64u << 10) /* bytes of an error response that are kept */
#define PARTIAL_EVERY  250         /* milliseconds between two notes of what has come so far */

static void on_text(void *context, uint32_t index, const char *text, size_t size)
{
    struct agent *agent = context;
    cJSON *event = session_event("text_delta");

    buffer_put(&agent->unsaved, text, size);
    if (json_add_number(event, "index", index) == 0 && json_add_text(event, "text", text, size) == 0)
        ag_emit(agent, event);
    else
        cJSON_Delete(event);
}

static void on_tool_input(void *context, uint32_t index, const char *id, const char *name, size_t bytes)
{
    struct agent *agent = context;
    cJSON *event = session_event("tool_input");

    if (json_add_number(event, "index", index) == 0 && json_add_string(event, "id", id) == 0 &&
        json_add_string(event, "name", name) == 0 && json_add_number(event, "bytes", (double)bytes) == 0)
        ag_emit(agent, event);
    else
        cJSON_Delete(event);
}

int ag_request(struct agent *agent, struct error *error)
{
    const struct ag_settings *settings = &agent->settings;
    struct pv_events events = {agent, on_text, on_tool_input};
    struct pv_call call = {0};
    cJSON *tools = tool_schemas(false, agent->limits);
    struct umbra_fetch fetch;
    int result = tools ? 0 : error_memory(error);

    if (result == 0)
        result = settings->provider->build(&(struct pv_request){.base_url = settings->base_url,
                                                                .model = settings->model,
                                                                .system = settings->system,
                                                                .messages = agent->session.messages,
                                                                .tools = tools,
                                                                .max_tokens = settings->max_tokens},
                                           &call, error);
    cJSON_Delete(tools);
    if (result < 0) return result;
    agent->stream = settings->provider->open(&events);
    if (agent->stream == NULL) {
        pv_call_free(&call);
        return error_memory(error);
    }
    agent->status = 0;
    agent->retry_after_ms = -1;
    buffer_clear(&agent->body);
    buffer_clear(&agent->unsaved);
    agent->saved_at = agent->host->clock_wall(agent->host->context);
    agent->fetch = agent->hooks.next_fetch(agent->hooks.context);
    agent->state = AG_ANSWERING;
    agent->steps++;
    fetch = (struct umbra_fetch){.method = "POST",
                                 .url = call.url,
                                 .headers = call.headers,
                                 .credential = call.credential,
                                 .body = call.body,
                                 .body_size = call.body_size};
    result = agent->host->fetch_start(agent->host->context, agent->fetch, &fetch);
    pv_call_free(&call);
    if (result == 0) return 0;
    agent->fetch = 0;
    ag_drop_request(agent);
    return error_set(error, result, "the request to %s could not be sent: %s", settings->base_url,
                     umbra_error_text(result));
}

void ag_drop_request(struct agent *agent)
{
    if (agent->fetch) agent->host->fetch_cancel(agent->host->context, agent->fetch);
    agent->fetch = 0;
    agent->settings.provider->close(agent->stream);
    agent->stream = NULL;
    buffer_clear(&agent->body);
    buffer_clear(&agent->unsaved);
}

static int record_message(struct agent *agent, const struct pv_message *message, const char *stop_reason,
                          struct error *error)
{
    cJSON *event = session_event("assistant"), *usage = cJSON_CreateObject(), *block;
    int failed = json_add_item(event, "content", cJSON_Duplicate(message->content, true)) |
                 json_add_string(event, "stop_reason", stop_reason) |
                 json_add_number(usage, "input_tokens", message->input_tokens) |
                 json_add_number(usage, "output_tokens", message->output_tokens);

    failed |= json_add_item(event, "usage", usage);
    if (failed) {
        cJSON_Delete(event);
        return error_memory(error);
    }
    buffer_clear(&agent->text);
    cJSON_ArrayForEach(block, message->content)
    {
        buffer_put_string(&agent->text, json_string(block, "text", ""));
    }
    return ag_record(agent, event, error);
}

void ag_keep_partial(struct agent *agent, const char *stop_reason)
{
    struct pv_message message = {0};
    struct error error = {0};

    if (agent->stream == NULL) return;
    if (agent->settings.provider->finish(agent->stream, false, &message, &error) < 0) return;
    if (cJSON_GetArraySize(message.content) == 0) return;
    record_message(agent, &message, stop_reason, &error);
}

/* Notes down now and then what has come, for the case that the worker is killed in mid-answer. */
static void save_partial(struct agent *agent)
{
    int64_t now = agent->host->clock_wall(agent->host->context);
    cJSON *event;

    if (agent->unsaved.size == 0 || agent->unsaved.failed || now - agent->saved_at < PARTIAL_EVERY) return;
    event = session_event("partial");
    if (json_add_text(event, "text", agent->unsaved.data, agent->unsaved.size) < 0) {
        cJSON_Delete(event);
        return;
    }
    agent->saved_at = now;
    if (session_log(&agent->session, event, false, NULL, NULL) == 0) buffer_clear(&agent->unsaved);
}

static void fail_answer(struct agent *agent, const struct error *error)
{
    ag_keep_partial(agent, "error");
    ag_drop_request(agent);
    ag_end_turn(agent, "error", error);
}

static void take_head(struct agent *agent, int status, const void *data, size_t size)
{
    struct error ignored;
    cJSON *headers = size ? json_parse_text(data, size, "the response's headers", &ignored) : NULL;
    const char *retry = json_string(headers, "retry-after", NULL);

    agent->status = status;
    if (retry && *retry >= '0' && *retry <= '9') agent->retry_after_ms = (int64_t)atoi(retry) * 1000;
    cJSON_Delete(headers);
}

static const char *advice(int status)
{
    if (status == 401) return "; check the key, or pair with the proxy again";
    if (status == 403) return "; the proxy or the provider does not allow this";
    if (status == 413) return "; the conversation is too large, begin a new one";
    if (status == 429) return "; wait a moment and try again";
    if (status >= 500) return "; this is on the provider's side, try again";
    return "";
}

/* A response with an error status, now that its body is there. */
static void refuse_answer(struct agent *agent)
{
    char reason[300];
    struct error error;

    agent->settings.provider->explain(buffer_string(&agent->body), agent->body.size, reason, sizeof reason);
    error_set(&error, UMBRA_EUPSTREAM, "the provider answered with status %d: %s%s", agent->status,
              *reason ? reason : "no reason given", advice(agent->status));
    fail_answer(agent, &error);
}

static void end_answer(struct agent *agent)
{
    struct pv_message message = {0};
    struct error error = {0};
    char stop_reason[32];
    int result = agent->settings.provider->finish(agent->stream, true, &message, &error);

    if (result < 0) {
        fail_answer(agent, &error);
        return;
    }
    strncpy(stop_reason, message.stop_reason, sizeof stop_reason - 1);
    stop_reason[sizeof stop_reason - 1] = '\0';
    result = record_message(agent, &message, stop_reason, &error);
    ag_drop_request(agent);
    if (result < 0)
        ag_end_turn(agent, "error", &error);
    else if (session_open_call(&agent->session, 0))
        agent->state = AG_CALLING;
    else
        ag_end_turn(agent, stop_reason, NULL);
}

static void take_data(struct agent *agent, const void *data, size_t size)
{
    struct error error = {0};

    if (agent->status >= 400) {
        size_t room = ERROR_BODY_MAX - agent->body.size;
        buffer_put(&agent->body, data, size < room ? size : room);
        return;
    }
    if (agent->settings.provider->feed(agent->stream, data, size, &error) < 0)
        fail_answer(agent, &error);
    else
        save_partial(agent);
}

void ag_deliver(struct agent *agent, enum umbra_delivery what, int number, const void *data, size_t size)
{
    struct error error;

    if (agent->state != AG_ANSWERING) return;
    switch (what) {
    case UMBRA_FETCH_HEAD:
        take_head(agent, number, data, size);
        break;
    case UMBRA_FETCH_DATA:
        take_data(agent, data, size);
        break;
    case UMBRA_FETCH_END:
        agent->fetch = 0; /* nothing is left to cancel */
        if (agent->status >= 400)
            refuse_answer(agent);
        else
            end_answer(agent);
        break;
    case UMBRA_FETCH_ERROR:
        error_set(&error, UMBRA_ENET, "the connection to %s failed: %.*s", agent->settings.base_url,
                  size > 300 ? 300 : (int)size, size ? (const char *)data : "");
        agent->fetch = 0;
        fail_answer(agent, &error);
        break;
    default:
        break;
    }
}
