/* cache.h: the bytes of chunks that were read and found whole, up to a number of bytes; those used longest
 * ago go first. Memory that cannot be had means fewer of them, never an error. */
#ifndef UMBRA_STORE_CACHE_H
#define UMBRA_STORE_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct cached {
    struct cached *newer, *older; /* by use */
    struct cached *next;          /* in the bucket */
    uint32_t number;
    uint32_t size;
    char bytes[];
};

struct cache {
    uint64_t limit, used; /* bytes */
    struct cached *newest, *oldest;
    struct cached **buckets;
    uint32_t bucket_mask, count;
};

void cache_init(struct cache *cache, uint64_t limit);
void cache_close(struct cache *cache);
/* The bytes of a chunk, NULL when they are not here. Valid until the next call. */
const char *cache_find(struct cache *cache, uint32_t number);
/* A place for a chunk's bytes that is not in the cache yet; NULL when there is no room for it. It must be
 * given back with cache_keep() or free(). */
struct cached *cache_place(struct cache *cache, uint32_t number, uint32_t size);
void cache_keep(struct cache *cache, struct cached *cached);
void cache_drop(struct cache *cache, uint32_t number);

#endif
