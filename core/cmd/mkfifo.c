/* mkfifo: POSIX.1-2017 has it; the workspace keeps files, directories and symbolic links only, so it can but
 * say so. */
#include "cmd/command.h"

static const char help[] = "Usage: mkfifo [OPTION]... NAME...\n"
                           "Named pipes are not supported here.\n"
                           "\n"
                           "  -m, --mode=MODE  with these permissions\n"
                           "      --help       this text\n"
                           "      --version    the version\n";

static const struct cmd_option options[] = {{'m', "mode", CMD_VALUE}, {0}};

struct mkfifo {
    struct cmd_base base;
    int i;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    (void)process;
    (void)letter;
    (void)value;
    return true;
}

static enum k_progress mkfifo_run(struct k_process *process)
{
    struct mkfifo *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc == 1) cmd_missing_operand(process, NULL);
    for (state->i = 1; state->i < process->argc; state->i++) {
        cmd_error(process, "cannot create fifo %s: named pipes are not supported; use | or a file",
                  cmd_quote(process, process->argv[state->i]));
        CMD_RELIEVE(process);
    }
    CMD_END(process);
}

CMD_PROGRAM(mkfifo, struct mkfifo, mkfifo_run, help);
