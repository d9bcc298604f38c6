/* dd: copy in blocks, and convert. POSIX.1-2017 dd, with most of GNU coreutils 9.1: if= of= bs= ibs= obs=
 * cbs= count= skip= seek= iflag= oflag= conv= status=. The rates at its end are those of the kernel's clock.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/human.h"

#define BLOCK_MAX (64u << 20)

static const char help[] =
    "Usage: dd [OPERAND]...\n"
    "Copy a file, converting and formatting according to the operands.\n"
    "\n"
    "  bs=BYTES     read and write so many at a time; ibs= and obs= each (512)\n"
    "  cbs=BYTES    for conv=block and unblock\n"
    "  conv=LIST    block unblock lcase ucase swab sync excl nocreat notrunc noerror fdatasync fsync sparse\n"
    "  count=N      copy only N blocks; with a B behind it N bytes\n"
    "  if=FILE      read from FILE, not from the standard input; of=FILE write to it\n"
    "  iflag=LIST   fullblock count_bytes skip_bytes append direct sync and others, which change nothing\n"
    "  oflag=LIST   append seek_bytes and others\n"
    "  seek=N       begin behind N blocks of the output; skip=N of the input\n"
    "  status=WORD  none, noxfer or progress\n"
    "\n"
    "BYTES and N may end with c (1), w (2), b (512), kB, K, MB, M and so on, and be products: 2x80x18b.\n";

enum conversion {
    CONV_BLOCK = 1,
    CONV_UNBLOCK = 2,
    CONV_LOWER = 4,
    CONV_UPPER = 8,
    CONV_SWAB = 16,
    CONV_SYNC = 32,
    CONV_EXCLUSIVE = 64,
    CONV_NO_CREATE = 128,
    CONV_NO_TRUNCATE = 256,
    CONV_NO_ERROR = 512,
    CONV_NOTHING = 1024,
};

enum flag {
    FLAG_FULL = 1,
    FLAG_COUNT_BYTES = 2,
    FLAG_BYTES = 4,
    FLAG_APPEND = 8,
    FLAG_NOTHING = 16,
    FLAG_DIRECTORY = 32
};

struct name {
    const char *name;
    unsigned bits;
};

static const struct name conversions[] = {{"block", CONV_BLOCK},         {"unblock", CONV_UNBLOCK},
                                          {"lcase", CONV_LOWER},         {"ucase", CONV_UPPER},
                                          {"swab", CONV_SWAB},           {"sync", CONV_SYNC},
                                          {"excl", CONV_EXCLUSIVE},      {"nocreat", CONV_NO_CREATE},
                                          {"notrunc", CONV_NO_TRUNCATE}, {"noerror", CONV_NO_ERROR},
                                          {"fdatasync", CONV_NOTHING},   {"fsync", CONV_NOTHING},
                                          {"sparse", CONV_NOTHING},      {NULL, 0}};
static const struct name flags[] = {
    {"fullblock", FLAG_FULL},   {"count_bytes", FLAG_COUNT_BYTES}, {"skip_bytes", FLAG_BYTES},
    {"seek_bytes", FLAG_BYTES}, {"append", FLAG_APPEND},           {"direct", FLAG_NOTHING},
    {"sync", FLAG_NOTHING},     {"dsync", FLAG_NOTHING},           {"nonblock", FLAG_NOTHING},
    {"noatime", FLAG_NOTHING},  {"nocache", FLAG_NOTHING},         {"noctty", FLAG_NOTHING},
    {"binary", FLAG_NOTHING},   {"directory", FLAG_DIRECTORY},     {NULL, 0}};

struct dd {
    struct cmd_base base;
    const char *from, *to;
    uint64_t in_size, out_size, convert_size, count, skip, seek;
    bool has_count, bytes_count, bytes_skip, bytes_seek, quiet, no_rates, ended, broken;
    unsigned conversion, in_flags, out_flags;
    int reader, writer;
    char *block;       /* that is read */
    size_t have;       /* bytes in it */
    struct buffer out; /* converted, to be written in blocks of out_size */
    size_t out_at;
    uint64_t full_in, part_in, full_out, part_out, bytes_out, read_bytes, truncated;
    uint64_t column; /* of the record of conv=block and unblock */
    uint64_t spaces; /* of conv=unblock, that may be at the end of a record */
    int64_t started;
    int odd; /* byte of conv=swab that waits; -1: none */
};

/* --- operands --- */

/* "2x3k"; bytes: it ended with a B, so it counts bytes. */
static bool read_number(const char *text, uint64_t *number, bool *bytes)
{
    uint64_t product = 1;

    if (bytes) *bytes = false;
    for (;;) {
        size_t length = strcspn(text, "x");
        char part[32], last;
        uint64_t value;
        if (length == 0 || length >= sizeof part) return false;
        memcpy(part, text, length);
        part[length] = '\0';
        last = part[length - 1];
        if (last == 'c' || last == 'w') part[length - 1] = '\0';
        if (last == 'B' && length > 1 && part[length - 2] >= '0' && part[length - 2] <= '9') {
            if (bytes) *bytes = true;
            part[length - 1] = '\0';
        }
        if (!cmd_size(part, &value)) return false;
        if (last == 'w') value *= 2;
        if (value && product > INT64_MAX / value) return false;
        product *= value;
        text += length;
        if (*text == '\0') break;
        text++;
    }
    *number = product;
    return true;
}

static bool take_list(struct k_process *process, const struct name *names, const char *list, const char *what,
                      unsigned *bits)
{
    for (;;) {
        size_t length = strcspn(list, ",");
        const struct name *name = names;
        while (name->name && !(strlen(name->name) == length && memcmp(name->name, list, length) == 0)) name++;
        if (name->name == NULL) {
            char *copy = arena_copy(&process->arena, list, length);
            cmd_error(process, "invalid %s: %s", what, cmd_quote(process, copy ? copy : "?"));
            cmd_try_help(process);
            return false;
        }
        *bits |= name->bits;
        list += length;
        if (*list++ == '\0') return true;
    }
}

static bool take_status(struct k_process *process, struct dd *dd, const char *value)
{
    dd->quiet = strcmp(value, "none") == 0;
    dd->no_rates = strcmp(value, "noxfer") == 0;
    if (dd->quiet || dd->no_rates || strcmp(value, "progress") == 0) return true;
    cmd_error(process, "invalid status level: %s", cmd_quote(process, value));
    cmd_try_help(process);
    return false;
}

static bool take_number(struct k_process *process, struct dd *dd, const char *word, const char *value)
{
    const struct {
        const char *name;
        uint64_t *number;
        bool *bytes;
        uint64_t least, most;
    } numbers[] = {{"bs=", &dd->in_size, NULL, 1, BLOCK_MAX},
                   {"ibs=", &dd->in_size, NULL, 1, BLOCK_MAX},
                   {"obs=", &dd->out_size, NULL, 1, BLOCK_MAX},
                   {"cbs=", &dd->convert_size, NULL, 1, BLOCK_MAX},
                   {"count=", &dd->count, &dd->bytes_count, 0, INT64_MAX},
                   {"skip=", &dd->skip, &dd->bytes_skip, 0, INT64_MAX},
                   {"iseek=", &dd->skip, &dd->bytes_skip, 0, INT64_MAX},
                   {"seek=", &dd->seek, &dd->bytes_seek, 0, INT64_MAX},
                   {"oseek=", &dd->seek, &dd->bytes_seek, 0, INT64_MAX}};
    size_t length = (size_t)(value - word), i;

    for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strlen(numbers[i].name) != length || memcmp(numbers[i].name, word, length) != 0) continue;
        if (!read_number(value, numbers[i].number, numbers[i].bytes) ||
            *numbers[i].number < numbers[i].least || *numbers[i].number > numbers[i].most) {
            cmd_error(process, "invalid number: %s", cmd_quote(process, value));
            return false;
        }
        if (i == 0) dd->out_size = dd->in_size;
        dd->has_count |= numbers[i].number == &dd->count;
        return true;
    }
    cmd_error(process, "unrecognized operand %s", cmd_quote(process, word));
    cmd_try_help(process);
    return false;
}

static bool take_operand(struct k_process *process, struct dd *dd, const char *word)
{
    const char *equals = strchr(word, '='), *value = equals ? equals + 1 : NULL;

    if (value == NULL) {
        cmd_error(process, "unrecognized operand %s", cmd_quote(process, word));
        cmd_try_help(process);
        return false;
    }
    if (strncmp(word, "if=", 3) == 0) {
        dd->from = value;
        return true;
    }
    if (strncmp(word, "of=", 3) == 0) {
        dd->to = value;
        return true;
    }
    if (strncmp(word, "conv=", 5) == 0)
        return take_list(process, conversions, value, "conversion", &dd->conversion);
    if (strncmp(word, "iflag=", 6) == 0) return take_list(process, flags, value, "input flag", &dd->in_flags);
    if (strncmp(word, "oflag=", 6) == 0)
        return take_list(process, flags, value, "output flag", &dd->out_flags);
    if (strncmp(word, "status=", 7) == 0) return take_status(process, dd, value);
    return take_number(process, dd, word, value);
}

static bool take_operands(struct k_process *process, struct dd *dd)
{
    int i;

    dd->in_size = dd->out_size = 512;
    dd->odd = -1;
    dd->writer = 1;
    for (i = 1; i < process->argc; i++) {
        if (strcmp(process->argv[i], "--") != 0 && !take_operand(process, dd, process->argv[i])) return false;
    }
    dd->bytes_count |= (dd->in_flags & FLAG_COUNT_BYTES) != 0;
    dd->bytes_skip |= (dd->in_flags & FLAG_BYTES) != 0;
    dd->bytes_seek |= (dd->out_flags & FLAG_BYTES) != 0;
    if (dd->convert_size == 0) dd->conversion &= ~(unsigned)(CONV_BLOCK | CONV_UNBLOCK);
    if ((dd->conversion & CONV_LOWER && dd->conversion & CONV_UPPER)) {
        cmd_error(process, "cannot combine lcase and ucase");
        return false;
    }
    if (dd->conversion & CONV_BLOCK && dd->conversion & CONV_UNBLOCK) {
        cmd_error(process, "cannot combine block and unblock");
        return false;
    }
    return true;
}

/* --- opening --- */

static void say_not_skipped(struct k_process *process, const struct dd *dd)
{
    cmd_warn(process, "%s: cannot skip to specified offset",
             cmd_quote_colon(process, dd->from ? dd->from : "standard input"));
}

static bool open_reader(struct k_process *process, struct dd *dd)
{
    uint64_t bytes = dd->bytes_skip ? dd->skip : dd->skip * dd->in_size;

    if (dd->from) dd->reader = k_open_number(process, dd->from, FS_READ, 0);
    if (dd->reader < 0) {
        cmd_error(process, "failed to open %s: %s", cmd_quote(process, dd->from), k_error_text(dd->reader));
        return false;
    }
    /* What cannot be skipped by seeking is read and dropped. */
    if (bytes && k_seek(process, dd->reader, (int64_t)bytes, K_FROM_HERE) >= 0) {
        struct k_stat stat;
        if (k_stat_number(process, dd->reader, &stat) == 0 && stat.kind == K_FILE && stat.size < bytes)
            say_not_skipped(process, dd);
        dd->skip = 0;
    } else {
        dd->skip = bytes;
    }
    return true;
}

static bool open_writer(struct k_process *process, struct dd *dd)
{
    uint64_t bytes = dd->bytes_seek ? dd->seek : dd->seek * dd->out_size;
    unsigned how = FS_WRITE | (dd->conversion & CONV_NO_CREATE ? 0 : FS_CREATE);
    int64_t at;
    int result;

    if (dd->conversion & CONV_EXCLUSIVE) how |= FS_EXCLUSIVE;
    if (dd->out_flags & FLAG_APPEND) how |= FS_APPEND;
    if (dd->to) dd->writer = k_open_number(process, dd->to, how, 0666);
    if (dd->writer < 0) {
        cmd_error(process, "failed to open %s: %s", cmd_quote(process, dd->to), k_error_text(dd->writer));
        return false;
    }
    if (dd->to && !(dd->conversion & CONV_NO_TRUNCATE) && !(dd->out_flags & FLAG_APPEND)) {
        result = k_truncate_number(process, dd->writer, bytes);
        if (result < 0 && (result != UMBRA_EINVAL || bytes)) {
            cmd_error(process, "failed to truncate to %llu bytes in output file %s: %s",
                      (unsigned long long)bytes, cmd_quote(process, dd->to), k_error_text(result));
            return false;
        }
    }
    at = bytes ? k_seek(process, dd->writer, (int64_t)bytes, K_FROM_HERE) : 0;
    if (at >= 0) return true;
    cmd_error(process, "%s: cannot seek: %s", cmd_quote(process, dd->to ? dd->to : "standard output"),
              k_error_text((int)at));
    return false;
}

/* --- conversion --- */

static char change_case(const struct dd *dd, char byte)
{
    if (dd->conversion & CONV_LOWER && byte >= 'A' && byte <= 'Z') return (char)(byte + 32);
    if (dd->conversion & CONV_UPPER && byte >= 'a' && byte <= 'z') return (char)(byte - 32);
    return byte;
}

/* Lines become records of convert_size bytes. */
static void block_byte(struct dd *dd, char byte)
{
    if (byte == '\n') {
        for (; dd->column < dd->convert_size; dd->column++) buffer_put_byte(&dd->out, ' ');
        dd->column = 0;
        return;
    }
    if (dd->column == dd->convert_size) dd->truncated++;
    if (dd->column < dd->convert_size) buffer_put_byte(&dd->out, byte);
    dd->column++;
}

/* Records become lines, without the spaces at their ends. */
static void unblock_byte(struct dd *dd, char byte)
{
    if (byte == ' ') {
        dd->spaces++;
    } else {
        for (; dd->spaces; dd->spaces--) buffer_put_byte(&dd->out, ' ');
        buffer_put_byte(&dd->out, byte);
    }
    if (++dd->column < dd->convert_size) return;
    buffer_put_byte(&dd->out, '\n');
    dd->column = dd->spaces = 0;
}

static void convert_byte(struct dd *dd, char byte)
{
    byte = change_case(dd, byte);
    if (dd->conversion & CONV_BLOCK)
        block_byte(dd, byte);
    else if (dd->conversion & CONV_UNBLOCK)
        unblock_byte(dd, byte);
    else
        buffer_put_byte(&dd->out, byte);
}

static void convert(struct dd *dd)
{
    size_t i;

    if (!(dd->conversion & (CONV_BLOCK | CONV_UNBLOCK | CONV_LOWER | CONV_UPPER | CONV_SWAB))) {
        buffer_put(&dd->out, dd->block, dd->have);
        return;
    }
    for (i = 0; i < dd->have; i++) {
        if (!(dd->conversion & CONV_SWAB)) {
            convert_byte(dd, dd->block[i]);
        } else if (dd->odd < 0) {
            dd->odd = (unsigned char)dd->block[i];
        } else {
            convert_byte(dd, dd->block[i]);
            convert_byte(dd, (char)dd->odd);
            dd->odd = -1;
        }
    }
}

static void finish_conversion(struct dd *dd)
{
    if (dd->odd >= 0) convert_byte(dd, (char)dd->odd);
    dd->odd = -1;
    if (dd->conversion & CONV_BLOCK && dd->column) block_byte(dd, '\n');
    if (dd->conversion & CONV_UNBLOCK && dd->column) {
        buffer_put_byte(&dd->out, '\n');
        dd->column = 0;
    }
}

/* --- copying --- */

/* How much of the next block is to be read; 0: no more. */
static uint64_t wanted(const struct dd *dd)
{
    if (dd->skip) return dd->in_size;
    if (!dd->has_count) return dd->in_size;
    if (!dd->bytes_count) return dd->full_in + dd->part_in < dd->count ? dd->in_size : 0;
    return dd->count - dd->read_bytes < dd->in_size ? dd->count - dd->read_bytes : dd->in_size;
}

/* A block was read; or a part, if that is all that came. */
static void take_block(struct dd *dd, uint64_t size)
{
    if (dd->skip) { /* of what cannot be sought in */
        size_t drop = dd->skip < dd->have ? (size_t)dd->skip : dd->have;
        dd->skip -= drop;
        dd->have -= drop;
        memmove(dd->block, dd->block + drop, dd->have);
        if (dd->have == 0) return;
    }
    dd->read_bytes += dd->have;
    if (dd->have < dd->in_size) {
        dd->part_in++;
        if (dd->conversion & CONV_SYNC) {
            memset(dd->block + dd->have, dd->conversion & (CONV_BLOCK | CONV_UNBLOCK) ? ' ' : 0,
                   dd->in_size - dd->have);
            dd->have = dd->in_size;
        }
    } else {
        dd->full_in++;
    }
    (void)size;
    convert(dd);
    dd->have = 0;
}

/* Reads a block: 0, UMBRA_EAGAIN, or an error, which was said. At the end `ended` is set. */
static int read_block(struct k_process *process, struct dd *dd)
{
    uint64_t size = wanted(dd);
    bool whole = dd->in_flags & FLAG_FULL || dd->skip;
    int64_t got;

    while (size && dd->have < size) {
        got = k_read(process, dd->reader, dd->block + dd->have, size - dd->have);
        if (got == UMBRA_EAGAIN) return UMBRA_EAGAIN;
        if (got < 0) {
            cmd_error(process, "error reading %s: %s",
                      cmd_quote(process, dd->from ? dd->from : "standard input"), k_error_text((int)got));
            dd->ended = true;
            break;
        }
        dd->ended = got == 0;
        dd->have += (size_t)got;
        if (dd->ended || !whole) break;
    }
    if (size == 0) dd->ended = true;
    if (dd->have) take_block(dd, size);
    return dd->out.failed ? UMBRA_ENOMEM : 0;
}

/* Writes whole blocks, and at the end what is left; the same results. */
static int write_blocks(struct k_process *process, struct dd *dd)
{
    while (dd->out.size - dd->out_at >= dd->out_size || (dd->ended && dd->out.size > dd->out_at)) {
        size_t rest = dd->out.size - dd->out_at, size = rest < dd->out_size ? rest : (size_t)dd->out_size;
        int64_t put = k_write(process, dd->writer, dd->out.data + dd->out_at, size);
        if (put == UMBRA_EAGAIN) return UMBRA_EAGAIN;
        if (put < 0) {
            if (!k_is_dying(process))
                cmd_error(process, "error writing %s: %s",
                          cmd_quote(process, dd->to ? dd->to : "standard output"), k_error_text((int)put));
            dd->base.status = 1;
            dd->ended = dd->broken = true;
            return 0;
        }
        dd->out_at += (size_t)put;
        dd->bytes_out += (uint64_t)put;
        if ((uint64_t)put == dd->out_size)
            dd->full_out++;
        else
            dd->part_out++;
        if (k_charge(process, 1)) return 0;
    }
    if (dd->out_at) buffer_consume(&dd->out, dd->out_at);
    dd->out_at = 0;
    return 0;
}

static bool has_block(const struct dd *dd)
{
    return !dd->broken &&
           (dd->out.size - dd->out_at >= dd->out_size || (dd->ended && dd->out.size > dd->out_at));
}

/* "1.5 kB, 1.5 KiB" */
static void put_rates(struct k_process *process, const struct dd *dd)
{
    static const struct cmd_size_style decimal = {.human = true, .si = true}, binary = {.human = true};
    int64_t microseconds = k_monotonic(process->kernel) - dd->started;
    char si[CMD_HUMAN_MAX], iec[CMD_HUMAN_MAX], rate[CMD_HUMAN_MAX], line[200];

    if (microseconds < 1) microseconds = 1;
    cmd_size_text(dd->bytes_out, &decimal, si);
    cmd_size_text(dd->bytes_out, &binary, iec);
    cmd_size_text(dd->bytes_out / (uint64_t)microseconds * 1000000 +
                      dd->bytes_out % (uint64_t)microseconds * 1000000 / (uint64_t)microseconds,
                  &decimal, rate);
    snprintf(line, sizeof line, "%llu byte%s%s%s%s%s%s copied, %lld.%06d s, %sB/s\n",
             (unsigned long long)dd->bytes_out, dd->bytes_out == 1 ? "" : "s",
             dd->bytes_out >= 1000 ? " (" : "", dd->bytes_out >= 1000 ? si : "",
             dd->bytes_out >= 1024   ? "B, "
             : dd->bytes_out >= 1000 ? "B"
                                     : "",
             dd->bytes_out >= 1024 ? iec : "",
             dd->bytes_out >= 1024   ? "iB),"
             : dd->bytes_out >= 1000 ? "),"
                                     : "",
             (long long)(microseconds / 1000000), (int)(microseconds % 1000000), rate);
    cmd_put_error_text(process, line);
}

static void put_statistics(struct k_process *process, const struct dd *dd)
{
    char line[160];

    if (dd->quiet) return;
    snprintf(line, sizeof line, "%llu+%llu records in\n%llu+%llu records out\n",
             (unsigned long long)dd->full_in, (unsigned long long)dd->part_in,
             (unsigned long long)dd->full_out, (unsigned long long)dd->part_out);
    cmd_put_error_text(process, line);
    if (dd->truncated) {
        snprintf(line, sizeof line, "%llu truncated record%s\n", (unsigned long long)dd->truncated,
                 dd->truncated == 1 ? "" : "s");
        cmd_put_error_text(process, line);
    }
    if (!dd->no_rates) put_rates(process, dd);
}

static bool begin(struct k_process *process, struct dd *dd)
{
    if (process->argc == 2 && strcmp(process->argv[1], "--help") == 0) {
        cmd_put_string(process, help);
        return false;
    }
    if (process->argc == 2 && strcmp(process->argv[1], "--version") == 0) {
        cmd_printf(process, "dd (Umbra) " UMBRA_VERSION "\n");
        return false;
    }
    dd->started = k_monotonic(process->kernel);
    if (!take_operands(process, dd) || !open_reader(process, dd) || !open_writer(process, dd)) return false;
    dd->block = arena_take(&process->arena, (size_t)dd->in_size);
    if (dd->block == NULL) cmd_out_of_memory(process);
    return dd->block != NULL;
}

static void dd_end(struct k_process *process)
{
    buffer_free(&((struct dd *)process->state)->out);
    cmd_end(process);
}

static enum k_progress dd_run(struct k_process *process)
{
    struct dd *dd = process->state;
    int result;

    CO_BEGIN(process);
    if (!begin(process, dd)) goto done;
    while (!dd->ended) {
        CO_AWAIT(process, result, read_block(process, dd));
        CMD_NEED(process, result == UMBRA_ENOMEM ? NULL : dd);
        if (dd->ended) finish_conversion(dd);
        while (has_block(dd)) {
            CO_AWAIT(process, result, write_blocks(process, dd));
            CMD_RELIEVE(process);
        }
        CMD_RELIEVE(process);
    }
    if (dd->skip) say_not_skipped(process, dd);
    put_statistics(process, dd);
done:
    CMD_END(process);
}

CMD_PROGRAM_ENDING(dd, struct dd, dd_run, dd_end, help);
