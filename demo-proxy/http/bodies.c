#include "http/bodies.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "debug/blobs.h"
#include "debug/conceal.h"
#include "http/gate.h"

struct px_bodies {
    struct px_blobs request, answer;
    char *key;
    bool failed;
};

static struct px_bodies *begin(struct px_request *request)
{
    size_t limit = (size_t)request->app->options.debug_body_bytes;
    struct px_bodies *bodies = calloc(1, sizeof *bodies);
    if (!bodies) return NULL;
    px_blobs_open(&bodies->request, limit);
    px_blobs_open(&bodies->answer, limit);
    return request->bodies = bodies;
}

void px_bodies_asked(struct px_request *request, const char *data, size_t size)
{
    if (!request->app->options.debug_bodies || !request->endpoint || !px_endpoint_asks(request->endpoint))
        return;
    struct px_bodies *bodies = request->bodies ? request->bodies : begin(request);
    if (bodies) px_blobs_feed(&bodies->request, data, size);
}

void px_bodies_key(struct px_request *request, const char *key)
{
    struct px_bodies *bodies = request->bodies;
    if (!bodies || !key) return;
    bodies->key = strdup(key);
    bodies->failed |= !bodies->key;
}

void px_bodies_answered(struct px_request *request, const char *data, size_t size)
{
    if (request->bodies) px_blobs_feed(&request->bodies->answer, data, size);
}

/* All that the proxy knows to be secret, and what this request came with. The value of a header that was
 * wiped meanwhile is empty. */
static void gather(const struct px_request *request, struct px_secrets *secrets)
{
    static const char *const headers[] = {"x-api-key", "x-goog-api-key", "x-api-key-anthropic",
                                          "x-api-key-openai", "x-api-key-google"};
    const struct px_app *app = request->app;
    const char *authorization = px_header_value(request, "Authorization", NULL);
    px_secrets_add(secrets, request->bodies->key);
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        px_secrets_add(secrets, px_header_value(request, headers[i], NULL));
    if (authorization) {
        const char *blank = strchr(authorization, ' ');
        px_secrets_add(secrets, blank ? blank + strspn(blank, " ") : authorization);
    }
    px_secrets_add(secrets, app->searcher.credential.text);
    for (size_t i = 0; i < app->providers.count; i++)
        px_secrets_add(secrets, app->providers.items[i]->credential.text);
}

static int conceal(struct px_blobs *blobs, const struct px_secrets *secrets, struct buffer *out, bool *cut)
{
    px_blobs_end(blobs);
    if (blobs->text.failed) return PX_ENOMEM;
    *cut = blobs->cut;
    return px_conceal(buffer_string(&blobs->text), blobs->text.size, secrets, blobs->limit, out, cut);
}

void px_bodies_seal(struct px_request *request, struct px_bodies_kept *kept)
{
    struct px_bodies *bodies = request->bodies;
    struct px_secrets secrets = {.count = 0};
    unsigned char hash[PX_HASH_SIZE];
    *kept = (struct px_bodies_kept){.hash = ""};
    if (!bodies || bodies->failed) return;
    gather(request, &secrets);
    struct px_body *body = &kept->body;
    *body = (struct px_body){.request_bytes = (int64_t)bodies->request.total,
                             .answer_bytes = (int64_t)bodies->answer.total};
    int rc = conceal(&bodies->request, &secrets, &kept->request, &body->request_cut);
    if (rc == 0) rc = conceal(&bodies->answer, &secrets, &kept->answer, &body->answer_cut);
    body->request = buffer_string(&kept->request);
    body->answer = buffer_string(&kept->answer);
    if (rc == 0) rc = px_body_seal(body, hash, NULL);
    if (rc == 0) px_hex(hash, PX_HASH_SIZE, kept->hash);
}

void px_bodies_store(struct px_request *request, const struct px_bodies_kept *kept)
{
    /* A failure is the database's, which tells of it. */
    if (kept->hash[0]) (void)px_body_append(&request->app->store.db, &kept->body, NULL);
}

void px_bodies_drop(struct px_bodies_kept *kept)
{
    px_wipe(&kept->request);
    px_wipe(&kept->answer);
    kept->hash[0] = '\0';
}

void px_bodies_close(struct px_request *request)
{
    struct px_bodies *bodies = request->bodies;
    request->bodies = NULL;
    if (!bodies) return;
    px_blobs_close(&bodies->request);
    px_blobs_close(&bodies->answer);
    if (bodies->key) OPENSSL_cleanse(bodies->key, strlen(bodies->key));
    free(bodies->key);
    free(bodies);
}

int px_bodies_announce(struct px_app *app, struct px_err *err)
{
    const struct px_options *options = &app->options;
    char detail[128];
    if (!options->debug_bodies) return 0;
    px_log_message(
        &app->log, "warning", "debug bodies",
        "--debug-bodies: what models are asked and answer is kept in the audit database, up to %lld "
        "bytes each and for %lld days, redacted as far as secrets can be recognised; switch it off "
        "when it is no longer needed",
        options->debug_body_bytes, options->debug_body_days);
    (void)snprintf(detail, sizeof detail,
                   "{\"debug_bodies\":true,\"debug_body_bytes\":%lld,\"debug_body_days\":%lld}",
                   options->debug_body_bytes, options->debug_body_days);
    return px_audit_append(
        &app->store.audit,
        &(struct px_audit_record){.kind = "configuration", PX_AUDIT_EMPTY, .detail = detail}, err);
}
