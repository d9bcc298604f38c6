#include "offline/conversation.h"

#include <stdlib.h>
#include <string.h>

#include "base/put.h"
#include "base/text.h"

static bool is_type(const cJSON *block, const char *type)
{
    const char *given = px_json_text(block, "type");
    return given && strcmp(given, type) == 0;
}

/* What a client puts into a user message beside the user's own words. */
static bool is_aside(const char *text)
{
    text += strspn(text, " \t\r\n");
    return px_has_prefix(text, "<system-reminder") || px_has_prefix(text, "<environment") ||
           px_has_prefix(text, "<context");
}

static void put_line(struct buffer *out, const char *text)
{
    if (out->size) buffer_put_string(out, "\n");
    buffer_put_string(out, text);
}

/* The text of a string or of an array of text blocks; with results also that of tool_result blocks. */
static void put_content(struct buffer *out, const cJSON *content, bool asides, bool results)
{
    if (cJSON_IsString(content)) {
        if (asides || !is_aside(content->valuestring)) put_line(out, content->valuestring);
        return;
    }
    const cJSON *block = NULL;
    cJSON_ArrayForEach(block, content)
    {
        const char *text = is_type(block, "text") ? px_json_text(block, "text") : NULL;
        if (text && (asides || !is_aside(text))) put_line(out, text);
        if (results && is_type(block, "tool_result")) {
            const cJSON *inner = cJSON_GetObjectItemCaseSensitive(block, "content");
            if (cJSON_IsString(inner))
                put_line(out, inner->valuestring);
            else
                put_content(out, inner, true, false);
        }
    }
}

static bool is_role(const cJSON *message, const char *role)
{
    const char *given = px_json_text(message, "role");
    return given && strcmp(given, role) == 0;
}

static int check_request(const cJSON *request, struct px_err *err)
{
    const cJSON *messages = cJSON_GetObjectItemCaseSensitive(request, "messages");
    const cJSON *max_tokens = cJSON_GetObjectItemCaseSensitive(request, "max_tokens");
    const cJSON *message = NULL;
    int index = 0;
    if (!cJSON_IsObject(request)) return px_fail(err, PX_EINVAL, "the request must be a JSON object");
    if (!px_json_text(request, "model")) return px_fail(err, PX_EINVAL, "model: Field required");
    if (!cJSON_IsNumber(max_tokens) || max_tokens->valuedouble < 1)
        return px_fail(err, PX_EINVAL, "max_tokens: must be a number greater than or equal to 1");
    if (!cJSON_IsArray(messages) || cJSON_GetArraySize(messages) == 0)
        return px_fail(err, PX_EINVAL, "messages: at least one message is required");
    cJSON_ArrayForEach(message, messages)
    {
        const cJSON *content = cJSON_GetObjectItemCaseSensitive(message, "content");
        if (!is_role(message, "user") && !is_role(message, "assistant"))
            return px_fail(err, PX_EINVAL, "messages.%d.role: must be user or assistant", index);
        if (!cJSON_IsString(content) && !cJSON_IsArray(content))
            return px_fail(err, PX_EINVAL, "messages.%d.content: must be a string or an array of blocks",
                           index);
        index++;
    }
    return 0;
}

/* The last user message with words of its own; NULL when there is none. */
static int find_prompt(struct px_conversation *conversation, const cJSON *messages, const cJSON **found)
{
    const cJSON *message = NULL;
    struct buffer prompt = {0}, last = {0};
    *found = NULL;
    cJSON_ArrayForEach(message, messages)
    {
        if (!is_role(message, "user")) continue;
        const cJSON *content = cJSON_GetObjectItemCaseSensitive(message, "content");
        struct buffer text = {0};
        put_content(&text, content, false, false);
        buffer_clear(&last);
        put_content(&last, content, true, true);
        if (text.failed || last.failed) {
            buffer_free(&text);
            prompt.failed = true;
            break;
        }
        if (strspn(buffer_string(&text), " \t\r\n") == text.size) {
            buffer_free(&text);
            continue;
        }
        buffer_free(&prompt);
        prompt = text;
        *found = message;
    }
    conversation->prompt = buffer_take(&prompt);
    conversation->last_text = buffer_take(&last);
    return conversation->prompt && conversation->last_text ? 0 : PX_ENOMEM;
}

static int add_call(struct px_conversation *conversation, const cJSON *block)
{
    const char *id = px_json_text(block, "id"), *name = px_json_text(block, "name");
    const cJSON *input = cJSON_GetObjectItemCaseSensitive(block, "input");
    if (!id || !name || !input || conversation->call_count == PX_MAX_CALLS) return 0;
    size_t n = conversation->call_count;
    if ((n & (n - 1)) == 0) { /* grows at each power of two */
        struct px_call *calls = realloc(conversation->calls, (n ? n * 2 : 1) * sizeof *calls);
        if (!calls) return PX_ENOMEM;
        conversation->calls = calls;
    }
    char *result = strdup("");
    if (!result) return PX_ENOMEM;
    conversation->calls[conversation->call_count++] =
        (struct px_call){.id = id, .name = name, .input = input, .result = result};
    return 0;
}

static bool says_denied(const char *text)
{
    static const char *const words[] = {"denied", "declined", "rejected", "refused", "not allowed"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (px_find_nocase(text, words[i])) return true;
    return false;
}

static int add_result(struct px_conversation *conversation, const cJSON *block)
{
    const char *id = px_json_text(block, "tool_use_id");
    const cJSON *content = cJSON_GetObjectItemCaseSensitive(block, "content");
    struct buffer text = {0};
    for (size_t i = 0; id && i < conversation->call_count; i++) {
        struct px_call *call = &conversation->calls[i];
        if (call->answered || strcmp(call->id, id) != 0) continue;
        put_content(&text, content, true, false);
        char *result = buffer_take(&text);
        if (!result) return PX_ENOMEM;
        free(call->result);
        call->result = result;
        call->answered = true;
        call->failed = px_json_true(block, "is_error");
        call->denied = call->failed && says_denied(result);
        break;
    }
    return 0;
}

static int collect_calls(struct px_conversation *conversation, const cJSON *message)
{
    for (; message; message = message->next) {
        const cJSON *content = cJSON_GetObjectItemCaseSensitive(message, "content");
        const cJSON *block = NULL;
        bool assistant = is_role(message, "assistant");
        if (!cJSON_IsArray(content)) continue;
        cJSON_ArrayForEach(block, content)
        {
            int rc = 0;
            if (assistant && is_type(block, "tool_use")) rc = add_call(conversation, block);
            if (!assistant && is_type(block, "tool_result")) rc = add_result(conversation, block);
            if (rc) return rc;
        }
    }
    return 0;
}

int px_conversation_open(struct px_conversation *conversation, const cJSON *request, struct px_err *err)
{
    *conversation = (struct px_conversation){0};
    int rc = check_request(request, err);
    if (rc) return rc;
    const cJSON *messages = cJSON_GetObjectItemCaseSensitive(request, "messages");
    const cJSON *tools = cJSON_GetObjectItemCaseSensitive(request, "tools"), *prompt = NULL;
    double max_tokens = cJSON_GetObjectItemCaseSensitive(request, "max_tokens")->valuedouble;
    conversation->tools = cJSON_IsArray(tools) ? tools : NULL;
    conversation->message_count = (size_t)cJSON_GetArraySize(messages);
    conversation->stream = px_json_true(request, "stream");
    conversation->max_tokens = max_tokens > 1e9 ? 1000000000 : (long long)max_tokens;
    rc = find_prompt(conversation, messages, &prompt);
    if (rc == 0 && prompt) rc = collect_calls(conversation, prompt->next);
    if (rc == 0) return 0;
    px_conversation_close(conversation);
    return px_fail_memory(err);
}

void px_conversation_close(struct px_conversation *conversation)
{
    for (size_t i = 0; i < conversation->call_count; i++) free(conversation->calls[i].result);
    free(conversation->calls);
    free(conversation->prompt);
    free(conversation->last_text);
    *conversation = (struct px_conversation){0};
}

bool px_conversation_has_tool(const struct px_conversation *conversation, const char *name)
{
    const cJSON *tool = NULL;
    cJSON_ArrayForEach(tool, conversation->tools)
    {
        const char *given = px_json_text(tool, "name");
        if (given && strcmp(given, name) == 0) return true;
    }
    return false;
}
