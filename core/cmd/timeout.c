/* timeout: run a command for so long at most. GNU coreutils 9.1, "timeout invocation". */
#include <string.h>

#include "cmd/child.h"
#include "cmd/duration.h"

static const char help[] =
    "Usage: timeout [OPTION] DURATION COMMAND [ARG]...\n"
    "Run COMMAND, and send it a signal if it still runs after DURATION.\n"
    "\n"
    "      --foreground      COMMAND stays in the process group that has the terminal\n"
    "  -k, --kill-after=DURATION  send KILL so long after the first signal\n"
    "  -p, --preserve-status end with the status of COMMAND also when it timed out\n"
    "  -s, --signal=SIGNAL   this signal, by name or number; TERM by default\n"
    "  -v, --verbose         say when a signal is sent\n"
    "      --help            this text\n"
    "      --version         the version\n"
    "\n"
    "Status: that of COMMAND; 124 when it timed out, 125 when timeout itself failed, 126 when COMMAND cannot "
    "be\n"
    "run, 127 when it is not there, 137 when it was killed.\n";

enum { OPT_FOREGROUND = 256, TIMED_OUT = 124, FAILED = 125 };

static const struct cmd_option options[] = {{OPT_FOREGROUND, "foreground", CMD_NOTHING},
                                            {'k', "kill-after", CMD_VALUE},
                                            {'p', "preserve-status", CMD_NOTHING},
                                            {'s', "signal", CMD_VALUE},
                                            {'v', "verbose", CMD_NOTHING},
                                            {0}};

struct timeout {
    struct cmd_base base;
    bool foreground, preserve, verbose, timed_out, killed;
    int signal;
    int64_t duration, kill_after, deadline;
    uint32_t child;
};

static bool read_duration(struct k_process *process, const char *text, int64_t *duration)
{
    if (cmd_duration(text, duration)) return true;
    cmd_error(process, "invalid time interval %s", cmd_quote(process, text));
    cmd_try_help(process);
    return false;
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct timeout *state = process->state;

    state->foreground |= letter == OPT_FOREGROUND;
    state->preserve |= letter == 'p';
    state->verbose |= letter == 'v';
    if (letter == 'k') return read_duration(process, value, &state->kill_after);
    if (letter == 's' && (state->signal = k_signal_number(value)) < 0) {
        cmd_error(process, "%s: invalid signal", cmd_quote(process, value));
        cmd_try_help(process);
        return false;
    }
    return true;
}

static bool begin(struct k_process *process, struct timeout *state)
{
    static const int caught[] = {K_SIGALRM, K_SIGINT, K_SIGQUIT, K_SIGHUP, K_SIGTERM};
    struct k_process *child;
    size_t i;
    int result = cmd_begin_child(process, process->argc - 2, process->argv + 2, &child);

    if (result < 0) {
        cmd_error(process, "failed to run command %s: %s", cmd_quote(process, process->argv[2]),
                  k_error_text(result));
        state->base.status = cmd_status_of_failure(result);
        return false;
    }
    state->child = child->id;
    if (!state->foreground) process->group = child->group = process->id;
    for (i = 0; i < sizeof caught / sizeof caught[0]; i++) k_catch(process, caught[i]);
    state->deadline = state->duration ? cmd_time_after(process, state->duration) : CMD_FOREVER;
    return true;
}

static void send(struct k_process *process, struct timeout *state, int signal)
{
    struct k_process *child = k_find_process(process->kernel, state->child);

    if (state->verbose)
        cmd_warn(process, "sending signal %s to command %s",
                 k_signal_name(signal) ? k_signal_name(signal) : "?", cmd_quote(process, process->argv[2]));
    if (child) k_signal(child, signal);
    if (state->foreground || signal == K_SIGKILL) return;
    k_ignore(process, signal); /* it is one of the group itself */
    k_signal_group(process->kernel, process->group, signal);
    if (signal != K_SIGCONT) k_signal_group(process->kernel, process->group, K_SIGCONT);
}

/* The time has come, or a signal has. */
static void strike(struct k_process *process, struct timeout *state, int signal)
{
    if (signal == K_SIGALRM) {
        state->timed_out = true;
        signal = state->signal;
    }
    if (state->kill_after && !state->killed) {
        state->deadline = cmd_time_after(process, state->kill_after);
        state->killed = true;
        state->signal = K_SIGKILL;
    } else {
        state->deadline = CMD_FOREVER;
    }
    send(process, state, signal);
}

/* UMBRA_EAGAIN until the command has ended; then its status. */
static int watch(struct k_process *process, struct timeout *state)
{
    struct k_child ended;
    int result, signal;

    for (;;) {
        result = cmd_await_child(process, state->child, &ended);
        if (result == 1) break;
        if (result != UMBRA_EAGAIN) return FAILED;
        signal = k_take_signal(process);
        if (signal == 0 && cmd_wait_until(process, state->deadline) == UMBRA_EAGAIN) return UMBRA_EAGAIN;
        strike(process, state, signal ? signal : K_SIGALRM);
    }
    if (state->timed_out && ended.signal == K_SIGKILL) return 128 + K_SIGKILL;
    return state->timed_out && !state->preserve ? TIMED_OUT : ended.status;
}

static enum k_progress timeout_run(struct k_process *process)
{
    struct timeout *state = process->state;
    int result;

    CO_BEGIN(process);
    state->signal = K_SIGTERM;
    CMD_OPTIONS(process, options, CMD_OPERAND_FIRST, take_option, FAILED);
    if (process->argc < 3) {
        cmd_try_help(process);
        state->base.status = FAILED;
    } else if (!read_duration(process, process->argv[1], &state->duration)) {
        state->base.status = FAILED;
    } else if (begin(process, state)) {
        CO_AWAIT(process, result, watch(process, state));
        state->base.status = result;
    }
    CMD_END(process);
}

CMD_PROGRAM(timeout, struct timeout, timeout_run, help);
