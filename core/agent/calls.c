#include <stdlib.h>
#include <string.h>

#include "agent/agent_internal.h"

void ag_drop_call(struct agent *agent)
{
    if (agent->call_open) tool_call_end(&agent->call);
    agent->call_open = agent->call_waits = false;
    free(agent->call_id);
    free(agent->call_name);
    agent->call_id = agent->call_name = NULL;
}

static cJSON *result_event(const char *id, const char *name, const char *text, size_t size, bool is_error)
{
    cJSON *event = session_event("tool_result");

    if ((json_add_string(event, "id", id) | json_add_string(event, "name", name) |
         json_add_text(event, "content", text, size) | json_add_bool(event, "is_error", is_error)) == 0)
        return event;
    cJSON_Delete(event);
    return NULL;
}

static int record_result(struct agent *agent, const char *id, const char *name, const char *text, size_t size,
                         bool is_error, struct error *error)
{
    cJSON *event = result_event(id, name, text, size, is_error);
    return event ? ag_record(agent, event, error) : error_memory(error);
}

int ag_refuse_calls(struct agent *agent, const char *reason, struct error *error)
{
    const cJSON *block;
    while ((block = session_open_call(&agent->session, 0)) != NULL) {
        int result = record_result(agent, json_string(block, "id", ""), json_string(block, "name", ""),
                                   reason, strlen(reason), true, error);
        if (result < 0) return result;
    }
    return 0;
}

static void fail_turn(struct agent *agent, const struct error *error)
{
    ag_drop_call(agent);
    ag_end_turn(agent, "error", error);
}

static bool is_allowed(const struct agent *agent, const char *name)
{
    const struct tool *tool = tool_find(name);
    if (tool == NULL || !tool->writes) return true;
    if (agent->settings.permissions == AG_ALLOW) return true;
    return json_bool(agent->allowed, name, false);
}

static void ask(struct agent *agent, const cJSON *block)
{
    cJSON *event = session_event("permission_request");
    struct buffer summary = {0};

    tool_summary(&summary, agent->call_name, json_get(block, "input"));
    if (json_add_string(event, "id", agent->call_id) | json_add_string(event, "tool", agent->call_name) |
        json_add_text(event, "summary", buffer_string(&summary), summary.size) |
        json_add_item(event, "input", cJSON_Duplicate(json_get(block, "input"), true)))
        cJSON_Delete(event);
    else
        ag_emit(agent, event);
    buffer_free(&summary);
    agent->state = AG_WAITING;
}

static char *copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *result = malloc(size);
    return result ? memcpy(result, text, size) : NULL;
}

static int start(struct agent *agent, const cJSON *block, struct error *error)
{
    cJSON *event = session_event("tool_start");
    int result;

    if (json_add_string(event, "id", agent->call_id) == 0 &&
        json_add_string(event, "name", agent->call_name) == 0)
        ag_emit(agent, event);
    else
        cJSON_Delete(event);
    memset(&agent->call, 0, sizeof agent->call);
    agent->call.store = agent->store;
    agent->call.host = agent->host;
    agent->call.limits = agent->limits;
    agent->call.shells = agent->shells;
    agent->call.id = agent->call_id;
    result = tool_call_begin(&agent->call, agent->call_name, json_get(block, "input"));
    if (result < 0)
        return error_set(error, result, "the tool could not be started: %s", umbra_error_text(result));
    agent->call_open = true;
    return 0;
}

/* A call whose input was no JSON never reaches a tool. */
static const char *malformed_input(const cJSON *block)
{
    return json_string(json_get(block, "input"), "malformed_input", NULL);
}

/* Takes up the next call of the answer, or asks for it. */
static int begin_call(struct agent *agent, const cJSON *block, bool decided, struct error *error)
{
    const char *name = json_string(block, "name", ""), *id = json_string(block, "id", "");
    const char *malformed = malformed_input(block);

    if (malformed) return record_result(agent, id, name, malformed, strlen(malformed), true, error);
    if (!decided) {
        ag_drop_call(agent);
        agent->call_id = copy(id);
        agent->call_name = copy(name);
        if (agent->call_id == NULL || agent->call_name == NULL) return error_memory(error);
        if (!is_allowed(agent, name)) {
            static const char denied[] = "Denied: this session allows no tool that writes.";
            if (agent->settings.permissions == AG_DENY)
                return record_result(agent, id, name, denied, sizeof denied - 1, true, error);
            ask(agent, block);
            return 0;
        }
    }
    agent->state = AG_CALLING;
    return start(agent, block, error);
}

static int finish_call(struct agent *agent, struct error *error)
{
    const struct tool_call *call = &agent->call;
    bool wrote = call->wrote;
    cJSON *event = result_event(agent->call_id, agent->call_name, buffer_string(&call->output),
                                call->output.size, call->failed);
    int result;

    /* The workspace as it was before the call: one may go back to it. */
    if (event && call->checkpoint && json_add_number(event, "checkpoint", call->checkpoint) < 0) {
        cJSON_Delete(event);
        event = NULL;
    }
    result = event ? ag_record(agent, event, error) : error_memory(error);
    ag_drop_call(agent);
    if (wrote) ag_emit_changes(agent);
    return result;
}

int ag_cancel_call(struct agent *agent, struct error *error)
{
    int result = 0;

    if (agent->call_open && tool_call_cancel(&agent->call)) result = finish_call(agent, error);
    ag_drop_call(agent);
    return result;
}

bool ag_step_calls(struct agent *agent, struct k_slice *slice)
{
    struct error error = {0};
    const cJSON *block;
    int result;

    if (agent->call_open) {
        int progress = tool_call_step(&agent->call, slice);
        agent->call_waits = progress == TOOL_WAITS;
        if (progress != TOOL_DONE) return true;
        result = finish_call(agent, &error);
    } else {
        block = session_open_call(&agent->session, 0);
        if (block) {
            result = begin_call(agent, block, false, &error);
        } else if (agent->steps >= agent->settings.max_steps) {
            ag_end_turn(agent, "turn_limit", NULL);
            return false;
        } else {
            result = ag_request(agent, &error);
        }
    }
    if (result < 0) fail_turn(agent, &error);
    return agent->state == AG_CALLING;
}

static int record_decision(struct agent *agent, const char *decision, const char *reason, struct error *error)
{
    cJSON *event = session_event("permission");

    if (json_add_string(event, "id", agent->call_id) | json_add_string(event, "tool", agent->call_name) |
        json_add_string(event, "decision", decision) |
        (reason ? json_add_string(event, "reason", reason) : 0)) {
        cJSON_Delete(event);
        return error_memory(error);
    }
    return ag_record(agent, event, error);
}

static int deny(struct agent *agent, const char *reason, struct error *error)
{
    struct buffer text = {0};
    int result;

    buffer_put_string(&text, "The user denied this tool call.");
    if (reason && *reason) buffer_printf(&text, " Their reason: %s", reason);
    result =
        record_result(agent, agent->call_id, agent->call_name, buffer_string(&text), text.size, true, error);
    buffer_free(&text);
    ag_drop_call(agent);
    agent->state = AG_CALLING;
    return result;
}

int ag_decide(struct agent *agent, const char *id, const char *decision, const char *reason,
              struct error *error)
{
    bool session = strcmp(decision, "allow_session") == 0, allow = session || strcmp(decision, "allow") == 0;
    struct error own = {0};
    int result;

    if (agent->state != AG_WAITING || strcmp(agent->call_id, id) != 0)
        return error_set(error, UMBRA_ENOENT, "no tool call %.100s waits for a decision", id);
    if (!allow && strcmp(decision, "deny") != 0)
        return error_set(error, UMBRA_EINVAL, "'%.100s' is no decision: allow, allow_session or deny",
                         decision);
    result = record_decision(agent, decision, reason, &own);
    if (result == 0 && session && json_add_bool(agent->allowed, agent->call_name, true) < 0)
        result = error_memory(&own);
    if (result == 0 && !allow)
        result = deny(agent, reason, &own);
    else if (result == 0)
        result = begin_call(agent, session_open_call(&agent->session, 0), true, &own);
    if (result < 0) fail_turn(agent, &own);
    return 0;
}
