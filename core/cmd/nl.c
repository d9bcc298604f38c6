/* nl: lines with numbers. POSIX.1-2017 nl, with GNU coreutils 9.1's long options. */
#include <string.h>

#include "cmd/command.h"
#include "regex/regex.h"

static const char help[] =
    "Usage: nl [OPTION]... [FILE]...\n"
    "Write the lines of each FILE with numbers before them.\n"
    "\n"
    "  -b, --body-numbering=STYLE     which lines of a body get numbers\n"
    "  -d, --section-delimiter=CC     CC begins the lines between logical pages, not \\:\n"
    "  -f, --footer-numbering=STYLE   which lines of a footer\n"
    "  -h, --header-numbering=STYLE   which lines of a header\n"
    "  -i, --line-increment=NUMBER    from one number to the next\n"
    "  -l, --join-blank-lines=NUMBER  of so many empty lines in a row only the last has a number\n"
    "  -n, --number-format=FORMAT     ln: at the left, rn: at the right, rz: with zeros\n"
    "  -p, --no-renumber              go on counting behind a page\n"
    "  -s, --number-separator=STRING  STRING behind the number instead of a tab\n"
    "  -v, --starting-line-number=NUMBER  the first number of a page\n"
    "  -w, --number-width=NUMBER      columns of a number\n"
    "      --help                     this text\n"
    "      --version                  the version\n"
    "STYLE is a: all lines, t: those that are not empty, n: none, pBRE: those that match BRE.\n";

static const struct cmd_option options[] = {
    {'b', "body-numbering", CMD_VALUE},   {'d', "section-delimiter", CMD_VALUE},
    {'f', "footer-numbering", CMD_VALUE}, {'h', "header-numbering", CMD_VALUE},
    {'i', "line-increment", CMD_VALUE},   {'l', "join-blank-lines", CMD_VALUE},
    {'n', "number-format", CMD_VALUE},    {'p', "no-renumber", CMD_NOTHING},
    {'s', "number-separator", CMD_VALUE}, {'v', "starting-line-number", CMD_VALUE},
    {'w', "number-width", CMD_VALUE},     {0}};

enum { HEADER, BODY, FOOTER };

struct style {
    char kind; /* a, t, n, p */
    struct regex *regex;
};

struct nl {
    struct cmd_base base;
    struct cmd_input input;
    struct style styles[3];
    int section;
    bool renumber, left, zeros;
    const char *separator, *delimiter;
    int64_t number, first, increment, join, blanks, width;
};

static bool take_style(struct k_process *process, struct style *style, const char *value, const char *section)
{
    struct error error;

    if (*value && strchr("atn", *value) && value[1] == '\0') {
        style->kind = *value;
        return true;
    }
    if (*value != 'p') {
        cmd_error(process, "invalid %s numbering style: %s", section, cmd_quote(process, value));
        cmd_try_help(process);
        return false;
    }
    style->kind = 'p';
    re_free(style->regex);
    if (re_compile(value + 1, strlen(value + 1), 0, &style->regex, &error) == 0) return true;
    cmd_error(process, "%s", error.message);
    return false;
}

static bool take_number(struct k_process *process, const char *value, int64_t *number, int64_t least,
                        const char *what)
{
    if (!cmd_integer(value, number)) {
        cmd_error(process, "invalid %s: %s", what, cmd_quote(process, value));
        return false;
    }
    if (*number >= least) return true;
    cmd_error(process, "invalid %s: %s: Numerical result out of range", what, cmd_quote(process, value));
    return false;
}

static bool take_format(struct k_process *process, struct nl *nl, const char *value)
{
    if (strcmp(value, "ln") != 0 && strcmp(value, "rn") != 0 && strcmp(value, "rz") != 0) {
        cmd_error(process, "invalid line numbering format: %s", cmd_quote(process, value));
        cmd_try_help(process);
        return false;
    }
    nl->left = value[0] == 'l';
    nl->zeros = value[1] == 'z';
    return true;
}

static bool take_delimiter(struct k_process *process, struct nl *nl, const char *value)
{
    size_t length = strlen(value);

    if (length == 1) { /* the second character stays a colon */
        char both[2] = {value[0], ':'};
        value = arena_copy(&process->arena, both, 2);
        if (value == NULL) {
            cmd_out_of_memory(process);
            return false;
        }
    }
    nl->delimiter = value;
    return true;
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct nl *nl = process->state;

    switch (letter) {
    case 'b':
        return take_style(process, &nl->styles[BODY], value, "body");
    case 'f':
        return take_style(process, &nl->styles[FOOTER], value, "footer");
    case 'h':
        return take_style(process, &nl->styles[HEADER], value, "header");
    case 'd':
        return take_delimiter(process, nl, value);
    case 'i':
        return take_number(process, value, &nl->increment, INT64_MIN, "line number increment");
    case 'l':
        return take_number(process, value, &nl->join, 1, "line number of blank lines");
    case 'n':
        return take_format(process, nl, value);
    case 'v':
        return take_number(process, value, &nl->first, INT64_MIN, "starting line number");
    case 'w':
        return take_number(process, value, &nl->width, 1, "line number field width");
    case 's':
        nl->separator = value;
        return true;
    default:
        nl->renumber = false;
        return true;
    }
}

/* Whether a line begins a section: the delimiter three times a header, twice a body, once a footer. */
static bool begins_section(struct nl *nl, const char *line, size_t length)
{
    size_t one = strlen(nl->delimiter), times;

    if (one == 0 || length % one || length / one == 0 || length / one > 3) return false;
    for (times = 0; times < length / one; times++)
        if (memcmp(line + times * one, nl->delimiter, one) != 0) return false;
    nl->section = times == 3 ? HEADER : times == 2 ? BODY : FOOTER;
    if (nl->renumber) nl->number = nl->first;
    nl->blanks = 0;
    return true;
}

static bool has_number(struct nl *nl, const char *line, size_t length)
{
    const struct style *style = &nl->styles[nl->section];

    if (style->kind == 'p') return re_search(style->regex, line, length, 0, false, NULL, 0) > 0;
    if (style->kind == 't') return length > 0;
    if (style->kind == 'n') return false;
    if (length || nl->join <= 1) {
        nl->blanks = 0;
        return true;
    }
    nl->blanks = (nl->blanks + 1) % nl->join;
    return nl->blanks == 0;
}

static void put_line(struct k_process *process, struct nl *nl, const char *line, size_t length)
{
    int width = nl->width < 4096 ? (int)nl->width : 4096;

    if (length && line[length - 1] == '\n') length--;
    if (begins_section(nl, line, length)) {
        cmd_put_byte(process, '\n');
        return;
    }
    if (has_number(nl, line, length)) {
        cmd_printf(process, nl->zeros ? "%0*lld%s" : "%*lld%s", nl->left ? -width : width,
                   (long long)nl->number, nl->separator);
        nl->number += nl->increment;
    } else {
        cmd_printf(process, "%*s", width + (int)strlen(nl->separator), "");
    }
    cmd_put(process, line, length);
    cmd_put_byte(process, '\n');
}

static enum k_progress nl_run(struct k_process *process)
{
    struct nl *nl = process->state;
    char *line;
    size_t length;
    int result;

    CO_BEGIN(process);
    nl->styles[HEADER].kind = nl->styles[FOOTER].kind = 'n';
    nl->styles[BODY].kind = 't';
    nl->section = BODY;
    nl->renumber = true;
    nl->separator = "\t";
    nl->delimiter = "\\:";
    nl->first = nl->increment = nl->join = 1;
    nl->width = 6;
    CMD_OPTIONS(process, options, 0, take_option, 1);
    nl->number = nl->first;
    while (cmd_open_next(process, &nl->input, process->argc - 1) > 0) {
        for (;;) {
            CO_AWAIT(process, result, cmd_read_line(process, &nl->input, '\n', &line, &length));
            if (result <= 0) break;
            put_line(process, nl, line, length);
            CMD_RELIEVE(process);
        }
    }
    CMD_END(process);
}

static void nl_end(struct k_process *process)
{
    struct nl *nl = process->state;
    int i;

    for (i = 0; i < 3; i++) re_free(nl->styles[i].regex);
    cmd_end(process);
}

CMD_PROGRAM_ENDING(nl, struct nl, nl_run, nl_end, help);
