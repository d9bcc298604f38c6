/* head: the first part of files. POSIX.1-2017 head, with GNU coreutils 9.1's -c -q -v -z and negative counts.
 */
#include <string.h>

#include "cmd/command.h"

static const char help[] =
    "Usage: head [OPTION]... [FILE]...\n"
    "Print the first 10 lines of each FILE. With more than one, each has its name above it.\n"
    "\n"
    "  -c, --bytes=[-]NUM       the first NUM bytes; with '-', all but the last NUM\n"
    "  -n, --lines=[-]NUM       the first NUM lines; with '-', all but the last NUM\n"
    "  -q, --quiet, --silent    no names\n"
    "  -v, --verbose            names always\n"
    "  -z, --zero-terminated    lines end with NUL, not newline\n"
    "      --help               this text\n"
    "      --version            the version\n"
    "NUM may have a suffix: b 512, kB 1000, K 1024, MB 1000*1000, M 1024*1024, and so on.\n";

static const struct cmd_option options[] = {{'c', "bytes", CMD_VALUE},
                                            {'n', "lines", CMD_VALUE},
                                            {'q', "quiet", CMD_NOTHING},
                                            {'q', "silent", CMD_NOTHING},
                                            {'v', "verbose", CMD_NOTHING},
                                            {'z', "zero-terminated", CMD_NOTHING},
                                            {'0', NULL, CMD_VALUE}, /* -5 */
                                            {0}};

struct head {
    struct cmd_base base;
    struct cmd_input input;
    bool bytes, all_but, quiet, verbose, any;
    char end_of_line;
    uint64_t count, left; /* left of the open file; with all_but what is held back so far */
    size_t counted;       /* with all_but: bytes of the input that were counted */
};

static bool take_count(struct k_process *process, const char *value, bool bytes)
{
    struct head *head = process->state;
    const char *text = *value == '-' || *value == '+' ? value + 1 : value;

    head->bytes = bytes;
    head->all_but = *value == '-';
    if (cmd_size(text, &head->count)) return true;
    cmd_error(process, "invalid number of %s: %s", bytes ? "bytes" : "lines", cmd_quote(process, text));
    return false;
}

/* What POSIX.2 of 1992 had: -5, -5c, -5kq. */
static bool take_old(struct k_process *process, const char *value)
{
    struct head *head = process->state;
    size_t digits = strspn(value, "0123456789");
    uint64_t factor = 1;
    char *number = arena_copy(&process->arena, value, digits);

    if (number == NULL) {
        cmd_out_of_memory(process);
        return false;
    }
    head->bytes = false;
    for (value += digits; *value; value++) {
        head->bytes |= strchr("cbkm", *value) != NULL;
        if (*value == 'b') factor = 512;
        if (*value == 'k') factor = 1024;
        if (*value == 'm') factor = 1u << 20;
        head->quiet = *value == 'q' || (head->quiet && *value != 'v');
        head->verbose = *value == 'v' || (head->verbose && *value != 'q');
        if (*value == 'z') head->end_of_line = '\0';
        if (strchr("cbkmlqvz", *value)) continue;
        cmd_error(process, "invalid trailing option -- %c", *value);
        cmd_try_help(process);
        return false;
    }
    if (!take_count(process, number, head->bytes)) return false;
    head->count *= factor;
    return true;
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct head *head = process->state;

    if (letter == '0') return take_old(process, value);
    if (letter == 'c' || letter == 'n') return take_count(process, value, letter == 'c');
    if (letter == 'q' || letter == 'v') {
        head->quiet = letter == 'q';
        head->verbose = letter == 'v';
    }
    if (letter == 'z') head->end_of_line = '\0';
    return true;
}

static void complain(struct k_process *process, const char *name, int code, bool opening)
{
    const char *quoted = cmd_quote(process, strcmp(name, "-") == 0 ? "standard input" : name);

    if (opening)
        cmd_error(process, "cannot open %s for reading: %s", quoted, k_error_text(code));
    else
        cmd_error(process, "error reading %s: %s", quoted, k_error_text(code));
}

static void begin_file(struct k_process *process, struct head *head)
{
    const char *name = head->input.name;
    bool titles = head->verbose || (!head->quiet && process->argc > 2);

    if (titles)
        cmd_printf(process, "%s==> %s <==\n", head->any ? "\n" : "",
                   strcmp(name, "-") == 0 ? "standard input" : name);
    head->any = true;
    head->left = head->all_but ? 0 : head->count;
    head->counted = 0;
}

/* Puts what is wanted of the bytes that were read; true when that was all. */
static bool put_first(struct k_process *process, struct head *head)
{
    struct cmd_input *input = &head->input;
    const char *start = input->bytes + input->at, *at = start;
    size_t size = input->end - input->at;

    if (head->bytes) {
        if (size > head->left) size = (size_t)head->left;
        head->left -= size;
    } else {
        while (head->left && at < start + size) {
            const char *end = memchr(at, head->end_of_line, (size_t)(start + size - at));
            at = end ? end + 1 : start + size;
            if (end) head->left--;
        }
        size = (size_t)(at - start);
    }
    cmd_put(process, start, size);
    input->at += size;
    return head->left == 0;
}

/* Puts what is certainly not among the last ones; the rest stays in the input. A line without an end counts
 * as one only at the end of the file. */
static void put_all_but(struct k_process *process, struct head *head)
{
    struct cmd_input *input = &head->input;
    size_t size = input->end - input->at, put = 0;
    const char *start = input->bytes + input->at, *at = start + head->counted;

    if (head->bytes) {
        put = size > head->count ? size - (size_t)head->count : 0;
    } else {
        while (at < start + size &&
               (at = memchr(at, head->end_of_line, (size_t)(start + size - at))) != NULL) {
            at++;
            head->left++;
        }
        head->counted = size;
        if (input->ended && size && start[size - 1] != head->end_of_line) head->left++;
        for (; head->left > head->count; head->left--) {
            const char *end = memchr(start + put, head->end_of_line, size - put);
            put = end ? (size_t)(end + 1 - start) : size;
        }
    }
    cmd_put(process, start, put);
    input->at += put;
    head->counted -= head->counted < put ? head->counted : put;
}

/* What was read beyond what was wanted goes back, for whoever shares the standard input. */
static void give_back(struct k_process *process, const struct head *head)
{
    const struct cmd_input *input = &head->input;

    if (input->end > input->at && !head->all_but)
        k_seek(process, input->number, -(int64_t)(input->end - input->at), K_FROM_HERE);
}

static enum k_progress head_run(struct k_process *process)
{
    struct head *head = process->state;
    struct cmd_input *input = &head->input;
    int64_t got;

    CO_BEGIN(process);
    head->count = 10;
    head->end_of_line = '\n';
    input->complain = complain;
    CMD_OPTIONS(process, options, 0, take_option, 1);
    while (cmd_open_next(process, input, process->argc - 1) > 0) {
        begin_file(process, head);
        while (head->all_but || head->left) {
            CO_AWAIT(process, got, cmd_fill(process, input));
            if (got < 0) break;
            if (head->all_but)
                put_all_but(process, head);
            else if (put_first(process, head))
                break;
            if (got == 0) break;
            CMD_RELIEVE(process);
        }
        give_back(process, head);
        CMD_RELIEVE(process);
    }
    CMD_END(process);
}

CMD_PROGRAM(head, struct head, head_run, help);
