/* actor.h: who makes a request, once the gate knows it: a session or an API key. In what is stored an actor
 * is named by a hash, so that nobody can be found by reading the database alone. */
#ifndef PX_AUTH_ACTOR_H
#define PX_AUTH_ACTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum px_actor_kind { PX_ACTOR_NONE, PX_ACTOR_SESSION, PX_ACTOR_KEY };

struct px_actor {
    enum px_actor_kind kind;
    char id[40];         /* of the session, or of the key */
    char text[48];       /* "session-" or "key-" and 32 hex digits; "" for none */
    char providers[160]; /* those that a key may use, with a comma around each; "" for all */
    int64_t since;       /* Unix seconds: when the session was paired */
    int64_t expires;     /* likewise: when its token is over */
};

/* Fills kind, id and text. PX_ENOMEM, or PX_EINVAL when the id is too long. */
int px_actor_set(struct px_actor *actor, enum px_actor_kind kind, const char *id, struct px_err *err);
/* Whether this provider is in the actor's scope. */
bool px_actor_may(const struct px_actor *actor, const char *provider);

#endif
