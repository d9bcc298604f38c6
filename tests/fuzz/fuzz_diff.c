/* Two texts, parted by the first 0xff byte: the lines that are not marked as changed are the same on both
 * sides, in order, and hunks cover every change. */
#include <stdlib.h>
#include <string.h>

#include "store/diff.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check_common(const struct diff *diff)
{
    uint32_t x = 0, y = 0;
    for (;; x++, y++) {
        while (x < diff->old.count && diff->old.lines[x].changed) x++;
        while (y < diff->new.count && diff->new.lines[y].changed) y++;
        if (x == diff->old.count || y == diff->new.count) break;
        if (diff->old.lines[x].length != diff->new.lines[y].length ||
            memcmp(diff->old.lines[x].text, diff->new.lines[y].text, diff->old.lines[x].length) != 0)
            abort();
    }
    if (x != diff->old.count || y != diff->new.count) abort();
}

static void check_hunks(const struct diff *diff, uint32_t context)
{
    struct diff_hunk hunk = {0};
    uint32_t x = 0, y = 0;

    while (diff_next_hunk(diff, context, &hunk)) {
        if (hunk.old_start < x || hunk.old_start - x != hunk.new_start - y) abort();
        if (hunk.old_count + hunk.new_count == 0) abort();
        for (; x < hunk.old_start; x++, y++)
            if (diff->old.lines[x].changed || diff->new.lines[y].changed) abort();
        x += hunk.old_count;
        y += hunk.new_count;
        if (x > diff->old.count || y > diff->new.count) abort();
    }
    for (; x < diff->old.count; x++)
        if (diff->old.lines[x].changed) abort();
    for (; y < diff->new.count; y++)
        if (diff->new.lines[y].changed) abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const unsigned char *border = size ? memchr(data, 0xff, size) : NULL;
    const char *old_text = (const char *)data, *new_text = border ? (const char *)border + 1 : "";
    size_t old_size = border ? (size_t)(border - data) : size, new_size = border ? size - old_size - 1 : 0;
    struct diff diff;
    struct error error;

    if (diff_compute(&diff, old_text, old_size, new_text, new_size, &error) < 0) abort();
    check_common(&diff);
    check_hunks(&diff, (uint32_t)(size % 5));
    diff_free(&diff);
    return 0;
}
