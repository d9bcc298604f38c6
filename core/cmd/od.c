/* od: bytes in numbers. POSIX.1-2017 od, with GNU coreutils 9.1's long options, -w and the suffix z. */
#include <string.h>

#include "cmd/od_format.h"

static const char help[] = "Usage: od [OPTION]... [FILE]...\n"
                           "Show the bytes of all FILE(s), octal by default.\n"
                           "\n"
                           "  -A, --address-radix=RADIX   how to count: d, o, x, or n: not at all\n"
                           "      --endian={big|little}   the order of bytes in a number\n"
                           "  -j, --skip-bytes=BYTES      pass over BYTES first\n"
                           "  -N, --read-bytes=BYTES      no more than BYTES\n"
                           "  -t, --format=TYPE           a, c, d[SIZE], f[SIZE], o[SIZE], u[SIZE], x[SIZE]; "
                           "z behind it adds characters\n"
                           "  -v, --output-duplicates     also lines that are the same as the one before\n"
                           "  -w[BYTES], --width[=BYTES]  BYTES in a line: 16, or 32 when not given\n"
                           "  -a -b -c -d -f -i -l -o -s -x  -t a, o1, c, u2, fF, dI, dL, o2, d2, x2\n"
                           "      --help                  this text\n"
                           "      --version               the version\n";

enum { ENDIAN = 256 };

static const struct cmd_option options[] = {
    {'A', "address-radix", CMD_VALUE}, {ENDIAN, "endian", CMD_VALUE},
    {'j', "skip-bytes", CMD_VALUE},    {'N', "read-bytes", CMD_VALUE},
    {'t', "format", CMD_VALUE},        {'v', "output-duplicates", CMD_NOTHING},
    {'w', "width", CMD_MAY_VALUE},     {'a', NULL, CMD_NOTHING},
    {'b', NULL, CMD_NOTHING},          {'c', NULL, CMD_NOTHING},
    {'d', NULL, CMD_NOTHING},          {'e', NULL, CMD_NOTHING},
    {'f', NULL, CMD_NOTHING},          {'F', NULL, CMD_NOTHING},
    {'h', NULL, CMD_NOTHING},          {'i', NULL, CMD_NOTHING},
    {'I', NULL, CMD_NOTHING},          {'l', NULL, CMD_NOTHING},
    {'L', NULL, CMD_NOTHING},          {'o', NULL, CMD_NOTHING},
    {'B', NULL, CMD_NOTHING},          {'O', NULL, CMD_NOTHING},
    {'D', NULL, CMD_NOTHING},          {'H', NULL, CMD_NOTHING},
    {'X', NULL, CMD_NOTHING},          {'s', NULL, CMD_NOTHING},
    {'x', NULL, CMD_NOTHING},          {0}};

#define WIDTH_MAX 65536u /* bytes of a line */

struct od {
    struct cmd_base base;
    struct cmd_input input;
    struct od_formats formats;
    char radix;
    bool big_endian, duplicates, limited;
    uint64_t skip, limit, width, address;
    int block; /* bytes that hold whole values of every format, and columns of them */
    int block_columns;
    unsigned char *line, *last; /* twice the width */
    size_t filled;
    bool any_last, starred;
};

static bool take_size(struct k_process *process, const char *value, uint64_t *number, char letter)
{
    if (cmd_size(value, number)) return true;
    cmd_error(process, "invalid -%c argument '%s'", letter, value);
    return false;
}

static bool take_old(struct k_process *process, struct od *od, int letter)
{
    static const char letters[] = "abcdefFhiIlLoBODHXsx";
    static const char *const types[] = {"a",  "o1", "c",  "u2", "fD", "fF", "fD", "x2", "dI", "dL",
                                        "dL", "dL", "o2", "o2", "o4", "u4", "x4", "x4", "d2", "x2"};
    const char *at = strchr(letters, letter);

    return at && od_add_formats(process, &od->formats, types[at - letters]);
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct od *od = process->state;

    switch (letter) {
    case 'A':
        if (strlen(value) == 1 && strchr("dnox", *value)) {
            od->radix = *value;
            return true;
        }
        cmd_error(process, "invalid output address radix '%s'; it must be one character from [doxn]", value);
        return false;
    case ENDIAN:
        od->big_endian = strcmp(value, "big") == 0;
        if (od->big_endian || strcmp(value, "little") == 0) return true;
        cmd_error(process, "invalid argument %s for '--endian'", cmd_quote(process, value));
        return false;
    case 'j':
        return take_size(process, value, &od->skip, 'j');
    case 'N':
        od->limited = true;
        return take_size(process, value, &od->limit, 'N');
    case 't':
        return od_add_formats(process, &od->formats, value);
    case 'v':
        od->duplicates = true;
        return true;
    case 'w':
        od->width = 32;
        return value == NULL || take_size(process, value, &od->width, 'w');
    default:
        return take_old(process, od, letter);
    }
}

static bool begin(struct k_process *process, struct od *od)
{
    size_t i;

    if (od->formats.count == 0 && !od_add_formats(process, &od->formats, "o2")) return false;
    od->block = 1;
    for (i = 0; i < od->formats.count; i++)
        if ((int)od->formats.all[i].size > od->block) od->block = (int)od->formats.all[i].size;
    for (i = 0; i < od->formats.count; i++) {
        int columns = (od->formats.all[i].width + 1) * (od->block / (int)od->formats.all[i].size);
        if (columns > od->block_columns) od->block_columns = columns;
    }
    if (od->width == 0) od->width = 16;
    if (od->width % (unsigned)od->block || od->width > WIDTH_MAX) {
        cmd_warn(process, "warning: invalid width %llu; using %d instead", (unsigned long long)od->width,
                 od->block);
        od->width = (unsigned)od->block;
    }
    od->line = arena_zero(&process->arena, 2 * (size_t)od->width);
    if (od->line == NULL) cmd_out_of_memory(process);
    if (od->line) od->last = od->line + od->width;
    return od->line != NULL;
}

static void put_address(struct k_process *process, const struct od *od)
{
    unsigned long long address = od->address;

    if (od->radix == 'o') cmd_printf(process, "%07llo", address);
    if (od->radix == 'd') cmd_printf(process, "%07llu", address);
    if (od->radix == 'x') cmd_printf(process, "%06llx", address);
}

/* The values of a line in one format; what a block has more of columns is spread over its values. */
static void put_values(struct k_process *process, const struct od *od, const struct od_format *format)
{
    int values = od->block / (int)format->size, pad = od->block_columns - values * (format->width + 1);
    size_t at, i;

    for (at = 0; at < od->filled; at += format->size) {
        int index = (int)(at / format->size) % values;
        int width = format->width + 1 + pad * (values - index) / values - pad * (values - index - 1) / values;
        od_put_value(process, format, od->line + at, width, od->big_endian);
    }
    if (format->ascii) {
        for (; at < od->width; at += format->size) {
            int index = (int)(at / format->size) % values;
            cmd_printf(process, "%*s",
                       format->width + 1 + pad * (values - index) / values -
                           pad * (values - index - 1) / values,
                       "");
        }
        cmd_put_string(process, "  >");
        for (i = 0; i < od->filled; i++)
            cmd_put_byte(process, (char)(od->line[i] >= ' ' && od->line[i] < 0x7f ? od->line[i] : '.'));
        cmd_put_byte(process, '<');
    }
    cmd_put_byte(process, '\n');
}

static void put_line(struct k_process *process, struct od *od)
{
    bool whole = od->filled == od->width;
    size_t i;

    if (whole && od->any_last && !od->duplicates && memcmp(od->line, od->last, (size_t)od->width) == 0) {
        if (!od->starred) cmd_put_string(process, "*\n");
        od->starred = true;
    } else {
        od->starred = false;
        memset(od->line + od->filled, 0, (size_t)od->width - od->filled);
        for (i = 0; i < od->formats.count; i++) {
            if (i == 0)
                put_address(process, od);
            else if (od->radix != 'n')
                cmd_printf(process, "%*s", od->radix == 'x' ? 6 : 7, "");
            put_values(process, od, &od->formats.all[i]);
        }
    }
    memcpy(od->last, od->line, (size_t)od->width);
    od->any_last = whole;
    od->address += od->filled;
    od->filled = 0;
}

/* Takes as much of what was read as makes a line; true when there was a line in it. */
static bool take_line(struct k_process *process, struct od *od)
{
    struct cmd_input *input = &od->input;
    size_t size = input->end - input->at;

    if (od->skip) {
        size_t skip = od->skip < size ? (size_t)od->skip : size;
        od->skip -= skip;
        od->address += skip;
        input->at += skip;
        size -= skip;
    }
    if (od->limited && size > od->limit) size = (size_t)od->limit;
    if (size > od->width - od->filled) size = (size_t)od->width - od->filled;
    memcpy(od->line + od->filled, input->bytes + input->at, size);
    input->at += size;
    od->filled += size;
    if (od->limited) od->limit -= size;
    if (od->filled < od->width) return false;
    put_line(process, od);
    return true;
}

static bool wants_more(const struct od *od)
{
    return !od->limited || od->limit || od->skip;
}

static enum k_progress od_run(struct k_process *process)
{
    struct od *od = process->state;
    int64_t got;

    CO_BEGIN(process);
    od->radix = 'o';
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!begin(process, od)) goto done;
    while (wants_more(od) && cmd_open_next(process, &od->input, process->argc - 1) > 0) {
        while (wants_more(od)) {
            CO_AWAIT(process, got, cmd_fill(process, &od->input));
            if (got <= 0) break;
            while (take_line(process, od)) CMD_RELIEVE(process);
        }
    }
    if (od->skip) {
        cmd_error(process, "cannot skip past end of combined input");
        goto done;
    }
    if (od->filled) put_line(process, od);
    put_address(process, od);
    if (od->radix != 'n') cmd_put_byte(process, '\n');
done:
    CMD_END(process);
}

CMD_PROGRAM(od, struct od, od_run, help);
