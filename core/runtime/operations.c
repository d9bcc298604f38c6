/* operations.c: the table of what umbra_submit() understands. docs/protocol.md describes it for embedders. */
#include <inttypes.h>
#include <string.h>

#include "runtime/runtime.h"

static int op_info(struct umbra *runtime, struct request *request, struct error *error)
{
    cJSON *exclude = import_default_exclude();
    struct st_usage usage;

    (void)error;
    st_usage(runtime->store, &usage);
    buffer_printf(
        &request->result,
        "{\"version\":\"%s\",\"files\":%u,\"bytes\":%" PRIu64 ",\"imageBytes\":%" PRIu64
        ",\"liveBytes\":%" PRIu64 ",\"freeBytes\":%" PRIu64 ",\"checkpoints\":%u,\"busy\":%s,\"exclude\":",
        UMBRA_VERSION, usage.files, usage.bytes, usage.image_bytes, usage.live_bytes, usage.free_bytes,
        st_checkpoint_count(runtime->store), ag_busy(runtime->agent) ? "true" : "false");
    json_print(&request->result, exclude);
    buffer_put_byte(&request->result, '}');
    cJSON_Delete(exclude);
    return 0;
}

static int op_configure(struct umbra *runtime, struct request *request, struct error *error)
{
    if (ag_busy(runtime->agent))
        return error_set(error, UMBRA_EBUSY, "a turn is running; settings change between turns");
    return options_configure(runtime, json_get(request->body, "options"), error);
}

static int op_send(struct umbra *runtime, struct request *request, struct error *error)
{
    const char *text = json_string(request->body, "text", NULL);
    int result;

    if (text == NULL) return error_set(error, UMBRA_EINVAL, "\"text\" must be a string");
    result = runtime_refuse_running(runtime, error);
    if (result < 0) return result;
    if (ag_busy(runtime->agent))
        return error_set(error, UMBRA_EBUSY, "a turn is running; wait for it to end or cancel it");
    runtime->send_id = request->id;
    result = ag_send(runtime->agent, text, error);
    if (result < 0) runtime->send_id = 0;
    return result < 0 ? result : RUNTIME_LATER;
}

static int op_cancel(struct umbra *runtime, struct request *request, struct error *error)
{
    (void)request;
    (void)error;
    ag_cancel(runtime->agent);
    direct_cancel(runtime);
    return 0;
}

static int op_decide(struct umbra *runtime, struct request *request, struct error *error)
{
    return ag_decide(runtime->agent, json_string(request->body, "id", ""),
                     json_string(request->body, "decision", ""), json_string(request->body, "reason", NULL),
                     error);
}

static int op_history(struct umbra *runtime, struct request *request, struct error *error)
{
    return ag_history(runtime->agent, &request->result, error);
}

static int op_new_session(struct umbra *runtime, struct request *request, struct error *error)
{
    int result = runtime_refuse_running(runtime, error);

    (void)request;
    if (result == 0) result = ag_new_session(runtime->agent, error);
    if (result == 0) tool_shells_close(&runtime->tool_shells);
    return result;
}

static int op_tools(struct umbra *runtime, struct request *request, struct error *error)
{
    cJSON *tools = tool_schemas(true, &runtime->tool_limits);

    if (tools == NULL) return error_memory(error);
    json_print(&request->result, tools);
    cJSON_Delete(tools);
    return 0;
}

const struct operation *operation_find(const char *name)
{
    static const struct operation operations[] = {
        {"info", op_info},
        {"configure", op_configure},
        {"import_begin", import_begin},
        {"import_list", import_list},
        {"import_batch", import_batch},
        {"import_tar", import_tar},
        {"import_end", import_end},
        {"import_cancel", import_cancel},
        {"export_begin", export_begin},
        {"export_next", export_next},
        {"export_end", export_end},
        {"checkpoint", checkpoint_keep},
        {"checkpoints", checkpoint_list},
        {"rewind", checkpoint_rewind},
        {"drop_checkpoint", checkpoint_drop},
        {"check", checkpoint_check},
        {"send", op_send},
        {"cancel", op_cancel},
        {"decide", op_decide},
        {"history", op_history},
        {"new_session", op_new_session},
        {"shell_open", shell_open},
        {"shell_signal", shell_signal},
        {"tool", direct_start},
        {"tools", op_tools},
        {"changes", review_changes},
        {"diff", review_diff},
        {"patch", review_patch},
        {"read", review_read},
        {"accept", review_accept},
        {"discard", review_discard},
        {"commit_begin", commit_begin},
        {"undo_begin", commit_undo},
        {"commit_step", commit_step},
        {"commit_end", commit_end},
        {"commits", commit_list},
    };
    size_t i;
    for (i = 0; i < sizeof operations / sizeof operations[0]; i++)
        if (strcmp(operations[i].name, name) == 0) return &operations[i];
    return NULL;
}
