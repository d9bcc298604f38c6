/* kernel_internal.h: what the files of this room share. */
#ifndef UMBRA_KERNEL_INTERNAL_H
#define UMBRA_KERNEL_INTERNAL_H

#include "kernel/kernel.h"

enum k_signal_action k_signal_action(int signal);
/* A pending signal that ends the process; 0: none. */
int k_deadly_signal(const struct k_process *process);

/* A child ended, stopped or went on. */
void k_child_changed(struct k_process *parent);
/* The process has ended, by a signal or not: it gives back all but what its parent asks for. */
void k_finish(struct k_process *process, int status, int signal);
/* The session ends; its terminal may still be open somewhere. */
void k_terminal_forget_session(const struct k_session *session);
/* Out of every queue. */
void k_leave_queues(struct k_process *process);
/* Frees all that ended and that nobody will ask for. */
void k_bury(struct kernel *kernel);

#endif
