#include "http/pause.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

struct connection {
    struct px_watch watch;
    struct px_request *request; /* that is to be told; NULL: none */
    void (*gone)(struct px_request *request);
    struct px_timer late; /* fires when what is expected of the client has not come whole */
    bool has_gone, is_late;
};

enum MHD_Result px_pause(struct px_request *request)
{
    request->suspended = true;
    MHD_suspend_connection(request->connection);
    return MHD_YES;
}

void px_resume(struct px_request *request)
{
    if (!request->suspended) return;
    request->suspended = false;
    MHD_resume_connection(request->connection);
}

/* NULL without memory: a lost client is then noticed at the next write. */
static struct connection *connection_of(const struct px_request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void tell(struct connection *connection)
{
    struct px_request *request = connection->request;
    connection->request = NULL;
    if (request) connection->gone(request);
}

void px_watch_client(struct px_request *request, void (*gone)(struct px_request *request))
{
    struct connection *connection = connection_of(request);
    if (!connection) return;
    connection->request = request;
    connection->gone = gone;
    if (connection->has_gone) tell(connection);
}

void px_unwatch_client(const struct px_request *request)
{
    struct connection *connection = connection_of(request);
    if (connection) connection->request = NULL;
}

/* libmicrohttpd knows only clients that send nothing at all. It sees the end of the connection and closes it.
 */
static void on_late(struct px_timer *timer)
{
    struct connection *connection = timer->owner;
    connection->is_late = true;
    (void)shutdown(connection->watch.fd, SHUT_RDWR);
}

void px_expect(const struct px_request *request, long long seconds)
{
    struct connection *connection = connection_of(request);
    if (!connection) return;
    if (seconds == 0)
        px_timer_clear(&request->app->loop, &connection->late);
    else
        (void)px_timer_set(&request->app->loop, &connection->late, seconds * 1000);
}

bool px_client_is_late(const struct px_request *request)
{
    const struct connection *connection = connection_of(request);
    return connection && connection->is_late;
}

static void on_hang_up(struct px_watch *watch, uint32_t events)
{
    struct connection *connection = watch->owner;
    (void)events;
    connection->has_gone = true;
    tell(connection);
}

void px_on_connection(void *owner, struct MHD_Connection *handle, void **slot,
                      enum MHD_ConnectionNotificationCode what)
{
    struct px_app *app = owner;
    struct connection *connection = *slot;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        /* libmicrohttpd looks at the ones that wait only when it is called again. */
        if (app->connections-- == app->options.max_connections) px_task_queue(&app->loop, &app->room);
        if (connection) {
            px_watch_remove(&app->loop, &connection->watch);
            px_timer_clear(&app->loop, &connection->late);
        }
        free(connection);
        *slot = NULL;
        return;
    }
    app->connections++;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD);
    *slot = connection = info ? calloc(1, sizeof *connection) : NULL;
    if (!connection) return;
    connection->watch = (struct px_watch){.ready = on_hang_up, .owner = connection};
    /* At the edge: a half-closed connection is told of once, and goes on. */
    (void)px_watch_set(&app->loop, &connection->watch, info->connect_fd, EPOLLRDHUP | EPOLLET);
    connection->late = (struct px_timer){.fire = on_late, .owner = connection};
    (void)px_timer_set(&app->loop, &connection->late, app->options.client_idle_seconds * 1000);
}
