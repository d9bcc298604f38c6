#include "fs/path.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"

#define PATH_SHOWN 256 /* bytes of a path in a message, so that the reason has room behind it */

/* A resolution under way: the directories passed so far are implied by `at`. */
struct resolver {
    const struct store *store;
    enum st_root root;
    const char *path; /* as the caller gave it, for messages */
    size_t length;
    uint32_t at;
    int links;
    struct error *error;
    bool posix; /* the root is "/", and nothing is above it */
};

static int fail(const struct resolver *resolver, int code, const char *reason)
{
    size_t shown = resolver->length <= PATH_SHOWN ? resolver->length : utf8_floor(resolver->path, PATH_SHOWN);
    return error_set(resolver->error, code, "%.*s%s: %s", (int)shown, resolver->path,
                     shown < resolver->length ? "…" : "", reason);
}

static int check(const struct resolver *resolver)
{
    if (resolver->length == 0)
        return error_set(resolver->error, UMBRA_EINVAL, "an empty path; name a file of the workspace");
    if (memchr(resolver->path, '\0', resolver->length))
        return error_set(resolver->error, UMBRA_EINVAL, "a path with a NUL byte in it");
    if (resolver->length > FS_PATH_MAX)
        return error_set(resolver->error, UMBRA_ENAMETOOLONG, "a path of %zu bytes; at most %d are allowed",
                         resolver->length, FS_PATH_MAX);
    if (resolver->path[0] == '/' && !resolver->posix)
        return fail(resolver, UMBRA_EACCES,
                    "absolute paths lead out of the workspace; give it relative to the workspace's root");
    return 0;
}

static int walk(struct resolver *resolver, const char *path, size_t length, enum fs_flag flags);

/* Follows the link `ino`, which stands in directory resolver->at. */
static int follow(struct resolver *resolver, const struct st_info *link)
{
    char target[FS_PATH_MAX];
    struct st_info end;
    int result;
    int64_t size = st_read(resolver->store, resolver->root, link->ino, 0, target, sizeof target);

    if (size < 0) return fail(resolver, (int)size, umbra_error_text((int)size));
    if (size == 0) return fail(resolver, UMBRA_ENOENT, "a symbolic link on the way is empty");
    if (link->size > sizeof target)
        return fail(resolver, UMBRA_ENAMETOOLONG, "a symbolic link on the way has a target that is too long");
    if (++resolver->links > FS_LINKS_MAX) return fail(resolver, UMBRA_ELOOP, "too many symbolic links");
    if (target[0] == '/' && resolver->posix) resolver->at = ST_ROOT_INO;
    if (target[0] == '/' && !resolver->posix)
        return fail(resolver, UMBRA_EACCES, "a symbolic link on the way leads out of the workspace");
    result = walk(resolver, target, (size_t)size, FS_FOLLOW);
    if (result == 0 && target[size - 1] == '/' &&
        st_info(resolver->store, resolver->root, resolver->at, &end) == 0 && end.kind != ST_DIRECTORY)
        return fail(resolver, UMBRA_ENOTDIR, "a symbolic link asks for a directory where there is none");
    return result;
}

static int step(struct resolver *resolver, const char *name, size_t length, bool follow_link)
{
    struct st_info info;
    uint32_t next;

    if (st_info(resolver->store, resolver->root, resolver->at, &info) < 0)
        return fail(resolver, UMBRA_ENOENT, umbra_error_text(UMBRA_ENOENT));
    if (info.kind != ST_DIRECTORY)
        return fail(resolver, UMBRA_ENOTDIR, "a part of the path is not a directory");
    if (length == 1 && name[0] == '.') return 0;
    if (length == 2 && name[0] == '.' && name[1] == '.') {
        if (resolver->at == ST_ROOT_INO && resolver->posix) return 0;
        if (resolver->at == ST_ROOT_INO)
            return fail(resolver, UMBRA_EACCES, "the path leads out of the workspace");
        resolver->at = info.parent;
        return 0;
    }
    if (length > ST_NAME_MAX) return fail(resolver, UMBRA_ENAMETOOLONG, "a name of over 255 bytes");
    next = st_lookup(resolver->store, resolver->root, resolver->at, name, length);
    if (next == 0) return fail(resolver, UMBRA_ENOENT, umbra_error_text(UMBRA_ENOENT));
    st_info(resolver->store, resolver->root, next, &info);
    if (info.kind == ST_SYMLINK && follow_link) return follow(resolver, &info);
    resolver->at = next;
    return 0;
}

/* The next part of a path from *at on; false at the end. */
static bool next_part(const char *path, size_t length, size_t *at, const char **name, size_t *name_length)
{
    size_t end;
    while (*at < length && path[*at] == '/') (*at)++;
    if (*at == length) return false;
    for (end = *at; end < length && path[end] != '/';) end++;
    *name = path + *at;
    *name_length = end - *at;
    *at = end;
    return true;
}

static bool is_last(const char *path, size_t length, size_t at)
{
    while (at < length && path[at] == '/') at++;
    return at == length;
}

static int walk(struct resolver *resolver, const char *path, size_t length, enum fs_flag flags)
{
    size_t at = 0, name_length;
    const char *name;

    while (next_part(path, length, &at, &name, &name_length)) {
        bool last = is_last(path, length, at);
        int result = step(resolver, name, name_length, !last || flags == FS_FOLLOW);
        if (result < 0) return result;
    }
    return 0;
}

int fs_resolve(const struct store *store, enum st_root root, const char *path, size_t length,
               enum fs_flag flags, uint32_t *ino, struct error *error)
{
    struct resolver resolver = {store, root, path, length, ST_ROOT_INO, 0, error, false};
    struct st_info info;
    int result = check(&resolver);

    if (result == 0) result = walk(&resolver, path, length, flags);
    if (result < 0) return result;
    if (path[length - 1] == '/' && st_info(store, root, resolver.at, &info) == 0 && info.kind != ST_DIRECTORY)
        return fail(&resolver, UMBRA_ENOTDIR, umbra_error_text(UMBRA_ENOTDIR));
    *ino = resolver.at;
    return 0;
}

static struct resolver begin_at(const struct fs_view *view, const char *path, size_t length,
                                struct error *error)
{
    return (struct resolver){.store = view->store,
                             .root = view->root,
                             .path = path,
                             .length = length,
                             .at = length && path[0] == '/' ? ST_ROOT_INO : view->at,
                             .error = error,
                             .posix = true};
}

int fs_resolve_at(const struct fs_view *view, const char *path, size_t length, enum fs_flag flags,
                  uint32_t *ino, struct error *error)
{
    struct resolver resolver = begin_at(view, path, length, error);
    struct st_info info;
    int result = length ? check(&resolver) : fail(&resolver, UMBRA_ENOENT, umbra_error_text(UMBRA_ENOENT));
    bool slash = result == 0 && path[length - 1] == '/';

    if (result == 0) result = walk(&resolver, path, length, slash ? FS_FOLLOW : flags);
    if (result < 0) return result;
    if (slash && st_info(view->store, view->root, resolver.at, &info) == 0 && info.kind != ST_DIRECTORY)
        return fail(&resolver, UMBRA_ENOTDIR, umbra_error_text(UMBRA_ENOTDIR));
    *ino = resolver.at;
    return 0;
}

int fs_find_leaf(const struct fs_view *view, const char *path, size_t length, struct fs_leaf *leaf,
                 struct error *error)
{
    struct resolver resolver = begin_at(view, path, length, error);
    struct st_info info;
    int result = length ? check(&resolver) : fail(&resolver, UMBRA_ENOENT, umbra_error_text(UMBRA_ENOENT));
    size_t end = length, start;

    if (result < 0) return result;
    while (end && path[end - 1] == '/') end--;
    for (start = end; start && path[start - 1] != '/';) start--;
    *leaf = (struct fs_leaf){.name = path + start, .length = end - start, .slash = end < length};
    leaf->dots = leaf->length == 0 ||
                 (leaf->name[0] == '.' && (leaf->length == 1 || (leaf->length == 2 && leaf->name[1] == '.')));
    result = walk(&resolver, path, start, FS_FOLLOW);
    if (result < 0) return result;
    if (leaf->length > ST_NAME_MAX) return fail(&resolver, UMBRA_ENAMETOOLONG, "a name of over 255 bytes");
    if (st_info(view->store, view->root, resolver.at, &info) < 0 || info.kind != ST_DIRECTORY)
        return fail(&resolver, UMBRA_ENOTDIR, "a part of the path is not a directory");
    leaf->directory = resolver.at;
    leaf->ino = leaf->dots ? 0 : st_lookup(view->store, view->root, resolver.at, leaf->name, leaf->length);
    return 0;
}

/* Goes into a directory, making it when it is missing and `now` allows. */
static int enter(struct store *store, struct resolver *resolver, const char *name, size_t length, int64_t now)
{
    uint32_t ino;
    int result;

    if (now < 0 || (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'))) ||
        length > ST_NAME_MAX || st_lookup(store, resolver->root, resolver->at, name, length))
        return step(resolver, name, length, true);
    result = st_create(store, resolver->root, resolver->at, name, length, ST_DIRECTORY, 0755, now, &ino,
                       resolver->error);
    if (result == UMBRA_ENOTDIR) return fail(resolver, result, "a part of the path is not a directory");
    if (result == 0) resolver->at = ino;
    return result;
}

int fs_locate(struct store *store, enum st_root root, const char *path, size_t length, int64_t now,
              struct fs_place *place, struct error *error)
{
    struct resolver resolver = {store, root, path, length, ST_ROOT_INO, 0, error, false};
    struct st_info info;
    size_t at = 0, name_length = 0;
    const char *name = path;
    int result = check(&resolver);

    if (result < 0) return result;
    if (path[length - 1] == '/') return fail(&resolver, UMBRA_EISDIR, "names a directory, not a file");
    while (next_part(path, length, &at, &name, &name_length) && !is_last(path, length, at)) {
        result = enter(store, &resolver, name, name_length, now);
        if (result < 0) return result;
    }
    if (name[0] == '.' && (name_length == 1 || (name_length == 2 && name[1] == '.')))
        return fail(&resolver, UMBRA_EISDIR, "names a directory, not a file");
    if (name_length > ST_NAME_MAX) return fail(&resolver, UMBRA_ENAMETOOLONG, "a name of over 255 bytes");
    if (st_info(store, root, resolver.at, &info) < 0 || info.kind != ST_DIRECTORY)
        return fail(&resolver, UMBRA_ENOTDIR, "a part of the path is not a directory");
    place->directory = resolver.at;
    place->name = name;
    place->name_length = name_length;
    place->ino = st_lookup(store, root, resolver.at, name, name_length);
    return 0;
}

int fs_write_file(struct store *store, enum st_root root, const char *path, size_t length, const void *data,
                  size_t size, int64_t now, bool *created, struct error *error)
{
    struct fs_place place = {0};
    struct st_info info;
    int result = fs_locate(store, root, path, length, now, &place, error);

    if (result < 0) return result;
    if (created) *created = place.ino == 0;
    if (place.ino == 0) {
        result = st_create(store, root, place.directory, place.name, place.name_length, ST_FILE, 0644, now,
                           &place.ino, error);
        if (result < 0) return result;
    } else {
        result = fs_resolve(store, root, path, length, FS_FOLLOW, &place.ino, error);
        if (result < 0) return result;
        st_info(store, root, place.ino, &info);
        if (info.kind == ST_DIRECTORY)
            return error_set(error, UMBRA_EISDIR, "%.*s: is a directory", (int)length, path);
    }
    result = st_replace(store, root, place.ino, data, size, error);
    return result < 0 ? result : st_set_mtime(store, root, place.ino, now, error);
}

int fs_read_file(const struct store *store, enum st_root root, uint32_t ino, uint64_t limit,
                 struct buffer *buffer, struct error *error)
{
    struct st_info info;
    int64_t got;

    if (st_info(store, root, ino, &info) < 0) return error_set(error, UMBRA_ENOENT, "the file is gone");
    if (info.kind == ST_DIRECTORY)
        return error_set(error, UMBRA_EISDIR, "%.*s: is a directory", (int)info.name_length, info.name);
    if (info.size > limit)
        return error_set(error, UMBRA_EFBIG, "%.*s has %" PRIu64 " bytes; the limit here is %" PRIu64,
                         (int)info.name_length, info.name, info.size, limit);
    if (buffer_reserve(buffer, (size_t)info.size) < 0) return error_memory(error);
    got = st_read(store, root, ino, 0, buffer->data + buffer->size, (size_t)info.size);
    if (got != (int64_t)info.size)
        return error_set(error, UMBRA_EIO, "%.*s: reading failed", (int)info.name_length, info.name);
    buffer->size += (size_t)got;
    buffer->data[buffer->size] = '\0';
    return 0;
}
