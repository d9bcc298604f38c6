/* import_list.c: what becomes of the entries of a directory. The rules are here, and here only: a host lists,
 * and reads what it is told to. In a refresh, files of the base that a listing does not have any more, and
 * those that are left out now, are removed from the workspace, unless the user has changed them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/walk.h"
#include "runtime/import.h"

struct listed {
    const char *name;
    uint32_t length, kind, mode;
    uint64_t size;
    int64_t mtime;
};

struct listing {
    struct umbra *runtime;
    struct import *import;
    struct error *error;
    const char *directory, *rules;
    uint32_t directory_size, rules_size;
    struct listed *entries;
    size_t count;
    uint32_t base;                       /* ino of the directory in the base, 0: not there */
    const struct fs_ignore_file *ignore; /* what holds in it */
    struct buffer path;                  /* of the entry in hand */
    uint32_t *kept, *left_out;           /* inos of the base that are listed: still taken, or not any more */
    size_t kept_count, left_out_count;
    struct buffer read, enter, look; /* indexes with commas between */
};

/* --- reading a listing --- */

static int broken(const struct listing *listing)
{
    return error_set(listing->error, UMBRA_EPARSE, "a listing ends inside an entry");
}

/* Counts the entries, or fills them in when there is memory for them. */
static int read_entries(struct listing *listing, const unsigned char *at, size_t left)
{
    listing->count = 0;
    while (left) {
        uint32_t length = left < UMBRA_LISTED_HEADER ? 0 : read_u32(at);
        if (left < UMBRA_LISTED_HEADER || length > left - UMBRA_LISTED_HEADER) return broken(listing);
        if (listing->entries)
            listing->entries[listing->count] = (struct listed){(const char *)at + UMBRA_LISTED_HEADER,
                                                               length,
                                                               read_u32(at + 4),
                                                               read_u32(at + 8),
                                                               read_u64(at + 12),
                                                               (int64_t)read_u64(at + 20)};
        listing->count++;
        at += UMBRA_LISTED_HEADER + (size_t)length;
        left -= UMBRA_LISTED_HEADER + (size_t)length;
    }
    return 0;
}

static int read_listing(struct listing *listing, const struct request *request)
{
    const unsigned char *bytes = request->blob;
    size_t left = request->blob_size, sizes;
    int result;

    if (left < UMBRA_LIST_HEADER) return broken(listing);
    listing->directory_size = read_u32(bytes);
    listing->rules_size = read_u32(bytes + 4);
    sizes = (size_t)listing->directory_size + listing->rules_size;
    left -= UMBRA_LIST_HEADER;
    bytes += UMBRA_LIST_HEADER;
    if (sizes < listing->rules_size || sizes > left) return broken(listing);
    listing->directory = (const char *)bytes;
    listing->rules = listing->directory + listing->directory_size;
    result = read_entries(listing, bytes + sizes, left - sizes);
    if (result < 0) return result;
    listing->entries = malloc((listing->count + 1) * sizeof listing->entries[0]);
    listing->kept = malloc((listing->count + 1) * sizeof listing->kept[0]);
    listing->left_out = malloc((listing->count + 1) * sizeof listing->left_out[0]);
    if (listing->entries == NULL || listing->kept == NULL || listing->left_out == NULL)
        return error_memory(listing->error);
    return read_entries(listing, bytes + sizes, left - sizes);
}

/* Takes the rules of the directory's own .gitignore. */
static int take_rules(struct listing *listing)
{
    struct import *import = listing->import;
    char reason[160];
    int result = 0;

    if (!import->gitignore) return 0;
    if (listing->rules_size > listing->runtime->ignore_bytes) {
        snprintf(reason, sizeof reason,
                 "its rules are not honoured: it has %u bytes and the limit is %" PRIu64 " (ignore_bytes)",
                 listing->rules_size, listing->runtime->ignore_bytes);
        buffer_put(&listing->path, listing->directory, listing->directory_size);
        buffer_put_string(&listing->path, listing->directory_size ? "/.gitignore" : ".gitignore");
        return import_skip(import, buffer_string(&listing->path), listing->path.size, NULL, reason,
                           listing->error);
    }
    if (listing->rules_size)
        result = fs_ignore_add(import->ignore, listing->directory, listing->directory_size, listing->rules,
                               listing->rules_size, listing->error);
    listing->ignore = fs_ignore_find(import->ignore, listing->directory, listing->directory_size);
    return result;
}

/* --- one entry --- */

static const char *bad_name(const struct listed *entry)
{
    const char *name = entry->name;

    if (entry->length == 0) return "an empty name cannot be kept";
    if (entry->length > ST_NAME_MAX) return "a name of over 255 bytes cannot be kept";
    if (name[0] == '.' && (entry->length == 1 || (entry->length == 2 && name[1] == '.')))
        return "a name that means another folder cannot be kept";
    if (memchr(name, '/', entry->length) || memchr(name, '\0', entry->length))
        return "a name with a slash or a NUL in it cannot be kept";
    return NULL;
}

static bool is_excluded(const struct import *import, const struct listed *entry)
{
    const cJSON *name;
    cJSON_ArrayForEach(name, import->exclude)
    {
        if (strlen(name->valuestring) == entry->length &&
            memcmp(name->valuestring, entry->name, entry->length) == 0)
            return true;
    }
    return false;
}

static int skip(struct listing *listing, const char *by, const char *reason)
{
    return import_skip(listing->import, listing->path.data, listing->path.size, by, reason, listing->error);
}

/* Whether the filter leaves the entry out: 1 (and it is noted), 0, or a negative error. */
static int filter(struct listing *listing, const struct listed *entry)
{
    bool directory = entry->kind == UMBRA_LISTED_DIRECTORY;
    const char *bad = bad_name(entry);
    struct fs_ignore_reason reason;
    char text[256];
    int result;

    if (bad) {
        result = skip(listing, NULL, bad);
    } else if (is_excluded(listing->import, entry)) {
        result = skip(listing, "name", "left out by name");
    } else if (fs_ignore_check(listing->ignore, listing->path.data, listing->path.size, directory, &reason)) {
        snprintf(text, sizeof text, "left out by %.100s%s.gitignore: %.100s", reason.directory,
                 *reason.directory ? "/" : "", reason.rule);
        result = skip(listing, "gitignore", text);
    } else {
        return 0;
    }
    return result < 0 ? result : 1;
}

static void put_index(struct buffer *list, size_t index)
{
    buffer_printf(list, list->size ? ",%zu" : "%zu", index);
}

static enum st_kind kind_of(const struct listed *entry)
{
    return entry->kind == UMBRA_LISTED_DIRECTORY ? ST_DIRECTORY
           : entry->kind == UMBRA_LISTED_LINK    ? ST_SYMLINK
                                                 : ST_FILE;
}

/* A file or link that the base may have. */
static void decide_file(struct listing *listing, const struct listed *entry, size_t index, bool known,
                        const struct st_info *info)
{
    struct import *import = listing->import;

    if (known && !import_is_racy(import, info->mtime)) {
        if (entry->size == UMBRA_SIZE_UNKNOWN) {
            import->owed++;
            put_index(&listing->look, index);
            return;
        }
        if (entry->size == info->size && entry->mtime == info->mtime &&
            (entry->mode == UMBRA_MODE_UNKNOWN || (entry->mode & 07777) == info->mode)) {
            import->scanned++;
            import->unchanged++;
            return;
        }
    }
    if (known && import_is_racy(import, info->mtime)) import->read_again = true;
    import->owed += known;
    import->scanned++;
    put_index(&listing->read, index);
}

static int decide(struct listing *listing, size_t index, bool again)
{
    const struct listed *entry = &listing->entries[index];
    uint32_t ino =
        listing->base ? st_lookup(listing->runtime->store, ST_BASE, listing->base, entry->name, entry->length)
                      : 0;
    struct st_info info;
    bool known;
    int left_out;

    buffer_clear(&listing->path);
    buffer_put(&listing->path, listing->directory, listing->directory_size);
    if (listing->directory_size) buffer_put_byte(&listing->path, '/');
    buffer_put(&listing->path, entry->name, entry->length);
    if (listing->path.failed) return error_memory(listing->error);
    left_out = filter(listing, entry);
    if (left_out && ino) listing->left_out[listing->left_out_count++] = ino;
    if (left_out) return left_out < 0 ? left_out : 0;
    known = ino && st_info(listing->runtime->store, ST_BASE, ino, &info) == 0 && info.kind == kind_of(entry);
    if (known) listing->kept[listing->kept_count++] = ino;
    if (known && again) listing->import->owed--; /* it was to be looked at, and this is it */
    if (entry->kind != UMBRA_LISTED_DIRECTORY) {
        decide_file(listing, entry, index, known, &info);
        return 0;
    }
    listing->import->owed += known;
    put_index(&listing->enter, index);
    return 0;
}

/* --- what is gone --- */

/* Takes one file of the base out of the workspace, as far as the user has not changed it. */
static int remove_file(struct listing *listing, uint32_t ino, const char *path, size_t length, bool left_out)
{
    struct store *store = listing->runtime->store;
    const struct st_change *change = import_find_change(listing->import, path, length);
    uint32_t head;
    int result;

    if (change && change->kind != ST_DELETED)
        return left_out ? 0
                        : import_conflict(listing->import, path, length,
                                          "it was changed here and is gone from the real folder; yours was "
                                          "kept",
                                          listing->error);
    if (change && left_out) return 0;
    listing->import->dirty = true;
    listing->import->removed++;
    if (change) return st_accept_change(store, change, listing->error);
    head = import_lookup(store, ST_HEAD, path, length);
    result = head == ino || head == 0 ? 0 : st_adopt(store, ST_BASE, ST_HEAD, head, listing->error);
    return result < 0 ? result : st_forget_file(store, head ? head : ino, listing->error);
}

struct gone {
    uint32_t ino;
    char *path;
    size_t length;
};

/* All files of the base at and below an ino. The list is made before anything is removed. */
static int collect(struct listing *listing, uint32_t ino, struct gone **out, size_t *count)
{
    struct fs_walk walk;
    struct gone *list = NULL;
    size_t capacity = 0;
    int result = fs_walk_begin(&walk, listing->runtime->store, ST_BASE, ino);

    *count = 0;
    while (result >= 0 && (result = fs_walk_next(&walk)) > 0) {
        if (*count == capacity) {
            struct gone *grown = realloc(list, (capacity = capacity ? capacity * 2 : 16) * sizeof *list);
            if (grown == NULL) result = UMBRA_ENOMEM;
            list = grown ? grown : list;
        }
        if (result < 0) break;
        list[*count] = (struct gone){walk.info.ino, malloc(walk.path.size + 1), walk.path.size};
        if (list[*count].path == NULL)
            result = UMBRA_ENOMEM;
        else
            memcpy(list[(*count)++].path, buffer_string(&walk.path), walk.path.size + 1);
    }
    fs_walk_end(&walk);
    *out = list;
    return result < 0 ? error_memory(listing->error) : 0;
}

static int remove_below(struct listing *listing, uint32_t ino, bool left_out)
{
    struct gone *list;
    size_t count, i;
    int result = collect(listing, ino, &list, &count);

    for (i = 0; i < count; i++) {
        if (result == 0) result = remove_file(listing, list[i].ino, list[i].path, list[i].length, left_out);
        free(list[i].path);
    }
    free(list);
    return result;
}

static int compare_inos(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static bool is_among(uint32_t ino, const uint32_t *inos, size_t count)
{
    return count && bsearch(&ino, inos, count, sizeof ino, compare_inos) != NULL;
}

/* Removes what the base has in this directory and the listing does not keep. */
static int remove_gone(struct listing *listing)
{
    const struct store *store = listing->runtime->store;
    uint32_t *gone = NULL, ino, i, count = 0;
    struct st_info info;
    int result = 0;

    if (listing->base == 0 || st_info(store, ST_BASE, listing->base, &info) < 0) return 0;
    gone = malloc((info.count + 1) * sizeof gone[0]);
    if (gone == NULL) return error_memory(listing->error);
    qsort(listing->kept, listing->kept_count, sizeof ino, compare_inos);
    qsort(listing->left_out, listing->left_out_count, sizeof ino, compare_inos);
    for (i = 0; (ino = st_entry(store, ST_BASE, listing->base, i)) != 0; i++)
        if (!is_among(ino, listing->kept, listing->kept_count)) gone[count++] = ino;
    for (i = 0; i < count && result == 0; i++)
        result =
            remove_below(listing, gone[i], is_among(gone[i], listing->left_out, listing->left_out_count));
    free(gone);
    return result;
}

/* --- the operation --- */

static int decide_all(struct listing *listing, bool again)
{
    const struct store *store = listing->runtime->store;
    struct st_info info;
    size_t i;
    int result = take_rules(listing);

    listing->base = import_lookup(store, ST_BASE, listing->directory, listing->directory_size);
    if (listing->base && (st_info(store, ST_BASE, listing->base, &info) < 0 || info.kind != ST_DIRECTORY))
        listing->base = 0;
    if (listing->base && listing->base != ST_ROOT_INO && !again) listing->import->owed--;
    for (i = 0; i < listing->count && result == 0; i++) result = decide(listing, i, again);
    return result == 0 && !again ? remove_gone(listing) : result;
}

static void answer(const struct listing *listing, struct buffer *out)
{
    buffer_printf(out, "{\"read\":[%s],\"enter\":[%s],\"look\":[%s],\"scanned\":%u,\"unchanged\":%u}",
                  buffer_string(&listing->read), buffer_string(&listing->enter),
                  buffer_string(&listing->look), listing->import->scanned, listing->import->unchanged);
    if (listing->read.failed || listing->enter.failed || listing->look.failed) out->failed = true;
}

/* {again?} and a listing: which entries the host is to read, which folders to list next (those above come
 * first), and at which files it is to look for their size and time, to list them `again`. */
int import_list(struct umbra *runtime, struct request *request, struct error *error)
{
    struct listing listing = {.runtime = runtime, .import = runtime->import, .error = error};
    int result;

    if (runtime->import == NULL) return error_set(error, UMBRA_EINVAL, "no import is running");
    result = read_listing(&listing, request);
    if (result == 0) result = decide_all(&listing, json_bool(request->body, "again", false));
    if (result == 0) answer(&listing, &request->result);
    buffer_free(&listing.path);
    buffer_free(&listing.read);
    buffer_free(&listing.enter);
    buffer_free(&listing.look);
    free(listing.entries);
    free(listing.kept);
    free(listing.left_out);
    if (result < 0) import_close(runtime);
    return result;
}
