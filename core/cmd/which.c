/* which: where commands are found. debianutils 5.7, which(1). */
#include <string.h>

#include "cmd/child.h"

static const char help[] = "Usage: which [-a] NAME...\n"
                           "Print the path of each command NAME that PATH leads to.\n"
                           "\n"
                           "  -a         all of them\n"
                           "  -s         only the status\n"
                           "      --help this text\n"
                           "      --version the version\n";

static const struct cmd_option options[] = {{'a', NULL, CMD_NOTHING}, {'s', NULL, CMD_NOTHING}, {0}};

struct which {
    struct cmd_base base;
    bool all, silent;
    int i;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct which *state = process->state;

    (void)value;
    state->all |= letter == 'a';
    state->silent |= letter == 's';
    return true;
}

static bool is_command(struct k_process *process, const char *path)
{
    struct k_stat stat;
    return k_stat_path(process, path, K_FOLLOW, &stat) == 0 && stat.kind == K_FILE && stat.mode & 0111;
}

/* False: there is none. */
static bool put_paths(struct k_process *process, const struct which *state, const char *name)
{
    const char *at = k_variable(process, "PATH");
    struct arena_mark mark = arena_mark(&process->arena);
    bool found = false;

    if (strchr(name, '/')) {
        found = is_command(process, name);
        if (found && !state->silent) cmd_printf(process, "%s\n", name);
        return found;
    }
    while (*name && at && (!found || state->all)) {
        size_t length = strcspn(at, ":");
        const char *directory = length ? arena_copy(&process->arena, at, length) : ".";
        const char *path = directory ? cmd_join(process, directory, name) : NULL;
        if (path && is_command(process, path)) {
            found = true;
            if (!state->silent) cmd_printf(process, "%s\n", path);
        }
        at = at[length] ? at + length + 1 : NULL;
    }
    arena_release(&process->arena, mark);
    return found;
}

static enum k_progress which_run(struct k_process *process)
{
    struct which *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 2);
    if (process->argc == 1) state->base.status = 1;
    for (state->i = 1; state->i < process->argc; state->i++) {
        if (!put_paths(process, state, process->argv[state->i])) state->base.status = 1;
        CMD_RELIEVE(process);
    }
    CMD_END(process);
}

CMD_PROGRAM(which, struct which, which_run, help);
