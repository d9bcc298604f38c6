/* glob.c: Glob {pattern, path?}: files whose path matches a pattern, the newest first. Only as many as are
 * shown (and a few times more) are held in memory; the search can stop between any two files. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fs/glob.h"
#include "fs/walk.h"
#include "tools/tools.h"

struct found {
    int64_t mtime;
    char *path;
};

struct globbing {
    struct fs_glob *glob;
    struct fs_walk walk;
    size_t skip; /* bytes of a path before the part that is matched */
    struct found *items;
    size_t count, capacity;
    uint64_t total;
};

static bool leads_up(const char *pattern)
{
    const char *at = pattern;
    while ((at = strstr(at, "..")) != NULL) {
        if ((at == pattern || at[-1] == '/') && (at[2] == '/' || at[2] == '\0')) return true;
        at += 2;
    }
    return false;
}

static int start(struct tool_call *call, struct error *error)
{
    const char *pattern = json_string(call->input, "pattern", "");
    struct globbing *globbing;
    struct st_info info;
    uint32_t ino;
    int result = tool_resolve(call, "path", &ino, &info, error);

    if (result < 0) return result;
    if (info.kind != ST_DIRECTORY)
        return error_set(error, UMBRA_ENOTDIR, "%s is a file; path must be a directory",
                         tool_path(call, "path", "."));
    while (pattern[0] == '.' && pattern[1] == '/') pattern += 2;
    if (pattern[0] == '/' || leads_up(pattern))
        return error_set(
            error, UMBRA_EACCES,
            "the pattern leads out of the workspace; give it relative to path, without a leading "
            "'/' and without '..'");
    globbing = calloc(1, sizeof *globbing);
    if (globbing == NULL) return error_memory(error);
    call->state = globbing;
    result = fs_glob_compile(pattern, strlen(pattern), &globbing->glob, error);
    if (result < 0) return result;
    result = fs_walk_begin(&globbing->walk, call->store, ST_HEAD, ino);
    if (result < 0) return error_set(error, result, "%s", umbra_error_text(result));
    globbing->skip = globbing->walk.path.size ? globbing->walk.path.size + 1 : 0;
    return 0;
}

/* The newest first, then by path. */
static int compare(const void *a, const void *b)
{
    const struct found *left = a, *right = b;
    if (left->mtime != right->mtime) return left->mtime > right->mtime ? -1 : 1;
    return strcmp(left->path, right->path);
}

static void keep_best(struct globbing *globbing, size_t limit)
{
    if (globbing->count) qsort(globbing->items, globbing->count, sizeof globbing->items[0], compare);
    while (globbing->count > limit) free(globbing->items[--globbing->count].path);
}

static int keep(struct globbing *globbing, size_t limit)
{
    const struct buffer *path = &globbing->walk.path;
    char *copy;

    globbing->total++;
    if (globbing->count == limit * 4) keep_best(globbing, limit);
    if (globbing->count == globbing->capacity) {
        size_t capacity = globbing->capacity ? globbing->capacity * 2 : 64;
        struct found *items = realloc(globbing->items, capacity * sizeof *items);
        if (items == NULL) return UMBRA_ENOMEM;
        globbing->items = items;
        globbing->capacity = capacity;
    }
    copy = malloc(path->size + 1);
    if (copy == NULL) return UMBRA_ENOMEM;
    memcpy(copy, path->data, path->size);
    copy[path->size] = '\0';
    globbing->items[globbing->count++] = (struct found){globbing->walk.info.mtime, copy};
    return 0;
}

static void put_result(struct tool_call *call, struct globbing *globbing)
{
    size_t i, length;

    keep_best(globbing, call->limits->results);
    if (globbing->total == 0) {
        const char *pattern = json_string(call->input, "pattern", "");
        buffer_put_string(&call->output, "No files match ");
        tool_put_cut(&call->output, pattern, strlen(pattern), 200, strlen(pattern));
        return;
    }
    for (i = 0; i < globbing->count; i++) {
        length = strlen(globbing->items[i].path);
        if (tool_output_full(call, length * 3 + 120)) break;
        tool_put_text(&call->output, globbing->items[i].path, length);
        buffer_put_byte(&call->output, '\n');
    }
    if (i < globbing->total)
        buffer_printf(&call->output, "… and %" PRIu64 " more files; a narrower pattern or path shows them\n",
                      globbing->total - i);
}

static int step(struct tool_call *call, struct k_slice *slice, struct error *error)
{
    struct globbing *globbing = call->state;
    const struct fs_walk *walk = &globbing->walk;
    size_t limit = call->limits->results ? call->limits->results : 1;
    int result;

    while ((result = fs_walk_next(&globbing->walk)) > 0) {
        size_t length = walk->path.size - globbing->skip;
        if (fs_glob_match(globbing->glob, walk->path.data + globbing->skip, length) &&
            keep(globbing, limit) < 0)
            return error_memory(error);
        if (k_slice_charge(slice, length * (2 + fs_glob_cost(globbing->glob) / 8))) return TOOL_MORE;
    }
    if (result < 0) return error_set(error, result, "%s", umbra_error_text(result));
    put_result(call, globbing);
    return TOOL_DONE;
}

static void end(struct tool_call *call)
{
    struct globbing *globbing = call->state;
    if (globbing == NULL) return;
    while (globbing->count) free(globbing->items[--globbing->count].path);
    free(globbing->items);
    fs_glob_free(globbing->glob);
    fs_walk_end(&globbing->walk);
    free(globbing);
}

const struct tool tool_glob = {
    .name = "Glob",
    .description =
        "Finds files by a pattern over their paths, newest first. '*' and '?' stay within one name, '**' as "
        "a "
        "whole part goes through any number of directories (**/*.c finds at every depth, *.c at the top "
        "only), "
        "[a-z] is one of a set, {a,b} one of several. A name that begins with a dot is found only by a "
        "pattern that "
        "writes that dot, as .github/** or **/.env. A backslash takes the next character as it is.",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"pattern\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":2048,\"description\":"
              "\"The pattern, as src/**/*.{js,ts}, relative to path.\"},"
              "\"path\":{\"type\":\"string\",\"minLength\":1,\"description\":"
              "\"The directory to search, relative to the root of the workspace; the root when left out.\"}},"
              "\"required\":[\"pattern\"],\"additionalProperties\":false}",
    .start = start,
    .step = step,
    .end = end,
};
