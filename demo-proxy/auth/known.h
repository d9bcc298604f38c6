/* known.h: sessions that were found genuine a moment ago, so that the next request of one needs no HMAC and
 * no JSON. A small table in memory; a session that is not in it is checked in full. */
#ifndef PX_AUTH_KNOWN_H
#define PX_AUTH_KNOWN_H

#include "auth/actor.h"

enum { PX_KNOWN_SESSIONS = 64 };

struct px_known_session {
    char *token, *origin; /* NULL: the place is free */
    struct px_actor actor;
};

struct px_known {
    struct px_known_session places[PX_KNOWN_SESSIONS];
};

/* Whether exactly this token was accepted from this origin, and is not over at `now` (Unix seconds). */
bool px_known_find(const struct px_known *known, const char *token, const char *origin, int64_t now,
                   struct px_actor *actor);
/* It was accepted. Without memory it is not kept. */
void px_known_keep(struct px_known *known, const char *token, const char *origin,
                   const struct px_actor *actor);
/* Wipes all. */
void px_known_close(struct px_known *known);

#endif
