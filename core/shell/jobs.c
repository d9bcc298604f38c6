#include "shell/jobs.h"

#include <stdio.h>
#include <stdlib.h>

#include "shell/compound.h"

#define PAST_MAX 4096 /* processes of the background whose end is remembered */

struct sh_job *sh_make_job(struct shell *shell, size_t count, const char *text, size_t size)
{
    size_t bytes = sizeof(struct sh_job) + count * sizeof(struct sh_job_process) + size + 1;
    struct sh_job *job = memory_take(&shell->kernel->account, bytes), **last;
    int number = 1;

    if (job == NULL) {
        sh_out_of_memory(shell);
        return NULL;
    }
    memset(job, 0, bytes);
    job->bytes = bytes;
    job->text = (char *)&job->processes[count];
    if (size) memcpy(job->text, text, size);
    for (last = &shell->jobs; *last; last = &(*last)->next)
        if ((*last)->number >= number) number = (*last)->number + 1;
    job->number = number;
    job->used = ++shell->job_uses;
    job->foreground = true; /* until it is known to be in the background */
    *last = job;
    return job;
}

void sh_job_add(struct sh_job *job, const struct k_process *process)
{
    job->processes[job->count++] = (struct sh_job_process){process->id, SH_JOB_RUNNING, 0, false};
}

/* Without memory it is forgotten. */
static void remember(struct shell *shell, uint32_t id, int status)
{
    if (shell->past_count == shell->past_capacity && shell->past_capacity < PAST_MAX) {
        size_t capacity = shell->past_capacity ? 2 * shell->past_capacity : 16;
        struct sh_past *past = memory_resize(&shell->kernel->account, shell->past,
                                             shell->past_capacity * sizeof *past, capacity * sizeof *past);
        if (past == NULL) return;
        shell->past = past;
        shell->past_capacity = capacity;
    }
    shell->past[shell->past_count++ % shell->past_capacity] = (struct sh_past){id, status};
}

bool sh_past_status(const struct shell *shell, uint32_t id, int *status)
{
    size_t i = shell->past_count < shell->past_capacity ? shell->past_count : shell->past_capacity;

    while (i)
        if (shell->past[--i].id == id) {
            *status = shell->past[i].status;
            return true;
        }
    return false;
}

void sh_forget_past(struct shell *shell, uint32_t but)
{
    int status;
    bool stays = but && sh_past_status(shell, but, &status);

    memory_give(&shell->kernel->account, shell->past, shell->past_capacity * sizeof *shell->past);
    shell->past = NULL;
    shell->past_count = shell->past_capacity = 0;
    if (stays) remember(shell, but, status);
}

void sh_remove_job(struct shell *shell, struct sh_job *job)
{
    struct sh_job **at = &shell->jobs;
    size_t i;

    for (i = 0; i < job->count && !job->foreground && !job->foreign; i++)
        if (job->processes[i].state == SH_JOB_DONE)
            remember(shell, job->processes[i].id, job->processes[i].status);
    while (*at != job) at = &(*at)->next;
    *at = job->next;
    memory_give(&shell->kernel->account, job, job->bytes);
}

void sh_free_jobs(struct shell *shell)
{

    while (shell->jobs) sh_remove_job(shell, shell->jobs);
}

/* --- states --- */

static struct sh_job_process *find(struct shell *shell, uint32_t id)
{
    struct sh_job *job;
    size_t i;

    for (job = shell->jobs; job; job = job->next)
        for (i = 0; i < job->count && !job->foreign; i++)
            if (job->processes[i].id == id && job->processes[i].state != SH_JOB_DONE)
                return &job->processes[i];
    return NULL;
}

void sh_note_child(struct shell *shell, const struct k_child *child)
{
    if (child->stopped || shell->traps[K_SIGCHLD].text == NULL) return;
    shell->trapped_pending |= k_signal_bit(K_SIGCHLD);
    shell->children_ended++;
}

void sh_reap(struct shell *shell)
{
    struct k_child child;

    shell->children_changed = false;
    while (k_reap(shell->process, 0, &child) == 1) {
        struct sh_job_process *process = find(shell, child.id);
        sh_note_child(shell, &child);
        if (process == NULL) {
            /* No job, but $! may name it: the last <( ) or >( ). */
            if (child.id == shell->last_background && !child.stopped) remember(shell, child.id, child.status);
            continue;
        }
        process->state = child.stopped ? SH_JOB_STOPPED : SH_JOB_DONE;
        process->status = child.status;
        process->signalled = child.signal != 0;
    }
}

enum sh_job_state sh_job_state(const struct sh_job *job)
{
    bool stopped = false;
    size_t i;

    for (i = 0; i < job->count; i++) {
        if (job->processes[i].state == SH_JOB_RUNNING) return SH_JOB_RUNNING;
        stopped |= job->processes[i].state == SH_JOB_STOPPED;
    }
    return stopped ? SH_JOB_STOPPED : SH_JOB_DONE;
}

int sh_job_status(const struct shell *shell, const struct sh_job *job)
{
    size_t i;

    if (job->count == 0) return 0;
    if (sh_has(shell, SH_OPTION_PIPEFAIL))
        for (i = job->count; i; i--)
            if (job->processes[i - 1].status) return job->processes[i - 1].status;
    return job->processes[job->count - 1].status;
}

/* --- waiting --- */

struct wait_frame {
    struct sh_frame frame;
    struct sh_job *job;
    uint32_t foreground; /* as it was */
};

static void wait_leave(struct shell *shell, struct sh_frame *frame)
{
    struct wait_frame *wait = (struct wait_frame *)frame;

    if (wait->foreground) shell->process->session->foreground = wait->foreground;
    if (wait->job && sh_job_state(wait->job) == SH_JOB_DONE) sh_remove_job(shell, wait->job);
}

static void set_statuses(struct shell *shell, const struct sh_job *job)
{
    size_t i;

    sh_set_pipe_status(shell, 0);
    for (i = 0; i < job->count; i++) sh_set_pipe_status_at(shell, i, job->processes[i].status);
}

/* "Terminated", as bash says it of a command that a signal ended. */
void sh_say_signal(struct shell *shell, const struct sh_job *job)
{
    int signal = job->processes[job->count - 1].status - 128;

    if (signal == K_SIGINT && shell->interactive && job->processes[job->count - 1].signalled)
        buffer_put_byte(&shell->errors, '\n');
    if (signal <= 0 || signal > K_SIGNAL_MAX || signal == K_SIGPIPE || signal == K_SIGINT) return;
    if (k_signal_name(signal) == NULL || !job->processes[job->count - 1].signalled) return;
    if (shell->interactive) {
        buffer_printf(&shell->errors, "%-24s%s\n", k_signal_text(signal), job->text);
    } else if (signal == K_SIGTERM || shell->traps[signal].text) { /* nothing unusual */
        if (job->foreground) buffer_printf(&shell->errors, "%s\n", k_signal_text(signal));
    } else {
        sh_error(shell, "%5u %-24s%s", job->processes[0].id, k_signal_text(signal), job->text);
    }
}

/* Ctrl-C was meant for all of the command line. */
static bool ended_by_interrupt(const struct sh_job *job)
{
    const struct sh_job_process *last = &job->processes[job->count - 1];
    return last->signalled && last->status == 128 + K_SIGINT;
}

static enum sh_step wait_step(struct shell *shell, struct sh_frame *frame)
{
    struct wait_frame *wait = (struct wait_frame *)frame;
    struct sh_job *job = wait->job;

    sh_reap(shell);
    switch (sh_job_state(job)) {
    case SH_JOB_RUNNING:
        return SH_WAITS;
    case SH_JOB_STOPPED:
        shell->status = 128 + K_SIGTSTP;
        job->foreground = false;
        job->used = ++shell->job_uses;
        buffer_put_byte(&shell->errors, '\n');
        sh_print_job(shell, job, false, &shell->errors);
        job->notified = true;
        wait->job = NULL;
        return SH_RETURNS;
    default:
        shell->status = sh_job_status(shell, job);
        set_statuses(shell, job);
        sh_say_signal(shell, job);
        if (shell->interactive && ended_by_interrupt(job)) sh_abort(shell, shell->status);
        return SH_RETURNS;
    }
}

void sh_wait_for_job(struct shell *shell, struct sh_job *job)
{
    struct wait_frame *wait = sh_push(shell, sizeof *wait, wait_step, wait_leave);

    if (wait == NULL) return;
    wait->job = job;
    job->foreground = true;
    if (sh_has(shell, SH_OPTION_MONITOR)) {
        wait->foreground = shell->process->session->foreground;
        shell->process->session->foreground = job->group;
    }
}

/* --- finding and showing --- */

/* rank 0: the one that was used last, which %+ means; 1: the one before. Stopped ones come first. */
struct sh_job *sh_current_job(struct shell *shell, unsigned rank)
{
    struct sh_job *job, *first = NULL, *second = NULL;

    for (job = shell->jobs; job; job = job->next) {
        uint64_t weight = job->used + (sh_job_state(job) == SH_JOB_STOPPED ? (uint64_t)1 << 62 : 0);
        uint64_t best =
            first ? first->used + (sh_job_state(first) == SH_JOB_STOPPED ? (uint64_t)1 << 62 : 0) : 0;
        uint64_t next =
            second ? second->used + (sh_job_state(second) == SH_JOB_STOPPED ? (uint64_t)1 << 62 : 0) : 0;
        if (job->foreground) continue;
        if (weight > best) {
            second = first;
            first = job;
        } else if (weight > next) {
            second = job;
        }
    }
    return rank ? second : first;
}

struct sh_job *sh_find_job(struct shell *shell, const char *word)
{
    struct sh_job *job, *found = NULL;
    size_t length;
    bool within;
    char *end;
    long number;

    if (*word == '%') word++;
    if (*word == '\0' || strcmp(word, "+") == 0 || strcmp(word, "%") == 0) return sh_current_job(shell, 0);
    if (strcmp(word, "-") == 0) return sh_current_job(shell, 1);
    number = strtol(word, &end, 10);
    if (*end == '\0') {
        for (job = shell->jobs; job; job = job->next)
            if (job->number == number && !job->foreground) return job;
        return NULL;
    }
    within = *word == '?';
    if (within) word++;
    length = strlen(word);
    for (job = shell->jobs; job; job = job->next) {
        bool fits = within ? strstr(job->text, word) != NULL : strncmp(job->text, word, length) == 0;
        if (fits && !job->foreground) found = job;
    }
    return found;
}

static const char *state_text(const struct sh_job *job, char *text, size_t size)
{
    int status = job->count ? job->processes[job->count - 1].status : 0;

    switch (sh_job_state(job)) {
    case SH_JOB_RUNNING:
        return "Running";
    case SH_JOB_STOPPED:
        return "Stopped";
    default:
        if (status > 128 && k_signal_name(status - 128)) return k_signal_text(status - 128);
        if (status == 0) return "Done";
        snprintf(text, size, "Exit %d", status);
        return text;
    }
}

void sh_print_job(struct shell *shell, struct sh_job *job, bool with_ids, struct buffer *out)
{
    const char *mark = job == sh_current_job(shell, 0) ? "+" : job == sh_current_job(shell, 1) ? "-" : " ";
    char text[32];
    bool running = sh_job_state(job) == SH_JOB_RUNNING;

    buffer_printf(out, "[%d]%s  ", job->number, mark);
    if (with_ids) buffer_printf(out, "%u ", job->processes[0].id);
    buffer_printf(out, "%-24s%s%s\n", state_text(job, text, sizeof text), job->text, running ? " &" : "");
}

void sh_notify(struct shell *shell)
{
    struct sh_job *job, *next;

    sh_reap(shell);
    for (job = shell->jobs; job; job = next) {
        enum sh_job_state state = sh_job_state(job);
        next = job->next;
        if (job->foreground || state == SH_JOB_RUNNING || (state == SH_JOB_STOPPED && job->notified))
            continue;
        if (shell->interactive) sh_print_job(shell, job, false, &shell->errors);
        job->notified = true;
        if (state == SH_JOB_DONE && shell->interactive) sh_remove_job(shell, job);
    }
}
