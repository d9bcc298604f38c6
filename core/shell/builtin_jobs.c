/* builtin_jobs.c: wait, jobs, fg, bg, disown and kill. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "shell/compound.h"
#include "shell/jobs.h"
#include "shell/program.h"
#include "shell/quote.h"

/* --- wait --- */

struct wait_state {
    bool any, checked;
    const char *variable;
    int first;
};

/* One that is waited for in the foreground stays: the frame that waits removes it. */
static void forget(struct shell *shell, struct sh_job *job)
{
    if (!job->foreground) sh_remove_job(shell, job);
}

/* The job of a word: "%1" or a process id. *bad: the word is neither. */
static struct sh_job *job_of_word(struct shell *shell, const char *word, bool *bad)
{
    struct sh_job *job;
    char *end;
    unsigned long id;
    size_t i;

    *bad = false;
    if (*word == '%') return sh_find_job(shell, word);
    id = strtoul(word, &end, 10);
    *bad = *end != '\0' || end == word;
    for (job = shell->jobs; job; job = job->next)
        for (i = 0; i < job->count && !job->foreign; i++)
            if (job->processes[i].id == id) return job;
    return NULL;
}

static int status_of_word(const struct shell *shell, const struct sh_job *job, const char *word)
{
    unsigned long id = strtoul(word, NULL, 10);
    size_t i;

    for (i = 0; *word != '%' && i < job->count; i++)
        if (job->processes[i].id == id) return job->processes[i].status;
    return sh_job_status(shell, job);
}

static bool store_id(struct shell *shell, const struct wait_state *wait, const struct sh_job *job)
{
    char digits[16];

    if (wait->variable == NULL) return true;
    snprintf(digits, sizeof digits, "%u", job->processes[job->count - 1].id);
    return sh_set_string(shell, wait->variable, digits);
}

/* A process of <( ) or >( ) that has not ended: $! names it, though it is no job. */
static bool is_child(const struct shell *shell, const char *word)
{
    uint32_t id = *word == '%' ? 0 : (uint32_t)strtoul(word, NULL, 10);
    const struct k_process *process = id ? k_find_process(shell->kernel, id) : NULL;

    return process && id == shell->last_background && process->parent == shell->process->id &&
           process->condition != K_ENDED;
}

/* Waits for the words one after the other; their status is that of the last. */
static enum sh_step wait_for_words(struct shell *shell, struct sh_builtin_call *call, struct wait_state *wait)
{
    for (; wait->first < call->argc; wait->first++) {
        const char *word = call->argv[wait->first];
        bool bad;
        struct sh_job *job = job_of_word(shell, word, &bad);
        if (job == NULL && !bad && *word != '%' &&
            sh_past_status(shell, (uint32_t)strtoul(word, NULL, 10), &shell->status))
            continue;
        if (job == NULL && !bad && is_child(shell, word)) return SH_WAITS;
        if (job == NULL) {
            shell->status = 127;
            if (bad) {
                sh_builtin_error(shell, "wait", "`%s': not a pid or valid job spec", word);
                shell->status = 1;
            } else if (*word == '%') {
                sh_builtin_error(shell, "wait", "%s: no such job", word);
            } else {
                sh_builtin_error(shell, "wait", "pid %s is not a child of this shell", word);
            }
            continue;
        }
        if (sh_job_state(job) != SH_JOB_DONE) return SH_WAITS;
        shell->status = status_of_word(shell, job, word);
        sh_say_signal(shell, job);
        if (!store_id(shell, wait, job)) shell->status = 1;
        forget(shell, job);
    }
    return SH_RETURNS;
}

static enum sh_step found(struct shell *shell, const struct wait_state *wait, struct sh_job *job)
{
    shell->status = sh_job_status(shell, job);
    if (!store_id(shell, wait, job)) shell->status = 1;
    forget(shell, job);
    return SH_RETURNS;
}

static enum sh_step wait_for_any(struct shell *shell, struct sh_builtin_call *call, struct wait_state *wait)
{
    bool running = false, bad;
    struct sh_job *job;
    int i;

    if (wait->first < call->argc) {
        if (!wait->checked)
            for (i = wait->first; i < call->argc; i++)
                if (job_of_word(shell, call->argv[i], &bad) == NULL)
                    sh_builtin_error(shell, "wait",
                                     *call->argv[i] == '%' ? "%s: no such job"
                                                           : "`%s': not a pid or valid job spec",
                                     call->argv[i]);
        wait->checked = true;
        for (i = wait->first; i < call->argc; i++) {
            job = job_of_word(shell, call->argv[i], &bad);
            if (job == NULL) continue;
            if (sh_job_state(job) == SH_JOB_DONE) return found(shell, wait, job);
            running = true;
        }
    } else {
        for (job = shell->jobs; job; job = job->next) {
            if (job->foreign || job->foreground) continue;
            if (sh_job_state(job) == SH_JOB_DONE) return found(shell, wait, job);
            running = true;
        }
    }
    if (running) return SH_WAITS;
    shell->status = 127;
    return SH_RETURNS;
}

static enum sh_step wait_for_all(struct shell *shell)
{
    struct sh_job *job, *next;

    for (job = shell->jobs; job; job = job->next)
        if (!job->foreign && !job->foreground && sh_job_state(job) == SH_JOB_RUNNING) return SH_WAITS;
    for (job = shell->jobs; job; job = next) {
        next = job->next;
        if (sh_job_state(job) == SH_JOB_DONE) forget(shell, job);
    }
    sh_forget_past(shell, shell->last_background); /* POSIX: all are known no longer; bash keeps $! */
    shell->status = 0;
    return SH_RETURNS;
}

static enum sh_step run_wait(struct shell *shell, struct sh_builtin_call *call)
{
    struct wait_state *wait = call->state;
    struct sh_options options = {0};
    int letter, signal;

    if (call->stage == 0) {
        while ((letter = sh_next_option(shell, call, "fnp:", &options)) > 0) {
            wait->any |= letter == 'n';
            if (letter == 'p') wait->variable = options.value;
        }
        if (letter < 0) return SH_RETURNS;
        wait->first = options.index;
        shell->status = 0;
    } else if (shell->trapped_pending & ~k_signal_bit(K_SIGCHLD)) { /* its trap is run after this */
        for (signal = 1; !(shell->trapped_pending & k_signal_bit(signal));) signal++;
        shell->status = 128 + signal;
        return SH_RETURNS;
    } else if (shell->trapped_pending) {
        return SH_YIELDS; /* so that the trap of SIGCHLD is run meanwhile */
    }
    sh_reap(shell);
    if (wait->any) return wait_for_any(shell, call, wait);
    return wait->first < call->argc ? wait_for_words(shell, call, wait) : wait_for_all(shell);
}

/* --- jobs, fg, bg, disown --- */

/* jobs -x: a command, in which the jobs that are named stand by the numbers of their groups. */
static enum sh_step run_with_groups(struct shell *shell, const struct sh_builtin_call *call, int first)
{
    int count = call->argc - first, i;
    char **words = arena_take(&shell->process->arena, ((size_t)count + 1) * sizeof *words);

    shell->status = 0;
    if (words == NULL) {
        sh_out_of_memory(shell);
        return SH_RETURNS;
    }
    if (count == 0) return SH_RETURNS;
    for (i = 0; i < count; i++) {
        const char *word = call->argv[first + i];
        const struct sh_job *job = *word == '%' ? sh_find_job(shell, word) : NULL;
        char digits[16];
        snprintf(digits, sizeof digits, "%u", job ? job->group : 0);
        if (job) word = digits;
        words[i] = arena_copy(&shell->process->arena, word, strlen(word));
        if (words[i] == NULL) {
            sh_out_of_memory(shell);
            return SH_RETURNS;
        }
    }
    words[count] = NULL;
    sh_run_words(shell, count, words, 0);
    return SH_GOES_ON;
}

static enum sh_step run_jobs(struct shell *shell, struct sh_builtin_call *call)
{
    bool long_form = false, ids = false, running = false, stopped = false;
    struct sh_options options = {0};
    struct sh_job *job, *next;
    int letter, i;

    while ((letter = sh_next_option(shell, call, "lnprsx", &options)) > 0) {
        if (letter == 'x') return run_with_groups(shell, call, options.index + (options.at != 0));
        long_form |= letter == 'l';
        ids |= letter == 'p';
        running |= letter == 'r';
        stopped |= letter == 's';
    }
    if (letter < 0) return SH_RETURNS;
    shell->status = 0;
    sh_reap(shell);
    for (i = options.index; i < call->argc; i++) {
        job = sh_find_job(shell, call->argv[i]);
        if (job == NULL) {
            sh_builtin_error(shell, "jobs", "%s: no such job", call->argv[i]);
            shell->status = 1;
        } else if (ids) {
            sh_print(shell, "%u\n", job->group);
        } else {
            sh_print_job(shell, job, long_form, &shell->output);
        }
    }
    for (job = options.index < call->argc ? NULL : shell->jobs; job; job = next) {
        enum sh_job_state state = sh_job_state(job);
        next = job->next;
        if (job->foreground || (running && state != SH_JOB_RUNNING) || (stopped && state != SH_JOB_STOPPED))
            continue;
        if (ids)
            sh_print(shell, "%u\n", job->processes[0].id);
        else
            sh_print_job(shell, job, long_form, &shell->output);
        if (state == SH_JOB_DONE && !ids) sh_remove_job(shell, job);
    }
    return SH_RETURNS;
}

static void go_on(struct shell *shell, struct sh_job *job)
{
    size_t i;

    for (i = 0; i < job->count; i++) {
        struct k_process *process = k_find_process(shell->kernel, job->processes[i].id);
        if (process) k_signal(process, K_SIGCONT);
        if (job->processes[i].state == SH_JOB_STOPPED) job->processes[i].state = SH_JOB_RUNNING;
    }
    job->notified = false;
}

static enum sh_step run_fg_or_bg(struct shell *shell, struct sh_builtin_call *call)
{
    bool fg = strcmp(call->argv[0], "fg") == 0;
    struct sh_job *job;

    if (!sh_has(shell, SH_OPTION_MONITOR)) {
        sh_builtin_error(shell, call->argv[0], "no job control");
        shell->status = 1;
        return SH_RETURNS;
    }
    sh_reap(shell);
    job = sh_find_job(shell, call->argc > 1 ? call->argv[1] : "%+");
    if (job == NULL) {
        sh_builtin_error(shell, call->argv[0], "%s: no such job", call->argc > 1 ? call->argv[1] : "current");
        shell->status = 1;
        return SH_RETURNS;
    }
    shell->status = 0;
    go_on(shell, job);
    job->used = ++shell->job_uses;
    if (!fg) {
        sh_print(shell, "[%d]+ %s &\n", job->number, job->text);
        return SH_RETURNS;
    }
    sh_print(shell, "%s\n", job->text);
    sh_wait_for_job(shell, job);
    return SH_GOES_ON;
}

static enum sh_step run_disown(struct shell *shell, struct sh_builtin_call *call)
{
    bool all = false, keep = false;
    struct sh_options options = {0};
    struct sh_job *job, *next;
    int letter, i;

    while ((letter = sh_next_option(shell, call, "ahr", &options)) > 0) {
        all |= letter == 'a' || letter == 'r';
        keep |= letter == 'h';
    }
    if (letter < 0) return SH_RETURNS;
    shell->status = 0;
    if (keep) return SH_RETURNS;
    if (all) {
        for (job = shell->jobs; job; job = next) {
            next = job->next;
            forget(shell, job);
        }
        return SH_RETURNS;
    }
    for (i = options.index; i < call->argc || i == options.index; i++) {
        const char *word = i < call->argc ? call->argv[i] : "%+";
        bool bad;
        job = job_of_word(shell, word, &bad);
        if (job) {
            forget(shell, job);
            continue;
        }
        sh_builtin_error(shell, "disown", "%s: no such job", i < call->argc ? word : "current");
        shell->status = 1;
    }
    return SH_RETURNS;
}

/* --- kill --- */

void sh_list_signals(struct shell *shell)
{
    int signal, column = 0;

    for (signal = 1; signal <= K_SIGNAL_MAX; signal++) {
        if (k_signal_name(signal) == NULL) continue;
        sh_print(shell, "%2d) SIG%s%s", signal, k_signal_name(signal), ++column % 5 ? "\t" : "\n");
    }
    if (column % 5) sh_print(shell, "\n");
}

static bool list_signal(struct shell *shell, const char *word)
{
    char *end;
    long number = strtol(word, &end, 10);

    if (*end == '\0' && end != word) {
        const char *name = k_signal_name((int)(number > 128 ? number - 128 : number));
        if (number == 0) name = "EXIT";
        if (name) {
            sh_print(shell, "%s\n", name);
            return true;
        }
    } else if (k_signal_number(word) >= 0) {
        sh_print(shell, "%d\n", k_signal_number(word));
        return true;
    }
    sh_builtin_error(shell, "kill", "%s: invalid signal specification", word);
    return false;
}

static bool kill_word(struct shell *shell, const char *word, int signal)
{
    struct k_process *process;
    struct sh_job *job;
    char *end;
    long id;
    int result;

    if (*word == '%') {
        job = sh_find_job(shell, word);
        if (job == NULL) {
            sh_builtin_error(shell, "kill", "%s: no such job", word);
            return false;
        }
        if (sh_has(shell, SH_OPTION_MONITOR)) {
            k_signal_group(shell->kernel, job->group, signal);
        } else {
            size_t i;
            for (i = 0; i < job->count; i++)
                if ((process = k_find_process(shell->kernel, job->processes[i].id)) != NULL)
                    k_signal(process, signal);
        }
        return true;
    }
    id = strtol(word, &end, 10);
    if (*end || end == word) {
        sh_builtin_error(shell, "kill", "%s: arguments must be process or job IDs", word);
        return false;
    }
    if (id <= 0) {
        result = k_signal_group(shell->kernel, id == 0 ? shell->process->group : (uint32_t)-id, signal);
    } else {
        process = k_find_process(shell->kernel, (uint32_t)id);
        result = process && process->condition != K_ENDED ? k_signal(process, signal) : UMBRA_ESRCH;
    }
    if (result == 0) return true;
    sh_builtin_error(shell, "kill", "(%ld) - %s", id, k_error_text(result));
    return false;
}

static enum sh_step run_kill(struct shell *shell, struct sh_builtin_call *call)
{
    int signal = K_SIGTERM, i = 1;

    shell->status = 0;
    if (i < call->argc && (strcmp(call->argv[i], "-l") == 0 || strcmp(call->argv[i], "-L") == 0)) {
        if (++i == call->argc) sh_list_signals(shell);
        for (; i < call->argc; i++)
            if (!list_signal(shell, call->argv[i])) shell->status = 1;
        return SH_RETURNS;
    }
    if (i < call->argc && call->argv[i][0] == '-' && strcmp(call->argv[i], "--") != 0) {
        const char *name = call->argv[i++] + 1;
        if ((strcmp(name, "s") == 0 || strcmp(name, "n") == 0) && i < call->argc) name = call->argv[i++];
        signal = k_signal_number(name);
        if (signal < 0) {
            sh_builtin_error(shell, "kill", "%s: invalid signal specification", name);
            shell->status = 1;
            return SH_RETURNS;
        }
    }
    if (i < call->argc && strcmp(call->argv[i], "--") == 0) i++;
    if (i >= call->argc) return sh_usage(shell, call);
    for (; i < call->argc; i++)
        if (!kill_word(shell, call->argv[i], signal)) shell->status = 1;
    return SH_RETURNS;
}

#define BUILTIN(id, function, bits, words)                                                                   \
    const struct sh_builtin sh_builtin_##id = {                                                              \
        .name = #id, .run = (function), .flags = (bits), .usage = (words)}

const struct sh_builtin sh_builtin_wait = {.name = "wait",
                                           .run = run_wait,
                                           .state_size = sizeof(struct wait_state),
                                           .usage = "wait [-fn] [-p var] [id ...]"};
BUILTIN(jobs, run_jobs, 0, "jobs [-lnprs] [jobspec ...] or jobs -x command [args]");
BUILTIN(fg, run_fg_or_bg, 0, "fg [job_spec]");
BUILTIN(bg, run_fg_or_bg, 0, "bg [job_spec ...]");
BUILTIN(disown, run_disown, 0, "disown [-h] [-ar] [jobspec ... | pid ...]");
BUILTIN(kill, run_kill, 0, "kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]");
