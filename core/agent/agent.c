#include "agent/agent.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent_internal.h"

int ag_put_failure(cJSON *object, const struct ag_turn_end *end)
{
    cJSON *detail;

    if (end->error.code == 0) return 0;
    detail = cJSON_CreateObject();
    if (json_add_string(detail, "code", umbra_error_name(end->error.code)) |
        json_add_string(detail, "message", end->error.message) |
        (end->status ? json_add_number(detail, "status", end->status) : 0) |
        (end->retry_after_ms >= 0 ? json_add_number(detail, "retryAfterMs", (double)end->retry_after_ms)
                                  : 0)) {
        cJSON_Delete(detail);
        return UMBRA_ENOMEM;
    }
    return json_add_item(object, "error", detail);
}

static int record_turn_end(struct agent *agent, const struct ag_turn_end *end, struct error *error)
{
    cJSON *event = session_event("turn_end");

    if (json_add_string(event, "stop_reason", end->stop_reason) == 0 && ag_put_failure(event, end) == 0)
        return ag_record(agent, event, error);
    cJSON_Delete(event);
    return error_memory(error);
}

/* When even the log cannot be written, the embedder must hear of it all the same. */
static void emit_unlogged(struct agent *agent, const struct error *error)
{
    cJSON *event = session_event("notice");
    if (json_add_string(event, "level", "error") == 0 &&
        json_add_string(event, "message", error->message) == 0)
        ag_emit(agent, event);
    else
        cJSON_Delete(event);
}

void ag_end_turn(struct agent *agent, const char *stop_reason, const struct error *error)
{
    struct ag_turn_end end = {.stop_reason = stop_reason, .retry_after_ms = -1};
    struct error failure = {0};

    if (error) end.error = *error;
    if (end.error.code == UMBRA_EUPSTREAM && agent->status >= 400) {
        end.status = agent->status;
        end.retry_after_ms = agent->retry_after_ms;
    }
    agent->state = AG_IDLE;
    if (ag_refuse_calls(agent, "Not run: the turn ended before this call.", &failure) < 0 ||
        record_turn_end(agent, &end, &failure) < 0) {
        agent->session.in_turn = false;
        emit_unlogged(agent, &failure);
        if (end.error.code == 0) {
            end.stop_reason = "error";
            end.error = failure;
        }
    }
    end.text = buffer_string(&agent->text);
    ag_emit_changes(agent);
    agent->hooks.turn_ended(agent->hooks.context, &end);
}

/* A crash left a turn open: what was running is said to be interrupted, and the turn is over. */
static int repair(struct agent *agent, struct error *error)
{
    struct ag_turn_end end = {.stop_reason = "interrupted", .retry_after_ms = -1};
    struct buffer *partial = &agent->session.partial;

    if (!agent->session.in_turn) return 0;
    if (partial->size) {
        cJSON *event = session_event("assistant"), *content = cJSON_CreateArray(),
              *block = session_event("text");
        int failed = json_add_text(block, "text", partial->data, partial->size);
        failed |= json_append(content, block);
        failed |= json_add_item(event, "content", content);
        failed |= json_add_string(event, "stop_reason", "interrupted");
        if (failed) {
            cJSON_Delete(event);
            return error_memory(error);
        }
        if (ag_record(agent, event, error) < 0) return error ? error->code : UMBRA_EIO;
    }
    if (ag_refuse_calls(
            agent,
            "Interrupted: the runtime stopped before this call finished. Its changes may have been undone; "
            "look before you repeat it.",
            error) < 0)
        return error ? error->code : UMBRA_EIO;
    return record_turn_end(agent, &end, error);
}

int ag_open(struct store *store, const struct umbra_host *host, const struct ag_settings *settings,
            const struct tool_limits *limits, struct tool_shells *shells, const struct ag_hooks *hooks,
            struct agent **out, struct error *error)
{
    struct agent *agent = calloc(1, sizeof *agent);
    int result;

    *out = NULL;
    if (agent == NULL) return error_memory(error);
    agent->store = store;
    agent->host = host;
    agent->settings = *settings;
    agent->limits = limits;
    agent->shells = shells;
    agent->hooks = *hooks;
    agent->allowed = cJSON_CreateObject();
    result = agent->allowed ? session_open(&agent->session, store, host, error) : error_memory(error);
    if (result == 0) result = repair(agent, error);
    if (result < 0) {
        ag_close(agent);
        return result;
    }
    *out = agent;
    return 0;
}

void ag_close(struct agent *agent)
{
    if (agent == NULL) return;
    if (agent->state == AG_ANSWERING) ag_drop_request(agent);
    ag_drop_call(agent);
    session_close(&agent->session);
    buffer_free(&agent->body);
    buffer_free(&agent->unsaved);
    buffer_free(&agent->text);
    cJSON_Delete(agent->allowed);
    free(agent);
}

void ag_configure(struct agent *agent, const struct ag_settings *settings)
{
    agent->settings = *settings;
}

int ag_send(struct agent *agent, const char *text, struct error *error)
{
    cJSON *event;
    struct error own = {0};
    int result;

    if (ag_busy(agent))
        return error_set(error, UMBRA_EBUSY, "a turn is running; wait for it to end or cancel it");
    if (text[strspn(text, " \t\r\n")] == '\0') return error_set(error, UMBRA_EINVAL, "an empty prompt");
    if (agent->settings.base_url == NULL || *agent->settings.base_url == '\0')
        return error_set(error, UMBRA_EINVAL,
                         "no model is configured; name the proxy or a provider's address");
    /* A turn that could not even be logged to its end may have left some. */
    result =
        ag_refuse_calls(agent, "The result of this call was not kept; look before you repeat it.", error);
    if (result < 0) return result;
    event = session_event("user");
    if (json_add_string(event, "text", text) < 0) {
        cJSON_Delete(event);
        return error_memory(error);
    }
    result = ag_record(agent, event, error);
    if (result < 0) return result;
    agent->steps = 0;
    agent->status = 0;
    buffer_clear(&agent->text);
    if (ag_request(agent, &own) < 0) ag_end_turn(agent, "error", &own);
    return 0;
}

void ag_cancel(struct agent *agent)
{
    struct error error = {0};

    if (!ag_busy(agent)) return;
    if (agent->state == AG_ANSWERING) {
        ag_keep_partial(agent, "cancelled");
        ag_drop_request(agent);
    }
    if (ag_cancel_call(agent, &error) < 0 ||
        ag_refuse_calls(agent, "Cancelled by the user before it ran.", &error) < 0)
        ag_end_turn(agent, "error", &error);
    else
        ag_end_turn(agent, "cancelled", NULL);
}

int ag_history(struct agent *agent, struct buffer *json, struct error *error)
{
    return session_history(&agent->session, json, error);
}

int ag_new_session(struct agent *agent, struct error *error)
{
    cJSON *allowed;

    if (ag_busy(agent)) return error_set(error, UMBRA_EBUSY, "a turn is running; cancel it first");
    allowed = cJSON_CreateObject();
    if (allowed == NULL) return error_memory(error);
    cJSON_Delete(agent->allowed);
    agent->allowed = allowed;
    return session_begin(&agent->session, error);
}

bool ag_busy(const struct agent *agent)
{
    return agent->state != AG_IDLE;
}

bool ag_is_calling(const struct agent *agent)
{
    return agent->state == AG_CALLING;
}

uint32_t ag_fetch(const struct agent *agent)
{
    return agent->state == AG_ANSWERING ? agent->fetch : 0;
}

bool ag_run(struct agent *agent, struct k_slice *slice)
{
    while (agent->state == AG_CALLING) {
        bool more = ag_step_calls(agent, slice);
        if (agent->call_waits) return false;
        if (more && k_slice_charge(slice, 1024)) return true;
    }
    return false;
}
