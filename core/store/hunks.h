/* hunks.h: some hunks of a difference alone. A selection says for each hunk, in the order of
 * diff_next_hunk(), whether it is taken; the old text with the hunks that are taken has all of them as the
 * new text has them and everything else as the old one has it. All of them make the new text, none the old.
 */
#ifndef UMBRA_STORE_HUNKS_H
#define UMBRA_STORE_HUNKS_H

#include "base/buffer.h"
#include "store/diff.h"

uint32_t hunks_count(const struct diff *diff, uint32_t context);

/* Appends the old text with the hunks for which taken[index] is not `except`. taken has hunks_count()
 * members. 0 or UMBRA_ENOMEM. */
int hunks_apply(const struct diff *diff, uint32_t context, const bool *taken, bool except,
                struct buffer *text);

/* Writes "-12,3 +12,4 @@" without the "@@ " before it: lines count from 1, a count of 1 is not written, and a
 * side without lines begins at the line before it (POSIX.1-2017 diff, "Diff -u Output Format"). */
void hunks_put_range(struct buffer *out, const struct diff_hunk *hunk);

/* Which line of a hunk is next. */
struct hunk_lines {
    uint32_t old, new, old_end, new_end;
};
void hunk_lines_begin(struct hunk_lines *lines, const struct diff_hunk *hunk);
/* The next line and its sign (' ', '-' or '+'), removed lines before added ones; NULL at the end. */
const struct diff_line *hunk_lines_next(struct hunk_lines *lines, const struct diff *diff, char *sign);
/* Whether the line ends with a newline, as only a text's last line may not. */
bool hunk_line_ends(const struct diff_line *line);

#endif
