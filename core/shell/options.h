/* options.h: options of the shell, for the builtins that set and show them. */
#ifndef UMBRA_SHELL_OPTIONS_H
#define UMBRA_SHELL_OPTIONS_H

#include "shell/execute.h"

/* False: there is no option of this name. */
bool sh_option_by_name(const struct shell *shell, const char *name, bool *on);
enum sh_step sh_run_set(struct shell *shell, struct sh_builtin_call *call);
enum sh_step sh_run_shopt(struct shell *shell, struct sh_builtin_call *call);
/* name=value of all variables, and functions, as set prints them. */
void sh_print_variables(struct shell *shell);
void sh_replace_arguments(struct shell *shell, int argc, char **argv);

#endif
