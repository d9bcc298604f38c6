/* space.h: the image file as rows of segments of one size: which are free, who uses the others, how many
 * bytes of content in them are live. A segment that was freed is not used again before the next flush, so
 * that whatever a crash brings back still has its bytes. */
#ifndef UMBRA_STORE_SPACE_H
#define UMBRA_STORE_SPACE_H

#include <stdbool.h>

#include "base/error.h"
#include "store/format.h"
#include "umbra_host.h"

enum segment_role {
    SEGMENT_FREE,
    SEGMENT_LOG,          /* holds records that opening must replay; and content */
    SEGMENT_CONTENT,      /* only content counts in it */
    SEGMENT_SNAPSHOT,     /* of the snapshot that the superblock names */
    SEGMENT_NEW_SNAPSHOT, /* of one that is being written */
};

struct segment {
    uint32_t live;     /* bytes of content that is in use */
    uint32_t chunks;   /* the first of its chunks, 0: none (chunks.h) */
    uint64_t freed_at; /* flush count when it was freed */
    uint8_t role;
    uint8_t stuck;  /* holds damaged content, which is not moved */
    uint8_t packed; /* compaction filled it as well as it could, and nothing of it was given up since */
};

struct space {
    const struct umbra_host *host;
    int handle;
    uint32_t segment_size;
    uint32_t count;       /* segments in the file */
    uint32_t limit;       /* most segments that the file may have */
    uint32_t reserve;     /* free segments that only privileged users get */
    uint32_t used[5];     /* segments by role */
    uint32_t lowest_free; /* no free segment stands before it */
    uint64_t live;        /* content bytes in use */
    uint64_t flushes;     /* so far */
    uint64_t limit_bytes; /* max_image_bytes, for messages */
    struct segment *segments;
    uint32_t capacity;
    /* Called before each flush: what freed a segment must be in the file before the segment is used again. */
    int (*before_flush)(void *context, struct error *error);
    void *context;
    uint64_t written; /* bytes so far, for those who measure */
};

void space_init(struct space *space, const struct umbra_host *host, uint64_t limit_bytes);
void space_close(struct space *space);
/* Sets the size of segments and takes note of those in a file of so many bytes; all are free. */
int space_adopt(struct space *space, uint32_t segment_size, uint64_t file_size, struct error *error);

/* Takes a free segment. UMBRA_EAGAIN: there are some after a flush. UMBRA_ENOSPC: the limit or the quota. */
int space_allocate(struct space *space, enum segment_role role, bool privileged, uint32_t *segment,
                   struct error *error);
void space_free(struct space *space, uint32_t segment);
void space_set_role(struct space *space, uint32_t segment, enum segment_role role);
/* Content in a segment comes into use or falls out of it; what then holds nothing is freed. */
void space_add_live(struct space *space, uint32_t segment, uint32_t bytes);
void space_remove_live(struct space *space, uint32_t segment, uint32_t bytes);
/* Whether a segment number and a range of it lie within the file. */
bool space_holds(const struct space *space, uint32_t segment, uint32_t offset, uint32_t size);

/* More chunks than the file can ever hold. */
uint32_t space_most_chunks(const struct space *space);

/* Sees to it that so many segments are free beyond the reserve, as far as the file can grow. */
void space_grow(struct space *space, uint32_t more);
/* Gives free segments at the end of the file back, beyond the reserve and `spare` more. */
void space_shrink(struct space *space, uint32_t spare);

uint64_t space_at(const struct space *space, uint32_t segment, uint32_t offset);
uint64_t space_file_size(const struct space *space);
int space_write(struct space *space, const void *data, size_t size, uint64_t at, struct error *error);
int space_read(const struct space *space, void *data, size_t size, uint64_t at);
int space_flush(struct space *space, struct error *error);

#endif
