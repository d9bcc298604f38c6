#include "cmd/grep_pattern.h"

#include <stdint.h>
#include <string.h>

/* --- the text that every match has --- */

static unsigned char fold(unsigned char byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

static bool is_letter(unsigned char byte)
{
    return (byte | 32) >= 'a' && (byte | 32) <= 'z';
}

/* Behind a bracket expression whose '[' is at `at`. */
static size_t skip_bracket(const char *pattern, size_t length, size_t at)
{
    size_t start = at + 1 + (at + 1 < length && pattern[at + 1] == '^');

    for (at = start; at < length && (pattern[at] != ']' || at == start); at++) {
        int kind = at + 1 < length && pattern[at] == '[' ? pattern[at + 1] : 0;
        if (kind != ':' && kind != '.' && kind != '=') continue;
        for (at += 2; at + 1 < length && !(pattern[at] == kind && pattern[at + 1] == ']');) at++;
        at++;
    }
    return at < length ? at + 1 : length;
}

/* What stands at a place of a pattern. */
enum element { TEXT, REPEAT, OPEN, CLOSE, OTHER, BRANCH, UNKNOWN };

struct scan {
    const char *pattern;
    size_t length, at;
    bool extended;
    char byte; /* of TEXT */
};

static enum element escaped(struct scan *scan, char c)
{
    scan->byte = c;
    if (!scan->extended) {
        if (c == '(') return OPEN;
        if (c == ')') return CLOSE;
        if (c == '|') return BRANCH;
        if (c == '{' || c == '?' || c == '+') return REPEAT;
        if (c == '}') return OTHER;
    }
    if (c && strchr("wWsSbBdD<>`'123456789", c)) return OTHER;
    return is_letter((unsigned char)c) || c == '0' ? UNKNOWN : TEXT;
}

static enum element next_element(struct scan *scan)
{
    char c = scan->pattern[scan->at++];

    scan->byte = c;
    if (c == '\\' && scan->at < scan->length) return escaped(scan, scan->pattern[scan->at++]);
    if (c == '[') {
        scan->at = skip_bracket(scan->pattern, scan->length, scan->at - 1);
        return OTHER;
    }
    if (c == '*') return REPEAT;
    if (c == '.' || c == '^' || c == '$' || c == '\\') return OTHER;
    if (!scan->extended) return TEXT;
    if (c == '(') return OPEN;
    if (c == ')') return CLOSE;
    if (c == '|') return BRANCH;
    if (c == '{' || c == '?' || c == '+') return REPEAT;
    return TEXT;
}

/* The longest run of text outside of groups goes to `text` (which has room for the pattern): its length. 0:
 * there is none. whole: it is all of the pattern. */
static size_t required_text(const char *pattern, size_t length, bool extended, char *text, bool *whole)
{
    struct scan scan = {.pattern = pattern, .length = length, .extended = extended};
    size_t best = 0, run = 0, depth = 0;
    char *now = text + length; /* the run, behind the best one */

    *whole = true;
    while (scan.at < length) {
        enum element what = next_element(&scan);
        if (what == BRANCH || what == UNKNOWN) { /* it may be in one of them only */
            *whole = false;
            return 0;
        }
        if (what == TEXT && depth == 0) {
            now[run++] = scan.byte;
        } else {
            *whole = false;
            if (what == REPEAT && scan.byte != '+' && run) /* the last character may be missing */
                while (--run && (now[run] & 0xc0) == 0x80) continue;
            if (what == REPEAT && extended && scan.byte == '{')
                while (scan.at < length && pattern[scan.at++] != '}') continue;
            if (what == REPEAT && !extended && scan.byte == '{')
                while (scan.at < length && pattern[scan.at - 1] != '}') scan.at++;
            if (what == OPEN) depth++;
            if (what == CLOSE && depth) depth--;
        }
        if (run > best && (what != TEXT || scan.at == length)) {
            memcpy(text, now, run);
            best = run;
        }
        if (what != TEXT) run = 0;
    }
    return best;
}

/* --- adding --- */

static int add_pattern(struct grep_patterns *patterns, struct arena *arena, const char *text, size_t length,
                       struct error *error)
{
    struct grep_pattern *pattern;
    bool whole = true;
    char *copy;
    size_t i;

    if (patterns->count == patterns->capacity) {
        size_t capacity = patterns->capacity ? 2 * patterns->capacity : 8;
        struct grep_pattern *all =
            arena_grow(arena, patterns->all, patterns->capacity * sizeof *all, capacity * sizeof *all);
        if (all == NULL) return error_memory(error);
        patterns->all = all;
        patterns->capacity = capacity;
    }
    pattern = &patterns->all[patterns->count];
    *pattern = (struct grep_pattern){.length = length};
    copy = arena_take(arena, 2 * length + 1);
    if (copy == NULL) return error_memory(error);
    if (patterns->flags & RE_LITERAL) {
        if (length) memcpy(copy, text, length);
    } else {
        pattern->length = required_text(text, length, patterns->flags & RE_EXTENDED, copy, &whole);
        if ((patterns->flags & RE_PERL) && length > 1 && memcmp(text, "(?", 2) == 0) pattern->length = 0;
    }
    if (patterns->flags & RE_IGNORE_CASE)
        for (i = 0; i < pattern->length; i++) {
            /* Other letters have cases too, which the engine knows about. */
            if (copy[i] & 0x80 && !(patterns->flags & RE_LITERAL)) whole = false, pattern->length = i;
            copy[i] = (char)fold((unsigned char)copy[i]);
        }
    pattern->text = copy;
    patterns->count++;
    if (whole && !patterns->words) return 0;
    return re_compile(text, length, patterns->flags | (patterns->words ? RE_WORD : 0), &pattern->regex,
                      error);
}

int grep_add_patterns(struct grep_patterns *patterns, struct arena *arena, const char *text, size_t length,
                      struct error *error)
{
    for (;;) {
        const char *end = length ? memchr(text, '\n', length) : NULL;
        size_t one = end ? (size_t)(end - text) : length;
        int result = add_pattern(patterns, arena, text, one, error);
        if (result < 0 || end == NULL) return result;
        text = end + 1;
        length -= one + 1;
    }
}

void grep_free_patterns(struct grep_patterns *patterns)
{
    size_t i;
    for (i = 0; i < patterns->count; i++) re_free(patterns->all[i].regex);
}

/* --- matching --- */

static const char *find_text(const struct grep_patterns *patterns, const struct grep_pattern *pattern,
                             const char *bytes, size_t size)
{
    const char *text = pattern->text, *at = bytes, *stop;
    char other = text[0];
    size_t i;

    if (size < pattern->length) return NULL;
    if (pattern->length == 0) return bytes;
    if (!(patterns->flags & RE_IGNORE_CASE)) return memmem(bytes, size, text, pattern->length);
    if (other >= 'a' && other <= 'z') other = (char)(other - ('a' - 'A'));
    stop = bytes + size - pattern->length;
    for (; at <= stop; at++) {
        if (*at != text[0] && *at != other) continue;
        for (i = 1; i < pattern->length && fold((unsigned char)at[i]) == (unsigned char)text[i];) i++;
        if (i == pattern->length) return at;
    }
    return NULL;
}

/* -x: the longest match at the beginning is the whole line, or there is none. */
static int match_whole(const struct grep_pattern *pattern, const char *line, size_t length,
                       struct regex_match *match)
{
    int result = re_search(pattern->regex, line, length, 0, false, match, 1);
    return result <= 0 ? result : match->start == 0 && match->end == length;
}

static int match_one(const struct grep_patterns *patterns, const struct grep_pattern *pattern,
                     const char *line, size_t length, size_t from, struct regex_match *match)
{
    const char *found;

    if (patterns->lines && from) return 0;
    if (pattern->regex && patterns->lines) return match_whole(pattern, line, length, match);
    if (pattern->regex) return re_search(pattern->regex, line, length, from, false, match, 1);
    if (patterns->lines && length != pattern->length) return 0;
    found = find_text(patterns, pattern, line + from, length - from);
    if (found == NULL) return 0;
    match->start = (size_t)(found - line);
    match->end = match->start + pattern->length;
    return 1;
}

int grep_match(const struct grep_patterns *patterns, const char *line, size_t length, size_t from,
               struct regex_match *match)
{
    struct regex_match best = {SIZE_MAX, 0}, found;
    size_t i;

    if (from > length) return 0;
    for (i = 0; i < patterns->count; i++) {
        int result = match_one(patterns, &patterns->all[i], line, length, from, &found);
        if (result < 0) return result;
        if (result == 0) continue;
        if (found.start > best.start || (found.start == best.start && found.end <= best.end)) continue;
        best = found;
    }
    *match = best;
    return best.start != SIZE_MAX;
}

static int line_matches(const struct grep_patterns *patterns, const char *line, size_t length)
{
    struct regex_match match;
    size_t i;

    for (i = 0; i < patterns->count; i++) {
        const struct grep_pattern *pattern = &patterns->all[i];
        int result;
        if (pattern->regex && pattern->length && find_text(patterns, pattern, line, length) == NULL) continue;
        result = match_one(patterns, pattern, line, length, 0, &match);
        if (result) return result;
    }
    return 0;
}

/* Where the line with this byte begins. */
static size_t line_start(const char *bytes, size_t at, size_t least, char end_of_line)
{
    while (at > least && bytes[at - 1] != end_of_line) at--;
    return at;
}

int grep_find_line(const struct grep_patterns *patterns, const char *bytes, size_t size, char end_of_line,
                   size_t *start, size_t *length)
{
    const struct grep_pattern *only = patterns->count == 1 && patterns->all[0].length ? patterns->all : NULL;
    size_t at = 0;

    while (at < size) {
        const char *end;
        int result;
        *start = at;
        if (only) {
            const char *found = find_text(patterns, only, bytes + at, size - at);
            if (found == NULL) return 0;
            *start = line_start(bytes, (size_t)(found - bytes), at, end_of_line);
            at = (size_t)(found - bytes);
        }
        end = memchr(bytes + at, end_of_line, size - at);
        *length = (end ? (size_t)(end - bytes) : size) - *start;
        if (only && only->regex == NULL && !patterns->lines) return 1;
        result = line_matches(patterns, bytes + *start, *length);
        if (result) return result;
        at = *start + *length + 1;
    }
    return 0;
}
