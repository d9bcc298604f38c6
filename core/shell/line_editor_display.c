/* line_editor_display.c: what stands on the screen, and the fewest bytes that change it to what should stand
 * there. The terminal wraps at its last column and waits there, as those with "am" and "xenl" do
 * (terminfo(5)); sequences are those of ECMA-48: CUU, CUD, CUF, CUB, ED, EL. */
#include <string.h>

#include "base/characters.h"
#include "base/utf8.h"
#include "shell/line_editor_internal.h"

#define TAB 8

/* --- places --- */

/* Behind a character that takes so many columns. */
static void pass(struct place *place, unsigned columns, size_t width)
{
    if (width == 0) return;
    place->filled = false;
    if (place->column + width > columns) {
        place->row++;
        place->column = 0;
    }
    place->column += width;
    if (place->column >= columns) {
        place->row++;
        place->column = 0;
        place->filled = true;
    }
}

static void pass_newline(struct place *place)
{
    if (!place->filled) place->row++;
    place->column = 0;
    place->filled = false;
}

/* The length of an escape sequence: CSI up to its final byte, OSC up to BEL or ST, else two bytes. */
static size_t escape_length(const char *text, size_t size)
{
    size_t at = 2;

    if (size < 2) return size;
    if (text[1] == '[') {
        while (at < size && !((unsigned char)text[at] >= 0x40 && (unsigned char)text[at] < 0x7f)) at++;
        return at < size ? at + 1 : size;
    }
    if (text[1] != ']') return 2;
    while (at < size && text[at] != '\a' && !(text[at] == '\\' && text[at - 1] == ESCAPE)) at++;
    return at < size ? at + 1 : size;
}

static size_t width_at(const char *text, size_t size, size_t *length)
{
    uint32_t code;

    *length = utf8_decode(text, size, &code);
    if (*length == 0) {
        *length = 1;
        return 1;
    }
    return code < ' ' || code == DELETE ? 0 : (size_t)character_width(code);
}

/* Where the cursor is behind a prompt. */
static void pass_prompt(struct place *place, unsigned columns, const char *text, size_t size)
{
    size_t at = 0, length;
    bool hidden = false;

    while (at < size) {
        size_t width = 0;
        length = 1;
        if (text[at] == '\001' || text[at] == '\002') {
            hidden = text[at] == '\001';
        } else if (text[at] == ESCAPE) {
            length = escape_length(text + at, size - at);
        } else if (text[at] == '\r' && !hidden) {
            place->column = 0;
        } else {
            width = width_at(text + at, size - at, &length);
        }
        if (!hidden) pass(place, columns, width);
        at += length;
    }
}

size_t sh_columns_of(const char *text, size_t size)
{
    struct place place = {0};

    pass_prompt(&place, UINT32_MAX, text, size);
    return place.column;
}

static void put_prompt(struct buffer *out, const char *text, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        if (text[i] != '\001' && text[i] != '\002') buffer_put_byte(out, text[i]);
}

/* --- what should stand there --- */

/* The line as it is shown: control characters as ^X, bytes that are no UTF-8 as \377, tabs as blanks. */
static void put_visible(const struct sh_editor *editor, struct place place, struct buffer *out, size_t *point)
{
    const struct buffer *line = &editor->line;
    size_t at = 0, length;

    *point = 0;
    while (at < line->size) {
        unsigned char byte = (unsigned char)line->data[at];
        size_t before = out->size, width;
        uint32_t code;
        if (at <= editor->point) *point = before;
        length = utf8_decode(line->data + at, line->size - at, &code);
        if (byte == '\n') {
            buffer_put_byte(out, '\n');
            pass_newline(&place);
        } else if (byte == '\t') {
            for (width = TAB - place.column % TAB; width; width--) {
                buffer_put_byte(out, ' ');
                pass(&place, editor->columns, 1);
            }
        } else {
            if (byte < ' ' || byte == DELETE)
                buffer_printf(out, "^%c", byte ^ 0x40);
            else if (length == 0 || (code >= 0x80 && code < 0xa0))
                buffer_printf(out, "\\%03o", byte);
            else
                buffer_put(out, line->data + at, length);
            while (before < out->size) {
                size_t part;
                width = width_at(out->data + before, out->size - before, &part);
                pass(&place, editor->columns, width);
                before += part;
            }
        }
        if (length == 0 || (byte != '\n' && length > 1 && code < 0xa0)) length = 1;
        at += length;
    }
    if (editor->point >= line->size) *point = out->size;
}

/* --- moving the cursor --- */

static void put_move(struct buffer *out, size_t count, char final)
{
    if (count == 1)
        buffer_printf(out, "\033[%c", final);
    else if (count)
        buffer_printf(out, "\033[%zu%c", count, final);
}

static void go_to(struct sh_editor *editor, struct place to)
{
    struct place *from = &editor->cursor;

    if (to.row < from->row) put_move(&editor->out, from->row - to.row, 'A');
    if (to.row > from->row) put_move(&editor->out, to.row - from->row, 'B');
    if (to.column == 0 && from->column)
        buffer_put_byte(&editor->out, '\r');
    else if (to.column < from->column)
        put_move(&editor->out, from->column - to.column, 'D');
    else
        put_move(&editor->out, to.column - from->column, 'C');
    *from = to;
}

/* Writes what is shown from a byte on, where the cursor is. */
static void draw(struct sh_editor *editor, const char *text, size_t size)
{
    struct place *place = &editor->cursor;
    bool waits = false; /* the terminal, behind its last column */
    size_t at = 0, length;

    while (at < size) {
        if (text[at] == '\n') {
            if (!place->filled)
                buffer_put_string(&editor->out, "\033[K\n");
            else if (waits)
                buffer_put_string(&editor->out, "\n");
            waits = false;
            pass_newline(place);
            at++;
            continue;
        }
        size_t width = width_at(text + at, size - at, &length);
        if (width == 2 && place->column + 1 == editor->columns) buffer_put_string(&editor->out, "\033[K");
        buffer_put(&editor->out, text + at, length);
        pass(place, editor->columns, width);
        if (width) waits = place->filled;
        at += length;
    }
    if (waits) buffer_put_string(&editor->out, "\n");
}

/* Where a byte of what is shown stands. */
static struct place place_of(const struct sh_editor *editor, struct place place, const char *text,
                             size_t size)
{
    size_t at = 0, length;

    while (at < size) {
        size_t width;
        if (text[at] == '\n') {
            pass_newline(&place);
            at++;
            continue;
        }
        width = width_at(text + at, size - at, &length);
        pass(&place, editor->columns, width);
        at += length;
    }
    return place;
}

/* Whether what stands at a byte belongs to the character before. */
static bool joins(const struct buffer *text, size_t at)
{
    unsigned char byte = at < text->size ? (unsigned char)text->data[at] : 0;
    size_t length;

    if (byte < 0x80) return false;
    return (byte & 0xc0) == 0x80 || width_at(text->data + at, text->size - at, &length) == 0;
}

/* Bytes that both begin with, up to a character that stands by itself. */
static size_t common(const struct buffer *a, const struct buffer *b)
{
    size_t at = 0;

    while (at < a->size && at < b->size && a->data[at] == b->data[at]) at++;
    while (at && (joins(a, at) || joins(b, at))) at--;
    return at;
}

/* --- showing --- */

void editor_redraw_here(struct sh_editor *editor)
{
    editor->drawn = false;
}

static void begin_drawing(struct sh_editor *editor, const struct buffer *prompt, struct place *start)
{
    editor->cursor = (struct place){0};
    if (editor->fresh) put_prompt(&editor->out, editor->prompt_head.data, editor->prompt_head.size);
    editor->fresh = false;
    put_prompt(&editor->out, prompt->data, prompt->size);
    pass_prompt(&editor->cursor, editor->columns, prompt->data, prompt->size);
    if (editor->cursor.filled) buffer_put_string(&editor->out, "\n");
    *start = editor->cursor;
}

static bool same(const struct buffer *a, const struct buffer *b)
{
    return a->size == b->size && memcmp(buffer_string(a), buffer_string(b), a->size) == 0;
}

static void put_current_prompt(const struct sh_editor *editor, struct buffer *prompt)
{
    if (editor->mode == EDITOR_SEARCHES || editor->mode == EDITOR_READS)
        editor_put_search_prompt(editor, prompt);
    else
        buffer_put(prompt, editor->prompt.data, editor->prompt.size);
}

/* Whether the prompt must be drawn too. A mark without a letter of its own, at the beginning of the line,
 * stands on the prompt's last letter and goes away only with it. */
static bool needs_prompt(const struct sh_editor *editor, const struct buffer *prompt,
                         const struct buffer *visible)
{
    if (!editor->drawn || !same(prompt, &editor->shown_prompt)) return true;
    return common(&editor->shown, visible) == 0 && !same(&editor->shown, visible) &&
           (joins(&editor->shown, 0) || joins(visible, 0));
}

static void update(struct sh_editor *editor, struct buffer *prompt, struct buffer *visible, size_t point)
{
    struct place start = {0}, end;
    size_t from = 0;

    pass_prompt(&start, editor->columns, prompt->data, prompt->size);
    if (needs_prompt(editor, prompt, visible)) {
        bool below = editor->drawn;
        if (below) {
            go_to(editor, (struct place){0});
            buffer_put_string(&editor->out, "\033[J");
        }
        begin_drawing(editor, prompt, &start);
        editor->end = start;
        buffer_clear(&editor->shown);
    } else {
        from = common(&editor->shown, visible);
    }
    if (from < visible->size || from < editor->shown.size) {
        go_to(editor, place_of(editor, start, buffer_string(visible), from));
        draw(editor, buffer_string(visible) + from, visible->size - from);
        end = editor->cursor;
        if (end.row < editor->end.row || (end.row == editor->end.row && end.column < editor->end.column))
            buffer_put_string(&editor->out, "\033[J");
        editor->end = end;
    }
    go_to(editor, place_of(editor, start, buffer_string(visible), point));
    editor->drawn = true;
}

void sh_editor_show(struct sh_editor *editor)
{
    struct buffer prompt = {0}, visible = {0};
    struct place start = {0};
    size_t point;

    if (editor->mode == EDITOR_QUERIES) return;
    if (editor->before == SH_KEY_self_insert && utf8_pending(editor->line.data, editor->point))
        return; /* a character is not whole yet */
    put_current_prompt(editor, &prompt);
    pass_prompt(&start, editor->columns, prompt.data, prompt.size);
    put_visible(editor, start, &visible, &point);
    if (editor->mode == EDITOR_READS) {
        buffer_clear(&visible);
        point = 0;
    }
    if (!prompt.failed && !visible.failed) {
        update(editor, &prompt, &visible, point);
        buffer_free(&editor->shown);
        buffer_free(&editor->shown_prompt);
        editor->shown = visible;
        editor->shown_prompt = prompt;
        editor->shown_point = point;
        return;
    }
    buffer_free(&prompt);
    buffer_free(&visible);
}

void editor_leave_line(struct sh_editor *editor, const char *mark)
{
    size_t point = editor->point;

    if (editor->mode != EDITOR_QUERIES) {
        editor->point = editor->line.size;
        sh_editor_show(editor);
        editor->point = point;
    }
    buffer_put_string(&editor->out, mark);
    if (*mark || editor->cursor.column || !editor->cursor.filled) buffer_put_string(&editor->out, "\n");
    editor_redraw_here(editor);
}

/* Terminals wrap anew what stands on them: where the cursor is then follows from the new width. */
void sh_editor_resize(struct sh_editor *editor, unsigned columns, unsigned rows)
{
    struct place start = {0};

    if (columns == 0) columns = 80;
    if (columns == editor->columns) {
        editor->rows = rows;
        return;
    }
    editor->columns = columns;
    editor->rows = rows;
    if (!editor->drawn) return;
    pass_prompt(&start, columns, editor->shown_prompt.data, editor->shown_prompt.size);
    editor->cursor = place_of(editor, start, buffer_string(&editor->shown), editor->shown_point);
    go_to(editor, (struct place){0});
    buffer_put_string(&editor->out, "\r\033[J");
    editor_redraw_here(editor);
    sh_editor_show(editor);
}

static void clear(struct sh_editor *editor, const char *how)
{
    buffer_put_string(&editor->out, how);
    editor->fresh = true;
    editor_redraw_here(editor);
}

void editor_clear_screen(struct sh_editor *editor, int count)
{
    (void)count;
    clear(editor, "\033[H\033[2J");
}

void editor_clear_display(struct sh_editor *editor, int count)
{
    (void)count;
    clear(editor, "\033[H\033[2J\033[3J");
}

void sh_editor_erase(struct sh_editor *editor)
{
    if (editor->drawn) go_to(editor, (struct place){0});
    buffer_put_string(&editor->out, "\r\033[J");
    editor_redraw_here(editor);
}

void editor_redraw_current_line(struct sh_editor *editor, int count)
{
    (void)count;
    sh_editor_erase(editor);
}
