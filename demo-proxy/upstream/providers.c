#include "upstream/providers.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"

/* --- entries --- */

static void free_provider(struct px_provider *provider)
{
    if (!provider) return;
    px_remote_close(&provider->remote);
    px_credential_close(&provider->credential);
    free(provider);
}

static int open_remote(const struct px_providers *providers, struct px_remote *remote, const char *base_url,
                       const char *setting, struct px_err *err)
{
    int rc = px_remote_open(remote, providers->multi, base_url, setting, err);
    remote->connect_timeout_ms = providers->connect_timeout_ms;
    remote->idle_timeout_ms = providers->idle_timeout_ms;
    return rc;
}

static int add(struct px_providers *providers, const struct px_provider *form, const char *base_url,
               const char *setting, const struct px_credential_places *places, struct px_err *err)
{
    if (providers->count == PX_MAX_PROVIDERS)
        return px_fail(err, PX_EUSAGE, "more than %d providers", PX_MAX_PROVIDERS);
    struct px_provider *provider = malloc(sizeof *provider);
    if (!provider) return px_fail_memory(err);
    *provider = *form;
    int rc = open_remote(providers, &provider->remote, base_url, setting, err);
    if (rc == 0 && places) rc = px_credential_open(&provider->credential, places, err);
    if (rc) {
        free_provider(provider);
        return rc;
    }
    providers->items[providers->count++] = provider;
    return 0;
}

/* --- the three that are always there --- */

static int add_known(struct px_providers *providers, const struct px_options *options,
                     const struct px_credential_places *common, struct px_err *err)
{
    const struct {
        struct px_provider form;
        const char *base_url, *setting, *file, *variables[2];
    } known[] = {
        {{.id = "anthropic",
          .dialect = PX_ANTHROPIC,
          .own_key_header = "X-Api-Key-Anthropic",
          .own_url_header = "X-Proxy-Url-Anthropic"},
         options->anthropic_base_url,
         "--anthropic-base-url",
         options->anthropic_api_key_file,
         {"ANTHROPIC_API_KEY"}},
        {{.id = "openai",
          .dialect = PX_OPENAI,
          .own_key_header = "X-Api-Key-OpenAI",
          .own_url_header = "X-Proxy-Url-OpenAI"},
         options->openai_base_url,
         "--openai-base-url",
         options->openai_api_key_file,
         {"OPENAI_API_KEY"}},
        {{.id = "google",
          .dialect = PX_GOOGLE,
          .own_key_header = "X-Api-Key-Google",
          .own_url_header = "X-Proxy-Url-Google"},
         options->google_base_url,
         "--google-base-url",
         options->google_api_key_file,
         {"GEMINI_API_KEY", "GOOGLE_API_KEY"}},
    };
    int rc = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known && rc == 0; i++) {
        struct px_credential_places places = *common;
        places.name = known[i].form.id;
        places.file = known[i].file;
        places.variables[0] = known[i].variables[0];
        places.variables[1] = known[i].variables[1];
        rc = add(providers, &known[i].form, known[i].base_url, known[i].setting, &places, err);
    }
    return rc;
}

/* --- named ones --- */

/* The names of the proxy's own routes below /v1/. */
static bool is_reserved(const char *id)
{
    static const char *const reserved[] = {"pair", "session", "providers", "fetch", "search", "openapi"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(reserved[i], id) == 0) return true;
    return false;
}

static int take_id(char id[PX_PROVIDER_ID], const char *text, size_t size, struct px_err *err)
{
    bool good = size > 0 && size < PX_PROVIDER_ID && islower((unsigned char)*text);
    for (size_t i = 0; good && i < size; i++)
        good = islower((unsigned char)text[i]) || isdigit((unsigned char)text[i]) || text[i] == '-';
    if (good) {
        memcpy(id, text, size);
        id[size] = '\0';
        good = !is_reserved(id);
    }
    if (good) return 0;
    return px_fail(
        err, PX_EUSAGE,
        "\"%.*s\" is no name for a provider; use up to %d small letters, digits and '-', beginning "
        "with a letter, and none of the proxy's own routes",
        (int)(size < 60 ? size : 60), text, PX_PROVIDER_ID - 1);
}

/* UMBRA_KEY_ and the name in capitals, '-' as '_'. */
static void variable_of(const char *id, char out[PX_PROVIDER_ID + 16])
{
    int n = snprintf(out, PX_PROVIDER_ID + 16, "UMBRA_KEY_%s", id);
    for (int i = 10; i < n; i++)
        if (out[i] == '-')
            out[i] = '_';
        else
            out[i] = (char)toupper((unsigned char)out[i]);
}

static int add_named(struct px_providers *providers, const char *id, size_t id_size, const char *base_url,
                     const struct px_credential_places *common, struct px_provider **added,
                     struct px_err *err)
{
    struct px_provider form = {.dialect = PX_OPENAI, .keyless = true};
    char variable[PX_PROVIDER_ID + 16];
    if (added) *added = NULL;
    int rc = take_id(form.id, id, id_size, err);
    if (rc) return rc;
    if (px_provider_find(providers, form.id, id_size))
        return added ? 0 : px_fail(err, PX_EUSAGE, "the provider %s is named twice", form.id);
    variable_of(form.id, variable);
    struct px_credential_places places = common ? *common : (struct px_credential_places){0};
    places.name = form.id;
    places.variables[0] = variable;
    rc = add(providers, &form, base_url, "--upstreams", &places, err);
    if (rc == 0 && added) *added = providers->items[providers->count - 1];
    return rc;
}

int px_providers_add(struct px_providers *providers, const char *id, size_t id_size, const char *base_url,
                     struct px_provider **added, struct px_err *err)
{
    return add_named(providers, id, id_size, base_url, NULL, added, err);
}

struct naming {
    struct px_providers *providers;
    const struct px_credential_places *common;
};

static int take_upstream(void *owner, const char *piece, struct px_err *err)
{
    const struct naming *naming = owner;
    const char *equals = strchr(piece, '=');
    if (!equals)
        return px_fail(err, PX_EUSAGE,
                       "--upstreams has \"%.80s\"; write NAME=URL, like groq=https://api.groq.com/openai/v1",
                       piece);
    return add_named(naming->providers, piece, (size_t)(equals - piece), equals + 1, naming->common, NULL,
                     err);
}

static int take_own_url(void *owner, const char *piece, struct px_err *err)
{
    struct px_providers *providers = owner;
    if (providers->own_url_count == PX_MAX_PROVIDERS)
        return px_fail(err, PX_EUSAGE, "--own-urls names more than %d base URLs", PX_MAX_PROVIDERS);
    int rc = open_remote(providers, &providers->own_urls[providers->own_url_count], piece, "--own-urls", err);
    if (rc == 0) providers->own_url_count++;
    return rc;
}

/* --- the list --- */

int px_providers_open(struct px_providers *providers, struct px_multi *multi,
                      const struct px_options *options, struct px_err *err)
{
    const char *sealed = getenv("CREDENTIALS_DIRECTORY"); /* systemd.exec(5), "Credentials" */
    const struct px_credential_places common = {.folder = options->keys_dir ? options->keys_dir : sealed,
                                                .sealed = !options->keys_dir};
    struct naming naming = {providers, &common};
    *providers = (struct px_providers){.multi = multi,
                                       .connect_timeout_ms = (long)options->connect_timeout_ms,
                                       .idle_timeout_ms = options->idle_timeout_ms};
    int rc = add_known(providers, options, &common, err);
    if (rc == 0) rc = px_list_each(options->upstreams, take_upstream, &naming, err);
    if (rc == 0) rc = px_list_each(options->own_urls, take_own_url, providers, err);
    return rc;
}

void px_providers_close(struct px_providers *providers)
{
    for (size_t i = 0; i < providers->count; i++) free_provider(providers->items[i]);
    for (size_t i = 0; i < providers->own_url_count; i++) px_remote_close(&providers->own_urls[i]);
    *providers = (struct px_providers){0};
}

struct px_provider *px_provider_find(const struct px_providers *providers, const char *id, size_t size)
{
    for (size_t i = 0; i < providers->count; i++)
        if (strlen(providers->items[i]->id) == size && memcmp(providers->items[i]->id, id, size) == 0)
            return providers->items[i];
    return NULL;
}

const struct px_remote *px_provider_own_url(const struct px_providers *providers, const char *url)
{
    size_t size = strlen(url);
    while (size && url[size - 1] == '/') size--;
    for (size_t i = 0; i < providers->own_url_count; i++) {
        const char *base = providers->own_urls[i].base_url;
        if (strlen(base) == size && memcmp(base, url, size) == 0) return &providers->own_urls[i];
    }
    return NULL;
}

bool px_provider_ready(const struct px_provider *provider)
{
    return provider->credential.text || provider->keyless;
}
