#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/gate.h"
#include "http/record.h"
#include "http/reply.h"
#include "http/routes.h"
#include "upstream/stream.h"

enum { BACKLOG = 128 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static int parse_address(const char *text, int port, union address *address, socklen_t *size,
                         struct px_err *err)
{
    if (strcmp(text, "localhost") == 0) text = "127.0.0.1";
    *address = (union address){0};
    if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons((uint16_t)port);
        *size = sizeof address->v4;
        if (ntohl(address->v4.sin_addr.s_addr) >> 24 == 127) return 0;
    } else if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons((uint16_t)port);
        *size = sizeof address->v6;
        if (IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr)) return 0;
    } else {
        return px_fail(err, PX_EUSAGE, "--bind %.60s is no IP address; use 127.0.0.1 or ::1", text);
    }
    return px_fail(
        err, PX_EUSAGE,
        "--bind %.60s is refused: whoever reaches this port can try to use your model key, and this version "
        "has no TLS; it serves this machine only, so use 127.0.0.1 or ::1",
        text);
}

int px_server_listen(struct px_app *app, struct px_err *err)
{
    union address address;
    socklen_t size = 0;
    int one = 1, port = (int)app->options.port;
    int rc = parse_address(app->options.bind_address, port, &address, &size, err);
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
    app->listen_fd = fd;
    app->port = port;
    return 0;
}

static void *on_request_line(void *owner, const char *uri, struct MHD_Connection *connection)
{
    struct px_app *app = owner;
    struct px_request *request = calloc(1, sizeof *request);
    if (!request) return NULL;
    request->app = app;
    request->connection = connection;
    request->binding = "";
    request->start_ms = px_now_ms();
    request->micro_dollars = -1;
    const char *query = strchr(uri, '?');
    const char *zero = strstr(uri, "%00");
    request->odd_path = zero && (!query || zero < query);
    request->next = app->requests;
    if (app->requests) app->requests->previous = request;
    app->requests = request;
    return request;
}

static enum MHD_Result answer(struct px_request *request)
{
    if (request->refusal.status)
        return px_reply_error(request, request->refusal.status, request->refusal.type,
                              request->refusal.err.text);
    if (request->preflight) {
        static char nothing[1] = "";
        return px_reply(request, 204, PX_CONTENT_API,
                        MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT));
    }
    return request->route->answer(request);
}

/* A refusal is best sent after the body has been read away, since a client still writing might never see it.
 * But one that waits for a "100 Continue" can be told at once, and one with far too much to say is cut short.
 */
static bool refuse_now(const struct px_request *request)
{
    if (!request->refusal.status) return false;
    const char *length = px_header_value(request, "Content-Length", NULL);
    return px_header_value(request, "Expect", NULL) ||
           (length &&
            strtoull(length, NULL, 10) / 4 > (unsigned long long)request->app->options.max_body_bytes);
}

static enum MHD_Result take_body(struct px_request *request, const char *data, size_t size)
{
    request->bytes_in += size;
    if (!request->refusal.status && request->body.size + size > request->body_limit)
        px_refuse(request, 413, "request_too_large", "the request body is larger than %zu bytes%s",
                  request->body_limit,
                  request->route->large_body ? "; shorten it or raise --max-body-bytes" : "");
    if (request->refusal.status) {
        px_wipe(&request->body);
        request->discarded += size;
        return request->discarded / 4 > (size_t)request->app->options.max_body_bytes ? MHD_NO : MHD_YES;
    }
    buffer_put(&request->body, data, size);
    if (request->body.failed)
        px_refuse(request, 500, "api_error",
                  "the demo-proxy is out of memory; close some streams and try again");
    return MHD_YES;
}

static enum MHD_Result on_request(void *owner, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data, size_t *size,
                                  void **slot)
{
    struct px_request *request = *slot;
    (void)owner;
    (void)version;
    if (!request) return MHD_NO; /* out of memory */
    request->connection = connection;
    request->url = url;
    request->method = method;
    if (request->stage == PX_STAGE_NEW) {
        request->stage = PX_STAGE_BODY;
        px_gate(request);
        return refuse_now(request) ? answer(request) : MHD_YES;
    }
    if (*size) {
        enum MHD_Result result = take_body(request, data, *size);
        *size = 0;
        return result;
    }
    return request->streaming ? px_continue_messages(request) : answer(request);
}

static const char *known_method(const struct px_request *request)
{
    static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
    for (size_t i = 0; request->method && i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], request->method) == 0) return known[i];
    return "other";
}

/* NULL when the request was not broken off. */
static const char *how_ended(const struct px_request *request, enum MHD_RequestTerminationCode how)
{
    if (request->client_gone || how == MHD_REQUEST_TERMINATED_CLIENT_ABORT) return "client left";
    if (how == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED) return "client idle";
    return how == MHD_REQUEST_TERMINATED_COMPLETED_OK ? NULL : "broken off";
}

static void log_request(struct px_request *request, const char *ended)
{
    struct buffer line = {0};
    const char *route = !request->route ? "none" : request->route->path ? request->route->path : "page";
    px_log_begin(&line, request->status >= 500 ? "warning" : "info", "request");
    buffer_printf(&line, ",\"method\":\"%s\",\"route\":\"%s\",\"status\":%d,\"bytes\":%llu,\"ms\":%lld",
                  known_method(request), route, request->status, (unsigned long long)request->bytes,
                  (long long)(px_now_ms() - request->start_ms));
    if (ended) buffer_printf(&line, ",\"ended\":\"%s\"", ended);
    if (request->streaming && request->stream.failure_type)
        buffer_printf(&line, ",\"failure\":\"%s\"", request->stream.failure_type);
    px_log_end(&request->app->log, &line);
}

static void on_completed(void *owner, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode how)
{
    struct px_request *request = *slot;
    (void)owner;
    (void)connection;
    if (!request) return;
    *slot = NULL;
    /* url, method and header values belong to libmicrohttpd and are still there in this call. */
    log_request(request, how_ended(request, how));
    px_audit_request(request, how_ended(request, how));
    if (request->streaming) px_finish_messages(request);
    if (request->previous)
        request->previous->next = request->next;
    else
        request->app->requests = request->next;
    if (request->next) request->next->previous = request->previous;
    px_wipe(&request->body);
    free(request);
}

static void on_http_ready(struct px_watch *watch, uint32_t events)
{
    /* Only wakes the loop: px_server_turn follows in the same turn. */
    (void)watch;
    (void)events;
}

int px_server_start(struct px_app *app, struct px_err *err)
{
    app->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
            (strchr(app->options.bind_address, ':') ? MHD_USE_IPv6 : 0),
        0, NULL, NULL, on_request, app, MHD_OPTION_LISTEN_SOCKET, app->listen_fd, MHD_OPTION_URI_LOG_CALLBACK,
        on_request_line, app, MHD_OPTION_NOTIFY_COMPLETED, on_completed, app, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)app->options.max_connections, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)app->options.client_idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)app->options.request_memory_bytes, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        app->daemon ? MHD_get_daemon_info(app->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    app->http_watch = (struct px_watch){.ready = on_http_ready, .owner = app};
    if (!info || px_watch_set(&app->loop, &app->http_watch, info->epoll_fd, EPOLLIN))
        return px_fail(err, PX_EIO,
                       "the HTTP server did not start (%s); raise --max-connections only as far as the "
                       "system's limit on open files allows",
                       strerror(errno));
    return 0;
}

void px_server_quiesce(struct px_app *app)
{
    int fd = MHD_quiesce_daemon(app->daemon);
    if (fd >= 0) (void)close(fd);
}

void px_server_break_streams(struct px_app *app)
{
    for (struct px_request *request = app->requests; request; request = request->next) {
        struct px_stream *stream = &request->stream;
        if (!request->streaming || !stream->producer) continue;
        struct px_producer *producer = stream->producer;
        stream->producer = NULL;
        producer->cancel(producer);
        px_stream_fail(stream, 503, "overloaded_error",
                       "the demo-proxy was stopped in the middle of this answer; send the request again when "
                       "it is back");
    }
}

void px_server_stop(struct px_app *app)
{
    px_watch_remove(&app->loop, &app->http_watch);
    if (app->daemon) MHD_stop_daemon(app->daemon);
    app->daemon = NULL;
}

void px_server_turn(struct px_app *app)
{
    (void)MHD_run(app->daemon);
}

int64_t px_server_wait(const struct px_app *app)
{
    MHD_UNSIGNED_LONG_LONG wait = 0;
    if (MHD_get_timeout(app->daemon, &wait) != MHD_YES) return -1;
    return wait > 60000 ? 60000 : (int64_t)wait;
}
