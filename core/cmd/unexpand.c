/* unexpand: tabs for spaces. POSIX.1-2017 unexpand, with GNU coreutils 9.1's --first-only; columns are bytes,
 * as there. */
#include <string.h>

#include "cmd/tab_stops.h"

static const char help[] = "Usage: unexpand [OPTION]... [FILE]...\n"
                           "Write each FILE with tabs instead of the blanks that lines begin with.\n"
                           "\n"
                           "  -a, --all         instead of all blanks\n"
                           "      --first-only  only what lines begin with, even with -t\n"
                           "  -t, --tabs=N      tabs are N columns apart, not 8; implies -a\n"
                           "  -t, --tabs=LIST   tabs end at these columns; the last may be /N or +N\n"
                           "      --help        this text\n"
                           "      --version     the version\n";

enum { FIRST_ONLY = 256 };

static const struct cmd_option options[] = {{'a', "all", CMD_NOTHING},
                                            {FIRST_ONLY, "first-only", CMD_NOTHING},
                                            {'t', "tabs", CMD_VALUE},
                                            {'0', NULL, CMD_VALUE},
                                            {0}};

struct unexpand {
    struct cmd_base base;
    struct cmd_input input;
    struct tab_stops stops;
    bool all, first_only, over; /* over: of this line nothing more is changed */
    uint64_t column;
    bool one; /* the first that waits is a lone space up to a stop: it stays one unless more blanks follow */
    struct buffer waiting; /* blanks */
    bool failed;           /* there was no memory for them */
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct unexpand *unexpand = process->state;

    unexpand->all |= letter != FIRST_ONLY;
    unexpand->first_only |= letter == FIRST_ONLY;
    return value == NULL || tab_stops_add(process, &unexpand->stops, value);
}

static void put_waiting(struct k_process *process, struct unexpand *unexpand)
{
    if (unexpand->waiting.size > 1 && unexpand->one) unexpand->waiting.data[0] = '\t';
    unexpand->failed |= unexpand->waiting.failed;
    cmd_put(process, unexpand->waiting.data, unexpand->waiting.size);
    buffer_clear(&unexpand->waiting);
    unexpand->one = false;
}

/* A blank: with the ones that wait it becomes a tab when it reaches a stop. */
static void take_blank(struct k_process *process, struct unexpand *unexpand, char byte)
{
    uint64_t next = tab_stops_next(&unexpand->stops, unexpand->column);
    bool one = unexpand->one;

    unexpand->column = byte == '\t' && next ? next : unexpand->column + 1;
    if (next == 0) { /* behind the last stop */
        put_waiting(process, unexpand);
        unexpand->over = true;
        cmd_put_byte(process, byte);
    } else if (unexpand->column < next) {
        buffer_put_byte(&unexpand->waiting, ' ');
    } else if (byte == ' ' && unexpand->waiting.size == 0) {
        unexpand->one = true;
        buffer_put_byte(&unexpand->waiting, ' ');
    } else if (!unexpand->waiting.failed) {
        unexpand->waiting.size = one;
        buffer_put_byte(&unexpand->waiting, '\t');
        put_waiting(process, unexpand);
    }
}

static void take_byte(struct k_process *process, struct unexpand *unexpand, char byte)
{
    if (!unexpand->over && (byte == ' ' || byte == '\t')) {
        take_blank(process, unexpand, byte);
        return;
    }
    put_waiting(process, unexpand);
    cmd_put_byte(process, byte);
    if (byte == '\n') {
        unexpand->column = 0;
        unexpand->over = false;
        return;
    }
    if (byte == '\b')
        unexpand->column -= unexpand->column > 0;
    else
        unexpand->column++;
    if (!unexpand->all || unexpand->first_only) unexpand->over = true;
}

static void take_some(struct k_process *process, struct unexpand *unexpand)
{
    struct cmd_input *input = &unexpand->input;
    size_t stop = input->end - input->at > 4096 ? input->at + 4096 : input->end;

    while (input->at < stop) take_byte(process, unexpand, input->bytes[input->at++]);
    unexpand->failed |= unexpand->waiting.failed;
    k_charge(process, 4096);
}

static enum k_progress unexpand_run(struct k_process *process)
{
    struct unexpand *unexpand = process->state;
    int64_t got;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!tab_stops_settle(process, &unexpand->stops)) goto done;
    while (cmd_open_next(process, &unexpand->input, process->argc - 1) > 0) {
        for (;;) {
            CO_AWAIT(process, got, cmd_fill(process, &unexpand->input));
            if (got <= 0) break;
            while (unexpand->input.at < unexpand->input.end) {
                take_some(process, unexpand);
                CMD_RELIEVE(process);
            }
            if (unexpand->failed) {
                cmd_out_of_memory(process);
                goto done;
            }
        }
    }
    put_waiting(process, unexpand);
done:
    CMD_END(process);
}

static void unexpand_end(struct k_process *process)
{
    buffer_free(&((struct unexpand *)process->state)->waiting);
    cmd_end(process);
}

CMD_PROGRAM_ENDING(unexpand, struct unexpand, unexpand_run, unexpand_end, help);
