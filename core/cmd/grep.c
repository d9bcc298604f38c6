/* grep: lines that match patterns. POSIX.1-2017 grep, with GNU grep 3.8's options; egrep and fgrep are grep
 * -E and grep -F. */
#include "cmd/grep.h"

#include <string.h>

static const char help[] =
    "Usage: grep [OPTION]... PATTERNS [FILE]...\n"
    "Print the lines of each FILE that match PATTERNS, one a line. Without FILE the standard input is read, "
    "or\n"
    "with -r the working directory.\n"
    "\n"
    "Patterns:\n"
    "  -E, --extended-regexp     extended regular expressions\n"
    "  -F, --fixed-strings       plain text\n"
    "  -G, --basic-regexp        basic regular expressions (the default)\n"
    "  -P, --perl-regexp         what is common of Perl's regular expressions\n"
    "  -e, --regexp=PATTERNS     use PATTERNS\n"
    "  -f, --file=FILE           take the patterns from FILE\n"
    "  -i, --ignore-case         the case of letters does not matter; --no-ignore-case: it does\n"
    "  -w, --word-regexp         a match is a whole word\n"
    "  -x, --line-regexp         a match is a whole line\n"
    "  -z, --null-data           lines end with NUL, not newline\n"
    "\n"
    "What is said:\n"
    "  -s, --no-messages         nothing about files that cannot be read\n"
    "  -v, --invert-match        the lines that do not match\n"
    "  -m, --max-count=NUM       of each file only NUM lines\n"
    "  -b, --byte-offset         where in the file\n"
    "  -n, --line-number         which line\n"
    "  -H, --with-filename       the name of the file\n"
    "  -h, --no-filename         no names\n"
    "      --label=LABEL         the name of the standard input\n"
    "  -o, --only-matching       only what matches\n"
    "  -q, --quiet, --silent     nothing at all\n"
    "      --binary-files=TYPE   binary, text or without-match\n"
    "  -a, --text                all files are text\n"
    "  -I                        binary files do not match\n"
    "  -d, --directories=ACTION  read, recurse or skip\n"
    "  -r, --recursive           what is in directories; -R: links in them too\n"
    "      --include=GLOB        only files with such names\n"
    "      --exclude=GLOB        no files with such names\n"
    "      --exclude-dir=GLOB    no directories with such names\n"
    "  -L, --files-without-match names of files without a match\n"
    "  -l, --files-with-matches  names of files with a match\n"
    "  -c, --count               how many lines\n"
    "  -T, --initial-tab         a tab before the line\n"
    "  -Z, --null                NUL behind a name\n"
    "\n"
    "Context:\n"
    "  -B, --before-context=NUM  NUM lines before\n"
    "  -A, --after-context=NUM   NUM lines behind\n"
    "  -C, --context=NUM, -NUM   both\n"
    "      --group-separator=S   S between groups; --no-group-separator: nothing\n"
    "      --color[=WHEN]        colors: always, never or auto\n"
    "      --help                this text\n"
    "  -V, --version             the version\n"
    "The status is 0 when a line was selected, 1 when none was, 2 for an error (0 with -q and a match).\n";

enum {
    LABEL = 256,
    BINARY_FILES,
    INCLUDE,
    EXCLUDE,
    EXCLUDE_DIR,
    GROUP_SEPARATOR,
    NO_GROUP_SEPARATOR,
    COLOR,
    NO_IGNORE_CASE,
    LINE_BUFFERED
};

static const struct cmd_option options[] = {{'E', "extended-regexp", CMD_NOTHING},
                                            {'F', "fixed-strings", CMD_NOTHING},
                                            {'F', "fixed-regexp", CMD_NOTHING},
                                            {'G', "basic-regexp", CMD_NOTHING},
                                            {'P', "perl-regexp", CMD_NOTHING},
                                            {'e', "regexp", CMD_VALUE},
                                            {'f', "file", CMD_VALUE},
                                            {'i', "ignore-case", CMD_NOTHING},
                                            {'y', NULL, CMD_NOTHING},
                                            {NO_IGNORE_CASE, "no-ignore-case", CMD_NOTHING},
                                            {'w', "word-regexp", CMD_NOTHING},
                                            {'x', "line-regexp", CMD_NOTHING},
                                            {'z', "null-data", CMD_NOTHING},
                                            {'s', "no-messages", CMD_NOTHING},
                                            {'v', "invert-match", CMD_NOTHING},
                                            {'V', NULL, CMD_NOTHING},
                                            {'m', "max-count", CMD_VALUE},
                                            {'b', "byte-offset", CMD_NOTHING},
                                            {'n', "line-number", CMD_NOTHING},
                                            {LINE_BUFFERED, "line-buffered", CMD_NOTHING},
                                            {'H', "with-filename", CMD_NOTHING},
                                            {'h', "no-filename", CMD_NOTHING},
                                            {LABEL, "label", CMD_VALUE},
                                            {'o', "only-matching", CMD_NOTHING},
                                            {'q', "quiet", CMD_NOTHING},
                                            {'q', "silent", CMD_NOTHING},
                                            {BINARY_FILES, "binary-files", CMD_VALUE},
                                            {'a', "text", CMD_NOTHING},
                                            {'I', NULL, CMD_NOTHING},
                                            {'d', "directories", CMD_VALUE},
                                            {'D', "devices", CMD_VALUE},
                                            {'r', "recursive", CMD_NOTHING},
                                            {'R', "dereference-recursive", CMD_NOTHING},
                                            {INCLUDE, "include", CMD_VALUE},
                                            {EXCLUDE, "exclude", CMD_VALUE},
                                            {EXCLUDE_DIR, "exclude-dir", CMD_VALUE},
                                            {'L', "files-without-match", CMD_NOTHING},
                                            {'l', "files-with-matches", CMD_NOTHING},
                                            {'c', "count", CMD_NOTHING},
                                            {'T', "initial-tab", CMD_NOTHING},
                                            {'U', "binary", CMD_NOTHING},
                                            {'u', "unix-byte-offsets", CMD_NOTHING},
                                            {'Z', "null", CMD_NOTHING},
                                            {'B', "before-context", CMD_VALUE},
                                            {'A', "after-context", CMD_VALUE},
                                            {'C', "context", CMD_VALUE},
                                            {'0', NULL, CMD_VALUE}, /* -5 */
                                            {GROUP_SEPARATOR, "group-separator", CMD_VALUE},
                                            {NO_GROUP_SEPARATOR, "no-group-separator", CMD_NOTHING},
                                            {COLOR, "color", CMD_MAY_VALUE},
                                            {COLOR, "colour", CMD_MAY_VALUE},
                                            {0}};

/* --- options --- */

/* A count of lines; one that is too large stands for all. */
static bool take_count(struct k_process *process, const char *value, uint64_t *count, const char *what)
{
    uint64_t number = 0;
    const char *at = value;

    for (; *at >= '0' && *at <= '9'; at++)
        number = number > UINT64_MAX / 10 - 10 ? UINT64_MAX / 10 : number * 10 + (uint64_t)(*at - '0');
    if (at > value && *at == '\0') {
        *count = number;
        return true;
    }
    if (what)
        cmd_error(process, "%s", what);
    else
        cmd_error(process, "%s: invalid context length argument", value);
    return false;
}

static bool take_most(struct k_process *process, struct grep *grep, const char *value)
{
    if (*value == '-') { /* no limit */
        grep->most = UINT64_MAX;
        value++;
        return take_count(process, value, &(uint64_t){0}, "invalid max count");
    }
    return take_count(process, value, &grep->most, "invalid max count");
}

static bool take_context(struct k_process *process, struct grep *grep, int letter, const char *value)
{
    uint64_t count;

    if (!take_count(process, value, &count, NULL)) return false;
    if (letter != 'A') grep->before = count;
    if (letter != 'B') grep->after = count;
    grep->context_given = true;
    return true;
}

static bool take_word(struct k_process *process, struct grep *grep, int letter, const char *value)
{
    static const char *const binary[] = {"binary", "text", "without-match"};
    static const char *const directories[] = {"read", "skip", "recurse"};
    const char *const *words = letter == 'd' ? directories : binary;
    int i;

    for (i = 0; i < 3; i++) {
        if (strcmp(words[i], value) != 0) continue;
        if (letter == 'd')
            grep->recursion = (enum grep_recursion)i;
        else
            grep->binary_files = (enum grep_binary)i;
        return true;
    }
    if (letter == 'd')
        cmd_error(process, "invalid argument %s for '--directories'", cmd_quote(process, value));
    else
        cmd_error(process, "invalid argument %s for '--binary-files'", cmd_quote(process, value));
    return false;
}

static bool take_color(struct k_process *process, struct grep *grep, const char *value)
{
    if (value == NULL || strcmp(value, "always") == 0 || strcmp(value, "yes") == 0 ||
        strcmp(value, "force") == 0)
        grep->color = value != NULL || k_is_terminal(process, 1);
    else if (strcmp(value, "never") == 0 || strcmp(value, "no") == 0 || strcmp(value, "none") == 0)
        grep->color = false;
    else if (strcmp(value, "auto") == 0 || strcmp(value, "tty") == 0 || strcmp(value, "if-tty") == 0)
        grep->color = k_is_terminal(process, 1);
    else
        cmd_error(process, "invalid argument %s for '--color'", cmd_quote(process, value));
    return grep->base.status == 0;
}

static bool take_glob(struct k_process *process, struct grep *grep, int letter, const char *value)
{
    struct grep_glob *glob = arena_zero(&process->arena, sizeof *glob), **at;

    if (glob == NULL) {
        cmd_out_of_memory(process);
        return false;
    }
    glob->pattern = value;
    glob->include = letter == INCLUDE;
    glob->directories = letter == EXCLUDE_DIR;
    for (at = &grep->globs; *at;) at = &(*at)->next;
    *at = glob;
    return true;
}

static bool take_pattern(struct k_process *process, struct grep *grep, const char *value)
{
    grep->any_pattern = true;
    buffer_put_string(&grep->pattern_text, value);
    buffer_put_byte(&grep->pattern_text, '\n');
    if (grep->pattern_text.failed) cmd_out_of_memory(process);
    return !grep->pattern_text.failed;
}

static bool take_pattern_file(struct k_process *process, struct grep *grep, const char *value)
{
    size_t size = grep->file_count * sizeof *grep->pattern_files;
    const char **files = arena_grow(&process->arena, grep->pattern_files, size, size + sizeof *files);

    if (files == NULL) {
        cmd_out_of_memory(process);
        return false;
    }
    files[grep->file_count++] = value;
    grep->pattern_files = files;
    grep->any_pattern = true;
    return true;
}

static bool take_kind(struct grep *grep, int letter)
{
    grep->fixed = letter == 'F';
    grep->extended = letter == 'E' || letter == 'P';
    grep->perl = letter == 'P';
    return true;
}

static bool take_switch(struct k_process *process, struct grep *grep, int letter)
{
    grep->ignore_case = (grep->ignore_case || letter == 'i' || letter == 'y') && letter != NO_IGNORE_CASE;
    grep->patterns.words |= letter == 'w';
    grep->patterns.lines |= letter == 'x';
    grep->silent |= letter == 's';
    grep->invert |= letter == 'v';
    grep->offsets |= letter == 'b';
    grep->numbers |= letter == 'n';
    grep->only |= letter == 'o';
    grep->quiet |= letter == 'q';
    grep->count |= letter == 'c';
    grep->initial_tab |= letter == 'T';
    grep->null |= letter == 'Z';
    if (letter == 'H' || letter == 'h') grep->names = letter == 'H';
    if (letter == 'l' || letter == 'L') {
        grep->list = letter == 'l';
        grep->list_without = letter == 'L';
    }
    if (letter == 'z') grep->end_of_line = '\0';
    if (letter == 'a') grep->binary_files = GREP_TEXT;
    if (letter == 'I') grep->binary_files = GREP_WITHOUT_MATCH;
    if (letter == 'r') grep->recursion = GREP_RECURSE;
    if (letter == 'R') grep->recursion = GREP_FOLLOW;
    if (letter == NO_GROUP_SEPARATOR) grep->group_separator = NULL;
    if (letter != 'V') return true;
    cmd_printf(process, "grep (Umbra) " UMBRA_VERSION "\n");
    grep->done = true;
    return true;
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct grep *grep = process->state;

    switch (letter) {
    case 'E':
    case 'F':
    case 'G':
    case 'P':
        return take_kind(grep, letter);
    case 'e':
        return take_pattern(process, grep, value);
    case 'f':
        return take_pattern_file(process, grep, value);
    case 'm':
        return take_most(process, grep, value);
    case 'A':
    case 'B':
    case 'C':
    case '0':
        return take_context(process, grep, letter, value);
    case 'd':
    case BINARY_FILES:
        return take_word(process, grep, letter, value);
    case COLOR:
        return take_color(process, grep, value);
    case INCLUDE:
    case EXCLUDE:
    case EXCLUDE_DIR:
        return take_glob(process, grep, letter, value);
    case LABEL:
        grep->label = value;
        return true;
    case GROUP_SEPARATOR:
        grep->group_separator = value;
        return true;
    default:
        return take_switch(process, grep, letter);
    }
}

/* --- beginning --- */

static void complain(struct k_process *process, const char *name, int code, bool opening)
{
    struct grep *grep = process->state;

    (void)opening;
    if (!grep->silent)
        cmd_warn(process, "%s: %s", strcmp(name, "-") == 0 ? "(standard input)" : name, k_error_text(code));
    grep->base.status = 2;
}

/* Awaited: reads the next file of -f. 1, or an error, which was said. */
static int read_pattern_file(struct k_process *process, struct grep *grep)
{
    struct cmd_input *input = &grep->input;
    int64_t got;
    int result = 0;

    if (!grep->opened) result = cmd_open_input(process, input, *grep->pattern_files);
    grep->opened = true;
    while (result == 0 && (got = cmd_fill(process, input)) != 0) {
        if (got == UMBRA_EAGAIN) return UMBRA_EAGAIN;
        if (got < 0) result = (int)got;
    }
    if (result < 0) return result;
    buffer_put(&grep->pattern_text, input->bytes + input->at, input->end - input->at);
    if (input->end > input->at && input->bytes[input->end - 1] != '\n')
        buffer_put_byte(&grep->pattern_text, '\n');
    cmd_close_input(process, input);
    input->begun = grep->opened = false;
    grep->pattern_files++;
    grep->file_count--;
    return 1;
}

static bool refuse(struct k_process *process, const char *why)
{
    cmd_error(process, "%s", why);
    return false;
}

static bool compile(struct k_process *process, struct grep *grep)
{
    struct error error = {0};
    const char *text = buffer_string(&grep->pattern_text);
    size_t length = grep->pattern_text.size;

    grep->patterns.flags = (grep->fixed ? RE_LITERAL : 0) | (grep->extended ? RE_EXTENDED : 0) |
                           (grep->perl ? RE_PERL : 0) | (grep->ignore_case ? RE_IGNORE_CASE : 0);
    if (length == 0) return true; /* an empty file of patterns: nothing matches */
    if (grep_add_patterns(&grep->patterns, &process->arena, text, length - 1, &error) == 0) return true;
    return refuse(process, error.code == UMBRA_ENOMEM ? "memory exhausted" : error.message);
}

static bool begin(struct k_process *process, struct grep *grep)
{
    bool directories = grep->recursion >= GREP_RECURSE;

    if (!grep->any_pattern) {
        if (process->argc < 2) {
            cmd_put_error_text(process, "Usage: grep [OPTION]... PATTERNS [FILE]...\n"
                                        "Try 'grep --help' for more information.\n");
            return false;
        }
        if (!take_pattern(process, grep, process->argv[1])) return false;
        memmove(&process->argv[1], &process->argv[2], (size_t)(process->argc - 1) * sizeof *process->argv);
        process->argc--;
    }
    if (grep->pattern_text.failed) return refuse(process, "memory exhausted");
    if (!compile(process, grep)) return false;
    if (grep->names < 0) {
        struct k_stat stat;
        grep->names = process->argc > 2 || (directories && process->argc == 1) ||
                      (directories && k_stat_path(process, process->argv[1], K_FOLLOW, &stat) == 0 &&
                       stat.kind == K_DIRECTORY);
    }
    arena_init(&grep->walk, &process->account);
    grep->operand = 1;
    grep->dot = directories && process->argc == 1;
    if (process->argc == 1 && !grep->dot) {
        process->argv[0] = arena_copy(&process->arena, "-", 1);
        grep->operand = 0;
    }
    if (grep->quiet || grep->list || grep->list_without) grep->count = false;
    if (grep->only && !grep->context_given) grep->before = grep->after = 0;
    grep->opened = false;
    return grep->operand || process->argv[0] || refuse(process, "memory exhausted");
}

static bool wants_more(const struct grep *grep)
{
    return !grep->done && !grep->input.ended;
}

static enum k_progress grep_run(struct k_process *process)
{
    struct grep *grep = process->state;
    int64_t got;
    int result;

    CO_BEGIN(process);
    grep->end_of_line = '\n';
    grep->names = -1;
    grep->most = UINT64_MAX;
    grep->group_separator = "--";
    grep->input.complain = complain;
    take_kind(grep, *process->program->name == 'e' ? 'E' : *process->program->name == 'f' ? 'F' : 'G');
    CMD_OPTIONS(process, options, 0, take_option, 2);
    if (grep->done) goto end; /* -V */
    while (grep->file_count) {
        CO_AWAIT(process, result, read_pattern_file(process, grep));
        if (result < 0) goto failed;
    }
    if (!begin(process, grep)) goto failed;
    for (;;) {
        CO_AWAIT(process, result, grep_next_file(process, grep));
        if (result < 0) goto failed;
        if (result == 0) break;
        grep_begin_lines(process, grep);
        while (wants_more(grep)) {
            CO_AWAIT(process, got, cmd_fill(process, &grep->input));
            if (got < 0) break;
            while (!grep_lines(process, grep)) CMD_RELIEVE(process);
            CMD_RELIEVE(process);
        }
        grep_end_lines(process, grep);
        if (grep->quiet && grep->any_selected) break;
        CMD_RELIEVE(process);
    }
    if (grep->quiet && grep->any_selected)
        grep->base.status = 0;
    else if (grep->base.status == 0)
        grep->base.status = !grep->any_selected;
    goto end;
failed:
    grep->base.status = 2;
end:
    CMD_END(process);
}

static void grep_end(struct k_process *process)
{
    struct grep *grep = process->state;

    grep_end_walk(grep);
    grep_free_patterns(&grep->patterns);
    buffer_free(&grep->pattern_text);
    cmd_end(process);
}

CMD_PROGRAM_ENDING(grep, struct grep, grep_run, grep_end, help);
CMD_PROGRAM_ENDING(egrep, struct grep, grep_run, grep_end, help);
CMD_PROGRAM_ENDING(fgrep, struct grep, grep_run, grep_end, help);
