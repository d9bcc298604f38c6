/* rev: each line with its characters in reverse order. util-linux 2.38, rev(1). */
#include <string.h>

#include "base/utf8.h"
#include "cmd/command.h"

#define PIECE 65536 /* bytes of a line that are reversed in a turn */

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
    char *line;
    size_t length, left; /* of the line: what is to be reversed yet */
    bool ended;          /* by a newline */
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

/* The next characters of the line, from its end; false: there are no more. Bytes that are no UTF-8 are
 * characters of their own. */
static bool put_reversed(struct k_process *process, struct rev *rev)
{
    const char *line = rev->line;
    size_t least = rev->left > PIECE ? rev->left - PIECE : 0, before = rev->left, end, start;

    for (end = rev->left; end > least; end = start) {
        start = end - 1;
        while (start && end - start < 4 && (line[start] & 0xc0) == 0x80) start--;
        if (utf8_decode(line + start, end - start, NULL) != end - start) start = end - 1;
        cmd_put(process, line + start, end - start);
    }
    rev->left = end;
    k_charge(process, before - end);
    return end > 0;
}

static enum k_progress rev_run(struct k_process *process)
{
    struct rev *rev = process->state;
    struct cmd_input *input = &rev->input;
    int result;

    CO_BEGIN(process);
    input->complain = complain;
    CMD_OPTIONS(process, options, 0, take_option, 1);
    while (!rev->answered && cmd_open_next(process, input, process->argc - 1) > 0) {
        for (;;) {
            CO_AWAIT(process, result, cmd_read_line(process, input, '\n', &rev->line, &rev->length));
            if (result <= 0) break;
            rev->ended = rev->length && rev->line[rev->length - 1] == '\n';
            rev->left = rev->length - rev->ended;
            while (put_reversed(process, rev)) CMD_RELIEVE(process);
            if (rev->ended) cmd_put_byte(process, '\n');
            CMD_RELIEVE(process);
        }
    }
    CMD_END(process);
}

CMD_PROGRAM(rev, struct rev, rev_run, help);
