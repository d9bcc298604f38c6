/* damage.c: whether a log ends where it seems to. A crash tears what was not flushed, and the log ends there.
 * A damaged record looks the same, but commits after it may have said that it was flushed: then the end is
 * none. */
#include "base/crc32c.h"
#include "store/damage.h"

#define WINDOW_BYTES (64u << 10)

struct search {
    const struct log_position *end;
    bool found;
};

static int find_claim(void *context, const struct log_record *record, struct error *error)
{
    struct search *search = context;

    (void)error;
    if (record->type == RECORD_META && record->flags & RECORD_COMMIT &&
        record->durable >= search->end->sequence)
        search->found = true;
    return search->found;
}

/* Whether these bytes may be the header of a record behind the end; cheap, most places are none. */
static bool looks_like_later(const unsigned char *header, const struct log_position *end)
{
    uint64_t sequence;

    if (header[24] < RECORD_DATA || header[24] > RECORD_LINK || header[25] > (RECORD_COMMIT | RECORD_END))
        return false;
    sequence = read_u64(header + 8);
    if (sequence <= end->sequence || sequence - end->sequence > UINT32_MAX) return false;
    return read_u32(header) == crc32c(0, header + 4, RECORD_HEADER_SIZE - 4);
}

/* Follows the chain from a record that stands somewhere. */
static int follow(struct space *space, uint32_t segment, uint32_t offset, const unsigned char *header,
                  struct search *search, struct error *error)
{
    struct log_position from = {segment, offset, read_u64(header + 8), read_u32(header + 16)};
    int result = log_walk(space, &from, false, find_claim, search, error);
    return result < 0 ? result : 0;
}

static int search_segment(struct space *space, uint32_t segment, uint32_t offset, struct buffer *window,
                          struct search *search, struct error *error)
{
    uint32_t size = space->segment_size;
    int result = 0;

    while (result == 0 && !search->found && offset + RECORD_HEADER_SIZE <= size) {
        uint32_t take = size - offset < WINDOW_BYTES ? size - offset : WINDOW_BYTES, i;
        result = space_read(space, window->data, take, space_at(space, segment, offset));
        if (result < 0) return error_set(error, UMBRA_EIO, "reading the workspace image failed");
        for (i = 0; i + RECORD_HEADER_SIZE <= take && result == 0 && !search->found; i++) {
            const unsigned char *header = (const unsigned char *)window->data + i;
            if (looks_like_later(header, search->end))
                result = follow(space, segment, offset + i, header, search, error);
        }
        offset += take - RECORD_HEADER_SIZE + 1;
    }
    return result;
}

/* The log may have gone on in any segment that seems to be free, at its beginning. */
static int search_free(struct space *space, struct search *search, struct error *error)
{
    unsigned char header[RECORD_HEADER_SIZE];
    uint32_t i;
    int result = 0;

    for (i = 0; i < space->count && result == 0 && !search->found; i++) {
        if (space->segments[i].role != SEGMENT_FREE) continue;
        if (space_read(space, header, sizeof header, space_at(space, i, 0)) < 0)
            return error_set(error, UMBRA_EIO, "reading the workspace image failed");
        if (looks_like_later(header, search->end)) result = follow(space, i, 0, header, search, error);
    }
    return result;
}

static int note_reached(void *context, const struct log_record *record, struct error *error)
{
    struct log_position *reached = context;
    (void)error;
    *reached = record->after;
    return 0;
}

/* The records of a transaction that has no end lead to where it breaks off, perhaps in another segment. */
static int search_onward(struct space *space, const struct log_position *end, struct buffer *window,
                         struct search *search, struct error *error)
{
    struct log_position reached = *end;
    int result = log_walk(space, end, false, note_reached, &reached, error);

    if (result < 0 || reached.segment == end->segment) return result < 0 ? result : 0;
    return search_segment(space, reached.segment, reached.offset, window, search, error);
}

int damage_find(struct space *space, const struct log_position *end, struct error *error)
{
    struct search search = {.end = end};
    struct buffer window = {0};
    int result = 0;

    if (end->segment >= space->count) return 0;
    if (buffer_reserve(&window, WINDOW_BYTES) < 0) return error_memory(error);
    result = search_segment(space, end->segment, end->offset, &window, &search, error);
    if (result == 0 && !search.found) result = search_onward(space, end, &window, &search, error);
    if (result == 0 && !search.found) result = search_free(space, &search, error);
    buffer_free(&window);
    return result < 0 ? result : search.found;
}
