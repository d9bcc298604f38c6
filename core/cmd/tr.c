/* tr: other characters for characters. POSIX.1-2017 tr, with GNU coreutils 9.1's -t; characters are bytes. */
#include <string.h>

#include "cmd/tr_set.h"

static const char help[] =
    "Usage: tr [OPTION]... STRING1 [STRING2]\n"
    "Copy the standard input with the bytes of STRING1 replaced by those of STRING2, deleted or squeezed.\n"
    "\n"
    "  -c, -C, --complement    all bytes but those of STRING1\n"
    "  -d, --delete            delete those of STRING1\n"
    "  -s, --squeeze-repeats   of the last STRING's bytes in a row that are the same, only one\n"
    "  -t, --truncate-set1     STRING1 is not longer than STRING2\n"
    "      --help              this text\n"
    "      --version           the version\n"
    "A-Z is a range, [:alpha:] [:digit:] ... a class, [C*N] N times C, [C*] as often as needed, \\NNN an "
    "octal\n"
    "number; \\a \\b \\f \\n \\r \\t \\v \\\\ are what they are in C.\n";

static const struct cmd_option options[] = {
    {'c', "complement", CMD_NOTHING},    {'C', NULL, CMD_NOTHING},
    {'d', "delete", CMD_NOTHING},        {'s', "squeeze-repeats", CMD_NOTHING},
    {'t', "truncate-set1", CMD_NOTHING}, {0}};

struct tr {
    struct cmd_base base;
    struct cmd_input input;
    bool complement, delete, squeeze, truncate;
    struct tr_set first, second;
    unsigned char map[256];
    bool deletes[256], squeezes[256];
    int last; /* the byte that was written last, when it is squeezed; -1 */
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct tr *tr = process->state;

    (void)value;
    tr->complement |= letter == 'c' || letter == 'C';
    tr->delete |= letter == 'd';
    tr->squeeze |= letter == 's';
    tr->truncate |= letter == 't';
    return true;
}

static bool check_operands(struct k_process *process, const struct tr *tr)
{
    int least = 1 + (tr->delete == tr->squeeze), most = 1 + (!tr->delete || tr->squeeze);
    int count = process->argc - 1;
    const char *why = NULL;

    if (count < least) {
        if (count == 0)
            cmd_error(process, "missing operand");
        else
            cmd_error(process, "missing operand after %s", cmd_quote(process, process->argv[count]));
        if (count == 1)
            why = tr->squeeze ? "Two strings must be given when both deleting and squeezing repeats.\n"
                              : "Two strings must be given when translating.\n";
    } else if (count > most) {
        cmd_error(process, "extra operand %s", cmd_quote(process, process->argv[most + 1]));
        if (count == 2) why = "Only one string may be given when deleting without squeezing repeats.\n";
    } else {
        return true;
    }
    if (why) cmd_put_error_text(process, why);
    cmd_try_help(process);
    return false;
}

static bool has(const struct tr_set *set, enum tr_kind kind)
{
    size_t i;

    for (i = 0; i < set->count; i++)
        if (set->parts[i].kind == kind) return true;
    return false;
}

static bool refuse(struct k_process *process, const char *why)
{
    cmd_error(process, "%s", why);
    return false;
}

/* Whether the classes of the second string stand where the first one has such. */
static bool check_classes(struct k_process *process, const struct tr *tr)
{
    size_t i;

    for (i = 0; i < tr->second.count; i++) {
        const struct tr_part *part = &tr->second.parts[i];
        const struct tr_part *other = i < tr->first.count ? &tr->first.parts[i] : NULL;
        if (part->kind != TR_CLASS) continue;
        if (part->class != TR_LOWER && part->class != TR_UPPER)
            return refuse(process, "when translating, the only character classes that may appear in\n"
                                   "string2 are 'upper' and 'lower'");
        if (other == NULL || other->kind != TR_CLASS || tr->complement ||
            (other->class != TR_LOWER && other->class != TR_UPPER))
            return refuse(process, "misaligned [:upper:] and/or [:lower:] construct");
    }
    return true;
}

/* [c*] without a number. */
static size_t count_fills(const struct tr_set *set)
{
    size_t i, fills = 0;

    for (i = 0; i < set->count; i++) fills += set->parts[i].kind == TR_REPEAT && set->parts[i].count == 0;
    return fills;
}

static bool check_sets(struct k_process *process, const struct tr *tr, bool translating)
{
    size_t fills = count_fills(&tr->second);

    if (count_fills(&tr->first))
        return refuse(process, "the [c*] repeat construct may not appear in string1");
    if (fills > 1) return refuse(process, "only one [c*] repeat construct may appear in string2");
    if (!translating) {
        if (fills) return refuse(process, "the [c*] construct may appear in string2 only when translating");
        return true;
    }
    if (tr->second.count == 0 && !tr->truncate && (tr->first.count || tr->complement))
        return refuse(process, "when not truncating set1, string2 must be non-empty");
    return check_classes(process, tr);
}

/* The bytes of a set, complemented or not. */
static void mark(const struct buffer *bytes, bool complement, bool marks[256])
{
    size_t i;

    memset(marks, complement, 256);
    for (i = 0; i < bytes->size; i++) marks[(unsigned char)bytes->data[i]] = !complement;
}

static bool make_map(struct k_process *process, struct tr *tr, struct buffer *from, struct buffer *to)
{
    uint64_t own = tr_length(&tr->second), fill;
    bool marks[256];
    size_t i;
    int byte;

    if (tr->complement) {
        mark(from, true, marks);
        buffer_clear(from);
        for (byte = 0; byte < 256; byte++)
            if (marks[byte]) buffer_put_byte(from, (char)byte);
    }
    fill = own < from->size ? from->size - own : 0;
    tr_expand(&tr->second, fill, from->size, to);
    if (from->failed || to->failed) return false;
    for (byte = 0; byte < 256; byte++) tr->map[byte] = (unsigned char)byte;
    if (tr->complement && has(&tr->first, TR_CLASS)) {
        for (i = 1; i < from->size; i++)
            if (i < to->size && to->data[i] != to->data[0])
                return refuse(process, "when translating with complemented character classes,\n"
                                       "string2 must map all characters in the domain to one");
    }
    if (to->size < from->size && !tr->truncate && tr->second.count &&
        tr->second.parts[tr->second.count - 1].kind == TR_CLASS)
        return refuse(process, "when translating with string1 longer than string2,\n"
                               "the latter string must not end with a character class");
    for (i = 0; i < from->size; i++) {
        if (i >= to->size && (tr->truncate || to->size == 0)) break;
        tr->map[(unsigned char)from->data[i]] = (unsigned char)to->data[i < to->size ? i : to->size - 1];
    }
    return true;
}

/* The tables of what is to be done. */
static bool begin(struct k_process *process, struct tr *tr)
{
    bool translating = process->argc == 3 && !tr->delete, right;
    struct buffer from = {0}, to = {0};
    int byte;

    if (!check_operands(process, tr) || !tr_parse_set(process, process->argv[1], &tr->first)) return false;
    if (process->argc == 3 && !tr_parse_set(process, process->argv[2], &tr->second)) return false;
    if (!check_sets(process, tr, translating)) return false;
    for (byte = 0; byte < 256; byte++) tr->map[byte] = (unsigned char)byte;
    tr_expand(&tr->first, 0, UINT64_MAX, &from);
    right = !from.failed;
    if (right && tr->delete) mark(&from, tr->complement, tr->deletes);
    if (right && tr->squeeze && process->argc == 2) mark(&from, tr->complement, tr->squeezes);
    if (right && translating) right = make_map(process, tr, &from, &to);
    if (right && tr->squeeze && process->argc == 3) {
        buffer_clear(&to);
        tr_expand(&tr->second, 1, 4096, &to);
        mark(&to, false, tr->squeezes);
    }
    if (from.failed || to.failed) cmd_out_of_memory(process);
    right = right && !to.failed;
    buffer_free(&from);
    buffer_free(&to);
    return right;
}

/* Changes bytes in their place; how many are left. */
static size_t change(struct tr *tr, unsigned char *bytes, size_t size)
{
    size_t from, to = 0;

    for (from = 0; from < size; from++) {
        unsigned char byte = bytes[from];
        if (tr->deletes[byte]) continue;
        byte = tr->map[byte];
        if (tr->squeezes[byte] && tr->last == byte) continue;
        tr->last = byte;
        bytes[to++] = byte;
    }
    return to;
}

static enum k_progress tr_run(struct k_process *process)
{
    struct tr *tr = process->state;
    struct cmd_input *input = &tr->input;
    int64_t got;

    CO_BEGIN(process);
    tr->last = -1;
    CMD_OPTIONS(process, options, CMD_OPERAND_FIRST, take_option, 1);
    if (!begin(process, tr) || cmd_open_next(process, input, 0) <= 0) goto done;
    for (;;) {
        CO_AWAIT(process, got, cmd_fill(process, input));
        if (got <= 0) break;
        cmd_put(process, input->bytes + input->at,
                change(tr, (unsigned char *)input->bytes + input->at, input->end - input->at));
        input->at = input->end;
        CMD_RELIEVE(process);
    }
done:
    CMD_END(process);
}

CMD_PROGRAM(tr, struct tr, tr_run, help);
