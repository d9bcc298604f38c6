#include "store/space.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define GROW_LEAST 4u /* segments that the file grows by at a time */

void space_init(struct space *space, const struct umbra_host *host, uint64_t limit_bytes)
{
    memset(space, 0, sizeof *space);
    space->host = host;
    space->handle = -1;
    space->limit_bytes = limit_bytes;
    space->flushes = 1;
}

void space_close(struct space *space)
{
    if (space->handle >= 0) space->host->block_close(space->host->context, space->handle);
    space->handle = -1;
    free(space->segments);
    space->segments = NULL;
}

static int make_room(struct space *space, uint32_t count)
{
    uint32_t capacity = space->capacity ? space->capacity : 16;
    struct segment *segments;

    while (capacity < count) capacity += capacity / 2;
    if (capacity == space->capacity) return 0;
    segments = realloc(space->segments, (size_t)capacity * sizeof *segments);
    if (segments == NULL) return UMBRA_ENOMEM;
    memset(segments + space->capacity, 0, (size_t)(capacity - space->capacity) * sizeof *segments);
    space->segments = segments;
    space->capacity = capacity;
    return 0;
}

int space_adopt(struct space *space, uint32_t segment_size, uint64_t file_size, struct error *error)
{
    uint64_t count = file_size > SEGMENTS_AT ? (file_size - SEGMENTS_AT) / segment_size : 0;
    uint64_t limit = space->limit_bytes > SEGMENTS_AT ? (space->limit_bytes - SEGMENTS_AT) / segment_size : 0;

    if (count >= NO_SEGMENT) count = NO_SEGMENT - 1;
    if (make_room(space, (uint32_t)count) < 0) return error_memory(error);
    space->segment_size = segment_size;
    space->count = (uint32_t)count;
    space->used[SEGMENT_FREE] = (uint32_t)count;
    space->limit = limit < NO_SEGMENT ? (uint32_t)limit : NO_SEGMENT - 1;
    return 0;
}

uint64_t space_at(const struct space *space, uint32_t segment, uint32_t offset)
{
    return SEGMENTS_AT + (uint64_t)segment * space->segment_size + offset;
}

uint64_t space_file_size(const struct space *space)
{
    return space_at(space, space->count, 0);
}

bool space_holds(const struct space *space, uint32_t segment, uint32_t offset, uint32_t size)
{
    return segment < space->count && offset <= space->segment_size && size <= space->segment_size - offset;
}

uint32_t space_most_chunks(const struct space *space)
{
    uint64_t most = ((uint64_t)space->count + 1) * (space->segment_size / RECORD_HEADER_SIZE);
    return most < INT32_MAX ? (uint32_t)most : INT32_MAX;
}

void space_set_role(struct space *space, uint32_t segment, enum segment_role role)
{
    space->used[space->segments[segment].role]--;
    space->used[role]++;
    space->segments[segment].role = (uint8_t)role;
}

/* Adds segments to the file; as many as it can get of those asked for. */
static int grow(struct space *space, uint32_t more)
{
    int result = UMBRA_ENOSPC;

    if (space->count >= space->limit) return UMBRA_ENOSPC;
    if (more > space->limit - space->count) more = space->limit - space->count;
    for (; more; more /= 2) {
        if (make_room(space, space->count + more) < 0) return UMBRA_ENOMEM;
        result = space->host->block_truncate(space->host->context, space->handle,
                                             space_at(space, space->count + more, 0));
        if (result == 0) break;
    }
    if (result < 0) return result;
    memset(space->segments + space->count, 0, more * sizeof space->segments[0]);
    if (space->lowest_free > space->count) space->lowest_free = space->count;
    space->count += more;
    space->used[SEGMENT_FREE] += more;
    return 0;
}

void space_grow(struct space *space, uint32_t beyond)
{
    uint32_t want = space->reserve + beyond, more;

    if (space->used[SEGMENT_FREE] >= want) return;
    more = want - space->used[SEGMENT_FREE];
    if (more < GROW_LEAST) more = GROW_LEAST;
    if (more < space->count / 8) more = space->count / 8;
    grow(space, more);
}

static int no_space(const struct space *space, int code, struct error *error)
{
    if (code == UMBRA_ENOMEM) return error_memory(error);
    if (space->count >= space->limit)
        return error_set(error, UMBRA_ENOSPC,
                         "the workspace is full: its image may have %" PRIu64
                         " bytes (max_image_bytes); delete files or checkpoints, or raise the limit",
                         space->limit_bytes);
    return error_set(error, UMBRA_ENOSPC,
                     "the storage is full: no more space is given to the workspace (its image has %" PRIu64
                     " bytes); delete files or checkpoints, or free space elsewhere",
                     space_file_size(space));
}

int space_allocate(struct space *space, enum segment_role role, bool privileged, uint32_t *segment,
                   struct error *error)
{
    uint32_t i, least = privileged ? 0 : space->reserve;
    bool waiting = false;
    int result = 0;

    if (space->used[SEGMENT_FREE] <= space->reserve) space_grow(space, 1);
    if (space->used[SEGMENT_FREE] <= least) result = grow(space, 1);
    if (space->used[SEGMENT_FREE] <= least) return no_space(space, result, error);
    for (i = space->lowest_free; i < space->count; i++) {
        struct segment *found = &space->segments[i];
        if (found->role != SEGMENT_FREE) {
            if (!waiting) space->lowest_free = i + 1;
            continue;
        }
        if (found->freed_at >= space->flushes) {
            waiting = true;
            continue;
        }
        if (!waiting) space->lowest_free = i + 1;
        space_set_role(space, i, role);
        *segment = i;
        return 0;
    }
    return UMBRA_EAGAIN;
}

void space_free(struct space *space, uint32_t segment)
{
    space_set_role(space, segment, SEGMENT_FREE);
    space->segments[segment].freed_at = space->flushes;
    space->segments[segment].stuck = space->segments[segment].packed = 0;
    if (segment < space->lowest_free) space->lowest_free = segment;
}

void space_add_live(struct space *space, uint32_t segment, uint32_t bytes)
{
    space->segments[segment].live += bytes;
    space->live += bytes;
}

void space_remove_live(struct space *space, uint32_t segment, uint32_t bytes)
{
    struct segment *at = &space->segments[segment];
    at->live -= bytes;
    space->live -= bytes;
    if (at->live == 0 && at->role == SEGMENT_CONTENT) space_free(space, segment);
}

void space_shrink(struct space *space, uint32_t spare)
{
    uint32_t keep = space->reserve + 1 + spare, count = space->count;

    while (count && space->used[SEGMENT_FREE] - (space->count - count) > keep &&
           space->segments[count - 1].role == SEGMENT_FREE &&
           space->segments[count - 1].freed_at < space->flushes)
        count--;
    if (count == space->count) return;
    if (space->host->block_truncate(space->host->context, space->handle, space_at(space, count, 0)) < 0)
        return;
    space->used[SEGMENT_FREE] -= space->count - count;
    space->count = count;
    if (space->lowest_free > count) space->lowest_free = count;
}

int space_write(struct space *space, const void *data, size_t size, uint64_t at, struct error *error)
{
    int64_t put = space->host->block_write(space->host->context, space->handle, data, size, at);

    if (put > 0) space->written += (uint64_t)put;
    if (put == (int64_t)size) return 0;
    if (put >= 0 || put == UMBRA_ENOSPC) return no_space(space, UMBRA_ENOSPC, error);
    return error_set(error, (int)put, "writing the workspace image failed: %s", umbra_error_text((int)put));
}

int space_read(const struct space *space, void *data, size_t size, uint64_t at)
{
    int64_t got = space->host->block_read(space->host->context, space->handle, data, size, at);
    if (got < 0) return (int)got;
    return got == (int64_t)size ? 0 : UMBRA_ECORRUPT;
}

int space_flush(struct space *space, struct error *error)
{
    int result = space->before_flush ? space->before_flush(space->context, error) : 0;

    if (result < 0) return result;
    if (space->host->block_flush(space->host->context, space->handle) < 0)
        return error_set(error, UMBRA_EIO, "flushing the workspace image failed; the change was undone");
    space->flushes++;
    return 0;
}
