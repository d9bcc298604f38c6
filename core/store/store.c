#include "store/store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_internal.h"

#define INODE_BYTES 120u /* of the log, about, for an inode that has changed */

const struct st_limits st_default_limits = {
    .max_image_bytes = 4ull << 30,
    .max_file_bytes = 1ull << 30,
    .cache_bytes = 64ull << 20,
    .max_files = 1000000,
    .max_checkpoints = 500,
    .segment_bytes = SEGMENT_BYTES,
};

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

int store_writable(const struct store *store, enum st_root root, struct error *error)
{
    if (!store->in_transaction)
        return error_set(error, UMBRA_EINVAL, "a change of the workspace outside a transaction");
    if (root < ST_ROOT_COUNT) return 0;
    return error_set(error, UMBRA_EACCES, "a checkpoint cannot be changed; rewind to it first");
}

int store_touch(struct store *store, enum st_root root, uint32_t ino, struct error *error)
{
    if ((int)root >= ST_ROOT_COUNT) return 0;
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

int st_begin(struct store *store, struct error *error)
{
    int root;
    if (store->in_transaction)
        return error_set(error, UMBRA_EBUSY,
                         "another change of the workspace is under way; wait for it to end");
    store_keep_up(store);
    for (root = 0; root < ST_TREE_COUNT; root++) store->saved[root] = tree_keep(&store->roots[root]);
    for (root = 0; root < ST_ROOT_COUNT; root++) store->logged[root] = tree_keep(&store->roots[root]);
    store->saved_next_ino = store->next_ino;
    store->saved_files = store->files;
    store->saved_bytes = store->bytes;
    store->epoch++;
    store->dirty_count = 0;
    store->rebase = store->clear = false;
    store->rewind = 0;
    store->doomed = false;
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
    for (root = 0; root < ST_TREE_COUNT; root++) tree_release(&store->saved[root]);
    for (root = 0; root < ST_ROOT_COUNT; root++) tree_release(&store->logged[root]);
    store->in_transaction = false;
    store->dirty_count = 0;
    store->epoch++;
    store_purge_orphans(store);
}

void st_rollback(struct store *store)
{
    int root;
    if (!store->in_transaction) return;
    for (root = 0; root < ST_TREE_COUNT; root++) {
        tree_release(&store->roots[root]);
        store->roots[root] = tree_keep(&store->saved[root]);
    }
    store->next_ino = store->saved_next_ino;
    store->files = store->saved_files;
    store->bytes = store->saved_bytes;
    log_rollback(&store->log);
    end_transaction(store);
    chunks_recorded(&store->chunks); /* all that were new are gone */
}

static int compare_dirty(const void *a, const void *b)
{
    const struct st_dirty *left = a, *right = b;
    if (left->root != right->root) return left->root < right->root ? -1 : 1;
    return left->ino < right->ino ? -1 : left->ino > right->ino;
}

static int put_fresh_chunks(struct store *store, struct meta *meta, struct error *error)
{
    struct chunks *chunks = &store->chunks;
    uint32_t i;
    int result = 0;

    for (i = 0; i < chunks->fresh_count && result == 0; i++) {
        struct chunk *chunk = &chunks->items[chunks->fresh[i]];
        if (!chunk->fresh || chunk->refs == 0) continue;
        chunk->fresh = 0; /* once, should the list name it twice */
        result = meta_chunk(meta, chunks, chunks->fresh[i], chunk->segment, chunk->offset, error);
    }
    return result;
}

static int put_inodes(struct store *store, struct meta *meta, struct error *error)
{
    size_t i;
    int result = 0;

    if (store->dirty_count) qsort(store->dirty, store->dirty_count, sizeof store->dirty[0], compare_dirty);
    for (i = 0; i < store->dirty_count && result == 0; i++) {
        const struct st_dirty *dirty = &store->dirty[i];
        enum st_root root = (enum st_root)dirty->root;
        const struct st_inode *inode = tree_get(&store->roots[root], dirty->ino);

        if (i && compare_dirty(dirty, dirty - 1) == 0) continue;
        if (store->rebase && root == ST_BASE) continue;
        if (inode)
            result = meta_inode(meta, root, inode, tree_get(&store->logged[root], dirty->ino), error);
        else if (tree_get(&store->logged[root], dirty->ino))
            result = meta_remove(meta, root, dirty->ino, error);
    }
    return result;
}

static int put_changes(struct store *store, struct meta *meta, struct error *error)
{
    int result = put_fresh_chunks(store, meta, error);

    if (result == 0 && store->clear) result = meta_mark(meta, META_CLEAR, error);
    if (result == 0 && store->rewind) result = meta_number(meta, META_REWIND, store->rewind, error);
    if (result == 0) result = put_inodes(store, meta, error);
    if (result == 0 && store->rebase) result = meta_mark(meta, META_REBASE, error);
    return result < 0 ? result : meta_end(meta, RECORD_COMMIT, error);
}

/* Once operations are being written no space can be made: it must be there before. */
static void provide_space(struct store *store)
{
    struct space *space = &store->space;
    uint64_t bytes =
        (uint64_t)store->dirty_count * INODE_BYTES + (uint64_t)store->chunks.fresh_count * META_CHUNK_SIZE;

    store->wanted = 1 + (uint32_t)(bytes / space->segment_size);
    if (space->used[SEGMENT_FREE] <= space->reserve + store->wanted) store_reclaim(store, NULL);
    store->wanted = 1;
}

static int check_limits(const struct store *store, struct error *error)
{
    if (store->doomed)
        return error_set(error, UMBRA_EIO, "data of this change could not be kept; it was undone, try again");
    if (store->files <= store->limits.max_files || store->files <= store->saved_files) return 0;
    return error_set(error, UMBRA_ELIMIT,
                     "the workspace would hold %u files and its limit is %u (max_files); leave some out or "
                     "raise the limit",
                     store->files, store->limits.max_files);
}

static int commit(struct store *store, enum log_commit_mode mode, struct error *error)
{
    struct meta meta;
    int result = store_writable(store, ST_HEAD, error);

    if (result < 0) return result;
    if (store->rebase) {
        tree_release(&store->roots[ST_BASE]);
        store->roots[ST_BASE] = tree_keep(&store->roots[ST_HEAD]);
    }
    provide_space(store);
    meta_begin(&meta, &store->log);
    result = check_limits(store, error);
    /* What frees space may use what is kept for that. */
    store->log.privileged = store->bytes <= store->saved_bytes && store->files <= store->saved_files;
    store->busy = true;
    if (result == 0) result = put_changes(store, &meta, error);
    if (result == 0) result = log_commit(&store->log, mode, error);
    store->busy = false;
    store->log.privileged = false;
    meta_free(&meta);
    if (result < 0) {
        if (result == UMBRA_ENOSPC) store->tight = true;
        st_rollback(store);
        return result;
    }
    chunks_recorded(&store->chunks);
    end_transaction(store);
    return 0;
}

int st_commit(struct store *store, struct error *error)
{
    return commit(store, LOG_DURABLE, error);
}

int st_commit_lazy(struct store *store, struct error *error)
{
    return commit(store, LOG_WRITTEN, error);
}

int st_flush(struct store *store, struct error *error)
{
    if (store->log.durable + 1 == store->log.committed.position.sequence) return 0;
    return log_sync(&store->log, error);
}

int st_rebase(struct store *store, struct error *error)
{
    int result = store_writable(store, ST_HEAD, error);
    if (result == 0) store->rebase = true;
    return result;
}

/* The transaction's records are relative to this tree from now on. */
static void log_from(struct store *store, enum st_root root, const struct st_tree *tree)
{
    struct st_tree before = store->logged[root];
    store->logged[root] = tree_keep(tree);
    tree_release(&before);
}

int st_clear(struct store *store, struct error *error)
{
    static const struct st_tree empty;
    int result = store_writable(store, ST_HEAD, error);

    if (result < 0) return result;
    tree_release(&store->roots[ST_HEAD]);
    tree_release(&store->roots[ST_BASE]);
    log_from(store, ST_HEAD, &empty);
    log_from(store, ST_BASE, &empty);
    store->files = 0;
    store->bytes = 0;
    store->clear = true;
    store->rewind = 0;
    if (store_make_root(store, ST_HEAD) < 0 || store_make_root(store, ST_BASE) < 0)
        return error_memory(error);
    return 0;
}

int st_rewind(struct store *store, uint32_t id, struct error *error)
{
    size_t index = store_find_checkpoint(store, id);
    int result = store_writable(store, ST_HEAD, error);

    if (result < 0) return result;
    if (index == store->kept_count) return error_set(error, UMBRA_ENOENT, "there is no checkpoint %u", id);
    tree_release(&store->roots[ST_HEAD]);
    store->roots[ST_HEAD] = tree_keep(&store->kept[index].tree);
    log_from(store, ST_HEAD, &store->roots[ST_HEAD]);
    store->files = store->kept[index].files;
    store->bytes = store->kept[index].bytes;
    store->rewind = id;
    store->epoch++; /* the tree is the checkpoint's too */
    return 0;
}

void st_usage(const struct store *store, struct st_usage *usage)
{
    const struct space *space = &store->space;
    usage->files = store->files;
    usage->bytes = store->bytes;
    usage->image_bytes = space_file_size(space);
    usage->live_bytes = space->live;
    usage->free_bytes = (uint64_t)space->used[SEGMENT_FREE] * space->segment_size;
    usage->written = space->written;
}
