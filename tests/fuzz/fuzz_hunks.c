/* Two texts, parted by the first 0xff byte after two bytes of choices: all hunks make the new text, none the
 * old; and hunks that are reverted one by one, in any order, end at the old text. */
#include <stdlib.h>
#include <string.h>

#include "store/hunks.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check_text(const struct buffer *text, const char *expected, size_t size)
{
    if (text->failed || text->size != size || (size && memcmp(text->data, expected, size) != 0)) abort();
}

static void apply(const struct diff *diff, uint32_t context, const bool *taken, bool except,
                  struct buffer *out)
{
    if (hunks_apply(diff, context, taken, except, out) < 0) abort();
}

static bool *no_hunks(uint32_t count)
{
    bool *taken = calloc(count + 1u, sizeof *taken);
    if (taken == NULL) abort();
    return taken;
}

/* Reverts the (choice modulo count)-th hunk of what differs from the old text until nothing does. */
static void revert_all(const char *old_text, size_t old_size, const char *new_text, size_t new_size,
                       uint32_t context, uint32_t choice)
{
    struct buffer now = {0};
    uint32_t count, left = UINT32_MAX;

    buffer_put(&now, new_text, new_size);
    do {
        struct buffer next = {0};
        struct diff diff;
        struct error error;
        uint32_t changed = 0, i;
        bool *taken;

        if (diff_compute(&diff, old_text, old_size, buffer_string(&now), now.size, &error) < 0) abort();
        for (i = 0; i < diff.old.count; i++) changed += diff.old.lines[i].changed;
        for (i = 0; i < diff.new.count; i++) changed += diff.new.lines[i].changed;
        if (changed >= left) abort(); /* each takes something away */
        left = changed ? changed : left;
        count = hunks_count(&diff, context);
        taken = no_hunks(count);
        if (count) taken[choice++ % count] = true;
        apply(&diff, context, taken, true, &next);
        free(taken);
        diff_free(&diff);
        buffer_free(&now);
        now = next;
    } while (count);
    check_text(&now, old_text, old_size);
    buffer_free(&now);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const char *old_text = (const char *)data + 2, *new_text, *border;
    size_t old_size, new_size;
    uint32_t context, count;
    struct buffer text = {0};
    struct diff diff;
    struct error error;
    bool *taken;

    if (size < 2 || size > 2000) return 0;
    context = data[0] % 4;
    border = memchr(old_text, 0xff, size - 2);
    old_size = border ? (size_t)(border - old_text) : size - 2;
    new_text = border ? border + 1 : "";
    new_size = border ? size - 3 - old_size : 0;
    if (diff_compute(&diff, old_text, old_size, new_text, new_size, &error) < 0) abort();
    count = hunks_count(&diff, context);
    taken = no_hunks(count);
    apply(&diff, context, taken, false, &text);
    check_text(&text, old_text, old_size);
    buffer_clear(&text);
    apply(&diff, context, taken, true, &text);
    check_text(&text, new_text, new_size);
    free(taken);
    buffer_free(&text);
    diff_free(&diff);
    revert_all(old_text, old_size, new_text, new_size, context, data[1]);
    return 0;
}
