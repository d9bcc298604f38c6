/* chunks.h: the table of chunks, the pieces that the contents of files consist of. A chunk's bytes never
 * change; files share them by reference counts, and identical bytes are kept once. Where a chunk stands in
 * the image is known here only, so compaction moves it without a look at any file. */
#ifndef UMBRA_STORE_CHUNKS_H
#define UMBRA_STORE_CHUNKS_H

#include "store/cache.h"
#include "store/space.h"

/* Number 0 is no chunk: a hole, which reads as zeros. */
struct chunk {
    uint64_t checksum; /* hash64() of its bytes */
    uint32_t refs;
    uint32_t size : 30;
    uint32_t fresh : 1; /* not recorded yet: the commit must do it */
    uint32_t seen : 1;  /* was read before: the next time the cache takes it */
    uint32_t segment, offset;
    uint32_t next, previous; /* in the segment's list; next also in the list of free numbers */
    uint32_t next_same;      /* in a bucket of `buckets` */
};

struct chunks {
    struct space *space;
    struct cache cache;
    struct chunk *items;
    uint32_t count, capacity; /* count: highest number used + 1 */
    uint32_t free_list;
    bool settled;      /* false while an image is being opened: only references are counted then */
    uint32_t *buckets; /* by checksum and size, to find identical ones */
    uint32_t bucket_mask;
    uint32_t used;
    uint32_t *fresh; /* numbers given out since the last commit, perhaps no longer in use */
    uint32_t fresh_count, fresh_capacity;
};

void chunks_init(struct chunks *chunks, struct space *space, uint64_t cache_bytes);
void chunks_close(struct chunks *chunks);

/* A new chunk with one reference at a place of the image. *number; 0 or UMBRA_ENOMEM. */
int chunk_add(struct chunks *chunks, uint32_t segment, uint32_t offset, uint32_t size, uint64_t checksum,
              uint32_t *number);
void chunk_keep(struct chunks *chunks, uint32_t number);
void chunk_release(struct chunks *chunks, uint32_t number);
/* The bytes have been copied to another place. */
void chunk_move(struct chunks *chunks, uint32_t number, uint32_t segment, uint32_t offset);

/* Chunks of this checksum and size, one after the other: 0 at the end. */
uint32_t chunk_first_same(const struct chunks *chunks, uint64_t checksum, uint32_t size);
uint32_t chunk_next_same(const struct chunks *chunks, uint32_t number);

/* For opening: sets what a record says about a number. UMBRA_ECORRUPT for what cannot be, UMBRA_ENOMEM. */
int chunk_define(struct chunks *chunks, uint32_t number, uint32_t segment, uint32_t offset, uint32_t size,
                 uint64_t checksum);
/* Whether an extent may refer to these bytes of a chunk. */
bool chunk_has(const struct chunks *chunks, uint32_t number, uint32_t skip, uint64_t size);
/* Ends opening: numbers without references are free, the others are entered in their segments. UMBRA_ECORRUPT
 * when one stands beyond the end of the file or in the snapshot. */
int chunks_settle(struct chunks *chunks);

/* The commit has recorded all fresh ones. */
void chunks_recorded(struct chunks *chunks);

#endif
