/* grep_lines.c: what grep does with the lines of a file: which are selected, what is printed of them. */
#include <string.h>

#include "base/utf8.h"
#include "cmd/grep.h"

/* The colors of GNU grep 3.8 without GREP_COLORS. */
#define COLOR_MATCH     "\33[01;31m\33[K"
#define COLOR_NAME      "\33[35m\33[K"
#define COLOR_NUMBER    "\33[32m\33[K"
#define COLOR_SEPARATOR "\33[36m\33[K"
#define COLOR_END       "\33[m\33[K"

static void put_colored(struct k_process *process, const struct grep *grep, const char *color,
                        const char *text, size_t length)
{
    if (grep->color) cmd_put_string(process, color);
    cmd_put(process, text, length);
    if (grep->color) cmd_put_string(process, COLOR_END);
}

static void put_separator(struct k_process *process, const struct grep *grep, char separator)
{
    put_colored(process, grep, COLOR_SEPARATOR, &separator, 1);
}

static bool has_names(const struct grep *grep)
{
    return grep->names > 0;
}

static void put_number(struct k_process *process, const struct grep *grep, uint64_t number, char separator)
{
    char text[24], *at = text + sizeof text;

    do *--at = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    while (text + sizeof text - at < grep->width) *--at = ' ';
    put_colored(process, grep, COLOR_NUMBER, at, (size_t)(text + sizeof text - at));
    put_separator(process, grep, separator);
}

/* NAME:NUMBER:OFFSET: before a line; at: of the input, where it begins. */
static void put_head(struct k_process *process, const struct grep *grep, uint64_t number, size_t at,
                     char separator)
{
    if (has_names(grep)) {
        put_colored(process, grep, COLOR_NAME, grep->name, strlen(grep->name));
        if (grep->null)
            cmd_put_byte(process, '\0');
        else
            put_separator(process, grep, separator);
    }
    if (grep->numbers) put_number(process, grep, number, separator);
    if (grep->offsets) put_number(process, grep, grep->position + (at - grep->input.at), separator);
    if (grep->initial_tab && (has_names(grep) || grep->numbers || grep->offsets)) cmd_put_byte(process, '\t');
}

/* Text that is not UTF-8 is binary. */
static bool is_shown(struct grep *grep, const char *line, size_t length)
{
    if (grep->suppress) return false;
    if (grep->binary_files == GREP_TEXT || utf8_valid(line, length)) return true;
    grep->not_text = true;
    return false;
}

/* Matches of a line by themselves, as many as one step may take; true when that were all. */
static bool put_matches(struct k_process *process, struct grep *grep)
{
    const char *line = grep->input.bytes + grep->input.at + grep->match_line;
    size_t length = grep->match_length, *from = &grep->match_from;
    struct regex_match match;
    int i;

    for (i = 0; i < 64; i++) {
        if (*from > length || grep_match(&grep->patterns, line, length, *from, &match) <= 0) {
            grep->matching = false;
            return true;
        }
        k_charge(process, match.end - *from + 32);
        *from = match.end > match.start ? match.end : match.end + 1;
        if (match.end == match.start) continue;
        put_head(process, grep, grep->line - 1, (size_t)(line - grep->input.bytes) + match.start, ':');
        put_colored(process, grep, COLOR_MATCH, line + match.start, match.end - match.start);
        cmd_put_byte(process, grep->end_of_line);
    }
    return false;
}

static void put_line(struct k_process *process, const struct grep *grep, const char *line, size_t length,
                     bool color)
{
    struct regex_match match;
    size_t from = 0, put = 0;

    while (color && from <= length && grep_match(&grep->patterns, line, length, from, &match) > 0) {
        from = match.end > match.start ? match.end : match.end + 1;
        if (match.end == match.start) continue;
        cmd_put(process, line + put, match.start - put);
        put_colored(process, grep, COLOR_MATCH, line + match.start, match.end - match.start);
        put = match.end;
    }
    cmd_put(process, line + put, length - put);
    cmd_put_byte(process, grep->end_of_line);
}

static void put_group_separator(struct k_process *process, struct grep *grep)
{
    bool wanted = grep->any_output && grep->gap && grep->context_given && grep->group_separator;

    grep->gap = false;
    grep->any_output = true;
    if (!wanted) return;
    put_colored(process, grep, COLOR_SEPARATOR, grep->group_separator, strlen(grep->group_separator));
    cmd_put_byte(process, '\n');
}

/* Prints a line of context. */
static void put_context(struct k_process *process, struct grep *grep, size_t start, size_t end,
                        uint64_t number)
{
    const char *line = grep->input.bytes + start;

    if (grep->only || !is_shown(grep, line, end - start)) return;
    put_head(process, grep, number, start, '-');
    put_line(process, grep, line, end - start, grep->color && grep->invert);
}

static size_t line_end(const struct grep *grep, size_t start, size_t limit)
{
    const char *end = memchr(grep->input.bytes + start, grep->end_of_line, limit - start);
    return end ? (size_t)(end - grep->input.bytes) : limit;
}

/* The lines from grep->scanned to `stop` are not selected: context behind the last one that was, the rest is
 * counted. */
static void pass_over(struct k_process *process, struct grep *grep, size_t stop)
{
    size_t at = grep->input.at + grep->scanned;

    while (at < stop && grep->after_left) {
        size_t end = line_end(grep, at, stop);
        put_context(process, grep, at, end, grep->line++);
        grep->after_left--;
        at = end < stop ? end + 1 : stop;
        grep->printed = at - grep->input.at;
    }
    if (grep->numbers)
        while (at < stop) {
            at = line_end(grep, at, stop) + 1;
            grep->line++;
        }
    grep->scanned = stop - grep->input.at;
}

/* Where the context before a line begins that is at `start`; count: how many lines that is. */
static size_t context_start(const struct grep *grep, size_t start, uint64_t *count)
{
    size_t least = grep->input.at + grep->printed, at = start;

    for (*count = 0; *count < grep->before && at > least; ++*count) do
            at--;
        while (at > least && grep->input.bytes[at - 1] != grep->end_of_line);
    return at;
}

static void put_selected(struct k_process *process, struct grep *grep, size_t start, size_t end)
{
    const char *line = grep->input.bytes + start;
    uint64_t count;
    size_t at = context_start(grep, start, &count);

    if (at > grep->input.at + grep->printed) grep->gap = true;
    if (!is_shown(grep, line, end - start)) return;
    put_group_separator(process, grep);
    for (; count; count--) {
        size_t next = line_end(grep, at, start);
        put_context(process, grep, at, next, grep->line - count);
        at = next + 1;
    }
    if (grep->only) {
        grep->matching = !grep->invert; /* put_matches() goes on with it */
        grep->match_line = start - grep->input.at;
        grep->match_length = end - start;
        grep->match_from = 0;
        return;
    }
    put_head(process, grep, grep->line, start, ':');
    put_line(process, grep, line, end - start, grep->color && !grep->invert);
}

static void select_line(struct k_process *process, struct grep *grep, size_t start, size_t end, size_t limit)
{
    grep->selected++;
    grep->any_selected = true;
    if (grep->quiet || grep->list || grep->list_without) {
        grep->done = true;
    } else if (!grep->count) {
        if (grep->binary && grep->binary_files == GREP_BINARY) grep->suppress = true;
        put_selected(process, grep, start, end);
        if (grep->suppress) grep->done = true;
    }
    grep->scanned = (end < limit ? end + 1 : limit) - grep->input.at;
    grep->printed = grep->scanned;
    grep->after_left = grep->count ? 0 : grep->after;
    grep->line++;
    if (grep->selected >= grep->most) grep->done = true;
}

/* The next selected line in front of `limit`: 1 with its place, 0, UMBRA_ENOMEM. */
static int find_selected(const struct grep *grep, size_t from, size_t limit, size_t *start, size_t *length)
{
    const char *bytes = grep->input.bytes;
    int result;

    if (!grep->invert) {
        result =
            grep_find_line(&grep->patterns, bytes + from, limit - from, grep->end_of_line, start, length);
        *start += from;
        return result;
    }
    for (; from < limit; from = *start + *length + 1) {
        *start = from;
        *length = line_end(grep, from, limit) - from;
        result = grep_find_line(&grep->patterns, bytes + from, *length, grep->end_of_line, &(size_t){0},
                                &(size_t){0});
        if (*length == 0) {
            struct regex_match match;
            result = grep_match(&grep->patterns, bytes + from, 0, 0, &match);
        }
        if (result < 0) return result;
        if (result == 0) return 1;
    }
    return 0;
}

/* For -T numbers are as wide as the size of the file. */
static int number_width(struct k_process *process, const struct grep *grep)
{
    struct k_stat stat;
    int width = 0;

    if (!grep->initial_tab || k_stat_number(process, grep->input.number, &stat) < 0) return 0;
    for (; stat.size; stat.size /= 10) width++;
    return width;
}

void grep_begin_lines(struct k_process *process, struct grep *grep)
{
    grep->width = number_width(process, grep);
    grep->position = grep->selected = grep->after_left = 0;
    grep->scanned = grep->printed = 0;
    grep->line = 1;
    grep->gap = true;
    grep->binary = grep->suppress = grep->not_text = grep->done = false;
    if (grep->most == 0) grep->done = true;
}

/* Forgets what was looked at, but for lines that may yet be context. */
static void forget(struct grep *grep)
{
    uint64_t count;
    size_t keep = context_start(grep, grep->input.at + grep->scanned, &count);
    size_t gone = keep - grep->input.at;

    grep->input.at += gone;
    grep->position += gone;
    grep->scanned -= gone;
    if (grep->printed < gone) grep->gap = true;
    grep->printed -= grep->printed < gone ? grep->printed : gone;
}

bool grep_lines(struct k_process *process, struct grep *grep)
{
    struct cmd_input *input = &grep->input;
    size_t limit = input->end, at = input->at + grep->scanned, start, length;
    int i;

    if (grep->matching && !put_matches(process, grep)) return false;

    if (!input->ended) /* whole lines only */
        while (limit > at && input->bytes[limit - 1] != grep->end_of_line) limit--;
    if (limit <= at || grep->done) return true;
    if (!grep->binary && grep->binary_files != GREP_TEXT && grep->end_of_line &&
        memchr(input->bytes + at, '\0', input->end - at)) {
        grep->binary = true;
        if (grep->binary_files == GREP_WITHOUT_MATCH) grep->done = true;
    }
    for (i = 0; i < 64 && !grep->done; i++) {
        int result = find_selected(grep, input->at + grep->scanned, limit, &start, &length);
        if (result < 0) {
            cmd_out_of_memory(process);
            grep->base.status = 2;
            grep->done = true;
            return true;
        }
        pass_over(process, grep, result ? start : limit);
        if (result == 0) break;
        select_line(process, grep, start, start + length, limit);
        if (grep->matching && !put_matches(process, grep)) break;
    }
    k_charge(process, input->at + grep->scanned - at);
    if (grep->matching || (!grep->done && input->at + grep->scanned < limit)) return false;
    /* Behind the last of -m its context is printed yet. */
    if (grep->done && grep->after_left && grep->selected >= grep->most) {
        size_t from = input->at + grep->scanned, stop = from;
        uint64_t left = grep->after_left;
        while (stop < limit && left--) stop = line_end(grep, stop, limit) + 1;
        pass_over(process, grep, stop < limit ? stop : limit);
    }
    forget(grep);
    return true;
}

void grep_end_lines(struct k_process *process, struct grep *grep)
{
    bool selected = grep->selected > 0;

    if (grep->quiet) return;
    if (grep->count) {
        if (has_names(grep)) {
            put_colored(process, grep, COLOR_NAME, grep->name, strlen(grep->name));
            if (grep->null)
                cmd_put_byte(process, '\0');
            else
                put_separator(process, grep, ':');
        }
        cmd_printf(process, "%llu\n", (unsigned long long)grep->selected);
    }
    if ((grep->list && selected) || (grep->list_without && !selected)) {
        put_colored(process, grep, COLOR_NAME, grep->name, strlen(grep->name));
        cmd_put_byte(process, grep->null ? '\0' : '\n');
    }
    if ((grep->suppress || grep->not_text) && grep->binary_files == GREP_BINARY && !grep->count)
        cmd_warn(process, "%s: binary file matches", grep->name);
}
