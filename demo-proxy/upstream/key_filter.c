#include "upstream/key_filter.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

int px_key_filter_open(struct px_key_filter *filter, const char *secret)
{
    *filter = (struct px_key_filter){0};
    if (!secret || strlen(secret) < PX_KEY_FILTER_LEAST) return 0;
    filter->secret = strdup(secret);
    filter->size = strlen(secret);
    return filter->secret ? 0 : PX_ENOMEM;
}

void px_key_filter_close(struct px_key_filter *filter)
{
    if (filter->secret) OPENSSL_cleanse(filter->secret, filter->size);
    free(filter->secret);
    *filter = (struct px_key_filter){0};
}

bool px_key_filter_has(const struct px_key_filter *filter, const char *data, size_t size)
{
    return filter->secret && memmem(data, size, filter->secret, filter->size);
}

/* The longest end of data that the secret begins with, but not all of it. */
static size_t beginning(const struct px_key_filter *filter, const char *data, size_t size)
{
    size_t n = size < filter->size ? size : filter->size - 1;
    while (n && memcmp(data + size - n, filter->secret, n) != 0) n--;
    return n;
}

int px_key_filter_piece(const struct px_key_filter *filter, const char *data, size_t size,
                        struct buffer *copy, const char **out, size_t *out_size, size_t *held)
{
    *out = data;
    *out_size = size;
    *held = 0;
    if (!filter->secret) return 0;
    bool found = px_key_filter_has(filter, data, size);
    if (!found && filter->held == 0) {
        *held = beginning(filter, data, size);
        *out_size = size - *held;
        return 0;
    }
    struct buffer whole = {0};
    buffer_put(&whole, filter->secret, filter->held); /* what is held is the secret's beginning */
    buffer_put(&whole, data, size);
    const char *at = buffer_string(&whole), *end = at + whole.size;
    for (const char *hit = NULL;
         !whole.failed && (hit = memmem(at, (size_t)(end - at), filter->secret, filter->size));
         at = hit + filter->size) {
        buffer_put(copy, at, (size_t)(hit - at));
        buffer_put_string(copy, PX_KEY_FILTERED);
    }
    *held = whole.failed ? 0 : beginning(filter, at, (size_t)(end - at));
    buffer_put(copy, at, (size_t)(end - at) - *held);
    copy->failed |= whole.failed;
    buffer_free(&whole);
    *out = buffer_string(copy);
    *out_size = copy->size;
    return copy->failed ? PX_ENOMEM : 0;
}
