/* keys.h: API keys for clients without a browser: "umk_" and 43 base64url characters, shown once and kept
 * only as HMAC-SHA-256 under a secret derived from the session secret. Checked against the file each time, so
 * that another process can make, rotate and revoke them while the proxy runs. */
#ifndef PX_STORE_KEYS_H
#define PX_STORE_KEYS_H

#include <stdio.h>

#include "auth/actor.h"
#include "store/database.h"

#define PX_KEY_PREFIX "umk_"

enum { PX_KEY_SIZE = 48, PX_KEY_NAME_MAX = 64, PX_KEY_MAC_SIZE = 32 };

struct px_keys {
    struct px_database *db;
    unsigned char secret[32];
};

/* PX_ENOMEM. */
int px_keys_open(struct px_keys *keys, struct px_database *db, const unsigned char secret[PX_SECRET_SIZE],
                 struct px_err *err);
void px_keys_close(struct px_keys *keys);

/* Each writes in the turn's transaction. Names are 1 to PX_KEY_NAME_MAX of A-Z a-z 0-9 . _ -. expires: Unix
 * seconds, -1 for never. providers: comma separated, NULL for all. PX_EBUSY when the name has a key that is
 * still good. */
int px_keys_create(struct px_keys *keys, const char *name, int64_t now, int64_t expires,
                   const char *providers, char key[PX_KEY_SIZE], struct px_err *err);
/* A new key of the same name and scope; the old one is good for overlap more seconds at most. PX_ENOENT. */
int px_keys_rotate(struct px_keys *keys, const char *name, int64_t now, int64_t overlap,
                   char key[PX_KEY_SIZE], struct px_err *err);
/* Ends all keys of this name at once. PX_ENOENT when it has none that is good. */
int px_keys_revoke(struct px_keys *keys, const char *name, int64_t now, struct px_err *err);
/* How the newest key of this name is called in the audit log and in the usage; "" when there is none. */
int px_keys_actor(struct px_keys *keys, const char *name, char actor[48], struct px_err *err);
/* How somebody else's key, a provider's, is called there: "own-" and 32 hex digits. PX_ENOMEM. */
int px_keys_foreign(const struct px_keys *keys, const char *key, char actor[48], struct px_err *err);
/* A line for each key. */
int px_keys_list(struct px_keys *keys, int64_t now, FILE *out, struct px_err *err);

/* 0 with the actor when the key is good at `now`, and notes (once a minute at most) that it was used.
 * PX_EAUTH: unknown, expired or revoked. PX_ESTORE. */
int px_keys_check(struct px_keys *keys, const char *key, int64_t now, struct px_actor *actor,
                  struct px_err *err);

#endif
