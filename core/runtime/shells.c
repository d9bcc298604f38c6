/* shells.c: shells that an embedder opens: their input and output are streams of the host, or a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/stream.h"
#include "kernel/terminal.h"
#include "runtime/programs.h"
#include "runtime/runtime.h"
#include "shell/program.h"

#define COLUMNS 80
#define ROWS    24

#define PROMPT_SETTLE_US 100000 /* microseconds */

struct shell_session {
    struct shell_session *next;
    uint32_t number; /* that of its first process */
    struct k_session *session;
};

int shells_open(struct umbra *runtime, struct error *error)
{
    if (k_open(&runtime->kernel, &runtime->host, runtime->store, &runtime->kernel_limits, runtime_programs,
               error) < 0)
        return error->code;
    tool_shells_open(&runtime->tool_shells, &runtime->kernel, &runtime->tool_limits);
    return 0;
}

/* What a shell left in the background ends with it: nobody could stop it any more. */
static void forget(struct umbra *runtime, struct shell_session *shell)
{
    struct shell_session **at = &runtime->shells;
    struct k_process *process;

    for (process = runtime->kernel.processes; process; process = process->next)
        if (process->session == shell->session) k_signal(process, K_SIGKILL);

    while (*at != shell) at = &(*at)->next;
    *at = shell->next;
    k_drop_session(shell->session);
    free(shell);
}

void shells_close(struct umbra *runtime)
{
    while (runtime->shells) forget(runtime, runtime->shells);
    tool_shells_close(&runtime->tool_shells);
    k_close(&runtime->kernel);
}

static struct shell_session *find(const struct umbra *runtime, uint32_t number)
{
    struct shell_session *shell;
    for (shell = runtime->shells; shell && shell->number != number;) shell = shell->next;
    return shell;
}

/* --- opening --- */

/* An array of strings; the caller frees the array, not the strings. NULL without memory. */
static char **take_strings(const cJSON *array, const char *first, int *count)
{
    int size = cJSON_IsArray(array) ? cJSON_GetArraySize(array) : 0;
    char **strings = calloc((size_t)size + 2, sizeof *strings);
    const cJSON *item;

    *count = 0;
    if (strings == NULL) return NULL;
    if (first) strings[(*count)++] = (char *)(uintptr_t)first;
    cJSON_ArrayForEach(item, array)
    {
        if (cJSON_IsString(item)) strings[(*count)++] = item->valuestring;
    }
    return strings;
}

/* The directories that a path goes through. */
static int make_directories(struct k_process *process, const char *path)
{
    char *copy = arena_copy(&process->arena, path, strlen(path)), *at;
    int result = copy ? 0 : UMBRA_ENOMEM;

    for (at = copy ? strchr(copy + 1, '/') : NULL; at && result == 0; at = strchr(at + 1, '/')) {
        *at = '\0';
        result = k_make_directory(process, copy, 0777);
        if (result == UMBRA_EEXIST) result = 0;
        *at = '/';
    }
    return result;
}

/* Files that are to be there before it begins. */
static int put_files(struct k_process *process, const cJSON *files, struct error *error)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, files)
    {
        const char *path = json_string(item, "path", ""), *text = json_string(item, "text", "");
        struct k_file *file = NULL;
        int64_t put;
        int result = make_directories(process, path);
        if (result == 0) result = k_open_file(process, path, FS_WRITE | FS_CREATE | FS_TRUNCATE, 0666, &file);
        if (result == 0) {
            put = *text ? file->kind->write(file, process, text, strlen(text)) : 0;
            k_drop(file);
            result =
                put < 0 ? (int)put : k_set_mode(process, path, (uint16_t)json_number(item, "mode", 0644));
        }
        if (result < 0)
            return error_set(error, result, "%.300s could not be written: %s", path, k_error_text(result));
    }
    return 0;
}

static int give_terminal(struct k_process *process, const cJSON *terminal, struct request *request)
{
    uint32_t number;
    struct k_file *file =
        k_make_terminal(process->session, (unsigned)json_number(terminal, "columns", COLUMNS),
                        (unsigned)json_number(terminal, "rows", ROWS), &number);
    int i, result = file ? 0 : UMBRA_ENOMEM;

    for (i = 0; i < 3 && result >= 0; i++) result = k_install_at(process, k_keep(file), i);
    k_drop(file);
    process->session->foreground = process->group;
    buffer_printf(&request->result, ",\"terminal\":%u", number);
    return result < 0 ? result : 0;
}

static int give_streams(struct k_process *process, struct request *request)
{
    static const char *const names[] = {"stdin", "stdout", "stderr"};
    int i;

    for (i = 0; i < 3; i++) {
        uint32_t number;
        struct k_file *file = k_make_stream(process->kernel, i ? K_WRITABLE : K_READABLE, &number);
        if (file == NULL || k_install_at(process, file, i) < 0) return UMBRA_ENOMEM;
        buffer_printf(&request->result, ",\"%s\":%u", names[i], number);
    }
    return 0;
}

/* The working directory; files of the request are there already. */
static int go_to(struct k_process *process, const char *path, struct error *error)
{
    int result = path ? k_change_directory(process, path) : 0;
    if (result == 0) return 0;
    return error_set(error, result, "%.300s cannot be the working directory: %s", path, k_error_text(result));
}

static int begin(struct umbra *runtime, struct request *request, struct shell_session *shell,
                 struct error *error)
{
    const cJSON *terminal = json_get(request->body, "terminal");
    struct k_environment *environment;
    struct k_process *process = NULL;
    int argc, count, result = UMBRA_ENOMEM;
    char **argv = take_strings(json_get(request->body, "argv"), "bash", &argc);
    char **strings = take_strings(json_get(request->body, "environment"), NULL, &count);

    environment = argv && strings ? k_make_environment(&runtime->kernel, strings, (size_t)count) : NULL;
    if (environment) {
        process = k_begin_session(&runtime->kernel, &sh_program_bash, argc, argv, environment, error);
        k_drop_environment(&runtime->kernel, environment);
        result = process ? 0 : error->code;
    }
    free(argv);
    free(strings);
    if (process == NULL) return result == UMBRA_ENOMEM ? error_memory(error) : result;
    shell->number = process->id;
    shell->session = process->session;
    buffer_printf(&request->result, "{\"shell\":%u", shell->number);
    result =
        cJSON_IsObject(terminal) ? give_terminal(process, terminal, request) : give_streams(process, request);
    if (result < 0) error_memory(error);
    if (result == 0) result = put_files(process, json_get(request->body, "files"), error);
    if (result == 0) result = go_to(process, json_string(request->body, "directory", NULL), error);
    buffer_put_byte(&request->result, '}');
    if (result < 0) k_end(process, 1);
    return result;
}

/* {argv?, environment?, directory?, terminal?: {columns, rows}, files?}: {shell, stdin, stdout, stderr} or
 * {shell, terminal}. */
int shell_open(struct umbra *runtime, struct request *request, struct error *error)
{
    struct shell_session *shell;
    int result = runtime_refuse_busy(runtime, error);

    if (result < 0) return result;
    if (runtime->host.stream_write == NULL)
        return error_set(error, UMBRA_EOPNOTSUPP, "this host has no streams, so no shell can be opened");
    shell = calloc(1, sizeof *shell);
    if (shell == NULL) return error_memory(error);
    result = begin(runtime, request, shell, error);
    if (shell->session == NULL) {
        free(shell);
        return result;
    }
    shell->next = runtime->shells;
    runtime->shells = shell;
    if (result < 0) forget(runtime, shell);
    return result;
}

/* {shell, signal}: to the process group in the foreground, or to all of the shell's processes. */
int shell_signal(struct umbra *runtime, struct request *request, struct error *error)
{
    const struct shell_session *shell = find(runtime, (uint32_t)json_number(request->body, "shell", 0));
    int signal = k_signal_number(json_string(request->body, "signal", "TERM"));
    struct k_process *process;

    if (shell == NULL) return error_set(error, UMBRA_ENOENT, "there is no such shell; it may have ended");
    if (signal <= 0) return error_set(error, UMBRA_EINVAL, "\"signal\" must be the name of one, as \"INT\"");
    for (process = runtime->kernel.processes; process; process = process->next)
        if (process->session == shell->session) k_signal(process, signal);
    return 0;
}

/* --- running --- */

static void report_end(struct umbra *runtime, const struct shell_session *shell)
{
    char text[96];
    int length = snprintf(text, sizeof text, "{\"type\":\"shell_end\",\"shell\":%u,\"status\":%d}",
                          shell->number, shell->session->status);

    runtime->host.emit(runtime->host.context, text, (size_t)length);
}

static void report_failure(struct umbra *runtime, const struct error *failure)
{
    struct buffer text = {0};

    buffer_put_string(&text, "{\"type\":\"shell_error\",\"message\":");
    json_put_string(&text, failure->message, strlen(failure->message));
    buffer_put_byte(&text, '}');
    if (!text.failed) runtime->host.emit(runtime->host.context, text.data, text.size);
    buffer_free(&text);
}

void shells_settle(struct umbra *runtime)
{
    struct error failure = {0};

    if (!runtime->kernel.changing || tool_shells_hold(&runtime->tool_shells)) return;
    if (tool_shells_settle(&runtime->tool_shells, &failure) < 0) report_failure(runtime, &failure);
}

/* A shell on a terminal that waits for a line: what its command lines wrote is complete. */
static bool is_at_prompt(const struct umbra *runtime, const struct shell_session *shell)
{
    const struct k_process *leader = k_find_process(&runtime->kernel, shell->session->leader);

    return shell->session->terminal && leader && leader->condition == K_WAITING &&
           shell->session->foreground == leader->group;
}

/* Whether what was written at terminals is to be committed now: when all of them are at their prompts, and
 * not more often than every PROMPT_SETTLE_US, for what writes in the background. */
static bool prompt_settle_due(struct umbra *runtime)
{
    const struct shell_session *shell;
    int64_t now;

    runtime->settle_at = 0;
    if (!runtime->kernel.changing || !runtime->shells || tool_shells_hold(&runtime->tool_shells))
        return false;
    for (shell = runtime->shells; shell; shell = shell->next)
        if (!is_at_prompt(runtime, shell)) return false;
    now = k_monotonic(&runtime->kernel);
    if (now < runtime->settled_at + PROMPT_SETTLE_US) {
        runtime->settle_at = runtime->settled_at + PROMPT_SETTLE_US;
        return false;
    }
    runtime->settled_at = now;
    return true;
}

bool shells_run(struct umbra *runtime, struct k_slice *slice)
{
    struct shell_session *shell, *next;
    bool more, due;

    if (runtime->kernel.processes == NULL) return tool_shells_run(&runtime->tool_shells);
    more = k_run(&runtime->kernel, slice);
    for (shell = runtime->shells; shell; shell = next) {
        next = shell->next;
        if (!shell->session->ended) continue;
        shells_settle(runtime);
        report_end(runtime, shell);
        forget(runtime, shell);
        runtime_emit_changes(runtime);
        more = more || runtime->kernel.run_first != NULL; /* those that were ended with it */
    }
    due = tool_shells_settle_due(&runtime->tool_shells);
    if (prompt_settle_due(runtime) || due) {
        shells_settle(runtime);
        runtime_emit_changes(runtime);
    }
    return tool_shells_run(&runtime->tool_shells) || more;
}

void shells_deliver(struct umbra *runtime, enum umbra_delivery what, uint32_t id, int number,
                    const void *data, size_t size)
{
    struct kernel *kernel = &runtime->kernel;

    switch (what) {
    case UMBRA_STREAM_DATA:
        k_stream_data(kernel, id, data, size);
        break;
    case UMBRA_STREAM_END:
        k_stream_end(kernel, id);
        break;
    case UMBRA_STREAM_READY:
        k_stream_ready(kernel, id);
        break;
    case UMBRA_STREAM_SIZE:
        k_terminal_resize(kernel, id, (unsigned)number & 0xffff, (unsigned)number >> 16);
        break;
    default:
        break;
    }
}
