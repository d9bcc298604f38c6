/* group.h: the connections in groups, each with a daemon of libmicrohttpd. When a suspended connection is to
 * go on, libmicrohttpd walks over all the suspended ones of its daemon, so a daemon has few. The first groups
 * are filled first: few connections need few daemons.
 */
#ifndef PX_HTTP_GROUP_H
#define PX_HTTP_GROUP_H

#include <sys/socket.h>

#include "http/app.h"

enum { PX_GROUP_CONNECTIONS = 128 };

struct px_group {
    struct px_app *app;
    struct MHD_Daemon *daemon;
    struct px_watch watch; /* of the daemon's descriptor */
    long long connections;
    bool turn;      /* libmicrohttpd has something to do, and in any case at due_ms */
    int64_t due_ms; /* INT64_MAX: never */
};

/* For so many connections. */
static inline size_t px_groups_needed(long long connections)
{
    return (size_t)(connections + PX_GROUP_CONNECTIONS - 1) / PX_GROUP_CONNECTIONS;
}

/* With a first group. PX_EIO, PX_ENOMEM. */
int px_groups_open(struct px_app *app, struct px_err *err);
void px_groups_close(struct px_app *app);
/* Another connection, which is closed when it is over, or at once when there is no memory for it. */
void px_groups_take(struct px_app *app, int fd, const struct sockaddr *address, socklen_t size);
/* To be called once a turn of the loop, and again after so many milliseconds at the latest. */
void px_groups_turn(struct px_app *app);
int64_t px_groups_wait(const struct px_app *app);
/* libmicrohttpd has something to do that its descriptor does not tell of. */
void px_group_wake(struct px_group *group);

#endif
