/* input.c: operands as files, and files as lines. */
#include <string.h>

#include "cmd/command.h"

void cmd_close_input(struct k_process *process, struct cmd_input *input)
{
    if (input->begun && input->number > 0) k_close_number(process, input->number);
    input->number = -1;
}

int cmd_open_next(struct k_process *process, struct cmd_input *input, int operands)
{
    if (input->begun) cmd_close_input(process, input);
    input->at = input->end = 0;
    input->ended = false;
    for (;;) {
        if (operands == 0 && input->begun) return 0;
        if (operands && input->next >= operands) return 0;
        input->begun = true;
        input->name = operands ? process->argv[++input->next] : "-";
        if (strcmp(input->name, "-") == 0) {
            input->number = 0;
            return 1;
        }
        input->number = k_open_number(process, input->name, FS_READ, 0);
        if (input->number >= 0) return 1;
        if (input->number == UMBRA_ENOMEM) {
            cmd_out_of_memory(process);
            return UMBRA_ENOMEM;
        }
        cmd_path_error(process, input->name, input->number);
    }
}

/* Room for one more piece behind what is there. */
static int make_room(struct k_process *process, struct cmd_input *input)
{
    size_t have = input->end - input->at, capacity = input->capacity ? input->capacity : CMD_PIECE;
    char *bytes;

    if (input->at && have) memmove(input->bytes, input->bytes + input->at, have);
    input->at = 0;
    input->end = have;
    if (input->bytes && input->capacity - have >= CMD_PIECE / 2) return 0;
    while (capacity - have < CMD_PIECE / 2) capacity *= 2;
    if (input->bytes && capacity == input->capacity) return 0;
    bytes = arena_take(&process->arena, capacity);
    if (bytes == NULL) return UMBRA_ENOMEM;
    if (have) memcpy(bytes, input->bytes, have);
    input->bytes = bytes;
    input->capacity = capacity;
    return 0;
}

int64_t cmd_fill(struct k_process *process, struct cmd_input *input)
{
    int64_t got;

    if (input->ended) return 0;
    if (make_room(process, input) < 0) {
        cmd_out_of_memory(process);
        return UMBRA_ENOMEM;
    }
    got = k_read(process, input->number, input->bytes + input->end, input->capacity - input->end);
    if (got == UMBRA_EAGAIN) return got;
    if (got <= 0) input->ended = true;
    if (got < 0) cmd_path_error(process, input->name, (int)got);
    if (got > 0) input->end += (size_t)got;
    return got;
}

int cmd_read_line(struct k_process *process, struct cmd_input *input, char end_of_line, char **line,
                  size_t *length)
{
    size_t looked = 0;

    for (;;) {
        size_t have = input->end - input->at;
        char *start = input->bytes + input->at;
        char *end = have > looked ? memchr(start + looked, end_of_line, have - looked) : NULL;
        int64_t got;
        if (end == NULL && input->ended && have == 0) return 0;
        if (end || input->ended) {
            *line = start;
            *length = end ? (size_t)(end - start) + 1 : have;
            input->at += *length;
            return 1;
        }
        looked = have;
        got = cmd_fill(process, input);
        if (got < 0) return (int)got;
    }
}
