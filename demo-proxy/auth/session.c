#include "auth/session.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { MAC_SIZE = 32, CLOCK_SLACK_SECONDS = 60 };

static int sign(const unsigned char *secret, const char *text, size_t size, unsigned char mac[MAC_SIZE],
                struct px_err *err)
{
    unsigned length = 0;
    if (HMAC(EVP_sha256(), secret, PX_SECRET_SIZE, (const unsigned char *)text, size, mac, &length) &&
        length == MAC_SIZE)
        return 0;
    return px_fail_memory(err);
}

int px_session_create(const unsigned char secret[PX_SECRET_SIZE], const char *origin, int64_t now,
                      int64_t expires, const struct px_actor *renewed, struct buffer *token,
                      struct px_err *err)
{
    unsigned char id[16], mac[MAC_SIZE];
    char id_text[PX_BASE64_SIZE(sizeof id)], mac_text[PX_BASE64_SIZE(MAC_SIZE)];
    if (!renewed && RAND_bytes(id, sizeof id) != 1)
        return px_fail(err, PX_EIO,
                       "the system gives no random bytes; a session cannot be made without them");
    if (!renewed) px_base64url(id, sizeof id, id_text);
    struct buffer payload = {0};
    buffer_printf(&payload,
                  "{\"v\":1,\"iat\":%" PRId64 ",\"exp\":%" PRId64 ",\"since\":%" PRId64
                  ",\"id\":\"%s\",\"origin\":",
                  now, expires, renewed ? renewed->since : now, renewed ? renewed->id : id_text);
    px_put_json(&payload, origin);
    buffer_put_string(&payload, "}");
    char *encoded = payload.failed ? NULL : malloc(PX_BASE64_SIZE(payload.size));
    int rc = PX_ENOMEM;
    if (!encoded)
        (void)px_fail_memory(err);
    else {
        px_base64url(buffer_string(&payload), payload.size, encoded);
        rc = sign(secret, encoded, strlen(encoded), mac, err);
    }
    if (rc == 0) {
        px_base64url(mac, sizeof mac, mac_text);
        buffer_printf(token, "%s.%s", encoded, mac_text);
        if (token->failed) rc = px_fail_memory(err);
    }
    free(encoded);
    buffer_free(&payload);
    return rc;
}

static int malformed(struct px_err *err)
{
    return px_fail(err, PX_EAUTH,
                   "the session token is not one of this proxy's; pair again with `demo-proxy pair`");
}

/* Whether it is a moment in Unix seconds that a number of 64 bits can hold. */
static bool is_moment(const cJSON *value)
{
    return cJSON_IsNumber(value) && value->valuedouble >= 0 && value->valuedouble <= 9007199254740992.0;
}

static int read_actor(const cJSON *payload, struct px_actor *actor, struct px_err *err)
{
    const cJSON *issued = cJSON_GetObjectItemCaseSensitive(payload, "iat");
    const cJSON *since = cJSON_GetObjectItemCaseSensitive(payload, "since");
    const char *id = px_json_text(payload, "id");
    *actor = (struct px_actor){.since = (int64_t)(is_moment(since) ? since : issued)->valuedouble};
    return id && px_actor_set(actor, PX_ACTOR_SESSION, id, NULL) == 0 ? 0 : malformed(err);
}

/* renew_seconds: -1 when the token must not be over. */
static int check_payload(const cJSON *payload, const char *origin, int64_t now, long long renew_seconds,
                         struct px_actor *actor, struct px_err *err)
{
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(payload, "v");
    const cJSON *issued = cJSON_GetObjectItemCaseSensitive(payload, "iat");
    const cJSON *expires = cJSON_GetObjectItemCaseSensitive(payload, "exp");
    const char *bound = px_json_text(payload, "origin");
    if (!cJSON_IsNumber(version) || version->valuedouble != 1 || !is_moment(issued) || !is_moment(expires) ||
        !bound)
        return malformed(err);
    int rc = read_actor(payload, actor, err);
    if (rc) return rc;
    if (issued->valuedouble > (double)(now + CLOCK_SLACK_SECONDS))
        return px_fail(err, PX_EAUTH,
                       "the session begins in the future; check this machine's clock and pair again");
    if (renew_seconds < 0 && expires->valuedouble <= (double)now)
        return px_fail(
            err, PX_EAUTH,
            "the session has expired; renew it with POST /v1/session or pair again with `demo-proxy pair`");
    if (renew_seconds >= 0 && now - actor->since >= renew_seconds)
        return px_fail(
            err, PX_EAUTH,
            "the session was paired too long ago to be renewed; pair again with `demo-proxy pair`");
    actor->expires = (int64_t)expires->valuedouble;
    if (strcmp(bound, origin) != 0)
        return px_fail(err, PX_EPERM, "this session was paired from another origin; pair from this one");
    return 0;
}

static int check(const unsigned char *secret, const char *token, const char *origin, int64_t now,
                 long long renew_seconds, struct px_actor *actor, struct px_err *err)
{
    unsigned char wanted[MAC_SIZE], given[MAC_SIZE];
    char json[PX_SESSION_MAX];
    struct px_actor unused;
    size_t size = strlen(token);
    const char *dot = strchr(token, '.');
    if (size > PX_SESSION_MAX || !dot) return malformed(err);
    size_t head = (size_t)(dot - token);
    if (px_base64url_decode(dot + 1, size - head - 1, given, sizeof given) != MAC_SIZE) return malformed(err);
    int rc = sign(secret, token, head, wanted, err);
    if (rc) return rc;
    if (CRYPTO_memcmp(wanted, given, MAC_SIZE) != 0) return malformed(err);
    long n = px_base64url_decode(token, head, json, sizeof json);
    cJSON *payload = n > 0 ? px_json_parse(json, (size_t)n, NULL) : NULL;
    rc = payload ? check_payload(payload, origin, now, renew_seconds, actor ? actor : &unused, err)
                 : malformed(err);
    cJSON_Delete(payload);
    return rc;
}

int px_session_check(const unsigned char secret[PX_SECRET_SIZE], const char *token, const char *origin,
                     int64_t now, struct px_actor *actor, struct px_err *err)
{
    return check(secret, token, origin, now, -1, actor, err);
}

int px_session_check_renewal(const unsigned char secret[PX_SECRET_SIZE], const char *token,
                             const char *origin, int64_t now, long long renew_seconds, struct px_actor *actor,
                             struct px_err *err)
{
    return check(secret, token, origin, now, renew_seconds, actor, err);
}

bool px_session_id(const char *token, char id[40])
{
    char json[PX_SESSION_MAX];
    size_t head = strcspn(token, ".");
    long n = head < sizeof json ? px_base64url_decode(token, head, json, sizeof json) : -1;
    cJSON *payload = n > 0 ? px_json_parse(json, (size_t)n, NULL) : NULL;
    const char *found = px_json_text(payload, "id");
    bool good = found && *found && strlen(found) < 40;
    if (good) (void)snprintf(id, 40, "%s", found);
    cJSON_Delete(payload);
    return good;
}
