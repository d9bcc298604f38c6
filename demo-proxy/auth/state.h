/* state.h: the folder in which the proxy keeps what must outlive it: the session secret, unused pairing
 * tokens (by their SHA-256 only) and the address it listens on. The folder is 0700 and everything in it 0600;
 * wider permissions are refused. All calls take the open folder, never a path. */
#ifndef PX_AUTH_STATE_H
#define PX_AUTH_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { PX_SECRET_SIZE = 32, PX_TOKEN_SIZE = 44 }; /* a token is 32 random bytes: 43 characters and a NUL */
enum { PX_ADDRESS_SIZE = 320 };

struct px_state {
    int dir, pairing; /* open folders */
};

/* Makes the folders where they are missing. PX_EIO, PX_EPERM when others can get at them. */
int px_state_open(struct px_state *state, const char *path, struct px_err *err);
void px_state_close(struct px_state *state);

/* Reads the session secret, or makes it (atomically: two starts at once end up with the same). */
int px_state_secret(const struct px_state *state, unsigned char secret[PX_SECRET_SIZE], struct px_err *err);

/* Makes a pairing token that lives for so many seconds and writes it to token. Removes expired ones. */
int px_pairing_create(const struct px_state *state, long long seconds, char token[PX_TOKEN_SIZE],
                      struct px_err *err);
/* 0 exactly once for a valid token; PX_EAUTH when it is wrong, used or expired. */
int px_pairing_use(const struct px_state *state, const char *token, struct px_err *err);

/* Refuses a file of the folder that is no plain file, belongs to somebody else or can be got at by others; a
 * missing one is made when `create`, otherwise fine. PX_EPERM, PX_EIO. */
int px_state_private_file(const struct px_state *state, const char *name, bool create, struct px_err *err);
/* Makes this process the only one that serves from the folder, until it ends. PX_EBUSY. */
int px_state_claim(const struct px_state *state, struct px_err *err);

/* Remembers where clients reach the running proxy ("http://127.0.0.1:8787"), for `demo-proxy pair`; NULL
 * forgets it. */
int px_state_write_address(const struct px_state *state, const char *address, struct px_err *err);
bool px_state_read_address(const struct px_state *state, char *address, size_t capacity);

#endif
