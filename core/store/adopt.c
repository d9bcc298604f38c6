/* adopt.c: taking one inode's version from another tree: committing (BASE from HEAD) and discarding (HEAD
 * from BASE) single files. */
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

/* Puts a copy of `inode` into directory `parent` of `to`, where its ino is not known. */
static int place_copy(struct store *store, enum st_root to, const struct st_inode *inode, uint32_t parent,
                      struct error *error)
{
    struct st_tree *tree = &store->roots[to];
    struct st_inode *copy;
    int result;

    copy = inode_copy(inode, store->epoch, parent, inode->name, inode->name_length);
    if (copy == NULL) return error_memory(error);
    if (copy->entries) {
        copy->entries->refs--; /* inode still holds it */
        copy->entries = NULL;
    }
    store_count(store, to, copy, 1);
    result = directory_insert(tree, store->epoch, parent, copy->ino, copy->name, copy->name_length);
    if (result < 0) {
        inode_release(copy);
        return error_set(error, result, "%s", umbra_error_text(result));
    }
    if (tree_set(tree, store->epoch, inode->ino, copy) < 0) return error_memory(error);
    return store_touch(store, to, inode->ino, error);
}

/* Makes a directory with the path that `ino` has in `from` exist in `to`; *twin is its ino there. It is
 * another one where `to` knows this ino under another path: a directory that was renamed keeps its old name
 * in `to` for the files that have not followed yet. */
static int adopt_directory(struct store *store, enum st_root to, enum st_root from, uint32_t ino,
                           uint32_t *twin, struct error *error)
{
    const struct st_inode *inode = tree_get(store_tree(store, from), ino), *there;
    uint32_t parent = ST_ROOT_INO;
    int result;

    *twin = ST_ROOT_INO;
    if (ino == ST_ROOT_INO) return 0;
    if (inode == NULL) return error_set(error, UMBRA_ECORRUPT, "a directory without its parent");
    result = adopt_directory(store, to, from, inode->parent, &parent, error);
    if (result < 0) return result;
    *twin = st_lookup(store, to, parent, inode->name, inode->name_length);
    there = *twin ? tree_get(&store->roots[to], *twin) : NULL;
    if (there && there->kind == ST_DIRECTORY) return 0;
    if (there) result = make_room(store, to, *twin, error);
    if (result < 0) return result;
    *twin = ino;
    if (tree_get(&store->roots[to], ino) == NULL) return place_copy(store, to, inode, parent, error);
    return st_create(store, to, parent, inode->name, inode->name_length, ST_DIRECTORY, inode->mode,
                     inode->mtime, twin, error);
}

/* The same inode at the same place on both sides: content and mode are taken over. */
static int update(struct store *store, enum st_root to, const struct st_inode *inode, struct error *error)
{
    struct st_inode *mine = tree_own(&store->roots[to], store->epoch, inode->ino);

    if (mine == NULL) return error_memory(error);
    store_count(store, to, mine, -1);
    content_release(mine->content);
    mine->content = content_keep(inode->content);
    mine->size = inode->size;
    mine->mode = inode->mode;
    mine->mtime = inode->mtime;
    store_count(store, to, mine, 1);
    return store_touch(store, to, inode->ino, error);
}

int st_adopt(struct store *store, enum st_root to, enum st_root from, uint32_t ino, struct error *error)
{
    const struct st_inode *inode = tree_get(store_tree(store, from), ino);
    uint32_t parent = 0, standing;
    int result = store_writable(store, to, error);

    if (result < 0) return result;
    store->epoch++; /* the two trees share content from here on */
    if (inode == NULL) return tree_get(&store->roots[to], ino) ? remove_deep(store, to, ino, error) : 0;
    if (ino == ST_ROOT_INO) return 0;
    if (inode->kind == ST_DIRECTORY) return adopt_directory(store, to, from, ino, &parent, error);
    result = adopt_directory(store, to, from, inode->parent, &parent, error);
    if (result < 0) return result;
    standing = st_lookup(store, to, parent, inode->name, inode->name_length);
    if (standing == ino) return update(store, to, inode, error);
    if (standing) result = make_room(store, to, standing, error);
    /* Making room may have taken away the directory that this file was in. */
    if (result == 0 && tree_get(&store->roots[to], ino)) result = st_remove(store, to, ino, error);
    return result < 0 ? result : place_copy(store, to, inode, parent, error);
}
