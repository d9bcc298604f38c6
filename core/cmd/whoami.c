/* whoami: the name of the user. GNU coreutils 9.1, "whoami invocation"; there is one user. */
#include "cmd/owner.h"

static const char help[] = "Usage: whoami [OPTION]...\nPrint the name of the user.\n";

static const struct cmd_option options[] = {{0}};

struct whoami {
    struct cmd_base base;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    (void)process;
    (void)letter;
    (void)value;
    return true;
}

static enum k_progress whoami_run(struct k_process *process)
{
    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc > 1)
        cmd_extra_operand(process, process->argv[1]);
    else
        cmd_put_string(process, CMD_USER_NAME "\n");
    CMD_END(process);
}

CMD_PROGRAM(whoami, struct whoami, whoami_run, help);
