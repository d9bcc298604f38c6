/* regex.c: regex.h: plain text by a search of its own, patterns by regex_posix.c. RE_WORD looks at the
 * longest match of each place only. */
#include "regex/regex.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "regex/regex_posix.h"
#include "regex/translate.h"

struct regex {
    unsigned flags;
    char *literal; /* of RE_LITERAL; in lower case with RE_IGNORE_CASE */
    size_t literal_length;
    struct re_posix *posix;
};

static unsigned char fold(unsigned char byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

static bool is_word(unsigned char byte)
{
    return byte == '_' || (byte >= '0' && byte <= '9') || (fold(byte) >= 'a' && fold(byte) <= 'z');
}

static int compile_literal(struct regex *regex, const char *pattern, size_t length, struct error *error)
{
    size_t i;

    regex->literal = malloc(length + 1);
    if (regex->literal == NULL) return error_memory(error);
    if (length) memcpy(regex->literal, pattern, length);
    regex->literal[length] = '\0';
    if (regex->flags & RE_IGNORE_CASE)
        for (i = 0; i < length; i++) regex->literal[i] = (char)fold((unsigned char)pattern[i]);
    regex->literal_length = length;
    return 0;
}

/* Whether a pattern means itself in every flavour; an empty one is a matter of its flavour. The cases of
 * letters beyond ASCII are the C library's to know. */
static bool is_plain(const char *pattern, size_t length, unsigned flags)
{
    size_t i;

    for (i = 0; i < length; i++)
        if (pattern[i] == '\0' || strchr(".[]*^$\\+?(){}|\n", pattern[i]) ||
            (flags & RE_IGNORE_CASE && pattern[i] & 0x80))
            return false;
    return length > 0;
}

int re_compile(const char *pattern, size_t length, unsigned flags, struct regex **out, struct error *error)
{
    struct regex *regex;
    int result;

    *out = NULL;
    if (length > RE_PATTERN_MAX)
        return error_set(error, UMBRA_EINVAL, "a pattern of %zu bytes; at most %d are allowed", length,
                         RE_PATTERN_MAX);
    regex = calloc(1, sizeof *regex);
    if (regex == NULL) return error_memory(error);
    regex->flags = flags;
    if (flags & RE_LITERAL || is_plain(pattern, length, flags))
        result = compile_literal(regex, pattern, length, error);
    else
        result = re_posix_compile(pattern, length, flags, &regex->posix, error);
    if (result < 0) {
        re_free(regex);
        return result;
    }
    *out = regex;
    return 0;
}

void re_free(struct regex *regex)
{
    if (regex == NULL) return;
    re_posix_free(regex->posix);
    free(regex->literal);
    free(regex);
}

size_t re_groups(const struct regex *regex)
{
    return regex->posix ? re_posix_groups(regex->posix) : 0;
}

/* The place of the literal in any mixture of cases. */
static const char *find_folded(const struct regex *regex, const char *text, size_t length)
{
    size_t size = regex->literal_length, at, i;

    if (size > length) return NULL;
    for (at = 0; at <= length - size; at++) {
        for (i = 0; i < size && fold((unsigned char)text[at + i]) == (unsigned char)regex->literal[i];) i++;
        if (i == size) return text + at;
    }
    return NULL;
}

static int search_literal(const struct regex *regex, const char *subject, size_t length, size_t from,
                          struct regex_match *match)
{
    const char *found;

    if (regex->literal_length == 0)
        found = subject + from;
    else if (regex->flags & RE_IGNORE_CASE)
        found = find_folded(regex, subject + from, length - from);
    else
        found = memmem(subject + from, length - from, regex->literal, regex->literal_length);
    if (found == NULL) return 0;
    match->start = (size_t)(found - subject);
    match->end = match->start + regex->literal_length;
    return 1;
}

static int search_once(const struct regex *regex, const char *subject, size_t length, size_t from,
                       bool not_begin, struct regex_match *matches, size_t count)
{
    struct regex_match whole;
    size_t i;

    if (regex->posix) return re_posix_search(regex->posix, subject, length, from, not_begin, matches, count);
    if (search_literal(regex, subject, length, from, &whole) == 0) return 0;
    for (i = 0; i < count; i++) matches[i] = i ? (struct regex_match){SIZE_MAX, SIZE_MAX} : whole;
    return 1;
}

int re_search(const struct regex *regex, const char *subject, size_t length, size_t from, bool not_begin,
              struct regex_match *matches, size_t count)
{
    struct regex_match own;

    if (from > length) return 0;
    if (!(regex->flags & RE_WORD))
        return search_once(regex, subject, length, from, not_begin, matches, count);
    if (count == 0) {
        matches = &own;
        count = 1;
    }
    while (from <= length) {
        int result = search_once(regex, subject, length, from, not_begin, matches, count);
        if (result <= 0) return result;
        if ((matches->start == 0 || !is_word((unsigned char)subject[matches->start - 1])) &&
            (matches->end == length || !is_word((unsigned char)subject[matches->end])))
            return 1;
        from = matches->start + 1;
    }
    return 0;
}
