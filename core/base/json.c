#include "base/json.h"

#include <stdlib.h>
#include <string.h>

/* The place of a \u0000 escape, NULL when there is none. Backslashes are only ever inside strings. */
static const char *find_nul_escape(const char *text, size_t length)
{
    size_t at = 0;
    while (at + 1 < length) {
        const char *slash = memchr(text + at, '\\', length - at);
        if (slash == NULL) return NULL;
        at = (size_t)(slash - text);
        if (at + 6 <= length && memcmp(slash, "\\u0000", 6) == 0) return slash;
        at += 2;
    }
    return NULL;
}

static cJSON *parse(const char *text, size_t length, const char *what, struct error *error)
{
    const char *end = NULL;
    cJSON *value = cJSON_ParseWithLengthOpts(text, length, &end, 0);

    if (value == NULL) {
        size_t at = end && end >= text ? (size_t)(end - text) : 0;
        error_set(error, UMBRA_EPARSE, "%s is not valid JSON near byte %zu of %zu", what, at, length);
        return NULL;
    }
    while (end < text + length && strchr(" \t\r\n", *end) && *end) end++;
    if (end < text + length) {
        error_set(error, UMBRA_EPARSE, "%s has something after its JSON value at byte %zu", what,
                  (size_t)(end - text));
        cJSON_Delete(value);
        return NULL;
    }
    return value;
}

cJSON *json_parse(const char *text, size_t length, const char *what, struct error *error)
{
    if (find_nul_escape(text, length) || memchr(text, '\0', length)) {
        error_set(error, UMBRA_EPARSE, "%s holds a NUL character, which no name or text may have", what);
        return NULL;
    }
    return parse(text, length, what, error);
}

cJSON *json_parse_text(const char *text, size_t length, const char *what, struct error *error)
{
    static const char replacement[6] = {'\\', 'u', 'f', 'f', 'f', 'd'};
    const char *nul = find_nul_escape(text, length);
    char *copy;
    cJSON *value;

    if (memchr(text, '\0', length)) {
        error_set(error, UMBRA_EPARSE, "%s holds a NUL byte, which no JSON text may have", what);
        return NULL;
    }
    if (nul == NULL) return parse(text, length, what, error);
    copy = malloc(length);
    if (copy == NULL) {
        error_memory(error);
        return NULL;
    }
    memcpy(copy, text, length);
    do {
        size_t at = (size_t)(nul - text);
        memcpy(copy + at, replacement, sizeof replacement);
        nul = find_nul_escape(text + at + 6, length - at - 6);
    } while (nul);
    value = parse(copy, length, what, error);
    free(copy);
    return value;
}

const cJSON *json_get(const cJSON *object, const char *key)
{
    return object ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;
}

const char *json_string(const cJSON *object, const char *key, const char *fallback)
{
    const cJSON *item = json_get(object, key);
    return cJSON_IsString(item) ? item->valuestring : fallback;
}

double json_number(const cJSON *object, const char *key, double fallback)
{
    const cJSON *item = json_get(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : fallback;
}

bool json_bool(const cJSON *object, const char *key, bool fallback)
{
    const cJSON *item = json_get(object, key);
    return cJSON_IsBool(item) ? cJSON_IsTrue(item) : fallback;
}

int json_add_item(cJSON *object, const char *key, cJSON *item)
{
    if (item == NULL) return UMBRA_ENOMEM;
    if (object && cJSON_AddItemToObject(object, key, item)) return 0;
    cJSON_Delete(item);
    return UMBRA_ENOMEM;
}

int json_append(cJSON *array, cJSON *item)
{
    if (item == NULL) return UMBRA_ENOMEM;
    if (array && cJSON_AddItemToArray(array, item)) return 0;
    cJSON_Delete(item);
    return UMBRA_ENOMEM;
}

int json_add_text(cJSON *object, const char *key, const char *text, size_t length)
{
    struct buffer clean = {0};
    cJSON *item = NULL;

    buffer_put_utf8(&clean, text, length);
    if (!clean.failed) item = cJSON_CreateString(buffer_string(&clean));
    buffer_free(&clean);
    return json_add_item(object, key, item);
}

int json_add_string(cJSON *object, const char *key, const char *text)
{
    return json_add_text(object, key, text, strlen(text));
}

int json_add_number(cJSON *object, const char *key, double value)
{
    return json_add_item(object, key, cJSON_CreateNumber(value));
}

int json_add_bool(cJSON *object, const char *key, bool value)
{
    return json_add_item(object, key, cJSON_CreateBool(value));
}

void json_print(struct buffer *buffer, const cJSON *value)
{
    char *text = value ? cJSON_PrintUnformatted(value) : NULL;
    if (text == NULL) {
        buffer->failed = true;
        return;
    }
    buffer_put_string(buffer, text);
    cJSON_free(text);
}

static void put_escaped(struct buffer *buffer, unsigned char byte)
{
    switch (byte) {
    case '"':
        buffer_put(buffer, "\\\"", 2);
        break;
    case '\\':
        buffer_put(buffer, "\\\\", 2);
        break;
    case '\n':
        buffer_put(buffer, "\\n", 2);
        break;
    case '\r':
        buffer_put(buffer, "\\r", 2);
        break;
    case '\t':
        buffer_put(buffer, "\\t", 2);
        break;
    default:
        buffer_printf(buffer, "\\u%04x", byte);
        break;
    }
}

void json_put_string(struct buffer *buffer, const char *text, size_t length)
{
    size_t at, run;
    struct buffer clean = {0};

    buffer_put_utf8(&clean, text, length);
    buffer_put_byte(buffer, '"');
    for (at = run = 0; at < clean.size; at++) {
        unsigned char byte = (unsigned char)clean.data[at];
        if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
        buffer_put(buffer, clean.data + run, at - run);
        put_escaped(buffer, byte);
        run = at + 1;
    }
    if (clean.size) buffer_put(buffer, clean.data + run, clean.size - run);
    buffer_put_byte(buffer, '"');
    if (clean.failed) buffer->failed = true;
    buffer_free(&clean);
}
