/* import_file.c: one file after the other, piece by piece. A file that the base has already is compared and
 * written only from the first difference on; what the user has changed is compared and never written. */
#include <stdlib.h>
#include <string.h>

#include "fs/path.h"
#include "runtime/import.h"

#define COPY_SIZE (1u << 20)
#define NEW_MODE  0644

bool import_is_about_file(int code)
{
    return code != UMBRA_ENOSPC && code != UMBRA_ENOMEM && code != UMBRA_EIO && code != UMBRA_ELIMIT &&
           code != UMBRA_EPARSE;
}

static bool is_kind(const struct store *store, enum st_root root, uint32_t ino, enum st_kind kind)
{
    struct st_info info;
    return ino && st_info(store, root, ino, &info) == 0 && info.kind == kind;
}

/* Whether a file has these bytes at this place: 1, 0 or a negative error. */
static int has_bytes(const struct store *store, enum st_root root, uint32_t ino, uint64_t offset,
                     const char *data, size_t size)
{
    char piece[8192];
    size_t done = 0;

    while (done < size) {
        size_t want = size - done < sizeof piece ? size - done : sizeof piece;
        int64_t got = st_read(store, root, ino, offset + done, piece, want);
        if (got < 0) return (int)got;
        if ((size_t)got != want || memcmp(piece, data + done, want) != 0) return 0;
        done += want;
    }
    return 1;
}

static uint64_t size_of(const struct store *store, enum st_root root, uint32_t ino)
{
    struct st_info info;
    return st_info(store, root, ino, &info) == 0 ? info.size : 0;
}

/* --- beginning --- */

/* The way to a new file leads through folders only, never through a link of the shadow's to somewhere else.
 */
static int check_way(const struct store *store, const struct buffer *path, struct error *error)
{
    size_t at;
    for (at = 0; at < path->size; at++) {
        uint32_t ino = path->data[at] == '/' && at ? import_lookup(store, ST_HEAD, path->data, at) : 0;
        if (is_kind(store, ST_HEAD, ino, ST_SYMLINK))
            return error_set(error, UMBRA_ENOTDIR, "%.*s is a symbolic link here, not a folder", (int)at,
                             path->data);
    }
    return 0;
}

static int create(struct umbra *runtime, struct error *error)
{
    struct import_file *file = &runtime->import->file;
    uint16_t mode = file->mode == UMBRA_MODE_UNKNOWN ? NEW_MODE : (uint16_t)(file->mode & 07777);
    struct fs_place place = {0};
    const struct import *import = runtime->import;
    int result = import->refresh || import->archive ? check_way(runtime->store, &file->path, error) : 0;

    if (result == 0)
        result = fs_locate(runtime->store, ST_HEAD, buffer_string(&file->path), file->path.size,
                           file->mtime < 0 ? 0 : file->mtime, &place, error);
    if (result < 0) return result;
    if (place.ino)
        return error_set(error, UMBRA_EEXIST, "%s is there %s", buffer_string(&file->path),
                         is_kind(runtime->store, ST_HEAD, place.ino, ST_DIRECTORY) ? "as a folder" : "twice");
    result = st_create(runtime->store, ST_HEAD, place.directory, place.name, place.name_length, file->kind,
                       mode, file->mtime, &file->head, error);
    if (result == 0) file->way = IMPORT_NEW;
    return result;
}

/* Where the pieces of a file go that a refresh brings. */
static int choose_way(struct umbra *runtime, struct error *error)
{
    struct import *import = runtime->import;
    struct import_file *file = &import->file;
    struct store *store = runtime->store;
    const char *path = buffer_string(&file->path);

    file->base = import_lookup(store, ST_BASE, path, file->path.size);
    file->head = import_lookup(store, ST_HEAD, path, file->path.size);
    file->change = import_find_change(import, path, file->path.size);
    file->like_base = is_kind(store, ST_BASE, file->base, file->kind);
    file->like_head = is_kind(store, ST_HEAD, file->head, file->kind);
    if (file->like_base) import->owed--;
    if (file->change) {
        file->way = IMPORT_CHECK;
        return 0;
    }
    if (file->like_base && file->like_head) {
        file->way = IMPORT_COMPARE;
        return 0;
    }
    import->dirty = true;
    if (file->head && !is_kind(store, ST_HEAD, file->head, ST_DIRECTORY)) {
        int result = st_forget_file(store, file->head, error);
        if (result < 0) return result;
    }
    file->base = 0;
    return create(runtime, error);
}

/* A member of an archive replaces what is there, as unpacking would; a directory stays. */
static int choose_archive_way(struct umbra *runtime, struct error *error)
{
    struct import_file *file = &runtime->import->file;
    struct store *store = runtime->store;
    int result = 0;

    runtime->import->dirty = true;
    file->head = import_lookup(store, ST_HEAD, buffer_string(&file->path), file->path.size);
    file->replaced = file->head && !is_kind(store, ST_HEAD, file->head, ST_DIRECTORY);
    if (is_kind(store, ST_HEAD, file->head, file->kind)) {
        file->way = IMPORT_WRITE;
        return st_replace(store, ST_HEAD, file->head, "", 0, error);
    }
    if (file->replaced) result = st_remove(store, ST_HEAD, file->head, error);
    return result < 0 ? result : create(runtime, error);
}

/* --- pieces --- */

static int write_piece(struct umbra *runtime, const struct import_entry *entry, struct error *error)
{
    struct import_file *file = &runtime->import->file;
    int result = 0;

    if (entry->data_size == 0) return 0;
    if (file->offset)
        result = st_append(runtime->store, ST_HEAD, file->head, entry->data, entry->data_size, error);
    else
        result = st_replace(runtime->store, ST_HEAD, file->head, entry->data, entry->data_size, error);
    file->offset += entry->data_size;
    return result;
}

/* The file is another one from here on: what was the same so far is copied. */
static int begin_writing(struct umbra *runtime, struct error *error)
{
    struct import_file *file = &runtime->import->file;
    struct store *store = runtime->store;
    char *piece = NULL;
    uint64_t at;
    int result;

    runtime->import->dirty = true;
    file->way = IMPORT_WRITE;
    result = st_replace(store, ST_HEAD, file->head, "", 0, error);
    if (result < 0 || file->offset == 0) return result;
    piece = malloc(COPY_SIZE);
    if (piece == NULL) return error_memory(error);
    for (at = 0; at < file->offset && result == 0; at += COPY_SIZE) {
        size_t want = file->offset - at < COPY_SIZE ? (size_t)(file->offset - at) : COPY_SIZE;
        int64_t got = st_read(store, ST_BASE, file->base, at, piece, want);
        if (got != (int64_t)want)
            result = error_set(error, UMBRA_EIO, "%s could not be read back", buffer_string(&file->path));
        else
            result = st_append(store, ST_HEAD, file->head, piece, want, error);
    }
    free(piece);
    return result;
}

static int compare_piece(struct umbra *runtime, const struct import_entry *entry, struct error *error)
{
    struct import_file *file = &runtime->import->file;
    int same = has_bytes(runtime->store, ST_BASE, file->base, file->offset, entry->data, entry->data_size);
    int result;

    if (same < 0) return error_set(error, same, "%s could not be compared", buffer_string(&file->path));
    if (same) {
        file->offset += entry->data_size;
        return 0;
    }
    result = begin_writing(runtime, error);
    return result < 0 ? result : write_piece(runtime, entry, error);
}

static int check_piece(struct umbra *runtime, const struct import_entry *entry, struct error *error)
{
    struct import_file *file = &runtime->import->file;
    int base = file->like_base, head = file->like_head;

    if (base)
        base = has_bytes(runtime->store, ST_BASE, file->base, file->offset, entry->data, entry->data_size);
    if (head)
        head = has_bytes(runtime->store, ST_HEAD, file->head, file->offset, entry->data, entry->data_size);
    if (base < 0 || head < 0)
        return error_set(error, base < 0 ? base : head, "%s could not be compared",
                         buffer_string(&file->path));
    file->like_base = base;
    file->like_head = head;
    file->offset += entry->data_size;
    return 0;
}

static int take_piece(struct umbra *runtime, const struct import_entry *entry, struct error *error)
{
    switch (runtime->import->file.way) {
    case IMPORT_NEW:
    case IMPORT_WRITE:
        return write_piece(runtime, entry, error);
    case IMPORT_COMPARE:
        return compare_piece(runtime, entry, error);
    case IMPORT_CHECK:
        return check_piece(runtime, entry, error);
    default:
        return 0;
    }
}

int import_file_begin(struct umbra *runtime, const struct import_entry *entry, struct error *error)
{
    struct import_file *file = &runtime->import->file;
    struct buffer path = file->path;
    int result;

    buffer_clear(&path);
    buffer_put(&path, entry->path, entry->path_size);
    *file = (struct import_file){.path = path,
                                 .kind = entry->flags & UMBRA_ENTRY_LINK ? ST_SYMLINK : ST_FILE,
                                 .mode = entry->mode,
                                 .mtime = entry->mtime};
    if (path.failed) return error_memory(error);
    result = runtime->import->refresh   ? choose_way(runtime, error)
             : runtime->import->archive ? choose_archive_way(runtime, error)
                                        : create(runtime, error);
    return result < 0 ? result : take_piece(runtime, entry, error);
}

int import_file_append(struct umbra *runtime, const struct import_entry *entry, struct error *error)
{
    const struct buffer *path = &runtime->import->file.path;

    if (path->size != entry->path_size || memcmp(buffer_string(path), entry->path, path->size) != 0)
        return error_set(error, UMBRA_EPARSE, "an import batch goes on with a file that it did not begin");
    return take_piece(runtime, entry, error);
}

int import_file_copy(struct umbra *runtime, uint32_t from, struct error *error)
{
    uint64_t size = size_of(runtime->store, ST_HEAD, from), at;
    char *piece = malloc(COPY_SIZE);
    int result = piece ? 0 : error_memory(error);

    for (at = 0; at < size && result == 0; at += COPY_SIZE) {
        size_t want = size - at < COPY_SIZE ? (size_t)(size - at) : COPY_SIZE;
        struct import_entry entry = {.data = piece, .data_size = (uint32_t)want};
        if (st_read(runtime->store, ST_HEAD, from, at, piece, want) != (int64_t)want)
            result = error_set(error, UMBRA_EIO, "%s could not be copied",
                               buffer_string(&runtime->import->file.path));
        else
            result = take_piece(runtime, &entry, error);
    }
    free(piece);
    return result;
}

/* --- the end --- */

static int set_both(struct store *store, enum st_root root, uint32_t ino, uint32_t mode, int64_t mtime,
                    struct error *error)
{
    int result = st_set_mtime(store, root, ino, mtime, error);
    if (result == 0 && mode != UMBRA_MODE_UNKNOWN)
        result = st_set_mode(store, root, ino, (uint16_t)mode, error);
    return result;
}

/* The content is what the base has: its time and mode follow the real file's, and so do the shadow's where
 * the user has not changed them. */
static int follow(struct umbra *runtime, struct error *error)
{
    struct import_file *file = &runtime->import->file;
    struct st_info base, head;
    bool there = file->head && st_info(runtime->store, ST_HEAD, file->head, &head) == 0;
    uint32_t mode = file->mode == UMBRA_MODE_UNKNOWN ? file->mode : file->mode & 07777;
    int result = st_info(runtime->store, ST_BASE, file->base, &base);

    runtime->import->unchanged++;
    if (result < 0) return error_set(error, result, "%s is gone", buffer_string(&file->path));
    if (base.mtime == file->mtime && (mode == UMBRA_MODE_UNKNOWN || base.mode == mode)) return 0;
    runtime->import->dirty = true;
    if (there && file->change == NULL)
        result = set_both(runtime->store, ST_HEAD, file->head, mode, file->mtime, error);
    else if (there && file->change->kind == ST_MODIFIED && head.mode == base.mode &&
             mode != UMBRA_MODE_UNKNOWN)
        result = st_set_mode(runtime->store, ST_HEAD, file->head, (uint16_t)mode, error);
    return result < 0 ? result : set_both(runtime->store, ST_BASE, file->base, mode, file->mtime, error);
}

static void count_taken(struct import *import)
{
    import->files++;
    import->bytes += import->file.offset;
    import->dirty = true;
}

/* The real file has come to be what the shadow has: no change any more. */
static int agree(struct umbra *runtime, struct error *error)
{
    struct import_file *file = &runtime->import->file;
    struct store *store = runtime->store;
    struct st_info base, head;
    uint32_t mode = file->mode;
    bool own_mode; /* the user has changed it */
    int result = st_info(store, ST_HEAD, file->head, &head);

    if (result < 0) return error_set(error, result, "%s is gone", buffer_string(&file->path));
    own_mode = file->base && st_info(store, ST_BASE, file->base, &base) == 0 && head.mode != base.mode;
    if (own_mode && mode == UMBRA_MODE_UNKNOWN) mode = base.mode;
    result = st_accept_change(store, file->change, error);
    if (result < 0) return result;
    file->base = import_lookup(store, ST_BASE, buffer_string(&file->path), file->path.size);
    result = set_both(store, ST_BASE, file->base, mode, file->mtime, error);
    if (result == 0 && !own_mode && mode != UMBRA_MODE_UNKNOWN)
        result = st_set_mode(store, ST_HEAD, file->head, (uint16_t)mode, error);
    if (result == 0) count_taken(runtime->import);
    return result;
}

static const char *conflict_of(const struct import_file *file)
{
    switch (file->change->kind) {
    case ST_ADDED:
        return "a file of this name was made both here and in the real folder; yours was kept";
    case ST_DELETED:
        return "it was deleted here and changed in the real folder; here it stays deleted";
    case ST_RENAMED:
        return strcmp(file->change->path, buffer_string(&file->path)) == 0
                   ? "a file was renamed to this name here, and another has it in the real folder; yours was "
                     "kept"
                   : "it was renamed here and changed in the real folder; yours was kept";
    default:
        return "it was changed both here and in the real folder; yours was kept";
    }
}

static int end_check(struct umbra *runtime, struct error *error)
{
    struct import_file *file = &runtime->import->file;
    const struct store *store = runtime->store;
    const char *path = buffer_string(&file->path);

    if (file->like_base && size_of(store, ST_BASE, file->base) == file->offset) return follow(runtime, error);
    if (file->like_head && size_of(store, ST_HEAD, file->head) == file->offset) {
        if (file->change->kind != ST_RENAMED) return agree(runtime, error);
        if (strcmp(file->change->path, path) == 0) return 0; /* the same rename, seen from its new end */
    }
    return import_conflict(runtime->import, path, file->path.size, conflict_of(file), error);
}

static int end_writing(struct umbra *runtime, struct error *error)
{
    struct import_file *file = &runtime->import->file;
    int result = 0;

    if (file->way == IMPORT_WRITE)
        result = set_both(runtime->store, ST_HEAD, file->head, file->mode, file->mtime, error);
    if (result == 0 && runtime->import->refresh)
        result = st_adopt(runtime->store, ST_BASE, ST_HEAD, file->head, error);
    if (result == 0) count_taken(runtime->import);
    return result;
}

int import_file_end(struct umbra *runtime, struct error *error)
{
    struct import_file *file = &runtime->import->file;
    int result = 0;

    if (file->way == IMPORT_COMPARE && file->offset < size_of(runtime->store, ST_BASE, file->base))
        result = begin_writing(runtime, error);
    if (result < 0) return result;
    if (file->way == IMPORT_COMPARE) result = follow(runtime, error);
    if (file->way == IMPORT_CHECK) result = end_check(runtime, error);
    if (file->way == IMPORT_NEW || file->way == IMPORT_WRITE) result = end_writing(runtime, error);
    if (result == 0) file->way = IMPORT_NOTHING;
    return result;
}

/* What an archive's member went over is there again. */
static int drop_member(struct umbra *runtime, enum import_way way, struct error *error)
{
    const struct import_archive *archive = runtime->import->archive;
    const struct import_file *file = &runtime->import->file;
    enum st_root before = st_checkpoint_root(archive->checkpoint);
    struct store *store = runtime->store;
    uint32_t ino;
    int result = 0;

    if (way == IMPORT_NEW || way == IMPORT_WRITE) result = st_remove(store, ST_HEAD, file->head, error);
    if (result < 0 || !file->replaced || !archive->as_changes) return result;
    if (!st_has_checkpoint(store, archive->checkpoint)) /* dropped to make space */
        return error_set(error, UMBRA_ENOSPC, "there is no space to import the archive");
    ino = import_lookup(store, before, buffer_string(&file->path), file->path.size);
    return ino && !is_kind(store, before, ino, ST_DIRECTORY) ? st_adopt(store, ST_HEAD, before, ino, error)
                                                             : 0;
}

int import_file_drop(struct umbra *runtime, struct error *error)
{
    struct import_file *file = &runtime->import->file;
    enum import_way way = file->way;
    int result;

    file->way = IMPORT_NOTHING;
    if (runtime->import->archive) return drop_member(runtime, way, error);
    if (way != IMPORT_NEW && way != IMPORT_WRITE) return 0;
    result = st_forget_file(runtime->store, file->head, error);
    if (result == 0 && way == IMPORT_WRITE && file->base != file->head)
        result = st_adopt(runtime->store, ST_BASE, ST_HEAD, file->base, error);
    return result;
}
