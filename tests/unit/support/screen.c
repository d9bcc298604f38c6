#include "screen.h"

#include <stdlib.h>
#include <string.h>

#include "base/characters.h"
#include "base/utf8.h"

void screen_open(struct screen *screen, unsigned columns, unsigned rows)
{
    *screen = (struct screen){.columns = columns, .rows = rows};
    screen->cells = calloc((size_t)columns * rows, sizeof *screen->cells);
    if (screen->cells == NULL) abort();
}

void screen_close(struct screen *screen)
{
    free(screen->cells);
    buffer_free(&screen->pending);
}

static struct screen_cell *cell(const struct screen *screen, unsigned row, unsigned column)
{
    return &screen->cells[(size_t)row * screen->columns + column];
}

static void erase(struct screen *screen, unsigned row, unsigned from)
{
    if (from < screen->columns)
        memset(cell(screen, row, from), 0, (screen->columns - from) * sizeof *screen->cells);
}

static void next_row(struct screen *screen)
{
    screen->column = 0;
    screen->waits = false;
    if (++screen->row < screen->rows) return;
    screen->row = screen->rows - 1;
    screen->scrolled++;
    memmove(screen->cells, cell(screen, 1, 0),
            (size_t)(screen->rows - 1) * screen->columns * sizeof *screen->cells);
    erase(screen, screen->row, 0);
}

static void put(struct screen *screen, const char *text, size_t length, unsigned width)
{
    struct screen_cell *at;

    if (width == 0) { /* it combines with the character before */
        unsigned column = screen->waits || screen->column == 0 ? screen->column : screen->column - 1;
        while (column && cell(screen, screen->row, column)->text[0] == '\0') column--;
        at = cell(screen, screen->row, column);
        if (strlen(at->text) + length < sizeof at->text) strncat(at->text, text, length);
        return;
    }
    if (screen->waits || screen->column + width > screen->columns) next_row(screen);
    at = cell(screen, screen->row, screen->column);
    memset(at, 0, width * sizeof *at);
    memcpy(at->text, text, length);
    screen->column += width;
    if (screen->column < screen->columns) return;
    screen->column = screen->columns - 1;
    screen->waits = true;
}

static void move(struct screen *screen, char final, unsigned count)
{
    screen->waits = false;
    if (final == 'A') screen->row = screen->row > count ? screen->row - count : 0;
    if (final == 'B')
        screen->row = screen->row + count < screen->rows ? screen->row + count : screen->rows - 1;
    if (final == 'C')
        screen->column =
            screen->column + count < screen->columns ? screen->column + count : screen->columns - 1;
    if (final == 'D') screen->column = screen->column > count ? screen->column - count : 0;
}

static void erase_display(struct screen *screen, unsigned how)
{
    unsigned row;

    erase(screen, how ? 0 : screen->row, how ? 0 : screen->column);
    for (row = how ? 0 : screen->row + 1; row < screen->rows; row++) erase(screen, row, 0);
}

static void control(struct screen *screen, const char *text, char final)
{
    unsigned count = (unsigned)strtoul(text, NULL, 10);

    if (final == 'm' || *text == '?') return;
    if (strchr("ABCD", final)) {
        move(screen, final, count ? count : 1);
    } else if (final == 'K' && count == 0) {
        erase(screen, screen->row, screen->column + (screen->waits ? 1 : 0));
    } else if (final == 'J') {
        erase_display(screen, count);
    } else if (final == 'H' && count == 0) {
        screen->row = screen->column = 0;
        screen->waits = false;
    } else {
        screen->unknown++;
    }
}

/* The bytes that were taken; 0: more are needed. */
static size_t take(struct screen *screen, const char *text, size_t size)
{
    uint32_t code;
    size_t length;

    if (*text == '\033') {
        for (length = 2; length < size && !(text[length] >= 0x40 && text[length] < 0x7f);) length++;
        if (length >= size) return 0;
        if (text[1] == '[')
            control(screen, text + 2, text[length]);
        else
            screen->unknown++;
        return length + 1;
    }
    if (utf8_pending(text, size) == size) return 0;
    length = utf8_decode(text, size, &code);
    if (length == 0 || (code < ' ' && !strchr("\n\r\b\a", (char)code)) || code == 0) {
        screen->unknown++;
        return 1;
    }
    if (code == '\n') next_row(screen);
    if (code == '\r') screen->column = 0;
    if (code == '\b' && screen->column) screen->column--;
    if (code == '\r' || code == '\b') screen->waits = false;
    if (code == '\a') screen->bells++;
    if (code >= ' ') put(screen, text, length, (unsigned)character_width(code));
    return length;
}

void screen_write(struct screen *screen, const char *text, size_t size)
{
    size_t at = 0, taken;

    buffer_put(&screen->pending, text, size);
    while (at < screen->pending.size &&
           (taken = take(screen, screen->pending.data + at, screen->pending.size - at)) > 0)
        at += taken;
    buffer_consume(&screen->pending, at);
}

char *screen_text(const struct screen *screen, bool marked)
{
    struct buffer text = {0};
    size_t kept = 0;
    unsigned row, column;

    for (row = 0; row < screen->rows; row++) {
        size_t end = text.size;
        for (column = 0; column < screen->columns; column++) {
            const struct screen_cell *at = cell(screen, row, column);
            bool here = row == screen->row && column == screen->column && !screen->waits;
            bool behind_wide = at->text[0] == '\0' && column && cell(screen, row, column - 1)->text[0] &&
                               (unsigned char)cell(screen, row, column - 1)->text[0] >= 0x80;
            if (marked && here) {
                buffer_put_byte(&text, '|');
                end = text.size;
            }
            if (at->text[0])
                buffer_put_string(&text, at->text);
            else if (!behind_wide)
                buffer_put_byte(&text, ' ');
            if (at->text[0] && at->text[0] != ' ') end = text.size;
        }
        if (marked && row == screen->row && screen->waits) {
            buffer_put_byte(&text, '|');
            end = text.size;
        }
        text.size = end;
        if (text.size > kept) kept = text.size;
        buffer_put_byte(&text, '\n');
        if (end > 0 && text.data[end - 1] != '\n') kept = end;
    }
    text.size = kept;
    while (text.size && text.data[text.size - 1] == '\n') text.size--;
    buffer_put_byte(&text, '\0');
    return buffer_take(&text);
}
