#include <stdio.h>
#include <string.h>

#include "cmd/sed.h"

/* --- addresses --- */

/* Awaited: 1, 0, or an error. */
static int matches_one(struct k_process *process, struct sed *sed, const struct sed_address *address)
{
    switch (address->kind) {
    case SED_LINE:
        return sed->line_number == address->number;
    case SED_STEP:
        return sed->line_number >= address->number &&
               (sed->line_number - address->number) % address->step == 0;
    case SED_LAST:
        return sed_is_last(process, sed);
    case SED_REGEX:
        k_charge(process, sed->space.size);
        return sed_search(process, sed, address->regex, sed->space.data, sed->space.size, 0, NULL, 0);
    default:
        return 0; /* 0 of 0,/re/, which is no line */
    }
}

/* Whether a range that begins with this line goes on behind it, and to where. */
static bool begin_range(const struct sed *sed, struct sed_command *command)
{
    const struct sed_address *second = &command->second;

    switch (second->kind) {
    case SED_LINE:
        command->end = second->number;
        break;
    case SED_MORE:
        command->end = sed->line_number + second->number;
        break;
    case SED_MULTIPLE:
        command->end = second->number
                           ? (sed->line_number + second->number - 1) / second->number * second->number
                           : sed->line_number;
        break;
    default:
        return true;
    }
    return command->end > sed->line_number;
}

static int matches_range(struct k_process *process, struct sed *sed, struct sed_command *command)
{
    enum sed_address_kind kind = command->second.kind;
    int result;

    if (!command->active) {
        result = matches_one(process, sed, &command->first);
        if (result > 0) command->active = begin_range(sed, command);
        return result;
    }
    if (kind == SED_LINE || kind == SED_MORE || kind == SED_MULTIPLE) {
        if (sed->line_number >= command->end) command->active = false;
        if (sed->line_number <= command->end) return 1;
        return 0;
    }
    result = matches_one(process, sed, &command->second);
    if (result < 0) return result;
    if (result > 0) command->active = false;
    return 1;
}

/* Awaited: whether a command is to be done. */
static int is_selected(struct k_process *process, struct sed *sed, struct sed_command *command)
{
    int result;

    if (command->first.kind == SED_NONE)
        result = 1;
    else if (command->second.kind)
        result = matches_range(process, sed, command);
    else
        result = matches_one(process, sed, &command->first);
    return result < 0 ? result : result != (int)command->negated;
}

/* --- commands --- */

enum outcome {
    GO_ON = 1, /* with the next command */
    END_CYCLE,
    END_SILENTLY, /* without printing */
    NO_MEMORY = UMBRA_ENOMEM
};

static void put_space(struct k_process *process, struct sed *sed)
{
    sed_put_line(process, sed, NULL, sed->space.data, sed->space.size, sed->has_newline);
}

/* The pattern space up to its first newline. */
static size_t first_line(const struct sed *sed)
{
    const char *end = sed->space.size ? memchr(sed->space.data, sed->end_of_line, sed->space.size) : NULL;
    return end ? (size_t)(end - sed->space.data) : sed->space.size;
}

static int delete_first(struct sed *sed)
{
    size_t length = first_line(sed);

    if (length < sed->space.size) {
        buffer_consume(&sed->space, length + 1);
        sed->restarting = true;
    }
    return END_SILENTLY;
}

/* n and N; awaited. When there is no next line, it is the end of the script. */
static int next_line(struct k_process *process, struct sed *sed, bool append)
{
    int result;

    if (!sed->reading_next) {
        result = sed_is_last(process, sed);
        if (result < 0) return result;
        if (result == 1) return END_CYCLE;
        if (!append && !sed->quiet) put_space(process, sed);
        sed->reading_next = true; /* what follows may wait */
    }
    result = sed_put_appends(process, sed);
    if (result > 0) result = sed_read(process, sed, append);
    if (result == UMBRA_EAGAIN) return result;
    sed->reading_next = false;
    return result < 0 ? result : result ? GO_ON : END_CYCLE;
}

/* Awaited: R: a line of a file is put out at the end of the cycle. */
static int read_line_of(struct k_process *process, struct sed *sed, struct sed_line_file *file)
{
    struct sed_append append = {.line = true};
    char *line;
    int result;

    if (!file->input.begun) {
        file->input.complain = sed->reading.complain;
        cmd_open_input(process, &file->input, strcmp(file->name, "/dev/stdin") == 0 ? "-" : file->name);
    }
    result = cmd_read_line(process, &file->input, sed->end_of_line, &line, &append.length);
    if (result <= 0) return result == UMBRA_EAGAIN ? result : GO_ON;
    append.text = line;
    return sed_append_text(process, sed, &append) ? GO_ON : NO_MEMORY;
}

/* What ends without a newline does so in whatever space it stands. */
static void copy_space(struct sed *sed, bool to_hold, bool append)
{
    struct buffer *to = to_hold ? &sed->hold : &sed->space, *from = to_hold ? &sed->space : &sed->hold;

    if (to_hold)
        sed->hold_newline = sed->has_newline;
    else
        sed->has_newline = sed->hold_newline;
    if (append)
        buffer_put_byte(to, sed->end_of_line);
    else
        buffer_clear(to);
    buffer_put(to, from->data, from->size);
}

/* Those that only look at the spaces or change them. */
static int do_space(struct k_process *process, struct sed *sed, const struct sed_command *command)
{
    struct buffer swap;
    bool newline;

    switch (command->name) {
    case 'g':
    case 'G':
        copy_space(sed, false, command->name == 'G');
        break;
    case 'h':
    case 'H':
        copy_space(sed, true, command->name == 'H');
        break;
    case 'x':
        swap = sed->space;
        sed->space = sed->hold;
        sed->hold = swap;
        newline = sed->has_newline;
        sed->has_newline = sed->hold_newline;
        sed->hold_newline = newline;
        break;
    case 'z':
        buffer_clear(&sed->space);
        break;
    case 's':
        return sed_substitute(process, sed, command);
    case 'y':
        if (!sed_transliterate(process, sed, command)) return NO_MEMORY;
        break;
    default:
        break;
    }
    return sed->space.failed || sed->hold.failed ? NO_MEMORY : GO_ON;
}

/* Those that print. */
static int do_output(struct k_process *process, struct sed *sed, const struct sed_command *command)
{
    struct sed_append append = {.text = command->text, .length = command->length};
    char number[32];
    int length;

    switch (command->name) {
    case '=':
        length = snprintf(number, sizeof number, "%llu\n", (unsigned long long)sed->line_number);
        sed_put_text(process, sed, number, (size_t)length);
        break;
    case 'a':
        return sed_append_text(process, sed, &append) ? GO_ON : NO_MEMORY;
    case 'r':
        append.file = command->text;
        return sed_append_text(process, sed, &append) ? GO_ON : NO_MEMORY;
    case 'i':
        sed_put_text(process, sed, command->text, command->length);
        break;
    case 'c':
        if (command->second.kind == SED_NONE || command->negated || !command->active)
            sed_put_text(process, sed, command->text, command->length);
        return END_SILENTLY;
    case 'F':
        sed_put_line(process, sed, NULL, sed->file, strlen(sed->file), true);
        break;
    case 'l':
        sed_put_visible(process, sed, command->number == UINT64_MAX ? sed->line_length : command->number);
        break;
    case 'p':
        put_space(process, sed);
        break;
    case 'P':
        sed_put_line(process, sed, NULL, sed->space.data, first_line(sed), true);
        break;
    case 'w':
        sed_put_line(process, sed, command->output, sed->space.data, sed->space.size, sed->has_newline);
        break;
    case 'W':
        sed_put_line(process, sed, command->output, sed->space.data, first_line(sed), true);
        break;
    default:
        return do_space(process, sed, command);
    }
    return GO_ON;
}

/* Awaited; jumps set sed->at to where the script goes on. */
static int do_command(struct k_process *process, struct sed *sed, const struct sed_command *command)
{
    switch (command->name) {
    case 'b':
        sed->at = command->target;
        return GO_ON;
    case 't':
    case 'T':
        if (sed->replaced == (command->name == 't')) sed->at = command->target;
        sed->replaced = false;
        return GO_ON;
    case 'd':
        return END_SILENTLY;
    case 'D':
        return delete_first(sed);
    case 'n':
    case 'N':
        return next_line(process, sed, command->name == 'N');
    case 'q':
    case 'Q':
        sed->quitting = true;
        if (command->number) sed->base.status = (int)(command->number & 0xff);
        if (command->name == 'q') return END_CYCLE;
        sed->appends = NULL;
        return END_SILENTLY;
    case 'R':
        return read_line_of(process, sed, command->lines);
    default:
        return do_output(process, sed, command);
    }
}

int sed_execute(struct k_process *process, struct sed *sed)
{
    while (sed->at < sed->command_count) {
        struct sed_command *command = &sed->commands[sed->at];
        size_t before = sed->at;
        int result = sed->reading_next || sed->progress.active ? 1 : is_selected(process, sed, command),
            full = 0;
        if (result < 0) return result;
        if (result == 0) {
            sed->at = command->name == '{' ? command->target : sed->at + 1;
            continue;
        }
        result = do_command(process, sed, command);
        if (result == NO_MEMORY) cmd_out_of_memory(process);
        if (result < 0) return result;
        if (result != GO_ON) return result - 1;
        if (sed->at == before) sed->at++;
        if (cmd_is_full(process)) full = cmd_write_out(process);
        if (full == UMBRA_EAGAIN) return full;
        if (full < 0) return full;
        if (k_charge(process, 8)) return cmd_again(process);
    }
    return 1;
}
