/* similarity.h: how much of one file's content is in another's, without looking at its order. A content is
 * cut after each newline, and after 64 bytes where none came; pieces with the same hash are the same. The
 * idea of git's rename detection (gitdiffcore(7), "diffcore-rename", git 2.39): moved and
 * reordered lines still count. A last line without a newline counts too, as there since 2.44. */
#ifndef UMBRA_STORE_SIMILARITY_H
#define UMBRA_STORE_SIMILARITY_H

#include <stddef.h>
#include <stdint.h>

struct similarity_piece {
    uint32_t hash;
    uint32_t bytes; /* of all pieces with this hash */
};

struct similarity_print {
    struct similarity_piece *pieces; /* in the order of hash */
    size_t count;
    uint64_t size; /* of the content, bytes */
};

/* 0 or UMBRA_ENOMEM. The content need not stay. */
int similarity_print_make(struct similarity_print *print, const char *content, size_t size);
void similarity_print_free(struct similarity_print *print);

/* Bytes in common in percent of the larger content, rounded down; 100 does not mean equal. */
uint32_t similarity_percent(const struct similarity_print *a, const struct similarity_print *b);

/* The most that similarity_percent() could be, by the sizes alone. */
uint32_t similarity_bound(uint64_t a_size, uint64_t b_size);

#endif
