#include "http/pause.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "http/certificate.h"
#include "http/group.h"

struct connection {
    struct px_app *app;
    struct px_watch watch;
    struct px_certificate *certificate; /* NULL: none was asked for */
    struct px_request *request;         /* that is to be told; NULL: none */
    void (*gone)(struct px_request *request);
    void (*room)(struct px_request *request); /* NULL: not waited for */
    struct px_timer late; /* fires when what is expected of the client has not come, or room for it */
    bool has_gone;
    const char *given_up; /* why; NULL: it was not */
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
    px_group_wake(request->group);
}

static struct connection *connection_at(struct MHD_Connection *handle)
{
    const union MHD_ConnectionInfo *info =
        handle ? MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT) : NULL;
    return info ? info->socket_context : NULL;
}

/* NULL without memory: a lost client is then noticed at the next write. */
static struct connection *connection_of(const struct px_request *request)
{
    return connection_at(request->connection);
}

static void tell(struct connection *connection)
{
    struct px_request *request = connection->request;
    connection->request = NULL;
    connection->room = NULL;
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
    if (!connection) return;
    connection->request = NULL;
    connection->room = NULL;
}

int px_client_socket(const struct px_request *request)
{
    const struct connection *connection = connection_of(request);
    return connection && connection->request == request ? connection->watch.fd : -1;
}

void px_await_room(struct px_request *request, void (*room)(struct px_request *request))
{
    struct connection *connection = connection_of(request);
    connection->room = room;
    (void)px_watch_set(&request->app->loop, &connection->watch, connection->watch.fd,
                       EPOLLRDHUP | EPOLLOUT | EPOLLET);
    px_expect(request, request->app->options.client_idle_seconds);
}

/* libmicrohttpd knows only clients that send nothing at all. It sees the end of the connection and closes it.
 */
static void on_late(struct px_timer *timer)
{
    struct connection *connection = timer->owner;
    connection->given_up = connection->room ? "client idle" : "client slow";
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

const char *px_client_given_up(const struct px_request *request)
{
    const struct connection *connection = connection_of(request);
    return connection ? connection->given_up : NULL;
}

const struct px_certificate *px_connection_certificate(struct MHD_Connection *handle)
{
    struct connection *connection = connection_at(handle);
    if (!connection) return NULL;
    /* Asked again within one handshake, GnuTLS may still use what it got first. */
    if (!connection->certificate && connection->app->certificate)
        connection->certificate = px_certificate_hold(connection->app->certificate);
    return connection->certificate;
}

static void on_event(struct px_watch *watch, uint32_t events)
{
    struct connection *connection = watch->owner;
    void (*room)(struct px_request * request) = connection->room;
    if (events & ~(uint32_t)EPOLLOUT) {
        connection->has_gone = true;
        tell(connection);
    } else if (room) {
        connection->room = NULL;
        room(connection->request);
    }
}

void px_on_connection(void *owner, struct MHD_Connection *handle, void **slot,
                      enum MHD_ConnectionNotificationCode what)
{
    struct px_group *group = owner;
    struct px_app *app = group->app;
    struct connection *connection = *slot;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (connection) {
            px_watch_remove(&app->loop, &connection->watch);
            px_timer_clear(&app->loop, &connection->late);
            px_certificate_release(connection->certificate);
        }
        free(connection);
        *slot = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD);
    *slot = connection = info ? calloc(1, sizeof *connection) : NULL;
    if (!connection) return;
    connection->app = app;
    connection->watch = (struct px_watch){.ready = on_event, .owner = connection};
    /* At the edge: a half-closed connection is told of once, and goes on. */
    (void)px_watch_set(&app->loop, &connection->watch, info->connect_fd, EPOLLRDHUP | EPOLLET);
    connection->late = (struct px_timer){.fire = on_late, .owner = connection};
    (void)px_timer_set(&app->loop, &connection->late, app->options.client_idle_seconds * 1000);
}
