/* interactive.h: a shell that somebody talks to: prompts, the line editor on its terminal, the history,
 * notices of jobs, and what it does about signals (bash 5.2 manual, "Interactive Shells"). */
#ifndef UMBRA_SHELL_INTERACTIVE_H
#define UMBRA_SHELL_INTERACTIVE_H

#include "shell/shell.h"

struct sh_matches;

/* Makes the shell an interactive one: options, signals, variables. False without memory. */
bool sh_interactive_begin(struct shell *shell);
/* Pushes the frame that reads commands until the end of the input. */
bool sh_interactive_read(struct shell *shell);
/* Pushes the frame that reads the startup file (NULL: ~/.bashrc; "": none), then the history. */
bool sh_interactive_start(struct shell *shell, const char *startup_file);
/* The shell ends: its history is written. */
void sh_interactive_finish(struct shell *shell);
void sh_interactive_free(struct shell *shell);
/* A caught signal that has no trap; true: it is dealt with. */
bool sh_interactive_signal(struct shell *shell, int signal);
/* Whether exit may end the shell: false when there are stopped jobs, which was said, the first time. */
bool sh_interactive_may_exit(struct shell *shell);

/* builtin_bind.c: takes the lines of a file of bindings, if there is one. */
void sh_read_init_file(struct shell *shell, const char *path);

/* --- history_file.c: the history as the variables want it --- */

/* Takes the limits from HISTSIZE. */
void sh_history_apply_size(struct shell *shell);
/* Adds a line as HISTCONTROL and HISTIGNORE want it. True: it was added. */
bool sh_history_enter(struct shell *shell, const char *text, size_t size);
/* Files: 0 or a negative error, without words. path NULL: HISTFILE. */
enum sh_history_file { SH_HISTORY_READ, SH_HISTORY_READ_NEW, SH_HISTORY_WRITE, SH_HISTORY_APPEND };
int sh_history_use_file(struct shell *shell, enum sh_history_file what, const char *path);
bool sh_history_has_file(struct shell *shell);

#endif
