#include "model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/path.h"

struct blob *blob_new(size_t size)
{
    struct blob *blob = malloc(sizeof *blob + size);
    if (blob == NULL) abort();
    blob->refs = 1;
    blob->size = size;
    return blob;
}

struct blob *blob_keep(struct blob *blob)
{
    if (blob) blob->refs++;
    return blob;
}

void blob_release(struct blob *blob)
{
    if (blob && --blob->refs == 0) free(blob);
}

struct blob *blob_resized(const struct blob *blob, size_t size)
{
    struct blob *copy = blob_new(size);
    size_t same = blob->size < size ? blob->size : size;

    memcpy(copy->bytes, blob->bytes, same);
    memset(copy->bytes + same, 0, size - same);
    return copy;
}

void model_free(struct model *model)
{
    while (model->count) blob_release(model->entries[--model->count].blob);
}

void model_copy(struct model *to, const struct model *from)
{
    int i;
    if (to == from) return;
    model_free(to);
    memcpy(to->entries, from->entries, (size_t)from->count * sizeof from->entries[0]);
    to->count = from->count;
    for (i = 0; i < to->count; i++) blob_keep(to->entries[i].blob);
}

struct entry *model_find(struct model *model, const char *path)
{
    int i;
    for (i = 0; i < model->count; i++)
        if (strcmp(model->entries[i].path, path) == 0) return &model->entries[i];
    return NULL;
}

bool model_is_below(const char *path, const char *directory)
{
    size_t length = strlen(directory);
    return strncmp(path, directory, length) == 0 && path[length] == '/';
}

bool model_has_parent(struct model *model, const char *path)
{
    char parent[MODEL_PATH_MOST];
    const struct entry *entry;
    const char *slash = strrchr(path, '/');

    if (slash == NULL) return true;
    snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
    entry = model_find(model, parent);
    return entry && entry->kind == ST_DIRECTORY;
}

bool model_has_children(struct model *model, const char *path)
{
    int i;
    for (i = 0; i < model->count; i++)
        if (model_is_below(model->entries[i].path, path)) return true;
    return false;
}

struct entry *model_add(struct model *model, const char *path, enum st_kind kind, uint16_t mode,
                        int64_t mtime)
{
    struct entry *entry = &model->entries[model->count++];

    *entry = (struct entry){.kind = kind, .mode = mode, .mtime = mtime};
    snprintf(entry->path, sizeof entry->path, "%s", path);
    if (kind != ST_DIRECTORY) entry->blob = blob_new(0);
    return entry;
}

void model_remove(struct model *model, struct entry *entry)
{
    blob_release(entry->blob);
    *entry = model->entries[--model->count];
}

void model_move(struct model *model, const char *from, const char *to)
{
    int i;
    char old[MODEL_PATH_MOST], new[MODEL_PATH_MOST];

    snprintf(old, sizeof old, "%s", from);
    snprintf(new, sizeof new, "%s", to);
    for (i = 0; i < model->count; i++) {
        char moved[2 * MODEL_PATH_MOST];
        char *path = model->entries[i].path;
        if (strcmp(path, old) != 0 && !model_is_below(path, old)) continue;
        snprintf(moved, sizeof moved, "%s%s", new, path + strlen(old));
        if (strlen(moved) >= MODEL_PATH_MOST) abort();
        memcpy(path, moved, strlen(moved) + 1);
    }
}

void model_set(struct entry *entry, struct blob *blob)
{
    blob_release(entry->blob);
    entry->blob = blob;
}

static uint32_t count_below(const struct store *store, enum st_root root, uint32_t directory)
{
    uint32_t count = 0, i, child;

    for (i = 0; (child = st_entry(store, root, directory, i)) != 0; i++)
        count += 1 + count_below(store, root, child);
    return count;
}

void model_assert_file(const struct blob *blob, const struct store *store, enum st_root root, uint32_t ino)
{
    static char bytes[32768];
    struct st_info info;
    uint64_t at = 0;

    assert_int_equal(st_info(store, root, ino, &info), 0);
    assert_int_equal(info.size, blob->size);
    while (at < blob->size) {
        int64_t got = st_read(store, root, ino, at, bytes, sizeof bytes);
        assert_true(got > 0);
        assert_memory_equal(bytes, blob->bytes + at, (size_t)got);
        at += (uint64_t)got;
    }
}

void model_assert(const struct model *model, const struct store *store, enum st_root root, bool contents)
{
    int i;

    assert_int_equal(count_below(store, root, ST_ROOT_INO), model->count);
    for (i = 0; i < model->count; i++) {
        const struct entry *entry = &model->entries[i];
        struct st_info info;
        struct error error;
        uint32_t ino;

        if (fs_resolve(store, root, entry->path, strlen(entry->path), FS_NO_FOLLOW, &ino, &error) < 0)
            fail_msg("%s", error.message);
        assert_int_equal(st_info(store, root, ino, &info), 0);
        assert_int_equal(info.kind, entry->kind);
        assert_int_equal(info.mode, entry->mode);
        assert_int_equal(info.mtime, entry->mtime);
        assert_int_equal(info.size, entry->blob ? entry->blob->size : 0);
        if (contents && entry->blob) model_assert_file(entry->blob, store, root, ino);
    }
}
