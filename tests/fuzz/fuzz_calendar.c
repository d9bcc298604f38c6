/* A zone, a NUL, a date, a NUL, a format. */
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"

#define LIMIT 10000

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const char *parts[3] = {"", "", ""}, *at = (const char *)data, *end = at + size;
    struct calendar_time now, time;
    struct calendar_zone zone;
    struct buffer output = {0};
    struct error error;
    size_t lengths[3] = {0}, i;

    for (i = 0; i < 3 && at < end; i++) {
        const char *border = memchr(at, '\0', (size_t)(end - at));
        parts[i] = at;
        lengths[i] = (size_t)((border ? border : end) - at);
        at += lengths[i] + 1;
    }
    calendar_zone_read(&zone, parts[0], lengths[0]);
    calendar_break(1700000000, 5, &zone, &now);
    if (calendar_parse(parts[1], lengths[1], &now, &zone, &time, &error) < 0) {
        if (error.code != UMBRA_EINVAL || error.message[0] == '\0') abort();
        time = now;
    } else if (time.month < 1 || time.month > 12 || time.day < 1 || time.day > 31 || time.hour < 0 ||
               time.hour > 23 || time.nanosecond < 0 || time.nanosecond > 999999999) {
        abort();
    }
    calendar_parse_stamp(parts[1], lengths[1], &now, &zone, &now, &error);
    if (calendar_format(&output, parts[2], lengths[2], &time, LIMIT) == 0 && output.size > LIMIT) abort();
    buffer_free(&output);
    return 0;
}
