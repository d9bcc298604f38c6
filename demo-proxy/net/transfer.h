/* transfer.h: between one fetch (net/fetch) and libcurl: one request to one server whose addresses are
 * checked and pinned, with its header and body taken in under the fetch's limits. Used by net/fetch only. */
#ifndef PX_NET_TRANSFER_H
#define PX_NET_TRANSFER_H

#include "net/fetch.h"

/* Starts a request to fetch->target at fetch->pinned. It ends in px_fetch_transferred. PX_ENOMEM. */
int px_fetch_transfer(struct px_fetch *fetch);
/* Ends a running one at once, without that call. Not to be called from inside a libcurl callback. */
void px_fetch_transfer_end(struct px_fetch *fetch);

/* What net/fetch has for it. */
void px_fetch_transferred(struct px_fetch *fetch, CURLcode result);
/* The first byte of a body comes: 0, or PX_EPERM when its type is not taken, which is then noted. */
int px_fetch_type(struct px_fetch *fetch);
void px_fetch_head_too_large(struct px_fetch *fetch);

#endif
