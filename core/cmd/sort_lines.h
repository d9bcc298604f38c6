/* sort_lines.h: all lines that are to be sorted, in memory that the process pays for, and their stable merge
 * sort, which is done in steps. */
#ifndef UMBRA_CMD_SORT_LINES_H
#define UMBRA_CMD_SORT_LINES_H

#include "cmd/sort_key.h"

struct sort_lines {
    struct memory_account *account;
    char *text; /* of all files, each line with its end */
    size_t text_size, text_capacity;
    size_t split; /* text so far that is split into lines */
    struct sort_line *lines, *other;
    size_t count, capacity, ranked;
    size_t width, at; /* runs of `width` lines are sorted; those before `at` of twice as many already */
};

/* Room for so many more bytes of text. false without memory. */
bool sort_reserve(struct sort_lines *lines, size_t more);
/* The text that was added becomes lines; ended: the last one is whole although its end is missing. false
 * without memory. */
bool sort_split(struct sort_lines *lines, char end_of_line, bool ended);
/* Once there is no more text: gives ranks to some lines; to be called until lines->ranked is the count. */
void sort_prepare(struct k_process *process, struct sort_lines *lines, const struct sort_order *order);
/* Sorts for a while: 1 when it is done, 0 when not, UMBRA_ENOMEM. Charges the process. */
int sort_step(struct k_process *process, struct sort_lines *lines, const struct sort_order *order);
void sort_free(struct sort_lines *lines);

/* By rank, then by all keys. */
static inline int sort_order_of(const struct sort_order *order, const struct sort_line *a,
                                const struct sort_line *b)
{
    if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
    return sort_compare(order, a, b);
}

#endif
