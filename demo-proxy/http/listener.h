/* listener.h: the listening socket. Takes connections for as long as there may be more; the others wait in
 * the system's queue.
 */
#ifndef PX_HTTP_LISTENER_H
#define PX_HTTP_LISTENER_H

#include "http/app.h"

/* Binds; fills app->listener.fd and app->port. PX_EUSAGE for an address that is not loopback, PX_EBUSY when
 * the port is taken, PX_EIO. */
int px_listener_bind(struct px_app *app, struct px_err *err);
/* From now on connections are taken. PX_EIO. */
int px_listener_start(struct px_app *app, struct px_err *err);
/* Connections may have ended. */
void px_listener_room(struct px_app *app);
/* Accepts no more; may be called again. */
void px_listener_close(struct px_app *app);

#endif
