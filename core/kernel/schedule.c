/* schedule.c: whose turn it is. The runnable processes stand in a row; each runs until it returns, which it
 * does when its fuel for a turn is used up. */
#include "kernel/kernel_internal.h"

#define TURN_FUEL 65536 /* of one turn: about bytes touched */
#define STEP_FUEL 256   /* what a turn costs at least */

int64_t k_monotonic(struct kernel *kernel)
{
    kernel->now = kernel->host->clock_monotonic(kernel->host->context);
    return kernel->now;
}

int64_t k_wall(const struct kernel *kernel)
{
    return kernel->host->clock_wall(kernel->host->context);
}

/* --- queues --- */

static void leave_queue(struct k_process *process)
{
    if (process->queue == NULL) return;
    if (process->queue_before)
        process->queue_before->queue_next = process->queue_next;
    else
        process->queue->first = process->queue_next;
    if (process->queue_next) process->queue_next->queue_before = process->queue_before;
    process->queue = NULL;
    process->queue_next = process->queue_before = NULL;
}

void k_leave_queues(struct k_process *process)
{
    struct kernel *kernel = process->kernel;
    struct k_process **at, *last = NULL;

    leave_queue(process);
    process->wake_at = 0;
    if (!process->queued) return;
    for (at = &kernel->run_first; *at && *at != process; at = &(*at)->run_next) last = *at;
    if (*at) *at = process->run_next;
    if (kernel->run_last == process) kernel->run_last = last;
    process->queued = false;
    process->run_next = NULL;
}

void k_wait_in(struct k_process *process, struct k_queue *queue)
{
    if (process->queue == queue) return;
    leave_queue(process);
    process->queue = queue;
    process->queue_next = queue->first;
    if (queue->first) queue->first->queue_before = process;
    queue->first = process;
}

void k_wait_until(struct k_process *process, int64_t monotonic)
{
    process->wake_at = monotonic > 0 ? monotonic : 1;
}

static void enqueue(struct k_process *process)
{
    struct kernel *kernel = process->kernel;

    process->run_next = NULL;
    process->queued = true;
    if (kernel->run_last)
        kernel->run_last->run_next = process;
    else
        kernel->run_first = process;
    kernel->run_last = process;
}

void k_wake(struct k_process *process)
{
    if (process->condition == K_ENDED) return;
    leave_queue(process);
    if (process->condition == K_STOPPED) return; /* it looks again when it goes on */
    process->condition = K_RUNNABLE;
    if (!process->queued && process->kernel->current != process) enqueue(process);
}

void k_wake_all(struct k_queue *queue)
{
    while (queue->first) k_wake(queue->first);
}

/* --- time and fuel --- */

static void wake_sleepers(struct kernel *kernel)
{
    struct k_process *process;
    struct k_session *session;

    if (k_next_wake(kernel) == 0) return;
    k_monotonic(kernel);
    for (process = kernel->processes; process; process = process->next)
        if (process->wake_at && process->wake_at <= kernel->now) {
            process->wake_at = 0;
            k_wake(process);
        }
    for (session = kernel->sessions; session; session = session->next)
        if (session->deadline && session->deadline <= kernel->now) k_exceed(session, "time (wall_ms)");
}

int64_t k_next_wake(const struct kernel *kernel)
{
    const struct k_process *process;
    const struct k_session *session;
    int64_t next = 0;

    for (process = kernel->processes; process; process = process->next)
        if (process->wake_at && process->condition != K_STOPPED && (next == 0 || process->wake_at < next))
            next = process->wake_at;
    for (session = kernel->sessions; session; session = session->next)
        if (session->deadline && (next == 0 || session->deadline < next)) next = session->deadline;
    return next;
}

bool k_charge(struct k_process *process, uint64_t units)
{
    process->kernel->turn -= units > TURN_FUEL ? TURN_FUEL : (int64_t)units;
    process->fuel_used += units;
    process->session->fuel_used += units;
    return process->kernel->turn <= 0;
}

static void check_fuel(struct k_session *session)
{
    uint64_t limit = session->kernel->limits.fuel;
    if (limit && session->fuel_used > limit) k_exceed(session, "fuel");
}

/* --- turns --- */

static void take_turn(struct kernel *kernel, struct k_process *process)
{
    enum k_progress progress;
    int signal = k_deadly_signal(process);

    kernel->current = process;
    kernel->turn = TURN_FUEL;
    process->condition = K_WAITING;
    if (signal) {
        k_finish(process, 128 + signal, signal);
        kernel->current = NULL;
        return;
    }
    progress = process->program->run(process);
    kernel->current = NULL;
    k_charge(process, STEP_FUEL);
    if (process->condition == K_ENDED) return;
    signal = k_deadly_signal(process);
    if (signal) {
        k_finish(process, 128 + signal, signal);
    } else if (progress == K_DONE) {
        k_finish(process, process->status, 0);
    } else if (process->condition == K_STOPPED) {
        leave_queue(process);
    } else if (progress == K_AGAIN || process->condition == K_RUNNABLE) {
        leave_queue(process); /* or it was woken while it ran */
        process->condition = K_RUNNABLE;
        enqueue(process);
    }
    check_fuel(process->session);
}

bool k_run(struct kernel *kernel, struct k_slice *slice)
{
    struct k_process *process;

    wake_sleepers(kernel);
    while ((process = kernel->run_first) != NULL) {
        kernel->run_first = process->run_next;
        if (kernel->run_first == NULL) kernel->run_last = NULL;
        process->queued = false;
        process->run_next = NULL;
        if (process->condition != K_RUNNABLE) continue;
        take_turn(kernel, process);
        if (k_slice_charge(slice, (uint64_t)(TURN_FUEL - kernel->turn))) {
            wake_sleepers(kernel);
            break;
        }
    }
    k_bury(kernel);
    return kernel->run_first != NULL;
}
