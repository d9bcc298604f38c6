/* ls_options.c: the options of ls. GNU coreutils 9.1, "ls invocation". */
#include <stdlib.h>
#include <string.h>

#include "cmd/ls.h"
#include "cmd/words.h"
#include "kernel/terminal.h"

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

const struct cmd_option ls_options[] = {
    {'a', "all", CMD_NOTHING},
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
    {OPT_FOLLOW_DIRECTORIES, "dereference-command-line-symlink-to-dir", CMD_NOTHING},
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

static const struct cmd_word when_words[] = {
    {"always", LS_ALWAYS},      {"yes", LS_ALWAYS}, {"force", LS_ALWAYS},     {"never", LS_NEVER},
    {"no", LS_NEVER},           {"none", LS_NEVER}, {"auto", LS_ON_TERMINAL}, {"tty", LS_ON_TERMINAL},
    {"if-tty", LS_ON_TERMINAL}, {NULL, 0}};
static const struct cmd_word format_words[] = {
    {"verbose", LS_LONG},  {"long", LS_LONG},        {"commas", LS_COMMAS},     {"horizontal", LS_ACROSS},
    {"across", LS_ACROSS}, {"vertical", LS_COLUMNS}, {"single-column", LS_ONE}, {NULL, 0}};
static const struct cmd_word sort_words[] = {{"none", LS_UNSORTED},
                                             {"time", LS_BY_TIME},
                                             {"size", LS_BY_SIZE},
                                             {"extension", LS_BY_EXTENSION},
                                             {"version", LS_BY_VERSION},
                                             {"width", LS_BY_WIDTH},
                                             {NULL, 0}};
static const struct cmd_word indicator_words[] = {{"none", LS_NO_INDICATOR},
                                                  {"slash", LS_SLASH},
                                                  {"file-type", LS_FILE_TYPE},
                                                  {"classify", LS_CLASSIFY},
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
static const struct cmd_word time_words[] = {
    {"atime", 0}, {"access", 0},       {"use", 0},   {"ctime", 0},    {"status", 0},
    {"mtime", 0}, {"modification", 0}, {"birth", 0}, {"creation", 0}, {NULL, 0}};

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

bool ls_take_option(struct k_process *process, int letter, const char *value)
{
    struct ls *ls = process->state;

    if (value || letter == OPT_COLOR || letter == 'F' + 512) return take_value_option(process, letter, value);
    if (!take_column(ls, letter) && !take_format(ls, letter) && !take_names(ls, letter))
        take_selection(ls, letter);
    return true;
}

/* Before the options are read. */
void ls_begin(struct k_process *process, struct ls *ls)
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
void ls_settle(const struct k_process *process, struct ls *ls)
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
