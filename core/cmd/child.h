/* child.h: commands that utilities run: xargs, find -exec, env, timeout. A name without a slash is looked for
 * in PATH, as POSIX.1-2017 section 8.3 has it; a file that begins with "#!" is run by the program it names,
 * another text file by the shell. */
#ifndef UMBRA_CMD_CHILD_H
#define UMBRA_CMD_CHILD_H

#include "cmd/command.h"

enum { CMD_CANNOT_RUN = 126, CMD_NOT_FOUND = 127 }; /* exit statuses */

/* What is to be run, in the arena of the process. */
struct cmd_command {
    const struct k_program *program;
    int argc;
    char **argv;
};

/* argv[0] is the name. path: the value of PATH, NULL: the usual one. 0, UMBRA_ENOENT, UMBRA_EACCES,
 * UMBRA_ENOEXEC or UMBRA_ENOMEM. */
int cmd_find_command(struct k_process *process, const char *path, int argc, char *const *argv,
                     struct cmd_command *command);
/* Finds and begins it with the environment of the process. *child is NULL on failure. */
int cmd_begin_child(struct k_process *process, int argc, char *const *argv, struct k_process **child);
/* 127 when it is not there, 126 otherwise. */
int cmd_status_of_failure(int code);
/* For CO_AWAIT: UMBRA_EAGAIN until the child has ended, then 1; or an error. It reports no child that is only
 * stopped. */
int cmd_await_child(struct k_process *process, uint32_t id, struct k_child *child);

#endif
