/* /v1/PROVIDER/…: to the provider, the offline demo or a scenario, streamed back as it comes.
 * While there is nothing to send the connection is suspended, and its socket watched for a client that
 * leaves. */
#include <openssl/crypto.h>
#include <string.h>

#include "http/choice.h"
#include "http/gate.h"
#include "http/pause.h"
#include "http/record.h"
#include "http/reply.h"
#include "http/routes.h"
#include "offline/offline.h"
#include "upstream/scenario.h"

/* Of an answer of known size that is in the buffer; libmicrohttpd has its own buffer for the others. */
enum { LEAST_BLOCK = 256, MOST_BLOCK = 16384 };

static size_t block_for(size_t size)
{
    return size < LEAST_BLOCK ? LEAST_BLOCK : size < MOST_BLOCK ? size : MOST_BLOCK;
}

static void on_stream_changed(struct px_stream *stream)
{
    px_resume(stream->owner);
}

static void on_client_gone(struct px_request *request)
{
    request->client_gone = true;
    px_stream_close(&request->stream); /* cancels the provider's work at once */
    px_resume(request);
}

struct query {
    const struct px_endpoint *endpoint;
    struct buffer *path;
    char before;
};

static enum MHD_Result on_parameter(void *owner, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct query *query = owner;
    (void)kind;
    if (!px_endpoint_passes(query->endpoint, name, value)) return MHD_YES;
    buffer_printf(query->path, "%c%s=%s", query->before, name, value);
    query->before = '&';
    return MHD_YES;
}

static void add_header(struct px_remote_request *remote, const char *name, const char *before,
                       const char *value)
{
    if (value && *value && remote->header_count < PX_REMOTE_HEADERS)
        remote->headers[remote->header_count++] = (struct px_remote_header){name, before, value};
}

static void add_headers(const struct px_request *request, struct px_remote_request *remote, const char *key)
{
    const char *before, *name = px_key_header(request->dialect, &before);
    add_header(remote, name, before, key);
    for (const char *const *passed = px_passed_headers(request->dialect); *passed; passed++)
        add_header(remote, *passed, "", px_header_value(request, *passed, NULL));
    if (request->dialect == PX_ANTHROPIC && !px_header_value(request, "anthropic-version", NULL))
        add_header(remote, "anthropic-version", "", "2023-06-01");
}

/* Below /v1/PROVIDER. */
static const char *path_of(const struct px_request *request)
{
    return request->url + strlen("/v1/") + strlen(request->provider->id);
}

static int start_remote(struct px_request *request, const struct px_choice *choice, struct px_err *err)
{
    char address[PX_ENDPOINT_PATH];
    struct buffer path = {0};
    struct query query = {request->endpoint, &path, '?'};
    struct px_remote_request remote = {0};
    if (!px_endpoint_address(request->endpoint, path_of(request), address))
        return px_fail(err, PX_EINVAL, "the address names a model with too long a name");
    buffer_put_string(&path, address);
    (void)MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, on_parameter, &query);
    if (path.failed) return px_fail_memory(err);
    remote.path = path.data;
    if (*request->endpoint->method == 'P') {
        remote.body = buffer_string(&request->body);
        remote.size = request->body.size;
    }
    add_headers(request, &remote, choice->key);
    remote.secret = choice->key;
    int rc = px_remote_start(choice->remote, &remote, &request->stream, err);
    buffer_free(&path);
    return rc;
}

static int start_script(struct px_request *request, enum px_mode mode, struct px_err *err)
{
    const struct px_app *app = request->app;
    struct px_script script = {0};
    const char *body = buffer_string(&request->body);
    int rc = mode == PX_MODE_SCENARIO
                 ? px_scenario_answer(app->scenario, body, request->body.size, &script, err)
                 : px_offline_answer(body, request->body.size, app->options.offline_delay_ms, &script, err);
    if (rc) {
        px_script_free(&script);
        return rc;
    }
    return px_script_play(&script, &request->stream) ? px_fail_memory(err) : 0;
}

/* The demo and the scenarios have no models. */
static enum MHD_Result answer_without_models(struct px_request *request)
{
    struct buffer body = {0};
    buffer_put_string(&body, px_empty_list(request->dialect));
    return px_reply_json(request, 200, &body);
}

static int start(struct px_request *request, const struct px_choice *choice, struct px_err *err)
{
    struct px_app *app = request->app;
    request->remote = choice->mode == PX_MODE_KEY || choice->mode == PX_MODE_OPEN;
    app->streams++;
    request->streaming = true;
    px_stream_open(&request->stream, &app->loop, (size_t)app->options.stream_buffer_bytes, on_stream_changed,
                   request);
    request->stream.dialect = request->dialect;
    return request->remote ? start_remote(request, choice, err) : start_script(request, choice->mode, err);
}

enum MHD_Result px_answer_model(struct px_request *request)
{
    struct px_app *app = request->app;
    struct px_err err;
    struct px_choice choice;
    bool list = *request->endpoint->method == 'G';
    int rc = px_choose(request, &choice, &err);
    if (rc == 0 && !list && request->body.size == 0)
        rc = px_fail(&err, PX_EINVAL, "the request has no body; send it as JSON");
    if (rc == 0 && !list) rc = px_ask_finish(&request->ask, &err);
    if (rc == 0 && !list) px_endpoint_model(request->endpoint, path_of(request), request->ask.model);
    if (rc == 0 && !list && choice.mode == PX_MODE_KEY) rc = px_price_request(request, choice.own_key, &err);
    if (rc == 0 && !px_actor_may(&request->actor, request->provider->id))
        rc = px_fail(&err, PX_EPERM, "this API key is not for the provider %s; use one that is",
                     request->provider->id);
    if (rc) return px_reply_refusal(request, &err);
    if (list && (choice.mode == PX_MODE_OFFLINE || choice.mode == PX_MODE_SCENARIO))
        return answer_without_models(request);
    if (app->streams >= app->options.max_streams || app->draining)
        return px_reply_full(request,
                             "the proxy serves as many streams as --max-streams allows; try again soon");
    /* Written before anything goes out: what a crash leaves is found in the ledger. */
    if (!list) rc = px_reserve_cost(request, &err);
    if (rc) return px_reply_refusal(request, &err);
    rc = start(request, &choice, &err);
    /* libmicrohttpd keeps the header in this connection's memory; a key is not left there. */
    if (choice.own_key) OPENSSL_cleanse((void *)(uintptr_t)choice.own_key, strlen(choice.own_key));
    if (rc) {
        px_release_cost(request);
        return px_reply_refusal(request, &err);
    }
    px_watch_client(request, on_client_gone);
    return px_continue_model(request);
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
    (void)px_pause(request);
    return 0;
}

enum MHD_Result px_continue_model(struct px_request *request)
{
    struct px_stream *stream = &request->stream;
    if (request->client_gone) return MHD_NO;
    if (stream->status == 0) return px_pause(request);
    if (request->remote) px_histogram_add(&request->app->metrics.first_byte, px_now_ms() - request->start_ms);
    if (stream->state == PX_STREAM_REFUSED)
        return px_reply_error(request, stream->status, stream->failure_type, stream->failure.text);
    /* What is there already is sent in one piece. */
    bool whole = stream->state == PX_STREAM_ENDED && !stream->event_stream;
    struct MHD_Response *response = MHD_create_response_from_callback(
        whole ? stream->size : MHD_SIZE_UNKNOWN, whole ? block_for(stream->size) : LEAST_BLOCK, on_read,
        request, NULL);
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

/* A client that left, or the proxy's own end, is no failure of the provider. */
static void account(struct px_request *request)
{
    struct px_provider *provider = request->provider;
    struct px_usage usage = px_usage_of(&request->stream.usage);
    if (request->stream.failure_type && !request->app->stopping) {
        provider->failures++;
        provider->failed_ms = px_now_ms();
    } else if (request->stream.status) {
        provider->failed_ms = 0;
    }
    provider->tokens[PX_TOKEN_INPUT] += (uint64_t)usage.input;
    provider->tokens[PX_TOKEN_OUTPUT] += (uint64_t)usage.output;
    provider->tokens[PX_TOKEN_CACHE_READ] += (uint64_t)usage.cache_read;
    provider->tokens[PX_TOKEN_CACHE_WRITE] += (uint64_t)(usage.cache_write + usage.cache_write_hour);
}

void px_finish_model(struct px_request *request)
{
    if (request->remote) account(request);
    px_unwatch_client(request);
    px_stream_close(&request->stream);
    request->app->streams--;
    request->streaming = false;
}
