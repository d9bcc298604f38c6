/* comm: lines that two sorted files have in common. POSIX.1-2017 comm, with GNU coreutils 9.1's long options.
 */
#include <string.h>

#include "cmd/command.h"

static const char help[] =
    "Usage: comm [OPTION]... FILE1 FILE2\n"
    "Compare two sorted files line by line: three columns, lines of FILE1 only, of FILE2 only, of both.\n"
    "\n"
    "  -1, -2, -3               without the first, second, third column\n"
    "      --check-order        end when a file is not sorted\n"
    "      --nocheck-order      do not look whether they are sorted\n"
    "      --output-delimiter=STRING  STRING between columns instead of a tab\n"
    "      --total              how many lines, at the end\n"
    "  -z, --zero-terminated    lines end with NUL, not newline\n"
    "      --help               this text\n"
    "      --version            the version\n";

enum { CHECK = 256, NO_CHECK, OUTPUT_DELIMITER, TOTAL };

static const struct cmd_option options[] = {{'1', NULL, CMD_NOTHING},
                                            {'2', NULL, CMD_NOTHING},
                                            {'3', NULL, CMD_NOTHING},
                                            {CHECK, "check-order", CMD_NOTHING},
                                            {NO_CHECK, "nocheck-order", CMD_NOTHING},
                                            {OUTPUT_DELIMITER, "output-delimiter", CMD_VALUE},
                                            {TOTAL, "total", CMD_NOTHING},
                                            {'z', "zero-terminated", CMD_NOTHING},
                                            {0}};

struct side {
    struct cmd_input input;
    struct buffer line; /* the one that is to be compared next */
    bool has_line, ended, unsorted;
};

struct comm {
    struct cmd_base base;
    bool hidden[3], total;
    int check; /* 1: strictly, -1: not at all, 0: when lines have no counterpart */
    char end_of_line;
    const char *delimiter;
    size_t delimiter_length;
    struct side sides[2];
    uint64_t counts[3];
    bool unpaired;
    unsigned wanted; /* lines to be read */
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct comm *comm = process->state;

    if (letter >= '1' && letter <= '3') comm->hidden[letter - '1'] = true;
    if (letter == CHECK) comm->check = 1;
    if (letter == NO_CHECK) comm->check = -1;
    if (letter == OUTPUT_DELIMITER) {
        comm->delimiter = value;
        comm->delimiter_length = *value ? strlen(value) : 1;
    }
    comm->total |= letter == TOTAL;
    if (letter == 'z') comm->end_of_line = '\0';
    return true;
}

static bool begin(struct k_process *process, struct comm *comm)
{
    int i;

    if (process->argc < 3) {
        cmd_missing_operand(process, process->argc == 2 ? process->argv[1] : NULL);
        return false;
    }
    if (process->argc > 3) {
        cmd_extra_operand(process, process->argv[3]);
        return false;
    }
    for (i = 0; i < 2; i++)
        if (cmd_open_input(process, &comm->sides[i].input, process->argv[i + 1]) < 0) return false;
    return true;
}

static int compare(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t least = a_length < b_length ? a_length : b_length;
    int result = least ? memcmp(a, b, least) : 0;

    return result ? result : (a_length > b_length) - (a_length < b_length);
}

/* Awaited: the next line of a side. 1, 0 at its end, or an error, which was said. */
static int next_line(struct k_process *process, struct comm *comm, int index)
{
    struct side *side = &comm->sides[index];
    size_t length;
    char *line;
    int result = cmd_read_line(process, &side->input, comm->end_of_line, &line, &length);

    if (result <= 0) {
        if (result == 0) side->ended = true;
        return result;
    }
    if (line[length - 1] == comm->end_of_line) length--;
    if (side->has_line && comm->check >= 0 && !side->unsorted &&
        compare(buffer_string(&side->line), side->line.size, line, length) > 0 &&
        (comm->check > 0 || comm->unpaired)) {
        side->unsorted = true;
        cmd_error(process, "file %d is not in sorted order", index + 1);
        if (comm->check > 0) return UMBRA_EINVAL;
    }
    buffer_clear(&side->line);
    buffer_put(&side->line, line, length);
    side->has_line = true;
    if (!side->line.failed) return 1;
    cmd_out_of_memory(process);
    return UMBRA_ENOMEM;
}

/* Awaited: 1 or an error. */
static int read_wanted(struct k_process *process, struct comm *comm)
{
    int index;

    for (index = 0; index < 2; index++) {
        int result = comm->wanted & (1u << index) ? next_line(process, comm, index) : 0;
        if (result < 0) return result;
        comm->wanted &= ~(1u << index);
    }
    return 1;
}

static void put_column(struct k_process *process, struct comm *comm, int column, const struct buffer *line)
{
    int before;

    comm->counts[column]++;
    if (column < 2) comm->unpaired = true;
    if (comm->hidden[column]) return;
    for (before = 0; before < column; before++)
        if (!comm->hidden[before]) cmd_put(process, comm->delimiter, comm->delimiter_length);
    cmd_put(process, line->data, line->size);
    cmd_put_byte(process, comm->end_of_line);
}

/* Which lines are to be read next: bit 0 and bit 1; 0: both files have ended. */
static unsigned put_next(struct k_process *process, struct comm *comm)
{
    const struct side *first = &comm->sides[0], *second = &comm->sides[1];
    int order;

    if (first->ended && second->ended) return 0;
    if (first->ended || second->ended)
        order = first->ended ? 1 : -1;
    else
        order = compare(buffer_string(&first->line), first->line.size, buffer_string(&second->line),
                        second->line.size);
    put_column(process, comm, order < 0 ? 0 : order > 0 ? 1 : 2, order > 0 ? &second->line : &first->line);
    return order < 0 ? 1 : order > 0 ? 2 : 3;
}

static void put_total(struct k_process *process, const struct comm *comm)
{
    int i;

    for (i = 0; i < 3; i++) {
        cmd_printf(process, "%llu", (unsigned long long)comm->counts[i]);
        cmd_put(process, comm->delimiter, comm->delimiter_length);
    }
    cmd_put_string(process, "total");
    cmd_put_byte(process, comm->end_of_line);
}

static enum k_progress comm_run(struct k_process *process)
{
    struct comm *comm = process->state;
    int result;

    CO_BEGIN(process);
    comm->end_of_line = '\n';
    comm->delimiter = "\t";
    comm->delimiter_length = 1;
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!begin(process, comm)) goto done;
    comm->wanted = 3;
    CO_AWAIT(process, result, read_wanted(process, comm));
    if (result < 0) goto done;
    while ((comm->wanted = put_next(process, comm)) != 0) {
        CO_AWAIT(process, result, read_wanted(process, comm));
        if (result < 0) goto done;
        CMD_RELIEVE(process);
    }
    if (comm->total) put_total(process, comm);
    if (comm->sides[0].unsorted || comm->sides[1].unsorted)
        cmd_error(process, "input is not in sorted order");
done:
    CMD_END(process);
}

static void comm_end(struct k_process *process)
{
    struct comm *comm = process->state;

    buffer_free(&comm->sides[0].line);
    buffer_free(&comm->sides[1].line);
    cmd_end(process);
}

CMD_PROGRAM_ENDING(comm, struct comm, comm_run, comm_end, help);
