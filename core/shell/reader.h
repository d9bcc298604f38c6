/* reader.h: where a shell has its commands from: a text, or what its standard input has. */
#ifndef UMBRA_SHELL_READER_H
#define UMBRA_SHELL_READER_H

#include "shell/shell.h"

/* Reads the arguments of the program and puts the first frame on the stack. False: said, with the status. */
bool sh_begin(struct shell *shell);
void sh_end_reading(struct shell *shell);
/* Appends a line of the standard input, without the newline that ends it only when the input ended:
 * UMBRA_EAGAIN, or 0; *ended: there is no more. */
int sh_read_input_line(struct shell *shell, struct buffer *text, bool *ended);
/* Parses with the shell's options and aliases. */
struct sh_dialect sh_dialect_of(struct shell *shell);
/* Says what is wrong with a text. */
void sh_report_syntax(struct shell *shell, const struct sh_syntax_error *error, const char *what);

#endif
