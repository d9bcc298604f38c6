/* upkeep.c: keeping the image small and quick to open. Snapshots shorten the log; compaction copies what is
 * live out of segments that hold little, so that they are free again (the victim is the emptiest, as in
 * M. Rosenblum and J. Ousterhout, "The Design and Implementation of a Log-Structured File System", ACM TOCS
 * 10 (1992), section 3). It runs in small steps when there is nothing else to do, and as much as is written
 * when too much is garbage. */
#include <stdlib.h>
#include <string.h>

#include "base/hash64.h"
#include "store/store_internal.h"

#define STEP_BYTES      (128u << 10) /* of work in one step of st_maintain() */
#define KEEP_UP_MOST    (8u << 20)   /* of work before one transaction: a few milliseconds */
#define MOVES_MOST      256u         /* chunks moved in one commit */
#define TAIL_SEGMENTS   16u /* of the log after which a snapshot is due, or a quarter of the content */
#define SPARE_SEGMENTS  8u  /* garbage, and free space at the end, that is left alone */
#define EMPTY_ENOUGH(s) ((s) / 20 * 17) /* live bytes below which a segment is worth compacting */

int store_commit_meta(struct store *store, struct meta *meta, enum log_commit_mode mode, struct error *error)
{
    bool privileged = store->log.privileged, busy = store->busy;
    int result;

    store->log.privileged = true;
    store->busy = true;
    result = meta_end(meta, RECORD_COMMIT, error);
    if (result < 0) {
        log_rewind(&store->log, &meta->start);
    } else {
        result = log_commit(&store->log, mode, error);
        if (result < 0 && store->in_transaction) store->doomed = true;
    }
    store->log.privileged = privileged;
    store->busy = busy;
    return result;
}

static uint64_t segment_size(const struct store *store)
{
    return store->space.segment_size;
}

static uint64_t used_bytes(const struct store *store)
{
    return (store->space.count - store->space.used[SEGMENT_FREE]) * segment_size(store);
}

/* Whether what is in use takes more than live content by so many hundredths. */
static bool has_garbage(const struct store *store, uint32_t hundredths)
{
    uint64_t needed = store->space.live + store->superblock.snapshot_bytes;
    return used_bytes(store) > needed + needed * hundredths / 100 + SPARE_SEGMENTS * segment_size(store);
}

static uint64_t most_of(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Whether the log is long: its operations make up the snapshot, or `part` of it when there is time. */
static bool is_snapshot_due(const struct store *store, uint32_t part)
{
    const struct log *log = &store->log;
    uint64_t known = store->superblock.snapshot_bytes, least = segment_size(store);
    uint64_t tail = most_of(TAIL_SEGMENTS * least, store->space.live / 4);

    return log->tail_bytes > most_of(tail, known * 2) || log->meta_bytes > most_of(known / part, least);
}

static void set_reserve(struct store *store)
{
    uint64_t metadata = store->superblock.snapshot_bytes + store->log.meta_bytes / 2;
    store->space.reserve = 3 + (uint32_t)(metadata * 9 / 8 / segment_size(store));
}

int store_snapshot(struct store *store, struct error *error)
{
    int result = store->snapshot ? 0 : snapshot_begin(store, error);
    while (result == 0 && store->snapshot) {
        result = snapshot_step(store, UINT64_MAX / 2, error);
        if (result > 0) result = 0;
    }
    set_reserve(store);
    return result;
}

/* The content segment with the least in it, below a limit; NO_SEGMENT when there is none. */
static uint32_t find_victim(const struct store *store, uint32_t limit, bool packed)
{
    const struct space *space = &store->space;
    uint32_t best = NO_SEGMENT, i;

    for (i = 0; i < space->count; i++) {
        const struct segment *segment = &space->segments[i];
        if (segment->role != SEGMENT_CONTENT || segment->stuck || segment->live >= limit) continue;
        /* Large pieces leave a part of each segment empty: moving them once more would gain nothing. */
        if (!packed && segment->packed && segment->live >= space->segment_size / 2) continue;
        best = i;
        limit = segment->live;
    }
    return best;
}

struct move {
    uint32_t number, segment, offset;
};

/* Copies one chunk to the end of the log. A damaged one stays where it is. */
static int copy_chunk(struct store *store, struct meta *meta, uint32_t number, char *bytes, struct move *move,
                      struct error *error)
{
    const struct chunk *chunk = &store->chunks.items[number];
    int result = log_read(&store->log, chunk->segment, chunk->offset, bytes, chunk->size);

    if (result < 0 || hash64(bytes, chunk->size) != chunk->checksum)
        return error_set(error, UMBRA_ECORRUPT, "a piece of the workspace's content is damaged");
    move->number = number;
    result = log_append(&store->log, RECORD_DATA, 0, bytes, chunk->size, (uint32_t)chunk->checksum,
                        &move->segment, &move->offset, error);
    return result < 0 ? result : meta_chunk(meta, &store->chunks, number, move->segment, move->offset, error);
}

/* Moves chunks out of a segment, until some `budget` bytes are copied; moves has room for MOVES_MOST. */
static int move_chunks(struct store *store, uint32_t segment, uint64_t budget, struct move *moves,
                       char *bytes, struct error *error)
{
    uint32_t count = 0, number = store->space.segments[segment].chunks, i;
    uint64_t copied = 0;
    struct meta meta;
    int result = 0;

    meta_begin(&meta, &store->log);
    while (result == 0 && number && count < MOVES_MOST && copied < budget) {
        result = copy_chunk(store, &meta, number, bytes, &moves[count], error);
        if (result < 0) break;
        copied += store->chunks.items[number].size;
        number = store->chunks.items[number].next;
        count++;
    }
    if (result == UMBRA_ECORRUPT) {
        store->space.segments[segment].stuck = 1;
        result = 0;
    }
    if (result < 0)
        log_rewind(&store->log, &meta.start);
    else if (count)
        result = store_commit_meta(store, &meta, LOG_WRITTEN, error);
    for (i = 0; i < count && result == 0; i++) {
        chunk_move(&store->chunks, moves[i].number, moves[i].segment, moves[i].offset);
        store->space.segments[moves[i].segment].packed = 1;
    }
    meta_free(&meta);
    return result;
}

static int compact(struct store *store, uint32_t segment, uint64_t budget, struct error *error)
{
    struct move *moves = malloc(MOVES_MOST * sizeof *moves);
    char *bytes = malloc(CHUNK_BYTES_MOST);
    int result;

    if (moves == NULL || bytes == NULL) {
        result = error_memory(error);
    } else {
        store->log.privileged = true;
        result = move_chunks(store, segment, budget, moves, bytes, error);
        store->log.privileged = false;
    }
    free(moves);
    free(bytes);
    return result;
}

/* One step of compaction towards so much garbage. 1: something was done, 0: there is nothing that can be. */
static int compact_step(struct store *store, uint32_t hundredths, uint64_t budget, struct error *error)
{
    uint32_t victim;
    int result;

    if (!has_garbage(store, hundredths)) return 0;
    victim = find_victim(store, EMPTY_ENOUGH(store->space.segment_size), false);
    if (victim != NO_SEGMENT) {
        result = compact(store, victim, budget, error);
        return result < 0 ? result : 1;
    }
    /* What is garbage stands in the log: it can be collected when that is no longer needed. */
    if (store->space.used[SEGMENT_LOG] < 3) return 0;
    result = snapshot_begin(store, error);
    return result < 0 ? result : 1;
}

/* Moves the log on, with a commit of nothing new: a snapshot begins at the last commit, and only then does
 * the segment before count no more. */
static int leave_segment(struct store *store, struct error *error)
{
    struct meta meta;
    int result = log_advance(&store->log, error);

    if (result < 0) return result;
    meta_begin(&meta, &store->log);
    result = meta_state(&meta, store->next_ino, store->next_checkpoint, error);
    if (result == 0) result = store_commit_meta(store, &meta, LOG_WRITTEN, error);
    meta_free(&meta);
    return result;
}

/* Empties segments at the end of the file when much of it is free, so that it can be made shorter. */
static int shrink_step(struct store *store, struct error *error)
{
    struct space *space = &store->space;
    uint32_t used = space->count - space->used[SEGMENT_FREE], last;
    uint32_t spare = used / 16 > SPARE_SEGMENTS ? used / 16 : SPARE_SEGMENTS;
    int result;

    space_shrink(space, spare);
    if (space->used[SEGMENT_FREE] <= space->reserve + 1 + spare) return 0;
    for (last = space->count - 1; last && space->segments[last].role == SEGMENT_FREE; last--) continue;
    if (last < used + space->reserve + spare) return 0;
    if (space->segments[last].role == SEGMENT_CONTENT && !space->segments[last].stuck) {
        result = compact(store, last, STEP_BYTES, error);
        return result < 0 ? result : 1;
    }
    if (space->segments[last].role == SEGMENT_CONTENT) return 0;
    /* A snapshot, or the log itself, which goes on in a lower segment then. */
    result = last == store->log.next.segment ? leave_segment(store, error) : 0;
    if (result == 0) result = snapshot_begin(store, error);
    return result < 0 ? result : 1;
}

static int maintain(struct store *store, struct error *error)
{
    int result;

    if (store->snapshot) {
        result = snapshot_step(store, STEP_BYTES, error);
        return result < 0 ? result : 1;
    }
    if (is_snapshot_due(store, 4)) {
        result = snapshot_begin(store, error);
        return result < 0 ? result : 1;
    }
    result = compact_step(store, 15, STEP_BYTES, error);
    if (result) return result;
    /* What became free is so after a flush. */
    result = st_flush(store, error);
    return result < 0 ? result : shrink_step(store, error);
}

int st_maintain(struct store *store, struct error *error)
{
    int result;

    if (store->in_transaction || store->busy || store->settled == store->log.next.sequence) return 0;
    store->busy = true;
    set_reserve(store);
    result = maintain(store, error);
    store->busy = false;
    if (result <= 0) store->settled = store->log.next.sequence;
    return result;
}

/* One step against a log that is too long and too much garbage. 1: something was done. */
static int keep_up_step(struct store *store)
{
    int result;

    if (store->snapshot)
        result = snapshot_step(store, STEP_BYTES, NULL);
    else if (is_snapshot_due(store, 1))
        result = snapshot_begin(store, NULL);
    else
        return compact_step(store, 60, STEP_BYTES, NULL);
    return result < 0 ? result : 1;
}

void store_keep_up(struct store *store)
{
    int more = 1;

    if (store->busy) return;
    set_reserve(store);
    if (store->tight && store_reclaim(store, NULL) == 0) store->tight = false;
    /* Twice as much work as was written, so that garbage cannot outrun it, and in whole steps. */
    store->owed += (store->space.written - store->worked_at) * 2;
    if (store->owed > KEEP_UP_MOST) store->owed = KEEP_UP_MOST;
    store->busy = true;
    while (store->owed >= STEP_BYTES && more > 0) {
        more = keep_up_step(store);
        store->owed -= STEP_BYTES;
    }
    if (more <= 0) store->owed = 0;
    store->worked_at = store->space.written;
    store->busy = false;
}

/* Not the one that the open transaction goes back to: its commit will name it. */
static uint32_t oldest_automatic(const struct store *store)
{
    size_t i;
    for (i = 0; i < store->kept_count; i++) {
        const struct st_kept *kept = &store->kept[i];
        if (kept->automatic && !(store->in_transaction && kept->id == store->rewind)) return kept->id;
    }
    return 0;
}

static int drop_oldest(struct store *store, struct error *error)
{
    uint32_t id = oldest_automatic(store);
    struct meta meta;
    int result;

    if (id == 0) return UMBRA_ENOSPC;
    meta_begin(&meta, &store->log);
    result = meta_number(&meta, META_DROP, id, error);
    if (result == 0) result = store_commit_meta(store, &meta, LOG_DURABLE, error);
    meta_free(&meta);
    if (result == 0) store_forget_checkpoint(store, store_find_checkpoint(store, id));
    return result;
}

static bool has_room(const struct store *store)
{
    return store->space.used[SEGMENT_FREE] > store->space.reserve + store->wanted;
}

/* Compacts whatever may gain something, packed segments too: together they may fill others better. No more
 * often than there are segments, for in the end they do not. */
static int compact_all(struct store *store, struct error *error)
{
    uint32_t tries;
    int result = 0;

    for (tries = store->space.count; tries && result == 0 && !has_room(store); tries--) {
        uint32_t victim = find_victim(store, EMPTY_ENOUGH(store->space.segment_size), true);
        if (victim == NO_SEGMENT) return 0;
        result = compact(store, victim, store->space.segment_size, error);
    }
    return result;
}

static int reclaim(struct store *store, struct error *error)
{
    int result = 0;

    /* No checkpoint is given up while the file can grow. */
    space_grow(&store->space, store->wanted + 1);
    if (has_room(store)) return 0;
    for (;;) {
        if (store->snapshot || store->space.used[SEGMENT_LOG] > 1 + store->log.taken_count)
            result = store_snapshot(store, error);
        if (result == 0) result = compact_all(store, error);
        if (result < 0 || has_room(store)) return result;
        result = drop_oldest(store, error);
        if (result < 0) return result;
    }
}

int store_reclaim(void *context, struct error *error)
{
    struct store *store = context;
    struct error own = {0};
    int result;

    (void)error; /* the one who ran out of space says so */
    if (store->busy) return UMBRA_ENOSPC;
    store->busy = true;
    result = reclaim(store, &own);
    store->busy = false;
    if (result < 0) store->tight = true;
    return result;
}
