/* import.c: taking a folder in. All batches from import_begin to import_end are one transaction: a folder is
 * imported whole, or the workspace stays as it was. */
#include <inttypes.h>
#include <string.h>

#include "fs/path.h"
#include "fs/walk.h"
#include "runtime/runtime.h"

struct entry {
    const char *path, *data;
    uint32_t path_size, data_size, mode, flags;
    int64_t mtime;
};

void import_close(struct umbra *runtime)
{
    if (runtime->import.active) st_rollback(runtime->store);
    runtime->import.active = false;
    st_free_changes(&runtime->import.changes);
}

/* Empties the workspace, unless that would lose what the user has not committed. */
static int begin_anew(struct umbra *runtime, bool discard, struct error *error)
{
    size_t count = runtime->import.changes.count;

    if (count && !discard)
        return error_set(
            error, UMBRA_EEXIST,
            "the workspace has %zu uncommitted changes; commit or discard them first, or import with "
            "discardChanges",
            count);
    return st_clear(runtime->store, error);
}

/* {refresh?, discardChanges?}: refresh brings the workspace up to date with what the batches and
 * import_remove say, and keeps every path that the user has changed; without it the batches are the whole new
 * content. */
int import_begin(struct umbra *runtime, struct request *request, struct error *error)
{
    struct import *import = &runtime->import;
    int result = runtime_refuse_busy(runtime, error);

    if (result < 0) return result;
    memset(import, 0, sizeof *import);
    import->refresh = json_bool(request->body, "refresh", false);
    result = st_list_changes(runtime->store, &import->changes, error);
    if (result == 0) result = st_begin(runtime->store, error);
    if (result < 0) {
        st_free_changes(&import->changes);
        return result;
    }
    import->active = true;
    if (!import->refresh)
        result = begin_anew(runtime, json_bool(request->body, "discardChanges", false), error);
    if (result < 0) import_close(runtime);
    return result;
}

static bool is_changed(const struct import *import, const char *path, size_t length)
{
    size_t i;
    for (i = 0; i < import->changes.count; i++) {
        const struct st_change *change = &import->changes.items[i];
        if (strlen(change->path) == length && memcmp(change->path, path, length) == 0) return true;
        if (change->from && strlen(change->from) == length && memcmp(change->from, path, length) == 0)
            return true;
    }
    return false;
}

static int next_entry(const struct request *request, size_t *at, struct entry *entry, struct error *error)
{
    const unsigned char *bytes = request->blob + *at;
    size_t left = request->blob_size - *at;

    if (left < UMBRA_ENTRY_HEADER)
        return error_set(error, UMBRA_EPARSE, "an import batch ends inside an entry");
    entry->path_size = read_u32(bytes);
    entry->data_size = read_u32(bytes + 4);
    entry->mode = read_u32(bytes + 8);
    entry->flags = read_u32(bytes + 12);
    entry->mtime = (int64_t)read_u64(bytes + 16);
    left -= UMBRA_ENTRY_HEADER;
    if (entry->path_size > left || entry->data_size > left - entry->path_size)
        return error_set(error, UMBRA_EPARSE, "an import batch ends inside an entry");
    entry->path = (const char *)bytes + UMBRA_ENTRY_HEADER;
    entry->data = entry->path + entry->path_size;
    *at += UMBRA_ENTRY_HEADER + (size_t)entry->path_size + entry->data_size;
    return 0;
}

/* A file that is there already, in a refresh: the real folder's version goes to both trees. */
static int update(struct umbra *runtime, const struct entry *entry, uint32_t ino, struct error *error)
{
    struct store *store = runtime->store;
    int result = st_replace(store, ST_HEAD, ino, entry->data, entry->data_size, error);

    if (result == 0) result = st_set_mode(store, ST_HEAD, ino, (uint16_t)entry->mode, error);
    return result < 0 ? result : st_set_mtime(store, ST_HEAD, ino, entry->mtime, error);
}

static int create(struct umbra *runtime, const struct entry *entry, struct error *error)
{
    struct store *store = runtime->store;
    bool link = (entry->flags & UMBRA_ENTRY_LINK) != 0, refresh = runtime->import.refresh;
    struct fs_place place;
    int result;

    if (refresh && is_changed(&runtime->import, entry->path, entry->path_size))
        return error_set(error, UMBRA_ECONFLICT,
                         "it was changed both here and in the real folder; yours was kept");
    result = fs_locate(store, ST_HEAD, entry->path, entry->path_size, entry->mtime < 0 ? 0 : entry->mtime,
                       &place, error);
    if (result < 0) return result;
    if (place.ino && !refresh)
        return error_set(error, UMBRA_EEXIST, "%.*s is there twice", (int)entry->path_size, entry->path);
    runtime->import.files++;
    if (place.ino) {
        result = update(runtime, entry, place.ino, error);
    } else {
        result = st_create(store, ST_HEAD, place.directory, place.name, place.name_length,
                           link ? ST_SYMLINK : ST_FILE, (uint16_t)(entry->mode & 07777), entry->mtime,
                           &place.ino, error);
        if (result == 0 && entry->data_size)
            result = st_replace(store, ST_HEAD, place.ino, entry->data, entry->data_size, error);
    }
    return result == 0 && refresh ? st_adopt(store, ST_BASE, ST_HEAD, place.ino, error) : result;
}

static int append(struct umbra *runtime, const struct entry *entry, struct error *error)
{
    uint32_t ino;
    int result;

    if (runtime->import.refresh && is_changed(&runtime->import, entry->path, entry->path_size)) return 0;
    result = fs_resolve(runtime->store, ST_HEAD, entry->path, entry->path_size, FS_NO_FOLLOW, &ino, error);
    if (result == 0) result = st_append(runtime->store, ST_HEAD, ino, entry->data, entry->data_size, error);
    return result == 0 && runtime->import.refresh ? st_adopt(runtime->store, ST_BASE, ST_HEAD, ino, error)
                                                  : result;
}

/* Whether the error is about this one file, which is then left out and reported. */
static bool is_about_entry(int code)
{
    return code != UMBRA_ENOSPC && code != UMBRA_ENOMEM && code != UMBRA_EIO && code != UMBRA_ELIMIT;
}

static int report_skipped(cJSON *skipped, const struct entry *entry, const struct error *error)
{
    cJSON *item = cJSON_CreateObject();
    if (json_add_text(item, "path", entry->path, entry->path_size) == 0 &&
        json_add_string(item, "reason", error->message) == 0)
        return json_append(skipped, item);
    cJSON_Delete(item);
    return UMBRA_ENOMEM;
}

/* Drops what is there of a file that cannot be taken in whole. */
static void remove_rest(struct umbra *runtime, const struct entry *entry)
{
    uint32_t ino;
    if (fs_resolve(runtime->store, ST_HEAD, entry->path, entry->path_size, FS_NO_FOLLOW, &ino, NULL) < 0)
        return;
    if (st_remove(runtime->store, ST_HEAD, ino, NULL) == 0) runtime->import.files--;
}

static int take_entries(struct umbra *runtime, struct request *request, cJSON *skipped, struct error *error)
{
    size_t at = 0;
    int result = 0;

    while (result == 0 && at < request->blob_size) {
        struct entry entry = {0};
        result = next_entry(request, &at, &entry, error);
        if (result < 0) return result;
        result = entry.flags & UMBRA_ENTRY_APPEND ? append(runtime, &entry, error)
                                                  : create(runtime, &entry, error);
        if (result == 0) {
            runtime->import.bytes += entry.data_size;
        } else if (is_about_entry(result)) {
            if (result == UMBRA_EFBIG) remove_rest(runtime, &entry);
            result = report_skipped(skipped, &entry, error);
            if (result < 0) error_memory(error);
        }
    }
    return result;
}

int import_batch(struct umbra *runtime, struct request *request, struct error *error)
{
    cJSON *answer, *skipped;
    int result;

    if (!runtime->import.active) return error_set(error, UMBRA_EINVAL, "no import is running");
    answer = cJSON_CreateObject();
    skipped = cJSON_CreateArray();
    if (json_add_item(answer, "skipped", skipped) < 0) {
        cJSON_Delete(answer);
        return error_memory(error);
    }
    result = take_entries(runtime, request, skipped, error);
    if (result == 0 && (json_add_number(answer, "files", runtime->import.files) < 0 ||
                        json_add_number(answer, "bytes", (double)runtime->import.bytes) < 0))
        result = error_memory(error);
    if (result == 0) json_print(&request->result, answer);
    cJSON_Delete(answer);
    if (result < 0) import_close(runtime);
    return result;
}

/* {paths}: files that are gone from the real folder, in a refresh. */
int import_remove(struct umbra *runtime, struct request *request, struct error *error)
{
    const cJSON *path;
    int result = 0;

    if (!runtime->import.active || !runtime->import.refresh)
        return error_set(error, UMBRA_EINVAL, "no refresh is running");
    cJSON_ArrayForEach(path, json_get(request->body, "paths"))
    {
        const char *name = cJSON_IsString(path) ? path->valuestring : "";
        uint32_t ino;

        if (is_changed(&runtime->import, name, strlen(name))) continue;
        result = fs_resolve(runtime->store, ST_HEAD, name, strlen(name), FS_NO_FOLLOW, &ino, error);
        if (result == 0) result = st_forget_file(runtime->store, ino, error);
        if (result < 0) break;
    }
    if (result < 0) import_close(runtime);
    return result;
}

/* All files of the base: [[path, size, mtime, mode], ...]. */
int import_files(struct umbra *runtime, struct request *request, struct error *error)
{
    struct buffer *out = &request->result;
    struct fs_walk walk;
    int result = fs_walk_begin(&walk, runtime->store, ST_BASE, ST_ROOT_INO);

    buffer_put_byte(out, '[');
    while (result >= 0 && (result = fs_walk_next(&walk)) > 0) {
        if (out->size > 1) buffer_put_byte(out, ',');
        buffer_put_byte(out, '[');
        json_put_string(out, walk.path.data, walk.path.size);
        buffer_printf(out, ",%" PRIu64 ",%" PRId64 ",%u]", walk.info.size, walk.info.mtime, walk.info.mode);
    }
    buffer_put_byte(out, ']');
    fs_walk_end(&walk);
    return result < 0 || out->failed ? error_memory(error) : 0;
}

int import_end(struct umbra *runtime, struct request *request, struct error *error)
{
    struct import *import = &runtime->import;
    int result;

    if (!import->active) return error_set(error, UMBRA_EINVAL, "no import is running");
    result = import->refresh ? 0 : st_rebase(runtime->store, error);
    if (result == 0) result = st_commit(runtime->store, error);
    if (result < 0) {
        import_close(runtime);
        return result;
    }
    import->active = false;
    buffer_printf(&request->result, "{\"files\":%u,\"bytes\":%" PRIu64 "}", import->files, import->bytes);
    st_free_changes(&import->changes);
    runtime_emit_changes(runtime);
    return 0;
}

int import_cancel(struct umbra *runtime, struct request *request, struct error *error)
{
    (void)request;
    (void)error;
    import_close(runtime);
    return 0;
}
