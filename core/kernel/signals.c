#include "kernel/signals.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kernel/kernel.h"
#include "kernel/kernel_internal.h"

static const struct {
    const char *name;
    int number;
    enum k_signal_action action;
    const char *text;
} signals[] = {
#define K_SIGNAL_ROW(name, number, action, text) {#name, number, action, text},
    K_SIGNALS(K_SIGNAL_ROW)
#undef K_SIGNAL_ROW
};

#define COUNT (sizeof signals / sizeof signals[0])

const char *k_signal_name(int signal)
{
    return signal >= 1 && (size_t)signal <= COUNT ? signals[signal - 1].name : NULL;
}

const char *k_signal_text(int signal)
{
    return signal >= 1 && (size_t)signal <= COUNT ? signals[signal - 1].text : "Unknown signal";
}

int k_signal_number(const char *name)
{
    size_t i;

    if (*name >= '0' && *name <= '9') {
        char *end;
        long number = strtol(name, &end, 10);
        return *end == '\0' && number <= K_SIGNAL_MAX ? (int)number : -1;
    }
    if (strncasecmp(name, "SIG", 3) == 0) name += 3;
    if (strcasecmp(name, "EXIT") == 0) return 0;
    for (i = 0; i < COUNT; i++)
        if (strcasecmp(name, signals[i].name) == 0) return signals[i].number;
    return -1;
}

enum k_signal_action k_signal_action(int signal)
{
    return (size_t)signal <= COUNT ? signals[signal - 1].action : K_TERMINATES;
}

static void stop(struct k_process *process, int signal)
{
    struct k_process *parent = k_find_process(process->kernel, process->parent);

    process->condition = K_STOPPED;
    process->status = 128 + signal;
    process->ended_by = signal;
    process->reported_stop = false;
    if (parent) k_child_changed(parent);
}

static void go_on(struct k_process *process)
{
    if (process->condition != K_STOPPED) return;
    process->condition = K_WAITING;
    process->status = process->ended_by = 0;
    k_wake(process);
}

int k_signal(struct k_process *process, int signal)
{
    uint64_t bit;

    if (signal < 0 || signal > K_SIGNAL_MAX) return UMBRA_EINVAL;
    if (signal == 0 || process->condition == K_ENDED) return 0;
    bit = k_signal_bit(signal);
    if (signal == K_SIGCONT || signal == K_SIGKILL) go_on(process);
    if (process->caught & bit) {
        process->pending |= bit;
        k_wake(process);
        return 0;
    }
    if (process->ignored & bit && signal != K_SIGKILL && signal != K_SIGSTOP) return 0;
    switch (k_signal_action(signal)) {
    case K_TERMINATES:
        process->pending |= bit;
        k_wake(process);
        break;
    case K_STOPS:
        stop(process, signal);
        break;
    default:
        break;
    }
    return 0;
}

int k_signal_group(struct kernel *kernel, uint32_t group, int signal)
{
    struct k_process *process;
    int found = UMBRA_ESRCH;

    for (process = kernel->processes; process; process = process->next) {
        if (process->group != group || process->condition == K_ENDED) continue;
        found = k_signal(process, signal);
    }
    return found;
}

int k_take_signal(struct k_process *process)
{
    uint64_t ready = process->pending & process->caught;
    int signal;

    for (signal = 1; ready && signal <= K_SIGNAL_MAX; signal++) {
        if (!(ready & k_signal_bit(signal))) continue;
        process->pending &= ~k_signal_bit(signal);
        return signal;
    }
    return 0;
}

int k_deadly_signal(const struct k_process *process)
{
    uint64_t ready = process->pending & ~process->caught;
    int signal;

    if (ready & k_signal_bit(K_SIGKILL)) return K_SIGKILL;
    for (signal = 1; ready && signal <= K_SIGNAL_MAX; signal++)
        if (ready & k_signal_bit(signal)) return signal;
    return 0;
}

bool k_is_dying(const struct k_process *process)
{
    return process->condition == K_ENDED || (process->pending & ~process->caught) != 0;
}

void k_ignore(struct k_process *process, int signal)
{
    process->caught &= ~k_signal_bit(signal);
    process->ignored |= k_signal_bit(signal);
    process->pending &= ~k_signal_bit(signal);
}

void k_catch(struct k_process *process, int signal)
{
    process->ignored &= ~k_signal_bit(signal);
    process->caught |= k_signal_bit(signal);
}

void k_reset(struct k_process *process, int signal)
{
    process->ignored &= ~k_signal_bit(signal);
    process->caught &= ~k_signal_bit(signal);
    /* What was caught and not taken yet does what it does by itself. */
    if (process->pending & k_signal_bit(signal) && k_signal_action(signal) != K_TERMINATES)
        process->pending &= ~k_signal_bit(signal);
}
