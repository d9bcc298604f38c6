#include "store/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash64.h"
#include "store/changes.h"
#include "store/store_internal.h"

#define SENTENCE_BYTES 512

struct checker {
    struct store *store;
    st_report report;
    void *context;
    struct st_check *check;
    enum st_root root; /* that is being looked at */
    uint32_t *damaged; /* numbers of damaged chunks */
    uint32_t damaged_count;
    uint32_t files;
    uint64_t bytes;
};

UMBRA_PRINTF(2, 3) static void complain(struct checker *checker, const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    checker->check->problems++;
    checker->report(checker->context, sentence);
}

static const char *tree_name(enum st_root root, char *text, size_t size)
{
    static const char *const names[] = {"the workspace", "the base", "the system's files"};
    if (root < ST_ROOT_COUNT) return names[root];
    snprintf(text, size, "checkpoint %u", (unsigned)root - ST_ROOT_COUNT);
    return text;
}

static void complain_of(struct checker *checker, uint32_t ino, const char *what)
{
    struct buffer path = {0};
    char name[40];

    st_path(checker->store, checker->root, ino, &path);
    complain(checker, "%s: %.300s (inode %u): %s", tree_name(checker->root, name, sizeof name),
             buffer_string(&path), ino, what);
    buffer_free(&path);
}

static int compare_names(const struct st_inode *a, const struct st_inode *b)
{
    int order = memcmp(a->name, b->name, a->name_length < b->name_length ? a->name_length : b->name_length);
    return order ? order : (int)a->name_length - (int)b->name_length;
}

static void check_directory(struct checker *checker, const struct st_tree *tree, const struct st_inode *inode)
{
    const struct st_entries *entries = inode->entries;
    const struct st_inode *before = NULL;
    uint32_t i;

    for (i = 0; entries && i < entries->count; i++) {
        const struct st_inode *child = tree_get(tree, entries->items[i]);
        if (child == NULL) {
            complain_of(checker, inode->ino, "names a file that is not there");
            continue;
        }
        if (child->parent != inode->ino) complain_of(checker, child->ino, "is in a directory not its own");
        if (before && compare_names(before, child) >= 0)
            complain_of(checker, inode->ino, "its entries are out of order");
        before = child;
    }
}

static bool is_damaged(const struct checker *checker, uint32_t number)
{
    uint32_t i;
    for (i = 0; i < checker->damaged_count; i++)
        if (checker->damaged[i] == number) return true;
    return false;
}

static void check_content(struct checker *checker, const struct st_inode *inode)
{
    const struct st_content *content = inode->content;
    uint64_t end = 0;
    uint32_t i;

    if (content == NULL || content_is_inline(content)) {
        if (inode->size != (content ? content->count : 0))
            complain_of(checker, inode->ino, "its size is not that of its content");
        return;
    }
    for (i = 0; i < content->count; i++) {
        const struct st_extent *extent = &content->items[i];
        if (extent->end <= end) complain_of(checker, inode->ino, "pieces of its content overlap");
        if (extent->chunk &&
            (!chunk_has(&checker->store->chunks, extent->chunk, extent->skip, extent->end - end) ||
             checker->store->chunks.items[extent->chunk].refs == 0))
            complain_of(checker, inode->ino, "a piece of its content is missing");
        else if (extent->chunk && checker->damaged_count && is_damaged(checker, extent->chunk))
            complain_of(checker, inode->ino, "its content is damaged");
        end = extent->end;
    }
    if (end != inode->size) complain_of(checker, inode->ino, "its size is not that of its content");
}

static int check_inode(void *context, uint32_t ino, const struct st_inode *before,
                       const struct st_inode *inode)
{
    struct checker *checker = context;
    const struct st_tree *tree = store_tree(checker->store, checker->root);
    const struct st_inode *parent;

    (void)before;
    if (inode == NULL) return 0;
    parent = tree_get(tree, inode->parent);
    if (inode->ino != ino) complain_of(checker, ino, "stands under another number");
    if (parent == NULL || parent->kind != ST_DIRECTORY)
        complain_of(checker, ino, "is in no directory");
    else if (ino != ST_ROOT_INO && directory_find(tree, parent, inode->name, inode->name_length, NULL) != ino)
        complain_of(checker, ino, "its directory does not have it");
    if (inode->kind == ST_DIRECTORY)
        check_directory(checker, tree, inode);
    else
        check_content(checker, inode);
    return 0;
}

/* Counts HEAD alone: unlike the checks it needs all of the tree. */
static int count_inode(void *context, uint32_t ino, const struct st_inode *before,
                       const struct st_inode *inode)
{
    struct checker *checker = context;
    (void)ino;
    (void)before;
    if (inode == NULL || inode->kind == ST_DIRECTORY) return 0;
    checker->files++;
    checker->bytes += inode->size;
    return 0;
}

/* Each tree by what it does not share with the one before it. */
static void check_trees(struct checker *checker)
{
    static const struct st_tree empty;
    struct store *store = checker->store;
    const struct st_tree *before = &empty;
    size_t i;
    int root;

    for (i = 0; i < store->kept_count; i++) {
        checker->root = st_checkpoint_root(store->kept[i].id);
        tree_compare(before, &store->kept[i].tree, check_inode, checker);
        before = &store->kept[i].tree;
    }
    for (root = 0; root < ST_ROOT_COUNT; root++) {
        checker->root = (enum st_root)root;
        tree_compare(before, &store->roots[root], check_inode, checker);
        before = root == ST_HEAD ? &store->roots[ST_HEAD] : &empty;
    }
    tree_compare(&empty, &store->roots[ST_HEAD], count_inode, checker);
    if (checker->files != store->files || checker->bytes != store->bytes)
        complain(checker, "the workspace counts %u files of %" PRIu64 " bytes and has %u of %" PRIu64,
                 store->files, store->bytes, checker->files, checker->bytes);
}

static int compare_places(const void *a, const void *b)
{
    const struct chunk *left = *(const struct chunk *const *)a, *right = *(const struct chunk *const *)b;
    if (left->segment != right->segment) return left->segment < right->segment ? -1 : 1;
    return left->offset < right->offset ? -1 : left->offset > right->offset;
}

static void check_bytes(struct checker *checker, const struct chunk *chunk, uint32_t number, char *bytes)
{
    int result = log_read(&checker->store->log, chunk->segment, chunk->offset, bytes, chunk->size);

    if (result == 0 && hash64(bytes, chunk->size) == chunk->checksum) return;
    complain(checker, "content in segment %u at %u, %u bytes (chunk %u): %s", chunk->segment, chunk->offset,
             chunk->size, number, result < 0 ? umbra_error_text(result) : "is damaged");
    checker->damaged[checker->damaged_count++] = number;
}

static void check_place(struct checker *checker, const struct chunk *chunk, const struct chunk *before,
                        uint32_t number)
{
    const struct segment *segment = &checker->store->space.segments[chunk->segment];

    if (segment->role != SEGMENT_LOG && segment->role != SEGMENT_CONTENT)
        complain(checker, "chunk %u stands in segment %u, which is not for content", number, chunk->segment);
    if (before && before->segment == chunk->segment && before->offset + before->size > chunk->offset)
        complain(checker, "chunk %u overlaps another in segment %u", number, chunk->segment);
}

static void check_live(struct checker *checker)
{
    const struct space *space = &checker->store->space;
    uint64_t live = 0;
    uint32_t i;

    for (i = 0; i < space->count; i++) {
        live += space->segments[i].live;
        if (space->segments[i].live && space->segments[i].role == SEGMENT_FREE)
            complain(checker, "segment %u counts as free and holds content", i);
    }
    if (live != space->live)
        complain(checker, "%" PRIu64 " bytes of content are counted and %" PRIu64 " are there", space->live,
                 live);
}

static int check_chunks(struct checker *checker, struct error *error)
{
    struct chunks *chunks = &checker->store->chunks;
    const struct chunk **sorted = malloc((chunks->used + 1) * sizeof(struct chunk *));
    char *bytes = malloc(checker->store->space.segment_size);
    uint32_t i, count = 0;

    checker->damaged = malloc((chunks->used + 1) * sizeof checker->damaged[0]);
    if (sorted == NULL || bytes == NULL || checker->damaged == NULL) {
        free(sorted);
        free(bytes);
        return error_memory(error);
    }
    for (i = 1; i < chunks->count; i++)
        if (chunks->items[i].refs) sorted[count++] = &chunks->items[i];
    if (count) qsort(sorted, count, sizeof(struct chunk *), compare_places);
    for (i = 0; i < count; i++) {
        uint32_t number = (uint32_t)(sorted[i] - chunks->items);
        check_place(checker, sorted[i], i ? sorted[i - 1] : NULL, number);
        check_bytes(checker, sorted[i], number, bytes);
    }
    free(sorted);
    free(bytes);
    check_live(checker);
    return 0;
}

static void fill(const struct store *store, struct st_check *check)
{
    check->generation = store->superblock.generation;
    check->snapshot_bytes = store->superblock.snapshot_bytes;
    check->log_bytes = store->log.tail_bytes;
    check->checkpoints = st_checkpoint_count(store);
    check->chunks = store->chunks.used;
    st_usage(store, &check->usage);
}

int st_check_open(struct store *store, st_report report, void *context, struct st_check *check,
                  struct error *error)
{
    struct checker checker = {.store = store, .report = report, .context = context, .check = check};
    int result;

    if (store->in_transaction)
        return error_set(error, UMBRA_EBUSY, "a change of the workspace is under way; wait for it to end");
    memset(check, 0, sizeof *check);
    result = check_chunks(&checker, error);
    if (result == 0) check_trees(&checker);
    free(checker.damaged);
    fill(store, check);
    return result;
}

/* One slot that cannot be read is no problem: a crash tears the one that is being written, and it is the next
 * to be written again. That the other leads to everything, the log says. */
static void check_superblocks(struct checker *checker)
{
    unsigned char slot[SUPERBLOCK_SIZE];
    uint64_t generations[SUPERBLOCK_COUNT] = {0};
    uint32_t i, version;

    for (i = 0; i < SUPERBLOCK_COUNT; i++) {
        struct superblock one = {0};
        if (space_read(&checker->store->space, slot, sizeof slot, (uint64_t)i * SUPERBLOCK_SLOT) < 0 ||
            superblock_parse(slot, &one, &version) <= 0)
            continue;
        generations[i] = one.generation;
    }
    if (generations[0] && generations[0] == generations[1])
        complain(checker, "both superblocks say generation %" PRIu64, generations[0]);
}

int st_check(const struct umbra_host *host, st_report report, void *context, struct st_check *check,
             struct error *error)
{
    struct checker checker = {.report = report, .context = context, .check = check};
    struct st_check own;
    struct error reason = {0};
    struct store *store;
    int result = store_open_to_look(host, &store, &reason);

    memset(check, 0, sizeof *check);
    if (result == UMBRA_ECORRUPT) {
        complain(&checker, "%s", reason.message);
        return 0;
    }
    if (result < 0) return error_set(error, result, "%s", reason.message);
    result = st_check_open(store, report, context, &own, error);
    *check = own;
    checker.store = store;
    if (result == 0) check_superblocks(&checker);
    store_close_as_is(store);
    return result;
}
