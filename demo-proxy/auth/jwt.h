/* jwt.h: JSON Web Tokens (RFC 7519) with HMAC-SHA-256 ("HS256"), made and checked by libjwt. What the library
 * would let through is refused here first: other algorithms, "none" among them, other headers, any other
 * spelling of the same token. The claims are the caller's to judge. */
#ifndef PX_AUTH_JWT_H
#define PX_AUTH_JWT_H

#include <cJSON.h>

#include "auth/state.h"
#include "base/put.h"

enum { PX_JWT_MAX = 1024 }; /* longest token that is looked at, in bytes */

/* Appends the token over these claims, a JSON object in UTF-8. PX_ENOMEM, PX_EIO when libjwt makes
 * something else. */
int px_jwt_sign(const unsigned char secret[PX_SECRET_SIZE], const char *claims, struct buffer *token,
                struct px_err *err);

/* 0 with the claims (to be freed with cJSON_Delete) when the token was made under this secret. PX_EAUTH: it
 * is malformed or forged; PX_ENOMEM. */
int px_jwt_check(const unsigned char secret[PX_SECRET_SIZE], const char *token, cJSON **claims,
                 struct px_err *err);

/* The claims as they stand in a token, genuine or not; NULL when there are none. */
cJSON *px_jwt_claims(const char *token);

#endif
