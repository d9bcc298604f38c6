/* builtin_misc.c: true, false, :, let, times and caller (bash 5.2 manual, "Shell Builtin Commands"). */
#include "shell/builtins.h"
#include "shell/compound.h"
#include "shell/test_operators.h"

static enum sh_step run_true(struct shell *shell, struct sh_builtin_call *call)
{
    (void)call;
    shell->status = 0;
    return SH_RETURNS;
}

static enum sh_step run_false(struct shell *shell, struct sh_builtin_call *call)
{
    (void)call;
    shell->status = 1;
    return SH_RETURNS;
}

static enum sh_step run_let(struct shell *shell, struct sh_builtin_call *call)
{
    int i = call->argc > 1 && strcmp(call->argv[1], "--") == 0 ? 2 : 1;
    int64_t value = 0;
    bool done = true;

    if (i == call->argc) {
        sh_builtin_error(shell, call->argv[0], "expression expected");
        shell->status = 1;
        return SH_RETURNS;
    }
    for (; i < call->argc && done; i++) {
        shell->arithmetic_command = "let: ";
        done = sh_evaluate(shell, call->argv[i], strlen(call->argv[i]), &value);
        shell->arithmetic_command = NULL;
    }
    if (!shell->unwind) shell->status = !done || value == 0;
    return SH_RETURNS;
}

/* --- times --- */

static void put_times(struct shell *shell, uint64_t fuel)
{
    uint64_t milliseconds = fuel / (SH_FUEL_PER_SECOND / 1000);

    sh_print(shell, "%llum%llu.%03llus 0m0.000s\n", (unsigned long long)(milliseconds / 60000),
             (unsigned long long)(milliseconds / 1000 % 60), (unsigned long long)(milliseconds % 1000));
}

static enum sh_step run_times(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_options options = {0};

    if (sh_next_option(shell, call, "", &options) < 0) return SH_RETURNS;
    put_times(shell, shell->process->fuel_used);
    put_times(shell, shell->process->children_fuel);
    shell->status = 0;
    return SH_RETURNS;
}

/* --- caller --- */

/* The script itself counts as one only when it is a file. */
static bool is_call(const struct sh_call *call)
{
    return call && (call->up || call->source);
}

static enum sh_step run_caller(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_options options = {0};
    const struct sh_call *at = shell->call;
    int64_t depth = 0;

    if (sh_next_option(shell, call, "", &options) < 0) return SH_RETURNS;
    shell->status = 1;
    if (options.index == call->argc) {
        const char *source = at && at->up ? at->up->source : NULL;
        if (!is_call(at)) return SH_RETURNS;
        sh_print(shell, "%u %s\n", at->line, source ? source : "NULL");
        shell->status = 0;
        return SH_RETURNS;
    }
    if (!sh_read_integer(call->argv[options.index], &depth)) {
        sh_builtin_error(shell, call->argv[0], "%s: invalid number", call->argv[options.index]);
        return sh_usage(shell, call);
    }
    while (depth > 0 && at) {
        at = at->up;
        depth--;
    }
    if (depth < 0 || at == NULL || !is_call(at->up)) return SH_RETURNS;
    sh_print(shell, "%u %s %s\n", at->line, at->up->function, at->up->source ? at->up->source : "NULL");
    shell->status = 0;
    return SH_RETURNS;
}

const struct sh_builtin sh_builtin_true = {.name = "true", .run = run_true, .usage = "true"};
const struct sh_builtin sh_builtin_false = {.name = "false", .run = run_false, .usage = "false"};
const struct sh_builtin sh_builtin_colon = {.name = ":", .run = run_true, .flags = SH_SPECIAL, .usage = ":"};
const struct sh_builtin sh_builtin_let = {.name = "let", .run = run_let, .usage = "let arg [arg ...]"};
const struct sh_builtin sh_builtin_times = {
    .name = "times", .run = run_times, .flags = SH_SPECIAL, .usage = "times"};
const struct sh_builtin sh_builtin_caller = {.name = "caller", .run = run_caller, .usage = "caller [expr]"};
