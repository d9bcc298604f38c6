/* sort: lines in order. POSIX.1-2017 sort, with GNU coreutils 9.1's -g -h -M -R -s -V -z and long options.
 * All lines are in memory; the order is that of the bytes, as in the locale C.UTF-8. */
#include <string.h>

#include "cmd/sort_lines.h"
#include "umbra_host.h"

static const char help[] =
    "Usage: sort [OPTION]... [FILE]...\n"
    "  or:  sort [OPTION]... --files0-from=F\n"
    "Write the lines of all FILE(s) in order.\n"
    "\n"
    "  -b, --ignore-leading-blanks  blanks at the beginning do not count\n"
    "  -d, --dictionary-order       only blanks, letters and digits count\n"
    "  -f, --ignore-case            small letters count as capitals\n"
    "  -g, --general-numeric-sort   by floating-point numbers\n"
    "  -i, --ignore-nonprinting     only characters that show count\n"
    "  -M, --month-sort             (unknown) < JAN < ... < DEC\n"
    "  -h, --human-numeric-sort     by numbers like 2K and 1G\n"
    "  -n, --numeric-sort           by numbers\n"
    "  -R, --random-sort            by chance, equal keys together\n"
    "  -r, --reverse                the other way round\n"
    "      --sort=WORD              general-numeric, human-numeric, month, numeric, random, version\n"
    "  -V, --version-sort           numbers within text by their value\n"
    "\n"
    "  -c, --check[=diagnose-first] look whether the file is sorted, and say where not\n"
    "  -C, --check=quiet            the same without words\n"
    "      --files0-from=F          the files whose names, each ended by NUL, are in F\n"
    "  -k, --key=KEY                sort by FIELD[.CHAR][LETTERS][,FIELD[.CHAR][LETTERS]]\n"
    "  -m, --merge                  the files are sorted already\n"
    "  -o, --output=FILE            write to FILE, which may be one of those that are read\n"
    "  -s, --stable                 lines with equal keys stay in their order\n"
    "  -t, --field-separator=SEP    SEP between fields instead of the place where blanks begin\n"
    "  -u, --unique                 of lines with equal keys only the first\n"
    "  -z, --zero-terminated        lines end with NUL, not newline\n"
    "      --help                   this text\n"
    "      --version                the version\n"
    "-S, -T, --parallel, --batch-size, --compress-program and --random-source have no effect.\n";

enum { SORT_WORD = 256, PARALLEL, BATCH_SIZE, COMPRESS_PROGRAM, RANDOM_SOURCE, FILES0_FROM };

static const struct cmd_option options[] = {{'b', "ignore-leading-blanks", CMD_NOTHING},
                                            {'d', "dictionary-order", CMD_NOTHING},
                                            {'f', "ignore-case", CMD_NOTHING},
                                            {'g', "general-numeric-sort", CMD_NOTHING},
                                            {'h', "human-numeric-sort", CMD_NOTHING},
                                            {'i', "ignore-nonprinting", CMD_NOTHING},
                                            {'M', "month-sort", CMD_NOTHING},
                                            {'n', "numeric-sort", CMD_NOTHING},
                                            {'R', "random-sort", CMD_NOTHING},
                                            {'r', "reverse", CMD_NOTHING},
                                            {'V', "version-sort", CMD_NOTHING},
                                            {SORT_WORD, "sort", CMD_VALUE},
                                            {'c', NULL, CMD_NOTHING},
                                            {'C', NULL, CMD_NOTHING},
                                            {'c', "check", CMD_MAY_VALUE},
                                            {'k', "key", CMD_VALUE},
                                            {'m', "merge", CMD_NOTHING},
                                            {'o', "output", CMD_VALUE},
                                            {'s', "stable", CMD_NOTHING},
                                            {'S', "buffer-size", CMD_VALUE},
                                            {'T', "temporary-directory", CMD_VALUE},
                                            {'t', "field-separator", CMD_VALUE},
                                            {'u', "unique", CMD_NOTHING},
                                            {'z', "zero-terminated", CMD_NOTHING},
                                            {PARALLEL, "parallel", CMD_VALUE},
                                            {BATCH_SIZE, "batch-size", CMD_VALUE},
                                            {COMPRESS_PROGRAM, "compress-program", CMD_VALUE},
                                            {RANDOM_SOURCE, "random-source", CMD_VALUE},
                                            {FILES0_FROM, "files0-from", CMD_VALUE},
                                            {0}};

struct sort {
    struct cmd_base base;
    struct cmd_input input;
    struct sort_order order;
    struct sort_lines lines;
    char letters[16]; /* of the whole line, each once */
    bool check, quiet, merge, unique;
    char end_of_line;
    const char *output, *names_from;
    size_t *heads; /* of -m: the next line of each file; behind them where each ends */
    size_t files, i;
    bool reading;                   /* a file is open */
    const struct sort_line *before; /* the line that was written last */
};

static bool take_letter(struct sort *sort, char letter)
{
    size_t count = strlen(sort->letters);

    if (!sort_take_letter(&sort->order.whole, letter, true, true)) return false;
    if (!strchr(sort->letters, letter)) sort->letters[count] = letter;
    return true;
}

static bool take_separator(struct k_process *process, struct sort *sort, const char *value)
{
    int separator = (unsigned char)value[0];

    if (strcmp(value, "\\0") == 0) {
        separator = 0;
    } else if (value[0] == '\0') {
        cmd_error(process, "empty tab");
        return false;
    } else if (value[1]) {
        cmd_error(process, "multi-character tab %s", cmd_quote(process, value));
        return false;
    }
    if (sort->order.separator >= 0 && sort->order.separator != separator) {
        cmd_error(process, "incompatible tabs");
        return false;
    }
    sort->order.separator = separator;
    return true;
}

static bool take_word(struct k_process *process, struct sort *sort, const char *value)
{
    static const char *const words[] = {"general-numeric", "human-numeric", "month",
                                        "numeric",         "random",        "version"};
    size_t i;

    for (i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], value) == 0) return take_letter(sort, "ghMnRV"[i]);
    cmd_error(process, "invalid argument %s for '--sort'", cmd_quote(process, value));
    cmd_try_help(process);
    return false;
}

static bool take_check(struct k_process *process, struct sort *sort, bool quiet)
{
    if (sort->check && sort->quiet != quiet) {
        cmd_error(process, "options '-cC' are incompatible");
        return false;
    }
    sort->check = true;
    sort->quiet = quiet;
    return true;
}

static bool take_output(struct k_process *process, struct sort *sort, const char *value)
{
    if (sort->output && strcmp(sort->output, value) != 0) {
        cmd_error(process, "multiple output files specified");
        return false;
    }
    sort->output = value;
    return true;
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct sort *sort = process->state;

    if (letter < 256 && take_letter(sort, (char)letter)) return true;
    switch (letter) {
    case SORT_WORD:
        return take_word(process, sort, value);
    case 'c':
        return take_check(process, sort, value && value[0] != 'd');
    case 'C':
        return take_check(process, sort, true);
    case 'k':
        return sort_add_key(process, &sort->order, value);
    case 'o':
        return take_output(process, sort, value);
    case 't':
        return take_separator(process, sort, value);
    case 'z':
        sort->end_of_line = '\0';
        break;
    case FILES0_FROM:
        sort->names_from = value;
        break;
    default:
        sort->merge |= letter == 'm';
        sort->unique |= letter == 'u';
        sort->order.stable |= letter == 's' || letter == 'u';
    }
    return true;
}

static void complain(struct k_process *process, const char *name, int code, bool opening)
{
    cmd_error(process, opening ? "cannot read: %s: %s" : "read failed: %s: %s",
              cmd_quote_colon(process, name), k_error_text(code));
    ((struct cmd_base *)process->state)->status = 2;
}

static bool begin(struct k_process *process, struct sort *sort)
{
    const struct umbra_host *host = process->kernel->host;

    if (!sort_check_letters(process, sort->letters)) return false;
    if (sort->check && process->argc > 2) {
        cmd_error(process, "extra operand %s not allowed with -%c", cmd_quote(process, process->argv[2]),
                  sort->quiet ? 'C' : 'c');
        return false;
    }
    sort_settle_keys(&sort->order);
    host->random(host->context, &sort->order.seed, sizeof sort->order.seed);
    sort->files = process->argc > 1 ? (size_t)process->argc - 1 : 1;
    if (sort->merge) {
        sort->heads = arena_zero(&process->arena, 2 * sort->files * sizeof *sort->heads);
        if (sort->heads == NULL) cmd_out_of_memory(process);
    }
    return !sort->merge || sort->heads;
}

/* --- reading --- */

static int out_of_memory(struct k_process *process)
{
    cmd_out_of_memory(process);
    ((struct cmd_base *)process->state)->status = 2;
    return UMBRA_ENOMEM;
}

/* A piece of the open file: its size, 0 at the end, an error (which was said), UMBRA_EAGAIN. */
static int64_t read_piece(struct k_process *process, struct sort *sort, char end_of_line)
{
    struct sort_lines *lines = &sort->lines;
    int64_t got;

    if (!sort_reserve(lines, CMD_PIECE)) return out_of_memory(process);
    got = k_read(process, sort->input.number, lines->text + lines->text_size,
                 lines->text_capacity - lines->text_size - 1);
    if (got == UMBRA_EAGAIN) return got;
    if (got < 0) complain(process, sort->input.name, (int)got, false);
    if (got > 0) lines->text_size += (size_t)got;
    if (got >= 0 && !sort_split(lines, end_of_line, got == 0)) return out_of_memory(process);
    return got;
}

/* The names in the text that was read become the operands. */
static bool take_names(struct k_process *process, struct sort *sort)
{
    struct sort_lines *lines = &sort->lines;
    char **names = arena_take(&process->arena, (lines->count + 2) * sizeof *names);
    size_t i;

    if (names == NULL) return false;
    names[0] = process->argv[0];
    for (i = 0; i < lines->count; i++) {
        names[i + 1] =
            arena_copy(&process->arena, lines->text + lines->lines[i].rank, lines->lines[i].length);
        if (names[i + 1] == NULL) return false;
    }
    names[i + 1] = NULL;
    process->argv = names;
    process->argc = (int)i + 1;
    lines->count = lines->text_size = lines->split = 0;
    return true;
}

/* Awaited: reads the list of --files0-from. 1, or an error, which was said. */
static int load_names(struct k_process *process, struct sort *sort)
{
    int64_t got;

    if (!sort->reading && cmd_open_input(process, &sort->input, sort->names_from) < 0) return UMBRA_ENOENT;
    sort->reading = true;
    while ((got = read_piece(process, sort, '\0')) > 0) continue;
    if (got < 0) return (int)got;
    cmd_close_input(process, &sort->input);
    sort->input.begun = sort->reading = false;
    if (sort->lines.count == 0) {
        cmd_error(process, "no input from %s", cmd_quote(process, sort->names_from));
        return UMBRA_EINVAL;
    }
    return take_names(process, sort) ? 1 : out_of_memory(process);
}

/* Opens the next file: 1, 0 when there is none, or an error, which was said. */
static int open_next(struct k_process *process, struct sort *sort)
{
    struct cmd_input *input = &sort->input;

    if (input->begun) cmd_close_input(process, input);
    if (sort->i == sort->files) return 0;
    if (sort->heads) sort->heads[sort->i] = sort->lines.count;
    sort->i++;
    return cmd_open_input(process, input, process->argc > 1 ? process->argv[sort->i] : "-") < 0 ? UMBRA_ENOENT
                                                                                                : 1;
}

/* Awaited: reads all files. 1, or an error, which was said. */
static int load(struct k_process *process, struct sort *sort)
{
    for (;;) {
        int64_t got = sort->reading ? 1 : open_next(process, sort);
        if (got <= 0) return got ? (int)got : 1;
        sort->reading = true;
        got = read_piece(process, sort, sort->end_of_line);
        if (got < 0) return (int)got;
        if (got == 0 && sort->heads) sort->heads[sort->files + sort->i - 1] = sort->lines.count;
        sort->reading = got > 0;
        if (k_charge(process, 0)) return cmd_again(process);
    }
}

/* Awaited: puts all lines in order. 1, or an error, which was said. */
static int order_all(struct k_process *process, struct sort *sort)
{
    for (;;) {
        if (sort->lines.ranked < sort->lines.count) {
            sort_prepare(process, &sort->lines, &sort->order);
        } else {
            int result = sort->merge || sort->check ? 1 : sort_step(process, &sort->lines, &sort->order);
            if (result > 0) return 1;
            if (result < 0) return out_of_memory(process);
        }
        if (k_charge(process, 0)) return cmd_again(process);
    }
}

/* --- writing --- */

/* The next line of a merge; NULL when there is none. */
static const struct sort_line *next_head(struct sort *sort)
{
    const struct sort_line *lines = sort->lines.lines, *best = NULL;
    const size_t *ends = sort->heads + sort->files;
    size_t i, from = 0;

    for (i = 0; i < sort->files; i++) {
        if (sort->heads[i] >= ends[i]) continue;
        if (best && sort_order_of(&sort->order, &lines[sort->heads[i]], best) >= 0) continue;
        best = &lines[sort->heads[i]];
        from = i;
    }
    if (best) sort->heads[from]++;
    return best;
}

static const struct sort_line *next_line(struct sort *sort)
{
    if (sort->heads) return next_head(sort);
    return sort->i < sort->lines.count ? &sort->lines.lines[sort->i++] : NULL;
}

static void put_line(struct k_process *process, struct sort *sort, const struct sort_line *line)
{
    /* Each line has its end behind it. */
    if (!sort->unique || sort->before == NULL || sort_order_of(&sort->order, sort->before, line) != 0) {
        cmd_put(process, line->text, line->length + 1);
        sort->before = line;
    }
}

/* Looks at some lines; true when that was all. */
static bool check_some(struct k_process *process, struct sort *sort)
{
    const struct sort_line *lines = sort->lines.lines;
    size_t stop = sort->lines.count - sort->i > 1024 ? sort->i + 1024 : sort->lines.count;

    for (; sort->i < stop; sort->i++) {
        int result = sort->i ? sort_order_of(&sort->order, &lines[sort->i - 1], &lines[sort->i]) : -1;
        if (result < 0 || (result == 0 && !sort->unique)) continue;
        if (!sort->quiet)
            cmd_error(process, "%s:%zu: disorder: %.*s", process->argc > 1 ? process->argv[1] : "-",
                      sort->i + 1, (int)lines[sort->i].length, lines[sort->i].text);
        sort->base.status = 1;
        return true;
    }
    k_charge(process, 16u << 10);
    return stop == sort->lines.count;
}

static bool open_output(struct k_process *process, const struct sort *sort)
{
    struct k_file *file;
    int result = 0;

    if (sort->output == NULL) return true;
    result = k_open_file(process, sort->output, FS_WRITE | FS_CREATE | FS_TRUNCATE, 0666, &file);
    if (result == 0) result = k_install_at(process, file, 1);
    if (result < 0)
        cmd_error(process, "open failed: %s: %s", cmd_quote_colon(process, sort->output),
                  k_error_text(result));
    return result >= 0;
}

static enum k_progress sort_run(struct k_process *process)
{
    struct sort *sort = process->state;
    const struct sort_line *line;
    int result;

    CO_BEGIN(process);
    sort->end_of_line = '\n';
    sort->order.separator = -1;
    sort->lines.account = &process->account;
    sort->input.complain = complain;
    CMD_OPTIONS(process, options, 0, take_option, 2);
    if (sort->names_from) {
        CO_AWAIT(process, result, load_names(process, sort));
        if (result < 0) goto failed;
    }
    if (!begin(process, sort)) goto failed;
    CO_AWAIT(process, result, load(process, sort));
    if (result < 0) goto failed;
    CO_AWAIT(process, result, order_all(process, sort));
    if (result < 0) goto failed;
    sort->i = 0;
    if (sort->check) {
        while (!check_some(process, sort))
            if (k_charge(process, 0)) CO_YIELD(process);
        goto done;
    }
    if (!open_output(process, sort)) goto failed;
    while ((line = next_line(sort)) != NULL) {
        put_line(process, sort, line);
        CMD_RELIEVE(process);
    }
    goto done;
failed:
    sort->base.status = 2;
done:
    CMD_END(process);
}

static void sort_end(struct k_process *process)
{
    struct sort *sort = process->state;

    if (sort->lines.account) sort_free(&sort->lines);
    cmd_end(process);
}

CMD_PROGRAM_ENDING(sort, struct sort, sort_run, sort_end, help);
