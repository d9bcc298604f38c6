#include "auth/jwt.h"

#include <jwt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

enum { MAC_SIZE = 32, MAC_TEXT = 43, ROOM = 32768 /* bytes: several times what a token takes */ };

/* Where the parts of a token are: header, claims, signature. */
struct parts {
    const char *token;
    size_t header, claims; /* bytes of these two */
    const char *claims_at, *signature;
};

static int refuse(struct px_err *err)
{
    return px_fail(err, PX_EAUTH,
                   "the session token is not one of this proxy's; pair again with `demo-proxy pair`");
}

/* Whether it has two dots and the length of our signature behind the second. */
static bool split(const char *token, struct parts *parts)
{
    if (strnlen(token, PX_JWT_MAX + 1) > PX_JWT_MAX) return false;
    const char *first = strchr(token, '.'), *second = first ? strchr(first + 1, '.') : NULL;
    if (!second || strlen(second + 1) != MAC_TEXT) return false;
    *parts = (struct parts){.token = token,
                            .header = (size_t)(first - token),
                            .claims = (size_t)(second - first - 1),
                            .claims_at = first + 1,
                            .signature = second + 1};
    return true;
}

/* libjwt 1.10 and jansson do not survive a failed allocation, or pass it over and say that all is well. So
 * the memory is asked for before: what follows finds it free. */
static int make_room(struct px_err *err)
{
    void *room = malloc(ROOM);
    if (!room) return px_fail_memory(err);
    __asm__ volatile("" : : "r"(room) : "memory"); /* so that the compiler does not leave it out */
    free(room);
    return 0;
}

static int read_object(const char *text, size_t size, cJSON **object, struct px_err *err)
{
    char json[PX_JWT_MAX];
    long n = px_base64url_decode(text, size, json, sizeof json);
    *object = n > 0 ? json_parse(json, (size_t)n, "the token", NULL) : NULL;
    if (cJSON_IsObject(*object)) return 0;
    cJSON_Delete(*object);
    *object = NULL;
    return refuse(err);
}

static bool says(const cJSON *object, const char *name, const char *value)
{
    const char *found = px_json_text(object, name);
    return found && strcmp(found, value) == 0;
}

/* Two members and no third: one that is there twice, or that must be understood ("crit"), is not ours. */
static int check_header(const struct parts *parts, struct px_err *err)
{
    cJSON *header = NULL;
    int rc = read_object(parts->token, parts->header, &header, err);
    if (rc) return rc;
    bool good = cJSON_GetArraySize(header) == 2 && says(header, "alg", "HS256") && says(header, "typ", "JWT");
    cJSON_Delete(header);
    return good ? 0 : refuse(err);
}

/* Before libjwt sees the token, since not every version of it compares the signature in constant time, and
 * 1.10 takes an empty one for good where OpenSSL could not make the right one. */
static int check_signature(const unsigned char *secret, const struct parts *parts, struct px_err *err)
{
    unsigned char wanted[EVP_MAX_MD_SIZE], given[MAC_SIZE];
    unsigned size = 0;
    size_t text = parts->header + 1 + parts->claims;
    if (px_base64url_decode(parts->signature, MAC_TEXT, given, sizeof given) != MAC_SIZE) return refuse(err);
    if (!HMAC(EVP_sha256(), secret, PX_SECRET_SIZE, (const unsigned char *)parts->token, text, wanted,
              &size) ||
        size != MAC_SIZE)
        return px_fail_memory(err);
    int rc = CRYPTO_memcmp(wanted, given, MAC_SIZE) == 0 ? 0 : refuse(err);
    OPENSSL_cleanse(wanted, sizeof wanted);
    return rc;
}

static int check_by_library(const unsigned char *secret, const char *token, struct px_err *err)
{
    jwt_t *jwt = NULL;
    bool good = jwt_decode(&jwt, token, secret, PX_SECRET_SIZE) == 0 && jwt_get_alg(jwt) == JWT_ALG_HS256;
    jwt_free(jwt);
    return good ? 0 : refuse(err);
}

int px_jwt_check(const unsigned char secret[PX_SECRET_SIZE], const char *token, cJSON **claims,
                 struct px_err *err)
{
    struct parts parts;
    *claims = NULL;
    if (!split(token, &parts)) return refuse(err);
    int rc = check_signature(secret, &parts, err);
    if (rc == 0) rc = make_room(err);
    if (rc == 0) rc = check_header(&parts, err);
    if (rc == 0) rc = check_by_library(secret, token, err);
    return rc ? rc : read_object(parts.claims_at, parts.claims, claims, err);
}

/* To be freed; NULL without memory. */
static char *make(const unsigned char *secret, const char *claims)
{
    jwt_t *jwt = NULL;
    char *token = NULL;
    if (jwt_new(&jwt) == 0 && jwt_add_grants_json(jwt, claims) == 0 &&
        jwt_set_alg(jwt, JWT_ALG_HS256, secret, PX_SECRET_SIZE) == 0)
        token = jwt_encode_str(jwt);
    jwt_free(jwt);
    return token;
}

int px_jwt_sign(const unsigned char secret[PX_SECRET_SIZE], const char *claims, struct buffer *token,
                struct px_err *err)
{
    cJSON *read = NULL;
    int rc = make_room(err);
    if (rc) return rc;
    char *made = make(secret, claims);
    rc = made ? px_jwt_check(secret, made, &read, err) : px_fail_memory(err);
    if (rc == PX_EAUTH)
        rc = px_fail(err, PX_EIO,
                     "libjwt makes tokens of another form than the proxy takes; build the proxy with "
                     "libjwt 1.10 to 2.x");
    if (rc == 0) buffer_put_string(token, made);
    if (rc == 0 && token->failed) rc = px_fail_memory(err);
    cJSON_Delete(read);
    free(made);
    return rc;
}

cJSON *px_jwt_claims(const char *token)
{
    struct parts parts;
    cJSON *claims = NULL;
    if (split(token, &parts)) (void)read_object(parts.claims_at, parts.claims, &claims, NULL);
    return claims;
}
