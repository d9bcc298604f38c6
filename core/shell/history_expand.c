/* history_expand.c: "!" in a line (bash 5.2 manual, "History Expansion"): event designators, word designators
 * and modifiers. */
#include <stdlib.h>
#include <string.h>

#include "shell/history.h"

struct expansion {
    const struct sh_history *history;
    struct sh_history_memory *memory;
    const char *text;
    size_t at, size;
    struct buffer *out;
    bool shown; /* :p */
    const char *wrong;
    size_t from; /* where the designator began */
};

/* One event as words. */
struct event {
    const char *text;
    size_t size;
};

static bool fail(struct expansion *expansion, const char *why)
{
    expansion->wrong = why;
    return false;
}

static char peek(const struct expansion *expansion)
{
    return (char)(expansion->at < expansion->size ? expansion->text[expansion->at] : '\0');
}

static bool take_number(struct expansion *expansion, size_t *number)
{
    size_t start = expansion->at;

    *number = 0;
    while (peek(expansion) >= '0' && peek(expansion) <= '9') {
        if (*number < 100000000) *number = 10 * *number + (size_t)(peek(expansion) - '0');
        expansion->at++;
    }
    return expansion->at > start;
}

static bool set_event(struct expansion *expansion, struct event *event, size_t index)
{
    if (index >= expansion->history->count) return fail(expansion, "event not found");
    event->text = expansion->history->entries[index].text;
    event->size = expansion->history->entries[index].size;
    return true;
}

static bool fits(const struct sh_history_entry *entry, const char *text, size_t size, bool anywhere)
{
    if (anywhere) return memmem(entry->text, entry->size, text, size) != NULL;
    return entry->size >= size && memcmp(entry->text, text, size) == 0;
}

static bool search(struct expansion *expansion, struct event *event, const char *text, size_t size,
                   bool anywhere)
{
    size_t i;

    for (i = expansion->history->count; i; i--)
        if (fits(&expansion->history->entries[i - 1], text, size, anywhere))
            return set_event(expansion, event, i - 1);
    return fail(expansion, "event not found");
}

static bool search_within(struct expansion *expansion, struct event *event)
{
    size_t start = ++expansion->at;
    struct buffer *last = &expansion->memory->search;

    while (expansion->at < expansion->size && peek(expansion) != '?' && peek(expansion) != '\n')
        expansion->at++;
    if (expansion->at > start) {
        buffer_clear(last);
        buffer_put(last, expansion->text + start, expansion->at - start);
    }
    if (peek(expansion) == '?') expansion->at++;
    if (last->size == 0) return fail(expansion, "no previous search");
    return search(expansion, event, last->data, last->size, true);
}

static bool search_beginning(struct expansion *expansion, struct event *event)
{
    size_t start = expansion->at;

    while (expansion->at < expansion->size && !strchr(" \t\n:;&()|<>\"", peek(expansion))) expansion->at++;
    return search(expansion, event, expansion->text + start, expansion->at - start, false);
}

static bool take_event(struct expansion *expansion, struct event *event)
{
    size_t number, count = expansion->history->count;
    char next = peek(expansion);

    if (next == '!') {
        expansion->at++;
        return set_event(expansion, event, count - 1);
    }
    if (next == '?') return search_within(expansion, event);
    if (next && strchr("^$*:", next)) return set_event(expansion, event, count - 1);
    if (next == '-' && expansion->at + 1 < expansion->size && expansion->text[expansion->at + 1] >= '0' &&
        expansion->text[expansion->at + 1] <= '9') {
        expansion->at++;
        take_number(expansion, &number);
        return set_event(expansion, event, number && number <= count ? count - number : count);
    }
    if (next >= '0' && next <= '9') {
        take_number(expansion, &number);
        return set_event(expansion, event,
                         number >= expansion->history->base ? number - (size_t)expansion->history->base
                                                            : count);
    }
    return search_beginning(expansion, event);
}

/* --- words --- */

/* The word that was found by !?str?. */
static bool word_of_search(struct expansion *expansion, const struct event *event, size_t *index)
{
    const struct buffer *search_text = &expansion->memory->search;
    size_t start, end;

    for (*index = 0; sh_history_word(event->text, event->size, *index, &start, &end); ++*index)
        if (search_text->size &&
            memmem(event->text + start, end - start, search_text->data, search_text->size))
            return true;
    return fail(expansion, "bad word specifier");
}

/* One end of a range; false: nothing of that stands here. */
static bool take_word_number(struct expansion *expansion, const struct event *event, size_t last,
                             size_t *number)
{
    char next = peek(expansion);

    if (next == '^') *number = 1;
    if (next == '$') *number = last;
    if (next == '%' && !word_of_search(expansion, event, number)) return false;
    if (next == '^' || next == '$' || next == '%') {
        expansion->at++;
        return true;
    }
    return take_number(expansion, number);
}

static bool put_words(struct expansion *expansion, const struct event *event, size_t first, size_t last,
                      struct buffer *words)
{
    size_t i, start, end;

    for (i = first; i <= last; i++) {
        if (!sh_history_word(event->text, event->size, i, &start, &end))
            return fail(expansion, "bad word specifier");
        if (i > first) buffer_put_byte(words, ' ');
        buffer_put(words, event->text + start, end - start);
    }
    return true;
}

/* Puts the words that are meant. */
static bool take_words(struct expansion *expansion, const struct event *event, struct buffer *words)
{
    size_t count = sh_history_word_count(event->text, event->size), last = count ? count - 1 : 0;
    size_t first = 0, number = 0, begin = expansion->at;
    bool colon = peek(expansion) == ':', ranged;

    if (colon) expansion->at++;
    if (peek(expansion) == '*') {
        expansion->at++;
        return last == 0 || put_words(expansion, event, 1, last, words);
    }
    ranged = peek(expansion) == '-' && colon; /* :-3 */
    if (!ranged && !((colon || strchr("^$%", peek(expansion) ? peek(expansion) : 'x')) &&
                     take_word_number(expansion, event, last, &first))) {
        if (expansion->wrong) return false;
        expansion->at = begin; /* a modifier, or nothing */
        buffer_put(words, event->text, event->size);
        return true;
    }
    if (peek(expansion) == '*') {
        expansion->at++;
        return first > last || put_words(expansion, event, first, last, words);
    }
    if (peek(expansion) != '-') return put_words(expansion, event, first, first, words);
    expansion->at++;
    if (take_word_number(expansion, event, last, &number)) {
        last = number;
    } else {
        if (expansion->wrong) return false;
        if (last == 0) return fail(expansion, "bad word specifier");
        last--;
        if (last + 1 == first) return true;
    }
    if (first > last) return fail(expansion, "bad word specifier");
    return put_words(expansion, event, first, last, words);
}

/* --- modifiers --- */

static void keep(struct buffer *words, size_t from, size_t to)
{
    words->size = to;
    if (words->data) words->data[to] = '\0';
    buffer_consume(words, from);
}

static void cut_path(struct buffer *words, char modifier)
{
    const char *text = buffer_string(words), *slash = strrchr(text, '/'), *dot = strrchr(text, '.');

    if (modifier == 'h' && slash) keep(words, 0, slash == text ? 1 : (size_t)(slash - text));
    if (modifier == 't' && slash) keep(words, (size_t)(slash + 1 - text), words->size);
    if (dot == NULL || (slash && dot < slash)) return;
    if (modifier == 'r') keep(words, 0, (size_t)(dot - text));
    if (modifier == 'e') keep(words, (size_t)(dot - text), words->size);
}

/* The text up to a delimiter, in which a backslash takes its meaning away. */
static void take_delimited(struct expansion *expansion, char delimiter, const struct buffer *whole,
                           struct buffer *text)
{
    buffer_clear(text);
    while (expansion->at < expansion->size && peek(expansion) != delimiter && peek(expansion) != '\n') {
        char byte = expansion->text[expansion->at++];
        if (byte == '\\' && (peek(expansion) == delimiter || peek(expansion) == '&')) {
            byte = expansion->text[expansion->at++];
        } else if (byte == '&' && whole) {
            buffer_put(text, whole->data, whole->size);
            continue;
        }
        buffer_put_byte(text, byte);
    }
    if (peek(expansion) == delimiter) expansion->at++;
}

/* each_word: 0 once, 'g' everywhere, 'G' once in each word. */
static bool substitute(struct expansion *expansion, struct buffer *words, char how)
{
    const struct buffer *from = &expansion->memory->from, *to = &expansion->memory->to;
    struct buffer result = {0};
    size_t at = 0;
    bool done = false, stopped = false;

    if (from->size == 0) return fail(expansion, "no previous substitution");
    while (at < words->size) {
        const char *found =
            stopped ? NULL : memmem(words->data + at, words->size - at, from->data, from->size);
        size_t next = found ? (size_t)(found - words->data) : words->size;
        buffer_put(&result, words->data + at, next - at);
        at = next;
        if (found == NULL) break;
        buffer_put(&result, to->data, to->size);
        at += from->size;
        done = true;
        stopped = how == 0;
        if (how == 'G') {
            next = at;
            while (next < words->size && !strchr(" \t\n", words->data[next])) next++;
            buffer_put(&result, words->data + at, next - at);
            at = next;
        }
    }
    words->failed |= result.failed;
    if (done) {
        buffer_clear(words);
        buffer_put(words, result.data, result.size);
    }
    buffer_free(&result);
    return done || fail(expansion, "substitution failed");
}

static void quote(struct buffer *words, bool each)
{
    struct buffer result = {0};
    size_t i;

    buffer_put_byte(&result, '\'');
    for (i = 0; i < words->size; i++) {
        if (words->data[i] == '\'')
            buffer_put_string(&result, "'\\''");
        else if (each && strchr(" \t\n", words->data[i]))
            buffer_printf(&result, "'%c'", words->data[i]);
        else
            buffer_put_byte(&result, words->data[i]);
    }
    buffer_put_byte(&result, '\'');
    buffer_clear(words);
    buffer_put(words, result.data, result.size);
    words->failed |= result.failed;
    buffer_free(&result);
}

static bool take_substitution(struct expansion *expansion, struct buffer *words, char how)
{
    struct sh_history_memory *memory = expansion->memory;
    struct buffer from = {0};
    char delimiter;

    if (expansion->at == expansion->size) return fail(expansion, "unrecognized history modifier");
    delimiter = expansion->text[expansion->at++];
    take_delimited(expansion, delimiter, NULL, &from);
    if (from.size) {
        buffer_clear(&memory->from);
        buffer_put(&memory->from, from.data, from.size);
    }
    buffer_free(&from);
    take_delimited(expansion, delimiter, &memory->from, &memory->to);
    return substitute(expansion, words, how);
}

static bool take_modifiers(struct expansion *expansion, struct buffer *words)
{
    while (peek(expansion) == ':') {
        char how = 0, modifier;
        expansion->at++;
        modifier = peek(expansion);
        if (modifier) expansion->at++;
        while (modifier && strchr("gaG", modifier)) {
            how = modifier == 'G' ? 'G' : 'g';
            modifier = peek(expansion);
            if (modifier) expansion->at++;
        }
        if (modifier == 'p')
            expansion->shown = true;
        else if (modifier && strchr("htre", modifier))
            cut_path(words, modifier);
        else if (modifier == 'q' || modifier == 'x')
            quote(words, modifier == 'x');
        else if (modifier == 's') {
            if (!take_substitution(expansion, words, how)) return false;
        } else if (modifier == '&') {
            if (!substitute(expansion, words, how)) return false;
        } else
            return fail(expansion, "unrecognized history modifier");
    }
    return true;
}

/* --- lines --- */

static bool expand_one(struct expansion *expansion)
{
    struct buffer words = {0};
    struct event event = {"", 0};
    bool done;

    expansion->from = expansion->at++;
    if (peek(expansion) == '#') { /* what was typed so far */
        expansion->at++;
        buffer_put(&words, expansion->out->data, expansion->out->size);
        done = take_modifiers(expansion, &words);
    } else {
        done = take_event(expansion, &event) && take_words(expansion, &event, &words) &&
               take_modifiers(expansion, &words);
    }
    if (done) buffer_put(expansion->out, words.data, words.size);
    expansion->out->failed |= words.failed;
    buffer_free(&words);
    return done;
}

/* ^old^new^ at the beginning of a line is !!:s^old^new^ . */
static bool expand_quickly(struct expansion *expansion)
{
    struct buffer words = {0};
    struct event event = {"", 0};
    bool done = set_event(expansion, &event, expansion->history->count - 1);

    if (done) {
        buffer_put(&words, event.text, event.size);
        done = take_substitution(expansion, &words, 0) && take_modifiers(expansion, &words);
    }
    if (done) buffer_put(expansion->out, words.data, words.size);
    buffer_free(&words);
    return done;
}

static bool begins_event(const struct expansion *expansion, char quote_now)
{
    char next = (char)(expansion->at + 1 < expansion->size ? expansion->text[expansion->at + 1] : ' ');

    if (strchr(" \t\n\r=", next) || next == '\0') return false;
    if (next == '(') return false; /* with extglob a pattern */
    return !(quote_now == '"' && next == '"');
}

/* Goes over the line; true: all went well, *changed says whether anything was expanded. */
static bool expand_all(struct expansion *expansion, char quote_now, bool *changed)
{
    while (expansion->at < expansion->size) {
        char byte = peek(expansion);
        char before = (char)(expansion->at ? expansion->text[expansion->at - 1] : '\0');
        if (quote_now == '\'') {
            if (byte == '\'') quote_now = 0;
        } else if (byte == '\\' && expansion->at + 1 < expansion->size) {
            buffer_put_byte(expansion->out, byte);
            expansion->at++;
            byte = peek(expansion);
        } else if (byte == '!' && begins_event(expansion, quote_now) &&
                   !(before == '$' ||
                     (before == '{' && expansion->at > 1 && expansion->text[expansion->at - 2] == '$') ||
                     before == '[')) {
            if (!expand_one(expansion)) return false;
            *changed = true;
            continue;
        } else if (byte == '\'' && quote_now == 0) {
            quote_now = '\'';
        } else if (byte == '"') {
            quote_now = quote_now == '"' ? 0 : '"';
        } else if (byte == '#' && quote_now == 0 && (before == '\0' || strchr(" \t\n;", before))) {
            buffer_put(expansion->out, expansion->text + expansion->at, expansion->size - expansion->at);
            return true; /* a comment */
        }
        buffer_put_byte(expansion->out, byte);
        expansion->at++;
    }
    return true;
}

enum sh_expand_history sh_history_expand(const struct sh_history *history, struct sh_history_memory *memory,
                                         const char *text, size_t size, char quote_now, struct buffer *out)
{
    static const struct sh_history none = {.base = 1};
    struct expansion expansion = {
        .history = history ? history : &none, .memory = memory, .text = text, .size = size, .out = out};
    bool changed = false, done;

    if (memchr(text, '!', size) == NULL && !(size && text[0] == '^')) return SH_HISTORY_SAME;
    if (quote_now == 0 && size && text[0] == '^') {
        changed = true;
        done = expand_quickly(&expansion);
    } else {
        done = true;
    }
    done = done && expand_all(&expansion, quote_now, &changed);
    if (!done) {
        buffer_clear(out);
        buffer_printf(out, "%.*s: %s", (int)(expansion.at - expansion.from), text + expansion.from,
                      expansion.wrong);
        return SH_HISTORY_WRONG;
    }
    if (!changed) buffer_clear(out);
    return !changed ? SH_HISTORY_SAME : expansion.shown ? SH_HISTORY_SHOWN : SH_HISTORY_DONE;
}
