/* line_editor_history.c: earlier lines: one after the other, searched for, and words of them. */
#include <string.h>

#include "shell/line_editor_internal.h"

static void set_line(struct sh_editor *editor, const char *text, size_t size)
{
    buffer_clear(&editor->line);
    buffer_put(&editor->line, text, size);
    editor->point = editor->line.size;
    editor_forget_undo(editor);
}

/* Shows another entry; the new line is kept meanwhile. */
static void go_to(struct sh_editor *editor, size_t index)
{
    if (editor->at == editor->history->count && index != editor->at) {
        buffer_clear(&editor->stash);
        buffer_put(&editor->stash, editor->line.data, editor->line.size);
    }
    editor->at = index;
    if (index == editor->history->count)
        set_line(editor, editor->stash.data, editor->stash.size);
    else
        set_line(editor, editor->history->entries[index].text, editor->history->entries[index].size);
}

static void move(struct sh_editor *editor, int count)
{
    size_t index = editor->at, most = editor->history->count;

    if (count < 0)
        index = (size_t)-count < index ? index - (size_t)-count : 0;
    else
        index = index + (size_t)count < most ? index + (size_t)count : most;
    if (index == editor->at)
        editor_bell(editor);
    else
        go_to(editor, index);
}

void editor_previous_history(struct sh_editor *editor, int count)
{
    move(editor, -count);
}

void editor_next_history(struct sh_editor *editor, int count)
{
    move(editor, count);
}

void editor_beginning_of_history(struct sh_editor *editor, int count)
{
    (void)count;
    if (editor->history->count) go_to(editor, 0);
}

void editor_end_of_history(struct sh_editor *editor, int count)
{
    (void)count;
    go_to(editor, editor->history->count);
}

void editor_operate_and_get_next(struct sh_editor *editor, int count)
{
    (void)count;
    if (editor->at < editor->history->count) editor->next_entry = editor->history->base + editor->at + 1;
    editor_leave_line(editor, "");
    editor_finish(editor, SH_EDITOR_LINE);
}

/* --- searching for a text --- */

/* Where a text stands in an entry; false: nowhere. */
static bool find_in(const struct sh_history_entry *entry, const struct buffer *text, bool anywhere,
                    size_t *at)
{
    const char *found;

    *at = 0;
    if (entry->size < text->size) return false;
    if (!anywhere) return memcmp(entry->text, buffer_string(text), text->size) == 0;
    found = memmem(entry->text, entry->size, buffer_string(text), text->size);
    if (found) *at = (size_t)(found - entry->text);
    return found != NULL;
}

static bool is_shown(const struct sh_editor *editor, const struct sh_history_entry *entry)
{
    return entry->size == editor->line.size &&
           memcmp(entry->text, buffer_string(&editor->line), entry->size) == 0;
}

/* Goes to the next entry in a direction that has the text; false: there is none. */
static bool search_from_here(struct sh_editor *editor, const struct buffer *text, bool backward,
                             bool anywhere, size_t *place)
{
    size_t index = editor->at;

    for (;;) {
        const struct sh_history_entry *entry;
        if (backward ? index == 0 : index + 1 >= editor->history->count) return false;
        index = backward ? index - 1 : index + 1;
        entry = &editor->history->entries[index];
        if (!find_in(entry, text, anywhere, place) || is_shown(editor, entry)) continue;
        go_to(editor, index);
        return true;
    }
}

static void search_typed(struct sh_editor *editor, bool backward, bool anywhere)
{
    bool goes_on = editor->before == SH_KEY_history_search_backward ||
                   editor->before == SH_KEY_history_search_forward ||
                   editor->before == SH_KEY_history_substring_search_backward ||
                   editor->before == SH_KEY_history_substring_search_forward;
    size_t place;

    if (!goes_on) {
        buffer_clear(&editor->search);
        buffer_put(&editor->search, editor->line.data, editor->point);
    }
    if (!search_from_here(editor, &editor->search, backward, anywhere, &place)) {
        editor_bell(editor);
        return;
    }
    if (editor->search.size) editor->point = anywhere ? place : editor->search.size;
}

void editor_history_search_backward(struct sh_editor *editor, int count)
{
    (void)count;
    search_typed(editor, true, editor->function == SH_KEY_history_substring_search_backward);
}

void editor_history_search_forward(struct sh_editor *editor, int count)
{
    (void)count;
    search_typed(editor, false, editor->function == SH_KEY_history_substring_search_forward);
}

/* --- M-p and M-n: the text is read first --- */

static void begin_reading(struct sh_editor *editor, bool backward)
{
    buffer_clear(&editor->search);
    editor->search_backward = backward;
    editor->mode = EDITOR_READS;
}

void editor_search_plain_backward(struct sh_editor *editor, int count)
{
    (void)count;
    begin_reading(editor, true);
}

void editor_search_plain_forward(struct sh_editor *editor, int count)
{
    (void)count;
    begin_reading(editor, false);
}

static void shorten(struct buffer *text)
{
    if (text->size) text->size = editor_previous(text, text->size);
    if (text->data) text->data[text->size] = '\0';
}

void editor_read_byte(struct sh_editor *editor, char byte)
{
    size_t place;

    if (byte == DELETE || byte == '\b') {
        shorten(&editor->search);
    } else if (byte == '\r' || byte == '\n') {
        editor->mode = EDITOR_PLAIN;
        if (editor->search.size == 0)
            buffer_put(&editor->search, editor->search_last.data, editor->search_last.size);
        buffer_clear(&editor->search_last);
        buffer_put(&editor->search_last, editor->search.data, editor->search.size);
        if (!search_from_here(editor, &editor->search, editor->search_backward, true, &place))
            editor_bell(editor);
    } else if (byte == CONTROL_G || byte == ESCAPE) {
        editor->mode = EDITOR_PLAIN;
        editor_bell(editor);
    } else if ((unsigned char)byte >= ' ' && editor->search.size < LINE_MAX_BYTES) {
        buffer_put_byte(&editor->search, byte);
    }
}

/* --- C-r and C-s: at each byte --- */

static void begin_search(struct sh_editor *editor, bool backward)
{
    buffer_clear(&editor->search);
    buffer_clear(&editor->search_line);
    buffer_put(&editor->search_line, editor->line.data, editor->line.size);
    editor->search_point = editor->point;
    editor->search_from = editor->search_at = editor->at;
    editor->search_backward = backward;
    editor->search_failed = false;
    editor->mode = EDITOR_SEARCHES;
}

void editor_reverse_search_history(struct sh_editor *editor, int count)
{
    begin_search(editor, count > 0);
}

void editor_forward_search_history(struct sh_editor *editor, int count)
{
    begin_search(editor, count < 0);
}

/* The last occurrence when searching backward, so that a longer text is still found at the same place. */
static bool find_place(const struct sh_editor *editor, const char *text, size_t size, size_t *place)
{
    const struct buffer *search = &editor->search;
    const char *found = memmem(text, size, buffer_string(search), search->size), *next;

    if (found == NULL) return false;
    while (editor->search_backward && search->size &&
           (next = memmem(found + 1, size - (size_t)(found + 1 - text), search->data, search->size)) != NULL)
        found = next;
    *place = (size_t)(found - text);
    return true;
}

/* From the entry that is shown, or the one beyond it. */
static void search_again(struct sh_editor *editor, bool beyond)
{
    size_t index = editor->search_at, count = editor->history->count, place = 0;

    for (;;) {
        bool same;
        if (beyond) {
            if (editor->search_backward ? index == 0 : index + 1 >= count) break;
            index = editor->search_backward ? index - 1 : index + 1;
        }
        beyond = true;
        if (index >= count) continue;
        same = index != editor->search_at && is_shown(editor, &editor->history->entries[index]);
        if (same || !find_place(editor, editor->history->entries[index].text,
                                editor->history->entries[index].size, &place))
            continue;
        editor->search_at = index;
        editor->search_failed = false;
        buffer_clear(&editor->line);
        buffer_put(&editor->line, editor->history->entries[index].text, editor->history->entries[index].size);
        editor->point = place;
        return;
    }
    editor->search_failed = true;
    editor_bell(editor);
}

static void end_search(struct sh_editor *editor, bool keep)
{
    editor->mode = EDITOR_PLAIN;
    if (editor->search.size) {
        buffer_clear(&editor->search_last);
        buffer_put(&editor->search_last, editor->search.data, editor->search.size);
    }
    if (!keep) {
        set_line(editor, editor->search_line.data, editor->search_line.size);
        editor->point = editor->search_point;
    } else if (editor->search_at != editor->search_from) {
        size_t point = editor->point;
        if (editor->at == editor->history->count) {
            buffer_clear(&editor->stash);
            buffer_put(&editor->stash, editor->search_line.data, editor->search_line.size);
        }
        editor->at = editor->search_at;
        editor_forget_undo(editor);
        editor->point = point;
    }
}

void editor_search_byte(struct sh_editor *editor, char byte)
{
    if (byte == 18 || byte == 19) { /* C-r, C-s */
        editor->search_backward = byte == 18;
        if (editor->search.size == 0 && editor->search_last.size) {
            buffer_put(&editor->search, editor->search_last.data, editor->search_last.size);
            search_again(editor, false);
        } else if (editor->search.size) {
            search_again(editor, true);
        }
    } else if (byte == DELETE || byte == '\b') {
        shorten(&editor->search);
        editor->search_at = editor->search_from;
        if (editor->search.size) search_again(editor, false);
    } else if (byte == CONTROL_G) {
        end_search(editor, false);
        editor_bell(editor);
    } else if ((unsigned char)byte >= ' ' && editor->search.size < LINE_MAX_BYTES) {
        buffer_put_byte(&editor->search, byte);
        search_again(editor, false);
    } else {
        end_search(editor, true);
        editor_type_first(editor, &byte, 1);
    }
}

void editor_put_search_prompt(const struct sh_editor *editor, struct buffer *out)
{
    if (editor->mode == EDITOR_READS) {
        buffer_put_byte(out, ':');
        buffer_put_utf8(out, buffer_string(&editor->search), editor->search.size);
        return;
    }
    buffer_printf(out, "(%s%s)`", editor->search_failed ? "failed " : "",
                  editor->search_backward ? "reverse-i-search" : "i-search");
    buffer_put_utf8(out, buffer_string(&editor->search), editor->search.size);
    buffer_put_string(out, "': ");
}

/* --- words of earlier lines --- */

/* Inserts the index-th word of an entry; index < 0: counted from the end. */
static bool insert_word(struct sh_editor *editor, size_t entry, int index)
{
    const struct sh_history_entry *from = &editor->history->entries[entry];
    size_t count = sh_history_word_count(from->text, from->size), start, end;

    if (index < 0) index += (int)count;
    if (index < 0 || !sh_history_word(from->text, from->size, (size_t)index, &start, &end)) return false;
    editor_remember(editor, false);
    editor->last_argument_at = editor->point;
    editor->last_argument_size = end - start;
    editor_replace(editor, editor->point, editor->point, from->text + start, end - start);
    return true;
}

void editor_yank_last_arg(struct sh_editor *editor, int count)
{
    bool again = editor->before == SH_KEY_yank_last_arg || editor->before == SH_KEY_insert_last_argument;
    size_t at = editor->last_argument_at;

    if (!again) {
        editor->last_argument = 0;
        editor->last_argument_count = editor->has_argument ? count : -1;
        editor->last_argument_size = 0;
        at = editor->point;
    }
    if (editor->last_argument >= editor->at || at + editor->last_argument_size > editor->line.size) {
        editor_bell(editor);
        return;
    }
    editor_replace(editor, at, at + editor->last_argument_size, NULL, 0);
    editor->last_argument++;
    editor->last_argument_size = 0;
    editor->last_argument_at = at;
    if (!insert_word(editor, editor->at - editor->last_argument, editor->last_argument_count))
        editor_bell(editor);
}

void editor_yank_nth_arg(struct sh_editor *editor, int count)
{
    if (editor->at == 0 || !insert_word(editor, editor->at - 1, count)) editor_bell(editor);
}
