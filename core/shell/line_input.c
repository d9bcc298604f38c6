#include "shell/line_input.h"

#include "shell/test_operators.h"

#define FIRST_READ 128 /* most lines are not longer, and what is not needed costs to be given back */

void sh_input_begin(struct shell *shell, struct sh_line_input *input, int number, bool greedy)
{
    input->number = number;
    input->seeks = k_seek(shell->process, number, 0, K_FROM_HERE) >= 0;
    input->greedy = greedy;
    input->at = input->size = 0;
}

int sh_input_byte(struct shell *shell, struct sh_line_input *input, char *byte)
{
    if (input->at == input->size) {
        size_t size = 1;
        int64_t got;
        if (input->greedy)
            size = sizeof input->data;
        else if (input->seeks)
            size = input->size ? sizeof input->data : FIRST_READ;
        got = k_read(shell->process, input->number, input->data, size);
        if (got <= 0) return (int)got;
        input->at = 0;
        input->size = (size_t)got;
    }
    *byte = input->data[input->at++];
    return 1;
}

void sh_input_end(struct shell *shell, struct sh_line_input *input)
{
    if (input->seeks && input->at < input->size)
        k_seek(shell->process, input->number, (int64_t)input->at - (int64_t)input->size, K_FROM_HERE);
    input->at = input->size = 0;
}

bool sh_input_is_ready(const struct shell *shell, int number)
{
    const struct k_file *file = k_descriptor(shell->process, number);

    if (file == NULL || !(file->flags & K_READABLE)) return false;
    return file->kind->ready == NULL || file->kind->ready(file);
}

int sh_read_descriptor(struct shell *shell, const char *builtin, const char *text)
{
    int64_t number;

    if (!sh_read_integer(text, &number) || number < 0 || number > INT32_MAX) {
        sh_builtin_error(shell, builtin, "%s: invalid file descriptor specification", text);
        return -1;
    }
    if (k_descriptor(shell->process, (int)number)) return (int)number;
    sh_builtin_error(shell, builtin, "%d: invalid file descriptor: %s", (int)number,
                     k_error_text(UMBRA_EBADF));
    return -1;
}
