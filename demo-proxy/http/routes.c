#include "http/routes.h"

#include <string.h>

#include "base/text.h"

static const struct px_route routes[] = {
    {"GET", "/healthz", false, false, px_answer_health, PX_LIMIT_NONE, false},
    {"GET", "/v1/providers", true, false, px_answer_providers, PX_LIMIT_NONE, false},
    {"POST", "/v1/pair", false, false, px_answer_pair, PX_LIMIT_NONE, true},
    {"POST", "/v1/session", true, false, px_answer_session, PX_LIMIT_NONE, false},
    {"POST", "/v1/anthropic/v1/messages", true, true, px_answer_messages, PX_LIMIT_MODEL, true},
};

static const struct px_route page = {"GET", NULL, false, false, px_answer_page, PX_LIMIT_NONE, false};

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
