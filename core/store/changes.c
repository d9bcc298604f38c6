#include "store/changes.h"

#include <stdlib.h>
#include <string.h>

#include "store/store_internal.h"

struct collector {
    const struct store *store;
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
    for (i = 0; (child = st_entry(collector->store, ST_HEAD, directory, i)) != 0; i++) {
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
    const struct st_tree *tree = store_tree(store, root);
    const struct st_inode *inode = tree_get(tree, ino);
    size_t start = path->size, length = 0;
    uint32_t at;

    if (inode == NULL) return UMBRA_ENOENT;
    for (at = ino; at != ST_ROOT_INO; at = inode->parent) {
        inode = tree_get(tree, at);
        if (inode == NULL) return UMBRA_ENOENT;
        length += inode->name_length + 1u;
    }
    if (length == 0) return 0;
    length--;
    if (buffer_reserve(path, length) < 0) return UMBRA_ENOMEM;
    path->size += length;
    path->data[path->size] = '\0';
    for (at = ino; at != ST_ROOT_INO; at = inode->parent) {
        inode = tree_get(tree, at);
        length -= inode->name_length;
        memcpy(path->data + start + length, inode->name, inode->name_length);
        if (length) path->data[start + --length] = '/';
    }
    return 0;
}

static char *path_of(const struct store *store, enum st_root root, uint32_t ino)
{
    struct buffer path = {0};
    if (st_path(store, root, ino, &path) < 0) path.failed = true;
    return buffer_take(&path);
}

int st_same_content(const struct store *store, enum st_root a_root, uint32_t a, enum st_root b_root,
                    uint32_t b)
{
    enum { CHUNK = 64 << 10 };
    const struct st_inode *left = tree_get(store_tree(store, a_root), a);
    const struct st_inode *right = tree_get(store_tree(store, b_root), b);
    char *buffers;
    uint64_t at;
    int same = 1;

    if (left == NULL || right == NULL) return UMBRA_ENOENT;
    if (left->size != right->size) return 0;
    if (left->content == right->content) return 1;
    buffers = malloc((size_t)CHUNK * 2);
    if (buffers == NULL) return UMBRA_ENOMEM;
    for (at = 0; at < left->size && same > 0; at += CHUNK) {
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

/* Fills one change from an ino that is on either side; 0 when it is none, 1 when it is. */
static int classify(const struct store *store, uint32_t ino, struct st_change *change)
{
    const struct st_inode *base = tree_get(&store->roots[ST_BASE], ino);
    const struct st_inode *head = tree_get(&store->roots[ST_HEAD], ino);
    int same;

    memset(change, 0, sizeof *change);
    if ((base ? base : head) == NULL || (base ? base : head)->kind == ST_DIRECTORY) return 0;
    change->type = (base ? base : head)->kind;
    if (base) change->base_ino = ino;
    if (head) change->head_ino = ino;
    change->path = path_of(store, head ? ST_HEAD : ST_BASE, ino);
    if (change->path == NULL) return UMBRA_ENOMEM;
    change->kind = base == NULL ? ST_ADDED : head == NULL ? ST_DELETED : ST_MODIFIED;
    if (change->kind != ST_MODIFIED) return 1;
    change->from = path_of(store, ST_BASE, ino);
    if (change->from == NULL) return UMBRA_ENOMEM;
    if (strcmp(change->from, change->path) != 0) {
        change->kind = ST_RENAMED;
        return 1;
    }
    free(change->from);
    change->from = NULL;
    if (base->mode != head->mode) return 1;
    same = st_same_content(store, ST_BASE, ino, ST_HEAD, ino);
    return same < 0 ? same : !same;
}

static void free_change(struct st_change *change)
{
    free(change->path);
    free(change->from);
    change->path = change->from = NULL;
}

static int compare_changes(const void *a, const void *b)
{
    const struct st_change *left = a, *right = b;
    int order = strcmp(left->path, right->path);
    return order ? order : (int)left->kind - (int)right->kind;
}

/* Makes one change of an added and a deleted file of the same name; 1 when they are the same file after all.
 */
static int join(const struct store *store, struct st_change *added, const struct st_change *deleted)
{
    const struct st_inode *base = tree_get(&store->roots[ST_BASE], deleted->base_ino);
    const struct st_inode *head = tree_get(&store->roots[ST_HEAD], added->head_ino);
    int same = st_same_content(store, ST_BASE, deleted->base_ino, ST_HEAD, added->head_ino);

    added->kind = ST_MODIFIED;
    added->base_ino = deleted->base_ino;
    return same > 0 ? base->mode == head->mode : same;
}

static bool is_pair(const struct st_change *added, const struct st_change *deleted)
{
    return added->kind == ST_ADDED && deleted->kind == ST_DELETED && added->type == deleted->type &&
           strcmp(added->path, deleted->path) == 0;
}

/* A file that was removed and made anew under the same name is a modified one, or none at all. The list is
 * sorted: such a pair stands together. */
static int join_pairs(const struct store *store, struct st_changes *changes)
{
    struct st_change *items = changes->items;
    size_t from, to = 0;
    int result = 0;

    for (from = 0; from < changes->count; from++) {
        struct st_change item = items[from];
        items[from].path = items[from].from = NULL; /* it belongs to `item` now */
        if (result >= 0 && from + 1 < changes->count && is_pair(&item, &items[from + 1])) {
            result = join(store, &item, &items[from + 1]);
            free_change(&items[++from]);
        }
        if (result > 0) {
            free_change(&item);
            result = 0;
        } else {
            items[to++] = item;
        }
    }
    changes->count = to;
    return result;
}

int st_list_changes(const struct store *store, struct st_changes *changes, struct error *error)
{
    struct collector collector = {.store = store};
    size_t i;
    int result = tree_compare(&store->roots[ST_BASE], &store->roots[ST_HEAD], visit, &collector);

    memset(changes, 0, sizeof *changes);
    if (result == 0 && collector.count) {
        qsort(collector.inos, collector.count, sizeof collector.inos[0], compare_inos);
        changes->items = calloc(collector.count, sizeof changes->items[0]);
        if (changes->items == NULL) result = UMBRA_ENOMEM;
    }
    for (i = 0; i < collector.count && result >= 0; i++) {
        if (i && collector.inos[i] == collector.inos[i - 1]) continue;
        result = classify(store, collector.inos[i], &changes->items[changes->count]);
        if (result > 0)
            changes->count++;
        else
            free_change(&changes->items[changes->count]);
    }
    free(collector.inos);
    if (result >= 0 && changes->count) {
        qsort(changes->items, changes->count, sizeof changes->items[0], compare_changes);
        result = join_pairs(store, changes);
    }
    if (result >= 0) return 0;
    st_free_changes(changes);
    return error_set(error, result, "listing the changes failed: %s", umbra_error_text(result));
}

void st_free_changes(struct st_changes *changes)
{
    size_t i;
    for (i = 0; i < changes->count; i++) free_change(&changes->items[i]);
    free(changes->items);
    memset(changes, 0, sizeof *changes);
}

const char *st_change_kind_name(enum st_change_kind kind)
{
    static const char *const names[] = {"added", "modified", "deleted", "renamed"};
    return names[kind];
}

const char *st_kind_name(enum st_kind kind)
{
    return kind == ST_DIRECTORY ? "directory" : kind == ST_SYMLINK ? "symlink" : "file";
}

/* The directory in the other tree that has the path of `directory` in this one; 0 when there is none. */
static uint32_t twin_of(const struct store *store, enum st_root root, enum st_root other, uint32_t directory)
{
    const struct st_inode *inode = tree_get(store_tree(store, root), directory);
    uint32_t parent;

    if (directory == ST_ROOT_INO) return ST_ROOT_INO;
    parent = inode ? twin_of(store, root, other, inode->parent) : 0;
    return parent ? st_lookup(store, other, parent, inode->name, inode->name_length) : 0;
}

/* Removes empty directories from `directory` upwards in `root` that the other tree does not have. */
static int prune(struct store *store, enum st_root root, uint32_t directory, struct error *error)
{
    enum st_root other = root == ST_BASE ? ST_HEAD : ST_BASE;
    while (directory != ST_ROOT_INO) {
        const struct st_inode *inode = tree_get(store_tree(store, root), directory);
        uint32_t parent;
        int result;

        if (inode == NULL || (inode->entries && inode->entries->count)) return 0;
        if (twin_of(store, root, other, directory)) return 0;
        parent = inode->parent;
        result = st_remove(store, root, directory, error);
        if (result < 0) return result;
        directory = parent;
    }
    return 0;
}

static int take_over(struct store *store, enum st_root to, enum st_root from, uint32_t to_ino,
                     uint32_t from_ino, struct error *error)
{
    const struct st_inode *mine = to_ino ? tree_get(&store->roots[to], to_ino) : NULL;
    uint32_t parent = mine ? mine->parent : ST_ROOT_INO;
    int result = 0;

    if (to_ino && to_ino != from_ino) result = st_adopt(store, to, from, to_ino, error);
    if (result == 0 && from_ino) result = st_adopt(store, to, from, from_ino, error);
    return result < 0 ? result : prune(store, to, parent, error);
}

int st_accept_change(struct store *store, const struct st_change *change, struct error *error)
{
    return take_over(store, ST_BASE, ST_HEAD, change->base_ino, change->head_ino, error);
}

int st_discard_change(struct store *store, const struct st_change *change, struct error *error)
{
    return take_over(store, ST_HEAD, ST_BASE, change->head_ino, change->base_ino, error);
}

static bool is_empty(const struct store *store, enum st_root root, uint32_t directory)
{
    return st_entry(store, root, directory, 0) == 0;
}

int st_forget_file(struct store *store, uint32_t ino, struct error *error)
{
    const struct st_inode *inode = tree_get(&store->roots[ST_HEAD], ino);
    uint32_t directory = inode ? inode->parent : ST_ROOT_INO;
    int result = inode ? st_remove(store, ST_HEAD, ino, error) : 0;

    if (result == 0) result = st_adopt(store, ST_BASE, ST_HEAD, ino, error);
    while (result == 0 && directory != ST_ROOT_INO && is_empty(store, ST_HEAD, directory) &&
           is_empty(store, ST_BASE, directory)) {
        uint32_t gone = directory;
        directory = tree_get(&store->roots[ST_HEAD], gone)->parent;
        result = st_remove(store, ST_HEAD, gone, error);
        if (result == 0) result = st_adopt(store, ST_BASE, ST_HEAD, gone, error);
    }
    return result;
}
