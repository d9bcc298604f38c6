/* tail: the last part of files, and what is added to them. POSIX.1-2017 tail, with GNU coreutils 9.1's -F -q
 * -s -v -z --pid and --retry. Of a file that can be read from any place only the end is read. */
#include "cmd/tail.h"

#include <string.h>

static const char help[] =
    "Usage: tail [OPTION]... [FILE]...\n"
    "Print the last 10 lines of each FILE. With more than one, each has its name above it.\n"
    "\n"
    "  -c, --bytes=[+]NUM       the last NUM bytes; with '+', all from byte NUM on\n"
    "  -f, --follow[={name|descriptor}]  go on with what is added to the file\n"
    "  -F                       the same as --follow=name --retry\n"
    "  -n, --lines=[+]NUM       the last NUM lines; with '+', all from line NUM on\n"
    "      --pid=PID            with -f, until this process has ended\n"
    "  -q, --quiet, --silent    no names\n"
    "      --retry              look again for a file that is not there\n"
    "  -s, --sleep-interval=N   with -f, look every N seconds (1)\n"
    "  -v, --verbose            names always\n"
    "  -z, --zero-terminated    lines end with NUL, not newline\n"
    "      --help               this text\n"
    "      --version            the version\n"
    "NUM may have a suffix: b 512, kB 1000, K 1024, MB 1000*1000, M 1024*1024, and so on.\n";

enum { PID = 256, RETRY, MAX_UNCHANGED, DISABLE_INOTIFY };

static const struct cmd_option options[] = {{'c', "bytes", CMD_VALUE},
                                            {'f', NULL, CMD_NOTHING},
                                            {'F', NULL, CMD_NOTHING},
                                            {'f', "follow", CMD_MAY_VALUE},
                                            {'n', "lines", CMD_VALUE},
                                            {PID, "pid", CMD_VALUE},
                                            {'q', "quiet", CMD_NOTHING},
                                            {'q', "silent", CMD_NOTHING},
                                            {RETRY, "retry", CMD_NOTHING},
                                            {MAX_UNCHANGED, "max-unchanged-stats", CMD_VALUE},
                                            {DISABLE_INOTIFY, "-disable-inotify", CMD_NOTHING},
                                            {'s', "sleep-interval", CMD_VALUE},
                                            {'v', "verbose", CMD_NOTHING},
                                            {'z', "zero-terminated", CMD_NOTHING},
                                            {'0', NULL, CMD_VALUE}, /* -5, -5f */
                                            {0}};

/* --- options --- */

static bool take_count(struct k_process *process, const char *value, bool bytes)
{
    struct tail *tail = process->state;
    const char *text = *value == '-' || *value == '+' ? value + 1 : value;

    tail->bytes = bytes;
    tail->from_start = *value == '+';
    if (cmd_size(text, &tail->count)) return true;
    cmd_error(process, "invalid number of %s: %s", bytes ? "bytes" : "lines", cmd_quote(process, text));
    return false;
}

/* What POSIX.2 of 1992 had: -5, -5c, -5f, +5. */
static bool take_old(struct k_process *process, const char *value, bool from_start)
{
    struct tail *tail = process->state;
    size_t digits = strspn(value, "0123456789");
    char *number = arena_copy(&process->arena, value, digits);
    uint64_t factor = value[digits] == 'b' ? 512 : 1;

    if (number == NULL) {
        cmd_out_of_memory(process);
        return false;
    }
    value += digits;
    if (!take_count(process, number, *value == 'b' || *value == 'c')) return false;
    tail->from_start = from_start;
    tail->count *= factor;
    if (*value && strchr("bcl", *value)) value++;
    if (*value == 'f') tail->follow = TAIL_DESCRIPTOR;
    if (*value == 'f') value++;
    if (*value == '\0') return true;
    cmd_error(process, "invalid number of %s: %s", tail->bytes ? "bytes" : "lines",
              cmd_quote(process, value));
    return false;
}

/* Seconds with a fraction, as microseconds. */
static bool take_interval(struct k_process *process, struct tail *tail, const char *value)
{
    const char *at = value;
    int64_t unit = 1000000, result = 0;

    for (; *at >= '0' && *at <= '9' && result < INT64_MAX / 100; at++)
        result = result * 10 + (*at - '0') * unit;
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++) result += (*at - '0') * (unit /= 10);
    tail->interval = result;
    if (at > value && *at == '\0') return true;
    cmd_error(process, "invalid number of seconds: %s", cmd_quote(process, value));
    return false;
}

static bool take_follow(struct k_process *process, struct tail *tail, const char *value)
{
    if (value == NULL || strcmp(value, "descriptor") == 0) {
        tail->follow = TAIL_DESCRIPTOR;
    } else if (strcmp(value, "name") == 0) {
        tail->follow = TAIL_NAME;
    } else {
        cmd_error(process, "invalid argument %s for '--follow'", cmd_quote(process, value));
        cmd_put_error_text(process, "Valid arguments are:\n  - 'descriptor'\n  - 'name'\n");
        cmd_try_help(process);
        return false;
    }
    return true;
}

static bool take_pid(struct k_process *process, struct tail *tail, const char *value)
{
    int64_t number;

    if (cmd_integer(value, &number) && number >= 0 && number <= INT32_MAX) {
        tail->pid = (uint32_t)number;
        return true;
    }
    cmd_error(process, "invalid PID: %s", cmd_quote(process, value));
    return false;
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct tail *tail = process->state;

    switch (letter) {
    case '0':
        return take_old(process, value, false);
    case 'c':
    case 'n':
        return take_count(process, value, letter == 'c');
    case 's':
        return take_interval(process, tail, value);
    case 'f':
        return take_follow(process, tail, value);
    case 'F':
        tail->retry = true;
        return take_follow(process, tail, "name");
    case PID:
        return take_pid(process, tail, value);
    case 'q':
    case 'v':
        tail->quiet = letter == 'q';
        tail->verbose = letter == 'v';
        return true;
    default:
        tail->retry |= letter == RETRY;
        if (letter == 'z') tail->end_of_line = '\0';
        return true;
    }
}

/* "tail +5 [FILE]" */
static bool take_old_plus(struct k_process *process)
{
    if (process->argc < 2 || process->argc > 3 || process->argv[1][0] != '+' || process->argv[1][1] < '0' ||
        process->argv[1][1] > '9')
        return true;
    if (!take_old(process, process->argv[1] + 1, true)) return false;
    process->argv[1] = process->argv[2];
    process->argc--;
    return true;
}

/* --- the last part --- */

static void complain(struct k_process *process, const char *name, int code, bool opening)
{
    const char *quoted = cmd_quote(process, strcmp(name, "-") == 0 ? "standard input" : name);

    if (opening)
        cmd_error(process, "cannot open %s for reading: %s", quoted, k_error_text(code));
    else
        cmd_error(process, "error reading %s: %s", quoted, k_error_text(code));
}

void tail_put_title(struct k_process *process, struct tail *tail, const char *name)
{
    bool titles = tail->verbose || (!tail->quiet && tail->file_count > 1);

    if (titles)
        cmd_printf(process, "%s==> %s <==\n", tail->any ? "\n" : "",
                   strcmp(name, "-") == 0 ? "standard input" : name);
    tail->any = true;
    tail->titled = name;
}

/* Awaited: finds where the last lines of a file begin, from its end backwards, and puts the descriptor there.
 * 1, or an error, which was said. */
static int seek_lines(struct k_process *process, struct tail *tail)
{
    int number = tail->input.number;

    while (tail->place > tail->first) {
        size_t size = tail->place - tail->first > CMD_PIECE ? CMD_PIECE : (size_t)(tail->place - tail->first);
        int64_t got, at;
        k_seek(process, number, tail->place - (int64_t)size, K_FROM_START);
        got = k_read(process, number, tail->block, size);
        if (got <= 0) {
            if (got < 0) complain(process, tail->input.name, (int)got, false);
            return got < 0 ? (int)got : 1;
        }
        for (at = got; at > 0; at--) {
            bool last = tail->place - (int64_t)size + at == tail->size; /* the end of the last line */
            if (tail->block[at - 1] != tail->end_of_line || last) continue;
            if (tail->left-- > 1) continue;
            k_seek(process, number, tail->place - (int64_t)size + at, K_FROM_START);
            return 1;
        }
        tail->place -= (int64_t)size;
        if (k_charge(process, 0)) return cmd_again(process);
    }
    k_seek(process, number, tail->first, K_FROM_START);
    return 1;
}

/* Whether the end of the file can be gone to; puts the descriptor where -c begins. */
static bool can_seek(struct k_process *process, struct tail *tail)
{
    int number = tail->input.number;
    struct k_stat stat;

    if (k_stat_number(process, number, &stat) < 0 || stat.kind != K_FILE) return false;
    tail->first = k_seek(process, number, 0, K_FROM_HERE);
    tail->size = tail->first < 0 ? -1 : k_seek(process, number, 0, K_FROM_END);
    if (tail->size < 0 || (tail->size == 0 && stat.size == 0 && stat.ino == 0)) return false;
    if (tail->size < tail->first) tail->first = tail->size;
    tail->place = tail->size;
    if (tail->bytes) {
        int64_t from = tail->count < (uint64_t)(tail->size - tail->first) ? tail->size - (int64_t)tail->count
                                                                          : tail->first;
        k_seek(process, number, from, K_FROM_START);
    }
    return true;
}

/* With +NUM: what comes before is dropped. */
static void drop_first(struct tail *tail)
{
    struct cmd_input *input = &tail->input;

    if (tail->bytes) {
        size_t size = input->end - input->at;
        if (size > tail->left) size = (size_t)tail->left;
        input->at += size;
        tail->left -= size;
        return;
    }
    while (tail->left && input->at < input->end) {
        const char *end = memchr(input->bytes + input->at, tail->end_of_line, input->end - input->at);
        input->at = end ? (size_t)(end + 1 - input->bytes) : input->end;
        tail->left -= end != NULL;
    }
}

/* Of what cannot be gone back in, the last part so far is kept in the input. */
static void keep_last(struct tail *tail)
{
    struct cmd_input *input = &tail->input;
    const char *at = input->bytes + input->at + tail->counted, *end = input->bytes + input->end;
    bool open_line = input->ended && input->end > input->at && end[-1] != tail->end_of_line;

    if (tail->bytes) {
        if (input->end - input->at > tail->count) input->at = input->end - (size_t)tail->count;
        return;
    }
    while (at < end && (at = memchr(at, tail->end_of_line, (size_t)(end - at))) != NULL) {
        at++;
        tail->lines++;
    }
    tail->lines += open_line;
    for (; tail->lines > tail->count; tail->lines--) {
        const char *first = memchr(input->bytes + input->at, tail->end_of_line, input->end - input->at);
        input->at = first ? (size_t)(first + 1 - input->bytes) : input->end;
    }
    tail->lines -= open_line && tail->lines;
    tail->counted = input->end - input->at;
}

static void put_rest(struct k_process *process, struct tail *tail)
{
    struct cmd_input *input = &tail->input;

    cmd_put(process, input->bytes + input->at, input->end - input->at);
    input->at = input->end;
}

/* What is printed of the open file; keeping: only at its end it is known what. */
static void begin_file(struct k_process *process, struct tail *tail)
{
    tail_put_title(process, tail, tail->input.name);
    tail->keeping = !tail->from_start && !can_seek(process, tail);
    tail->seeking = !tail->from_start && !tail->keeping && !tail->bytes;
    tail->left = tail->from_start && tail->count ? tail->count - 1 : tail->count;
    if (tail->seeking && tail->left == 0) {
        tail->seeking = false;
        k_seek(process, tail->input.number, 0, K_FROM_END);
    }
    tail->lines = 0;
    tail->counted = 0;
}

static bool begin(struct k_process *process, struct tail *tail)
{
    if (tail->retry && !tail->follow)
        cmd_warn(process, "warning: --retry ignored; --retry is useful only when following");
    tail->file_count = process->argc > 1 ? (size_t)process->argc - 1 : 1;
    tail->files = arena_zero(&process->arena, tail->file_count * sizeof *tail->files);
    tail->block = arena_take(&process->arena, CMD_PIECE);
    if (tail->files && tail->block) return true;
    cmd_out_of_memory(process);
    return false;
}

/* Opens the next file; 1, 0 when it cannot be opened, -1 when there is none. */
static int open_next(struct k_process *process, struct tail *tail)
{
    struct tail_file *file;
    int result;

    if (tail->current == tail->file_count) return -1;
    file = &tail->files[tail->current++];
    file->name = process->argc > 1 ? process->argv[tail->current] : "-";
    tail->input.begun = false; /* a file that is followed stays open */
    result = cmd_open_input(process, &tail->input, file->name);
    file->number = result < 0 ? -1 : tail->input.number;
    file->given_up = result < 0 && !(tail->retry && tail->follow);
    return result == 0;
}

static void end_file(struct k_process *process, struct tail *tail, bool failed)
{
    struct tail_file *file = &tail->files[tail->current - 1];
    struct k_stat stat;

    if (tail->keeping) put_rest(process, tail);
    file->position = k_seek(process, file->number, 0, K_FROM_HERE);
    if (!tail->follow) cmd_close_input(process, &tail->input);
    if (failed || file->position < 0 || k_stat_number(process, file->number, &stat) < 0)
        file->given_up = true;
    if (!file->given_up) file->ino = stat.ino;
    if (!file->given_up) file->device = stat.device;
}

static enum k_progress tail_run(struct k_process *process)
{
    struct tail *tail = process->state;
    struct cmd_input *input = &tail->input;
    int64_t got;
    int result;

    CO_BEGIN(process);
    tail->count = 10;
    tail->interval = 1000000;
    tail->end_of_line = '\n';
    input->complain = complain;
    if (!take_old_plus(process)) goto done;
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!begin(process, tail)) goto done;
    while ((result = open_next(process, tail)) >= 0) {
        if (result == 0) continue;
        begin_file(process, tail);
        got = 0;
        if (tail->seeking) CO_AWAIT(process, got, seek_lines(process, tail));
        for (tail->failed = got < 0; !tail->failed;) {
            CO_AWAIT(process, got, cmd_fill(process, input));
            tail->failed = got < 0;
            if (tail->keeping)
                keep_last(tail);
            else if (tail->from_start && tail->left)
                drop_first(tail);
            if (!tail->keeping) put_rest(process, tail);
            CMD_RELIEVE(process);
            if (input->ended) break;
        }
        end_file(process, tail, tail->failed);
        CMD_RELIEVE(process);
    }
    while (tail->follow && tail_has_files(process, tail)) {
        CO_AWAIT(process, result, tail_look(process, tail));
        if (result == 0) break;
        CMD_FLUSH(process);
        CO_AWAIT(process, result, tail_wait(process, tail));
    }
done:
    CMD_END(process);
}

CMD_PROGRAM(tail, struct tail, tail_run, help);
