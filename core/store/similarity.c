#include "store/similarity.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "store/diff.h"

#define PIECE_MAX 64u

/* The next piece of a content: its end, and its hash. The CR of a text's CRLF does not count, so that other
 * line ends are no other content. */
static size_t cut(const char *content, size_t at, size_t size, bool text, struct similarity_piece *piece)
{
    uint32_t hash = 2166136261u; /* FNV-1a of 32 bits, by Fowler, Noll and Vo */

    piece->bytes = 0;
    while (at < size && piece->bytes < PIECE_MAX) {
        unsigned char byte = (unsigned char)content[at++];
        if (text && byte == '\r' && at < size && content[at] == '\n') continue;
        hash = (hash ^ byte) * 16777619u;
        piece->bytes++;
        if (byte == '\n') break;
    }
    piece->hash = hash;
    return at;
}

static int compare_pieces(const void *a, const void *b)
{
    uint32_t left = ((const struct similarity_piece *)a)->hash;
    uint32_t right = ((const struct similarity_piece *)b)->hash;
    return left < right ? -1 : left > right;
}

/* Makes one piece of all that have the same hash. */
static size_t merge(struct similarity_piece *pieces, size_t count)
{
    size_t from, to = 0;
    for (from = 0; from < count; from++) {
        if (to && pieces[to - 1].hash == pieces[from].hash)
            pieces[to - 1].bytes += pieces[from].bytes;
        else
            pieces[to++] = pieces[from];
    }
    return to;
}

int similarity_print_make(struct similarity_print *print, const char *content, size_t size)
{
    bool text = !diff_is_binary(content, size);
    struct similarity_piece piece;
    size_t at, count = 0;

    memset(print, 0, sizeof *print);
    print->size = size;
    if (size > UINT32_MAX) return UMBRA_EFBIG;
    for (at = 0; at < size; count++) at = cut(content, at, size, text, &piece);
    if (count == 0) return 0;
    print->pieces = malloc(count * sizeof piece);
    if (print->pieces == NULL) return UMBRA_ENOMEM;
    for (at = 0; at < size; print->count++) at = cut(content, at, size, text, &print->pieces[print->count]);
    qsort(print->pieces, count, sizeof piece, compare_pieces);
    print->count = merge(print->pieces, count);
    return 0;
}

void similarity_print_free(struct similarity_print *print)
{
    free(print->pieces);
    memset(print, 0, sizeof *print);
}

uint32_t similarity_bound(uint64_t a_size, uint64_t b_size)
{
    uint64_t larger = a_size > b_size ? a_size : b_size, smaller = a_size > b_size ? b_size : a_size;
    return larger ? (uint32_t)(smaller * 100 / larger) : 100;
}

uint32_t similarity_percent(const struct similarity_print *a, const struct similarity_print *b)
{
    uint64_t larger = a->size > b->size ? a->size : b->size, common = 0;
    size_t i = 0, j = 0;

    while (i < a->count && j < b->count) {
        const struct similarity_piece *left = &a->pieces[i], *right = &b->pieces[j];
        if (left->hash == right->hash) common += left->bytes < right->bytes ? left->bytes : right->bytes;
        i += left->hash <= right->hash;
        j += right->hash <= left->hash;
    }
    return larger ? (uint32_t)(common * 100 / larger) : 100;
}
