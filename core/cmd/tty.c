/* tty: whether the standard input is a terminal. POSIX.1-2017 tty, with GNU's -s. */
#include "cmd/command.h"

static const char help[] = "Usage: tty [OPTION]...\n"
                           "Print the name of the terminal that is the standard input.\n"
                           "\n"
                           "  -s, --silent, --quiet  only the status: 0 when it is one, 1 when not\n"
                           "      --help             this text\n"
                           "      --version          the version\n";

static const struct cmd_option options[] = {{'s', "silent", CMD_NOTHING}, {'s', "quiet", CMD_NOTHING}, {0}};

struct tty {
    struct cmd_base base;
    bool silent;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    (void)letter;
    (void)value;
    ((struct tty *)process->state)->silent = true;
    return true;
}

static enum k_progress tty_run(struct k_process *process)
{
    struct tty *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 2);
    if (process->argc > 1) {
        cmd_extra_operand(process, process->argv[1]);
        state->base.status = 2;
    } else {
        state->base.status = !k_is_terminal(process, 0);
        if (!state->silent) cmd_put_string(process, state->base.status ? "not a tty\n" : "/dev/tty\n");
    }
    CMD_END(process);
}

CMD_PROGRAM(tty, struct tty, tty_run, help);
