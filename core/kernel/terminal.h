/* terminal.h: the terminal of a session: what is typed becomes lines or single bytes, and signals for the
 * process group in the foreground (POSIX.1-2017, XBD 11, General Terminal Interface). Screen and keyboard are
 * the host's. */
#ifndef UMBRA_KERNEL_TERMINAL_H
#define UMBRA_KERNEL_TERMINAL_H

#include "kernel/descriptor.h"

struct k_terminal_mode {
    bool lines;   /* input comes line by line and can be corrected before; else byte by byte */
    bool echo;    /* what is typed is shown */
    bool signals; /* Ctrl-C, Ctrl-\ and Ctrl-Z are signals, not input */
};

/* A terminal for a session; number: by which the host knows it, for both directions. NULL without memory. */
struct k_file *k_make_terminal(struct k_session *session, unsigned columns, unsigned rows, uint32_t *number);

/* UMBRA_ENOTTY when the number is no terminal. */
int k_terminal_get(const struct k_process *process, int number, struct k_terminal_mode *mode);
int k_terminal_set(struct k_process *process, int number, const struct k_terminal_mode *mode);
int k_terminal_size(const struct k_process *process, int number, unsigned *columns, unsigned *rows);

/* What the host delivers; false when the number is no terminal's. */
bool k_terminal_type(struct kernel *kernel, uint32_t number, const void *data, size_t size);
bool k_terminal_hang_up(struct kernel *kernel, uint32_t number);
bool k_terminal_ready(struct kernel *kernel, uint32_t number);
void k_terminal_resize(struct kernel *kernel, uint32_t number, unsigned columns, unsigned rows);

#endif
