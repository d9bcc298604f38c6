/* registry.c: the tools there are, in the order in which a model sees them. */
#include <string.h>

#include "tools/tools.h"

const struct tool_limits tool_default_limits = {
    .output_bytes = 64u << 10,
    .read_bytes = 16u << 20,
    .read_lines = 2000,
    .results = 1000,
    .bash_output_bytes = 30000,
    .bash_timeout_ms = 120000,
    .bash_timeout_max_ms = 600000,
    .bash_background = 16,
    .bash_grace_ms = 2000,
};

static const struct tool *const tools[] = {
    &tool_read, &tool_write, &tool_edit,        &tool_list_dir,   &tool_glob,
    &tool_grep, &tool_bash,  &tool_bash_output, &tool_kill_shell,
};

#define TOOL_COUNT (sizeof tools / sizeof tools[0])

const struct tool *tool_at(size_t index)
{
    return index < TOOL_COUNT ? tools[index] : NULL;
}

const struct tool *tool_find(const char *name)
{
    size_t i;
    for (i = 0; name && i < TOOL_COUNT; i++)
        if (strcmp(tools[i]->name, name) == 0) return tools[i];
    return NULL;
}

static int add_description(cJSON *item, const struct tool *tool, const struct tool_limits *limits)
{
    struct buffer text = {0};
    int result;

    buffer_put_string(&text, tool->description);
    if (tool->describe) tool->describe(&text, limits);
    result = text.failed ? UMBRA_ENOMEM : json_add_text(item, "description", text.data, text.size);
    buffer_free(&text);
    return result;
}

static cJSON *describe(const struct tool *tool, bool with_writes, const struct tool_limits *limits)
{
    cJSON *item = cJSON_CreateObject();
    int result = item ? 0 : UMBRA_ENOMEM;

    if (result == 0) result = json_add_string(item, "name", tool->name);
    if (result == 0) result = add_description(item, tool, limits);
    if (result == 0) result = json_add_item(item, "input_schema", cJSON_Parse(tool->schema));
    if (result == 0 && with_writes) result = json_add_bool(item, "writes", tool->writes);
    if (result == 0) return item;
    cJSON_Delete(item);
    return NULL;
}

cJSON *tool_schemas(bool with_writes, const struct tool_limits *limits)
{
    cJSON *list = cJSON_CreateArray();
    size_t i;
    for (i = 0; list && i < TOOL_COUNT; i++) {
        if (json_append(list, describe(tools[i], with_writes, limits)) == 0) continue;
        cJSON_Delete(list);
        list = NULL;
    }
    return list;
}
