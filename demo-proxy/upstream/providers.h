/* providers.h: the model providers that this proxy knows: Anthropic, OpenAI and Google always, further
 * OpenAI-compatible ones by name from the settings, and those that were found on this machine. Each has its
 * dialect, its base URL and, perhaps, a key. The list only grows while the proxy runs; entries stay where
 * they are. */
#ifndef PX_UPSTREAM_PROVIDERS_H
#define PX_UPSTREAM_PROVIDERS_H

#include "base/metrics.h"
#include "options.h"
#include "upstream/credential.h"
#include "upstream/dialect.h"
#include "upstream/remote.h"

enum { PX_PROVIDER_ID = 32 /* bytes of a name, the NUL included */, PX_MAX_PROVIDERS = 64 };

struct px_provider {
    char id[PX_PROVIDER_ID];
    enum px_dialect dialect;
    struct px_remote remote;
    struct px_credential credential;
    const char *own_key_header; /* in which a request brings its own key; NULL: it cannot */
    const char *own_url_header; /* likewise for a base URL */
    bool keyless;               /* works without a key: it is of this machine, or a named one */
    uint64_t tokens[PX_TOKENS]; /* of its answers, since the start */
    uint64_t failures;          /* calls that it did not answer, or not to the end */
    int64_t failed_ms;          /* when the last call failed, by px_now_ms(); 0: it did not */
};

struct px_providers {
    struct px_multi *multi;
    struct px_provider *items[PX_MAX_PROVIDERS];
    size_t count;
    struct px_remote own_urls[PX_MAX_PROVIDERS]; /* base URLs that requests may choose */
    size_t own_url_count;
    long connect_timeout_ms;
    long long idle_timeout_ms;
};

/* Reads URLs, names and keys. PX_EUSAGE with the entry that is wrong, PX_EIO, PX_ENOMEM. */
int px_providers_open(struct px_providers *providers, struct px_multi *multi,
                      const struct px_options *options, struct px_err *err);
void px_providers_close(struct px_providers *providers);
/* A named OpenAI-compatible provider. *added NULL with 0: the name is taken. */
int px_providers_add(struct px_providers *providers, const char *id, size_t id_size, const char *base_url,
                     struct px_provider **added, struct px_err *err);

/* NULL: there is none of this name. */
struct px_provider *px_provider_find(const struct px_providers *providers, const char *id, size_t size);
/* The remote of a base URL that a request asks for. NULL: it is not among --own-urls. */
const struct px_remote *px_provider_own_url(const struct px_providers *providers, const char *url);
/* Whether a request without a key of its own can be sent. */
bool px_provider_ready(const struct px_provider *provider);

#endif
