#include "store/diff.h"

#include <stdlib.h>
#include <string.h>

bool diff_is_binary(const char *text, size_t size)
{
    return memchr(text, '\0', size < 8000 ? size : 8000) != NULL;
}

static int split(struct diff_side *side, const char *text, size_t size)
{
    size_t at = 0;
    uint32_t count = 0;

    while (at < size) {
        const char *end = memchr(text + at, '\n', size - at);
        at = end ? (size_t)(end - text) + 1 : size;
        if (++count > DIFF_LINES_MAX) return UMBRA_EFBIG;
    }
    side->lines = calloc(count ? count : 1, sizeof side->lines[0]);
    if (side->lines == NULL) return UMBRA_ENOMEM;
    for (at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t next = end ? (size_t)(end - text) + 1 : size;
        side->lines[side->count].text = text + at;
        side->lines[side->count++].length = (uint32_t)(next - at);
        at = next;
    }
    return 0;
}

static uint32_t hash_line(const struct diff_line *line)
{
    uint32_t hash = 2166136261u, i; /* FNV-1a */
    for (i = 0; i < line->length; i++) hash = (hash ^ (unsigned char)line->text[i]) * 16777619u;
    return hash ^ hash >> 15;
}

static bool same_line(const struct diff_line *a, const struct diff_line *b)
{
    if (a->length != b->length || a->text == NULL || b->text == NULL) return false;
    return memcmp(a->text, b->text, a->length) == 0;
}

/* Numbers the lines: equal text, equal id (ids begin at 1). */
static int number_lines(struct diff *diff)
{
    uint32_t capacity = 16, next = 1, s, i;
    const struct diff_line **table;

    while (capacity < (diff->old.count + diff->new.count) * 2) capacity *= 2;
    table = calloc(capacity, sizeof *table); /* NOLINT(bugprone-sizeof-expression): pointers are meant */
    if (table == NULL) return UMBRA_ENOMEM;
    for (s = 0; s < 2; s++) {
        struct diff_side *side = s ? &diff->new : &diff->old;
        for (i = 0; i < side->count; i++) {
            struct diff_line *line = &side->lines[i];
            uint32_t slot = hash_line(line) & (capacity - 1);
            while (table[slot] && !same_line(table[slot], line)) slot = (slot + 1) & (capacity - 1);
            if (table[slot] == NULL) {
                line->id = next++;
                table[slot] = line;
            } else {
                line->id = table[slot]->id;
            }
        }
    }
    free(table);
    return 0;
}

/* A line that takes part in the search. */
struct item {
    uint32_t id;
    struct diff_line *line;
};

/* The two furthest-reaching tables of the search, indexed by diagonal (x - y). */
struct search {
    int32_t *forward, *backward;
    uint64_t steps; /* so far */
};

/* A part of both sides, and where the search split it: before (x, y), and from (u, v) on; equal in between.
 */
struct part {
    struct item *old, *new;
    int32_t old_count, new_count;
    int32_t x, y, u, v;
};

/* Where the next step on diagonal k begins. */
static int32_t advance(const int32_t *furthest, int32_t k, int32_t d)
{
    if (k == -d || (k != d && furthest[k - 1] < furthest[k + 1])) return furthest[k + 1];
    return furthest[k - 1] + 1;
}

static bool on_board(const struct part *part, int32_t x, int32_t y)
{
    return x <= part->old_count && y <= part->new_count;
}

static bool search_forward(const struct search *search, struct part *part, int32_t d)
{
    int32_t delta = part->old_count - part->new_count, k;

    for (k = -d; k <= d; k += 2) {
        int32_t x = advance(search->forward, k, d), y = x - k, from = x;
        while (x < part->old_count && y < part->new_count && part->old[x].id == part->new[y].id) x++, y++;
        search->forward[k] = x;
        if (delta % 2 == 0 || k < delta - d + 1 || k > delta + d - 1 || !on_board(part, x, y)) continue;
        if (x + search->backward[delta - k] < part->old_count) continue;
        part->x = from;
        part->y = from - k;
        part->u = x;
        part->v = y;
        return true;
    }
    return false;
}

static bool search_backward(const struct search *search, struct part *part, int32_t d)
{
    int32_t n = part->old_count, m = part->new_count, delta = n - m, k;

    for (k = -d; k <= d; k += 2) {
        int32_t x = advance(search->backward, k, d), y = x - k, from = x;
        while (x < n && y < m && part->old[n - 1 - x].id == part->new[m - 1 - y].id) x++, y++;
        search->backward[k] = x;
        if (delta % 2 != 0 || k < delta - d || k > delta + d || !on_board(part, x, y)) continue;
        if (x + search->forward[delta - k] < n) continue;
        part->x = n - x;
        part->y = m - y;
        part->u = n - from;
        part->v = m - (from - k);
        return true;
    }
    return false;
}

/* Gives up a costly search: splits where the forward side came furthest. */
static void settle(const struct search *search, struct part *part, int32_t d)
{
    int32_t best = -1, k;
    for (k = -d; k <= d; k += 2) {
        int32_t x = search->forward[k], y = x - k;
        if (!on_board(part, x, y) || x + y <= best) continue;
        best = x + y;
        part->x = part->u = x;
        part->y = part->v = y;
    }
}

static void find_split(struct search *search, struct part *part)
{
    int32_t d;
    search->forward[1] = search->backward[1] = 0;
    for (d = 0;; d++) {
        int32_t limit = search->steps < DIFF_STEPS ? (int32_t)DIFF_EDIT_LIMIT : (int32_t)DIFF_EDIT_LIMIT_LATE;
        search->steps += 2u * (uint32_t)d + 2;
        if (search_forward(search, part, d) || search_backward(search, part, d)) return;
        if (d >= limit) {
            settle(search, part, d);
            return;
        }
    }
}

static void mark(struct item *items, int32_t count)
{
    while (count-- > 0) (items++)->line->changed = true;
}

/* Each round halves the edits (or takes at least the limit off), so the recursion is shallow. */
static void compare_part(struct search *search, struct part part)
{
    for (;;) {
        while (part.old_count && part.new_count && part.old->id == part.new->id) {
            part.old++, part.new ++;
            part.old_count--, part.new_count--;
        }
        while (part.old_count && part.new_count &&
               part.old[part.old_count - 1].id == part.new[part.new_count - 1].id)
            part.old_count--, part.new_count--;
        if (part.old_count == 0 || part.new_count == 0) {
            mark(part.old, part.old_count);
            mark(part.new, part.new_count);
            return;
        }
        find_split(search, &part);
        compare_part(search, (struct part){
                                 .old = part.old, .new = part.new, .old_count = part.x, .new_count = part.y});
        part.old += part.u;
        part.new += part.v;
        part.old_count -= part.u;
        part.new_count -= part.v;
    }
}

/* The lines of one side that are on the other too; the rest is changed for certain and need not be searched
 * through, which is most of a text that was written anew. seen: for each id, 1: in old, 2: in new. */
static uint32_t keep_shared(struct diff_side *side, const unsigned char *seen, struct item *items)
{
    uint32_t i, count = 0;
    for (i = 0; i < side->count; i++) {
        struct diff_line *line = &side->lines[i];
        if (seen[line->id] == 3)
            items[count++] = (struct item){line->id, line};
        else
            line->changed = true;
    }
    return count;
}

static int search_all(struct part part)
{
    size_t reach = (size_t)part.old_count + (size_t)part.new_count, span;
    int32_t *tables;

    if (reach > DIFF_EDIT_LIMIT + 2u) reach = DIFF_EDIT_LIMIT + 2u;
    reach += 2;
    span = reach * 2 + 1;
    tables = calloc(span * 2, sizeof *tables);
    if (tables == NULL) return UMBRA_ENOMEM;
    compare_part(&(struct search){tables + reach, tables + span + reach, 0}, part);
    free(tables);
    return 0;
}

static int compare_all(struct diff *diff)
{
    size_t total = (size_t)diff->old.count + diff->new.count;
    unsigned char *seen = calloc(total + 1, 1); /* ids begin at 1 */
    struct item *items = calloc(total + 1, sizeof *items);
    uint32_t i, old_count, new_count;
    int result = UMBRA_ENOMEM;

    if (seen && items) {
        for (i = 0; i < diff->old.count; i++) seen[diff->old.lines[i].id] |= 1;
        for (i = 0; i < diff->new.count; i++) seen[diff->new.lines[i].id] |= 2;
        old_count = keep_shared(&diff->old, seen, items);
        new_count = keep_shared(&diff->new, seen, items + old_count);
        result = search_all((struct part){.old = items,
                                          .new = items + old_count,
                                          .old_count = (int32_t)old_count,
                                          .new_count = (int32_t)new_count});
    }
    free(seen);
    free(items);
    if (result == 0) diff_slide(diff);
    return result;
}

int diff_compute(struct diff *diff, const char *old_text, size_t old_size, const char *new_text,
                 size_t new_size, struct error *error)
{
    int result;

    memset(diff, 0, sizeof *diff);
    result = old_size > INT32_MAX || new_size > INT32_MAX ? UMBRA_EFBIG : 0;
    if (result == 0) result = split(&diff->old, old_text, old_size);
    if (result == 0) result = split(&diff->new, new_text, new_size);
    if (result == 0) result = number_lines(diff);
    if (result == 0) result = compare_all(diff);
    if (result == 0) return 0;
    diff_free(diff);
    return error_set(error, result, "comparing the two versions failed: %s", umbra_error_text(result));
}

void diff_free(struct diff *diff)
{
    free(diff->old.lines);
    free(diff->new.lines);
    memset(diff, 0, sizeof *diff);
}

void diff_replace_all(struct diff *diff)
{
    uint32_t i;
    for (i = 0; i < diff->old.count; i++) diff->old.lines[i].changed = true;
    for (i = 0; i < diff->new.count; i++) diff->new.lines[i].changed = true;
}

static bool is_changed(const struct diff_side *side, uint32_t line)
{
    return line < side->count && side->lines[line].changed;
}

bool diff_next_hunk(const struct diff *diff, uint32_t context, struct diff_hunk *hunk)
{
    uint32_t x = hunk->old_start + hunk->old_count, y = hunk->new_start + hunk->new_count;
    uint32_t first_x = x, quiet, lead;

    while (x < diff->old.count && y < diff->new.count && !is_changed(&diff->old, x) &&
           !is_changed(&diff->new, y))
        x++, y++;
    if (!is_changed(&diff->old, x) && !is_changed(&diff->new, y)) return false;
    lead = x - first_x < context ? x - first_x : context;
    hunk->old_start = x - lead;
    hunk->new_start = y - lead;
    for (quiet = 0; quiet <= context * 2;) {
        if (is_changed(&diff->old, x)) {
            x++;
            quiet = 0;
        } else if (is_changed(&diff->new, y)) {
            y++;
            quiet = 0;
        } else if (x < diff->old.count) {
            x++, y++;
            quiet++;
        } else {
            break;
        }
    }
    if (quiet > context) {
        x -= quiet - context;
        y -= quiet - context;
    }
    hunk->old_count = x - hunk->old_start;
    hunk->new_count = y - hunk->new_start;
    return true;
}
