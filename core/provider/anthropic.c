/* anthropic.c: the Messages API with streaming, version 2023-06-01 (Anthropic API reference, "Messages" and
 * "Streaming messages"). Block kinds and events that are not known are passed over, as the reference asks. */
#include <stdlib.h>
#include <string.h>

#include "provider/provider.h"
#include "provider/sse.h"

#define BLOCKS_MAX 256u

struct block {
    enum { BLOCK_OTHER, BLOCK_TEXT, BLOCK_TOOL } kind;
    char *id, *name;
    struct buffer text; /* of a text block, or the JSON text of a tool's input */
    bool open;
};

struct pv_stream {
    struct pv_events events;
    struct sse sse;
    struct block *blocks;
    uint32_t count;
    bool stopped;
    char stop_reason[32];
    double input_tokens, output_tokens;
    cJSON *content;      /* made by finish */
    struct error damage; /* an event that was no JSON, kept until the next one */
};

static int add_messages(cJSON *body, const struct pv_request *request)
{
    /* References: the conversation stays the caller's. */
    if (!cJSON_AddItemReferenceToObject(body, "messages", (cJSON *)request->messages)) return UMBRA_ENOMEM;
    if (request->tools == NULL || cJSON_GetArraySize(request->tools) == 0) return 0;
    return cJSON_AddItemReferenceToObject(body, "tools", (cJSON *)request->tools) ? 0 : UMBRA_ENOMEM;
}

static int anthropic_build(const struct pv_request *request, struct pv_call *call, struct error *error)
{
    static const char headers[] = "{\"content-type\":\"application/json\",\"accept\":\"text/"
                                  "event-stream\",\"anthropic-version\":\"2023-06-01\"}";
    struct buffer url = {0}, head = {0}, text = {0};
    cJSON *body = cJSON_CreateObject();
    int failed = json_add_string(body, "model", request->model) |
                 json_add_number(body, "max_tokens", request->max_tokens) |
                 json_add_bool(body, "stream", true) | json_add_string(body, "system", request->system);

    if (body && !failed) failed = add_messages(body, request);
    json_print(&text, failed ? NULL : body);
    cJSON_Delete(body);
    buffer_printf(&url, "%s/v1/messages", request->base_url);
    buffer_put_string(&head, headers);
    call->body_size = text.size;
    call->url = buffer_take(&url);
    call->headers = buffer_take(&head);
    call->body = buffer_take(&text);
    call->credential = "anthropic";
    if (call->url && call->headers && call->body) return 0;
    pv_call_free(call);
    return error_memory(error);
}

static struct pv_stream *anthropic_open(const struct pv_events *events)
{
    struct pv_stream *stream = calloc(1, sizeof *stream);
    if (stream) stream->events = *events;
    return stream;
}

static void anthropic_close(struct pv_stream *stream)
{
    uint32_t i;
    if (stream == NULL) return;
    for (i = 0; i < stream->count; i++) {
        free(stream->blocks[i].id);
        free(stream->blocks[i].name);
        buffer_free(&stream->blocks[i].text);
    }
    free(stream->blocks);
    cJSON_Delete(stream->content);
    sse_free(&stream->sse);
    free(stream);
}

static int malformed(struct error *error, const char *what)
{
    return error_set(error, UMBRA_EPARSE, "the provider's stream makes no sense: %s", what);
}

static char *copy_string(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

/* The open block that an event is about, NULL with an error. */
static struct block *block_of(struct pv_stream *stream, const cJSON *event, struct error *error)
{
    double index = json_number(event, "index", -1);
    if (index < 0 || index >= stream->count || !stream->blocks[(uint32_t)index].open) {
        malformed(error, "an event for a content block that is not open");
        return NULL;
    }
    return &stream->blocks[(uint32_t)index];
}

static int start_block(struct pv_stream *stream, const cJSON *event, struct error *error)
{
    const cJSON *content = json_get(event, "content_block");
    const char *type = json_string(content, "type", "");
    struct block *blocks, *block;

    if (json_number(event, "index", -1) != stream->count || stream->count >= BLOCKS_MAX)
        return malformed(error, "content blocks out of order, or too many");
    blocks = realloc(stream->blocks, (stream->count + 1) * sizeof *blocks);
    if (blocks == NULL) return error_memory(error);
    stream->blocks = blocks;
    block = &blocks[stream->count++];
    memset(block, 0, sizeof *block);
    block->open = true;
    if (strcmp(type, "text") == 0) {
        const char *text = json_string(content, "text", "");
        block->kind = BLOCK_TEXT;
        buffer_put_string(&block->text, text);
        if (*text) stream->events.text(stream->events.context, stream->count - 1, text, strlen(text));
    } else if (strcmp(type, "tool_use") == 0) {
        block->kind = BLOCK_TOOL;
        block->id = copy_string(json_string(content, "id", ""));
        block->name = copy_string(json_string(content, "name", ""));
        if (block->id == NULL || block->name == NULL) return error_memory(error);
        if (*block->id == '\0' || *block->name == '\0')
            return malformed(error, "a tool call without id or name");
        stream->events.tool_input(stream->events.context, stream->count - 1, block->id, block->name, 0);
    }
    return block->text.failed ? error_memory(error) : 0;
}

static int add_delta(struct pv_stream *stream, const cJSON *event, struct error *error)
{
    const cJSON *delta = json_get(event, "delta");
    const char *type = json_string(delta, "type", "");
    struct block *block = block_of(stream, event, error);
    uint32_t index;

    if (block == NULL) return UMBRA_EPARSE;
    index = (uint32_t)(block - stream->blocks);
    if (block->kind == BLOCK_TEXT && strcmp(type, "text_delta") == 0) {
        const char *text = json_string(delta, "text", "");
        buffer_put_string(&block->text, text);
        stream->events.text(stream->events.context, index, text, strlen(text));
    } else if (block->kind == BLOCK_TOOL && strcmp(type, "input_json_delta") == 0) {
        buffer_put_string(&block->text, json_string(delta, "partial_json", ""));
        stream->events.tool_input(stream->events.context, index, block->id, block->name, block->text.size);
    }
    return block->text.failed ? error_memory(error) : 0;
}

static int take_error(const cJSON *event, struct error *error)
{
    const cJSON *item = json_get(event, "error");
    return error_set(error, UMBRA_EUPSTREAM, "the provider broke off: %s (%s)",
                     json_string(item, "message", "no reason given"), json_string(item, "type", "error"));
}

static void take_usage(struct pv_stream *stream, const cJSON *usage)
{
    stream->input_tokens = json_number(usage, "input_tokens", stream->input_tokens);
    stream->output_tokens = json_number(usage, "output_tokens", stream->output_tokens);
}

static void take_message_delta(struct pv_stream *stream, const cJSON *event)
{
    const char *reason = json_string(json_get(event, "delta"), "stop_reason", NULL);
    size_t length = reason ? strlen(reason) : 0;

    take_usage(stream, json_get(event, "usage"));
    if (reason == NULL) return;
    if (length >= sizeof stream->stop_reason) length = sizeof stream->stop_reason - 1;
    memcpy(stream->stop_reason, reason, length);
    stream->stop_reason[length] = '\0';
}

static int take_event(struct pv_stream *stream, const cJSON *event, struct error *error)
{
    const char *type = json_string(event, "type", "");
    struct block *block;

    if (strcmp(type, "content_block_delta") == 0) return add_delta(stream, event, error);
    if (strcmp(type, "content_block_start") == 0) return start_block(stream, event, error);
    if (strcmp(type, "error") == 0) return take_error(event, error);
    if (strcmp(type, "content_block_stop") == 0) {
        block = block_of(stream, event, error);
        if (block == NULL) return UMBRA_EPARSE;
        block->open = false;
    } else if (strcmp(type, "message_start") == 0) {
        take_usage(stream, json_get(json_get(event, "message"), "usage"));
    } else if (strcmp(type, "message_delta") == 0) {
        take_message_delta(stream, event);
    } else if (strcmp(type, "message_stop") == 0) {
        stream->stopped = true;
    }
    return 0;
}

/* An event that is no JSON may be half of one, cut off by a connection that broke: a proxy then says so in an
 * error event after it. So it counts as soon as the next event is another, or there is none. */
static int on_event(void *context, const char *name, const char *data, size_t size, struct error *error)
{
    struct pv_stream *stream = context;
    struct error damage = {0};
    cJSON *event;
    int result;

    (void)name; /* the type inside says the same */
    if (stream->stopped) return 0;
    event = json_parse_text(data, size, "an event of the provider's stream", &damage);
    if (stream->damage.code && strcmp(json_string(event, "type", ""), "error") != 0) {
        result = error_set(error, stream->damage.code, "%s", stream->damage.message);
    } else if (event == NULL) {
        stream->damage = damage;
        result = 0;
    } else {
        result = take_event(stream, event, error);
    }
    cJSON_Delete(event);
    return result;
}

static int anthropic_feed(struct pv_stream *stream, const void *bytes, size_t size, struct error *error)
{
    return sse_feed(&stream->sse, bytes, size, on_event, stream, error);
}

static cJSON *tool_block(const struct block *block, struct error *error)
{
    const char *text = block->text.size ? block->text.data : "{}";
    cJSON *input =
        json_parse(text, block->text.size ? block->text.size : 2, "the input of a tool call", error);
    cJSON *item;

    /* A call that cannot be read is still a call: the tool's validation answers it with an error. */
    if (input == NULL && error->code == UMBRA_EPARSE) {
        input = cJSON_CreateObject();
        if (json_add_string(input, "malformed_input", error->message) < 0) goto fail;
    }
    item = cJSON_CreateObject();
    if (json_add_string(item, "type", "tool_use") | json_add_string(item, "id", block->id) |
        json_add_string(item, "name", block->name)) {
        cJSON_Delete(item);
        goto fail;
    }
    if (json_add_item(item, "input", input) == 0) return item;
    cJSON_Delete(item);
    return NULL;
fail:
    cJSON_Delete(input);
    return NULL;
}

static cJSON *text_block(const struct block *block)
{
    cJSON *item = cJSON_CreateObject();
    if (json_add_string(item, "type", "text") == 0 &&
        json_add_text(item, "text", buffer_string(&block->text), block->text.size) == 0)
        return item;
    cJSON_Delete(item);
    return NULL;
}

static int collect_content(struct pv_stream *stream, bool complete)
{
    uint32_t i;
    cJSON_Delete(stream->content);
    stream->content = cJSON_CreateArray();
    if (stream->content == NULL) return UMBRA_ENOMEM;
    for (i = 0; i < stream->count; i++) {
        const struct block *block = &stream->blocks[i];
        struct error ignored = {0};
        int result = 0;
        if (block->kind == BLOCK_TEXT && block->text.size)
            result = json_append(stream->content, text_block(block));
        else if (block->kind == BLOCK_TOOL && complete)
            result = json_append(stream->content, tool_block(block, &ignored));
        if (result < 0) return result;
    }
    return 0;
}

static int anthropic_finish(struct pv_stream *stream, bool complete, struct pv_message *message,
                            struct error *error)
{
    if (complete && stream->damage.code)
        return error_set(error, stream->damage.code, "%s", stream->damage.message);
    if (complete && !stream->stopped)
        return error_set(error, UMBRA_EUPSTREAM,
                         "the answer broke off before its end%s; send the request again to go on",
                         sse_unfinished(&stream->sse) ? " in the middle of an event" : "");
    if (collect_content(stream, complete) < 0) return error_memory(error);
    message->content = stream->content;
    message->stop_reason = stream->stop_reason[0] ? stream->stop_reason : "end_turn";
    message->input_tokens = stream->input_tokens;
    message->output_tokens = stream->output_tokens;
    return 0;
}

static void anthropic_explain(const char *body, size_t size, char *text, size_t text_size)
{
    struct error ignored;
    cJSON *root = json_parse_text(body, size, "the provider's error", &ignored);
    const cJSON *item = json_get(root, "error");
    const char *message = cJSON_IsString(item) ? item->valuestring : json_string(item, "message", "");
    size_t length = strlen(message);

    if (length >= text_size) length = text_size - 1;
    memcpy(text, message, length);
    text[length] = '\0';
    cJSON_Delete(root);
}

const struct provider pv_anthropic = {
    .name = "anthropic",
    .build = anthropic_build,
    .open = anthropic_open,
    .feed = anthropic_feed,
    .finish = anthropic_finish,
    .close = anthropic_close,
    .explain = anthropic_explain,
};
