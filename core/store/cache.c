#include "store/cache.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS_LEAST 256u

void cache_init(struct cache *cache, uint64_t limit)
{
    memset(cache, 0, sizeof *cache);
    cache->limit = limit;
}

static void unlink_use(struct cache *cache, struct cached *cached)
{
    if (cached->newer)
        cached->newer->older = cached->older;
    else
        cache->newest = cached->older;
    if (cached->older)
        cached->older->newer = cached->newer;
    else
        cache->oldest = cached->newer;
}

static void link_newest(struct cache *cache, struct cached *cached)
{
    cached->newer = NULL;
    cached->older = cache->newest;
    if (cache->newest)
        cache->newest->newer = cached;
    else
        cache->oldest = cached;
    cache->newest = cached;
}

static struct cached **place_of(const struct cache *cache, uint32_t number)
{
    struct cached **at = &cache->buckets[number & cache->bucket_mask];
    while (*at && (*at)->number != number) at = &(*at)->next;
    return at;
}

static void remove_one(struct cache *cache, struct cached *cached)
{
    struct cached **at = place_of(cache, cached->number);
    *at = cached->next;
    unlink_use(cache, cached);
    cache->used -= sizeof *cached + cached->size;
    cache->count--;
    free(cached);
}

static void remove_oldest(struct cache *cache)
{
    struct cached *cached = cache->oldest;

    *place_of(cache, cached->number) = cached->next;
    cache->oldest = cached->newer;
    if (cached->newer)
        cached->newer->older = NULL;
    else
        cache->newest = NULL;
    cache->used -= sizeof *cached + cached->size;
    cache->count--;
    free(cached);
}

void cache_close(struct cache *cache)
{
    struct cached *cached = cache->newest;

    while (cached) {
        struct cached *older = cached->older;
        free(cached);
        cached = older;
    }
    free(cache->buckets);
    memset(cache, 0, sizeof *cache);
}

const char *cache_find(struct cache *cache, uint32_t number)
{
    struct cached *cached = cache->buckets ? *place_of(cache, number) : NULL;

    if (cached == NULL) return NULL;
    if (cache->newest != cached) {
        unlink_use(cache, cached);
        link_newest(cache, cached);
    }
    return cached->bytes;
}

/* More buckets; without memory the few go on serving. */
static void widen(struct cache *cache)
{
    uint32_t count = cache->buckets ? (cache->bucket_mask + 1) * 2 : BUCKETS_LEAST;
    struct cached **buckets, *cached;

    if (cache->buckets && cache->count <= cache->bucket_mask) return;
    buckets = calloc(count, sizeof(struct cached *));
    if (buckets == NULL) return;
    free(cache->buckets);
    cache->buckets = buckets;
    cache->bucket_mask = count - 1;
    for (cached = cache->newest; cached; cached = cached->older) {
        cached->next = buckets[cached->number & cache->bucket_mask];
        buckets[cached->number & cache->bucket_mask] = cached;
    }
}

struct cached *cache_place(struct cache *cache, uint32_t number, uint32_t size)
{
    uint64_t need = sizeof(struct cached) + size;
    struct cached *cached;

    if (need > cache->limit) return NULL;
    while (cache->oldest && cache->used + need > cache->limit) remove_oldest(cache);
    cached = malloc(need);
    if (cached == NULL) return NULL;
    cached->number = number;
    cached->size = size;
    return cached;
}

void cache_keep(struct cache *cache, struct cached *cached)
{
    struct cached **at;

    widen(cache);
    if (cache->buckets == NULL) {
        free(cached);
        return;
    }
    at = place_of(cache, cached->number);
    cached->next = NULL;
    *at = cached;
    link_newest(cache, cached);
    cache->used += sizeof *cached + cached->size;
    cache->count++;
}

void cache_drop(struct cache *cache, uint32_t number)
{
    struct cached *cached = cache->buckets ? *place_of(cache, number) : NULL;
    if (cached) remove_one(cache, cached);
}
