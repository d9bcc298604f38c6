#include "cmd/sort_lines.h"

#include <string.h>

#define RUN  8u    /* lines that are sorted by insertion */
#define STEP 1024u /* lines that are done without a look at the fuel */

bool sort_reserve(struct sort_lines *lines, size_t more)
{
    size_t capacity = lines->text_capacity ? lines->text_capacity : (size_t)2 * CMD_PIECE;
    char *text;

    /* One byte for the end of a last line. */
    while (capacity - lines->text_size < more + 1) capacity *= 2;
    if (capacity == lines->text_capacity) return true;
    text = memory_resize(lines->account, lines->text, lines->text_capacity, capacity);
    if (text == NULL) return false;
    lines->text = text;
    lines->text_capacity = capacity;
    return true;
}

/* The text may move yet: until sort_prepare() a line's rank is where it begins. */
static bool add_line(struct sort_lines *lines, size_t start, size_t length)
{
    if (lines->count == lines->capacity) {
        size_t capacity = lines->capacity ? 2 * lines->capacity : STEP;
        struct sort_line *more = memory_resize(lines->account, lines->lines, lines->capacity * sizeof *more,
                                               capacity * sizeof *more);
        if (more == NULL) return false;
        lines->lines = more;
        lines->capacity = capacity;
    }
    lines->lines[lines->count++] = (struct sort_line){start, NULL, length};
    return true;
}

bool sort_split(struct sort_lines *lines, char end_of_line, bool ended)
{
    if (ended && lines->text_size > lines->split && lines->text[lines->text_size - 1] != end_of_line)
        lines->text[lines->text_size++] = end_of_line;
    while (lines->split < lines->text_size) {
        const char *start = lines->text + lines->split;
        const char *end = memchr(start, end_of_line, lines->text_size - lines->split);
        if (end == NULL) return true;
        if (!add_line(lines, lines->split, (size_t)(end - start))) return false;
        lines->split += (size_t)(end - start) + 1;
    }
    return true;
}

void sort_prepare(struct k_process *process, struct sort_lines *lines, const struct sort_order *order)
{
    size_t stop = lines->count - lines->ranked > STEP ? lines->ranked + STEP : lines->count, bytes = 0;

    for (; lines->ranked < stop; lines->ranked++) {
        struct sort_line *line = &lines->lines[lines->ranked];
        line->text = lines->text + line->rank;
        line->rank = sort_rank(order, line);
        bytes += 8 + (line->length < 64 ? line->length : 64);
    }
    k_charge(process, bytes);
}

/* Sorts some runs by insertion. */
static void sort_runs(struct sort_lines *lines, const struct sort_order *order, size_t stop)
{
    while (lines->at < stop) {
        size_t end = lines->count - lines->at > RUN ? lines->at + RUN : lines->count, i, j;
        for (i = lines->at + 1; i < end; i++) {
            struct sort_line line = lines->lines[i];
            for (j = i; j > lines->at && sort_order_of(order, &lines->lines[j - 1], &line) > 0; j--)
                lines->lines[j] = lines->lines[j - 1];
            lines->lines[j] = line;
        }
        lines->at = end;
    }
}

/* Where a merge of two neighbouring runs has come to is found again from how much of it is done: the place in
 * the second run is searched for. So a step may begin anywhere. */
static size_t second_place(const struct sort_lines *lines, const struct sort_order *order, size_t start,
                           size_t middle, size_t end, size_t done)
{
    size_t low = done > middle - start ? done - (middle - start) : 0;
    size_t high = done < end - middle ? done : end - middle;

    while (low < high) {
        size_t second = (low + high) / 2, first = done - second;
        /* Too few of the second run, if the next one of it goes before the last one of the first. */
        if (first > 0 &&
            sort_order_of(order, &lines->lines[start + first - 1], &lines->lines[middle + second]) > 0)
            low = second + 1;
        else
            high = second;
    }
    return low;
}

/* Merges from lines->at on, at most STEP lines. */
static void merge_some(struct sort_lines *lines, const struct sort_order *order)
{
    size_t pair = lines->at / (2 * lines->width) * (2 * lines->width);
    size_t middle = lines->count - pair > lines->width ? pair + lines->width : lines->count;
    size_t end = lines->count - pair > 2 * lines->width ? pair + 2 * lines->width : lines->count;
    size_t stop = end - lines->at > STEP ? lines->at + STEP : end;
    size_t second = middle + second_place(lines, order, pair, middle, end, lines->at - pair);
    size_t first = lines->at - (second - middle);
    const struct sort_line *from = lines->lines;
    struct sort_line *to = lines->other;

    while (lines->at < stop) {
        if (first < middle && (second == end || sort_order_of(order, &from[first], &from[second]) <= 0))
            to[lines->at++] = from[first++];
        else
            to[lines->at++] = from[second++];
    }
}

int sort_step(struct k_process *process, struct sort_lines *lines, const struct sort_order *order)
{
    size_t before = lines->at;

    if (lines->width == 0) {
        sort_runs(lines, order, lines->count - lines->at > STEP ? lines->at + STEP : lines->count);
    } else {
        if (lines->other == NULL)
            lines->other = memory_take(lines->account, lines->capacity * sizeof *lines->other);
        if (lines->other == NULL) return UMBRA_ENOMEM;
        merge_some(lines, order);
    }
    k_charge(process, (lines->at - before) * 24);
    if (lines->at < lines->count) return 0;
    if (lines->width) {
        struct sort_line *swap = lines->lines;
        lines->lines = lines->other;
        lines->other = swap;
    }
    lines->width = lines->width ? 2 * lines->width : RUN;
    lines->at = 0;
    return lines->width >= lines->count;
}

void sort_free(struct sort_lines *lines)
{
    memory_give(lines->account, lines->text, lines->text_capacity);
    memory_give(lines->account, lines->lines, lines->capacity * sizeof *lines->lines);
    memory_give(lines->account, lines->other, lines->capacity * sizeof *lines->other);
}
