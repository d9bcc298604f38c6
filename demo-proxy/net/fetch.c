#include "net/fetch.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/list.h"
#include "net/transfer.h"

/* Types whose content is text; what else is let in goes to the client as base64. */
#define TEXT_TYPES                                                                                           \
    "text/*,application/json,application/*+json,application/xml,*/*+xml,application/javascript,"             \
    "application/x-javascript,application/ecmascript,application/x-ndjson,application/jsonl,"                \
    "application/yaml,application/x-yaml,application/toml,application/sql"

static bool matches(const char *type, size_t size, const char *pattern, size_t length)
{
    const char *star = memchr(pattern, '*', length);
    if (!star) return size == length && strncasecmp(type, pattern, size) == 0;
    size_t head = (size_t)(star - pattern), tail = length - head - 1;
    const char *rest = star + 1, *second = memchr(rest, '*', tail);
    if (size < head || strncasecmp(type, pattern, head) != 0) return false;
    if (!second) return size >= head + tail && strncasecmp(type + size - tail, rest, tail) == 0;
    for (size_t i = head; i <= size; i++)
        if (matches(type + i, size - i, rest, tail)) return true;
    return false;
}

bool px_type_in_list(const char *type, const char *list)
{
    const char *pattern;
    size_t size = strcspn(type, "; \t"), length;
    while (size && px_list_next(&list, &pattern, &length))
        if (matches(type, size, pattern, length)) return true;
    return false;
}

int px_fetcher_open(struct px_fetcher *fetcher, struct px_multi *multi, const struct px_options *options,
                    struct px_err *err)
{
    *fetcher = (struct px_fetcher){.multi = multi, .options = options};
    if (options->no_fetch) return 0;
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* without it names beyond ASCII are refused */
    const char *agent = options->fetch_user_agent;
    for (const char *p = agent; p && *p; p++)
        if (*p < ' ' || *p > '~')
            return px_fail(err, PX_EUSAGE, "--fetch-user-agent has characters that a header cannot carry");
    if (options->fetch_ca_file && access(options->fetch_ca_file, R_OK))
        return px_fail(err, PX_EUSAGE, "--fetch-ca-file %s cannot be read: %s", options->fetch_ca_file,
                       strerror(errno));
    int rc = px_rules_open(&fetcher->rules, options->fetch_ports, options->fetch_allow,
                           (size_t)options->fetch_max_url_bytes, err);
    if (rc) return rc;
    return px_resolver_open(&fetcher->resolver, multi->loop, options->dns_servers,
                            (int)options->dns_timeout_ms, err);
}

void px_fetcher_close(struct px_fetcher *fetcher)
{
    px_resolver_close(&fetcher->resolver);
    px_rules_close(&fetcher->rules);
}

bool px_fetcher_has_room(const struct px_fetcher *fetcher)
{
    long long most = fetcher->options->max_fetches;
    return fetcher->running < most && fetcher->resolver.abandoned < most;
}

/* rc and err are what px_target_parse or px_target_follow gave. Whatever lies behind a redirect is refused in
 * the same words, since its host is not the client's own. */
static void note_forbidden(struct px_fetch *fetch, int rc, const char *reason)
{
    if (rc == PX_ENOMEM)
        px_errand_refuse_memory(&fetch->errand);
    else
        px_errand_refuse(&fetch->errand, 403, "permission_error", "the fetch of %s is refused: %s",
                         fetch->host,
                         fetch->redirects ? "it redirects to where the web fetch may not go" : reason);
}

static void note_broken(struct px_fetch *fetch, CURLcode result)
{
    const char *host = fetch->host, *where = fetch->redirects ? ", after a redirect," : "";
    switch (result) {
    case CURLE_OUT_OF_MEMORY:
        px_errand_refuse(&fetch->errand, 502, "api_error", "%s%s gave an answer that takes too much memory",
                         host, where);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        px_errand_refuse(&fetch->errand, 504, "timeout_error",
                         "%s%s could not be reached in time; try again later", host, where);
        break;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
        px_errand_refuse(&fetch->errand, 502, "api_error", "%s%s cannot be reached; try again later", host,
                         where);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
        px_errand_refuse(&fetch->errand, 502, "api_error", "no trustworthy TLS connection to %s%s (%s)", host,
                         where, curl_easy_strerror(result));
        break;
    default:
        px_errand_refuse(&fetch->errand, 502, "api_error", "%s%s gave no usable answer (%s)", host, where,
                         curl_easy_strerror(result));
    }
}

static void connect_now(struct px_fetch *fetch)
{
    if (px_fetch_transfer(fetch) == 0) return;
    px_errand_refuse_memory(&fetch->errand);
    px_errand_finish(&fetch->errand);
}

static void on_resolved(struct px_lookup *lookup)
{
    struct px_fetch *fetch = lookup->owner;
    bool allowed = fetch->target.allowed;
    if (lookup->outcome == PX_LOOKUP_MEMORY)
        px_errand_refuse_memory(&fetch->errand);
    else if (lookup->outcome == PX_LOOKUP_FAILED)
        px_errand_refuse(&fetch->errand, 502, "api_error",
                         "the name of %s could not be looked up; try again later", fetch->host);
    else if (lookup->outcome == PX_LOOKUP_NOTHING && allowed)
        px_errand_refuse(&fetch->errand, 502, "api_error", "the name of %s has no address", fetch->host);
    else if (lookup->outcome == PX_LOOKUP_NOTHING || (!lookup->all_public && !allowed))
        note_forbidden(fetch, PX_EPERM, PX_NOT_PUBLIC);
    if (fetch->errand.refusal) {
        px_errand_finish(&fetch->errand);
        return;
    }
    memcpy(fetch->pinned, lookup->addresses, sizeof fetch->pinned);
    fetch->pinned_count = lookup->count;
    connect_now(fetch);
}

/* Goes to fetch->target. Nothing is asked about an address that stands in the URL itself. */
static int go(struct px_fetch *fetch)
{
    fetch->head_done = fetch->following = false;
    fetch->header_bytes = 0;
    fetch->status = 0;
    fetch->content_type[0] = '\0';
    if (fetch->target.form == PX_HOST_NAME)
        return px_resolver_start(&fetch->fetcher->resolver, &fetch->lookup, fetch->target.host);
    fetch->pinned[0] = fetch->target.address;
    fetch->pinned_count = 1;
    return px_fetch_transfer(fetch);
}

static void follow(struct px_fetch *fetch)
{
    struct px_target next;
    struct px_err err;
    long long most = fetch->fetcher->options->fetch_max_redirects;
    if (fetch->redirects >= most) {
        px_errand_refuse(&fetch->errand, 502, "api_error",
                         "%s redirects more than %lld times (--fetch-max-redirects)", fetch->host, most);
        px_errand_finish(&fetch->errand);
        return;
    }
    fetch->redirects++;
    int rc = px_target_follow(&fetch->fetcher->rules, &fetch->target, fetch->location, &next, &err);
    bool downgrade = rc == 0 && fetch->target.https && !next.https;
    free(fetch->location);
    fetch->location = NULL;
    if (downgrade) rc = PX_EPERM;
    if (rc) {
        px_target_free(&next);
        note_forbidden(fetch, rc, NULL);
        px_errand_finish(&fetch->errand);
        return;
    }
    px_target_free(&fetch->target);
    fetch->target = next;
    if (go(fetch) == 0) return;
    px_errand_refuse_memory(&fetch->errand);
    px_errand_finish(&fetch->errand);
}

void px_fetch_transferred(struct px_fetch *fetch, CURLcode result)
{
    if (fetch->following) {
        follow(fetch);
        return;
    }
    bool whole = fetch->truncated || (result == CURLE_OK && fetch->head_done);
    if (!whole) note_broken(fetch, result);
    px_errand_finish(&fetch->errand);
}

int px_fetch_type(struct px_fetch *fetch)
{
    const char *type = fetch->content_type;
    fetch->is_text = px_type_in_list(type, TEXT_TYPES);
    if (px_type_in_list(type, fetch->fetcher->options->fetch_types)) return 0;
    px_errand_refuse(&fetch->errand, 415, "invalid_request_error",
                     "%s sends %.80s, which is none of the types that the web fetch takes (--fetch-types)",
                     fetch->host, *type ? type : "something without a type");
    return PX_EPERM;
}

void px_fetch_head_too_large(struct px_fetch *fetch)
{
    px_errand_refuse(&fetch->errand, 502, "api_error",
                     "%s sends more than %lld bytes of headers (--fetch-max-header-bytes)", fetch->host,
                     fetch->fetcher->options->fetch_max_header_bytes);
}

static void halt(struct px_errand *errand)
{
    struct px_fetch *fetch = (struct px_fetch *)errand;
    px_fetch_transfer_end(fetch);
    px_lookup_cancel(&fetch->lookup);
}

static void late(struct px_errand *errand)
{
    const struct px_fetch *fetch = (const struct px_fetch *)errand;
    px_errand_refuse(errand, 504, "timeout_error",
                     "%s did not answer in full within %lld ms (--fetch-timeout-ms)", fetch->host,
                     fetch->fetcher->options->fetch_timeout_ms);
}

void px_fetch_start(struct px_fetcher *fetcher, struct px_fetch *fetch, const char *url, size_t max_bytes)
{
    static const struct px_errand_work work = {.halt = halt, .late = late};
    struct px_err err;
    fetch->fetcher = fetcher;
    fetch->max_bytes = max_bytes;
    fetch->lookup = (struct px_lookup){.done = on_resolved, .owner = fetch};
    px_target_shown(url, fetch->host);
    int rc = px_errand_begin(&fetch->errand, &work, fetcher->multi->loop, &fetcher->running,
                             fetcher->options->fetch_timeout_ms);
    if (rc == 0) {
        rc = px_target_parse(&fetcher->rules, url, &fetch->target, &err);
        if (rc) note_forbidden(fetch, rc, err.text);
        if (rc) px_target_free(&fetch->target);
    }
    if (rc == 0) {
        rc = go(fetch);
        if (rc) px_errand_refuse_memory(&fetch->errand);
    }
    if (rc) px_errand_end(&fetch->errand);
}

void px_fetch_close(struct px_fetch *fetch)
{
    px_errand_stop(&fetch->errand, 499, "client left", "");
    px_target_free(&fetch->target);
    free(fetch->location);
    fetch->location = NULL;
    buffer_free(&fetch->body);
}
