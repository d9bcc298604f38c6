#include "cmd/ask.h"

#include <stdarg.h>
#include <stdio.h>

void cmd_put_question(struct k_process *process, const char *format, ...)
{
    char text[2 * FS_PATH_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    cmd_put_error_text(process, process->program->name);
    cmd_put_error_text(process, ": ");
    cmd_put_error_text(process, text);
    cmd_put_error_text(process, "? ");
}

int cmd_answer(struct k_process *process, struct cmd_input *input)
{
    char *line;
    size_t length;
    int result;

    if (!input->begun) {
        input->begun = true;
        input->number = 0;
        input->name = "-";
    }
    result = cmd_read_line(process, input, '\n', &line, &length);
    if (result == UMBRA_EAGAIN) return result;
    return result > 0 && (*line == 'y' || *line == 'Y');
}
