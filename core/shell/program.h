/* program.h: the shell as a program of the kernel. */
#ifndef UMBRA_SHELL_PROGRAM_H
#define UMBRA_SHELL_PROGRAM_H

#include "shell/shell.h"

/* bash, sh, and the builtins that are programs too, for env, xargs and find. */
#define SH_PROGRAMS(X)                                                                                       \
    X(bracket)                                                                                               \
    X(bash)                                                                                                  \
    X(kill)                                                                                                  \
    X(printf)                                                                                                \
    X(sh)                                                                                                    \
    X(test)

#define SH_DECLARE(program) extern const struct k_program sh_program_##program;
SH_PROGRAMS(SH_DECLARE)
#undef SH_DECLARE
/* The same shell, which is given its command lines by server.h; under no path. */
extern const struct k_program sh_program_server;

/* A zeroed shell of a process, as it is before it has read anything. False without memory. */
bool sh_initialize(struct shell *shell, struct k_process *process);

struct sh_arguments *sh_make_arguments(struct shell *shell, int count, char *const *values);
void sh_drop_arguments(struct shell *shell, struct sh_arguments *arguments);

/* definitions.c */
struct sh_definitions *sh_definitions_new(struct shell *shell);
void sh_definitions_drop(struct sh_definitions *definitions);
bool sh_own_definitions(struct shell *shell);
struct sh_function *sh_find_function(const struct shell *shell, const char *name);
/* Takes a reference of the script. False without memory; said. */
bool sh_define_function(struct shell *shell, const char *name, struct sh_script *script,
                        struct sh_command *body);
bool sh_remove_function(struct shell *shell, const char *name);
const struct sh_alias *sh_find_alias(const struct shell *shell, const char *name, size_t length);
bool sh_set_alias(struct shell *shell, const char *name, const char *value);
bool sh_remove_alias(struct shell *shell, const char *name);
void sh_remove_aliases(struct shell *shell);

#endif
