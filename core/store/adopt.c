/* adopt.c: taking one inode's version from another tree: committing (BASE from HEAD) and discarding (HEAD from
 * BASE) single files. */
#include <string.h>

#include "store/store_internal.h"

/* Removes an inode and all below it. */
static int remove_deep(struct store *store, enum st_root root, uint32_t ino, struct error *error)
{
    uint32_t child;
    while ((child = st_entry(store, root, ino, 0)) != 0) {
        int result = remove_deep(store, root, child, error);
        if (result < 0) return result;
    }
    return st_remove(store, root, ino, error);
}

/* Clears the place that an inode comes to. What stands there in BASE is gone from HEAD; what stands there in
 * HEAD is the user's. */
static int make_room(struct store *store, enum st_root to, uint32_t standing, struct error *error)
{
    const struct st_inode *inode = tree_get(&store->roots[to], standing);

    if (to == ST_BASE) return remove_deep(store, to, standing, error);
    return error_set(error, UMBRA_EEXIST, "something else is called %.*s now; discard or rename that first",
                     inode->name_length, inode->name);
}

/* Puts a copy of `inode` into `to`, where its ino is not yet known and its parent is. */
static int place_copy(struct store *store, enum st_root to, const struct st_inode *inode, struct error *error)
{
    struct st_tree *tree = &store->roots[to];
    struct st_inode *copy;
    uint32_t standing = st_lookup(store, to, inode->parent, inode->name, inode->name_length);
    int result;

    if (standing) {
        result = make_room(store, to, standing, error);
        if (result < 0) return result;
    }
    copy = inode_copy(inode, store->epoch, inode->parent, inode->name, inode->name_length);
    if (copy == NULL) return error_memory(error);
    if (copy->entries) {
        copy->entries->refs--; /* inode still holds it */
        copy->entries = NULL;
    }
    store_count(store, to, copy, 1);
    result = directory_insert(tree, store->epoch, copy->parent, copy->ino, copy->name, copy->name_length);
    if (result < 0) {
        inode_release(copy);
        return error_set(error, result, "%s", umbra_error_text(result));
    }
    if (tree_set(tree, store->epoch, inode->ino, copy) < 0) return error_memory(error);
    return store_touch(store, to, inode->ino, error);
}

/* Makes the directory `ino` of `from` exist in `to`, with its parents, without entries of its own. */
static int adopt_directory(struct store *store, enum st_root to, enum st_root from, uint32_t ino,
                           struct error *error)
{
    const struct st_inode *inode = tree_get(&store->roots[from], ino);
    int result;

    if (tree_get(&store->roots[to], ino)) return 0;
    if (inode == NULL) return error_set(error, UMBRA_ECORRUPT, "a directory without its parent");
    result = adopt_directory(store, to, from, inode->parent, error);
    return result < 0 ? result : place_copy(store, to, inode, error);
}

/* The same inode on both sides: content, mode, and place are taken over. */
static int update(struct store *store, enum st_root to, const struct st_inode *inode, struct error *error)
{
    struct st_inode *mine = tree_own(&store->roots[to], store->epoch, inode->ino);
    int result;

    if (mine == NULL) return error_memory(error);
    store_count(store, to, mine, -1);
    extents_release(mine->extents);
    mine->extents = extents_keep(inode->extents);
    mine->size = inode->size;
    mine->mode = inode->mode;
    mine->mtime = inode->mtime;
    store_count(store, to, mine, 1);
    result = store_touch(store, to, inode->ino, error);
    if (result < 0) return result;
    if (mine->parent != inode->parent || mine->name_length != inode->name_length ||
        memcmp(mine->name, inode->name, inode->name_length) != 0) {
        uint32_t standing = st_lookup(store, to, inode->parent, inode->name, inode->name_length);
        if (standing) result = make_room(store, to, standing, error);
        if (result == 0)
            result = st_rename(store, to, inode->ino, inode->parent, inode->name, inode->name_length, error);
    }
    return result;
}

int st_adopt(struct store *store, enum st_root to, enum st_root from, uint32_t ino, struct error *error)
{
    const struct st_inode *inode = tree_get(&store->roots[from], ino);
    const struct st_inode *mine = tree_get(&store->roots[to], ino);
    int result = store_writable(store, error);

    if (result < 0) return result;
    store->epoch++; /* the two trees share content from here on */
    if (inode == NULL) return mine ? remove_deep(store, to, ino, error) : 0;
    if (ino == ST_ROOT_INO) return 0;
    result = adopt_directory(store, to, from, inode->parent, error);
    if (result < 0) return result;
    return mine ? update(store, to, inode, error) : place_copy(store, to, inode, error);
}
