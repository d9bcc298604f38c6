/* prompt.h: prompts (bash 5.2 manual, "Controlling the Prompt"). */
#ifndef UMBRA_SHELL_PROMPT_H
#define UMBRA_SHELL_PROMPT_H

#include "shell/shell.h"

/* Appends a prompt with its backslash escapes replaced. It is to be expanded like text in double quotes then,
 * unless promptvars is off: names of directories and the like are written so that they come out of that as
 * they are. */
void sh_put_prompt(struct shell *shell, const char *text, size_t size, struct buffer *out);
/* The same for the line editor: what stands between \[ and \] comes between bytes \001 and \002. */
void sh_put_marked_prompt(struct shell *shell, const char *text, size_t size, struct buffer *out);

/* The same with the expansion. What would have to wait in it (a command that is substituted) is left out. */
void sh_expand_prompt(struct shell *shell, const char *text, size_t size, struct buffer *out);

/* Appends a text expanded like one in double quotes; what would have to wait in it is left out. */
void sh_expand_text(struct shell *shell, const char *text, size_t size, struct buffer *out);

#endif
