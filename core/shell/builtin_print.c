/* builtin_print.c: echo and printf. */
#include <stdio.h>

#include "shell/builtins.h"
#include "shell/format.h"
#include "shell/quote.h"
#include "shell/reference.h"

/* --- echo --- */

#define OUTPUT_PIECE   65536u /* bytes that are put before they are written */
#define PREPARED_PIECE 4096u  /* arguments from one look at the turn to the next */

struct echo {
    bool newline, escapes;
    int word;  /* that is put next */
    size_t at; /* in it */
};

/* Words of the letters n, e and E with a - before them are options, others are text like what follows. */
static bool take_options(struct echo *echo, const char *word)
{
    if (word[0] != '-' || word[1] == '\0' || word[1 + strspn(word + 1, "neE")]) return false;
    for (word++; *word; word++)
        if (*word == 'n')
            echo->newline = false;
        else
            echo->escapes = *word == 'e';
    return true;
}

static void begin_echo(struct shell *shell, const struct sh_builtin_call *call, struct echo *echo)
{
    bool xpg = sh_shopt(shell, SH_SHOPT_XPG_ECHO);

    *echo = (struct echo){.newline = true, .escapes = xpg, .word = 1};
    if (!(xpg && sh_has(shell, SH_OPTION_POSIX)))
        while (echo->word < call->argc && take_options(echo, call->argv[echo->word])) echo->word++;
}

/* Puts as much of the word in hand as makes a piece. False: the output ends there. */
static bool echo_word(struct shell *shell, const struct sh_builtin_call *call, struct echo *echo)
{
    const char *word = call->argv[echo->word] + echo->at;
    size_t size = echo->escapes ? strlen(word) : strnlen(word, OUTPUT_PIECE);

    if (!echo->escapes) {
        sh_put(shell, word, size);
    } else if (sh_unescape(&shell->output, word, size, SH_ESCAPES_ECHO)) {
        echo->newline = false;
        return false;
    }
    echo->at += size;
    if (word[size]) return true;
    if (++echo->word < call->argc) sh_put(shell, " ", 1);
    echo->at = 0;
    return true;
}

static enum sh_step run_echo(struct shell *shell, struct sh_builtin_call *call)
{
    struct echo *echo = call->state;
    size_t before = shell->output.size;

    if (call->stage == 0) begin_echo(shell, call, echo);
    /* What could not be written was said, and is not tried again. */
    if (call->stage && shell->write_failed) return SH_RETURNS;
    while (echo->word < call->argc) {
        if (!echo_word(shell, call, echo)) break;
        if (shell->output.size < OUTPUT_PIECE || echo->word == call->argc) continue;
        sh_charge(shell, shell->output.size - before);
        return SH_YIELDS;
    }
    if (echo->newline) sh_put(shell, "\n", 1);
    sh_charge(shell, shell->output.size - before);
    shell->status = 0;
    return SH_RETURNS;
}

/* --- printf --- */

static int set_count(void *context, const char *name, size_t length, int64_t value)
{
    struct shell *shell = context;
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)value);
    if (sh_is_name(name, length))
        return sh_assign(shell, name, length, text, strlen(text), false) ? 0 : UMBRA_ECANCELLED;
    sh_builtin_error(shell, "printf", "`%.*s': not a valid identifier", (int)length, name);
    return UMBRA_ECANCELLED;
}

struct print {
    const char *variable; /* -v; NULL: the output is written */
    int first;            /* the format, among the words */
    struct sh_format_argument *arguments;
    size_t prepared; /* arguments */
    struct sh_format_place place;
    struct buffer text; /* of the variable; else of the output that comes next */
};

/* The complaints, each where it came in the output, and the output itself. */
static void say(struct shell *shell, struct print *print, struct buffer *messages, struct buffer *places)
{
    size_t at = 0, i, done = 0, place;

    for (i = 0; at < messages->size && !messages->failed; i++) {
        memcpy(&place, places->data + i * sizeof place, sizeof place);
        if (!print->variable && place > done) {
            sh_put(shell, print->text.data + done, place - done);
            done = place;
        }
        sh_error(shell, "%s", messages->data + at);
        at += strlen(messages->data + at) + 1;
    }
    buffer_free(messages);
    buffer_free(places);
    if (print->variable) return;
    if (print->text.size > done) sh_put(shell, print->text.data + done, print->text.size - done);
    shell->output.failed |= print->text.failed;
    buffer_clear(&print->text);
}

/* 0, or UMBRA_EAGAIN when there is more to do. */
static int format(struct shell *shell, struct print *print, const char *text, size_t count)
{
    struct calendar_zone zone;
    const struct sh_variable *zone_variable = sh_find_name(shell, "TZ");
    struct sh_text_ref zone_text = {NULL, 0};
    struct sh_format with = {.format = text,
                             .length = strlen(text),
                             .arguments = print->arguments,
                             .count = count,
                             .now = k_wall(shell->kernel) / 1000,
                             .started = shell->seconds_base,
                             .zone = &zone,
                             .set = set_count,
                             .context = shell,
                             .place = &print->place,
                             .piece = OUTPUT_PIECE};
    struct buffer messages = {0}, places = {0};
    size_t before = print->text.size;
    int result;

    if (zone_variable && zone_variable->attributes & SH_EXPORTED) zone_text = sh_value_of(zone_variable);
    calendar_zone_read(&zone, zone_text.data ? zone_text.data : "", zone_text.size);
    with.places = &places;
    result = sh_format(&with, &print->text, &messages);
    sh_charge(shell, print->text.size - before);
    say(shell, print, &messages, &places);
    if (result == UMBRA_ENOMEM) sh_out_of_memory(shell);
    if (result == UMBRA_EAGAIN) return result;
    shell->status = result != 0;
    return 0;
}

/* False: the options are wrong, or memory is out; said. */
static bool begin_printf(struct shell *shell, struct sh_builtin_call *call, struct print *print)
{
    struct sh_options options = {0};
    int letter;

    shell->status = 2;
    while ((letter = sh_next_option(shell, call, "v:", &options)) != 0) {
        if (letter != 'v') return false;
        print->variable = options.value;
        if (!sh_check_reference(shell, call->argv[0], print->variable)) return false;
    }
    if (options.index >= call->argc) {
        sh_usage(shell, call);
        return false;
    }
    print->first = options.index;
    print->arguments =
        arena_take(&shell->process->arena, (size_t)(call->argc - print->first) * sizeof *print->arguments);
    if (print->arguments == NULL) sh_out_of_memory(shell);
    return print->arguments != NULL;
}

static enum sh_step run_printf(struct shell *shell, struct sh_builtin_call *call)
{
    struct print *print = call->state;
    size_t count;

    if (call->stage == 0 && !begin_printf(shell, call, print)) return SH_RETURNS;
    if (call->stage && shell->write_failed) return SH_RETURNS;
    count = (size_t)(call->argc - print->first - 1);
    for (; print->prepared < count; print->prepared++) {
        const char *text = call->argv[print->first + 1 + (int)print->prepared];
        print->arguments[print->prepared] = (struct sh_format_argument){text, strlen(text)};
        if (print->prepared % PREPARED_PIECE == PREPARED_PIECE - 1 &&
            sh_charge(shell, (uint64_t)8 * PREPARED_PIECE)) {
            print->prepared++;
            return SH_YIELDS;
        }
    }
    if (format(shell, print, call->argv[print->first], count) == UMBRA_EAGAIN) return SH_YIELDS;
    if (print->variable == NULL) return SH_RETURNS;
    if (print->text.failed)
        sh_out_of_memory(shell);
    else if (!sh_assign_reference(shell, print->variable, buffer_string(&print->text),
                                  strlen(buffer_string(&print->text))))
        shell->status = 1;
    return SH_RETURNS;
}

static void end_printf(struct shell *shell, struct sh_builtin_call *call)
{
    struct print *print = call->state;

    (void)shell;
    buffer_free(&print->text);
}

const struct sh_builtin sh_builtin_echo = {
    .name = "echo", .run = run_echo, .state_size = sizeof(struct echo), .usage = "echo [-neE] [arg ...]"};
const struct sh_builtin sh_builtin_printf = {.name = "printf",
                                             .run = run_printf,
                                             .state_size = sizeof(struct print),
                                             .end = end_printf,
                                             .usage = "printf [-v var] format [arguments]"};
