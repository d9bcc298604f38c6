#include "cmd/when.h"

#include <string.h>

void cmd_zone(const struct k_process *process, struct calendar_zone *zone)
{
    const char *text = k_variable(process, "TZ");
    calendar_zone_read(zone, text ? text : "", text ? strlen(text) : 0);
}

void cmd_break_time(const struct k_process *process, int64_t milliseconds, struct calendar_time *time)
{
    struct calendar_zone zone;
    int64_t seconds = milliseconds / 1000, rest = milliseconds % 1000;

    if (rest < 0) {
        rest += 1000;
        seconds--;
    }
    cmd_zone(process, &zone);
    calendar_break(seconds, (int32_t)(rest * 1000000), &zone, time);
}

int64_t cmd_milliseconds(const struct calendar_time *time)
{
    if (time->seconds > INT64_MAX / 1000 - 1) return INT64_MAX;
    if (time->seconds < INT64_MIN / 1000 + 1) return INT64_MIN;
    return time->seconds * 1000 + time->nanosecond / 1000000;
}

void cmd_put_time(const struct k_process *process, struct buffer *out, const char *format,
                  int64_t milliseconds)
{
    struct calendar_time time;

    cmd_break_time(process, milliseconds, &time);
    if (calendar_format(out, format, strlen(format), &time, out->size + CMD_TIME_MAX) < 0) out->failed = true;
}

bool cmd_read_time(const struct k_process *process, const char *text, int64_t now, int64_t *milliseconds)
{
    struct calendar_time base, result;
    struct calendar_zone zone;

    cmd_zone(process, &zone);
    cmd_break_time(process, now, &base);
    if (calendar_parse(text, strlen(text), &base, &zone, &result, NULL) < 0) return false;
    *milliseconds = cmd_milliseconds(&result);
    return true;
}
