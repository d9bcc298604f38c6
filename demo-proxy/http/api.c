/* The small JSON answers: health, providers, pairing, session renewal. */
#include <inttypes.h>

#include "auth/session.h"
#include "base/text.h"
#include "http/reply.h"
#include "http/routes.h"

enum { MINUTE_MS = 60000 };

static const char *model_name(const struct px_app *app)
{
    static const char *const names[] = {
        [PX_MODEL_KEY] = "key", [PX_MODEL_OFFLINE] = "offline", [PX_MODEL_SCENARIO] = "scenario"};
    return names[app->model];
}

enum MHD_Result px_answer_health(struct px_request *request)
{
    char now[32];
    px_timestamp(now);
    struct buffer body = {0};
    bool good = px_database_check(&request->app->store.db, NULL) == 0;
    buffer_printf(&body,
                  "{\"status\":\"%s\",\"services\":{\"page\":\"%s\",\"model\":\"%s\",\"database\":\"%s\"},"
                  "\"version\":\"%s\",\"timestamp\":\"%s\"}\n",
                  good ? "ok" : "degraded", request->app->page_dir >= 0 ? "ok" : "absent",
                  model_name(request->app), good ? "ok" : "failing", UMBRA_VERSION, now);
    return px_reply_json(request, good ? 200 : 503, &body);
}

static const char *model_note(const struct px_app *app)
{
    switch (app->model) {
    case PX_MODEL_KEY:
        return "Requests go to the Anthropic API with the proxy's own key.";
    case PX_MODEL_SCENARIO:
        return "Answers are replayed from a scenario file, for tests. This is not a model.";
    case PX_MODEL_OFFLINE:
        break;
    }
    return app->options.allow_byo_keys && !app->options.offline
               ? "No key is configured: answers come from a scripted offline demo, not a model, unless you "
                 "bring "
                 "your own key."
               : "Answers come from a scripted offline demo, not a model. It can list, find, read, "
                 "summarise, rename "
                 "a word and create a page.";
}

enum MHD_Result px_answer_providers(struct px_request *request)
{
    const struct px_app *app = request->app;
    bool byo = app->options.allow_byo_keys && !app->options.offline && app->model != PX_MODEL_SCENARIO;
    struct buffer body = {0};
    buffer_printf(
        &body,
        "{\"providers\":[{\"id\":\"anthropic\",\"mode\":\"%s\",\"configured\":true,\"byo\":%s,\"note\":",
        model_name(app), byo ? "true" : "false");
    px_put_json(&body, model_note(app));
    buffer_put_string(&body, "}]}\n");
    return px_reply_json(request, 200, &body);
}

static enum MHD_Result reply_refusal(struct px_request *request)
{
    return px_reply_error(request, request->refusal.status, request->refusal.type, request->refusal.err.text);
}

/* renewed: NULL for a new session. */
static enum MHD_Result give_session(struct px_request *request, const struct px_actor *renewed)
{
    const struct px_options *options = &request->app->options;
    struct px_err err;
    struct buffer token = {0}, body = {0};
    int64_t now = px_unix_seconds(), expires = now + options->session_seconds;
    int64_t until = (renewed ? renewed->since : now) + options->session_renew_seconds;
    int rc = px_session_create(request->app->secret, request->binding, now, expires, renewed, &token, &err);
    if (rc == 0 && !renewed)
        rc = px_session_check(request->app->secret, buffer_string(&token), request->binding, now,
                              &request->actor, &err);
    buffer_printf(&body, "{\"session\":\"%s\",\"expires\":%" PRId64 ",\"renewable_until\":%" PRId64 "}\n",
                  buffer_string(&token), expires, until);
    px_wipe(&token);
    if (rc == 0) return px_reply_json(request, 200, &body);
    px_wipe(&body);
    px_refuse_err(request, &err);
    return reply_refusal(request);
}

static bool too_many_tries(struct px_app *app)
{
    int64_t now = px_now_ms();
    if (now - app->tries_since_ms >= MINUTE_MS) {
        app->tries_since_ms = now;
        app->wrong_tries = 0;
    }
    return app->wrong_tries >= app->options.pairing_tries_per_minute;
}

enum MHD_Result px_answer_pair(struct px_request *request)
{
    struct px_err err;
    if (too_many_tries(request->app)) {
        px_reply_extra(request, "Retry-After", "60");
        return px_reply_error(request, 429, "rate_limit_error",
                              "too many wrong pairing tokens; wait a minute and try again");
    }
    cJSON *json = px_json_parse(buffer_string(&request->body), request->body.size, &err);
    const char *token = px_json_text(json, "token");
    int rc = PX_EINVAL;
    if (json && !token)
        (void)px_fail(&err, PX_EINVAL, "the body must be {\"token\":\"…\"} with the pairing token");
    if (token) rc = px_pairing_use(&request->app->state, token, &err);
    cJSON_Delete(json);
    if (rc == 0) return give_session(request, NULL);
    if (rc == PX_EAUTH) request->app->wrong_tries++;
    px_refuse_err(request, &err);
    return reply_refusal(request);
}

enum MHD_Result px_answer_session(struct px_request *request)
{
    struct px_err err;
    if (request->actor.kind == PX_ACTOR_SESSION) return give_session(request, &request->actor);
    (void)px_fail(&err, PX_EPERM, "an API key is no session and needs no renewal; use it as it is");
    px_refuse_err(request, &err);
    return reply_refusal(request);
}
