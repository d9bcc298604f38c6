/* The job "rename a word": find the files that have it, look at its lines, edit. An Edit replaces text, not
 * words, so in a file where the word also stands inside longer words each line is replaced as a whole
 * instead, and the effect of every edit is worked out on all known lines before it is asked for. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/text.h"
#include "offline/plan.h"

#define CUT_MARK "\xe2\x80\xa6 [line cut"

enum { FILES_A_TURN = 16, EDITS_A_FILE = 64, MOST_NAMED = 60, PATH_SIZE = 1024 };

static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* The next place at or after *p where the word stands for itself; NULL: none. *inside counts the other
 * places. */
static const char *next_whole(const char *line, const char *p, const char *word, size_t *inside)
{
    size_t n = strlen(word);
    for (; (p = strstr(p, word)); p++) {
        bool before = p > line && is_word_byte(*word) && is_word_byte(p[-1]);
        bool after = is_word_byte(word[n - 1]) && is_word_byte(p[n]);
        if (!before && !after) return p;
        if (inside) (*inside)++;
    }
    return NULL;
}

static char *replace_words(const char *line, const char *word, const char *with)
{
    struct buffer out = {0};
    const char *p = line;
    for (const char *at; (at = next_whole(line, p, word, NULL)); p = at + strlen(word)) {
        buffer_put(&out, p, (size_t)(at - p));
        buffer_put_string(&out, with);
    }
    buffer_put_string(&out, p);
    return buffer_take(&out);
}

/* The known lines of one file, longest first. */
struct lines {
    char **items;
    size_t count, capacity, whole, inside;
    bool cut; /* a line was too long to be shown whole */
};

static void free_lines(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) free(lines->items[i]);
    free((void *)lines->items);
    *lines = (struct lines){0};
}

static int add_line(struct lines *lines, const char *text, size_t size, const char *word)
{
    char *copy = strndup(text, size);
    if (!copy) return PX_ENOMEM;
    for (const char *p = copy; (p = next_whole(copy, p, word, &lines->inside)); p += strlen(word))
        lines->whole++;
    if (lines->count == lines->capacity) {
        size_t capacity = lines->capacity ? lines->capacity * 2 : 16;
        char **items = realloc((void *)lines->items, capacity * sizeof *items);
        if (!items) {
            free(copy);
            return PX_ENOMEM;
        }
        lines->items = items;
        lines->capacity = capacity;
    }
    lines->items[lines->count++] = copy;
    return 0;
}

/* "12:text" or "path:12:text" → text. */
static bool hit_text(const char *path, const char **line, size_t *size)
{
    size_t n = strlen(path);
    if (*size > n && strncmp(*line, path, n) == 0 && (*line)[n] == ':') {
        *line += n + 1;
        *size -= n + 1;
    }
    size_t digits = strspn(*line, "0123456789");
    if (digits == 0 || digits >= *size || (*line)[digits] != ':') return false;
    *line += digits + 1;
    *size -= digits + 1;
    return true;
}

static int by_length(const void *a, const void *b)
{
    size_t n = strlen(*(char *const *)a), m = strlen(*(char *const *)b);
    return n < m ? 1 : n > m ? -1 : strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_lines(struct lines *lines, const struct px_call *grep, const char *path, const char *word)
{
    const char *text = grep->result, *line = NULL;
    size_t size = 0;
    *lines = (struct lines){0};
    while (px_next_line(&text, &line, &size)) {
        if (!hit_text(path, &line, &size) || !memmem(line, size, word, strlen(word))) continue;
        if (memmem(line, size, CUT_MARK, sizeof CUT_MARK - 1)) lines->cut = true;
        int rc = add_line(lines, line, size, word);
        if (rc) return rc;
    }
    if (lines->count) qsort((void *)lines->items, lines->count, sizeof *lines->items, by_length);
    return 0;
}

/* Would replacing `line` by `fresh` everywhere touch another line inside a longer word of it? Longer lines
 * come first and have been replaced already, so only what stays in them counts. */
static bool edit_is_safe(const struct lines *lines, size_t index, const char *word, const char *with)
{
    const char *line = lines->items[index];
    for (size_t i = 0; i < index; i++) {
        if (strcmp(lines->items[i], line) == 0) continue;
        char *done = replace_words(lines->items[i], word, with);
        bool touched = !done || strstr(done, line);
        free(done);
        if (touched) return false;
    }
    return true;
}

/* Asks for the edits of one file, leaving out the lines that cannot be edited safely. */
static void edit_lines(struct px_plan *plan, const char *path, const struct lines *lines)
{
    const char *word = plan->job.subject, *with = plan->job.replacement;
    size_t edits = 0;
    for (size_t i = 0; i < lines->count; i++) {
        const char *line = lines->items[i];
        if (i > 0 && strcmp(lines->items[i - 1], line) == 0) continue;
        if (!next_whole(line, line, word, NULL)) continue;
        if (strstr(line, CUT_MARK) || edits >= EDITS_A_FILE || !edit_is_safe(lines, i, word, with)) continue;
        char *fresh = replace_words(line, word, with);
        if (!fresh)
            plan->rc = PX_ENOMEM;
        else
            px_use(plan, "Edit", "file_path", path, "old_string", line, "new_string", fresh, "?replace_all",
                   NULL);
        free(fresh);
        edits++;
    }
}

/* Grep says so when it did not give everything. */
static bool was_stopped(const char *result)
{
    return strstr(result, "\n(stopped after ") || strstr(result, "\n\xe2\x80\xa6 (cut");
}

static void edit_file(struct px_plan *plan, const char *path, const struct px_call *grep)
{
    struct lines lines;
    if (!grep->answered || grep->failed) return;
    if (read_lines(&lines, grep, path, plan->job.subject))
        plan->rc = PX_ENOMEM;
    else if (lines.whole && !lines.inside && !lines.cut && !was_stopped(grep->result))
        px_use(plan, "Edit", "file_path", path, "old_string", plan->job.subject, "new_string",
               plan->job.replacement, "?replace_all", NULL);
    else if (lines.whole)
        edit_lines(plan, path, &lines);
    free_lines(&lines);
}

static const struct px_call *content_of(const struct px_plan *plan, const char *path)
{
    for (size_t i = 0; i < plan->talk->call_count; i++) {
        const struct px_call *call = &plan->talk->calls[i];
        const char *mode = px_json_text(call->input, "output_mode"), *at = px_json_text(call->input, "path");
        if (strcmp(call->name, "Grep") == 0 && mode && strcmp(mode, "content") == 0 && at &&
            strcmp(at, path) == 0)
            return call;
    }
    return NULL;
}

struct outcome {
    size_t files, failed, denied;
    struct buffer changed, trouble;
};

/* How many edits this file needs where its lines are edited one by one. */
static size_t edits_needed(const struct px_plan *plan, const char *path, const struct px_call *grep)
{
    struct lines lines;
    size_t count = 0;
    if (read_lines(&lines, grep, path, plan->job.subject)) {
        free_lines(&lines);
        return 0;
    }
    for (size_t i = 0; i < lines.count; i++) {
        bool again = i > 0 && strcmp(lines.items[i - 1], lines.items[i]) == 0;
        if (!again && next_whole(lines.items[i], lines.items[i], plan->job.subject, NULL)) count++;
    }
    free_lines(&lines);
    return count;
}

static void report_file(const struct px_plan *plan, struct outcome *outcome, const char *path)
{
    const struct px_call *grep = content_of(plan, path);
    size_t good = 0, bad = 0;
    bool by_line = false;
    const char *why = NULL;
    for (size_t i = 0; i < plan->talk->call_count; i++) {
        const struct px_call *call = &plan->talk->calls[i];
        const char *file = px_json_text(call->input, "file_path");
        if (strcmp(call->name, "Edit") != 0 || !file || strcmp(file, path) != 0) continue;
        const char *old = px_json_text(call->input, "old_string");
        by_line = !old || strcmp(old, plan->job.subject) != 0;
        if (call->answered && !call->failed)
            good++;
        else {
            bad++;
            why = call->answered ? call->result : "there was no result";
            if (call->denied) outcome->denied++;
        }
    }
    if (!grep || grep->failed || !grep->answered)
        why = grep && *grep->result ? grep->result : "it could not be searched";
    else if (good + bad == 0)
        why = "the word stands there only in places that cannot be edited safely";
    else if (!why && by_line && good < edits_needed(plan, path, grep))
        why = "some of its lines cannot be edited safely; look for the word there";
    if (good) outcome->files++;
    if (good && outcome->files <= MOST_NAMED) buffer_printf(&outcome->changed, "- `%s`\n", path);
    if (why) {
        size_t cut = strcspn(why, "\n");
        if (cut > 200) cut = utf8_floor(why, 200);
        outcome->failed++;
        buffer_printf(&outcome->trouble, "- `%s`: %.*s\n", path, (int)cut, why);
    }
}

static void each_file(const struct px_plan *plan, const char *list, struct outcome *outcome)
{
    char path[PATH_SIZE];
    const char *line = NULL;
    size_t size = 0;
    while (px_next_line(&list, &line, &size)) {
        px_line_name(line, size, path, sizeof path);
        if (*path) report_file(plan, outcome, path);
    }
}

static void report(struct px_plan *plan, const char *list)
{
    struct outcome outcome = {0};
    struct buffer out = {0};
    const struct px_job *job = &plan->job;
    each_file(plan, list, &outcome);
    if (outcome.files)
        buffer_printf(&out, "I renamed `%s` to `%s` in %zu %s:\n\n%s", job->subject, job->replacement,
                      outcome.files, outcome.files == 1 ? "file" : "files", buffer_string(&outcome.changed));
    else
        buffer_printf(&out, "I changed no file.\n");
    if (outcome.files > MOST_NAMED) buffer_printf(&out, "- … and %zu more\n", outcome.files - MOST_NAMED);
    if (outcome.denied) buffer_printf(&out, "\nYou did not allow %zu of the edits.\n", outcome.denied);
    if (outcome.failed)
        buffer_printf(&out, "\nNot, or not wholly, done:\n\n%s", buffer_string(&outcome.trouble));
    if (was_stopped(list)) buffer_put_string(&out, "\nThere may be more files: ask again to go on.\n");
    if (outcome.files) buffer_put_string(&out, "\nLook at the changes before you commit them.");
    buffer_free(&outcome.changed);
    buffer_free(&outcome.trouble);
    px_finish(plan, &out);
}

static bool was_denied(const struct px_plan *plan)
{
    for (size_t i = 0; i < plan->talk->call_count; i++)
        if (plan->talk->calls[i].denied && strcmp(plan->talk->calls[i].name, "Edit") == 0) return true;
    return false;
}

/* The next batch: files that were looked at and not yet edited are edited; otherwise new ones are looked at.
 */
static void next_step(struct px_plan *plan, const char *list)
{
    char path[PATH_SIZE];
    const char *line = NULL, *text = list;
    size_t size = 0, batch = 0;
    while (px_next_line(&text, &line, &size)) {
        px_line_name(line, size, path, sizeof path);
        const struct px_call *grep = *path ? content_of(plan, path) : NULL;
        if (grep && !px_call_on(plan, "Edit", "file_path", path)) edit_file(plan, path, grep);
    }
    if (plan->calls || was_denied(plan)) return;
    for (text = list; batch < FILES_A_TURN && px_next_line(&text, &line, &size);) {
        px_line_name(line, size, path, sizeof path);
        if (!*path || content_of(plan, path)) continue;
        if (batch++ == 0) px_sayf(plan, "I will look at the lines with `%s`.", plan->job.subject);
        px_use(plan, "Grep", "pattern", plan->job.subject, "path", path, "output_mode", "content", "?fixed",
               NULL);
    }
}

static bool is_wordlike(const char *text)
{
    while (is_word_byte(*text)) text++;
    return *text == '\0';
}

void px_plan_rename(struct px_plan *plan)
{
    const struct px_job *job = &plan->job;
    const struct px_call *first = px_nth_call(plan, "Grep", 0);
    if (!first && (!px_has(plan, "Grep") || !px_has(plan, "Edit"))) {
        px_finishf(plan, "I cannot rename a word: this request does not offer both Grep and Edit.");
        return;
    }
    if (!first) {
        px_sayf(plan, "I will look for the files that contain `%s`.", job->subject);
        if (is_wordlike(job->subject))
            px_use(plan, "Grep", "pattern", job->subject, "path", job->place, "glob", job->glob,
                   "output_mode", "files_with_matches", "?fixed", "?word", NULL);
        else
            px_use(plan, "Grep", "pattern", job->subject, "path", job->place, "glob", job->glob,
                   "output_mode", "files_with_matches", "?fixed", NULL);
        return;
    }
    if (px_stop_on_failure(plan, first, "Searching")) return;
    if (px_list_is_empty(first->result)) {
        px_finishf(plan, "The word `%s` does not occur%s%s%s%s, so there is nothing to rename.", job->subject,
                   job->place ? " in " : "", job->place ? job->place : "", job->glob ? " in " : "",
                   job->glob ? job->glob : "");
        return;
    }
    next_step(plan, first->result);
    if (plan->calls == 0 && plan->rc == 0) report(plan, first->result);
}
