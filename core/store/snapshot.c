/* snapshot.c: a snapshot is a chain of META records that leads from nothing to all trees as they are at one
 * point of the log: the table of chunks, BASE, each checkpoint as what differs from the tree before it, HEAD,
 * SYSTEM. Trees are persistent, so holding them is enough to take one while work goes on. When it is whole
 * and durable a superblock names it, and the log before that point counts no more. */
#include <stdlib.h>
#include <string.h>

#include "store/store_internal.h"

enum stage { STAGE_CHUNKS, STAGE_BASE, STAGE_CHECKPOINTS, STAGE_HEAD, STAGE_SYSTEM, STAGE_FINISH };

struct snapshot {
    struct log log;
    struct meta meta;
    struct log_position from; /* the log goes on from here */
    uint64_t tail_bytes, meta_bytes;
    struct st_tree trees[ST_ROOT_COUNT];
    struct st_kept *kept;
    size_t kept_count;
    uint32_t next_ino, next_checkpoint;
    uint32_t *old; /* segments of the log before `from` */
    uint32_t old_count;
    uint32_t first; /* segment */
    uint32_t last;  /* checksum of the last record */
    enum stage stage;
    uint32_t chunk; /* the next to be written */
    size_t at_kept; /* the checkpoint that is being written */
    uint32_t *inos; /* what the tree being written differs in */
    size_t count, capacity, at;
    bool collected;
};

void snapshot_drop(struct store *store)
{
    struct snapshot *snapshot = store->snapshot;
    uint32_t i;
    size_t k;

    if (snapshot == NULL) return;
    store->snapshot = NULL;
    for (i = 0; i < store->space.count; i++)
        if (store->space.segments[i].role == SEGMENT_NEW_SNAPSHOT) space_free(&store->space, i);
    for (i = 0; i < ST_ROOT_COUNT; i++) tree_release(&snapshot->trees[i]);
    for (k = 0; k < snapshot->kept_count; k++) tree_release(&snapshot->kept[k].tree);
    meta_free(&snapshot->meta);
    log_close(&snapshot->log);
    free(snapshot->kept);
    free(snapshot->old);
    free(snapshot->inos);
    free(snapshot);
}

static bool is_taken(const struct log *log, uint32_t segment)
{
    uint32_t i;
    for (i = 0; i < log->taken_count; i++)
        if (log->taken[i] == segment) return true;
    return false;
}

/* The log's segments that will count no more. */
static int list_old(struct store *store, struct snapshot *snapshot)
{
    uint32_t i;

    snapshot->old = malloc((store->space.used[SEGMENT_LOG] + 1) * sizeof snapshot->old[0]);
    if (snapshot->old == NULL) return UMBRA_ENOMEM;
    for (i = 0; i < store->space.count; i++) {
        if (store->space.segments[i].role != SEGMENT_LOG || i == snapshot->from.segment) continue;
        if (!is_taken(&store->log, i)) snapshot->old[snapshot->old_count++] = i;
    }
    return 0;
}

static int keep_trees(struct store *store, struct snapshot *snapshot)
{
    const struct st_tree *trees = store->in_transaction ? store->saved : store->roots;
    size_t i;

    for (i = 0; i < ST_ROOT_COUNT; i++) snapshot->trees[i] = tree_keep(&trees[i]);
    if (store->kept_count) {
        snapshot->kept = malloc(store->kept_count * sizeof snapshot->kept[0]);
        if (snapshot->kept == NULL) return UMBRA_ENOMEM;
    }
    for (i = 0; i < store->kept_count; i++) {
        snapshot->kept[i] = store->kept[i];
        snapshot->kept[i].tree = tree_keep(&store->kept[i].tree);
    }
    snapshot->kept_count = store->kept_count;
    if (!store->in_transaction) store->epoch++; /* the trees are the snapshot's too */
    return 0;
}

int snapshot_begin(struct store *store, struct error *error)
{
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);
    int result;

    if (snapshot == NULL) return error_memory(error);
    store->snapshot = snapshot;
    log_init(&snapshot->log, &store->space, SEGMENT_NEW_SNAPSHOT);
    snapshot->log.privileged = true;
    snapshot->from = store->log.committed.position;
    snapshot->tail_bytes = store->log.committed.tail_bytes;
    snapshot->meta_bytes = store->log.committed.meta_bytes;
    snapshot->next_ino = store->in_transaction ? store->saved_next_ino : store->next_ino;
    snapshot->next_checkpoint = store->next_checkpoint;
    snapshot->chunk = 1;
    result = list_old(store, snapshot);
    if (result == 0) result = keep_trees(store, snapshot);
    if (result < 0)
        error_memory(error);
    else
        result = log_start(&snapshot->log, error);
    if (result < 0) {
        snapshot_drop(store);
        return result;
    }
    snapshot->first = snapshot->log.next.segment;
    meta_begin(&snapshot->meta, &snapshot->log);
    return meta_state(&snapshot->meta, snapshot->next_ino, snapshot->next_checkpoint, error);
}

static int note(struct snapshot *snapshot, uint32_t ino)
{
    if (snapshot->count == snapshot->capacity) {
        size_t capacity = snapshot->capacity ? snapshot->capacity * 2 : 1024;
        uint32_t *inos = realloc(snapshot->inos, capacity * sizeof *inos);
        if (inos == NULL) return UMBRA_ENOMEM;
        snapshot->inos = inos;
        snapshot->capacity = capacity;
    }
    snapshot->inos[snapshot->count++] = ino;
    return 0;
}

/* All of a tree: each directory before what is in it, and its entries in their order. */
static int collect_all(struct snapshot *snapshot, const struct st_tree *tree)
{
    size_t at;
    uint32_t i;
    int result = note(snapshot, ST_ROOT_INO);

    for (at = 0; at < snapshot->count && result == 0; at++) {
        const struct st_inode *inode = tree_get(tree, snapshot->inos[at]);
        if (inode->entries == NULL) continue;
        for (i = 0; i < inode->entries->count && result == 0; i++)
            result = note(snapshot, inode->entries->items[i]);
    }
    return result;
}

static bool differs(const struct st_inode *a, const struct st_inode *b)
{
    return a->parent != b->parent || a->mode != b->mode || a->mtime != b->mtime || a->size != b->size ||
           a->content != b->content || a->name_length != b->name_length ||
           memcmp(a->name, b->name, a->name_length) != 0;
}

static int collect_changed(void *context, uint32_t ino, const struct st_inode *before,
                           const struct st_inode *after)
{
    /* The entries of directories follow from what they hold. */
    return before && after && !differs(before, after) ? 0 : note(context, ino);
}

/* Writes what leads from one tree to the next as changes of `root`, until the budget is used up. 1: more. */
static int write_tree(struct snapshot *snapshot, enum st_root root, const struct st_tree *before,
                      const struct st_tree *after, uint64_t end, struct error *error)
{
    static const struct st_tree empty;
    int result = 0;

    if (!snapshot->collected) {
        snapshot->count = snapshot->at = 0;
        result =
            before ? tree_compare(before, after, collect_changed, snapshot) : collect_all(snapshot, after);
        if (result < 0) return error_memory(error);
        snapshot->collected = true;
    }
    if (before == NULL) before = &empty;
    for (; snapshot->at < snapshot->count && result == 0; snapshot->at++) {
        uint32_t ino = snapshot->inos[snapshot->at];
        const struct st_inode *inode = tree_get(after, ino);

        if (snapshot->log.tail_bytes >= end) return 1;
        result = inode ? meta_inode(&snapshot->meta, root, inode, tree_get(before, ino), error)
                       : meta_remove(&snapshot->meta, root, ino, error);
    }
    if (result == 0) snapshot->collected = false;
    return result;
}

static int write_chunks(struct store *store, struct snapshot *snapshot, uint64_t end, struct error *error)
{
    const struct chunks *chunks = &store->chunks;
    int result = 0;

    for (; snapshot->chunk < chunks->count && result == 0; snapshot->chunk++) {
        const struct chunk *chunk = &chunks->items[snapshot->chunk];
        if (snapshot->log.tail_bytes >= end) return 1;
        if (chunk->refs)
            result =
                meta_chunk(&snapshot->meta, chunks, snapshot->chunk, chunk->segment, chunk->offset, error);
    }
    return result;
}

static int write_base(struct snapshot *snapshot, uint64_t end, struct error *error)
{
    int result = write_tree(snapshot, ST_HEAD, NULL, &snapshot->trees[ST_BASE], end, error);
    if (result == 0) result = meta_mark(&snapshot->meta, META_REBASE, error);
    return result ? result : meta_end(&snapshot->meta, RECORD_COMMIT, error);
}

static int write_checkpoint(struct snapshot *snapshot, uint64_t end, struct error *error)
{
    const struct st_kept *kept = &snapshot->kept[snapshot->at_kept];
    const struct st_tree *before =
        snapshot->at_kept ? &snapshot->kept[snapshot->at_kept - 1].tree : &snapshot->trees[ST_BASE];
    int result = write_tree(snapshot, ST_HEAD, before, &kept->tree, end, error);

    if (result == 0)
        result = meta_checkpoint(&snapshot->meta, kept->id, kept->time, ST_HEAD, kept->automatic, kept->name,
                                 error);
    return result ? result : meta_end(&snapshot->meta, RECORD_COMMIT, error);
}

static int write_head(struct snapshot *snapshot, uint64_t end, struct error *error)
{
    const struct st_tree *before =
        snapshot->kept_count ? &snapshot->kept[snapshot->kept_count - 1].tree : &snapshot->trees[ST_BASE];
    int result = write_tree(snapshot, ST_HEAD, before, &snapshot->trees[ST_HEAD], end, error);
    return result ? result : meta_end(&snapshot->meta, RECORD_COMMIT, error);
}

static int write_system(struct snapshot *snapshot, uint64_t end, struct error *error)
{
    int result = write_tree(snapshot, ST_SYSTEM, NULL, &snapshot->trees[ST_SYSTEM], end, error);

    if (result == 0) result = meta_end(&snapshot->meta, RECORD_COMMIT | RECORD_END, error);
    if (result == 0) result = log_spill(&snapshot->log, error);
    if (result == 0) snapshot->last = snapshot->log.next.previous;
    return result;
}

/* The new snapshot is durable and named: what only the old one needed is free. */
static void take_over(struct store *store, struct snapshot *snapshot)
{
    struct space *space = &store->space;
    uint32_t i;

    for (i = 0; i < space->count; i++) {
        if (space->segments[i].role == SEGMENT_SNAPSHOT) space_free(space, i);
        if (space->segments[i].role == SEGMENT_NEW_SNAPSHOT) space_set_role(space, i, SEGMENT_SNAPSHOT);
    }
    for (i = 0; i < snapshot->old_count; i++) {
        uint32_t segment = snapshot->old[i];
        space_set_role(space, segment, SEGMENT_CONTENT);
        if (space->segments[segment].live == 0) space_free(space, segment);
    }
    store->log.tail_bytes -= snapshot->tail_bytes;
    store->log.meta_bytes -= snapshot->meta_bytes;
    store->log.committed.tail_bytes -= snapshot->tail_bytes;
    store->log.committed.meta_bytes -= snapshot->meta_bytes;
}

static int finish(struct store *store, struct snapshot *snapshot, struct error *error)
{
    struct superblock next = store->superblock;
    int result;

    next.snapshot_segment = snapshot->first;
    next.snapshot_end = snapshot->last;
    next.snapshot_bytes = snapshot->log.tail_bytes;
    next.log = snapshot->from;
    /* All that it leads to must be there before it is: two flushes. */
    result = space_flush(&store->space, error);
    if (result == 0) result = superblock_write(&store->space, &next, error);
    if (result < 0) return result;
    store->superblock = next;
    take_over(store, snapshot);
    snapshot_drop(store);
    return 0;
}

int snapshot_step(struct store *store, uint64_t budget, struct error *error)
{
    struct snapshot *snapshot = store->snapshot;
    uint64_t end = snapshot->log.tail_bytes + budget;
    int result = 0;

    while (result == 0 && snapshot->stage < STAGE_FINISH) {
        if (snapshot->stage == STAGE_CHECKPOINTS && snapshot->at_kept == snapshot->kept_count)
            snapshot->stage = STAGE_HEAD;
        switch (snapshot->stage) {
        case STAGE_CHUNKS:
            result = write_chunks(store, snapshot, end, error);
            break;
        case STAGE_BASE:
            result = write_base(snapshot, end, error);
            break;
        case STAGE_CHECKPOINTS:
            result = write_checkpoint(snapshot, end, error);
            if (result == 0) snapshot->at_kept++;
            break;
        case STAGE_HEAD:
            result = write_head(snapshot, end, error);
            break;
        case STAGE_SYSTEM:
            result = write_system(snapshot, end, error);
            break;
        case STAGE_FINISH:
            break;
        }
        if (result == 0 && snapshot->stage != STAGE_CHECKPOINTS) snapshot->stage++;
    }
    if (result < 0) snapshot_drop(store);
    return result ? result : finish(store, snapshot, error);
}
