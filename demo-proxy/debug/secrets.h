/* secrets.h: finds what must not be kept in a text: keys that are known, what the log redacts (base/redact),
 * values behind names that tell of a secret, private keys, user names in addresses. A look takes time linear
 * in the text. It would rather find too much than too little. */
#ifndef PX_DEBUG_SECRETS_H
#define PX_DEBUG_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

enum {
    PX_SECRETS_KNOWN = 96,
    PX_SECRETS_LEAST = 16, /* bytes; shorter ones would be found in plain text (upstream/key_filter) */
    PX_SECRETS_PART = 6    /* bytes of a known one's beginning, at the end of a text */
};

/* Texts that are looked for exactly; they must stay. */
struct px_secrets {
    const char *known[PX_SECRETS_KNOWN];
    size_t count;
};

/* NULL and short ones are left out, and so is what has no place any more. */
void px_secrets_add(struct px_secrets *secrets, const char *known);

/* Calls found for each, in no order; they may overlap. */
void px_secrets_find(const struct px_secrets *secrets, const char *text, size_t size,
                     void (*found)(void *owner, size_t start, size_t end), void *owner);
/* Whether a member or variable of this name holds a secret: api_key, X-Api-Key, accessToken, password … */
bool px_secrets_named(const char *name, size_t size);

#endif
