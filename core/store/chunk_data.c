/* chunk_data.c: the bytes of chunks: read through the cache and checked, written once. */
#include <stdlib.h>
#include <string.h>

#include "base/hash64.h"
#include "store/chunk_data.h"

#define SAME_TRIED_MOST 8u /* chunks of the same checksum and size that are compared with new content */

static int load(const struct store *store, uint32_t number, void *bytes)
{
    const struct chunk *chunk = &store->chunks.items[number];
    int result = log_read(&store->log, chunk->segment, chunk->offset, bytes, chunk->size);

    if (result < 0) return result;
    return hash64(bytes, chunk->size) == chunk->checksum ? 0 : UMBRA_ECORRUPT;
}

/* A chunk's bytes from the cache, where they are put when they are not there yet; NULL with *result. Without
 * room in the cache both are 0. */
static const char *find_bytes(const struct store *store, struct chunks *chunks, uint32_t number, int *result)
{
    const char *bytes = cache_find(&chunks->cache, number);
    struct cached *cached;

    *result = 0;
    if (bytes) return bytes;
    cached = cache_place(&chunks->cache, number, chunks->items[number].size);
    if (cached == NULL) return NULL;
    *result = load(store, number, cached->bytes);
    if (*result < 0) {
        free(cached);
        return NULL;
    }
    cache_keep(&chunks->cache, cached);
    return cache_find(&chunks->cache, number);
}

int chunk_read(const struct store *store, struct chunks *chunks, uint32_t number, uint32_t skip, void *data,
               uint32_t size)
{
    struct chunk *chunk = &chunks->items[number];
    const char *bytes = cache_find(&chunks->cache, number);
    char *copy;
    int result = 0;

    /* What is read once, and whole, passes the cache by: going through all files does not empty it. */
    if (bytes == NULL && !chunk->seen && size == chunk->size) {
        chunk->seen = 1;
        return load(store, number, data);
    }
    if (bytes == NULL) bytes = find_bytes(store, chunks, number, &result);
    if (bytes) memcpy(data, bytes + skip, size);
    if (bytes || result < 0) return result;
    if (size == chunk->size) return load(store, number, data);
    copy = malloc(chunk->size);
    if (copy == NULL) return UMBRA_ENOMEM;
    result = load(store, number, copy);
    if (result == 0) memcpy(data, copy + skip, size);
    free(copy);
    return result;
}

/* A damaged or unreadable one equals nothing. */
static bool equals(struct store *store, uint32_t number, const void *data, uint32_t size)
{
    int result;
    const char *bytes = find_bytes(store, &store->chunks, number, &result);
    char *copy;
    bool same;

    if (bytes) return memcmp(bytes, data, size) == 0;
    copy = result < 0 ? NULL : malloc(size);
    same = copy && load(store, number, copy) == 0 && memcmp(copy, data, size) == 0;
    free(copy);
    return same;
}

static uint32_t find_same(struct store *store, const void *data, uint32_t size, uint64_t checksum)
{
    uint32_t tried, number = chunk_first_same(&store->chunks, checksum, size);

    for (tried = 0; number && tried < SAME_TRIED_MOST; tried++) {
        if (equals(store, number, data, size)) return number;
        number = chunk_next_same(&store->chunks, number);
    }
    return 0;
}

int chunk_write(struct store *store, const void *data, uint32_t size, uint32_t *number, struct error *error)
{
    uint64_t checksum = hash64(data, size);
    uint32_t segment, offset;
    int result;

    *number = find_same(store, data, size, checksum);
    if (*number) {
        chunk_keep(&store->chunks, *number);
        return 0;
    }
    result =
        log_append(&store->log, RECORD_DATA, 0, data, size, (uint32_t)checksum, &segment, &offset, error);
    if (result < 0) return result;
    if (chunk_add(&store->chunks, segment, offset, size, checksum, number) < 0) return error_memory(error);
    return 0;
}

uint32_t chunk_size_most(const struct store *store)
{
    /* Four records of this size fill a segment. */
    uint32_t most = (store->space.segment_size - LINK_SIZE) / 4 - RECORD_HEADER_SIZE;
    if (most > CHUNK_BYTES_MOST) most = CHUNK_BYTES_MOST;
    return most & ~63u;
}
