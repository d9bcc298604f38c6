#include "http/routes.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct px_route routes[] = {
    {"GET", "/healthz", false, false, false, PX_LIMIT_NONE, px_answer_health},
    {"GET", "/metrics", true, false, false, PX_LIMIT_NONE, px_answer_metrics},
    {"GET", "/v1/providers", true, false, false, PX_LIMIT_NONE, px_answer_providers},
    {"POST", "/v1/pair", false, false, true, PX_LIMIT_NONE, px_answer_pair},
    {"POST", "/v1/session", true, false, false, PX_LIMIT_NONE, px_answer_session},
    {"POST", "/v1/fetch", true, false, true, PX_LIMIT_FETCH, px_answer_fetch},
};

static const struct px_route page = {"GET", NULL, false, false, false, PX_LIMIT_NONE, px_answer_page};
static const struct px_route model = {"POST", NULL, true, true, true, PX_LIMIT_MODEL, px_answer_model};
static const struct px_route model_list = {"GET", NULL, true, false, false, PX_LIMIT_NONE, px_answer_model};

static bool method_fits(const struct px_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

/* "/v1/PROVIDER/…": true when there is such a provider, whether it has the rest of the path or not. */
static bool find_endpoint(struct px_request *request, const char *path, const char **allow)
{
    const char *id = path + 4, *rest = px_has_prefix(path, "/v1/") ? strchr(id, '/') : NULL;
    request->provider = rest ? px_provider_find(&request->app->providers, id, (size_t)(rest - id)) : NULL;
    if (!request->provider) return false;
    request->dialect = request->provider->dialect;
    request->endpoint = px_endpoint_find(request->dialect, request->method, rest, allow);
    if (!request->endpoint && *allow)
        *allow = strcmp(*allow, "GET") == 0 ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
    if (request->endpoint) request->route = *request->endpoint->method == 'G' ? &model_list : &model;
    return true;
}

void px_route_find(struct px_request *request, const char **allow)
{
    const struct px_route *found = NULL;
    const char *path = request->url;
    if (find_endpoint(request, path, allow)) return;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (strcmp(routes[i].path, path) == 0) found = &routes[i];
    if (!found && path[0] == '/' && !px_has_prefix(path, "/v1/") && strcmp(path, "/v1") != 0) found = &page;
    if (found && !method_fits(found, request->method))
        *allow = strcmp(found->method, "GET") == 0 ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
    else
        request->route = found;
}

void px_route_name(const struct px_request *request, char name[PX_ROUTE_NAME])
{
    if (request->endpoint)
        (void)snprintf(name, PX_ROUTE_NAME, "/v1/%s%s", request->provider->id, request->endpoint->path);
    else
        (void)snprintf(name, PX_ROUTE_NAME, "%s",
                       !request->route        ? "none"
                       : request->route->path ? request->route->path
                                              : "page");
}
