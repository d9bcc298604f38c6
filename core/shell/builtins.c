/* builtins.c: all builtins, and what they share. */
#include <string.h>

#include "shell/builtins.h"
#include "shell/execute.h"
#include "shell/program.h"

#define SH_BUILTINS_OWN(X)                                                                                   \
    X(alias)                                                                                                 \
    X(bg)                                                                                                    \
    X(break)                                                                                                 \
    X(builtin)                                                                                               \
    X(command)                                                                                               \
    X(continue)                                                                                              \
    X(declare)                                                                                               \
    X(disown)                                                                                                \
    X(dot)                                                                                                   \
    X(eval)                                                                                                  \
    X(exec)                                                                                                  \
    X(exit)                                                                                                  \
    X(export)                                                                                                \
    X(fg)                                                                                                    \
    X(jobs)                                                                                                  \
    X(kill)                                                                                                  \
    X(local)                                                                                                 \
    X(readonly)                                                                                              \
    X(return )                                                                                               \
    X(set)                                                                                                   \
    X(shift)                                                                                                 \
    X(shopt)                                                                                                 \
    X(source)                                                                                                \
    X(trap)                                                                                                  \
    X(type)                                                                                                  \
    X(typeset)                                                                                               \
    X(unalias)                                                                                               \
    X(unset)                                                                                                 \
    X(wait)

#define DECLARE(name) extern const struct sh_builtin sh_builtin_##name;
SH_BUILTINS_OWN(DECLARE)
SH_BUILTINS_PLAIN(DECLARE)
#undef DECLARE

static const struct sh_builtin *const builtins[] = {
#define ROW(name) &sh_builtin_##name,
    SH_BUILTINS_OWN(ROW) SH_BUILTINS_PLAIN(ROW)
#undef ROW
};

#define COUNT (sizeof builtins / sizeof builtins[0])

const struct sh_builtin *sh_find_builtin(const char *name)
{
    size_t i;

    for (i = 0; i < COUNT; i++)
        if (builtins[i]->name[0] == name[0] && strcmp(builtins[i]->name, name) == 0) return builtins[i];
    return NULL;
}

const struct sh_builtin *sh_builtin_at(size_t index)
{
    return index < COUNT ? builtins[index] : NULL;
}

enum sh_step sh_usage(struct shell *shell, const struct sh_builtin_call *call)
{
    if (call->builtin->usage) {
        buffer_printf(&shell->errors, "%s: usage: %s\n", call->builtin->name, call->builtin->usage);
    }
    shell->status = 2;
    return SH_RETURNS;
}

int sh_next_option(struct shell *shell, const struct sh_builtin_call *call, const char *accepted,
                   struct sh_options *options)
{
    const char *word, *found;
    char letter;

    if (options->index == 0) options->index = 1;
    options->value = NULL;
    if (options->at == 0) {
        word = options->index < call->argc ? call->argv[options->index] : NULL;
        if (word == NULL || word[0] == '\0' || word[1] == '\0' ||
            (word[0] != '-' && !(word[0] == '+' && *accepted == '+')))
            return 0;
        if (strcmp(word, "--") == 0) {
            options->index++;
            return 0;
        }
        options->plus = word[0] == '+';
        options->at = 1;
    }
    word = call->argv[options->index];
    letter = word[options->at++];
    found = letter == ':' || letter == '+' ? NULL : strchr(accepted, letter);
    if (found == NULL) {
        sh_builtin_error(shell, call->argv[0], "%c%c: invalid option", word[0], letter);
        sh_usage(shell, call);
        return -1;
    }
    if (found[1] == ':') {
        options->value = word + options->at;
        options->at = 0;
        options->index++;
        if (*options->value == '\0') {
            if (options->index >= call->argc) {
                sh_builtin_error(shell, call->argv[0], "-%c: option requires an argument", letter);
                sh_usage(shell, call);
                return -1;
            }
            options->value = call->argv[options->index++];
        }
        return letter;
    }
    if (word[options->at] == '\0') {
        options->at = 0;
        options->index++;
    }
    return letter;
}

bool sh_builtin_is_enabled(const struct shell *shell, const struct sh_builtin *builtin)
{
    (void)shell;
    (void)builtin;
    return true;
}
