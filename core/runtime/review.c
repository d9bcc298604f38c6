/* review.c: the changeset for the embedder: what changed, line by line, the bytes of either side, and taking
 * a change over into the base (after it was written to the real folder) or back. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fs/path.h"
#include "runtime/runtime.h"
#include "store/diff.h"

#define READ_MAX     (8u << 20) /* bytes of one read */
#define DIFF_CONTEXT 3u

static double size_of(const struct umbra *runtime, enum st_root root, uint32_t ino)
{
    struct st_info info;
    return st_info(runtime->store, root, ino, &info) < 0 ? 0 : (double)info.size;
}

static cJSON *describe(const struct umbra *runtime, const struct st_change *change)
{
    cJSON *item = cJSON_CreateObject();
    int failed = json_add_string(item, "path", change->path) |
                 json_add_string(item, "kind", st_change_kind_name(change->kind)) |
                 json_add_string(item, "type", st_kind_name(change->new_type));

    if (change->from) failed |= json_add_string(item, "from", change->from);
    if (change->old_ino)
        failed |= json_add_number(item, "oldSize", size_of(runtime, ST_BASE, change->old_ino));
    if (change->new_ino)
        failed |= json_add_number(item, "newSize", size_of(runtime, ST_HEAD, change->new_ino));
    if (!failed) return item;
    cJSON_Delete(item);
    return NULL;
}

int review_changes(struct umbra *runtime, struct request *request, struct error *error)
{
    struct st_changes changes;
    cJSON *list;
    size_t i;
    int result =
        st_list_changes(runtime->store, ST_BASE, ST_HEAD, &runtime->settings.renames, &changes, error);

    if (result < 0) return result;
    list = cJSON_CreateArray();
    for (i = 0; i < changes.count && result == 0; i++)
        result = json_append(list, describe(runtime, &changes.items[i]));
    if (result == 0) json_print(&request->result, list);
    cJSON_Delete(list);
    st_free_changes(&changes);
    return result < 0 ? error_memory(error) : 0;
}

static const struct st_change *find_change(const struct st_changes *changes, const char *path)
{
    size_t i;
    for (i = 0; i < changes->count; i++)
        if (strcmp(changes->items[i].path, path) == 0) return &changes->items[i];
    return NULL;
}

static int no_change(const char *path, struct error *error)
{
    return error_set(error, UMBRA_ENOENT, "%.300s has not changed", path);
}

/* The bytes of one side; nothing for an absent one. */
static int load(struct umbra *runtime, enum st_root root, uint32_t ino, struct buffer *bytes,
                struct error *error)
{
    return ino ? fs_read_file(runtime->store, root, ino, runtime->diff_bytes, bytes, error) : 0;
}

static void put_lines(struct buffer *out, const struct diff *diff, const struct diff_hunk *hunk)
{
    uint32_t x = hunk->old_start, y = hunk->new_start;
    uint32_t x_end = x + hunk->old_count, y_end = y + hunk->new_count;
    bool first = true;

    while (x < x_end || y < y_end) {
        bool old_changed = x < x_end && diff->old.lines[x].changed;
        bool new_changed = !old_changed && y < y_end && diff->new.lines[y].changed;
        const struct diff_line *line = new_changed ? &diff->new.lines[y] : &diff->old.lines[x];
        bool ended = line->length && line->text[line->length - 1] == '\n';
        struct buffer text = {0};

        buffer_put_string(&text, old_changed ? "-" : new_changed ? "+" : " ");
        buffer_put(&text, line->text, line->length - (ended ? 1 : 0));
        if (!first) buffer_put_byte(out, ',');
        first = false;
        json_put_string(out, buffer_string(&text), text.size);
        if (!ended) buffer_put_string(out, ",\"\\\\ No newline at end of file\"");
        if (text.failed) out->failed = true;
        buffer_free(&text);
        if (!new_changed) x++;
        if (!old_changed) y++;
    }
}

static void put_diff(struct buffer *out, const struct diff *diff)
{
    struct diff_hunk hunk = {0};
    uint32_t added = 0, removed = 0, i;
    bool first = true;

    for (i = 0; i < diff->old.count; i++) removed += diff->old.lines[i].changed;
    for (i = 0; i < diff->new.count; i++) added += diff->new.lines[i].changed;
    buffer_printf(out, ",\"binary\":false,\"tooLarge\":false,\"added\":%u,\"removed\":%u,\"hunks\":[", added,
                  removed);
    while (diff_next_hunk(diff, DIFF_CONTEXT, &hunk)) {
        /* A side without lines is said to start at line 0, as in unified diffs. */
        buffer_printf(out, "%s{\"oldStart\":%u,\"oldLines\":%u,\"newStart\":%u,\"newLines\":%u,\"lines\":[",
                      first ? "" : ",", hunk.old_start + (hunk.old_count > 0), hunk.old_count,
                      hunk.new_start + (hunk.new_count > 0), hunk.new_count);
        put_lines(out, diff, &hunk);
        buffer_put_string(out, "]}");
        first = false;
    }
    buffer_put_byte(out, ']');
}

static int compare(struct umbra *runtime, const struct st_change *change, struct buffer *out,
                   struct error *error)
{
    static const char none[] = ",\"added\":0,\"removed\":0,\"hunks\":[]";
    struct buffer old = {0}, now = {0};
    struct diff diff;
    int result = load(runtime, ST_BASE, change->old_ino, &old, error);

    if (result == 0) result = load(runtime, ST_HEAD, change->new_ino, &now, error);
    if (result == UMBRA_EFBIG) {
        buffer_printf(out, ",\"binary\":false,\"tooLarge\":true%s", none);
        result = 0;
    } else if (result == 0 && (diff_is_binary(buffer_string(&old), old.size) ||
                               diff_is_binary(buffer_string(&now), now.size))) {
        buffer_printf(out, ",\"binary\":true,\"tooLarge\":false%s", none);
    } else if (result == 0) {
        result = diff_compute(&diff, buffer_string(&old), old.size, buffer_string(&now), now.size, error);
        if (result == 0) {
            put_diff(out, &diff);
            diff_free(&diff);
        }
    }
    buffer_free(&old);
    buffer_free(&now);
    return result;
}

int review_diff(struct umbra *runtime, struct request *request, struct error *error)
{
    const char *path = json_string(request->body, "path", "");
    const struct st_change *change;
    struct st_changes changes;
    int result =
        st_list_changes(runtime->store, ST_BASE, ST_HEAD, &runtime->settings.renames, &changes, error);

    if (result < 0) return result;
    change = find_change(&changes, path);
    if (change) {
        buffer_put_string(&request->result, "{\"path\":");
        json_put_string(&request->result, path, strlen(path));
        result = compare(runtime, change, &request->result, error);
        buffer_put_byte(&request->result, '}');
    } else {
        result = no_change(path, error);
    }
    st_free_changes(&changes);
    return result;
}

int review_read(struct umbra *runtime, struct request *request, struct error *error)
{
    const char *path = json_string(request->body, "path", ""),
               *side = json_string(request->body, "side", "head");
    enum st_root root = strcmp(side, "base") == 0 ? ST_BASE : ST_HEAD;
    double offset = json_number(request->body, "offset", 0),
           length = json_number(request->body, "length", READ_MAX);
    struct st_info info;
    uint32_t ino;
    int64_t got;
    int result = fs_resolve(runtime->store, root, path, strlen(path), FS_NO_FOLLOW, &ino, error);

    if (result < 0) return result;
    if (!(offset >= 0 && offset <= 9e15) || !(length >= 0 && length <= READ_MAX))
        return error_set(error, UMBRA_EINVAL,
                         "\"offset\" or \"length\" is out of range (at most %u bytes a read)", READ_MAX);
    st_info(runtime->store, root, ino, &info);
    if (info.kind == ST_DIRECTORY) return error_set(error, UMBRA_EISDIR, "%.300s: is a directory", path);
    if ((double)info.size < length) length = (double)info.size;
    if (buffer_reserve(&request->bytes, (size_t)length) < 0) return error_memory(error);
    got = st_read(runtime->store, root, ino, (uint64_t)offset, request->bytes.data, (size_t)length);
    if (got < 0) return error_set(error, (int)got, "%.300s: %s", path, umbra_error_text((int)got));
    request->bytes.size = (size_t)got;
    buffer_printf(&request->result,
                  "{\"size\":%" PRIu64 ",\"mode\":%u,\"mtime\":%" PRId64 ",\"type\":\"%s\"}", info.size,
                  info.mode, info.mtime, st_kind_name(info.kind));
    return 0;
}

typedef int (*change_action)(struct store *store, const struct st_change *change, struct error *error);

static int apply_one(struct umbra *runtime, const struct st_change *change, change_action action, cJSON *done,
                     struct error *error)
{
    int result = action(runtime->store, change, error);
    if (result == 0 && json_append(done, cJSON_CreateString(change->path)) < 0) result = error_memory(error);
    return result;
}

/* The named changes, or all without "paths". */
static int apply_all(struct umbra *runtime, const struct request *request, const struct st_changes *changes,
                     change_action action, cJSON *done, struct error *error)
{
    const cJSON *paths = json_get(request->body, "paths"), *path;
    size_t i;
    int result = 0;

    if (!cJSON_IsArray(paths)) {
        for (i = 0; i < changes->count && result == 0; i++)
            result = apply_one(runtime, &changes->items[i], action, done, error);
        return result;
    }
    cJSON_ArrayForEach(path, paths)
    {
        const char *name = cJSON_IsString(path) ? path->valuestring : "";
        const struct st_change *change = find_change(changes, name);
        result = change ? apply_one(runtime, change, action, done, error) : no_change(name, error);
        if (result < 0) break;
    }
    return result;
}

static int apply_changes(struct umbra *runtime, struct request *request, change_action action,
                         struct error *error)
{
    struct st_changes changes;
    cJSON *done;
    int result =
        st_list_changes(runtime->store, ST_BASE, ST_HEAD, &runtime->settings.renames, &changes, error);

    if (result < 0) return result;
    done = cJSON_CreateArray();
    result = done ? st_begin(runtime->store, error) : error_memory(error);
    if (result == 0) {
        result = apply_all(runtime, request, &changes, action, done, error);
        if (result == 0)
            result = st_commit(runtime->store, error);
        else
            st_rollback(runtime->store);
    }
    if (result == 0) json_print(&request->result, done);
    cJSON_Delete(done);
    st_free_changes(&changes);
    if (result == 0) runtime_emit_changes(runtime);
    return result;
}

int review_accept(struct umbra *runtime, struct request *request, struct error *error)
{
    return apply_changes(runtime, request, st_accept_change, error);
}

int review_discard(struct umbra *runtime, struct request *request, struct error *error)
{
    return apply_changes(runtime, request, st_discard_change, error);
}
