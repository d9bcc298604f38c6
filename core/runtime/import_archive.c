/* import_archive.c: the members of an archive, from a tar in pieces or, unpacked by the host, from batches.
 * Each goes where its name leads inside the workspace, over what is there; what leads elsewhere is left out.
 */
#include <stdlib.h>
#include <string.h>

#include "fs/member.h"
#include "fs/path.h"
#include "runtime/import.h"

struct import_archive *import_archive_new(void)
{
    return calloc(1, sizeof(struct import_archive));
}

void import_archive_free(struct import_archive *archive)
{
    if (archive == NULL) return;
    fs_tar_free(&archive->tar);
    buffer_free(&archive->name);
    buffer_free(&archive->path);
    buffer_free(&archive->noted);
    free(archive);
}

/* --- where a member goes --- */

/* The length of the path up to the first part that is left out by name; 0: none is. */
static size_t find_excluded(const struct import *import, const struct buffer *path)
{
    const cJSON *name;
    size_t at, end;

    for (at = 0; at < path->size; at = end + 1) {
        const char *slash = memchr(path->data + at, '/', path->size - at);
        end = slash ? (size_t)(slash - path->data) : path->size;
        cJSON_ArrayForEach(name, import->exclude)
        {
            if (strlen(name->valuestring) == end - at &&
                memcmp(name->valuestring, path->data + at, end - at) == 0)
                return end;
        }
    }
    return 0;
}

/* Says it once for all that is below. */
static int note_excluded(struct import *import, size_t length, struct error *error)
{
    struct import_archive *archive = import->archive;
    struct buffer *noted = &archive->noted;

    if (noted->size == length && memcmp(noted->data, archive->path.data, length) == 0) return 0;
    buffer_clear(noted);
    buffer_put(noted, archive->path.data, length);
    if (noted->failed) return error_memory(error);
    return import_skip(import, archive->path.data, length, "name", "left out by name", error);
}

static int leave_out(struct import *import, const char *reason, struct error *error)
{
    return import_skip(import, buffer_string(&import->archive->name), import->archive->name.size, NULL,
                       reason, error);
}

/* Finds out where the member in hand goes: 1 when it is to be taken in, 0 when not (and that is noted). */
static int place(struct umbra *runtime, const char *name, size_t length, bool directory, struct error *error)
{
    struct import *import = runtime->import;
    struct import_archive *archive = import->archive;
    const char *reason = NULL;
    enum fs_member kind = fs_member_path(name, length, &archive->path, &reason);
    size_t excluded;

    archive->taking = false;
    buffer_clear(&archive->name);
    buffer_put(&archive->name, name, length);
    if (archive->name.failed || archive->path.failed) return error_memory(error);
    if (kind == FS_MEMBER_ROOT && directory) return 0;
    if (kind == FS_MEMBER_ROOT) reason = "it has no name";
    if (kind != FS_MEMBER_PATH) return leave_out(import, reason, error);
    excluded = find_excluded(import, &archive->path);
    if (excluded) return note_excluded(import, excluded, error);
    return 1;
}

/* --- directories --- */

/* Goes into an entry of a directory, which is made when it is not there; 0 in *next when something else is.
 */
static int enter(struct umbra *runtime, uint32_t directory, const char *name, size_t length,
                 const struct import_entry *entry, uint32_t *next, struct error *error)
{
    struct st_info info;

    *next = st_lookup(runtime->store, ST_HEAD, directory, name, length);
    if (*next == 0)
        return st_create(runtime->store, ST_HEAD, directory, name, length, ST_DIRECTORY, 0755, entry->mtime,
                         next, error);
    if (st_info(runtime->store, ST_HEAD, *next, &info) == 0 && info.kind != ST_DIRECTORY) *next = 0;
    return 0;
}

/* Makes a directory with those that it is in. One that was there before keeps mode and time. */
static int make_directory(struct umbra *runtime, const struct import_entry *entry, struct error *error)
{
    struct import *import = runtime->import;
    const struct buffer *path = &import->archive->path;
    uint32_t ino = ST_ROOT_INO, known = import_lookup(runtime->store, ST_HEAD, path->data, path->size);
    size_t at, end;
    int result = 0;

    if (known && import->archive->as_changes) return 0;
    import->dirty = true;
    for (at = 0; at < path->size && result == 0; at = end + 1) {
        const char *slash = memchr(path->data + at, '/', path->size - at);
        end = slash ? (size_t)(slash - path->data) : path->size;
        result = enter(runtime, ino, path->data + at, end - at, entry, &ino, error);
        if (result == 0 && ino == 0) return leave_out(import, "a file or link stands in its place", error);
    }
    if (result == 0) result = st_set_mtime(runtime->store, ST_HEAD, ino, entry->mtime, error);
    if (result == 0 && entry->mode != UMBRA_MODE_UNKNOWN)
        result = st_set_mode(runtime->store, ST_HEAD, ino, (uint16_t)(entry->mode & 07777), error);
    if (result < 0 && import_is_about_file(result)) return leave_out(import, error->message, error);
    return result;
}

/* --- files and links --- */

static const char *bad_target(const struct import_entry *entry)
{
    if (entry->data_size == 0) return "a symbolic link to nothing cannot be kept";
    if (entry->data_size > FS_PATH_MAX) return "a symbolic link to so long a path cannot be kept";
    if (memchr(entry->data, '\0', entry->data_size)) return "a symbolic link with a NUL in it cannot be kept";
    return NULL;
}

/* Waiting for the commit to say it would fill the memory first. */
static int check_count(const struct umbra *runtime, struct error *error)
{
    struct st_usage usage;

    st_usage(runtime->store, &usage);
    if (usage.files <= runtime->store_limits.max_files) return 0;
    return error_set(error, UMBRA_ELIMIT,
                     "the archive has more files than the workspace may hold: %u (max_files)",
                     runtime->store_limits.max_files);
}

static int begin_file(struct umbra *runtime, const struct import_entry *entry, struct error *error)
{
    struct import_archive *archive = runtime->import->archive;
    struct import_entry placed = *entry;
    int result = check_count(runtime, error);

    if (result < 0) return result;
    placed.path = archive->path.data;
    placed.path_size = (uint32_t)archive->path.size;
    archive->taking = true;
    return import_survive(runtime, import_file_begin(runtime, &placed, error), error);
}

static int take_link(struct umbra *runtime, const struct import_entry *entry, struct error *error)
{
    const char *reason = bad_target(entry);

    return reason ? leave_out(runtime->import, reason, error) : begin_file(runtime, entry, error);
}

/* A further name of a file is a file of its own here. */
static int take_hard_link(struct umbra *runtime, const struct fs_tar_entry *member, struct error *error)
{
    struct import *import = runtime->import;
    struct import_entry entry = {.mode = member->mode, .mtime = member->mtime};
    struct buffer source = {0};
    const char *reason = NULL;
    struct st_info info;
    uint32_t from = 0;
    int result;

    if (fs_member_path(member->link, member->link_size, &source, &reason) == FS_MEMBER_PATH && !source.failed)
        from = import_lookup(runtime->store, ST_HEAD, source.data, source.size);
    result = source.failed ? error_memory(error) : 0;
    buffer_free(&source);
    if (result < 0) return result;
    if (from == 0 || st_info(runtime->store, ST_HEAD, from, &info) < 0 || info.kind == ST_DIRECTORY)
        return leave_out(import, "the file that it is a hard link to is not there", error);
    if (from ==
        import_lookup(runtime->store, ST_HEAD, import->archive->path.data, import->archive->path.size))
        return 0;
    if (info.kind == ST_SYMLINK) entry.flags = UMBRA_ENTRY_LINK;
    result = begin_file(runtime, &entry, error);
    if (result == 0 && import->file.way != IMPORT_NOTHING)
        result = import_survive(runtime, import_file_copy(runtime, from, error), error);
    return result;
}

/* --- batches --- */

static int append(struct umbra *runtime, const struct import_entry *entry, struct error *error)
{
    struct import_archive *archive = runtime->import->archive;
    struct import_entry placed = *entry;

    if (archive->name.size != entry->path_size ||
        memcmp(buffer_string(&archive->name), entry->path, entry->path_size) != 0)
        return error_set(error, UMBRA_EPARSE, "an import batch goes on with a file that it did not begin");
    if (!archive->taking) return 0;
    placed.path = archive->path.data;
    placed.path_size = (uint32_t)archive->path.size;
    return import_survive(runtime, import_file_append(runtime, &placed, error), error);
}

int import_archive_entry(struct umbra *runtime, const struct import_entry *entry, struct error *error)
{
    bool directory = entry->flags & UMBRA_ENTRY_DIRECTORY;
    int result;

    if (runtime->import->archive->is_tar)
        return error_set(error, UMBRA_EINVAL, "an import takes a tar archive or batches, not both");
    if (entry->flags & UMBRA_ENTRY_APPEND) return append(runtime, entry, error);
    result = import_survive(runtime, import_file_end(runtime, error), error);
    if (result == 0) result = place(runtime, entry->path, entry->path_size, directory, error);
    if (result <= 0) return result;
    if (directory) return make_directory(runtime, entry, error);
    return entry->flags & UMBRA_ENTRY_LINK ? take_link(runtime, entry, error)
                                           : begin_file(runtime, entry, error);
}

/* --- tar --- */

static int take_member(struct umbra *runtime, const struct fs_tar_entry *member, struct error *error)
{
    struct import_entry entry = {.mode = member->mode, .mtime = member->mtime};
    int result = place(runtime, member->path, member->path_size, member->kind == FS_TAR_DIRECTORY, error);

    if (result <= 0) return result;
    switch (member->kind) {
    case FS_TAR_FILE:
        return begin_file(runtime, &entry, error);
    case FS_TAR_DIRECTORY:
        return make_directory(runtime, &entry, error);
    case FS_TAR_SYMLINK:
        entry.flags = UMBRA_ENTRY_LINK;
        entry.data = member->link;
        entry.data_size = (uint32_t)member->link_size;
        return take_link(runtime, &entry, error);
    case FS_TAR_HARDLINK:
        return take_hard_link(runtime, member, error);
    default:
        return leave_out(runtime->import, member->reason, error);
    }
}

static int take_event(struct umbra *runtime, int event, struct error *error)
{
    struct import_archive *archive = runtime->import->archive;
    struct import_entry piece = {.path = archive->path.data,
                                 .path_size = (uint32_t)archive->path.size,
                                 .data = archive->tar.data,
                                 .data_size = (uint32_t)archive->tar.data_size};

    switch (event) {
    case FS_TAR_ENTRY:
        return take_member(runtime, &archive->tar.entry, error);
    case FS_TAR_DATA:
        return archive->taking ? import_survive(runtime, import_file_append(runtime, &piece, error), error)
                               : 0;
    case FS_TAR_ENTRY_END:
        return import_survive(runtime, import_file_end(runtime, error), error);
    default:
        return 0;
    }
}

static int read_piece(struct umbra *runtime, const struct request *request, struct error *error)
{
    struct fs_tar_reader *reader = &runtime->import->archive->tar;
    size_t at = 0, used;
    int event, result = 0;

    do {
        event = fs_tar_read(reader, request->blob + at, request->blob_size - at, &used, error);
        at += used;
        result = event < 0 ? event : take_event(runtime, event, error);
    } while (result == 0 && event != FS_TAR_MORE);
    return result;
}

/* The next bytes of a tar archive; answered as a batch is. */
int import_tar(struct umbra *runtime, struct request *request, struct error *error)
{
    struct import *import = runtime->import;
    int result;

    if (import == NULL || import->archive == NULL)
        return error_set(error, UMBRA_EINVAL, "no import of an archive is running");
    import->archive->is_tar = true;
    import->archive->tar.header_max = (size_t)runtime->archive_header_bytes;
    result = read_piece(runtime, request, error);
    if (result < 0) {
        import_close(runtime);
        return result;
    }
    import_put_progress(runtime, &request->result);
    return 0;
}

int import_archive_end(struct umbra *runtime, struct error *error)
{
    const struct import_archive *archive = runtime->import->archive;
    return archive->is_tar ? fs_tar_finish(&archive->tar, error) : 0;
}
