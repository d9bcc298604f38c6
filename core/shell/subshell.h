/* subshell.h: shells that begin as a copy of another one: for $(...), (...), pipelines and &. */
#ifndef UMBRA_SHELL_SUBSHELL_H
#define UMBRA_SHELL_SUBSHELL_H

#include "shell/expand.h"

/* A child that is a copy of the shell and is to run a command; it has not run yet, so its descriptors can
 * still be changed. NULL: said, and the shell unwinds. */
struct k_process *sh_fork(struct shell *shell, const struct sh_command *command);
/* The shell of a process that sh_fork() made. */
struct shell *sh_shell_of(struct k_process *process);

/* Runs a command whose output goes into a capture. 0 or a negative error, which was said. */
int sh_substitute(struct shell *shell, const struct sh_command *command, struct k_capture *capture,
                  uint32_t *child);
/* Begins the command of <(...) or >(...) and puts the path that stands for it out. */
int sh_process_substitution(struct shell *shell, const struct sh_part *part, struct sh_output *output);

#endif
