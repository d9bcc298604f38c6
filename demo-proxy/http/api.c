/* The small JSON answers: providers, pairing, session renewal. */
#include <inttypes.h>

#include "auth/session.h"
#include "base/text.h"
#include "http/choice.h"
#include "http/reply.h"
#include "http/routes.h"

enum { MINUTE_MS = 60000 };

static void put_note(struct buffer *body, const struct px_app *app, const struct px_provider *provider)
{
    struct buffer note = {0};
    const char *host = provider->remote.host;
    switch (px_mode_of(app, provider)) {
    case PX_MODE_KEY:
        buffer_printf(&note, "Requests go to %s with the proxy's own key.", host);
        break;
    case PX_MODE_OPEN:
        buffer_printf(&note, "Requests go to %s, without a key.", host);
        break;
    case PX_MODE_SCENARIO:
        buffer_put_string(&note,
                          "Answers are replayed from a scenario file, for tests. This is not a model.");
        break;
    case PX_MODE_OFFLINE:
        buffer_put_string(
            &note, px_takes_own_keys(app, provider)
                       ? "No key is configured: answers come from a scripted offline demo, not a model, "
                         "unless you bring your own key."
                       : "Answers come from a scripted offline demo, not a model. It can list, find, read, "
                         "summarise, rename a word and create a page.");
        break;
    case PX_MODE_NONE:
        buffer_put_string(&note, px_takes_own_keys(app, provider)
                                     ? "No key is configured; a request can bring its own."
                                     : "No key is configured.");
        break;
    }
    px_put_json(body, buffer_string(&note));
    buffer_free(&note);
}

enum MHD_Result px_answer_providers(struct px_request *request)
{
    static const char *const dialects[] = {
        [PX_ANTHROPIC] = "anthropic", [PX_OPENAI] = "openai", [PX_GOOGLE] = "google"};
    const struct px_app *app = request->app;
    struct buffer body = {0};
    buffer_put_string(&body, "{\"providers\":[");
    for (size_t i = 0; i < app->providers.count; i++) {
        const struct px_provider *provider = app->providers.items[i];
        enum px_mode mode = px_mode_of(app, provider);
        buffer_printf(&body,
                      "%s{\"id\":\"%s\",\"dialect\":\"%s\",\"mode\":\"%s\",\"configured\":%s,\"byo\":%s,"
                      "\"note\":",
                      i ? "," : "", provider->id, dialects[provider->dialect], px_mode_name(mode),
                      mode == PX_MODE_NONE ? "false" : "true",
                      px_takes_own_keys(app, provider) ? "true" : "false");
        put_note(&body, app, provider);
        buffer_put_string(&body, "}");
    }
    const struct px_search_backend *search = app->searcher.backend;
    buffer_printf(&body, "],\"search\":%s%s%s,\"debug_bodies\":%s}\n", search ? "\"" : "",
                  search ? search->name : "null", search ? "\"" : "",
                  app->options.debug_bodies ? "true" : "false");
    return px_reply_json(request, 200, &body);
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
    return px_reply_refusal(request, &err);
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
    return px_reply_refusal(request, &err);
}

enum MHD_Result px_answer_session(struct px_request *request)
{
    struct px_err err;
    if (request->actor.kind == PX_ACTOR_SESSION) return give_session(request, &request->actor);
    (void)px_fail(&err, PX_EPERM, "an API key is no session and needs no renewal; use it as it is");
    return px_reply_refusal(request, &err);
}
