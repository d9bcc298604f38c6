/* open.c: making, opening and closing an image. Opening reads the snapshot that the newest superblock names
 * and then the log after it. Commits of which it is not known that they were flushed have all of their data
 * checked; the first that is not whole ends the log. */
#include <stdlib.h>
#include <string.h>

#include "store/damage.h"
#include "store/store_internal.h"

#define CLOSE_WITH_SNAPSHOT                                                                                  \
    (64u << 10) /* bytes of metadata in the log that make a snapshot worth its time                          \
                 */

/* The end of the log as far as it was read. */
struct tail {
    struct log_position end;         /* after the last commit */
    uint64_t durable;                /* sequence up to which commits said that all was flushed */
    struct log_position durable_end; /* after the last commit of those */
};

static int find_end(void *context, const struct log_record *record, struct error *error)
{
    struct tail *tail = context;

    (void)error;
    if (record->type != RECORD_META || !(record->flags & RECORD_COMMIT)) return 0;
    tail->end = record->after;
    if (record->durable > tail->durable) tail->durable = record->durable;
    return 0;
}

static int find_durable_end(void *context, const struct log_record *record, struct error *error)
{
    struct tail *tail = context;

    (void)error;
    if (record->after.sequence - 1 > tail->durable) return 1;
    if (record->type == RECORD_META && record->flags & RECORD_COMMIT) tail->durable_end = record->after;
    return 0;
}

/* Where the log ends. */
static int find_tail(struct store *store, struct tail *tail, struct error *error)
{
    const struct log_position *from = &store->superblock.log;
    int result;

    *tail = (struct tail){.end = *from, .durable = from->sequence - 1, .durable_end = *from};
    result = log_walk(&store->space, from, false, find_end, tail, error);
    if (result >= 0) result = log_walk(&store->space, from, false, find_durable_end, tail, error);
    if (result < 0) return result;
    tail->end = tail->durable_end;
    return log_walk(&store->space, &tail->durable_end, true, find_end, tail, error);
}

struct reading {
    struct replay *replay;
    enum segment_role role;
    uint32_t last; /* checksum of the last record */
    bool ended;
};

/* A segment of the log and of the snapshot at once would be lost to one when the other gives it up. */
static int claim(struct store *store, uint32_t segment, enum segment_role role, struct error *error)
{
    if (segment >= store->space.count) return 0;
    if (role == SEGMENT_LOG && store->space.segments[segment].role == SEGMENT_SNAPSHOT)
        return error_set(error, UMBRA_ECORRUPT,
                         "the workspace image is damaged: its log stands in segment %u, which is the "
                         "snapshot's; umbra fsck tells more",
                         segment);
    space_set_role(&store->space, segment, role);
    return 0;
}

static int read_one(void *context, const struct log_record *record, struct error *error)
{
    struct reading *reading = context;
    struct store *store = reading->replay->store;
    int result = claim(store, record->segment, reading->role, error);

    if (result == 0) result = replay_record(reading->replay, record, error);
    store->log.tail_bytes += RECORD_HEADER_SIZE + record->size;
    if (record->type != RECORD_DATA) store->log.meta_bytes += RECORD_HEADER_SIZE + record->size;
    reading->last = record->after.previous;
    reading->ended = record->type == RECORD_META && record->flags & RECORD_END;
    return result < 0 ? result : reading->ended || result;
}

static int read_snapshot(struct store *store, struct replay *replay, struct error *error)
{
    const struct superblock *superblock = &store->superblock;
    struct log_position from = {superblock->snapshot_segment, 0, 1, 0};
    struct reading reading = {.replay = replay, .role = SEGMENT_SNAPSHOT};
    int result;

    if (superblock->snapshot_segment == NO_SEGMENT) return 0;
    replay->last = UINT64_MAX;
    result = log_walk(&store->space, &from, false, read_one, &reading, error);
    store->log.tail_bytes = store->log.meta_bytes = 0;
    if (result < 0) return result;
    if (reading.ended && reading.last == superblock->snapshot_end) return 0;
    return error_set(error, UMBRA_ECORRUPT,
                     "the workspace image is damaged: its snapshot in segment %u ends too early; umbra fsck "
                     "tells more",
                     superblock->snapshot_segment);
}

static int read_log(struct store *store, struct replay *replay, const struct tail *tail, struct error *error)
{
    struct reading reading = {.replay = replay, .role = SEGMENT_LOG};
    const struct log_position *from = &store->superblock.log;
    int result = claim(store, from->segment, SEGMENT_LOG, error);

    if (result == 0) result = claim(store, tail->end.segment, SEGMENT_LOG, error);
    replay->last = tail->end.sequence - 1;
    if (result == 0 && tail->end.sequence > from->sequence)
        result = log_walk(&store->space, from, false, read_one, &reading, error);
    return result < 0 ? result : 0;
}

/* A log that has no segment yet, because the program ended right after it made the image. */
static int provide_segment(struct store *store, uint32_t segment, struct error *error)
{
    struct space *space = &store->space;

    if (segment < space->count || store->looking) return 0;
    if (segment || store->superblock.generation != 1)
        return error_set(error, UMBRA_ECORRUPT, "the workspace image is damaged: it was cut off");
    space->reserve = 3;
    space_grow(space, 1);
    if (space->count == 0)
        return error_set(error, UMBRA_ENOSPC, "there is no space for a workspace; free some and try again");
    space_set_role(space, segment, SEGMENT_LOG);
    return 0;
}

static int spill_log(void *context, struct error *error)
{
    struct store *store = context;
    return log_spill(&store->log, error);
}

/* What is free now may still be needed by the state before the last commits, until the next flush. */
static void hold_back_free(struct space *space)
{
    uint32_t i;
    for (i = 0; i < space->count; i++) space->segments[i].freed_at = space->flushes;
}

/* Gives up what cannot be reached: a snapshot of what can, and a log after it whose numbers are higher than
 * any that were used, so that nothing of the old is taken for new. */
static int give_up_rest(struct store *store, struct error *error)
{
    struct log_position next = store->log.next;

    next.sequence += 1ull << 32;
    store->host->random(store->host->context, &next.previous, sizeof next.previous);
    log_continue(&store->log, &next);
    store->log.durable = next.sequence - 1;
    return store_snapshot(store, error);
}

/* 1: damaged, and to be recovered. */
static int check_damage(struct store *store, const struct log_position *end, struct error *error)
{
    int result = damage_find(&store->space, end, error);

    if (result <= 0 || (store->limits.recover && !store->looking)) return result;
    return error_set(
        error, UMBRA_ECORRUPT,
        "the workspace image is damaged in segment %u at %u, and later changes cannot be reached; "
        "it was left untouched. Keep a copy; opened with the option recover it is as it was "
        "before the damage",
        end->segment, end->offset);
}

static int load(struct store *store, struct replay *replay, struct error *error)
{
    struct tail tail = {0};
    int damaged = 0;
    int result = read_snapshot(store, replay, error);

    if (result == 0) result = find_tail(store, &tail, error);
    if (result >= 0) result = read_log(store, replay, &tail, error);
    if (result == 0) damaged = result = check_damage(store, &tail.end, error);
    if (result >= 0) result = provide_segment(store, tail.end.segment, error);
    if (result < 0) return result;
    result = chunks_settle(&store->chunks);
    if (result == UMBRA_ENOMEM) return error_memory(error);
    if (result < 0)
        return error_set(error, result,
                         "the workspace image is damaged: content lies beyond its end or in its snapshot");
    hold_back_free(&store->space);
    log_continue(&store->log, &tail.end);
    store->log.durable = tail.durable;
    store->log.reclaim = store_reclaim;
    store->log.context = store;
    store->space.before_flush = spill_log;
    store->space.context = store;
    return damaged > 0 ? give_up_rest(store, error) : 0;
}

static uint32_t usable_segment_size(uint32_t wanted)
{
    if (wanted < SEGMENT_BYTES_LEAST) return SEGMENT_BYTES_LEAST;
    if (wanted > SEGMENT_BYTES_MOST) return SEGMENT_BYTES_MOST;
    return wanted & ~511u;
}

static int make_image(struct store *store, struct error *error)
{
    struct superblock *superblock = &store->superblock;

    superblock->segment_size = usable_segment_size(store->limits.segment_bytes);
    superblock->snapshot_segment = NO_SEGMENT;
    superblock->log = (struct log_position){0, 0, 1, 0};
    store->host->random(store->host->context, superblock->identity, sizeof superblock->identity);
    return superblock_write(&store->space, superblock, error);
}

static int open_image(struct store *store, struct replay *replay, struct error *error)
{
    struct space *space = &store->space;
    int64_t size;
    int result;

    space->handle = store->host->block_open(store->host->context, IMAGE_NAME);
    if (space->handle < 0)
        return error_set(error, space->handle, "the workspace cannot be opened: %s",
                         space->handle == UMBRA_EBUSY ? "another tab or program holds it"
                                                      : umbra_error_text(space->handle));
    size = store->host->block_size(store->host->context, space->handle);
    if (size < 0) return error_set(error, UMBRA_EIO, "the size of the workspace image cannot be read");
    result = superblock_read(space, (uint64_t)size, &store->superblock, error);
    if (result == 0 && store->looking) result = error_set(error, UMBRA_ENOENT, "there is no workspace image");
    if (result == 0) result = make_image(store, error);
    if (result >= 0) result = space_adopt(space, store->superblock.segment_size, (uint64_t)size, error);
    return result < 0 ? result : load(store, replay, error);
}

static struct store *new_store(const struct umbra_host *host, const struct st_limits *limits)
{
    struct store *store = calloc(1, sizeof *store);

    if (store == NULL) return NULL;
    store->host = host;
    store->limits = limits ? *limits : st_default_limits;
    store->epoch = 1;
    store->wanted = 1;
    store->next_ino = ST_ROOT_INO + 1;
    store->next_checkpoint = 1;
    space_init(&store->space, host, store->limits.max_image_bytes);
    chunks_init(&store->chunks, &store->space, store->limits.cache_bytes);
    log_init(&store->log, &store->space, SEGMENT_LOG);
    return store;
}

static void free_store(struct store *store)
{
    size_t i;

    snapshot_drop(store);
    for (i = 0; i < ST_TREE_COUNT; i++) tree_release(&store->roots[i]);
    st_end_view(store);
    for (i = 0; i < store->kept_count; i++) tree_release(&store->kept[i].tree);
    log_close(&store->log);
    chunks_close(&store->chunks);
    space_close(&store->space);
    free(store->kept);
    free(store->held);
    free(store->dirty);
    free(store);
}

static int open_store(struct store *store, struct store **out, struct error *error)
{
    struct replay replay = {.store = store};
    struct error own = {0};
    int result = 0, root;

    *out = NULL;
    if (store == NULL) return error_memory(error);
    for (root = 0; root < ST_ROOT_COUNT && result == 0; root++) result = store_make_root(store, root);
    if (result < 0) error_memory(&own);
    if (result == 0) result = open_image(store, &replay, &own);
    replay_free(&replay);
    if (result == 0) {
        store->worked_at = store->space.written;
        *out = store;
        return 0;
    }
    free_store(store);
    return error_set(error, result, "%s", own.message);
}

int st_open(const struct umbra_host *host, const struct st_limits *limits, struct store **out,
            struct error *error)
{
    return open_store(new_store(host, limits), out, error);
}

int store_open_to_look(const struct umbra_host *host, struct store **out, struct error *error)
{
    struct store *store = new_store(host, NULL);
    if (store) store->looking = true;
    return open_store(store, out, error);
}

void store_close_as_is(struct store *store)
{
    free_store(store);
}

/* Leaves the image durable and, when the log has become long, quick to open. */
static void settle(struct store *store)
{
    if (store->log.stale) log_make_void(&store->log, NULL);
    store->busy = true;
    if (store->snapshot || store->log.meta_bytes > CLOSE_WITH_SNAPSHOT) store_snapshot(store, NULL);
    st_flush(store, NULL);
    store->busy = false;
}

void st_close(struct store *store)
{
    if (store == NULL) return;
    if (store->in_transaction) st_rollback(store);
    settle(store);
    free_store(store);
}
