/* compound.h: what the files of execution call of one another. */
#ifndef UMBRA_SHELL_COMPOUND_H
#define UMBRA_SHELL_COMPOUND_H

#include "shell/execute.h"

/* Units of fuel that are about a second of work; the same on every machine, for time and times. */
#define SH_FUEL_PER_SECOND 500000000u

/* execute.c: without the redirections. */
void sh_run_compound(struct shell *shell, const struct sh_command *command);
/* control.c: if, loops, case, [[ ]], (( )). */
void sh_run_control(struct shell *shell, const struct sh_command *command);
/* function.c */
void sh_run_definition(struct shell *shell, const struct sh_command *command);
/* subshell.c */
void sh_run_coprocess(struct shell *shell, const struct sh_command *command);
/* The last command of a pipeline in this shell itself (lastpipe), with the pipe as its input, which is taken
 * over. */
void sh_run_last_stage(struct shell *shell, const struct sh_command *command, struct k_file *reader);
void sh_end_process_files(struct shell *shell);
/* test_command.c: [[ ]] */
void sh_run_condition(struct shell *shell, const struct sh_command *command);
/* select.c */
void sh_run_select(struct shell *shell, const struct sh_command *command);
/* traps.c */
void sh_set_pipe_status_at(struct shell *shell, size_t index, int status);
/* TIMEFORMAT */
void sh_put_times(struct shell *shell, const char *format, size_t size, double real, double user);

#endif
