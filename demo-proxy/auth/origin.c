#include "auth/origin.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

static int add_friends(struct px_origins *origins, const char *list, struct px_err *err)
{
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, ",");
        const char *start = p + strspn(p, " \t");
        const char *end = p + n;
        while (end > start && isspace((unsigned char)end[-1])) end--;
        p += n + (p[n] == ',');
        if (end <= start) continue;
        if (origins->friend_count == PX_MAX_ORIGINS)
            return px_fail(err, PX_EUSAGE, "more than %d allowed origins", PX_MAX_ORIGINS);
        char *friend = strndup(start, (size_t)(end - start));
        if (!friend) return px_fail_memory(err);
        origins->friends[origins->friend_count++] = friend;
        int rc = px_origin_check(friend, err);
        if (rc) return rc;
    }
    return 0;
}

int px_origins_open(struct px_origins *origins, const char *bind_address, int port,
                    const char *allowed_origins, struct px_err *err)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    *origins = (struct px_origins){0};
    for (size_t i = 0; i < 3; i++)
        (void)snprintf(origins->hosts[origins->host_count++], sizeof origins->hosts[0], "%s:%d", names[i],
                       port);
    if (strcmp(bind_address, "127.0.0.1") != 0 && !strchr(bind_address, ':'))
        (void)snprintf(origins->hosts[origins->host_count++], sizeof origins->hosts[0], "%s:%d", bind_address,
                       port);
    return allowed_origins ? add_friends(origins, allowed_origins, err) : 0;
}

void px_origins_close(struct px_origins *origins)
{
    for (size_t i = 0; i < origins->friend_count; i++) free(origins->friends[i]);
    *origins = (struct px_origins){0};
}

bool px_host_allowed(const struct px_origins *origins, const char *host)
{
    for (size_t i = 0; i < origins->host_count; i++) {
        const char *own = origins->hosts[i];
        if (strcasecmp(own, host) == 0) return true;
        /* A client leaves out the port that its scheme implies. */
        size_t n = strlen(own);
        if (px_has_suffix(own, ":80") && strlen(host) == n - 3 && strncasecmp(own, host, n - 3) == 0)
            return true;
    }
    return false;
}

enum px_origin_kind px_origin_kind(const struct px_origins *origins, const char *origin)
{
    if (!origin) return PX_ORIGIN_ABSENT;
    if (px_has_prefix(origin, "http://") && px_host_allowed(origins, origin + 7)) return PX_ORIGIN_OWN;
    for (size_t i = 0; i < origins->friend_count; i++)
        if (strcmp(origins->friends[i], origin) == 0) return PX_ORIGIN_FRIEND;
    return PX_ORIGIN_REFUSED;
}
