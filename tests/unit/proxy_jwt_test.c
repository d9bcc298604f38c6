/* Session tokens as JSON Web Tokens: exactly those are taken that the proxy itself makes. Most tokens here
 * bear a good signature, made with the proxy's own secret, so that what is behind it is judged too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/jwt.h"
#include "auth/session.h"
#include "base/text.h"

static const unsigned char secret[PX_SECRET_SIZE] = "0123456789abcdef0123456789abcde";

#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define CLAIMS                                                                                               \
    "{\"iss\":\"umbra-demo-proxy\",\"iat\":1000,\"exp\":2000,\"since\":900,\"jti\":\"abc\",\"origin\":"      \
    "\"self\"}"

enum { NOW = 1500 };

/* To be freed. */
static char *token_of(const char *header, size_t header_size, const char *claims, size_t claims_size,
                      const EVP_MD *hash)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    char *token = malloc(2 * (header_size + claims_size) + 200);
    assert_non_null(token);
    px_base64url(header, header_size, token);
    strcat(token, ".");
    px_base64url(claims, claims_size, token + strlen(token));
    size_t n = strlen(token);
    assert_non_null(HMAC(hash, secret, sizeof secret, (const unsigned char *)token, n, mac, &size));
    token[n] = '.';
    px_base64url(mac, size, token + n + 1);
    return token;
}

static char *sign(const char *header, const char *claims)
{
    return token_of(header, strlen(header), claims, strlen(claims), EVP_sha256());
}

static int check(const char *token, struct px_actor *actor)
{
    return px_session_check(secret, token, "self", NOW, actor, NULL);
}

static void expect(const char *header, const char *claims, int wanted)
{
    struct px_actor actor = {0};
    char *token = sign(header, claims);
    int rc = check(token, &actor);
    if (rc != wanted) print_error("%s %s: %d, not %d\n", header, claims, rc, wanted);
    assert_int_equal(rc, wanted);
    assert_int_equal(actor.kind, rc ? PX_ACTOR_NONE : PX_ACTOR_SESSION);
    free(token);
}

static void test_its_own_form(void **state)
{
    (void)state;
    struct buffer token = {0};
    struct px_err err;
    assert_int_equal(px_session_create(secret, "https://a.example", 1000, 2000, NULL, &token, &err), 0);
    char header[64] = "", claims[400] = "";
    size_t first = strcspn(token.data, "."), second = strcspn(token.data + first + 1, ".");
    assert_true(px_base64url_decode(token.data, first, header, sizeof header - 1) > 0);
    assert_true(px_base64url_decode(token.data + first + 1, second, claims, sizeof claims - 1) > 0);
    assert_string_equal(header, HEADER);
    cJSON *json = cJSON_Parse(claims);
    assert_int_equal(cJSON_GetArraySize(json), 6);
    assert_string_equal(px_json_text(json, "iss"), "umbra-demo-proxy");
    assert_string_equal(px_json_text(json, "origin"), "https://a.example");
    assert_int_equal(strlen(px_json_text(json, "jti")), 22);
    assert_true(cJSON_GetObjectItem(json, "iat")->valuedouble == 1000);
    assert_true(cJSON_GetObjectItem(json, "exp")->valuedouble == 2000);
    assert_true(cJSON_GetObjectItem(json, "since")->valuedouble == 1000);
    cJSON_Delete(json);
    buffer_free(&token);
    expect(HEADER, CLAIMS, 0); /* the test can sign */
}

static void test_headers(void **state)
{
    (void)state;
    static const char *const headers[] = {"{\"alg\":\"none\",\"typ\":\"JWT\"}",
                                          "{\"alg\":\"None\",\"typ\":\"JWT\"}",
                                          "{\"alg\":\"\",\"typ\":\"JWT\"}",
                                          "{\"alg\":\"hs256\",\"typ\":\"JWT\"}",
                                          "{\"alg\":\"HS256 \",\"typ\":\"JWT\"}",
                                          "{\"alg\":\"HS384\",\"typ\":\"JWT\"}",
                                          "{\"alg\":\"HS512\",\"typ\":\"JWT\"}",
                                          "{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
                                          "{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
                                          "{\"alg\":\"PS256\",\"typ\":\"JWT\"}",
                                          "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}",
                                          "{\"alg\":256,\"typ\":\"JWT\"}",
                                          "{\"alg\":null,\"typ\":\"JWT\"}",
                                          "{\"alg\":[\"HS256\"],\"typ\":\"JWT\"}",
                                          "{\"ALG\":\"HS256\",\"typ\":\"JWT\"}",
                                          "{\"alg\":\"HS256\\u0000\",\"typ\":\"JWT\"}",
                                          "{\"typ\":\"JWT\"}",
                                          "{\"alg\":\"HS256\"}",
                                          "{\"alg\":\"HS256\",\"typ\":\"jwt\"}",
                                          "{\"alg\":\"HS256\",\"typ\":\"JWS\"}",
                                          "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
                                          "{\"alg\":\"HS256\",\"typ\":1}",
                                          "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"../../secret\"}",
                                          "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"crit\":[\"exp\"]}",
                                          "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"alg\":\"none\"}",
                                          "{\"alg\":\"none\",\"typ\":\"JWT\",\"alg\":\"HS256\"}",
                                          "{\"alg\":\"HS256\",\"alg\":\"HS256\"}",
                                          "{}",
                                          "[]",
                                          "\"HS256\"",
                                          "1"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) expect(headers[i], CLAIMS, PX_EAUTH);
    expect("{\"typ\":\"JWT\",\"alg\":\"HS256\"}", CLAIMS, 0);
}

/* The same claims with one of them in another way. */
#define WITH(issuer, issued, expires, since, id, origin)                                                     \
    "{\"iss\":" issuer ",\"iat\":" issued ",\"exp\":" expires ",\"since\":" since ",\"jti\":" id             \
    ",\"origin\":" origin "}"
#define US    "\"umbra-demo-proxy\""
#define ID    "\"abc\""
#define THERE "\"self\""

static void test_claims(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        WITH("\"umbra\"", "1000", "2000", "900", ID, THERE),
        WITH("[" US "]", "1000", "2000", "900", ID, THERE),
        WITH(US, "\"1000\"", "2000", "900", ID, THERE),
        WITH(US, "1000.5", "2000", "900", ID, THERE),
        WITH(US, "-1", "2000", "900", ID, THERE),
        WITH(US, "null", "2000", "900", ID, THERE),
        WITH(US, "1561", "2000", "900", ID, THERE), /* begins in the future */
        WITH(US, "1000", "\"never\"", "900", ID, THERE),
        WITH(US, "1000", "true", "900", ID, THERE),
        WITH(US, "1000", "2000.25", "900", ID, THERE),
        WITH(US, "1000", "9007199254740993000", "900", ID, THERE),
        WITH(US, "1000", "1e300", "900", ID, THERE),
        WITH(US, "1000", "-2000", "900", ID, THERE),
        WITH(US, "1000", "1500", "900", ID, THERE), /* over */
        WITH(US, "1000", "0", "900", ID, THERE),
        WITH(US, "1000", "2000", "0.1", ID, THERE),
        WITH(US, "1000", "2000", "{}", ID, THERE),
        WITH(US, "1000", "2000", "900", "\"\"", THERE),
        WITH(US, "1000", "2000", "900", "7", THERE),
        WITH(US, "1000", "2000", "900", "\"a b\"", THERE),
        WITH(US, "1000", "2000", "900", "\"../x\"", THERE),
        WITH(US, "1000", "2000", "900", "\"abc\\u0000\"", THERE),
        WITH(US, "1000", "2000", "900", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", THERE),
        WITH(US, "1000", "2000", "900", ID, "7"),
        WITH(US, "1000", "2000", "900", ID, "[\"self\"]"),
        WITH(US, "1000", "2000", "900", ID, "\"self\",\"nbf\":1"),
        WITH(US, "1000", "2000", "900", ID, "\"self\",\"origin\":\"self\""),
        WITH(US, "1000", "2000", "900", ID, "\"self\",\"exp\":99999"),
        "{\"iss\":" US ",\"iat\":1000,\"exp\":2000,\"exp\":99999,\"jti\":\"abc\",\"origin\":\"self\"}",
        "{\"iss\":" US ",\"iat\":1000,\"exp\":2000,\"since\":900,\"jti\":\"abc\"}",
        "{\"iss\":" US ",\"iat\":1000,\"exp\":2000,\"since\":900,\"origin\":\"self\"}",
        "{\"iss\":" US ",\"iat\":1000,\"exp\":2000,\"jti\":\"abc\",\"origin\":\"self\"}",
        "{\"iss\":" US ",\"iat\":1000,\"since\":900,\"jti\":\"abc\",\"origin\":\"self\"}",
        "{\"iss\":" US ",\"exp\":2000,\"since\":900,\"jti\":\"abc\",\"origin\":\"self\"}",
        "{\"iat\":1000,\"exp\":2000,\"since\":900,\"jti\":\"abc\",\"origin\":\"self\"}",
        "{\"iss\":" US ",\"IAT\":1000,\"exp\":2000,\"since\":900,\"jti\":\"abc\",\"origin\":\"self\"}",
        "{}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) expect(HEADER, wrong[i], PX_EAUTH);
    expect(HEADER, WITH(US, "1000", "9007199254740992", "900", ID, THERE), 0);
    expect(HEADER, WITH(US, "1560", "2000", "900", ID, THERE), 0); /* clocks differ a little */
    expect(HEADER, WITH(US, "1000", "2000", "900", ID, "\"self\\u0000\""), PX_EAUTH);
    expect(HEADER, WITH(US, "1000", "2000", "900", ID, "\"other\""), PX_EPERM);
}

/* A good signature under something that is no JSON cannot come from the proxy: whatever is said, it is
 * refused.
 */
static void test_signed_nonsense(void **state)
{
    (void)state;
    static const struct {
        const char *header, *claims;
        size_t header_size, claims_size;
    } cases[] = {
#define SIZED(header, claims) {header, claims, sizeof(header) - 1, sizeof(claims) - 1}
        SIZED(HEADER, ""),
        SIZED("", CLAIMS),
        SIZED("", ""),
        SIZED(HEADER, "[]"),
        SIZED(HEADER, "nonsense"),
        SIZED("nonsense", CLAIMS),
        SIZED(HEADER, CLAIMS "x"),
        SIZED(HEADER, CLAIMS CLAIMS),
        SIZED(HEADER, CLAIMS "\0"),
        SIZED(HEADER, CLAIMS "\0{}"),
        SIZED(HEADER "\0", CLAIMS),
        SIZED(HEADER, "\0" CLAIMS),
        SIZED(HEADER, WITH(US, "1000", "2000", "900", ID, "\"\xff\xfe\"")),
        SIZED(HEADER, WITH(US, "01000", "2000", "900", ID, THERE)),
        SIZED(HEADER, WITH(US, "1e400", "2000", "900", ID, THERE)),
        SIZED(HEADER, WITH(US, "1000", "99999999999999999999", "900", ID, THERE)),
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *token = token_of(cases[i].header, cases[i].header_size, cases[i].claims, cases[i].claims_size,
                               EVP_sha256());
        struct px_actor actor = {0};
        if (check(token, &actor) == 0) fail_msg("case %zu", i);
        assert_int_equal(actor.kind, PX_ACTOR_NONE);
        free(token);
    }
    /* Nesting as deep as there is room for. */
    char deep[600];
    memset(deep, '[', sizeof deep);
    char *token = token_of(HEADER, strlen(HEADER), deep, sizeof deep, EVP_sha256());
    assert_int_not_equal(check(token, NULL), 0);
    free(token);
}

static void refuse(const char *form, const char *a, const char *b)
{
    char token[4096];
    (void)snprintf(token, sizeof token, form, a, b);
    if (check(token, NULL) != PX_EAUTH) fail_msg("%s", token);
}

static void test_spellings(void **state)
{
    (void)state;
    char *good = sign(HEADER, CLAIMS), *end = strrchr(good, '.');
    assert_int_equal(check(good, NULL), 0);
    const char *whole[] = {"%s.", ".%s", "%s.x", "%s=", "%s ", " %s", "%s\n", "x%s", "%sA", "%s%%00"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) refuse(whole[i], good, "");
    *end = '\0'; /* header and claims in good, the signature behind */
    const char *parts[] = {"%s.",      "%s",      "%s..%s",     "%s.=%s",    "%s.%s==", "%s,%s",  "%s%s",
                           "%s.%.42s", "%s.%.1s", "%s.%.0s...", "%.36s..%s", "%s. %s",  "%s.%s.", ".%s.%s"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) refuse(parts[i], good, end + 1);
    refuse("..", "", "");
    refuse("...", "", "");
    refuse("", "", "");
    /* The other spellings of the same 32 bytes: the last character has two bits too many. */
    char *last = end + strlen(end + 1);
    for (int more = 1; more < 4; more++) {
        static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        char kept = *last;
        *last = digits[(size_t)(strchr(digits, kept) - digits) + (size_t)more];
        refuse("%s.%s", good, end + 1);
        *last = kept;
    }
    *end = '.';
    assert_int_equal(check(good, NULL), 0);
    free(good);
}

/* The signature of another token, of another algorithm, or none at all. */
static void test_signatures(void **state)
{
    (void)state;
    const char *none = "{\"alg\":\"none\",\"typ\":\"JWT\"}";
    char *good = sign(HEADER, CLAIMS), *other = sign(none, CLAIMS);
    *strrchr(other, '.') = '\0';
    refuse("%s.", other, ""); /* none, and no signature */
    refuse("%s%s", other, strrchr(good, '.'));
    refuse("%s.%.43s", other, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    free(other);
    const EVP_MD *const hashes[] = {EVP_sha1(), EVP_sha384(), EVP_sha512()};
    for (size_t i = 0; i < 3; i++) {
        char *token = token_of(HEADER, strlen(HEADER), CLAIMS, strlen(CLAIMS), hashes[i]);
        assert_int_equal(check(token, NULL), PX_EAUTH);
        free(token);
    }
    char *wide = token_of("{\"alg\":\"HS512\",\"typ\":\"JWT\"}", 27, CLAIMS, strlen(CLAIMS), EVP_sha512());
    assert_int_equal(check(wide, NULL), PX_EAUTH);
    free(wide);
    char *later = sign(HEADER, WITH(US, "1000", "3000", "900", ID, THERE));
    memcpy(strrchr(later, '.'), strrchr(good, '.'), 44);
    assert_int_equal(check(later, NULL), PX_EAUTH);
    free(later);
    free(good);
}

static void test_length(void **state)
{
    (void)state;
    /* The longest origin that there can be fits. */
    char origin[300];
    memset(origin, 'a', sizeof origin - 1);
    memcpy(origin, "https://", 8);
    origin[sizeof origin - 1] = '\0';
    struct buffer token = {0};
    assert_int_equal(px_session_create(secret, origin, 1LL << 50, 1LL << 52, NULL, &token, NULL), 0);
    assert_true(token.size < PX_JWT_MAX);
    assert_int_equal(px_session_check(secret, token.data, origin, 1LL << 50, NULL, NULL), 0);
    buffer_free(&token);
    /* One more byte than is looked at, with a good signature. */
    for (size_t blanks = 500; blanks < 900; blanks++) {
        char claims[1400];
        (void)snprintf(claims, sizeof claims, "%s%*s", CLAIMS, (int)blanks, "");
        char *long_one = sign(HEADER, claims);
        int rc = check(long_one, NULL);
        assert_int_equal(rc, strlen(long_one) > PX_JWT_MAX ? PX_EAUTH : 0);
        free(long_one);
    }
    char *huge = malloc(1 << 20);
    assert_non_null(huge);
    memset(huge, 'a', 1 << 20);
    huge[(1 << 20) - 1] = '\0';
    assert_int_equal(check(huge, NULL), PX_EAUTH);
    for (size_t i = 10; i < 1 << 20; i += 10) huge[i] = '.';
    assert_int_equal(check(huge, NULL), PX_EAUTH);
    free(huge);
}

static void test_id_of_a_token(void **state)
{
    (void)state;
    char id[40] = "unchanged", *good = sign(HEADER, CLAIMS);
    assert_true(px_session_id(good, id));
    assert_string_equal(id, "abc");
    char *last = good + strlen(good) - 1;
    *last = *last == 'A' ? 'E' : 'A'; /* also of one that is forged */
    assert_int_equal(check(good, NULL), PX_EAUTH);
    assert_true(px_session_id(good, id));
    free(good);
    char *none = sign(HEADER, "{\"iss\":\"umbra-demo-proxy\"}");
    assert_false(px_session_id(none, id));
    free(none);
    /* A token of the form before this one. */
    assert_false(px_session_id("eyJ2IjoxLCJpZCI6ImFiYyJ9.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", id));
    assert_int_equal(check("eyJ2IjoxLCJpZCI6ImFiYyJ9.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NULL),
                     PX_EAUTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_its_own_form), cmocka_unit_test(test_headers),
        cmocka_unit_test(test_claims),       cmocka_unit_test(test_signed_nonsense),
        cmocka_unit_test(test_spellings),    cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_length),       cmocka_unit_test(test_id_of_a_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
