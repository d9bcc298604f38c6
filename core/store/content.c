/* content.c: reading and writing the bytes of files: inline, or a list of extents in chunks, with holes. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/chunk_data.h"
#include "store/store_internal.h"

#define SMALL_EXTENT 4096u /* below this an extent counts as small */
#define SMALL_RUN    32u   /* so many small ones at the end of a file are made one */

/* The first extent that reaches beyond offset. */
static uint32_t find_extent(const struct st_content *content, uint64_t offset)
{
    uint32_t low = 0, high = content->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (content->items[middle].end <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint64_t start_of(const struct st_content *content, uint32_t index)
{
    return index ? content->items[index - 1].end : 0;
}

static int64_t read_content(const struct store *store, const struct st_inode *inode, uint64_t offset,
                            char *data, size_t size)
{
    const struct st_content *content = inode->content;
    size_t done = 0;
    uint32_t i;

    if (offset >= inode->size || content == NULL) return 0;
    if (size > inode->size - offset) size = (size_t)(inode->size - offset);
    if (content_is_inline(content)) {
        memcpy(data, (const char *)content->items + offset, size);
        return (int64_t)size;
    }
    for (i = find_extent(content, offset); done < size && i < content->count; i++) {
        const struct st_extent *extent = &content->items[i];
        uint64_t skip = offset + done - start_of(content, i), have = extent->end - offset - done;
        size_t part = have < size - done ? (size_t)have : size - done;
        int result = 0;

        if (extent->chunk)
            result = chunk_read(store, content->chunks, extent->chunk, extent->skip + (uint32_t)skip,
                                data + done, (uint32_t)part);
        else
            memset(data + done, 0, part);
        if (result < 0) return result;
        done += part;
    }
    return (int64_t)done;
}

int64_t st_read(const struct store *store, enum st_root root, uint32_t ino, uint64_t offset, void *data,
                size_t size)
{
    const struct st_inode *inode = store_inode(store, root, ino);
    if (inode == NULL) return UMBRA_ENOENT;
    if (inode->kind == ST_DIRECTORY) return UMBRA_EISDIR;
    return read_content(store, inode, offset, data, size);
}

/* Puts new content for [offset, offset + size) in the place of `remove` extents from `at` on, between a left
 * and a right piece of what was there (end 0: none). */
struct patch {
    uint64_t offset;
    const char *data;
    size_t size;
    uint32_t at, remove;
    struct st_extent left, hole, right;
};

static int apply_patch(struct store *store, struct st_inode *inode, const struct patch *patch,
                       struct error *error)
{
    uint32_t most = chunk_size_most(store), count = 0, i;
    struct st_extent *extents = calloc(patch->size / most + 5, sizeof *extents);
    uint64_t at = patch->offset, end = patch->offset + patch->size;
    int result = 0;

    if (extents == NULL) return error_memory(error);
    if (patch->left.end) extents[count++] = patch->left;
    if (patch->hole.end) extents[count++] = patch->hole;
    for (i = 0; i < count; i++) chunk_keep(&store->chunks, extents[i].chunk);
    while (at < end && result == 0) {
        uint64_t take = most - at % most; /* the same content is cut at the same places */
        if (take > end - at) take = end - at;
        result = chunk_write(store, patch->data + (at - patch->offset), (uint32_t)take, &extents[count].chunk,
                             error);
        if (result < 0) break;
        at += take;
        extents[count++].end = at;
    }
    if (patch->right.end) {
        chunk_keep(&store->chunks, patch->right.chunk);
        extents[count++] = patch->right;
    }
    if (result == 0 && content_splice(&inode->content, &store->chunks, store->epoch, patch->at, patch->remove,
                                      extents, count) < 0)
        result = error_memory(error);
    for (i = 0; i < count; i++) chunk_release(&store->chunks, extents[i].chunk);
    free(extents);
    return result;
}

/* What a write of [offset, offset + size) replaces in a list of extents. */
static void plan(const struct st_inode *inode, struct patch *patch)
{
    const struct st_content *content = inode->content;
    uint64_t end = patch->offset + patch->size;
    uint32_t first, last;

    if (patch->offset > inode->size) patch->hole.end = patch->offset;
    if (content == NULL || content_is_inline(content)) return;
    first = last = find_extent(content, patch->offset);
    patch->at = first;
    if (first == content->count) return;
    if (start_of(content, first) < patch->offset) {
        patch->left = content->items[first];
        patch->left.end = patch->offset;
    }
    while (last < content->count && content->items[last].end <= end) last++;
    if (last < content->count && start_of(content, last) < end) {
        patch->right = content->items[last];
        if (patch->right.chunk) patch->right.skip += (uint32_t)(end - start_of(content, last));
        last++;
    }
    patch->remove = last - first;
}

/* Content that is little enough to be kept in the inode. */
static int put_inline(struct store *store, struct st_inode *inode, uint64_t offset, const void *data,
                      size_t size, uint64_t new_size, struct error *error)
{
    char bytes[INLINE_BYTES] = {0};
    struct st_content *content = NULL;
    int64_t got = read_content(store, inode, 0, bytes, new_size < inode->size ? new_size : inode->size);

    if (got < 0)
        return error_set(error, (int)got, "reading the workspace image failed: %s",
                         umbra_error_text((int)got));
    if (size) memcpy(bytes + offset, data, size);
    if (new_size) {
        content = content_inline(store->epoch, bytes, (uint32_t)new_size);
        if (content == NULL) return error_memory(error);
    }
    content_release(inode->content);
    inode->content = content;
    inode->size = new_size;
    return 0;
}

static int write_extents(struct store *store, struct st_inode *inode, uint64_t offset, const char *data,
                         size_t size, struct error *error)
{
    struct patch patch = {.offset = offset, .data = data, .size = size};
    int result;

    plan(inode, &patch);
    result = apply_patch(store, inode, &patch, error);
    if (result == 0 && offset + size > inode->size) inode->size = offset + size;
    return result;
}

/* Writes [from, ...) anew: what the file has there now, and over it the data. */
static int write_joined(struct store *store, struct st_inode *inode, uint64_t from, uint64_t offset,
                        const char *data, size_t size, struct error *error)
{
    uint64_t end = offset + size > inode->size ? offset + size : inode->size;
    char *bytes = calloc(1, (size_t)(end - from));
    int64_t got;
    int result;

    if (bytes == NULL) return error_memory(error);
    got = read_content(store, inode, from, bytes, (size_t)(end - from));
    if (size) memcpy(bytes + (offset - from), data, size);
    if (got < 0)
        result =
            error_set(error, (int)got, "reading the workspace image failed: %s", umbra_error_text((int)got));
    else
        result = write_extents(store, inode, from, bytes, (size_t)(end - from), error);
    free(bytes);
    return result;
}

/* Makes one of many small extents at the end, so that a log of short lines stays short. */
static int join_tail(struct store *store, struct st_inode *inode, struct error *error)
{
    const struct st_content *content = inode->content;
    uint32_t run = 0, i;

    if (content_is_inline(content)) return 0;
    for (i = content->count; i && run < SMALL_RUN; i--, run++)
        if (content->items[i - 1].end - start_of(content, i - 1) >= SMALL_EXTENT) break;
    if (run < SMALL_RUN) return 0;
    return write_joined(store, inode, start_of(content, i), inode->size, NULL, 0, error);
}

static int write_content(struct store *store, struct st_inode *inode, uint64_t offset, const char *data,
                         size_t size, struct error *error)
{
    uint64_t end = offset + size > inode->size ? offset + size : inode->size;
    uint32_t most = chunk_size_most(store);
    int result;

    if (end <= INLINE_BYTES) return put_inline(store, inode, offset, data, size, end, error);
    if (inode->content && content_is_inline(inode->content)) {
        if (offset <= inode->size) return write_joined(store, inode, 0, offset, data, size, error);
        result = write_joined(store, inode, 0, 0, NULL, 0, error);
        if (result < 0) return result;
    }
    /* A large piece at the end takes the unfinished chunk before it along. */
    if (offset == inode->size && size >= most && offset % most)
        return write_joined(store, inode, offset - offset % most, offset, data, size, error);
    result = write_extents(store, inode, offset, data, size, error);
    return result == 0 && size < SMALL_EXTENT ? join_tail(store, inode, error) : result;
}

static struct st_inode *writable_file(struct store *store, enum st_root *root, uint32_t ino, uint64_t size,
                                      struct error *error)
{
    const struct st_inode *found;
    struct st_inode *inode;

    if (store_writable(store, *root, error) < 0) return NULL;
    found = store_inode(store, *root, ino);
    if (found == NULL || found->kind == ST_DIRECTORY) {
        int code = found ? UMBRA_EISDIR : UMBRA_ENOENT;
        error_set(error, code, "%s", umbra_error_text(code));
        return NULL;
    }
    if (size > store->limits.max_file_bytes) {
        error_set(error, UMBRA_EFBIG,
                  "%.*s would have %" PRIu64 " bytes and the limit of one file is %" PRIu64
                  " (max_file_bytes)",
                  found->name_length, found->name, size, store->limits.max_file_bytes);
        return NULL;
    }
    if (tree_get(&store->roots[*root], ino) == NULL) *root = ST_ORPHANS;
    inode = tree_own(&store->roots[*root], store->epoch, ino);
    if (inode == NULL) error_memory(error);
    return inode;
}

static int code_of(const struct error *error)
{
    return error ? error->code : UMBRA_EINVAL;
}

int st_write(struct store *store, enum st_root root, uint32_t ino, uint64_t offset, const void *data,
             size_t size, struct error *error)
{
    uint64_t end = size > UINT64_MAX - offset ? UINT64_MAX : offset + size;
    struct st_inode *inode = writable_file(store, &root, ino, end, error);
    int result;

    if (inode == NULL) return code_of(error);
    if (size == 0) return 0;
    store_count(store, root, inode, -1);
    result = write_content(store, inode, offset, data, size, error);
    store_count(store, root, inode, 1);
    return result < 0 ? result : store_touch(store, root, ino, error);
}

int st_replace(struct store *store, enum st_root root, uint32_t ino, const void *data, size_t size,
               struct error *error)
{
    struct st_inode *inode = writable_file(store, &root, ino, size, error);
    int result = 0;

    if (inode == NULL) return code_of(error);
    store_count(store, root, inode, -1);
    content_release(inode->content);
    inode->content = NULL;
    inode->size = 0;
    if (size) result = write_content(store, inode, 0, data, size, error);
    store_count(store, root, inode, 1);
    return result < 0 ? result : store_touch(store, root, ino, error);
}

int st_append(struct store *store, enum st_root root, uint32_t ino, const void *data, size_t size,
              struct error *error)
{
    const struct st_inode *inode = store_inode(store, root, ino);
    return st_write(store, root, ino, inode ? inode->size : 0, data, size, error);
}

/* Makes the file shorter. */
static int cut(struct store *store, struct st_inode *inode, uint64_t size, struct error *error)
{
    struct patch patch = {.offset = size};

    if (size <= INLINE_BYTES) return put_inline(store, inode, 0, NULL, 0, size, error);
    plan(inode, &patch);
    patch.right.end = 0;
    patch.remove = inode->content->count - patch.at;
    if (apply_patch(store, inode, &patch, error) < 0) return UMBRA_ENOMEM;
    inode->size = size;
    return 0;
}

/* Makes it longer, by a hole. */
static int extend(struct store *store, struct st_inode *inode, uint64_t size, struct error *error)
{
    struct patch patch = {.offset = size};
    int result = 0;

    if (size <= INLINE_BYTES) return put_inline(store, inode, 0, NULL, 0, size, error);
    if (inode->content && content_is_inline(inode->content))
        result = write_joined(store, inode, 0, 0, NULL, 0, error);
    plan(inode, &patch);
    if (result == 0) result = apply_patch(store, inode, &patch, error);
    if (result == 0) inode->size = size;
    return result;
}

int st_truncate(struct store *store, enum st_root root, uint32_t ino, uint64_t size, struct error *error)
{
    struct st_inode *inode = writable_file(store, &root, ino, size, error);
    int result = 0;

    if (inode == NULL) return code_of(error);
    if (size == inode->size) return 0;
    store_count(store, root, inode, -1);
    result = size < inode->size ? cut(store, inode, size, error) : extend(store, inode, size, error);
    store_count(store, root, inode, 1);
    return result < 0 ? result : store_touch(store, root, ino, error);
}
