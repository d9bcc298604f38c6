/* cmp: compare two files byte by byte. POSIX.1-2017 cmp, with the options of GNU diffutils 3.8. */
#include <string.h>

#include "cmd/command.h"

static const char help[] =
    "Usage: cmp [OPTION]... FILE1 [FILE2 [SKIP1 [SKIP2]]]\n"
    "Say where two files first differ. FILE2 is the standard input when it is missing or -.\n"
    "\n"
    "  -b, --print-bytes      with the bytes that differ\n"
    "  -i, --ignore-initial=SKIP[:SKIP2]  begin behind so many bytes\n"
    "  -l, --verbose          all bytes that differ\n"
    "  -n, --bytes=LIMIT      compare so many at most\n"
    "  -s, --quiet, --silent  only the status\n"
    "      --help             this text\n"
    "      --version          the version\n"
    "\n"
    "Status: 0 they are the same, 1 they differ, 2 trouble.\n";

static const struct cmd_option options[] = {{'b', "print-bytes", CMD_NOTHING},
                                            {'i', "ignore-initial", CMD_VALUE},
                                            {'l', "verbose", CMD_NOTHING},
                                            {'n', "bytes", CMD_VALUE},
                                            {'s', "quiet", CMD_NOTHING},
                                            {'s', "silent", CMD_NOTHING},
                                            {0}};

struct side {
    struct cmd_input input;
    uint64_t skip;
};

struct cmp {
    struct cmd_base base;
    bool bytes, all, silent, done;
    uint64_t limit; /* UINT64_MAX: none */
    struct side sides[2];
    uint64_t offset, line; /* compared so far; newlines among them */
    char last;             /* byte that was compared */
    int width;             /* of offsets with -l */
};

static bool take_number(struct k_process *process, const char *value, uint64_t *number)
{
    if (cmd_size(value, number)) return true;
    cmd_error(process, "invalid --bytes value %s", cmd_quote(process, value));
    cmd_try_help(process);
    return false;
}

static bool take_skips(struct k_process *process, struct cmp *cmp, const char *value)
{
    const char *colon = strchr(value, ':');
    char *first = colon ? arena_copy(&process->arena, value, (size_t)(colon - value)) : NULL;

    if (colon == NULL) {
        if (!cmd_size(value, &cmp->sides[0].skip)) goto wrong;
        cmp->sides[1].skip = cmp->sides[0].skip;
        return true;
    }
    if (first && cmd_size(first, &cmp->sides[0].skip) && cmd_size(colon + 1, &cmp->sides[1].skip))
        return true;
wrong:
    cmd_error(process, "invalid --ignore-initial value %s", cmd_quote(process, value));
    cmd_try_help(process);
    return false;
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct cmp *cmp = process->state;

    cmp->bytes |= letter == 'b';
    cmp->all |= letter == 'l';
    cmp->silent |= letter == 's';
    if (letter == 'i') return take_skips(process, cmp, value);
    return letter == 'n' ? take_number(process, value, &cmp->limit) : true;
}

static bool open_side(struct k_process *process, struct side *side, const char *name)
{
    side->input.begun = true;
    side->input.name = name;
    side->input.number = strcmp(name, "-") == 0 ? 0 : k_open_number(process, name, FS_READ, 0);
    if (side->input.number >= 0) return true;
    cmd_path_error(process, name, side->input.number);
    return false;
}

static bool settle(struct k_process *process, struct cmp *cmp)
{
    int i;

    if (process->argc < 2 || process->argc > 5) {
        if (process->argc < 2)
            cmd_missing_operand(process, process->argv[0]);
        else
            cmd_extra_operand(process, process->argv[5]);
        return false;
    }
    for (i = 3; i < process->argc; i++)
        if (!cmd_size(process->argv[i], &cmp->sides[i - 3].skip)) {
            cmd_error(process, "invalid --ignore-initial value %s", cmd_quote(process, process->argv[i]));
            return false;
        }
    return open_side(process, &cmp->sides[0], process->argv[1]) &&
           open_side(process, &cmp->sides[1], process->argc > 2 ? process->argv[2] : "-");
}

/* Offsets of -l have as many digits as the shorter file needs. */
static int find_width(struct k_process *process, const struct cmp *cmp)
{
    uint64_t most = cmp->limit;
    struct k_stat stat;
    int i, width = 1;

    for (i = 0; i < 2; i++) {
        if (k_stat_number(process, cmp->sides[i].input.number, &stat) < 0 || stat.kind != K_FILE) return 1;
        if (stat.size < most) most = stat.size;
    }
    while (most /= 10) width++;
    return width;
}

/* Until there are bytes behind what is skipped, or the end: UMBRA_EAGAIN, an error, or 0. */
static int fill_side(struct k_process *process, struct side *side)
{
    struct cmd_input *input = &side->input;

    for (;;) {
        uint64_t have = input->end - input->at, drop = have < side->skip ? have : side->skip;
        int64_t got;
        input->at += (size_t)drop;
        side->skip -= drop;
        if (input->at < input->end || input->ended) return 0;
        got = cmd_fill(process, input);
        if (got < 0) return (int)got;
    }
}

static int fill(struct k_process *process, struct cmp *cmp)
{
    int result = fill_side(process, &cmp->sides[0]);
    return result < 0 ? result : fill_side(process, &cmp->sides[1]);
}

/* A byte as cat -t shows it. */
static void put_byte_name(char text[8], unsigned char byte)
{
    char *at = text;

    if (byte >= 128) {
        *at++ = 'M';
        *at++ = '-';
        byte -= 128;
    }
    if (byte < 32 || byte == 127) {
        *at++ = '^';
        byte ^= 64;
    }
    *at++ = (char)byte;
    *at = '\0';
}

static void put_difference(struct k_process *process, struct cmp *cmp, unsigned char a, unsigned char b)
{
    char first[8], second[8];

    cmp->base.status = 1;
    if (cmp->silent) return;
    put_byte_name(first, a);
    put_byte_name(second, b);
    if (cmp->all && cmp->bytes)
        cmd_printf(process, "%*llu %3o %-4s %3o %s\n", cmp->width, (unsigned long long)cmp->offset + 1, a,
                   first, b, second);
    else if (cmp->all)
        cmd_printf(process, "%*llu %3o %3o\n", cmp->width, (unsigned long long)cmp->offset + 1, a, b);
    else
        cmd_printf(process, "%s %s differ: %s %llu, line %llu", cmp->sides[0].input.name,
                   cmp->sides[1].input.name, "byte", (unsigned long long)cmp->offset + 1,
                   (unsigned long long)cmp->line + 1);
    if (!cmp->all && cmp->bytes) cmd_printf(process, " is %3o %s %3o %s", a, first, b, second);
    if (!cmp->all) cmd_put_byte(process, '\n');
}

static void put_end(struct k_process *process, struct cmp *cmp, const struct side *ended)
{
    cmp->base.status = 1;
    if (cmp->silent) return;
    if (cmp->offset == 0)
        cmd_warn(process, "EOF on %s which is empty", ended->input.name);
    else if (cmp->all)
        cmd_warn(process, "EOF on %s after byte %llu", ended->input.name, (unsigned long long)cmp->offset);
    else
        cmd_warn(process, "EOF on %s after byte %llu, %sline %llu", ended->input.name,
                 (unsigned long long)cmp->offset, cmp->last == '\n' ? "" : "in ",
                 (unsigned long long)cmp->line + (cmp->last != '\n'));
}

/* What both sides have now; differences of -l are as many as there may be, so at most a piece at once. */
static void compare(struct k_process *process, struct cmp *cmp)
{
    struct cmd_input *a = &cmp->sides[0].input, *b = &cmp->sides[1].input;
    size_t have = a->end - a->at < b->end - b->at ? a->end - a->at : b->end - b->at, i;

    if (have > cmp->limit - cmp->offset) have = (size_t)(cmp->limit - cmp->offset);
    if (have > CMD_FULL / 16) have = CMD_FULL / 16;
    if (have == 0) {
        bool first = a->at == a->end, second = b->at == b->end;
        if (cmp->offset < cmp->limit && first != second)
            put_end(process, cmp, first ? &cmp->sides[0] : &cmp->sides[1]);
        cmp->done = true;
        return;
    }
    k_charge(process, have);
    for (i = 0; i < have && !cmp->done; i++, cmp->offset++) {
        char first = a->bytes[a->at + i], second = b->bytes[b->at + i];
        if (first != second) {
            put_difference(process, cmp, (unsigned char)first, (unsigned char)second);
            cmp->done = !cmp->all;
        }
        cmp->line += first == '\n';
        cmp->last = first;
    }
    a->at += have;
    b->at += have;
}

static enum k_progress cmp_run(struct k_process *process)
{
    struct cmp *cmp = process->state;
    int result;

    CO_BEGIN(process);
    cmp->limit = UINT64_MAX;
    CMD_OPTIONS(process, options, 0, take_option, 2);
    cmp->done = !settle(process, cmp);
    if (cmp->done)
        cmp->base.status = 2;
    else
        cmp->width = find_width(process, cmp);
    while (!cmp->done) {
        CO_AWAIT(process, result, fill(process, cmp));
        if (result < 0) {
            cmp->base.status = 2;
            break;
        }
        compare(process, cmp);
        CMD_RELIEVE(process);
    }
    CMD_END(process);
}

CMD_PROGRAM(cmp, struct cmp, cmp_run, help);
