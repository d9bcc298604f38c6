#include "store/hunks.h"

uint32_t hunks_count(const struct diff *diff, uint32_t context)
{
    struct diff_hunk hunk = {0};
    uint32_t count = 0;
    while (diff_next_hunk(diff, context, &hunk)) count++;
    return count;
}

/* Lines [from, to) of a side; they stand together in its text. */
static void put_lines(struct buffer *text, const struct diff_side *side, uint32_t from, uint32_t to)
{
    const struct diff_line *first = &side->lines[from], *last;
    if (from == to) return;
    last = &side->lines[to - 1];
    buffer_put(text, first->text, (size_t)(last->text - first->text) + last->length);
}

int hunks_apply(const struct diff *diff, uint32_t context, const bool *taken, bool except,
                struct buffer *text)
{
    struct diff_hunk hunk = {0};
    uint32_t index = 0, line = 0;

    while (diff_next_hunk(diff, context, &hunk)) {
        put_lines(text, &diff->old, line, hunk.old_start);
        line = hunk.old_start + hunk.old_count;
        if (taken[index++] != except)
            put_lines(text, &diff->new, hunk.new_start, hunk.new_start + hunk.new_count);
        else
            put_lines(text, &diff->old, hunk.old_start, line);
    }
    put_lines(text, &diff->old, line, diff->old.count);
    return text->failed ? UMBRA_ENOMEM : 0;
}

static void put_side(struct buffer *out, char sign, uint32_t start, uint32_t count)
{
    buffer_printf(out, "%c%u", sign, start + (count > 0));
    if (count != 1) buffer_printf(out, ",%u", count);
}

void hunks_put_range(struct buffer *out, const struct diff_hunk *hunk)
{
    put_side(out, '-', hunk->old_start, hunk->old_count);
    buffer_put_byte(out, ' ');
    put_side(out, '+', hunk->new_start, hunk->new_count);
    buffer_put_string(out, " @@");
}

void hunk_lines_begin(struct hunk_lines *lines, const struct diff_hunk *hunk)
{
    *lines = (struct hunk_lines){.old = hunk->old_start,
                                 .new = hunk->new_start,
                                 .old_end = hunk->old_start + hunk->old_count,
                                 .new_end = hunk->new_start + hunk->new_count};
}

const struct diff_line *hunk_lines_next(struct hunk_lines *lines, const struct diff *diff, char *sign)
{
    if (lines->old < lines->old_end && diff->old.lines[lines->old].changed) {
        *sign = '-';
        return &diff->old.lines[lines->old++];
    }
    if (lines->new < lines->new_end && diff->new.lines[lines->new].changed) {
        *sign = '+';
        return &diff->new.lines[lines->new ++];
    }
    if (lines->old == lines->old_end) return NULL;
    *sign = ' ';
    lines->new ++;
    return &diff->old.lines[lines->old++];
}

bool hunk_line_ends(const struct diff_line *line)
{
    return line->length && line->text[line->length - 1] == '\n';
}
