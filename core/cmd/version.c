#include "cmd/version.h"

#include <stdbool.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Where a character that is no digit stands: '~', the end and digits, letters, all others. */
static int rank(const char *text, size_t at, size_t length)
{
    if (at >= length) return -1;
    if (text[at] == '~') return -2;
    if (is_digit(text[at])) return 0;
    return is_letter(text[at]) ? (unsigned char)text[at] : (unsigned char)text[at] + 256;
}

static size_t digits_end(const char *text, size_t at, size_t length)
{
    while (at < length && is_digit(text[at])) at++;
    return at;
}

/* Two numbers of any length. */
static int compare_numbers(const char *a, size_t a_at, size_t a_end, const char *b, size_t b_at, size_t b_end)
{
    while (a_at < a_end && a[a_at] == '0') a_at++;
    while (b_at < b_end && b[b_at] == '0') b_at++;
    if (a_end - a_at != b_end - b_at) return a_end - a_at < b_end - b_at ? -1 : 1;
    return a_end == a_at ? 0 : memcmp(a + a_at, b + b_at, a_end - a_at);
}

/* Alternately a part without digits and a number. */
static int compare_parts(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t i = 0, j = 0;

    while (i < a_length || j < b_length) {
        size_t i_end, j_end;
        int result;
        while ((i < a_length && !is_digit(a[i])) || (j < b_length && !is_digit(b[j]))) {
            int first = rank(a, i, a_length), second = rank(b, j, b_length);
            if (first != second) return first - second;
            i++;
            j++;
        }
        i_end = digits_end(a, i, a_length);
        j_end = digits_end(b, j, b_length);
        result = compare_numbers(a, i, i_end, b, j, j_end);
        if (result) return result;
        i = i_end;
        j = j_end;
    }
    return 0;
}

/* The length without suffixes like ".tar.gz": (\.[A-Za-z~][A-Za-z0-9~]*)* at the end. */
static size_t stem_length(const char *text, size_t length)
{
    size_t stem = length, at = length;

    while (at > 0) {
        char c = text[--at];
        if (c == '.') {
            if (at + 1 == length || !(is_letter(text[at + 1]) || text[at + 1] == '~')) break;
            stem = at;
            if (at == 0) break;
        } else if (!is_letter(c) && !is_digit(c) && c != '~') {
            break;
        }
    }
    return stem ? stem : length;
}

/* The empty name, ".", "..", other names with a dot first, the rest. */
static int class_of(const char *text, size_t length)
{
    if (length == 0) return 0;
    if (text[0] != '.') return 4;
    if (length == 1) return 1;
    return length == 2 && text[1] == '.' ? 2 : 3;
}

int version_compare(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int first = class_of(a, a_length), second = class_of(b, b_length), result;
    size_t a_stem, b_stem;

    if (first != second) return first - second;
    if (first < 3) return 0;
    if (first == 3) {
        a++, a_length--;
        b++, b_length--;
    }
    a_stem = stem_length(a, a_length);
    b_stem = stem_length(b, b_length);
    result = compare_parts(a, a_stem, b, b_stem);
    if (result || (a_stem == a_length && b_stem == b_length)) return result;
    return compare_parts(a, a_length, b, b_length);
}
