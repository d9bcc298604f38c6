/* nproc: how many processors there are: one. GNU coreutils 9.1, "nproc invocation". */
#include "cmd/command.h"

static const char help[] = "Usage: nproc [OPTION]...\n"
                           "Print the number of processors, which is 1.\n"
                           "\n"
                           "      --all       the same\n"
                           "      --ignore=N  N less, but at least 1\n"
                           "      --help      this text\n"
                           "      --version   the version\n";

enum { OPT_ALL = 256, OPT_IGNORE };

static const struct cmd_option options[] = {
    {OPT_ALL, "all", CMD_NOTHING}, {OPT_IGNORE, "ignore", CMD_VALUE}, {0}};

struct nproc {
    struct cmd_base base;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    int64_t number;

    if (letter == OPT_ALL || (cmd_integer(value, &number) && number >= 0)) return true;
    cmd_error(process, "invalid number: %s", cmd_quote(process, value));
    return false;
}

static enum k_progress nproc_run(struct k_process *process)
{
    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc > 1)
        cmd_extra_operand(process, process->argv[1]);
    else
        cmd_put_string(process, "1\n");
    CMD_END(process);
}

CMD_PROGRAM(nproc, struct nproc, nproc_run, help);
