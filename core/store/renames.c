#include "store/renames.h"

#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "store/similarity.h"

#define SAMPLE 4096u /* bytes at both ends of a content that its key is made of */
#define TRIES  4u    /* contents with the same key that are compared with one file before it is given up */

struct search {
    const struct store *store;
    enum st_root from, to;
    const struct st_rename_limits *limits;
    struct change_sides *deleted, *added;
    struct similarity_print *deleted_prints, *added_prints; /* by index; made when they are needed */
    bool *no_print;                                         /* deleted, then added: it cannot be had */
    uint64_t bytes_left;
};

/* A file that has no partner yet, with what decides which other it may be. */
struct candidate {
    struct change_side *side;
    const char *name; /* the last part of the path */
    uint32_t key;     /* of the content */
};

static void pair(struct change_side *deleted, struct change_side *added, uint32_t similarity)
{
    deleted->partner = added;
    added->partner = deleted;
    deleted->similarity = added->similarity = similarity;
}

static bool spend(struct search *search, uint64_t bytes)
{
    if (bytes > search->bytes_left) return false;
    search->bytes_left -= bytes;
    return true;
}

static int compare_inos(const void *a, const void *b)
{
    uint32_t left = (*(struct change_side *const *)a)->ino, right = (*(struct change_side *const *)b)->ino;
    return left < right ? -1 : left > right;
}

static int pair_inodes(struct search *search)
{
    struct change_sides *deleted = search->deleted, *added = search->added;
    struct change_side **order =
        calloc(deleted->count, sizeof *order); /* NOLINT(bugprone-sizeof-expression) */
    size_t i;

    if (order == NULL) return UMBRA_ENOMEM;
    for (i = 0; i < deleted->count; i++) order[i] = &deleted->items[i];
    qsort(order, deleted->count, sizeof *order, compare_inos); /* NOLINT(bugprone-sizeof-expression) */
    for (i = 0; i < added->count; i++) {
        struct change_side *key = &added->items[i], **found;
        found = bsearch(&key, order, deleted->count, sizeof *order, /* NOLINT(bugprone-sizeof-expression) */
                        compare_inos);
        if (found) pair(*found, key, 0);
    }
    free(order);
    return 0;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The files of one side that are still alone, and, when asked for, regular files with content only. */
static struct candidate *list_alone(const struct change_sides *sides, bool similar, uint64_t most,
                                    size_t *count)
{
    struct candidate *list = calloc(sides->count, sizeof *list);
    size_t i;

    *count = 0;
    for (i = 0; i < sides->count && list; i++) {
        struct change_side *side = &sides->items[i];
        if (side->partner) continue;
        if (similar && (side->kind != ST_FILE || side->size == 0 || side->size > most)) continue;
        list[(*count)++] = (struct candidate){.side = side, .name = last_part(side->path)};
    }
    return list;
}

static int compare_sizes(const void *a, const void *b)
{
    const struct candidate *left = a, *right = b;
    if (left->side->kind != right->side->kind) return left->side->kind < right->side->kind ? -1 : 1;
    return left->side->size < right->side->size ? -1 : left->side->size > right->side->size;
}

static int compare_keys(const void *a, const void *b)
{
    const struct candidate *left = a, *right = b;
    int order = compare_sizes(a, b);
    if (order) return order;
    return left->key < right->key ? -1 : left->key > right->key;
}

static int compare_keys_and_names(const void *a, const void *b)
{
    int order = compare_keys(a, b);
    return order ? order : strcmp(((const struct candidate *)a)->name, ((const struct candidate *)b)->name);
}

/* A checksum over both ends of the content: files with the same content have the same. */
static int set_key(const struct search *search, enum st_root root, struct candidate *candidate)
{
    char sample[SAMPLE];
    uint64_t size = candidate->side->size;
    int64_t got = st_read(search->store, root, candidate->side->ino, 0, sample, sizeof sample);

    if (got < 0) return (int)got;
    candidate->key = crc32c(0, sample, (size_t)got);
    if (size <= SAMPLE) return 0;
    got = st_read(search->store, root, candidate->side->ino, size - SAMPLE, sample, sizeof sample);
    if (got < 0) return (int)got;
    candidate->key = crc32c(candidate->key, sample, (size_t)got);
    return 0;
}

/* Drops the candidates of `mine` whose size no candidate of `other` (in the order of size) has, and gives the
 * rest their keys. */
static int keep_sizes(const struct search *search, enum st_root root, struct candidate *mine, size_t *count,
                      const struct candidate *other, size_t other_count)
{
    size_t i, kept = 0;
    int result = 0;

    for (i = 0; i < *count && result == 0; i++) {
        if (!bsearch(&mine[i], other, other_count, sizeof *other, compare_sizes)) continue;
        result = set_key(search, root, &mine[i]);
        mine[kept++] = mine[i];
    }
    *count = kept;
    return result;
}

/* Whether both have the same content, as far as the limit of bytes allows to say. */
static int is_same(struct search *search, const struct change_side *deleted, const struct change_side *added)
{
    bool shared = st_shares_content(search->store, search->from, deleted->ino, search->to, added->ino);
    if (shared) return 1;
    if (!spend(search, deleted->size + added->size)) return 0;
    return st_same_content(search->store, search->from, deleted->ino, search->to, added->ino);
}

typedef int (*candidate_order)(const void *a, const void *b);

/* Pairs the added file with one of a run of deleted ones. */
static int pair_in_run(struct search *search, struct candidate *run, size_t count, struct change_side *added)
{
    unsigned tries = 0;
    size_t i;

    for (i = 0; i < count && tries < TRIES; i++) {
        int same;
        if (run[i].side->partner) continue;
        tries++;
        same = is_same(search, run[i].side, added);
        if (same < 0) return same;
        if (same == 0) continue;
        pair(run[i].side, added, 100);
        return 0;
    }
    return 0;
}

/* Pairs files that are equal by `order` and by content. Both lists come out in that order. */
static int pair_equal(struct search *search, struct candidate *deleted, size_t deleted_count,
                      struct candidate *added, size_t added_count, candidate_order order)
{
    size_t i = 0, j, end = 0;

    qsort(deleted, deleted_count, sizeof *deleted, order);
    qsort(added, added_count, sizeof *added, order);
    for (j = 0; j < added_count; j++) {
        int result;
        if (added[j].side->partner) continue;
        while (i < deleted_count && (deleted[i].side->partner || order(&deleted[i], &added[j]) < 0)) i++;
        if (i == deleted_count) return 0;
        for (end = end < i ? i : end; end < deleted_count && order(&deleted[end], &added[j]) <= 0;) end++;
        result = pair_in_run(search, deleted + i, end > i ? end - i : 0, added[j].side);
        if (result < 0) return result;
    }
    return 0;
}

/* The same content; among several the file of the same name. */
static int pair_contents(struct search *search)
{
    size_t deleted_count, added_count;
    struct candidate *deleted = list_alone(search->deleted, false, 0, &deleted_count);
    struct candidate *added = list_alone(search->added, false, 0, &added_count);
    int result = deleted && added ? 0 : UMBRA_ENOMEM;

    if (result == 0 && deleted_count && added_count) {
        qsort(deleted, deleted_count, sizeof *deleted, compare_sizes);
        qsort(added, added_count, sizeof *added, compare_sizes);
        result = keep_sizes(search, search->from, deleted, &deleted_count, added, added_count);
        if (result == 0) result = keep_sizes(search, search->to, added, &added_count, deleted, deleted_count);
        if (result == 0)
            result = pair_equal(search, deleted, deleted_count, added, added_count, compare_keys_and_names);
        if (result == 0)
            result = pair_equal(search, deleted, deleted_count, added, added_count, compare_keys);
    }
    free(deleted);
    free(added);
    return result;
}

/* The print of a file; NULL in *print when a limit forbids to make it. */
static int print_of(struct search *search, const struct change_side *side, bool is_added,
                    const struct similarity_print **print)
{
    const struct change_sides *sides = is_added ? search->added : search->deleted;
    size_t index = (size_t)(side - sides->items);
    struct similarity_print *slot = (is_added ? search->added_prints : search->deleted_prints) + index;
    bool *missing = search->no_print + (is_added ? search->deleted->count : 0) + index;
    char *content;
    int64_t got;
    int result;

    *print = slot;
    if (slot->size == side->size && side->size) return 0;
    *missing = *missing || side->size > search->limits->file_bytes || !spend(search, side->size);
    if (*missing) *print = NULL;
    if (*missing || side->size == 0) return 0;
    content = malloc((size_t)side->size);
    if (content == NULL) return UMBRA_ENOMEM;
    got = st_read(search->store, is_added ? search->to : search->from, side->ino, 0, content,
                  (size_t)side->size);
    result = got == (int64_t)side->size ? similarity_print_make(slot, content, (size_t)got)
             : got < 0                  ? (int)got
                                        : UMBRA_EIO;
    free(content);
    return result;
}

/* The similarity of two files in percent, 0 when it cannot be said; or a negative error. */
static int similarity_of(struct search *search, const struct change_side *deleted,
                         const struct change_side *added)
{
    const struct similarity_print *old = NULL, *new = NULL;
    int result = print_of(search, deleted, false, &old);

    if (result == 0) result = print_of(search, added, true, &new);
    if (result < 0 || old == NULL || new == NULL) return result;
    result = (int)similarity_percent(old, new);
    return result < 100 ? result : 99; /* the same content was found before */
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct candidate *)a)->name, ((const struct candidate *)b)->name);
}

/* Whether no neighbour in the order of names has the same one. */
static bool is_only_one(const struct candidate *list, size_t count, size_t i)
{
    return (i == 0 || strcmp(list[i - 1].name, list[i].name) != 0) &&
           (i + 1 == count || strcmp(list[i + 1].name, list[i].name) != 0);
}

/* A name that went from one directory to another, and that no other file has, is enough of a hint: the two
 * are paired without a look at the rest when they are well above the threshold. */
static int pair_names(struct search *search, struct candidate *deleted, size_t deleted_count,
                      struct candidate *added, size_t added_count)
{
    uint32_t enough = (search->limits->similarity + 100) / 2;
    size_t i = 0, j = 0;

    qsort(deleted, deleted_count, sizeof *deleted, compare_names);
    qsort(added, added_count, sizeof *added, compare_names);
    while (i < deleted_count && j < added_count) {
        int order = strcmp(deleted[i].name, added[j].name);
        if (order == 0 && is_only_one(deleted, deleted_count, i) && is_only_one(added, added_count, j)) {
            struct change_side *old = deleted[i].side, *new = added[j].side;
            int score = similarity_bound(old->size, new->size) < enough ? 0 : similarity_of(search, old, new);
            if (score < 0) return score;
            if ((uint32_t)score >= enough) pair(old, new, (uint32_t)score);
        }
        i += order <= 0;
        j += order >= 0;
    }
    return 0;
}

struct match {
    struct change_side *deleted, *added;
    uint32_t score;
    bool same_name;
};

/* The best first; then by path, so that the order is always the same. */
static int compare_matches(const void *a, const void *b)
{
    const struct match *left = a, *right = b;
    int order;
    if (left->score != right->score) return left->score > right->score ? -1 : 1;
    if (left->same_name != right->same_name) return left->same_name ? -1 : 1;
    order = strcmp(left->deleted->path, right->deleted->path);
    return order ? order : strcmp(left->added->path, right->added->path);
}

static bool may_match(const struct search *search, const struct candidate *deleted,
                      const struct candidate *added)
{
    return deleted->side->partner == NULL && added->side->partner == NULL &&
           similarity_bound(deleted->side->size, added->side->size) >= search->limits->similarity;
}

/* Calls for all pairs that may match: counts them, or scores them into `matches`. */
static int score_all(struct search *search, const struct candidate *deleted, size_t deleted_count,
                     const struct candidate *added, size_t added_count, struct match *matches, size_t *count)
{
    size_t i, j;

    *count = 0;
    for (j = 0; j < added_count; j++) {
        for (i = 0; i < deleted_count; i++) {
            int score;
            if (!may_match(search, &deleted[i], &added[j])) continue;
            if (matches == NULL) {
                if (++*count > search->limits->pairs) return 0;
                continue;
            }
            score = similarity_of(search, deleted[i].side, added[j].side);
            if (score < 0) return score;
            if ((uint32_t)score < search->limits->similarity) continue;
            matches[(*count)++] = (struct match){deleted[i].side, added[j].side, (uint32_t)score,
                                                 strcmp(deleted[i].name, added[j].name) == 0};
        }
    }
    return 0;
}

/* Similar content, the most similar pairs first. */
static int pair_best(struct search *search, const struct candidate *deleted, size_t deleted_count,
                     const struct candidate *added, size_t added_count)
{
    struct match *matches;
    size_t count, i;
    int result = score_all(search, deleted, deleted_count, added, added_count, NULL, &count);

    if (result < 0 || count == 0 || count > search->limits->pairs) return result;
    matches = calloc(count, sizeof *matches);
    if (matches == NULL) return UMBRA_ENOMEM;
    result = score_all(search, deleted, deleted_count, added, added_count, matches, &count);
    if (result == 0) qsort(matches, count, sizeof *matches, compare_matches);
    for (i = 0; i < count && result == 0; i++)
        if (matches[i].deleted->partner == NULL && matches[i].added->partner == NULL)
            pair(matches[i].deleted, matches[i].added, matches[i].score);
    free(matches);
    return result;
}

static int pair_similar(struct search *search)
{
    size_t deleted_count, added_count;
    uint64_t most = search->limits->file_bytes;
    struct candidate *deleted = list_alone(search->deleted, true, most, &deleted_count);
    struct candidate *added = list_alone(search->added, true, most, &added_count);
    int result = deleted && added ? 0 : UMBRA_ENOMEM;

    if (result == 0 && deleted_count && added_count && search->limits->similarity < 100) {
        result = pair_names(search, deleted, deleted_count, added, added_count);
        if (result == 0) result = pair_best(search, deleted, deleted_count, added, added_count);
    }
    free(deleted);
    free(added);
    return result;
}

/* How similar the files are that were paired by their inode. */
static int score_inodes(struct search *search)
{
    size_t i;
    for (i = 0; i < search->added->count; i++) {
        struct change_side *added = &search->added->items[i], *deleted = added->partner;
        int score = 0;

        if (deleted == NULL) continue;
        if (added->size == deleted->size) score = is_same(search, deleted, added);
        if (score > 0)
            score = 100;
        else if (score == 0 && added->kind == ST_FILE)
            score = similarity_of(search, deleted, added);
        if (score < 0) return score;
        added->similarity = deleted->similarity = (uint32_t)score;
    }
    return 0;
}

int renames_find(const struct store *store, enum st_root from, enum st_root to,
                 const struct st_rename_limits *limits, struct change_sides *deleted,
                 struct change_sides *added)
{
    struct search search = {.store = store,
                            .from = from,
                            .to = to,
                            .limits = limits,
                            .deleted = deleted,
                            .added = added,
                            .bytes_left = limits->bytes};
    size_t i;
    int result;

    if (deleted->count == 0 || added->count == 0) return 0;
    search.deleted_prints = calloc(deleted->count, sizeof search.deleted_prints[0]);
    search.added_prints = calloc(added->count, sizeof search.added_prints[0]);
    search.no_print = calloc(deleted->count + added->count, sizeof search.no_print[0]);
    result = search.deleted_prints && search.added_prints && search.no_print ? 0 : UMBRA_ENOMEM;
    if (result == 0) result = pair_inodes(&search);
    if (result == 0) result = score_inodes(&search);
    if (result == 0 && !limits->inodes_only) result = pair_contents(&search);
    if (result == 0 && !limits->inodes_only) result = pair_similar(&search);
    for (i = 0; i < deleted->count && search.deleted_prints; i++)
        similarity_print_free(&search.deleted_prints[i]);
    for (i = 0; i < added->count && search.added_prints; i++) similarity_print_free(&search.added_prints[i]);
    free(search.deleted_prints);
    free(search.added_prints);
    free(search.no_print);
    return result;
}
