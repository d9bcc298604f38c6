#include "fs/file.h"

#include <string.h>

#include "base/utf8.h"

#define PATH_SHOWN 256 /* bytes of a path in a message */

static int fail(const char *path, size_t length, int code, const char *reason, struct error *error)
{
    size_t shown = length <= PATH_SHOWN ? length : utf8_floor(path, PATH_SHOWN);
    return error_set(error, code, "%.*s%s: %s", (int)shown, path, shown < length ? "…" : "", reason);
}

static int fail_code(const char *path, size_t length, int code, struct error *error)
{
    return fail(path, length, code, umbra_error_text(code), error);
}

static enum st_kind kind_of(const struct fs_view *view, uint32_t ino)
{
    struct st_info info;
    return st_info(view->store, view->root, ino, &info) < 0 ? 0 : info.kind;
}

/* What a directory holds has changed. */
static int touch_directory(const struct fs_view *view, uint32_t directory, int64_t now, struct error *error)
{
    return st_set_mtime(view->store, view->root, directory, now, error);
}

/* Makes something new where a leaf is free. */
static int create(const struct fs_view *view, const struct fs_leaf *leaf, enum st_kind kind, uint16_t mode,
                  int64_t now, uint32_t *ino, struct error *error)
{
    int result = st_create(view->store, view->root, leaf->directory, leaf->name, leaf->length, kind,
                           mode & 07777, now, ino, error);
    return result < 0 ? result : touch_directory(view, leaf->directory, now, error);
}

int fs_stat(const struct fs_view *view, const char *path, size_t length, enum fs_flag flags,
            struct st_info *info, struct error *error)
{
    uint32_t ino;
    int result = fs_resolve_at(view, path, length, flags, &ino, error);
    if (result < 0) return result;
    return st_info(view->store, view->root, ino, info) < 0 ? fail_code(path, length, UMBRA_ENOENT, error) : 0;
}

/* The file that an open for creation means: links are followed to where nothing is yet. */
static int open_new(const struct fs_view *view, const char *path, size_t length, unsigned flags,
                    uint16_t mode, int64_t now, uint32_t *ino, struct error *error)
{
    struct fs_view from = *view;
    struct fs_leaf leaf;
    char target[FS_PATH_MAX];
    int links, result = fs_find_leaf(view, path, length, &leaf, error);

    for (links = 0; result == 0 && !leaf.slash && leaf.ino && kind_of(view, leaf.ino) == ST_SYMLINK;
         links++) {
        int64_t size;
        if (flags & FS_EXCLUSIVE) return fail_code(path, length, UMBRA_EEXIST, error);
        if (flags & FS_NOFOLLOW || links == FS_LINKS_MAX) return fail_code(path, length, UMBRA_ELOOP, error);
        size = st_read(view->store, view->root, leaf.ino, 0, target, sizeof target);
        if (size <= 0) return fail_code(path, length, size < 0 ? (int)size : UMBRA_ENOENT, error);
        from.at = leaf.directory;
        result = fs_find_leaf(&from, target, (size_t)size, &leaf, error);
    }
    if (result < 0) return result;
    if (leaf.slash && !leaf.dots) return fail_code(path, length, UMBRA_EISDIR, error);
    if (leaf.dots && flags & FS_EXCLUSIVE) return fail_code(path, length, UMBRA_EEXIST, error);
    if (leaf.dots) return fail_code(path, length, UMBRA_EISDIR, error);
    *ino = leaf.ino;
    if (leaf.ino && flags & FS_EXCLUSIVE) return fail_code(path, length, UMBRA_EEXIST, error);
    return leaf.ino ? 0 : create(view, &leaf, ST_FILE, mode, now, ino, error);
}

static int check_kind(const struct fs_view *view, uint32_t ino, const char *path, size_t length,
                      unsigned flags, struct error *error)
{
    enum st_kind kind = kind_of(view, ino);

    if (kind == ST_SYMLINK) return fail_code(path, length, UMBRA_ELOOP, error);
    if (kind == ST_DIRECTORY && flags & (FS_WRITE | FS_APPEND | FS_TRUNCATE | FS_CREATE))
        return fail_code(path, length, UMBRA_EISDIR, error);
    if (kind != ST_DIRECTORY && flags & FS_DIRECTORY) return fail_code(path, length, UMBRA_ENOTDIR, error);
    return 0;
}

int fs_open(const struct fs_view *view, const char *path, size_t length, unsigned flags, uint16_t mode,
            int64_t now, struct fs_file *file, struct error *error)
{
    uint32_t ino = 0;
    int result;

    if (view->root != ST_HEAD && view->root != ST_SYSTEM)
        return error_set(error, UMBRA_EINVAL, "files of this tree are not opened");
    if (flags & FS_APPEND) flags |= FS_WRITE;
    result = flags & FS_CREATE ? open_new(view, path, length, flags, mode, now, &ino, error)
                               : fs_resolve_at(view, path, length,
                                               flags & FS_NOFOLLOW ? FS_NO_FOLLOW : FS_FOLLOW, &ino, error);
    if (result == 0) result = check_kind(view, ino, path, length, flags, error);
    if (result == 0 && flags & FS_TRUNCATE && flags & FS_WRITE) {
        result = st_truncate(view->store, view->root, ino, 0, error);
        if (result == 0) result = st_set_mtime(view->store, view->root, ino, now, error);
    }
    if (result < 0) return result;
    result = st_hold(view->store, view->root, ino);
    if (result < 0) return fail_code(path, length, result, error);
    *file = (struct fs_file){.store = view->store, .root = view->root, .ino = ino, .flags = flags};
    return 0;
}

void fs_close(struct fs_file *file)
{
    if (file->store) st_let_go(file->store, file->ino);
    file->store = NULL;
}

static int check_open(const struct fs_file *file, unsigned flag, struct error *error)
{
    if (file->store && file->flags & flag) return 0;
    return error_set(error, UMBRA_EBADF, "the file is not open for %s",
                     flag == FS_READ ? "reading" : "writing");
}

int64_t fs_pread(const struct fs_file *file, void *data, size_t size, uint64_t offset, struct error *error)
{
    int64_t got = check_open(file, FS_READ, error);

    if (got < 0) return got;
    got = st_read(file->store, file->root, file->ino, offset, data, size);
    if (got < 0) error_set(error, (int)got, "reading failed: %s", umbra_error_text((int)got));
    return got;
}

int64_t fs_read(struct fs_file *file, void *data, size_t size, struct error *error)
{
    int64_t got = fs_pread(file, data, size, file->offset, error);
    if (got > 0) file->offset += (uint64_t)got;
    return got;
}

int fs_pwrite(const struct fs_file *file, const void *data, size_t size, uint64_t offset, int64_t now,
              struct error *error)
{
    int result = check_open(file, FS_WRITE, error);

    if (result == 0) result = st_write(file->store, file->root, file->ino, offset, data, size, error);
    return result < 0 || size == 0 ? result : st_set_mtime(file->store, file->root, file->ino, now, error);
}

int fs_write(struct fs_file *file, const void *data, size_t size, int64_t now, struct error *error)
{
    struct st_info info;
    int result;

    if (file->store && file->flags & FS_APPEND && st_info(file->store, file->root, file->ino, &info) == 0)
        file->offset = info.size;
    result = fs_pwrite(file, data, size, file->offset, now, error);
    if (result == 0) file->offset += size;
    return result;
}

int fs_truncate(const struct fs_file *file, uint64_t size, int64_t now, struct error *error)
{
    int result = check_open(file, FS_WRITE, error);

    if (result == 0) result = st_truncate(file->store, file->root, file->ino, size, error);
    return result < 0 ? result : st_set_mtime(file->store, file->root, file->ino, now, error);
}

int fs_file_info(const struct fs_file *file, struct st_info *info, struct error *error)
{
    if (file->store && st_info(file->store, file->root, file->ino, info) == 0) return 0;
    return error_set(error, UMBRA_ENOENT, "the file is gone");
}

int fs_make_directory(const struct fs_view *view, const char *path, size_t length, uint16_t mode, int64_t now,
                      struct error *error)
{
    struct fs_leaf leaf;
    uint32_t ino;
    int result = fs_find_leaf(view, path, length, &leaf, error);

    if (result < 0) return result;
    if (leaf.dots || leaf.ino) return fail_code(path, length, UMBRA_EEXIST, error);
    return create(view, &leaf, ST_DIRECTORY, mode, now, &ino, error);
}

static int remove_leaf(const struct fs_view *view, const struct fs_leaf *leaf, int64_t now,
                       struct error *error)
{
    int result = st_remove(view->store, view->root, leaf->ino, error);
    return result < 0 ? result : touch_directory(view, leaf->directory, now, error);
}

int fs_remove_directory(const struct fs_view *view, const char *path, size_t length, int64_t now,
                        struct error *error)
{
    struct fs_leaf leaf;
    struct st_info info;
    int result = fs_find_leaf(view, path, length, &leaf, error);

    if (result < 0) return result;
    if (leaf.length == 0) return fail(path, length, UMBRA_EBUSY, "the root cannot be removed", error);
    if (leaf.dots) return fail_code(path, length, leaf.length == 1 ? UMBRA_EINVAL : UMBRA_ENOTEMPTY, error);
    if (leaf.ino == 0) return fail_code(path, length, UMBRA_ENOENT, error);
    st_info(view->store, view->root, leaf.ino, &info);
    if (info.kind != ST_DIRECTORY) return fail_code(path, length, UMBRA_ENOTDIR, error);
    if (info.count) return fail_code(path, length, UMBRA_ENOTEMPTY, error);
    return remove_leaf(view, &leaf, now, error);
}

int fs_unlink(const struct fs_view *view, const char *path, size_t length, int64_t now, struct error *error)
{
    struct fs_leaf leaf;
    int result = fs_find_leaf(view, path, length, &leaf, error);

    if (result < 0) return result;
    if (leaf.dots) return fail_code(path, length, UMBRA_EISDIR, error);
    if (leaf.ino == 0) return fail_code(path, length, UMBRA_ENOENT, error);
    if (kind_of(view, leaf.ino) == ST_DIRECTORY) return fail_code(path, length, UMBRA_EISDIR, error);
    if (leaf.slash) return fail_code(path, length, UMBRA_ENOTDIR, error);
    return remove_leaf(view, &leaf, now, error);
}

/* Whether directory `ino` is on the way from the root to `below`. */
static bool holds(const struct fs_view *view, uint32_t ino, uint32_t below)
{
    struct st_info info;
    while (below != ino) {
        if (below == ST_ROOT_INO || st_info(view->store, view->root, below, &info) < 0) return false;
        below = info.parent;
    }
    return true;
}

/* A slash at the end of either name asks for directories. */
static int check_slashes(const struct fs_view *view, const struct fs_leaf *from, const struct fs_leaf *to)
{
    bool directory = kind_of(view, from->ino) == ST_DIRECTORY;
    if ((from->slash || to->slash) && !directory) return UMBRA_ENOTDIR;
    return 0;
}

int fs_rename(const struct fs_view *view, const char *from, size_t from_length, const char *to,
              size_t to_length, int64_t now, struct error *error)
{
    struct fs_leaf source, target = {0};
    int result = fs_find_leaf(view, from, from_length, &source, error);

    if (result == 0) result = fs_find_leaf(view, to, to_length, &target, error);
    if (result < 0) return result;
    if (source.dots) return fail_code(from, from_length, UMBRA_EBUSY, error);
    if (target.dots) return fail_code(to, to_length, UMBRA_EBUSY, error);
    if (source.ino == 0) return fail_code(from, from_length, UMBRA_ENOENT, error);
    result = check_slashes(view, &source, &target);
    if (result < 0)
        return fail_code(source.slash ? from : to, source.slash ? from_length : to_length, result, error);
    if (source.ino == target.ino) return 0;
    if (target.ino && holds(view, target.ino, source.directory))
        return fail_code(to, to_length, UMBRA_ENOTEMPTY, error);
    result =
        st_rename(view->store, view->root, source.ino, target.directory, target.name, target.length, error);
    if (result == 0) result = touch_directory(view, source.directory, now, error);
    if (result == 0 && target.directory != source.directory)
        result = touch_directory(view, target.directory, now, error);
    return result;
}

int fs_symlink(const struct fs_view *view, const char *target, size_t target_length, const char *path,
               size_t length, int64_t now, struct error *error)
{
    struct fs_leaf leaf;
    uint32_t ino;
    int result;

    if (target_length == 0) return fail_code(path, length, UMBRA_ENOENT, error);
    if (memchr(target, '\0', target_length))
        return fail(path, length, UMBRA_EINVAL, "a target with a NUL byte in it", error);
    if (target_length > FS_PATH_MAX) return fail_code(target, target_length, UMBRA_ENAMETOOLONG, error);
    result = fs_find_leaf(view, path, length, &leaf, error);
    if (result < 0) return result;
    if (leaf.dots || leaf.ino) return fail_code(path, length, UMBRA_EEXIST, error);
    if (leaf.slash) return fail_code(path, length, UMBRA_ENOENT, error);
    result = create(view, &leaf, ST_SYMLINK, 0777, now, &ino, error);
    return result < 0 ? result : st_replace(view->store, view->root, ino, target, target_length, error);
}

int fs_readlink(const struct fs_view *view, const char *path, size_t length, struct buffer *target,
                struct error *error)
{
    struct st_info info;
    int64_t got;
    int result = fs_stat(view, path, length, FS_NO_FOLLOW, &info, error);

    if (result < 0) return result;
    if (info.kind != ST_SYMLINK) return fail(path, length, UMBRA_EINVAL, "not a symbolic link", error);
    if (buffer_reserve(target, (size_t)info.size) < 0) return error_memory(error);
    got = st_read(view->store, view->root, info.ino, 0, target->data + target->size, (size_t)info.size);
    if (got < 0) return fail_code(path, length, (int)got, error);
    target->size += (size_t)got;
    target->data[target->size] = '\0';
    return 0;
}

int fs_set_mode(const struct fs_view *view, const char *path, size_t length, uint16_t mode,
                struct error *error)
{
    uint32_t ino;
    int result = fs_resolve_at(view, path, length, FS_FOLLOW, &ino, error);
    return result < 0 ? result : st_set_mode(view->store, view->root, ino, mode, error);
}

int fs_set_time(const struct fs_view *view, const char *path, size_t length, enum fs_flag flags,
                int64_t mtime, struct error *error)
{
    uint32_t ino;
    int result = fs_resolve_at(view, path, length, flags, &ino, error);
    return result < 0 ? result : st_set_mtime(view->store, view->root, ino, mtime, error);
}
