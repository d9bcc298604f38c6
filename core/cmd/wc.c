/* wc: count lines, words, characters and bytes. POSIX.1-2017 wc, with GNU coreutils 9.1's -L and
 * --files0-from. */
#include <string.h>

#include "base/utf8.h"
#include "base/characters.h"
#include "cmd/command.h"

static const char help[] =
    "Usage: wc [OPTION]... [FILE]...\n"
    "Count lines, words and bytes of each FILE, and of all of them when there are several.\n"
    "\n"
    "  -c, --bytes            bytes\n"
    "  -m, --chars            characters\n"
    "  -l, --lines            newlines\n"
    "      --files0-from=F    the files whose names, each ended by NUL, are in F\n"
    "  -L, --max-line-length  the greatest width of a line\n"
    "  -w, --words            words\n"
    "      --help             this text\n"
    "      --version          the version\n";

enum { FILES0_FROM = 256 };

static const struct cmd_option options[] = {{'c', "bytes", CMD_NOTHING},
                                            {'m', "chars", CMD_NOTHING},
                                            {'l', "lines", CMD_NOTHING},
                                            {FILES0_FROM, "files0-from", CMD_VALUE},
                                            {'L', "max-line-length", CMD_NOTHING},
                                            {'w', "words", CMD_NOTHING},
                                            {0}};

struct counts {
    uint64_t lines, words, characters, bytes, longest;
};

struct wc {
    struct cmd_base base;
    struct cmd_input input;
    bool lines, words, characters, bytes, longest;
    const char *names_from; /* --files0-from */
    struct counts counts, total;
    uint64_t width; /* of the line so far */
    bool in_word;
    int column; /* width of a number */
    unsigned files;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct wc *wc = process->state;

    wc->bytes |= letter == 'c';
    wc->characters |= letter == 'm';
    wc->lines |= letter == 'l';
    wc->longest |= letter == 'L';
    wc->words |= letter == 'w';
    if (letter == FILES0_FROM) wc->names_from = value;
    return true;
}

/* Digits of the sum of all sizes; 7 when one cannot be known before, 1 for a single number. */
static int column_width(struct k_process *process, const struct wc *wc)
{
    int kinds = wc->lines + wc->words + wc->characters + wc->bytes + wc->longest, least = 1, width, i;
    int files = process->argc - 1;
    uint64_t sum = 0;

    if (files <= 1 && kinds == 1) return 1;
    for (i = 0; i < (files ? files : 1); i++) {
        const char *name = files ? process->argv[i + 1] : "-";
        struct k_stat stat;
        int result = strcmp(name, "-") == 0 ? k_stat_number(process, 0, &stat)
                                            : k_stat_path(process, name, K_FOLLOW, &stat);
        if (result < 0) continue;
        if (stat.kind == K_FILE)
            sum += stat.size;
        else
            least = 7;
    }
    for (width = 1; sum >= 10; sum /= 10) width++;
    return width < least ? least : width;
}

static void end_line(struct wc *wc)
{
    if (wc->width > wc->counts.longest) wc->counts.longest = wc->width;
    wc->width = 0;
}

/* One character that is more than an ordinary ASCII letter. */
static void count_character(struct wc *wc, uint32_t code)
{
    if (code == '\n' || code == '\r' || code == '\f') {
        if (code == '\n') wc->counts.lines++;
        end_line(wc);
        wc->in_word = false;
    } else if (code == '\t' || code == ' ' || code == '\v') {
        if (code == '\t') wc->width += 8 - wc->width % 8;
        if (code == ' ') wc->width++;
        wc->in_word = false;
    } else if (character_is_printable(code)) {
        wc->width += (unsigned)character_width(code);
        if (character_is_space(code)) {
            wc->in_word = false;
        } else {
            wc->counts.words += !wc->in_word;
            wc->in_word = true;
        }
    }
}

/* Counts words, characters and widths; a character that is not whole yet stays for the next time. */
static size_t count_all(struct wc *wc, const unsigned char *bytes, size_t size, bool last)
{
    size_t at = 0;

    while (at < size) {
        unsigned char byte = bytes[at];
        uint32_t code;
        size_t step;
        if (byte > ' ' && byte < 0x7f) {
            wc->counts.words += !wc->in_word;
            wc->in_word = true;
            wc->width++;
            wc->counts.characters++;
            at++;
            continue;
        }
        step = byte < 0x80 ? 1 : utf8_decode((const char *)bytes + at, size - at, &code);
        if (step == 0) {
            if (!last && utf8_pending((const char *)bytes + at, size - at) == size - at) break;
            at++; /* no character */
            continue;
        }
        count_character(wc, byte < 0x80 ? byte : code);
        wc->counts.characters++;
        at += step;
    }
    return at;
}

static void count_lines(struct wc *wc, const char *bytes, size_t size)
{
    const char *at = bytes, *end = bytes + size;

    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        wc->counts.lines++;
        at++;
    }
}

static void count_piece(struct wc *wc, bool last)
{
    struct cmd_input *input = &wc->input;
    const char *bytes = input->bytes + input->at;
    size_t size = input->end - input->at, done = size;

    if (wc->words || wc->characters || wc->longest)
        done = count_all(wc, (const unsigned char *)bytes, size, last);
    else if (wc->lines)
        count_lines(wc, bytes, size);
    wc->counts.bytes += done;
    input->at += done;
}

static void put_counts(struct k_process *process, const struct wc *wc, const struct counts *counts,
                       const char *name)
{
    const struct {
        bool wanted;
        uint64_t number;
    } columns[] = {{wc->lines, counts->lines},
                   {wc->words, counts->words},
                   {wc->characters, counts->characters},
                   {wc->bytes, counts->bytes},
                   {wc->longest, counts->longest}};
    const char *before = "";
    size_t i;

    for (i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        if (!columns[i].wanted) continue;
        cmd_printf(process, "%s%*llu", before, wc->column, (unsigned long long)columns[i].number);
        before = " ";
    }
    if (name) cmd_printf(process, " %s", strchr(name, '\n') ? cmd_quote(process, name) : name);
    cmd_put_byte(process, '\n');
}

static void end_file(struct k_process *process, struct wc *wc, bool named)
{
    struct counts *counts = &wc->counts, *total = &wc->total;

    end_line(wc);
    put_counts(process, wc, counts, named ? wc->input.name : NULL);
    total->lines += counts->lines;
    total->words += counts->words;
    total->characters += counts->characters;
    total->bytes += counts->bytes;
    if (counts->longest > total->longest) total->longest = counts->longest;
    memset(counts, 0, sizeof *counts);
    wc->in_word = false;
    wc->files++;
}

/* The names in the file that is read become the operands. */
static bool take_names(struct k_process *process, struct wc *wc)
{
    struct cmd_input *input = &wc->input;
    const char *at = input->bytes + input->at, *end = input->bytes + input->end;
    size_t count = 1, i = 0;
    char **names;

    for (; at < end; at++) count += *at == '\0';
    names = arena_take(&process->arena, (count + 2) * sizeof *names);
    if (names == NULL) return false;
    names[i++] = process->argv[0];
    for (at = input->bytes + input->at; at < end; at += strlen(at) + 1) {
        names[i] = arena_copy(&process->arena, at, strnlen(at, (size_t)(end - at)));
        if (names[i++] == NULL) return false;
    }
    names[i] = NULL;
    process->argv = names;
    process->argc = (int)i;
    cmd_close_input(process, input);
    memset(input, 0, sizeof *input);
    return true;
}

static bool begin(struct k_process *process, struct wc *wc)
{
    if (!(wc->lines || wc->words || wc->characters || wc->bytes || wc->longest))
        wc->lines = wc->words = wc->bytes = true;
    if (wc->names_from == NULL || process->argc == 1) return true;
    cmd_error(process, "extra operand %s", cmd_quote(process, process->argv[1]));
    cmd_put_error_text(process, "file operands cannot be combined with --files0-from\n");
    cmd_try_help(process);
    return false;
}

static void complain_of_names(struct k_process *process, const char *name, int code, bool opening)
{
    if (opening)
        cmd_error(process, "cannot open %s for reading: %s", cmd_quote(process, name), k_error_text(code));
    else
        cmd_error(process, "%s: read error: %s", cmd_quote_colon(process, name), k_error_text(code));
}

static enum k_progress wc_run(struct k_process *process)
{
    struct wc *wc = process->state;
    struct cmd_input *input = &wc->input;
    int64_t got;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!begin(process, wc)) goto done;
    if (wc->names_from) {
        input->complain = complain_of_names;
        if (cmd_open_input(process, input, wc->names_from) < 0) goto done;
        do CO_AWAIT(process, got, cmd_fill(process, input));
        while (got > 0);
        if (got < 0) goto done;
        if (input->end == input->at) goto done;
        if (!take_names(process, wc)) cmd_out_of_memory(process);
        if (wc->base.status) goto done;
    }
    wc->column = column_width(process, wc);
    while (cmd_open_next(process, input, process->argc - 1) > 0) {
        do {
            CO_AWAIT(process, got, cmd_fill(process, input));
            count_piece(wc, got <= 0);
            CMD_RELIEVE(process);
        } while (!input->ended);
        end_file(process, wc, process->argc > 1);
    }
    if (process->argc > 2) put_counts(process, wc, &wc->total, "total");
done:
    CMD_END(process);
}

CMD_PROGRAM(wc, struct wc, wc_run, help);
