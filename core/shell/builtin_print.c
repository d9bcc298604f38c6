/* builtin_print.c: echo and printf. */
#include <stdio.h>

#include "shell/builtins.h"
#include "shell/format.h"
#include "shell/quote.h"
#include "shell/reference.h"

/* --- echo --- */

struct echo {
    bool newline, escapes;
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

static enum sh_step run_echo(struct shell *shell, struct sh_builtin_call *call)
{
    bool xpg = sh_shopt(shell, SH_SHOPT_XPG_ECHO);
    struct echo echo = {.newline = true, .escapes = xpg};
    size_t before = shell->output.size;
    int i = 1;

    if (!(xpg && sh_has(shell, SH_OPTION_POSIX)))
        while (i < call->argc && take_options(&echo, call->argv[i])) i++;
    for (; i < call->argc; i++) {
        size_t size = strlen(call->argv[i]);
        if (!echo.escapes) {
            sh_put(shell, call->argv[i], size);
        } else if (sh_unescape(&shell->output, call->argv[i], size, SH_ESCAPES_ECHO)) {
            echo.newline = false;
            break;
        }
        if (i + 1 < call->argc) sh_put(shell, " ", 1);
    }
    if (echo.newline) sh_put(shell, "\n", 1);
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

const struct sh_builtin sh_builtin_echo = {.name = "echo", .run = run_echo, .usage = "echo [-neE] [arg ...]"};
const struct sh_builtin sh_builtin_printf = {
    .name = "printf", .run = run_printf, .usage = "printf [-v var] format [arguments]"};
