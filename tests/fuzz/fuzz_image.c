/* The chains of records of a workspace image. Superblocks, sequence numbers, links to the record before and
 * checksums are put right first, so that the fuzzer reaches what is behind them. An image that opens must be
 * whole: it can be walked, checked, compared, changed, kept up, and opened again with the same trees. */
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "fs/path.h"
#include "fs/walk.h"
#include "memory_host.h"
#include "store/changes.h"
#include "store/check.h"
#include "store/log.h"

#define CAPACITY     (1u << 20)
#define SEGMENT      4096u
#define RECORDS_MOST 2000u
#define UPKEEP_MOST  300u

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void put_u32(char *at, uint32_t value)
{
    int i;
    for (i = 0; i < 4; i++) at[i] = (char)(value >> 8 * i);
}

static void put_u64(char *at, uint64_t value)
{
    put_u32(at, (uint32_t)value);
    put_u32(at + 4, (uint32_t)(value >> 32));
}

/* A chain from a place on; the checksum of its last record. */
static uint32_t mend_chain(char *bytes, size_t size, uint32_t segment, uint32_t offset, uint64_t sequence,
                           uint32_t previous)
{
    unsigned count;

    for (count = 0; count < RECORDS_MOST; count++) {
        uint64_t at = SEGMENTS_AT + (uint64_t)segment * SEGMENT + offset;
        char *header = bytes + at;
        uint32_t length, left = SEGMENT - offset;

        if (offset + RECORD_HEADER_SIZE > SEGMENT || at + left > size) break;
        if (header[24] < RECORD_DATA || header[24] > RECORD_LINK) break;
        length = read_u32(header + 4);
        if (length > left - RECORD_HEADER_SIZE) length = left - RECORD_HEADER_SIZE;
        put_u32(header + 4, length);
        put_u64(header + 8, sequence++);
        put_u32(header + 16, previous);
        put_u32(header + 20, log_checksum((enum record_type)header[24], header + RECORD_HEADER_SIZE, length));
        previous = crc32c(0, header + 4, RECORD_HEADER_SIZE - 4);
        put_u32(header, previous);
        offset += RECORD_HEADER_SIZE + length;
        if (header[24] == RECORD_META && header[25] & RECORD_END) break;
        if (header[24] != RECORD_LINK || length != 4) continue;
        segment = read_u32(header + RECORD_HEADER_SIZE);
        offset = 0;
    }
    return previous;
}

static void mend_slot(char *bytes, size_t size, size_t at)
{
    char *slot = bytes + at;

    memcpy(slot, "UMBRAIMG\2\0\0", 12);
    put_u32(slot + 12, SEGMENT);
    if (read_u32(slot + 40) != NO_SEGMENT)
        put_u32(slot + 44, mend_chain(bytes, size, read_u32(slot + 40), 0, 1, 0));
    mend_chain(bytes, size, read_u32(slot + 56), read_u32(slot + 60), read_u64(slot + 64),
               read_u32(slot + 72));
    put_u32(slot + SUPERBLOCK_SIZE - 4, crc32c(0, slot, SUPERBLOCK_SIZE - 4));
}

/* The slot of the higher generation counts; one that is all zero was never written. */
static void mend(char *bytes, size_t size)
{
    size_t first = 0, second = SUPERBLOCK_SLOT;

    if (read_u64(bytes + second + 16) < read_u64(bytes + 16)) {
        first = SUPERBLOCK_SLOT;
        second = 0;
    }
    if (read_u64(bytes + first + 16)) mend_slot(bytes, size, first);
    mend_slot(bytes, size, second);
}

/* A checksum over all paths and sizes of a tree. */
static uint32_t survey(const struct store *store, enum st_root root)
{
    struct fs_walk walk;
    uint32_t sum = 0;
    char head[512];
    int result;

    if (fs_walk_begin(&walk, store, root, ST_ROOT_INO) < 0) abort();
    while ((result = fs_walk_next(&walk)) > 0) {
        sum = crc32c(sum, walk.path.data, walk.path.size);
        sum = crc32c(sum, &walk.info.size, sizeof walk.info.size);
        st_read(store, root, walk.info.ino, walk.info.size / 2, head, sizeof head);
    }
    if (result < 0) abort();
    fs_walk_end(&walk);
    return sum;
}

static uint32_t survey_all(const struct store *store)
{
    struct st_checkpoint_info info;
    uint32_t sum = 0, i;
    int root;

    for (root = 0; root < ST_ROOT_COUNT; root++) sum = sum * 31 + survey(store, (enum st_root)root);
    for (i = 0; st_checkpoint_at(store, i, &info) == 0; i++)
        sum = sum * 31 + survey(store, st_checkpoint_root(info.id)) + info.id;
    return sum;
}

static void ignore(void *context, const char *sentence)
{
    (void)context;
    if (sentence[0] == '\0') abort();
}

static void end(struct store *store, int result, struct error *error)
{
    if (result < 0)
        st_rollback(store);
    else
        st_commit(store, error);
}

static void use(struct store *store)
{
    struct st_checkpoint_info info;
    struct st_changes changes;
    struct st_check check;
    struct error error;
    char text[3000] = {1};
    uint32_t id, steps;
    size_t i;

    st_check_open(store, ignore, NULL, &check, &error);
    if (st_list_changes(store, ST_BASE, ST_HEAD, NULL, &changes, &error) == 0) {
        for (i = 0; i < changes.count && i < 20; i++) {
            if (st_begin(store, &error) < 0) abort();
            end(store, (i % 2 ? st_accept_change : st_discard_change)(store, &changes.items[i], &error),
                &error);
        }
        st_free_changes(&changes);
    }
    st_checkpoint(store, "c", true, 1, &id, &error);
    if (st_begin(store, &error) < 0) abort();
    end(store, fs_write_file(store, ST_HEAD, "new/file", 8, text, sizeof text, 1, NULL, &error), &error);
    for (steps = 0; steps < UPKEEP_MOST && st_maintain(store, &error) > 0; steps++) continue;
    if (st_checkpoint_at(store, 0, &info) < 0) return;
    if (st_begin(store, &error) < 0) abort();
    end(store, st_rewind(store, info.id, &error), &error);
    st_drop_checkpoint(store, info.id, &error);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct st_limits limits = st_default_limits;
    struct memory_host *memory;
    struct memory_file *file;
    struct store *store;
    struct error error;
    uint32_t sum;

    if (size < SEGMENTS_AT || size > CAPACITY / 2) return 0;
    limits.max_image_bytes = CAPACITY;
    limits.cache_bytes = 16u << 10;
    memory = memory_host_new(CAPACITY);
    file = memory_host_file(memory, "image");
    memcpy(file->data, data, size);
    file->size = size;
    mend(file->data, size);
    limits.recover = size & 1;
    if (st_open(&memory->host, &limits, &store, &error) == 0) {
        survey_all(store);
        use(store);
        sum = survey_all(store);
        st_close(store);
        /* Forged records in what was free may look like damage once the log has come to them. */
        limits.recover = true;
        if (st_open(&memory->host, &limits, &store, &error) < 0) abort();
        if (survey_all(store) != sum) abort();
        st_close(store);
    }
    memory_host_free(memory);
    return 0;
}
