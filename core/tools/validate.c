/* validate.c: a call's input against its tool's schema, the part of JSON Schema that tools use: type,
 * required, enum, minimum, maximum, minLength, maxLength, and nothing but the members it names. null for a
 * member that is not required counts as absent. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "tools/tools.h"

static const char *type_of(const cJSON *item)
{
    if (cJSON_IsString(item)) return "a string";
    if (cJSON_IsNumber(item)) return "a number";
    if (cJSON_IsBool(item)) return "a boolean";
    if (cJSON_IsArray(item)) return "an array";
    if (cJSON_IsObject(item)) return "an object";
    return "null";
}

static const char *expected_type(const char *type)
{
    if (strcmp(type, "string") == 0) return "a string";
    if (strcmp(type, "integer") == 0) return "a whole number";
    if (strcmp(type, "number") == 0) return "a number";
    if (strcmp(type, "boolean") == 0) return "a boolean";
    return "something else";
}

static bool has_type(const cJSON *item, const char *type)
{
    if (strcmp(type, "string") == 0) return cJSON_IsString(item);
    if (strcmp(type, "boolean") == 0) return cJSON_IsBool(item);
    return cJSON_IsNumber(item) && isfinite(item->valuedouble);
}

/* The names of an object's members, or the strings of an array: "a, b, c". */
static void put_list(struct buffer *text, const cJSON *list)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (item != list->child) buffer_put_string(text, ", ");
        buffer_put_string(text, cJSON_IsObject(list) ? item->string : item->valuestring);
    }
}

static int refuse(const struct tool *tool, const char *member, struct error *error, const char *expected,
                  const char *got)
{
    return error_set(error, UMBRA_EINVAL, "%s: \"%s\" must be %s, not %s", tool->name, member, expected, got);
}

static int refuse_list(struct error *error, struct buffer *text)
{
    int result =
        text->failed ? error_memory(error) : error_set(error, UMBRA_EINVAL, "%s", buffer_string(text));
    buffer_free(text);
    return result;
}

static int check_number(const struct tool *tool, const char *member, const cJSON *schema, const cJSON *item,
                        struct error *error)
{
    double value = item->valuedouble, least = json_number(schema, "minimum", -9007199254740991.0);
    double most = json_number(schema, "maximum", 9007199254740991.0);
    char expected[96], got[32];

    snprintf(got, sizeof got, "%g", value);
    if (value < least)
        snprintf(expected, sizeof expected, "at least %.0f", least);
    else if (value > most)
        snprintf(expected, sizeof expected, "at most %.0f", most);
    else if (strcmp(json_string(schema, "type", ""), "integer") == 0 && value != (double)(int64_t)value)
        snprintf(expected, sizeof expected, "a whole number");
    else
        return 0;
    return refuse(tool, member, error, expected, got);
}

static int check_string(const struct tool *tool, const char *member, const cJSON *schema, const cJSON *item,
                        struct error *error)
{
    const cJSON *allowed = json_get(schema, "enum"), *choice;
    const char *text = item->valuestring;
    size_t length = strlen(text);
    struct buffer message = {0};

    if (length < (size_t)json_number(schema, "minLength", 0))
        return error_set(error, UMBRA_EINVAL, "%s: \"%s\" must not be empty", tool->name, member);
    if (length > (size_t)json_number(schema, "maxLength", 1u << 30))
        return error_set(error, UMBRA_EINVAL, "%s: \"%s\" has %zu bytes and may have %.0f", tool->name,
                         member, length, json_number(schema, "maxLength", 0));
    if (allowed == NULL) return 0;
    cJSON_ArrayForEach(choice, allowed)
    {
        if (strcmp(choice->valuestring, text) == 0) return 0;
    }
    buffer_printf(&message, "%s: \"%s\" must be one of ", tool->name, member);
    put_list(&message, allowed);
    buffer_printf(&message, ", not \"%.*s\"", (int)(length > 60 ? utf8_floor(text, 60) : length), text);
    return refuse_list(error, &message);
}

static int check_member(const struct tool *tool, const cJSON *schema, const cJSON *item, bool required,
                        struct error *error)
{
    const char *type = json_string(schema, "type", "string");

    if (cJSON_IsNull(item) && !required) return 0;
    if (!has_type(item, type)) return refuse(tool, item->string, error, expected_type(type), type_of(item));
    if (cJSON_IsNumber(item)) return check_number(tool, item->string, schema, item, error);
    if (cJSON_IsString(item)) return check_string(tool, item->string, schema, item, error);
    return 0;
}

static bool in_list(const cJSON *list, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (strcmp(item->valuestring, name) == 0) return true;
    }
    return false;
}

static int check_object(const struct tool *tool, const cJSON *schema, const cJSON *input, struct error *error)
{
    const cJSON *properties = json_get(schema, "properties"), *required = json_get(schema, "required"), *item;
    struct buffer message = {0};

    cJSON_ArrayForEach(item, required)
    {
        if (json_get(input, item->valuestring)) continue;
        return error_set(
            error, UMBRA_EINVAL, "%s: \"%s\" is missing; it must be %s", tool->name, item->valuestring,
            expected_type(json_string(json_get(properties, item->valuestring), "type", "string")));
    }
    cJSON_ArrayForEach(item, input)
    {
        const cJSON *member = json_get(properties, item->string);
        int result = member ? check_member(tool, member, item, in_list(required, item->string), error) : 0;
        size_t length = strlen(item->string);

        if (result < 0) return result;
        if (member) continue;
        buffer_printf(&message, "%s: there is no \"%.*s\"; it takes ", tool->name,
                      (int)(length > 60 ? utf8_floor(item->string, 60) : length), item->string);
        put_list(&message, properties);
        return refuse_list(error, &message);
    }
    return 0;
}

int tool_validate(const struct tool *tool, const cJSON *input, struct error *error)
{
    cJSON *schema;
    int result;

    if (!cJSON_IsObject(input))
        return error_set(error, UMBRA_EINVAL, "%s: the input must be an object, not %s", tool->name,
                         input ? type_of(input) : "nothing");
    schema = cJSON_Parse(tool->schema);
    if (schema == NULL) return error_memory(error);
    result = check_object(tool, schema, input, error);
    cJSON_Delete(schema);
    return result;
}
