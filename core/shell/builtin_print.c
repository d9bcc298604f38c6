/* builtin_print.c: echo and printf. */
#include <stdio.h>

#include "shell/builtins.h"
#include "shell/format.h"
#include "shell/quote.h"
#include "shell/reference.h"

/* --- echo --- */

#define OUTPUT_PIECE 65536u /* bytes that are put before they are written */

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

static void say(struct shell *shell, struct buffer *messages)
{
    size_t at = 0;

    while (at < messages->size) {
        sh_error(shell, "%s", messages->data + at);
        at += strlen(messages->data + at) + 1;
    }
    buffer_free(messages);
}

static void format(struct shell *shell, int argc, char **argv, struct buffer *output)
{
    struct sh_format_argument *arguments =
        arena_take(&shell->process->arena, (size_t)argc * sizeof *arguments);
    struct calendar_zone zone;
    const struct sh_variable *zone_variable = sh_find_name(shell, "TZ");
    struct sh_text_ref zone_text = {NULL, 0};
    struct sh_format with = {.format = argv[0],
                             .length = strlen(argv[0]),
                             .arguments = arguments,
                             .count = (size_t)argc - 1,
                             .now = k_wall(shell->kernel) / 1000,
                             .started = shell->seconds_base,
                             .zone = &zone,
                             .set = set_count,
                             .context = shell};
    struct buffer messages = {0};
    size_t before = output->size;
    int i, result;

    if (arguments == NULL) {
        sh_out_of_memory(shell);
        return;
    }
    for (i = 1; i < argc; i++) arguments[i - 1] = (struct sh_format_argument){argv[i], strlen(argv[i])};
    if (zone_variable && zone_variable->attributes & SH_EXPORTED) zone_text = sh_value_of(zone_variable);
    calendar_zone_read(&zone, zone_text.data ? zone_text.data : "", zone_text.size);
    result = sh_format(&with, output, &messages);
    say(shell, &messages);
    if (result == UMBRA_ENOMEM) sh_out_of_memory(shell);
    shell->status = result != 0;
    sh_charge(shell, output->size - before);
}

static enum sh_step run_printf(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_options options = {0};
    const char *variable = NULL;
    struct buffer text = {0};
    int letter;

    shell->status = 2;
    while ((letter = sh_next_option(shell, call, "v:", &options)) != 0) {
        if (letter != 'v') return SH_RETURNS;
        variable = options.value;
        if (!sh_check_reference(shell, call->argv[0], variable)) return SH_RETURNS;
    }
    if (options.index >= call->argc) return sh_usage(shell, call);
    if (variable == NULL) {
        format(shell, call->argc - options.index, call->argv + options.index, &shell->output);
        return SH_RETURNS;
    }
    format(shell, call->argc - options.index, call->argv + options.index, &text);
    if (text.failed)
        sh_out_of_memory(shell);
    else if (!sh_assign_reference(shell, variable, buffer_string(&text), strlen(buffer_string(&text))))
        shell->status = 1;
    buffer_free(&text);
    return SH_RETURNS;
}

const struct sh_builtin sh_builtin_echo = {
    .name = "echo", .run = run_echo, .state_size = sizeof(struct echo), .usage = "echo [-neE] [arg ...]"};
const struct sh_builtin sh_builtin_printf = {
    .name = "printf", .run = run_printf, .usage = "printf [-v var] format [arguments]"};
