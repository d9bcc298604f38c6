#include "net/url.h"

#include <string.h>

static bool equals(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

static int refuse(const char *text, const char *reason, struct error *error)
{
    return error_set(error, UMBRA_EINVAL, "%.200s is no address to use: %s", text, reason);
}

/* Splits user@host:port. */
static int parse_authority(const char *text, const char *authority, size_t length, struct url *url,
                           struct error *error)
{
    const char *at = memchr(authority, '@', length), *colon, *end = authority + length;

    if (at) {
        url->user = authority;
        url->user_length = (size_t)(at - authority);
        authority = at + 1;
    }
    url->host = authority;
    if (authority < end && *authority == '[') {
        const char *close = memchr(authority, ']', (size_t)(end - authority));
        if (close == NULL) return refuse(text, "the IPv6 address has no closing bracket", error);
        colon = close + 1;
    } else {
        colon = memchr(authority, ':', (size_t)(end - authority));
        if (colon == NULL) colon = end;
    }
    url->host_length = (size_t)(colon - authority);
    url->port = end;
    if (url->host_length == 0) return refuse(text, "it names no host", error);
    if (colon == end) return 0;
    url->port = colon + 1;
    url->port_length = (size_t)(end - url->port);
    if (*colon != ':' || url->port_length > 5 || strspn(url->port, "0123456789") < url->port_length)
        return refuse(text, "its port is no number", error);
    return 0;
}

int url_parse(const char *text, struct url *url, struct error *error)
{
    const char *colon = strstr(text, "://"), *authority;
    size_t i, length;

    memset(url, 0, sizeof *url);
    for (i = 0; text[i]; i++)
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '\\')
            return refuse(text, "it holds a character that no URL may hold", error);
    if (colon == NULL) return refuse(text, "it must begin with https:// or http://", error);
    url->scheme = text;
    url->scheme_length = (size_t)(colon - text);
    if (!equals(text, url->scheme_length, "https") && !equals(text, url->scheme_length, "http"))
        return refuse(text, "it must begin with https:// or http://", error);
    authority = colon + 3;
    length = strcspn(authority, "/?#");
    url->path = authority + length;
    url->path_length = strlen(url->path);
    url->user = authority;
    return parse_authority(text, authority, length, url, error);
}

/* 127.a.b.c, each part of one to three digits. */
static bool is_loopback_v4(const char *host, size_t length)
{
    size_t i, dots = 0, digits = 0;
    if (length < 9 || memcmp(host, "127.", 4) != 0) return false;
    for (i = 0; i < length; i++) {
        if (host[i] == '.') {
            if (digits == 0) return false;
            dots++;
            digits = 0;
        } else if (host[i] < '0' || host[i] > '9' || ++digits > 3) {
            return false;
        }
    }
    return dots == 3 && digits > 0;
}

bool url_is_loopback(const struct url *url)
{
    return equals(url->host, url->host_length, "localhost") || equals(url->host, url->host_length, "[::1]") ||
           is_loopback_v4(url->host, url->host_length);
}

int url_check_endpoint(const char *text, struct error *error)
{
    struct url url;
    int result = url_parse(text, &url, error);

    if (result < 0) return result;
    if (url.user_length) return refuse(text, "it holds a user name; keys belong into the vault", error);
    if (url.path_length && memchr(url.path, '#', url.path_length))
        return refuse(text, "it has a fragment", error);
    if (!equals(url.scheme, url.scheme_length, "https") && !url_is_loopback(&url))
        return error_set(error, UMBRA_EACCES,
                         "%.200s is not encrypted: model calls go over https, or http to this machine only",
                         text);
    return 0;
}
