#include "store/chunks.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_LEAST 64u
#define BUCKETS_LEAST  64u

void chunks_init(struct chunks *chunks, struct space *space, uint64_t cache_bytes)
{
    memset(chunks, 0, sizeof *chunks);
    chunks->space = space;
    chunks->count = 1;
    cache_init(&chunks->cache, cache_bytes);
}

void chunks_close(struct chunks *chunks)
{
    cache_close(&chunks->cache);
    free(chunks->items);
    free(chunks->buckets);
    free(chunks->fresh);
    memset(chunks, 0, sizeof *chunks);
}

static int make_room(struct chunks *chunks, uint32_t count)
{
    uint32_t capacity = chunks->capacity ? chunks->capacity : CAPACITY_LEAST;
    struct chunk *items;

    if (count <= chunks->capacity) return 0;
    while (capacity < count) capacity += capacity / 2;
    items = realloc(chunks->items, capacity * sizeof *items);
    if (items == NULL) return UMBRA_ENOMEM;
    memset(items + chunks->capacity, 0, (capacity - chunks->capacity) * sizeof *items);
    chunks->items = items;
    chunks->capacity = capacity;
    return 0;
}

static uint32_t *bucket_of(const struct chunks *chunks, uint64_t checksum)
{
    return &chunks->buckets[(uint32_t)checksum & chunks->bucket_mask];
}

static void enter_bucket(struct chunks *chunks, uint32_t number)
{
    struct chunk *chunk = &chunks->items[number];
    uint32_t *bucket = bucket_of(chunks, chunk->checksum);
    chunk->next_same = *bucket;
    *bucket = number;
}

static void leave_bucket(struct chunks *chunks, uint32_t number)
{
    struct chunk *chunk = &chunks->items[number];
    uint32_t *at = bucket_of(chunks, chunk->checksum);
    while (*at != number) at = &chunks->items[*at].next_same;
    *at = chunk->next_same;
}

/* More buckets for more chunks; without memory the few go on serving. */
static void widen(struct chunks *chunks)
{
    uint32_t count = (chunks->bucket_mask + 1) * 2, number;
    uint32_t *buckets;

    if (chunks->used <= chunks->bucket_mask) return;
    buckets = calloc(count, sizeof *buckets);
    if (buckets == NULL) return;
    free(chunks->buckets);
    chunks->buckets = buckets;
    chunks->bucket_mask = count - 1;
    for (number = 1; number < chunks->count; number++)
        if (chunks->items[number].refs) enter_bucket(chunks, number);
}

static void enter_segment(struct chunks *chunks, uint32_t number)
{
    struct chunk *chunk = &chunks->items[number];
    struct segment *segment = &chunks->space->segments[chunk->segment];

    chunk->previous = 0;
    chunk->next = segment->chunks;
    if (segment->chunks) chunks->items[segment->chunks].previous = number;
    segment->chunks = number;
    space_add_live(chunks->space, chunk->segment, chunk->size);
}

static void leave_segment(struct chunks *chunks, uint32_t number)
{
    struct chunk *chunk = &chunks->items[number];

    if (chunk->previous)
        chunks->items[chunk->previous].next = chunk->next;
    else
        chunks->space->segments[chunk->segment].chunks = chunk->next;
    if (chunk->next) chunks->items[chunk->next].previous = chunk->previous;
    space_remove_live(chunks->space, chunk->segment, chunk->size);
}

static int note_fresh(struct chunks *chunks, uint32_t number)
{
    if (chunks->fresh_count == chunks->fresh_capacity) {
        uint32_t capacity = chunks->fresh_capacity ? chunks->fresh_capacity * 2 : 64;
        uint32_t *fresh = realloc(chunks->fresh, capacity * sizeof *fresh);
        if (fresh == NULL) return UMBRA_ENOMEM;
        chunks->fresh = fresh;
        chunks->fresh_capacity = capacity;
    }
    chunks->fresh[chunks->fresh_count++] = number;
    return 0;
}

int chunk_add(struct chunks *chunks, uint32_t segment, uint32_t offset, uint32_t size, uint64_t checksum,
              uint32_t *number)
{
    uint32_t taken = chunks->free_list ? chunks->free_list : chunks->count;
    struct chunk *chunk;

    if (make_room(chunks, taken + 1) < 0 || note_fresh(chunks, taken) < 0) return UMBRA_ENOMEM;
    chunk = &chunks->items[taken];
    if (taken == chunks->count)
        chunks->count++;
    else
        chunks->free_list = chunk->next;
    *chunk = (struct chunk){
        .refs = 1, .size = size, .fresh = 1, .checksum = checksum, .segment = segment, .offset = offset};
    chunks->used++;
    enter_segment(chunks, taken);
    enter_bucket(chunks, taken);
    widen(chunks);
    *number = taken;
    return 0;
}

int chunk_define(struct chunks *chunks, uint32_t number, uint32_t segment, uint32_t offset, uint32_t size,
                 uint64_t checksum)
{
    struct chunk *chunk;

    if (number == 0 || size == 0 || offset > chunks->space->segment_size ||
        size > chunks->space->segment_size - offset)
        return UMBRA_ECORRUPT;
    /* Numbers are given out densely: one far beyond all that can be there is damage. */
    if (number > chunks->count && number >= space_most_chunks(chunks->space)) return UMBRA_ECORRUPT;
    if (make_room(chunks, number + 1) < 0) return UMBRA_ENOMEM;
    if (number >= chunks->count) chunks->count = number + 1;
    chunk = &chunks->items[number];
    /* What is referred to keeps its bytes, wherever they go. */
    if (chunk->refs && (chunk->size != size || chunk->checksum != checksum)) return UMBRA_ECORRUPT;
    chunk->size = size & 0x3fffffff;
    chunk->checksum = checksum;
    chunk->segment = segment;
    chunk->offset = offset;
    return 0;
}

bool chunk_has(const struct chunks *chunks, uint32_t number, uint32_t skip, uint64_t size)
{
    const struct chunk *chunk = number < chunks->count ? &chunks->items[number] : NULL;
    return chunk && chunk->size && skip < chunk->size && size <= chunk->size - skip;
}

int chunks_settle(struct chunks *chunks)
{
    uint32_t number, buckets = BUCKETS_LEAST;

    while (buckets < chunks->count) buckets *= 2;
    chunks->buckets = calloc(buckets, sizeof chunks->buckets[0]);
    if (chunks->buckets == NULL || make_room(chunks, chunks->count) < 0) return UMBRA_ENOMEM;
    chunks->bucket_mask = buckets - 1;
    for (number = chunks->count - 1; number; number--) {
        struct chunk *chunk = &chunks->items[number];
        if (chunk->refs) {
            /* What was removed later may have stood where the file ended then; this is in use. */
            if (chunk->segment >= chunks->space->count ||
                chunks->space->segments[chunk->segment].role == SEGMENT_SNAPSHOT)
                return UMBRA_ECORRUPT;
            if (chunks->space->segments[chunk->segment].role == SEGMENT_FREE)
                space_set_role(chunks->space, chunk->segment, SEGMENT_CONTENT);
            enter_segment(chunks, number);
            enter_bucket(chunks, number);
            chunks->used++;
        } else {
            chunk->next = chunks->free_list;
            chunks->free_list = number;
        }
    }
    chunks->settled = true;
    return 0;
}

void chunk_keep(struct chunks *chunks, uint32_t number)
{
    if (number) chunks->items[number].refs++;
}

void chunk_release(struct chunks *chunks, uint32_t number)
{
    struct chunk *chunk;

    if (number == 0) return; /* a hole; there may be no chunk at all */
    chunk = &chunks->items[number];
    if (--chunk->refs || !chunks->settled) return;
    cache_drop(&chunks->cache, number);
    leave_bucket(chunks, number);
    chunks->space->segments[chunk->segment].packed = 0;
    leave_segment(chunks, number);
    chunk->next = chunks->free_list;
    chunk->fresh = 0;
    chunks->free_list = number;
    chunks->used--;
}

void chunk_move(struct chunks *chunks, uint32_t number, uint32_t segment, uint32_t offset)
{
    leave_segment(chunks, number);
    chunks->items[number].segment = segment;
    chunks->items[number].offset = offset;
    enter_segment(chunks, number);
}

static uint32_t same_from(const struct chunks *chunks, uint32_t number, uint64_t checksum, uint32_t size)
{
    while (number && (chunks->items[number].checksum != checksum || chunks->items[number].size != size))
        number = chunks->items[number].next_same;
    return number;
}

uint32_t chunk_first_same(const struct chunks *chunks, uint64_t checksum, uint32_t size)
{
    return same_from(chunks, *bucket_of(chunks, checksum), checksum, size);
}

uint32_t chunk_next_same(const struct chunks *chunks, uint32_t number)
{
    const struct chunk *chunk = &chunks->items[number];
    return same_from(chunks, chunk->next_same, chunk->checksum, chunk->size);
}

void chunks_recorded(struct chunks *chunks)
{
    uint32_t i;
    for (i = 0; i < chunks->fresh_count; i++) chunks->items[chunks->fresh[i]].fresh = 0;
    chunks->fresh_count = 0;
}
