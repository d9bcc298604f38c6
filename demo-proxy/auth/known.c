#include "auth/known.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a (RFC 9923): the place may be guessed, since a session in it is compared whole. */
static size_t place_of(const char *token)
{
    uint32_t hash = 2166136261u;
    for (const char *p = token; *p; p++) hash = (hash ^ (unsigned char)*p) * 16777619u;
    return hash % PX_KNOWN_SESSIONS;
}

static void forget(struct px_known_session *session)
{
    if (session->token) OPENSSL_cleanse(session->token, strlen(session->token));
    free(session->token);
    free(session->origin);
    *session = (struct px_known_session){0};
}

bool px_known_find(const struct px_known *known, const char *token, const char *origin, int64_t now,
                   struct px_actor *actor)
{
    const struct px_known_session *session = &known->places[place_of(token)];
    size_t size = strlen(token);
    if (!session->token || strlen(session->token) != size || CRYPTO_memcmp(session->token, token, size) != 0)
        return false;
    if (strcmp(session->origin, origin) != 0 || session->actor.expires <= now) return false;
    *actor = session->actor;
    return true;
}

void px_known_keep(struct px_known *known, const char *token, const char *origin,
                   const struct px_actor *actor)
{
    struct px_known_session *session = &known->places[place_of(token)];
    forget(session);
    session->token = strdup(token);
    session->origin = strdup(origin);
    session->actor = *actor;
    if (!session->token || !session->origin) forget(session);
}

void px_known_close(struct px_known *known)
{
    for (size_t i = 0; i < PX_KNOWN_SESSIONS; i++) forget(&known->places[i]);
}
