/* xargs: run commands with arguments from the input. POSIX.1-2017 xargs, with the options of GNU findutils
 * 4.9 but -p, -o, --process-slot-var and --show-limits. */
#include <string.h>

#include "cmd/child.h"
#include "kernel/files.h"

#define COMMAND_BYTES (128u << 10) /* of one command's words, by default and at most */
#define REPLACE_BYTES (128u << 10)

static const char help[] =
    "Usage: xargs [OPTION]... COMMAND [INITIAL-ARGS]...\n"
    "Run COMMAND (echo by default) with INITIAL-ARGS and more arguments read from the input.\n"
    "\n"
    "  -0, --null                   items end with NUL, and nothing quotes\n"
    "  -a, --arg-file=FILE          read from FILE, not from the standard input\n"
    "  -d, --delimiter=CHARACTER    items end with CHARACTER\n"
    "  -E END                       END as an item is the end of the input\n"
    "  -I R                         R in INITIAL-ARGS is replaced by each line; -i[R], --replace[=R]\n"
    "  -L, --max-lines=N            at most N lines for a command; -l[N]\n"
    "  -n, --max-args=N             at most N arguments for a command\n"
    "  -P, --max-procs=N            up to N commands side by side, 0: as many as possible\n"
    "  -r, --no-run-if-empty        without arguments run nothing\n"
    "  -s, --max-chars=N            at most N bytes for a command\n"
    "  -t, --verbose                print each command before it runs\n"
    "  -x, --exit                   end when -s is exceeded\n"
    "      --help                   this text\n"
    "      --version                the version\n";

enum { STATUS_SOME = 123, STATUS_255, STATUS_KILLED };

static const struct cmd_option options[] = {
    {'0', "null", CMD_NOTHING},      {'a', "arg-file", CMD_VALUE},
    {'d', "delimiter", CMD_VALUE},   {'E', NULL, CMD_VALUE},
    {'e', "eof", CMD_MAY_VALUE},     {'I', NULL, CMD_VALUE},
    {'i', "replace", CMD_MAY_VALUE}, {'L', "max-lines", CMD_VALUE},
    {'l', NULL, CMD_MAY_VALUE},      {'n', "max-args", CMD_VALUE},
    {'P', "max-procs", CMD_VALUE},   {'r', "no-run-if-empty", CMD_NOTHING},
    {'s', "max-chars", CMD_VALUE},   {'t', "verbose", CMD_NOTHING},
    {'x', "exit", CMD_NOTHING},      {0}};

struct xargs {
    struct cmd_base base;
    struct cmd_input input;
    int delimiter; /* -1: blanks, with quotes */
    const char *file, *end_item, *replace;
    int64_t lines, arguments, side_by_side, bytes;
    bool no_empty, verbose, exits, ended, failed, overlong;
    char quote; /* open, within an item */
    bool escaped, within, line_has_item, blank_before;
    struct buffer item;  /* that is being read */
    struct buffer words; /* for the next command, with a NUL behind each */
    size_t count, size;  /* of them; bytes with all words of the command */
    int64_t line_count;
    size_t initial_bytes;
    bool have_item; /* an item waits that did not fit */
    bool ran;
    uint32_t running;
};

static bool take_count(struct k_process *process, const char *value, char letter, int64_t least,
                       int64_t *number)
{
    if (!cmd_integer(value, number)) {
        cmd_error(process, "invalid number \"%s\" for -%c option", value, letter);
        cmd_try_help(process);
        return false;
    }
    if (*number >= least) return true;
    cmd_error(process, "value %s for -%c option should be >= %lld", value, letter, (long long)least);
    cmd_try_help(process);
    return false;
}

/* "\n", "\0", "\x41", "\101" or one byte; -1: none of them. */
static int read_delimiter(const char *text)
{
    static const char letters[] = "abfnrtv\\", bytes[] = "\a\b\f\n\r\t\v\\";
    const char *at;
    int value = 0, base = 8;

    if (text[0] && text[1] == '\0') return (unsigned char)*text;
    if (*text++ != '\\') return -1;
    at = strchr(letters, *text);
    if (*text && at && text[1] == '\0') return bytes[at - letters];
    if (*text == 'x') {
        base = 16;
        text++;
    }
    if (*text == '\0') return -1;
    for (; *text; text++) {
        static const char digits[] = "0123456789abcdef";
        at = strchr(digits, *text | (*text >= 'A' ? 32 : 0));
        if (at == NULL || at - digits >= base || value > 255) return -1;
        value = value * base + (int)(at - digits);
    }
    return value < 256 ? value : -1;
}

static bool take_delimiter(struct k_process *process, struct xargs *state, const char *value)
{
    state->delimiter = read_delimiter(value);
    if (state->delimiter >= 0) return true;
    cmd_error(
        process,
        "Invalid input delimiter specification %s: the delimiter must be either a single character or an "
        "escape sequence starting with \\.",
        value);
    return false;
}

static bool take_limit(struct k_process *process, struct xargs *state, int letter, const char *value)
{
    switch (letter) {
    case 'I':
    case 'i':
        state->replace = value ? value : "{}";
        state->arguments = state->lines = 0;
        return true;
    case 'L':
    case 'l':
        state->arguments = 0;
        state->replace = NULL;
        state->lines = 1;
        return value == NULL || take_count(process, value, (char)letter, 1, &state->lines);
    case 'n':
        state->lines = 0;
        if (!take_count(process, value, 'n', 1, &state->arguments)) return false;
        if (state->replace && state->arguments == 1) state->arguments = 0; /* that is what -I does */
        if (state->arguments) state->replace = NULL;
        return true;
    case 'P':
        return take_count(process, value, 'P', 0, &state->side_by_side);
    default:
        return take_count(process, value, 's', 1, &state->bytes);
    }
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct xargs *state = process->state;

    switch (letter) {
    case '0':
        state->delimiter = 0;
        return true;
    case 'd':
        return take_delimiter(process, state, value);
    case 'a':
        state->file = value;
        return true;
    case 'E':
    case 'e':
        state->end_item = value && *value ? value : NULL;
        return true;
    case 'r':
        return state->no_empty = true;
    case 't':
        return state->verbose = true;
    case 'x':
        return state->exits = true;
    default:
        return take_limit(process, state, letter, value);
    }
}

static void begin(struct k_process *process, struct xargs *state)
{
    static char echo[] = "echo";
    int i;

    if (process->argc == 1) {
        char **argv = arena_take(&process->arena, 3 * sizeof *argv);
        if (argv) {
            argv[0] = process->argv[0];
            argv[1] = echo;
            argv[2] = NULL;
            process->argv = argv;
            process->argc = 2;
        }
    }
    for (i = 1; i < process->argc; i++) state->initial_bytes += strlen(process->argv[i]) + 1;
    state->input.begun = true;
    state->input.name = state->file ? state->file : "-";
    state->input.number = 0;
    if (state->bytes == 0 || state->bytes > COMMAND_BYTES) state->bytes = COMMAND_BYTES;
    if (state->replace) {
        state->exits = true;
        if (state->delimiter < 0) state->lines = 0;
    }
    if (state->file == NULL || strcmp(state->file, "-") == 0) return;
    state->input.number = k_open_number(process, state->file, FS_READ, 0);
    if (state->input.number >= 0) return;
    cmd_error(process, "Cannot open input file %s: %s", cmd_quote(process, state->file),
              k_error_text(state->input.number));
    state->failed = true;
}

/* --- items --- */

enum { ITEM_MORE, ITEM_READY, ITEM_END, ITEM_BAD };

static int end_item(struct xargs *state)
{
    state->within = false;
    if (state->end_item && state->delimiter < 0 &&
        strcmp(buffer_string(&state->item), state->end_item) == 0) {
        state->ended = true;
        buffer_clear(&state->item);
        return ITEM_END;
    }
    return ITEM_READY;
}

static int say_unmatched(struct k_process *process, const struct xargs *state)
{
    cmd_error(process,
              "unmatched %s quote; by default quotes are special to xargs unless you use the -0 option",
              state->quote == '"' ? "double" : "single");
    return ITEM_BAD;
}

/* A byte of an input with quotes. -I takes whole lines, without the blanks before them. */
static int take_byte(struct k_process *process, struct xargs *state, char byte)
{
    bool blank = byte == ' ' || byte == '\t';

    if (state->escaped) {
        state->escaped = false;
    } else if (state->quote) {
        if (byte == '\n') return say_unmatched(process, state);
        if (byte == state->quote) {
            state->quote = 0;
            return ITEM_MORE;
        }
    } else if (byte == '\\' || byte == '\'' || byte == '"') {
        if (byte == '\\')
            state->escaped = true;
        else
            state->quote = byte;
        state->within = true;
        return ITEM_MORE;
    } else if (byte == '\n' || (blank && !(state->replace && state->within))) {
        /* a blank at the end of a line lets -L go on with the next one */
        if (byte == '\n' && (state->line_has_item || state->within) && !state->blank_before) {
            state->line_count++;
            state->line_has_item = false;
        }
        state->blank_before = blank;
        if (state->within) {
            state->line_has_item = byte != '\n';
            return end_item(state);
        }
        return ITEM_MORE;
    }
    state->blank_before = false;
    state->within = true;
    buffer_put_byte(&state->item, byte);
    return ITEM_MORE;
}

static int finish_input(struct k_process *process, struct xargs *state)
{
    if (state->quote) return say_unmatched(process, state);
    state->ended = true;
    return state->within ? (end_item(state) == ITEM_READY ? ITEM_READY : ITEM_END) : ITEM_END;
}

/* Reads on until an item is whole: ITEM_READY, ITEM_END, ITEM_BAD or UMBRA_EAGAIN. Leaves at the end of what
 * was read, too (ITEM_MORE). */
static int read_item(struct k_process *process, struct xargs *state)
{
    struct cmd_input *input = &state->input;

    if (state->have_item) return ITEM_READY;
    if (state->ended) return ITEM_END;
    while (input->at < input->end) {
        char byte = input->bytes[input->at++];
        int what = ITEM_MORE;
        if (state->delimiter < 0)
            what = take_byte(process, state, byte);
        else if ((unsigned char)byte == state->delimiter) {
            state->line_count++;
            what = end_item(state);
        } else {
            state->within = true;
            buffer_put_byte(&state->item, byte);
        }
        if (what != ITEM_MORE) return what;
    }
    {
        int64_t got = cmd_fill(process, input);
        if (got == UMBRA_EAGAIN) return UMBRA_EAGAIN;
        if (got < 0) return ITEM_BAD;
        return got ? ITEM_MORE : finish_input(process, state);
    }
}

/* Whether the item that was read goes with those there are. */
static bool fits(const struct xargs *state)
{
    size_t size = state->initial_bytes + state->words.size + state->item.size + 1;

    if (state->replace) return state->count == 0;
    if (state->arguments && state->count >= (size_t)state->arguments) return false;
    return size <= (size_t)state->bytes;
}

static void add_item(struct xargs *state)
{
    buffer_put(&state->words, buffer_string(&state->item), strlen(buffer_string(&state->item)) + 1);
    buffer_clear(&state->item);
    state->have_item = false;
    state->count++;
}

/* Gathers items for a command: 1: there is one to run, 0: none any more, UMBRA_EAGAIN, ITEM_MORE as 2. */
static int gather(struct k_process *process, struct xargs *state)
{
    int what = read_item(process, state);

    if (what == UMBRA_EAGAIN) return what;
    if (what == ITEM_BAD) {
        state->failed = state->ended = true;
        buffer_clear(&state->item);
        return state->count > 0; /* what came before it is still run */
    }
    if (state->item.failed || state->words.failed) return UMBRA_ENOMEM;
    if (what == ITEM_MORE) return 2;
    if (what == ITEM_END) return state->count > 0;
    if (!fits(state)) {
        if (state->count) {
            state->have_item = true;
            return 1;
        }
        cmd_error(process, "argument line too long");
        state->failed = state->ended = true;
        return 0;
    }
    add_item(state);
    if (state->words.failed) return UMBRA_ENOMEM;
    if (state->replace || (state->arguments && state->count >= (size_t)state->arguments)) return 1;
    if (state->lines && state->line_count >= state->lines) {
        state->line_count = 0;
        return 1;
    }
    return 2;
}

/* --- commands --- */

static char *replace_in(struct k_process *process, const struct xargs *state, const char *word)
{
    const char *item = buffer_string(&state->words), *at;
    size_t length = strlen(state->replace);
    struct buffer out = {0};
    char *copy;

    while (length && (at = strstr(word, state->replace)) != NULL && out.size < REPLACE_BYTES) {
        buffer_put(&out, word, (size_t)(at - word));
        buffer_put_string(&out, item);
        word = at + length;
    }
    buffer_put_string(&out, word);
    copy = out.failed ? NULL : arena_copy(&process->arena, out.data, out.size);
    buffer_free(&out);
    return copy;
}

/* The words of the command, NULL without memory. */
static char **make_words(struct k_process *process, const struct xargs *state, int *argc)
{
    char **argv = arena_take(&process->arena, ((size_t)process->argc + state->count + 1) * sizeof *argv);
    char *at = state->words.data;
    size_t i;
    int k;

    if (argv == NULL) return NULL;
    *argc = 0;
    for (k = 1; k < process->argc; k++) {
        argv[*argc] =
            state->replace && k > 1 ? replace_in(process, state, process->argv[k]) : process->argv[k];
        if (argv[(*argc)++] == NULL) return NULL;
    }
    for (i = 0; i < state->count && !state->replace; i++, at += strlen(at) + 1) argv[(*argc)++] = at;
    argv[*argc] = NULL;
    return argv;
}

static void put_command(struct k_process *process, char *const *argv)
{
    for (; *argv; argv++) {
        cmd_put_error_text(process, cmd_quote_colon(process, *argv));
        cmd_put_error_text(process, argv[1] ? " " : "\n");
    }
}

/* The commands read nothing of the list. */
static void close_input(struct k_process *process, const struct xargs *state, struct k_process *child)
{
    struct k_file *null;

    if (state->input.number == 0 && k_open_file(process, "/dev/null", FS_READ, 0, &null) == 0)
        k_install_at(child, null, 0);
}

static int run(struct k_process *process, struct xargs *state)
{
    struct arena_mark mark = arena_mark(&process->arena);
    struct k_process *child = NULL;
    int argc, result = UMBRA_ENOMEM;
    char **argv = make_words(process, state, &argc);

    if (argv) result = cmd_begin_child(process, argc, argv, &child);
    if (result < 0 && result != UMBRA_ENOMEM) {
        cmd_error(process, "%s: %s", cmd_quote_colon(process, argv[0]), k_error_text(result));
        state->base.status = cmd_status_of_failure(result);
        state->failed = true;
    }
    if (child) {
        close_input(process, state, child);
        state->running++;
    }
    arena_release(&process->arena, mark);
    buffer_clear(&state->words);
    state->count = 0;
    state->ran = true;
    return result == UMBRA_ENOMEM ? result : 0;
}

static void say(struct k_process *process, struct xargs *state)
{
    struct arena_mark mark = arena_mark(&process->arena);
    int argc;
    char **argv = state->verbose ? make_words(process, state, &argc) : NULL;

    if (argv) put_command(process, argv);
    arena_release(&process->arena, mark);
}

static void note_status(struct k_process *process, struct xargs *state, const struct k_child *ended)
{
    const char *name = process->argv[1];

    if (ended->signal) {
        cmd_error(process, "%s: terminated by signal %d", name, ended->signal);
        state->base.status = STATUS_KILLED;
        state->failed = true;
    } else if (ended->status == 255) {
        cmd_error(process, "%s: exited with status 255; aborting", name);
        state->base.status = STATUS_255;
        state->failed = true;
    } else if (ended->status && state->base.status == 0) {
        state->base.status = STATUS_SOME;
    }
}

/* Waits until at most so many commands run: UMBRA_EAGAIN, or 0. */
static int reap(struct k_process *process, struct xargs *state, uint32_t most)
{
    struct k_child ended;

    while (state->running > most) {
        int result = cmd_await_child(process, 0, &ended);
        if (result == UMBRA_EAGAIN) return result;
        if (result < 0) break;
        state->running--;
        note_status(process, state, &ended);
    }
    return 0;
}

static uint32_t most_running(const struct xargs *state)
{
    return state->side_by_side ? (uint32_t)state->side_by_side - 1 : UINT32_MAX;
}

static void xargs_end(struct k_process *process)
{
    struct xargs *state = process->state;

    buffer_free(&state->item);
    buffer_free(&state->words);
    cmd_end(process);
}

static enum k_progress xargs_run(struct k_process *process)
{
    struct xargs *state = process->state;
    int what;

    CO_BEGIN(process);
    state->delimiter = -1;
    state->side_by_side = 1;
    CMD_OPTIONS(process, options, CMD_OPERAND_FIRST, take_option, 1);
    begin(process, state);
    while (!state->failed) {
        CO_AWAIT(process, what, gather(process, state));
        CMD_NEED(process, what < 0 ? NULL : state);
        if (what == 0 && (state->ran || state->no_empty || state->failed || state->replace)) break;
        if (what < 2) {
            if (what == 0) state->no_empty = true; /* it runs once, with nothing */
            say(process, state);
            CMD_FLUSH(process);
            what = run(process, state);
            CMD_NEED(process, what < 0 ? NULL : state);
            CO_AWAIT(process, what, reap(process, state, most_running(state)));
        }
        CMD_RELIEVE(process);
    }
    CO_AWAIT(process, what, reap(process, state, 0));
    CMD_END(process);
}

CMD_PROGRAM_ENDING(xargs, struct xargs, xargs_run, xargs_end, help);
