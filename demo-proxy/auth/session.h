/* session.h: session tokens: JSON Web Tokens (auth/jwt.h) with the claims iss, iat, exp, jti (the id), since
 * (the pairing) and origin. Nothing is stored, so sessions survive a restart; each is bound to where it was
 * paired from ("self", "" for a client without an origin, or one exact origin). */
#ifndef PX_AUTH_SESSION_H
#define PX_AUTH_SESSION_H

#include <stdint.h>

#include "auth/actor.h"
#include "auth/state.h"
#include "base/put.h"

/* Appends a token that ends at `expires` (Unix seconds). renewed: the session that goes on with it, NULL for
 * a new one. PX_ENOMEM or PX_EIO. */
int px_session_create(const unsigned char secret[PX_SECRET_SIZE], const char *origin, int64_t now,
                      int64_t expires, const struct px_actor *renewed, struct buffer *token,
                      struct px_err *err);

/* 0 with the actor (which may be NULL) when the token is genuine, not over at `now`, and bound to `origin`.
 * PX_EAUTH: malformed, forged or expired. PX_EPERM: genuine, but paired from another place. */
int px_session_check(const unsigned char secret[PX_SECRET_SIZE], const char *token, const char *origin,
                     int64_t now, struct px_actor *actor, struct px_err *err);

/* The same for a token that is to be renewed: it may be over, but must not have been paired longer ago than
 * so many seconds, so that a machine which slept goes on without pairing again. */
int px_session_check_renewal(const unsigned char secret[PX_SECRET_SIZE], const char *token,
                             const char *origin, int64_t now, long long renew_seconds, struct px_actor *actor,
                             struct px_err *err);

/* The id in a token, genuine or not: false when there is none. */
bool px_session_id(const char *token, char id[40]);

#endif
