/* pause.h: a request that waits for something: its connection is suspended in libmicrohttpd, and its socket
 * watched for a client that leaves meanwhile. */
#ifndef PX_HTTP_PAUSE_H
#define PX_HTTP_PAUSE_H

#include "http/app.h"

/* Returns what libmicrohttpd's handler returns. */
enum MHD_Result px_pause(struct px_request *request);
/* libmicrohttpd asks for the answer again. Does nothing when the request is not suspended. */
void px_resume(struct px_request *request);
/* Calls gone, with the request as the watch's owner, when the client closes its end. It removes the watch
 * itself, as does whoever ends the request. */
void px_watch_client(struct px_request *request, void (*gone)(struct px_watch *watch, uint32_t events));

#endif
