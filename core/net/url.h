/* url.h: what the runtime may talk to. A provider endpoint is https, or http to this very machine. */
#ifndef UMBRA_NET_URL_H
#define UMBRA_NET_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* The parts of an absolute URL (RFC 3986 section 3), pointers into it; empty where absent. */
struct url {
    const char *scheme, *user, *host, *port, *path;
    size_t scheme_length, user_length, host_length, port_length, path_length;
};

/* UMBRA_EINVAL when it is not an absolute http or https URL in printable ASCII. */
int url_parse(const char *text, struct url *url, struct error *error);

/* Whether the host is this machine: localhost, 127.0.0.0/8 in dotted form, [::1]. */
bool url_is_loopback(const struct url *url);

/* Whether model calls may go there: https or loopback http, no user name, no fragment. UMBRA_EACCES else. */
int url_check_endpoint(const char *text, struct error *error);

#endif
