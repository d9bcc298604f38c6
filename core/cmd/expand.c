/* expand: spaces for tabs. POSIX.1-2017 expand, with GNU coreutils 9.1's -i; columns are bytes, as there. */
#include <string.h>

#include "cmd/tab_stops.h"

static const char help[] =
    "Usage: expand [OPTION]... [FILE]...\n"
    "Write each FILE with spaces instead of tabs.\n"
    "\n"
    "  -i, --initial    only the tabs that lines begin with\n"
    "  -t, --tabs=N     tabs are N columns apart, not 8\n"
    "  -t, --tabs=LIST  tabs end at these columns; the last may be /N or +N: every N columns\n"
    "      --help       this text\n"
    "      --version    the version\n";

static const struct cmd_option options[] = {{'i', "initial", CMD_NOTHING},
                                            {'t', "tabs", CMD_VALUE},
                                            {'0', NULL, CMD_VALUE}, /* -4 */
                                            {0}};

struct expand {
    struct cmd_base base;
    struct cmd_input input;
    struct tab_stops stops;
    bool initial, within; /* within: behind what a line begins with */
    uint64_t column;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct expand *expand = process->state;

    expand->initial |= letter == 'i';
    return letter == 'i' || tab_stops_add(process, &expand->stops, value);
}

static void put_expanded(struct k_process *process, struct expand *expand, char byte)
{
    if (byte == '\t' && !(expand->initial && expand->within)) {
        uint64_t next = tab_stops_next(&expand->stops, expand->column);
        if (next == 0) next = expand->column + 1;
        for (; expand->column < next; expand->column++) cmd_put_byte(process, ' ');
        return;
    }
    if (byte == '\n') {
        expand->column = 0;
        expand->within = false;
    } else {
        if (byte == '\b')
            expand->column -= expand->column > 0;
        else if (byte == '\t')
            expand->column = tab_stops_next(&expand->stops, expand->column);
        else
            expand->column++;
        expand->within |= byte != ' ' && byte != '\t';
    }
    cmd_put_byte(process, byte);
}

static void put_some(struct k_process *process, struct expand *expand)
{
    struct cmd_input *input = &expand->input;
    size_t stop = input->end - input->at > 4096 ? input->at + 4096 : input->end;

    while (input->at < stop && !cmd_is_full(process))
        put_expanded(process, expand, input->bytes[input->at++]);
    k_charge(process, 4096);
}

static enum k_progress expand_run(struct k_process *process)
{
    struct expand *expand = process->state;
    int64_t got;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!tab_stops_settle(process, &expand->stops)) goto done;
    while (cmd_open_next(process, &expand->input, process->argc - 1) > 0) {
        for (;;) {
            CO_AWAIT(process, got, cmd_fill(process, &expand->input));
            if (got <= 0) break;
            while (expand->input.at < expand->input.end) {
                put_some(process, expand);
                CMD_RELIEVE(process);
            }
        }
    }
done:
    CMD_END(process);
}

CMD_PROGRAM(expand, struct expand, expand_run, help);
