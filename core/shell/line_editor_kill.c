/* line_editor_kill.c: what is cut and put back, and changes that are taken back. */
#include <stdlib.h>
#include <string.h>

#include "shell/line_editor_internal.h"

/* --- undo --- */

void editor_forget_undo(struct sh_editor *editor)
{
    while (editor->undo_count) free(editor->undo[--editor->undo_count].text);
    editor->grouped = 0;
}

void editor_remember(struct sh_editor *editor, bool typed)
{
    struct undo *undo;
    char *copy;

    if (typed && editor->before == SH_KEY_self_insert && editor->grouped && editor->grouped < UNDO_GROUP) {
        editor->grouped++;
        return;
    }
    editor->grouped = typed ? 1 : 0;
    copy = malloc(editor->line.size + 1);
    if (copy == NULL) return; /* less can be taken back */
    if (editor->line.size) memcpy(copy, editor->line.data, editor->line.size);
    if (editor->undo_count == UNDO_MAX) {
        free(editor->undo[0].text);
        memmove(editor->undo, editor->undo + 1, (UNDO_MAX - 1) * sizeof *editor->undo);
        editor->undo_count--;
    }
    undo = &editor->undo[editor->undo_count++];
    *undo = (struct undo){copy, editor->line.size, editor->point};
}

void editor_undo(struct sh_editor *editor, int count)
{
    for (; count > 0; count--) {
        struct undo *undo;
        if (editor->undo_count == 0) {
            editor_bell(editor);
            return;
        }
        undo = &editor->undo[--editor->undo_count];
        buffer_clear(&editor->line);
        buffer_put(&editor->line, undo->text, undo->size);
        editor->point = undo->point < editor->line.size ? undo->point : editor->line.size;
        free(undo->text);
    }
    editor->grouped = 0;
}

void editor_revert_line(struct sh_editor *editor, int count)
{
    (void)count;
    if (editor->undo_count) editor_undo(editor, (int)editor->undo_count);
}

/* --- killing --- */

static bool is_kill(enum sh_key_function function)
{
    switch (function) {
    case SH_KEY_kill_line:
    case SH_KEY_backward_kill_line:
    case SH_KEY_kill_whole_line:
    case SH_KEY_unix_line_discard:
    case SH_KEY_kill_word:
    case SH_KEY_backward_kill_word:
    case SH_KEY_shell_kill_word:
    case SH_KEY_shell_backward_kill_word:
    case SH_KEY_unix_word_rubout:
    case SH_KEY_unix_filename_rubout:
    case SH_KEY_kill_region:
        return true;
    default:
        return false;
    }
}

/* Kills one after the other are put back as one. */
static void keep(struct sh_editor *editor, size_t from, size_t to)
{
    struct buffer *kill = &editor->kills[editor->kill];
    const char *text = editor->line.data + from;

    if (!is_kill(editor->before) || kill->size == 0) {
        if (kill->size) editor->kill = (editor->kill + 1) % KILL_RING;
        kill = &editor->kills[editor->kill];
        buffer_clear(kill);
    }
    if (to <= editor->point && from < editor->point) { /* backward: it comes before */
        struct buffer whole = {0};
        buffer_put(&whole, text, to - from);
        buffer_put(&whole, kill->data, kill->size);
        buffer_free(kill);
        *kill = whole;
    } else {
        buffer_put(kill, text, to - from);
    }
    if (kill->failed) buffer_free(kill);
}

void editor_kill(struct sh_editor *editor, size_t from, size_t to)
{
    if (from >= to) return;
    keep(editor, from, to);
    editor_remember(editor, false);
    editor_replace(editor, from, to, NULL, 0);
}

void editor_kill_line(struct sh_editor *editor, int count)
{
    if (count < 0)
        editor_kill(editor, 0, editor->point);
    else
        editor_kill(editor, editor->point, editor->line.size);
}

void editor_backward_kill_line(struct sh_editor *editor, int count)
{
    editor_kill_line(editor, -count);
}

void editor_kill_whole_line(struct sh_editor *editor, int count)
{
    (void)count;
    editor->point = editor->line.size;
    editor_kill(editor, 0, editor->line.size);
}

void editor_unix_line_discard(struct sh_editor *editor, int count)
{
    (void)count;
    if (editor->point == 0) editor_bell(editor);
    editor_kill(editor, 0, editor->point);
}

static void kill_words(struct sh_editor *editor, int count)
{
    size_t from = editor->point, to = editor->point;

    for (; count > 0; count--) to = editor_word_forward(editor, to);
    for (; count < 0; count++) from = editor_word_backward(editor, from);
    editor_kill(editor, from, to);
}

void editor_kill_word(struct sh_editor *editor, int count)
{
    kill_words(editor, count);
}

void editor_backward_kill_word(struct sh_editor *editor, int count)
{
    kill_words(editor, -count);
}

void editor_shell_kill_word(struct sh_editor *editor, int count)
{
    size_t from = editor->point, to;

    editor_shell_forward_word(editor, count);
    to = editor->point;
    editor->point = from;
    editor_kill(editor, from, to);
}

void editor_shell_backward_kill_word(struct sh_editor *editor, int count)
{
    size_t to = editor->point, from;

    editor_shell_backward_word(editor, count);
    from = editor->point;
    editor->point = to;
    editor_kill(editor, from, to);
}

/* Back over separators, then over what is none. */
static void rub_out(struct sh_editor *editor, int count, const char *separators)
{
    size_t from = editor->point;
    const char *data = editor->line.data;

    if (from == 0) editor_bell(editor);
    for (; count > 0; count--) {
        while (from && strchr(separators, data[from - 1])) from--;
        while (from && !strchr(separators, data[from - 1])) from--;
    }
    editor_kill(editor, from, editor->point);
}

void editor_unix_word_rubout(struct sh_editor *editor, int count)
{
    rub_out(editor, count, " \t\n");
}

void editor_unix_filename_rubout(struct sh_editor *editor, int count)
{
    rub_out(editor, count, " \t\n/");
}

/* --- regions and copies --- */

static void find_region(const struct sh_editor *editor, size_t *from, size_t *to)
{
    size_t mark = editor->mark < editor->line.size ? editor->mark : editor->line.size;

    *from = mark < editor->point ? mark : editor->point;
    *to = mark < editor->point ? editor->point : mark;
}

void editor_kill_region(struct sh_editor *editor, int count)
{
    size_t from, to;

    (void)count;
    find_region(editor, &from, &to);
    editor_kill(editor, from, to);
}

static void copy(struct sh_editor *editor, size_t from, size_t to)
{
    if (from < to) keep(editor, from, to);
}

void editor_copy_region(struct sh_editor *editor, int count)
{
    size_t from, to;

    (void)count;
    find_region(editor, &from, &to);
    copy(editor, from, to);
}

void editor_copy_forward_word(struct sh_editor *editor, int count)
{
    size_t to = editor->point;

    for (; count > 0; count--) to = editor_word_forward(editor, to);
    copy(editor, editor->point, to);
}

void editor_copy_backward_word(struct sh_editor *editor, int count)
{
    size_t from = editor->point;

    for (; count > 0; count--) from = editor_word_backward(editor, from);
    copy(editor, from, editor->point);
}

/* --- putting back --- */

static void put_kill(struct sh_editor *editor)
{
    const struct buffer *kill = &editor->kills[editor->kill];

    if (kill->size == 0 || editor->line.size + kill->size > LINE_MAX_BYTES) {
        editor_bell(editor);
        editor->yank_size = 0;
        return;
    }
    editor_remember(editor, false);
    editor->mark = editor->yank_at = editor->point;
    editor->yank_size = kill->size;
    editor_replace(editor, editor->point, editor->point, kill->data, kill->size);
}

void editor_yank(struct sh_editor *editor, int count)
{
    (void)count;
    put_kill(editor);
}

void editor_yank_pop(struct sh_editor *editor, int count)
{
    size_t tries = KILL_RING;

    (void)count;
    if ((editor->before != SH_KEY_yank && editor->before != SH_KEY_yank_pop) || editor->yank_size == 0 ||
        editor->yank_at + editor->yank_size > editor->line.size) {
        editor_bell(editor);
        return;
    }
    do {
        editor->kill = (editor->kill + KILL_RING - 1) % KILL_RING;
    } while (editor->kills[editor->kill].size == 0 && --tries);
    editor_replace(editor, editor->yank_at, editor->yank_at + editor->yank_size, NULL, 0);
    put_kill(editor);
}
