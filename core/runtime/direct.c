/* direct.c: tool calls that the embedder makes itself; the embedder is the one who would be asked. */
#include <stdlib.h>
#include <string.h>

#include "runtime/runtime.h"

static void free_call(struct direct_call *direct)
{
    tool_call_end(&direct->call);
    cJSON_Delete(direct->input);
    free(direct);
}

int direct_start(struct umbra *runtime, struct request *request, struct error *error)
{
    const cJSON *input = json_get(request->body, "input");
    struct direct_call *direct, **last;
    int result;

    if (!cJSON_IsObject(input)) return error_set(error, UMBRA_EINVAL, "\"input\" must be an object");
    direct = calloc(1, sizeof *direct);
    if (direct == NULL) return error_memory(error);
    direct->id = request->id;
    direct->input = cJSON_Duplicate(input, true);
    direct->call.store = runtime->store;
    direct->call.host = &runtime->host;
    direct->call.limits = &runtime->tool_limits;
    result = direct->input
                 ? tool_call_begin(&direct->call, json_string(request->body, "name", ""), direct->input)
                 : UMBRA_ENOMEM;
    if (result < 0) {
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
    bool wrote = call->tool && call->tool->writes && !call->failed;

    buffer_put_string(&result, "{\"content\":");
    json_put_string(&result, buffer_string(&call->output), call->output.size);
    buffer_printf(&result, ",\"isError\":%s}", call->failed ? "true" : "false");
    runtime_respond(runtime, direct->id, &result, &none);
    buffer_free(&result);
    free_call(direct);
    if (wrote) runtime_emit_changes(runtime);
}

bool direct_run(struct umbra *runtime, struct k_slice *slice)
{
    while (runtime->calls) {
        struct direct_call *direct = runtime->calls;
        if (tool_call_step(&direct->call, slice) == TOOL_MORE) {
            if (slice->over) return true;
            continue;
        }
        runtime->calls = direct->next;
        finish(runtime, direct);
        if (k_slice_charge(slice, 1024)) return runtime->calls != NULL;
    }
    return false;
}

void direct_end_all(struct umbra *runtime)
{
    while (runtime->calls) {
        struct direct_call *direct = runtime->calls;
        runtime->calls = direct->next;
        free_call(direct);
    }
}
