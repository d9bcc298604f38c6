#include "base/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/put.h"
#include "base/redact.h"

enum { USUAL_LINE = 320 };

void px_timestamp(char out[32])
{
    struct timespec now;
    struct tm utc;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (!gmtime_r(&now.tv_sec, &utc)) utc = (struct tm){0};
    const struct {
        int value, digits;
        char behind;
    } parts[] = {{utc.tm_year + 1900, 4, '-'},
                 {utc.tm_mon + 1, 2, '-'},
                 {utc.tm_mday, 2, 'T'},
                 {utc.tm_hour, 2, ':'},
                 {utc.tm_min, 2, ':'},
                 {utc.tm_sec, 2, '.'},
                 {(int)(now.tv_nsec / 1000000 % 1000), 3, 'Z'}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        for (int value = parts[i].value, at = parts[i].digits; at > 0; value /= 10)
            out[--at] = (char)('0' + value % 10);
        out += parts[i].digits;
        *out++ = parts[i].behind;
    }
    *out = '\0';
}

void px_log_begin(struct buffer *line, const char *level, const char *event)
{
    char now[32];
    px_timestamp(now);
    (void)buffer_reserve(line, USUAL_LINE);
    px_put_named(line, "{\"time\":", now);
    px_put_named(line, ",\"level\":", level);
    px_put_named(line, ",\"event\":", event);
}

void px_log_end(struct px_log *log, struct buffer *line)
{
    if (log->dropped) buffer_printf(line, ",\"lines_dropped_before\":%lu", log->dropped);
    buffer_put_string(line, "}\n");
    if (!line->failed) line->size = px_redact(line->data, line->size);
    bool good = !line->failed && line->size <= PX_LOG_LINE;
    if (good && log->gathered.size + line->size > PX_LOG_GATHERED) px_log_flush(log);
    if (good) buffer_put(&log->gathered, line->data, line->size);
    if (good && !log->gathered.failed)
        log->dropped = 0;
    else
        log->dropped++;
    buffer_free(line);
}

/* A pipe that can take anything takes so much whole: pipe(7), "PIPE_BUF". */
static bool write_whole(int fd, const char *data, size_t size)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    return poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) && write(fd, data, size) == (ssize_t)size;
}

/* How many bytes of whole lines, at most `most`, and at least one line. */
static size_t whole_lines(const char *data, size_t size, size_t most)
{
    size_t end = size < most ? size : most;
    while (end > 0 && data[end - 1] != '\n') end--;
    return end ? end : size;
}

static unsigned long count_lines(const char *data, size_t size)
{
    unsigned long lines = 0;
    for (size_t i = 0; i < size; i++) lines += data[i] == '\n';
    return lines;
}

void px_log_flush(struct px_log *log)
{
    const char *data = buffer_string(&log->gathered);
    size_t size = log->gathered.failed ? 0 : log->gathered.size;
    for (size_t at = 0; at < size;) {
        size_t piece = whole_lines(data + at, size - at, PX_LOG_LINE);
        if (!write_whole(log->fd, data + at, piece)) log->dropped += count_lines(data + at, piece);
        at += piece;
    }
    if (log->gathered.failed)
        buffer_free(&log->gathered);
    else
        buffer_clear(&log->gathered);
}

void px_log_close(struct px_log *log)
{
    px_log_flush(log);
    buffer_free(&log->gathered);
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
