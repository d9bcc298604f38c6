/* settle.c: taking changes over into BASE or back into HEAD, path by path, from each other or from the tree
 * of a checkpoint. */
#include <stdlib.h>
#include <string.h>

#include "store/changes.h"

#define PIECE_SIZE (1u << 20)

static bool is_directory(const struct store *store, enum st_root root, uint32_t ino)
{
    struct st_info info;
    return st_info(store, root, ino, &info) == 0 && info.kind == ST_DIRECTORY;
}

/* The file or link at a path, 0 when there is none. */
static uint32_t file_at(const struct store *store, enum st_root root, const char *path)
{
    uint32_t ino = st_at_path(store, root, path);
    return is_directory(store, root, ino) ? 0 : ino;
}

/* The directory in the other tree that has the path of `directory` in this one; 0 when there is none. */
static uint32_t twin_of(const struct store *store, enum st_root root, enum st_root other, uint32_t directory)
{
    struct st_info info;
    uint32_t parent;

    if (directory == ST_ROOT_INO) return ST_ROOT_INO;
    if (st_info(store, root, directory, &info) < 0) return 0;
    parent = twin_of(store, root, other, info.parent);
    return parent ? st_lookup(store, other, parent, info.name, info.name_length) : 0;
}

/* Removes empty directories from `directory` upwards in `root` that the other tree does not have. */
static int prune(struct store *store, enum st_root root, enum st_root other, uint32_t directory,
                 struct error *error)
{
    while (directory != ST_ROOT_INO) {
        struct st_info info;
        int result;

        if (st_info(store, root, directory, &info) < 0 || info.count) return 0;
        if (is_directory(store, other, twin_of(store, root, other, directory))) return 0;
        result = st_remove(store, root, directory, error);
        if (result < 0) return result;
        directory = info.parent;
    }
    return 0;
}

/* Removes what `from` does not have at this path. */
static int remove_path(struct store *store, enum st_root to, enum st_root from, const char *path,
                       struct error *error)
{
    uint32_t standing = file_at(store, to, path);
    struct st_info info;
    int result;

    if (standing == 0 || file_at(store, from, path)) return 0;
    if (st_info(store, to, standing, &info) < 0) return UMBRA_ENOENT;
    result = st_remove(store, to, standing, error);
    return result < 0 ? result : prune(store, to, from, info.parent, error);
}

/* Removes a directory. In BASE with all that is in it: it is gone from HEAD. In HEAD a file in it is the
 * user's: UMBRA_EEXIST. */
static int remove_directory(struct store *store, enum st_root root, uint32_t ino, struct error *error)
{
    uint32_t child;
    struct st_info info;

    while ((child = st_entry(store, root, ino, 0)) != 0) {
        int result;
        if (is_directory(store, root, child)) {
            result = remove_directory(store, root, child, error);
        } else if (root == ST_BASE) {
            result = st_remove(store, root, child, error);
        } else {
            st_info(store, root, ino, &info);
            result =
                error_set(error, UMBRA_EEXIST, "the directory %.*s is there now; discard what is in it first",
                          (int)info.name_length, info.name);
        }
        if (result < 0) return result;
    }
    return st_remove(store, root, ino, error);
}

/* Copies the bytes of a file, for one whose inode is another file in `to`. */
static int copy_content(struct store *store, enum st_root to, uint32_t to_ino, enum st_root from,
                        const struct st_info *source, struct error *error)
{
    uint64_t at;
    char *piece = malloc(PIECE_SIZE);
    int result = piece ? st_replace(store, to, to_ino, "", 0, error) : error_memory(error);

    for (at = 0; at < source->size && result == 0;) {
        int64_t got = st_read(store, from, source->ino, at, piece, PIECE_SIZE);
        if (got <= 0) {
            result =
                error_set(error, UMBRA_EIO, "%.*s: reading failed", (int)source->name_length, source->name);
        } else {
            result = st_append(store, to, to_ino, piece, (size_t)got, error);
            at += (uint64_t)got;
        }
    }
    free(piece);
    if (result == 0) result = st_set_mode(store, to, to_ino, source->mode, error);
    return result < 0 ? result : st_set_mtime(store, to, to_ino, source->mtime, error);
}

/* Makes the directories that a path is in; *name becomes its last part. */
static int make_directories(struct store *store, enum st_root root, const char *path, int64_t time,
                            uint32_t *directory, const char **name, struct error *error)
{
    const char *slash;

    *directory = ST_ROOT_INO;
    for (*name = path; (slash = strchr(*name, '/')) != NULL; *name = slash + 1) {
        size_t length = (size_t)(slash - *name);
        uint32_t next = st_lookup(store, root, *directory, *name, length);
        int result = 0;

        if (next && !is_directory(store, root, next)) {
            result = root == ST_BASE
                         ? st_remove(store, root, next, error)
                         : error_set(error, UMBRA_EEXIST,
                                     "%.300s: a file stands where its folder was; discard that first", path);
            next = 0;
        }
        if (next == 0 && result == 0)
            result =
                st_create(store, root, *directory, *name, length, ST_DIRECTORY, 0755, time, &next, error);
        if (result < 0) return result;
        *directory = next;
    }
    return 0;
}

/* Puts a file at a path of `to` whose inode has another path there. */
static int place_other(struct store *store, enum st_root to, enum st_root from, const struct st_info *source,
                       const char *path, struct error *error)
{
    uint32_t standing = file_at(store, to, path), directory;
    struct st_info info;
    const char *name;
    int result;

    if (standing && st_info(store, to, standing, &info) == 0 && info.kind != source->kind) {
        result = st_remove(store, to, standing, error);
        if (result < 0) return result;
        standing = 0;
    }
    if (standing == 0) {
        result = make_directories(store, to, path, source->mtime, &directory, &name, error);
        if (result == 0)
            result = st_create(store, to, directory, name, strlen(name), source->kind, source->mode,
                               source->mtime, &standing, error);
        if (result < 0) return result;
    }
    return copy_content(store, to, standing, from, source, error);
}

/* Gives `to` what `from` has at this path, if it has something. */
static int place_path(struct store *store, enum st_root to, enum st_root from, const char *path,
                      struct error *error)
{
    uint32_t wanted = file_at(store, from, path), standing = st_at_path(store, to, path);
    struct st_info source, there;
    int result = 0;

    if (wanted == 0) return 0;
    st_info(store, from, wanted, &source);
    if (standing && is_directory(store, to, standing)) result = remove_directory(store, to, standing, error);
    if (result < 0) return result;
    if (standing != wanted && st_info(store, to, wanted, &there) == 0)
        return place_other(store, to, from, &source, path, error);
    if (standing && standing != wanted && file_at(store, to, path))
        result = st_remove(store, to, standing, error);
    return result < 0 ? result : st_adopt(store, to, from, wanted, error);
}

int st_take_changes_from(struct store *store, enum st_root to, enum st_root from,
                         const struct st_change *const *changes, size_t count, struct error *error)
{
    size_t i;
    int result = 0;

    for (i = 0; i < count && result == 0; i++) {
        result = remove_path(store, to, from, changes[i]->path, error);
        if (result == 0 && changes[i]->from) result = remove_path(store, to, from, changes[i]->from, error);
    }
    for (i = 0; i < count && result == 0; i++) {
        result = place_path(store, to, from, changes[i]->path, error);
        if (result == 0 && changes[i]->from) result = place_path(store, to, from, changes[i]->from, error);
    }
    return result;
}

int st_take_changes(struct store *store, enum st_root to, const struct st_change *const *changes,
                    size_t count, struct error *error)
{
    return st_take_changes_from(store, to, to == ST_BASE ? ST_HEAD : ST_BASE, changes, count, error);
}

int st_accept_change(struct store *store, const struct st_change *change, struct error *error)
{
    return st_take_changes(store, ST_BASE, &change, 1, error);
}

int st_discard_change(struct store *store, const struct st_change *change, struct error *error)
{
    return st_take_changes(store, ST_HEAD, &change, 1, error);
}

int st_forget_file(struct store *store, uint32_t ino, struct error *error)
{
    struct st_info info;
    bool known = st_info(store, ST_HEAD, ino, &info) == 0;
    uint32_t directory = known ? info.parent : ST_ROOT_INO;
    int result = known ? st_remove(store, ST_HEAD, ino, error) : 0;

    if (result == 0) result = st_adopt(store, ST_BASE, ST_HEAD, ino, error);
    while (result == 0 && directory != ST_ROOT_INO && st_entry(store, ST_HEAD, directory, 0) == 0 &&
           st_entry(store, ST_BASE, directory, 0) == 0) {
        uint32_t gone = directory;
        if (st_info(store, ST_HEAD, gone, &info) < 0) break;
        directory = info.parent;
        result = st_remove(store, ST_HEAD, gone, error);
        if (result == 0) result = st_adopt(store, ST_BASE, ST_HEAD, gone, error);
    }
    return result;
}
