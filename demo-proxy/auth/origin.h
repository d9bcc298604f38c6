/* origin.h: who may talk to the proxy: exact Host and Origin lists, fixed at start. Nothing is matched by
 * prefix, suffix or pattern. Against DNS rebinding the Host must be one of the proxy's own names; against
 * foreign pages the Origin, where there is one, must be the proxy's own or a configured one. */
#ifndef PX_AUTH_ORIGIN_H
#define PX_AUTH_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { PX_MAX_ORIGINS = 64, PX_MAX_HOSTS = 32, PX_ORIGIN_SIZE = 300, PX_HOST_SIZE = 272 };

enum px_origin_kind {
    PX_ORIGIN_ABSENT, /* the request carries none */
    PX_ORIGIN_OWN,    /* the proxy's own page */
    PX_ORIGIN_FRIEND, /* a configured other page */
    PX_ORIGIN_REFUSED
};

struct px_origins {
    char hosts[PX_MAX_HOSTS][PX_HOST_SIZE]; /* "127.0.0.1:8787" and its like, in lower case, with the port */
    size_t host_count;
    bool secure; /* clients come by https */
    char *friends[PX_MAX_ORIGINS];
    size_t friend_count;
};

struct px_origins_settings {
    const char *bind_address; /* an IP address */
    int port;
    const char *hosts;           /* further names of the proxy, comma separated; NULL: none */
    const char *allowed_origins; /* comma separated; NULL: none */
    bool secure;
};

/* PX_EUSAGE with the entry that is wrong, or when nothing says under which name clients reach the proxy. */
int px_origins_open(struct px_origins *origins, const struct px_origins_settings *settings,
                    struct px_err *err);
void px_origins_close(struct px_origins *origins);

bool px_host_allowed(const struct px_origins *origins, const char *host);
enum px_origin_kind px_origin_kind(const struct px_origins *origins, const char *origin);

/* 0 when the text is an origin in its exact form: scheme "://" host [":" port], no path, lower case. */
int px_origin_check(const char *text, struct px_err *err);

#endif
