/* options.c: the options of umbra_open() and of the operation "configure". Every limit of the core has its
 * name, default and setting here. */
#include <stdlib.h>
#include <string.h>

#include "net/url.h"
#include "runtime/runtime.h"

#define DEFAULT_MODEL "claude-sonnet-4-5"

static const char default_system[] =
    "You are Umbra, an assistant that works on the user's project in a shadow workspace. The tools see a "
    "copy of "
    "the project; nothing reaches the user's real files until they have reviewed your changes and committed "
    "them. "
    "Paths are relative to the root of the workspace. Look before you change: list, search and read what "
    "matters, "
    "then make the smallest change that does the job, in the style of the code around it. When a tool fails, "
    "read "
    "its message and adapt. At the end say shortly what you changed and what the user should check.";

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

static int set_text(char **slot, const cJSON *options, const char *key, struct error *error)
{
    const char *text = json_string(options, key, NULL);
    char *copy;

    if (json_get(options, key) && text == NULL)
        return error_set(error, UMBRA_EINVAL, "\"%s\" must be a string", key);
    if (text == NULL) return 0;
    copy = copy_text(text);
    if (copy == NULL) return error_memory(error);
    free(*slot);
    *slot = copy;
    return 0;
}

/* A whole number from 1 to most; what is absent stays. */
static int set_number(double *slot, const cJSON *options, const char *key, double most, struct error *error)
{
    const cJSON *item = json_get(options, key);

    if (item == NULL) return 0;
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 1 && item->valuedouble <= most))
        return error_set(error, UMBRA_EINVAL, "\"%s\" must be a number from 1 to %.0f", key, most);
    *slot = (double)(int64_t)item->valuedouble;
    return 0;
}

static int set_permissions(struct umbra *runtime, const cJSON *options, struct error *error)
{
    static const char *const names[] = {"ask", "allow", "deny"};
    const char *name = json_string(options, "permissions", NULL);
    int i;

    if (json_get(options, "permissions") == NULL) return 0;
    for (i = 0; name && i < 3; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        runtime->settings.permissions = (enum ag_permissions)i;
        return 0;
    }
    return error_set(error, UMBRA_EINVAL, "\"permissions\" must be \"ask\", \"allow\" or \"deny\"");
}

static int set_agent(struct umbra *runtime, const cJSON *options, struct error *error)
{
    double tokens = runtime->settings.max_tokens, steps = runtime->settings.max_steps;
    const char *base_url = json_string(options, "base_url", NULL);
    int result = 0;

    if (base_url && *base_url) result = url_check_endpoint(base_url, error);
    if (result == 0) result = set_text(&runtime->base_url, options, "base_url", error);
    if (result == 0) result = set_text(&runtime->model, options, "model", error);
    if (result == 0) result = set_text(&runtime->system, options, "system", error);
    if (result == 0) result = set_number(&tokens, options, "max_tokens", 1e6, error);
    if (result == 0) result = set_number(&steps, options, "max_steps", 1e4, error);
    if (result == 0) result = set_permissions(runtime, options, error);
    runtime->settings.base_url = runtime->base_url;
    runtime->settings.model = runtime->model;
    runtime->settings.system = runtime->system;
    runtime->settings.max_tokens = (uint32_t)tokens;
    runtime->settings.max_steps = (uint32_t)steps;
    return result;
}

#define SEGMENT_LIMIT (64u << 20) /* bytes that a segment of an image may have */

static int set_limits(struct umbra *runtime, const cJSON *limits, struct error *error)
{
    struct {
        const char *key;
        double value, most;
    } table[] = {
        {"max_image_bytes", (double)runtime->store_limits.max_image_bytes, 1e15},
        {"max_file_bytes", (double)runtime->store_limits.max_file_bytes, 1e15},
        {"max_files", runtime->store_limits.max_files, 1e8},
        {"tool_output_bytes", (double)runtime->tool_limits.output_bytes, 1e8},
        {"tool_read_bytes", (double)runtime->tool_limits.read_bytes, 1e9},
        {"tool_read_lines", runtime->tool_limits.read_lines, 1e8},
        {"tool_results", runtime->tool_limits.results, 1e7},
        {"diff_bytes", (double)runtime->diff_bytes, 1e9},
        {"cache_bytes", (double)runtime->store_limits.cache_bytes, 1e9},
        {"max_checkpoints", runtime->store_limits.max_checkpoints, 1e6},
        {"segment_bytes", runtime->store_limits.segment_bytes, SEGMENT_LIMIT},
    };
    size_t i;
    int result = 0;

    for (i = 0; i < sizeof table / sizeof table[0] && result == 0; i++)
        result = set_number(&table[i].value, limits, table[i].key, table[i].most, error);
    runtime->store_limits.max_image_bytes = (uint64_t)table[0].value;
    runtime->store_limits.max_file_bytes = (uint64_t)table[1].value;
    runtime->store_limits.max_files = (uint32_t)table[2].value;
    runtime->tool_limits.output_bytes = (size_t)table[3].value;
    runtime->tool_limits.read_bytes = (size_t)table[4].value;
    runtime->tool_limits.read_lines = (uint32_t)table[5].value;
    runtime->tool_limits.results = (uint32_t)table[6].value;
    runtime->diff_bytes = (uint64_t)table[7].value;
    runtime->store_limits.cache_bytes = (uint64_t)table[8].value;
    runtime->store_limits.max_checkpoints = (uint32_t)table[9].value;
    runtime->store_limits.segment_bytes = (uint32_t)table[10].value;
    return result;
}

int options_configure(struct umbra *runtime, const cJSON *options, struct error *error)
{
    int result = set_agent(runtime, options, error);
    ag_configure(runtime->agent, &runtime->settings); /* also on failure: some strings may be new */
    return result;
}

int options_read(struct umbra *runtime, const char *json, struct error *error)
{
    cJSON *options = NULL;
    int result;

    runtime->store_limits = st_default_limits;
    runtime->tool_limits = tool_default_limits;
    runtime->diff_bytes = 4u << 20;
    runtime->settings =
        (struct ag_settings){.provider = &pv_anthropic, .max_tokens = 16384, .max_steps = 100};
    runtime->model = copy_text(DEFAULT_MODEL);
    runtime->system = copy_text(default_system);
    if (runtime->model == NULL || runtime->system == NULL) return error_memory(error);
    if (json && *json) {
        options = json_parse(json, strlen(json), "the options", error);
        if (options == NULL) return error->code;
    }
    result = set_agent(runtime, options, error);
    runtime->store_limits.recover = json_bool(options, "recover", false);
    if (result == 0) result = set_limits(runtime, json_get(options, "limits"), error);
    cJSON_Delete(options);
    return result;
}
