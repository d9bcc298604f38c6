/* The records of a workspace's log. Lengths, sequence numbers and checksums are put right first, so that the
 * fuzzer reaches what is behind them. An image that opens must be whole: it can be walked, compared, changed,
 * and opened again with the same content. */
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "fs/path.h"
#include "fs/walk.h"
#include "memory_host.h"
#include "store/changes.h"
#include "store/log.h"

#define CAPACITY (1u << 20)

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void put_u32(char *at, uint32_t value)
{
    int i;
    for (i = 0; i < 4; i++) at[i] = (char)(value >> 8 * i);
}

static void mend(char *bytes, size_t size)
{
    size_t place = LOG_HEADER_SIZE;
    uint32_t sequence = 1;

    memcpy(bytes, "UMBRALOG\1\0\0\0", 12);
    put_u32(bytes + 28, crc32c(0, bytes, 28));
    while (place + LOG_RECORD_HEADER_SIZE <= size) {
        size_t left = size - place - LOG_RECORD_HEADER_SIZE, length = read_u32(bytes + place + 4);
        if (length > left) length = left;
        put_u32(bytes + place + 4, (uint32_t)length);
        put_u32(bytes + place + 8, sequence++);
        put_u32(bytes + place, crc32c(0, bytes + place + 4, LOG_RECORD_HEADER_SIZE - 4 + length));
        place += LOG_RECORD_HEADER_SIZE + length;
    }
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

static void use(struct store *store)
{
    struct st_changes changes;
    struct error error;
    uint32_t id;
    size_t i;

    if (st_list_changes(store, ST_BASE, ST_HEAD, NULL, &changes, &error) == 0) {
        for (i = 0; i < changes.count && i < 20; i++) {
            if (st_begin(store, &error) < 0) abort();
            if ((i % 2 ? st_accept_change : st_discard_change)(store, &changes.items[i], &error) < 0)
                st_rollback(store);
            else if (st_commit(store, &error) < 0)
                abort();
        }
        st_free_changes(&changes);
    }
    st_checkpoint(store, "c", 1, &id, &error);
    if (st_begin(store, &error) < 0) abort();
    if (fs_write_file(store, ST_HEAD, "new/file", 8, "text", 4, 1, NULL, &error) < 0)
        st_rollback(store);
    else if (st_commit(store, &error) < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct memory_host *memory;
    struct memory_file *file;
    struct store *store;
    struct error error;
    uint32_t sums[ST_ROOT_COUNT];
    int root;

    if (size < LOG_HEADER_SIZE || size > CAPACITY / 2) return 0;
    memory = memory_host_new(CAPACITY);
    file = memory_host_file(memory, "log");
    memcpy(file->data, data, size);
    file->size = size;
    mend(file->data, size);
    if (st_open(&memory->host, NULL, &store, &error) == 0) {
        for (root = 0; root < ST_ROOT_COUNT; root++) survey(store, root);
        use(store);
        for (root = 0; root < ST_ROOT_COUNT; root++) sums[root] = survey(store, root);
        st_close(store);
        if (st_open(&memory->host, NULL, &store, &error) < 0) abort();
        for (root = 0; root < ST_ROOT_COUNT; root++)
            if (survey(store, root) != sums[root]) abort();
        st_close(store);
    }
    memory_host_free(memory);
    return 0;
}
