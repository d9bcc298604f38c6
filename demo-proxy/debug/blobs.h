/* blobs.h: takes a body as it passes, in pieces of any size, and keeps its text up to a limit. Long runs of
 * base64 and data: URLs are replaced by their size, so that pictures neither fill the limit nor get kept.
 * Memory is bounded by the limit. */
#ifndef PX_DEBUG_BLOBS_H
#define PX_DEBUG_BLOBS_H

#include "base/buffer.h"

enum { PX_BLOB_MOST = 200 /* bytes of a run that is still text */, PX_BLOB_LINE = 60 };

enum px_blob_run { PX_BLOB_NONE, PX_BLOB_BASE64, PX_BLOB_DATA };

struct px_blobs {
    struct buffer text;
    size_t limit;
    uint64_t total; /* bytes that came in */
    bool cut;       /* the text does not have all of them */
    /* The rest is its own. */
    enum px_blob_run run;
    uint64_t run_size;
    size_t line;             /* bytes since the run's last line break */
    char held[PX_BLOB_MOST]; /* the run, as long as it may be text */
    unsigned char escape;    /* bytes of an escape that are still to come */
    bool backslash, full;
};

void px_blobs_open(struct px_blobs *blobs, size_t limit);
void px_blobs_feed(struct px_blobs *blobs, const char *data, size_t size);
/* The body is over: what was held is decided. */
void px_blobs_end(struct px_blobs *blobs);
/* Whether base64, or its form for URLs, has this byte. */
bool px_blob_has(char byte);
/* Wipes it. */
void px_blobs_close(struct px_blobs *blobs);

#endif
