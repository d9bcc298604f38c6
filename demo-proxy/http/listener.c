#include "http/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/group.h"

enum {
    BACKLOG = 1024, /* that wait for room; the system may allow fewer */
    BATCH = 16,     /* taken in one turn of the loop */
    RETRY_MS = 100  /* after the system had no descriptor or no memory */
};

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static int parse_address(const char *text, int port, union address *address, socklen_t *size, bool *loopback,
                         struct px_err *err)
{
    if (strcmp(text, "localhost") == 0) text = "127.0.0.1";
    *address = (union address){0};
    if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons((uint16_t)port);
        *size = sizeof address->v4;
        *loopback = ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
    } else if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons((uint16_t)port);
        *size = sizeof address->v6;
        *loopback = IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
    } else {
        return px_fail(err, PX_EUSAGE, "--bind %.60s is no IP address; use 127.0.0.1 or ::1", text);
    }
    return 0;
}

/* Whoever reaches the port can try to use the keys; what they send must not be readable on the way. */
static int check_exposure(const struct px_app *app, bool loopback, struct px_err *err)
{
    const struct px_options *options = &app->options;
    if (loopback) return 0;
    if (!app->secure)
        return px_fail(err, PX_EUSAGE,
                       "--bind %.60s is refused: other machines could reach the proxy, and keys and sessions "
                       "would travel unencrypted; give it --tls-cert and --tls-key, or say --behind-tls when "
                       "clients come only through a TLS terminator, or use 127.0.0.1",
                       options->bind_address);
    if (geteuid() == 0 && !options->allow_root)
        return px_fail(err, PX_EUSAGE,
                       "--bind %.60s is refused for root: run the proxy as a user of its own, or say "
                       "--allow-root",
                       options->bind_address);
    return 0;
}

int px_listener_bind(struct px_app *app, struct px_err *err)
{
    union address address;
    socklen_t size = 0;
    int one = 1, port = (int)app->options.port;
    bool loopback = false;
    int rc = parse_address(app->options.bind_address, port, &address, &size, &loopback, err);
    if (rc == 0) rc = check_exposure(app, loopback, err);
    if (rc) return rc;
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return px_fail(err, PX_EIO, "cannot make a socket: %s", strerror(errno));
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, &address.any, size) || listen(fd, BACKLOG)) {
        rc = errno == EADDRINUSE
                 ? px_fail(err, PX_EBUSY,
                           "port %d on %s is in use by another program; stop it or choose another port with "
                           "--port N",
                           port, app->options.bind_address)
                 : px_fail(err, PX_EIO, "cannot listen on port %d of %s: %s; choose another with --port N",
                           port, app->options.bind_address, strerror(errno));
        (void)close(fd);
        return rc;
    }
    size = sizeof address;
    if (getsockname(fd, &address.any, &size) == 0)
        port = ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
    app->listener.fd = fd;
    app->port = port;
    return 0;
}

static void watch(struct px_app *app)
{
    struct px_listener *listener = &app->listener;
    if (listener->fd < 0 || listener->watch.active) return;
    if (app->connections >= app->options.max_connections || listener->retry.slot) return;
    (void)px_watch_set(&app->loop, &listener->watch, listener->fd, EPOLLIN);
}

static void on_retry(struct px_timer *timer)
{
    watch(timer->owner);
}

static void on_ready(struct px_watch *ready, uint32_t events)
{
    struct px_app *app = ready->owner;
    struct px_listener *listener = &app->listener;
    bool good = true;
    (void)events;
    for (int i = 0; good && i < BATCH && app->connections < app->options.max_connections; i++) {
        union address address;
        socklen_t size = sizeof address;
        int fd = accept4(listener->fd, &address.any, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) px_groups_take(app, fd, &address.any, size);
        /* One that was reset in the queue is no reason to stop. */
        good = fd >= 0 || errno == ECONNABORTED || errno == EINTR;
    }
    bool short_of = !good && errno != EAGAIN && errno != EWOULDBLOCK;
    if (short_of) (void)px_timer_set(&app->loop, &listener->retry, RETRY_MS);
    if (short_of || app->connections >= app->options.max_connections)
        px_watch_remove(&app->loop, &listener->watch);
}

int px_listener_start(struct px_app *app, struct px_err *err)
{
    app->listener.watch = (struct px_watch){.ready = on_ready, .owner = app};
    app->listener.retry = (struct px_timer){.fire = on_retry, .owner = app};
    watch(app);
    return app->listener.watch.active
               ? 0
               : px_fail(err, PX_EIO, "cannot wait for connections: %s", strerror(errno));
}

void px_listener_room(struct px_app *app)
{
    watch(app);
}

void px_listener_close(struct px_app *app)
{
    struct px_listener *listener = &app->listener;
    if (listener->fd < 0) return;
    px_watch_remove(&app->loop, &listener->watch);
    px_timer_clear(&app->loop, &listener->retry);
    (void)close(listener->fd);
    listener->fd = -1;
}
