/* builtin_trap.c: trap (POSIX.1-2017, XCU 2.14, "trap"; bash 5.2 manual, "Bourne Shell Builtins"). */
#include <stdio.h>
#include <strings.h>

#include "shell/builtins.h"
#include "shell/jobs.h"
#include "shell/quote.h"

static int trap_number(const char *word)
{
    if (strcasecmp(word, "DEBUG") == 0) return SH_TRAP_DEBUG;
    if (strcasecmp(word, "ERR") == 0) return SH_TRAP_ERR;
    if (strcasecmp(word, "RETURN") == 0) return SH_TRAP_RETURN;
    return k_signal_number(word);
}

static const char *trap_name(int which, char *text, size_t size)
{
    switch (which) {
    case SH_TRAP_EXIT:
        return "EXIT";
    case SH_TRAP_DEBUG:
        return "DEBUG";
    case SH_TRAP_ERR:
        return "ERR";
    case SH_TRAP_RETURN:
        return "RETURN";
    default:
        snprintf(text, size, "SIG%s", k_signal_name(which) ? k_signal_name(which) : "?");
        return text;
    }
}

static void print_trap(struct shell *shell, int which)
{
    const struct sh_trap *trap = &shell->traps[which];
    char text[24];

    if (trap->text == NULL && shell->shown_traps) trap = &shell->shown_traps[which];
    if (trap->text == NULL) return;
    sh_print(shell, "trap -- ");
    sh_quote(&shell->output, trap->text, trap->size, SH_QUOTE_SINGLE);
    sh_print(shell, " %s\n", trap_name(which, text, sizeof text));
}

/* What the process does at a signal, by the traps as they are. */
static void settle_signal(struct shell *shell, int signal)
{
    const struct sh_trap *trap = &shell->traps[signal];

    if (signal == K_SIGKILL || signal == K_SIGSTOP || signal == K_SIGXCPU) return; /* nobody's to change */
    if (trap->text && trap->size == 0)
        k_ignore(shell->process, signal);
    else if (trap->text || sh_ends_with_trap(shell, signal))
        k_catch(shell->process, signal);
    else
        k_reset(shell->process, signal);
}

/* The trap of the end is for signals that end the shell too. */
static void settle_signals(struct shell *shell, int which)
{
    int signal;

    if (which >= 1 && which <= K_SIGNAL_MAX) settle_signal(shell, which);
    if (which != SH_TRAP_EXIT || shell->interactive || shell->is_session) return;
    for (signal = 1; signal <= K_SIGNAL_MAX; signal++)
        if (sh_may_end_with_trap(signal) && shell->traps[signal].text == NULL &&
            !(shell->process->ignored & k_signal_bit(signal)))
            settle_signal(shell, signal);
}

static bool set_trap(struct shell *shell, int which, const char *text)
{
    struct sh_trap *trap = &shell->traps[which];
    size_t size = text ? strlen(text) : 0;
    bool hidden = which > K_SIGNAL_MAX && trap->size && !sh_trap_counts(shell, which);
    char *copy = text ? memory_take(&shell->kernel->account, size + 1) : NULL;

    if (text && copy == NULL) {
        sh_out_of_memory(shell);
        return false;
    }
    sh_forget_shown_traps(shell);
    if (text == NULL && hidden) return true; /* it is the caller's */
    if (copy) memcpy(copy, text, size + 1);
    if (which == K_SIGCHLD) sh_reap(shell); /* children that ended before it are no news */
    memory_give(&shell->kernel->account, trap->text, trap->size + 1);
    *trap = (struct sh_trap){copy, size, shell->functions};
    if (copy && (size || which == K_SIGXCPU)) shell->has_traps = true;
    settle_signals(shell, which);
    return true;
}

static enum sh_step run_trap_builtin(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_options options = {0};
    bool list = false, print = false;
    const char *text;
    int letter, i, which;

    while ((letter = sh_next_option(shell, call, "lp", &options)) > 0) {
        list |= letter == 'l';
        print |= letter == 'p';
    }
    if (letter < 0) return SH_RETURNS;
    shell->status = 0;
    i = options.index;
    if (list) {
        sh_list_signals(shell);
        return SH_RETURNS;
    }
    if (print || i >= call->argc) {
        for (which = 0; i >= call->argc && which < SH_TRAP_COUNT; which++) print_trap(shell, which);
        for (; i < call->argc; i++)
            if ((which = trap_number(call->argv[i])) >= 0) print_trap(shell, which);
        return SH_RETURNS;
    }
    text = call->argv[i];
    if (strcmp(text, "-") == 0 || (i + 1 == call->argc && trap_number(text) >= 0)) {
        if (strcmp(text, "-") == 0) i++;
        text = NULL;
    } else if (*text >= '0' && *text <= '9' && trap_number(text) >= 0) {
        text = NULL; /* all are numbers: they are reset */
    } else {
        i++;
    }
    if (i >= call->argc) return sh_usage(shell, call);
    for (; i < call->argc; i++) {
        which = trap_number(call->argv[i]);
        if (which < 0) {
            sh_builtin_error(shell, "trap", "%s: invalid signal specification", call->argv[i]);
            shell->status = 1;
        } else if (!set_trap(shell, which, text)) {
            shell->status = 1;
        }
    }
    return SH_RETURNS;
}

const struct sh_builtin sh_builtin_trap = {.name = "trap",
                                           .run = run_trap_builtin,
                                           .flags = SH_SPECIAL,
                                           .usage = "trap [-lp] [[arg] signal_spec ...]"};
