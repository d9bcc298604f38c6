#include "upstream/remote.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/put.h"
#include "base/text.h"
#include "upstream/credential.h"
#include "upstream/key_filter.h"

/* What libcurl holds of each transfer in either direction: an event is small, and streams are many. */
enum { READ_BYTES = 2048, WRITE_BYTES = 16384 /* the least that it allows */ };

struct call {
    struct px_producer producer;
    struct px_transfer transfer;
    const struct px_remote *remote;
    struct px_stream *stream;
    struct px_upload *upload; /* NULL: the body is there, or none */
    struct curl_slist *headers;
    struct px_key_filter filter;
    struct px_timer idle;
    int64_t last_ms;     /* when a byte last moved */
    curl_off_t uploaded; /* of the request's body, so far */
    int status;          /* of the response whose header lines are coming in */
    bool head_done, redirected;
};

static bool is_loopback(const char *host)
{
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (px_has_prefix(host, "127.") && strspn(host, "0123456789.") == strlen(host));
}

static char *url_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    return curl_url_get(url, part, &text, 0) == CURLUE_OK ? text : NULL;
}

static const char *url_fault(const struct px_remote *remote, CURLU *url)
{
    static const CURLUPart forbidden[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY,
                                          CURLUPART_FRAGMENT};
    const char *fault = NULL;
    char *scheme = url_part(url, CURLUPART_SCHEME);
    if (!scheme || (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0))
        fault = "use https://";
    else if (strcmp(scheme, "http") == 0 && !remote->loopback)
        fault = "plain http is only for this machine (127.0.0.1, localhost); use https://";
    curl_free(scheme);
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        char *part = url_part(url, forbidden[i]);
        if (part) fault = "leave out user name, password, query and fragment";
        curl_free(part);
    }
    return fault;
}

int px_remote_open(struct px_remote *remote, struct px_multi *multi, const char *base_url,
                   const char *setting, struct px_err *err)
{
    *remote = (struct px_remote){.multi = multi, .setting = setting};
    CURLU *url = curl_url();
    if (!url) return px_fail_memory(err);
    int rc = 0;
    if (curl_url_set(url, CURLUPART_URL, base_url, 0) != CURLUE_OK) {
        rc = px_fail(err, PX_EUSAGE,
                     "the base URL in %s cannot be read; write it like https://api.anthropic.com", setting);
        goto done;
    }
    char *host = url_part(url, CURLUPART_HOST);
    if (host) remote->host = strdup(host);
    curl_free(host);
    remote->base_url = strdup(base_url);
    if (!remote->host || !remote->base_url) {
        rc = px_fail_memory(err);
        goto done;
    }
    remote->loopback = is_loopback(remote->host);
    const char *fault = url_fault(remote, url);
    if (fault)
        rc = px_fail(err, PX_EUSAGE, "the base URL in %s (host %.80s) is refused: %s", setting, remote->host,
                     fault);
    for (size_t n = strlen(remote->base_url); n > 0 && remote->base_url[n - 1] == '/'; n--)
        remote->base_url[n - 1] = '\0';
done:
    curl_url_cleanup(url);
    if (rc) px_remote_close(remote);
    return rc;
}

void px_remote_close(struct px_remote *remote)
{
    free(remote->base_url);
    free(remote->host);
    *remote = (struct px_remote){0};
}

/* A handle whose transfer was broken off may still hold what came in, and is not used again. */
static void free_call(struct call *call, bool whole)
{
    CURL *easy = call->transfer.easy;
    px_timer_clear(call->stream->loop, &call->idle);
    if (call->upload) px_upload_refuse(call->upload);
    if (easy && whole && !call->upload) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
        (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
        px_multi_give(call->remote->multi, easy, call->remote);
    } else if (easy) {
        curl_easy_cleanup(easy);
    }
    for (struct curl_slist *line = call->headers; line; line = line->next)
        OPENSSL_cleanse(line->data, strlen(line->data)); /* one of them is the key */
    curl_slist_free_all(call->headers);
    px_key_filter_close(&call->filter);
    free(call);
}

static void fail_call(struct call *call, CURLcode result)
{
    struct px_stream *stream = call->stream;
    const char *host = call->remote->host, *setting = call->remote->setting;
    bool redirected = call->redirected, running = call->head_done;
    free_call(call, false);
    if (redirected)
        px_stream_fail(stream, 502, "api_error",
                       "%s answered with a redirect, which is not followed; check %s", host, setting);
    else if (result == CURLE_OPERATION_TIMEDOUT)
        px_stream_fail(stream, 504, "timeout_error",
                       running ? "%s fell silent in the middle of its answer; send the request again"
                               : "%s did not answer in time; check the network, or try again later",
                       host);
    else if (result == CURLE_COULDNT_RESOLVE_HOST)
        px_stream_fail(stream, 502, "api_error", "the name %s cannot be resolved; check the network and %s",
                       host, setting);
    else if (result == CURLE_COULDNT_CONNECT)
        px_stream_fail(stream, 502, "api_error", "%s cannot be reached; check the network and %s", host,
                       setting);
    else if (result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CONNECT_ERROR)
        px_stream_fail(
            stream, 502, "api_error",
            "no trustworthy TLS connection to %s (%s); check its certificate and this machine's clock", host,
            curl_easy_strerror(result));
    else
        px_stream_fail(
            stream, 502, "api_error",
            running ? "the connection to %s broke in the middle of its answer (%s); send the request again"
                    : "%s gave no usable answer (%s); try again later",
            host, curl_easy_strerror(result));
}

static void on_done(struct px_transfer *transfer, CURLcode result)
{
    struct call *call = (struct call *)((char *)transfer - offsetof(struct call, transfer));
    if (result != CURLE_OK || !call->head_done) {
        fail_call(call, result);
        return;
    }
    struct px_stream *stream = call->stream;
    char rest[PX_KEY_MAX] = "";
    size_t held = call->filter.held < sizeof rest ? call->filter.held : 0;
    if (held) memcpy(rest, call->filter.secret, held); /* it was not the key after all */
    free_call(call, true);
    px_stream_end_with(stream, rest, held);
    OPENSSL_cleanse(rest, held);
}

static void on_idle(struct px_timer *timer)
{
    struct call *call = timer->owner;
    int64_t limit = call->remote->idle_timeout_ms;
    /* While the client is the slow one, the provider is not to blame. */
    if (call->stream->starved || (call->upload && call->upload->starved)) call->last_ms = px_now_ms();
    int64_t left = call->last_ms + limit - px_now_ms();
    if (left > 0 && px_timer_set(call->stream->loop, timer, left) == 0) return;
    px_multi_remove(call->remote->multi, &call->transfer);
    fail_call(call, CURLE_OPERATION_TIMEDOUT);
}

/* While the request is still going out the provider is not to blame. */
static int on_progress(void *owner, curl_off_t all_down, curl_off_t down, curl_off_t all_up, curl_off_t up)
{
    struct call *call = owner;
    (void)all_down;
    (void)down;
    (void)all_up;
    if (up != call->uploaded) call->last_ms = px_now_ms();
    call->uploaded = up;
    return 0;
}

static void on_room(struct px_producer *producer)
{
    struct call *call = (struct call *)producer;
    call->last_ms = px_now_ms();
    px_multi_unpause(call->remote->multi, &call->transfer);
}

static void on_cancel(struct px_producer *producer)
{
    struct call *call = (struct call *)producer;
    px_multi_remove(call->remote->multi, &call->transfer);
    free_call(call, false);
}

static bool passes(const char *name)
{
    static const char *const names[] = {"content-type", "content-encoding", "retry-after",   "retry-after-ms",
                                        "request-id",   "x-request-id",     "x-should-retry"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0) return true;
    return strncasecmp(name, "anthropic-ratelimit-", 20) == 0 || strncasecmp(name, "x-ratelimit-", 12) == 0;
}

static bool take_header(struct call *call, const char *line, size_t size)
{
    char name[64];
    const char *colon = memchr(line, ':', size);
    size_t n = colon ? (size_t)(colon - line) : 0;
    if (n == 0 || n >= sizeof name) return true;
    memcpy(name, line, n);
    name[n] = '\0';
    if (!passes(name)) return true;
    const char *value = colon + 1, *end = line + size;
    while (value < end && (*value == ' ' || *value == '\t')) value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r' || end[-1] == '\n')) end--;
    if (px_key_filter_has(&call->filter, value, (size_t)(end - value))) return true;
    return px_stream_header(call->stream, name, value, (size_t)(end - value)) != PX_ENOMEM;
}

static size_t on_header(char *line, size_t one, size_t size, void *owner)
{
    struct call *call = owner;
    (void)one;
    if (call->head_done) return size; /* trailers */
    if (size > 9 && strncmp(line, "HTTP/", 5) == 0) {
        const char *blank = memchr(line, ' ', size);
        call->status = blank ? (int)strtol(blank + 1, NULL, 10) : 0;
        px_stream_drop_headers(call->stream);
        return size;
    }
    if (line[0] != '\r' && line[0] != '\n') return take_header(call, line, size) ? size : 0;
    if (call->status >= 300 && call->status < 400) call->redirected = true;
    if (call->redirected || call->status < 100 || call->status > 599) return 0;
    if (call->status >= 200) {
        call->head_done = true;
        call->last_ms = px_now_ms(); /* no sooner: a line now and then is no answer */
        px_stream_head(call->stream, call->status);
    }
    return size;
}

static size_t on_body(char *data, size_t one, size_t size, void *owner)
{
    struct call *call = owner;
    (void)one;
    call->last_ms = px_now_ms();
    struct buffer copy = {0};
    const char *out = NULL;
    size_t out_size = 0, held = 0;
    int rc = px_key_filter_piece(&call->filter, data, size, &copy, &out, &out_size, &held);
    if (rc == 0 && out_size) rc = px_stream_write(call->stream, out, out_size);
    if (rc == 0) call->filter.held = held;
    buffer_free(&copy);
    return rc == 0 ? size : rc == PX_ELIMIT ? CURL_WRITEFUNC_PAUSE : 0;
}

static size_t on_upload(char *out, size_t one, size_t most, void *owner)
{
    const struct call *call = owner;
    size_t n = px_upload_take(call->upload, out, one * most);
    return n || call->upload->ended ? n : CURL_READFUNC_PAUSE;
}

/* libcurl begins again when a connection that it had kept turns out to be closed. */
static int on_rewind(void *owner, curl_off_t offset, int origin)
{
    const struct call *call = owner;
    bool good = offset == 0 && origin == SEEK_SET && px_upload_rewind(call->upload);
    return good ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK;
}

static void on_more(struct px_task *task)
{
    struct call *call = task->owner;
    px_multi_unpause(call->remote->multi, &call->transfer);
}

static int add_header(struct call *call, const char *name, const char *before, const char *value)
{
    struct buffer line = {0};
    (void)buffer_reserve(&line, strlen(name) + strlen(before) + strlen(value) + 2);
    buffer_put_string(&line, name);
    buffer_put_string(&line, *value ? ": " : ":");
    buffer_put_string(&line, before);
    buffer_put_string(&line, value);
    struct curl_slist *list = line.failed ? NULL : curl_slist_append(call->headers, line.data);
    px_wipe(&line);
    if (!list) return PX_ENOMEM;
    call->headers = list;
    return 0;
}

static int set_headers(struct call *call, const struct px_remote_request *request)
{
    const struct px_upload *upload = request->upload;
    int rc = request->body || upload ? add_header(call, "Content-Type", "", "application/json") : 0;
    if (rc == 0 && upload && upload->total < 0) rc = add_header(call, "Transfer-Encoding", "", "chunked");
    for (size_t i = 0; i < request->header_count && rc == 0; i++)
        rc =
            add_header(call, request->headers[i].name, request->headers[i].before, request->headers[i].value);
    if (rc == 0) rc = add_header(call, "Expect", "", ""); /* no round trip before a large body */
    return rc;
}

/* What is the same for every request to it. */
static int prepare(CURL *easy, const struct px_remote *remote)
{
    bool good = true;
#if LIBCURL_VERSION_NUM >= 0x075500
    good = good && curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, remote->loopback ? "http,https" : "https") ==
                       CURLE_OK;
#else
    good = good && curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
                                    remote->loopback ? CURLPROTO_HTTP | CURLPROTO_HTTPS : CURLPROTO_HTTPS) ==
                       CURLE_OK;
#endif
    /* HTTP/1.1, because a paused HTTP/2 stream is buffered by libcurl up to its window of many megabytes. */
    good = good && curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK;
    good = good && curl_easy_setopt(easy, CURLOPT_USERAGENT, "umbra-demo-proxy/" UMBRA_VERSION) == CURLE_OK;
    if (remote->loopback) good = good && curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK;
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)READ_BYTES);
    (void)curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)WRITE_BYTES);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, remote->connect_timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    return good ? 0 : PX_ENOMEM;
}

static int set_url(CURL *easy, const char *base_url, const char *path)
{
    struct buffer url = {0};
    (void)buffer_reserve(&url, strlen(base_url) + strlen(path));
    buffer_put_string(&url, base_url);
    buffer_put_string(&url, path);
    bool good = !url.failed && curl_easy_setopt(easy, CURLOPT_URL, url.data) == CURLE_OK;
    buffer_free(&url);
    return good ? 0 : PX_ENOMEM;
}

static int set_upload(struct call *call, struct px_upload *upload)
{
    CURL *easy = call->transfer.easy;
    upload->more = (struct px_task){.run = on_more, .owner = call};
    call->upload = upload;
    bool good = curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)upload->total) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_upload) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_READDATA, call) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_rewind) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_SEEKDATA, call) == CURLE_OK;
    return good ? 0 : PX_ENOMEM;
}

static int set_transfer(struct call *call, const struct px_remote_request *request)
{
    CURL *easy = call->transfer.easy;
    bool good = set_url(easy, call->remote->base_url, request->path) == 0;
    if (request->upload) {
        good = good && set_upload(call, request->upload) == 0;
    } else if (request->body) {
        good = good && curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK;
        good = good &&
               curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->size) == CURLE_OK;
        good = good && curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body) == CURLE_OK;
    } else {
        good = good && curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    }
    good = good && curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers) == CURLE_OK;
    good = good && curl_easy_setopt(easy, CURLOPT_PRIVATE, &call->transfer) == CURLE_OK;
    (void)curl_easy_setopt(easy, CURLOPT_XFERINFODATA, call);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    return good ? 0 : PX_ENOMEM;
}

int px_remote_start(const struct px_remote *remote, const struct px_remote_request *request,
                    struct px_stream *stream, struct px_err *err)
{
    struct call *call = calloc(1, sizeof *call);
    if (!call) return px_fail_memory(err);
    call->producer = (struct px_producer){.room = on_room, .cancel = on_cancel};
    call->remote = remote;
    call->stream = stream;
    call->idle = (struct px_timer){.fire = on_idle, .owner = call};
    call->last_ms = px_now_ms();
    bool prepared;
    call->transfer =
        (struct px_transfer){.done = on_done, .easy = px_multi_take(remote->multi, remote, &prepared)};
    if (!call->transfer.easy || (!prepared && prepare(call->transfer.easy, remote)) ||
        px_key_filter_open(&call->filter, request->secret) || set_headers(call, request) ||
        set_transfer(call, request) || px_timer_set(stream->loop, &call->idle, remote->idle_timeout_ms))
        goto fail;
    stream->producer = &call->producer;
    if (px_multi_add(remote->multi, &call->transfer)) goto fail;
    return 0;
fail:
    stream->producer = NULL;
    free_call(call, false);
    return px_fail_memory(err);
}
