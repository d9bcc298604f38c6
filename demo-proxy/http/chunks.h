/* chunks.h: an answer that streams goes to the client's socket at once, as chunks (RFC 9112, 7.1), while its
 * connection is suspended in libmicrohttpd, which has sent the head and will send the end. To take a
 * connection up again for each event would cost libmicrohttpd a walk over all that are suspended.
 */
#ifndef PX_HTTP_CHUNKS_H
#define PX_HTTP_CHUNKS_H

#include "http/app.h"

/* Whether the answer to this request can go so: not under TLS, whose records are libmicrohttpd's, nor to a
 * client before HTTP/1.1, who knows no chunks. The answer then needs "Transfer-Encoding: chunked". */
bool px_chunks_suit(const struct px_request *request);
/* Sends what the client takes at once of bytes that the stream was to hold, and returns how many those are.
 * The others must come next in the stream. */
size_t px_chunks_take(struct px_request *request, const char *bytes, size_t size);
/* There is news of the stream: sends what the client takes of it, and the rest when it takes more. A client
 * that takes nothing for --client-idle-seconds is given up. libmicrohttpd is given the connection back for
 * the end. Does nothing unless the request is suspended in the middle of such an answer. */
void px_chunks_send(struct px_request *request);

#endif
