/* print.h: commands as text again, in the layout in which bash 5.2 shows functions (declare -f, type). Words
 * are as they were written. What is printed is read back as the same command, but for what bash prints
 * wrong: the name of a coprocess that is a simple command, a here-document of one that is the condition of
 * if. */
#ifndef UMBRA_SHELL_PRINT_H
#define UMBRA_SHELL_PRINT_H

#include "base/buffer.h"
#include "shell/ast.h"

/* "name () \n{ \n    ...\n}\n". Failures are remembered in the buffer. */
void sh_print_function(struct buffer *out, const char *name, const struct sh_command *body);

/* In one line, as BASH_COMMAND has it: of loops and case the head. NULL: nothing. */
void sh_print_command(struct buffer *out, const struct sh_command *command);

#endif
