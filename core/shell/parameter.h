/* parameter.h: the parameters of a shell and what their operators make of them (bash 5.2 manual, "Shell
 * Parameter Expansion"). */
#ifndef UMBRA_SHELL_PARAMETER_H
#define UMBRA_SHELL_PARAMETER_H

#include "shell/arithmetic.h"
#include "shell/expand.h"

/* $name, ${name}, ${name[@]} without an operator, at once. 0, or a negative error, which was said. */
int sh_parameter_simple(struct shell *shell, const struct sh_part *part, struct sh_output *output,
                        bool whole);
/* Whether it has so many values that they are put in pieces, by sh_parameter_step(). */
bool sh_parameter_is_long(struct shell *shell, const struct sh_parameter *parameter);
/* Goes on with a parameter after what it needed has been expanded into operand[] (index, word, second): enum
 * sh_need, UMBRA_EAGAIN when it goes on in the next turn, as it was called now, or a negative error, which
 * was said. after: what was needed last; 0 in the beginning. */
int sh_parameter_step(struct shell *shell, const struct sh_part *part, struct sh_parameter_run **run,
                      struct sh_output *operand, unsigned after, struct sh_output *output, bool whole);

/* The value of a special or positional parameter or a variable by its name; data NULL: unset. In the arena of
 * the process or the variable's own memory. */
struct sh_text_ref sh_parameter_value(struct shell *shell, const char *name, size_t length);
/* "$1" to "$9" and on as an array; the first byte of IFS or a blank. */
char sh_join_byte(struct shell *shell, size_t *size);
/* The letters of $-. */
void sh_put_flags(const struct shell *shell, struct sh_text *text);

#endif
