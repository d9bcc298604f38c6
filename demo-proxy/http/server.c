#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/framing.h"
#include "http/gate.h"
#include "http/pause.h"
#include "http/record.h"
#include "http/reply.h"
#include "http/routes.h"
#include "upstream/stream.h"

enum { BACKLOG = 1024 /* that wait for room; the system may allow fewer */ };

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

int px_server_listen(struct px_app *app, struct px_err *err)
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
    return request->malformed || px_header_value(request, "Expect", NULL) ||
           (length &&
            strtoull(length, NULL, 10) / 4 > (unsigned long long)request->app->options.max_body_bytes);
}

static enum MHD_Result take_body(struct px_request *request, const char *data, size_t size)
{
    if (!request->refusal.status && request->body.size + size > request->body_limit)
        px_refuse(request, 413, "request_too_large", "the request body is larger than %zu bytes%s",
                  request->body_limit,
                  request->route->large_body ? "; shorten it or raise --max-body-bytes" : "");
    if (request->refusal.status) {
        px_wipe(&request->body);
        request->discarded += size;
        return request->discarded / 4 > (size_t)request->app->options.max_body_bytes ? MHD_NO : MHD_YES;
    }
    request->body_size += size;
    if (request->endpoint) px_ask_feed(&request->ask, data, size);
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
    if (!request) return MHD_NO; /* out of memory */
    request->connection = connection;
    request->url = url;
    request->method = method;
    if (request->stage == PX_STAGE_NEW) {
        request->stage = PX_STAGE_BODY;
        px_expect(request, request->app->options.request_seconds);
        px_check_framing(request, version);
        px_gate(request);
        return refuse_now(request) ? answer(request) : MHD_YES;
    }
    if (*size) {
        enum MHD_Result result = take_body(request, data, *size);
        *size = 0;
        return result;
    }
    px_expect(request, 0);
    if (request->fetch) return px_continue_fetch(request);
    if (request->search) return px_continue_search(request);
    return request->streaming ? px_continue_model(request) : answer(request);
}

static const char *known_method(const struct px_request *request)
{
    static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
    for (size_t i = 0; request->method && i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], request->method) == 0) return known[i];
    return "other";
}

/* What a provider's answer cost. The model's name is the provider's word, or else the client's. */
static void put_usage(struct buffer *line, const struct px_request *request)
{
    struct px_usage usage = px_usage_of(&request->stream.usage);
    const char *model = request->stream.usage.model[0] ? request->stream.usage.model : request->ask.model;
    if (*model) {
        buffer_put_string(line, ",\"model\":");
        px_put_json(line, model);
    }
    if (!usage.known) return;
    buffer_printf(line, ",\"tokens\":{\"input\":%" PRId64 ",\"output\":%" PRId64, usage.input, usage.output);
    if (usage.cache_read) buffer_printf(line, ",\"cache_read\":%" PRId64, usage.cache_read);
    if (usage.cache_write + usage.cache_write_hour)
        buffer_printf(line, ",\"cache_write\":%" PRId64, usage.cache_write + usage.cache_write_hour);
    buffer_put_string(line, "}");
}

/* NULL when the request was not broken off. */
static const char *how_ended(const struct px_request *request, enum MHD_RequestTerminationCode how)
{
    if (px_client_is_late(request)) return "client slow";
    if (request->client_gone || how == MHD_REQUEST_TERMINATED_CLIENT_ABORT) return "client left";
    if (how == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED) return "client idle";
    return how == MHD_REQUEST_TERMINATED_COMPLETED_OK ? NULL : "broken off";
}

static void log_request(struct px_request *request, const char *ended)
{
    struct buffer line = {0};
    char route[PX_ROUTE_NAME];
    int64_t ms = px_now_ms() - request->start_ms;
    px_route_name(request, route);
    px_metrics_request(&request->app->metrics, route, request->status, ms, request->body_size,
                       request->bytes);
    request->app->metrics.clients_gone += request->client_gone;
    px_log_begin(&line, request->status >= 500 ? "warning" : "info", "request");
    buffer_printf(&line, ",\"method\":\"%s\",\"route\":\"%s\",\"status\":%d,\"bytes\":%llu,\"ms\":%lld",
                  known_method(request), route, request->status, (unsigned long long)request->bytes,
                  (long long)ms);
    if (ended) buffer_printf(&line, ",\"ended\":\"%s\"", ended);
    if (request->remote) put_usage(&line, request);
    if (request->streaming && request->stream.failure_type)
        buffer_printf(&line, ",\"failure\":\"%s\"", request->stream.failure_type);
    px_log_end(&request->app->log, &line);
}

static enum MHD_Result wipe_value(void *owner, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)owner;
    (void)kind;
    (void)name;
    if (value) OPENSSL_cleanse((void *)(uintptr_t)value, strlen(value));
    return MHD_YES;
}

/* Header lines and the query stay in libmicrohttpd's memory of the connection as long as it is open: keys and
 * tokens among them. */
static void wipe_head(struct MHD_Connection *connection)
{
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, wipe_value, NULL);
    (void)MHD_get_connection_values(connection, MHD_FOOTER_KIND, wipe_value, NULL);
    (void)MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, wipe_value, NULL);
}

static void on_completed(void *owner, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode how)
{
    struct px_request *request = *slot;
    (void)owner;
    if (!request) return;
    *slot = NULL;
    /* url, method and header values belong to libmicrohttpd and are still there in this call. */
    log_request(request, how_ended(request, how));
    if (request->fetch) px_finish_fetch(request); /* which makes the detail of its record */
    px_audit_request(request, how_ended(request, how));
    px_expect(request, request->app->options.client_idle_seconds); /* the next one */
    if (request->streaming) px_finish_model(request);
    if (request->search) px_finish_search(request);
    if (request->previous)
        request->previous->next = request->next;
    else
        request->app->requests = request->next;
    if (request->next) request->next->previous = request->previous;
    px_wipe(&request->body);
    buffer_free(&request->detail);
    wipe_head(connection);
    request->app->ended = true;
    free(request);
}

static void on_http_ready(struct px_watch *watch, uint32_t events)
{
    /* Only wakes the loop: px_server_turn follows in the same turn. */
    (void)watch;
    (void)events;
}

static void on_room(struct px_task *task)
{
    /* Only turns the loop, as above. */
    (void)task;
}

int px_server_start(struct px_app *app, struct px_err *err)
{
    /* GnuTLS manual, "Priority strings". */
    const char *priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
    /* Without TLS they end at once. */
    struct MHD_OptionItem tls[] = {
        {app->tls_cert ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0, app->tls_cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, app->tls_key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)priorities},
        {MHD_OPTION_END, 0, NULL}};
    app->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (app->tls_cert ? MHD_USE_TLS : 0) |
            (strchr(app->options.bind_address, ':') ? MHD_USE_IPv6 : 0),
        0, NULL, NULL, on_request, app, MHD_OPTION_LISTEN_SOCKET, app->listen_fd, MHD_OPTION_URI_LOG_CALLBACK,
        on_request_line, app, MHD_OPTION_NOTIFY_COMPLETED, on_completed, app, MHD_OPTION_NOTIFY_CONNECTION,
        px_on_connection, app, MHD_OPTION_CONNECTION_LIMIT, (unsigned)app->options.max_connections,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)app->options.client_idle_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)app->options.request_memory_bytes,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        app->daemon ? MHD_get_daemon_info(app->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    app->http_watch = (struct px_watch){.ready = on_http_ready, .owner = app};
    app->room = (struct px_task){.run = on_room, .owner = app};
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
        if (request->fetch) px_stop_fetch(request);
        if (request->search) px_stop_search(request);
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
