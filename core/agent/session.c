#include "agent/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/path.h"

#define CURRENT_PATH "sessions/current"

cJSON *session_event(const char *type)
{
    cJSON *event = cJSON_CreateObject();
    if (json_add_string(event, "type", type) == 0) return event;
    cJSON_Delete(event);
    return NULL;
}

/* The array of content blocks that a message with this role at the end has, adding the message if needed. */
static cJSON *open_message(cJSON *messages, const char *role)
{
    int count = cJSON_GetArraySize(messages);
    cJSON *last = count ? cJSON_GetArrayItem(messages, count - 1) : NULL;
    cJSON *content;

    if (last && strcmp(json_string(last, "role", ""), role) == 0)
        return cJSON_GetObjectItemCaseSensitive(last, "content");
    last = cJSON_CreateObject();
    content = cJSON_CreateArray();
    if (json_add_string(last, "role", role) < 0 || json_add_item(last, "content", content) < 0) {
        if (last == NULL) cJSON_Delete(content);
        cJSON_Delete(last);
        return NULL;
    }
    return json_append(messages, last) == 0 ? content : NULL;
}

static int apply_user(struct session *session, const cJSON *event)
{
    cJSON *content = open_message(session->messages, "user");
    cJSON *block = session_event("text");
    const char *text = json_string(event, "text", "");

    session->in_turn = true;
    buffer_clear(&session->partial);
    if (content && json_add_string(block, "text", text) == 0) return json_append(content, block);
    cJSON_Delete(block);
    return UMBRA_ENOMEM;
}

static int apply_assistant(struct session *session, const cJSON *event)
{
    const cJSON *block;
    cJSON *content;

    buffer_clear(&session->partial);
    if (cJSON_GetArraySize(json_get(event, "content")) == 0) return 0;
    content = open_message(session->messages, "assistant");
    if (content == NULL) return UMBRA_ENOMEM;
    cJSON_ArrayForEach(block, json_get(event, "content"))
    {
        if (json_append(content, cJSON_Duplicate(block, true)) < 0) return UMBRA_ENOMEM;
    }
    return 0;
}

static int apply_tool_result(struct session *session, const cJSON *event)
{
    cJSON *content = open_message(session->messages, "user");
    cJSON *block = session_event("tool_result");

    if (content && json_add_string(block, "tool_use_id", json_string(event, "id", "")) == 0 &&
        json_add_string(block, "content", json_string(event, "content", "")) == 0 &&
        json_add_bool(block, "is_error", json_bool(event, "is_error", false)) == 0)
        return json_append(content, block);
    cJSON_Delete(block);
    return UMBRA_ENOMEM;
}

static int apply(struct session *session, const cJSON *event)
{
    const char *type = json_string(event, "type", "");

    if (strcmp(type, "user") == 0) return apply_user(session, event);
    if (strcmp(type, "assistant") == 0) return apply_assistant(session, event);
    if (strcmp(type, "tool_result") == 0) return apply_tool_result(session, event);
    if (strcmp(type, "partial") == 0) buffer_put_string(&session->partial, json_string(event, "text", ""));
    if (strcmp(type, "turn_end") == 0) session->in_turn = false;
    return session->partial.failed ? UMBRA_ENOMEM : 0;
}

static void log_path(const struct session *session, char *path, size_t size)
{
    snprintf(path, size, "sessions/%s.jsonl", session->id);
}

/* Calls apply for each line of the log. */
static int replay(struct session *session, struct error *error)
{
    struct buffer text = {0};
    size_t at = 0;
    int result = fs_read_file(session->store, ST_SYSTEM, session->ino, SESSION_LOG_MAX, &text, error);

    while (result == 0 && at < text.size) {
        const char *line = text.data + at, *end = memchr(line, '\n', text.size - at);
        size_t length = end ? (size_t)(end - line) : text.size - at;
        cJSON *event = json_parse_text(line, length, "an event of the session", error);

        at += length + 1;
        if (event == NULL) {
            result = error->code;
            break;
        }
        session->next_seq = (uint32_t)json_number(event, "seq", session->next_seq) + 1;
        if (apply(session, event) < 0) result = error_memory(error);
        cJSON_Delete(event);
    }
    buffer_free(&text);
    return result;
}

static int reset(struct session *session, struct error *error)
{
    cJSON_Delete(session->messages);
    session->messages = cJSON_CreateArray();
    session->ino = 0;
    session->next_seq = 1;
    session->in_turn = false;
    buffer_clear(&session->partial);
    return session->messages ? 0 : error_memory(error);
}

static void make_id(struct session *session)
{
    unsigned char bytes[16];
    size_t i;
    session->host->random(session->host->context, bytes, sizeof bytes);
    for (i = 0; i < sizeof bytes; i++) snprintf(session->id + i * 2, 3, "%02x", bytes[i]);
}

int session_open(struct session *session, struct store *store, const struct umbra_host *host,
                 struct error *error)
{
    struct buffer current = {0};
    char path[64];
    uint32_t ino;
    int result;

    memset(session, 0, sizeof *session);
    session->store = store;
    session->host = host;
    result = reset(session, error);
    if (result < 0) return result;
    make_id(session);
    if (fs_resolve(store, ST_SYSTEM, CURRENT_PATH, strlen(CURRENT_PATH), FS_FOLLOW, &ino, NULL) < 0) return 0;
    result = fs_read_file(store, ST_SYSTEM, ino, sizeof session->id - 1, &current, error);
    if (result == 0 && current.size == sizeof session->id - 1) {
        memcpy(session->id, current.data, current.size);
        log_path(session, path, sizeof path);
        if (fs_resolve(store, ST_SYSTEM, path, strlen(path), FS_FOLLOW, &session->ino, NULL) == 0)
            result = replay(session, error);
    }
    buffer_free(&current);
    return result;
}

int session_begin(struct session *session, struct error *error)
{
    int result = reset(session, error);
    int64_t now = session->host->clock_wall(session->host->context);

    if (result < 0) return result;
    make_id(session);
    result = st_begin(session->store, error);
    if (result < 0) return result;
    result = fs_write_file(session->store, ST_SYSTEM, CURRENT_PATH, strlen(CURRENT_PATH), session->id,
                           strlen(session->id), now, NULL, error);
    if (result == 0) return st_commit(session->store, error);
    st_rollback(session->store);
    return result;
}

void session_close(struct session *session)
{
    cJSON_Delete(session->messages);
    buffer_free(&session->partial);
    memset(session, 0, sizeof *session);
}

/* Makes the log's file; within a transaction. */
static int create_log(struct session *session, int64_t now, struct error *error)
{
    char path[64];
    int result = fs_write_file(session->store, ST_SYSTEM, CURRENT_PATH, strlen(CURRENT_PATH), session->id,
                               strlen(session->id), now, NULL, error);

    log_path(session, path, sizeof path);
    if (result == 0)
        result = fs_write_file(session->store, ST_SYSTEM, path, strlen(path), "", 0, now, NULL, error);
    return result < 0
               ? result
               : fs_resolve(session->store, ST_SYSTEM, path, strlen(path), FS_FOLLOW, &session->ino, error);
}

static int append_line(struct session *session, const struct buffer *line, bool durable, int64_t now,
                       struct error *error)
{
    uint32_t before = session->ino;
    int result = st_begin(session->store, error);

    if (result < 0) return result;
    if (session->ino == 0) result = create_log(session, now, error);
    if (result == 0)
        result = st_append(session->store, ST_SYSTEM, session->ino, line->data, line->size, error);
    if (result == 0)
        result = durable ? st_commit(session->store, error) : st_commit_lazy(session->store, error);
    else
        st_rollback(session->store);
    if (result < 0) session->ino = before;
    return result;
}

int session_log(struct session *session, cJSON *event, bool durable, struct buffer *line, struct error *error)
{
    int64_t now = session->host->clock_wall(session->host->context);
    struct buffer text = {0};
    int result = 0;

    if (json_add_number(event, "seq", session->next_seq) < 0 ||
        json_add_number(event, "time", (double)now) < 0)
        result = error_memory(error);
    json_print(&text, event);
    buffer_put_byte(&text, '\n');
    if (result == 0 && text.failed) result = error_memory(error);
    if (result == 0) result = append_line(session, &text, durable, now, error);
    if (result == 0) {
        session->next_seq++;
        if (line) buffer_put(line, text.data, text.size - 1);
        if (apply(session, event) < 0) result = error_memory(error);
    }
    buffer_free(&text);
    cJSON_Delete(event);
    return result;
}

int session_history(const struct session *session, struct buffer *json, struct error *error)
{
    struct buffer text = {0};
    size_t i;
    int result = 0;

    if (session->ino)
        result = fs_read_file(session->store, ST_SYSTEM, session->ino, SESSION_LOG_MAX, &text, error);
    buffer_put_byte(json, '[');
    /* A line is one JSON value and ends in a newline; inside a value newlines are escaped. */
    for (i = 0; i + 1 < text.size; i++)
        if (text.data[i] == '\n') text.data[i] = ',';
    if (text.size) buffer_put(json, text.data, text.size - 1);
    buffer_put_byte(json, ']');
    buffer_free(&text);
    if (result == 0 && json->failed) result = error_memory(error);
    return result;
}

static bool has_result(const cJSON *content, const char *id)
{
    const cJSON *block;
    cJSON_ArrayForEach(block, content)
    {
        if (strcmp(json_string(block, "tool_use_id", ""), id) == 0) return true;
    }
    return false;
}

const cJSON *session_open_call(const struct session *session, uint32_t index)
{
    int count = cJSON_GetArraySize(session->messages);
    const cJSON *last = count ? cJSON_GetArrayItem(session->messages, count - 1) : NULL;
    const cJSON *results = NULL, *block;

    if (last && strcmp(json_string(last, "role", ""), "user") == 0) {
        results = json_get(last, "content");
        last = count > 1 ? cJSON_GetArrayItem(session->messages, count - 2) : NULL;
    }
    if (last == NULL || strcmp(json_string(last, "role", ""), "assistant") != 0) return NULL;
    cJSON_ArrayForEach(block, json_get(last, "content"))
    {
        if (strcmp(json_string(block, "type", ""), "tool_use") != 0) continue;
        if (has_result(results, json_string(block, "id", ""))) continue;
        if (index-- == 0) return block;
    }
    return NULL;
}
