/* truncate: set the sizes of files. GNU coreutils 9.1, "truncate invocation". */
#include <string.h>

#include "cmd/command.h"

static const char help[] =
    "Usage: truncate OPTION... FILE...\n"
    "Make each FILE so many bytes long; what is new in it is zeros.\n"
    "\n"
    "  -c, --no-create      make no files\n"
    "  -o, --io-blocks      SIZE is in blocks of 4096 bytes\n"
    "  -r, --reference=FILE the size of that file\n"
    "  -s, --size=SIZE      SIZE, +SIZE, -SIZE, <SIZE at most, >SIZE at least, /SIZE rounded\n"
    "                       down, %SIZE rounded up to a multiple\n"
    "      --help           this text\n"
    "      --version        the version\n";

static const struct cmd_option options[] = {{'c', "no-create", CMD_NOTHING},
                                            {'o', "io-blocks", CMD_NOTHING},
                                            {'r', "reference", CMD_VALUE},
                                            {'s', "size", CMD_VALUE},
                                            {0}};

struct truncate {
    struct cmd_base base;
    bool no_create, blocks, has_size;
    char how; /* one of + - < > / %, 0: exactly */
    uint64_t size;
    const char *reference;
    int i;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct truncate *state = process->state;
    const char *number = value;

    state->no_create |= letter == 'c';
    state->blocks |= letter == 'o';
    if (letter == 'r') state->reference = value;
    if (letter != 's') return true;
    while (*number == ' ') number++;
    state->how = (char)(*number && strchr("+-<>/%", *number) ? *number++ : 0);
    state->has_size = cmd_size(number, &state->size) && state->size <= INT64_MAX;
    if (state->has_size && (state->size || !state->how || !strchr("/%", state->how))) return true;
    if (state->has_size)
        cmd_error(process, "division by zero");
    else
        cmd_error(process, "Invalid number: %s", cmd_quote(process, value));
    return false;
}

static bool settle(struct k_process *process, struct truncate *state)
{
    struct k_stat stat;
    int result = 0;

    if (!state->has_size && !state->reference) {
        cmd_error(process, "you must specify either '--size' or '--reference'");
    } else if (state->has_size && state->reference && !state->how) {
        cmd_error(process, "you must specify a relative '--size' with '--reference'");
    } else if (state->blocks && !state->has_size) {
        cmd_error(process, "'--io-blocks' was specified but '--size' was not");
    } else if (process->argc == 1) {
        cmd_error(process, "missing file operand");
    } else {
        if (state->reference) result = k_stat_path(process, state->reference, K_FOLLOW, &stat);
        if (result < 0) cmd_cannot(process, "stat", state->reference, result);
        if (state->blocks) state->size *= 4096;
        return result == 0;
    }
    cmd_try_help(process);
    return false;
}

/* INT64_MAX and more: too large. */
static uint64_t new_size(const struct truncate *state, uint64_t size)
{
    switch (state->how) {
    case '+':
        return size + state->size;
    case '-':
        return size > state->size ? size - state->size : 0;
    case '<':
        return size < state->size ? size : state->size;
    case '>':
        return size > state->size ? size : state->size;
    case '/':
        return size / state->size * state->size;
    case '%':
        return (size + state->size - 1) / state->size * state->size;
    default:
        return state->size;
    }
}

static void truncate_one(struct k_process *process, const struct truncate *state, const char *path)
{
    int number = k_open_number(process, path, FS_WRITE | (state->no_create ? 0 : FS_CREATE), 0666), result;
    struct k_stat stat = {0}, reference = {0};
    uint64_t size;

    if (number == UMBRA_ENOENT && state->no_create) return;
    if (number < 0) {
        cmd_error(process, "cannot open %s for writing: %s", cmd_quote(process, path), k_error_text(number));
        return;
    }
    result = k_stat_number(process, number, &stat);
    if (result == 0 && state->reference)
        result = k_stat_path(process, state->reference, K_FOLLOW, &reference);
    size = state->reference ? reference.size : stat.size;
    if (!state->reference || state->has_size) size = new_size(state, size);
    if (result == 0) result = size > INT64_MAX ? UMBRA_EFBIG : k_truncate_number(process, number, size);
    k_close_number(process, number);
    if (result < 0)
        cmd_error(process, "failed to truncate %s at %llu bytes: %s", cmd_quote(process, path),
                  (unsigned long long)size, k_error_text(result));
}

static enum k_progress truncate_run(struct k_process *process)
{
    struct truncate *state = process->state;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!settle(process, state)) goto done;
    for (state->i = 1; state->i < process->argc; state->i++) {
        truncate_one(process, state, process->argv[state->i]);
        CMD_RELIEVE(process);
    }
done:
    CMD_END(process);
}

CMD_PROGRAM(truncate, struct truncate, truncate_run, help);
