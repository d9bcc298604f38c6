/* line_input.h: a descriptor that is read byte by byte, so that what stands behind the last byte that was
 * asked for is still there for others. Of a file that can seek more is read at once and given back in the
 * end. */
#ifndef UMBRA_SHELL_LINE_INPUT_H
#define UMBRA_SHELL_LINE_INPUT_H

#include "shell/shell.h"

struct sh_line_input {
    int number;
    bool seeks, greedy;
    size_t at, size;
    char data[1024];
};

/* greedy: everything is to be read to the end anyway. */
void sh_input_begin(struct shell *shell, struct sh_line_input *input, int number, bool greedy);
/* 1 and a byte, 0 at the end, UMBRA_EAGAIN when the process waits, or another error, of which nothing was
 * said. */
int sh_input_byte(struct shell *shell, struct sh_line_input *input, char *byte);
/* Gives back what was read and not asked for. */
void sh_input_end(struct shell *shell, struct sh_line_input *input);
/* Whether a read would not wait. */
bool sh_input_is_ready(const struct shell *shell, int number);

/* The number of a descriptor as an option has it: -1 when it is none or not open; said. */
int sh_read_descriptor(struct shell *shell, const char *builtin, const char *text);

#endif
