/* input.c: operands as files, and files as lines. */
#include <string.h>

#include "cmd/command.h"

void cmd_close_input(struct k_process *process, struct cmd_input *input)
{
    if (input->begun && input->number > 0) k_close_number(process, input->number);
    input->number = -1;
}

static void complain(struct k_process *process, const struct cmd_input *input, int code, bool opening)
{
    if (input->complain && code != UMBRA_ENOMEM)
        input->complain(process, input->name, code, opening);
    else
        cmd_path_error(process, input->name, code);
}

int cmd_open_input(struct k_process *process, struct cmd_input *input, const char *name)
{
    if (input->begun) cmd_close_input(process, input);
    input->at = input->end = input->scanned = 0;
    input->ended = false;
    input->begun = true;
    input->name = name;
    input->number = strcmp(name, "-") == 0 ? 0 : k_open_number(process, name, FS_READ, 0);
    if (input->number >= 0) return 0;
    complain(process, input, input->number, true);
    return input->number;
}

int cmd_open_next(struct k_process *process, struct cmd_input *input, int operands)
{
    if (operands == 0) return !input->begun && cmd_open_input(process, input, "-") == 0;
    while (input->next < operands) {
        int result = cmd_open_input(process, input, process->argv[++input->next]);
        if (result == 0) return 1;
        if (result == UMBRA_ENOMEM) return UMBRA_ENOMEM;
    }
    if (input->begun) cmd_close_input(process, input);
    return 0;
}

/* Room for one more piece behind what is there. At most half of the memory is ever moved, so that a lot of it
 * costs little for each byte. */
static int make_room(struct k_process *process, struct cmd_input *input)
{
    size_t have = input->end - input->at, capacity = input->capacity ? input->capacity : CMD_PIECE;
    char *bytes = input->bytes;

    if (have == 0) input->at = input->end = input->scanned = 0;
    if (bytes && input->capacity - input->end >= CMD_PIECE / 2) return 0;
    while (capacity < 2 * have || capacity - have < CMD_PIECE / 2) capacity *= 2;
    if (capacity != input->capacity) bytes = arena_take(&process->arena, capacity + 1);
    if (bytes == NULL) return UMBRA_ENOMEM;
    if (have && input->bytes) memmove(bytes, input->bytes + input->at, have);
    input->scanned -= input->scanned < input->at ? input->scanned : input->at;
    input->bytes = bytes;
    input->capacity = capacity;
    input->at = 0;
    input->end = have;
    return 0;
}

int64_t cmd_fill(struct k_process *process, struct cmd_input *input)
{
    int64_t got;

    if (input->ended) return 0;
    if (make_room(process, input) < 0) {
        cmd_out_of_memory(process);
        input->ended = true;
        return UMBRA_ENOMEM;
    }
    got = k_read(process, input->number, input->bytes + input->end, input->capacity - input->end);
    if (got == UMBRA_EAGAIN) {
        cmd_write_out(process); /* what must wait for this is seen by the next flush */
        return got;
    }
    if (got <= 0) input->ended = true;
    if (got < 0) complain(process, input, (int)got, false);
    if (got > 0) input->end += (size_t)got;
    input->bytes[input->end] = '\0';
    return got;
}

int cmd_read_line(struct k_process *process, struct cmd_input *input, char end_of_line, char **line,
                  size_t *length)
{
    for (;;) {
        size_t have = input->end - input->at;
        size_t from = input->scanned > input->at ? input->scanned : input->at;
        char *end = input->end > from ? memchr(input->bytes + from, end_of_line, input->end - from) : NULL;
        int64_t got;
        if (end == NULL && input->ended && have == 0) return 0;
        if (end || input->ended) {
            *line = input->bytes + input->at;
            *length = end ? (size_t)(end - *line) + 1 : have;
            input->at += *length;
            return 1;
        }
        input->scanned = input->end;
        got = cmd_fill(process, input);
        if (got < 0) return (int)got;
    }
}
