/* select.c: the menu of select (bash 5.2 manual, "Conditional Constructs"). */
#include <stdio.h>

#include "shell/compound.h"
#include "shell/line_input.h"
#include "shell/parameter.h"
#include "shell/test_operators.h"

#define USUAL_COLUMNS 80
#define TAB           8

struct select {
    struct sh_frame frame;
    const struct sh_command *command;
    struct sh_word_list words;
    char *const *items;
    size_t count;
    struct sh_arguments *arguments; /* without "in": those of the beginning */
    struct sh_line_input input;
    struct sh_text line;
    bool escaped, shows; /* by a backslash; the menu comes before the next prompt */
};

enum { SELECT_EXPAND = 1, SELECT_ASK, SELECT_READ, SELECT_RAN };

static void leave(struct shell *shell, struct sh_frame *frame)
{
    struct select *select = (struct select *)frame;

    sh_expand_end(&select->words.expansion);
    if (select->arguments && --select->arguments->references == 0)
        memory_give(&shell->kernel->account, select->arguments, select->arguments->bytes);
    shell->loops--;
}

/* --- the menu --- */

static size_t digits_of(size_t number)
{
    size_t digits = 1;
    while (number >= 10) {
        number /= 10;
        digits++;
    }
    return digits;
}

static void put_blanks(struct buffer *out, size_t from, size_t to)
{
    while (from < to) {
        bool tab = to / TAB > from / TAB;
        buffer_put_byte(out, tab ? '\t' : ' ');
        from += tab ? TAB - from % TAB : 1;
    }
}

static size_t columns_of(struct shell *shell)
{
    struct sh_text_ref text = sh_get(shell, "COLUMNS");
    int64_t columns;

    if (text.size && sh_read_integer(text.data, &columns) && columns > 0) return (size_t)columns;
    return USUAL_COLUMNS;
}

/* In columns, read downwards. */
static void put_menu(struct shell *shell, const struct select *select)
{
    size_t count = select->count, width = 0, i, row, rows, columns, digits = digits_of(count);
    struct buffer *out = &shell->errors;

    for (i = 0; i < count; i++) {
        size_t length = sh_characters(select->items[i], strlen(select->items[i]));
        if (length > width) width = length;
    }
    width += digits + 4;
    columns = columns_of(shell) / width;
    if (columns == 0) columns = 1;
    rows = (count + columns - 1) / columns;
    if (rows == 1) rows = count; /* a single row is shown as a column */
    for (row = 0; row < rows; row++) {
        size_t place = 0, index = row;
        for (;;) {
            size_t wide = place == 0 ? digits_of(rows) : digits;
            const char *item = select->items[index];
            buffer_printf(out, "%*zu) %s", (int)wide, index + 1, item);
            index += rows;
            if (index >= count) break;
            put_blanks(out, place + wide + 2 + sh_characters(item, strlen(item)), place + width);
            place += width;
        }
        buffer_put_byte(out, '\n');
    }
}

/* --- the answer --- */

/* As read without options: 1 it is whole, 0 the end came first, UMBRA_EAGAIN. */
static int read_answer(struct shell *shell, struct select *select)
{
    char byte;
    int got;

    while ((got = sh_input_byte(shell, &select->input, &byte)) > 0) {
        bool escaped = select->escaped;
        select->escaped = !escaped && byte == '\\';
        if (byte == '\n' && !escaped) return 1;
        if (byte == '\0' || select->escaped || (escaped && byte == '\n')) continue;
        sh_text_byte(&select->line, byte);
        if (shell->process->arena.failed) break;
    }
    return got == UMBRA_EAGAIN ? got : 0;
}

static enum sh_step finish(struct shell *shell, int status)
{
    shell->status = status;
    return SH_RETURNS;
}

static enum sh_step take_answer(struct shell *shell, struct select *select)
{
    const char *answer, *item = "";
    int got = read_answer(shell, select);
    int64_t number;

    if (got == UMBRA_EAGAIN) return SH_LISTENS;
    sh_input_end(shell, &select->input);
    if (shell->process->arena.failed) {
        sh_out_of_memory(shell);
        return SH_RETURNS;
    }
    answer = sh_text_get(&select->line);
    if (!sh_set(shell, "REPLY", answer, select->line.size)) return finish(shell, 1);
    if (got == 0) {
        sh_put(shell, "\n", 1);
        return finish(shell, 1);
    }
    select->shows = select->line.size == 0;
    select->frame.stage = SELECT_ASK;
    if (select->shows) return SH_GOES_ON;
    if (sh_read_integer(answer, &number) && number >= 1 && (uint64_t)number <= select->count)
        item = select->items[number - 1];
    if (!sh_set_string(shell, select->command->of.each.name, item)) return finish(shell, 1);
    select->frame.stage = SELECT_RAN;
    sh_run_command(shell, select->command->of.each.body);
    return SH_GOES_ON;
}

static void ask(struct shell *shell, struct select *select)
{
    struct sh_text_ref prompt = sh_get(shell, "PS3");

    if (select->shows) put_menu(shell, select);
    select->shows = false;
    buffer_put_string(&shell->errors, prompt.data ? prompt.data : "#? ");
    select->line.size = 0;
    if (select->line.data) *select->line.data = '\0';
    select->escaped = false;
    sh_input_begin(shell, &select->input, 0, false);
}

/* --- the frame --- */

static enum sh_step expand(struct shell *shell, struct select *select)
{
    int result = sh_words_run(shell, &select->words);

    if (result < 0) return result == UMBRA_EAGAIN ? SH_WAITS : SH_RETURNS;
    select->items = select->words.fields.items;
    select->count = select->words.fields.count;
    if (select->arguments) {
        select->items = select->arguments->values;
        select->count = (size_t)select->arguments->count;
    }
    if (select->count == 0) return finish(shell, 0);
    sh_trace_each(shell, select->command);
    if (!sh_is_name(select->command->of.each.name, strlen(select->command->of.each.name))) {
        sh_error(shell, "`%s': not a valid identifier", select->command->of.each.name);
        return finish(shell, 1);
    }
    select->shows = true;
    select->frame.stage = SELECT_ASK;
    return SH_GOES_ON;
}

/* What break and continue do: true when the loop is to end. */
static bool take_unwind(struct shell *shell, struct select *select)
{
    bool ends = shell->unwind != SH_CONTINUES || shell->unwind_count > 1;

    if (shell->unwind_count > 1) {
        shell->unwind_count--; /* it is for a loop further out */
        select->frame.catches = 0;
    } else {
        shell->unwind = SH_NO_UNWIND;
    }
    return ends;
}

static enum sh_step step(struct shell *shell, struct sh_frame *frame)
{
    struct select *select = (struct select *)frame;
    struct sh_text_ref answer;

    if (shell->unwind && take_unwind(shell, select)) return SH_RETURNS;
    shell->line = select->command->line;
    switch (select->frame.stage) {
    case SELECT_EXPAND:
        return expand(shell, select);
    case SELECT_RAN: /* a body that empties REPLY gets the menu again */
        answer = sh_get(shell, "REPLY");
        select->shows = answer.data && answer.size == 0;
        select->frame.stage = SELECT_ASK;
        return SH_GOES_ON;
    case SELECT_ASK:
        ask(shell, select);
        select->frame.stage = SELECT_READ;
        return SH_GOES_ON;
    default:
        return take_answer(shell, select);
    }
}

void sh_run_select(struct shell *shell, const struct sh_command *command)
{
    struct select *select = sh_push(shell, sizeof *select, step, leave);

    if (select == NULL) return;
    shell->loops++;
    select->frame.catches = SH_BREAKS | SH_CONTINUES;
    select->frame.stage = SELECT_EXPAND;
    select->command = command;
    select->line.arena = &shell->process->arena;
    sh_words_begin(&select->words, command->of.each.words);
    if (command->of.each.has_in) return;
    select->arguments = shell->arguments;
    select->arguments->references++;
}
