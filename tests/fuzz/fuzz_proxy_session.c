/* Session tokens: signed ones with any claims and any header (so that the inside is reached), and bytes as
 * they are. A first line that ends with byte 1 is the header; without it the header is the proxy's own. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/session.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned char secret[PX_SECRET_SIZE] = "0123456789abcdef0123456789abcde";

enum { NOW = 1000, RENEW_SECONDS = 500 };

/* What is taken is a session, whatever else the claims say. */
static void check(const char *token)
{
    struct px_actor actor = {0};
    char id[40];
    if (px_session_check(secret, token, "self", NOW, &actor, NULL) == 0 &&
        (actor.kind != PX_ACTOR_SESSION || !*actor.id || actor.expires <= NOW || !px_session_id(token, id) ||
         strcmp(id, actor.id) != 0))
        abort();
    if (px_session_check_renewal(secret, token, "self", NOW, RENEW_SECONDS, &actor, NULL) == 0 &&
        actor.since + RENEW_SECONDS <= NOW)
        abort();
}

static void check_signed(const char *header, size_t header_size, const char *claims, size_t claims_size)
{
    unsigned char mac[32];
    unsigned length = 0;
    char *token = malloc(PX_BASE64_SIZE(header_size) + PX_BASE64_SIZE(claims_size) + PX_BASE64_SIZE(32) + 2);
    if (!token) return;
    px_base64url(header, header_size, token);
    size_t n = strlen(token);
    token[n++] = '.';
    px_base64url(claims, claims_size, token + n);
    n += strlen(token + n);
    (void)HMAC(EVP_sha256(), secret, sizeof secret, (const unsigned char *)token, n, mac, &length);
    token[n] = '.';
    px_base64url(mac, sizeof mac, token + n + 1);
    check(token);
    free(token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char own[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    char id[40], *text = malloc(size + 1);
    if (!text) return 0;
    if (size) memcpy(text, data, size);
    text[size] = '\0';
    const char *mark = memchr(text, 1, size);
    if (mark)
        check_signed(text, (size_t)(mark - text), mark + 1, size - (size_t)(mark - text) - 1);
    else
        check_signed(own, sizeof own - 1, text, size);
    /* Nobody but the proxy can sign. */
    if (px_session_check(secret, text, "self", NOW, NULL, NULL) == 0) abort();
    (void)px_session_id(text, id);
    free(text);
    return 0;
}
