/* log_walk.c: reading a chain of records. */
#include <string.h>

#include "base/crc32c.h"
#include "store/log.h"

#define WINDOW_BYTES (64u << 10) /* read at a time */

/* The part of a segment that is in memory. */
struct window {
    struct space *space;
    struct buffer bytes;
    uint32_t segment, offset;
};

/* size bytes of a segment; NULL with *result when they cannot be read, NULL with 0 when they are not there.
 */
static const unsigned char *window_at(struct window *window, uint32_t segment, uint32_t offset, uint32_t size,
                                      int *result)
{
    uint32_t want = size > WINDOW_BYTES ? size : WINDOW_BYTES;

    *result = 0;
    if (!space_holds(window->space, segment, offset, size)) return NULL;
    if (segment == window->segment && offset >= window->offset &&
        offset - window->offset + (uint64_t)size <= window->bytes.size)
        return (const unsigned char *)window->bytes.data + (offset - window->offset);
    if (want > window->space->segment_size - offset) want = window->space->segment_size - offset;
    buffer_clear(&window->bytes);
    window->segment = NO_SEGMENT;
    if (buffer_reserve(&window->bytes, want) < 0) {
        *result = UMBRA_ENOMEM;
        return NULL;
    }
    *result = space_read(window->space, window->bytes.data, want, space_at(window->space, segment, offset));
    if (*result < 0) return NULL;
    window->bytes.size = want;
    window->segment = segment;
    window->offset = offset;
    return (const unsigned char *)window->bytes.data;
}

/* The record that stands at a position: 1, 0 when none does that belongs to the chain, or a negative error.
 */
static int read_record(struct window *window, const struct log_position *at, bool check_data,
                       struct log_record *record)
{
    uint32_t own, checksum, since, behind;
    int result;
    const unsigned char *header = window_at(window, at->segment, at->offset, RECORD_HEADER_SIZE, &result);

    if (header == NULL) return result;
    own = read_u32(header);
    record->size = read_u32(header + 4);
    checksum = read_u32(header + 20);
    record->type = (enum record_type)header[24];
    record->flags = header[25];
    since = read_u32(header + 28);
    record->durable = at->sequence - since;
    if (own != crc32c(0, header + 4, RECORD_HEADER_SIZE - 4)) return 0;
    if (read_u64(header + 8) != at->sequence || read_u32(header + 16) != at->previous) return 0;
    if (record->type < RECORD_DATA || record->type > RECORD_LINK) return 0;
    /* No commit is flushed before it is written. */
    if (record->flags & RECORD_COMMIT && (since == 0 || since > at->sequence)) return 0;
    behind = record->type == RECORD_LINK ? 0 : LINK_SIZE;
    if (record->size > window->space->segment_size - behind ||
        !space_holds(window->space, at->segment, at->offset + RECORD_HEADER_SIZE, record->size + behind))
        return 0;
    record->segment = at->segment;
    record->after = (struct log_position){at->segment, at->offset + RECORD_HEADER_SIZE + record->size,
                                          at->sequence + 1, own};
    record->payload = NULL;
    if (record->type == RECORD_DATA && !check_data) return 1;
    header = window_at(window, at->segment, at->offset, RECORD_HEADER_SIZE + record->size, &result);
    if (header == NULL) return result;
    record->payload = header + RECORD_HEADER_SIZE;
    if (checksum != log_checksum(record->type, record->payload, record->size)) return 0;
    if (record->type != RECORD_LINK) return 1;
    if (record->size != 4 || !space_holds(window->space, read_u32(record->payload), 0, 0)) return 0;
    record->after.segment = read_u32(record->payload);
    record->after.offset = 0;
    return 1;
}

int log_walk(struct space *space, const struct log_position *from, bool check_data, log_visit visit,
             void *context, struct error *error)
{
    struct window window = {.space = space, .segment = NO_SEGMENT};
    struct log_position at = *from;
    int result;

    for (;;) {
        struct log_record record;
        result = read_record(&window, &at, check_data, &record);
        if (result < 0)
            error_set(error, result, "reading the workspace image failed: %s", umbra_error_text(result));
        if (result <= 0) break;
        result = visit(context, &record, error);
        if (result) break;
        at = record.after;
    }
    buffer_free(&window.bytes);
    return result;
}
