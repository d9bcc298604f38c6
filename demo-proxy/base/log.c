#include "base/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

void px_timestamp(char out[32])
{
    struct timespec now;
    struct tm utc;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (!gmtime_r(&now.tv_sec, &utc)) utc = (struct tm){0};
    size_t n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(out + n, 32 - n, ".%03dZ", (int)(now.tv_nsec / 1000000 % 1000));
}

void px_log_begin(struct buffer *line, const char *level, const char *event)
{
    char now[32];
    px_timestamp(now);
    buffer_printf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", now, level, event);
}

void px_log_end(struct px_log *log, struct buffer *line)
{
    if (log->dropped) buffer_printf(line, ",\"lines_dropped_before\":%lu", log->dropped);
    buffer_put_string(line, "}\n");
    struct pollfd ready = {.fd = log->fd, .events = POLLOUT};
    bool whole = !line->failed && line->size <= PX_LOG_LINE && poll(&ready, 1, 0) == 1 &&
                 (ready.revents & POLLOUT) && write(log->fd, line->data, line->size) == (ssize_t)line->size;
    log->dropped = whole ? 0 : log->dropped + 1;
    buffer_free(line);
}

void px_log_message(struct px_log *log, const char *level, const char *event, const char *format, ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct buffer line = {0};
    px_log_begin(&line, level, event);
    buffer_put_string(&line, ",\"message\":");
    px_put_json(&line, text);
    px_log_end(log, &line);
}
