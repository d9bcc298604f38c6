/* builtin_read.c: read (POSIX.1-2017 XCU, read; bash 5.2 manual, "Bash Builtin Commands"). */
#include <limits.h>

#include "base/utf8.h"
#include "kernel/terminal.h"
#include "shell/builtins.h"
#include "shell/dynamic.h"
#include "shell/line_input.h"
#include "shell/reference.h"
#include "shell/test_operators.h"

#define YIELD_AFTER 4096 /* bytes, when nothing is to be waited for */

struct read {
    /* what was asked for */
    bool raw, silent, exactly, limited, timed, answers_ready;
    char delimiter;
    int64_t limit; /* characters */
    const char *array, *prompt;
    int number, first; /* descriptor; the first name among the words */
    int64_t timeout, deadline;

    struct sh_line_input input;
    struct sh_text text, quoted; /* quoted: a byte 1 for each that a backslash stood before; empty: none */
    bool escaped;                /* by the backslash that was the last byte */
    int64_t characters;
    int result; /* status, when the reading is over */
    bool has_mode;
    struct k_terminal_mode mode; /* as it was */
};

/* --- options --- */

/* Seconds with a fraction, as microseconds. */
static bool read_seconds(const char *text, int64_t *microseconds)
{
    int64_t value = 0, unit = 1000000;

    if (*text == '\0' || strcmp(text, ".") == 0) return false;
    for (; *text >= '0' && *text <= '9'; text++) {
        if (value > INT64_MAX / 100000000) return false;
        value = 10 * value + (int64_t)1000000 * (*text - '0');
    }
    if (*text == '.') {
        for (text++; *text >= '0' && *text <= '9'; text++) {
            unit /= 10;
            value += (*text - '0') * unit;
        }
    }
    *microseconds = value;
    return *text == '\0';
}

static bool take_count(struct shell *shell, const char *name, struct read *read, const char *text)
{
    if (sh_read_integer(text, &read->limit) && read->limit >= 0 && read->limit <= INT32_MAX) {
        read->limited = true;
        return true;
    }
    sh_builtin_error(shell, name, "%s: invalid number", text);
    return false;
}

static bool take_timeout(struct shell *shell, const char *name, struct read *read, const char *text)
{
    read->timed = true;
    if (read_seconds(text, &read->timeout)) return true;
    sh_builtin_error(shell, name, "%s: invalid timeout specification", text);
    return false;
}

static bool take_option(struct shell *shell, const char *name, struct read *read, int letter,
                        const char *value)
{
    switch (letter) {
    case 'r':
        read->raw = true;
        return true;
    case 's':
        read->silent = true;
        return true;
    case 'a':
        read->array = value;
        return true;
    case 'd':
        read->delimiter = *value;
        return true;
    case 'p':
        read->prompt = value;
        return true;
    case 'N':
        read->exactly = true;
        return take_count(shell, name, read, value);
    case 'n':
        return take_count(shell, name, read, value);
    case 't':
        return take_timeout(shell, name, read, value);
    case 'u':
        read->number = sh_read_descriptor(shell, name, value);
        return read->number >= 0;
    default: /* e, i: lines are edited by the terminal */
        return true;
    }
}

static bool take_options(struct shell *shell, struct sh_builtin_call *call, struct read *read)
{
    struct sh_options options = {0};
    struct sh_text_ref usual;
    int letter;

    read->delimiter = '\n';
    shell->status = 2;
    while ((letter = sh_next_option(shell, call, "ersa:d:i:n:N:p:t:u:", &options)) != 0) {
        if (letter < 0) return false;
        shell->status = 1;
        if (!take_option(shell, call->argv[0], read, letter, options.value)) return false;
        shell->status = 2;
    }
    shell->status = 1;
    read->first = options.index;
    if (read->first < call->argc && !sh_check_reference(shell, call->argv[0], call->argv[read->first]))
        return false;
    if (read->array && !sh_is_name(read->array, strlen(read->array))) {
        sh_builtin_error(shell, call->argv[0], "`%s': not a valid identifier", read->array);
        return false;
    }
    read->answers_ready = read->timed && read->timeout == 0;
    usual = sh_get(shell, "TMOUT");
    if (!read->timed && usual.size && read_seconds(usual.data, &read->timeout) && read->timeout)
        read->timed = true;
    return true;
}

/* --- reading --- */

static void change_terminal(struct shell *shell, struct read *read)
{
    struct k_terminal_mode mode;

    if (!k_is_terminal(shell->process, read->number)) return;
    if (read->prompt) buffer_put_string(&shell->errors, read->prompt);
    if (!read->silent && !read->limited && read->delimiter == '\n') return;
    if (k_terminal_get(shell->process, read->number, &read->mode) < 0) return;
    mode = read->mode;
    if (read->silent) mode.echo = false;
    if (read->limited || read->delimiter != '\n') mode.lines = false;
    read->has_mode = k_terminal_set(shell->process, read->number, &mode) == 0;
}

static void end(struct shell *shell, struct sh_builtin_call *call)
{
    struct read *read = call->state;

    if (read->has_mode) k_terminal_set(shell->process, read->number, &read->mode);
    read->has_mode = false;
    sh_input_end(shell, &read->input);
    if (read->timed) shell->process->wake_at = 0;
}

static void put(struct read *read, char byte, bool quoted)
{
    if (quoted)
        while (read->quoted.size < read->text.size && !read->quoted.arena->failed)
            sh_text_byte(&read->quoted, 0);
    sh_text_byte(&read->text, byte);
    if (quoted || read->quoted.size) sh_text_byte(&read->quoted, (char)quoted);
    if (utf8_pending(read->text.data, read->text.size) == 0) read->characters++;
}

/* Takes a byte; true: it was the last one. */
static bool take(struct read *read, char byte)
{
    bool quoted = read->escaped;

    read->escaped = false;
    if (quoted && byte == '\n') return false;
    if (!quoted && byte == '\\' && !read->raw) {
        read->escaped = true;
        return false;
    }
    if (!quoted && byte == read->delimiter && !read->exactly) return true;
    if (byte == '\0') return false;
    put(read, byte, quoted);
    return read->limited && read->characters >= read->limit;
}

/* SH_RETURNS with read->result when there is no more to read. */
static enum sh_step read_text(struct shell *shell, const char *name, struct read *read)
{
    unsigned count = 0;
    char byte;
    int got;

    if (read->limited && read->limit == 0) return SH_RETURNS;
    for (;;) {
        got = sh_input_byte(shell, &read->input, &byte);
        if (got <= 0) break;
        if (take(read, byte)) return SH_RETURNS;
        if (shell->process->arena.failed) {
            sh_out_of_memory(shell);
            return SH_RETURNS;
        }
        if (++count % YIELD_AFTER == 0 && sh_charge(shell, YIELD_AFTER)) return SH_YIELDS;
    }
    if (got == UMBRA_EAGAIN) {
        if (!read->timed) return SH_LISTENS;
        if (k_monotonic(shell->kernel) < read->deadline) {
            k_wait_until(shell->process, read->deadline);
            return SH_LISTENS;
        }
        read->result = 128 + K_SIGALRM;
        return SH_RETURNS;
    }
    read->result = 1;
    if (got < 0) sh_builtin_error(shell, name, "read error: %d: %s", read->number, k_error_text(got));
    return SH_RETURNS;
}

/* --- splitting --- */

struct splitter {
    const char *text, *quoted; /* quoted NULL: no byte is */
    size_t at, size;
    bool separates[UCHAR_MAX + 1]; /* the bytes of IFS */
};

static bool is_separator(const struct splitter *splitter, size_t at)
{
    if (at >= splitter->size || (splitter->quoted && splitter->quoted[at])) return false;
    return splitter->separates[(unsigned char)splitter->text[at]];
}

static bool is_blank_separator(const struct splitter *splitter, size_t at)
{
    if (!is_separator(splitter, at)) return false;
    return splitter->text[at] == ' ' || splitter->text[at] == '\t' || splitter->text[at] == '\n';
}

static void skip_blanks(struct splitter *splitter)
{
    while (is_blank_separator(splitter, splitter->at)) splitter->at++;
}

/* The next word, and on to what stands behind its separator. False: there is none. */
static bool next_word(struct splitter *splitter, size_t *start, size_t *end)
{
    bool blank;

    skip_blanks(splitter);
    *start = *end = splitter->at;
    if (splitter->at == splitter->size) return false;
    while (splitter->at < splitter->size && !is_separator(splitter, splitter->at)) splitter->at++;
    *end = splitter->at;
    blank = is_blank_separator(splitter, splitter->at);
    if (splitter->at < splitter->size) splitter->at++;
    skip_blanks(splitter);
    if (blank && is_separator(splitter, splitter->at)) {
        splitter->at++;
        skip_blanks(splitter);
    }
    return true;
}

/* What is left, for the last variable: one word without its separator, or several with theirs. */
static void last_words(struct splitter *splitter, size_t *start, size_t *end)
{
    size_t from;

    skip_blanks(splitter);
    from = splitter->at;
    next_word(splitter, start, end);
    if (splitter->at == splitter->size) return;
    *start = from;
    *end = splitter->size;
    while (*end > from + 1 && is_blank_separator(splitter, *end - 1)) --*end;
}

/* --- assigning --- */

static bool assign_array(struct shell *shell, const char *name, struct read *read, struct splitter *splitter)
{
    const struct sh_variable *before = sh_find_name(shell, read->array);
    struct sh_variable *variable;
    struct sh_element_name element = {0};
    size_t start, end;

    if (before && before->attributes & SH_ASSOCIATIVE) {
        sh_builtin_error(shell, name, "%s: not an indexed array", read->array);
        return false;
    }
    variable = sh_empty_array(shell, name, read->array);
    if (variable == NULL) return false;
    for (; next_word(splitter, &start, &end); element.index++)
        if (!sh_store(shell, variable, &element, splitter->text + start, end - start, false)) return false;
    return true;
}

static bool assign_one(struct shell *shell, const char *name, const char *reference, const char *text,
                       size_t size)
{
    return sh_check_reference(shell, name, reference) && sh_assign_reference(shell, reference, text, size);
}

static bool assign(struct shell *shell, struct sh_builtin_call *call, struct read *read)
{
    const char *name = call->argv[0];
    struct splitter splitter = {
        .text = sh_text_get(&read->text), .quoted = read->quoted.data, .size = read->text.size};
    struct sh_text_ref ifs = sh_get(shell, "IFS");
    size_t start, end;
    int i;

    if (ifs.data == NULL) ifs = (struct sh_text_ref){" \t\n", 3};
    for (start = 0; start < ifs.size; start++) splitter.separates[(unsigned char)ifs.data[start]] = true;
    if (read->array) return assign_array(shell, name, read, &splitter);
    if (read->first >= call->argc) return sh_set(shell, "REPLY", splitter.text, splitter.size);
    for (i = read->first; i < call->argc; i++) {
        start = end = splitter.size;
        if (read->exactly) {
            if (i == read->first) start = 0;
        } else if (i + 1 < call->argc) {
            next_word(&splitter, &start, &end);
        } else {
            last_words(&splitter, &start, &end);
        }
        if (!assign_one(shell, name, call->argv[i], splitter.text + start, end - start)) return false;
    }
    return true;
}

static enum sh_step run(struct shell *shell, struct sh_builtin_call *call)
{
    struct read *read = call->state;
    enum sh_step step;

    if (call->stage == 0) {
        read->text.arena = read->quoted.arena = &shell->process->arena;
        if (!take_options(shell, call, read)) return SH_RETURNS;
        if (read->answers_ready) {
            shell->status = !sh_input_is_ready(shell, read->number);
            return SH_RETURNS;
        }
        if (read->timed) read->deadline = k_monotonic(shell->kernel) + read->timeout;
        sh_input_begin(shell, &read->input, read->number, false);
        change_terminal(shell, read);
    }
    step = read_text(shell, call->argv[0], read);
    if (step != SH_RETURNS) return step;
    shell->status = read->result;
    if (!shell->unwind && !assign(shell, call, read)) shell->status = 1;
    if (shell->process->arena.failed) sh_out_of_memory(shell);
    return SH_RETURNS;
}

const struct sh_builtin sh_builtin_read = {
    .name = "read",
    .run = run,
    .state_size = sizeof(struct read),
    .end = end,
    .usage = "read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] "
             "[-u fd] [name ...]"};
