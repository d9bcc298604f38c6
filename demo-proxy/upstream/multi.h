/* multi.h: libcurl's multi interface on the event loop: sockets become watches, its one timer a timer.
 * Transfers are easy handles whose CURLOPT_PRIVATE points to a struct px_transfer; `done` is called once when
 * one ends. */
#ifndef PX_UPSTREAM_MULTI_H
#define PX_UPSTREAM_MULTI_H

#include <curl/curl.h>

#include "base/loop.h"

struct px_transfer {
    void (*done)(struct px_transfer *transfer, CURLcode result);
    CURL *easy;
};

enum { PX_IDLE_HANDLES = 64 /* kept for the next transfers */ };

/* A handle between two transfers, and what its options were set for. */
struct px_idle_handle {
    CURL *easy;
    const void *purpose;
};

struct px_multi {
    CURLM *curl;
    struct px_idle_handle idle[PX_IDLE_HANDLES];
    size_t idle_count;
    struct px_loop *loop;
    struct px_timer timer;
};

/* One per process. PX_ENOMEM. */
int px_multi_open(struct px_multi *multi, struct px_loop *loop, struct px_err *err);
/* After every transfer has been removed. */
void px_multi_close(struct px_multi *multi);

/* A handle; NULL without memory. prepared: it was given back for this purpose, and has the options of then;
 * otherwise nothing is set. A purpose is an address that stays until px_multi_close. */
CURL *px_multi_take(struct px_multi *multi, const void *purpose, bool *prepared);
/* Takes back one that is in no transfer, and points to no memory that ends. */
void px_multi_give(struct px_multi *multi, CURL *easy, const void *purpose);

int px_multi_add(struct px_multi *multi, struct px_transfer *transfer);
/* Stops the transfer at once. Not to be called from inside a libcurl callback. */
void px_multi_remove(struct px_multi *multi, struct px_transfer *transfer);
/* Goes on with a paused transfer; may call its callbacks. */
void px_multi_unpause(struct px_multi *multi, struct px_transfer *transfer);

#endif
