#include "http/routes.h"

#include <string.h>

#include "base/text.h"

static const struct px_route routes[] = {
    {"GET", "/healthz", false, false, false, PX_LIMIT_NONE, px_answer_health},
    {"GET", "/v1/providers", true, false, false, PX_LIMIT_NONE, px_answer_providers},
    {"POST", "/v1/pair", false, false, true, PX_LIMIT_NONE, px_answer_pair},
    {"POST", "/v1/session", true, false, false, PX_LIMIT_NONE, px_answer_session},
    {"POST", "/v1/anthropic/v1/messages", true, true, true, PX_LIMIT_MODEL, px_answer_messages},
};

static const struct px_route page = {"GET", NULL, false, false, false, PX_LIMIT_NONE, px_answer_page};

static bool method_fits(const struct px_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

const struct px_route *px_route_find(const char *method, const char *path, const char **allow)
{
    const struct px_route *found = NULL;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (strcmp(routes[i].path, path) == 0) found = &routes[i];
    if (!found && path[0] == '/' && !px_has_prefix(path, "/v1/") && strcmp(path, "/v1") != 0) found = &page;
    if (!found || method_fits(found, method)) return found;
    *allow = strcmp(found->method, "GET") == 0 ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
    return NULL;
}
