#include "auth/origin.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/list.h"
#include "base/text.h"

int px_origin_check(const char *text, struct px_err *err)
{
    const char *host = px_has_prefix(text, "https://")  ? text + 8
                       : px_has_prefix(text, "http://") ? text + 7
                                                        : NULL;
    bool good = host && *host && strlen(text) < PX_ORIGIN_SIZE;
    for (const char *p = host; good && *p; p++)
        good = islower((unsigned char)*p) || isdigit((unsigned char)*p) || strchr(".-:[]_", *p);
    if (good) return 0;
    return px_fail(
        err, PX_EUSAGE,
        "the allowed origin \"%.80s\" is not an exact origin; write scheme, host and port only, in lower "
        "case, like https://app.example or http://localhost:5173",
        text);
}

static int add_friend(void *owner, const char *piece, struct px_err *err)
{
    struct px_origins *origins = owner;
    if (origins->friend_count == PX_MAX_ORIGINS)
        return px_fail(err, PX_EUSAGE, "more than %d allowed origins", PX_MAX_ORIGINS);
    int rc = px_origin_check(piece, err);
    if (rc) return rc;
    char *friend = strdup(piece);
    if (!friend) return px_fail_memory(err);
    origins->friends[origins->friend_count++] = friend;
    return 0;
}

/* --- the proxy's own names --- */

static int usual_port(const struct px_origins *origins)
{
    return origins->secure ? 443 : 80;
}

/* Whether the name ends with a port; an IPv6 address has its colons within brackets. */
static bool has_port(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon && !strchr(colon, ']');
}

static int add_host(void *owner, const char *piece, struct px_err *err)
{
    struct px_origins *origins = owner;
    bool good = strlen(piece) < PX_HOST_SIZE - 8;
    for (const char *p = piece; good && *p; p++)
        good = islower((unsigned char)*p) || isdigit((unsigned char)*p) || strchr(".-:[]_", *p);
    if (!good)
        return px_fail(err, PX_EUSAGE,
                       "--hosts has \"%.80s\"; write names as clients use them, in lower case, with the port "
                       "where it is not the usual one: umbra.example or umbra.example:8443",
                       piece);
    if (origins->host_count == PX_MAX_HOSTS)
        return px_fail(err, PX_EUSAGE, "--hosts has more than %d names", PX_MAX_HOSTS);
    char *host = origins->hosts[origins->host_count++];
    if (has_port(piece))
        (void)snprintf(host, PX_HOST_SIZE, "%s", piece);
    else
        (void)snprintf(host, PX_HOST_SIZE, "%s:%d", piece, usual_port(origins));
    return 0;
}

static int add_own(struct px_origins *origins, const char *name, int port, struct px_err *err)
{
    char host[PX_HOST_SIZE];
    bool bare = strchr(name, ':') && *name != '[';
    (void)snprintf(host, sizeof host, "%s%.100s%s:%d", bare ? "[" : "", name, bare ? "]" : "", port);
    return add_host(origins, host, err);
}

int px_origins_open(struct px_origins *origins, const struct px_origins_settings *settings,
                    struct px_err *err)
{
    static const char *const local[] = {"127.0.0.1", "localhost", "[::1]"};
    const char *bind = settings->bind_address;
    bool every = strcmp(bind, "0.0.0.0") == 0 || strcmp(bind, "::") == 0;
    int rc = 0;
    *origins = (struct px_origins){.secure = settings->secure};
    if (every && !settings->hosts)
        return px_fail(err, PX_EUSAGE,
                       "--bind %s takes connections at every address, so say under which names clients reach "
                       "the proxy: --hosts umbra.example",
                       bind);
    for (size_t i = 0; i < sizeof local / sizeof *local && rc == 0; i++)
        rc = add_own(origins, local[i], settings->port, err);
    if (rc == 0 && !every) rc = add_own(origins, bind, settings->port, err);
    if (rc == 0) rc = px_list_each(settings->hosts, add_host, origins, err);
    return rc ? rc : px_list_each(settings->allowed_origins, add_friend, origins, err);
}

void px_origins_close(struct px_origins *origins)
{
    for (size_t i = 0; i < origins->friend_count; i++) free(origins->friends[i]);
    *origins = (struct px_origins){0};
}

bool px_host_allowed(const struct px_origins *origins, const char *host)
{
    char whole[PX_HOST_SIZE];
    /* A client leaves out the port that its scheme implies. */
    int n = has_port(host) ? snprintf(whole, sizeof whole, "%s", host)
                           : snprintf(whole, sizeof whole, "%s:%d", host, usual_port(origins));
    if (n < 0 || (size_t)n >= sizeof whole) return false;
    for (size_t i = 0; i < origins->host_count; i++)
        if (strcasecmp(origins->hosts[i], whole) == 0) return true;
    return false;
}

enum px_origin_kind px_origin_kind(const struct px_origins *origins, const char *origin)
{
    const char *scheme = origins->secure ? "https://" : "http://";
    if (!origin) return PX_ORIGIN_ABSENT;
    if (px_has_prefix(origin, scheme) && px_host_allowed(origins, origin + strlen(scheme)))
        return PX_ORIGIN_OWN;
    for (size_t i = 0; i < origins->friend_count; i++)
        if (strcmp(origins->friends[i], origin) == 0) return PX_ORIGIN_FRIEND;
    return PX_ORIGIN_REFUSED;
}
