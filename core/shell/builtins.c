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
_Static_assert(COUNT <= 128, "struct shell has so many bits for those that are disabled");

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
        if (strcmp(word, "--help") == 0) {
            sh_print(shell, "%s: %s\n", call->builtin->name, call->builtin->usage);
            shell->status = 2;
            return -1;
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

static size_t index_of(const struct sh_builtin *builtin)
{
    size_t i = 0;
    while (i < COUNT && builtins[i] != builtin) i++;
    return i;
}

bool sh_builtin_is_enabled(const struct shell *shell, const struct sh_builtin *builtin)
{
    size_t index;

    if ((shell->disabled[0] | shell->disabled[1]) == 0) return true;
    index = index_of(builtin);
    return (shell->disabled[index / 64] >> index % 64 & 1) == 0;
}

void sh_enable_builtin(struct shell *shell, const struct sh_builtin *builtin, bool on)
{
    size_t index = index_of(builtin);
    uint64_t bit = (uint64_t)1 << index % 64;

    if (on)
        shell->disabled[index / 64] &= ~bit;
    else
        shell->disabled[index / 64] |= bit;
}
