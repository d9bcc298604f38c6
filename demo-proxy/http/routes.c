#include "http/routes.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct px_route routes[] = {
    {.method = "GET",
     .path = "/healthz",
     .answer = px_answer_health,
     .summary = "Whether the proxy, its database and its providers are well",
     .gives = "Health",
     .good = " 503 ",
     .statuses = " 503 "},
    {.method = "GET",
     .path = "/metrics",
     .session = true,
     .answer = px_answer_metrics,
     .summary = "What the proxy has done since its start, for Prometheus",
     .type = "text/plain; version=0.0.4; charset=utf-8"},
    {.method = "GET",
     .path = "/v1/openapi.json",
     .answer = px_answer_openapi,
     .summary = "This description",
     .gives = "Description"},
    {.method = "GET",
     .path = "/v1/providers",
     .session = true,
     .answer = px_answer_providers,
     .summary = "The providers, how their requests are answered, and who searches the web",
     .gives = "Providers"},
    {.method = "POST",
     .path = "/v1/pair",
     .writes = true,
     .answer = px_answer_pair,
     .summary = "A session for a pairing token, which works once",
     .asks = "Pair",
     .gives = "Session",
     .statuses = " 401 429 "},
    {.method = "POST",
     .path = "/v1/session",
     .session = true,
     .answer = px_answer_session,
     .summary = "A new token for the same session, also after it has expired",
     .gives = "Session"},
    {.method = "POST",
     .path = "/v1/fetch",
     .session = true,
     .writes = true,
     .limit = PX_LIMIT_FETCH,
     .answer = px_answer_fetch,
     .summary = "What a public web address gives",
     .asks = "Fetch",
     .gives = "Fetched",
     .statuses = " 415 502 504 529 "},
    {.method = "POST",
     .path = "/v1/search",
     .session = true,
     .writes = true,
     .limit = PX_LIMIT_FETCH,
     .answer = px_answer_search,
     .summary = "Addresses of the public web for a query",
     .asks = "Search",
     .gives = "Found",
     .statuses = " 502 504 529 "},
};

enum { ROUTES = sizeof routes / sizeof routes[0], OTHERS = 3 };

static const struct px_route page = {.method = "GET",
                                     .answer = px_answer_page,
                                     .summary = "The page, and its files at their paths",
                                     .type = "*/*",
                                     .statuses = " 304 404 "};
static const struct px_route model = {.method = "POST",
                                      .session = true,
                                      .large_body = true,
                                      .writes = true,
                                      .limit = PX_LIMIT_MODEL,
                                      .answer = px_answer_model,
                                      .summary = "A model's answer, passed through",
                                      .asks = "Anything",
                                      .gives = "Anything",
                                      .statuses = " 402 502 504 529 "};
static const struct px_route model_list = {.method = "GET",
                                           .session = true,
                                           .answer = px_answer_model,
                                           .summary = "The models of the provider",
                                           .gives = "Anything",
                                           .statuses = " 502 503 504 529 "};

const struct px_route *px_route_at(size_t index)
{
    static const struct px_route *const others[OTHERS] = {&page, &model, &model_list};
    if (index < ROUTES) return &routes[index];
    return index - ROUTES < OTHERS ? others[index - ROUTES] : NULL;
}

const struct px_route *px_route_of(const struct px_endpoint *endpoint)
{
    return px_endpoint_asks(endpoint) ? &model : &model_list;
}

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
    if (request->endpoint) request->route = px_route_of(request->endpoint);
    return true;
}

void px_route_find(struct px_request *request, const char **allow)
{
    const struct px_route *found = NULL;
    const char *path = request->url;
    if (find_endpoint(request, path, allow)) return;
    for (size_t i = 0; i < ROUTES; i++)
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
