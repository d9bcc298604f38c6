/* duration.h: times to wait: "1.5", "2m", "0.1s", "infinity", read without floating point, so that they are
 * the same on every host. GNU coreutils 9.1, "sleep invocation". */
#ifndef UMBRA_CMD_DURATION_H
#define UMBRA_CMD_DURATION_H

#include "cmd/command.h"

#define CMD_FOREVER INT64_MAX

/* Microseconds, rounded up; CMD_FOREVER at most. False when the text is no duration. */
bool cmd_duration(const char *text, int64_t *microseconds);
/* UMBRA_EAGAIN until the time has come (monotonic microseconds), then 0. For CO_AWAIT. */
int cmd_wait_until(struct k_process *process, int64_t monotonic);
/* Such a time so far from now; CMD_FOREVER stays. */
int64_t cmd_time_after(struct k_process *process, int64_t microseconds);

#endif
