#include "http/choice.h"

#include <string.h>

#include "http/gate.h"

enum px_mode px_mode_of(const struct px_app *app, const struct px_provider *provider)
{
    if (app->options.scenario) return PX_MODE_SCENARIO;
    if (provider->dialect == PX_ANTHROPIC && (app->options.offline || !provider->credential.text))
        return PX_MODE_OFFLINE;
    if (app->options.offline) return PX_MODE_NONE;
    return provider->credential.text ? PX_MODE_KEY : provider->keyless ? PX_MODE_OPEN : PX_MODE_NONE;
}

const char *px_mode_name(enum px_mode mode)
{
    static const char *const names[] = {[PX_MODE_NONE] = "none",
                                        [PX_MODE_KEY] = "key",
                                        [PX_MODE_OPEN] = "open",
                                        [PX_MODE_OFFLINE] = "offline",
                                        [PX_MODE_SCENARIO] = "scenario"};
    return names[mode];
}

bool px_takes_own_keys(const struct px_app *app, const struct px_provider *provider)
{
    return app->options.allow_byo_keys && provider->own_key_header && !app->options.offline &&
           !app->options.scenario;
}

/* The request's own key: NULL with rc 0 when there is none. */
static int choose_key(const struct px_request *request, const char **key, struct px_err *err)
{
    const char *name = request->provider->own_key_header;
    *key = name ? px_header_value(request, name, NULL) : NULL;
    if (!*key || !**key) return *key = NULL, 0;
    if (!request->app->options.allow_byo_keys)
        return px_fail(
            err, PX_EPERM,
            "this proxy takes no keys from clients; start it with --allow-byo-keys, or leave the key out");
    if (px_key_is_sound(*key)) return 0;
    return px_fail(err, PX_EINVAL, "the key in %s has blanks or control characters; copy it again", name);
}

static int choose_url(const struct px_request *request, const struct px_remote **remote, struct px_err *err)
{
    const char *name = request->provider->own_url_header;
    const char *url = name ? px_header_value(request, name, NULL) : NULL;
    *remote = NULL;
    if (!url || !*url) return 0;
    *remote = px_provider_own_url(&request->app->providers, url);
    if (*remote) return 0;
    return px_fail(err, PX_EPERM,
                   "the base URL in %s is not one that this proxy allows; add it to --own-urls, or leave the "
                   "header out",
                   name);
}

int px_choose(const struct px_request *request, struct px_choice *choice, struct px_err *err)
{
    const struct px_app *app = request->app;
    const struct px_provider *provider = request->provider;
    *choice = (struct px_choice){.mode = px_mode_of(app, provider), .remote = &provider->remote};
    const struct px_remote *own_url = NULL;
    int rc = choose_key(request, &choice->own_key, err);
    if (rc == 0) rc = choose_url(request, &own_url, err);
    if (rc) return rc;
    if (choice->mode == PX_MODE_SCENARIO || app->options.offline) {
        own_url = NULL;
    } else if (own_url) {
        choice->remote = own_url;
        choice->key = choice->own_key;
        choice->mode = choice->key ? PX_MODE_KEY : PX_MODE_OPEN;
    } else if (choice->own_key) {
        choice->key = choice->own_key;
        choice->mode = PX_MODE_KEY;
    } else {
        choice->key = provider->credential.text;
    }
    if (choice->mode != PX_MODE_NONE) return 0;
    return px_fail(
        err, PX_EINVAL,
        app->options.offline
            ? "the proxy runs with --offline, and only Anthropic's interface has the scripted demo; "
              "%s cannot answer"
            : "no key is configured for %s; give the proxy one (demo-proxy --help says how)",
        provider->id);
}
