#include "upstream/discovery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"

struct probe {
    struct px_transfer transfer;
    struct px_discovery *discovery;
    char id[PX_PROVIDER_ID];
    int port;
    struct buffer body;
};

struct px_discovery {
    struct px_providers *providers;
    void (*found)(void *owner, const struct px_provider *provider);
    void *owner;
    struct probe probes[PX_DISCOVERY_PORTS];
    size_t count;
};

static void end_probe(struct probe *probe)
{
    if (probe->transfer.easy) curl_easy_cleanup(probe->transfer.easy);
    probe->transfer.easy = NULL;
    buffer_free(&probe->body);
}

/* {"object":"list","data":[…]}: OpenAI API reference, "List models". */
static bool is_list(const struct buffer *body)
{
    cJSON *json = body->failed ? NULL : px_json_parse(body->data, body->size, NULL);
    bool good = cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(json, "data"));
    cJSON_Delete(json);
    return good;
}

static void on_done(struct px_transfer *transfer, CURLcode result)
{
    struct probe *probe = (struct probe *)((char *)transfer - offsetof(struct probe, transfer));
    struct px_discovery *discovery = probe->discovery;
    struct px_provider *added = NULL;
    char url[64];
    long status = 0;
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    bool good = result == CURLE_OK && status == 200 && is_list(&probe->body);
    end_probe(probe);
    if (!good) return;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/v1", probe->port);
    if (px_providers_add(discovery->providers, probe->id, strlen(probe->id), url, &added, NULL) == 0 && added)
        discovery->found(discovery->owner, added);
}

static size_t on_body(char *data, size_t one, size_t size, void *owner)
{
    struct probe *probe = owner;
    (void)one;
    if (probe->body.size + size > PX_DISCOVERY_BYTES) return 0;
    buffer_put(&probe->body, data, size);
    return probe->body.failed ? 0 : size;
}

static int start_probe(struct px_discovery *discovery, struct probe *probe)
{
    char url[64];
    CURL *easy = probe->transfer.easy = curl_easy_init();
    if (!easy) return PX_ENOMEM;
    probe->transfer.done = on_done;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/v1/models", probe->port);
    bool good = curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)PX_DISCOVERY_MS) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_PRIVATE, &probe->transfer) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_WRITEDATA, probe) == CURLE_OK;
    if (good && px_multi_add(discovery->providers->multi, &probe->transfer) == 0) return 0;
    end_probe(probe);
    return PX_ENOMEM;
}

static int take_port(struct px_discovery *discovery, const char *entry, size_t size, int own_port,
                     struct px_err *err)
{
    char text[PX_PROVIDER_ID + 8] = "";
    if (size < sizeof text) memcpy(text, entry, size);
    char *equals = strchr(text, '='), *end = NULL;
    long port = equals ? strtol(equals + 1, &end, 10) : 0;
    if (!equals || equals == text || equals - text >= PX_PROVIDER_ID || *end || port < 1 || port > 65535)
        return px_fail(err, PX_EUSAGE,
                       "--local-ports has \"%.*s\"; write NAME=PORT, like ollama=11434, or none",
                       (int)(size < 60 ? size : 60), entry);
    if (port == own_port) return 0;
    if (discovery->count == PX_DISCOVERY_PORTS)
        return px_fail(err, PX_EUSAGE, "--local-ports has more than %d entries", PX_DISCOVERY_PORTS);
    struct probe *probe = &discovery->probes[discovery->count++];
    *equals = '\0';
    (void)snprintf(probe->id, sizeof probe->id, "%.*s", PX_PROVIDER_ID - 1, text);
    probe->port = (int)port;
    probe->discovery = discovery;
    return 0;
}

int px_discovery_open(struct px_discovery **discovery, struct px_providers *providers, const char *list,
                      int own_port, void (*found)(void *owner, const struct px_provider *provider),
                      void *owner, struct px_err *err)
{
    *discovery = NULL;
    if (!list || strcmp(list, "none") == 0) return 0;
    struct px_discovery *made = calloc(1, sizeof *made);
    if (!made) return px_fail_memory(err);
    *made = (struct px_discovery){.providers = providers, .found = found, .owner = owner};
    int rc = 0;
    const char *entry;
    size_t size;
    while (rc == 0 && px_list_next(&list, &entry, &size))
        if (size) rc = take_port(made, entry, size, own_port, err);
    for (size_t i = 0; i < made->count && rc == 0; i++)
        if (start_probe(made, &made->probes[i])) rc = px_fail_memory(err);
    *discovery = made;
    if (rc) {
        px_discovery_close(made);
        *discovery = NULL;
    }
    return rc;
}

void px_discovery_close(struct px_discovery *discovery)
{
    if (!discovery) return;
    for (size_t i = 0; i < discovery->count; i++) {
        struct probe *probe = &discovery->probes[i];
        if (!probe->transfer.easy) continue;
        px_multi_remove(discovery->providers->multi, &probe->transfer);
        end_probe(probe);
    }
    free(discovery);
}
