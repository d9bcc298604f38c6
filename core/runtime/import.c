/* import.c: taking a folder in. All from import_begin to import_end is one transaction: a folder is imported
 * whole, or the workspace stays as it was. */
#include "runtime/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/path.h"
#include "runtime/commit_record.h"

/* Where the beginning of the last import is kept, in the SYSTEM tree: decimal ms since 1970. */
#define TIME_PATH "import/time"

/* How long before an import a file must have been changed for its time to be trusted: FAT counts in steps of
 * two seconds (Microsoft, "FAT32 File System Specification" 1.03, December 2000, page 25). git calls what is
 * younger "racy" (Documentation/technical/racy-git.txt). */
#define RACY_MS 2000

static const char *const default_exclude[] = {".git", "node_modules"};

cJSON *import_default_exclude(void)
{
    return cJSON_CreateStringArray(default_exclude, sizeof default_exclude / sizeof default_exclude[0]);
}

static int no_import(const struct umbra *runtime, struct error *error)
{
    return runtime->import ? 0 : error_set(error, UMBRA_EINVAL, "no import is running");
}

void import_close(struct umbra *runtime)
{
    struct import *import = runtime->import;

    if (import == NULL) return;
    if (st_in_transaction(runtime->store)) st_rollback(runtime->store);
    runtime->import = NULL;
    st_free_changes(&import->changes);
    free(import->by_path);
    cJSON_Delete(import->exclude);
    import_archive_free(import->archive);
    fs_ignore_free(import->ignore);
    buffer_free(&import->file.path);
    buffer_free(&import->forgotten);
    buffer_free(&import->skipped);
    buffer_free(&import->conflicts);
    free(import);
}

/* --- the user's changes --- */

static int compare_changes(const void *a, const void *b)
{
    const struct import_change *left = a, *right = b;
    size_t length = left->length < right->length ? left->length : right->length;
    int order = memcmp(left->path, right->path, length);

    if (order) return order;
    return left->length < right->length ? -1 : left->length > right->length;
}

static void add_change(struct import *import, const char *path, const struct st_change *change)
{
    import->by_path[import->by_path_count++] = (struct import_change){path, strlen(path), change};
}

static int index_changes(struct import *import, struct error *error)
{
    size_t i;

    if (import->changes.count == 0) return 0;
    import->by_path = malloc(2 * import->changes.count * sizeof import->by_path[0]);
    if (import->by_path == NULL) return error_memory(error);
    for (i = 0; i < import->changes.count; i++) {
        const struct st_change *change = &import->changes.items[i];
        add_change(import, change->path, change);
        if (change->from) add_change(import, change->from, change);
    }
    qsort(import->by_path, import->by_path_count, sizeof import->by_path[0], compare_changes);
    return 0;
}

const struct st_change *import_find_change(const struct import *import, const char *path, size_t length)
{
    struct import_change key = {.path = path, .length = length}, *found;

    if (import->by_path_count == 0) return NULL;
    found = bsearch(&key, import->by_path, import->by_path_count, sizeof key, compare_changes);
    return found ? found->change : NULL;
}

/* Whether what is there stays, and the base too. */
static bool goes_over(const struct import *import)
{
    return import->archive && import->archive->as_changes;
}

/* --- beginning --- */

/* Empties the workspace, unless that would lose what the user has not committed. */
static int begin_anew(struct umbra *runtime, bool discard, struct error *error)
{
    size_t count = runtime->import->changes.count;
    int result;

    if (count && !discard)
        return error_set(
            error, UMBRA_EEXIST,
            "the workspace has %zu uncommitted changes; commit or discard them first, or import with "
            "discardChanges",
            count);
    runtime->import->dirty = true;
    /* What was committed to one folder cannot be undone in another. */
    result = commit_record_clear(runtime->store, &runtime->import->forgotten, error);
    return result < 0 ? result : st_clear(runtime->store, error);
}

static int read_filter(struct import *import, const cJSON *body, struct error *error)
{
    const cJSON *exclude = json_get(body, "exclude"), *name;

    import->gitignore = json_bool(body, "gitignore", true);
    if (exclude && !cJSON_IsArray(exclude))
        return error_set(error, UMBRA_EINVAL, "\"exclude\" must be a list of names, as [\".git\"]");
    cJSON_ArrayForEach(name, exclude)
    {
        if (!cJSON_IsString(name) || *name->valuestring == '\0' || strchr(name->valuestring, '/'))
            return error_set(error, UMBRA_EINVAL,
                             "\"exclude\" takes names of files and folders, without a slash; for paths and "
                             "patterns there is .gitignore");
    }
    import->exclude = exclude           ? cJSON_Duplicate(exclude, true)
                      : import->archive ? cJSON_CreateArray()
                                        : import_default_exclude();
    import->ignore = fs_ignore_new();
    return import->exclude && import->ignore ? 0 : error_memory(error);
}

static int read_time(const struct umbra *runtime, int64_t *time, struct error *error)
{
    struct buffer text = {0};
    uint32_t ino;
    int result = 0;

    *time = 0;
    if (fs_resolve(runtime->store, ST_SYSTEM, TIME_PATH, strlen(TIME_PATH), FS_FOLLOW, &ino, NULL) == 0)
        result = fs_read_file(runtime->store, ST_SYSTEM, ino, 32, &text, error);
    if (result == 0) *time = strtoll(buffer_string(&text), NULL, 10);
    buffer_free(&text);
    return result;
}

static int write_time(struct umbra *runtime, struct error *error)
{
    char text[32];
    int length = snprintf(text, sizeof text, "%" PRId64, runtime->import->begun);

    return fs_write_file(runtime->store, ST_SYSTEM, TIME_PATH, strlen(TIME_PATH), text, (size_t)length,
                         runtime->import->begun, NULL, error);
}

bool import_is_racy(const struct import *import, int64_t mtime)
{
    return import->last == 0 || mtime >= import->last - RACY_MS;
}

/* What the import is to be. Members of an archive that become changes go over HEAD, which is kept first. */
static int read_kind(struct umbra *runtime, const cJSON *body, struct error *error)
{
    struct import *import = runtime->import;
    bool archive = json_bool(body, "archive", false), as_changes = json_bool(body, "asChanges", false);

    import->refresh = json_bool(body, "refresh", false);
    if (archive && import->refresh)
        return error_set(error, UMBRA_EINVAL, "an archive does not say what is gone: no refresh with one");
    if (as_changes && !archive)
        return error_set(error, UMBRA_EINVAL, "only an archive can be imported as changes");
    if (!archive) return 0;
    import->archive = import_archive_new();
    if (import->archive == NULL) return error_memory(error);
    import->archive->as_changes = as_changes;
    if (!as_changes) return 0;
    return st_checkpoint(runtime->store, "before importing an archive", true, import->begun,
                         &import->archive->checkpoint, error);
}

/* {refresh?, discardChanges?, exclude?, gitignore?}: refresh brings the workspace up to date with what the
 * listings and batches say, and keeps every path that the user has changed; without it they are the whole new
 * content. {archive, asChanges?, discardChanges?, exclude?}: what comes are the members of an archive. */
int import_begin(struct umbra *runtime, struct request *request, struct error *error)
{
    struct st_rename_limits renames = runtime->settings.renames;
    int result = runtime_refuse_busy(runtime, error);
    struct import *import;

    if (result < 0) return result;
    import = runtime->import = calloc(1, sizeof *import);
    if (import == NULL) return error_memory(error);
    import->begun = runtime->host.clock_wall(runtime->host.context);
    /* Path for path what the user did, whatever it looks like. */
    renames.inodes_only = true;
    result = read_kind(runtime, request->body, error);
    if (result == 0) result = read_time(runtime, &import->last, error);
    if (result == 0) result = read_filter(import, request->body, error);
    if (result == 0)
        result = st_list_changes(runtime->store, ST_BASE, ST_HEAD, &renames, &import->changes, error);
    if (result == 0) result = index_changes(import, error);
    if (result == 0) result = st_begin(runtime->store, error);
    if (result == 0 && !import->refresh && !goes_over(import))
        result = begin_anew(runtime, json_bool(request->body, "discardChanges", false), error);
    if (result < 0) import_close(runtime);
    return result;
}

/* --- what was left out --- */

static int report(struct buffer *list, const char *path, size_t length, const char *by, const char *reason,
                  struct error *error)
{
    buffer_put_string(list, list->size ? ",{\"path\":" : "{\"path\":");
    json_put_string(list, path, length);
    buffer_put_string(list, ",\"reason\":");
    json_put_string(list, reason, strlen(reason));
    if (by) buffer_printf(list, ",\"by\":\"%s\"", by);
    buffer_put_byte(list, '}');
    return list->failed ? error_memory(error) : 0;
}

int import_skip(struct import *import, const char *path, size_t length, const char *by, const char *reason,
                struct error *error)
{
    return report(&import->skipped, path, length, by, reason, error);
}

int import_conflict(struct import *import, const char *path, size_t length, const char *reason,
                    struct error *error)
{
    return report(&import->conflicts, path, length, NULL, reason, error);
}

uint32_t import_lookup(const struct store *store, enum st_root root, const char *path, size_t length)
{
    uint32_t ino = ST_ROOT_INO;
    size_t at = 0;

    while (ino && at < length) {
        const char *slash = memchr(path + at, '/', length - at);
        size_t end = slash ? (size_t)(slash - path) : length;
        struct st_info info;
        if (st_info(store, root, ino, &info) < 0 || info.kind != ST_DIRECTORY) return 0;
        ino = st_lookup(store, root, ino, path + at, end - at);
        at = end + 1;
    }
    return ino;
}

/* --- batches --- */

static int next_entry(const struct request *request, size_t *at, struct import_entry *entry,
                      struct error *error)
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

int import_survive(struct umbra *runtime, int result, struct error *error)
{
    struct import_file *file = &runtime->import->file;
    char reason[sizeof error->message];

    if (result >= 0 || !import_is_about_file(result)) return result;
    memcpy(reason, error->message, sizeof reason);
    result = import_file_drop(runtime, error);
    if (result < 0) return result;
    return import_skip(runtime->import, buffer_string(&file->path), file->path.size, NULL, reason, error);
}

static int take_entries(struct umbra *runtime, const struct request *request, struct error *error)
{
    size_t at = 0;
    int result = 0;

    while (result == 0 && at < request->blob_size) {
        struct import_entry entry = {0};
        result = next_entry(request, &at, &entry, error);
        if (result < 0) return result;
        if (runtime->import->archive) {
            result = import_archive_entry(runtime, &entry, error);
        } else if (entry.flags & UMBRA_ENTRY_APPEND) {
            result = import_survive(runtime, import_file_append(runtime, &entry, error), error);
        } else {
            result = import_survive(runtime, import_file_end(runtime, error), error);
            if (result == 0)
                result = import_survive(runtime, import_file_begin(runtime, &entry, error), error);
        }
    }
    return result;
}

void import_put_progress(const struct umbra *runtime, struct buffer *out)
{
    const struct import *import = runtime->import;
    const struct import_file *file = &import->file;

    buffer_printf(out, "{\"files\":%u,\"bytes\":%" PRIu64 ",\"unchanged\":%u}",
                  import->files + (file->way == IMPORT_NEW || file->way == IMPORT_WRITE),
                  import->bytes + (file->way == IMPORT_NOTHING ? 0 : file->offset), import->unchanged);
}

int import_batch(struct umbra *runtime, struct request *request, struct error *error)
{
    int result = no_import(runtime, error);

    if (result < 0) return result;
    result = take_entries(runtime, request, error);
    if (result < 0) {
        import_close(runtime);
        return result;
    }
    import_put_progress(runtime, &request->result);
    return 0;
}

/* --- the end --- */

/* Commits, or writes nothing at all when nothing is new. The time counts only when all was looked at: a file
 * of the base that was not may have been changed before. */
static int finish(struct umbra *runtime, struct error *error)
{
    struct import *import = runtime->import;
    bool whole = !import->refresh || import->owed == 0;
    int result = 0;

    if (goes_over(import)) return import->dirty ? st_commit(runtime->store, error) : 0;
    if (!import->dirty && !(import->read_again && whole)) return 0;
    if (whole) result = write_time(runtime, error);
    if (result == 0 && !import->refresh) result = st_rebase(runtime->store, error);
    if (result < 0) return result;
    return import->dirty ? st_commit(runtime->store, error) : st_commit_lazy(runtime->store, error);
}

static void answer(const struct import *import, struct buffer *out)
{
    buffer_printf(out,
                  "{\"files\":%u,\"bytes\":%" PRIu64 ",\"unchanged\":%u,\"removed\":%u,\"refreshed\":%s"
                  ",\"conflicts\":[",
                  import->files, import->bytes, import->unchanged, import->removed,
                  import->refresh ? "true" : "false");
    buffer_put_string(out, buffer_string(&import->conflicts));
    buffer_put_string(out, "],\"skipped\":[");
    buffer_put_string(out, buffer_string(&import->skipped));
    buffer_put_string(out, "]}");
}

/* A failure leaves checkpoints that the user can see and drop. */
static void drop_forgotten(struct umbra *runtime)
{
    const struct buffer *ids = &runtime->import->forgotten;
    size_t at;

    for (at = 0; at + 4 <= ids->size; at += 4)
        st_drop_checkpoint(runtime->store, read_u32(ids->data + at), NULL);
}

int import_end(struct umbra *runtime, struct request *request, struct error *error)
{
    int result = no_import(runtime, error);
    struct import *import = runtime->import;
    bool dirty;

    if (result < 0) return result;
    result = import_survive(runtime, import_file_end(runtime, error), error);
    if (result == 0 && import->archive) result = import_archive_end(runtime, error);
    if (result == 0) {
        answer(import, &request->result);
        result = request->result.failed ? error_memory(error) : finish(runtime, error);
    }
    dirty = import->dirty && result == 0;
    if (dirty) drop_forgotten(runtime);
    import_close(runtime);
    if (dirty) runtime_emit_changes(runtime);
    return result;
}

int import_cancel(struct umbra *runtime, struct request *request, struct error *error)
{
    (void)request;
    (void)error;
    import_close(runtime);
    runtime_emit_changes(runtime); /* whoever looked meanwhile saw what is no more */
    return 0;
}
