/* log.h: structured logs, one JSON object a line on stderr. A line is at most PX_LOG_LINE bytes and is
 * written only when stderr can take it whole, so that a reader that stands still never stops the proxy; what
 * had to be left out is counted and said in a later line. Lines are gathered until px_log_flush, which the
 * loop calls once a turn. Callers never pass keys, tokens or bodies; what looks like one is replaced all the
 * same (redact.h). */
#ifndef PX_BASE_LOG_H
#define PX_BASE_LOG_H

#include "base/error.h"
#include "base/put.h"

enum { PX_LOG_LINE = 4096, PX_LOG_GATHERED = 65536 };

struct px_log {
    int fd;
    unsigned long dropped; /* lines left out since the last one written */
    struct buffer gathered;
};

/* Starts a line: {"time":…,"level":…,"event":…; append members that start with a comma, then px_log_end. */
void px_log_begin(struct buffer *line, const char *level, const char *event);
void px_log_end(struct px_log *log, struct buffer *line);
/* Writes what was gathered. */
void px_log_flush(struct px_log *log);
/* The last flush. */
void px_log_close(struct px_log *log);
/* A line with one "message". */
void px_log_message(struct px_log *log, const char *level, const char *event, const char *format, ...)
    UMBRA_PRINTF(4, 5);

/* "2026-01-31T12:00:00.000Z" of now; 25 bytes. */
void px_timestamp(char out[32]);

#endif
