/* server.h: libmicrohttpd on the event loop: requests from first line to completion, one log line each. Its
 * daemons have no threads of their own; http/group turns them. */
#ifndef PX_HTTP_SERVER_H
#define PX_HTTP_SERVER_H

#include "http/app.h"

/* The listener is bound already. PX_EIO, PX_ENOMEM. */
int px_server_start(struct px_app *app, struct px_err *err);
/* One more daemon, for the connections of that group; NULL, and errno, when there is none to be had. */
struct MHD_Daemon *px_server_daemon(struct px_group *group);
/* Ends every running model response with an error event, and every web fetch with an error. */
void px_server_break_streams(struct px_app *app);
/* May be called when it was not started, or only bound. */
void px_server_stop(struct px_app *app);

#endif
