/* history_file.c: the history of a shell, as its variables want it, and its file (bash 5.2 manual, "Bash
 * History Facilities"; HISTCONTROL, HISTIGNORE, HISTSIZE, HISTFILESIZE, HISTTIMEFORMAT in "Bash Variables").
 */
#include <stdlib.h>

#include "shell/history.h"
#include "shell/interactive.h"
#include "shell/pattern.h"
#include "shell/test_operators.h"

/* A number that limits; SIZE_MAX: none. */
static size_t limit_of(struct shell *shell, const char *name, size_t usual)
{
    struct sh_text_ref text = sh_get(shell, name);
    int64_t number;

    if (text.data == NULL) return usual;
    if (text.size == 0 || !sh_read_integer(text.data, &number) || number < 0) return SIZE_MAX;
    return (size_t)number;
}

void sh_history_apply_size(struct shell *shell)
{
    size_t limit = limit_of(shell, "HISTSIZE", SIZE_MAX);

    if (shell->history == NULL || shell->history->limit == limit) return;
    if (sh_history_own(&shell->history, &shell->kernel->account)) sh_history_limit(shell->history, limit);
}

/* --- what is to be kept --- */

static bool has_word(struct sh_text_ref list, const char *word)
{
    size_t length = strlen(word), at, end;

    for (at = 0; list.data && at < list.size; at = end + 1) {
        const char *colon = memchr(list.data + at, ':', list.size - at);
        end = colon ? (size_t)(colon - list.data) : list.size;
        if (end - at == length && memcmp(list.data + at, word, length) == 0) return true;
    }
    return false;
}

static bool matches(struct shell *shell, const char *pattern, size_t length, const char *text, size_t size)
{
    struct arena_mark place = arena_mark(&shell->temporary);
    struct sh_pattern *compiled;
    struct error error;
    bool result;

    result =
        sh_pattern_compile(&shell->temporary, pattern, length, SH_PATTERN_EXTGLOB, &compiled, &error) == 0 &&
        sh_pattern_match(compiled, text, size, &shell->temporary) == 1;
    arena_release(&shell->temporary, place);
    return result;
}

/* In a pattern, & is the line before. */
static bool is_ignored(struct shell *shell, const char *text, size_t size)
{
    struct sh_text_ref list = sh_get(shell, "HISTIGNORE");
    const struct sh_history *history = shell->history;
    size_t at, end, i;
    bool result = false;

    for (at = 0; !result && list.data && at < list.size; at = end + 1) {
        const char *colon = memchr(list.data + at, ':', list.size - at);
        struct buffer pattern = {0};
        end = colon ? (size_t)(colon - list.data) : list.size;
        for (i = at; i < end; i++) {
            if (list.data[i] == '\\' && i + 1 < end && list.data[i + 1] == '&')
                buffer_put_byte(&pattern, list.data[++i]);
            else if (list.data[i] == '&' && history && history->count)
                buffer_put(&pattern, history->entries[history->count - 1].text,
                           history->entries[history->count - 1].size);
            else
                buffer_put_byte(&pattern, list.data[i]);
        }
        result = end > at && matches(shell, buffer_string(&pattern), pattern.size, text, size);
        buffer_free(&pattern);
    }
    return result;
}

static bool is_same(const struct sh_history_entry *entry, const char *text, size_t size)
{
    return entry->size == size && memcmp(entry->text, text, size) == 0;
}

bool sh_history_enter(struct shell *shell, const char *text, size_t size)
{
    struct sh_text_ref control = sh_get(shell, "HISTCONTROL");
    bool both = has_word(control, "ignoreboth"), erases = has_word(control, "erasedups");
    struct sh_history *history = shell->history;
    size_t i;

    if ((both || has_word(control, "ignorespace")) && size && (text[0] == ' ' || text[0] == '\t'))
        return false;
    if ((both || has_word(control, "ignoredups")) && history && history->count &&
        is_same(&history->entries[history->count - 1], text, size))
        return false;
    if (is_ignored(shell, text, size) || !sh_history_own(&shell->history, &shell->kernel->account))
        return false;
    sh_history_apply_size(shell);
    history = shell->history;
    for (i = erases ? history->count : 0; i; i--)
        if (is_same(&history->entries[i - 1], text, size)) sh_history_remove(history, i - 1);
    return sh_history_add(history, text, size, k_wall(shell->kernel) / 1000) && history->limit > 0;
}

/* --- the file --- */

static int read_file(struct shell *shell, const char *path, struct buffer *text)
{
    char bytes[4096];
    struct k_file *file;
    int64_t got;
    int result = k_open_file(shell->process, path, FS_READ, 0, &file);

    if (result < 0) return result;
    while ((got = file->kind->read ? file->kind->read(file, shell->process, bytes, sizeof bytes)
                                   : UMBRA_EINVAL) > 0)
        buffer_put(text, bytes, (size_t)got);
    k_drop(file);
    return got < 0 ? (int)got : text->failed ? UMBRA_ENOMEM : 0;
}

static int write_file(struct shell *shell, const char *path, unsigned flags, const struct buffer *text)
{
    struct k_file *file;
    size_t done = 0;
    int64_t put = 0;
    int result = k_open_file(shell->process, path, FS_WRITE | FS_CREATE | flags, 0600, &file);

    if (result < 0) return result;
    while (done < text->size && file->kind->write) {
        put = file->kind->write(file, shell->process, text->data + done, text->size - done);
        if (put <= 0) break;
        done += (size_t)put;
    }
    k_drop(file);
    return put < 0 ? (int)put : 0;
}

/* Leaves as many lines at the end of the file as HISTFILESIZE says. */
static int shorten_file(struct shell *shell, const char *path)
{
    size_t limit = limit_of(shell, "HISTFILESIZE", SIZE_MAX), at, lines = 0;
    struct buffer text = {0};
    int result = limit == SIZE_MAX ? 0 : read_file(shell, path, &text);

    for (at = text.size; at && limit != SIZE_MAX; at--)
        if (text.data[at - 1] == '\n' && lines++ == limit) break;
    if (result == 0 && at) {
        buffer_consume(&text, at);
        result = write_file(shell, path, FS_TRUNCATE, &text);
    }
    buffer_free(&text);
    return result;
}

bool sh_history_has_file(struct shell *shell)
{
    return sh_get(shell, "HISTFILE").size > 0;
}

static int take_in(struct shell *shell, const char *path, bool only_new)
{
    struct buffer text = {0};
    int result = read_file(shell, path, &text);
    size_t fresh;

    if (result == 0 && !sh_history_own(&shell->history, &shell->kernel->account)) result = UMBRA_ENOMEM;
    if (result == 0) {
        sh_history_apply_size(shell);
        fresh = shell->history->fresh;
        shell->history->file_lines = sh_history_parse(shell->history, buffer_string(&text), text.size,
                                                      only_new ? shell->history->file_lines : 0);
        shell->history->fresh = fresh < shell->history->count ? fresh : shell->history->count;
    }
    buffer_free(&text);
    return result;
}

static int put_out(struct shell *shell, const char *path, bool all)
{
    struct sh_history *history;
    struct buffer text = {0};
    size_t first;
    int result;

    if (!sh_history_own(&shell->history, &shell->kernel->account)) return UMBRA_ENOMEM;
    history = shell->history;
    first = all || history->fresh > history->count ? 0 : history->count - history->fresh;
    sh_history_format(history, first, sh_get(shell, "HISTTIMEFORMAT").data != NULL, &text);
    result = text.failed ? UMBRA_ENOMEM : write_file(shell, path, all ? FS_TRUNCATE : FS_APPEND, &text);
    buffer_free(&text);
    if (result < 0) return result;
    history->file_lines += history->count - first;
    history->fresh = 0;
    return shorten_file(shell, path);
}

int sh_history_use_file(struct shell *shell, enum sh_history_file what, const char *path)
{
    struct sh_text_ref name = sh_get(shell, "HISTFILE");
    struct buffer copy = {0};
    int result = UMBRA_ENOENT;

    if (path)
        buffer_put_string(&copy, path);
    else
        buffer_put(&copy, name.data, name.size);
    if (copy.failed)
        result = UMBRA_ENOMEM;
    else if (copy.size && (what == SH_HISTORY_READ || what == SH_HISTORY_READ_NEW))
        result = take_in(shell, copy.data, what == SH_HISTORY_READ_NEW);
    else if (copy.size)
        result = put_out(shell, copy.data, what == SH_HISTORY_WRITE);
    buffer_free(&copy);
    return result;
}
