/* fold: long lines in pieces. POSIX.1-2017 fold; columns are bytes, as in GNU coreutils 9.1. */
#include <string.h>

#include "cmd/command.h"

static const char help[] = "Usage: fold [OPTION]... [FILE]...\n"
                           "Break the lines of each FILE so that they have at most 80 columns.\n"
                           "\n"
                           "  -b, --bytes        bytes, whatever they do to the column\n"
                           "  -s, --spaces       break behind blanks\n"
                           "  -w, --width=WIDTH  WIDTH columns instead of 80\n"
                           "      --help         this text\n"
                           "      --version      the version\n";

static const struct cmd_option options[] = {{'b', "bytes", CMD_NOTHING},
                                            {'s', "spaces", CMD_NOTHING},
                                            {'w', "width", CMD_VALUE},
                                            {'0', NULL, CMD_VALUE}, /* -40 */
                                            {0}};

struct fold {
    struct cmd_base base;
    struct cmd_input input;
    bool bytes, spaces;
    int64_t width, column;
    struct buffer piece; /* that is not written yet */
    bool failed;         /* there was no memory for it */
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct fold *fold = process->state;

    fold->bytes |= letter == 'b';
    fold->spaces |= letter == 's';
    if (letter != 'w' && letter != '0') return true;
    if (!cmd_integer(value, &fold->width)) {
        cmd_error(process, "invalid number of columns: %s", cmd_quote(process, value));
        return false;
    }
    if (fold->width > 0 && fold->width < INT64_MAX - 16) return true;
    cmd_error(process, "invalid number of columns: %s: Numerical result out of range",
              cmd_quote(process, value));
    return false;
}

static int64_t next_column(const struct fold *fold, int64_t column, char byte)
{
    if (fold->bytes) return column + 1;
    if (byte == '\b') return column > 0 ? column - 1 : 0;
    if (byte == '\r') return 0;
    if (byte == '\t') return column + 8 - column % 8;
    return column + 1;
}

static void put_piece(struct k_process *process, struct fold *fold)
{
    fold->failed |= fold->piece.failed;
    cmd_put(process, fold->piece.data, fold->piece.size);
    buffer_clear(&fold->piece);
    fold->column = 0;
}

/* Writes the piece up to its last blank, and keeps the rest; false when there is none. */
static bool break_at_blank(struct k_process *process, struct fold *fold)
{
    size_t end = fold->piece.size, i;

    while (end && fold->piece.data[end - 1] != ' ' && fold->piece.data[end - 1] != '\t') end--;
    if (end == 0) return false;
    cmd_put(process, fold->piece.data, end);
    cmd_put_byte(process, '\n');
    buffer_consume(&fold->piece, end);
    for (fold->column = 0, i = 0; i < fold->piece.size; i++)
        fold->column = next_column(fold, fold->column, fold->piece.data[i]);
    return true;
}

static void take_byte(struct k_process *process, struct fold *fold, char byte)
{
    if (byte == '\n') {
        put_piece(process, fold);
        cmd_put_byte(process, '\n');
        return;
    }
    while (next_column(fold, fold->column, byte) > fold->width) {
        if (fold->spaces && break_at_blank(process, fold)) continue;
        if (fold->piece.size == 0) break; /* a tab in lines that are shorter than it is wide */
        put_piece(process, fold);
        cmd_put_byte(process, '\n');
    }
    fold->column = next_column(fold, fold->column, byte);
    buffer_put_byte(&fold->piece, byte);
}

/* A part of what was read: what one step may take. */
static void take_some(struct k_process *process, struct fold *fold)
{
    struct cmd_input *input = &fold->input;
    size_t stop = input->end - input->at > 4096 ? input->at + 4096 : input->end;

    while (input->at < stop) take_byte(process, fold, input->bytes[input->at++]);
    fold->failed |= fold->piece.failed;
    k_charge(process, 4096);
}

static enum k_progress fold_run(struct k_process *process)
{
    struct fold *fold = process->state;
    int64_t got;

    CO_BEGIN(process);
    fold->width = 80;
    CMD_OPTIONS(process, options, 0, take_option, 1);
    while (cmd_open_next(process, &fold->input, process->argc - 1) > 0) {
        for (;;) {
            CO_AWAIT(process, got, cmd_fill(process, &fold->input));
            if (got <= 0) break;
            while (fold->input.at < fold->input.end) {
                take_some(process, fold);
                CMD_RELIEVE(process);
            }
            if (fold->failed) {
                cmd_out_of_memory(process);
                goto done;
            }
        }
        put_piece(process, fold);
    }
done:
    CMD_END(process);
}

static void fold_end(struct k_process *process)
{
    buffer_free(&((struct fold *)process->state)->piece);
    cmd_end(process);
}

CMD_PROGRAM_ENDING(fold, struct fold, fold_run, fold_end, help);
