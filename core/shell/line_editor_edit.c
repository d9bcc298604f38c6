/* line_editor_edit.c: moving about in the line, and changes that kill nothing. */
#include <string.h>

#include "base/characters.h"
#include "base/letters.h"
#include "base/utf8.h"
#include "shell/line_editor_internal.h"

/* --- characters: a code point with what combines with it, or a byte that is no UTF-8 --- */

static size_t code_length(const struct buffer *line, size_t at, uint32_t *code)
{
    size_t length = utf8_decode(line->data + at, line->size - at, code);

    if (length) return length;
    *code = 0xffffffff;
    return 1;
}

static bool combines(uint32_t code)
{
    return code >= 0x80 && code <= 0x10ffff && character_width(code) == 0;
}

size_t editor_next(const struct buffer *line, size_t at)
{
    uint32_t code;

    if (at >= line->size) return line->size;
    at += code_length(line, at, &code);
    while (at < line->size) {
        size_t length = code_length(line, at, &code);
        if (!combines(code)) break;
        at += length;
    }
    return at;
}

size_t editor_previous(const struct buffer *line, size_t at)
{
    while (at) {
        size_t start = at - 1;
        uint32_t code;
        while (start && at - start < 4 && ((unsigned char)line->data[start] & 0xc0) == 0x80) start--;
        if (start + code_length(line, start, &code) != at) start = at - 1;
        code_length(line, start, &code);
        at = start;
        if (!combines(code)) break;
    }
    return at;
}

static bool is_word(const struct buffer *line, size_t at)
{
    uint32_t code;
    code_length(line, at, &code);
    return letter_is(code, LETTER_ALNUM);
}

size_t editor_word_forward(const struct sh_editor *editor, size_t at)
{
    const struct buffer *line = &editor->line;

    while (at < line->size && !is_word(line, at)) at = editor_next(line, at);
    while (at < line->size && is_word(line, at)) at = editor_next(line, at);
    return at;
}

size_t editor_word_backward(const struct sh_editor *editor, size_t at)
{
    const struct buffer *line = &editor->line;

    while (at && !is_word(line, editor_previous(line, at))) at = editor_previous(line, at);
    while (at && is_word(line, editor_previous(line, at))) at = editor_previous(line, at);
    return at;
}

/* --- changing --- */

void editor_replace(struct sh_editor *editor, size_t from, size_t to, const char *text, size_t size)
{
    struct buffer *line = &editor->line;

    if (size > to - from && buffer_reserve(line, size - (to - from)) < 0) return;
    if (line->data == NULL) return;
    memmove(line->data + from + size, line->data + to, line->size - to);
    if (size) memcpy(line->data + from, text, size);
    line->size = line->size - (to - from) + size;
    line->data[line->size] = '\0';
    editor->point = from + size;
    if (editor->mark > line->size) editor->mark = line->size;
}

static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

void editor_insert_typed(struct sh_editor *editor, const char *text, size_t size)
{
    size_t end = editor->point, i;

    if (editor->line.size + size > LINE_MAX_BYTES) {
        editor_bell(editor);
        return;
    }
    if (begins_character(*text)) editor_remember(editor, true);
    for (i = 0; editor->overwrites && i < size; i++)
        if (begins_character(text[i])) end = editor_next(&editor->line, end);
    editor_replace(editor, editor->point, end, text, size);
}

/* --- moving --- */

void editor_beginning_of_line(struct sh_editor *editor, int count)
{
    (void)count;
    editor->point = 0;
}

void editor_end_of_line(struct sh_editor *editor, int count)
{
    (void)count;
    editor->point = editor->line.size;
}

static void move_characters(struct sh_editor *editor, int count)
{
    for (; count > 0 && editor->point < editor->line.size; count--)
        editor->point = editor_next(&editor->line, editor->point);
    for (; count < 0 && editor->point; count++) editor->point = editor_previous(&editor->line, editor->point);
    if (count) editor_bell(editor);
}

void editor_forward_char(struct sh_editor *editor, int count)
{
    move_characters(editor, count);
}

void editor_backward_char(struct sh_editor *editor, int count)
{
    move_characters(editor, -count);
}

static void move_words(struct sh_editor *editor, int count)
{
    for (; count > 0 && editor->point < editor->line.size; count--)
        editor->point = editor_word_forward(editor, editor->point);
    for (; count < 0 && editor->point; count++) editor->point = editor_word_backward(editor, editor->point);
}

void editor_forward_word(struct sh_editor *editor, int count)
{
    move_words(editor, count);
}

void editor_backward_word(struct sh_editor *editor, int count)
{
    move_words(editor, -count);
}

/* The words of the shell. */
void editor_shell_forward_word(struct sh_editor *editor, int count)
{
    size_t index, start, end;

    for (; count > 0; count--)
        for (index = 0; sh_history_word(editor->line.data, editor->line.size, index, &start, &end); index++)
            if (end > editor->point) {
                editor->point = end;
                break;
            }
}

void editor_shell_backward_word(struct sh_editor *editor, int count)
{
    size_t index, start, end, found;

    for (; count > 0; count--) {
        found = 0;
        for (index = 0; sh_history_word(editor->line.data, editor->line.size, index, &start, &end); index++)
            if (start < editor->point) found = start;
        editor->point = found;
    }
}

/* As many columns as the screen has. */
void editor_previous_screen_line(struct sh_editor *editor, int count)
{
    size_t columns = 0;

    for (; count > 0; count--)
        for (columns = editor->columns; columns && editor->point; columns--)
            editor->point = editor_previous(&editor->line, editor->point);
}

void editor_next_screen_line(struct sh_editor *editor, int count)
{
    size_t columns = 0;

    for (; count > 0; count--)
        for (columns = editor->columns; columns && editor->point < editor->line.size; columns--)
            editor->point = editor_next(&editor->line, editor->point);
}

void editor_set_mark(struct sh_editor *editor, int count)
{
    (void)count;
    editor->mark = editor->point;
}

void editor_exchange_point_and_mark(struct sh_editor *editor, int count)
{
    size_t mark = editor->mark;

    (void)count;
    editor->mark = editor->point;
    editor->point = mark < editor->line.size ? mark : editor->line.size;
}

/* --- C-] --- */

static void find_in_line(struct sh_editor *editor, int count, bool backward)
{
    if (count < 0) {
        backward = !backward;
        count = -count;
    }
    editor->finds_backward = backward;
    editor->finds_count = count;
    editor->mode = EDITOR_FINDS;
}

void editor_character_search(struct sh_editor *editor, int count)
{
    find_in_line(editor, count, false);
}

void editor_character_search_backward(struct sh_editor *editor, int count)
{
    find_in_line(editor, count, true);
}

void editor_find_byte(struct sh_editor *editor, char byte)
{
    const struct buffer *line = &editor->line;
    size_t at = editor->point;
    int count = editor->finds_count;

    while (count > 0) {
        if (editor->finds_backward ? at == 0 : at >= line->size) break;
        at = editor->finds_backward ? editor_previous(line, at) : editor_next(line, at);
        if (at < line->size && line->data[at] == byte) count--;
    }
    if (count || line->size == 0)
        editor_bell(editor);
    else
        editor->point = at;
}

/* --- deleting --- */

static void delete_characters(struct sh_editor *editor, int count)
{
    size_t from = editor->point, to = editor->point;

    for (; count > 0 && to < editor->line.size; count--) to = editor_next(&editor->line, to);
    for (; count < 0 && from; count++) from = editor_previous(&editor->line, from);
    if (from == to) {
        editor_bell(editor);
    } else if (editor->has_argument) {
        editor_kill(editor, from, to);
    } else {
        editor_remember(editor, false);
        editor_replace(editor, from, to, NULL, 0);
    }
}

void editor_delete_char(struct sh_editor *editor, int count)
{
    delete_characters(editor, count);
}

void editor_backward_delete_char(struct sh_editor *editor, int count)
{
    delete_characters(editor, -count);
}

void editor_delete_horizontal_space(struct sh_editor *editor, int count)
{
    size_t from = editor->point, to = editor->point;

    (void)count;
    while (from && strchr(" \t", editor->line.data[from - 1])) from--;
    while (to < editor->line.size && strchr(" \t", editor->line.data[to])) to++;
    if (from == to) return;
    editor_remember(editor, false);
    editor_replace(editor, from, to, NULL, 0);
}

/* --- transposing --- */

/* [a, b) and [c, d) change places. */
static void swap(struct sh_editor *editor, size_t a, size_t b, size_t c, size_t d)
{
    struct buffer text = {0};
    const char *data = editor->line.data;

    buffer_put(&text, data + c, d - c);
    buffer_put(&text, data + b, c - b);
    buffer_put(&text, data + a, b - a);
    if (!text.failed) {
        editor_remember(editor, false);
        editor_replace(editor, a, d, buffer_string(&text), text.size);
    }
    buffer_free(&text);
}

void editor_transpose_chars(struct sh_editor *editor, int count)
{
    size_t middle = editor->point, before, after;

    (void)count;
    if (middle == editor->line.size) middle = editor_previous(&editor->line, middle);
    before = editor_previous(&editor->line, middle);
    after = editor_next(&editor->line, middle);
    if (middle == 0 || after == middle)
        editor_bell(editor);
    else
        swap(editor, before, middle, middle, after);
}

void editor_transpose_words(struct sh_editor *editor, int count)
{
    size_t end = editor_word_forward(editor, editor->point), second, first, first_end;

    (void)count;
    second = editor_word_backward(editor, end);
    first = editor_word_backward(editor, second);
    first_end = editor_word_forward(editor, first);
    if (second == first || first_end > second)
        editor_bell(editor);
    else
        swap(editor, first, first_end, second, editor_word_forward(editor, second));
}

/* --- letters --- */

enum letter_change { TO_UPPER, TO_LOWER, TO_CAPITAL };

static void change_letters(struct sh_editor *editor, int count, enum letter_change change)
{
    size_t from = editor->point, to = editor->point, at, point = editor->point;
    struct buffer text = {0};
    bool within = false;

    for (; count > 0; count--) to = editor_word_forward(editor, to);
    for (; count < 0; count++) from = editor_word_backward(editor, from);
    for (at = from; at < to;) {
        uint32_t code;
        size_t length = code_length(&editor->line, at, &code);
        bool letter = letter_is(code, LETTER_ALNUM);
        if (code > 0x10ffff)
            buffer_put(&text, editor->line.data + at, length);
        else if (change == TO_UPPER || (change == TO_CAPITAL && !within))
            buffer_put_code(&text, letter_upper(code));
        else
            buffer_put_code(&text, letter_lower(code));
        within = letter;
        at += length;
    }
    if (!text.failed && to > from) {
        editor_remember(editor, false);
        editor_replace(editor, from, to, text.data, text.size);
        if (from < point) editor->point = point < editor->line.size ? point : editor->line.size;
    }
    buffer_free(&text);
}

void editor_upcase_word(struct sh_editor *editor, int count)
{
    change_letters(editor, count, TO_UPPER);
}

void editor_downcase_word(struct sh_editor *editor, int count)
{
    change_letters(editor, count, TO_LOWER);
}

void editor_capitalize_word(struct sh_editor *editor, int count)
{
    change_letters(editor, count, TO_CAPITAL);
}

/* --- the rest --- */

void editor_overwrite_mode(struct sh_editor *editor, int count)
{
    editor->overwrites = editor->has_argument ? count > 0 : !editor->overwrites;
}

void editor_quoted_insert(struct sh_editor *editor, int count)
{
    (void)count;
    editor->mode = EDITOR_QUOTES;
}

void editor_tab_insert(struct sh_editor *editor, int count)
{
    for (; count > 0; count--) editor_insert_typed(editor, "\t", 1);
}

void editor_insert_comment(struct sh_editor *editor, int count)
{
    const char *comment = sh_line_variable(editor->keymaps, "comment-begin");

    (void)count;
    editor_remember(editor, false);
    editor_replace(editor, 0, 0, comment, strlen(comment));
    editor_run(editor, SH_KEY_accept_line);
}
