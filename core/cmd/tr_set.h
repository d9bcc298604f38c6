/* tr_set.h: the sets of tr: "a-z", "[:digit:]", "[=a=]", "[x*5]", "\n", "\101", as a row of bytes. */
#ifndef UMBRA_CMD_TR_SET_H
#define UMBRA_CMD_TR_SET_H

#include "cmd/command.h"

enum tr_kind { TR_RANGE, TR_CLASS, TR_REPEAT };

struct tr_part {
    enum tr_kind kind;
    unsigned char first, last; /* of a range; of a repeat the byte */
    int class;                 /* an index; tr_classes[] */
    uint64_t count;            /* of a repeat; 0: as often as there is need */
};

struct tr_set {
    struct tr_part *parts; /* in the arena */
    size_t count;
};

extern const char *const tr_classes[]; /* ends with NULL */
enum { TR_LOWER = 5, TR_UPPER = 10 };  /* of them */

bool tr_in_class(int class, unsigned char byte);
/* What is wrong with the text is said. */
bool tr_parse_set(struct k_process *process, const char *text, struct tr_set *set);
/* How many bytes it stands for; repeats without a count for none. */
uint64_t tr_length(const struct tr_set *set);
/* Appends its bytes, up to `most` in all; repeats without a count are `fill` long. */
void tr_expand(const struct tr_set *set, uint64_t fill, uint64_t most, struct buffer *bytes);

#endif
