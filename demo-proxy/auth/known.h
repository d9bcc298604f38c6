/* known.h: sessions that were found genuine a moment ago, so that the next request of one needs no HMAC and
 * no JSON. Of a token only a digest is kept, under a key that is made for each process and known to nobody
 * else; none can be found from it, key included. A session that is not here is checked in full. */
#ifndef PX_AUTH_KNOWN_H
#define PX_AUTH_KNOWN_H

#include <openssl/evp.h>

#include "auth/actor.h"

enum { PX_KNOWN_SESSIONS = 64, PX_KNOWN_DIGEST = 32, PX_KNOWN_KEY = 32 };

struct px_known_session {
    unsigned char digest[PX_KNOWN_DIGEST]; /* of the token and the origin it was accepted from */
    struct px_actor actor;                 /* PX_ACTOR_NONE: the place is free */
};

struct px_known {
    EVP_MAC_CTX *mac; /* NULL: nothing is kept */
    unsigned char key[PX_KNOWN_KEY];
    struct px_known_session places[PX_KNOWN_SESSIONS];
};

/* Where OpenSSL has no BLAKE2 (a system that is bound to FIPS 140), no memory or no random bytes, nothing is
 * kept. */
void px_known_open(struct px_known *known);
/* Whether exactly this token was accepted from this origin, and is not over at `now` (Unix seconds). */
bool px_known_find(struct px_known *known, const char *token, const char *origin, int64_t now,
                   struct px_actor *actor);
/* It was accepted. */
void px_known_keep(struct px_known *known, const char *token, const char *origin,
                   const struct px_actor *actor);
/* Wipes all. */
void px_known_close(struct px_known *known);

#endif
