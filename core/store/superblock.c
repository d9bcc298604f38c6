#include "store/superblock.h"

#include <string.h>

#include "base/crc32c.h"

static const char magic[8] = {'U', 'M', 'B', 'R', 'A', 'I', 'M', 'G'};

int superblock_parse(const unsigned char *slot, struct superblock *superblock, uint32_t *version)
{
    if (memcmp(slot, magic, sizeof magic) != 0) return 0;
    if (read_u32(slot + SUPERBLOCK_SIZE - 4) != crc32c(0, slot, SUPERBLOCK_SIZE - 4)) return 0;
    *version = read_u32(slot + 8);
    if (*version != FORMAT_VERSION) return UMBRA_EVERSION;
    superblock->segment_size = read_u32(slot + 12);
    superblock->generation = read_u64(slot + 16);
    memcpy(superblock->identity, slot + 24, sizeof superblock->identity);
    superblock->snapshot_segment = read_u32(slot + 40);
    superblock->snapshot_end = read_u32(slot + 44);
    superblock->snapshot_bytes = read_u64(slot + 48);
    superblock->log.segment = read_u32(slot + 56);
    superblock->log.offset = read_u32(slot + 60);
    superblock->log.sequence = read_u64(slot + 64);
    superblock->log.previous = read_u32(slot + 72);
    if (superblock->generation == 0 || superblock->segment_size < SEGMENT_BYTES_LEAST ||
        superblock->segment_size > SEGMENT_BYTES_MOST || superblock->segment_size % 512)
        return 0;
    if (superblock->log.sequence == 0 || superblock->log.sequence > INT64_MAX ||
        superblock->log.offset > superblock->segment_size - LINK_SIZE)
        return 0;
    return 1;
}

/* Whether a file is what a crash may leave of writing the first superblock: no longer than that, and each
 * byte of the beginning as it is to be or not yet there. 1, 0 or a negative error. */
static int is_unbegun(const struct space *space, uint64_t file_size)
{
    char begin[sizeof magic];
    size_t size = file_size < sizeof begin ? (size_t)file_size : sizeof begin, i;
    int result;

    if (file_size > SUPERBLOCK_SIZE) return 0;
    result = size ? space_read(space, begin, size, 0) : 0;
    for (i = 0; i < size && result == 0; i++)
        if (begin[i] && begin[i] != magic[i]) return 0;
    return result < 0 ? result : 1;
}

int superblock_read(const struct space *space, uint64_t file_size, struct superblock *superblock,
                    struct error *error)
{
    unsigned char slot[SUPERBLOCK_SIZE];
    uint32_t i, version = 0;
    int found = 0, unbegun;

    for (i = 0; i < SUPERBLOCK_COUNT; i++) {
        struct superblock one = {0};
        uint64_t at = (uint64_t)i * SUPERBLOCK_SLOT;
        int result;

        if (file_size < at + sizeof slot) continue;
        result = space_read(space, slot, sizeof slot, at);
        if (result < 0) return error_set(error, UMBRA_EIO, "reading the workspace image failed");
        result = superblock_parse(slot, &one, &version);
        if (result == UMBRA_EVERSION)
            return error_set(
                error, result,
                "the workspace has format %u and this program knows format %u; use the Umbra that wrote it",
                version, FORMAT_VERSION);
        if (result > 0 && one.generation > superblock->generation) {
            *superblock = one;
            found = 1;
        }
    }
    if (found) return 1;
    /* Nothing follows a first superblock before it is durable. */
    unbegun = is_unbegun(space, file_size);
    if (unbegun < 0) return error_set(error, UMBRA_EIO, "reading the workspace image failed");
    if (unbegun) return 0;
    return error_set(
        error, UMBRA_ECORRUPT,
        "the file does not begin as a workspace image of Umbra's, or both of its superblocks are "
        "damaged; it was left untouched");
}

int superblock_write(struct space *space, struct superblock *superblock, struct error *error)
{
    struct buffer slot = {0};
    uint64_t generation = superblock->generation + 1;
    int result;

    buffer_put(&slot, magic, sizeof magic);
    buffer_put_u32(&slot, FORMAT_VERSION);
    buffer_put_u32(&slot, superblock->segment_size);
    buffer_put_u64(&slot, generation);
    buffer_put(&slot, superblock->identity, sizeof superblock->identity);
    buffer_put_u32(&slot, superblock->snapshot_segment);
    buffer_put_u32(&slot, superblock->snapshot_end);
    buffer_put_u64(&slot, superblock->snapshot_bytes);
    buffer_put_u32(&slot, superblock->log.segment);
    buffer_put_u32(&slot, superblock->log.offset);
    buffer_put_u64(&slot, superblock->log.sequence);
    buffer_put_u32(&slot, superblock->log.previous);
    while (!slot.failed && slot.size < SUPERBLOCK_SIZE - 4) buffer_put_byte(&slot, 0);
    if (!slot.failed) buffer_put_u32(&slot, crc32c(0, slot.data, slot.size));
    if (slot.failed) {
        buffer_free(&slot);
        return error_memory(error);
    }
    result = space_write(space, slot.data, slot.size, (generation - 1) % SUPERBLOCK_COUNT * SUPERBLOCK_SLOT,
                         error);
    buffer_free(&slot);
    if (result == 0) result = space_flush(space, error);
    if (result == 0) superblock->generation = generation;
    return result;
}
