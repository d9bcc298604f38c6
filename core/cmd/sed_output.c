#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "cmd/sed.h"

static void put(struct k_process *process, struct sed_output_file *file, const char *text, size_t length)
{
    if (file == NULL || file->number == 1)
        cmd_put(process, text, length);
    else if (file->number != 2)
        buffer_put(&file->pending, text, length);
    else
        cmd_put_error_bytes(process, text, length);
}

/* The newline that the last line of an input did not have, when there is more to come. */
static void end_last(struct k_process *process, struct sed *sed, struct sed_output_file *file)
{
    bool *missing = file && file->number != 1 ? &file->missing_newline : &sed->missing_newline;

    if (*missing) put(process, file, &sed->end_of_line, 1);
    *missing = false;
}

void sed_put_line(struct k_process *process, struct sed *sed, struct sed_output_file *file, const char *text,
                  size_t length, bool newline)
{
    end_last(process, sed, file);
    put(process, file, text, length);
    if (newline)
        put(process, file, &sed->end_of_line, 1);
    else if (file && file->number != 1)
        file->missing_newline = true;
    else
        sed->missing_newline = true;
}

void sed_put_text(struct k_process *process, struct sed *sed, const char *text, size_t length)
{
    if (length == 0) return;
    end_last(process, sed, NULL);
    cmd_put(process, text, length);
}

void sed_put_visible(struct k_process *process, struct sed *sed, uint64_t width)
{
    static const char letters[] = "\a\b\f\n\r\t\v\\", names[] = "abfnrtv\\";
    const struct buffer *space = &sed->space;
    uint64_t column = 0;
    size_t at, length, step;

    end_last(process, sed, NULL);
    for (at = 0; at < space->size; at += step) {
        unsigned char byte = (unsigned char)space->data[at];
        const char *letter = byte ? strchr(letters, byte) : NULL;
        char text[8];
        step = 1;
        if (letter) {
            length = (size_t)snprintf(text, sizeof text, "\\%c", names[letter - letters]);
        } else if (byte >= ' ' && byte < 0x7f) {
            text[0] = (char)byte;
            length = 1;
        } else {
            length = (size_t)snprintf(text, sizeof text, "\\%03o", byte);
        }
        if (width && column + length > width - 1) {
            cmd_put_string(process, "\\\n");
            column = 0;
        }
        cmd_put(process, text, length);
        column += length;
    }
    cmd_put_string(process, "$\n");
}

/* --- what comes at the end of a cycle --- */

bool sed_append_text(struct k_process *process, struct sed *sed, const struct sed_append *append)
{
    struct sed_append *copy;

    if (sed->append_arena.account == NULL) arena_init(&sed->append_arena, &process->account);
    copy = arena_take(&sed->append_arena, sizeof *copy);
    if (copy == NULL) return false;
    *copy = *append;
    copy->next = NULL;
    if (append->line) {
        copy->text = arena_copy(&sed->append_arena, append->text, append->length);
        if (copy->text == NULL) return false;
    }
    if (sed->appends == NULL) sed->appends_end = &sed->appends;
    *sed->appends_end = copy;
    sed->appends_end = &copy->next;
    return true;
}

/* Awaited: copies the file of r. */
static int put_file(struct k_process *process, struct sed *sed, const char *name)
{
    struct cmd_input *input = &sed->reading;
    int64_t got;

    if (!sed->reading_open) {
        if (cmd_open_input(process, input, strcmp(name, "/dev/stdin") == 0 ? "-" : name) < 0) return 1;
        sed->reading_open = true;
    }
    while ((got = cmd_fill(process, input)) != 0) {
        if (got == UMBRA_EAGAIN) return UMBRA_EAGAIN;
        if (got < 0) break;
        sed_put_text(process, sed, input->bytes + input->at, input->end - input->at);
        input->at = input->end;
        if (cmd_is_full(process))
            return cmd_write_out(process) == UMBRA_EAGAIN ? UMBRA_EAGAIN : cmd_again(process);
    }
    cmd_close_input(process, input);
    sed->reading_open = false;
    return 1;
}

int sed_put_appends(struct k_process *process, struct sed *sed)
{
    for (; sed->appends; sed->appends = sed->appends->next) {
        const struct sed_append *append = sed->appends;
        if (append->file) {
            int result = put_file(process, sed, append->file);
            if (result == UMBRA_EAGAIN) return result;
        } else {
            sed_put_text(process, sed, append->text, append->length);
        }
    }
    if (sed->append_arena.account) arena_release(&sed->append_arena, (struct arena_mark){0});
    return 1;
}

/* --- files of w --- */

int sed_flush_files(struct k_process *process, struct sed *sed)
{
    struct sed_output_file *file;

    for (file = sed->outputs; file; file = file->next) {
        while (file->pending.size) {
            int64_t put_now = k_write(process, file->number, file->pending.data, file->pending.size);
            if (put_now == UMBRA_EAGAIN) return UMBRA_EAGAIN;
            if (put_now < 0) {
                cmd_error(process, "couldn't write %zu items to %s: %s", file->pending.size, file->name,
                          k_error_text((int)put_now));
                sed->base.status = 4;
                buffer_clear(&file->pending);
                break;
            }
            buffer_consume(&file->pending, (size_t)put_now);
        }
    }
    return 1;
}
