/* edit.c: Edit {file_path, old_string, new_string, replace_all?}: exact replacement in a text file. What is
 * wanted must be there, and only once unless replace_all; a file whose lines end in CRLF keeps its line
 * endings. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fs/path.h"
#include "store/diff.h"
#include "tools/tools.h"

#define PLACES_SHOWN  10u
#define CONTEXT_LINES 3u
#define SNIPPET_LINES 24u
#define SNIPPET_CHARS 200u

struct edit {
    uint32_t ino;
    struct buffer path;     /* as stored, for messages */
    struct buffer file;     /* its content */
    struct buffer old, new; /* with the file's line endings */
    uint64_t count;
};

static const char *find(const char *text, size_t length, const struct buffer *wanted)
{
    return memmem(text, length, wanted->data, wanted->size);
}

static uint64_t count_all(const struct buffer *file, const struct buffer *wanted)
{
    const char *at = buffer_string(file), *end = at + file->size;
    uint64_t count = 0;
    while ((at = find(at, (size_t)(end - at), wanted)) != NULL) {
        at += wanted->size;
        count++;
    }
    return count;
}

/* Appends text with each lone "\n" as "\r\n". */
static void put_crlf(struct buffer *to, const char *text)
{
    const char *end;
    for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        buffer_put(to, text, (size_t)(end - text));
        if (end == text || end[-1] != '\r') buffer_put_byte(to, '\r');
        buffer_put_byte(to, '\n');
    }
    buffer_put_string(to, text);
}

/* Whether the file has line endings and all of them are CRLF (`all`), or any. */
static bool has_crlf(const struct buffer *file, bool all)
{
    const char *at = buffer_string(file), *start = at, *end = at + file->size;
    bool any = false;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        bool crlf = at > start && at[-1] == '\r';
        if (all && !crlf) return false;
        any |= crlf;
        at++;
    }
    return any;
}

/* Sets old, new and count from the input and the file's line endings. */
static int match(struct tool_call *call, struct edit *edit, struct error *error)
{
    const char *old = json_string(call->input, "old_string", "");
    const char *new = json_string(call->input, "new_string", "");
    bool endings_given = strstr(old, "\r\n") != NULL, convert = false;

    buffer_put_string(&edit->old, old);
    if (edit->old.failed) return error_memory(error);
    edit->count = count_all(&edit->file, &edit->old);
    if (!endings_given) convert = has_crlf(&edit->file, true);
    if (edit->count == 0 && !endings_given && strchr(old, '\n') && has_crlf(&edit->file, false)) {
        buffer_clear(&edit->old);
        put_crlf(&edit->old, old);
        if (edit->old.failed) return error_memory(error);
        edit->count = count_all(&edit->file, &edit->old);
        convert = true;
    }
    if (convert)
        put_crlf(&edit->new, new);
    else
        buffer_put_string(&edit->new, new);
    return edit->new.failed ? error_memory(error) : 0;
}

/* The number of the line in which `at` lies. */
static uint64_t line_of(const char *text, const char *at)
{
    uint64_t line = 1;
    while ((text = memchr(text, '\n', (size_t)(at - text))) != NULL) {
        text++;
        line++;
    }
    return line;
}

/* Whether text looks as if it was copied from Read with its line numbers. */
static bool has_line_numbers(const char *text)
{
    text += strspn(text, " ");
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && text[digits] == '\t';
}

/* The first line of old_string with something in it, without the white space around it. */
static void first_line(const char *old, struct buffer *line)
{
    size_t length;
    old += strspn(old, " \t\r\n");
    length = strcspn(old, "\r\n");
    while (length && (old[length - 1] == ' ' || old[length - 1] == '\t')) length--;
    buffer_put(line, old, length);
}

static int refuse_missing(const struct tool_call *call, const struct edit *edit, struct error *error)
{
    const char *old = json_string(call->input, "old_string", ""), *file = buffer_string(&edit->file),
               *at = NULL;
    struct buffer line = {0}, hint = {0};

    first_line(old, &line);
    if (line.size && !line.failed) at = find(file, edit->file.size, &line);
    if (has_line_numbers(old))
        buffer_put_string(&hint, " It seems to have the line numbers that Read shows; leave them out.");
    else if (at)
        buffer_printf(&hint,
                      " Its first line is like line %" PRIu64 ", but white space or what follows differs.",
                      line_of(file, at));
    if (strstr(old, "\r\n") && !has_crlf(&edit->file, false))
        buffer_put_string(&hint, " It has CRLF line endings and the file has none.");
    error_set(
        error, UMBRA_ENOENT,
        "old_string is not in %s. It must be the file's text to the letter, with all white space; Read shows "
        "it.%s",
        buffer_string(&edit->path), buffer_string(&hint));
    buffer_free(&line);
    buffer_free(&hint);
    return error->code;
}

static int refuse_many(const struct edit *edit, struct error *error)
{
    const char *file = buffer_string(&edit->file), *at = file, *end = file + edit->file.size;
    struct buffer places = {0};
    uint64_t line = 1;
    uint32_t i;

    for (i = 0; i < PLACES_SHOWN; i++) {
        const char *next = find(at, (size_t)(end - at), &edit->old);
        if (next == NULL) break;
        line += line_of(at, next) - 1;
        buffer_printf(&places, "%s%" PRIu64, i ? ", " : "", line);
        line += line_of(next, next + edit->old.size) - 1;
        at = next + edit->old.size;
    }
    if (i < edit->count) buffer_put_string(&places, ", …");
    error_set(error, UMBRA_EINVAL,
              "old_string is in %s %" PRIu64
              " times, at lines %s. Take more lines around the one that is meant, so "
              "that it is there once, or set replace_all to change all of them.",
              buffer_string(&edit->path), edit->count, buffer_string(&places));
    buffer_free(&places);
    return error->code;
}

static int check_input(const struct tool_call *call, struct error *error)
{
    const char *old = json_string(call->input, "old_string", "");

    if (*old == '\0')
        return error_set(error, UMBRA_EINVAL,
                         "old_string is empty; give the text to replace, or make a new file with Write");
    if (strcmp(old, json_string(call->input, "new_string", "")) == 0)
        return error_set(error, UMBRA_EINVAL, "old_string and new_string are the same; nothing would change");
    return 0;
}

static int start(struct tool_call *call, struct error *error)
{
    const char *path = tool_path(call, "file_path", "");
    struct edit *edit;
    struct st_info info;
    uint32_t ino;
    int result = check_input(call, error);

    if (result < 0) return result;
    result = tool_resolve(call, "file_path", &ino, &info, error);
    if (result < 0) return result;
    if (info.kind == ST_DIRECTORY)
        return error_set(error, UMBRA_EISDIR, "%s is a directory and not a file", path);
    edit = calloc(1, sizeof *edit);
    if (edit == NULL) return error_memory(error);
    call->state = edit;
    edit->ino = ino;
    result = tool_real_path(call, ino, &edit->path, error);
    if (result == 0)
        result = fs_read_file(call->store, ST_HEAD, ino, call->limits->read_bytes, &edit->file, error);
    if (result < 0) return result;
    if (diff_is_binary(buffer_string(&edit->file), edit->file.size))
        return error_set(error, UMBRA_EINVAL, "%s is a binary file; Edit changes text only", path);
    result = match(call, edit, error);
    if (result < 0) return result;
    if (edit->count == 0) return refuse_missing(call, edit, error);
    if (edit->count > 1 && !json_bool(call->input, "replace_all", false)) return refuse_many(edit, error);
    return 0;
}

/* The file with its replacements; *first is where the first of them begins. */
static int replace(const struct tool_call *call, const struct edit *edit, struct buffer *out, size_t *first,
                   struct error *error)
{
    const char *at = edit->file.data, *end = at + edit->file.size, *next;
    double size =
        (double)edit->file.size + (double)edit->count * ((double)edit->new.size - (double)edit->old.size);

    if (size > (double)edit->file.size && size > (double)call->limits->read_bytes)
        return error_set(error, UMBRA_EFBIG, "%s would have %.0f bytes; Edit's limit is %zu",
                         buffer_string(&edit->path), size, call->limits->read_bytes);
    buffer_reserve(out, (size_t)size);
    *first = SIZE_MAX;
    while ((next = find(at, (size_t)(end - at), &edit->old)) != NULL) {
        buffer_put(out, at, (size_t)(next - at));
        if (*first == SIZE_MAX) *first = out->size;
        buffer_put(out, buffer_string(&edit->new), edit->new.size);
        at = next + edit->old.size;
    }
    buffer_put(out, at, (size_t)(end - at));
    return out->failed ? error_memory(error) : 0;
}

/* Some numbered lines around [from, to) of text. */
static void put_snippet(struct buffer *output, const struct buffer *text, size_t from, size_t to)
{
    const char *start = buffer_string(text), *end = start + text->size, *at = start + from;
    uint64_t line, last = line_of(start, start + to) + CONTEXT_LINES;
    uint32_t newlines = 0, shown = 0;

    for (; at > start; at--)
        if (at[-1] == '\n' && newlines++ == CONTEXT_LINES) break;
    line = line_of(start, at);
    while (at < end && line <= last) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop ? stop + 1 : end) - at);
        if (shown++ == SNIPPET_LINES) {
            buffer_put_string(output, "     …\n");
            return;
        }
        tool_put_line(output, line++, at, tool_line_text(at, length), SNIPPET_CHARS,
                      tool_line_text(at, length));
        at += length;
    }
}

static int step(struct tool_call *call, struct k_slice *slice, struct error *error)
{
    struct edit *edit = call->state;
    struct buffer text = {0};
    size_t first = 0;
    int result = replace(call, edit, &text, &first, error);

    if (result == 0)
        result = st_replace(call->store, ST_HEAD, edit->ino, buffer_string(&text), text.size, error);
    if (result == 0)
        result =
            st_set_mtime(call->store, ST_HEAD, edit->ino, call->host->clock_wall(call->host->context), error);
    if (result == 0) {
        k_slice_charge(slice, edit->file.size + text.size);
        buffer_put_string(&call->output, "Replaced ");
        tool_put_count(&call->output, edit->count, "occurrence", "occurrences");
        buffer_put_string(&call->output, " in ");
        tool_put_path(&call->output, edit->path.data, edit->path.size);
        buffer_put_string(&call->output, edit->count > 1 ? "; around the first:\n" : ":\n");
        put_snippet(&call->output, &text, first, first + edit->new.size);
    }
    buffer_free(&text);
    return result;
}

static void end(struct tool_call *call)
{
    struct edit *edit = call->state;
    if (edit == NULL) return;
    buffer_free(&edit->path);
    buffer_free(&edit->file);
    buffer_free(&edit->old);
    buffer_free(&edit->new);
    free(edit);
}

const struct tool tool_edit = {
    .name = "Edit",
    .description =
        "Replaces text in a file of the workspace. old_string must be in the file exactly as given, white "
        "space "
        "included and without the line numbers of Read, and only once; take enough lines around the place. "
        "With replace_all every occurrence is replaced. Line endings (LF or CRLF) stay as the file has them.",
    .schema =
        "{\"type\":\"object\",\"properties\":{"
        "\"file_path\":{\"type\":\"string\",\"minLength\":1,\"description\":"
        "\"The file, relative to the root of the workspace, as src/main.c.\"},"
        "\"old_string\":{\"type\":\"string\",\"description\":\"The text to replace, to the letter.\"},"
        "\"new_string\":{\"type\":\"string\",\"description\":\"What comes in its place; may be empty.\"},"
        "\"replace_all\":{\"type\":\"boolean\",\"description\":"
        "\"Replace every occurrence; for instance to rename a word. Default false.\"}},"
        "\"required\":[\"file_path\",\"old_string\",\"new_string\"],\"additionalProperties\":false}",
    .writes = true,
    .start = start,
    .step = step,
    .end = end,
};
