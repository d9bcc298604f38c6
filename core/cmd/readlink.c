/* readlink: where a link leads. GNU coreutils 9.1, "readlink invocation". */
#include <string.h>

#include "cmd/resolve.h"

static const char help[] =
    "Usage: readlink [OPTION]... FILE...\n"
    "Print what each symbolic link FILE says, or with -e, -f or -m the whole path without links.\n"
    "\n"
    "  -e, --canonicalize-existing  everything must be there\n"
    "  -f, --canonicalize           the last part may be missing\n"
    "  -m, --canonicalize-missing   any part may\n"
    "  -n, --no-newline             no newline after a single FILE\n"
    "  -q, -s, --quiet, --silent    no error messages (the default)\n"
    "  -v, --verbose                error messages\n"
    "  -z, --zero                   end each line with NUL\n"
    "      --help                   this text\n"
    "      --version                the version\n";

static const struct cmd_option options[] = {{'e', "canonicalize-existing", CMD_NOTHING},
                                            {'f', "canonicalize", CMD_NOTHING},
                                            {'m', "canonicalize-missing", CMD_NOTHING},
                                            {'n', "no-newline", CMD_NOTHING},
                                            {'q', "quiet", CMD_NOTHING},
                                            {'s', "silent", CMD_NOTHING},
                                            {'v', "verbose", CMD_NOTHING},
                                            {'z', "zero", CMD_NOTHING},
                                            {0}};

struct readlink {
    struct cmd_base base;
    bool resolve, no_newline, verbose, zero;
    enum cmd_resolve how;
    int i;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct readlink *state = process->state;

    (void)value;
    state->resolve |= strchr("efm", letter) != NULL;
    if (letter == 'e') state->how = CMD_RESOLVE_ALL;
    if (letter == 'f') state->how = CMD_RESOLVE_BUT_LAST;
    if (letter == 'm') state->how = CMD_RESOLVE_ANY;
    state->no_newline |= letter == 'n';
    state->zero |= letter == 'z';
    if (strchr("qsv", letter)) state->verbose = letter == 'v';
    return true;
}

static void read_one(struct k_process *process, struct readlink *state, const char *path)
{
    struct buffer text = {0};
    int result =
        state->resolve ? cmd_resolve(process, path, state->how, &text) : k_read_link(process, path, &text);

    if (result == 0) {
        cmd_put_buffer(process, &text);
        if (!state->no_newline) cmd_put_byte(process, state->zero ? '\0' : '\n');
    } else if (state->verbose) {
        cmd_path_error(process, path, result);
    } else {
        state->base.status = 1;
    }
    buffer_free(&text);
}

static enum k_progress readlink_run(struct k_process *process)
{
    struct readlink *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc == 1) cmd_missing_operand(process, NULL);
    if (process->argc > 2 && state->no_newline) {
        cmd_warn(process, "ignoring --no-newline with multiple arguments");
        state->no_newline = false;
    }
    for (state->i = 1; state->i < process->argc; state->i++) {
        read_one(process, state, process->argv[state->i]);
        CMD_RELIEVE(process);
    }
    CMD_END(process);
}

CMD_PROGRAM(readlink, struct readlink, readlink_run, help);
