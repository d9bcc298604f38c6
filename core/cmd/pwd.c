/* pwd: the working directory. POSIX.1-2017 pwd; -P by default, as GNU's program has it. */
#include <string.h>

#include "cmd/command.h"

static const char help[] = "Usage: pwd [OPTION]...\n"
                           "Print the working directory.\n"
                           "\n"
                           "  -L, --logical   as PWD has it, when that is right\n"
                           "  -P, --physical  without links (default)\n"
                           "      --help      this text\n"
                           "      --version   the version\n";

static const struct cmd_option options[] = {
    {'L', "logical", CMD_NOTHING}, {'P', "physical", CMD_NOTHING}, {0}};

struct pwd {
    struct cmd_base base;
    bool logical;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    (void)value;
    ((struct pwd *)process->state)->logical = letter == 'L';
    return true;
}

/* PWD, when it leads here without "." and "..". */
static const char *logical_path(const struct k_process *process)
{
    const char *path = k_variable(process, "PWD"), *at;
    struct k_node node;

    if (path == NULL || *path != '/') return NULL;
    for (at = path; (at = strstr(at, "/.")) != NULL; at++) {
        const char *end = at + 2 + (at[2] == '.');
        if (*end == '/' || *end == '\0') return NULL;
    }
    return k_resolve(process, path, K_FOLLOW, &node) == 0 && k_same_node(node, process->directory->node)
               ? path
               : NULL;
}

static enum k_progress pwd_run(struct k_process *process)
{
    const struct pwd *state = process->state;
    const char *path;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc > 1) cmd_warn(process, "ignoring non-option arguments");
    path = state->logical ? logical_path(process) : NULL;
    cmd_printf(process, "%s\n", path ? path : process->directory->path);
    CMD_END(process);
}

CMD_PROGRAM(pwd, struct pwd, pwd_run, help);
