#include <stdlib.h>
#include <string.h>

#include "store/store_internal.h"

/* One inode of a transaction: as it will be (its content only what was recorded), or gone. */
struct replayed {
    uint32_t root, ino;
    struct st_inode *inode; /* NULL: removed */
    uint32_t prefix, suffix;
    enum content_form form;
};

/* Bytes of a payload, taken from the front. */
struct reader {
    const unsigned char *at;
    size_t left;
    bool failed;
};

static const unsigned char *take(struct reader *reader, size_t size)
{
    const unsigned char *at = reader->at;
    static const unsigned char nothing[8];

    if (reader->failed || size > reader->left) {
        reader->failed = true;
        return size <= sizeof nothing ? nothing : NULL;
    }
    reader->at += size;
    reader->left -= size;
    return at;
}

static uint8_t take_u8(struct reader *reader)
{
    return *take(reader, 1);
}

static uint32_t take_u32(struct reader *reader)
{
    return read_u32(take(reader, 4));
}

static uint64_t take_u64(struct reader *reader)
{
    return read_u64(take(reader, 8));
}

static int remember(struct replay *replay, const struct replayed *item)
{
    if (replay->count == replay->capacity) {
        size_t capacity = replay->capacity ? replay->capacity * 2 : 64;
        void *items = realloc(replay->items, capacity * sizeof replay->items[0]);
        if (items == NULL) return UMBRA_ENOMEM;
        replay->items = items;
        replay->capacity = capacity;
    }
    replay->items[replay->count++] = *item;
    return 0;
}

/* Whether a number, kind, parent and name go together. */
static bool makes_sense(enum st_root root, uint32_t kind, uint32_t ino, uint32_t parent, const char *name,
                        size_t length)
{
    if (root >= ST_ROOT_COUNT || kind < ST_FILE || kind > ST_SYMLINK) return false;
    if (ino == 0 || ino == UINT32_MAX) return false;
    if (ino == ST_ROOT_INO) return kind == ST_DIRECTORY && length == 0 && parent == ST_ROOT_INO;
    if (length == 0 || name == NULL || memchr(name, '/', length) || memchr(name, '\0', length)) return false;
    return name[0] != '.' || !(length == 1 || (length == 2 && name[1] == '.'));
}

/* Adds extents to those of the inode that was put last. */
static int get_extents(struct replay *replay, struct reader *reader)
{
    struct st_inode *inode = replay->count ? replay->items[replay->count - 1].inode : NULL;
    uint32_t count = take_u32(reader), i;
    int result = 0;

    if (inode == NULL || inode->kind == ST_DIRECTORY || count > reader->left / META_EXTENT_SIZE)
        return UMBRA_ECORRUPT;
    for (i = 0; i < count && result == 0; i++) {
        struct st_extent extent = {.end = take_u64(reader)};
        extent.chunk = take_u32(reader);
        extent.skip = take_u32(reader);
        if (extent.chunk && !chunk_has(&replay->store->chunks, extent.chunk, extent.skip, 1))
            return UMBRA_ECORRUPT;
        result = content_splice(&inode->content, &replay->store->chunks, replay->store->epoch,
                                inode->content ? inode->content->count : 0, 0, &extent, 1);
    }
    return result;
}

static int get_content(struct replay *replay, struct reader *reader)
{
    struct replayed *item = &replay->items[replay->count - 1];
    struct st_inode *inode = item->inode;
    const unsigned char *bytes;
    uint32_t size;

    item->form = (enum content_form)take_u8(reader);
    switch (item->form) {
    case CONTENT_KEPT:
        return 0;
    case CONTENT_INLINE:
        size = take_u8(reader);
        bytes = take(reader, size);
        if (reader->failed || size == 0 || size != inode->size || inode->kind == ST_DIRECTORY)
            return UMBRA_ECORRUPT;
        inode->content = content_inline(replay->store->epoch, bytes, size);
        return inode->content ? 0 : UMBRA_ENOMEM;
    case CONTENT_EXTENTS:
        item->prefix = take_u32(reader);
        item->suffix = take_u32(reader);
        return get_extents(replay, reader);
    }
    return UMBRA_ECORRUPT;
}

static int get_inode(struct replay *replay, struct reader *reader)
{
    struct replayed item = {.root = take_u8(reader)};
    uint32_t kind = take_u8(reader), mode = read_u16(take(reader, 2)), parent;
    uint64_t mtime, size;
    const char *name;
    uint8_t length;

    item.ino = take_u32(reader);
    parent = take_u32(reader);
    mtime = take_u64(reader);
    size = take_u64(reader);
    length = take_u8(reader);
    name = (const char *)take(reader, length);
    if (reader->failed || !makes_sense(item.root, kind, item.ino, parent, name, length))
        return UMBRA_ECORRUPT;
    item.inode = inode_new(replay->store->epoch, item.ino, parent, (enum st_kind)kind, name, length);
    if (item.inode == NULL) return UMBRA_ENOMEM;
    item.inode->mode = (uint16_t)mode;
    item.inode->mtime = (int64_t)mtime;
    item.inode->size = size;
    if (remember(replay, &item) < 0) {
        inode_release(item.inode);
        return UMBRA_ENOMEM;
    }
    return get_content(replay, reader);
}

static int get_remove(struct replay *replay, struct reader *reader)
{
    struct replayed item = {.root = take_u8(reader)};
    item.ino = take_u32(reader);
    if (reader->failed || item.root >= ST_ROOT_COUNT || item.ino <= ST_ROOT_INO) return UMBRA_ECORRUPT;
    return remember(replay, &item);
}

static int get_checkpoint(struct replay *replay, struct reader *reader)
{
    struct st_kept *kept = &replay->checkpoint;
    const unsigned char *name;
    uint8_t length;

    memset(kept, 0, sizeof *kept);
    kept->id = take_u32(reader);
    kept->time = (int64_t)take_u64(reader);
    replay->checkpoint_root = (enum st_root)take_u8(reader);
    kept->automatic = take_u8(reader) != 0;
    length = take_u8(reader);
    name = take(reader, length);
    if (reader->failed || kept->id == 0 || kept->id >= UINT32_MAX - ST_TREE_COUNT ||
        length > ST_CHECKPOINT_NAME_MAX || replay->checkpoint_root >= ST_ROOT_COUNT)
        return UMBRA_ECORRUPT;
    if (length) memcpy(kept->name, name, length);
    return 0;
}

static int get_chunk(struct replay *replay, struct reader *reader)
{
    uint32_t number = take_u32(reader), segment = take_u32(reader), offset = take_u32(reader);
    uint32_t size = take_u32(reader);
    uint64_t checksum = take_u64(reader);

    if (reader->failed) return UMBRA_ECORRUPT;
    return chunk_define(&replay->store->chunks, number, segment, offset, size, checksum);
}

static int get_state(struct store *store, struct reader *reader)
{
    uint32_t next_ino = take_u32(reader), next_checkpoint = take_u32(reader);

    if (reader->failed || next_ino <= ST_ROOT_INO || next_checkpoint == 0) return UMBRA_ECORRUPT;
    if (next_ino > store->next_ino) store->next_ino = next_ino;
    if (next_checkpoint > store->next_checkpoint) store->next_checkpoint = next_checkpoint;
    return 0;
}

static int get_drop(struct store *store, struct reader *reader)
{
    size_t index = store_find_checkpoint(store, take_u32(reader));

    if (reader->failed || index == store->kept_count) return UMBRA_ECORRUPT;
    store_forget_checkpoint(store, index);
    return 0;
}

static int get_operation(struct replay *replay, struct reader *reader)
{
    switch ((enum meta_type)take_u8(reader)) {
    case META_STATE:
        return get_state(replay->store, reader);
    case META_CHUNK:
        return get_chunk(replay, reader);
    case META_INODE:
        return get_inode(replay, reader);
    case META_EXTENTS:
        return get_extents(replay, reader);
    case META_REMOVE:
        return get_remove(replay, reader);
    case META_REBASE:
        replay->rebase = true;
        return 0;
    case META_CLEAR:
        replay->clear = true;
        return 0;
    case META_CHECKPOINT:
        return get_checkpoint(replay, reader);
    case META_DROP:
        return get_drop(replay->store, reader);
    case META_REWIND:
        replay->rewind = take_u32(reader);
        return 0;
    }
    return UMBRA_ECORRUPT;
}

/* Takes what a record replaces out of its directory, so that names can change hands within a transaction. */
static int unlink_old(struct store *store, const struct replayed *item)
{
    struct st_tree *tree = &store->roots[item->root];
    const struct st_inode *old = tree_get(tree, item->ino);

    if (old == NULL || item->ino == ST_ROOT_INO || tree_get(tree, old->parent) == NULL) return 0;
    return directory_remove(tree, store->epoch, old->parent, item->ino, old->name, old->name_length);
}

/* Puts the recorded part of the content between what is kept of the old. */
static int join_content(struct store *store, const struct replayed *item, const struct st_inode *old)
{
    struct st_inode *inode = item->inode;
    struct st_content *before = old ? old->content : NULL, *middle = inode->content;
    uint32_t count = before && !content_is_inline(before) ? before->count : 0;
    int result;

    if (item->form == CONTENT_INLINE) return 0;
    if (item->form == CONTENT_EXTENTS && item->prefix == 0 && item->suffix == 0) return 0;
    inode->content = content_keep(before);
    if (item->form == CONTENT_KEPT) return 0;
    if ((uint64_t)item->prefix + item->suffix > count)
        result = UMBRA_ECORRUPT;
    else
        result = content_splice(&inode->content, &store->chunks, store->epoch, item->prefix,
                                count - item->prefix - item->suffix, middle ? middle->items : NULL,
                                middle ? middle->count : 0);
    content_release(middle);
    return result;
}

/* Whether the extents go up to the size of the file and lie within their chunks. */
static bool is_whole(const struct store *store, const struct st_inode *inode)
{
    const struct st_content *content = inode->content;
    uint64_t end = 0;
    uint32_t i;

    if (inode->kind == ST_DIRECTORY) return content == NULL && inode->size == 0;
    if (content == NULL) return inode->size == 0;
    if (content_is_inline(content)) return content->count == inode->size;
    for (i = 0; i < content->count; i++) {
        const struct st_extent *extent = &content->items[i];
        if (extent->end <= end) return false;
        if (extent->chunk && !chunk_has(&store->chunks, extent->chunk, extent->skip, extent->end - end))
            return false;
        end = extent->end;
    }
    return end == inode->size && end <= INT64_MAX;
}

static int put_inode(struct store *store, struct replayed *item)
{
    struct st_tree *tree = &store->roots[item->root];
    struct st_inode *old = tree_get(tree, item->ino), *inode = item->inode;
    int result = inode ? join_content(store, item, old) : 0;

    if (result < 0) return result;
    if (inode && (!is_whole(store, inode) || (old && old->kind != inode->kind))) return UMBRA_ECORRUPT;
    /* What was in it has left by now, or is left without a parent. */
    if (inode == NULL && old && old->entries && old->entries->count) return UMBRA_ECORRUPT;
    item->inode = NULL;
    if (old) store_count(store, item->root, old, -1);
    if (inode && old && old->kind == ST_DIRECTORY && old->entries) {
        inode->entries = old->entries;
        inode->entries->refs++;
    }
    if (inode) store_count(store, item->root, inode, 1);
    return tree_set(tree, store->epoch, item->ino, inode);
}

static int link_new(struct store *store, const struct replayed *item)
{
    struct st_tree *tree = &store->roots[item->root];
    const struct st_inode *inode = tree_get(tree, item->ino), *parent;

    if (inode == NULL || item->ino == ST_ROOT_INO) return 0;
    parent = tree_get(tree, inode->parent);
    if (parent == NULL || parent->kind != ST_DIRECTORY) return UMBRA_ECORRUPT;
    return directory_insert(tree, store->epoch, inode->parent, item->ino, inode->name, inode->name_length);
}

/* Whether the way up from a directory ends at the root; a second look at half the speed finds circles. */
static int check_way_up(const struct store *store, const struct replayed *item)
{
    const struct st_tree *tree = &store->roots[item->root];
    const struct st_inode *inode = tree_get(tree, item->ino), *behind = inode;
    bool odd = false;

    if (inode == NULL || inode->kind != ST_DIRECTORY) return 0;
    while (inode->ino != ST_ROOT_INO) {
        inode = tree_get(tree, inode->parent);
        if (inode == NULL || inode == behind) return UMBRA_ECORRUPT;
        if (odd) behind = tree_get(tree, behind->parent);
        odd = !odd;
    }
    return 0;
}

static int apply_rewind(struct store *store, uint32_t id)
{
    size_t index = store_find_checkpoint(store, id);

    if (index == store->kept_count) return UMBRA_ECORRUPT;
    tree_release(&store->roots[ST_HEAD]);
    store->roots[ST_HEAD] = tree_keep(&store->kept[index].tree);
    store->files = store->kept[index].files;
    store->bytes = store->kept[index].bytes;
    return 0;
}

static int apply_clear(struct store *store)
{
    tree_release(&store->roots[ST_HEAD]);
    tree_release(&store->roots[ST_BASE]);
    store->files = 0;
    store->bytes = 0;
    if (store_make_root(store, ST_HEAD) < 0 || store_make_root(store, ST_BASE) < 0) return UMBRA_ENOMEM;
    return 0;
}

static int apply_trees(struct replay *replay)
{
    struct store *store = replay->store;
    size_t i;
    int result = replay->clear ? apply_clear(store) : 0;

    if (result == 0 && replay->rewind) result = apply_rewind(store, replay->rewind);
    for (i = 0; i < replay->count && result == 0; i++) result = unlink_old(store, &replay->items[i]);
    for (i = 0; i < replay->count && result == 0; i++) result = put_inode(store, &replay->items[i]);
    for (i = 0; i < replay->count && result == 0; i++) result = link_new(store, &replay->items[i]);
    for (i = 0; i < replay->count && result == 0; i++) result = check_way_up(store, &replay->items[i]);
    return result;
}

static void forget_items(struct replay *replay)
{
    size_t i;
    for (i = 0; i < replay->count; i++) inode_release(replay->items[i].inode);
    replay->count = 0;
}

static int apply(struct replay *replay)
{
    struct store *store = replay->store;
    size_t i;
    int result;

    for (i = 0; i < replay->count; i++)
        if (replay->items[i].ino >= store->next_ino) store->next_ino = replay->items[i].ino + 1;
    result = apply_trees(replay);
    store->epoch++;
    if (result == 0 && replay->rebase) {
        tree_release(&store->roots[ST_BASE]);
        store->roots[ST_BASE] = tree_keep(&store->roots[ST_HEAD]);
    }
    if (result == 0 && replay->checkpoint.id)
        result = store_keep_checkpoint(store, &replay->checkpoint, replay->checkpoint_root);
    forget_items(replay);
    replay->rebase = replay->clear = false;
    replay->rewind = 0;
    replay->checkpoint.id = 0;
    return result;
}

int replay_record(void *context, const struct log_record *record, struct error *error)
{
    struct replay *replay = context;
    struct reader reader = {.at = record->payload, .left = record->size};
    int result = 0;

    if (record->type == RECORD_META) {
        while (result == 0 && reader.left && !reader.failed) result = get_operation(replay, &reader);
        if (result == 0 && reader.failed) result = UMBRA_ECORRUPT;
        if (result == 0 && record->flags & RECORD_COMMIT) result = apply(replay);
    }
    if (result == UMBRA_ENOMEM) return error_memory(error);
    if (result < 0)
        return error_set(error, UMBRA_ECORRUPT,
                         "the workspace image is damaged: record %llu in segment %u makes no sense",
                         (unsigned long long)(record->after.sequence - 1), record->segment);
    return record->after.sequence > replay->last ? 1 : 0;
}

void replay_free(struct replay *replay)
{
    forget_items(replay);
    free(replay->items);
}
