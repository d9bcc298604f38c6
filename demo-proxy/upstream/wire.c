#include "base/json.h"
#include "base/utf8.h"
#include "upstream/wire.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "upstream/dialect.h"

enum { TEXT_PIECE = 24, INPUT_PIECE = 32, LONG_TEXT = 4000, LONG_PIECE = 400 };

void px_answer_free(struct px_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        struct px_block *block = &answer->blocks[i];
        free(block->text);
        free(block->id);
        free(block->name);
        free(block->input);
    }
    free(answer->blocks);
    *answer = (struct px_answer){0};
}

static int add_block(struct px_answer *answer, struct px_block block)
{
    bool whole = block.kind == PX_BLOCK_TOOL_USE ? block.id && block.name && block.input : block.text != NULL;
    if (whole && answer->count == answer->capacity) {
        size_t capacity = answer->capacity ? answer->capacity * 2 : 8;
        struct px_block *blocks = realloc(answer->blocks, capacity * sizeof *blocks);
        if (blocks) {
            answer->blocks = blocks;
            answer->capacity = capacity;
        }
        whole = blocks != NULL;
    }
    if (!whole) {
        free(block.text);
        free(block.id);
        free(block.name);
        free(block.input);
        return PX_ENOMEM;
    }
    answer->blocks[answer->count++] = block;
    return 0;
}

int px_answer_text(struct px_answer *answer, char *text)
{
    return add_block(answer, (struct px_block){.kind = PX_BLOCK_TEXT, .text = text});
}

int px_answer_tool(struct px_answer *answer, char *id, char *name, char *input)
{
    return add_block(answer,
                     (struct px_block){.kind = PX_BLOCK_TOOL_USE, .id = id, .name = name, .input = input});
}

int px_answer_thinking(struct px_answer *answer, char *text)
{
    return add_block(answer, (struct px_block){.kind = PX_BLOCK_THINKING, .text = text});
}

static const char *stop_reason(const struct px_answer *answer)
{
    if (answer->stop_reason) return answer->stop_reason;
    for (size_t i = 0; i < answer->count; i++)
        if (answer->blocks[i].kind == PX_BLOCK_TOOL_USE) return "tool_use";
    return "end_turn";
}

static size_t output_tokens(const struct px_answer *answer)
{
    size_t bytes = 0;
    for (size_t i = 0; i < answer->count; i++) {
        const struct px_block *block = &answer->blocks[i];
        bytes += block->kind == PX_BLOCK_TOOL_USE ? strlen(block->input) + 16 : strlen(block->text);
    }
    return bytes / 4 + 1;
}

static void write_block(struct buffer *out, const struct px_block *block)
{
    switch (block->kind) {
    case PX_BLOCK_TEXT:
        buffer_put_string(out, "{\"type\":\"text\",\"text\":");
        px_put_json(out, block->text);
        break;
    case PX_BLOCK_THINKING:
        buffer_put_string(out, "{\"type\":\"thinking\",\"signature\":\"\",\"thinking\":");
        px_put_json(out, block->text);
        break;
    case PX_BLOCK_TOOL_USE:
        buffer_put_string(out, "{\"type\":\"tool_use\",\"id\":");
        px_put_json(out, block->id);
        buffer_put_string(out, ",\"name\":");
        px_put_json(out, block->name);
        buffer_printf(out, ",\"input\":%s", block->input);
        break;
    }
    buffer_put_string(out, "}");
}

static void write_message_start(struct buffer *out, const struct px_message_info *info)
{
    buffer_put_string(out, "{\"id\":");
    px_put_json(out, info->id);
    buffer_put_string(out, ",\"type\":\"message\",\"role\":\"assistant\",\"model\":");
    px_put_json(out, info->model);
}

static void write_usage(struct buffer *out, long long input, size_t output)
{
    buffer_printf(out,
                  "\"usage\":{\"input_tokens\":%lld,\"cache_creation_input_tokens\":0,"
                  "\"cache_read_input_tokens\":0,\"output_tokens\":%zu}",
                  input, output);
}

int px_wire_message(struct px_script *script, const struct px_answer *answer,
                    const struct px_message_info *info)
{
    struct buffer out = {0};
    write_message_start(&out, info);
    buffer_put_string(&out, ",\"content\":[");
    for (size_t i = 0; i < answer->count; i++) {
        if (i) buffer_put_string(&out, ",");
        write_block(&out, &answer->blocks[i]);
    }
    buffer_printf(&out, "],\"stop_reason\":\"%s\",\"stop_sequence\":null,", stop_reason(answer));
    write_usage(&out, info->input_tokens, output_tokens(answer));
    buffer_put_string(&out, "}");
    int rc = out.failed ? PX_ENOMEM : px_script_header(script, "content-type", "application/json");
    if (rc == 0) rc = px_script_add(script, info->delay_ms, out.data, out.size);
    buffer_free(&out);
    return rc;
}

/* One event: "event: TYPE\ndata: {"type":"TYPE"REST}\n\n", where rest starts with a comma or is empty. */
static int add_event(struct px_script *script, long long delay_ms, const char *type, struct buffer *rest)
{
    struct buffer out = {0};
    buffer_printf(&out, "event: %s\ndata: {\"type\":\"%s\"", type, type);
    buffer_put(&out, buffer_string(rest), rest->size);
    buffer_put_string(&out, "}\n\n");
    int rc = out.failed || rest->failed ? PX_ENOMEM : px_script_add(script, delay_ms, out.data, out.size);
    buffer_free(&out);
    buffer_free(rest);
    return rc;
}

static int add_pieces(struct px_script *script, size_t index, const char *kind, const char *field,
                      const char *text, size_t piece, long long delay_ms)
{
    int rc = 0;
    size_t left = strlen(text);
    if (left > LONG_TEXT) piece = LONG_PIECE;
    while (left > 0 && rc == 0) {
        size_t n = left < piece ? left : utf8_floor(text, piece);
        if (n == 0) n = left < piece ? left : piece;
        struct buffer rest = {0};
        buffer_printf(&rest, ",\"index\":%zu,\"delta\":{\"type\":\"%s\",\"%s\":", index, kind, field);
        json_put_string(&rest, text, n);
        buffer_put_string(&rest, "}");
        rc = add_event(script, delay_ms, "content_block_delta", &rest);
        text += n;
        left -= n;
    }
    return rc;
}

static int add_block_events(struct px_script *script, size_t index, const struct px_block *block,
                            long long delay_ms)
{
    static char nothing[] = "", empty_object[] = "{}";
    struct px_block start = *block;
    start.text = nothing;
    start.input = empty_object;
    struct buffer rest = {0};
    buffer_printf(&rest, ",\"index\":%zu,\"content_block\":", index);
    write_block(&rest, &start);
    int rc = add_event(script, delay_ms, "content_block_start", &rest);
    if (rc == 0 && block->kind == PX_BLOCK_TEXT)
        rc = add_pieces(script, index, "text_delta", "text", block->text, TEXT_PIECE, delay_ms);
    if (rc == 0 && block->kind == PX_BLOCK_THINKING)
        rc = add_pieces(script, index, "thinking_delta", "thinking", block->text, TEXT_PIECE, delay_ms);
    if (rc == 0 && block->kind == PX_BLOCK_TOOL_USE)
        rc = add_pieces(script, index, "input_json_delta", "partial_json", block->input, INPUT_PIECE,
                        delay_ms);
    if (rc) return rc;
    struct buffer stop = {0};
    buffer_printf(&stop, ",\"index\":%zu", index);
    return add_event(script, delay_ms, "content_block_stop", &stop);
}

static int add_start(struct px_script *script, const struct px_message_info *info)
{
    struct buffer start = {0}, ping = {0};
    buffer_put_string(&start, ",\"message\":");
    write_message_start(&start, info);
    buffer_put_string(&start, ",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,");
    write_usage(&start, info->input_tokens, 1);
    buffer_put_string(&start, "}");
    int rc = add_event(script, 0, "message_start", &start);
    return rc ? rc : add_event(script, info->delay_ms, "ping", &ping);
}

int px_wire_stream(struct px_script *script, const struct px_answer *answer,
                   const struct px_message_info *info)
{
    struct buffer delta = {0}, nothing = {0};
    int rc = px_script_header(script, "content-type", "text/event-stream; charset=utf-8");
    if (rc == 0) rc = add_start(script, info);
    for (size_t i = 0; i < answer->count && rc == 0; i++)
        rc = add_block_events(script, i, &answer->blocks[i], info->delay_ms);
    if (rc) return rc;
    buffer_printf(
        &delta,
        ",\"delta\":{\"stop_reason\":\"%s\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":%zu}",
        stop_reason(answer), output_tokens(answer));
    rc = add_event(script, info->delay_ms, "message_delta", &delta);
    return rc ? rc : add_event(script, 0, "message_stop", &nothing);
}

int px_wire_refusal(struct px_script *script, int status, const char *type, const char *message)
{
    struct buffer out = {0};
    px_put_error(&out, PX_ANTHROPIC, status, type, message);
    script->status = status;
    int rc = out.failed ? PX_ENOMEM : px_script_header(script, "content-type", "application/json");
    if (rc == 0) rc = px_script_add(script, 0, out.data, out.size);
    buffer_free(&out);
    return rc;
}
