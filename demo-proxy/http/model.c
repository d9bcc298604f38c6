/* /v1/PROVIDER/…: to the provider, the offline demo or a scenario, streamed back as it comes.
 * While there is nothing to send the connection is suspended, and its socket watched for a client that
 * leaves. */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "http/bodies.h"
#include "http/choice.h"
#include "http/chunks.h"
#include "http/gate.h"
#include "http/pause.h"
#include "http/record.h"
#include "http/reply.h"
#include "http/routes.h"
#include "offline/offline.h"
#include "upstream/scenario.h"

enum { BLOCK = 256 /* libmicrohttpd has its own buffer for an answer of unknown size */ };

static size_t on_stream_bytes(struct px_stream *stream, const char *bytes, size_t size)
{
    return px_chunks_take(stream->owner, bytes, size);
}

static void on_stream_changed(struct px_stream *stream)
{
    struct px_request *request = stream->owner;
    if (request->in_chunks)
        px_chunks_send(request);
    else
        px_resume(request);
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
    if (request->upload.loop) {
        remote.upload = &request->upload;
    } else if (px_endpoint_asks(request->endpoint)) {
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
    request->stream.take = on_stream_bytes;
    request->stream.dialect = request->dialect;
    return request->remote ? start_remote(request, choice, err) : start_script(request, choice->mode, err);
}

/* One more stream of this client, given back when the request is over. */
static int take_share(struct px_request *request, struct px_err *err)
{
    struct px_app *app = request->app;
    long long most = app->options.max_streams_per_session;
    char name[PX_BUCKET_NAME];
    px_client_name(request, name);
    int rc = px_share_take(&app->shares, name, most, &request->share, err);
    if (rc != PX_ELIMIT) return rc;
    request->crowded = true;
    px_reply_extra(request, "Retry-After", "1");
    px_refuse(request, 429, "rate_limit_error",
              "%lld answers are under way for this session, key or address, as many as "
              "--max-streams-per-session allows; send the request again when one has ended",
              most);
    return rc;
}

/* Who asks whom, and may they. */
static int admit(struct px_request *request, const struct px_choice *choice, struct px_err *err)
{
    bool asks = px_endpoint_asks(request->endpoint);
    int rc = 0;
    if (asks) px_endpoint_model(request->endpoint, path_of(request), request->ask.model);
    if (asks && choice->mode == PX_MODE_KEY) rc = px_price_request(request, choice->own_key, err);
    if (rc == 0 && !px_actor_may(&request->actor, request->provider->id))
        rc = px_fail(err, PX_EPERM, "this API key is not for the provider %s; use one that is",
                     request->provider->id);
    return rc;
}

/* On failure the request is refused, or err says why. */
static int launch(struct px_request *request, const struct px_choice *choice, struct px_err *err)
{
    struct px_app *app = request->app;
    bool asks = px_endpoint_asks(request->endpoint);
    if (app->streams >= app->options.max_streams || app->draining) {
        px_refuse_full(request, "the proxy serves as many streams as --max-streams allows; try again soon");
        return px_fail(err, PX_ELIMIT, "as many streams are running as --max-streams allows");
    }
    int rc = asks ? take_share(request, err) : 0;
    /* Written before anything goes out: what a crash leaves is found in the ledger. */
    if (rc == 0 && asks) rc = px_reserve_cost(request, err);
    if (rc) return rc;
    px_bodies_key(request, choice->key);
    rc = start(request, choice, err);
    /* libmicrohttpd keeps the header in this connection's memory; a key is not left there. */
    if (choice->own_key) OPENSSL_cleanse((void *)(uintptr_t)choice->own_key, strlen(choice->own_key));
    if (rc)
        px_release_cost(request);
    else
        px_watch_client(request, on_client_gone);
    return rc;
}

enum MHD_Result px_answer_model(struct px_request *request)
{
    struct px_err err;
    struct px_choice choice;
    bool asks = px_endpoint_asks(request->endpoint);
    int rc = px_choose(request, &choice, &err);
    if (rc == 0 && asks && request->body.size == 0)
        rc = px_fail(&err, PX_EINVAL, "the request has no body; send it as JSON");
    if (rc == 0 && asks) rc = px_ask_finish(&request->ask, &err);
    if (rc == 0) rc = admit(request, &choice, &err);
    if (rc == 0 && !asks && (choice.mode == PX_MODE_OFFLINE || choice.mode == PX_MODE_SCENARIO))
        return answer_without_models(request);
    if (rc == 0) rc = launch(request, &choice, &err);
    return rc ? px_reply_refusal(request, &err) : px_continue_model(request);
}

/* --- a body that goes out while it comes in --- */

static void on_upload_room(struct px_task *task)
{
    px_resume(task->owner);
}

/* The answer may begin, and have its scanner, before the request has ended. */
static int move_scanner(struct px_request *request, struct px_err *err)
{
    struct px_scan *moved = malloc(sizeof *moved);
    if (!moved) return px_fail_memory(err);
    *moved = *request->ask.scan;
    request->ask.scan = request->ask_scan = moved;
    return 0;
}

static int begin_upload(struct px_request *request, const struct px_choice *choice, struct px_err *err)
{
    struct px_app *app = request->app;
    const char *length = px_header_value(request, "Content-Length", NULL);
    int rc = admit(request, choice, err);
    if (rc == 0) rc = move_scanner(request, err);
    if (rc) return rc;
    px_upload_open(&request->upload, &app->loop, (size_t)app->options.stream_buffer_bytes,
                   length ? strtoll(length, NULL, 10) : -1);
    request->upload.room = (struct px_task){.run = on_upload_room, .owner = request};
    return launch(request, choice, err);
}

bool px_begin_upload(struct px_request *request)
{
    struct px_err err;
    struct px_choice choice;
    int rc = px_choose(request, &choice, &err);
    bool remote = choice.mode == PX_MODE_KEY || choice.mode == PX_MODE_OPEN;
    request->kept_whole = rc == 0 && (!remote || (px_prices_matter(request->app) && !choice.own_key));
    if (request->kept_whole) return false;
    if (rc == 0) rc = begin_upload(request, &choice, &err);
    if (rc == 0) return true;
    px_refuse_err(request, &err);
    px_upload_close(&request->upload);
    return false;
}

enum MHD_Result px_end_upload(struct px_request *request)
{
    struct px_err err;
    px_upload_end(&request->upload);
    if (request->client_gone) return MHD_NO;
    int rc = request->refusal.status ? 0 : px_ask_finish(&request->ask, &err);
    if (rc) px_refuse_err(request, &err);
    if (!request->refusal.status) return px_continue_model(request);
    px_stream_close(&request->stream);
    return px_reply_error(request, request->refusal.status, request->refusal.type,
                          px_words(&request->refusal.words));
}

static ssize_t on_read(void *owner, uint64_t position, char *out, size_t max)
{
    struct px_request *request = owner;
    (void)position;
    if (request->client_gone || request->chunk.size) return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = px_stream_read(&request->stream, out, max);
    request->bytes += n;
    px_bodies_answered(request, out, n);
    if (n > 0) return (ssize_t)n;
    if (request->stream.state == PX_STREAM_ENDED) return MHD_CONTENT_READER_END_OF_STREAM;
    if (request->stream.state != PX_STREAM_OPEN) return MHD_CONTENT_READER_END_WITH_ERROR;
    (void)px_pause(request);
    return 0;
}

/* What is there already goes out in one piece with its head. */
static struct MHD_Response *whole_response(struct px_request *request)
{
    size_t size = 0;
    char *data = px_stream_take(&request->stream, &size);
    if (!data) return NULL;
    px_bodies_answered(request, data, size);
    struct MHD_Response *response = MHD_create_response_from_buffer(size, data, MHD_RESPMEM_MUST_FREE);
    if (!response) free(data);
    request->bytes = size;
    return response;
}

enum MHD_Result px_continue_model(struct px_request *request)
{
    struct px_stream *stream = &request->stream;
    if (request->client_gone) return MHD_NO;
    if (stream->status == 0) return px_pause(request);
    if (request->remote) px_histogram_add(&request->app->metrics.first_byte, px_now_ms() - request->start_ms);
    if (stream->state == PX_STREAM_REFUSED)
        return px_reply_error(request, stream->status, stream->failure_type, px_words(&stream->failure));
    bool whole = stream->state == PX_STREAM_ENDED && !stream->event_stream;
    struct MHD_Response *response =
        whole ? whole_response(request)
              : MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, on_read, request, NULL);
    bool good = response != NULL;
    request->in_chunks = !whole && px_chunks_suit(request);
    if (request->in_chunks)
        good = good && MHD_add_response_header(response, "Transfer-Encoding", "chunked") == MHD_YES;
    for (const char *name = NULL, *value = NULL; good && px_stream_next_header(stream, &name, &value);)
        good = MHD_add_response_header(response, name, value) == MHD_YES;
    px_stream_drop_headers(stream); /* there is a copy now */
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
    px_upload_close(&request->upload);
    request->app->streams--;
    request->streaming = false;
}
