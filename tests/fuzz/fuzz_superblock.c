/* The two superblocks of an image: any bytes are refused or give values that can be worked with, and the
 * newer of two whole ones counts. The first byte says which slots get a right checksum, and how long the file
 * is. */
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "memory_host.h"
#include "store/store.h"
#include "store/superblock.h"

#define CAPACITY (64u << 10)

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void mend(char *slot)
{
    uint32_t sum, i;

    memcpy(slot, "UMBRAIMG", 8);
    sum = crc32c(0, slot, SUPERBLOCK_SIZE - 4);
    for (i = 0; i < 4; i++) slot[SUPERBLOCK_SIZE - 4 + i] = (char)(sum >> 8 * i);
}

/* What one slot says by itself. */
static int parse(const char *slot, struct superblock *superblock)
{
    uint32_t version = 0;
    int result = superblock_parse((const unsigned char *)slot, superblock, &version);

    if (result == UMBRA_EVERSION && version == FORMAT_VERSION) abort();
    if (result > 0 && (version != FORMAT_VERSION || superblock->generation == 0 ||
                       superblock->segment_size < SEGMENT_BYTES_LEAST ||
                       superblock->segment_size > SEGMENT_BYTES_MOST || superblock->segment_size % 512))
        abort();
    return result;
}

static void check(struct memory_host *memory, const struct memory_file *file)
{
    struct superblock slots[SUPERBLOCK_COUNT] = {0}, chosen = {0};
    struct space space;
    struct error error;
    uint64_t newest = 0;
    int i, result, versions = 0;

    for (i = 0; i < (int)SUPERBLOCK_COUNT; i++) {
        int found;
        if (file->size < (uint64_t)i * SUPERBLOCK_SLOT + SUPERBLOCK_SIZE) continue;
        found = parse(file->data + i * SUPERBLOCK_SLOT, &slots[i]);
        if (found == UMBRA_EVERSION) versions++;
        if (found > 0 && slots[i].generation > newest) newest = slots[i].generation;
    }
    space_init(&space, &memory->host, CAPACITY);
    space.handle = memory->host.block_open(memory, IMAGE_NAME);
    result = superblock_read(&space, file->size, &chosen, &error);
    space_close(&space);
    if (versions ? result != UMBRA_EVERSION : (result > 0) != (newest > 0)) abort();
    if (result > 0 && chosen.generation != newest) abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct memory_host *memory;
    struct memory_file *file;
    struct store *store;
    struct error error;

    if (size < 1 || size > 1 + SUPERBLOCK_COUNT * SUPERBLOCK_SIZE) return 0;
    memory = memory_host_new(CAPACITY);
    file = memory_host_file(memory, IMAGE_NAME);
    memset(file->data, 0, CAPACITY);
    memcpy(file->data, data + 1, size - 1 < SUPERBLOCK_SIZE ? size - 1 : SUPERBLOCK_SIZE);
    if (size - 1 > SUPERBLOCK_SIZE)
        memcpy(file->data + SUPERBLOCK_SLOT, data + 1 + SUPERBLOCK_SIZE, size - 1 - SUPERBLOCK_SIZE);
    if (data[0] & 1) mend(file->data);
    if (data[0] & 2) mend(file->data + SUPERBLOCK_SLOT);
    file->size = data[0] & 4 ? data[0] : SEGMENTS_AT + (uint64_t)(data[0] >> 3) * 1000;
    check(memory, file);
    if (st_open(&memory->host, NULL, &store, &error) == 0) st_close(store);
    memory_host_free(memory);
    return 0;
}
