/* reference.h: variables and elements of arrays as the arguments of builtins name them: "name" or
 * "name[subscript]". */
#ifndef UMBRA_SHELL_REFERENCE_H
#define UMBRA_SHELL_REFERENCE_H

#include "shell/shell.h"

/* Whether it has the form of one. */
bool sh_is_reference(const char *text);
/* The same, and when it has not, the builtin says so. */
bool sh_check_reference(struct shell *shell, const char *builtin, const char *text);
/* Assigns; parameters in the subscript are expanded first. False: that was said. */
bool sh_assign_reference(struct shell *shell, const char *reference, const char *text, size_t size);
/* No data: it is not set, or something is wrong with its subscript, which was said. */
struct sh_text_ref sh_reference_value(struct shell *shell, const char *reference);
/* An indexed array of this name without elements, ready to be filled. NULL: that was said; builtin: NULL for
 * none. */
struct sh_variable *sh_empty_array(struct shell *shell, const char *builtin, const char *name);

#endif
