/* dirname: a path without its last part. POSIX.1-2017 dirname, with GNU's -z and several operands. */
#include <string.h>

#include "cmd/command.h"

static const char help[] =
    "Usage: dirname [OPTION] NAME...\n"
    "Print each NAME without its last part and the slashes before that; . when there is\n"
    "nothing before it.\n"
    "\n"
    "  -z, --zero     end each line with NUL, not newline\n"
    "      --help     this text\n"
    "      --version  the version\n";

static const struct cmd_option options[] = {{'z', "zero", CMD_NOTHING}, {0}};

struct dirname {
    struct cmd_base base;
    bool zero;
    int i;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    (void)letter;
    (void)value;
    ((struct dirname *)process->state)->zero = true;
    return true;
}

static void put_directory(struct k_process *process, const char *path)
{
    size_t end = strlen(path);

    while (end && path[end - 1] == '/') end--;
    while (end && path[end - 1] != '/') end--;
    while (end > 1 && path[end - 1] == '/') end--;
    if (end)
        cmd_put(process, path, end);
    else
        cmd_put_byte(process, *path == '/' ? '/' : '.');
}

static enum k_progress dirname_run(struct k_process *process)
{
    struct dirname *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc == 1) cmd_missing_operand(process, NULL);
    for (state->i = 1; state->i < process->argc; state->i++) {
        put_directory(process, process->argv[state->i]);
        cmd_put_byte(process, state->zero ? '\0' : '\n');
        CMD_RELIEVE(process);
    }
    CMD_END(process);
}

CMD_PROGRAM(dirname, struct dirname, dirname_run, help);
