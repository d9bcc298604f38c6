#include "cmd/match.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

/* The character at a place, a byte where it is no UTF-8 (above all characters then); its length. */
static size_t next_character(const char *text, uint32_t *code)
{
    size_t length = strnlen(text, 4), step = utf8_decode(text, length, code);

    if (step) return step;
    *code = 0x110000u + (unsigned char)*text;
    return 1;
}

static uint32_t fold(uint32_t code, unsigned flags)
{
    return flags & CMD_MATCH_IGNORE_CASE && code >= 'A' && code <= 'Z' ? code + 32 : code;
}

static bool is_between(uint32_t code, uint32_t first, uint32_t last)
{
    return code >= first && code <= last;
}

static bool is_in_class(const char *name, size_t length, uint32_t code)
{
    static const char *const names[] = {"alpha", "digit", "alnum", "upper", "lower", "space",
                                        "blank", "punct", "print", "graph", "cntrl", "xdigit"};
    bool upper = is_between(code, 'A', 'Z'), lower = is_between(code, 'a', 'z');
    bool digit = is_between(code, '0', '9'), graph = is_between(code, 0x21, 0x7e);
    const bool in[] = {upper || lower,
                       digit,
                       upper || lower || digit,
                       upper,
                       lower,
                       code == ' ' || is_between(code, 9, 13),
                       code == ' ' || code == '\t',
                       graph && !(upper || lower || digit),
                       graph || code == ' ',
                       graph,
                       code < 0x20 || code == 0x7f,
                       digit || is_between(code, 'a', 'f') || is_between(code, 'A', 'F')};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0) return in[i];
    return false;
}

/* One element of a set at `at`, and whether it has the character; behind it. */
static const char *match_element(const char *at, uint32_t code, unsigned flags, bool *found)
{
    uint32_t first, last;

    if (at[0] == '[' && at[1] == ':') {
        const char *end = strstr(at + 2, ":]");
        if (end) {
            size_t length = (size_t)(end - at) - 2;
            *found |= is_in_class(at + 2, length, code);
            if (flags & CMD_MATCH_IGNORE_CASE && (code | 32) >= 'a' && (code | 32) <= 'z')
                *found |= is_in_class(at + 2, length, code ^ 32);
            return end + 2;
        }
    }
    if (*at == '\\' && at[1]) at++;
    at += next_character(at, &first);
    last = first;
    if (at[0] == '-' && at[1] && at[1] != ']') {
        at++;
        if (*at == '\\' && at[1]) at++;
        at += next_character(at, &last);
    }
    *found |= is_between(code, first, last);
    if (flags & CMD_MATCH_IGNORE_CASE && is_between(code | 32, 'a', 'z'))
        *found |= is_between(code ^ 32, first, last);
    return at;
}

/* A set at its '['; behind it, or NULL when it is not closed. */
static const char *match_set(const char *at, uint32_t code, unsigned flags, bool *matches)
{
    bool negated = at[1] == '!' || at[1] == '^', found = false, first = true;

    for (at += 1 + negated; *at && (first || *at != ']'); first = false)
        at = match_element(at, code, flags, &found);
    if (*at != ']') return NULL;
    *matches = found != negated;
    return at + 1;
}

/* Behind the part of the pattern that matches one character, NULL when it does not. */
static const char *match_one(const char *pattern, uint32_t code, unsigned flags)
{
    uint32_t wanted;
    bool matches;

    if (*pattern == '?') return pattern + 1;
    if (*pattern == '[') {
        const char *behind = match_set(pattern, code, flags, &matches);
        if (behind) return matches ? behind : NULL;
    }
    if (*pattern == '\\' && pattern[1]) pattern++;
    if (*pattern == '\0') return NULL;
    pattern += next_character(pattern, &wanted);
    return fold(wanted, flags) == fold(code, flags) ? pattern : NULL;
}

bool cmd_match(const char *pattern, const char *text, unsigned flags)
{
    const char *star = NULL, *star_text = NULL;
    uint32_t code;

    if (flags & CMD_MATCH_PERIOD && *text == '.' && *pattern != '.' &&
        !(*pattern == '\\' && pattern[1] == '.'))
        return false;
    for (;;) {
        const char *behind;
        size_t step;
        if (*pattern == '*') {
            star = ++pattern;
            star_text = text;
            continue;
        }
        if (*text == '\0' && *pattern == '\0') return true;
        step = *text ? next_character(text, &code) : 0;
        behind = step ? match_one(pattern, code, flags) : NULL;
        if (behind) {
            pattern = behind;
            text += step;
            continue;
        }
        if (star == NULL || *star_text == '\0') return false;
        star_text += next_character(star_text, &code);
        pattern = star;
        text = star_text;
    }
}
