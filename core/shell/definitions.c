/* definitions.c: functions and aliases. */
#include <stdlib.h>

#include "shell/compound.h"
#include "shell/program.h"

static void free_function(struct sh_definitions *definitions, struct sh_function *function)
{
    sh_script_drop(function->script);
    memory_give(&definitions->account, function,
                sizeof *function + function->length + strlen(function->source) + 2);
}

static void free_alias(struct sh_definitions *definitions, struct sh_alias *alias)
{
    memory_give(&definitions->account, alias, sizeof *alias + alias->length + alias->size + 2);
}

struct sh_definitions *sh_definitions_new(struct shell *shell)
{
    struct sh_definitions *definitions = memory_take(&shell->kernel->account, sizeof *definitions);

    if (definitions == NULL) return NULL;
    *definitions = (struct sh_definitions){.references = 1};
    definitions->account.above = &shell->kernel->account;
    return definitions;
}

void sh_definitions_drop(struct sh_definitions *definitions)
{
    if (definitions == NULL || --definitions->references) return;
    while (definitions->functions) {
        struct sh_function *function = definitions->functions;
        definitions->functions = function->next;
        free_function(definitions, function);
    }
    while (definitions->aliases) {
        struct sh_alias *alias = definitions->aliases;
        definitions->aliases = alias->next;
        free_alias(definitions, alias);
    }
    memory_give(definitions->account.above, definitions, sizeof *definitions);
}

/* --- functions --- */

static struct sh_function *make_function(struct sh_definitions *definitions, const char *name,
                                         const char *source, struct sh_script *script,
                                         struct sh_command *body)
{
    size_t length = strlen(name), size = strlen(source);
    struct sh_function *function = memory_take(&definitions->account, sizeof *function + length + size + 2);

    if (function == NULL) return NULL;
    *function = (struct sh_function){.script = sh_script_keep(script), .body = body, .length = length};
    memcpy(function->name, name, length + 1);
    function->source = memcpy(function->name + length + 1, source, size + 1);
    return function;
}

static struct sh_alias *make_alias(struct sh_definitions *definitions, const char *name, const char *value)
{
    size_t length = strlen(name), size = strlen(value);
    struct sh_alias *alias = memory_take(&definitions->account, sizeof *alias + length + size + 2);

    if (alias == NULL) return NULL;
    *alias = (struct sh_alias){.length = length, .size = size};
    memcpy(alias->name, name, length + 1);
    alias->value = alias->name + length + 1;
    memcpy(alias->value, value, size + 1);
    return alias;
}

static bool copy_all(struct sh_definitions *to, const struct sh_definitions *from)
{
    struct sh_function **last = &to->functions;
    struct sh_alias **last_alias = &to->aliases;
    const struct sh_function *function;
    const struct sh_alias *alias;

    for (function = from->functions; function; function = function->next) {
        *last = make_function(to, function->name, function->source, function->script, function->body);
        if (*last == NULL) return false;
        (*last)->exported = function->exported;
        (*last)->traced = function->traced;
        (*last)->is_readonly = function->is_readonly;
        last = &(*last)->next;
    }
    for (alias = from->aliases; alias; alias = alias->next) {
        *last_alias = make_alias(to, alias->name, alias->value);
        if (*last_alias == NULL) return false;
        last_alias = &(*last_alias)->next;
    }
    return true;
}

bool sh_own_definitions(struct shell *shell)
{
    struct sh_definitions *own;

    if (shell->definitions->references == 1) return true;
    own = sh_definitions_new(shell);
    if (own == NULL || !copy_all(own, shell->definitions)) {
        sh_definitions_drop(own);
        sh_out_of_memory(shell);
        return false;
    }
    shell->definitions->references--;
    shell->definitions = own;
    return true;
}

struct sh_function *sh_find_function(const struct shell *shell, const char *name)
{
    struct sh_function *function = shell->definitions->functions;
    while (function && strcmp(function->name, name) != 0) function = function->next;
    return function;
}

bool sh_define_function(struct shell *shell, const char *name, struct sh_script *script,
                        struct sh_command *body)
{
    const char *source = shell->call ? shell->call->source : NULL;
    struct sh_function *function, *before, **at;

    if (!sh_own_definitions(shell)) return false;
    if (source == NULL) source = shell->gives_up ? "environment" : "main";
    before = sh_find_function(shell, name);
    if (before && before->is_readonly) {
        sh_error(shell, "%s: readonly function", name);
        return false;
    }
    function = make_function(shell->definitions, name, source, script, body);
    if (function == NULL) {
        sh_out_of_memory(shell);
        return false;
    }
    if (before) {
        function->exported = before->exported;
        function->traced = before->traced;
        sh_remove_function(shell, name);
    }
    at = &shell->definitions->functions;
    while (*at && strcmp((*at)->name, name) < 0) at = &(*at)->next;
    function->next = *at;
    *at = function;
    return true;
}

bool sh_remove_function(struct shell *shell, const char *name)
{
    struct sh_function **at, *function;

    if (!sh_own_definitions(shell)) return false;
    for (at = &shell->definitions->functions; *at && strcmp((*at)->name, name) != 0;) at = &(*at)->next;
    function = *at;
    if (function == NULL) return false;
    *at = function->next;
    free_function(shell->definitions, function);
    return true;
}

void sh_run_definition(struct shell *shell, const struct sh_command *command)
{
    const char *name = command->of.function.name;

    shell->status = 0;
    if (strpbrk(name, "$`'\"\\") || *name == '\0') {
        sh_error(shell, "`%s': not a valid identifier", name);
        shell->status = 1;
        return;
    }
    if (!sh_define_function(shell, name, shell->script, command->of.function.body)) shell->status = 1;
}

/* --- calls --- */

struct call_frame {
    struct sh_frame frame;
    struct sh_script *script, *outer; /* of the function; of whoever called */
    const struct sh_command *body;
    struct sh_arguments *arguments; /* of whoever called */
    struct sh_call call;
    bool left_scope;
};

static void leave_scope(struct shell *shell, struct call_frame *frame)
{
    if (frame->left_scope) return;
    frame->left_scope = true;
    if (shell->variables->local_scopes && sh_own_variables(shell)) {
        sh_variables_leave(shell->variables, shell->functions);
        k_drop_environment(shell->kernel, shell->exported);
        shell->exported = NULL;
    }
}

static void call_leave(struct shell *shell, struct sh_frame *frame)
{
    struct call_frame *call = (struct call_frame *)frame;
    int which;

    leave_scope(shell, call);
    shell->functions--;
    for (which = SH_TRAP_DEBUG; which < SH_TRAP_COUNT; which++) /* what it set stays set */
        if (shell->traps[which].level > shell->functions) shell->traps[which].level = shell->functions;
    sh_drop_arguments(shell, shell->arguments);
    shell->arguments = call->arguments;
    shell->call = call->call.up;
    shell->line = call->call.line;
    sh_script_drop(call->script);
    shell->script = call->outer;
}

static enum sh_step call_step(struct shell *shell, struct sh_frame *frame)
{
    struct call_frame *call = (struct call_frame *)frame;

    if (shell->unwind == SH_FUNCTION_RETURNS) {
        shell->unwind = SH_NO_UNWIND;
        call->frame.stage = 1;
    }
    switch (call->frame.stage++) {
    case 0:
        sh_run_command(shell, call->body);
        return SH_GOES_ON;
    case 1:
        call->frame.catches = 0;
        if (sh_trap_counts(shell, SH_TRAP_RETURN) && sh_run_trap(shell, SH_TRAP_RETURN)) return SH_GOES_ON;
        return SH_RETURNS;
    default:
        return SH_RETURNS;
    }
}

/* FUNCNEST, or what is set for the shell. */
static bool too_deep(struct shell *shell, const char *name)
{
    struct sh_text_ref nest = sh_get(shell, "FUNCNEST");
    unsigned long limit = nest.data ? strtoul(nest.data, NULL, 10) : 0;

    if (limit == 0 || limit > shell->depth_limit) limit = shell->depth_limit;
    if (shell->functions < limit) return false;
    sh_error(shell, "%s: maximum function nesting level exceeded (%lu)", name, limit);
    sh_abort(shell, 1);
    return true;
}

void sh_run_function(struct shell *shell, struct sh_function *function, int argc, char **argv)
{
    struct sh_arguments *arguments;
    struct call_frame *frame;

    if (too_deep(shell, function->name)) return;
    arguments = sh_make_arguments(shell, argc - 1, argv + 1);
    frame = arguments ? sh_push(shell, sizeof *frame, call_step, call_leave) : NULL;
    if (frame == NULL) {
        sh_drop_arguments(shell, arguments);
        sh_out_of_memory(shell);
        return;
    }
    frame->frame.catches = SH_FUNCTION_RETURNS;
    frame->body = function->body;
    frame->script = sh_script_keep(function->script);
    frame->outer = shell->script;
    shell->script = frame->script;
    frame->arguments = shell->arguments;
    shell->arguments = arguments;
    frame->call = (struct sh_call){
        .up = shell->call,
        .function = arena_copy(&shell->process->arena, function->name, function->length),
        .source = arena_copy(&shell->process->arena, function->source, strlen(function->source)),
        .line = shell->line};
    shell->call = &frame->call;
    shell->functions++;
}

/* --- aliases --- */

const struct sh_alias *sh_find_alias(const struct shell *shell, const char *name, size_t length)
{
    const struct sh_alias *alias;

    for (alias = shell->definitions->aliases; alias; alias = alias->next)
        if (alias->length == length && memcmp(alias->name, name, length) == 0) return alias;
    return NULL;
}

bool sh_remove_alias(struct shell *shell, const char *name)
{
    struct sh_alias **at, *alias;

    if (!sh_own_definitions(shell)) return false;
    for (at = &shell->definitions->aliases; *at && strcmp((*at)->name, name) != 0;) at = &(*at)->next;
    alias = *at;
    if (alias == NULL) return false;
    *at = alias->next;
    free_alias(shell->definitions, alias);
    return true;
}

void sh_remove_aliases(struct shell *shell)
{
    if (!sh_own_definitions(shell)) return;
    while (shell->definitions->aliases) sh_remove_alias(shell, shell->definitions->aliases->name);
}

bool sh_set_alias(struct shell *shell, const char *name, const char *value)
{
    struct sh_alias **at, *alias;

    if (!sh_own_definitions(shell)) return false;
    alias = make_alias(shell->definitions, name, value);
    if (alias == NULL) {
        sh_out_of_memory(shell);
        return false;
    }
    sh_remove_alias(shell, name);
    for (at = &shell->definitions->aliases; *at && strcmp((*at)->name, name) < 0;) at = &(*at)->next;
    alias->next = *at;
    *at = alias;
    return true;
}
