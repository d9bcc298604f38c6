#include "net/target.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/list.h"

enum { HIGHEST_PORT = 65535 };

struct px_pair {
    char host[PX_TARGET_HOST];
    int port;
};

/* Where the parts of an absolute URL lie in its text. */
struct parts {
    bool https;
    const char *host, *port, *path, *query; /* port without its colon, or NULL; query with its "?", or NULL */
    size_t host_size, port_size, path_size, query_size;
};

static int refuse(struct px_err *err, const char *reason)
{
    (void)px_fail(err, PX_EPERM, "%s", reason);
    return PX_EPERM;
}

void px_target_shown(const char *url, char out[PX_TARGET_SHOWN])
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    size_t size = strcspn(host, "/?#\\"), n = 0;
    for (size_t i = 0; i < size; i++)
        if (host[i] == '@') host += i + 1, size -= i + 1, i = (size_t)-1;
    for (size_t i = 0; i < size && n < PX_TARGET_SHOWN - 4; i++)
        out[n++] = (char)(host[i] > ' ' && host[i] <= '~' ? host[i] : '?');
    if (n < size) memcpy(out + n, "...", 3), n += 3;
    if (n == 0) memcpy(out, "this URL", n = 8);
    out[n] = '\0';
}

static int split_scheme(const char *url, struct parts *parts, const char **rest, struct px_err *err)
{
    if (strncasecmp(url, "https://", 8) == 0) {
        parts->https = true;
        *rest = url + 8;
        return 0;
    }
    if (strncasecmp(url, "http://", 7) == 0) {
        *rest = url + 7;
        return 0;
    }
    return refuse(err, "it must begin with https:// or http://");
}

static int split_host(const char *authority, size_t size, struct parts *parts, struct px_err *err)
{
    const char *end = authority + size, *colon;
    if (memchr(authority, '@', size)) return refuse(err, "leave out user name and password");
    parts->host = authority;
    if (size && authority[0] == '[') {
        const char *bracket = memchr(authority, ']', size);
        if (!bracket) return refuse(err, "the bracket of its IPv6 address is not closed");
        colon = bracket + 1;
        if (colon < end && *colon != ':') return refuse(err, "its host cannot be read with certainty");
    } else {
        colon = memchr(authority, ':', size);
        if (!colon) colon = end;
    }
    parts->host_size = (size_t)(colon - authority);
    parts->port = colon < end ? colon + 1 : NULL;
    parts->port_size = parts->port ? (size_t)(end - parts->port) : 0;
    return parts->host_size ? 0 : refuse(err, "it names no host");
}

static int split(const char *url, struct parts *parts, struct px_err *err)
{
    const char *rest = NULL;
    *parts = (struct parts){0};
    int rc = split_scheme(url, parts, &rest, err);
    if (rc) return rc;
    for (const char *p = url; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f) return refuse(err, "it has control characters");
    size_t size = strcspn(rest, "#"); /* what follows is for the reader, not for the server */
    if (memchr(rest, '\\', strcspn(rest, "?#")))
        return refuse(err, "it has a backslash, which programs read differently");
    size_t authority = strcspn(rest, "/?#");
    rc = split_host(rest, authority, parts, err);
    parts->path = rest + authority;
    parts->path_size = strcspn(parts->path, "?#");
    if (authority + parts->path_size < size) {
        parts->query = parts->path + parts->path_size;
        parts->query_size = size - authority - parts->path_size;
    }
    return rc;
}

static int read_port(const struct parts *parts, int *port, struct px_err *err)
{
    *port = parts->https ? 443 : 80;
    if (parts->port_size == 0) return 0;
    int value = 0;
    for (size_t i = 0; i < parts->port_size; i++) {
        char c = parts->port[i];
        if (c < '0' || c > '9' || parts->port_size > 5 || (i == 0 && c == '0'))
            return refuse(err, "its port is no plain number");
        value = value * 10 + (c - '0');
    }
    if (value > HIGHEST_PORT) return refuse(err, "its port is no plain number");
    *port = value;
    return 0;
}

/* The host in the letters that DNS knows, as libcurl's IDNA has them. */
static int to_ascii(const char *host, char out[PX_TARGET_HOST], struct px_err *err)
{
    int rc = refuse(err, "its host name cannot be written in the letters of DNS");
#if LIBCURL_VERSION_NUM >= 0x075800
    struct buffer text = {0};
    char *ascii = NULL;
    CURLU *url = curl_url();
    buffer_printf(&text, "http://%s/", host);
    if (!url || text.failed) {
        rc = px_fail_memory(err);
    } else if (utf8_valid(host, strlen(host)) &&
               curl_url_set(url, CURLUPART_URL, buffer_string(&text), 0) == CURLUE_OK &&
               curl_url_get(url, CURLUPART_HOST, &ascii, CURLU_PUNYCODE) == CURLUE_OK &&
               strlen(ascii) < PX_TARGET_HOST) {
        memcpy(out, ascii, strlen(ascii) + 1);
        rc = 0;
    }
    curl_free(ascii);
    curl_url_cleanup(url);
    buffer_free(&text);
#else
    (void)host;
    out[0] = '\0';
#endif
    return rc;
}

static void to_lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z') *text = (char)(*text - 'A' + 'a');
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text > 0x7f) return false;
    return true;
}

/* Fills host, form and address. */
static int read_host(const char *text, size_t size, struct px_target *target, struct px_err *err)
{
    if (size >= PX_TARGET_HOST) return refuse(err, "its host name is too long");
    memcpy(target->host, text, size);
    target->host[size] = '\0';
    if (strchr(target->host, '%')) return refuse(err, "its host must be written without %");
    int rc = is_ascii(target->host) ? 0 : to_ascii(target->host, target->host, err);
    if (rc) return rc;
    to_lower(target->host);
    target->form = px_host_form(target->host, &target->address);
    size = strlen(target->host);
    if (target->form == PX_HOST_ODD && size > 1 && target->host[size - 1] == '.') {
        /* One dot at the end of a name is its full form; at the end of a number it is a disguise. */
        target->host[size - 1] = '\0';
        target->form = px_host_form(target->host, &target->address);
        if (target->form == PX_HOST_ADDRESS) target->form = PX_HOST_ODD;
    }
    if (target->form == PX_HOST_ODD)
        return refuse(err, "its host is neither a name nor an IP address in its usual spelling");
    if (target->form == PX_HOST_ADDRESS) px_address_text(&target->address, target->host);
    return 0;
}

/* Bytes that mean nothing in a path or query go percent-encoded, as browsers send them. */
static void put_encoded(struct buffer *out, const char *text, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c > ' ' && c < 0x7f && !strchr("\"<>\\^`{|}", c)) {
            buffer_put_byte(out, (char)c);
        } else {
            char code[3] = {'%', digits[c >> 4], digits[c & 15]};
            buffer_put(out, code, sizeof code);
        }
    }
}

static void put_origin(struct buffer *out, const struct px_target *target)
{
    bool v6 = target->form == PX_HOST_ADDRESS && target->address.family == AF_INET6;
    buffer_printf(out, "%s://%s%s%s", target->https ? "https" : "http", v6 ? "[" : "", target->host,
                  v6 ? "]" : "");
    if (target->port != (target->https ? 443 : 80)) buffer_printf(out, ":%d", target->port);
}

/* Removes "." and ".." from the path by way of libcurl, and makes sure that it sees the same server. */
static int normalise(struct px_target *target, const char *text, struct px_err *err)
{
    char *host = NULL, *port = NULL, *whole = NULL;
    int rc = refuse(err, "it cannot be read with certainty");
    CURLU *url = curl_url();
    if (!url) return px_fail_memory(err);
    if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_URL, &whole, 0) != CURLUE_OK)
        goto done;
    size_t size = strlen(host);
    if (host[0] == '[' && host[size - 1] == ']') {
        host[size - 1] = '\0';
        memmove(host, host + 1, size - 1);
    }
    if (strcmp(host, target->host) != 0 || strtol(port, NULL, 10) != target->port) goto done;
    target->url = strdup(whole);
    rc = target->url ? 0 : px_fail_memory(err);
done:
    curl_free(host);
    curl_free(port);
    curl_free(whole);
    curl_url_cleanup(url);
    return rc;
}

static bool is_paired(const struct px_rules *rules, const struct px_target *target)
{
    for (size_t i = 0; i < rules->pair_count; i++)
        if (rules->pairs[i].port == target->port && strcmp(rules->pairs[i].host, target->host) == 0)
            return true;
    return false;
}

static int judge(const struct px_rules *rules, struct px_target *target, struct px_err *err)
{
    target->allowed = is_paired(rules, target);
    if (target->allowed) return 0;
    bool open = target->form == PX_HOST_ADDRESS ? px_address_is_public(&target->address)
                                                : px_name_is_public(target->host);
    if (!open) return refuse(err, PX_NOT_PUBLIC);
    for (size_t i = 0; i < rules->port_count; i++)
        if (rules->ports[i] == target->port) return 0;
    return px_fail(err, PX_EPERM, "port %d is none of the ports in --fetch-ports", target->port);
}

int px_target_parse(const struct px_rules *rules, const char *url, struct px_target *target,
                    struct px_err *err)
{
    struct parts parts;
    struct buffer text = {0};
    *target = (struct px_target){0};
    if (strlen(url) > rules->max_url_bytes)
        return px_fail(err, PX_EPERM, "it has more than %zu bytes (--fetch-max-url-bytes)",
                       rules->max_url_bytes);
    int rc = split(url, &parts, err);
    if (rc == 0) rc = read_port(&parts, &target->port, err);
    if (rc == 0) rc = read_host(parts.host, parts.host_size, target, err);
    if (rc) return rc;
    target->https = parts.https;
    rc = judge(rules, target, err);
    if (rc) return rc;
    put_origin(&text, target);
    if (parts.path_size == 0) buffer_put_byte(&text, '/');
    put_encoded(&text, parts.path, parts.path_size);
    put_encoded(&text, parts.query, parts.query_size);
    rc = text.failed ? px_fail_memory(err) : normalise(target, buffer_string(&text), err);
    buffer_free(&text);
    return rc;
}

static bool has_scheme(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    return n > 0 && text[n] == ':';
}

int px_target_follow(const struct px_rules *rules, const struct px_target *from, const char *location,
                     struct px_target *target, struct px_err *err)
{
    struct buffer text = {0};
    size_t path = strcspn(from->url, "?");
    if (has_scheme(location)) return px_target_parse(rules, location, target, err);
    *target = (struct px_target){0};
    if (location[0] == '/' && (location[1] == '/' || location[1] == '\\')) {
        buffer_printf(&text, "%s:", from->https ? "https" : "http");
    } else if (location[0] == '/' || location[0] == '\\') {
        put_origin(&text, from);
    } else {
        if (location[0] == '\0' || location[0] == '#') path = strlen(from->url);
        while (location[0] && !strchr("?#", location[0]) && from->url[path - 1] != '/') path--;
        buffer_put(&text, from->url, path);
    }
    buffer_put_string(&text, location);
    int rc = text.failed ? px_fail_memory(err) : px_target_parse(rules, buffer_string(&text), target, err);
    buffer_free(&text);
    return rc;
}

void px_target_free(struct px_target *target)
{
    free(target->url);
    *target = (struct px_target){0};
}

static int read_ports(struct px_rules *rules, const char *list, struct px_err *err)
{
    const char *at = list, *port;
    size_t size;
    while (px_list_next(&at, &port, &size)) {
        struct parts parts = {.port = port, .port_size = size};
        if (size == 0 || rules->port_count == PX_RULE_PORTS ||
            read_port(&parts, &rules->ports[rules->port_count], NULL))
            return px_fail(err, PX_EUSAGE, "--fetch-ports is \"%.60s\"; give up to %d ports like 80,443",
                           list, (int)PX_RULE_PORTS);
        rules->port_count++;
    }
    return 0;
}

static int read_pairs(struct px_rules *rules, const char *list, struct px_err *err)
{
    const char *pair;
    size_t most = 1, size;
    for (const char *p = list; p && *p; p++) most += *p == ',';
    rules->pairs = calloc(most, sizeof *rules->pairs);
    if (!rules->pairs) return px_fail_memory(err);
    while (px_list_next(&list, &pair, &size)) {
        struct parts parts = {0};
        struct px_target target = {0};
        if (split_host(pair, size, &parts, NULL) || parts.port_size == 0 ||
            read_port(&parts, &target.port, NULL) || read_host(parts.host, parts.host_size, &target, NULL))
            return px_fail(err, PX_EUSAGE,
                           "--fetch-allow has \"%.*s\"; give pairs like docs.internal:443,[fd00::7]:8080",
                           (int)(size > 60 ? 60 : size), pair);
        memcpy(rules->pairs[rules->pair_count].host, target.host, sizeof target.host);
        rules->pairs[rules->pair_count++].port = target.port;
    }
    return 0;
}

int px_rules_open(struct px_rules *rules, const char *ports, const char *allow, size_t max_url_bytes,
                  struct px_err *err)
{
    *rules = (struct px_rules){.max_url_bytes = max_url_bytes};
    int rc = read_ports(rules, ports, err);
    return rc ? rc : read_pairs(rules, allow, err);
}

void px_rules_close(struct px_rules *rules)
{
    free(rules->pairs);
    *rules = (struct px_rules){0};
}
