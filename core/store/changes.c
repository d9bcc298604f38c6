#include "store/changes.h"

#include <stdlib.h>
#include <string.h>

#include "store/renames.h"
#include "store/store_internal.h"

const struct st_rename_limits st_default_rename_limits = {
    .similarity = 50,
    .pairs = 40000,
    .file_bytes = 4u << 20,
    .bytes = 16u << 20,
};

struct collector {
    const struct store *store;
    enum st_root to;
    uint32_t *inos;
    size_t count, capacity;
};

static int collect(struct collector *collector, uint32_t ino)
{
    if (collector->count == collector->capacity) {
        size_t capacity = collector->capacity ? collector->capacity * 2 : 64;
        uint32_t *inos = realloc(collector->inos, capacity * sizeof *inos);
        if (inos == NULL) return UMBRA_ENOMEM;
        collector->inos = inos;
        collector->capacity = capacity;
    }
    collector->inos[collector->count++] = ino;
    return 0;
}

/* A directory with another name or place gives all that is below it another path. */
static int collect_below(struct collector *collector, uint32_t directory)
{
    uint32_t i, child;
    int result;
    for (i = 0; (child = st_entry(collector->store, collector->to, directory, i)) != 0; i++) {
        result = collect(collector, child);
        if (result == 0) result = collect_below(collector, child);
        if (result < 0) return result;
    }
    return 0;
}

static bool same_place(const struct st_inode *a, const struct st_inode *b)
{
    return a->parent == b->parent && a->name_length == b->name_length &&
           memcmp(a->name, b->name, a->name_length) == 0;
}

static int visit(void *context, uint32_t ino, const struct st_inode *before, const struct st_inode *after)
{
    struct collector *collector = context;
    int result = collect(collector, ino);

    if (result == 0 && before && after && before->kind == ST_DIRECTORY && !same_place(before, after))
        result = collect_below(collector, ino);
    return result;
}

static int compare_inos(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

int st_path(const struct store *store, enum st_root root, uint32_t ino, struct buffer *path)
{
    size_t start = path->size, length = 0;
    struct st_info info;
    uint32_t at;

    if (st_info(store, root, ino, &info) < 0) return UMBRA_ENOENT;
    for (at = ino; at != ST_ROOT_INO; at = info.parent) {
        if (st_info(store, root, at, &info) < 0) return UMBRA_ENOENT;
        length += info.name_length + 1u;
    }
    if (length == 0) return 0;
    length--;
    if (buffer_reserve(path, length) < 0) return UMBRA_ENOMEM;
    path->size += length;
    path->data[path->size] = '\0';
    for (at = ino; at != ST_ROOT_INO; at = info.parent) {
        st_info(store, root, at, &info);
        length -= info.name_length;
        memcpy(path->data + start + length, info.name, info.name_length);
        if (length) path->data[start + --length] = '/';
    }
    return 0;
}

uint32_t st_at_path(const struct store *store, enum st_root root, const char *path)
{
    uint32_t ino = ST_ROOT_INO;
    while (ino && *path) {
        size_t length = strcspn(path, "/");
        ino = st_lookup(store, root, ino, path, length);
        path += length + (path[length] == '/');
    }
    return ino;
}

bool st_shares_content(const struct store *store, enum st_root a_root, uint32_t a, enum st_root b_root,
                       uint32_t b)
{
    const struct st_inode *left = tree_get(store_tree(store, a_root), a);
    const struct st_inode *right = tree_get(store_tree(store, b_root), b);
    return left && right && left->size == right->size && content_is_same(left->content, right->content);
}

int st_same_content(const struct store *store, enum st_root a_root, uint32_t a, enum st_root b_root,
                    uint32_t b)
{
    enum { CHUNK = 64 << 10 };
    struct st_info left, right;
    char *buffers;
    uint64_t at;
    int same = 1;

    if (st_info(store, a_root, a, &left) < 0 || st_info(store, b_root, b, &right) < 0) return UMBRA_ENOENT;
    if (left.size != right.size) return 0;
    if (st_shares_content(store, a_root, a, b_root, b)) return 1;
    buffers = malloc((size_t)CHUNK * 2);
    if (buffers == NULL) return UMBRA_ENOMEM;
    for (at = 0; at < left.size && same > 0; at += CHUNK) {
        int64_t got = st_read(store, a_root, a, at, buffers, CHUNK);
        int64_t other = st_read(store, b_root, b, at, buffers + CHUNK, CHUNK);
        if (got <= 0 || other < 0)
            same = UMBRA_EIO;
        else
            same = got == other && memcmp(buffers, buffers + CHUNK, (size_t)got) == 0;
    }
    free(buffers);
    return same;
}

/* Appends what an inode is in one tree; directories and absent ones are no file. */
static int add_side(const struct store *store, enum st_root root, uint32_t ino, struct change_sides *sides)
{
    struct st_info info;
    struct buffer path = {0};
    char *text;

    if (st_info(store, root, ino, &info) < 0 || info.kind == ST_DIRECTORY) return 0;
    if (st_path(store, root, ino, &path) < 0) path.failed = true;
    text = buffer_take(&path);
    if (text == NULL) return UMBRA_ENOMEM;
    sides->items[sides->count++] = (struct change_side){
        .path = text, .ino = ino, .kind = info.kind, .mode = info.mode, .size = info.size};
    return 0;
}

static int compare_sides(const void *a, const void *b)
{
    return strcmp(((const struct change_side *)a)->path, ((const struct change_side *)b)->path);
}

static void free_sides(struct change_sides *sides)
{
    size_t i;
    for (i = 0; i < sides->count; i++) free(sides->items[i].path);
    free(sides->items);
    memset(sides, 0, sizeof *sides);
}

/* Both sides of all inodes that differ, by path. */
static int collect_sides(const struct store *store, enum st_root from, enum st_root to,
                         struct change_sides *old, struct change_sides *new)
{
    struct collector collector = {.store = store, .to = to};
    size_t i;
    int result = tree_compare(store_tree(store, from), store_tree(store, to), visit, &collector);

    if (result == 0 && collector.count) {
        qsort(collector.inos, collector.count, sizeof collector.inos[0], compare_inos);
        old->items = calloc(collector.count, sizeof old->items[0]);
        new->items = calloc(collector.count, sizeof new->items[0]);
        if (old->items == NULL || new->items == NULL) result = UMBRA_ENOMEM;
    }
    for (i = 0; i < collector.count && result == 0; i++) {
        if (i && collector.inos[i] == collector.inos[i - 1]) continue;
        result = add_side(store, from, collector.inos[i], old);
        if (result == 0) result = add_side(store, to, collector.inos[i], new);
    }
    free(collector.inos);
    if (result == 0 && old->count) qsort(old->items, old->count, sizeof old->items[0], compare_sides);
    if (result == 0 && new->count) qsort(new->items, new->count, sizeof new->items[0], compare_sides);
    return result;
}

static void fill_old(struct st_change *change, const struct change_side *old)
{
    change->old_ino = old->ino;
    change->old_type = old->kind;
    change->old_mode = old->mode;
    change->old_size = old->size;
}

static void fill_new(struct st_change *change, const struct change_side *new)
{
    change->new_ino = new->ino;
    change->new_type = new->kind;
    change->new_mode = new->mode;
    change->new_size = new->size;
}

/* A file that has its path on both sides: 1 when it differs, 0 when it does not. */
static int compare_pair(const struct store *store, const struct st_changes *changes, struct change_side *old,
                        const struct change_side *new, struct st_change *change)
{
    int same =
        old->kind != new->kind ? 0 : st_same_content(store, changes->from, old->ino, changes->to, new->ino);

    if (same < 0) return same;
    if (same && old->mode == new->mode) return 0;
    memset(change, 0, sizeof *change);
    change->kind = same ? ST_MODE : ST_MODIFIED;
    fill_old(change, old);
    fill_new(change, new);
    change->path = old->path;
    old->path = NULL;
    return 1;
}

/* Lists the files that have their path on both sides and differ; both lists keep what is on one side only. */
static int take_pairs(const struct store *store, struct st_changes *changes, struct change_sides *old,
                      struct change_sides *new)
{
    size_t i = 0, j = 0, old_kept = 0, new_kept = 0;
    int result = 0;

    while (i < old->count || j < new->count) {
        int order = i == old->count   ? 1
                    : j == new->count ? -1
                                      : strcmp(old->items[i].path, new->items[j].path);
        if (order == 0 && result >= 0) {
            result =
                compare_pair(store, changes, &old->items[i], &new->items[j], &changes->items[changes->count]);
            if (result > 0) changes->count++;
        }
        if (order == 0) {
            free(old->items[i++].path);
            free(new->items[j++].path);
        } else if (order < 0) {
            old->items[old_kept++] = old->items[i++];
        } else {
            new->items[new_kept++] = new->items[j++];
        }
    }
    old->count = old_kept;
    new->count = new_kept;
    return result < 0 ? result : 0;
}

/* Lists what is on one side only, a renamed file as one change. Takes the paths. */
static void take_rest(struct st_changes *changes, struct change_sides *deleted, struct change_sides *added)
{
    size_t i;

    for (i = 0; i < deleted->count; i++) {
        struct change_side *old = &deleted->items[i];
        struct st_change *change;
        if (old->partner) continue;
        change = &changes->items[changes->count++];
        memset(change, 0, sizeof *change);
        change->kind = ST_DELETED;
        fill_old(change, old);
        change->new_type = old->kind;
        change->path = old->path;
        old->path = NULL;
    }
    for (i = 0; i < added->count; i++) {
        struct change_side *new = &added->items[i];
        struct st_change *change = &changes->items[changes->count++];
        memset(change, 0, sizeof *change);
        change->kind = new->partner ? ST_RENAMED : ST_ADDED;
        change->old_type = new->kind;
        fill_new(change, new);
        change->path = new->path;
        new->path = NULL;
        if (new->partner == NULL) continue;
        fill_old(change, new->partner);
        change->similarity = new->similarity;
        change->from = new->partner->path;
        new->partner->path = NULL;
    }
}

static int compare_changes(const void *a, const void *b)
{
    return strcmp(((const struct st_change *)a)->path, ((const struct st_change *)b)->path);
}

int st_list_changes(const struct store *store, enum st_root from, enum st_root to,
                    const struct st_rename_limits *limits, struct st_changes *changes, struct error *error)
{
    struct change_sides old = {0}, new = {0};
    int result;

    *changes = (struct st_changes){.from = from, .to = to};
    result = collect_sides(store, from, to, &old, &new);
    if (result == 0 && old.count + new.count) {
        changes->items = calloc(old.count + new.count, sizeof changes->items[0]);
        result = changes->items ? take_pairs(store, changes, &old, &new) : UMBRA_ENOMEM;
    }
    if (result == 0)
        result = renames_find(store, from, to, limits ? limits : &st_default_rename_limits, &old, &new);
    if (result == 0) {
        take_rest(changes, &old, &new);
        if (changes->count) qsort(changes->items, changes->count, sizeof changes->items[0], compare_changes);
    }
    free_sides(&old);
    free_sides(&new);
    if (result == 0) return 0;
    st_free_changes(changes);
    return error_set(error, result, "listing the changes failed: %s", umbra_error_text(result));
}

void st_free_changes(struct st_changes *changes)
{
    size_t i;
    for (i = 0; i < changes->count; i++) {
        free(changes->items[i].path);
        free(changes->items[i].from);
    }
    free(changes->items);
    memset(changes, 0, sizeof *changes);
}

const char *st_change_kind_name(enum st_change_kind kind)
{
    static const char *const names[] = {"added", "modified", "deleted", "renamed", "mode"};
    return names[kind];
}

const char *st_kind_name(enum st_kind kind)
{
    return kind == ST_DIRECTORY ? "directory" : kind == ST_SYMLINK ? "symlink" : "file";
}

bool st_changes_type(const struct st_change *change)
{
    return change->old_type != change->new_type;
}
