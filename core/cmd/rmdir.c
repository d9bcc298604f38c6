/* rmdir: remove empty directories. POSIX.1-2017 rmdir, with GNU's -v and --ignore-fail-on-non-empty. */
#include <string.h>

#include "cmd/command.h"

static const char help[] = "Usage: rmdir [OPTION]... DIRECTORY...\n"
                           "Remove each DIRECTORY if it is empty.\n"
                           "\n"
                           "      --ignore-fail-on-non-empty  one that is not empty is no error\n"
                           "  -p, --parents    also those above it, as far as they are named\n"
                           "  -v, --verbose    say what is removed\n"
                           "      --help       this text\n"
                           "      --version    the version\n";

enum { OPT_IGNORE = 256 };

static const struct cmd_option options[] = {{OPT_IGNORE, "ignore-fail-on-non-empty", CMD_NOTHING},
                                            {'p', "parents", CMD_NOTHING},
                                            {'v', "verbose", CMD_NOTHING},
                                            {0}};

struct rmdir {
    struct cmd_base base;
    bool ignore, parents, verbose;
    int i;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct rmdir *state = process->state;

    (void)value;
    state->ignore |= letter == OPT_IGNORE;
    state->parents |= letter == 'p';
    state->verbose |= letter == 'v';
    return true;
}

static bool remove_one(struct k_process *process, const struct rmdir *state, const char *path, bool above)
{
    int result;

    if (state->verbose) cmd_printf(process, "rmdir: removing directory, %s\n", cmd_quote(process, path));
    result = k_remove_directory(process, path);
    if (result == UMBRA_ENOTEMPTY && state->ignore) return false;
    if (result < 0 && above)
        cmd_error(process, "failed to remove directory %s: %s", cmd_quote(process, path),
                  k_error_text(result));
    else if (result < 0)
        cmd_error(process, "failed to remove %s: %s", cmd_quote(process, path), k_error_text(result));
    return result == 0;
}

/* Cuts the last part off; false: there is none left. */
static bool cut(char *path)
{
    char *end = path + strlen(path);

    while (end > path && end[-1] == '/') *--end = '\0';
    end = strrchr(path, '/');
    if (end == NULL) return false;
    while (end > path && end[-1] == '/') end--;
    *end = '\0';
    return *path != '\0';
}

static enum k_progress rmdir_run(struct k_process *process)
{
    struct rmdir *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc == 1) cmd_missing_operand(process, NULL);
    for (state->i = 1; state->i < process->argc; state->i++) {
        bool gone = remove_one(process, state, process->argv[state->i], false);
        while (gone && state->parents && cut(process->argv[state->i]))
            gone = remove_one(process, state, process->argv[state->i], true);
        CMD_RELIEVE(process);
    }
    CMD_END(process);
}

CMD_PROGRAM(rmdir, struct rmdir, rmdir_run, help);
