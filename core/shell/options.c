/* options.c: what set -o and shopt turn on and off. */
#include <string.h>

#include "shell/execute.h"
#include "shell/options.h"

static const struct {
    char letter;
    const char *name;
} options[] = {
#define OPTION_ROW(name, letter, text) {letter, text},
    SH_OPTIONS(OPTION_ROW)
#undef OPTION_ROW
};

#define OPTION_COUNT (sizeof options / sizeof options[0])

static const char *const shopts[] = {
#define SHOPT_ROW(name, text, on) text,
    SH_SHOPTS(SHOPT_ROW)
#undef SHOPT_ROW
};

#define SHOPT_COUNT (sizeof shopts / sizeof shopts[0])

bool sh_set_option(struct shell *shell, enum sh_option option, bool on)
{
    uint32_t bit = 1u << option;

    shell->options = on ? shell->options | bit : shell->options & ~bit;
    if (option == SH_OPTION_VI && on) shell->options &= ~(1u << SH_OPTION_EMACS);
    if (option == SH_OPTION_EMACS && on) shell->options &= ~(1u << SH_OPTION_VI);
    return true;
}

bool sh_set_option_letter(struct shell *shell, char letter, bool on)
{
    size_t i;

    for (i = 0; i < OPTION_COUNT; i++)
        if (letter && options[i].letter == letter) return sh_set_option(shell, (enum sh_option)i, on);
    return false;
}

bool sh_set_option_name(struct shell *shell, const char *name, bool on)
{
    size_t i;

    for (i = 0; i < OPTION_COUNT; i++)
        if (strcmp(options[i].name, name) == 0) return sh_set_option(shell, (enum sh_option)i, on);
    return false;
}

bool sh_option_by_name(const struct shell *shell, const char *name, bool *on)
{
    size_t i;

    for (i = 0; i < OPTION_COUNT; i++)
        if (strcmp(options[i].name, name) == 0) {
            *on = (shell->options >> i & 1) != 0;
            return true;
        }
    return false;
}

bool sh_set_shopt(struct shell *shell, const char *name, bool on)
{
    size_t i;

    for (i = 0; i < SHOPT_COUNT; i++) {
        uint64_t bit = (uint64_t)1 << i;
        if (strcmp(shopts[i], name) != 0) continue;
        shell->shopts = on ? shell->shopts | bit : shell->shopts & ~bit;
        return true;
    }
    return false;
}

/* --- set --- */

static void print_options(struct shell *shell, bool as_commands)
{
    size_t i;

    for (i = 0; i < OPTION_COUNT; i++) {
        bool on = (shell->options >> i & 1) != 0;
        if (as_commands)
            sh_print(shell, "set %co %s\n", on ? '-' : '+', options[i].name);
        else
            sh_print(shell, "%-15s\t%s\n", options[i].name, on ? "on" : "off");
    }
}

/* One word of options of set; 0, 1 when it took the next word too, or -1: said. */
static int set_word(struct shell *shell, const struct sh_builtin_call *call, int index)
{
    const char *word = call->argv[index], *at;
    bool on = *word == '-';
    int taken = 0;

    for (at = word + 1; *at; at++) {
        if (*at == 'o') {
            const char *name = index + 1 + taken < call->argc ? call->argv[index + 1 + taken] : NULL;
            if (name == NULL) {
                print_options(shell, !on);
                continue;
            }
            taken = 1;
            if (sh_set_option_name(shell, name, on)) continue;
            sh_builtin_error(shell, "set", "%s: invalid option name", name);
            shell->status = 2;
            return -1;
        }
        if (sh_set_option_letter(shell, *at, on)) continue;
        sh_builtin_error(shell, "set", "%c%c: invalid option", *word, *at);
        sh_usage(shell, call);
        return -1;
    }
    return taken;
}

enum sh_step sh_run_set(struct shell *shell, struct sh_builtin_call *call)
{
    int i, taken = 0;

    shell->status = 0;
    if (call->argc == 1) {
        sh_print_variables(shell);
        return SH_RETURNS;
    }
    for (i = 1; i < call->argc; i += 1 + taken) {
        const char *word = call->argv[i];
        if (strcmp(word, "--") == 0) {
            sh_replace_arguments(shell, call->argc - i - 1, call->argv + i + 1);
            return SH_RETURNS;
        }
        if (strcmp(word, "-") == 0) {
            sh_set_option(shell, SH_OPTION_XTRACE, false);
            sh_set_option(shell, SH_OPTION_VERBOSE, false);
            if (i + 1 < call->argc) sh_replace_arguments(shell, call->argc - i - 1, call->argv + i + 1);
            return SH_RETURNS;
        }
        if ((*word != '-' && *word != '+') || word[1] == '\0') {
            sh_replace_arguments(shell, call->argc - i, call->argv + i);
            return SH_RETURNS;
        }
        taken = set_word(shell, call, i);
        if (taken < 0) return SH_RETURNS;
    }
    return SH_RETURNS;
}

/* --- shopt --- */

struct shopt_request {
    bool set, unset, quiet, print, options;
};

static bool is_on(const struct shell *shell, const struct shopt_request *request, size_t i)
{
    return request->options ? (shell->options >> i & 1) != 0 : (shell->shopts >> i & 1) != 0;
}

static void show(struct shell *shell, const struct shopt_request *request, size_t i)
{
    const char *name = request->options ? options[i].name : shopts[i];
    bool on = is_on(shell, request, i);

    if (request->quiet) return;
    if (request->print && request->options)
        sh_print(shell, "set %co %s\n", on ? '-' : '+', name);
    else if (request->print)
        sh_print(shell, "shopt -%c %s\n", on ? 's' : 'u', name);
    else
        sh_print(shell, "%-15s\t%s\n", name, on ? "on" : "off");
}

static void change(struct shell *shell, const struct shopt_request *request, const char *name)
{
    size_t count = request->options ? OPTION_COUNT : SHOPT_COUNT, i;

    for (i = 0; i < count; i++)
        if (strcmp(request->options ? options[i].name : shopts[i], name) == 0) break;
    if (i == count) {
        sh_builtin_error(shell, "shopt", "%s: invalid %s name", name,
                         request->options ? "option" : "shell option");
        shell->status = 1;
    } else if (request->set || request->unset) {
        if (request->options)
            sh_set_option(shell, (enum sh_option)i, request->set);
        else
            sh_set_shopt(shell, name, request->set);
    } else {
        show(shell, request, i);
        if (!is_on(shell, request, i)) shell->status = 1;
    }
}

enum sh_step sh_run_shopt(struct shell *shell, struct sh_builtin_call *call)
{
    struct shopt_request request = {0};
    struct sh_options scan = {0};
    size_t i;
    int letter;

    while ((letter = sh_next_option(shell, call, "suqpo", &scan)) > 0) {
        request.set |= letter == 's';
        request.unset |= letter == 'u';
        request.quiet |= letter == 'q';
        request.print |= letter == 'p';
        request.options |= letter == 'o';
    }
    if (letter < 0) return SH_RETURNS;
    shell->status = 0;
    if (request.set && request.unset) {
        sh_builtin_error(shell, "shopt", "cannot set and unset shell options simultaneously");
        shell->status = 1;
        return SH_RETURNS;
    }
    for (i = (size_t)scan.index; i < (size_t)call->argc; i++) change(shell, &request, call->argv[i]);
    if (scan.index < call->argc) return SH_RETURNS;
    for (i = 0; i < (request.options ? OPTION_COUNT : SHOPT_COUNT); i++)
        if (!(request.set || request.unset) || is_on(shell, &request, i) == request.set)
            show(shell, &request, i);
    return SH_RETURNS;
}

const struct sh_builtin sh_builtin_set = {
    .name = "set",
    .run = sh_run_set,
    .flags = SH_SPECIAL,
    .usage = "set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]"};
const struct sh_builtin sh_builtin_shopt = {
    .name = "shopt", .run = sh_run_shopt, .usage = "shopt [-pqsu] [-o] [optname ...]"};
