/* credential.h: a provider's key and where it came from: an environment variable (wiped there, so that it is
 * not left in /proc), or a file that nobody else can read. A key from a file is read again at SIGHUP; calls
 * that run have their own copy, so the old one is good until they end. Keys are wiped when they go. */
#ifndef PX_UPSTREAM_CREDENTIAL_H
#define PX_UPSTREAM_CREDENTIAL_H

#include <stdbool.h>

#include "base/err.h"

enum { PX_KEY_MAX = 512 /* bytes of a key */ };

struct px_credential {
    char *text; /* the key; NULL: none */
    char *file; /* where it stands; NULL: it came from the environment */
    bool sealed;
};

/* Where a key may stand, the first that is there wins. */
struct px_credential_places {
    const char *file;         /* a path; NULL: none */
    const char *variables[3]; /* of the environment; NULL behind the last */
    const char *folder;       /* holds NAME-api-key; NULL: none */
    bool sealed; /* nobody else gets into the folder; its files' group bits are those of an access list */
    const char *name;
};

/* PX_EUSAGE: the key is malformed, its file can be read by others or is empty; PX_EIO: the file cannot be
 * read; PX_ENOMEM. No key at all is no error. */
int px_credential_open(struct px_credential *credential, const struct px_credential_places *places,
                       struct px_err *err);
void px_credential_close(struct px_credential *credential);
/* Reads the file again. On failure the key stays what it was. *changed: it is another one now. */
int px_credential_reload(struct px_credential *credential, bool *changed, struct px_err *err);

/* A key goes into a header line as it is, so it may hold nothing that could end that line. */
bool px_key_is_sound(const char *key);

#endif
