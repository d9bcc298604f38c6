/* rev: each line with its characters in reverse order. util-linux 2.38, rev(1). */
#include <string.h>

#include "base/utf8.h"
#include "cmd/command.h"

static const char help[] = "Usage: rev [FILE]...\n"
                           "Write the lines of each FILE with their characters in reverse order.\n"
                           "\n"
                           "  -h, --help     this text\n"
                           "  -V, --version  the version\n";

static const struct cmd_option options[] = {{'h', NULL, CMD_NOTHING}, {'V', NULL, CMD_NOTHING}, {0}};

struct rev {
    struct cmd_base base;
    struct cmd_input input;
    bool answered;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct rev *rev = process->state;

    (void)value;
    if (letter == 'h')
        cmd_put_string(process, help);
    else
        cmd_printf(process, "rev (Umbra) " UMBRA_VERSION "\n");
    rev->answered = true;
    return true;
}

static void complain(struct k_process *process, const char *name, int code, bool opening)
{
    if (opening)
        cmd_error(process, "cannot open %s: %s", name, k_error_text(code));
    else
        cmd_error(process, "%s: 0: %s", name, k_error_text(code));
}

/* Bytes that are no UTF-8 are characters of their own. */
static void put_reversed(struct k_process *process, const char *line, size_t length)
{
    size_t end = length, start;

    if (end && line[end - 1] == '\n') end--;
    for (; end; end = start) {
        start = end - 1;
        while (start && end - start < 4 && (line[start] & 0xc0) == 0x80) start--;
        if (utf8_decode(line + start, end - start, NULL) != end - start) start = end - 1;
        cmd_put(process, line + start, end - start);
    }
    if (length && line[length - 1] == '\n') cmd_put_byte(process, '\n');
}

static enum k_progress rev_run(struct k_process *process)
{
    struct rev *rev = process->state;
    struct cmd_input *input = &rev->input;
    char *line;
    size_t length;
    int result;

    CO_BEGIN(process);
    input->complain = complain;
    CMD_OPTIONS(process, options, 0, take_option, 1);
    while (!rev->answered && cmd_open_next(process, input, process->argc - 1) > 0) {
        for (;;) {
            CO_AWAIT(process, result, cmd_read_line(process, input, '\n', &line, &length));
            if (result <= 0) break;
            put_reversed(process, line, length);
            CMD_RELIEVE(process);
        }
    }
    CMD_END(process);
}

CMD_PROGRAM(rev, struct rev, rev_run, help);
