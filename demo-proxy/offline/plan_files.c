/* The jobs that only look: list, find, read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/text.h"
#include "offline/plan.h"

enum { MOST_LISTED = 60, MOST_HITS = 12, MOST_SHOWN_LINES = 60, MOST_SHOWN_BYTES = 4000, MOST_COUNTED = 256 };

static const char *place_words(const struct px_plan *plan, char *out, size_t capacity)
{
    const struct px_job *job = &plan->job;
    (void)snprintf(out, capacity, "%s%s%s%s", job->place ? " in " : "", job->place ? job->place : "",
                   job->glob ? " in " : "", job->glob ? job->glob : "");
    return out;
}

static void report_list(struct px_plan *plan, const struct px_call *call)
{
    char name[1024];
    const char *text = call->result, *line = NULL;
    size_t size = 0, count = 0;
    struct buffer list = {0}, out = {0};
    bool none = px_list_is_empty(text);
    while (!none && px_next_line(&text, &line, &size)) {
        px_line_name(line, size, name, sizeof name);
        if (*name && count++ < MOST_LISTED) buffer_printf(&list, "- `%s`\n", name);
    }
    char place[600];
    place_words(plan, place, sizeof place);
    if (count == 0)
        buffer_printf(&out, "There are no files%s.", place);
    else
        buffer_printf(&out, "%zu %s%s:\n\n%s", count, count == 1 ? "entry" : "entries", place,
                      buffer_string(&list));
    if (count > MOST_LISTED) buffer_printf(&out, "\n… and %zu more.", count - MOST_LISTED);
    buffer_free(&list);
    px_finish(plan, &out);
}

void px_plan_list(struct px_plan *plan)
{
    bool glob = plan->job.glob && px_has(plan, "Glob");
    const char *tool = glob || !px_has(plan, "ListDir") ? "Glob" : "ListDir";
    const struct px_call *call = px_nth_call(plan, tool, 0);
    if (call) {
        if (!px_stop_on_failure(plan, call, "Listing the files")) report_list(plan, call);
        return;
    }
    if (!px_has(plan, tool)) {
        px_finishf(plan, "I cannot list files: this request offers neither ListDir nor Glob.");
        return;
    }
    px_sayf(plan, "I will look at the files.");
    if (strcmp(tool, "ListDir") == 0)
        px_use(plan, tool, "path", plan->job.place, NULL);
    else
        px_use(plan, tool, "pattern", plan->job.glob ? plan->job.glob : "*", "path", plan->job.place, NULL);
}

/* "path:12:text" → the lengths of its three parts. */
static bool split_hit(const char *line, size_t size, size_t *path, const char **rest, size_t *rest_size)
{
    for (size_t i = 1; i + 2 < size; i++) {
        if (line[i] != ':') continue;
        size_t digits = strspn(line + i + 1, "0123456789");
        if (digits == 0 || i + 1 + digits >= size || line[i + 1 + digits] != ':') continue;
        *path = i;
        *rest = line + i + 1;
        *rest_size = size - i - 1;
        return true;
    }
    return false;
}

struct hits {
    size_t count, files;
    const char *last_path;
    size_t last_size;
    struct buffer shown;
};

static void count_hits(struct hits *hits, const char *text)
{
    const char *line = NULL, *rest = NULL;
    size_t size = 0, path = 0, rest_size = 0;
    while (px_next_line(&text, &line, &size)) {
        if (!split_hit(line, size, &path, &rest, &rest_size)) continue;
        if (!hits->last_path || hits->last_size != path || strncmp(hits->last_path, line, path) != 0)
            hits->files++;
        hits->last_path = line;
        hits->last_size = path;
        if (hits->count++ >= MOST_HITS) continue;
        size_t cut = rest_size > 160 ? utf8_floor(rest, 160) : rest_size;
        buffer_printf(&hits->shown, "- `%.*s:%.*s`\n", (int)path, line, (int)cut, rest);
    }
}

void px_plan_find(struct px_plan *plan)
{
    const struct px_job *job = &plan->job;
    const struct px_call *call = px_nth_call(plan, "Grep", 0);
    char place[600];
    place_words(plan, place, sizeof place);
    if (!call && !px_has(plan, "Grep")) {
        px_finishf(plan, "I cannot search: this request offers no Grep.");
        return;
    }
    if (!call) {
        px_sayf(plan, "I will search for “%s”%s.", job->subject, place);
        px_use(plan, "Grep", "pattern", job->subject, "path", job->place, "glob", job->glob, "output_mode",
               "content", "?fixed", NULL);
        return;
    }
    if (px_stop_on_failure(plan, call, "Searching")) return;
    struct hits hits = {0};
    struct buffer out = {0};
    count_hits(&hits, call->result);
    if (hits.count == 0) {
        buffer_printf(&out, "“%s” does not occur%s.", job->subject, *place ? place : " in this project");
    } else {
        buffer_printf(&out, "“%s” occurs in %zu %s of %zu %s%s:\n\n%s", job->subject, hits.count,
                      hits.count == 1 ? "line" : "lines", hits.files, hits.files == 1 ? "file" : "files",
                      place, buffer_string(&hits.shown));
        if (hits.count > MOST_HITS) buffer_printf(&out, "\n… and %zu more lines.", hits.count - MOST_HITS);
    }
    buffer_free(&hits.shown);
    px_finish(plan, &out);
}

static const struct px_call *found_elsewhere(struct px_plan *plan, const struct px_call *glob,
                                             const char *name)
{
    char path[1024] = "";
    const char *text = glob->result, *line = NULL;
    size_t size = 0;
    bool none = glob->failed || px_list_is_empty(glob->result);
    while (!none && !*path && px_next_line(&text, &line, &size)) px_line_name(line, size, path, sizeof path);
    if (!*path) {
        px_finishf(plan, "There is no file `%s` in this project.", name);
        return NULL;
    }
    const struct px_call *read = px_call_on(plan, "Read", "file_path", path);
    if (read && px_stop_on_failure(plan, read, "Reading the file")) return NULL;
    if (read) return read;
    px_sayf(plan, "It is `%s`.", path);
    px_use(plan, "Read", "file_path", path, NULL);
    return NULL;
}

const struct px_call *px_obtain_file(struct px_plan *plan, const char *name)
{
    const struct px_call *read = px_call_on(plan, "Read", "file_path", name);
    const struct px_call *glob = px_nth_call(plan, "Glob", 0);
    if (!read && !px_has(plan, "Read")) {
        px_finishf(plan, "I cannot read files: this request offers no Read.");
        return NULL;
    }
    if (!read) {
        px_sayf(plan, "I will read `%s`.", name);
        px_use(plan, "Read", "file_path", name, NULL);
        return NULL;
    }
    if (!read->failed && read->answered) return read;
    if (read->denied || !px_has(plan, "Glob") || strpbrk(name, "*?[")) {
        (void)px_stop_on_failure(plan, read, "Reading the file");
        return NULL;
    }
    if (glob) return found_elsewhere(plan, glob, name);
    struct buffer pattern = {0};
    bool bare = !strchr(name, '.') && !strchr(name, '/'); /* "the readme" */
    buffer_printf(&pattern, "**/%s%s", name[0] == '/' ? name + 1 : name, bare ? "*" : "");
    px_sayf(plan, "There is no `%s` at that place; I will look for it.", name);
    px_use(plan, "Glob", "pattern", buffer_string(&pattern), NULL);
    buffer_free(&pattern);
    return NULL;
}

void px_plan_read(struct px_plan *plan)
{
    const struct px_call *call = px_obtain_file(plan, plan->job.file);
    if (!call) return;
    struct buffer shown = {0}, out = {0};
    const char *text = call->result, *line = NULL;
    size_t size = 0, count = 0, left = 0;
    while (px_next_line(&text, &line, &size)) {
        if (!px_strip_number(&line, &size) && count > 0) continue;
        if (count++ >= MOST_SHOWN_LINES || shown.size + size > MOST_SHOWN_BYTES)
            left++;
        else
            buffer_printf(&shown, "%.*s\n", (int)size, line);
    }
    const char *path = px_json_text(call->input, "file_path");
    const char *fence = strstr(buffer_string(&shown), "```") ? "````" : "```";
    buffer_printf(&out, "`%s`, %zu %s:\n\n%s\n%s%s", path ? path : "", count, count == 1 ? "line" : "lines",
                  fence, buffer_string(&shown), fence);
    if (left) buffer_printf(&out, "\n\n%zu more lines are not shown here.", left);
    buffer_free(&shown);
    px_finish(plan, &out);
}
