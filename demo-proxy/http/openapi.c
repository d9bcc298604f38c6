#include "http/openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "http/choice.h"
#include "http/reply.h"
#include "http/routes.h"

static const struct {
    int status;
    const char *words;
} statuses[] = {
    {304, "The client has it already"},
    {400, "The request is malformed, or names what is not configured"},
    {401, "No session, one that is forged or has expired, or a wrong pairing token"},
    {402, "A budget is used up"},
    {403, "A foreign origin, or something that is not allowed"},
    {404, "There is no such thing"},
    {413, "The body is too large"},
    {415, "Content of a type that is not fetched"},
    {421, "The Host is none of the proxy's names"},
    {429, "Too many requests"},
    {500, "The proxy failed"},
    {502, "The other side cannot be reached, breaks off, or makes no sense"},
    {503, "The database cannot be written, or the proxy stops"},
    {504, "The other side does not answer in time"},
    {529, "The proxy does as much as it may, or stops"},
};

enum { STATUSES = sizeof statuses / sizeof statuses[0] };

static const char *const error_schemas[] = {"ErrorAnthropic", "ErrorOpenAI", "ErrorGoogle", "Error"};
enum { OWN_ERROR = 3, ERROR_SCHEMAS = 4 };

static void put_member(struct buffer *out, const char *name, const char *text)
{
    buffer_printf(out, "\"%s\":", name);
    px_put_json(out, text);
}

/* --- answers --- */

static bool among(const char *list, int status)
{
    char text[8];
    (void)snprintf(text, sizeof text, " %d ", status);
    return list && strstr(list, text);
}

/* Whether this route answers with this error: what the gate may say, and what the table adds. */
static bool gives_error(const struct px_route *route, int status)
{
    if (among(" 400 403 413 421 500 ", status) || among(route->statuses, status)) return true;
    return (status == 401 && route->session) || (status == 429 && route->limit != PX_LIMIT_NONE) ||
           (status == 503 && route->writes);
}

static void put_schema(struct buffer *out, const char *type, const char *schema)
{
    buffer_printf(out, "\"content\":{\"%s\":{", type);
    if (schema) buffer_printf(out, "\"schema\":{\"$ref\":\"#/components/schemas/%s\"}", schema);
    buffer_put_string(out, "}}");
}

static void put_success(struct buffer *out, const struct px_route *route, bool streams)
{
    buffer_put_string(out, "{\"description\":\"The answer\",");
    if (streams)
        buffer_printf(out,
                      "\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}},"
                      "\"text/event-stream\":{\"schema\":{\"type\":\"string\"}}}",
                      route->gives);
    else
        put_schema(out, route->gives ? "application/json" : route->type, route->gives);
    buffer_put_string(out, "}");
}

static void put_answers(struct buffer *out, const struct px_route *route, const char *error_schema,
                        bool provider)
{
    buffer_put_string(out, "\"responses\":{\"200\":");
    put_success(out, route, provider && *route->method == 'P');
    for (size_t i = 0; i < STATUSES; i++) {
        int status = statuses[i].status;
        if (!gives_error(route, status)) continue;
        buffer_printf(out, ",\"%d\":", status);
        if (status == 304)
            buffer_printf(out, "{\"description\":\"%s\"}", statuses[i].words);
        else if (among(route->good, status))
            put_success(out, route, false);
        else
            buffer_printf(out, "{\"$ref\":\"#/components/responses/%s%d\"}", error_schema, status);
    }
    if (provider)
        buffer_put_string(out, ",\"default\":{\"description\":\"What else the provider answers, as it came\","
                               "\"content\":{\"*/*\":{}}}");
    buffer_put_string(out, "}");
}

static void put_headers(struct buffer *out, int status)
{
    static const char *const rates[] = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"};
    const char *retry = "\"Retry-After\":{\"$ref\":\"#/components/headers/RetryAfter\"}";
    if (status == 401)
        buffer_put_string(
            out, ",\"headers\":{\"WWW-Authenticate\":{\"$ref\":\"#/components/headers/WwwAuthenticate\"}}");
    if (status == 503 || status == 529) buffer_printf(out, ",\"headers\":{%s}", retry);
    if (status != 429) return;
    buffer_printf(out, ",\"headers\":{%s", retry);
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        buffer_printf(out, ",\"%s\":{\"$ref\":\"#/components/headers/RateLimit\"}", rates[i]);
    buffer_put_string(out, "}");
}

static void put_error_answers(struct buffer *out)
{
    const char *separator = "";
    buffer_put_string(out, "\"responses\":{");
    for (size_t i = 0; i < STATUSES; i++) {
        for (size_t j = 0; j < ERROR_SCHEMAS && statuses[i].status >= 400; j++) {
            buffer_printf(out, "%s\"%s%d\":{", separator, error_schemas[j], statuses[i].status);
            put_member(out, "description", statuses[i].words);
            put_headers(out, statuses[i].status);
            buffer_put_string(out, ",");
            put_schema(out, "application/json", error_schemas[j]);
            buffer_put_string(out, "}");
            separator = ",";
        }
    }
    buffer_put_string(out, "}");
}

/* --- requests --- */

static void put_parameter(struct buffer *out, const char *place, const char *name, size_t size,
                          const char *pattern)
{
    if (out->size && out->data[out->size - 1] == '}') buffer_put_string(out, ",");
    buffer_printf(out, "{\"name\":\"%.*s\",\"in\":\"%s\",%s\"schema\":{\"type\":\"string\"", (int)size, name,
                  place, *place == 'p' ? "\"required\":true," : "");
    if (pattern) {
        buffer_put_string(out, ",");
        put_member(out, "pattern", pattern);
    }
    buffer_put_string(out, "}}");
}

static void put_name(struct buffer *out, const char *place, const char *name)
{
    put_parameter(out, place, name, strlen(name), NULL);
}

static void put_endpoint_parameters(const struct px_app *app, const struct px_provider *provider,
                                    const struct px_endpoint *endpoint, struct buffer *out)
{
    if (strchr(endpoint->path, '*')) put_parameter(out, "path", "model", 5, "^[A-Za-z0-9._-]{1,100}$");
    for (const char *p = endpoint->parameters; *p;) {
        size_t n = strcspn(p, " ");
        if (n) put_parameter(out, "query", p, n, "^[A-Za-z0-9._~-]+$");
        p += n + (p[n] == ' ');
    }
    for (const char *const *name = px_passed_headers(endpoint->dialect); *name; name++)
        put_name(out, "header", *name);
    if (px_takes_own_keys(app, provider)) put_name(out, "header", provider->own_key_header);
    if (app->providers.own_url_count && provider->own_url_header)
        put_name(out, "header", provider->own_url_header);
}

/* "get_v1_providers": the method and the path in letters, digits and '_'. */
static void put_operation_id(struct buffer *out, const struct px_route *route, const char *path)
{
    buffer_put_string(out, "\"operationId\":\"");
    for (const char *p = route->method; *p; p++) buffer_put_byte(out, (char)tolower((unsigned char)*p));
    for (const char *p = path; *p; p++) buffer_put_byte(out, isalnum((unsigned char)*p) ? *p : '_');
    buffer_put_string(out, "\",");
}

struct operation {
    const struct px_route *route;
    const char *path, *error_schema;
    const struct px_provider *provider; /* NULL: it is the proxy's own */
    const struct px_endpoint *endpoint;
};

static void put_operation(const struct px_app *app, const struct operation *operation, struct buffer *out)
{
    const struct px_route *route = operation->route;
    buffer_printf(out, "\"%s\":{", *route->method == 'G' ? "get" : "post");
    put_operation_id(out, route, operation->path);
    put_member(out, "summary", route->summary);
    buffer_printf(out, ",\"tags\":[\"%s\"],", operation->provider ? operation->provider->id : "proxy");
    if (!route->session) buffer_put_string(out, "\"security\":[],");
    if (operation->provider)
        buffer_printf(out, "\"x-umbra-mode\":\"%s\",", px_mode_name(px_mode_of(app, operation->provider)));
    buffer_put_string(out, "\"parameters\":[");
    if (operation->endpoint)
        put_endpoint_parameters(app, operation->provider, operation->endpoint, out);
    else if (strchr(operation->path, '{'))
        put_parameter(out, "path", "file", 4, NULL);
    buffer_put_string(out, "],");
    if (route->asks) {
        buffer_put_string(out, "\"requestBody\":{\"required\":true,");
        put_schema(out, "application/json", route->asks);
        buffer_put_string(out, "},");
    }
    put_answers(out, route, operation->error_schema, operation->provider != NULL);
    buffer_put_string(out, "}");
}

/* --- paths --- */

static void put_path(const struct px_app *app, const struct operation *operation, struct buffer *out)
{
    if (out->size && out->data[out->size - 1] == '}') buffer_put_string(out, ",");
    buffer_printf(out, "\"%s\":{", operation->path);
    put_operation(app, operation, out);
    buffer_put_string(out, "}");
}

/* "/v1/PROVIDER" and the endpoint's path, '*' as a parameter. */
static void put_endpoint(const struct px_app *app, const struct px_provider *provider,
                         const struct px_endpoint *endpoint, struct buffer *out)
{
    struct buffer path = {0};
    const char *star = strchr(endpoint->path, '*');
    buffer_printf(&path, "/v1/%s%.*s", provider->id,
                  (int)(star ? (size_t)(star - endpoint->path) : strlen(endpoint->path)), endpoint->path);
    if (star) buffer_printf(&path, "{model}%s", star + 1);
    put_path(app,
             &(struct operation){.route = px_route_of(endpoint),
                                 .path = buffer_string(&path),
                                 .error_schema = error_schemas[endpoint->dialect],
                                 .provider = provider,
                                 .endpoint = endpoint},
             out);
    out->failed |= path.failed;
    buffer_free(&path);
}

static void put_paths(const struct px_app *app, struct buffer *out)
{
    const struct px_route *route = NULL;
    const struct px_endpoint *endpoint = NULL;
    for (size_t i = 0; (route = px_route_at(i)); i++) {
        struct operation own = {
            .route = route, .path = route->path, .error_schema = error_schemas[OWN_ERROR]};
        if (route->path) {
            put_path(app, &own, out);
        } else if (route->answer == px_answer_page) {
            own.path = "/";
            put_path(app, &own, out);
            own.path = "/{file}";
            put_path(app, &own, out);
        }
    }
    for (size_t i = 0; i < app->providers.count; i++)
        for (size_t j = 0; (endpoint = px_endpoint_at(j)); j++)
            if (endpoint->dialect == app->providers.items[i]->dialect)
                put_endpoint(app, app->providers.items[i], endpoint, out);
}

void px_openapi_put(const struct px_app *app, struct buffer *out)
{
    buffer_put_string(
        out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Umbra demo-proxy\",\"version\":\"" UMBRA_VERSION
             "\",\"description\":\"A gateway between Umbra's page and model providers. What takes GET takes "
             "HEAD, and everything takes OPTIONS. Bodies of the providers are passed through as they are and "
             "not described here.\"},\"servers\":[{\"url\":\"/\"}],"
             "\"security\":[{\"bearer\":[]},{\"apiKey\":[]},{\"googApiKey\":[]}],\"paths\":{");
    put_paths(app, out);
    buffer_printf(out, "},\"components\":{\"schemas\":%s,\"securitySchemes\":%s,\"headers\":%s,",
                  px_openapi_schemas, px_openapi_security, px_openapi_headers);
    put_error_answers(out);
    buffer_put_string(out, "}}\n");
}

enum MHD_Result px_answer_openapi(struct px_request *request)
{
    struct buffer body = {0};
    px_openapi_put(request->app, &body);
    return px_reply_json(request, 200, &body);
}
