/* options.c: the options of umbra_open() and of the operation "configure". Every limit of the core has its
 * name, default and setting here. */
#include <stdlib.h>
#include <string.h>

#include "fs/tar.h"
#include "net/url.h"
#include "runtime/runtime.h"

#define DEFAULT_MODEL "claude-sonnet-4-5"

static const char default_system[] =
    "You are Umbra, an assistant that works on the user's project in a shadow workspace. The tools see a "
    "copy of "
    "the project; nothing reaches the user's real files until they have reviewed your changes and committed "
    "them. "
    "Paths are relative to the root of the workspace, which Bash has at /workspace. Look before you change: "
    "list, search and read what "
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

/* Where a limit is kept: one of the two. */
struct limit {
    const char *key;
    uint64_t *wide;
    uint32_t *narrow;
    double most;
};

static int set_limit(const struct limit *limit, const cJSON *limits, struct error *error)
{
    double value = limit->wide ? (double)*limit->wide : *limit->narrow;
    int result = set_number(&value, limits, limit->key, limit->most, error);

    if (limit->wide)
        *limit->wide = (uint64_t)value;
    else
        *limit->narrow = (uint32_t)value;
    return result;
}

static int set_limits(struct umbra *runtime, const cJSON *limits, struct error *error)
{
    struct st_limits *store = &runtime->store_limits;
    struct st_rename_limits *renames = &runtime->settings.renames;
    struct tool_limits *tools = &runtime->tool_limits;
    struct k_limits *kernel = &runtime->kernel_limits;
    uint64_t output = tools->output_bytes, read = tools->read_bytes, printed = tools->bash_output_bytes;
    const struct limit table[] = {
        {"max_image_bytes", &store->max_image_bytes, NULL, 1e15},
        {"max_file_bytes", &store->max_file_bytes, NULL, 1e15},
        {"max_files", NULL, &store->max_files, 1e8},
        {"cache_bytes", &store->cache_bytes, NULL, 1e9},
        {"max_checkpoints", NULL, &store->max_checkpoints, 1e6},
        {"segment_bytes", NULL, &store->segment_bytes, SEGMENT_LIMIT},
        {"tool_output_bytes", &output, NULL, 1e8},
        {"tool_read_bytes", &read, NULL, 1e9},
        {"tool_read_lines", NULL, &tools->read_lines, 1e8},
        {"tool_results", NULL, &tools->results, 1e7},
        {"bash_output_bytes", &printed, NULL, 1e8},
        {"bash_timeout_ms", NULL, &tools->bash_timeout_ms, 4e9},
        {"bash_timeout_max_ms", NULL, &tools->bash_timeout_max_ms, 4e9},
        {"bash_background", NULL, &tools->bash_background, 1e4},
        {"bash_grace_ms", NULL, &tools->bash_grace_ms, 1e6},
        {"diff_bytes", &runtime->diff_bytes, NULL, 1e9},
        {"rename_similarity", NULL, &renames->similarity, 100},
        {"rename_pairs", NULL, &renames->pairs, 1e8},
        {"rename_bytes", &renames->bytes, NULL, 1e12},
        {"max_commits", NULL, &runtime->max_commits, 1e6},
        {"ignore_bytes", &runtime->ignore_bytes, NULL, 1e9},
        {"archive_header_bytes", &runtime->archive_header_bytes, NULL, 1e9},
        {"processes", NULL, &kernel->processes, 1e4},
        {"open_files", NULL, &kernel->open_files, 1024},
        {"memory_bytes", &kernel->memory_bytes, NULL, 1e12},
        {"process_bytes", &kernel->process_bytes, NULL, 1e12},
        {"pipe_bytes", &kernel->pipe_bytes, NULL, 1e9},
        {"output_bytes", &kernel->output_bytes, NULL, 1e15},
        {"fuel", &kernel->fuel, NULL, 1e18},
        {"wall_ms", &kernel->wall_ms, NULL, 1e12},
    };
    size_t i;
    int result = 0;

    for (i = 0; i < sizeof table / sizeof table[0] && result == 0; i++)
        result = set_limit(&table[i], limits, error);
    tools->output_bytes = (size_t)output;
    tools->read_bytes = (size_t)read;
    tools->bash_output_bytes = (size_t)printed;
    renames->file_bytes = runtime->diff_bytes;
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
    runtime->kernel_limits = k_default_limits;
    runtime->tool_limits = tool_default_limits;
    runtime->diff_bytes = 4u << 20;
    runtime->ignore_bytes = 1u << 20;
    runtime->max_commits = 50;
    runtime->archive_header_bytes = FS_TAR_HEADER_MAX;
    runtime->settings = (struct ag_settings){.provider = &pv_anthropic,
                                             .max_tokens = 16384,
                                             .max_steps = 100,
                                             .renames = st_default_rename_limits};
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
