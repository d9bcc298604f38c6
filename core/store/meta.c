#include "store/meta.h"

#include <string.h>

#include "base/crc32c.h"

#define RECORD_BYTES_MOST (16u << 10) /* of operations in one record */

void meta_begin(struct meta *meta, struct log *log)
{
    memset(meta, 0, sizeof *meta);
    meta->log = log;
    meta->start = log_mark(log);
    meta->most = log->space->segment_size / 4;
    if (meta->most > RECORD_BYTES_MOST) meta->most = RECORD_BYTES_MOST;
}

void meta_free(struct meta *meta)
{
    buffer_free(&meta->buffer);
}

static int write_record(struct meta *meta, unsigned flags, struct error *error)
{
    struct buffer *buffer = &meta->buffer;
    int result;

    if (buffer->failed) return error_memory(error);
    result = log_append(meta->log, RECORD_META, flags, buffer->data, (uint32_t)buffer->size,
                        crc32c(0, buffer->data, buffer->size), NULL, NULL, error);
    buffer_clear(buffer);
    return result;
}

int meta_end(struct meta *meta, unsigned flags, struct error *error)
{
    return write_record(meta, flags, error);
}

/* Begins an operation of so many bytes; it never straddles records. */
static int begin_operation(struct meta *meta, enum meta_type type, uint32_t size, struct error *error)
{
    int result = 0;
    if (meta->buffer.size && meta->buffer.size + size > meta->most) result = write_record(meta, 0, error);
    if (result == 0) buffer_put_byte(&meta->buffer, (char)type);
    return result;
}

static int end_operation(const struct meta *meta, struct error *error)
{
    return meta->buffer.failed ? error_memory(error) : 0;
}

int meta_state(struct meta *meta, uint32_t next_ino, uint32_t next_checkpoint, struct error *error)
{
    int result = begin_operation(meta, META_STATE, 9, error);
    if (result < 0) return result;
    buffer_put_u32(&meta->buffer, next_ino);
    buffer_put_u32(&meta->buffer, next_checkpoint);
    return end_operation(meta, error);
}

int meta_chunk(struct meta *meta, const struct chunks *chunks, uint32_t number, uint32_t segment,
               uint32_t offset, struct error *error)
{
    const struct chunk *chunk = &chunks->items[number];
    int result = begin_operation(meta, META_CHUNK, META_CHUNK_SIZE, error);

    if (result < 0) return result;
    buffer_put_u32(&meta->buffer, number);
    buffer_put_u32(&meta->buffer, segment);
    buffer_put_u32(&meta->buffer, offset);
    buffer_put_u32(&meta->buffer, chunk->size);
    buffer_put_u64(&meta->buffer, chunk->checksum);
    return end_operation(meta, error);
}

static bool same_extent(const struct st_extent *a, const struct st_extent *b)
{
    return a->end == b->end && a->chunk == b->chunk && a->skip == b->skip;
}

/* How many extents the two lists share at the beginning and, of the rest, at the end. */
static void find_shared(const struct st_content *before, const struct st_content *after, uint32_t *prefix,
                        uint32_t *suffix)
{
    uint32_t least, old, now;

    *prefix = *suffix = 0;
    if (before == NULL || content_is_inline(before)) return;
    old = before->count;
    now = after ? after->count : 0;
    least = old < now ? old : now;
    while (*prefix < least && same_extent(&before->items[*prefix], &after->items[*prefix])) ++*prefix;
    while (*suffix < least - *prefix &&
           same_extent(&before->items[old - *suffix - 1], &after->items[now - *suffix - 1]))
        ++*suffix;
}

static void put_extents(struct buffer *buffer, const struct st_extent *extents, uint32_t count)
{
    uint32_t i;
    for (i = 0; i < count; i++) {
        buffer_put_u64(buffer, extents[i].end);
        buffer_put_u32(buffer, extents[i].chunk);
        buffer_put_u32(buffer, extents[i].skip);
    }
}

/* The extents between prefix and suffix: those that fit into the inode's own operation and then more of them.
 */
static int put_content(struct meta *meta, const struct st_content *before, const struct st_content *after,
                       struct error *error)
{
    uint32_t prefix, suffix, at, end, room;
    int result = 0;

    find_shared(before, after, &prefix, &suffix);
    buffer_put_u32(&meta->buffer, prefix);
    buffer_put_u32(&meta->buffer, suffix);
    at = prefix;
    end = (after ? after->count : 0) - suffix;
    room = meta->buffer.size + 4 < meta->most
               ? (meta->most - (uint32_t)meta->buffer.size - 4) / META_EXTENT_SIZE
               : 0;
    while (result == 0) {
        uint32_t count = end - at < room ? end - at : room;
        buffer_put_u32(&meta->buffer, count);
        if (count) put_extents(&meta->buffer, after->items + at, count);
        at += count;
        if (at == end) break;
        room = (meta->most - META_EXTENTS_FIXED) / META_EXTENT_SIZE;
        result = begin_operation(meta, META_EXTENTS, meta->most, error);
    }
    return result;
}

int meta_inode(struct meta *meta, enum st_root root, const struct st_inode *inode,
               const struct st_inode *before, struct error *error)
{
    const struct st_content *content = inode->content, *old = before ? before->content : NULL;
    struct buffer *buffer = &meta->buffer;
    int result = begin_operation(meta, META_INODE, 48u + inode->name_length + INLINE_BYTES, error);

    if (result < 0) return result;
    buffer_put_byte(buffer, (char)root);
    buffer_put_byte(buffer, (char)inode->kind);
    buffer_put_u16(buffer, inode->mode);
    buffer_put_u32(buffer, inode->ino);
    buffer_put_u32(buffer, inode->parent);
    buffer_put_u64(buffer, (uint64_t)inode->mtime);
    buffer_put_u64(buffer, inode->size);
    buffer_put_byte(buffer, (char)inode->name_length);
    buffer_put(buffer, inode->name, inode->name_length);
    if (content == old) {
        buffer_put_byte(buffer, CONTENT_KEPT);
    } else if (content && content_is_inline(content)) {
        buffer_put_byte(buffer, CONTENT_INLINE);
        buffer_put_byte(buffer, (char)content->count);
        buffer_put(buffer, content->items, content->count);
    } else {
        buffer_put_byte(buffer, CONTENT_EXTENTS);
        result = put_content(meta, old, content, error);
    }
    return result < 0 ? result : end_operation(meta, error);
}

int meta_remove(struct meta *meta, enum st_root root, uint32_t ino, struct error *error)
{
    int result = begin_operation(meta, META_REMOVE, 6, error);
    if (result < 0) return result;
    buffer_put_byte(&meta->buffer, (char)root);
    buffer_put_u32(&meta->buffer, ino);
    return end_operation(meta, error);
}

int meta_mark(struct meta *meta, enum meta_type type, struct error *error)
{
    int result = begin_operation(meta, type, 1, error);
    return result < 0 ? result : end_operation(meta, error);
}

int meta_checkpoint(struct meta *meta, uint32_t id, int64_t time, enum st_root root, bool automatic,
                    const char *name, struct error *error)
{
    size_t length = strlen(name);
    int result = begin_operation(meta, META_CHECKPOINT, 16u + (uint32_t)length, error);

    if (result < 0) return result;
    buffer_put_u32(&meta->buffer, id);
    buffer_put_u64(&meta->buffer, (uint64_t)time);
    buffer_put_byte(&meta->buffer, (char)root);
    buffer_put_byte(&meta->buffer, (char)automatic);
    buffer_put_byte(&meta->buffer, (char)length);
    buffer_put(&meta->buffer, name, length);
    return end_operation(meta, error);
}

int meta_number(struct meta *meta, enum meta_type type, uint32_t id, struct error *error)
{
    int result = begin_operation(meta, type, 5, error);
    if (result < 0) return result;
    buffer_put_u32(&meta->buffer, id);
    return end_operation(meta, error);
}
