/* when.h: times as utilities show them. */
#ifndef UMBRA_CMD_WHEN_H
#define UMBRA_CMD_WHEN_H

#include "cmd/command.h"

/* Appends a time (milliseconds since 1970) in the form of strftime() with GNU date's additions. */
void cmd_put_time(struct k_process *process, struct buffer *out, const char *format, int64_t milliseconds);

#endif
