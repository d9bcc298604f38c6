/* record.h: what is kept of each web fetch, refused ones included, in the log and in the audit log. Neither
 * the URL's query nor any content is in it. */
#ifndef PX_NET_RECORD_H
#define PX_NET_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/put.h"

struct px_fetch_record {
    const char *host;    /* as the client gave it, printable */
    const char *url;     /* the last one that was accepted; a query in it is left out. NULL: none was */
    const char *outcome; /* "ok", the type of the error that the client got, or "client left" */
    int status;          /* the server's; 0: there was none */
    size_t bytes;        /* of content, after decompression */
    bool truncated;
    int redirects;
    int64_t ms;
};

/* Members of a JSON object, with a comma between them. */
void px_fetch_put(struct buffer *out, const struct px_fetch_record *record);

#endif
