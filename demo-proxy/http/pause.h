/* pause.h: a request that waits for something: its connection is suspended in libmicrohttpd, which then does
 * not look at its socket. So each connection is watched from its beginning to its end for the other side's
 * leaving, and the request at hand is told. And each has a time limit for what it sends, and a certificate.
 */
#ifndef PX_HTTP_PAUSE_H
#define PX_HTTP_PAUSE_H

#include "http/app.h"

/* Returns what libmicrohttpd's handler returns. */
enum MHD_Result px_pause(struct px_request *request);
/* libmicrohttpd asks for the answer again. Does nothing when the request is not suspended. */
void px_resume(struct px_request *request);
/* gone is called, at most once, when the client closes its end, or at once when it has done so already. */
void px_watch_client(struct px_request *request, void (*gone)(struct px_request *request));
/* Its socket, for as long as it is watched; -1: there was no memory to watch it. */
int px_client_socket(const struct px_request *request);
/* room is called, once, when the socket of a watched client takes bytes again. When that takes longer than
 * --client-idle-seconds, the connection ends. */
void px_await_room(struct px_request *request, void (*room)(struct px_request *request));
/* The request is over. */
void px_unwatch_client(const struct px_request *request);

/* What is expected of the client next, the head of a request, its body, must be whole within so many seconds,
 * however busily it sends; otherwise its connection ends. 0: nothing is expected. A new connection has
 * --client-idle-seconds for its first head, TLS included. */
void px_expect(const struct px_request *request, long long seconds);
/* "client slow" when it did not, "client idle" when it took nothing for too long; otherwise NULL. */
const char *px_client_given_up(const struct px_request *request);

/* The certificate that this connection uses to its end: the app's at the time of its handshake. NULL: there
 * is none, or no memory. */
const struct px_certificate *px_connection_certificate(struct MHD_Connection *handle);

/* libmicrohttpd's notification of connections; owner is the group. */
void px_on_connection(void *owner, struct MHD_Connection *handle, void **slot,
                      enum MHD_ConnectionNotificationCode what);

#endif
