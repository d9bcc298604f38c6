/* uniq: lines that are next to each other and alike, once. POSIX.1-2017 uniq, with GNU coreutils 9.1's -D -i
 * -w -z and --group. */
#include <string.h>

#include "cmd/command.h"

static const char help[] =
    "Usage: uniq [OPTION]... [INPUT [OUTPUT]]\n"
    "Of lines in a row that are alike, write only the first.\n"
    "\n"
    "  -c, --count            how many there are, before each\n"
    "  -d, --repeated         only lines that are there more than once\n"
    "  -D                     all of those that are there more than once\n"
    "      --all-repeated[=METHOD]  the same with an empty line between groups: none, prepend, separate\n"
    "  -f, --skip-fields=N    the first N fields do not count\n"
    "      --group[=METHOD]   all lines, with an empty line between groups: separate, prepend, append, both\n"
    "  -i, --ignore-case      the case of letters does not matter\n"
    "  -s, --skip-chars=N     the first N bytes (behind the fields) do not count\n"
    "  -u, --unique           only lines that are there once\n"
    "  -w, --check-chars=N    no more than N bytes count\n"
    "  -z, --zero-terminated  lines end with NUL, not newline\n"
    "      --help             this text\n"
    "      --version          the version\n";

enum { ALL_REPEATED = 256, GROUP };
enum delimiting { NONE, SEPARATE, PREPEND, APPEND, BOTH };

static const struct cmd_option options[] = {
    {'c', "count", CMD_NOTHING},
    {'d', "repeated", CMD_NOTHING},
    {'D', NULL, CMD_NOTHING},
    {ALL_REPEATED, "all-repeated", CMD_MAY_VALUE},
    {'f', "skip-fields", CMD_VALUE},
    {GROUP, "group", CMD_MAY_VALUE},
    {'i', "ignore-case", CMD_NOTHING},
    {'s', "skip-chars", CMD_VALUE},
    {'u', "unique", CMD_NOTHING},
    {'w', "check-chars", CMD_VALUE},
    {'z', "zero-terminated", CMD_NOTHING},
    {'0', NULL, CMD_VALUE}, /* -5: fields, as POSIX.2 of 1992 had it */
    {0}};

struct uniq {
    struct cmd_base base;
    struct cmd_input input;
    bool count, ignore_case, group;
    bool unique, first, later; /* which lines are written: those alone, the first of several, the others */
    enum delimiting delimiting;
    uint64_t skip_fields, skip_bytes, most_bytes;
    char end_of_line;
    struct buffer last; /* the line before, without its end */
    bool any, any_group;
    uint64_t repeats; /* of the last line */
};

static bool take_number(struct k_process *process, const char *value, uint64_t *number, const char *what)
{
    const char *digits = value;
    uint64_t result = 0;

    for (; *digits >= '0' && *digits <= '9'; digits++)
        result = result > UINT64_MAX / 10 - 10 ? UINT64_MAX / 10 : result * 10 + (uint64_t)(*digits - '0');
    if (digits > value && *digits == '\0') {
        *number = result;
        return true;
    }
    cmd_error(process, "%s: invalid number of %s", value, what);
    return false;
}

static bool take_method(struct k_process *process, struct uniq *uniq, int letter, const char *value)
{
    static const char *const methods[] = {"none", "separate", "prepend", "append", "both"};
    int i;

    if (value == NULL) value = letter == GROUP ? "separate" : "none";
    for (i = letter == GROUP; i < (letter == GROUP ? 5 : 3); i++) {
        if (strcmp(methods[i], value) != 0) continue;
        uniq->delimiting = (enum delimiting)i;
        return true;
    }
    cmd_error(process, "invalid argument %s for '--%s'", cmd_quote(process, value),
              letter == GROUP ? "group" : "all-repeated");
    cmd_put_error_text(process, letter == GROUP ? "Valid arguments are:\n  - 'prepend'\n  - 'append'\n"
                                                  "  - 'separate'\n  - 'both'\n"
                                                : "Valid arguments are:\n  - 'none'\n  - 'prepend'\n"
                                                  "  - 'separate'\n");
    cmd_try_help(process);
    return false;
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct uniq *uniq = process->state;

    switch (letter) {
    case 'f':
    case '0':
        return take_number(process, value, &uniq->skip_fields, "fields to skip");
    case 's':
        return take_number(process, value, &uniq->skip_bytes, "bytes to skip");
    case 'w':
        return take_number(process, value, &uniq->most_bytes, "bytes to compare");
    case 'D':
    case ALL_REPEATED:
        uniq->unique = false;
        uniq->later = true;
        return letter == 'D' || take_method(process, uniq, letter, value);
    case GROUP:
        uniq->group = true;
        return take_method(process, uniq, letter, value);
    case 'z':
        uniq->end_of_line = '\0';
        return true;
    default:
        uniq->count |= letter == 'c';
        uniq->ignore_case |= letter == 'i';
        uniq->unique &= letter != 'd';
        uniq->first &= letter != 'u';
        return true;
    }
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n';
}

/* The part of a line that counts. */
static void cut(const struct uniq *uniq, const char **line, size_t *length)
{
    const char *at = *line, *end = at + *length;
    uint64_t fields = uniq->skip_fields;

    for (; fields && at < end; fields--) {
        while (at < end && is_blank(*at)) at++;
        while (at < end && !is_blank(*at)) at++;
    }
    at += uniq->skip_bytes < (size_t)(end - at) ? (size_t)uniq->skip_bytes : (size_t)(end - at);
    *line = at;
    *length = uniq->most_bytes < (size_t)(end - at) ? (size_t)uniq->most_bytes : (size_t)(end - at);
}

static int fold(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

static bool is_alike(const struct uniq *uniq, const char *line, size_t length)
{
    const char *last = buffer_string(&uniq->last);
    size_t last_length = uniq->last.size, i;

    cut(uniq, &last, &last_length);
    cut(uniq, &line, &length);
    if (last_length != length) return false;
    if (!uniq->ignore_case) return memcmp(last, line, length) == 0;
    for (i = 0; i < length && fold(last[i]) == fold(line[i]);) i++;
    return i == length;
}

/* Writes the last line if it is one of those that are wanted. alike: the next one is like it. */
static void put_last(struct k_process *process, struct uniq *uniq, bool alike)
{
    bool wanted = uniq->repeats == 0 ? uniq->unique : alike ? uniq->later : uniq->first;

    if (!wanted) return;
    if (uniq->count) cmd_printf(process, "%7llu ", (unsigned long long)uniq->repeats + 1);
    cmd_put(process, uniq->last.data, uniq->last.size);
    cmd_put_byte(process, uniq->end_of_line);
}

static void keep(struct uniq *uniq, const char *line, size_t length)
{
    buffer_clear(&uniq->last);
    buffer_put(&uniq->last, line, length);
}

/* --group: all lines. */
static void take_grouped(struct k_process *process, struct uniq *uniq, const char *line, size_t length)
{
    bool begins = !uniq->any || !is_alike(uniq, line, length);

    if (begins && (uniq->delimiting == PREPEND || uniq->delimiting == BOTH || uniq->any))
        cmd_put_byte(process, uniq->end_of_line);
    cmd_put(process, line, length);
    cmd_put_byte(process, uniq->end_of_line);
    if (begins) keep(uniq, line, length);
    uniq->any = true;
}

static void take_line(struct k_process *process, struct uniq *uniq, const char *line, size_t length)
{
    bool alike = uniq->any && is_alike(uniq, line, length);

    if (!uniq->any) {
        keep(uniq, line, length);
        uniq->any = true;
        return;
    }
    uniq->repeats += alike;
    if (!alike && uniq->repeats) uniq->any_group = true;
    if (alike && uniq->repeats == 1 &&
        (uniq->delimiting == PREPEND || (uniq->delimiting == SEPARATE && uniq->any_group)))
        cmd_put_byte(process, uniq->end_of_line);
    if (alike && !uniq->later) return;
    put_last(process, uniq, alike);
    keep(uniq, line, length);
    if (!alike) uniq->repeats = 0;
}

static void end_lines(struct k_process *process, struct uniq *uniq)
{
    if (!uniq->any) return;
    if (!uniq->group)
        put_last(process, uniq, false);
    else if (uniq->delimiting == APPEND || uniq->delimiting == BOTH)
        cmd_put_byte(process, uniq->end_of_line);
}

static bool check(struct k_process *process, const struct uniq *uniq)
{
    if (process->argc > 3)
        cmd_error(process, "extra operand %s", cmd_quote(process, process->argv[3]));
    else if (uniq->group && (uniq->count || !uniq->unique || !uniq->first || uniq->later))
        cmd_error(process, "--group is mutually exclusive with -c/-d/-D/-u");
    else if (uniq->later && uniq->count)
        cmd_error(process, "printing all duplicated lines and repeat counts is meaningless");
    else
        return true;
    cmd_try_help(process);
    return false;
}

static bool open_output(struct k_process *process)
{
    struct k_file *file;
    int result;

    if (process->argc < 3 || strcmp(process->argv[2], "-") == 0) return true;
    result = k_open_file(process, process->argv[2], FS_WRITE | FS_CREATE | FS_TRUNCATE, 0666, &file);
    if (result == 0) result = k_install_at(process, file, 1);
    if (result < 0) cmd_path_error(process, process->argv[2], result);
    return result >= 0;
}

static void complain(struct k_process *process, const char *name, int code, bool opening)
{
    if (opening)
        cmd_path_error(process, name, code);
    else
        cmd_error(process, "error reading %s", cmd_quote(process, name));
}

static enum k_progress uniq_run(struct k_process *process)
{
    struct uniq *uniq = process->state;
    char *line;
    size_t length;
    int result;

    CO_BEGIN(process);
    uniq->end_of_line = '\n';
    uniq->unique = uniq->first = true;
    uniq->most_bytes = UINT64_MAX;
    uniq->input.complain = complain;
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!check(process, uniq)) goto done;
    if (cmd_open_next(process, &uniq->input, process->argc > 1) <= 0) goto done;
    if (!open_output(process)) goto done;
    for (;;) {
        CO_AWAIT(process, result, cmd_read_line(process, &uniq->input, uniq->end_of_line, &line, &length));
        if (result <= 0) break;
        if (line[length - 1] == uniq->end_of_line) length--;
        if (uniq->group)
            take_grouped(process, uniq, line, length);
        else
            take_line(process, uniq, line, length);
        if (uniq->last.failed) {
            cmd_out_of_memory(process);
            goto done;
        }
        CMD_RELIEVE(process);
    }
    if (result == 0) end_lines(process, uniq);
done:
    CMD_END(process);
}

static void uniq_end(struct k_process *process)
{
    struct uniq *uniq = process->state;

    buffer_free(&uniq->last);
    cmd_end(process);
}

CMD_PROGRAM_ENDING(uniq, struct uniq, uniq_run, uniq_end, help);
