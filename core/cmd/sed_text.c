#include <string.h>

#include "cmd/sed.h"

/* --- escapes --- */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if ((c | 32) >= 'a' && (c | 32) <= 'f') return (c | 32) - 'a' + 10;
    return 99;
}

static size_t take_number(const char *text, size_t length, int base, size_t most, char *byte)
{
    size_t at = 0;
    int value = 0;

    for (; at < length && at < most && digit_of(text[at]) < base; at++)
        value = value * base + digit_of(text[at]);
    *byte = (char)value;
    return at;
}

size_t sed_escape(const char *text, size_t length, char *byte)
{
    static const char letters[] = "afnrtv", values[] = "\a\f\n\r\t\v";
    const char *at;
    size_t digits;

    if (length == 0) return 0;
    at = *text ? strchr(letters, *text) : NULL;
    if (at) {
        *byte = values[at - letters];
        return 1;
    }
    if (*text == 'c' && length > 1) {
        char c = text[1];
        if (c >= 'a' && c <= 'z') c = (char)(c - 32);
        *byte = (char)(c ^ 0x40);
        return 2;
    }
    if (*text != 'd' && *text != 'o' && *text != 'x') return 0;
    digits = take_number(text + 1, length - 1,
                         *text == 'd'   ? 10
                         : *text == 'o' ? 8
                                        : 16,
                         *text == 'x' ? 2 : 3, byte);
    return digits ? digits + 1 : 0;
}

/* --- regular expressions --- */

/* Escapes of sed become the characters that they stand for. */
static void put_pattern(struct buffer *out, const char *pattern, size_t length)
{
    bool bracket = false;
    size_t at, start = 0;

    for (at = 0; at < length; at++) {
        char c = pattern[at], byte;
        size_t used = c == '\\' ? sed_escape(pattern + at + 1, length - at - 1, &byte) : 0;
        if (used) {
            bool special = !bracket && pattern[at + 1] != 'n' && byte && strchr("*.[]^$\\/+?{}()|", byte);
            if (special && !strchr("/+?{}()|", byte)) buffer_put_byte(out, '\\');
            buffer_put_byte(out, byte);
            at += used;
            continue;
        }
        if (bracket && c == '[' && at + 1 < length && strchr(":.=", pattern[at + 1])) {
            const char *close = NULL;
            size_t end;
            for (end = at + 2; end + 1 < length && close == NULL; end++)
                if (pattern[end] == pattern[at + 1] && pattern[end + 1] == ']') close = pattern + end;
            if (close) {
                buffer_put(out, pattern + at, (size_t)(close + 2 - pattern) - at);
                at = (size_t)(close + 1 - pattern);
                continue;
            }
        } else if (!bracket && c == '[') {
            bracket = true;
            start = at + 1 + (at + 1 < length && pattern[at + 1] == '^');
        } else if (bracket && c == ']' && at > start) {
            bracket = false;
        } else if (!bracket && c == '\\' && at + 1 < length) {
            buffer_put_byte(out, c);
            c = pattern[++at];
        }
        buffer_put_byte(out, c);
    }
}

/* Plain text is found faster than an expression. */
static bool is_plain(const struct buffer *text)
{
    size_t i;

    for (i = 0; i < text->size; i++)
        if (text->data[i] == '\0' || strchr("\\.[]*^$+?(){}|", text->data[i])) return false;
    return true;
}

struct sed_regex *sed_compile(struct k_process *process, struct sed *sed, const char *pattern, size_t length,
                              unsigned flags, struct error *error)
{
    struct sed_regex *regex = arena_zero(&process->arena, sizeof *regex);
    struct buffer text = {0};
    int result = 0;

    if (regex == NULL) {
        error_memory(error);
        return NULL;
    }
    regex->next = sed->regexes;
    sed->regexes = regex;
    if (length == 0) return regex;
    put_pattern(&text, pattern, length);
    if (!text.failed && is_plain(&text)) flags |= RE_LITERAL;
    result = text.failed ? error_memory(error)
                         : re_compile(text.data, text.size, flags | (sed->extended ? RE_EXTENDED : 0),
                                      &regex->regex, error);
    buffer_free(&text);
    if (result < 0) return NULL;
    regex->groups = re_groups(regex->regex);
    return regex;
}

/* --- replacements --- */

struct replacement {
    struct arena *arena;
    struct sed_piece *first, *piece; /* the piece that is being made */
    struct sed_piece **end;
    char *text; /* room for all text that is yet to come */
    size_t groups;
};

static bool add_piece(struct replacement *all)
{
    struct sed_piece *piece = arena_zero(all->arena, sizeof *piece);

    if (piece == NULL) return false;
    piece->group = -1;
    piece->text = all->text;
    *all->end = piece;
    all->end = &piece->next;
    all->piece = piece;
    return true;
}

static void add_byte(struct replacement *all, char byte)
{
    *all->text++ = byte;
    all->piece->length++;
}

static bool add_group(struct replacement *all, int group)
{
    all->piece->group = group;
    if ((size_t)group > all->groups) all->groups = (size_t)group;
    return add_piece(all);
}

static bool set_case(struct replacement *all, char letter)
{
    if (all->piece->length && !add_piece(all)) return false;
    if (letter == 'u' || letter == 'l') {
        all->piece->sets_once = true;
        all->piece->once = letter == 'u' ? SED_UPPER_ONE : SED_LOWER_ONE;
    } else {
        all->piece->sets_mode = true;
        all->piece->mode = letter == 'U' ? SED_UPPER : letter == 'L' ? SED_LOWER : SED_AS_IS;
        if (letter == 'E') all->piece->sets_once = true;
    }
    return true;
}

struct sed_piece *sed_parse_replacement(struct k_process *process, const char *text, size_t length,
                                        size_t *groups)
{
    struct replacement all = {.arena = &process->arena};
    size_t at;
    bool right;

    all.end = &all.first;
    all.text = arena_take(&process->arena, length + 1);
    right = all.text && add_piece(&all);
    for (at = 0; right && at < length; at++) {
        char c = text[at], byte;
        size_t used;
        if (c == '&') {
            right = add_group(&all, 0);
        } else if (c != '\\' || at + 1 == length) {
            add_byte(&all, c);
        } else if (text[at + 1] >= '0' && text[at + 1] <= '9') {
            right = add_group(&all, text[++at] - '0');
        } else if (strchr("ULEul", text[at + 1]) && text[at + 1]) {
            right = set_case(&all, text[++at]);
        } else if ((used = sed_escape(text + at + 1, length - at - 1, &byte)) != 0) {
            add_byte(&all, byte);
            at += used;
        } else {
            add_byte(&all, text[++at]);
        }
    }
    *groups = all.groups;
    return right ? all.first : NULL;
}
