/* server.h: a shell that is given one command line after the other by whoever began its process. It runs each
 * as eval would, keeps the status, and waits for the next; directory, variables, functions, options and traps
 * stay. What ends a shell ends it: exit, set -e, exec, a signal. */
#ifndef UMBRA_SHELL_SERVER_H
#define UMBRA_SHELL_SERVER_H

#include "shell/shell.h"

/* The first frame of such a shell; for sh_begin(). False without memory. */
bool sh_begin_serving(struct shell *shell);

/* Whether the process (of sh_program_server) waits for a command line; *status is that of the last one then.
 * False before its first turn, and when it has ended or goes on as another program. */
bool sh_is_waiting(const struct k_process *process, int *status);
/* What is at the path where the shell stands may be another directory by now, or nothing: it goes there
 * again, or up to the nearest directory that is there. True: it stands somewhere else than before. */
bool sh_stand_again(struct k_process *process);
/* Gives it the next command line, which is copied. UMBRA_EBUSY when it does not wait, UMBRA_ENOMEM. */
int sh_serve(struct k_process *process, const char *text, size_t size);
/* A child that is a copy of the shell and runs a command line beside it, as ( TEXT ) & does, but as none of
 * its jobs. It has not run yet, so its descriptors can still be changed. The shell must wait. NULL with the
 * reason: UMBRA_EBUSY, UMBRA_ENOMEM, UMBRA_EAGAIN (too many processes). */
struct k_process *sh_serve_aside(struct k_process *process, const char *text, size_t size,
                                 struct error *error);
/* The command line under way is given up, as by Ctrl-C in an interactive shell; a trap for SIGINT runs. What
 * it has begun goes on: to be signalled by the caller. Not to be called while a process runs. */
void sh_interrupt(struct k_process *process);
/* Whether a child was put in the background by the shell itself, and belongs to no command line. */
bool sh_is_background(const struct k_process *process, uint32_t child);

#endif
