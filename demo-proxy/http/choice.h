/* choice.h: who answers a model's request: the provider with the proxy's key, with the request's own key or
 * at the base URL that it chose, the offline demo, or a scenario. A key of the proxy's never goes to a base
 * URL that a request chose. */
#ifndef PX_HTTP_CHOICE_H
#define PX_HTTP_CHOICE_H

#include "http/app.h"

enum px_mode {
    PX_MODE_NONE, /* there is no key */
    PX_MODE_KEY,
    PX_MODE_OPEN, /* needs none */
    PX_MODE_OFFLINE,
    PX_MODE_SCENARIO
};

struct px_choice {
    enum px_mode mode;
    const struct px_remote *remote; /* with PX_MODE_KEY and PX_MODE_OPEN */
    const char *key;                /* NULL: none is sent */
    const char *own_key;            /* the request's, to be wiped there; NULL: it has none */
};

/* How requests without a key of their own are answered. */
enum px_mode px_mode_of(const struct px_app *app, const struct px_provider *provider);
/* "key", "open", "offline", "scenario", "none". */
const char *px_mode_name(enum px_mode mode);
/* Whether requests may bring a key of their own. */
bool px_takes_own_keys(const struct px_app *app, const struct px_provider *provider);

/* PX_EPERM: own keys or this URL are not allowed; PX_EINVAL: malformed, or nobody is there to answer. */
int px_choose(const struct px_request *request, struct px_choice *choice, struct px_err *err);

#endif
