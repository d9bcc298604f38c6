/* inodes.c: looking up, making, moving and removing the things that have names. */
#include <inttypes.h>
#include <string.h>

#include "store/store_internal.h"

int st_info(const struct store *store, enum st_root root, uint32_t ino, struct st_info *info)
{
    const struct st_inode *inode = store_inode(store, root, ino);

    if (inode == NULL) return UMBRA_ENOENT;
    *info = (struct st_info){
        .ino = ino,
        .parent = inode->parent,
        .kind = inode->kind,
        .mode = inode->mode,
        .mtime = inode->mtime,
        .size = inode->size,
        .count = inode->entries ? inode->entries->count : 0,
        .name = inode->name,
        .name_length = inode->name_length,
    };
    return 0;
}

uint32_t st_lookup(const struct store *store, enum st_root root, uint32_t directory, const char *name,
                   size_t length)
{
    const struct st_tree *tree = store_tree(store, root);
    const struct st_inode *inode = tree_get(tree, directory);

    if (inode == NULL || inode->kind != ST_DIRECTORY) return 0;
    return directory_find(tree, inode, name, length, NULL);
}

uint32_t st_entry(const struct store *store, enum st_root root, uint32_t directory, uint32_t index)
{
    const struct st_inode *inode = tree_get(store_tree(store, root), directory);

    if (inode == NULL || inode->entries == NULL || index >= inode->entries->count) return 0;
    return inode->entries->items[index];
}

static int check_name(const char *name, size_t length, struct error *error)
{
    if (length > ST_NAME_MAX)
        return error_set(error, UMBRA_ENAMETOOLONG, "a name of %zu bytes; at most %d are allowed", length,
                         ST_NAME_MAX);
    if (length == 0 || memchr(name, '/', length) || memchr(name, '\0', length) ||
        (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'))))
        return error_set(error, UMBRA_EINVAL, "'%.*s' cannot be the name of a file", (int)length, name);
    return 0;
}

static int insert(struct store *store, enum st_root root, uint32_t parent, uint32_t ino, const char *name,
                  size_t length, struct error *error)
{
    int result = directory_insert(&store->roots[root], store->epoch, parent, ino, name, length);
    if (result < 0) return error_set(error, result, "%.*s: %s", (int)length, name, umbra_error_text(result));
    return 0;
}

static uint32_t depth_of(const struct st_tree *tree, uint32_t directory)
{
    uint32_t depth = 0;
    for (; directory != ST_ROOT_INO; depth++) directory = tree_get(tree, directory)->parent;
    return depth;
}

/* Directories below each other in this one, itself included. */
static uint32_t height_of(const struct st_tree *tree, const struct st_inode *inode)
{
    uint32_t height = 0, i;

    for (i = 0; inode->entries && i < inode->entries->count; i++) {
        const struct st_inode *child = tree_get(tree, inode->entries->items[i]);
        uint32_t below = child->kind == ST_DIRECTORY ? height_of(tree, child) : 0;
        if (below > height) height = below;
    }
    return height + 1;
}

static int check_depth(const struct st_tree *tree, uint32_t parent, uint32_t height, struct error *error)
{
    if (depth_of(tree, parent) + height <= ST_DEPTH_MAX) return 0;
    return error_set(error, UMBRA_ENAMETOOLONG, "directories would be nested deeper than %d", ST_DEPTH_MAX);
}

int st_create(struct store *store, enum st_root root, uint32_t parent, const char *name, size_t length,
              enum st_kind kind, uint16_t mode, int64_t mtime, uint32_t *ino, struct error *error)
{
    struct st_tree *tree = &store->roots[root];
    const struct st_inode *directory;
    struct st_inode *inode;
    int result = store_writable(store, root, error);

    if (result == 0) result = check_name(name, length, error);
    if (result < 0) return result;
    directory = tree_get(tree, parent);
    if (directory == NULL || directory->kind != ST_DIRECTORY)
        return error_set(error, UMBRA_ENOTDIR, "%.*s cannot be made there: not a directory", (int)length,
                         name);
    if (kind == ST_DIRECTORY) result = check_depth(tree, parent, 1, error);
    if (result < 0) return result;
    if (store->next_ino == UINT32_MAX)
        return error_set(error, UMBRA_ELIMIT,
                         "the workspace has used up its 4,294,967,294 numbers for files");
    inode = inode_new(store->epoch, store->next_ino, parent, kind, name, length);
    if (inode == NULL) return error_memory(error);
    inode->mode = mode;
    inode->mtime = mtime;
    result = insert(store, root, parent, inode->ino, name, length, error);
    if (result < 0) {
        inode_release(inode);
        return result;
    }
    *ino = store->next_ino++;
    if (tree_set(tree, store->epoch, *ino, inode) < 0) return error_memory(error);
    store_count(store, root, inode, 1);
    return store_touch(store, root, *ino, error);
}

/* The inode as one that may be changed; *root becomes that of the files without a name when it is one. */
static struct st_inode *own(struct store *store, enum st_root *root, uint32_t ino, struct error *error)
{
    struct st_inode *inode;

    if (store_writable(store, *root, error) < 0) return NULL;
    if (store_inode(store, *root, ino) == NULL) {
        error_set(error, UMBRA_ENOENT, "%s", umbra_error_text(UMBRA_ENOENT));
        return NULL;
    }
    if (tree_get(&store->roots[*root], ino) == NULL) *root = ST_ORPHANS;
    inode = tree_own(&store->roots[*root], store->epoch, ino);
    if (inode == NULL) error_memory(error);
    return inode;
}

int st_set_mtime(struct store *store, enum st_root root, uint32_t ino, int64_t mtime, struct error *error)
{
    struct st_inode *inode = own(store, &root, ino, error);
    if (inode == NULL) return error ? error->code : UMBRA_EINVAL;
    inode->mtime = mtime;
    return store_touch(store, root, ino, error);
}

int st_set_mode(struct store *store, enum st_root root, uint32_t ino, uint16_t mode, struct error *error)
{
    struct st_inode *inode = own(store, &root, ino, error);
    if (inode == NULL) return error ? error->code : UMBRA_EINVAL;
    inode->mode = mode & 07777;
    return store_touch(store, root, ino, error);
}

/* An inode that still has its name, as one that may be changed. */
static struct st_inode *own_named(struct store *store, enum st_root root, uint32_t ino, struct error *error)
{
    enum st_root at = root;
    struct st_inode *inode = own(store, &at, ino, error);

    if (inode == NULL || at == root) return inode;
    error_set(error, UMBRA_ENOENT, "%s", umbra_error_text(UMBRA_ENOENT));
    return NULL;
}

int st_remove(struct store *store, enum st_root root, uint32_t ino, struct error *error)
{
    struct st_inode *inode = own_named(store, root, ino, error);
    int result;

    if (inode == NULL) return error ? error->code : UMBRA_EINVAL;
    if (ino == ST_ROOT_INO) return error_set(error, UMBRA_EBUSY, "the root directory cannot be removed");
    if (inode->entries && inode->entries->count)
        return error_set(error, UMBRA_ENOTEMPTY, "%.*s: directory not empty", inode->name_length,
                         inode->name);
    result = directory_remove(&store->roots[root], store->epoch, inode->parent, ino, inode->name,
                              inode->name_length);
    if (result < 0) return error_set(error, result, "%s", umbra_error_text(result));
    store_count(store, root, inode, -1);
    if (root != ST_BASE && store_is_held(store, ino) &&
        tree_set(&store->roots[ST_ORPHANS], store->epoch, ino, inode_keep(inode)) < 0)
        return error_memory(error);
    if (tree_set(&store->roots[root], store->epoch, ino, NULL) < 0) return error_memory(error);
    return store_touch(store, root, ino, error);
}

/* Whether directory `below` is `ino` itself or somewhere inside it. */
static bool is_inside(const struct st_tree *tree, uint32_t below, uint32_t ino)
{
    while (below != ino) {
        const struct st_inode *inode = tree_get(tree, below);
        if (inode == NULL || below == ST_ROOT_INO) return false;
        below = inode->parent;
    }
    return true;
}

/* Takes away what has the new name, if rename() may replace it. */
static int replace_target(struct store *store, enum st_root root, const struct st_inode *moving,
                          uint32_t target, struct error *error)
{
    const struct st_inode *inode = tree_get(&store->roots[root], target);

    if (moving->kind == ST_DIRECTORY && inode->kind != ST_DIRECTORY)
        return error_set(error, UMBRA_ENOTDIR, "%.*s is not a directory and cannot be replaced by one",
                         inode->name_length, inode->name);
    if (moving->kind != ST_DIRECTORY && inode->kind == ST_DIRECTORY)
        return error_set(error, UMBRA_EISDIR, "%.*s is a directory and cannot be replaced by a file",
                         inode->name_length, inode->name);
    return st_remove(store, root, target, error);
}

static int check_move(const struct store *store, enum st_root root, uint32_t ino, uint32_t parent,
                      const char *name, size_t length, struct error *error)
{
    const struct st_tree *tree = &store->roots[root];
    const struct st_inode *directory = tree_get(tree, parent), *moving;
    int result = check_name(name, length, error);

    if (result < 0) return result;
    if (directory == NULL || directory->kind != ST_DIRECTORY)
        return error_set(error, UMBRA_ENOTDIR, "%.*s cannot move there: not a directory", (int)length, name);
    if (ino == ST_ROOT_INO) return error_set(error, UMBRA_EBUSY, "the root directory cannot be moved");
    if (is_inside(tree, parent, ino))
        return error_set(error, UMBRA_EINVAL, "a directory cannot move into itself");
    moving = tree_get(tree, ino);
    return moving->kind == ST_DIRECTORY ? check_depth(tree, parent, height_of(tree, moving), error) : 0;
}

int st_rename(struct store *store, enum st_root root, uint32_t ino, uint32_t parent, const char *name,
              size_t length, struct error *error)
{
    struct st_tree *tree = &store->roots[root];
    struct st_inode *inode = own_named(store, root, ino, error), *moved;
    uint32_t target;
    int result;

    if (inode == NULL) return error ? error->code : UMBRA_EINVAL;
    result = check_move(store, root, ino, parent, name, length, error);
    if (result < 0) return result;
    target = directory_find(tree, tree_get(tree, parent), name, length, NULL);
    if (target == ino) return 0;
    if (target) result = replace_target(store, root, inode, target, error);
    if (result < 0) return result;
    moved = inode_copy(inode, store->epoch, parent, name, length);
    if (moved == NULL) return error_memory(error);
    result = directory_remove(tree, store->epoch, inode->parent, ino, inode->name, inode->name_length);
    if (result < 0) {
        inode_release(moved);
        return error_set(error, result, "%s", umbra_error_text(result));
    }
    if (tree_set(tree, store->epoch, ino, moved) < 0) return error_memory(error);
    result = insert(store, root, parent, ino, name, length, error);
    return result < 0 ? result : store_touch(store, root, ino, error);
}
