/* sort_key.h: what lines are sorted by: the keys of sort's -k and its letters, the comparison of two lines,
 * and a rank that most comparisons need only. Lines are bytes; order is that of the bytes, as in C.UTF-8. */
#ifndef UMBRA_CMD_SORT_KEY_H
#define UMBRA_CMD_SORT_KEY_H

#include "cmd/command.h"

struct sort_line {
    uint64_t rank; /* by the first key: of two lines with different ranks the lower one is first */
    const char *text;
    size_t length; /* without its end */
};

enum sort_by { SORT_TEXT, SORT_NUMBER, SORT_GENERAL, SORT_HUMAN, SORT_MONTH, SORT_VERSION, SORT_RANDOM };

struct sort_key {
    size_t first_field, first_byte; /* from 0 */
    size_t last_field, last_byte;   /* SIZE_MAX: the end of the line; a byte of 0: the field's end */
    bool blanks_first, blanks_last; /* blanks do not count where the key begins, ends */
    bool reverse, fold, dictionary, printable;
    enum sort_by by;
    bool own; /* it has letters of its own */
};

#define SORT_KEYS_MAX 32

struct sort_order {
    struct sort_key keys[SORT_KEYS_MAX]; /* without any: the whole line, by the letters of `whole` */
    size_t key_count;
    struct sort_key whole;
    int separator; /* -t; -1: where blanks begin */
    bool stable;   /* lines with equal keys are equal; -s, -u */
    uint64_t seed; /* of SORT_RANDOM */
};

/* Takes a letter: b d f g h i M n R r V; true when it is one of them. */
bool sort_take_letter(struct sort_key *key, char letter, bool at_start, bool at_end);
/* Adds what -k has; what is wrong with it is said. */
bool sort_add_key(struct k_process *process, struct sort_order *order, const char *text);
/* Whether these letters can stand together; says which cannot. */
bool sort_check_letters(struct k_process *process, const char *letters);
/* After all options: keys without letters get those of all. */
void sort_settle_keys(struct sort_order *order);

uint64_t sort_rank(const struct sort_order *order, const struct sort_line *line);
/* Below 0, 0, above; all but SORT_RANDOM by the bytes in the end unless order->stable. */
int sort_compare(const struct sort_order *order, const struct sort_line *a, const struct sort_line *b);

#endif
