/* sleep: wait. POSIX.1-2017 sleep, with GNU's fractions, units and sums. */
#include "cmd/duration.h"

static const char help[] =
    "Usage: sleep NUMBER[SUFFIX]...\n"
    "Wait for NUMBER seconds; SUFFIX m is minutes, h hours, d days. Several are added.\n"
    "\n"
    "      --help     this text\n"
    "      --version  the version\n";

static const struct cmd_option options[] = {{0}};

struct sleep {
    struct cmd_base base;
    int64_t until;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    (void)process;
    (void)letter;
    (void)value;
    return true;
}

static bool read_durations(struct k_process *process, struct sleep *state)
{
    int64_t sum = 0, one;
    bool fine = true;
    int i;

    for (i = 1; i < process->argc; i++) {
        if (cmd_duration(process->argv[i], &one)) {
            sum = one > CMD_FOREVER - sum ? CMD_FOREVER : sum + one;
            continue;
        }
        cmd_error(process, "invalid time interval %s", cmd_quote(process, process->argv[i]));
        fine = false;
    }
    if (!fine) cmd_try_help(process);
    state->until = cmd_time_after(process, sum);
    return fine;
}

static enum k_progress sleep_run(struct k_process *process)
{
    struct sleep *state = process->state;
    int result;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc == 1)
        cmd_missing_operand(process, NULL);
    else if (read_durations(process, state))
        CO_AWAIT(process, result, cmd_wait_until(process, state->until));
    CMD_END(process);
}

CMD_PROGRAM(sleep, struct sleep, sleep_run, help);
