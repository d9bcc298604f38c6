/* POST /v1/fetch: the public web for an agent: an errand by way of net/fetch. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "base/utf8.h"
#include "http/errand.h"
#include "http/reply.h"
#include "http/routes.h"
#include "net/fetch.h"
#include "net/record.h"

enum { BASE64_PIECE = 3072 };

/* In pieces whose size is a multiple of three, so that only the last one can end with '='. */
static void put_base64(struct buffer *out, const char *data, size_t size)
{
    unsigned char text[BASE64_PIECE / 3 * 4 + 1];
    for (size_t at = 0; at < size; at += BASE64_PIECE) {
        size_t piece = size - at < BASE64_PIECE ? size - at : BASE64_PIECE;
        int n = EVP_EncodeBlock(text, (const unsigned char *)data + at, (int)piece);
        buffer_put(out, (const char *)text, (size_t)n);
    }
}

static struct px_fetch *fetch_of(const struct px_request *request)
{
    return (struct px_fetch *)request->errand;
}

/* In the log now, in the audit log when the request is over. */
static void record(struct px_request *request)
{
    const struct px_fetch *fetch = fetch_of(request);
    const struct px_errand *errand = request->errand;
    struct px_app *app = request->app;
    struct buffer line = {0};
    struct px_fetch_record entry = {
        .host = fetch->host,
        .url = fetch->target.url,
        .outcome = errand->refusal ? errand->refusal_type : "ok",
        .status = fetch->status,
        .bytes = fetch->body.size,
        .truncated = fetch->truncated,
        .redirects = fetch->redirects,
        .ms = errand->ms,
    };
    buffer_clear(&request->detail);
    px_fetch_put(&request->detail, &entry);
    px_count(&app->metrics.fetches, entry.outcome);
    px_log_begin(&line, errand->refusal ? "warning" : "info", "fetch");
    buffer_printf(&line, ",%s", buffer_string(&request->detail));
    px_log_end(&app->log, &line);
}

static enum MHD_Result reply_content(struct px_request *request)
{
    struct px_fetch *fetch = fetch_of(request);
    struct buffer body = {0};
    const char *content = buffer_string(&fetch->body);
    size_t size = fetch->body.size;
    /* A text that was cut in the middle of a character ends before it. */
    if (fetch->truncated && fetch->is_text && utf8_valid(content, size - utf8_pending(content, size)))
        size -= utf8_pending(content, size);
    bool text = size == 0 || (fetch->is_text && utf8_valid(content, size));
    buffer_put_string(&body, "{\"url\":");
    px_put_json(&body, fetch->target.url);
    buffer_printf(&body, ",\"status\":%d,\"content_type\":", fetch->status);
    px_put_json(&body, fetch->content_type);
    buffer_printf(&body, ",\"encoding\":\"%s\",\"content\":", text ? "text" : "base64");
    if (text) {
        json_put_string(&body, content, size);
    } else {
        buffer_put_byte(&body, '"');
        put_base64(&body, content, size);
        buffer_put_byte(&body, '"');
    }
    buffer_free(&fetch->body); /* a large one is not kept while its copy goes out */
    buffer_printf(&body, ",\"bytes\":%zu,\"truncated\":%s,\"duration_ms\":%lld,\"redirects\":%d}\n", size,
                  fetch->truncated ? "true" : "false", (long long)request->errand->ms, fetch->redirects);
    return px_reply_json(request, 200, &body);
}

static void close_fetch(struct px_errand *errand)
{
    px_fetch_close((struct px_fetch *)errand);
    free(errand);
}

static const struct px_errand_kind fetch_kind = {
    .name = "fetch", .reply = reply_content, .record = record, .close = close_fetch};

/* The URL and the limit of bytes from the request's body. */
static int read_body(const struct px_request *request, cJSON **json, const char **url, size_t *max_bytes,
                     struct px_err *err)
{
    long long most = request->app->options.fetch_max_bytes;
    *json = px_json_parse(buffer_string(&request->body), request->body.size, err);
    if (!*json) return PX_EINVAL;
    *url = px_json_text(*json, "url");
    if (!*url || !**url)
        return px_fail(err, PX_EINVAL, "the body must be {\"url\":\"https://…\"} with an address to fetch");
    *max_bytes = (size_t)most;
    return px_read_most(*json, "max_bytes", "bytes", (size_t)most, max_bytes, err);
}

enum MHD_Result px_answer_fetch(struct px_request *request)
{
    struct px_app *app = request->app;
    struct px_fetch *fetch = NULL;
    struct px_err err;
    cJSON *json = NULL;
    const char *url = NULL;
    size_t max_bytes = 0;
    if (app->options.no_fetch)
        return px_reply_error(request, 403, "permission_error",
                              "the web fetch of this proxy is switched off (--no-fetch)");
    int rc = read_body(request, &json, &url, &max_bytes, &err);
    bool room = px_fetcher_has_room(&app->fetcher) && !app->draining;
    if (rc == 0 && room) fetch = calloc(1, sizeof *fetch);
    if (rc == 0 && room && !fetch) rc = px_fail_memory(&err);
    if (fetch) px_fetch_start(&app->fetcher, fetch, url, max_bytes);
    cJSON_Delete(json);
    if (fetch) return px_wait_for_errand(request, &fetch_kind, &fetch->errand);
    if (rc) return px_reply_refusal(request, &err);
    return px_reply_full(request, "the proxy does as many fetches as --max-fetches allows; try again soon");
}
