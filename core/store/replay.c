#include <stdlib.h>
#include <string.h>

#include "store/store_internal.h"

static int remember(struct replay *replay, enum st_root root, uint32_t ino, struct st_inode *inode)
{
    if (replay->count == replay->capacity) {
        size_t capacity = replay->capacity ? replay->capacity * 2 : 64;
        void *items = realloc(replay->items, capacity * sizeof replay->items[0]);
        if (items == NULL) {
            inode_release(inode);
            return UMBRA_ENOMEM;
        }
        replay->items = items;
        replay->capacity = capacity;
    }
    replay->items[replay->count++] = (struct st_replayed){root, ino, inode};
    return 0;
}

/* Takes what a record replaces out of its directory, so that names can change hands within a transaction. */
static int unlink_old(struct store *store, const struct st_replayed *item)
{
    struct st_tree *tree = &store->roots[item->root];
    const struct st_inode *old = tree_get(tree, item->ino);

    if (old == NULL || item->ino == ST_ROOT_INO || tree_get(tree, old->parent) == NULL) return 0;
    return directory_remove(tree, store->epoch, old->parent, item->ino, old->name, old->name_length);
}

static int put_inode(struct store *store, struct st_replayed *item)
{
    struct st_tree *tree = &store->roots[item->root];
    struct st_inode *old = tree_get(tree, item->ino), *inode = item->inode;

    if (inode && old && old->kind != inode->kind) return UMBRA_ECORRUPT;
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

static int link_new(struct store *store, const struct st_replayed *item)
{
    struct st_tree *tree = &store->roots[item->root];
    const struct st_inode *inode = tree_get(tree, item->ino), *parent;

    if (inode == NULL || item->ino == ST_ROOT_INO) return 0;
    parent = tree_get(tree, inode->parent);
    if (parent == NULL || parent->kind != ST_DIRECTORY) return UMBRA_ECORRUPT;
    return directory_insert(tree, store->epoch, inode->parent, item->ino, inode->name, inode->name_length);
}

/* Whether the way up from a directory ends at the root; a second look at half the speed finds circles. */
static int check_way_up(const struct store *store, const struct st_replayed *item)
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

static int apply_trees(struct replay *replay)
{
    struct store *store = replay->store;
    size_t i;
    int result = 0;

    if (replay->clear) {
        tree_release(&store->roots[ST_HEAD]);
        tree_release(&store->roots[ST_BASE]);
        store->files = 0;
        store->bytes = 0;
        result = store_make_root(store, ST_HEAD);
        if (result == 0) result = store_make_root(store, ST_BASE);
    }
    for (i = 0; i < replay->count && result == 0; i++) result = unlink_old(store, &replay->items[i]);
    for (i = 0; i < replay->count && result == 0; i++) result = put_inode(store, &replay->items[i]);
    for (i = 0; i < replay->count && result == 0; i++) result = link_new(store, &replay->items[i]);
    for (i = 0; i < replay->count && result == 0; i++) result = check_way_up(store, &replay->items[i]);
    return result;
}

static int apply(struct replay *replay, struct error *error)
{
    struct store *store = replay->store;
    size_t i;
    int result;

    for (i = 0; i < replay->count; i++)
        if (replay->items[i].ino >= store->next_ino) store->next_ino = replay->items[i].ino + 1;
    result = apply_trees(replay);
    if (result == 0 && replay->rebase) {
        tree_release(&store->roots[ST_BASE]);
        store->roots[ST_BASE] = tree_keep(&store->roots[ST_HEAD]);
        store->epoch++;
    }
    if (result == 0 && replay->checkpoint.id) {
        result = store_keep_checkpoint(store, &replay->checkpoint);
        store->epoch++;
    }
    for (i = 0; i < replay->count; i++) inode_release(replay->items[i].inode); /* after a failure */
    replay->count = 0;
    replay->rebase = replay->clear = false;
    replay->checkpoint.id = 0;
    if (result == UMBRA_ENOMEM) return error_memory(error);
    if (result < 0)
        return error_set(error, UMBRA_ECORRUPT,
                         "the workspace image holds a transaction that makes no sense");
    return 0;
}

static int get_checkpoint(struct replay *replay, const unsigned char *payload, uint32_t size)
{
    struct st_kept *kept = &replay->checkpoint;
    size_t length;

    if (size < 12 || size - 12 >= sizeof kept->name) return UMBRA_ECORRUPT;
    if (read_u32(payload) == 0 || read_u32(payload) == UINT32_MAX) return UMBRA_ECORRUPT;
    length = size - 12;
    kept->id = read_u32(payload);
    kept->time = (int64_t)read_u64(payload + 4);
    memcpy(kept->name, payload + 12, length);
    kept->name[length] = '\0';
    return 0;
}

int replay_record(void *context, enum log_type type, uint64_t place, const unsigned char *payload,
                  uint32_t size, struct error *error)
{
    struct replay *replay = context;
    struct st_inode *inode;
    enum st_root root = ST_HEAD;
    int result = 0;

    (void)place;
    switch (type) {
    case LOG_DATA:
        return 0;
    case LOG_INODE:
        inode = record_get_inode(payload, size, replay->store->epoch, &root, error);
        if (inode == NULL) return error->code;
        result = remember(replay, root, inode->ino, inode);
        break;
    case LOG_REMOVE:
        if (size != 5 || payload[0] >= ST_ROOT_COUNT || read_u32(payload + 1) <= ST_ROOT_INO)
            result = UMBRA_ECORRUPT;
        else
            result = remember(replay, payload[0], read_u32(payload + 1), NULL);
        break;
    case LOG_REBASE:
        replay->rebase = true;
        break;
    case LOG_CLEAR:
        replay->clear = true;
        break;
    case LOG_CHECKPOINT:
        result = get_checkpoint(replay, payload, size);
        break;
    case LOG_COMMIT:
        return apply(replay, error);
    }
    if (result == UMBRA_ENOMEM) return error_memory(error);
    if (result < 0) return error_set(error, result, "the workspace image holds a record that makes no sense");
    return 0;
}

void replay_free(struct replay *replay)
{
    size_t i;
    for (i = 0; i < replay->count; i++) inode_release(replay->items[i].inode);
    free(replay->items);
}
