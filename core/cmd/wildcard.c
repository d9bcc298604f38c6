#include "cmd/wildcard.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

/* The character at text, and its length; a byte that is no UTF-8 is one beyond Unicode. */
static size_t take(const char *text, uint32_t *code)
{
    size_t step = (unsigned char)*text < 0x80 ? 0 : utf8_decode(text, strnlen(text, 4), code);

    if (step) return step;
    *code = (unsigned char)*text < 0x80 ? (unsigned char)*text : 0x110000u + (unsigned char)*text;
    return 1;
}

static uint32_t fold(uint32_t code, bool ignore_case)
{
    return ignore_case && code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code;
}

static bool is_of_class(const char *name, size_t length, uint32_t code)
{
    static const struct {
        const char *name, *ranges; /* pairs of a first and a last character */
    } classes[] = {{"alpha", "azAZ"}, {"digit", "09"},     {"alnum", "azAZ09"},        {"upper", "AZ"},
                   {"lower", "az"},   {"space", "\t\r  "}, {"blank", "\t\t  "},        {"punct", "!/:@[`{~"},
                   {"print", " ~"},   {"graph", "!~"},     {"cntrl", "\1\37\177\177"}, {"xdigit", "09afAF"}};
    const char *range;
    size_t i;

    for (i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (strlen(classes[i].name) != length || strncmp(classes[i].name, name, length) != 0) continue;
        for (range = classes[i].ranges; *range; range += 2)
            if (code >= (unsigned char)range[0] && code <= (unsigned char)range[1]) return true;
    }
    return false;
}

/* A bracket expression behind its '[': the length with its ']', 0 when it is not closed. */
static size_t match_bracket(const char *pattern, uint32_t code, bool ignore_case, bool *matches)
{
    const char *at = pattern;
    bool negated = *at == '!' || *at == '^', found = false;
    const char *start;

    if (negated) at++;
    for (start = at; *at && (*at != ']' || at == start);) {
        uint32_t first, last;
        const char *end = at[0] == '[' && at[1] == ':' ? strstr(at + 2, ":]") : NULL;
        if (end) {
            found |= is_of_class(at + 2, (size_t)(end - at - 2), code);
            at = end + 2;
            continue;
        }
        if (*at == '\\' && at[1]) at++;
        at += take(at, &first);
        last = first;
        if (at[0] == '-' && at[1] && at[1] != ']') {
            at++;
            if (*at == '\\' && at[1]) at++;
            at += take(at, &last);
        }
        found |= code >= first && code <= last;
        if (ignore_case && code >= 'a' && code <= 'z') found |= code - 32 >= first && code - 32 <= last;
    }
    *matches = found != negated;
    return *at ? (size_t)(at + 1 - pattern) : 0;
}

/* One element of a pattern that is no '*': its length, and whether it takes the character. */
static size_t match_one(const char *pattern, uint32_t code, bool ignore_case, bool *matches)
{
    uint32_t own;
    size_t length;

    if (*pattern == '?') {
        *matches = true;
        return 1;
    }
    if (*pattern == '[') {
        length = match_bracket(pattern + 1, code, ignore_case, matches);
        if (length) return length + 1;
    }
    length = *pattern == '\\' && pattern[1];
    length += take(pattern + length, &own);
    *matches = fold(own, ignore_case) == code;
    return length;
}

bool wildcard_match(const char *pattern, const char *name, bool ignore_case)
{
    const char *star = NULL, *star_name = NULL;

    for (;;) {
        bool matches = false;
        size_t length = 0, step = 0;
        uint32_t code;
        if (*pattern == '*') {
            star = ++pattern;
            star_name = name;
            continue;
        }
        if (*name == '\0' && *pattern == '\0') return true;
        if (*name && *pattern) {
            step = take(name, &code);
            length = match_one(pattern, fold(code, ignore_case), ignore_case, &matches);
        }
        if (matches) {
            pattern += length;
            name += step;
            continue;
        }
        if (star == NULL || *star_name == '\0') return false;
        star_name += take(star_name, &code);
        name = star_name;
        pattern = star;
    }
}
