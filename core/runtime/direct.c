/* direct.c: tool calls that the embedder makes itself; the embedder is the one who would be asked. */
#include <stdlib.h>
#include <string.h>

#include "runtime/runtime.h"

static void free_call(struct direct_call *direct)
{
    tool_call_end(&direct->call);
    cJSON_Delete(direct->input);
    free(direct->event_id);
    free(direct);
}

/* A transaction that stays open over several slices: nobody else may log or write meanwhile. */
static int refuse_transaction(const struct umbra *runtime, const struct tool *tool, struct error *error)
{
    return tool && tool->transacts ? runtime_refuse_busy(runtime, error) : 0;
}

/* {"id"}: of the events about the call's progress; without one, or without memory, there are none. */
static char *copy_id(const struct request *request)
{
    const char *id = json_string(request->body, "id", NULL);
    return id ? strdup(id) : NULL;
}

int direct_start(struct umbra *runtime, struct request *request, struct error *error)
{
    const cJSON *input = json_get(request->body, "input");
    struct direct_call *direct, **last;
    int result;

    if (!cJSON_IsObject(input)) return error_set(error, UMBRA_EINVAL, "\"input\" must be an object");
    result = refuse_transaction(runtime, tool_find(json_string(request->body, "name", "")), error);
    if (result < 0) return result;
    direct = calloc(1, sizeof *direct);
    if (direct == NULL) return error_memory(error);
    direct->id = request->id;
    direct->input = cJSON_Duplicate(input, true);
    direct->call.store = runtime->store;
    direct->call.host = &runtime->host;
    direct->call.limits = &runtime->tool_limits;
    direct->call.shells = &runtime->tool_shells;
    direct->event_id = copy_id(request);
    direct->call.id = direct->event_id;
    result = direct->input
                 ? tool_call_begin(&direct->call, json_string(request->body, "name", ""), direct->input)
                 : UMBRA_ENOMEM;
    if (result < 0) {
        free(direct->event_id);
        cJSON_Delete(direct->input);
        free(direct);
        return error_set(error, result, "the tool could not be started: %s", umbra_error_text(result));
    }
    for (last = &runtime->calls; *last; last = &(*last)->next) continue;
    *last = direct;
    return RUNTIME_LATER;
}

static void finish(struct umbra *runtime, struct direct_call *direct)
{
    struct buffer result = {0}, none = {0};
    const struct tool_call *call = &direct->call;
    bool wrote = call->wrote;

    buffer_put_string(&result, "{\"content\":");
    json_put_string(&result, buffer_string(&call->output), call->output.size);
    buffer_printf(&result, ",\"isError\":%s}", call->failed ? "true" : "false");
    runtime_respond(runtime, direct->id, &result, &none);
    buffer_free(&result);
    free_call(direct);
    if (wrote) runtime_emit_changes(runtime);
}

static void unlink_call(struct umbra *runtime, const struct direct_call *direct)
{
    struct direct_call **at = &runtime->calls;

    while (*at != direct) at = &(*at)->next;
    *at = direct->next;
}

/* Those that wait for the kernel hold up none behind them. */
bool direct_run(struct umbra *runtime, struct k_slice *slice)
{
    struct direct_call *direct = runtime->calls, *next;

    while (direct) {
        int progress = tool_call_step(&direct->call, slice);
        if (progress == TOOL_MORE && slice->over) return true;
        if (progress == TOOL_MORE) continue;
        next = direct->next;
        if (progress == TOOL_DONE) {
            unlink_call(runtime, direct);
            finish(runtime, direct);
            if (k_slice_charge(slice, 1024)) return runtime->calls != NULL;
        }
        direct = next;
    }
    return false;
}

void direct_cancel(struct umbra *runtime)
{
    struct direct_call *direct, *next;

    for (direct = runtime->calls; direct; direct = next) {
        next = direct->next;
        if (!tool_call_cancel(&direct->call)) continue;
        unlink_call(runtime, direct);
        finish(runtime, direct);
    }
}

void direct_end_all(struct umbra *runtime)
{
    while (runtime->calls) {
        struct direct_call *direct = runtime->calls;
        runtime->calls = direct->next;
        free_call(direct);
    }
}
