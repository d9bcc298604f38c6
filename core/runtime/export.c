/* export.c: a tree of the workspace as an archive, in pieces of a few megabytes. The tree stays as it was
 * when the export began, whatever is done to the workspace meanwhile. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fs/tar.h"
#include "fs/walk.h"
#include "runtime/comparison.h"

#define PIECE_SIZE (4u << 20) /* bytes that an answer has, about, when the caller names no number */
#define PIECE_MAX  (8u << 20)
#define DATA_SIZE  (1u << 20) /* of a file at a time */

struct export
{
    bool tar; /* else entries, as in a batch of an import */
    struct fs_walk walk;
    bool within;   /* the file walk.info is being read */
    uint64_t done; /* bytes of it that were */
    bool ended;
    uint32_t files;
    uint64_t bytes;
};

void export_close(struct umbra *runtime)
{
    if (runtime->export == NULL) return;
    fs_walk_end(&runtime->export->walk);
    st_end_view(runtime->store);
    free(runtime->export);
    runtime->export = NULL;
}

static int fail(struct umbra *runtime, int result)
{
    export_close(runtime);
    return result;
}

/* --- beginning --- */

struct totals {
    uint32_t files, directories;
    uint64_t bytes;
};

static int begin_walk(struct umbra *runtime, struct fs_walk *walk, struct error *error)
{
    int result = fs_walk_begin(walk, runtime->store, ST_VIEW, ST_ROOT_INO);

    walk->directories = true;
    return result < 0
               ? error_set(error, result, "the workspace could not be listed: %s", umbra_error_text(result))
               : 0;
}

static int count(struct umbra *runtime, struct totals *totals, struct error *error)
{
    struct fs_walk walk = {0};
    int result = begin_walk(runtime, &walk, error), more = 0;

    *totals = (struct totals){0};
    while (result == 0 && (more = fs_walk_next(&walk)) > 0) {
        if (walk.info.kind == ST_DIRECTORY)
            totals->directories++;
        else
            totals->files++;
        totals->bytes += walk.info.size;
    }
    fs_walk_end(&walk);
    return more < 0 ? error_memory(error) : result;
}

/* {tree?, format?}: "tar", or "entries" for a host that packs them itself. */
int export_begin(struct umbra *runtime, struct request *request, struct error *error)
{
    const char *format = json_string(request->body, "format", "tar");
    enum st_root root = ST_HEAD;
    struct totals totals;
    int result = comparison_root(runtime, request, "tree", ST_HEAD, &root, error);

    if (result < 0) return result;
    if (strcmp(format, "tar") != 0 && strcmp(format, "entries") != 0)
        return error_set(error, UMBRA_EINVAL, "\"format\" must be \"tar\" or \"entries\"");
    if (runtime->export)
        return error_set(error, UMBRA_EBUSY, "an export is running; wait for it to end, or end it");
    result = st_begin_view(runtime->store, root, error);
    if (result < 0) return result;
    runtime->export = calloc(1, sizeof *runtime->export);
    if (runtime->export == NULL) {
        st_end_view(runtime->store);
        return error_memory(error);
    }
    runtime->export->tar = *format == 't';
    result = count(runtime, &totals, error);
    if (result == 0) result = begin_walk(runtime, &runtime->export->walk, error);
    if (result < 0) return fail(runtime, result);
    buffer_printf(&request->result, "{\"files\":%u,\"directories\":%u,\"bytes\":%" PRIu64 "}", totals.files,
                  totals.directories, totals.bytes);
    return 0;
}

/* --- pieces --- */

static int read_failed(const struct export *export, int64_t got, struct error *error)
{
    return error_set(error, got < 0 ? (int)got : UMBRA_EIO, "%.300s could not be read: %s",
                     buffer_string(&export->walk.path), umbra_error_text(got < 0 ? (int)got : UMBRA_EIO));
}

/* Appends bytes of the file in hand. */
static int put_data(const struct umbra *runtime, struct buffer *out, size_t size, struct error *error)
{
    struct export *export = runtime->export;
    int64_t got;

    if (buffer_reserve(out, size) < 0) return error_memory(error);
    got = st_read(runtime->store, ST_VIEW, export->walk.info.ino, export->done, out->data + out->size, size);
    if (got != (int64_t)size) return read_failed(export, got, error);
    out->size += size;
    out->data[out->size] = '\0';
    export->done += size;
    export->bytes += size;
    return 0;
}

static int put_tar_header(const struct umbra *runtime, struct buffer *out, struct error *error)
{
    const struct export *export = runtime->export;
    const struct st_info *info = &export->walk.info;
    struct fs_tar_entry entry = {.kind = info->kind == ST_DIRECTORY ? FS_TAR_DIRECTORY
                                         : info->kind == ST_SYMLINK ? FS_TAR_SYMLINK
                                                                    : FS_TAR_FILE,
                                 .path = export->walk.path.data,
                                 .path_size = export->walk.path.size,
                                 .mode = info->mode,
                                 .mtime = info->mtime};
    struct buffer target = {0};
    int64_t got;
    int result;

    if (info->kind == ST_FILE) entry.size = info->size;
    if (info->kind != ST_SYMLINK) return fs_tar_put_header(out, &entry, error);
    if (buffer_reserve(&target, (size_t)info->size) < 0) return error_memory(error);
    got = st_read(runtime->store, ST_VIEW, info->ino, 0, target.data, (size_t)info->size);
    entry.link = target.data;
    entry.link_size = (size_t)info->size;
    result =
        got == (int64_t)info->size ? fs_tar_put_header(out, &entry, error) : read_failed(export, got, error);
    buffer_free(&target);
    return result;
}

static uint32_t flags_of(const struct export *export)
{
    if (export->walk.info.kind == ST_DIRECTORY) return UMBRA_ENTRY_DIRECTORY;
    return (export->walk.info.kind == ST_SYMLINK ? UMBRA_ENTRY_LINK : 0) |
           (export->done ? UMBRA_ENTRY_APPEND : 0);
}

static void put_entry_header(const struct export *export, struct buffer *out, size_t size)
{
    const struct st_info *info = &export->walk.info;
    bool more = info->kind != ST_DIRECTORY && export->done + size < info->size;

    buffer_put_u32(out, (uint32_t) export->walk.path.size);
    buffer_put_u32(out, (uint32_t)size);
    buffer_put_u32(out, info->mode);
    buffer_put_u32(out, flags_of(export) | (more ? UMBRA_ENTRY_MORE : 0));
    buffer_put_u64(out, (uint64_t)info->mtime);
    buffer_put(out, export->walk.path.data, export->walk.path.size);
}

/* The next part of the file in hand, at most so much; a link's target goes as a whole. */
static int put_part(const struct umbra *runtime, struct buffer *out, size_t most, struct error *error)
{
    struct export *export = runtime->export;
    uint64_t left = export->walk.info.size - export->done;
    size_t size = left < most || export->walk.info.kind == ST_SYMLINK ? (size_t)left : most;
    int result;

    if (!export->tar) put_entry_header(export, out, size);
    result = put_data(runtime, out, size, error);
    if (result < 0) return result;
    export->within = export->done < export->walk.info.size;
    if (!export->within && export->tar) fs_tar_put_padding(out, export->done);
    return 0;
}

/* Begins the next file, link or directory, or ends the archive. */
static int put_next(const struct umbra *runtime, struct buffer *out, size_t most, struct error *error)
{
    struct export *export = runtime->export;
    int more = fs_walk_next(&export->walk);
    enum st_kind kind = export->walk.info.kind;

    if (more < 0) return error_memory(error);
    if (more == 0) {
        if (export->tar) fs_tar_put_end(out);
        export->ended = true;
        return 0;
    }
    export->done = 0;
    export->files += kind != ST_DIRECTORY;
    if (!export->tar && kind == ST_DIRECTORY) put_entry_header(export, out, 0);
    if (!export->tar) return kind == ST_DIRECTORY ? 0 : put_part(runtime, out, most, error);
    export->within = kind == ST_FILE && export->walk.info.size;
    return put_tar_header(runtime, out, error);
}

/* {length?}: the next bytes, about so many. After the last ones the export is over. */
int export_next(struct umbra *runtime, struct request *request, struct error *error)
{
    struct export *export = runtime->export;
    double length = json_number(request->body, "length", PIECE_SIZE);
    struct buffer *out = &request->bytes;
    size_t most;
    int result = 0;

    if (export == NULL) return error_set(error, UMBRA_EINVAL, "no export is running");
    if (!(length >= 1 && length <= PIECE_MAX))
        return error_set(error, UMBRA_EINVAL, "\"length\" must be a number from 1 to %u", PIECE_MAX);
    most = length < DATA_SIZE ? (size_t)length : DATA_SIZE;
    while (result == 0 && !export->ended && out->size < (size_t)length)
        result = export->within ? put_part(runtime, out, most, error) : put_next(runtime, out, most, error);
    if (result == 0 && out->failed) result = error_memory(error);
    if (result < 0) return fail(runtime, result);
    buffer_printf(&request->result, "{\"done\":%s,\"files\":%u,\"bytes\":%" PRIu64 "}",
                  export->ended ? "true" : "false", export->files, export->bytes);
    if (export->ended) export_close(runtime);
    return 0;
}

/* Ends it early; none running is fine. */
int export_end(struct umbra *runtime, struct request *request, struct error *error)
{
    (void)request;
    (void)error;
    export_close(runtime);
    return 0;
}
