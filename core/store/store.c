#include "store/store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_internal.h"

const struct st_limits st_default_limits = {
    .max_image_bytes = 4ull << 30,
    .max_file_bytes = 1ull << 30,
    .max_files = 1000000,
};

const struct st_tree *store_tree(const struct store *store, enum st_root root)
{
    static const struct st_tree empty;
    size_t low = 0, high = store->kept_count;

    if (root < ST_ROOT_COUNT) return &store->roots[root];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (st_checkpoint_root(store->kept[middle].id) < root)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < store->kept_count && st_checkpoint_root(store->kept[low].id) == root)
        return &store->kept[low].tree;
    return &empty;
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
    *info = (struct st_checkpoint_info){kept->id, kept->time, kept->name};
    return 0;
}

void store_count(struct store *store, enum st_root root, const struct st_inode *inode, int sign)
{
    if (root != ST_HEAD || inode->kind == ST_DIRECTORY) return;
    store->files += (uint32_t)sign;
    store->bytes += sign > 0 ? inode->size : 0 - inode->size;
}

int store_make_root(struct store *store, enum st_root root)
{
    struct st_inode *inode = inode_new(store->epoch, ST_ROOT_INO, ST_ROOT_INO, ST_DIRECTORY, "", 0);
    if (inode == NULL) return UMBRA_ENOMEM;
    inode->mode = 0755;
    return tree_set(&store->roots[root], store->epoch, ST_ROOT_INO, inode);
}

int store_writable(const struct store *store, struct error *error)
{
    if (store->in_transaction) return 0;
    return error_set(error, UMBRA_EINVAL, "a change of the workspace outside a transaction");
}

int store_touch(struct store *store, enum st_root root, uint32_t ino, struct error *error)
{
    if (store->dirty_count) {
        const struct st_dirty *last = &store->dirty[store->dirty_count - 1];
        if (last->root == (uint32_t)root && last->ino == ino) return 0;
    }
    if (store->dirty_count == store->dirty_capacity) {
        size_t capacity = store->dirty_capacity ? store->dirty_capacity * 2 : 32;
        struct st_dirty *dirty = realloc(store->dirty, capacity * sizeof *dirty);
        if (dirty == NULL) return error_memory(error);
        store->dirty = dirty;
        store->dirty_capacity = capacity;
    }
    store->dirty[store->dirty_count++] = (struct st_dirty){ino, root};
    return 0;
}

int st_open(const struct umbra_host *host, const struct st_limits *limits, struct store **out,
            struct error *error)
{
    struct store *store = calloc(1, sizeof *store);
    struct replay replay = {.store = store};
    struct error own = {0};
    int result = UMBRA_ENOMEM, root;

    *out = NULL;
    if (store == NULL) return error_memory(error);
    store->limits = limits ? *limits : st_default_limits;
    store->log.handle = -1;
    store->epoch = 1;
    store->next_ino = ST_ROOT_INO + 1;
    store->next_checkpoint = 1;
    for (root = 0; root < ST_ROOT_COUNT; root++)
        if (store_make_root(store, root) < 0) goto fail;
    result = log_open(&store->log, host, store->limits.max_image_bytes, replay_record, &replay, &own);
    if (result < 0) goto fail;
    replay_free(&replay);
    *out = store;
    return 0;
fail:
    replay_free(&replay);
    st_close(store);
    if (own.code == 0) error_memory(&own);
    return error_set(error, own.code, "%s", own.message);
}

void st_close(struct store *store)
{
    size_t i;
    if (store == NULL) return;
    if (store->in_transaction) st_rollback(store);
    for (i = 0; i < ST_ROOT_COUNT; i++) tree_release(&store->roots[i]);
    for (i = 0; i < store->kept_count; i++) tree_release(&store->kept[i].tree);
    log_close(&store->log);
    free(store->kept);
    free(store->dirty);
    free(store);
}

int st_begin(struct store *store, struct error *error)
{
    int root;
    if (store->in_transaction)
        return error_set(error, UMBRA_EBUSY,
                         "another change of the workspace is under way; wait for it to end");
    for (root = 0; root < ST_ROOT_COUNT; root++) store->saved[root] = tree_keep(&store->roots[root]);
    store->saved_next_ino = store->next_ino;
    store->saved_files = store->files;
    store->saved_bytes = store->bytes;
    store->epoch++;
    store->dirty_count = 0;
    store->rebase = store->clear = false;
    store->in_transaction = true;
    return 0;
}

bool st_in_transaction(const struct store *store)
{
    return store->in_transaction;
}

static void end_transaction(struct store *store)
{
    int root;
    for (root = 0; root < ST_ROOT_COUNT; root++) tree_release(&store->saved[root]);
    store->in_transaction = false;
    store->dirty_count = 0;
    store->epoch++;
}

void st_rollback(struct store *store)
{
    int root;
    if (!store->in_transaction) return;
    for (root = 0; root < ST_ROOT_COUNT; root++) {
        tree_release(&store->roots[root]);
        store->roots[root] = tree_keep(&store->saved[root]);
    }
    store->next_ino = store->saved_next_ino;
    store->files = store->saved_files;
    store->bytes = store->saved_bytes;
    log_rollback(&store->log);
    end_transaction(store);
}

static int compare_dirty(const void *a, const void *b)
{
    const struct st_dirty *left = a, *right = b;
    if (left->root != right->root) return left->root < right->root ? -1 : 1;
    return left->ino < right->ino ? -1 : left->ino > right->ino;
}

static int log_inode(struct store *store, const struct st_dirty *dirty, struct buffer *payload,
                     struct error *error)
{
    const struct st_inode *inode = tree_get(&store->roots[dirty->root], dirty->ino);
    enum log_type type = inode ? LOG_INODE : LOG_REMOVE;

    buffer_clear(payload);
    if (inode) {
        record_put_inode(payload, dirty->root, inode);
    } else {
        buffer_put_byte(payload, (char)dirty->root);
        buffer_put_u32(payload, dirty->ino);
    }
    if (payload->failed) return error_memory(error);
    return log_append(&store->log, type, payload->data, payload->size, NULL, error);
}

static int log_changes(struct store *store, struct error *error)
{
    struct buffer payload = {0};
    size_t i;
    int result = 0;

    if (store->clear) result = log_append(&store->log, LOG_CLEAR, NULL, 0, NULL, error);
    if (store->dirty_count) qsort(store->dirty, store->dirty_count, sizeof store->dirty[0], compare_dirty);
    for (i = 0; i < store->dirty_count && result == 0; i++) {
        const struct st_dirty *dirty = &store->dirty[i];
        if (i && compare_dirty(dirty, dirty - 1) == 0) continue;
        if (store->rebase && dirty->root == ST_BASE) continue;
        result = log_inode(store, dirty, &payload, error);
    }
    if (result == 0 && store->rebase) result = log_append(&store->log, LOG_REBASE, NULL, 0, NULL, error);
    buffer_free(&payload);
    return result;
}

static int commit(struct store *store, bool flush, struct error *error)
{
    int result = store_writable(store, error);

    if (result < 0) return result;
    if (store->rebase) {
        tree_release(&store->roots[ST_BASE]);
        store->roots[ST_BASE] = tree_keep(&store->roots[ST_HEAD]);
    }
    if (store->files > store->limits.max_files)
        result =
            error_set(error, UMBRA_ELIMIT,
                      "the workspace would hold %u files and its limit is %u (max_files); leave some out "
                      "or raise the limit",
                      store->files, store->limits.max_files);
    if (result == 0) result = log_changes(store, error);
    if (result == 0) result = log_commit(&store->log, flush, error);
    if (result < 0) {
        st_rollback(store);
        return result;
    }
    end_transaction(store);
    return 0;
}

int st_commit(struct store *store, struct error *error)
{
    return commit(store, true, error);
}

int st_commit_lazy(struct store *store, struct error *error)
{
    return commit(store, false, error);
}

int st_rebase(struct store *store, struct error *error)
{
    int result = store_writable(store, error);
    if (result == 0) store->rebase = true;
    return result;
}

int st_clear(struct store *store, struct error *error)
{
    int result = store_writable(store, error);
    if (result < 0) return result;
    tree_release(&store->roots[ST_HEAD]);
    tree_release(&store->roots[ST_BASE]);
    store->files = 0;
    store->bytes = 0;
    store->clear = true;
    if (store_make_root(store, ST_HEAD) < 0 || store_make_root(store, ST_BASE) < 0)
        return error_memory(error);
    return 0;
}

int store_keep_checkpoint(struct store *store, const struct st_kept *kept)
{
    struct st_kept *slot;
    if (store->kept_count == store->kept_capacity) {
        size_t capacity = store->kept_capacity ? store->kept_capacity * 2 : 16;
        slot = realloc(store->kept, capacity * sizeof *slot);
        if (slot == NULL) return UMBRA_ENOMEM;
        store->kept = slot;
        store->kept_capacity = capacity;
    }
    slot = &store->kept[store->kept_count++];
    *slot = *kept;
    slot->tree = tree_keep(&store->roots[ST_HEAD]);
    if (kept->id >= store->next_checkpoint) store->next_checkpoint = kept->id + 1;
    return 0;
}

int st_checkpoint(struct store *store, const char *name, int64_t time, uint32_t *id, struct error *error)
{
    struct st_kept kept = {.id = store->next_checkpoint, .time = time};
    struct buffer payload = {0};
    size_t length = strlen(name);
    int result;

    if (kept.id == UINT32_MAX)
        return error_set(error, UMBRA_ELIMIT,
                         "the workspace has used up its 4,294,967,294 numbers for checkpoints");
    if (length >= sizeof kept.name) length = sizeof kept.name - 1;
    memcpy(kept.name, name, length);
    result = st_begin(store, error);
    if (result < 0) return result;
    buffer_put_u32(&payload, kept.id);
    buffer_put_u64(&payload, (uint64_t)time);
    buffer_put(&payload, kept.name, length);
    result = payload.failed
                 ? error_memory(error)
                 : log_append(&store->log, LOG_CHECKPOINT, payload.data, payload.size, NULL, error);
    buffer_free(&payload);
    if (result < 0) {
        st_rollback(store);
        return result;
    }
    result = st_commit_lazy(store, error);
    if (result < 0) return result;
    if (store_keep_checkpoint(store, &kept) < 0) return error_memory(error);
    store->epoch++;
    *id = kept.id;
    return 0;
}

uint32_t st_checkpoint_count(const struct store *store)
{
    return (uint32_t)store->kept_count;
}

void st_usage(const struct store *store, struct st_usage *usage)
{
    usage->files = store->files;
    usage->bytes = store->bytes;
    usage->image_bytes = log_size(&store->log);
}
