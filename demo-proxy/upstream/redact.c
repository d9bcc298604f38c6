#include "upstream/redact.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

int px_redact_open(struct px_redact *redact, const char *secret)
{
    *redact = (struct px_redact){0};
    if (!secret || strlen(secret) < PX_REDACT_LEAST) return 0;
    redact->secret = strdup(secret);
    redact->size = strlen(secret);
    return redact->secret ? 0 : PX_ENOMEM;
}

void px_redact_close(struct px_redact *redact)
{
    if (redact->secret) OPENSSL_cleanse(redact->secret, redact->size);
    free(redact->secret);
    *redact = (struct px_redact){0};
}

bool px_redact_has(const struct px_redact *redact, const char *data, size_t size)
{
    return redact->secret && memmem(data, size, redact->secret, redact->size);
}

/* The longest end of data that the secret begins with, but not all of it. */
static size_t beginning(const struct px_redact *redact, const char *data, size_t size)
{
    size_t n = size < redact->size ? size : redact->size - 1;
    while (n && memcmp(data + size - n, redact->secret, n) != 0) n--;
    return n;
}

int px_redact_piece(const struct px_redact *redact, const char *data, size_t size, struct buffer *copy,
                    const char **out, size_t *out_size, size_t *held)
{
    *out = data;
    *out_size = size;
    *held = 0;
    if (!redact->secret) return 0;
    bool found = px_redact_has(redact, data, size);
    if (!found && redact->held == 0) {
        *held = beginning(redact, data, size);
        *out_size = size - *held;
        return 0;
    }
    struct buffer whole = {0};
    buffer_put(&whole, redact->secret, redact->held); /* what is held is the secret's beginning */
    buffer_put(&whole, data, size);
    const char *at = buffer_string(&whole), *end = at + whole.size;
    for (const char *hit = NULL;
         !whole.failed && (hit = memmem(at, (size_t)(end - at), redact->secret, redact->size));
         at = hit + redact->size) {
        buffer_put(copy, at, (size_t)(hit - at));
        buffer_put_string(copy, PX_REDACTED);
    }
    *held = whole.failed ? 0 : beginning(redact, at, (size_t)(end - at));
    buffer_put(copy, at, (size_t)(end - at) - *held);
    copy->failed |= whole.failed;
    buffer_free(&whole);
    *out = buffer_string(copy);
    *out_size = copy->size;
    return copy->failed ? PX_ENOMEM : 0;
}
