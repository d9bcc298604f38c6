#include "shell/history.h"

#include <stdlib.h>
#include <string.h>

struct sh_history *sh_history_new(struct memory_account *account)
{
    struct sh_history *history = memory_take(account, sizeof *history);

    if (history == NULL) return NULL;
    *history = (struct sh_history){.references = 1, .account = account, .base = 1, .limit = SIZE_MAX};
    return history;
}

static void free_entry(struct sh_history *history, struct sh_history_entry *entry)
{
    memory_give(history->account, entry->text, entry->size + 1);
}

void sh_history_clear(struct sh_history *history)
{
    size_t i;

    for (i = 0; i < history->count; i++) free_entry(history, &history->entries[i]);
    history->count = history->fresh = 0;
    history->base = 1;
}

void sh_history_drop(struct sh_history *history)
{
    if (history == NULL || --history->references) return;
    sh_history_clear(history);
    memory_give(history->account, history->entries, history->capacity * sizeof *history->entries);
    memory_give(history->account, history, sizeof *history);
}

static char *copy_text(struct sh_history *history, const char *text, size_t size)
{
    char *copy = memory_take(history->account, size + 1);

    if (copy == NULL) return NULL;
    if (size) memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

static bool append(struct sh_history *history, const char *text, size_t size, int64_t time)
{
    char *copy = copy_text(history, text, size);

    if (copy == NULL) return false;
    if (history->count == history->capacity) {
        size_t capacity = 2 * history->capacity + 32;
        struct sh_history_entry *entries =
            memory_resize(history->account, history->entries, history->capacity * sizeof *entries,
                          capacity * sizeof *entries);
        if (entries == NULL) {
            memory_give(history->account, copy, size + 1);
            return false;
        }
        history->entries = entries;
        history->capacity = capacity;
    }
    history->entries[history->count++] = (struct sh_history_entry){copy, size, time};
    return true;
}

bool sh_history_own(struct sh_history **history, struct memory_account *account)
{
    struct sh_history *own, *from = *history;
    size_t i;

    if (from && from->references == 1) return true;
    own = sh_history_new(account);
    if (own == NULL) return false;
    for (i = 0; from && i < from->count; i++)
        if (!append(own, from->entries[i].text, from->entries[i].size, from->entries[i].time)) {
            sh_history_drop(own);
            return false;
        }
    if (from) {
        own->base = from->base;
        own->fresh = from->fresh;
        own->file_lines = from->file_lines;
        own->limit = from->limit;
        sh_history_drop(from);
    }
    *history = own;
    return true;
}

void sh_history_limit(struct sh_history *history, size_t limit)
{
    size_t excess, i;

    history->limit = limit;
    if (history->count <= limit) return;
    excess = history->count - limit;
    for (i = 0; i < excess; i++) free_entry(history, &history->entries[i]);
    memmove(history->entries, history->entries + excess, limit * sizeof *history->entries);
    history->count = limit;
    history->base += excess;
    if (history->fresh > limit) history->fresh = limit;
}

bool sh_history_add(struct sh_history *history, const char *text, size_t size, int64_t time)
{
    if (history->limit == 0) return true;
    if (!append(history, text, size, time)) return false;
    history->fresh++;
    sh_history_limit(history, history->limit);
    return true;
}

bool sh_history_replace(struct sh_history *history, size_t index, const char *text, size_t size)
{
    char *copy = copy_text(history, text, size);

    if (copy == NULL) return false;
    free_entry(history, &history->entries[index]);
    history->entries[index].text = copy;
    history->entries[index].size = size;
    return true;
}

void sh_history_remove(struct sh_history *history, size_t index)
{
    free_entry(history, &history->entries[index]);
    if (history->count - index <= history->fresh) history->fresh--;
    history->count--;
    memmove(history->entries + index, history->entries + index + 1,
            (history->count - index) * sizeof *history->entries);
}

/* --- files --- */

/* "#1700000000": the seconds, 0 for any other line. */
static int64_t read_time(const char *line, size_t size)
{
    int64_t time = 0;
    size_t i;

    if (size < 2 || size > 18 || line[0] != '#') return 0;
    for (i = 1; i < size; i++) {
        if (line[i] < '0' || line[i] > '9') return 0;
        time = 10 * time + (line[i] - '0');
    }
    return time;
}

size_t sh_history_parse(struct sh_history *history, const char *text, size_t size, size_t skip)
{
    size_t at = 0, lines = 0, first = 0;
    int64_t time = 0;
    bool timed = false, joins = false;

    while (at < size) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) - at : size - at;
        int64_t stamp = read_time(text + at, length);
        bool wanted = lines++ >= skip;
        timed |= stamp && lines == 1;
        if (stamp) {
            time = stamp;
            joins = false;
        } else if (wanted && joins && timed && history->count) { /* a command of several lines */
            sh_history_replace(history, history->count - 1, text + first, at + length - first);
        } else if (wanted && length) {
            first = at;
            append(history, text + at, length, time);
            joins = true;
        }
        at += length + (end ? 1 : 0);
    }
    sh_history_limit(history, history->limit);
    return lines;
}

void sh_history_format(const struct sh_history *history, size_t first, bool with_times, struct buffer *out)
{
    size_t i;

    for (i = first; i < history->count; i++) {
        const struct sh_history_entry *entry = &history->entries[i];
        if (with_times) buffer_printf(out, "#%lld\n", (long long)entry->time);
        buffer_put(out, entry->text, entry->size);
        buffer_put_byte(out, '\n');
    }
}

/* --- words --- */

static size_t end_of_quote(const char *text, size_t size, size_t at)
{
    char quote = text[at++];

    while (at < size && text[at] != quote) at += text[at] == '\\' && quote != '\'' ? 2 : 1;
    return at < size ? at + 1 : size;
}

/* Behind an operator ("&&", ">>", "2>&1"); at when there is none. */
static size_t end_of_operator(const char *text, size_t size, size_t at)
{
    size_t digits = at;

    while (digits < size && text[digits] >= '0' && text[digits] <= '9') digits++;
    if (digits > at && (digits == size || (text[digits] != '<' && text[digits] != '>'))) return at;
    if (digits == size || !strchr("<>;&|()", text[digits])) return at;
    at = digits + 1;
    if (text[digits] == '(' || text[digits] == ')' || at == size) return at;
    if (text[at] == text[digits]) at++;
    if (at < size && text[digits] == '<' && (text[at] == '<' || text[at] == '-')) return at + 1;
    if (at < size && (text[digits] == '<' || text[digits] == '>') && (text[at] == '&' || text[at] == '|')) {
        bool copies = text[at++] == '&';
        while (copies && at < size && ((text[at] >= '0' && text[at] <= '9') || text[at] == '-')) at++;
        return at;
    }
    if (at < size && text[digits] == '&' && text[at] == '>' && at == digits + 1) return at + 1;
    return at;
}

static size_t end_of_word(const char *text, size_t size, size_t at)
{
    size_t end = end_of_operator(text, size, at);

    if (end > at) return end;
    while (at < size && !strchr(" \t\n", text[at])) {
        if (text[at] == '\\') {
            at += 2;
        } else if (text[at] == '\'' || text[at] == '"' || text[at] == '`') {
            at = end_of_quote(text, size, at);
        } else if (at + 1 < size && strchr("$<>", text[at]) && text[at + 1] == '(') {
            size_t depth = 0;
            for (at++; at < size; at++) {
                if (text[at] == '(') depth++;
                if (text[at] == ')' && --depth == 0) break;
            }
            at++;
        } else if (strchr("<>;&|()", text[at])) {
            break;
        } else {
            at++;
        }
    }
    return at < size ? at : size;
}

bool sh_history_word(const char *text, size_t size, size_t index, size_t *start, size_t *end)
{
    size_t at = 0;

    for (;;) {
        while (at < size && strchr(" \t\n", text[at])) at++;
        if (at == size) return false;
        *start = at;
        at = *end = end_of_word(text, size, at);
        if (index-- == 0) return true;
    }
}

size_t sh_history_word_count(const char *text, size_t size)
{
    size_t count = 0, start, end;

    while (sh_history_word(text, size, count, &start, &end)) count++;
    return count;
}
