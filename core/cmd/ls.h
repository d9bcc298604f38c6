/* ls.h: what the files of ls share: ls_options.c reads its options, ls.c goes over the directories, ls_name.c
 * has how names look, ls_print.c lines and columns. */
#ifndef UMBRA_CMD_LS_H
#define UMBRA_CMD_LS_H

#include "cmd/human.h"

enum ls_format { LS_ONE, LS_LONG, LS_COLUMNS, LS_ACROSS, LS_COMMAS };
enum ls_sort { LS_BY_NAME, LS_BY_TIME, LS_BY_SIZE, LS_BY_EXTENSION, LS_BY_VERSION, LS_BY_WIDTH, LS_UNSORTED };
enum ls_quoting {
    LS_LITERAL,
    LS_SHELL,
    LS_SHELL_ALWAYS,
    LS_SHELL_ESCAPE,
    LS_SHELL_ESCAPE_ALWAYS,
    LS_C,
    LS_C_MAYBE,
    LS_ESCAPE,
    LS_LOCALE,
    LS_CLOCALE
};
enum ls_indicator { LS_NO_INDICATOR, LS_SLASH, LS_FILE_TYPE, LS_CLASSIFY };
enum ls_when { LS_NEVER, LS_ALWAYS, LS_ON_TERMINAL };
enum ls_follow { LS_FOLLOW_NONE, LS_FOLLOW_OPERAND_DIRECTORIES, LS_FOLLOW_OPERANDS, LS_FOLLOW_ALL };

struct ls_entry {
    const char *name;   /* as it is shown, before quoting */
    const char *shown;  /* quoted, with everything but colours */
    size_t columns;     /* of shown */
    const char *target; /* of a link, for -l */
    struct k_stat stat, target_stat;
    bool known, target_known; /* there is a stat */
    bool is_link;             /* itself, whatever is followed */
    bool quoted;
};

/* A directory that is still to be listed. */
struct ls_pending {
    struct ls_pending *next;
    const char *path;
    bool operand;
};

struct ls_pattern {
    struct ls_pattern *next;
    const char *text;
    bool weak; /* --hide: not with -a or -A */
};

struct ls {
    struct cmd_base base;
    enum ls_format format;
    bool format_set, quoting_set, sort_set, follow_set, control_set;
    enum ls_sort sort;
    enum ls_quoting quoting;
    enum ls_indicator indicator;
    enum ls_when color, classify;
    enum ls_follow follow;
    bool all, almost_all, reverse, recursive, directory, inode, blocks, numeric, no_owner, no_group, author;
    bool hide_control, backups_hidden, directories_first, zero, kibibytes, full_time;
    struct cmd_size_style block_style, size_style;
    bool block_style_set;
    size_t width, tab;
    const char *time_style;
    struct ls_pattern *patterns;

    struct ls_pending *pending;
    struct arena page; /* of what is listed now */
    struct ls_entry **entries;
    size_t count, capacity, at;
    bool any_quoted, printed, headers, colored;
    int i;
    size_t columns, rows, column, row;
    struct k_listing names; /* of the directory that is read */
    const char *reading;    /* its path; NULL: none */
    size_t *column_widths;
    size_t line_at; /* in the line that is being written */
    struct {
        int inode, blocks, links, owner, group, size, time;
    } widths;
    uint64_t total;
};

extern const struct cmd_option ls_options[];
/* Before the options are read, for each, and afterwards. */
void ls_begin(struct k_process *process, struct ls *ls);
bool ls_take_option(struct k_process *process, int letter, const char *value);
void ls_settle(const struct k_process *process, struct ls *ls);

/* Whether it can be run: the '*' of -F. */
bool ls_is_program(const struct k_stat *stat);
/* Fills `shown` and what belongs to it. False without memory. */
bool ls_show_name(struct k_process *process, struct ls *ls, struct ls_entry *entry);
/* Appends a name, quoted. */
void ls_put_name(const struct ls *ls, const char *name, struct buffer *out, bool *quoted);
/* The letters of a colour, NULL: none. link: to what it leads. */
const char *ls_color(struct k_process *process, const struct ls_entry *entry);
/* What -F adds behind a name; 0: nothing. */
char ls_indicator(const struct ls *ls, const struct k_stat *stat, bool known);
/* Before the entries are printed, and behind ls_show_name() for each: widths and columns. False without
 * memory. */
bool ls_lay_out(struct ls *ls);
/* Prints the next entry of the page. */
void ls_print_entry(struct k_process *process, struct ls *ls, size_t index);
/* Whatever is open after the last entry. */
void ls_finish(struct k_process *process, struct ls *ls);

#endif
