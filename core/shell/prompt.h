/* prompt.h: prompts (bash 5.2 manual, "Controlling the Prompt"). */
#ifndef UMBRA_SHELL_PROMPT_H
#define UMBRA_SHELL_PROMPT_H

#include "shell/shell.h"

/* Appends a prompt with its backslash escapes replaced; parameters in it are not expanded here. */
void sh_put_prompt(struct shell *shell, const char *text, size_t size, struct buffer *out);

#endif
