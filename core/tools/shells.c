#include "tools/shells.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "kernel/files.h"
#include "shell/program.h"
#include "shell/server.h"
#include "tools/shells_internal.h"
#include "tools/tools.h"

#define SETTLE_US     1000000        /* microseconds that what is written beside a command line may wait */
#define NOTES_RESERVE ((size_t)1024) /* bytes of a result for what stands around the output */

int64_t tool_grace_end(const struct tool_shells *shells)
{
    return k_monotonic(shells->kernel) + (int64_t)shells->limits->bash_grace_ms * 1000;
}

size_t tool_capture_limit(const struct tool_limits *limits)
{
    size_t most = limits->output_bytes;

    most = most > 2 * NOTES_RESERVE ? most - NOTES_RESERVE : most / 2;
    return limits->bash_output_bytes < most ? limits->bash_output_bytes : most;
}

void tool_signal_session(const struct tool_shells *shells, const struct k_session *session, int signal)
{
    struct k_process *process;
    for (process = shells->kernel->processes; process; process = process->next)
        if (process->session == session) k_signal(process, signal);
}

/* --- the transaction --- */

/* "before Bash make": before the first change of a command line. */
static int keep_checkpoint(struct tool_shells *shells, const char *command, uint32_t *id, struct error *error)
{
    struct kernel *kernel = shells->kernel;
    struct buffer name = {0};
    int result;

    buffer_put_string(&name, "before Bash ");
    tool_put_command(&name, command);
    result = name.failed
                 ? error_memory(error)
                 : st_checkpoint(kernel->store, buffer_string(&name), true, k_wall(kernel), id, error);
    buffer_free(&name);
    if (result == 0) shells->checkpoint = *id;
    return result;
}

static int before_change(void *context, struct error *error)
{
    struct tool_shells *shells = context;
    struct tool_background *beside, *writer = NULL;
    uint32_t id = 0;
    int result;

    if (shells->holds && shells->owner->checkpoint == 0)
        return keep_checkpoint(shells, json_string(shells->owner->input, "command", ""),
                               &shells->owner->checkpoint, error);
    for (beside = shells->beside; beside; beside = beside->next)
        if (!beside->ended && !beside->kept) writer = beside;
    if (writer == NULL) return 0;
    result = keep_checkpoint(shells, writer->command, &id, error);
    for (beside = shells->beside; beside && result == 0; beside = beside->next) beside->kept = true;
    return result;
}

int tool_shells_settle(struct tool_shells *shells, struct error *error)
{
    struct store *store = shells->kernel->store;
    uint32_t checkpoint = shells->checkpoint;
    struct tool_background *beside;
    int result = k_settle(shells->kernel, error);

    shells->settle_at = 0;
    shells->checkpoint = 0;
    if (checkpoint == 0 || !st_same_tree(store, st_checkpoint_root(checkpoint), ST_HEAD)) return result;
    st_drop_checkpoint(store, checkpoint, NULL); /* at worst it stays: one more that is the same */
    if (shells->owner && shells->owner->checkpoint == checkpoint) shells->owner->checkpoint = 0;
    for (beside = shells->beside; beside; beside = beside->next) beside->kept = false;
    return result;
}

bool tool_shells_settle_due(struct tool_shells *shells)
{
    int64_t now;

    if (!shells->kernel->changing || shells->holds || !(shells->session || shells->beside)) return false;
    now = k_monotonic(shells->kernel);
    if (shells->settle_at == 0) shells->settle_at = now + SETTLE_US;
    return now >= shells->settle_at;
}

bool tool_shells_hold(const struct tool_shells *shells)
{
    return shells->holds;
}

/* --- opening and closing --- */

void tool_shells_open(struct tool_shells *shells, struct kernel *kernel, const struct tool_limits *limits)
{
    *shells = (struct tool_shells){.kernel = kernel, .limits = limits, .next_number = 1};
    kernel->before_change = before_change;
    kernel->change_context = shells;
}

/* What the shell has in the background goes with it. */
static void drop_shell(struct tool_shells *shells)
{
    if (shells->session) {
        tool_signal_session(shells, shells->session, K_SIGKILL);
        k_drop_session(shells->session);
    }
    shells->session = NULL;
    shells->state = TOOL_SHELL_NONE;
    shells->doomed = 0;
    shells->kill_at = 0;
}

void tool_beside_drop(struct tool_shells *shells, struct tool_background *beside)
{
    struct tool_background **at = &shells->beside;

    while (*at != beside) at = &(*at)->next;
    *at = beside->next;
    if (!beside->ended) tool_signal_session(shells, beside->session, K_SIGKILL);
    k_drop_session(beside->session);
    tool_capture_close(&beside->capture);
    free(beside->command);
    free(beside);
}

void tool_shells_close(struct tool_shells *shells)
{
    if (shells->kernel == NULL) return;
    drop_shell(shells);
    tool_capture_close(&shells->capture);
    while (shells->beside) tool_beside_drop(shells, shells->beside);
    shells->lost = false;
}

static int begin_shell(struct tool_shells *shells, struct error *error)
{
    static char *const argv[] = {(char *)(uintptr_t) "bash", NULL};
    struct k_process *process;

    if (shells->capture.file == NULL &&
        tool_capture_open(&shells->capture, shells->kernel, tool_capture_limit(shells->limits)) < 0)
        return error_memory(error);
    process = k_begin_session(shells->kernel, &sh_program_server, 1, argv, NULL, error);
    if (process == NULL) return error->code;
    shells->session = process->session;
    shells->state = TOOL_SHELL_BEGINNING;
    return 0;
}

/* --- what has happened --- */

static struct k_process *leader_of(const struct tool_shells *shells)
{
    if (shells->session == NULL || shells->session->ended) return NULL;
    return k_find_process(shells->kernel, shells->session->leader);
}

static bool group_lives(const struct kernel *kernel, uint32_t group)
{
    const struct k_process *process;
    for (process = kernel->processes; process; process = process->next)
        if (process->group == group && process->condition != K_ENDED) return true;
    return false;
}

/* What was given up gets its grace, then none. */
static void see_to_stopping(struct tool_shells *shells, bool waits)
{
    if (shells->doomed && !group_lives(shells->kernel, shells->doomed)) shells->doomed = 0;
    if (waits && shells->doomed == 0) {
        shells->state = TOOL_SHELL_WAITING;
        shells->kill_at = 0;
    } else if (shells->kill_at && k_monotonic(shells->kernel) >= shells->kill_at) {
        shells->kill_at = 0;
        if (shells->doomed) k_signal_group(shells->kernel, shells->doomed, K_SIGKILL);
        if (!waits) k_signal(leader_of(shells), K_SIGKILL);
    }
}

static void see_to_shell(struct tool_shells *shells)
{
    struct k_process *leader = leader_of(shells);
    int status;
    bool waits;

    if (shells->state == TOOL_SHELL_NONE) return;
    if (leader == NULL) {
        int ended = shells->session->status;
        bool unseen = !shells->holds;
        drop_shell(shells);
        shells->status = ended;
        shells->lost = unseen;
        return;
    }
    waits = sh_is_waiting(leader, &status);
    if (waits) shells->status = status;
    if (shells->state == TOOL_SHELL_STOPPING)
        see_to_stopping(shells, waits);
    else if (waits)
        shells->state = TOOL_SHELL_WAITING;
}

static void see_to_beside(struct tool_shells *shells, struct tool_background *beside)
{
    if (!beside->ended && beside->session->ended) {
        beside->ended = true;
        beside->status = beside->session->status;
    }
    if (beside->kill_at && k_monotonic(shells->kernel) >= beside->kill_at) {
        beside->kill_at = 0;
        tool_signal_session(shells, beside->session, K_SIGKILL);
    }
}

static bool wants_to_tell(const struct tool_shells *shells)
{
    return shells->holds && shells->tell_at && shells->capture.has_fresh;
}

bool tool_shells_run(struct tool_shells *shells)
{
    struct tool_background *beside;
    bool wanted;

    see_to_shell(shells);
    wanted = shells->owner && (shells->state == TOOL_SHELL_NONE || shells->state == TOOL_SHELL_WAITING);
    for (beside = shells->beside; beside; beside = beside->next) {
        see_to_beside(shells, beside);
        wanted |= beside->awaited && beside->ended;
    }
    if (wants_to_tell(shells)) wanted |= k_monotonic(shells->kernel) >= shells->tell_at;
    return wanted;
}

static void sooner(int64_t *wake, int64_t other)
{
    if (other && (*wake == 0 || other < *wake)) *wake = other;
}

int64_t tool_shells_next_wake(const struct tool_shells *shells)
{
    const struct tool_background *beside;
    int64_t wake = 0;

    if (shells->owner) sooner(&wake, shells->wake_at);
    if (wants_to_tell(shells)) sooner(&wake, shells->tell_at);
    if (shells->state == TOOL_SHELL_STOPPING) sooner(&wake, shells->kill_at);
    if (shells->kernel->changing && !shells->holds) sooner(&wake, shells->settle_at);
    for (beside = shells->beside; beside; beside = beside->next) sooner(&wake, beside->kill_at);
    return wake;
}

/* --- a command line --- */

int tool_shell_claim(struct tool_call *call, struct error *error)
{
    struct tool_shells *shells = call->shells;

    if (shells == NULL) return error_set(error, UMBRA_EOPNOTSUPP, "there is no shell here");
    if (shells->owner && shells->owner != call)
        return error_set(error, UMBRA_EBUSY,
                         "another command line is running in the shell; wait for it to end");
    shells->owner = call;
    shells->wake_at = shells->tell_at = 0;
    see_to_shell(shells);
    return shells->state == TOOL_SHELL_NONE ? begin_shell(shells, error) : 0;
}

/* Standard input has nothing, output and errors go into the capture, whatever exec did before. */
int tool_set_files(struct k_process *process, struct tool_capture *capture)
{
    struct k_file *nothing;
    int result = k_open_file(process, "/dev/null", FS_READ, 0, &nothing);

    if (result == 0) result = k_install_at(process, nothing, 0);
    return result < 0 ? result : tool_capture_install(capture, process);
}

int tool_shell_begin(struct tool_shells *shells, const char *text, struct error *error)
{
    struct k_process *leader = leader_of(shells);
    int result = tool_shells_settle(shells, error); /* what was written before is no part of it */

    if (result < 0) return result;
    if (leader == NULL || tool_set_files(leader, &shells->capture) < 0 ||
        sh_serve(leader, text, strlen(text)) < 0)
        return error_memory(error);
    k_begin_command(shells->session);
    shells->state = TOOL_SHELL_RUNNING;
    shells->holds = true;
    return 0;
}

/* The shell's child that a process descends from; NULL: none, or its parents are gone. */
static const struct k_process *root_of(const struct k_process *process, uint32_t leader)
{
    while (process && process->parent != leader)
        process = process->parent ? k_find_process(process->kernel, process->parent) : NULL;
    return process;
}

/* The processes of the command line become a group, so that those they begin from now on are in it too. What
 * the shell put in the background is none of them. */
static void doom(struct tool_shells *shells, struct k_process *leader, int signal)
{
    struct k_process *process;

    for (process = shells->kernel->processes; process; process = process->next) {
        const struct k_process *root;
        if (process->session != shells->session || process == leader || process->condition == K_ENDED)
            continue;
        root = root_of(process, leader->id);
        if (root == NULL || sh_is_background(leader, root->id)) continue;
        if (shells->doomed == 0) shells->doomed = process->id;
        process->group = shells->doomed;
    }
    if (shells->doomed) k_signal_group(shells->kernel, shells->doomed, signal);
}

void tool_shell_interrupt(struct tool_shells *shells, int signal)
{
    struct k_process *leader = leader_of(shells);

    if (leader == NULL || shells->state != TOOL_SHELL_RUNNING) return;
    shells->state = TOOL_SHELL_STOPPING;
    shells->kill_at = tool_grace_end(shells);
    doom(shells, leader, signal);
    if (leader->program == &sh_program_server)
        sh_interrupt(leader);
    else
        k_signal(leader, signal); /* exec made another program of it */
}

const char *tool_shell_directory(const struct tool_shells *shells)
{
    const struct k_process *leader = leader_of(shells);
    return leader && leader->directory ? leader->directory->path : NULL;
}

bool tool_shell_stand_again(struct tool_shells *shells)
{
    struct k_process *leader = leader_of(shells);
    return leader && sh_stand_again(leader);
}

/* The time of a command line ends with it, unless it left something behind. */
static void end_time(const struct tool_shells *shells)
{
    const struct k_process *process, *leader = leader_of(shells);

    if (leader == NULL) return;
    for (process = shells->kernel->processes; process; process = process->next)
        if (process->session == shells->session && process != leader && process->condition != K_ENDED) return;
    shells->session->deadline = 0;
}

int tool_shell_release(struct tool_call *call, struct error *error)
{
    struct tool_shells *shells = call->shells;
    bool wrote;
    int result = 0;

    if (shells == NULL || shells->owner != call) return 0;
    if (shells->holds) {
        wrote = shells->kernel->changing;
        result = tool_shells_settle(shells, error);
        call->wrote = wrote && result == 0 && call->checkpoint;
        end_time(shells);
    }
    shells->holds = false;
    shells->owner = NULL;
    return result;
}
