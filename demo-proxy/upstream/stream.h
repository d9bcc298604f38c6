/* stream.h: one model response on its way from a producer (a provider, the offline demo, a scenario) to one
 * reader: status, headers and a bounded buffer. A producer that finds no room waits until it is told that
 * there is room; a reader that leaves cancels the producer. A failure after the head becomes an SSE error
 * event in the stream. */
#ifndef PX_UPSTREAM_STREAM_H
#define PX_UPSTREAM_STREAM_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>

#include "base/loop.h"
#include "base/put.h"
#include "upstream/usage.h"

enum { PX_STREAM_HEADERS = 32 };

enum px_stream_state {
    PX_STREAM_OPEN,
    PX_STREAM_ENDED,  /* complete once the buffer is read */
    PX_STREAM_TORN,   /* the reader's connection is to be broken once the buffer is read */
    PX_STREAM_REFUSED /* failed before the head: `status`, `failure_type` and `failure` say how */
};

struct px_producer {
    void (*room)(struct px_producer *producer);   /* the buffer has room again */
    void (*cancel)(struct px_producer *producer); /* the reader left: stop and free */
};

struct px_stream {
    struct px_loop *loop;
    struct px_producer *producer;              /* NULL once it has ended */
    void (*changed)(struct px_stream *stream); /* there is news for the reader */
    /* What the reader takes at once of bytes that are not in the buffer yet; NULL: nothing. */
    size_t (*take)(struct px_stream *stream, const char *bytes, size_t size);
    void *owner;
    enum px_stream_state state;
    int status;            /* 0 until the head is known */
    struct buffer headers; /* each a name and a value, both with their NUL */
    size_t header_count;
    bool event_stream;            /* text/event-stream, so that an error can be told in the stream */
    enum px_dialect dialect;      /* its shape */
    struct px_usage_reader usage; /* reads along */
    char *data;
    size_t start, size, capacity, limit;
    bool starved; /* the producer found no room */
    struct px_task room_task;
    const char *failure_type;
    struct buffer failure; /* read with px_words */
};

/* limit: the most bytes held. */
void px_stream_open(struct px_stream *stream, struct px_loop *loop, size_t limit,
                    void (*changed)(struct px_stream *stream), void *owner);
/* Cancels the producer if it still runs, and frees. */
void px_stream_close(struct px_stream *stream);

/* For producers. Headers come before the head, the head before bytes; nothing after an end. A header without
 * a value, or with control characters in it, is left out (PX_EINVAL), as is one too many (PX_ELIMIT). */
int px_stream_header(struct px_stream *stream, const char *name, const char *value, size_t size);
void px_stream_drop_headers(struct px_stream *stream);
/* The header behind this one, or with NULL the first; false when there is none. */
bool px_stream_next_header(const struct px_stream *stream, const char **name, const char **value);
void px_stream_head(struct px_stream *stream, int status);
/* All or nothing: 0, PX_ELIMIT when there is no room (the producer's room() is called later). A piece larger
 * than the limit is taken when the buffer is empty. PX_ENOMEM: the producer must fail the stream. */
int px_stream_write(struct px_stream *stream, const void *data, size_t size);
/* The producer is done and no longer referred to. */
void px_stream_end(struct px_stream *stream);
/* The same behind a few last bytes, for which there is always room but for memory; without it the stream is
 * torn. */
void px_stream_end_with(struct px_stream *stream, const void *data, size_t size);
void px_stream_tear(struct px_stream *stream);
/* Failed. Before the head: the reader gets `status` with an error object. After it: an event stream gets an
 * error event, anything else is torn. type: Anthropic's error type, a constant string. */
void px_stream_fail(struct px_stream *stream, int status, const char *type, const char *format, ...)
    UMBRA_PRINTF(4, 5);

/* For the reader: up to max bytes; 0 when there are none now. */
size_t px_stream_read(struct px_stream *stream, char *out, size_t max);
/* The same in two steps: `size` bytes are there, until the next call of any other function; so many of them
 * are done with. */
const char *px_stream_bytes(const struct px_stream *stream);
void px_stream_skip(struct px_stream *stream, size_t size);
/* All that is there, in memory that the caller frees; NULL without memory. */
char *px_stream_take(struct px_stream *stream, size_t *size);

#endif
