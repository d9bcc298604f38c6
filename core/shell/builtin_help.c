/* builtin_help.c: enable and help: the builtins themselves (bash 5.2 manual, "Bash Builtin Commands"). */
#include "shell/builtins.h"
#include "shell/pattern.h"

/* --- in the order of their names --- */

struct builtin_list {
    const struct sh_builtin **items;
    size_t count;
};

static bool list_builtins(struct shell *shell, struct builtin_list *list)
{
    const struct sh_builtin *builtin;
    size_t i, at;

    while (sh_builtin_at(list->count)) list->count++;
    list->items = arena_take(&shell->process->arena, list->count * sizeof(void *));
    if (list->items == NULL) {
        sh_out_of_memory(shell);
        return false;
    }
    for (i = 0; (builtin = sh_builtin_at(i)) != NULL; i++) {
        for (at = i; at > 0 && strcmp(list->items[at - 1]->name, builtin->name) > 0; at--)
            list->items[at] = list->items[at - 1];
        list->items[at] = builtin;
    }
    return true;
}

/* --- enable --- */

struct enable {
    bool all, disables, special, loads, deletes;
};

static void put_enabled(struct shell *shell, const struct enable *enable)
{
    struct builtin_list list = {0};
    size_t i;

    if (!list_builtins(shell, &list)) return;
    for (i = 0; i < list.count; i++) {
        bool enabled = sh_builtin_is_enabled(shell, list.items[i]);
        if (enable->special && !(list.items[i]->flags & SH_SPECIAL)) continue;
        if (enable->all || enabled != enable->disables)
            sh_print(shell, "enable %s%s\n", enabled ? "" : "-n ", list.items[i]->name);
    }
}

static bool enable_one(struct shell *shell, const char *name, const struct enable *enable, const char *which)
{
    const struct sh_builtin *builtin = sh_find_builtin(which);

    if (builtin == NULL) {
        sh_builtin_error(shell, name, "%s: not a shell builtin", which);
        return false;
    }
    if (enable->deletes) {
        sh_builtin_error(shell, name, "%s: not dynamically loaded", which);
        return false;
    }
    sh_enable_builtin(shell, builtin, !enable->disables);
    return true;
}

static enum sh_step run_enable(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_options options = {0};
    struct enable enable = {0};
    int letter, i;

    while ((letter = sh_next_option(shell, call, "adnpsf:", &options)) != 0) {
        if (letter < 0) return SH_RETURNS;
        enable.all |= letter == 'a';
        enable.disables |= letter == 'n';
        enable.special |= letter == 's';
        enable.deletes |= letter == 'd';
        enable.loads |= letter == 'f';
    }
    shell->status = 0;
    if (enable.loads) {
        sh_builtin_error(shell, call->argv[0], "dynamic loading not available");
        shell->status = 2;
        return SH_RETURNS;
    }
    if (options.index == call->argc) put_enabled(shell, &enable);
    for (i = options.index; i < call->argc; i++)
        if (!enable_one(shell, call->argv[0], &enable, call->argv[i])) shell->status = 1;
    return SH_RETURNS;
}

/* --- help --- */

static bool matches(struct shell *shell, const char *pattern, const char *name)
{
    struct sh_pattern *compiled;
    struct error error;
    size_t length = strlen(pattern);

    if (strncmp(pattern, name, length) == 0) return true;
    if (sh_pattern_compile(&shell->process->arena, pattern, length, SH_PATTERN_EXTGLOB, &compiled, &error) <
        0)
        return false;
    return sh_pattern_match(compiled, name, strlen(name), &shell->temporary) == 1;
}

/* Those that a word means: one of this name, else all that begin with it or that it matches as a pattern. */
static bool help_with(struct shell *shell, const struct builtin_list *list, const char *word)
{
    const struct sh_builtin *exact = sh_find_builtin(word);
    bool found = false;
    size_t i;

    for (i = 0; i < list->count; i++) {
        const struct sh_builtin *builtin = list->items[i];
        if (exact ? builtin != exact : !matches(shell, word, builtin->name)) continue;
        sh_print(shell, "%s: %s\n", builtin->name, builtin->usage ? builtin->usage : builtin->name);
        found = true;
    }
    return found;
}

static enum sh_step run_help(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_options options = {0};
    struct builtin_list list = {0};
    int letter, i;
    bool found = false;
    size_t at;

    while ((letter = sh_next_option(shell, call, "dms", &options)) != 0)
        if (letter < 0) return SH_RETURNS;
    shell->status = 0;
    if (!list_builtins(shell, &list)) return SH_RETURNS;
    if (options.index == call->argc) {
        sh_print(shell, "These commands are part of the shell; a star (*) marks one that is disabled.\n\n");
        for (at = 0; at < list.count; at++)
            sh_print(shell, "%c%s\n", sh_builtin_is_enabled(shell, list.items[at]) ? ' ' : '*',
                     list.items[at]->usage ? list.items[at]->usage : list.items[at]->name);
        return SH_RETURNS;
    }
    for (i = options.index; i < call->argc; i++) found |= help_with(shell, &list, call->argv[i]);
    if (found) return SH_RETURNS;
    sh_builtin_error(shell, call->argv[0],
                     "no help topics match `%s'.  Try `help help' or `man -k %s' or `info %s'.",
                     call->argv[call->argc - 1], call->argv[call->argc - 1], call->argv[call->argc - 1]);
    shell->status = 1;
    return SH_RETURNS;
}

const struct sh_builtin sh_builtin_enable = {
    .name = "enable", .run = run_enable, .usage = "enable [-a] [-dnps] [-f filename] [name ...]"};
const struct sh_builtin sh_builtin_help = {
    .name = "help", .run = run_help, .usage = "help [-dms] [pattern ...]"};
