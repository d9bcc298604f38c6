/* cut: parts of lines. POSIX.1-2017 cut, with GNU coreutils 9.1's --complement, --output-delimiter and -z;
 * characters are bytes, as they are there. */
#include <string.h>

#include "cmd/command.h"

static const char help[] = "Usage: cut OPTION... [FILE]...\n"
                           "Print parts of the lines of each FILE.\n"
                           "\n"
                           "  -b, --bytes=LIST         these bytes\n"
                           "  -c, --characters=LIST    the same\n"
                           "  -d, --delimiter=DELIM    DELIM between fields instead of a tab\n"
                           "  -f, --fields=LIST        these fields, and lines that have no delimiter\n"
                           "  -n                       nothing\n"
                           "      --complement         all but these\n"
                           "  -s, --only-delimited     no lines without a delimiter\n"
                           "      --output-delimiter=STRING  STRING between what is printed\n"
                           "  -z, --zero-terminated    lines end with NUL, not newline\n"
                           "      --help               this text\n"
                           "      --version            the version\n"
                           "A LIST is of N, N-M, N- and -M, with commas between them.\n";

enum { COMPLEMENT = 256, OUTPUT_DELIMITER };

static const struct cmd_option options[] = {{'b', "bytes", CMD_VALUE},
                                            {'c', "characters", CMD_VALUE},
                                            {'d', "delimiter", CMD_VALUE},
                                            {'f', "fields", CMD_VALUE},
                                            {'n', NULL, CMD_NOTHING},
                                            {COMPLEMENT, "complement", CMD_NOTHING},
                                            {'s', "only-delimited", CMD_NOTHING},
                                            {OUTPUT_DELIMITER, "output-delimiter", CMD_VALUE},
                                            {'z', "zero-terminated", CMD_NOTHING},
                                            {0}};

struct range {
    uint64_t first, last; /* from 1; UINT64_MAX: no end */
};

struct cut {
    struct cmd_base base;
    struct cmd_input input;
    const char *list, *output_delimiter;
    size_t output_length;
    bool fields, complement, only_delimited, delimited;
    char delimiter, end_of_line;
    struct range *ranges; /* in order */
    size_t count;
};

static bool refuse(struct k_process *process, const char *why)
{
    cmd_error(process, "%s", why);
    cmd_try_help(process);
    return false;
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct cut *cut = process->state;

    if (letter == 'b' || letter == 'c' || letter == 'f') {
        if (cut->list) return refuse(process, "only one list may be specified");
        cut->list = value;
        cut->fields = letter == 'f';
    }
    if (letter == 'd') {
        if (value[0] && value[1]) return refuse(process, "the delimiter must be a single character");
        cut->delimiter = value[0];
        cut->delimited = true;
    }
    if (letter == OUTPUT_DELIMITER) {
        cut->output_delimiter = value;
        cut->output_length = *value ? strlen(value) : 1; /* an empty one is a NUL */
    }
    cut->complement |= letter == COMPLEMENT;
    cut->only_delimited |= letter == 's';
    if (letter == 'z') cut->end_of_line = '\0';
    return true;
}

/* --- the list --- */

static bool add(struct k_process *process, struct cut *cut, uint64_t first, uint64_t last)
{
    struct range *ranges = arena_grow(&process->arena, cut->ranges, cut->count * sizeof *ranges,
                                      (cut->count + 1) * sizeof *ranges);
    size_t at;

    if (ranges == NULL) {
        cmd_out_of_memory(process);
        return false;
    }
    for (at = cut->count++; at && ranges[at - 1].first > first; at--) ranges[at] = ranges[at - 1];
    ranges[at] = (struct range){first, last};
    cut->ranges = ranges;
    return true;
}

/* A number at *at, 0 when there is none. */
static bool take_number(struct k_process *process, const struct cut *cut, const char **at, uint64_t *number)
{
    const char *start = *at;

    *number = 0;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        if (*number < (UINT64_MAX - 9) / 10) {
            *number = *number * 10 + (uint64_t)(**at - '0');
            continue;
        }
        cmd_error(process, "%s %s is too large", cut->fields ? "field number" : "byte/character offset",
                  cmd_quote(process, start));
        cmd_try_help(process);
        return false;
    }
    if (*at > start && *number == 0)
        return refuse(process, cut->fields ? "fields are numbered from 1"
                                           : "byte/character positions are numbered from 1");
    return true;
}

static bool take_range(struct k_process *process, struct cut *cut, const char **at)
{
    const char *start = *at;
    uint64_t first, last;

    if (!take_number(process, cut, at, &first)) return false;
    last = first;
    if (**at == '-') {
        ++*at;
        if (!take_number(process, cut, at, &last)) return false;
        if (first == 0 && last == 0) {
            cmd_error(process, "invalid range with no endpoint: %s", start);
            cmd_try_help(process);
            return false;
        }
        if (last == 0) last = UINT64_MAX;
        if (first == 0) first = 1;
        if (last < first) return refuse(process, "invalid decreasing range");
    } else if (first == 0 && (**at == ',' || **at == ' ' || **at == '\t' || **at == '\0')) {
        return refuse(process, cut->fields ? "fields are numbered from 1"
                                           : "byte/character positions are numbered from 1");
    }
    if (**at && **at != ',' && **at != ' ' && **at != '\t') {
        if (**at == '-')
            return refuse(process, cut->fields ? "invalid field range" : "invalid byte or character range");
        cmd_error(process, cut->fields ? "invalid field value %s" : "invalid byte/character position %s",
                  cmd_quote(process, *at));
        cmd_try_help(process);
        return false;
    }
    return add(process, cut, first, last);
}

/* Ranges that overlap become one; with --complement they become what is between them. */
static void settle(struct cut *cut)
{
    size_t from, to = 0;
    uint64_t next = 1;

    for (from = 1; from < cut->count; from++) {
        if (cut->ranges[from].first <= cut->ranges[to].last) {
            if (cut->ranges[from].last > cut->ranges[to].last) cut->ranges[to].last = cut->ranges[from].last;
        } else {
            cut->ranges[++to] = cut->ranges[from];
        }
    }
    cut->count = to + 1;
    if (!cut->complement) return;
    for (from = to = 0; from < cut->count; from++) {
        struct range range = cut->ranges[from];
        if (range.first > next) cut->ranges[to++] = (struct range){next, range.first - 1};
        next = range.last == UINT64_MAX ? 0 : range.last + 1;
        if (next == 0) break;
    }
    cut->count = to;
    /* There is room: add() was called once more than there are ranges then. */
    if (next) cut->ranges[cut->count++] = (struct range){next, UINT64_MAX};
}

static bool begin(struct k_process *process, struct cut *cut)
{
    const char *at = cut->list;

    if (cut->list == NULL) return refuse(process, "you must specify a list of bytes, characters, or fields");
    if (!cut->fields && cut->delimited)
        return refuse(process, "an input delimiter may be specified only when operating on fields");
    if (!cut->fields && cut->only_delimited)
        return refuse(process,
                      "suppressing non-delimited lines makes sense\n\tonly when operating on fields");
    for (;; at++) {
        if (!take_range(process, cut, &at)) return false;
        if (*at == '\0') break;
    }
    if (cut->complement) {
        if (!add(process, cut, UINT64_MAX, UINT64_MAX)) return false;
        cut->count--;
    }
    settle(cut);
    return true;
}

/* --- lines --- */

static void put_bytes(struct k_process *process, const struct cut *cut, const char *line, size_t length)
{
    bool any = false;
    size_t i;

    for (i = 0; i < cut->count && cut->ranges[i].first <= length; i++) {
        size_t first = (size_t)cut->ranges[i].first - 1;
        size_t last = cut->ranges[i].last < length ? (size_t)cut->ranges[i].last : length;
        if (any && cut->output_delimiter) cmd_put(process, cut->output_delimiter, cut->output_length);
        cmd_put(process, line + first, last - first);
        any = true;
    }
}

static void put_fields(struct k_process *process, const struct cut *cut, const char *line, size_t length)
{
    const char *at = line, *stop = line + length;
    uint64_t field = 1;
    size_t range = 0;
    bool any = false;

    for (;; field++) {
        const char *end = memchr(at, cut->delimiter, (size_t)(stop - at));
        while (range < cut->count && cut->ranges[range].last < field) range++;
        if (range == cut->count) break;
        if (field >= cut->ranges[range].first) {
            if (any && cut->output_delimiter)
                cmd_put(process, cut->output_delimiter, cut->output_length);
            else if (any)
                cmd_put_byte(process, cut->delimiter);
            cmd_put(process, at, (size_t)((end ? end : stop) - at));
            any = true;
        }
        if (end == NULL) break;
        at = end + 1;
    }
}

static void put_line(struct k_process *process, const struct cut *cut, const char *line, size_t length)
{
    if (length && line[length - 1] == cut->end_of_line) length--;
    if (!cut->fields) {
        put_bytes(process, cut, line, length);
    } else if (length == 0 || memchr(line, cut->delimiter, length) == NULL) {
        if (cut->only_delimited) return;
        cmd_put(process, line, length);
    } else {
        put_fields(process, cut, line, length);
    }
    cmd_put_byte(process, cut->end_of_line);
}

static enum k_progress cut_run(struct k_process *process)
{
    struct cut *cut = process->state;
    char *line;
    size_t length;
    int result;

    CO_BEGIN(process);
    cut->delimiter = '\t';
    cut->end_of_line = '\n';
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!begin(process, cut)) goto done;
    while (cmd_open_next(process, &cut->input, process->argc - 1) > 0) {
        for (;;) {
            CO_AWAIT(process, result, cmd_read_line(process, &cut->input, cut->end_of_line, &line, &length));
            if (result <= 0) break;
            put_line(process, cut, line, length);
            CMD_RELIEVE(process);
        }
    }
done:
    CMD_END(process);
}

CMD_PROGRAM(cut, struct cut, cut_run, help);
