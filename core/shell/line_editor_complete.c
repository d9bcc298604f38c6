/* line_editor_complete.c: what is done with the words that a word could become. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/letters.h"
#include "base/utf8.h"
#include "shell/line_editor_internal.h"

/* --- matches --- */

bool sh_matches_add(struct sh_matches *matches, const char *text, size_t size, char suffix)
{
    char *copy;

    if (matches->count == matches->capacity) {
        size_t capacity = 2 * matches->capacity + 32;
        struct sh_match_text *items = realloc(matches->items, capacity * sizeof *items);
        if (items == NULL) return false;
        matches->items = items;
        matches->capacity = capacity;
    }
    copy = malloc(size + 1);
    if (copy == NULL) return false;
    if (size) memcpy(copy, text, size);
    copy[size] = '\0';
    matches->items[matches->count++] = (struct sh_match_text){.text = copy, .size = size, .suffix = suffix};
    return true;
}

void sh_matches_free(struct sh_matches *matches)
{
    while (matches->count) free(matches->items[--matches->count].text);
    free(matches->items);
    *matches = (struct sh_matches){0};
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct sh_match_text *)a)->text, ((const struct sh_match_text *)b)->text);
}

void sh_matches_sort(struct sh_matches *matches)
{
    size_t i, kept = 0;

    if (matches->count < 2) return;
    qsort(matches->items, matches->count, sizeof *matches->items, compare);
    for (i = 1; i < matches->count; i++) {
        if (strcmp(matches->items[kept].text, matches->items[i].text) == 0)
            free(matches->items[i].text);
        else
            matches->items[++kept] = matches->items[i];
    }
    matches->count = kept + 1;
}

/* --- quoting --- */

static void put_bare(struct buffer *out, const char *text, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        if (text[i] == '\n') {
            buffer_put_string(out, "$'\\n'");
            continue;
        }
        if (strchr(" \t\\'\"`$&|;()<>*?[]{}!", text[i]) || (i == 0 && strchr("#~", text[i])))
            buffer_put_byte(out, '\\');
        buffer_put_byte(out, text[i]);
    }
}

static void put_quoted(const struct sh_matches *matches, struct buffer *out, const char *text, size_t size)
{
    size_t i;

    if (matches->plain || (!matches->files && matches->quote == 0)) {
        buffer_put(out, text, size);
    } else if (matches->quote == 0) {
        put_bare(out, text, size);
    } else {
        for (i = 0; i < size; i++) {
            if (matches->quote == '\'' && text[i] == '\'')
                buffer_put_string(out, "'\\'");
            else if (matches->quote == '"' && strchr("\"\\$`", text[i]))
                buffer_put_byte(out, '\\');
            buffer_put_byte(out, text[i]);
        }
    }
}

/* --- inserting --- */

static bool equal_letters(const struct sh_editor *editor, char a, char b)
{
    if (a == b) return true;
    return sh_line_variable_is_on(editor->keymaps, "completion-ignore-case") &&
           letter_lower((unsigned char)a) == letter_lower((unsigned char)b) && (unsigned char)a < 0x80;
}

static size_t common_size(const struct sh_editor *editor, const struct sh_matches *matches)
{
    const struct sh_match_text *first = &matches->items[0];
    size_t size = first->size, i, at;

    for (i = 1; i < matches->count; i++) {
        const struct sh_match_text *other = &matches->items[i];
        for (at = 0;
             at < size && at < other->size && equal_letters(editor, first->text[at], other->text[at]);)
            at++;
        size = at;
    }
    return matches->count > 1 ? utf8_floor(first->text, size) : size;
}

/* Puts the common beginning, or all of the only match. True: the line is another one now. */
static bool insert(struct sh_editor *editor, const struct sh_matches *matches)
{
    const struct sh_match_text *first = &matches->items[0];
    size_t size = common_size(editor, matches), before = editor->line.size, start = matches->start;
    struct buffer text = {0};
    bool changed;

    put_quoted(matches, &text, first->text, size);
    if (matches->count == 1) {
        bool directory = first->suffix == '/';
        char next = (char)(matches->end < before ? editor->line.data[matches->end] : '\0');
        if (matches->quote && first->suffix && !directory && next != matches->quote)
            buffer_put_byte(&text, matches->quote);
        if (first->suffix && (!directory || sh_line_variable_is_on(editor->keymaps, "mark-directories")) &&
            next != first->suffix)
            buffer_put_byte(&text, first->suffix);
    }
    changed = text.size != matches->end - start ||
              memcmp(buffer_string(&text), editor->line.data + start, text.size) != 0;
    /* what is less than the word (other letters of another case) is no progress */
    if (matches->count > 1 && text.size < matches->end - start) changed = false;
    if (changed && !text.failed) {
        editor_remember(editor, false);
        editor_replace(editor, start, matches->end, text.data, text.size);
    }
    buffer_free(&text);
    return changed;
}

static void insert_all(struct sh_editor *editor, const struct sh_matches *matches)
{
    struct buffer text = {0};
    size_t i;

    for (i = 0; i < matches->count; i++) {
        put_quoted(matches, &text, matches->items[i].text, matches->items[i].size);
        buffer_put_byte(&text, ' ');
    }
    if (!text.failed && editor->line.size + text.size <= LINE_MAX_BYTES) {
        editor_remember(editor, false);
        editor_replace(editor, matches->start, matches->end, text.data, text.size);
    }
    buffer_free(&text);
}

/* --- listing --- */

static size_t item_width(const struct sh_match_text *item)
{
    return sh_columns_of(item->text + item->shown, item->size - item->shown) + (item->marked ? 1 : 0);
}

static void put_item(struct buffer *out, const struct sh_match_text *item, size_t width)
{
    size_t i, used = item_width(item);

    for (i = item->shown; i < item->size; i++) {
        unsigned char byte = (unsigned char)item->text[i];
        buffer_put_byte(out, (char)(byte < ' ' || byte == DELETE ? '?' : byte));
    }
    if (item->marked) buffer_put_byte(out, item->suffix);
    for (; used < width; used++) buffer_put_byte(out, ' ');
}

/* In columns, read downwards (or along the rows). */
static void put_list(struct sh_editor *editor, const struct sh_matches *matches)
{
    bool along = sh_line_variable_is_on(editor->keymaps, "print-completions-horizontally");
    size_t width = 0, columns, rows, row, column, i;

    for (i = 0; i < matches->count; i++)
        if (item_width(&matches->items[i]) > width) width = item_width(&matches->items[i]);
    width += 2;
    columns = editor->columns / width;
    if (columns == 0) columns = 1;
    rows = (matches->count + columns - 1) / columns;
    for (row = 0; row < rows; row++) {
        for (column = 0; column < columns; column++) {
            size_t index = along ? row * columns + column : column * rows + row;
            bool last = column + 1 == columns || (along ? index + 1 : index + rows) >= matches->count;
            if (index >= matches->count) break;
            put_item(&editor->out, &matches->items[index], last ? 0 : width);
            if (last) break;
        }
        buffer_put_string(&editor->out, "\n");
    }
}

static void list(struct sh_editor *editor, struct sh_matches *matches)
{
    size_t most = (size_t)strtoul(sh_line_variable(editor->keymaps, "completion-query-items"), NULL, 10);

    editor_leave_line(editor, "");
    if (most && matches->count > most) {
        buffer_printf(&editor->out, "Display all %zu possibilities? (y or n)", matches->count);
        sh_matches_free(&editor->list);
        editor->list = *matches;
        *matches = (struct sh_matches){0};
        editor->mode = EDITOR_QUERIES;
        return;
    }
    put_list(editor, matches);
}

void editor_answer(struct sh_editor *editor, char byte)
{
    bool yes = byte != '\0' && strchr("yY \t", byte) != NULL;

    if (!yes && (byte == '\0' || !strchr("nN\177\a", byte))) {
        editor_bell(editor);
        return;
    }
    buffer_put_string(&editor->out, "\n");
    editor->mode = EDITOR_PLAIN;
    if (yes) put_list(editor, &editor->list);
    sh_matches_free(&editor->list);
}

void sh_editor_complete(struct sh_editor *editor, struct sh_matches *matches)
{
    bool lists = editor->function == SH_KEY_possible_completions ||
                 editor->function == SH_KEY_possible_command_completions ||
                 editor->function == SH_KEY_possible_filename_completions ||
                 editor->function == SH_KEY_possible_variable_completions;
    bool again = editor->repeated;

    editor->repeated = false;
    if (matches->start > matches->end || matches->end > editor->line.size) matches->count = 0;
    if (matches->count == 0) {
        editor_bell(editor);
    } else if (lists) {
        list(editor, matches);
    } else if (editor->function == SH_KEY_insert_completions) {
        insert_all(editor, matches);
    } else {
        bool changed = insert(editor, matches), ambiguous = matches->count > 1;
        editor->repeated = ambiguous;
        if (ambiguous &&
            (sh_line_variable_is_on(editor->keymaps, "show-all-if-ambiguous") ||
             (!changed && (again || sh_line_variable_is_on(editor->keymaps, "show-all-if-unmodified")))))
            list(editor, matches);
        else if (ambiguous)
            editor_bell(editor);
    }
    sh_matches_free(matches);
}
