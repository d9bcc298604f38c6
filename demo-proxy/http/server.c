#include "http/server.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "http/bodies.h"
#include "http/errand.h"
#include "http/framing.h"
#include "http/gate.h"
#include "http/group.h"
#include "http/intake.h"
#include "http/listener.h"
#include "http/pause.h"
#include "http/record.h"
#include "http/reply.h"
#include "http/routes.h"
#include "http/tls.h"
#include "upstream/stream.h"

/* How strictly requests are read. From 1.0 on there are levels, and 2 is the last that takes every client
 * which keeps to what HTTP demands of it: no bare line feeds, no NUL, nothing before the request line. */
#if MHD_VERSION >= 0x00097701
#define STRICTNESS MHD_OPTION_CLIENT_DISCIPLINE_LVL, 2
#else
#define STRICTNESS MHD_OPTION_STRICT_FOR_CLIENT, 1
#endif

static void *on_request_line(void *owner, const char *uri, struct MHD_Connection *connection)
{
    struct px_group *group = owner;
    struct px_app *app = group->app;
    struct px_request *request = calloc(1, sizeof *request);
    if (!request) return NULL;
    request->app = app;
    request->group = group;
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
                              px_words(&request->refusal.words));
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
        request->takes_chunks = strcmp(version, MHD_HTTP_VERSION_1_1) == 0;
        px_check_framing(request, version);
        px_gate(request);
        return refuse_now(request) ? answer(request) : MHD_YES;
    }
    if (*size) return px_take_body(request, data, size);
    px_expect(request, 0);
    if (request->upload.loop && !request->upload.ended) return px_end_upload(request);
    if (request->errand) return px_continue_errand(request);
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
    px_put_numbered(line, ",\"tokens\":{\"input\":", usage.input);
    px_put_numbered(line, ",\"output\":", usage.output);
    if (usage.cache_read) px_put_numbered(line, ",\"cache_read\":", usage.cache_read);
    if (usage.cache_write + usage.cache_write_hour)
        px_put_numbered(line, ",\"cache_write\":", usage.cache_write + usage.cache_write_hour);
    buffer_put_string(line, "}");
}

/* NULL when the request was not broken off. */
static const char *how_ended(const struct px_request *request, enum MHD_RequestTerminationCode how)
{
    const char *given_up = px_client_given_up(request);
    if (given_up) return given_up;
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
    px_put_named(&line, ",\"method\":", known_method(request));
    px_put_named(&line, ",\"route\":", route);
    px_put_numbered(&line, ",\"status\":", request->status);
    px_put_numbered(&line, ",\"bytes\":", (int64_t)request->bytes);
    px_put_numbered(&line, ",\"ms\":", ms);
    if (ended) px_put_named(&line, ",\"ended\":", ended);
    if (request->remote) put_usage(&line, request);
    if (request->streaming && request->stream.failure_type)
        px_put_named(&line, ",\"failure\":", request->stream.failure_type);
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
    if (request->errand) px_finish_errand(request); /* which may make the detail of its record */
    px_audit_request(request, how_ended(request, how));
    px_expect(request, request->app->options.client_idle_seconds); /* the next one */
    if (request->streaming) px_finish_model(request);
    px_share_give(&request->app->shares, &request->share);
    px_bodies_close(request);
    if (request->previous)
        request->previous->next = request->next;
    else
        request->app->requests = request->next;
    if (request->next) request->next->previous = request->previous;
    px_wipe(&request->body);
    buffer_free(&request->detail);
    buffer_free(&request->refusal.words);
    free(request->ask_scan);
    wipe_head(connection);
    request->app->ended = true;
    free(request);
}

struct MHD_Daemon *px_server_daemon(struct px_group *group)
{
    const struct px_app *app = group->app;
    /* GnuTLS manual, "Priority strings". */
    const char *priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
    /* Without TLS they end at once. */
    struct MHD_OptionItem tls[] = {{app->certificate ? MHD_OPTION_HTTPS_CERT_CALLBACK : MHD_OPTION_END, 0,
                                    (void *)(uintptr_t)px_tls_choose},
                                   {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)priorities},
                                   {MHD_OPTION_END, 0, NULL}};
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
            (app->certificate ? MHD_USE_TLS : 0),
        0, NULL, NULL, on_request, group, MHD_OPTION_URI_LOG_CALLBACK, on_request_line, group,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, group, MHD_OPTION_NOTIFY_CONNECTION, px_on_connection,
        group, MHD_OPTION_CONNECTION_LIMIT, (unsigned)PX_GROUP_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)app->options.client_idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)app->options.request_memory_bytes, STRICTNESS, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

int px_server_start(struct px_app *app, struct px_err *err)
{
    int rc = px_groups_open(app, err);
    return rc ? rc : px_listener_start(app, err);
}

void px_server_break_streams(struct px_app *app)
{
    for (struct px_request *request = app->requests; request; request = request->next) {
        struct px_stream *stream = &request->stream;
        if (request->errand) px_stop_errand(request);
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
    px_listener_close(app);
    px_groups_close(app);
}
