/* dynamic.h: variables whose value is made when it is asked for (bash 5.2 manual, "Bash Variables"), and what
 * else happens when some are assigned. Also what the files about variables share. */
#ifndef UMBRA_SHELL_DYNAMIC_H
#define UMBRA_SHELL_DYNAMIC_H

#include "shell/shell.h"

/* Makes all variables that a shell begins with, from its environment. False without memory. */
bool sh_make_variables(struct shell *shell);
/* The value of now. */
void sh_refresh(struct shell *shell, struct sh_variable *variable);
bool sh_assign_dynamic(struct shell *shell, struct sh_variable *variable, const char *text, size_t size);
/* A variable got another value: some have effects. */
bool sh_assigned(struct shell *shell, const struct sh_variable *variable);

/* The environment of programs: made of what is exported. NULL without memory; it belongs to the shell. */
struct k_environment *sh_environment(struct shell *shell);
/* Something exported has changed. */
void sh_forget_exported(struct shell *shell);

/* Which element of an array is meant: an index, or a key. */
struct sh_element_name {
    int64_t index;
    const char *key; /* NULL: none */
    size_t key_size;
};
bool sh_store(struct shell *shell, struct sh_variable *variable, const struct sh_element_name *element,
              const char *text, size_t size, bool append);
bool sh_make_array(struct shell *shell, struct sh_variable *variable, unsigned kind);
struct sh_variable *sh_find_through(struct shell *shell, struct sh_variable *reference, const char *name,
                                    size_t length);
/* A subscript of an associative array as arithmetic has it: parameters in it are expanded. data NULL: no
 * memory. */
struct sh_text_ref sh_expand_subscript(struct shell *shell, const char *text, size_t size);

#endif
