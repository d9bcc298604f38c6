#include "runtime/comparison.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "fs/path.h"

/* The bytes of one side; nothing for an absent one. */
static int load(struct umbra *runtime, enum st_root root, uint32_t ino, struct buffer *bytes,
                struct error *error)
{
    return ino ? fs_read_file(runtime->store, root, ino, runtime->diff_bytes, bytes, error) : 0;
}

static int compare(struct comparison *comparison, struct error *error)
{
    const struct buffer *old = &comparison->old, *new = &comparison->new;
    int result;

    snprintf(comparison->id, sizeof comparison->id, "%08" PRIx32 "%08" PRIx32 "%08" PRIx32 "%08" PRIx32,
             crc32c(0, buffer_string(old), old->size), crc32c(0, buffer_string(new), new->size),
             (uint32_t)old->size, (uint32_t) new->size);
    comparison->binary =
        diff_is_binary(buffer_string(old), old->size) || diff_is_binary(buffer_string(new), new->size);
    if (comparison->binary) return 0;
    result =
        diff_compute(&comparison->diff, buffer_string(old), old->size, buffer_string(new), new->size, error);
    if (result == 0 && st_changes_type(comparison->change)) diff_replace_all(&comparison->diff);
    return result;
}

int comparison_open(struct umbra *runtime, const struct st_changes *changes, const struct st_change *change,
                    struct comparison *comparison, struct error *error)
{
    int result = 0;

    memset(comparison, 0, sizeof *comparison);
    comparison->change = change;
    if (change->kind != ST_MODE) {
        result = load(runtime, changes->from, change->old_ino, &comparison->old, error);
        if (result == 0) result = load(runtime, changes->to, change->new_ino, &comparison->new, error);
    }
    if (result == UMBRA_EFBIG) {
        comparison->too_large = true;
        return 0;
    }
    if (result == 0) result = compare(comparison, error);
    if (result < 0) comparison_close(comparison);
    return result;
}

void comparison_close(struct comparison *comparison)
{
    buffer_free(&comparison->old);
    buffer_free(&comparison->new);
    diff_free(&comparison->diff);
}

int comparison_check_id(const struct comparison *comparison, const char *id, struct error *error)
{
    if (id == NULL || strcmp(id, comparison->id) == 0) return 0;
    return error_set(error, UMBRA_ECONFLICT, "%.300s has changed since its diff was made; look at it again",
                     comparison->change->path);
}

/* Whether single hunks of this change can be taken at all. */
static int check_kind(const struct comparison *comparison, const char *id, struct error *error)
{
    const struct st_change *change = comparison->change;
    const char *what = change->kind == ST_ADDED     ? "was added"
                       : change->kind == ST_DELETED ? "was deleted"
                       : st_changes_type(change)    ? "became something else"
                       : change->kind == ST_MODE    ? "has other permissions only"
                       : comparison->too_large      ? "is too large for a diff"
                       : comparison->binary         ? "is binary"
                                                    : NULL;

    if (what)
        return error_set(error, UMBRA_EINVAL, "%.300s %s; it is taken as a whole, without hunks",
                         change->path, what);
    if (id == NULL)
        return error_set(error, UMBRA_EINVAL,
                         "hunks of %.300s need the \"id\" of the diff that they were chosen from",
                         change->path);
    return comparison_check_id(comparison, id, error);
}

/* Sets taken for each hunk that is named; *count is how many are. */
static int read_hunks(const struct comparison *comparison, const cJSON *hunks, bool *taken, uint32_t total,
                      uint32_t *count, struct error *error)
{
    const cJSON *item;

    *count = 0;
    cJSON_ArrayForEach(item, hunks)
    {
        double number = cJSON_IsNumber(item) ? item->valuedouble : 0;
        if (!(number >= 1 && number <= total) || number != (double)(uint32_t)number)
            return error_set(error, UMBRA_EINVAL, "%.300s has %" PRIu32 " hunks, and no hunk %.15g",
                             comparison->change->path, total, number);
        *count += !taken[(uint32_t)number - 1];
        taken[(uint32_t)number - 1] = true;
    }
    if (*count || comparison->change->kind == ST_RENAMED) return 0;
    return error_set(error, UMBRA_EINVAL, "no hunk of %.300s is chosen", comparison->change->path);
}

int comparison_take(const struct comparison *comparison, const cJSON *hunks, const char *id, bool except,
                    struct buffer *text, bool *all, struct error *error)
{
    uint32_t total = hunks_count(&comparison->diff, DIFF_CONTEXT), count = 0;
    bool *taken = NULL;
    int result = check_kind(comparison, id, error);

    if (result == 0 && !cJSON_IsArray(hunks))
        result = error_set(error, UMBRA_EINVAL, "\"hunks\" must be an array of numbers");
    if (result == 0) {
        taken = calloc(total + 1u, sizeof *taken);
        result = taken ? read_hunks(comparison, hunks, taken, total, &count, error) : error_memory(error);
    }
    if (result == 0 && hunks_apply(&comparison->diff, DIFF_CONTEXT, taken, except, text) < 0)
        result = error_memory(error);
    if (all) *all = count == total;
    free(taken);
    return result;
}

static bool has_checkpoint(const struct umbra *runtime, double id)
{
    uint32_t low = 0, high = st_checkpoint_count(runtime->store);
    struct st_checkpoint_info info;

    while (low < high) { /* they are in the order of their ids */
        uint32_t middle = low + (high - low) / 2;
        if (st_checkpoint_at(runtime->store, middle, &info) < 0) return false;
        if (info.id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return st_checkpoint_at(runtime->store, low, &info) == 0 && info.id == id;
}

int comparison_root(const struct umbra *runtime, const struct request *request, const char *key,
                    enum st_root fallback, enum st_root *root, struct error *error)
{
    const cJSON *item = json_get(request->body, key);
    const char *name = cJSON_IsString(item) ? item->valuestring : "";

    *root = fallback;
    if (item == NULL) return 0;
    if (strcmp(name, "base") == 0 || strcmp(name, "head") == 0) {
        *root = *name == 'b' ? ST_BASE : ST_HEAD;
        return 0;
    }
    if (!cJSON_IsNumber(item))
        return error_set(error, UMBRA_EINVAL,
                         "\"%s\" must be \"base\", \"head\" or the number of a checkpoint", key);
    if (!has_checkpoint(runtime, item->valuedouble))
        return error_set(error, UMBRA_ENOENT, "there is no checkpoint %.15g", item->valuedouble);
    *root = st_checkpoint_root((uint32_t)item->valuedouble);
    return 0;
}

int comparison_list(struct umbra *runtime, const struct request *request, struct st_changes *changes,
                    struct error *error)
{
    enum st_root from = ST_BASE, to = ST_HEAD;
    int result = comparison_root(runtime, request, "from", ST_BASE, &from, error);

    memset(changes, 0, sizeof *changes);
    if (result == 0) result = comparison_root(runtime, request, "to", ST_HEAD, &to, error);
    if (result < 0) return result;
    return st_list_changes(runtime->store, from, to, &runtime->settings.renames, changes, error);
}

static int compare_path(const void *path, const void *change)
{
    return strcmp(path, ((const struct st_change *)change)->path);
}

const struct st_change *comparison_find(const struct st_changes *changes, const char *path,
                                        struct error *error)
{
    const struct st_change *found = NULL;

    if (changes->count)
        found = bsearch(path, changes->items, changes->count, sizeof changes->items[0], compare_path);
    if (found == NULL) error_set(error, UMBRA_ENOENT, "%.300s has not changed", path);
    return found;
}
