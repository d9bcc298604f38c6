/* content.c: reading and writing the bytes of files. Content is a list of extents in the log; an append adds
 * one, and many small ones at the end are merged now and then, so that a log of short lines stays short. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_internal.h"

#define EXTENT_MAX   (4u << 20)  /* content bytes of one record */
#define SMALL_EXTENT (16u << 10) /* below this an extent counts as small */
#define SMALL_RUN    32u         /* so many small ones at the end are merged */

/* The first extent that reaches beyond offset. */
static uint32_t find_extent(const struct st_extents *extents, uint64_t offset)
{
    uint32_t low = 0, high = extents->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (extents->items[middle].end <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int64_t read_inode(const struct store *store, const struct st_inode *inode, uint64_t offset,
                          char *data, size_t size)
{
    const struct st_extents *extents = inode->extents;
    size_t done = 0;
    uint32_t i;

    if (offset >= inode->size || extents == NULL) return 0;
    if (size > inode->size - offset) size = (size_t)(inode->size - offset);
    for (i = find_extent(extents, offset); done < size && i < extents->count; i++) {
        uint64_t start = i ? extents->items[i - 1].end : 0, skip = offset + done - start;
        uint64_t have = extents->items[i].end - start - skip;
        size_t take = have < size - done ? (size_t)have : size - done;
        int result = log_read(&store->log, extents->items[i].place + skip, data + done, take);
        if (result < 0) return result;
        done += take;
    }
    return (int64_t)done;
}

int64_t st_read(const struct store *store, enum st_root root, uint32_t ino, uint64_t offset, void *data,
                size_t size)
{
    const struct st_inode *inode = tree_get(store_tree(store, root), ino);
    if (inode == NULL) return UMBRA_ENOENT;
    if (inode->kind == ST_DIRECTORY) return UMBRA_EISDIR;
    return read_inode(store, inode, offset, data, size);
}

static int add_content(struct store *store, struct st_inode *inode, const char *data, size_t size,
                       struct error *error)
{
    while (size) {
        size_t take = size < EXTENT_MAX ? size : EXTENT_MAX;
        struct st_extent extent = {inode->size + take, 0};
        int result = log_append(&store->log, LOG_DATA, data, take, &extent.place, error);
        if (result < 0) return result;
        if (extents_add(&inode->extents, store->epoch, extent) < 0) return error_memory(error);
        inode->size += take;
        data += take;
        size -= take;
    }
    return 0;
}

/* Merges the small extents at the end of a file into one when they have become many. */
static int merge_tail(struct store *store, struct st_inode *inode, struct error *error)
{
    struct st_extents *extents = inode->extents;
    uint32_t run = 0;
    uint64_t start;
    char *bytes;
    size_t size;
    int result;

    while (run < extents->count && run < SMALL_RUN) {
        uint32_t i = extents->count - 1 - run;
        if (extents->items[i].end - (i ? extents->items[i - 1].end : 0) >= SMALL_EXTENT) break;
        run++;
    }
    if (run < SMALL_RUN) return 0;
    start = extents->count > run ? extents->items[extents->count - run - 1].end : 0;
    size = (size_t)(inode->size - start);
    bytes = malloc(size);
    if (bytes == NULL) return error_memory(error);
    if (read_inode(store, inode, start, bytes, size) != (int64_t)size) {
        free(bytes);
        return error_set(error, UMBRA_EIO, "reading the workspace image failed");
    }
    extents->count -= run;
    inode->size = start;
    result = add_content(store, inode, bytes, size, error);
    free(bytes);
    return result;
}

static struct st_inode *writable_file(struct store *store, enum st_root root, uint32_t ino, uint64_t size,
                                      struct error *error)
{
    struct st_inode *inode;

    if (store_writable(store, error) < 0) return NULL;
    inode = tree_get(&store->roots[root], ino);
    if (inode == NULL || inode->kind == ST_DIRECTORY) {
        int code = inode ? UMBRA_EISDIR : UMBRA_ENOENT;
        error_set(error, code, "%s", umbra_error_text(code));
        return NULL;
    }
    if (size > store->limits.max_file_bytes) {
        error_set(error, UMBRA_EFBIG,
                  "%.*s would have %" PRIu64 " bytes and the limit of one file is %" PRIu64
                  " (max_file_bytes)",
                  inode->name_length, inode->name, size, store->limits.max_file_bytes);
        return NULL;
    }
    inode = tree_own(&store->roots[root], store->epoch, ino);
    if (inode == NULL) error_memory(error);
    return inode;
}

int st_replace(struct store *store, enum st_root root, uint32_t ino, const void *data, size_t size,
               struct error *error)
{
    struct st_inode *inode = writable_file(store, root, ino, size, error);
    int result;

    if (inode == NULL) return error ? error->code : UMBRA_EINVAL;
    store_count(store, root, inode, -1);
    extents_release(inode->extents);
    inode->extents = NULL;
    inode->size = 0;
    result = add_content(store, inode, data, size, error);
    store_count(store, root, inode, 1);
    return result < 0 ? result : store_touch(store, root, ino, error);
}

int st_append(struct store *store, enum st_root root, uint32_t ino, const void *data, size_t size,
              struct error *error)
{
    const struct st_inode *now = tree_get(&store->roots[root], ino);
    uint64_t end = now ? now->size : 0;
    struct st_inode *inode =
        writable_file(store, root, ino, size > UINT64_MAX - end ? UINT64_MAX : end + size, error);
    int result;

    if (inode == NULL) return error ? error->code : UMBRA_EINVAL;
    if (size == 0) return 0;
    store_count(store, root, inode, -1);
    result = add_content(store, inode, data, size, error);
    if (result == 0) result = merge_tail(store, inode, error);
    store_count(store, root, inode, 1);
    return result < 0 ? result : store_touch(store, root, ino, error);
}
