#include "auth/known.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

void px_known_open(struct px_known *known)
{
    size_t size = PX_KNOWN_DIGEST;
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                                     OSSL_PARAM_construct_end()};
    *known = (struct px_known){0};
    /* One-way also for somebody who has the key, as SipHash would not be, and fast enough: half a
     * microsecond. */
    EVP_MAC *kind = EVP_MAC_fetch(NULL, "BLAKE2BMAC", NULL);
    known->mac = kind ? EVP_MAC_CTX_new(kind) : NULL;
    EVP_MAC_free(kind);
    if (known->mac && EVP_MAC_CTX_set_params(known->mac, parameters) == 1 &&
        RAND_bytes(known->key, sizeof known->key) == 1)
        return;
    px_known_close(known);
}

/* The size is written before the origin, so that no other pair gives the same bytes. */
static bool digest_of(const struct px_known *known, const char *token, const char *origin,
                      unsigned char digest[PX_KNOWN_DIGEST])
{
    uint64_t size = strlen(token);
    size_t written = 0;
    return known->mac && EVP_MAC_init(known->mac, known->key, sizeof known->key, NULL) == 1 &&
           EVP_MAC_update(known->mac, (const unsigned char *)&size, sizeof size) == 1 &&
           EVP_MAC_update(known->mac, (const unsigned char *)token, size) == 1 &&
           EVP_MAC_update(known->mac, (const unsigned char *)origin, strlen(origin)) == 1 &&
           EVP_MAC_final(known->mac, digest, &written, PX_KNOWN_DIGEST) == 1 && written == PX_KNOWN_DIGEST;
}

static size_t place_of(const unsigned char digest[PX_KNOWN_DIGEST])
{
    return digest[0] % PX_KNOWN_SESSIONS;
}

bool px_known_find(struct px_known *known, const char *token, const char *origin, int64_t now,
                   struct px_actor *actor)
{
    unsigned char digest[PX_KNOWN_DIGEST];
    if (!digest_of(known, token, origin, digest)) return false;
    const struct px_known_session *session = &known->places[place_of(digest)];
    if (session->actor.kind == PX_ACTOR_NONE || session->actor.expires <= now ||
        CRYPTO_memcmp(session->digest, digest, sizeof digest) != 0)
        return false;
    *actor = session->actor;
    return true;
}

void px_known_keep(struct px_known *known, const char *token, const char *origin,
                   const struct px_actor *actor)
{
    unsigned char digest[PX_KNOWN_DIGEST];
    if (!digest_of(known, token, origin, digest)) return;
    struct px_known_session *session = &known->places[place_of(digest)];
    memcpy(session->digest, digest, sizeof digest);
    session->actor = *actor;
}

void px_known_close(struct px_known *known)
{
    EVP_MAC_CTX_free(known->mac);
    OPENSSL_cleanse(known, sizeof *known);
}
