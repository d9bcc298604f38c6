/* Session tokens: signed ones with any payload (so that the inside is reached), and bytes as they are. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/session.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned char secret[PX_SECRET_SIZE] = "0123456789abcdef0123456789abcde";

static void check_signed(const char *payload, size_t size)
{
    unsigned char mac[32];
    unsigned length = 0;
    char *token = malloc(PX_BASE64_SIZE(size) + PX_BASE64_SIZE(32) + 1);
    if (!token) return;
    px_base64url(payload, size, token);
    size_t n = strlen(token);
    (void)HMAC(EVP_sha256(), secret, sizeof secret, (const unsigned char *)token, n, mac, &length);
    token[n] = '.';
    px_base64url(mac, sizeof mac, token + n + 1);
    (void)px_session_check(secret, token, "self", 1000, NULL, NULL);
    free(token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text) return 0;
    if (size) memcpy(text, data, size);
    text[size] = '\0';
    check_signed(text, size);
    /* Nobody but the proxy can sign. */
    if (px_session_check(secret, text, "self", 1000, NULL, NULL) == 0) abort();
    free(text);
    return 0;
}
