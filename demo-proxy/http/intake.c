#include "http/intake.h"

#include "http/bodies.h"
#include "http/pause.h"
#include "http/reply.h"
#include "http/routes.h"

static enum MHD_Result discard(struct px_request *request, size_t size)
{
    px_wipe(&request->body);
    px_stream_close(&request->stream); /* of a body that was passed on: the provider gets no more of it */
    request->discarded += size;
    return request->discarded / 4 > (size_t)request->app->options.max_body_bytes ? MHD_NO : MHD_YES;
}

static void note(struct px_request *request, const char *data, size_t size)
{
    request->body_size += size;
    if (request->endpoint) px_ask_feed(&request->ask, data, size);
    px_bodies_asked(request, data, size);
}

static bool passes_on(struct px_request *request, size_t size)
{
    size_t held = (size_t)request->app->options.stream_buffer_bytes;
    return request->endpoint && px_endpoint_asks(request->endpoint) && !request->kept_whole &&
           request->body.size + size > held;
}

static size_t pass_on(struct px_request *request, const char *data, size_t size)
{
    bool failed = false;
    size_t n = px_upload_put(&request->upload, data, size, &failed);
    if (failed) px_refuse(request, 500, "api_error", PX_NO_MEMORY);
    return n;
}

/* What was held until now goes first; it is not more than there is room for. */
static void begin(struct px_request *request)
{
    if (!px_begin_upload(request)) return;
    (void)pass_on(request, buffer_string(&request->body), request->body.size);
    px_wipe(&request->body);
}

enum MHD_Result px_take_body(struct px_request *request, const char *data, size_t *size)
{
    size_t n = *size;
    if (request->client_gone) return MHD_NO;
    if (!request->refusal.status && request->body_size + n > request->body_limit)
        px_refuse(request, 413, "request_too_large", "the request body is larger than %zu bytes%s",
                  request->body_limit,
                  request->route->large_body ? "; shorten it or raise --max-body-bytes" : "");
    if (!request->refusal.status && !request->upload.loop && passes_on(request, n)) begin(request);
    if (!request->refusal.status && request->upload.loop) {
        n = pass_on(request, data, n);
        note(request, data, n);
    } else if (!request->refusal.status) {
        buffer_put(&request->body, data, n);
        note(request, data, n);
        if (request->body.failed) px_refuse(request, 500, "api_error", PX_NO_MEMORY);
    }
    if (request->refusal.status) n = *size;
    *size -= n;
    if (request->refusal.status) return discard(request, n);
    return *size ? px_pause(request) : MHD_YES;
}
