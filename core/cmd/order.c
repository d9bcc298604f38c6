#include "cmd/order.h"

#include <string.h>

#define COMPARE_FUEL 16

static void merge(void **out, void **left, void **left_end, void **right_end,
                  int (*compare)(const void *, const void *, const void *), const void *context)
{
    void **right = left_end;

    while (left < left_end || right < right_end) {
        bool take_left = right == right_end || (left < left_end && compare(*left, *right, context) <= 0);
        *out++ = take_left ? *left++ : *right++;
    }
}

/* Listings mostly are: a directory's names come in the order of their bytes. */
static bool is_in_order(struct k_process *process, void **items, size_t count,
                        int (*compare)(const void *, const void *, const void *), const void *context)
{
    size_t i;

    for (i = 1; i < count && compare(items[i - 1], items[i], context) <= 0; i++) continue;
    k_charge(process, i * COMPARE_FUEL);
    return i == count;
}

int cmd_order(struct k_process *process, void **items, size_t count,
              int (*compare)(const void *a, const void *b, const void *context), const void *context)
{
    void **from = items, **to;
    size_t width, at;

    if (count < 2 || is_in_order(process, items, count, compare, context)) return 0;
    to = arena_take(&process->arena, count * sizeof *to);
    if (to == NULL) return UMBRA_ENOMEM;
    for (width = 1; width < count; width *= 2) {
        void **swap = from;
        for (at = 0; at < count; at += 2 * width) {
            size_t middle = count - at > width ? at + width : count;
            size_t end = count - at > 2 * width ? at + 2 * width : count;
            merge(to + at, from + at, from + middle, from + end, compare, context);
        }
        from = to;
        to = swap;
        k_charge(process, count * COMPARE_FUEL);
    }
    if (from != items) memcpy(items, from, count * sizeof *items);
    return 0;
}

/* --- versions --- */

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* Length of a name without endings like ".tar.gz": (\.[A-Za-z~][A-Za-z0-9~]*)* at its end. */
static size_t stem(const char *name, size_t length)
{
    size_t at = 0, end = length;
    bool ending = false;

    if (length == 0) return 0;
    for (at = 1; at < length; at++) { /* an ending does not begin at the first byte */
        if (name[at] == '.' && at + 1 < length && (is_letter(name[at + 1]) || name[at + 1] == '~')) {
            if (!ending) end = at;
            ending = true;
            at++;
        } else if (ending && !(is_letter(name[at]) || is_digit(name[at]) || name[at] == '~')) {
            ending = false;
            end = length;
        }
    }
    return ending ? end : length;
}

/* '~' before the end, the end before letters, letters before the rest. */
static int rank(const char *text, size_t at, size_t length)
{
    if (at >= length) return -1;
    if (is_digit(text[at])) return 0;
    if (is_letter(text[at])) return (unsigned char)text[at];
    return text[at] == '~' ? -2 : (unsigned char)text[at] + 256;
}

static int compare_numbers(const char *a, size_t *i, size_t a_length, const char *b, size_t *j,
                           size_t b_length)
{
    size_t first, second;
    int order;

    while (*i < a_length && a[*i] == '0') ++*i;
    while (*j < b_length && b[*j] == '0') ++*j;
    for (first = *i; *i < a_length && is_digit(a[*i]);) ++*i;
    for (second = *j; *j < b_length && is_digit(b[*j]);) ++*j;
    if (*i - first != *j - second) return *i - first < *j - second ? -1 : 1;
    order = memcmp(a + first, b + second, *i - first);
    return order;
}

static int compare_stems(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t i = 0, j = 0;

    while (i < a_length || j < b_length) {
        int order;
        while ((i < a_length && !is_digit(a[i])) || (j < b_length && !is_digit(b[j]))) {
            int first = rank(a, i, a_length), second = rank(b, j, b_length);
            if (first != second) return first < second ? -1 : 1;
            i++;
            j++;
        }
        order = compare_numbers(a, &i, a_length, b, &j, b_length);
        if (order) return order;
    }
    return 0;
}

static int by_class(const char *name)
{
    return strcmp(name, "") == 0     ? 0
           : strcmp(name, ".") == 0  ? 1
           : strcmp(name, "..") == 0 ? 2
           : *name == '.'            ? 3
                                     : 4;
}

int cmd_compare_versions(const char *a, const char *b)
{
    size_t a_length = strlen(a), b_length = strlen(b);
    int first = by_class(a), second = by_class(b), order;

    if (first != second) return first < second ? -1 : 1;
    if (first == 3) {
        a++;
        b++;
        a_length--;
        b_length--;
    }
    order = compare_stems(a, stem(a, a_length), b, stem(b, b_length));
    if (order == 0) order = compare_stems(a, a_length, b, b_length);
    return order ? order : strcmp(a, b);
}
