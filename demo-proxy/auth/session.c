#include "auth/session.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "auth/jwt.h"
#include "base/text.h"

#define ISSUER "umbra-demo-proxy"

enum { CLOCK_SLACK_SECONDS = 60 };

int px_session_create(const unsigned char secret[PX_SECRET_SIZE], const char *origin, int64_t now,
                      int64_t expires, const struct px_actor *renewed, struct buffer *token,
                      struct px_err *err)
{
    unsigned char id[16];
    char id_text[PX_BASE64_SIZE(sizeof id)];
    struct buffer claims = {0};
    if (!renewed && RAND_bytes(id, sizeof id) != 1)
        return px_fail(err, PX_EIO,
                       "the system gives no random bytes; a session cannot be made without them");
    if (!renewed) px_base64url(id, sizeof id, id_text);
    buffer_printf(&claims,
                  "{\"iss\":\"" ISSUER "\",\"iat\":%" PRId64 ",\"exp\":%" PRId64 ",\"since\":%" PRId64
                  ",\"jti\":\"%s\",\"origin\":",
                  now, expires, renewed ? renewed->since : now, renewed ? renewed->id : id_text);
    px_put_json(&claims, origin);
    buffer_put_string(&claims, "}");
    int rc = claims.failed ? px_fail_memory(err) : px_jwt_sign(secret, buffer_string(&claims), token, err);
    buffer_free(&claims);
    return rc;
}

/* A whole number of Unix seconds that a double holds exactly. */
static bool read_moment(const cJSON *claims, const char *name, int64_t *moment)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(claims, name);
    if (!cJSON_IsNumber(value) || !(value->valuedouble >= 0 && value->valuedouble <= 9007199254740992.0))
        return false;
    *moment = (int64_t)value->valuedouble;
    return (double)*moment == value->valuedouble;
}

static const char *read_id(const cJSON *claims)
{
    const char *id = px_json_text(claims, "jti");
    size_t size = id ? strlen(id) : 0;
    unsigned char bytes[sizeof((struct px_actor *)0)->id];
    return size && size < sizeof bytes && px_base64url_decode(id, size, bytes, sizeof bytes) > 0 ? id : NULL;
}

struct claims {
    int64_t issued, expires, since;
    const char *id, *origin;
};

/* All of them, each once and nothing else. */
static int read_claims(const cJSON *json, struct claims *claims, struct px_err *err)
{
    const char *issuer = px_json_text(json, "iss");
    claims->id = read_id(json);
    claims->origin = px_json_text(json, "origin");
    if (cJSON_GetArraySize(json) == 6 && issuer && strcmp(issuer, ISSUER) == 0 && claims->id &&
        claims->origin && read_moment(json, "iat", &claims->issued) &&
        read_moment(json, "exp", &claims->expires) && read_moment(json, "since", &claims->since))
        return 0;
    return px_fail(err, PX_EAUTH,
                   "the session token is not one of this proxy's; pair again with `demo-proxy pair`");
}

/* renew_seconds: -1 when the token must not be over. */
static int check_claims(const struct claims *claims, const char *origin, int64_t now, long long renew_seconds,
                        struct px_err *err)
{
    if (claims->issued > now + CLOCK_SLACK_SECONDS)
        return px_fail(err, PX_EAUTH,
                       "the session begins in the future; check this machine's clock and pair again");
    if (renew_seconds < 0 && claims->expires <= now)
        return px_fail(
            err, PX_EAUTH,
            "the session has expired; renew it with POST /v1/session or pair again with `demo-proxy pair`");
    if (renew_seconds >= 0 && now - claims->since >= renew_seconds)
        return px_fail(
            err, PX_EAUTH,
            "the session was paired too long ago to be renewed; pair again with `demo-proxy pair`");
    if (strcmp(claims->origin, origin) != 0)
        return px_fail(err, PX_EPERM, "this session was paired from another origin; pair from this one");
    return 0;
}

static int check(const unsigned char *secret, const char *token, const char *origin, int64_t now,
                 long long renew_seconds, struct px_actor *actor, struct px_err *err)
{
    struct px_actor found = {0};
    struct claims claims = {0};
    cJSON *json = NULL;
    int rc = px_jwt_check(secret, token, &json, err);
    if (rc == 0) rc = read_claims(json, &claims, err);
    if (rc == 0) rc = check_claims(&claims, origin, now, renew_seconds, err);
    if (rc == 0) rc = px_actor_set(&found, PX_ACTOR_SESSION, claims.id, err);
    if (rc == 0 && actor) {
        found.since = claims.since;
        found.expires = claims.expires;
        *actor = found;
    }
    cJSON_Delete(json);
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
    cJSON *claims = px_jwt_claims(token);
    const char *found = read_id(claims);
    if (found) (void)snprintf(id, 40, "%s", found);
    cJSON_Delete(claims);
    return found != NULL;
}
