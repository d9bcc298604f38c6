#include "kernel/files.h"

#include <stdlib.h>
#include <string.h>

#define CHANGE_FUEL 16384 /* of a name made, removed or changed: it takes as long as so many bytes */

static int64_t now(const struct kernel *kernel)
{
    return k_wall(kernel);
}

static struct fs_view view_of(const struct kernel *kernel, struct k_node directory)
{
    return (struct fs_view){kernel->store, k_node_root(directory), directory.ino};
}

/* --- files of the store as open files --- */

struct regular_file {
    struct k_file file;
    struct fs_file of;
};

static int64_t read_regular(struct k_file *file, struct k_process *process, void *data, size_t size)
{
    (void)process;
    return fs_read(&((struct regular_file *)file)->of, data, size, NULL);
}

static int64_t write_regular(struct k_file *file, struct k_process *process, const void *data, size_t size)
{
    struct regular_file *regular = (struct regular_file *)file;
    int result = k_change(process->kernel, NULL);

    if (result == 0) result = fs_write(&regular->of, data, size, now(process->kernel), NULL);
    return result < 0 ? result : (int64_t)size;
}

static int64_t seek_regular(struct k_file *file, int64_t offset, enum k_whence whence)
{
    struct fs_file *of = &((struct regular_file *)file)->of;
    struct st_info info;
    int64_t from = 0;
    int result;

    if (whence == K_FROM_HERE) from = (int64_t)of->offset;
    if (whence == K_FROM_END) {
        result = fs_file_info(of, &info, NULL);
        if (result < 0) return result;
        from = (int64_t)info.size;
    }
    if (offset < -from || (offset > 0 && from > INT64_MAX - offset)) return UMBRA_EINVAL;
    of->offset = (uint64_t)(from + offset);
    return from + offset;
}

static int truncate_regular(struct k_file *file, uint64_t size)
{
    struct regular_file *regular = (struct regular_file *)file;
    int result = k_change(file->kernel, NULL);
    return result < 0 ? result : fs_truncate(&regular->of, size, now(file->kernel), NULL);
}

static void close_regular(struct k_file *file)
{
    struct regular_file *regular = (struct regular_file *)file;

    fs_close(&regular->of);
    k_free_file(file, sizeof *regular);
}

static const struct k_file_kind regular_kind = {.name = "file",
                                                .read = read_regular,
                                                .write = write_regular,
                                                .seek = seek_regular,
                                                .truncate = truncate_regular,
                                                .close = close_regular};

static int64_t read_directory(struct k_file *file, struct k_process *process, void *data, size_t size)
{
    (void)file;
    (void)process;
    (void)data;
    (void)size;
    return UMBRA_EISDIR;
}

static void close_directory(struct k_file *file)
{
    k_free_file(file, sizeof *file);
}

static const struct k_file_kind directory_kind = {
    .name = "directory", .read = read_directory, .close = close_directory};

static int open_directory(struct k_process *process, struct k_node node, unsigned flags, struct k_file **out)
{
    if (flags & (FS_WRITE | FS_APPEND | FS_TRUNCATE)) return UMBRA_EISDIR;
    *out = k_make_file(process->kernel, &directory_kind, sizeof **out, K_READABLE);
    if (*out == NULL) return UMBRA_ENOMEM;
    (*out)->node = node;
    return 0;
}

/* Before a directory or a file's properties are changed. */
static int change_tree(struct k_process *process)
{
    k_charge(process, CHANGE_FUEL);
    return k_change(process->kernel, NULL);
}

/* A file of the store by its directory and name; links were followed before. */
static int open_regular(struct k_process *process, const struct k_place *place, unsigned flags, uint16_t mode,
                        struct k_file **out)
{
    struct fs_view view = view_of(process->kernel, place->directory);
    struct regular_file *regular = k_make_file(process->kernel, &regular_kind, sizeof *regular, 0);
    int result = regular ? 0 : UMBRA_ENOMEM;

    if (result == 0 && flags & (FS_CREATE | FS_TRUNCATE)) result = change_tree(process);
    if (result == 0)
        result = fs_open(&view, place->name, place->length, flags | FS_NOFOLLOW, mode & ~process->umask,
                         now(process->kernel), &regular->of, NULL);
    if (result < 0) {
        if (regular) k_free_file(&regular->file, sizeof *regular);
        return result;
    }
    if (flags & FS_READ) regular->file.flags |= K_READABLE;
    if (flags & (FS_WRITE | FS_APPEND)) regular->file.flags |= K_WRITABLE;
    if (flags & FS_APPEND) regular->file.flags |= K_APPENDS;
    regular->file.node = (struct k_node){place->directory.tree, regular->of.ino};
    *out = &regular->file;
    return 0;
}

/* What the modes forbid, of a file that is there or a directory that is to get one. */
static int check_modes(const struct kernel *kernel, const struct k_place *place, unsigned flags)
{
    unsigned bits = (flags & FS_READ ? 4 : 0) | (flags & (FS_WRITE | FS_APPEND | FS_TRUNCATE) ? 2 : 0);

    if (place->node.ino) return k_node_allows(kernel, place->node, bits) ? 0 : UMBRA_EACCES;
    if (place->directory.tree == K_VIRTUAL) return UMBRA_EROFS;
    return k_node_allows(kernel, place->directory, 2) ? 0 : UMBRA_EACCES;
}

int k_open_file(struct k_process *process, const char *path, unsigned flags, uint16_t mode,
                struct k_file **file)
{
    struct k_place place;
    struct k_stat stat = {0};
    int result = k_locate(process, path, flags & FS_EXCLUSIVE ? K_NO_FOLLOW : K_FOLLOW, &place);

    *file = NULL;
    if (result < 0) return result;
    if (place.node.ino && flags & FS_EXCLUSIVE) return UMBRA_EEXIST;
    if (place.node.ino == 0 && !(flags & FS_CREATE)) return UMBRA_ENOENT;
    if (place.node.ino == 0 && place.slash) return UMBRA_EISDIR;
    result = check_modes(process->kernel, &place, flags);
    if (result < 0) return result;
    if (place.node.ino) {
        result = k_node_stat(process->kernel, place.node, &stat);
        if (result < 0) return result;
        if (stat.kind == K_DIRECTORY) return open_directory(process, place.node, flags, file);
        if (place.slash || flags & FS_DIRECTORY) return UMBRA_ENOTDIR;
    }
    if (place.directory.tree != K_VIRTUAL) return open_regular(process, &place, flags, mode, file);
    *file = k_open_virtual(process, place.node, &result);
    return result;
}

int k_open_number(struct k_process *process, const char *path, unsigned flags, uint16_t mode)
{
    struct k_file *file;
    int result = k_open_file(process, path, flags, mode, &file);
    return result < 0 ? result : k_install(process, file, 0, true);
}

int k_truncate_number(struct k_process *process, int number, uint64_t size)
{
    struct k_file *file = k_descriptor(process, number);

    if (file == NULL) return UMBRA_EBADF;
    if (!(file->flags & K_WRITABLE) || file->kind->truncate == NULL) return UMBRA_EINVAL;
    return file->kind->truncate(file, size);
}

/* --- paths --- */

int k_stat_path(const struct k_process *process, const char *path, enum k_resolve_flag flags,
                struct k_stat *stat)
{
    struct k_node node;
    uint32_t detail, id;
    int result = k_resolve(process, path, flags, &node);

    if (result < 0) return result;
    /* A link to an open file stands for the file. */
    if (flags == K_FOLLOW && k_node_virtual(node, &detail, &id) == K_VIRTUAL_DESCRIPTOR) {
        struct k_process *about = k_find_process(process->kernel, id);
        return about ? k_stat_number(about, (int)detail, stat) : UMBRA_ENOENT;
    }
    return k_node_stat(process->kernel, node, stat);
}

int k_access(const struct k_process *process, const char *path, unsigned bits)
{
    struct k_stat stat = {0};
    int result = k_stat_path(process, path, K_FOLLOW, &stat);

    if (result < 0) return result;
    return ((stat.mode >> 6) & bits) == bits ? 0 : UMBRA_EACCES;
}

/* A place in a directory that may be changed, and a transaction for it. */
static int begin_change(struct k_process *process, const char *path, struct k_place *place)
{
    int result = k_locate(process, path, K_NO_FOLLOW, place);

    if (result < 0) return result;
    if (place->length == 0) return UMBRA_EBUSY; /* a root */
    if (place->directory.tree == K_VIRTUAL || place->node.tree != place->directory.tree)
        return place->node.ino ? UMBRA_EBUSY : UMBRA_EROFS;
    if (!k_node_allows(process->kernel, place->directory, 2)) return UMBRA_EACCES;
    return change_tree(process);
}

int k_make_directory(struct k_process *process, const char *path, uint16_t mode)
{
    struct k_place place;
    struct fs_view view;
    int result = k_locate(process, path, K_NO_FOLLOW, &place);

    if (result == 0 && place.node.ino) return UMBRA_EEXIST;
    if (result == 0) result = begin_change(process, path, &place);
    if (result < 0) return result;
    view = view_of(process->kernel, place.directory);
    return fs_make_directory(&view, place.name, place.length, mode & ~process->umask, now(process->kernel),
                             NULL);
}

int k_remove_directory(struct k_process *process, const char *path)
{
    struct k_place place;
    struct fs_view view;
    int result = begin_change(process, path, &place);

    if (result < 0) return result;
    view = view_of(process->kernel, place.directory);
    return fs_remove_directory(&view, place.name, place.length, now(process->kernel), NULL);
}

int k_unlink(struct k_process *process, const char *path)
{
    struct k_place place;
    struct fs_view view;
    struct k_stat stat = {0};
    int result = begin_change(process, path, &place);

    if (result < 0) return result;
    if (place.node.ino == 0) return UMBRA_ENOENT;
    result = k_node_stat(process->kernel, place.node, &stat);
    if (result == 0 && place.slash && stat.kind != K_DIRECTORY) result = UMBRA_ENOTDIR;
    if (result < 0) return result;
    view = view_of(process->kernel, place.directory);
    return fs_unlink(&view, place.name, place.length, now(process->kernel), NULL);
}

int k_rename(struct k_process *process, const char *from, const char *to)
{
    struct k_place old = {0}, new = {0};
    struct st_info info;
    int result = begin_change(process, from, &old);

    if (result == 0) result = begin_change(process, to, &new);
    if (result < 0) return result;
    if (old.directory.tree != new.directory.tree) return UMBRA_EXDEV;
    if (old.node.ino == 0) return UMBRA_ENOENT;
    if (strcmp(old.name, ".") == 0 || strcmp(old.name, "..") == 0) return UMBRA_EBUSY;
    if (strcmp(new.name, ".") == 0 || strcmp(new.name, "..") == 0) return UMBRA_EBUSY;
    if (st_info(process->kernel->store, k_node_root(old.node), old.node.ino, &info) < 0) return UMBRA_ENOENT;
    if ((old.slash || new.slash) && info.kind != ST_DIRECTORY) return UMBRA_ENOTDIR;
    result = st_rename(process->kernel->store, k_node_root(old.node), old.node.ino, new.directory.ino,
                       new.name, new.length, NULL);
    if (result < 0) return result;
    st_set_mtime(process->kernel->store, k_node_root(old.directory), old.directory.ino, now(process->kernel),
                 NULL);
    return st_set_mtime(process->kernel->store, k_node_root(new.directory), new.directory.ino,
                        now(process->kernel), NULL);
}

int k_make_link(struct k_process *process, const char *target, const char *path)
{
    struct k_place place;
    struct fs_view view;
    int result = k_locate(process, path, K_NO_FOLLOW, &place);

    if (result == 0 && place.node.ino) return UMBRA_EEXIST;
    if (result == 0 && place.slash) return UMBRA_ENOENT;
    if (result == 0) result = begin_change(process, path, &place);
    if (result < 0) return result;
    view = view_of(process->kernel, place.directory);
    return fs_symlink(&view, target, strlen(target), place.name, place.length, now(process->kernel), NULL);
}

int k_read_link(const struct k_process *process, const char *path, struct buffer *target)
{
    struct k_node node;
    struct k_stat stat = {0};
    int result = k_resolve(process, path, K_NO_FOLLOW, &node);

    if (result == 0) result = k_node_stat(process->kernel, node, &stat);
    if (result == 0 && stat.kind != K_LINK) result = UMBRA_EINVAL;
    return result < 0 ? result : k_node_target(process, node, target);
}

/* A node of the store whose properties are to be changed. */
static int begin_set(struct k_process *process, const char *path, enum k_resolve_flag flags,
                     struct k_node *node)
{
    int result = k_resolve(process, path, flags, node);

    if (result < 0) return result;
    return node->tree == K_VIRTUAL ? UMBRA_EROFS : change_tree(process);
}

int k_set_mode(struct k_process *process, const char *path, uint16_t mode)
{
    struct k_node node;
    int result = begin_set(process, path, K_FOLLOW, &node);
    return result < 0 ? result : st_set_mode(process->kernel->store, k_node_root(node), node.ino, mode, NULL);
}

int k_set_time(struct k_process *process, const char *path, enum k_resolve_flag flags, int64_t mtime)
{
    struct k_node node;
    int result = begin_set(process, path, flags, &node);
    return result < 0 ? result
                      : st_set_mtime(process->kernel->store, k_node_root(node), node.ino, mtime, NULL);
}

/* --- directories --- */

struct k_directory *k_make_directory_handle(struct kernel *kernel, struct k_node node)
{
    struct k_directory *directory = NULL;
    struct buffer path = {0};

    if (k_node_path(kernel, node, &path) == 0)
        directory = memory_take(&kernel->account, sizeof *directory + path.size + 1);
    if (directory) {
        directory->references = 1;
        directory->node = node;
        directory->size = path.size;
        memcpy(directory->path, path.data, path.size + 1);
    }
    buffer_free(&path);
    return directory;
}

void k_drop_directory(struct kernel *kernel, struct k_directory *directory)
{
    if (directory && --directory->references == 0)
        memory_give(&kernel->account, directory, sizeof *directory + directory->size + 1);
}

int k_change_directory(struct k_process *process, const char *path)
{
    struct k_directory *directory;
    struct k_node node;
    struct k_stat stat = {0};
    int result = k_resolve(process, path, K_FOLLOW, &node);

    if (result == 0) result = k_node_stat(process->kernel, node, &stat);
    if (result < 0) return result;
    if (stat.kind != K_DIRECTORY) return UMBRA_ENOTDIR;
    if (!(stat.mode & 0100)) return UMBRA_EACCES;
    directory = k_make_directory_handle(process->kernel, node);
    if (directory == NULL) return UMBRA_ENOMEM;
    k_drop_directory(process->kernel, process->directory);
    process->directory = directory;
    return 0;
}

static int add_name(struct arena *arena, struct k_listing *listing, const struct buffer *name,
                    enum k_kind kind)
{
    size_t count = listing->count;

    if ((count & (count - 1)) == 0) { /* full: a power of two, or none */
        size_t room = count ? 2 * count : 1;
        char **names = arena_take(arena, room * sizeof *names);
        enum k_kind *kinds = arena_take(arena, room * sizeof *kinds);
        if (names == NULL || kinds == NULL) return UMBRA_ENOMEM;
        if (count) memcpy(names, listing->names, count * sizeof *names);
        if (count) memcpy(kinds, listing->kinds, count * sizeof *kinds);
        listing->names = names;
        listing->kinds = kinds;
    }
    listing->names[count] = arena_copy(arena, name->data, name->size);
    if (listing->names[count] == NULL) return UMBRA_ENOMEM;
    listing->kinds[count] = kind;
    listing->count++;
    return 0;
}

int k_list(const struct k_process *process, const char *path, struct arena *arena, struct k_listing *listing)
{
    struct buffer name = {0};
    struct k_node node, entry;
    struct k_stat stat = {0};
    uint32_t index;
    int result = k_resolve(process, path, K_FOLLOW, &node);

    *listing = (struct k_listing){0};
    if (result == 0) result = k_node_stat(process->kernel, node, &stat);
    if (result < 0) return result;
    if (stat.kind != K_DIRECTORY) return UMBRA_ENOTDIR;
    if (!(stat.mode & 0400)) return UMBRA_EACCES;
    for (index = 0; result == 0; index++) {
        buffer_clear(&name);
        entry = k_node_entry(process->kernel, node, index, &name);
        if (entry.ino == 0) break;
        result = name.failed ? UMBRA_ENOMEM : k_node_stat(process->kernel, entry, &stat);
        if (result == 0) result = add_name(arena, listing, &name, stat.kind);
    }
    buffer_free(&name);
    return result;
}

/* --- words --- */

const char *k_error_text(int code)
{
    static const struct {
        int code;
        const char *text;
    } texts[] = {
        {UMBRA_EPERM, "Operation not permitted"},
        {UMBRA_ENOENT, "No such file or directory"},
        {UMBRA_ESRCH, "No such process"},
        {UMBRA_EIO, "Input/output error"},
        {UMBRA_ENXIO, "No such device or address"},
        {UMBRA_ENOEXEC, "Exec format error"},
        {UMBRA_EBADF, "Bad file descriptor"},
        {UMBRA_ECHILD, "No child processes"},
        {UMBRA_EAGAIN, "Resource temporarily unavailable"},
        {UMBRA_ENOMEM, "Cannot allocate memory"},
        {UMBRA_EACCES, "Permission denied"},
        {UMBRA_EBUSY, "Device or resource busy"},
        {UMBRA_EEXIST, "File exists"},
        {UMBRA_EXDEV, "Invalid cross-device link"},
        {UMBRA_ENOTDIR, "Not a directory"},
        {UMBRA_EISDIR, "Is a directory"},
        {UMBRA_EINVAL, "Invalid argument"},
        {UMBRA_EMFILE, "Too many open files"},
        {UMBRA_ENOTTY, "Inappropriate ioctl for device"},
        {UMBRA_EFBIG, "File too large"},
        {UMBRA_ENOSPC, "No space left on device"},
        {UMBRA_ESPIPE, "Illegal seek"},
        {UMBRA_EROFS, "Read-only file system"},
        {UMBRA_EPIPE, "Broken pipe"},
        {UMBRA_ENAMETOOLONG, "File name too long"},
        {UMBRA_ENOTEMPTY, "Directory not empty"},
        {UMBRA_ELOOP, "Too many levels of symbolic links"},
        {UMBRA_EOPNOTSUPP, "Operation not supported"},
    };
    size_t i;

    for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].code == code) return texts[i].text;
    return umbra_error_text(code);
}
