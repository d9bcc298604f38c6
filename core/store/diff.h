/* diff.h: line differences by Myers' algorithm in linear space (E. Myers, "An O(ND) Difference Algorithm and
 * Its Variations", Algorithmica 1 (1986), section 4b), moved to where they read best (slide.c). Lines are
 * bytes up to and with '\n'; the last may lack it. */
#ifndef UMBRA_STORE_DIFF_H
#define UMBRA_STORE_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct diff_line {
    const char *text; /* into the caller's bytes */
    uint32_t length;  /* with the newline */
    uint32_t id;      /* equal lines have equal ids, across both sides */
    bool changed;     /* not in the other side at this place */
};

struct diff_side {
    struct diff_line *lines;
    uint32_t count;
};

struct diff {
    struct diff_side old, new;
};

struct diff_hunk {
    uint32_t old_start, old_count; /* zero-based first line, number of lines, context included */
    uint32_t new_start, new_count;
};

/* Past this many edits the search settles for a correct but longer answer. */
#define DIFF_EDIT_LIMIT 1024u
/* After so many steps of search (a third of a second or so) it settles past fewer edits. */
#define DIFF_STEPS           (48u << 20)
#define DIFF_EDIT_LIMIT_LATE 64u
/* Lines of one side. */
#define DIFF_LINES_MAX (1u << 28)
/* Unchanged lines around a change that a hunk has. */
#define DIFF_CONTEXT 3u

/* The texts must stay until diff_free(). UMBRA_EFBIG above DIFF_LINES_MAX lines or 2 GiB a side. */
int diff_compute(struct diff *diff, const char *old_text, size_t old_size, const char *new_text,
                 size_t new_size, struct error *error);
void diff_free(struct diff *diff);
/* Makes all lines of both sides changed ones: for two contents that have nothing to do with each other. */
void diff_replace_all(struct diff *diff);
/* A part of diff_compute(). */
void diff_slide(struct diff *diff);

/* The next hunk with so many lines of context at or after the position of *hunk (all zero to begin); false at
 * the end. Hunks whose contexts touch are one. */
bool diff_next_hunk(const struct diff *diff, uint32_t context, struct diff_hunk *hunk);

/* A file counts as binary when a NUL byte is among its first 8,000 (as git has it). */
bool diff_is_binary(const char *text, size_t size);

#endif
