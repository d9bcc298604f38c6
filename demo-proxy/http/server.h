/* server.h: libmicrohttpd on the event loop: listening socket, requests from first line to completion, one
 * log line each. The daemon has no thread of its own; px_server_turn is called once a turn of the loop. */
#ifndef PX_HTTP_SERVER_H
#define PX_HTTP_SERVER_H

#include "http/app.h"

/* Binds and listens; fills app->listen_fd and app->port. PX_EUSAGE for an address that is not loopback,
 * PX_EBUSY when the port is taken, PX_EIO. */
int px_server_listen(struct px_app *app, struct px_err *err);
int px_server_start(struct px_app *app, struct px_err *err);
/* Accepts no more connections; the running requests go on. */
void px_server_quiesce(struct px_app *app);
/* Ends every running model response with an error event, and every web fetch with an error. */
void px_server_break_streams(struct px_app *app);
void px_server_stop(struct px_app *app);
void px_server_turn(struct px_app *app);
/* Longest wait in milliseconds before px_server_turn must be called; -1: none. */
int64_t px_server_wait(const struct px_app *app);

#endif
