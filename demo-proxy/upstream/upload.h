/* upload.h: a request's body on its way from a client to a provider while it still comes in: a bounded queue.
 * A client that is faster waits until there is room; a provider that is faster is paused until there is more.
 * As long as nothing was dropped to make room it can be sent again from its beginning. */
#ifndef PX_UPSTREAM_UPLOAD_H
#define PX_UPSTREAM_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"

struct px_upload {
    struct px_loop *loop;
    struct px_task room; /* the client may go on: the client's side sets `run` */
    struct px_task more; /* there is more, or its end: the provider's side sets `run` */
    int64_t total;       /* bytes of the whole body; -1: not known before its end */
    size_t limit;        /* bytes held */
    char *data;
    size_t size, next;  /* held, and of these already taken */
    bool rewindable;    /* all that was taken is still held */
    bool full, starved; /* the client waits; the provider waits */
    bool ended;
    bool unwanted; /* the provider takes no more: what still comes is dropped */
};

void px_upload_open(struct px_upload *upload, struct px_loop *loop, size_t limit, int64_t total);
void px_upload_close(struct px_upload *upload);

/* From the client: how many of these bytes there was room for (0: none, or no memory; failed tells which).
 * With fewer than all, `room` runs when there is room again. */
size_t px_upload_put(struct px_upload *upload, const void *data, size_t size, bool *failed);
void px_upload_end(struct px_upload *upload);

/* For the provider: up to `most` bytes. 0 and !ended: `more` runs when there are some. */
size_t px_upload_take(struct px_upload *upload, void *out, size_t most);
/* Begins again; false when the beginning is gone. */
bool px_upload_rewind(struct px_upload *upload);
/* The provider has answered or is gone; `more` runs no longer. */
void px_upload_refuse(struct px_upload *upload);

#endif
