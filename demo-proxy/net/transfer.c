#include "net/transfer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* The last check, on the very address that is to be connected to. */
static curl_socket_t on_socket(void *owner, curlsocktype purpose, struct curl_sockaddr *to)
{
    const struct px_fetch *fetch = owner;
    struct px_address address;
    in_port_t port = 0;
    if (purpose != CURLSOCKTYPE_IPCXN || !px_address_from(&address, &to->addr, to->addrlen))
        return CURL_SOCKET_BAD;
    /* sin_port and sin6_port are in the same place. */
    memcpy(&port, (const char *)&to->addr + offsetof(struct sockaddr_in, sin_port), sizeof port);
    bool pinned = false;
    for (size_t i = 0; i < fetch->pinned_count; i++)
        if (px_address_equal(&address, &fetch->pinned[i])) pinned = true;
    if (!pinned || ntohs(port) != fetch->target.port) return CURL_SOCKET_BAD;
    if (!fetch->target.allowed && !px_address_is_public(&address)) return CURL_SOCKET_BAD;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* The value of a header line, if it is of this name. */
static bool header_value(const char *line, size_t size, const char *name, const char **value, size_t *length)
{
    size_t n = strlen(name);
    const char *end = line + size;
    if (size <= n || strncasecmp(line, name, n) != 0 || line[n] != ':') return false;
    const char *start = line + n + 1;
    while (start < end && (*start == ' ' || *start == '\t')) start++;
    while (end > start && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r' || end[-1] == '\n')) end--;
    *value = start;
    *length = (size_t)(end - start);
    return true;
}

static bool redirects(const struct px_fetch *fetch)
{
    switch (fetch->status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return fetch->location != NULL;
    default:
        return false;
    }
}

static void forget_head(struct px_fetch *fetch)
{
    free(fetch->location);
    fetch->location = NULL;
    fetch->content_type[0] = '\0';
}

static bool take_header(struct px_fetch *fetch, const char *line, size_t size)
{
    const char *value = NULL;
    size_t length = 0;
    if (header_value(line, size, "Location", &value, &length) && !fetch->location) {
        fetch->location = strndup(value, length);
        return fetch->location != NULL;
    }
    if (header_value(line, size, "Content-Type", &value, &length) && !fetch->content_type[0]) {
        size_t n = 0;
        for (; n < length && n < PX_FETCH_TYPE - 1 && value[n] >= ' ' && value[n] <= '~'; n++)
            fetch->content_type[n] = value[n];
        fetch->content_type[n] = '\0';
    }
    return true;
}

static size_t on_header(char *line, size_t one, size_t size, void *owner)
{
    struct px_fetch *fetch = owner;
    (void)one;
    fetch->header_bytes += size;
    if (fetch->header_bytes > (size_t)fetch->fetcher->options->fetch_max_header_bytes) {
        px_fetch_head_too_large(fetch);
        return 0;
    }
    if (fetch->head_done) return size; /* trailers */
    if (size > 9 && strncmp(line, "HTTP/", 5) == 0) {
        const char *blank = memchr(line, ' ', size);
        fetch->status = blank ? (int)strtol(blank + 1, NULL, 10) : 0;
        forget_head(fetch);
        return size;
    }
    if (line[0] != '\r' && line[0] != '\n') return take_header(fetch, line, size) ? size : 0;
    if (fetch->status < 200) return fetch->status >= 100 ? size : 0; /* another head follows */
    fetch->head_done = true;
    fetch->following = redirects(fetch);
    return fetch->following ? 0 : size;
}

static size_t on_body(char *data, size_t one, size_t size, void *owner)
{
    struct px_fetch *fetch = owner;
    (void)one;
    if (!fetch->head_done) return 0; /* a protocol that was switched without being asked to */
    if (fetch->body.size == 0 && size > 0 && px_fetch_type(fetch)) return 0;
    size_t room = fetch->max_bytes - fetch->body.size;
    buffer_put(&fetch->body, data, size < room ? size : room);
    if (fetch->body.failed) return 0;
    if (size <= room) return size;
    fetch->truncated = true;
    return 0;
}

static void end(struct px_fetch *fetch)
{
    if (fetch->transfer.easy) curl_easy_cleanup(fetch->transfer.easy);
    fetch->transfer.easy = NULL;
    curl_slist_free_all(fetch->pins);
    fetch->pins = NULL;
    if (fetch->share) (void)curl_share_cleanup(fetch->share);
    fetch->share = NULL;
}

static void on_done(struct px_transfer *transfer, CURLcode result)
{
    struct px_fetch *fetch = (struct px_fetch *)((char *)transfer - offsetof(struct px_fetch, transfer));
    end(fetch);
    if (fetch->body.failed) result = CURLE_OUT_OF_MEMORY;
    px_fetch_transferred(fetch, result);
}

void px_fetch_transfer_end(struct px_fetch *fetch)
{
    if (fetch->transfer.easy) px_multi_remove(fetch->fetcher->multi, &fetch->transfer);
    end(fetch);
}

/* The checked addresses as libcurl's answer for this name. They lie in a cache of this transfer alone: in
 * the common one they would be those of the model's requests too. */
static bool pin(struct px_fetch *fetch)
{
    const struct px_target *target = &fetch->target;
    if (target->form == PX_HOST_ADDRESS) return true;
    struct buffer line = {0};
    buffer_printf(&line, "%s:%d:", target->host, target->port);
    for (size_t i = 0; i < fetch->pinned_count; i++) {
        char text[PX_ADDRESS_TEXT];
        bool v6 = fetch->pinned[i].family == AF_INET6;
        px_address_text(&fetch->pinned[i], text);
        buffer_printf(&line, "%s%s%s%s", i ? "," : "", v6 ? "[" : "", text, v6 ? "]" : "");
    }
    fetch->pins = line.failed ? NULL : curl_slist_append(NULL, line.data);
    buffer_free(&line);
    fetch->share = curl_share_init();
    return fetch->pins && fetch->share &&
           curl_share_setopt(fetch->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) == CURLSHE_OK &&
           curl_easy_setopt(fetch->transfer.easy, CURLOPT_SHARE, fetch->share) == CURLE_OK &&
           curl_easy_setopt(fetch->transfer.easy, CURLOPT_RESOLVE, fetch->pins) == CURLE_OK;
}

static bool set_transfer(struct px_fetch *fetch)
{
    CURL *easy = fetch->transfer.easy;
    const struct px_options *options = fetch->fetcher->options;
    const char *agent = options->fetch_user_agent, *roots = options->fetch_ca_file;
    bool good = curl_easy_setopt(easy, CURLOPT_URL, fetch->target.url) == CURLE_OK;
#if LIBCURL_VERSION_NUM >= 0x075500
    good = good && curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
#else
    good = good && curl_easy_setopt(easy, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS) == CURLE_OK;
#endif
    good = good && curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK;
    good = good && curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket) == CURLE_OK;
    good = good && curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch) == CURLE_OK;
    good = good && curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK;
    good = good && curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate") == CURLE_OK;
    good = good && curl_easy_setopt(easy, CURLOPT_PRIVATE, &fetch->transfer) == CURLE_OK;
    if (agent) good = good && curl_easy_setopt(easy, CURLOPT_USERAGENT, agent) == CURLE_OK;
    if (roots) good = good && curl_easy_setopt(easy, CURLOPT_CAINFO, roots) == CURLE_OK;
    /* Each fetch has connections of its own, which end with it. */
    (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->fetch_connect_timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    return good && pin(fetch);
}

int px_fetch_transfer(struct px_fetch *fetch)
{
    fetch->transfer = (struct px_transfer){.done = on_done, .easy = curl_easy_init()};
    if (fetch->transfer.easy && set_transfer(fetch) &&
        px_multi_add(fetch->fetcher->multi, &fetch->transfer) == 0)
        return 0;
    end(fetch);
    return PX_ENOMEM;
}
