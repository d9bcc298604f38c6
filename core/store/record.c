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

/* Whether a record's number, kind, parent and name go together. */
static bool makes_sense(const unsigned char *payload, const char *name, size_t length)
{
    uint32_t ino = read_u32(payload + 4);

    if (ino == 0 || ino == UINT32_MAX) return false;
    if (ino == ST_ROOT_INO)
        return payload[1] == ST_DIRECTORY && length == 0 && read_u32(payload + 8) == ST_ROOT_INO;
    if (length == 0 || memchr(name, '/', length) || memchr(name, '\0', length)) return false;
    return name[0] != '.' || !(length == 1 || (length == 2 && name[1] == '.'));
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
    if ((size - INODE_FIXED - name_length) % 16) goto fail;
    if (!makes_sense(payload, (const char *)payload + INODE_FIXED, name_length)) goto fail;
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
