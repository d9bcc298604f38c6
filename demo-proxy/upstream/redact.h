/* redact.h: takes a key out of bytes that pass in pieces of any size: a provider that repeats the key which
 * it was sent must not tell it to a client. What may be the beginning of the key is held until the next
 * piece; all else passes at once, and mostly without being copied. */
#ifndef PX_UPSTREAM_REDACT_H
#define PX_UPSTREAM_REDACT_H

#include "base/buffer.h"
#include "base/err.h"

#define PX_REDACTED "[key]"
/* Bytes. Shorter ones (local servers take any word) are no secrets, and would be found in plain text. */
enum { PX_REDACT_LEAST = 16 };

struct px_redact {
    char *secret; /* NULL: nothing is looked for */
    size_t size, held;
};

/* secret NULL or shorter than that: nothing is looked for. PX_ENOMEM. */
int px_redact_open(struct px_redact *redact, const char *secret);
void px_redact_close(struct px_redact *redact);

/* What of this piece may pass now: out points into data, or into copy, which is the caller's and is to be
 * freed after each call. held: what is to be put into redact->held once that has been passed on; until then
 * the same piece can come again. PX_ENOMEM. */
int px_redact_piece(const struct px_redact *redact, const char *data, size_t size, struct buffer *copy,
                    const char **out, size_t *out_size, size_t *held);
/* Whether the secret stands in these bytes. */
bool px_redact_has(const struct px_redact *redact, const char *data, size_t size);

#endif
