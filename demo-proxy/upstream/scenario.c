#include "upstream/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/put.h"
#include "base/text.h"
#include "offline/conversation.h"
#include "upstream/wire.h"

enum { MAX_FILE = 64 << 20, READ_PIECE = 65536 };

struct px_scenario {
    cJSON *json;
    const cJSON *turns;
    bool *used;
    int requests;
    char *name;
};

static const cJSON *item(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static long long number(const cJSON *turn, const char *name, long long otherwise)
{
    const cJSON *value = item(turn, name);
    return cJSON_IsNumber(value) ? (long long)value->valuedouble : otherwise;
}

struct rule {
    const char *name;
    char kind; /* s string, n number, o object, a array, A array of strings, O array of objects, b boolean, *
                  any */
};

static const struct rule rules[] = {
    {"match", 's'},   {"status", 'n'},      {"headers", 'o'},       {"delay_ms", 'n'},
    {"chunks", 'A'},  {"events", 'O'},      {"chunks_base64", 'A'}, {"chunk_delay_ms", 'n'},
    {"content", 'O'}, {"stop_reason", 's'}, {"hang", 'b'},          {"cut_after_bytes", 'n'},
    {"cut", 's'},     {"repeat", 'b'},      {"body", '*'},          {"model", 's'},
    {"comment", 's'},
};

static bool all_items(const cJSON *array, cJSON_bool (*is)(const cJSON *const))
{
    const cJSON *value = NULL;
    cJSON_ArrayForEach(value, array)
    {
        if (!is(value)) return false;
    }
    return cJSON_IsArray(array);
}

static bool all_texts(const cJSON *object)
{
    const cJSON *value = NULL;
    cJSON_ArrayForEach(value, object)
    {
        if (!cJSON_IsString(value)) return false;
        for (const char *p = value->valuestring; *p; p++)
            if ((unsigned char)*p < ' ') return false;
    }
    return cJSON_IsObject(object);
}

static const char *fault_of(const cJSON *value, char kind)
{
    switch (kind) {
    case 's':
        return cJSON_IsString(value) ? NULL : "must be a string";
    case 'n':
        return cJSON_IsNumber(value) && value->valuedouble >= 0 && value->valuedouble <= 1e9
                   ? NULL
                   : "must be a number from 0 to 1000000000";
    case 'o':
        return all_texts(value) ? NULL : "must be an object with one-line strings";
    case 'A':
        return all_items(value, cJSON_IsString) ? NULL : "must be an array of strings";
    case 'O':
        return all_items(value, cJSON_IsObject) ? NULL : "must be an array of objects";
    case 'b':
        return cJSON_IsBool(value) ? NULL : "must be true or false";
    default:
        return NULL;
    }
}

static const char *content_fault(const cJSON *turn)
{
    const cJSON *block = NULL, *chunk = NULL;
    cJSON_ArrayForEach(block, item(turn, "content"))
    {
        const char *type = px_json_text(block, "type");
        if (type && strcmp(type, "text") == 0 && px_json_text(block, "text")) continue;
        if (type && strcmp(type, "thinking") == 0 && px_json_text(block, "thinking")) continue;
        if (type && strcmp(type, "tool_use") == 0 && px_json_text(block, "name") &&
            cJSON_IsObject(item(block, "input")))
            continue;
        return "content: a block must be text with text, thinking with thinking, or tool_use with name and "
               "input";
    }
    cJSON_ArrayForEach(block, item(turn, "events"))
    {
        if (!px_json_text(block, "type")) return "events: an event must have a type";
    }
    cJSON_ArrayForEach(chunk, item(turn, "chunks_base64"))
    {
        size_t n = strlen(chunk->valuestring);
        char *room = malloc(n + 1);
        long size = room ? px_base64_decode(chunk->valuestring, n, room, n + 1) : 0;
        free(room);
        if (size < 0) return "chunks_base64: a string is not base64";
    }
    return NULL;
}

static int check_turn(const cJSON *turn, int index, const char *name, struct px_err *err)
{
    const cJSON *value = NULL;
    int bodies = 0;
    if (!cJSON_IsObject(turn))
        return px_fail(err, PX_EUSAGE, "scenario %s: turn %d is no object", name, index);
    cJSON_ArrayForEach(value, turn)
    {
        const struct rule *rule = NULL;
        for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
            if (strcmp(rules[i].name, value->string) == 0) rule = &rules[i];
        if (!rule)
            return px_fail(err, PX_EUSAGE, "scenario %s: turn %d has an unknown member \"%.40s\"", name,
                           index, value->string);
        const char *fault = fault_of(value, rule->kind);
        if (fault)
            return px_fail(err, PX_EUSAGE, "scenario %s: turn %d: %s %s", name, index, rule->name, fault);
    }
    const char *fault = content_fault(turn);
    bodies += item(turn, "chunks") != NULL;
    bodies += item(turn, "chunks_base64") != NULL;
    bodies += item(turn, "events") != NULL;
    bodies += item(turn, "content") != NULL;
    bodies += item(turn, "body") != NULL;
    long long status = number(turn, "status", 200);
    const char *cut = px_json_text(turn, "cut");
    if (!fault && bodies > 1)
        fault = "only one of chunks, chunks_base64, events, content and body may be given";
    if (!fault && bodies == 0 && !item(turn, "hang"))
        fault = "one of chunks, chunks_base64, events, content, body or hang is needed";
    if (!fault && (status < 200 || status > 599)) fault = "status must be from 200 to 599";
    if (!fault && cJSON_GetArraySize(item(turn, "headers")) > PX_STREAM_HEADERS - 2)
        fault = "there are too many headers";
    if (!fault && cut && strcmp(cut, "connection") != 0 && strcmp(cut, "upstream") != 0)
        fault = "cut must be \"connection\" or \"upstream\"";
    return fault ? px_fail(err, PX_EUSAGE, "scenario %s: turn %d: %s", name, index, fault) : 0;
}

int px_scenario_parse(struct px_scenario **scenario, const char *data, size_t size, const char *name,
                      struct px_err *err)
{
    struct px_err why = {0};
    struct px_scenario *s = calloc(1, sizeof *s);
    if (!s) return px_fail_memory(err);
    int rc = 0, index = 0;
    s->json = px_json_parse(data, size, &why);
    s->name = strdup(name);
    s->turns = item(s->json, "turns");
    const cJSON *turn = NULL;
    if (!s->json)
        rc = px_fail(err, PX_EUSAGE, "scenario %s: %s", name, why.text);
    else if (!cJSON_IsArray(s->turns) || cJSON_GetArraySize(s->turns) == 0)
        rc = px_fail(err, PX_EUSAGE, "scenario %s must be {\"turns\":[…]} with at least one turn", name);
    if (rc == 0) {
        cJSON_ArrayForEach(turn, s->turns)
        {
            rc = check_turn(turn, ++index, name, err);
            if (rc) break;
        }
    }
    if (rc == 0) s->used = calloc((size_t)index + 1, sizeof *s->used);
    if (rc == 0 && (!s->used || !s->name)) rc = px_fail_memory(err);
    if (rc == 0)
        *scenario = s;
    else
        px_scenario_close(s);
    return rc;
}

int px_scenario_open(struct px_scenario **scenario, const char *path, struct px_err *err)
{
    struct buffer text = {0};
    FILE *file = fopen(path, "re");
    if (!file) return px_fail(err, PX_EIO, "cannot read the scenario %s: %s", path, strerror(errno));
    char *piece = malloc(READ_PIECE);
    for (size_t n = 1; piece && n > 0 && text.size <= MAX_FILE && !text.failed;) {
        n = fread(piece, 1, READ_PIECE, file);
        buffer_put(&text, piece, n);
    }
    int rc = 0;
    if (ferror(file))
        rc = px_fail(err, PX_EIO, "cannot read the scenario %s: %s", path, strerror(errno));
    else if (!piece || text.failed)
        rc = px_fail_memory(err);
    else if (text.size > MAX_FILE)
        rc = px_fail(err, PX_EUSAGE, "the scenario %s is larger than %d bytes", path, MAX_FILE);
    else
        rc = px_scenario_parse(scenario, buffer_string(&text), text.size, path, err);
    (void)fclose(file);
    free(piece);
    buffer_free(&text);
    return rc;
}

void px_scenario_close(struct px_scenario *scenario)
{
    if (!scenario) return;
    cJSON_Delete(scenario->json);
    free(scenario->used);
    free(scenario->name);
    free(scenario);
}

static const cJSON *choose_turn(struct px_scenario *scenario, const char *last_text)
{
    const cJSON *turn = NULL;
    int index = 0;
    cJSON_ArrayForEach(turn, scenario->turns)
    {
        const char *match = px_json_text(turn, "match");
        bool free_turn = !scenario->used[index] && (!match || strstr(last_text, match));
        if (free_turn) {
            scenario->used[index] = !px_json_true(turn, "repeat");
            return turn;
        }
        index++;
    }
    return NULL;
}

static int add_chunks(struct px_script *script, const cJSON *chunks, bool encoded, long long delay_ms)
{
    const cJSON *chunk = NULL;
    cJSON_ArrayForEach(chunk, chunks)
    {
        size_t n = strlen(chunk->valuestring);
        int rc = PX_ENOMEM;
        char *room = encoded ? malloc(n + 1) : NULL;
        if (!encoded)
            rc = px_script_add(script, delay_ms, chunk->valuestring, n);
        else if (room) {
            long size = px_base64_decode(chunk->valuestring, n, room, n + 1);
            rc = size < 0 ? PX_EINVAL : px_script_add(script, delay_ms, room, (size_t)size);
        }
        free(room);
        if (rc) return rc;
    }
    return 0;
}

static int add_events(struct px_script *script, const cJSON *events, long long delay_ms)
{
    const cJSON *event = NULL;
    cJSON_ArrayForEach(event, events)
    {
        struct buffer frame = {0};
        char *json = cJSON_PrintUnformatted(event);
        buffer_printf(&frame, "event: %s\ndata: %s\n\n", px_json_text(event, "type"), json ? json : "");
        int rc = !json || frame.failed ? PX_ENOMEM : px_script_add(script, delay_ms, frame.data, frame.size);
        cJSON_free(json);
        buffer_free(&frame);
        if (rc) return rc;
    }
    return 0;
}

static int add_tool(struct px_answer *answer, const cJSON *block, int request, int index)
{
    const char *id = px_json_text(block, "id");
    struct buffer made = {0};
    buffer_printf(&made, "toolu_scenario_%d_%d", request, index);
    if (id) buffer_clear(&made);
    if (id) buffer_put_string(&made, id);
    char *json = cJSON_PrintUnformatted(item(block, "input"));
    char *input = json ? strdup(json) : NULL;
    cJSON_free(json);
    return px_answer_tool(answer, buffer_take(&made), strdup(px_json_text(block, "name")), input);
}

static int add_content(struct px_script *script, const cJSON *turn, int request, bool stream)
{
    struct px_answer answer = {.stop_reason = px_json_text(turn, "stop_reason")};
    const cJSON *block = NULL;
    int rc = 0, index = 0;
    cJSON_ArrayForEach(block, item(turn, "content"))
    {
        const char *text = px_json_text(block, "text"), *thinking = px_json_text(block, "thinking");
        if (strcmp(px_json_text(block, "type"), "text") == 0)
            rc = px_answer_text(&answer, strdup(text));
        else if (strcmp(px_json_text(block, "type"), "thinking") == 0)
            rc = px_answer_thinking(&answer, strdup(thinking));
        else
            rc = add_tool(&answer, block, request, index);
        if (rc) break;
        index++;
    }
    char id[48];
    const char *model = px_json_text(turn, "model");
    (void)snprintf(id, sizeof id, "msg_scenario_%d", request);
    struct px_message_info info = {.id = id,
                                   .model = model ? model : "umbra-scenario",
                                   .input_tokens = 1,
                                   .delay_ms = number(turn, "chunk_delay_ms", 0)};
    if (rc == 0)
        rc = stream ? px_wire_stream(script, &answer, &info) : px_wire_message(script, &answer, &info);
    px_answer_free(&answer);
    return rc;
}

static int add_body(struct px_script *script, const cJSON *body)
{
    char *json = cJSON_IsString(body) ? NULL : cJSON_PrintUnformatted(body);
    const char *text = cJSON_IsString(body) ? body->valuestring : json;
    int rc = text ? px_script_add(script, 0, text, strlen(text)) : PX_ENOMEM;
    cJSON_free(json);
    return rc;
}

static bool names_content_type(const cJSON *headers)
{
    return cJSON_GetObjectItem(headers, "content-type") != NULL; /* case ignored, as in HTTP */
}

static int fill(struct px_script *script, const cJSON *turn, int request, bool stream)
{
    long long delay = number(turn, "chunk_delay_ms", 0);
    const cJSON *headers = item(turn, "headers"), *header = NULL;
    int rc = 0;
    script->status = (int)number(turn, "status", 200);
    script->head_delay_ms = number(turn, "delay_ms", 0);
    if (px_json_true(turn, "hang")) script->end = PX_SCRIPT_HANG;
    if (item(turn, "content"))
        rc = add_content(script, turn, request, stream);
    else if (!names_content_type(headers))
        rc = px_script_header(script, "content-type",
                              item(turn, "body") ? "application/json" : "text/event-stream");
    if (rc == 0) rc = add_chunks(script, item(turn, "chunks"), false, delay);
    if (rc == 0) rc = add_chunks(script, item(turn, "chunks_base64"), true, delay);
    if (rc == 0) rc = add_events(script, item(turn, "events"), delay);
    if (rc == 0 && item(turn, "body")) rc = add_body(script, item(turn, "body"));
    cJSON_ArrayForEach(header, headers)
    {
        if (rc == 0) rc = px_script_header(script, header->string, header->valuestring);
    }
    long long cut = number(turn, "cut_after_bytes", -1);
    const char *how = px_json_text(turn, "cut");
    if (cut >= 0) {
        px_script_cut(script, (size_t)cut);
        script->end = how && strcmp(how, "upstream") == 0 ? PX_SCRIPT_FAIL : PX_SCRIPT_TEAR;
    }
    return rc;
}

int px_scenario_answer(struct px_scenario *scenario, const char *body, size_t size, struct px_script *script,
                       struct px_err *err)
{
    struct px_err why = {0};
    struct px_conversation conversation = {0};
    cJSON *request = px_json_parse(body, size, &why);
    int rc = request ? px_conversation_open(&conversation, request, &why) : PX_EINVAL;
    if (rc == PX_EINVAL)
        rc = px_wire_refusal(script, 400, "invalid_request_error", why.text);
    else if (rc == 0) {
        const cJSON *turn = choose_turn(scenario, conversation.last_text);
        scenario->requests++;
        if (turn) {
            rc = fill(script, turn, scenario->requests, conversation.stream);
        } else {
            struct buffer text = {0};
            buffer_printf(&text, "the scenario %s has no turn left for request %d; add one or use \"repeat\"",
                          scenario->name, scenario->requests);
            rc = text.failed ? PX_ENOMEM : px_wire_refusal(script, 500, "api_error", text.data);
            buffer_free(&text);
        }
    }
    px_conversation_close(&conversation);
    cJSON_Delete(request);
    return rc ? px_fail_memory(err) : 0;
}
