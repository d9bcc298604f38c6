/* sse.h: server-sent events (WHATWG HTML, section 9.2.6 "Interpreting an event stream"), fed in pieces of any
 * size. Events are handed over whole; what is unfinished when the stream ends is dropped, as the standard
 * says. */
#ifndef UMBRA_PROVIDER_SSE_H
#define UMBRA_PROVIDER_SSE_H

#include "base/buffer.h"

#define SSE_EVENT_MAX (8u << 20) /* bytes of one event's data */

typedef int (*sse_event)(void *context, const char *name, const char *data, size_t size, struct error *error);

struct sse {
    struct buffer line;
    struct buffer name;
    struct buffer data;
    bool has_data;
    bool after_cr; /* the last byte was CR: a LF now belongs to it */
    bool started;  /* past a possible byte order mark */
};

/* Stops at the first error, the callback's included. UMBRA_ELIMIT for an event over SSE_EVENT_MAX. */
int sse_feed(struct sse *sse, const void *bytes, size_t size, sse_event on_event, void *context,
             struct error *error);
/* Whether the stream ended inside an event. */
bool sse_unfinished(const struct sse *sse);
void sse_free(struct sse *sse);

#endif
