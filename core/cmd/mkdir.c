/* mkdir: make directories. POSIX.1-2017 mkdir, with GNU's -v. */
#include <string.h>

#include "cmd/mode.h"

static const char help[] = "Usage: mkdir [OPTION]... DIRECTORY...\n"
                           "Make each DIRECTORY.\n"
                           "\n"
                           "  -m, --mode=MODE  with these permissions, as for chmod\n"
                           "  -p, --parents    with those above it; one that is there already is no error\n"
                           "  -v, --verbose    say what is made\n"
                           "      --help       this text\n"
                           "      --version    the version\n";

static const struct cmd_option options[] = {{'m', "mode", CMD_VALUE},
                                            {'p', "parents", CMD_NOTHING},
                                            {'v', "verbose", CMD_NOTHING},
                                            {'Z', NULL, CMD_NOTHING},
                                            {0}};

struct mkdir {
    struct cmd_base base;
    struct cmd_mode mode;
    const char *mode_text;
    bool parents, verbose;
    int i;
    char *path; /* with -p: the operand, cut at one slash after the other */
    size_t at;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct mkdir *state = process->state;

    if (letter == 'm') state->mode_text = value;
    state->parents |= letter == 'p';
    state->verbose |= letter == 'v';
    return true;
}

static bool is_directory(const struct k_process *process, const char *path)
{
    struct k_stat stat;
    return k_stat_path(process, path, K_FOLLOW, &stat) == 0 && stat.kind == K_DIRECTORY;
}

/* last: not one of those above it. */
static bool make(struct k_process *process, const struct mkdir *state, const char *path, bool last)
{
    uint16_t mode = 0777;
    int result = k_make_directory(process, path, mode);

    if (result < 0 && state->parents && (result == UMBRA_EEXIST || is_directory(process, path)) &&
        is_directory(process, path))
        return true;
    if (result == UMBRA_EEXIST && !last && k_access(process, path, 0) == 0) result = UMBRA_ENOTDIR;
    if (result == 0 && last && state->mode_text)
        result = k_set_mode(process, path,
                            cmd_mode_apply(&state->mode, 0777 & ~process->umask, true, process->umask));
    if (result == 0 && !last && process->umask & 0300)
        result = k_set_mode(process, path, (0777 & ~process->umask) | 0300);
    if (result < 0) {
        cmd_cannot(process, "create directory", path, result);
        return false;
    }
    if (state->verbose) cmd_printf(process, "mkdir: created directory %s\n", cmd_quote(process, path));
    return true;
}

/* Makes the directory up to the next slash of the operand; false when that was the last, or on an error. */
static bool make_next(struct k_process *process, struct mkdir *state)
{
    char *path = state->path, kept;
    size_t at = state->at;
    bool fine, last;

    while (path[at] == '/') at++;
    at += strcspn(path + at, "/");
    state->at = at;
    last = path[at + strspn(path + at, "/")] == '\0';
    kept = path[at];
    if (!last) path[at] = '\0';
    fine = *path == '\0' || make(process, state, path, last);
    path[at] = kept;
    return fine && !last;
}

static bool read_mode(struct k_process *process, struct mkdir *state)
{
    if (state->mode_text == NULL || cmd_mode_parse(process, state->mode_text, &state->mode)) return true;
    cmd_error(process, "invalid mode %s", cmd_quote(process, state->mode_text));
    return false;
}

static enum k_progress mkdir_run(struct k_process *process)
{
    struct mkdir *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc == 1) cmd_missing_operand(process, NULL);
    if (process->argc > 1 && read_mode(process, state)) {
        for (state->i = 1; state->i < process->argc; state->i++) {
            state->path = process->argv[state->i];
            state->at = 0;
            if (!state->parents || *state->path == '\0') {
                make(process, state, state->path, true);
                CMD_RELIEVE(process);
                continue;
            }
            while (make_next(process, state)) CMD_RELIEVE(process);
        }
    }
    CMD_END(process);
}

CMD_PROGRAM(mkdir, struct mkdir, mkdir_run, help);
