/* fetch.c: the core's requests over libcurl's multi interface. Certificates are checked, redirects are not
 * followed; the key is added here and is seen by nothing else. */
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/cli.h"

#define CONNECT_TIMEOUT_MS 15000L
#define SILENCE_SECONDS    300L /* without a byte, then the request has failed */

struct cli_fetch {
    struct cli *cli;
    uint32_t id; /* 0: cancelled */
    CURL *easy;
    struct curl_slist *headers;
    struct buffer body;
    struct buffer head; /* response headers as JSON members */
    bool told_head;
    struct cli_fetch *next;
};

static void tell_head(struct cli_fetch *fetch)
{
    struct buffer json = {0};
    long status = 0;

    if (fetch->told_head) return;
    fetch->told_head = true;
    curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    buffer_printf(&json, "{%s}", buffer_string(&fetch->head));
    umbra_deliver(fetch->cli->runtime, UMBRA_FETCH_HEAD, fetch->id, (int)status, buffer_string(&json),
                  json.size);
    buffer_free(&json);
}

static size_t on_header(char *line, size_t unit, size_t count, void *context)
{
    struct cli_fetch *fetch = context;
    size_t length = unit * count, name, i;
    char *colon = memchr(line, ':', length);

    if (length > 5 && memcmp(line, "HTTP/", 5) == 0) buffer_clear(&fetch->head);
    if (colon == NULL) return length;
    name = (size_t)(colon - line);
    for (i = 0; i < name; i++)
        if (line[i] >= 'A' && line[i] <= 'Z') line[i] = (char)(line[i] + 32);
    colon++;
    while (length && strchr(" \t\r\n", line[length - 1])) length--;
    while (colon < line + length && (*colon == ' ' || *colon == '\t')) colon++;
    if (fetch->head.size) buffer_put_byte(&fetch->head, ',');
    json_put_string(&fetch->head, line, name);
    buffer_put_byte(&fetch->head, ':');
    json_put_string(&fetch->head, colon, colon < line + length ? (size_t)(line + length - colon) : 0);
    return unit * count;
}

static size_t on_data(char *data, size_t unit, size_t count, void *context)
{
    struct cli_fetch *fetch = context;

    tell_head(fetch);
    if (fetch->id) umbra_deliver(fetch->cli->runtime, UMBRA_FETCH_DATA, fetch->id, 0, data, unit * count);
    return fetch->id ? unit * count : 0;
}

static int add_header(struct cli_fetch *fetch, const char *name, const char *value)
{
    struct buffer line = {0};
    struct curl_slist *list;

    buffer_printf(&line, "%s: %s", name, value);
    list = line.failed ? NULL : curl_slist_append(fetch->headers, line.data);
    buffer_free(&line);
    if (list == NULL) return UMBRA_ENOMEM;
    fetch->headers = list;
    return 0;
}

static int add_headers(struct cli_fetch *fetch, const struct umbra_fetch *request)
{
    const struct cli *cli = fetch->cli;
    struct error ignored;
    cJSON *headers = json_parse(request->headers, strlen(request->headers), "the headers", &ignored);
    const cJSON *header;
    int result = headers ? add_header(fetch, "Expect", "") : UMBRA_ENOMEM;

    cJSON_ArrayForEach(header, headers)
    {
        if (result == 0 && cJSON_IsString(header))
            result = add_header(fetch, header->string, header->valuestring);
    }
    cJSON_Delete(headers);
    if (result == 0 && request->credential && cli->session) {
        struct buffer bearer = {0};
        buffer_printf(&bearer, "Bearer %s", cli->session);
        result = bearer.failed ? UMBRA_ENOMEM : add_header(fetch, "Authorization", bearer.data);
        buffer_free(&bearer);
    } else if (result == 0 && request->credential && cli->options.api_key) {
        result = add_header(fetch, "x-api-key", cli->options.api_key);
    }
    return result;
}

static void free_fetch(struct cli_fetch *fetch)
{
    if (fetch->easy) {
        curl_multi_remove_handle(fetch->cli->curl, fetch->easy);
        curl_easy_cleanup(fetch->easy);
    }
    curl_slist_free_all(fetch->headers);
    buffer_free(&fetch->body);
    buffer_free(&fetch->head);
    free(fetch);
}

void fetch_restrict(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static void configure(struct cli_fetch *fetch, const struct umbra_fetch *request)
{
    CURL *easy = fetch->easy;

    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, buffer_string(&fetch->body));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)fetch->body.size);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
    fetch_restrict(easy);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, SILENCE_SECONDS);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "umbra/" UMBRA_VERSION);
}

int fetch_start(void *context, uint32_t id, const struct umbra_fetch *request)
{
    struct cli *cli = context;
    struct cli_fetch *fetch = calloc(1, sizeof *fetch);

    if (fetch == NULL) return UMBRA_ENOMEM;
    fetch->cli = cli;
    fetch->id = id;
    fetch->easy = curl_easy_init();
    buffer_put(&fetch->body, request->body, request->body_size);
    if (fetch->easy == NULL || fetch->body.failed || add_headers(fetch, request) < 0) {
        free_fetch(fetch);
        return UMBRA_ENOMEM;
    }
    configure(fetch, request);
    curl_multi_add_handle(cli->curl, fetch->easy);
    fetch->next = cli->fetches;
    cli->fetches = fetch;
    return 0;
}

void fetch_cancel(void *context, uint32_t id)
{
    struct cli *cli = context;
    struct cli_fetch *fetch;

    /* Freed later: this may be called from inside one of its own callbacks. */
    for (fetch = cli->fetches; fetch; fetch = fetch->next)
        if (fetch->id == id) fetch->id = 0;
}

static void finish(struct cli *cli, struct cli_fetch *fetch, CURLcode code)
{
    uint32_t id = fetch->id;

    if (id == 0) return;
    if (code == CURLE_OK) {
        tell_head(fetch);
        umbra_deliver(cli->runtime, UMBRA_FETCH_END, id, 0, NULL, 0);
    } else {
        const char *reason = curl_easy_strerror(code);
        umbra_deliver(cli->runtime, UMBRA_FETCH_ERROR, id, 0, reason, strlen(reason));
    }
    fetch->id = 0;
}

static void sweep(struct cli *cli)
{
    struct cli_fetch **place = &cli->fetches;
    while (*place) {
        struct cli_fetch *fetch = *place;
        if (fetch->id) {
            place = &fetch->next;
            continue;
        }
        *place = fetch->next;
        free_fetch(fetch);
    }
}

/* Ctrl-C ends the turn; a second one ends the program. */
static void take_signal(struct cli *cli)
{
    static const char cancel[] = "{\"op\":\"cancel\"}";
    struct signalfd_siginfo info;

    if (read(cli->signals, &info, sizeof info) != (ssize_t)sizeof info) return;
    if (cli->interrupted || cli->on_event == NULL) _exit(130); /* what is committed is safe */
    cli->interrupted = true;
    umbra_submit(cli->runtime, 0, cancel, sizeof cancel - 1, NULL, 0);
}

void fetch_run(struct cli *cli, int timeout_ms)
{
    struct curl_waitfd signals = {.fd = cli->signals, .events = CURL_WAIT_POLLIN};
    int64_t wake = cli->runtime ? umbra_next_wake(cli->runtime) : -1;
    CURLMsg *message;
    int running, left;

    if (wake >= 0 && wake < timeout_ms) timeout_ms = (int)wake;

    curl_multi_perform(cli->curl, &running);
    while ((message = curl_multi_info_read(cli->curl, &left)) != NULL) {
        struct cli_fetch *fetch = NULL;
        if (message->msg != CURLMSG_DONE) continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&fetch);
        finish(cli, fetch, message->data.result);
        timeout_ms = 0;
    }
    sweep(cli);
    curl_multi_poll(cli->curl, &signals, 1, timeout_ms, NULL);
    if (signals.revents) take_signal(cli);
}

void fetch_close(struct cli *cli)
{
    struct cli_fetch *fetch;
    for (fetch = cli->fetches; fetch; fetch = fetch->next) fetch->id = 0;
    sweep(cli);
}
