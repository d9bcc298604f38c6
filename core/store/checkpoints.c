/* checkpoints.c: trees that are kept: under a number and a name, or for a while in memory. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "store/store_internal.h"

size_t store_find_checkpoint(const struct store *store, uint32_t id)
{
    size_t low = 0, high = store->kept_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (store->kept[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < store->kept_count && store->kept[low].id == id ? low : store->kept_count;
}

const struct st_tree *store_tree(const struct store *store, enum st_root root)
{
    static const struct st_tree empty;
    size_t index;

    if (root < ST_ROOT_COUNT) return &store->roots[root];
    if (root == ST_VIEW) return &store->view;
    index = store_find_checkpoint(store, (uint32_t)root - ST_ROOT_COUNT);
    return index < store->kept_count ? &store->kept[index].tree : &empty;
}

enum st_root st_checkpoint_root(uint32_t id)
{
    return (enum st_root)(ST_ROOT_COUNT + id);
}

int st_checkpoint_at(const struct store *store, uint32_t index, struct st_checkpoint_info *info)
{
    const struct st_kept *kept;

    if (index >= store->kept_count) return UMBRA_ENOENT;
    kept = &store->kept[index];
    *info = (struct st_checkpoint_info){.id = kept->id,
                                        .time = kept->time,
                                        .name = kept->name,
                                        .automatic = kept->automatic,
                                        .files = kept->files,
                                        .bytes = kept->bytes};
    return 0;
}

static int differs(void *context, uint32_t ino, const struct st_inode *before, const struct st_inode *after)
{
    (void)context;
    (void)ino;
    (void)before;
    (void)after;
    return 1;
}

bool st_same_tree(const struct store *store, enum st_root a, enum st_root b)
{
    return tree_compare(store_tree(store, a), store_tree(store, b), differs, NULL) == 0;
}

uint32_t st_checkpoint_count(const struct store *store)
{
    return (uint32_t)store->kept_count;
}

bool st_has_checkpoint(const struct store *store, uint32_t id)
{
    return store_find_checkpoint(store, id) < store->kept_count;
}

static int make_room(struct store *store)
{
    size_t capacity = store->kept_capacity ? store->kept_capacity * 2 : 16;
    struct st_kept *kept;

    if (store->kept_count < store->kept_capacity) return 0;
    kept = realloc(store->kept, capacity * sizeof *kept);
    if (kept == NULL) return UMBRA_ENOMEM;
    store->kept = kept;
    store->kept_capacity = capacity;
    return 0;
}

struct count {
    uint32_t files;
    uint64_t bytes;
};

static int count_one(void *context, uint32_t ino, const struct st_inode *before, const struct st_inode *after)
{
    struct count *count = context;
    (void)ino;
    (void)before;
    if (after == NULL || after->kind == ST_DIRECTORY) return 0;
    count->files++;
    count->bytes += after->size;
    return 0;
}

int store_keep_checkpoint(struct store *store, const struct st_kept *kept, enum st_root root)
{
    static const struct st_tree empty;
    struct count count = {store->files, store->bytes};
    struct st_kept *slot;

    if (store->kept_count && store->kept[store->kept_count - 1].id >= kept->id) return UMBRA_ECORRUPT;
    if (make_room(store) < 0) return UMBRA_ENOMEM;
    if (root != ST_HEAD) {
        count = (struct count){0};
        tree_compare(&empty, &store->roots[root], count_one, &count);
    }
    slot = &store->kept[store->kept_count++];
    *slot = *kept;
    slot->tree = tree_keep(&store->roots[root]);
    slot->files = count.files;
    slot->bytes = count.bytes;
    if (kept->id >= store->next_checkpoint) store->next_checkpoint = kept->id + 1;
    store->epoch++; /* the tree is the checkpoint's too from here on */
    return 0;
}

void store_forget_checkpoint(struct store *store, size_t index)
{
    struct st_tree tree = store->kept[index].tree;

    store->kept_count--;
    memmove(store->kept + index, store->kept + index + 1,
            (store->kept_count - index) * sizeof store->kept[0]);
    tree_release(&tree);
}

/* The oldest automatic checkpoint when there are more than allowed; kept_count: none. */
static size_t find_surplus(const struct store *store)
{
    size_t i, first = store->kept_count;
    uint32_t automatic = 0;

    for (i = store->kept_count; i-- > 0;) {
        if (!store->kept[i].automatic) continue;
        automatic++;
        first = i;
    }
    return automatic >= store->limits.max_checkpoints ? first : store->kept_count;
}

static int refuse_in_transaction(const struct store *store, struct error *error)
{
    if (!store->in_transaction) return 0;
    return error_set(error, UMBRA_EBUSY, "another change of the workspace is under way; wait for it to end");
}

static int put_checkpoint(struct store *store, const struct st_kept *kept, enum st_root root, size_t surplus,
                          struct error *error)
{
    struct meta meta;
    int result = 0;

    meta_begin(&meta, &store->log);
    if (surplus < store->kept_count) result = meta_number(&meta, META_DROP, store->kept[surplus].id, error);
    if (result == 0)
        result = meta_checkpoint(&meta, kept->id, kept->time, root, kept->automatic, kept->name, error);
    if (result == 0) result = store_commit_meta(store, &meta, LOG_DEFERRED, error);
    meta_free(&meta);
    return result;
}

int st_checkpoint_of(struct store *store, enum st_root root, const char *name, bool automatic, int64_t time,
                     uint32_t *id, struct error *error)
{
    struct st_kept kept = {.id = store->next_checkpoint, .time = time, .automatic = automatic};
    size_t length = strlen(name), surplus;
    int result = refuse_in_transaction(store, error);

    if (result < 0) return result;
    if (root >= ST_ROOT_COUNT) return error_set(error, UMBRA_EINVAL, "only a root can be kept");
    if (kept.id >= UINT32_MAX - ST_TREE_COUNT)
        return error_set(error, UMBRA_ELIMIT, "the workspace has used up its numbers for checkpoints");
    if (length > ST_CHECKPOINT_NAME_MAX) length = utf8_floor(name, ST_CHECKPOINT_NAME_MAX);
    memcpy(kept.name, name, length);
    surplus = automatic ? find_surplus(store) : store->kept_count;
    if (make_room(store) < 0) return error_memory(error);
    result = put_checkpoint(store, &kept, root, surplus, error);
    if (result < 0) return result;
    if (surplus < store->kept_count) store_forget_checkpoint(store, surplus);
    *id = kept.id;
    return store_keep_checkpoint(store, &kept, root);
}

int st_checkpoint(struct store *store, const char *name, bool automatic, int64_t time, uint32_t *id,
                  struct error *error)
{
    return st_checkpoint_of(store, ST_HEAD, name, automatic, time, id, error);
}

int st_drop_checkpoint(struct store *store, uint32_t id, struct error *error)
{
    size_t index = store_find_checkpoint(store, id);
    struct meta meta;
    int result = refuse_in_transaction(store, error);

    if (result < 0) return result;
    if (index == store->kept_count) return error_set(error, UMBRA_ENOENT, "there is no checkpoint %u", id);
    meta_begin(&meta, &store->log);
    result = meta_number(&meta, META_DROP, id, error);
    if (result == 0) result = store_commit_meta(store, &meta, LOG_DURABLE, error);
    meta_free(&meta);
    if (result == 0) store_forget_checkpoint(store, index);
    return result;
}

int st_begin_view(struct store *store, enum st_root root, struct error *error)
{
    int result = refuse_in_transaction(store, error);

    if (result < 0) return result;
    if (store->viewing)
        return error_set(error, UMBRA_EBUSY,
                         "another look at the workspace is under way; wait for it to end");
    store->view = tree_keep(store_tree(store, root));
    store->viewing = true;
    store->epoch++; /* the tree is the view's too from here on */
    return 0;
}

void st_end_view(struct store *store)
{
    tree_release(&store->view);
    store->viewing = false;
}
