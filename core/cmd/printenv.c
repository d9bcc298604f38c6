/* printenv: print variables of the environment. GNU coreutils 9.1, "printenv invocation". */
#include <string.h>

#include "cmd/command.h"

static const char help[] = "Usage: printenv [OPTION]... [VARIABLE]...\n"
                           "Print the values of VARIABLEs, or all of the environment.\n"
                           "\n"
                           "  -0, --null     end each line with NUL\n"
                           "      --help     this text\n"
                           "      --version  the version\n";

static const struct cmd_option options[] = {{'0', "null", CMD_NOTHING}, {0}};

struct printenv {
    struct cmd_base base;
    bool zero;
    size_t i;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    (void)letter;
    (void)value;
    ((struct printenv *)process->state)->zero = true;
    return true;
}

static void put_variable(struct k_process *process, struct printenv *state, const char *name)
{
    const char *value = strchr(name, '=') ? NULL : k_variable(process, name);

    if (value) {
        cmd_put_string(process, value);
        cmd_put_byte(process, state->zero ? '\0' : '\n');
    } else {
        state->base.status = 1;
    }
}

static enum k_progress printenv_run(struct k_process *process)
{
    struct printenv *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, CMD_OPERAND_FIRST, take_option, 2);
    for (state->i = 1; state->i < (size_t)process->argc; state->i++) {
        put_variable(process, state, process->argv[state->i]);
        CMD_RELIEVE(process);
    }
    for (state->i = 0; process->argc == 1 && process->environment && state->i < process->environment->count;
         state->i++) {
        cmd_put_string(process, process->environment->strings[state->i]);
        cmd_put_byte(process, state->zero ? '\0' : '\n');
        CMD_RELIEVE(process);
    }
    CMD_END(process);
}

CMD_PROGRAM(printenv, struct printenv, printenv_run, help);
