/* realpath: whole paths without links. GNU coreutils 9.1, "realpath invocation". */
#include <string.h>

#include "cmd/resolve.h"

static const char help[] = "Usage: realpath [OPTION]... FILE...\n"
                           "Print the whole path of each FILE; its last part may be missing.\n"
                           "\n"
                           "  -e, --canonicalize-existing  everything must be there\n"
                           "  -m, --canonicalize-missing   any part may be missing\n"
                           "  -L, --logical                .. before links\n"
                           "  -P, --physical               links as they are met (default)\n"
                           "  -q, --quiet                  no error messages\n"
                           "      --relative-to=DIR        the path from DIR\n"
                           "      --relative-base=DIR      the path from DIR for what is below it\n"
                           "  -s, --strip, --no-symlinks   links stay as they are\n"
                           "  -z, --zero                   end each line with NUL\n"
                           "      --help                   this text\n"
                           "      --version                the version\n";

enum { OPT_RELATIVE_TO = 256, OPT_RELATIVE_BASE };

static const struct cmd_option options[] = {{'e', "canonicalize-existing", CMD_NOTHING},
                                            {'m', "canonicalize-missing", CMD_NOTHING},
                                            {'L', "logical", CMD_NOTHING},
                                            {'P', "physical", CMD_NOTHING},
                                            {'q', "quiet", CMD_NOTHING},
                                            {OPT_RELATIVE_TO, "relative-to", CMD_VALUE},
                                            {OPT_RELATIVE_BASE, "relative-base", CMD_VALUE},
                                            {'s', "strip", CMD_NOTHING},
                                            {'s', "no-symlinks", CMD_NOTHING},
                                            {'z', "zero", CMD_NOTHING},
                                            {0}};

struct realpath {
    struct cmd_base base;
    unsigned how;
    bool logical, no_links, quiet, zero;
    const char *relative_to, *relative_base; /* as given, then resolved */
    int i;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct realpath *state = process->state;

    if (letter == 'e') state->how = CMD_RESOLVE_ALL;
    if (letter == 'm') state->how = CMD_RESOLVE_ANY;
    if (letter == 's') state->no_links = true;
    if (letter == 'L') state->logical = true;
    if (letter == 'P') state->logical = state->no_links = false;
    state->quiet |= letter == 'q';
    state->zero |= letter == 'z';
    if (letter == OPT_RELATIVE_TO) state->relative_to = value;
    if (letter == OPT_RELATIVE_BASE) state->relative_base = value;
    return true;
}

static int resolve(struct k_process *process, const struct realpath *state, const char *path,
                   struct buffer *out)
{
    struct buffer plain = {0};
    int result;

    if (state->no_links) return cmd_resolve(process, path, state->how | CMD_RESOLVE_NO_LINKS, out);
    if (!state->logical) return cmd_resolve(process, path, state->how, out);
    result = cmd_resolve(process, path, CMD_RESOLVE_ANY | CMD_RESOLVE_NO_LINKS, &plain);
    if (result == 0) result = cmd_resolve(process, buffer_string(&plain), state->how, out);
    buffer_free(&plain);
    return result;
}

/* A directory of --relative-to or --relative-base, in the arena. False: it was said what is wrong. */
static bool resolve_base(struct k_process *process, const struct realpath *state, const char **path)
{
    struct buffer text = {0};
    struct k_stat stat;
    int result;

    if (*path == NULL) return true;
    result = resolve(process, state, *path, &text);
    if (result == 0 && state->how == CMD_RESOLVE_ALL) {
        result = k_stat_path(process, buffer_string(&text), K_FOLLOW, &stat);
        if (result == 0 && stat.kind != K_DIRECTORY) result = UMBRA_ENOTDIR;
    }
    if (result < 0)
        cmd_path_error(process, *path, result);
    else
        *path = arena_copy(&process->arena, text.data, text.size);
    buffer_free(&text);
    return result == 0 && *path;
}

static bool is_below(const char *path, const char *directory)
{
    size_t length = strlen(directory);

    if (strcmp(directory, "/") == 0) return true;
    return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static void put_path(struct k_process *process, const struct realpath *state, const char *path)
{
    const char *from = state->relative_to ? state->relative_to : state->relative_base;
    struct buffer text = {0};

    if (from && (state->relative_base == NULL ||
                 (is_below(path, state->relative_base) && is_below(from, state->relative_base)))) {
        cmd_relative(from, path, &text);
        path = buffer_string(&text);
    }
    if (text.failed) cmd_fail_output(process);
    cmd_put_string(process, path);
    cmd_put_byte(process, state->zero ? '\0' : '\n');
    buffer_free(&text);
}

static void print_one(struct k_process *process, struct realpath *state, const char *path)
{
    struct buffer text = {0};
    int result = resolve(process, state, path, &text);

    if (result == 0)
        put_path(process, state, buffer_string(&text));
    else if (state->quiet)
        state->base.status = 1;
    else
        cmd_path_error(process, path, result);
    buffer_free(&text);
}

static enum k_progress realpath_run(struct k_process *process)
{
    struct realpath *state = process->state;

    CO_BEGIN(process);
    state->how = CMD_RESOLVE_BUT_LAST;
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc == 1) cmd_missing_operand(process, NULL);
    if (process->argc > 1 && resolve_base(process, state, &state->relative_to) &&
        resolve_base(process, state, &state->relative_base)) {
        for (state->i = 1; state->i < process->argc; state->i++) {
            print_one(process, state, process->argv[state->i]);
            CMD_RELIEVE(process);
        }
    }
    CMD_END(process);
}

CMD_PROGRAM(realpath, struct realpath, realpath_run, help);
