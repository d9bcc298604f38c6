/* traps.c: traps, set -e, and the statuses of pipelines. */
#include <stdio.h>
#include <stdlib.h>

#include "shell/compound.h"
#include "shell/jobs.h"
#include "shell/parameter.h"
#include "shell/program.h"
#include "shell/prompt.h"
#include "shell/quote.h"

/* --- statuses --- */

void sh_set_pipe_status_at(struct shell *shell, size_t index, int status)
{
    if (index >= shell->pipe_capacity) {
        size_t capacity = 2 * index + 8;
        int *statuses = memory_resize(&shell->kernel->account, shell->pipe_statuses,
                                      shell->pipe_capacity * sizeof *statuses, capacity * sizeof *statuses);
        if (statuses == NULL) return;
        shell->pipe_statuses = statuses;
        shell->pipe_capacity = capacity;
    }
    while (shell->pipe_count <= index) shell->pipe_statuses[shell->pipe_count++] = 0;
    shell->pipe_statuses[index] = status;
}

void sh_set_pipe_status(struct shell *shell, int status)
{
    shell->pipe_count = 0;
    sh_set_pipe_status_at(shell, 0, status);
}

bool sh_trap_counts(const struct shell *shell, int which)
{
    const struct sh_trap *trap = &shell->traps[which];
    bool inherited = sh_has(shell, which == SH_TRAP_ERR ? SH_OPTION_ERRTRACE : SH_OPTION_FUNCTRACE);

    return trap->size && (inherited || trap->level == shell->functions);
}

void sh_check_failure(struct shell *shell)
{
    if (shell->status == 0 || shell->no_errexit || shell->unwind) return;
    if (sh_trap_counts(shell, SH_TRAP_ERR) && !(shell->traps_running & 1u << 1)) shell->err_pending = true;
    if (sh_has(shell, SH_OPTION_ERREXIT)) shell->exit_pending = true;
}

/* --- running traps --- */

struct trap_frame {
    struct sh_frame frame;
    int which, status;
    char *text;
    size_t bytes;
    uint32_t line;
    int *pipe_statuses; /* as they were */
    size_t pipe_count;
};

/* As bash names it in an error of syntax. */
static const char *text_name(int which)
{
    return which == SH_TRAP_EXIT     ? "exit trap"
           : which == SH_TRAP_DEBUG  ? "debug trap"
           : which == SH_TRAP_ERR    ? "error trap"
           : which == SH_TRAP_RETURN ? "return trap"
                                     : "trap";
}

static void trap_leave(struct shell *shell, struct sh_frame *frame)
{
    struct trap_frame *trap = (struct trap_frame *)frame;

    shell->traps_running &= ~(1u << (trap->which == SH_TRAP_ERR ? 1 : trap->which == SH_TRAP_DEBUG ? 2 : 0));
    shell->line = trap->line;
    memory_give(&shell->kernel->account, trap->text, trap->bytes);
}

static enum sh_step trap_step(struct shell *shell, struct sh_frame *frame)
{
    struct trap_frame *trap = (struct trap_frame *)frame;
    size_t i;

    if (trap->frame.stage++ == 0) {
        (trap->which == SH_TRAP_EXIT ? sh_run_top_text : sh_run_text)(
            shell, trap->text, trap->bytes - 1, trap->which <= K_SIGNAL_MAX ? 1 : shell->line,
            text_name(trap->which));
        return SH_GOES_ON;
    }
    shell->pipe_count = 0;
    for (i = 0; i < trap->pipe_count; i++) sh_set_pipe_status_at(shell, i, trap->pipe_statuses[i]);
    if (trap->which != SH_TRAP_EXIT) shell->status = trap->status;
    return SH_RETURNS;
}

bool sh_run_trap(struct shell *shell, int which)
{
    const struct sh_trap *what = &shell->traps[which];
    struct trap_frame *trap;
    char *copy;
    size_t i;

    if (what->text == NULL || what->size == 0) return false;
    copy = memory_take(&shell->kernel->account, what->size + 1);
    if (copy == NULL) {
        sh_out_of_memory(shell);
        return false;
    }
    memcpy(copy, what->text, what->size + 1);
    trap = sh_push(shell, sizeof *trap, trap_step, trap_leave);
    if (trap == NULL) {
        memory_give(&shell->kernel->account, copy, what->size + 1);
        return false;
    }
    trap->which = which;
    trap->status = shell->status;
    trap->text = copy;
    trap->bytes = what->size + 1;
    trap->line = shell->line;
    trap->pipe_statuses = arena_take(&shell->process->arena, (shell->pipe_count + 1) * sizeof(int));
    if (trap->pipe_statuses) {
        trap->pipe_count = shell->pipe_count;
        for (i = 0; i < trap->pipe_count; i++) trap->pipe_statuses[i] = shell->pipe_statuses[i];
    }
    shell->traps_running |= 1u << (which == SH_TRAP_ERR ? 1 : which == SH_TRAP_DEBUG ? 2 : 0);
    return true;
}

bool sh_run_traps(struct shell *shell)
{
    int signal;

    for (signal = 1; signal <= K_SIGNAL_MAX; signal++) {
        if (!(shell->trapped_pending & k_signal_bit(signal))) continue;
        if (signal != K_SIGCHLD || --shell->children_ended == 0)
            shell->trapped_pending &= ~k_signal_bit(signal);
        if (sh_run_trap(shell, signal)) return true;
    }
    return false;
}

bool sh_may_end_with_trap(int signal)
{
    switch (signal) {
    case K_SIGHUP:
    case K_SIGINT:
    case K_SIGTERM:
    case K_SIGPIPE:
    case K_SIGALRM:
    case K_SIGUSR1:
    case K_SIGUSR2:
        return true;
    default:
        return false;
    }
}

bool sh_ends_with_trap(const struct shell *shell, int signal)
{
    const struct sh_trap *trap = &shell->traps[SH_TRAP_EXIT];

    return trap->text && trap->size && sh_may_end_with_trap(signal) && !shell->interactive &&
           !shell->is_session;
}

static bool copy_trap(struct shell *shell, struct sh_trap *to, const struct sh_trap *from)
{
    to->text = memory_take(&shell->kernel->account, from->size + 1);
    if (to->text == NULL) return false;
    memcpy(to->text, from->text, from->size + 1);
    to->size = from->size;
    return true;
}

bool sh_take_shown_traps(struct shell *child, const struct shell *parent)
{
    struct sh_trap *shown;
    int i;

    if (!parent->has_traps && parent->shown_traps == NULL) return true;
    shown = memory_take(&child->kernel->account, SH_TRAP_COUNT * sizeof *shown);
    if (shown == NULL) return false;
    memset(shown, 0, SH_TRAP_COUNT * sizeof *shown);
    child->shown_traps = shown;
    for (i = 0; i < SH_TRAP_COUNT; i++) {
        const struct sh_trap *from = &parent->traps[i];
        if (from->text == NULL && parent->shown_traps) from = &parent->shown_traps[i];
        if (from->text && !copy_trap(child, &shown[i], from)) return false;
    }
    return true;
}

void sh_forget_shown_traps(struct shell *shell)
{
    int i;

    if (shell->shown_traps == NULL) return;
    for (i = 0; i < SH_TRAP_COUNT; i++)
        if (shell->shown_traps[i].text)
            memory_give(&shell->kernel->account, shell->shown_traps[i].text, shell->shown_traps[i].size + 1);
    memory_give(&shell->kernel->account, shell->shown_traps, SH_TRAP_COUNT * sizeof *shell->shown_traps);
    shell->shown_traps = NULL;
}

struct debugged_frame {
    struct sh_frame frame;
    const struct sh_command *command;
};

static enum sh_step debugged_step(struct shell *shell, struct sh_frame *frame)
{
    struct debugged_frame *debugged = (struct debugged_frame *)frame;

    if (debugged->frame.stage++) return SH_RETURNS;
    shell->debugged = true;
    sh_run_simple(shell, debugged->command);
    return SH_GOES_ON;
}

bool sh_push_debug_trap(struct shell *shell)
{
    if (!sh_trap_counts(shell, SH_TRAP_DEBUG) || shell->traps_running & 1u << 2) return false;
    return sh_run_trap(shell, SH_TRAP_DEBUG);
}

bool sh_run_debug_trap(struct shell *shell, const struct sh_command *command)
{
    struct debugged_frame *debugged;

    if (shell->debugged) {
        shell->debugged = false;
        return false;
    }
    if (!sh_trap_counts(shell, SH_TRAP_DEBUG) || shell->traps_running & 1u << 2) return false;
    debugged = sh_push(shell, sizeof *debugged, debugged_step, NULL);
    if (debugged == NULL) return false;
    debugged->command = command;
    sh_note_command(shell, command);
    sh_run_trap(shell, SH_TRAP_DEBUG);
    return true;
}

/* --- TIMEFORMAT --- */

static void put_time(struct buffer *out, double seconds, int digits, bool minutes)
{
    if (minutes)
        buffer_printf(out, "%dm%.*fs", (int)(seconds / 60), digits, seconds - 60 * (int)(seconds / 60));
    else
        buffer_printf(out, "%.*f", digits, seconds);
}

void sh_put_times(struct shell *shell, const char *format, size_t size, double real, double user)
{
    struct buffer *out = &shell->errors;
    size_t i;

    for (i = 0; i < size; i++) {
        int digits = 3;
        bool minutes = false;
        if (format[i] != '%' || i + 1 == size) {
            buffer_put_byte(out, format[i]);
            continue;
        }
        i++;
        if (format[i] >= '0' && format[i] <= '9' && i + 1 < size) {
            digits = format[i++] - '0';
            if (digits > 3) digits = 3;
        }
        if (format[i] == 'l' && i + 1 < size) {
            minutes = true;
            i++;
        }
        if (format[i] == 'R')
            put_time(out, real, digits, minutes);
        else if (format[i] == 'U')
            put_time(out, user, digits, minutes);
        else if (format[i] == 'S')
            put_time(out, 0, digits, minutes);
        else if (format[i] == 'P')
            buffer_printf(out, "%.2f", real > 0 ? 100 * user / real : 0);
        else
            buffer_put_byte(out, format[i]);
    }
    if (size) buffer_put_byte(out, '\n'); /* an empty one says nothing */
}
