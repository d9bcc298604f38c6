/* when.h: times as utilities show and read them, in the zone of the variable TZ. All are milliseconds since
 * 1970. */
#ifndef UMBRA_CMD_WHEN_H
#define UMBRA_CMD_WHEN_H

#include "base/calendar.h"
#include "cmd/command.h"

#define CMD_TIME_MAX 65536u /* bytes of a formatted time */

void cmd_zone(const struct k_process *process, struct calendar_zone *zone);
void cmd_break_time(const struct k_process *process, int64_t milliseconds, struct calendar_time *time);
int64_t cmd_milliseconds(const struct calendar_time *time);
/* Appends a time in the form of date's formats. */
void cmd_put_time(const struct k_process *process, struct buffer *out, const char *format,
                  int64_t milliseconds);
/* What date -d takes; now: for what it leaves out. False: it is no date. */
bool cmd_read_time(const struct k_process *process, const char *text, int64_t now, int64_t *milliseconds);

#endif
