/* mktemp: make a file or directory with a new name. GNU coreutils 9.1, "mktemp invocation". */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "umbra_host.h"

static const char help[] =
    "Usage: mktemp [OPTION]... [TEMPLATE]\n"
    "Make a file, which only its owner may read, and print its name: TEMPLATE with its last Xs\n"
    "(at least three) replaced. Without TEMPLATE it is tmp.XXXXXXXXXX in /tmp.\n"
    "\n"
    "  -d, --directory      a directory\n"
    "  -u, --dry-run        only print a name\n"
    "  -q, --quiet          no error messages\n"
    "      --suffix=SUFFIX  behind the Xs\n"
    "  -p, --tmpdir[=DIR]   in DIR, or TMPDIR, or /tmp\n"
    "  -t                   the same for a TEMPLATE that is a name (deprecated)\n"
    "      --help           this text\n"
    "      --version        the version\n";

enum { OPT_SUFFIX = 256, OPT_DIRECTORY, TRIES = 100 };

static const struct cmd_option options[] = {
    {'d', "directory", CMD_NOTHING}, {'u', "dry-run", CMD_NOTHING},
    {'q', "quiet", CMD_NOTHING},     {OPT_SUFFIX, "suffix", CMD_VALUE},
    {'p', NULL, CMD_VALUE},          {OPT_DIRECTORY, "tmpdir", CMD_MAY_VALUE},
    {'t', NULL, CMD_NOTHING},        {0}};

struct mktemp {
    struct cmd_base base;
    bool directory, dry, quiet, in_directory, as_name;
    const char *where, *suffix;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct mktemp *state = process->state;

    state->directory |= letter == 'd';
    state->dry |= letter == 'u';
    state->quiet |= letter == 'q';
    state->as_name |= letter == 't';
    if (letter == OPT_SUFFIX) state->suffix = value;
    if (letter == 'p' || letter == OPT_DIRECTORY || letter == 't') {
        state->in_directory = true;
        if (value) state->where = value;
    }
    return true;
}

static const char *find_directory(const struct k_process *process, const struct mktemp *state)
{
    const char *variable = k_variable(process, "TMPDIR");

    if (state->as_name && variable && *variable) return variable;
    if (state->where && *state->where) return state->where;
    return variable && *variable ? variable : "/tmp";
}

/* The run of Xs at the end of a template: where it begins, and how long it is. */
static size_t find_mark(const char *text, size_t end, size_t *length)
{
    size_t start = end;

    while (start && text[start - 1] == 'X') start--;
    *length = end - start;
    return start;
}

static bool check(struct k_process *process, const struct mktemp *state, const char *text, size_t end)
{
    size_t length;

    find_mark(text, end, &length);
    if (state->suffix && end && text[end - 1] != 'X') {
        cmd_error(process, "with --suffix, template %s must end in X", cmd_quote(process, text));
    } else if (length < 3) {
        cmd_error(process, "too few X's in template %s", cmd_quote(process, text));
    } else if (text[end] && strchr(text + end, '/')) {
        cmd_error(process, "invalid suffix %s, contains directory separator", cmd_quote(process, text + end));
    } else if (state->as_name && strchr(text, '/')) {
        cmd_error(process, "invalid template, %s, contains directory separator", cmd_quote(process, text));
    } else if (state->in_directory && *text == '/') {
        cmd_error(process, "invalid template, %s; with --tmpdir, it may not be absolute",
                  cmd_quote(process, text));
    } else {
        return true;
    }
    return false;
}

/* The whole template, with its directory and suffix; NULL: said, or without memory. end: behind the Xs. */
static char *make_template(struct k_process *process, const struct mktemp *state, size_t *end)
{
    const char *text = process->argc > 1 ? process->argv[1] : "tmp.XXXXXXXXXX", *last;
    bool elsewhere = state->in_directory || process->argc == 1;
    char *whole, *with_suffix;
    size_t length;

    last = strrchr(text, 'X');
    *end = state->suffix || last == NULL ? strlen(text) : (size_t)(last - text) + 1;
    if (!check(process, state, text, *end)) return NULL;
    if (state->suffix && strchr(state->suffix, '/')) {
        cmd_error(process, "invalid suffix %s, contains directory separator",
                  cmd_quote(process, state->suffix));
        return NULL;
    }
    whole = elsewhere ? cmd_join(process, find_directory(process, state), text)
                      : arena_copy(&process->arena, text, strlen(text));
    if (whole == NULL) return NULL;
    length = strlen(whole);
    *end += length - strlen(text);
    if (state->suffix == NULL) return whole;
    with_suffix = arena_take(&process->arena, length + strlen(state->suffix) + 1);
    if (with_suffix == NULL) return NULL;
    snprintf(with_suffix, length + strlen(state->suffix) + 1, "%s%s", whole, state->suffix);
    return with_suffix;
}

static void fill(const struct k_process *process, char *at, size_t length)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const struct umbra_host *host = process->kernel->host;

    while (length--) {
        unsigned char byte = 0;
        do host->random(host->context, &byte, 1);
        while (byte >= 248); /* 4 x 62: so that all letters are as likely */
        *at++ = letters[byte % 62];
    }
}

static int make(struct k_process *process, const struct mktemp *state, const char *path)
{
    struct k_stat stat;
    int number;

    if (state->dry) return k_stat_path(process, path, K_NO_FOLLOW, &stat) == 0 ? UMBRA_EEXIST : 0;
    if (state->directory) return k_make_directory(process, path, 0700);
    number = k_open_number(process, path, FS_READ | FS_WRITE | FS_CREATE | FS_EXCLUSIVE, 0600);
    return number < 0 ? number : k_close_number(process, number);
}

static void try_names(struct k_process *process, struct mktemp *state)
{
    size_t end, length, start;
    char *path = make_template(process, state, &end), *template;
    int result = UMBRA_EEXIST, i;

    if (path == NULL) {
        if (state->base.status == 0) cmd_out_of_memory(process);
        return;
    }
    start = find_mark(path, end, &length);
    template = arena_copy(&process->arena, path, strlen(path));
    for (i = 0; i < TRIES && result == UMBRA_EEXIST; i++) {
        fill(process, path + start, length);
        result = make(process, state, path);
    }
    if (result == 0)
        cmd_printf(process, "%s\n", path);
    else if (state->quiet)
        state->base.status = 1;
    else
        cmd_error(process, "failed to create %s via template %s: %s", state->directory ? "directory" : "file",
                  cmd_quote(process, template ? template : path), k_error_text(result));
}

static enum k_progress mktemp_run(struct k_process *process)
{
    struct mktemp *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc > 2) {
        cmd_error(process, "too many templates");
        cmd_try_help(process);
    } else {
        try_names(process, state);
    }
    CMD_END(process);
}

CMD_PROGRAM(mktemp, struct mktemp, mktemp_run, help);
