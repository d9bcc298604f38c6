#include <string.h>

#include "store/store_internal.h"

#define INODE_FIXED 33u /* bytes before the name */

void record_put_inode(struct buffer *payload, enum st_root root, const struct st_inode *inode)
{
    uint32_t count = inode->extents ? inode->extents->count : 0, i;

    buffer_put_byte(payload, (char)root);
    buffer_put_byte(payload, (char)inode->kind);
    buffer_put_u16(payload, inode->mode);
    buffer_put_u32(payload, inode->ino);
    buffer_put_u32(payload, inode->parent);
    buffer_put_u64(payload, (uint64_t)inode->mtime);
    buffer_put_u64(payload, inode->size);
    buffer_put_u32(payload, count);
    buffer_put_byte(payload, (char)inode->name_length);
    buffer_put(payload, inode->name, inode->name_length);
    for (i = 0; i < count; i++) {
        buffer_put_u64(payload, inode->extents->items[i].end);
        buffer_put_u64(payload, inode->extents->items[i].place);
    }
}

static int get_extents(struct st_inode *inode, const unsigned char *at, uint32_t count)
{
    uint64_t end = 0;
    while (count--) {
        struct st_extent extent = {read_u64(at), read_u64(at + 8)};
        if (extent.end <= end || extent.end > inode->size) return UMBRA_ECORRUPT;
        end = extent.end;
        if (extents_add(&inode->extents, inode->epoch, extent) < 0) return UMBRA_ENOMEM;
        at += 16;
    }
    return end == inode->size ? 0 : UMBRA_ECORRUPT;
}

struct st_inode *record_get_inode(const unsigned char *payload, uint32_t size, uint32_t epoch,
                                  enum st_root *root, struct error *error)
{
    struct st_inode *inode = NULL;
    uint32_t count, name_length;
    int result = UMBRA_ECORRUPT;

    if (size < INODE_FIXED) goto fail;
    count = read_u32(payload + 28);
    name_length = payload[32];
    if (payload[0] >= ST_ROOT_COUNT || payload[1] < ST_FILE || payload[1] > ST_SYMLINK) goto fail;
    if (size - INODE_FIXED < name_length || (size - INODE_FIXED - name_length) / 16 != count) goto fail;
    if ((size - INODE_FIXED - name_length) % 16 || read_u32(payload + 4) == 0) goto fail;
    inode = inode_new(epoch, read_u32(payload + 4), read_u32(payload + 8), payload[1],
                      (const char *)payload + INODE_FIXED, name_length);
    result = UMBRA_ENOMEM;
    if (inode == NULL) goto fail;
    *root = payload[0];
    inode->mode = read_u16(payload + 2);
    inode->mtime = (int64_t)read_u64(payload + 12);
    inode->size = read_u64(payload + 20);
    result = get_extents(inode, payload + INODE_FIXED + name_length, count);
    if (result < 0) goto fail;
    return inode;
fail:
    inode_release(inode);
    if (result == UMBRA_ENOMEM)
        error_memory(error);
    else
        error_set(error, result, "the workspace image holds an inode record that makes no sense");
    return NULL;
}
