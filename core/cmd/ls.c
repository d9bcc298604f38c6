/* ls: list directories. POSIX.1-2017 ls, with the options of GNU coreutils 9.1 but --dired, --hyperlink and
 * --context. There is one owner, "user". */
#include "cmd/ls.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/match.h"
#include "cmd/order.h"
#include "cmd/words.h"
#include "kernel/terminal.h"

static const char help[] =
    "Usage: ls [OPTION]... [FILE]...\n"
    "List the FILEs, or what is in them when they are directories; the current directory without FILE.\n"
    "\n"
    "  -a, --all            also names that begin with .\n"
    "  -A, --almost-all     the same without . and ..\n"
    "  -b, --escape         odd characters as \\n or octal\n"
    "  -B, --ignore-backups not what ends with ~\n"
    "  -C                   in columns; -x across, -m with commas, -1 one a line\n"
    "      --color[=WHEN]   colours: always, auto or never\n"
    "  -d, --directory      directories themselves, not what is in them\n"
    "  -f                   all, in the order of the directory\n"
    "  -F, --classify[=WHEN] add one of */=@| to names; --file-type without *; -p only /\n"
    "      --group-directories-first\n"
    "  -h, --human-readable sizes as 1K or 2M; --si by powers of 1000\n"
    "  -H, -L               follow links given as FILE; all links\n"
    "  -i, --inode          with the number of each file\n"
    "  -I, --ignore=PATTERN, --hide=PATTERN  not those names\n"
    "  -l                   in long form; -g without owner, -o without group, -n with numbers\n"
    "      --full-time      -l with all of the time; --time-style=STYLE, +FORMAT\n"
    "  -q, -N, -Q, --quoting-style=WORD  how names are written\n"
    "  -r, --reverse        the other way round\n"
    "  -R, --recursive      with all directories below\n"
    "  -s, --size           with the blocks of each file; -k, --block-size=SIZE\n"
    "  -S, -t, -U, -v, -X, --sort=WORD  by size, time, not at all, by version, by extension\n"
    "  -w, --width=COLUMNS, -T, --tabsize=COLUMNS\n"
    "      --zero           end lines with NUL\n"
    "      --help           this text\n"
    "      --version        the version\n";

enum {
    OPT_AUTHOR = 256,
    OPT_BLOCK_SIZE,
    OPT_COLOR,
    OPT_FILE_TYPE,
    OPT_FORMAT,
    OPT_FULL_TIME,
    OPT_DIRECTORIES_FIRST,
    OPT_SI,
    OPT_FOLLOW_DIRECTORIES,
    OPT_HIDE,
    OPT_INDICATOR,
    OPT_SHOW_CONTROL,
    OPT_QUOTING,
    OPT_SORT,
    OPT_TIME,
    OPT_TIME_STYLE,
    OPT_ZERO,
};

static const struct cmd_option options[] = {{'a', "all", CMD_NOTHING},
                                            {'A', "almost-all", CMD_NOTHING},
                                            {'b', "escape", CMD_NOTHING},
                                            {'B', "ignore-backups", CMD_NOTHING},
                                            {'c', NULL, CMD_NOTHING},
                                            {'C', NULL, CMD_NOTHING},
                                            {'d', "directory", CMD_NOTHING},
                                            {'f', NULL, CMD_NOTHING},
                                            {'F', NULL, CMD_NOTHING},
                                            {'F' + 512, "classify", CMD_MAY_VALUE},
                                            {'g', NULL, CMD_NOTHING},
                                            {'G', "no-group", CMD_NOTHING},
                                            {'h', "human-readable", CMD_NOTHING},
                                            {'H', "dereference-command-line", CMD_NOTHING},
                                            {'i', "inode", CMD_NOTHING},
                                            {'I', "ignore", CMD_VALUE},
                                            {'k', "kibibytes", CMD_NOTHING},
                                            {'l', NULL, CMD_NOTHING},
                                            {'L', "dereference", CMD_NOTHING},
                                            {'m', NULL, CMD_NOTHING},
                                            {'n', "numeric-uid-gid", CMD_NOTHING},
                                            {'N', "literal", CMD_NOTHING},
                                            {'o', NULL, CMD_NOTHING},
                                            {'p', NULL, CMD_NOTHING},
                                            {'q', "hide-control-chars", CMD_NOTHING},
                                            {'Q', "quote-name", CMD_NOTHING},
                                            {'r', "reverse", CMD_NOTHING},
                                            {'R', "recursive", CMD_NOTHING},
                                            {'s', "size", CMD_NOTHING},
                                            {'S', NULL, CMD_NOTHING},
                                            {'t', NULL, CMD_NOTHING},
                                            {'T', "tabsize", CMD_VALUE},
                                            {'u', NULL, CMD_NOTHING},
                                            {'U', NULL, CMD_NOTHING},
                                            {'v', NULL, CMD_NOTHING},
                                            {'w', "width", CMD_VALUE},
                                            {'x', NULL, CMD_NOTHING},
                                            {'X', NULL, CMD_NOTHING},
                                            {'1', NULL, CMD_NOTHING},
                                            {OPT_AUTHOR, "author", CMD_NOTHING},
                                            {OPT_BLOCK_SIZE, "block-size", CMD_VALUE},
                                            {OPT_COLOR, "color", CMD_MAY_VALUE},
                                            {OPT_FILE_TYPE, "file-type", CMD_NOTHING},
                                            {OPT_FORMAT, "format", CMD_VALUE},
                                            {OPT_FULL_TIME, "full-time", CMD_NOTHING},
                                            {OPT_DIRECTORIES_FIRST, "group-directories-first", CMD_NOTHING},
                                            {OPT_SI, "si", CMD_NOTHING},
                                            {OPT_FOLLOW_DIRECTORIES,
                                             "dereference-command-line-symlink-to-dir", CMD_NOTHING},
                                            {OPT_HIDE, "hide", CMD_VALUE},
                                            {OPT_INDICATOR, "indicator-style", CMD_VALUE},
                                            {OPT_SHOW_CONTROL, "show-control-chars", CMD_NOTHING},
                                            {OPT_QUOTING, "quoting-style", CMD_VALUE},
                                            {OPT_SORT, "sort", CMD_VALUE},
                                            {OPT_TIME, "time", CMD_VALUE},
                                            {OPT_TIME_STYLE, "time-style", CMD_VALUE},
                                            {OPT_ZERO, "zero", CMD_NOTHING},
                                            {0}};

/* --- options --- */

static const struct cmd_word when_words[] = {{"always", LS_ALWAYS},      {"yes", LS_ALWAYS},
                                         {"force", LS_ALWAYS},       {"never", LS_NEVER},
                                         {"no", LS_NEVER},           {"none", LS_NEVER},
                                         {"auto", LS_ON_TERMINAL},   {"tty", LS_ON_TERMINAL},
                                         {"if-tty", LS_ON_TERMINAL}, {NULL, 0}};
static const struct cmd_word format_words[] = {
    {"verbose", LS_LONG},     {"long", LS_LONG},    {"commas", LS_COMMAS},     {"horizontal", LS_ACROSS},
    {"across", LS_ACROSS},    {"vertical", LS_COLUMNS}, {"single-column", LS_ONE}, {NULL, 0}};
static const struct cmd_word sort_words[] = {{"none", LS_UNSORTED},   {"time", LS_BY_TIME},
                                         {"size", LS_BY_SIZE},    {"extension", LS_BY_EXTENSION},
                                         {"version", LS_BY_VERSION}, {"width", LS_BY_WIDTH},
                                         {NULL, 0}};
static const struct cmd_word indicator_words[] = {{"none", LS_NO_INDICATOR}, {"slash", LS_SLASH},
                                              {"file-type", LS_FILE_TYPE}, {"classify", LS_CLASSIFY},
                                              {NULL, 0}};
static const struct cmd_word quoting_words[] = {{"literal", LS_LITERAL},
                                            {"shell", LS_SHELL},
                                            {"shell-always", LS_SHELL_ALWAYS},
                                            {"shell-escape", LS_SHELL_ESCAPE},
                                            {"shell-escape-always", LS_SHELL_ESCAPE_ALWAYS},
                                            {"c", LS_C},
                                            {"c-maybe", LS_C_MAYBE},
                                            {"escape", LS_ESCAPE},
                                            {"locale", LS_LOCALE},
                                            {"clocale", LS_CLOCALE},
                                            {NULL, 0}};
static const struct cmd_word time_words[] = {{"atime", 0},  {"access", 0}, {"use", 0},   {"ctime", 0},
                                         {"status", 0}, {"mtime", 0},  {"modification", 0},
                                         {"birth", 0},  {"creation", 0}, {NULL, 0}};

static void set_format(struct ls *ls, enum ls_format format)
{
    ls->format = format;
    ls->format_set = true;
}

static void set_sort(struct ls *ls, enum ls_sort sort)
{
    ls->sort = sort;
    ls->sort_set = true;
}

static void set_quoting(struct ls *ls, enum ls_quoting quoting)
{
    ls->quoting = quoting;
    ls->quoting_set = true;
}

static void set_follow(struct ls *ls, enum ls_follow follow)
{
    ls->follow = follow;
    ls->follow_set = true;
}

static bool add_pattern(struct k_process *process, const char *text, bool weak)
{
    struct ls *ls = process->state;
    struct ls_pattern *pattern = arena_take(&process->arena, sizeof *pattern);

    if (pattern == NULL) return false;
    *pattern = (struct ls_pattern){ls->patterns, text, weak};
    ls->patterns = pattern;
    return true;
}

static bool take_number(struct k_process *process, const char *value, const char *what, size_t *number)
{
    int64_t read;

    if (cmd_integer(value, &read) && read >= 0 && read < (1 << 20)) {
        *number = (size_t)read;
        return true;
    }
    cmd_error(process, "invalid %s: %s", what, cmd_quote(process, value));
    return false;
}

static bool take_word_option(struct k_process *process, int letter, const char *value)
{
    struct ls *ls = process->state;
    int word = -1;

    switch (letter) {
    case OPT_COLOR:
        word = value ? cmd_find_word(process, when_words, value, "--color") : LS_ALWAYS;
        ls->color = (enum ls_when)word;
        break;
    case 'F' + 512:
        word = value ? cmd_find_word(process, when_words, value, "--classify") : LS_ALWAYS;
        ls->classify = (enum ls_when)word;
        if (word != LS_NEVER) ls->indicator = LS_CLASSIFY;
        break;
    case OPT_FORMAT:
        word = cmd_find_word(process, format_words, value, "--format");
        set_format(ls, (enum ls_format)word);
        break;
    case OPT_SORT:
        word = cmd_find_word(process, sort_words, value, "--sort");
        set_sort(ls, (enum ls_sort)word);
        break;
    case OPT_INDICATOR:
        word = cmd_find_word(process, indicator_words, value, "--indicator-style");
        ls->indicator = (enum ls_indicator)word;
        break;
    case OPT_QUOTING:
        word = cmd_find_word(process, quoting_words, value, "--quoting-style");
        set_quoting(ls, (enum ls_quoting)word);
        break;
    default:
        word = cmd_find_word(process, time_words, value, "--time");
        break;
    }
    return word >= 0;
}

static bool take_block_size(struct k_process *process, const char *value)
{
    struct ls *ls = process->state;

    if (!cmd_size_style(value, &ls->block_style)) {
        cmd_error(process, "invalid --block-size argument %s", cmd_quote(process, value));
        return false;
    }
    ls->size_style = ls->block_style;
    ls->block_style_set = true;
    return true;
}

static bool take_value_option(struct k_process *process, int letter, const char *value)
{
    struct ls *ls = process->state;

    switch (letter) {
    case 'I':
    case OPT_HIDE:
        return add_pattern(process, value, letter == OPT_HIDE);
    case 'T':
        return take_number(process, value, "tab size", &ls->tab);
    case 'w':
        return take_number(process, value, "line width", &ls->width);
    case OPT_BLOCK_SIZE:
        return take_block_size(process, value);
    case OPT_TIME_STYLE:
        if (strncmp(value, "posix-", 6) == 0) value = "locale";
        if (*value != '+' && strcmp(value, "full-iso") != 0 && strcmp(value, "long-iso") != 0 &&
            strcmp(value, "iso") != 0 && strcmp(value, "locale") != 0) {
            cmd_error(process, "invalid argument %s for 'time style'", cmd_quote(process, value));
            cmd_try_help(process);
            return false;
        }
        ls->time_style = value;
        return true;
    default:
        return take_word_option(process, letter, value);
    }
}

static void take_human(struct ls *ls, bool si)
{
    ls->size_style = (struct cmd_size_style){.human = true, .si = si};
    ls->block_style = ls->size_style;
    ls->block_style_set = true;
}

/* Options that set how much is shown of each. */
static bool take_column(struct ls *ls, int letter)
{
    switch (letter) {
    case 'g':
        ls->no_owner = true;
        set_format(ls, LS_LONG);
        return true;
    case 'G':
        return ls->no_group = true;
    case 'h':
        take_human(ls, false);
        return true;
    case OPT_SI:
        take_human(ls, true);
        return true;
    case 'i':
        return ls->inode = true;
    case 'k':
        return ls->kibibytes = true;
    case 'n':
        ls->numeric = true;
        set_format(ls, LS_LONG);
        return true;
    case 'o':
        ls->no_group = true;
        set_format(ls, LS_LONG);
        return true;
    case 's':
        return ls->blocks = true;
    case OPT_AUTHOR:
        return ls->author = true;
    case OPT_FULL_TIME:
        ls->full_time = true;
        set_format(ls, LS_LONG);
        return true;
    default:
        return false;
    }
}

static bool take_format(struct ls *ls, int letter)
{
    static const char formats[] = "1lCxm";
    const char *at = letter < 256 ? strchr(formats, letter) : NULL;

    if (at) {
        if (letter != '1' || ls->format != LS_LONG) set_format(ls, (enum ls_format)(at - formats));
        return true;
    }
    if (letter == OPT_ZERO) {
        ls->zero = true;
        ls->color = LS_NEVER;
        ls->control_set = true;
        ls->hide_control = false;
        if (ls->format != LS_LONG) set_format(ls, LS_ONE);
        set_quoting(ls, LS_LITERAL);
        return true;
    }
    return false;
}

static bool take_names(struct ls *ls, int letter)
{
    static const char sorts[] = "tSXvU";
    static const enum ls_sort by[] = {LS_BY_TIME, LS_BY_SIZE, LS_BY_EXTENSION, LS_BY_VERSION, LS_UNSORTED};
    const char *at = letter < 256 ? strchr(sorts, letter) : NULL;

    if (at) {
        set_sort(ls, by[at - sorts]);
        return true;
    }
    switch (letter) {
    case 'b':
        set_quoting(ls, LS_ESCAPE);
        return true;
    case 'N':
        set_quoting(ls, LS_LITERAL);
        return true;
    case 'Q':
        set_quoting(ls, LS_C);
        return true;
    case 'q':
    case OPT_SHOW_CONTROL:
        ls->hide_control = letter == 'q';
        ls->control_set = true;
        return true;
    case 'F':
        ls->indicator = LS_CLASSIFY;
        ls->classify = LS_ALWAYS;
        return true;
    case OPT_FILE_TYPE:
        ls->indicator = LS_FILE_TYPE;
        return true;
    case 'p':
        ls->indicator = LS_SLASH;
        return true;
    default:
        return false;
    }
}

static void take_selection(struct ls *ls, int letter)
{
    ls->all |= letter == 'a' || letter == 'f';
    ls->almost_all |= letter == 'A';
    ls->backups_hidden |= letter == 'B';
    ls->directory |= letter == 'd';
    ls->reverse |= letter == 'r';
    ls->recursive |= letter == 'R';
    ls->directories_first |= letter == OPT_DIRECTORIES_FIRST;
    if (letter == 'f') {
        set_sort(ls, LS_UNSORTED);
        if (ls->format == LS_LONG) ls->format_set = false;
        ls->blocks = false;
        ls->color = LS_NEVER;
    }
    if (letter == 'H') set_follow(ls, LS_FOLLOW_OPERANDS);
    if (letter == 'L') set_follow(ls, LS_FOLLOW_ALL);
    if (letter == OPT_FOLLOW_DIRECTORIES) set_follow(ls, LS_FOLLOW_OPERAND_DIRECTORIES);
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct ls *ls = process->state;

    if (value || letter == OPT_COLOR || letter == 'F' + 512) return take_value_option(process, letter, value);
    if (!take_column(ls, letter) && !take_format(ls, letter) && !take_names(ls, letter))
        take_selection(ls, letter);
    return true;
}

/* Before the options are read. */
static void begin(struct k_process *process, struct ls *ls)
{
    const char *columns = k_variable(process, "COLUMNS");
    unsigned wide, rows;
    int64_t number;

    arena_init(&ls->page, &process->account);
    ls->tab = 8;
    ls->width = 80;
    ls->block_style = (struct cmd_size_style){.block = 1024};
    ls->size_style = (struct cmd_size_style){.block = 1};
    if (columns && cmd_integer(columns, &number) && number > 0 && number < (1 << 20))
        ls->width = (size_t)number;
    else if (k_terminal_size(process, 1, &wide, &rows) == 0 && wide)
        ls->width = wide;
}

static bool has_colors(const struct k_process *process)
{
    const char *colors = k_variable(process, "LS_COLORS"), *term = k_variable(process, "TERM");
    const char *depth = k_variable(process, "COLORTERM");

    return (colors && *colors) || (depth && *depth) || (term && *term && strcmp(term, "dumb") != 0);
}

/* What was left open depends on the terminal and on the other options. */
static void settle(const struct k_process *process, struct ls *ls)
{
    bool terminal = k_is_terminal(process, 1);

    if (!ls->format_set) ls->format = terminal ? LS_COLUMNS : LS_ONE;
    if (!ls->quoting_set) ls->quoting = terminal ? LS_SHELL_ESCAPE : LS_LITERAL;
    if (!ls->control_set) ls->hide_control = terminal;
    if (ls->color == LS_ON_TERMINAL) ls->color = terminal ? LS_ALWAYS : LS_NEVER;
    if (!has_colors(process)) ls->color = LS_NEVER;
    if (ls->classify == LS_ON_TERMINAL && !terminal) ls->indicator = LS_NO_INDICATOR;
    if (ls->kibibytes && !ls->block_style_set) ls->block_style = (struct cmd_size_style){.block = 1024};
    if (!ls->follow_set)
        ls->follow = ls->directory || ls->indicator == LS_CLASSIFY || ls->format == LS_LONG
                         ? LS_FOLLOW_NONE
                         : LS_FOLLOW_OPERAND_DIRECTORIES;
    if (ls->directory) ls->recursive = false;
    if (ls->color == LS_ALWAYS || ls->width == 0) ls->tab = 0;
}

/* --- entries --- */

/* The target of a link, and what it leads to. */
static bool read_target(struct k_process *process, struct ls *ls, const char *path, struct ls_entry *entry)
{
    struct buffer target = {0};
    int result = k_read_link(process, path, &target);

    if (result == 0) {
        entry->target = arena_copy(&ls->page, buffer_string(&target), target.size);
        entry->target_known = k_stat_path(process, path, K_FOLLOW, &entry->target_stat) == 0;
    }
    buffer_free(&target);
    return result == UMBRA_ENOMEM ? false : result < 0 || entry->target != NULL;
}

static bool grow_entries(struct ls *ls)
{
    size_t capacity = ls->capacity ? 2 * ls->capacity : 64;
    struct ls_entry **entries;

    if (ls->count < ls->capacity) return true;
    entries = arena_take(&ls->page, capacity * sizeof *entries);
    if (entries == NULL) return false;
    if (ls->count) memcpy(entries, ls->entries, ls->count * sizeof *entries);
    ls->entries = entries;
    ls->capacity = capacity;
    return true;
}

/* An entry of the page; NULL without memory. Of one that is not there, it is said and `known` is false. */
static struct ls_entry *add_entry(struct k_process *process, struct ls *ls, const char *path, const char *name,
                                  bool operand)
{
    bool follow = ls->follow == LS_FOLLOW_ALL || (operand && ls->follow != LS_FOLLOW_NONE);
    struct ls_entry *entry = arena_zero(&ls->page, sizeof *entry);
    struct k_stat stat;
    int result;

    if (entry == NULL || !grow_entries(ls)) return NULL;
    entry->name = name;
    result = k_stat_path(process, path, K_NO_FOLLOW, &entry->stat);
    entry->known = result == 0;
    entry->is_link = result == 0 && entry->stat.kind == K_LINK;
    if (entry->is_link && follow) {
        int followed = k_stat_path(process, path, K_FOLLOW, &stat);
        if (followed == 0 && (ls->follow != LS_FOLLOW_OPERAND_DIRECTORIES || stat.kind == K_DIRECTORY))
            entry->stat = stat;
        else if (followed < 0 && ls->follow >= LS_FOLLOW_OPERANDS)
            result = followed;
        if (result < 0) entry->known = false;
    }
    if (result < 0) {
        cmd_cannot(process, "access", path, result);
        ls->base.status = operand ? 2 : ls->base.status == 2 ? 2 : 1;
        if (operand) return entry;
    }
    if (entry->known && entry->stat.kind == K_LINK && 
        (ls->format == LS_LONG || ls->color == LS_ALWAYS || ls->directories_first) &&
        !read_target(process, ls, path, entry))
        return NULL;
    if (ls->format != LS_LONG) entry->target = NULL;
    ls->entries[ls->count++] = entry;
    return entry;
}

/* first: before what is pending already. */
static struct ls_pending *add_pending(struct k_process *process, struct ls_pending **at, const char *path,
                                      bool operand)
{
    struct ls_pending *pending = arena_take(&process->arena, sizeof *pending);

    if (pending == NULL) return NULL;
    *pending = (struct ls_pending){*at, path, operand};
    *at = pending;
    return pending;
}

static bool is_left_out(const struct ls *ls, const char *name)
{
    const struct ls_pattern *pattern;
    size_t length = strlen(name);

    if (*name == '.' && !ls->all && !ls->almost_all) return true;
    if (ls->backups_hidden && length && name[length - 1] == '~') return true;
    for (pattern = ls->patterns; pattern; pattern = pattern->next) {
        if (pattern->weak && (ls->all || ls->almost_all)) continue;
        if (cmd_match(pattern->text, name, CMD_MATCH_PERIOD)) return true;
    }
    return false;
}

/* --- order --- */

static const char *extension_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot : "";
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_by_key(const struct ls_entry *a, const struct ls_entry *b, enum ls_sort sort)
{
    switch (sort) {
    case LS_BY_TIME:
        return a->stat.mtime > b->stat.mtime ? -1 : a->stat.mtime < b->stat.mtime;
    case LS_BY_SIZE:
        return compare_numbers(b->stat.size, a->stat.size);
    case LS_BY_EXTENSION:
        return strcmp(extension_of(a->name), extension_of(b->name));
    case LS_BY_VERSION:
        return cmd_compare_versions(a->name, b->name);
    case LS_BY_WIDTH:
        return compare_numbers(cmd_columns(a->name, strlen(a->name)), cmd_columns(b->name, strlen(b->name)));
    default:
        return 0;
    }
}

static bool is_directory(const struct ls_entry *entry)
{
    return entry->stat.kind == K_DIRECTORY ||
           (entry->stat.kind == K_LINK && entry->target_known && entry->target_stat.kind == K_DIRECTORY);
}

static int compare(const void *first, const void *second, const void *context)
{
    const struct ls_entry *a = first, *b = second;
    const struct ls *ls = context;
    int order;

    if (ls->directories_first && is_directory(a) != is_directory(b)) return is_directory(a) ? -1 : 1;
    order = compare_by_key(a, b, ls->sort);
    if (order == 0) order = strcmp(a->name, b->name);
    return ls->reverse ? -order : order;
}

static bool sort_page(struct k_process *process, struct ls *ls)
{
    struct arena_mark mark = arena_mark(&process->arena);
    int result = 0;

    if (ls->sort != LS_UNSORTED) result = cmd_order(process, (void **)ls->entries, ls->count, compare, ls);
    arena_release(&process->arena, mark);
    return result == 0;
}

/* --- directories --- */

static bool put_header(struct k_process *process, struct ls *ls, const char *path)
{
    struct buffer name = {0};
    bool quoted, failed;

    if (ls->printed) cmd_put_byte(process, '\n');
    ls->printed = true;
    if (!ls->headers) return true;
    ls_put_name(ls, path, &name, &quoted);
    failed = name.failed;
    cmd_put(process, name.data, name.size);
    cmd_put_string(process, ":\n");
    buffer_free(&name);
    return !failed;
}

/* Begins the page of the next directory: 1, 0: there is none, or UMBRA_ENOMEM. */
static int open_directory(struct k_process *process, struct ls *ls)
{
    while (ls->pending) {
        struct ls_pending *next = ls->pending;
        int result;
        ls->pending = next->next;
        arena_release(&ls->page, (struct arena_mark){0});
        ls->entries = NULL;
        ls->count = ls->capacity = ls->at = 0;
        ls->reading = next->path;
        result = k_list(process, next->path, &ls->page, &ls->names);
        k_charge(process, 64 * (ls->names.count + 1));
        if (result == UMBRA_ENOMEM) return result;
        if (result < 0) {
            cmd_cannot(process, "open directory", next->path, result);
            if (next->operand) ls->base.status = 2;
            continue;
        }
        return put_header(process, ls, next->path) ? 1 : UMBRA_ENOMEM;
    }
    return 0;
}

/* The next name of the directory that is read; index count and count + 1 are . and .. */
static bool take_name(struct k_process *process, struct ls *ls, size_t index)
{
    const char *name = index < ls->names.count ? ls->names.names[index] : index == ls->names.count ? "." : "..";
    struct arena_mark mark = arena_mark(&process->arena);
    const struct ls_entry *entry;
    char *path;

    if (index < ls->names.count ? is_left_out(ls, name) : !ls->all) return true;
    path = cmd_join(process, ls->reading, name);
    entry = path ? add_entry(process, ls, path, name, false) : NULL;
    arena_release(&process->arena, mark);
    return entry != NULL;
}

/* With -R, the directories of the page come next, in its order. */
static bool queue_directories(struct k_process *process, struct ls *ls)
{
    struct ls_pending **at = &ls->pending;
    size_t i;

    for (i = 0; i < ls->count; i++) {
        const struct ls_entry *entry = ls->entries[i];
        char *path;
        if (!entry->known || entry->stat.kind != K_DIRECTORY) continue;
        if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0) continue;
        path = cmd_join(process, ls->reading, entry->name);
        if (path == NULL || add_pending(process, at, path, false) == NULL) return false;
        at = &(*at)->next;
    }
    return true;
}

/* Operands that are directories are listed after the others, in their order. */
static bool gather_operand(struct k_process *process, struct ls *ls, const char *path)
{
    size_t count = ls->count;
    const struct ls_entry *entry = add_entry(process, ls, path, path, true);

    if (entry == NULL) return false;
    if (!entry->known) {
        ls->headers |= process->argc > 2;
        return true;
    }
    return ls->count > count;
}

static bool split_directories(struct k_process *process, struct ls *ls)
{
    struct ls_pending **at = &ls->pending;
    size_t i, kept = 0;

    if (ls->directory) return true;
    for (i = 0; i < ls->count; i++) {
        struct ls_entry *entry = ls->entries[i];
        if (entry->stat.kind != K_DIRECTORY) {
            ls->entries[kept++] = entry;
            continue;
        }
        if (add_pending(process, at, entry->name, true) == NULL) return false;
        at = &(*at)->next;
    }
    ls->count = kept;
    ls->headers = ls->recursive || process->argc > 2;
    return true;
}

static bool begin_page(struct k_process *process, struct ls *ls)
{
    if (!sort_page(process, ls)) return false;
    if (ls->reading == NULL && !split_directories(process, ls)) return false;
    if (ls->reading && ls->recursive && !queue_directories(process, ls)) return false;
    if (!ls_prepare(process, ls)) return false;
    if (ls->reading && (ls->format == LS_LONG || ls->blocks)) {
        char text[CMD_HUMAN_MAX];
        cmd_size_text(ls->total, &ls->block_style, text);
        cmd_printf(process, "total %s%c", text, ls->zero ? '\0' : '\n');
    }
    ls->printed |= ls->count > 0;
    ls->at = 0;
    return true;
}

static void ls_end(struct k_process *process)
{
    struct ls *ls = process->state;

    if (ls->page.account) arena_free(&ls->page);
    cmd_end(process);
}

static enum k_progress ls_run(struct k_process *process)
{
    struct ls *ls = process->state;
    int more;

    CO_BEGIN(process);
    begin(process, ls);
    CMD_OPTIONS(process, options, 0, take_option, 2);
    settle(process, ls);
    if (process->argc == 1) CMD_NEED(process, gather_operand(process, ls, ".") ? ls : NULL);
    for (ls->i = 1; ls->i < process->argc; ls->i++) {
        CMD_NEED(process, gather_operand(process, ls, process->argv[ls->i]) ? ls : NULL);
        CMD_RELIEVE(process);
    }
    for (;;) {
        CMD_NEED(process, begin_page(process, ls) ? ls : NULL);
        for (; ls->at < ls->count; ls->at++) {
            ls_print_entry(process, ls, ls->at);
            CMD_RELIEVE(process);
        }
        ls_finish(process, ls);
        more = open_directory(process, ls);
        if (more == 0) break;
        CMD_NEED(process, more > 0 ? ls : NULL);
        for (ls->at = 0; ls->at < ls->names.count + 2; ls->at++) {
            CMD_NEED(process, take_name(process, ls, ls->at) ? ls : NULL);
            CMD_RELIEVE(process);
        }
    }
    CMD_END(process);
}

CMD_PROGRAM_WITH_END(ls, struct ls, ls_run, ls_end, help);
