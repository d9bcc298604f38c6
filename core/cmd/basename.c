/* basename: the last part of a path. POSIX.1-2017 basename, with GNU's -a -s -z. */
#include <string.h>

#include "cmd/command.h"

static const char help[] = "Usage: basename NAME [SUFFIX]\n"
                           "  or:  basename OPTION... NAME...\n"
                           "Print NAME without the directories before it, and without SUFFIX at its end.\n"
                           "\n"
                           "  -a, --multiple       each argument is a NAME\n"
                           "  -s, --suffix=SUFFIX  remove SUFFIX; implies -a\n"
                           "  -z, --zero           end each line with NUL, not newline\n"
                           "      --help           this text\n"
                           "      --version        the version\n";

static const struct cmd_option options[] = {
    {'a', "multiple", CMD_NOTHING}, {'s', "suffix", CMD_VALUE}, {'z', "zero", CMD_NOTHING}, {0}};

struct basename {
    struct cmd_base base;
    bool multiple, zero;
    const char *suffix;
    int i;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct basename *state = process->state;

    state->multiple |= letter == 'a' || letter == 's';
    state->zero |= letter == 'z';
    if (letter == 's') state->suffix = value;
    return true;
}

static void put_name(struct k_process *process, const struct basename *state, const char *path)
{
    size_t length, suffix = state->suffix ? strlen(state->suffix) : 0;
    const char *name = cmd_base_name(path, &length);

    if (suffix && suffix < length && memcmp(name + length - suffix, state->suffix, suffix) == 0)
        length -= suffix;
    cmd_put(process, name, length);
    cmd_put_byte(process, state->zero ? '\0' : '\n');
}

static bool check_operands(struct k_process *process, const struct basename *state)
{
    if (process->argc == 1)
        cmd_missing_operand(process, NULL);
    else if (!state->multiple && process->argc > 3)
        cmd_extra_operand(process, process->argv[3]);
    return process->argc > 1 && (state->multiple || process->argc <= 3);
}

static enum k_progress basename_run(struct k_process *process)
{
    struct basename *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (check_operands(process, state)) {
        if (!state->multiple && process->argc == 3) state->suffix = process->argv[--process->argc];
        for (state->i = 1; state->i < process->argc; state->i++) {
            put_name(process, state, process->argv[state->i]);
            CMD_RELIEVE(process);
        }
    }
    CMD_END(process);
}

CMD_PROGRAM(basename, struct basename, basename_run, help);
