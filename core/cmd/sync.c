/* sync: make durable what was written. POSIX.1-2017 has the call, GNU coreutils 9.1 the utility. Each command
 * line is durable at its end anyway; an operand only has to be there. */
#include "cmd/command.h"

static const char help[] = "Usage: sync [OPTION]... [FILE]...\n"
                           "Do nothing: what a command line wrote is made durable at its end.\n"
                           "\n"
                           "  -d, --data         of these FILEs only\n"
                           "  -f, --file-system  of the file systems of these FILEs\n"
                           "      --help         this text\n"
                           "      --version      the version\n";

static const struct cmd_option options[] = {
    {'d', "data", CMD_NOTHING}, {'f', "file-system", CMD_NOTHING}, {0}};

struct sync {
    struct cmd_base base;
    bool data;
    int i;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    (void)value;
    ((struct sync *)process->state)->data |= letter == 'd';
    return true;
}

static enum k_progress sync_run(struct k_process *process)
{
    struct sync *state = process->state;
    int result;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (state->data && process->argc == 1) cmd_error(process, "--data needs at least one argument");
    for (state->i = 1; state->i < process->argc; state->i++) {
        result = k_access(process, process->argv[state->i], 4);
        if (result < 0)
            cmd_error(process, "error opening %s: %s", cmd_quote(process, process->argv[state->i]),
                      k_error_text(result));
        CMD_RELIEVE(process);
    }
    CMD_END(process);
}

CMD_PROGRAM(sync, struct sync, sync_run, help);
