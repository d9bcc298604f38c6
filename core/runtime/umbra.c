#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/runtime.h"

static uint32_t next_fetch(void *context)
{
    struct umbra *runtime = context;
    if (++runtime->next_fetch == 0) runtime->next_fetch = 1;
    return runtime->next_fetch;
}

static int put_turn_end(cJSON *answer, const struct ag_turn_end *end)
{
    if (json_add_string(answer, "stopReason", end->stop_reason) | json_add_string(answer, "text", end->text))
        return UMBRA_ENOMEM;
    return ag_put_failure(answer, end);
}

static void turn_ended(void *context, const struct ag_turn_end *end)
{
    struct umbra *runtime = context;
    uint32_t id = runtime->send_id;
    struct buffer result = {0}, none = {0};
    cJSON *answer;

    if (id == 0) return;
    runtime->send_id = 0;
    answer = cJSON_CreateObject();
    json_print(&result, put_turn_end(answer, end) < 0 ? NULL : answer);
    cJSON_Delete(answer);
    runtime_respond(runtime, id, &result, &none);
    buffer_free(&result);
}

#define UPKEEP_FUEL K_FUEL_PER_CLOCK /* of one step: the clock is asked after each */

static int open_parts(struct umbra *runtime, const char *options, struct error *error)
{
    struct ag_hooks hooks = {runtime, next_fetch, turn_ended};
    int result = options_read(runtime, options, error);

    if (result == 0) result = st_open(&runtime->host, &runtime->store_limits, &runtime->store, error);
    if (result == 0) result = shells_open(runtime, error);
    if (result == 0)
        result = ag_open(runtime->store, &runtime->host, &runtime->settings, &runtime->tool_limits,
                         &runtime->tool_shells, &hooks, &runtime->agent, error);
    return result;
}

int umbra_open(const struct umbra_host *host, const char *options, struct umbra **out, char *message,
               size_t message_size)
{
    struct umbra *runtime = calloc(1, sizeof *runtime);
    struct error error = {0};
    int result = runtime ? 0 : error_memory(&error);

    *out = NULL;
    if (runtime) {
        runtime->host = *host;
        result = open_parts(runtime, options, &error);
    }
    if (message_size) {
        size_t length = strlen(error.message);
        if (length >= message_size) length = message_size - 1;
        memcpy(message, error.message, length);
        message[length] = '\0';
    }
    if (result < 0) {
        umbra_close(runtime);
        return result;
    }
    *out = runtime;
    return 0;
}

void umbra_close(struct umbra *runtime)
{
    if (runtime == NULL) return;
    direct_end_all(runtime);
    ag_close(runtime->agent);
    shells_close(runtime);
    import_close(runtime);
    commit_close(runtime);
    export_close(runtime);
    st_close(runtime->store);
    free(runtime->base_url);
    free(runtime->model);
    free(runtime->system);
    free(runtime);
}

void runtime_respond(struct umbra *runtime, uint32_t id, const struct buffer *result,
                     const struct buffer *bytes)
{
    struct buffer text = {0};
    struct error error;

    buffer_put_string(&text, "{\"ok\":");
    buffer_put_string(&text, result->size ? result->data : "null");
    buffer_put_byte(&text, '}');
    if (text.failed || result->failed || bytes->failed) {
        error_memory(&error);
        runtime_respond_error(runtime, id, &error);
    } else {
        runtime->host.respond(runtime->host.context, id, text.data, text.size, bytes->data, bytes->size);
    }
    buffer_free(&text);
}

void runtime_respond_error(struct umbra *runtime, uint32_t id, const struct error *error)
{
    static const char no_memory[] = "{\"error\":{\"code\":\"ENOMEM\",\"message\":\"out of memory\"}}";
    struct buffer text = {0};

    buffer_printf(&text, "{\"error\":{\"code\":\"%s\",\"message\":", umbra_error_name(error->code));
    json_put_string(&text, error->message, strlen(error->message));
    buffer_put_string(&text, "}}");
    if (text.failed)
        runtime->host.respond(runtime->host.context, id, no_memory, sizeof no_memory - 1, NULL, 0);
    else
        runtime->host.respond(runtime->host.context, id, text.data, text.size, NULL, 0);
    buffer_free(&text);
}

int runtime_refuse_busy(const struct umbra *runtime, struct error *error)
{
    if (ag_busy(runtime->agent))
        return error_set(error, UMBRA_EBUSY, "a turn is running; wait for it to end or cancel it first");
    if (runtime->calls) return error_set(error, UMBRA_EBUSY, "a tool is running; wait for it to end");
    if (runtime->import) return error_set(error, UMBRA_EBUSY, "an import is running; wait for it to end");
    if (runtime->commit) return error_set(error, UMBRA_EBUSY, "a commit is running; wait for it to end");
    return 0;
}

int runtime_refuse_running(const struct umbra *runtime, struct error *error)
{
    if (runtime->import) return error_set(error, UMBRA_EBUSY, "an import is running; wait for it to end");
    if (runtime->calls && runtime->tool_shells.owner)
        return error_set(error, UMBRA_EBUSY, "a command line is running; wait for it to end or cancel it");
    return 0;
}

void runtime_emit_changes(struct umbra *runtime)
{
    struct st_changes changes;
    char text[64];
    int length;

    if (st_list_changes(runtime->store, ST_BASE, ST_HEAD, &runtime->settings.renames, &changes, NULL) < 0)
        return;
    length = snprintf(text, sizeof text, "{\"type\":\"changes\",\"count\":%zu}", changes.count);
    st_free_changes(&changes);
    runtime->host.emit(runtime->host.context, text, (size_t)length);
}

void umbra_submit(struct umbra *runtime, uint32_t id, const char *json, size_t length, const void *blob,
                  size_t blob_size)
{
    struct request request = {.id = id, .blob = blob, .blob_size = blob_size};
    struct error error = {0};
    cJSON *body = json_parse(json, length, "the request", &error);
    const char *name = json_string(body, "op", "");
    const struct operation *operation = operation_find(name);
    int result;

    request.body = body;
    shells_settle(runtime);
    if (body == NULL)
        result = error.code;
    else if (operation == NULL)
        result = error_set(&error, UMBRA_EUNKNOWN, "there is no operation '%.100s'", name);
    else
        result = operation->run(runtime, &request, &error);
    if (result < 0)
        runtime_respond_error(runtime, id, &error);
    else if (result != RUNTIME_LATER)
        runtime_respond(runtime, id, &request.result, &request.bytes);
    buffer_free(&request.result);
    buffer_free(&request.bytes);
    cJSON_Delete(body);
}

void umbra_deliver(struct umbra *runtime, enum umbra_delivery what, uint32_t id, int number, const void *data,
                   size_t size)
{
    if (what >= UMBRA_STREAM_DATA)
        shells_deliver(runtime, what, id, number, data, size);
    else if (id && id == ag_fetch(runtime->agent)) {
        shells_settle(runtime); /* what comes is logged */
        ag_deliver(runtime->agent, what, number, data, size);
    }
}

/* The store's upkeep, when there is nothing else to do. */
static bool keep_up(struct umbra *runtime, struct k_slice *slice)
{
    int more;

    if (runtime->import || runtime->kernel.changing) return false;
    do {
        more = st_maintain(runtime->store, NULL);
    } while (more > 0 && !k_slice_charge(slice, UPKEEP_FUEL));
    return more > 0;
}

enum umbra_state umbra_run(struct umbra *runtime, uint32_t slice_ms)
{
    struct k_slice slice;
    bool more;

    k_slice_begin(&slice, &runtime->host, slice_ms);
    if (ag_is_calling(runtime->agent) || runtime->calls) shells_settle(runtime);
    more = ag_run(runtime->agent, &slice);
    more = direct_run(runtime, &slice) || more;
    more = shells_run(runtime, &slice) || more;
    if (!more) more = keep_up(runtime, &slice);
    return more ? UMBRA_MORE : UMBRA_IDLE;
}

int64_t umbra_next_wake(const struct umbra *runtime)
{
    int64_t wake = k_next_wake(&runtime->kernel), tools = tool_shells_next_wake(&runtime->tool_shells), now;

    if (wake == 0 || (tools && tools < wake)) wake = tools;
    if (wake == 0 || (runtime->settle_at && runtime->settle_at < wake)) wake = runtime->settle_at;
    if (wake == 0) return -1;
    now = runtime->host.clock_monotonic(runtime->host.context);
    return wake > now ? (wake - now + 999) / 1000 : 0;
}
