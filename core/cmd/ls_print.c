/* ls_print.c: the lines and columns of ls. GNU coreutils 9.1, "General output formatting". */
#include <stdio.h>
#include <string.h>

#include "cmd/ls.h"
#include "cmd/mode.h"
#include "cmd/when.h"

#define COLUMN_LEAST 3                       /* a letter and two spaces */
#define HALF_YEAR    (31556952LL / 2 * 1000) /* milliseconds: half a mean Gregorian year */

static int max_of(int a, size_t b)
{
    return (size_t)a > b ? a : (int)b;
}

static size_t digits(uint64_t number)
{
    size_t count = 1;
    while (number /= 10) count++;
    return count;
}

static void size_text(const struct ls *ls, const struct ls_entry *entry, char text[CMD_HUMAN_MAX])
{
    if (entry->known)
        cmd_size_text(entry->stat.size, &ls->size_style, text);
    else
        snprintf(text, CMD_HUMAN_MAX, "?");
}

static void blocks_text(const struct ls *ls, const struct ls_entry *entry, char text[CMD_HUMAN_MAX])
{
    if (entry->known)
        cmd_size_text(cmd_disk_bytes(&entry->stat), &ls->block_style, text);
    else
        snprintf(text, CMD_HUMAN_MAX, "?");
}

static const char *owner_text(const struct ls *ls)
{
    return ls->numeric ? "1000" : "user";
}

/* --- before anything is printed --- */

static void measure(struct ls *ls)
{
    char text[CMD_HUMAN_MAX];
    size_t i;

    memset(&ls->widths, 0, sizeof ls->widths);
    ls->total = 0;
    for (i = 0; i < ls->count; i++) {
        const struct ls_entry *entry = ls->entries[i];
        if (entry->known) ls->total += cmd_disk_bytes(&entry->stat);
        ls->widths.inode = max_of(ls->widths.inode, entry->known ? digits(entry->stat.ino) : 1);
        ls->widths.links = max_of(ls->widths.links, digits(entry->stat.links));
        blocks_text(ls, entry, text);
        ls->widths.blocks = max_of(ls->widths.blocks, strlen(text));
        size_text(ls, entry, text);
        ls->widths.size = max_of(ls->widths.size, strlen(text));
    }
}

/* Names without quotes begin under the others' first letter, where they stand below each other. */
static bool is_indented(const struct ls *ls, const struct ls_entry *entry)
{
    bool may_quote = ls->quoting == LS_SHELL || ls->quoting == LS_SHELL_ESCAPE || ls->quoting == LS_C_MAYBE;
    bool table = (ls->format == LS_COLUMNS || ls->format == LS_ACROSS) && ls->width;

    return may_quote && (table || ls->format == LS_LONG) && ls->any_quoted && !entry->quoted;
}

/* Room of an entry: what stands before the name, the name, and what stands behind it. */
static size_t entry_columns(const struct ls *ls, const struct ls_entry *entry)
{
    size_t columns = entry->columns;

    if (ls->inode)
        columns += 1 + (size_t)(ls->format == LS_COMMAS ? (int)digits(entry->stat.ino) : ls->widths.inode);
    if (ls->blocks) {
        char text[CMD_HUMAN_MAX];
        blocks_text(ls, entry, text);
        columns += 1 + (ls->format == LS_COMMAS ? strlen(text) : (size_t)ls->widths.blocks);
    }
    if (ls_indicator(ls, &entry->stat, entry->known)) columns++;
    if (is_indented(ls, entry)) columns++;
    return columns;
}

/* Whether so many columns fit; their widths are noted. */
static bool try_columns(const struct ls *ls, size_t columns)
{
    size_t rows = (ls->count + columns - 1) / columns, line = columns * COLUMN_LEAST, i;

    for (i = 0; i < columns; i++) ls->column_widths[i] = COLUMN_LEAST;
    for (i = 0; i < ls->count; i++) {
        size_t column = ls->format == LS_COLUMNS ? i / rows : i % columns;
        size_t width = entry_columns(ls, ls->entries[i]) + (column == columns - 1 ? 0 : 2);
        if (width <= ls->column_widths[column]) continue;
        line += width - ls->column_widths[column];
        ls->column_widths[column] = width;
        if (line >= ls->width && ls->width) return false;
    }
    return line < ls->width || ls->width == 0;
}

static bool find_columns(struct ls *ls)
{
    size_t columns = ls->width ? (ls->width + COLUMN_LEAST - 1) / COLUMN_LEAST : ls->count;

    if (columns > ls->count) columns = ls->count;
    if (columns == 0) columns = 1;
    ls->column_widths = arena_zero(&ls->page, columns * sizeof *ls->column_widths);
    if (ls->column_widths == NULL) return false;
    while (columns > 1 && !try_columns(ls, columns)) columns--;
    if (columns == 1) ls->column_widths[0] = 0;
    ls->columns = columns;
    ls->rows = (ls->count + columns - 1) / columns;
    return true;
}

bool ls_lay_out(struct ls *ls)
{
    measure(ls);
    ls->line_at = ls->row = ls->column = 0;
    if (ls->format == LS_COLUMNS || ls->format == LS_ACROSS) return find_columns(ls);
    return true;
}

/* --- printing --- */

static void put_colored(struct k_process *process, struct ls *ls, const struct ls_entry *entry,
                        const char *shown)
{
    const char *color = ls->color == LS_ALWAYS ? ls_color(process, entry) : NULL;

    if (color == NULL || *color == '\0') {
        cmd_put_string(process, shown);
        return;
    }
    if (!ls->colored) cmd_put_string(process, "\33[0m");
    ls->colored = true;
    cmd_printf(process, "\33[%sm", color);
    cmd_put_string(process, shown);
    cmd_put_string(process, "\33[0m");
}

static void put_prefix(struct k_process *process, const struct ls *ls, const struct ls_entry *entry)
{
    int inode = ls->format == LS_COMMAS ? 0 : ls->widths.inode;
    int blocks = ls->format == LS_COMMAS ? 0 : ls->widths.blocks;
    char text[CMD_HUMAN_MAX];

    if (ls->inode && entry->known)
        cmd_printf(process, "%*llu ", inode, (unsigned long long)entry->stat.ino);
    else if (ls->inode)
        cmd_printf(process, "%*s ", inode, "?");
    if (!ls->blocks) return;
    blocks_text(ls, entry, text);
    cmd_printf(process, "%*s ", blocks, text);
}

static void put_name(struct k_process *process, struct ls *ls, const struct ls_entry *entry)
{
    char indicator = ls_indicator(ls, &entry->stat, entry->known);
    bool is_long = ls->format == LS_LONG;

    if (is_indented(ls, entry)) cmd_put_byte(process, ' ');
    put_colored(process, ls, entry, entry->shown);
    if (indicator && !(is_long && entry->target)) cmd_put_byte(process, indicator);
}

static void put_target(struct k_process *process, struct ls *ls, const struct ls_entry *entry)
{
    struct ls_entry leads_to = {.name = entry->target,
                                .stat = entry->target_stat,
                                .known = entry->target_known,
                                .target_known = true};
    struct buffer shown = {0};
    char indicator;
    bool quoted;

    cmd_put_string(process, " -> ");
    ls_put_name(ls, entry->target, &shown, &quoted);
    if (shown.failed) cmd_fail_output(process);
    put_colored(process, ls, &leads_to, buffer_string(&shown));
    buffer_free(&shown);
    indicator = ls_indicator(ls, &leads_to.stat, leads_to.known);
    if (indicator && !(ls->indicator == LS_SLASH)) cmd_put_byte(process, indicator);
}

static void put_time(struct k_process *process, const struct ls *ls, int64_t time)
{
    const char *style = ls->full_time ? "full-iso" : ls->time_style ? ls->time_style : "locale";
    int64_t now = k_wall(process->kernel);
    bool recent = time > now - HALF_YEAR && time <= now;
    const char *format = recent ? "%b %e %H:%M" : "%b %e  %Y", *second;
    struct buffer text = {0};
    char first[128];

    if (strcmp(style, "full-iso") == 0) format = "%Y-%m-%d %H:%M:%S.%N %z";
    if (strcmp(style, "long-iso") == 0) format = "%Y-%m-%d %H:%M";
    if (strcmp(style, "iso") == 0) format = recent ? "%m-%d %H:%M" : "%Y-%m-%d ";
    if (*style == '+') {
        second = strchr(style, '\n');
        snprintf(first, sizeof first, "%.*s", second ? (int)(second - style - 1) : (int)strlen(style + 1),
                 style + 1);
        format = second && recent ? second + 1 : first;
    }
    cmd_put_time(process, &text, format, time);
    cmd_put_buffer(process, &text);
}

static void put_long(struct k_process *process, struct ls *ls, const struct ls_entry *entry)
{
    char mode[11] = "?????????", text[CMD_HUMAN_MAX];

    put_prefix(process, ls, entry);
    if (entry->known) {
        cmd_mode_text(&entry->stat, mode);
    } else {
        memset(mode, '?', 10);
        mode[0] = entry->is_link ? 'l' : '?';
        mode[10] = '\0';
    }
    if (entry->known)
        cmd_printf(process, "%s %*u ", mode, ls->widths.links, entry->stat.links);
    else
        cmd_printf(process, "%s %*s ", mode, ls->widths.links, "?");
    if (!ls->no_owner) cmd_printf(process, "%-4s ", entry->known ? owner_text(ls) : "?");
    if (!ls->no_group) cmd_printf(process, "%-4s ", entry->known ? owner_text(ls) : "?");
    if (ls->author) cmd_printf(process, "%-4s ", entry->known ? owner_text(ls) : "?");
    size_text(ls, entry, text);
    cmd_printf(process, "%*s ", ls->widths.size, text);
    if (entry->known)
        put_time(process, ls, entry->stat.mtime);
    else
        cmd_put_string(process, "           ?");
    cmd_put_byte(process, ' ');
    put_name(process, ls, entry);
    if (entry->target) put_target(process, ls, entry);
    cmd_put_byte(process, ls->zero ? '\0' : '\n');
}

/* From one column to another, with tabs where they do. */
static void indent(struct k_process *process, const struct ls *ls, size_t from, size_t to)
{
    while (from < to) {
        if (ls->tab && to / ls->tab > (from + 1) / ls->tab) {
            cmd_put_byte(process, '\t');
            from += ls->tab - from % ls->tab;
        } else {
            cmd_put_byte(process, ' ');
            from++;
        }
    }
}

/* The next entry of the table, row by row. */
static void put_in_columns(struct k_process *process, struct ls *ls)
{
    bool down = ls->format == LS_COLUMNS;
    size_t which = down ? ls->column * ls->rows + ls->row : ls->row * ls->columns + ls->column;
    size_t next = down ? which + ls->rows : ls->column + 1 < ls->columns ? which + 1 : ls->count;
    size_t width = ls->column_widths[ls->column];

    put_prefix(process, ls, ls->entries[which]);
    put_name(process, ls, ls->entries[which]);
    if (next < ls->count) {
        indent(process, ls, ls->line_at + entry_columns(ls, ls->entries[which]), ls->line_at + width);
        ls->line_at += width;
        ls->column++;
    } else {
        cmd_put_byte(process, '\n');
        ls->line_at = ls->column = 0;
        ls->row++;
    }
}

static void put_with_commas(struct k_process *process, struct ls *ls, size_t index)
{
    size_t columns = entry_columns(ls, ls->entries[index]);

    if (index) {
        bool fits = ls->width == 0 || ls->line_at + columns + 2 < ls->width;
        cmd_put_string(process, fits ? ", " : ",\n");
        ls->line_at = fits ? ls->line_at + 2 : 0;
    }
    put_prefix(process, ls, ls->entries[index]);
    put_name(process, ls, ls->entries[index]);
    ls->line_at += columns;
}

void ls_print_entry(struct k_process *process, struct ls *ls, size_t index)
{
    switch (ls->format) {
    case LS_LONG:
        put_long(process, ls, ls->entries[index]);
        break;
    case LS_COLUMNS:
    case LS_ACROSS:
        put_in_columns(process, ls);
        break;
    case LS_COMMAS:
        put_with_commas(process, ls, index);
        break;
    default:
        put_prefix(process, ls, ls->entries[index]);
        put_name(process, ls, ls->entries[index]);
        cmd_put_byte(process, ls->zero ? '\0' : '\n');
        break;
    }
}

void ls_finish(struct k_process *process, struct ls *ls)
{
    if (ls->format == LS_COMMAS && ls->count) cmd_put_byte(process, '\n');
}
