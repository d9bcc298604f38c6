/* ask.h: questions of rm -i, cp -i and the like: on the standard error, answered by a line of the standard
 * input. */
#ifndef UMBRA_CMD_ASK_H
#define UMBRA_CMD_ASK_H

#include "cmd/command.h"

/* "NAME: QUESTION? " behind all output so far. */
void cmd_put_question(struct k_process *process, const char *format, ...) UMBRA_PRINTF(2, 3);
/* 1 for a line that begins with y or Y, 0 for any other and for the end of the input; UMBRA_EAGAIN. */
int cmd_answer(struct k_process *process, struct cmd_input *input);

#endif
