/* jobs.h: processes that the shell began. */
#ifndef UMBRA_SHELL_JOBS_H
#define UMBRA_SHELL_JOBS_H

#include "shell/shell.h"

/* A job for `count` processes, in the list; text: as jobs shows it. NULL without memory; said. */
struct sh_job *sh_make_job(struct shell *shell, size_t count, const char *text, size_t size);
void sh_job_add(struct sh_job *job, const struct k_process *process);
void sh_remove_job(struct shell *shell, struct sh_job *job);
void sh_free_jobs(struct shell *shell);
/* How a process of the background ended whose job is gone: one of the last 4,096. */
bool sh_past_status(const struct shell *shell, uint32_t id, int *status);
void sh_forget_past(struct shell *shell, uint32_t but); /* but: 0, or a process that stays known */

/* Takes note of children that ended or stopped. */
void sh_reap(struct shell *shell);
/* The trap of SIGCHLD is run once for each child that ended. */
void sh_note_child(struct shell *shell, const struct k_child *child);
enum sh_job_state sh_job_state(const struct sh_job *job);
/* Of the last process; with pipefail the last that failed. */
int sh_job_status(const struct shell *shell, const struct sh_job *job);
/* "Terminated" and the like, when a signal ended it. */
void sh_say_signal(struct shell *shell, const struct sh_job *job);
/* Pushes a frame that waits for a job in the foreground and sets the status; the job goes unless it was
 * stopped. */
void sh_wait_for_job(struct shell *shell, struct sh_job *job);
/* "%1", "%+", "%name"; NULL: there is none. */
struct sh_job *sh_find_job(struct shell *shell, const char *word);
struct sh_job *sh_current_job(struct shell *shell, unsigned rank);
/* "[1]+  Running   sleep 10 &" */
void sh_print_job(struct shell *shell, struct sh_job *job, bool with_ids, struct buffer *out);
/* Says which jobs have ended or stopped, in interactive shells. */
void sh_notify(struct shell *shell);

/* The table of kill -l and trap -l. */
void sh_list_signals(struct shell *shell);

#endif
