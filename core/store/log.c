#include "store/log.h"

#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/hash64.h"

void log_init(struct log *log, struct space *space, enum segment_role role)
{
    memset(log, 0, sizeof *log);
    log->space = space;
    log->role = role;
    log->next.segment = NO_SEGMENT;
    log->next.sequence = 1;
    space->host->random(space->host->context, &log->salt, sizeof log->salt);
    log->committed.position = log->next;
}

void log_close(struct log *log)
{
    buffer_free(&log->pending);
    free(log->taken);
    log->taken = NULL;
}

static int note_taken(struct log *log, uint32_t segment)
{
    if (log->taken_count == log->taken_capacity) {
        uint32_t capacity = log->taken_capacity ? log->taken_capacity * 2 : 8;
        uint32_t *taken = realloc(log->taken, capacity * sizeof *taken);
        if (taken == NULL) return UMBRA_ENOMEM;
        log->taken = taken;
        log->taken_capacity = capacity;
    }
    log->taken[log->taken_count++] = segment;
    return 0;
}

static int take_segment(struct log *log, uint32_t *segment, struct error *error)
{
    int result = space_allocate(log->space, log->role, log->privileged, segment, error);

    if (result == UMBRA_ENOSPC && log->reclaim && log->reclaim(log->context, error) == 0)
        result = space_allocate(log->space, log->role, log->privileged, segment, error);
    if (result == UMBRA_EAGAIN) {
        result = log_sync(log, error);
        if (result == 0) result = space_allocate(log->space, log->role, log->privileged, segment, error);
    }
    if (result < 0) return result;
    if (note_taken(log, *segment) == 0) return 0;
    space_free(log->space, *segment);
    return error_memory(error);
}

static void enter(struct log *log, uint32_t segment)
{
    log->next.segment = segment;
    log->next.offset = 0;
    log->place = 0;
}

int log_start(struct log *log, struct error *error)
{
    uint32_t segment;
    int result = take_segment(log, &segment, error);
    if (result < 0) return result;
    enter(log, segment);
    log->committed = log_mark(log);
    return 0;
}

void log_continue(struct log *log, const struct log_position *position)
{
    log->next = *position;
    log->place = position->offset;
    log->taken_count = 0;
    log->committed = log_mark(log);
}

/* The largest payload that a record may have. */
static uint32_t log_record_most(const struct log *log)
{
    return log->space->segment_size - LINK_SIZE - RECORD_HEADER_SIZE;
}

int log_spill(struct log *log, struct error *error)
{
    int result;

    if (log->pending.size == 0) return 0;
    result = space_write(log->space, log->pending.data, log->pending.size,
                         space_at(log->space, log->next.segment, log->place), error);
    if (result < 0) return result;
    log->place += (uint32_t)log->pending.size;
    buffer_clear(&log->pending);
    return 0;
}

int log_sync(struct log *log, struct error *error)
{
    uint64_t sequence = log->committed.position.sequence;
    int result = log_spill(log, error);

    if (result == 0) result = space_flush(log->space, error);
    if (result == 0) log->durable = sequence - 1;
    return result;
}

/* Sequence numbers since everything before is known to be durable, as a commit says it. */
static uint32_t since_durable(const struct log *log)
{
    uint64_t since = log->next.sequence - log->durable;
    return since < UINT32_MAX ? (uint32_t)since : UINT32_MAX;
}

uint32_t log_checksum(enum record_type type, const void *payload, uint32_t size)
{
    return type == RECORD_DATA ? (uint32_t)hash64(payload, size) : crc32c(0, payload, size);
}

static int put_record(struct log *log, enum record_type type, unsigned flags, const void *payload,
                      uint32_t size, uint32_t checksum, struct error *error)
{
    struct buffer *out = &log->pending;
    size_t start = out->size;
    uint32_t own, i;

    if (buffer_reserve(out, RECORD_HEADER_SIZE + size) < 0) {
        out->failed = false;
        return error_memory(error);
    }
    buffer_put_u32(out, 0);
    buffer_put_u32(out, size);
    buffer_put_u64(out, log->next.sequence);
    buffer_put_u32(out, log->next.previous);
    buffer_put_u32(out, checksum);
    buffer_put_byte(out, (char)type);
    buffer_put_byte(out, (char)flags);
    buffer_put_u16(out, log->salt);
    buffer_put_u32(out, flags & RECORD_COMMIT ? since_durable(log) : 0);
    own = crc32c(0, out->data + start + 4, RECORD_HEADER_SIZE - 4);
    for (i = 0; i < 4; i++) out->data[start + i] = (char)(own >> 8 * i);
    buffer_put(out, payload, size);
    log->next.sequence++;
    log->next.previous = own;
    log->next.offset += RECORD_HEADER_SIZE + size;
    log->tail_bytes += RECORD_HEADER_SIZE + size;
    if (type != RECORD_DATA) log->meta_bytes += RECORD_HEADER_SIZE + size;
    return 0;
}

/* Goes on in another segment. */
static int link_segment(struct log *log, uint32_t segment, struct error *error)
{
    struct log_mark mark = log_mark(log);
    unsigned char number[4];
    uint32_t i;
    int result;

    for (i = 0; i < 4; i++) number[i] = (unsigned char)(segment >> 8 * i);
    result = put_record(log, RECORD_LINK, 0, number, 4, crc32c(0, number, 4), error);
    if (result == 0) result = log_spill(log, error);
    if (result < 0) {
        log_rewind(log, &mark);
        return result;
    }
    enter(log, segment);
    return 0;
}

static bool fits(const struct log *log, uint32_t size)
{
    return log->next.offset + LINK_SIZE + RECORD_HEADER_SIZE + size <= log->space->segment_size;
}

int log_advance(struct log *log, struct error *error)
{
    uint32_t segment;
    int result = take_segment(log, &segment, error);
    if (result < 0) return result;
    result = link_segment(log, segment, error);
    if (result < 0) space_free(log->space, log->taken[--log->taken_count]);
    return result;
}

/* Sees to it that a record fits. Making space may have moved the log on to a segment in which it does. */
static int make_fit(struct log *log, uint32_t size, struct error *error)
{
    uint32_t before = log->next.segment, segment;
    int result = take_segment(log, &segment, error);

    if (result < 0) return result;
    if (log->next.segment == before || !fits(log, size)) {
        result = link_segment(log, segment, error);
        if (result == 0) return 0;
    }
    space_free(log->space, log->taken[--log->taken_count]);
    return result;
}

int log_append(struct log *log, enum record_type type, unsigned flags, const void *payload, uint32_t size,
               uint32_t checksum, uint32_t *segment, uint32_t *offset, struct error *error)
{
    int result = 0;

    if (size > log_record_most(log)) return error_set(error, UMBRA_EINVAL, "a record of %u bytes", size);
    if (log->next.segment == NO_SEGMENT)
        result = log_start(log, error);
    else if (!fits(log, size))
        result = make_fit(log, size, error);
    if (result < 0) return result;
    if (segment) *segment = log->next.segment;
    if (offset) *offset = log->next.offset + RECORD_HEADER_SIZE;
    return put_record(log, type, flags, payload, size, checksum, error);
}

struct log_mark log_mark(const struct log *log)
{
    return (struct log_mark){log->next, log->taken_count, log->tail_bytes, log->meta_bytes};
}

void log_rewind(struct log *log, const struct log_mark *mark)
{
    const struct log_position *to = &mark->position;

    while (log->taken_count > mark->taken) space_free(log->space, log->taken[--log->taken_count]);
    if (to->segment != log->next.segment || to->offset < log->place) {
        buffer_clear(&log->pending);
        log->place = to->offset;
    } else {
        log->pending.size = to->offset - log->place;
    }
    log->next = *to;
    log->tail_bytes = mark->tail_bytes;
    log->meta_bytes = mark->meta_bytes;
}

void log_rollback(struct log *log)
{
    struct log_mark to = log->committed;
    log_rewind(log, &to);
}

int log_make_void(struct log *log, struct error *error)
{
    static const char nothing[RECORD_HEADER_SIZE];
    const struct log_position *at = &log->committed.position;
    int result;

    if (!log->stale || at->segment == NO_SEGMENT) return 0;
    result = space_write(log->space, nothing, sizeof nothing, space_at(log->space, at->segment, at->offset),
                         error);
    if (result == 0) result = space_flush(log->space, error);
    if (result == 0) log->stale = false;
    return result;
}

int log_commit(struct log *log, enum log_commit_mode mode, struct error *error)
{
    int result;

    /* A failed commit that still stands behind the end, whole perhaps, could come back in the place of this
     * one as long as this one is not flushed. */
    if (log->stale) mode = LOG_DURABLE;
    result = mode == LOG_DEFERRED ? 0 : log_spill(log, error);
    if (result == 0 && mode == LOG_DURABLE) {
        result = space_flush(log->space, error);
        if (result == 0) log->durable = log->next.sequence - 1;
    }
    if (result < 0) {
        log_rollback(log);
        log->stale = true;
        log_make_void(log, NULL);
        return result;
    }
    log->taken_count = 0;
    log->stale = false;
    log->committed = log_mark(log);
    return 0;
}

int log_read(const struct log *log, uint32_t segment, uint32_t offset, void *data, uint32_t size)
{
    if (segment == log->next.segment && offset >= log->place) {
        uint32_t at = offset - log->place;
        if (at > log->pending.size || size > log->pending.size - at) return UMBRA_ECORRUPT;
        memcpy(data, log->pending.data + at, size);
        return 0;
    }
    return space_read(log->space, data, size, space_at(log->space, segment, offset));
}
