/* session.h: session tokens: base64url(JSON payload) "." base64url(HMAC-SHA-256 of the first part). Nothing
 * is stored, so sessions survive a restart; each is bound to where it was paired from ("self", "" for a
 * client without an origin, or one exact origin). */
#ifndef PX_AUTH_SESSION_H
#define PX_AUTH_SESSION_H

#include <stdint.h>

#include "auth/state.h"
#include "base/put.h"

enum { PX_SESSION_MAX = 1024 }; /* longest token that is looked at, in bytes */

/* Appends a token that ends at `expires` (Unix seconds). PX_ENOMEM or PX_EIO. */
int px_session_create(const unsigned char secret[PX_SECRET_SIZE], const char *origin, int64_t now,
                      int64_t expires, struct buffer *token, struct px_err *err);

/* 0 when the token is genuine, not over at `now`, and bound to `origin`. PX_EAUTH: malformed, forged or
 * expired. PX_EPERM: genuine, but paired from another place. */
int px_session_check(const unsigned char secret[PX_SECRET_SIZE], const char *token, const char *origin,
                     int64_t now, struct px_err *err);

#endif
