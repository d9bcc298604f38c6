/* beside.c: command lines that run beside the shell, in copies of it with sessions of their own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/server.h"
#include "tools/shells_internal.h"
#include "tools/tools.h"

/* Room for one more: the oldest that has ended gives way when there are as many as may be. */
static int make_room(struct tool_shells *shells, struct error *error)
{
    struct tool_background *beside, *ended = NULL;
    uint32_t count = 0;

    for (beside = shells->beside; beside; beside = beside->next) {
        count++;
        if (beside->ended && !beside->awaited) ended = beside; /* the newest are first */
    }
    if (count < shells->limits->bash_background) return 0;
    if (ended == NULL)
        return error_set(error, UMBRA_ELIMIT,
                         "%u command lines run in the background already, as many as there may be "
                         "(bash_background); end one with KillShell",
                         count);
    tool_beside_drop(shells, ended);
    return 0;
}

static int begin(struct tool_shells *shells, struct tool_background *beside, const char *text,
                 struct error *error)
{
    struct k_process *leader = k_find_process(shells->kernel, shells->session->leader), *process;

    beside->command = strdup(text);
    if (beside->command == NULL ||
        tool_capture_open(&beside->capture, shells->kernel, tool_capture_limit(shells->limits)) < 0)
        return error_memory(error);
    process = sh_serve_aside(leader, text, strlen(text), error);
    if (process == NULL) return error->code;
    beside->session = k_separate(process);
    if (beside->session && tool_set_files(process, &beside->capture) == 0) return 0;
    k_end(process, 1);
    return error_memory(error);
}

struct tool_background *tool_beside_begin(struct tool_shells *shells, const char *text, struct error *error)
{
    struct tool_background *beside;

    if (make_room(shells, error) < 0) return NULL;
    beside = calloc(1, sizeof *beside);
    if (beside == NULL) {
        error_memory(error);
        return NULL;
    }
    if (begin(shells, beside, text, error) < 0) {
        if (beside->session) k_drop_session(beside->session);
        tool_capture_close(&beside->capture);
        free(beside->command);
        free(beside);
        return NULL;
    }
    beside->number = shells->next_number++;
    beside->next = shells->beside;
    shells->beside = beside;
    return beside;
}

static int refuse(struct tool_call *call, const char *id, struct error *error)
{
    const struct tool_background *beside = call->shells->beside;
    struct buffer text = {0};
    int result;

    buffer_printf(&text, "there is no command line \"%.60s\" in the background; there %s", id,
                  beside == NULL ? "is none"
                  : beside->next ? "are "
                                 : "is ");
    for (; beside; beside = beside->next) {
        buffer_printf(&text, "bash_%u (%s: ", beside->number, beside->ended ? "ended" : "running");
        tool_put_command(&text, beside->command);
        buffer_put_string(&text, beside->next ? "), " : ")");
    }
    result = text.failed ? error_memory(error) : error_set(error, UMBRA_ENOENT, "%s", buffer_string(&text));
    buffer_free(&text);
    return result;
}

struct tool_background *tool_beside_find(struct tool_call *call, const char *id, struct error *error)
{
    struct tool_background *beside;
    char name[24];

    if (call->shells == NULL) {
        error_set(error, UMBRA_EOPNOTSUPP, "there is no shell here");
        return NULL;
    }
    for (beside = call->shells->beside; beside; beside = beside->next) {
        snprintf(name, sizeof name, "bash_%u", beside->number);
        if (strcmp(name, id) == 0) return beside;
    }
    refuse(call, id, error);
    return NULL;
}

void tool_beside_kill(struct tool_shells *shells, struct tool_background *beside)
{
    if (beside->ended || beside->kill_at) return;
    beside->kill_at = tool_grace_end(shells);
    tool_signal_session(shells, beside->session, K_SIGTERM);
}
