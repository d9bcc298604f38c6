/* key_filter.h: takes a key out of bytes that pass in pieces of any size: a provider that repeats the key
 * which it was sent must not tell it to a client. What may be the beginning of the key is held until the next
 * piece; all else passes at once, and mostly without being copied. */
#ifndef PX_UPSTREAM_KEY_FILTER_H
#define PX_UPSTREAM_KEY_FILTER_H

#include "base/buffer.h"
#include "base/err.h"

#define PX_KEY_FILTERED "[key]"
/* Bytes. Shorter ones (local servers take any word) are no secrets, and would be found in plain text. */
enum { PX_KEY_FILTER_LEAST = 16 };

struct px_key_filter {
    char *secret; /* NULL: nothing is looked for */
    size_t size, held;
};

/* secret NULL or shorter than that: nothing is looked for. PX_ENOMEM. */
int px_key_filter_open(struct px_key_filter *filter, const char *secret);
void px_key_filter_close(struct px_key_filter *filter);

/* What of this piece may pass now: out points into data, or into copy, which is the caller's and is to be
 * freed after each call. held: what is to be put into filter->held once that has been passed on; until then
 * the same piece can come again. PX_ENOMEM. */
int px_key_filter_piece(const struct px_key_filter *filter, const char *data, size_t size,
                        struct buffer *copy, const char **out, size_t *out_size, size_t *held);
/* Whether the secret stands in these bytes. */
bool px_key_filter_has(const struct px_key_filter *filter, const char *data, size_t size);

#endif
