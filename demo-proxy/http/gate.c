#include "http/gate.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth/session.h"
#include "base/text.h"
#include "http/record.h"
#include "http/reply.h"
#include "http/routes.h"

enum { SMALL_BODY = 8192 };

struct lookup {
    const char *name, *value, *last;
    int count;
};

static enum MHD_Result on_value(void *owner, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct lookup *lookup = owner;
    (void)kind;
    if (strcasecmp(name, lookup->name) != 0) return MHD_YES;
    if (lookup->count++ == 0) lookup->value = value ? value : "";
    lookup->last = value ? value : "";
    return MHD_YES;
}

const char *px_header_value(const struct px_request *request, const char *name, int *count)
{
    struct lookup lookup = {.name = name};
    (void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND, on_value, &lookup);
    if (count) *count = lookup.count;
    return lookup.value;
}

const char *px_header_last(const struct px_request *request, const char *name)
{
    struct lookup lookup = {.name = name};
    (void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND, on_value, &lookup);
    return lookup.last;
}

static void check_host(struct px_request *request)
{
    int count = 0;
    const char *host = px_header_value(request, "Host", &count);
    if (count != 1)
        px_refuse(request, 400, "invalid_request_error", "the request must carry one Host header");
    else if (!px_host_allowed(&request->app->origins, host))
        px_refuse(request, 421, "permission_error",
                  "this proxy answers only to its own names; open http://127.0.0.1:%d", request->app->port);
}

static void check_origin(struct px_request *request)
{
    int count = 0;
    request->origin = px_header_value(request, "Origin", &count);
    request->origin_kind =
        count > 1 ? PX_ORIGIN_REFUSED : px_origin_kind(&request->app->origins, request->origin);
    const char *site = px_header_value(request, "Sec-Fetch-Site", NULL);
    switch (request->origin_kind) {
    case PX_ORIGIN_OWN:
        request->binding = "self";
        break;
    case PX_ORIGIN_FRIEND:
        request->binding = request->origin;
        break;
    case PX_ORIGIN_ABSENT:
        request->binding = site && strcmp(site, "same-origin") == 0 ? "self" : "";
        break;
    case PX_ORIGIN_REFUSED:
        px_refuse(
            request, 403, "permission_error",
            "pages of this origin may not use the proxy; start it with --allowed-origins to let one in");
    }
}

static void check_route(struct px_request *request, const char *allow)
{
    if (request->route || strcmp(request->method, "OPTIONS") == 0) return;
    if (allow) {
        px_reply_extra(request, "Allow", allow);
        px_refuse(request, 405, "invalid_request_error", "this address takes %s only", allow);
        return;
    }
    px_refuse(request, 404, "not_found_error", "there is nothing at this address; see GET /v1/providers");
}

/* The credential of a request: a session or an API key, wherever clients put theirs. */
static const char *credential(const struct px_request *request)
{
    static const char *const others[] = {"x-api-key", "x-goog-api-key"};
    const char *token = px_header_value(request, "Authorization", NULL);
    if (token) return strncasecmp(token, "Bearer ", 7) == 0 ? token + 7 + strspn(token + 7, " ") : NULL;
    for (size_t i = 0; i < sizeof others / sizeof *others && !token; i++)
        token = px_header_value(request, others[i], NULL);
    return token;
}

static int check_key(struct px_request *request, const char *key, struct px_err *err)
{
    if (request->origin || px_header_value(request, "Sec-Fetch-Site", NULL))
        return px_fail(err, PX_EPERM,
                       "API keys are for programs; a page pairs with the proxy and uses its session");
    return px_keys_check(&request->app->store.keys, key, px_unix_seconds(), &request->actor, err);
}

static int check_token(struct px_request *request, const char *token, struct px_err *err)
{
    struct px_app *app = request->app;
    int64_t now = px_unix_seconds();
    if (px_known_find(&app->known, token, request->binding, now, &request->actor)) return 0;
    int rc = px_session_check(app->secret, token, request->binding, now, &request->actor, err);
    if (rc == 0) px_known_keep(&app->known, token, request->binding, &request->actor);
    return rc;
}

static void check_session(struct px_request *request)
{
    struct px_app *app = request->app;
    struct px_err err;
    const char *token = credential(request);
    int rc = 0;
    if (!token || !*token)
        rc = px_fail(
            &err, PX_EAUTH,
            "the request carries no session; send it as Authorization: Bearer (POST /v1/pair gives one "
            "for a pairing token)");
    else if (px_has_prefix(token, PX_KEY_PREFIX))
        rc = check_key(request, token, &err);
    else if (request->route->answer == px_answer_session)
        rc = px_session_check_renewal(app->secret, token, request->binding, px_unix_seconds(),
                                      app->options.session_renew_seconds, &request->actor, &err);
    else
        rc = check_token(request, token, &err);
    if (rc == 0) return;
    request->actor = (struct px_actor){0};
    px_refuse_err(request, &err);
}

static void check_database(struct px_request *request)
{
    struct px_err err;
    if (px_database_check(&request->app->store.db, &err)) px_refuse_err(request, &err);
}

static void check_size(struct px_request *request)
{
    bool large = request->route && request->route->large_body;
    request->body_limit = large ? (size_t)request->app->options.max_body_bytes : SMALL_BODY;
    const char *length = px_header_value(request, "Content-Length", NULL);
    if (length && strtoull(length, NULL, 10) > request->body_limit)
        px_refuse(request, 413, "request_too_large", "the request body is larger than %zu bytes%s",
                  request->body_limit, large ? "; shorten it or raise --max-body-bytes" : "");
}

void px_gate(struct px_request *request)
{
    const char *allow = NULL;
    px_route_find(request, &allow); /* first, since errors have the shape of its dialect */
    /* The answer's scanner: it has nothing to do before the request is whole. */
    px_ask_begin(&request->ask, &request->stream.usage.scan, request->dialect);
    check_host(request);
    check_origin(request);
    if (!request->refusal.status) check_route(request, allow);
    if (!request->refusal.status && strcmp(request->method, "OPTIONS") == 0) request->preflight = true;
    if (!request->refusal.status && request->route && request->route->session) check_session(request);
    if (!request->refusal.status && request->route && request->route->writes) check_database(request);
    check_size(request);
    if (!request->refusal.status && !request->preflight && request->route) px_take_allowance(request);
}
