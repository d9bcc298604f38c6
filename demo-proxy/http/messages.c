/* POST /v1/anthropic/v1/messages: to the provider, the offline demo or a scenario, streamed back as it comes.
 * While there is nothing to send the connection is suspended, and its socket watched for a client that
 * leaves. */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

#include "base/text.h"
#include "http/gate.h"
#include "http/record.h"
#include "http/reply.h"
#include "http/routes.h"
#include "offline/offline.h"
#include "upstream/scenario.h"

enum { RESPONSE_BLOCK = 4096 };

static void resume(struct px_request *request)
{
    if (!request->suspended) return;
    request->suspended = false;
    MHD_resume_connection(request->connection);
}

static enum MHD_Result suspend(struct px_request *request)
{
    request->suspended = true;
    MHD_suspend_connection(request->connection);
    return MHD_YES;
}

static void on_stream_changed(struct px_stream *stream)
{
    resume(stream->owner);
}

static void on_client_gone(struct px_watch *watch, uint32_t events)
{
    struct px_request *request = watch->owner;
    (void)events;
    px_watch_remove(&request->app->loop, watch);
    request->client_gone = true;
    px_stream_close(&request->stream); /* cancels the provider's work at once */
    resume(request);
}

static void watch_client(struct px_request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    request->gone_watch = (struct px_watch){.ready = on_client_gone, .owner = request};
    /* Without the watch a lost client is noticed at the next write; so a failure here is no failure. */
    if (info) (void)px_watch_set(&request->app->loop, &request->gone_watch, info->connect_fd, EPOLLRDHUP);
}

static int start_remote(struct px_request *request, const char *own_key, struct px_err *err)
{
    const char *version = px_header_value(request, "anthropic-version", NULL);
    const char *query = MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, "beta");
    struct px_remote_request remote = {
        .path = query && strcmp(query, "true") == 0 ? "/v1/messages?beta=true" : "/v1/messages",
        .key = own_key ? own_key : request->app->options.anthropic_key,
        .version = version && *version ? version : "2023-06-01",
        .beta = px_header_value(request, "anthropic-beta", NULL),
        .body = buffer_string(&request->body),
        .size = request->body.size,
    };
    return px_remote_start(&request->app->anthropic, &remote, &request->stream, err);
}

static int start_script(struct px_request *request, struct px_err *err)
{
    struct px_app *app = request->app;
    struct px_script script = {0};
    const char *body = buffer_string(&request->body);
    int rc = app->model == PX_MODEL_SCENARIO
                 ? px_scenario_answer(app->scenario, body, request->body.size, &script, err)
                 : px_offline_answer(body, request->body.size, app->options.offline_delay_ms, &script, err);
    if (rc) {
        px_script_free(&script);
        return rc;
    }
    return px_script_play(&script, &request->stream) ? px_fail_memory(err) : 0;
}

/* The request's own key: NULL with rc 0 when there is none or it is not to be used. */
static int choose_key(const struct px_request *request, const char **key, struct px_err *err)
{
    const struct px_app *app = request->app;
    *key = px_header_value(request, "X-Api-Key-Anthropic", NULL);
    if (!*key || !**key) return *key = NULL, 0;
    if (!app->options.allow_byo_keys)
        return px_fail(
            err, PX_EPERM,
            "this proxy takes no keys from clients; start it with --allow-byo-keys, or leave the key out");
    if (app->options.offline || app->model == PX_MODEL_SCENARIO) *key = NULL;
    for (const char *p = *key; p && *p; p++)
        if (*p <= ' ' || *p > '~' || p - *key > 512)
            return px_fail(err, PX_EINVAL,
                           "the key in X-Api-Key-Anthropic has blanks or control characters; copy it again");
    return 0;
}

static enum MHD_Result fail(struct px_request *request, const struct px_err *err)
{
    px_refuse_err(request, err);
    return px_reply_error(request, request->refusal.status, request->refusal.type, request->refusal.err.text);
}

enum MHD_Result px_answer_messages(struct px_request *request)
{
    struct px_app *app = request->app;
    struct px_err err;
    const char *own_key = NULL;
    int rc = choose_key(request, &own_key, &err);
    if (rc == 0 && request->body.size == 0)
        rc = px_fail(&err, PX_EINVAL, "the request has no body; send a Messages request as JSON");
    if (rc == 0 && !px_actor_may(&request->actor, "anthropic"))
        rc = px_fail(&err, PX_EPERM, "this API key is not for the provider anthropic; use one that is");
    if (rc) return fail(request, &err);
    if (app->streams >= app->options.max_streams || app->draining) {
        px_reply_extra(request, "Retry-After", "1");
        return px_reply_error(
            request, 529, "overloaded_error",
            app->draining ? "the demo-proxy is stopping; send the request again when it is back"
                          : "the proxy serves as many streams as --max-streams allows; try again soon");
    }
    /* Written before anything goes out: what a crash leaves is found in the ledger. */
    rc = px_reserve_cost(request, &err);
    if (rc) return fail(request, &err);
    app->streams++;
    request->streaming = true;
    request->usage.provider = "anthropic";
    px_stream_open(&request->stream, &app->loop, (size_t)app->options.stream_buffer_bytes, on_stream_changed,
                   request);
    if (own_key || app->model == PX_MODEL_KEY)
        rc = start_remote(request, own_key, &err);
    else
        rc = start_script(request, &err);
    /* libmicrohttpd keeps the header in this connection's memory; a key is not left there. */
    if (own_key) OPENSSL_cleanse((void *)(uintptr_t)own_key, strlen(own_key));
    if (rc) {
        px_release_cost(request);
        return fail(request, &err);
    }
    watch_client(request);
    return px_continue_messages(request);
}

static ssize_t on_read(void *owner, uint64_t position, char *out, size_t max)
{
    struct px_request *request = owner;
    (void)position;
    if (request->client_gone) return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = px_stream_read(&request->stream, out, max);
    request->bytes += n;
    if (n > 0) return (ssize_t)n;
    if (request->stream.state == PX_STREAM_ENDED) return MHD_CONTENT_READER_END_OF_STREAM;
    if (request->stream.state != PX_STREAM_OPEN) return MHD_CONTENT_READER_END_WITH_ERROR;
    (void)suspend(request);
    return 0;
}

enum MHD_Result px_continue_messages(struct px_request *request)
{
    struct px_stream *stream = &request->stream;
    if (request->client_gone) return MHD_NO;
    if (stream->status == 0) return suspend(request);
    if (stream->state == PX_STREAM_REFUSED)
        return px_reply_error(request, stream->status, stream->failure_type, stream->failure.text);
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, RESPONSE_BLOCK, on_read, request, NULL);
    bool good = response != NULL;
    for (size_t i = 0; i < stream->header_count && good; i++)
        good =
            MHD_add_response_header(response, stream->headers[i].name, stream->headers[i].value) == MHD_YES;
    if (!good) {
        if (response) MHD_destroy_response(response);
        return MHD_NO;
    }
    return px_reply(request, stream->status, stream->event_stream ? PX_CONTENT_EVENTS : PX_CONTENT_API,
                    response);
}

void px_finish_messages(struct px_request *request)
{
    px_watch_remove(&request->app->loop, &request->gone_watch);
    px_stream_close(&request->stream);
    request->app->streams--;
    request->streaming = false;
}
