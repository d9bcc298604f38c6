#include "http/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "http/bodies.h"
#include "http/errand.h"
#include "upstream/dialect.h"

/* Behind each comes who may have the answer in a frame. */
#define PAGE_POLICY                                                                                          \
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: "      \
    "blob:; "                                                                                                \
    "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; "   \
    "form-action 'none'; require-trusted-types-for 'script'; "                                               \
    "trusted-types umbra dompurify default; frame-ancestors"
#define API_POLICY "default-src 'none'; frame-ancestors"

struct line {
    const char *name, *value;
};

static const struct line everywhere[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"X-XSS-Protection", "0"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Permissions-Policy",
     "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), "
     "gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), "
     "usb=()"},
    {"Vary", "Origin"},
};

static bool add(struct MHD_Response *response, const char *name, const char *value)
{
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool is_page(enum px_content content)
{
    return content == PX_CONTENT_PAGE || content == PX_CONTENT_FRAME;
}

/* The allowed origins may frame it. X-Frame-Options knows no list, and so is left out. */
static bool add_frame_policy(const struct px_origins *origins, struct MHD_Response *response)
{
    struct buffer policy = {0};
    buffer_put_string(&policy, PAGE_POLICY);
    for (size_t i = 0; i < origins->friend_count; i++) buffer_printf(&policy, " %s", origins->friends[i]);
    if (origins->friend_count == 0) buffer_put_string(&policy, " 'none'");
    bool good = !policy.failed && add(response, "Content-Security-Policy", policy.data);
    buffer_free(&policy);
    return good;
}

static bool add_policy(const struct px_request *request, enum px_content content,
                       struct MHD_Response *response)
{
    if (content == PX_CONTENT_FRAME) return add_frame_policy(&request->app->origins, response);
    return add(response, "X-Frame-Options", "DENY") &&
           add(response, "Content-Security-Policy",
               content == PX_CONTENT_PAGE ? PAGE_POLICY " 'none'" : API_POLICY " 'none'");
}

/* A page of another origin that is isolated takes a frame only when its answer says so; a browser asks for a
 * frame without telling for which origin. */
static bool is_for_others(const struct px_request *request, enum px_content content, bool friendly)
{
    return content == PX_CONTENT_FRAME ? request->app->origins.friend_count > 0
                                       : content == PX_CONTENT_PAGE && friendly;
}

static bool add_cors(const struct px_request *request, enum px_content content, struct MHD_Response *response)
{
    bool friendly = request->origin_kind == PX_ORIGIN_FRIEND && request->origin;
    bool good = add(response, "Cross-Origin-Resource-Policy",
                    is_for_others(request, content, friendly) ? "cross-origin" : "same-origin");
    if (!friendly) return good;
    good = good && add(response, "Access-Control-Allow-Origin", request->origin);
    if (!request->preflight) return good && add(response, "Access-Control-Expose-Headers", "*");
    good = good && add(response, "Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS") &&
           add(response, "Access-Control-Allow-Headers",
               "*, authorization") && /* the wildcard leaves out Authorization (Fetch standard, 4.9) */
           add(response, "Access-Control-Max-Age", "600");
    if (MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                    "Access-Control-Request-Private-Network"))
        good = good && add(response, "Access-Control-Allow-Private-Network", "true");
    return good;
}

static bool add_headers(const struct px_request *request, enum px_content content,
                        struct MHD_Response *response)
{
    bool good = true;
    for (size_t i = 0; i < sizeof everywhere / sizeof *everywhere; i++)
        good = good && add(response, everywhere[i].name, everywhere[i].value);
    good = good && add_policy(request, content, response);
    good = good && add(response, "Cache-Control", is_page(content) ? "no-cache" : "no-store");
    if (request->app->secure) good = good && add(response, "Strict-Transport-Security", "max-age=31536000");
    if (is_page(content) && request->app->options.isolate)
        good = good && add(response, "Cross-Origin-Embedder-Policy", "require-corp");
    if (content == PX_CONTENT_EVENTS) good = good && add(response, "X-Accel-Buffering", "no");
    if (request->app->draining) good = good && add(response, "Connection", "close");
    for (size_t i = 0; i < request->extra_count; i++)
        good = good && add(response, request->extra[i][0], request->extra[i][1]);
    return good && add_cors(request, content, response);
}

enum MHD_Result px_reply(struct px_request *request, int status, enum px_content content,
                         struct MHD_Response *response)
{
    if (!response) return MHD_NO;
    enum MHD_Result result = MHD_NO;
    if (add_headers(request, content, response))
        result = MHD_queue_response(request->connection, (unsigned)status, response);
    MHD_destroy_response(response);
    request->status = status;
    request->stage = PX_STAGE_ANSWERED;
    return result;
}

enum MHD_Result px_reply_text(struct px_request *request, int status, const char *type, struct buffer *body)
{
    size_t size = body->size;
    char *data = buffer_take(body);
    if (!data) return MHD_NO;
    px_bodies_answered(request, data, size);
    struct MHD_Response *response = MHD_create_response_from_buffer(size, data, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(data);
        return MHD_NO;
    }
    request->bytes = size;
    if (!add(response, "Content-Type", type)) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    return px_reply(request, status, PX_CONTENT_API, response);
}

enum MHD_Result px_reply_json(struct px_request *request, int status, struct buffer *body)
{
    return px_reply_text(request, status, "application/json", body);
}

/* What a request was refused for, as far as its status tells. */
static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {{400, "malformed"}, {401, "session"}, {402, "budget"},      {403, "forbidden"},
                   {404, "address"},   {405, "method"},  {413, "size"},        {415, "type"},
                   {421, "host"},      {429, "rate"},    {502, "unreachable"}, {503, "unavailable"},
                   {504, "timeout"},   {529, "busy"}};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status) return reasons[i].reason;
    return "failure";
}

static void count_refusal(const struct px_request *request, int status)
{
    struct px_metrics *metrics = &request->app->metrics;
    enum px_limit limit = request->route ? request->route->limit : PX_LIMIT_NONE;
    bool asks = request->errand_kind && request->errand_kind->provider;
    px_count(&metrics->refused, reason_of(status));
    if (status == 429)
        px_count(&metrics->rate_limited, asks                      ? "search provider"
                                         : request->crowded        ? "streams"
                                         : limit == PX_LIMIT_MODEL ? "model"
                                         : limit == PX_LIMIT_FETCH ? "fetch"
                                                                   : "pairing");
}

enum MHD_Result px_reply_error(struct px_request *request, int status, const char *type, const char *message)
{
    struct buffer body = {0};
    count_refusal(request, status);
    px_put_error(&body, request->dialect, status, type, message);
    buffer_put_string(&body, "\n");
    return px_reply_json(request, status, &body);
}

void px_refuse_full(struct px_request *request, const char *words)
{
    px_reply_extra(request, "Retry-After", "1");
    px_refuse(request, 529, "overloaded_error", "%s",
              request->app->draining ? "the demo-proxy is stopping; send the request again when it is back"
                                     : words);
}

enum MHD_Result px_reply_full(struct px_request *request, const char *words)
{
    px_refuse_full(request, words);
    return px_reply_error(request, request->refusal.status, request->refusal.type,
                          px_words(&request->refusal.words));
}

enum MHD_Result px_reply_refusal(struct px_request *request, const struct px_err *err)
{
    px_refuse_err(request, err);
    return px_reply_error(request, request->refusal.status, request->refusal.type,
                          px_words(&request->refusal.words));
}

void px_reply_extra(struct px_request *request, const char *name, const char *value)
{
    if (request->extra_count == PX_EXTRA_HEADERS) return;
    request->extra[request->extra_count][0] = name;
    request->extra[request->extra_count++][1] = value;
}

void px_refuse(struct px_request *request, int status, const char *type, const char *format, ...)
{
    if (request->refusal.status) return;
    va_list args;
    va_start(args, format);
    buffer_vprintf(&request->refusal.words, format, args);
    va_end(args);
    request->refusal.status = status;
    request->refusal.type = type;
}

void px_refuse_err(struct px_request *request, const struct px_err *err)
{
    switch (err->code) {
    case PX_EAUTH:
        px_reply_extra(request, "WWW-Authenticate", "Bearer");
        px_refuse(request, 401, "authentication_error", "%s", err->text);
        break;
    case PX_EPERM:
        px_refuse(request, 403, "permission_error", "%s", err->text);
        break;
    case PX_EINVAL:
        px_refuse(request, 400, "invalid_request_error", "%s", err->text);
        break;
    case PX_ENOENT:
        px_refuse(request, 404, "not_found_error", "%s", err->text);
        break;
    case PX_ELIMIT:
        px_refuse(request, 402, "billing_error", "%s", err->text);
        break;
    case PX_ESTORE:
        px_reply_extra(request, "Retry-After", "5");
        px_refuse(request, 503, "api_error", "%s", err->text);
        break;
    default:
        px_refuse(request, 500, "api_error", "%s", err->text);
    }
}
