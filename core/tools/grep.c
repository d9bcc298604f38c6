/* grep.c: Grep {pattern, path?, glob?, output_mode?, …}: lines that match, in files in the order of their
 * paths. Files are streamed; the search can stop between any two windows of some lines. Binary files are
 * skipped. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "fs/glob.h"
#include "fs/walk.h"
#include "regex/regex.h"
#include "store/diff.h"
#include "tools/tools.h"

#define CHUNK       65536u
#define WINDOW      16384u     /* bytes of lines that are searched at once */
#define LINE_MAX    (1u << 20) /* a longer line is searched in pieces of this size */
#define LINE_CHARS  500u       /* shown of a line */
#define CONTEXT_MAX 20u
#define FILE_COST   256u /* fuel for looking at a file at all */

enum mode { MODE_FILES, MODE_CONTENT, MODE_COUNT };

/* A line that may have to be shown as context. */
struct earlier {
    uint64_t number; /* 0: none */
    uint64_t whole;
    struct buffer text;
};

struct grep {
    struct regex *regex;
    struct fs_glob *filter;
    struct fs_walk walk;
    size_t skip; /* bytes of a path before the part that the filter looks at */
    uint64_t limit, results;
    uint64_t binaries; /* that were skipped */
    enum mode mode;
    uint32_t context;
    bool filter_not, filter_names;
    bool by_window; /* a window without a match has no line with one */
    bool strip_cr;  /* '$' matches before "\r\n" */
    bool any_shown; /* a line of any file */
    bool over;      /* the limit of results or of output is reached */
    /* the file at hand */
    bool open;
    bool piece;       /* pending begins inside a line */
    bool piece_found; /* and that line was found already */
    uint32_t ino;
    uint32_t after; /* lines still to be shown as context */
    uint64_t size, place;
    struct buffer pending; /* its bytes from `place` - pending.size on */
    size_t done, ready;    /* of pending: searched; ends of lines */
    uint64_t line, found;
    uint64_t shown; /* the last line that was */
    struct earlier earlier[CONTEXT_MAX];
};

static int compile_pattern(struct tool_call *call, struct grep *grep, struct error *error)
{
    const char *pattern = json_string(call->input, "pattern", "");
    bool fixed = json_bool(call->input, "fixed", false), word = json_bool(call->input, "word", false);
    unsigned flags = fixed ? RE_LITERAL : RE_EXTENDED | RE_PERL | RE_NEWLINE;

    if (strchr(pattern, '\n'))
        return error_set(error, UMBRA_EINVAL, "the pattern has a newline in it; Grep looks at single lines");
    if (json_bool(call->input, "ignore_case", false)) flags |= RE_IGNORE_CASE;
    if (word) flags |= RE_WORD;
    grep->strip_cr = !fixed && strchr(pattern, '$') && !strstr(pattern, "\\r") && !strchr(pattern, '\r');
    grep->by_window = !word && !grep->strip_cr;
    return re_compile(pattern, strlen(pattern), flags, &grep->regex, error);
}

static int compile_filter(struct tool_call *call, struct grep *grep, struct error *error)
{
    const char *filter = json_string(call->input, "glob", NULL);

    if (filter == NULL) return 0;
    grep->filter_not = filter[0] == '!';
    if (grep->filter_not) filter++;
    while (filter[0] == '.' && filter[1] == '/') filter += 2;
    grep->filter_names = strchr(filter, '/') == NULL;
    return fs_glob_compile(filter, strlen(filter), &grep->filter, error);
}

static int start(struct tool_call *call, struct error *error)
{
    const char *mode = json_string(call->input, "output_mode", "files_with_matches");
    struct grep *grep;
    struct st_info info;
    uint32_t ino;
    int result = tool_resolve(call, "path", &ino, &info, error);

    if (result < 0) return result;
    grep = calloc(1, sizeof *grep);
    if (grep == NULL) return error_memory(error);
    call->state = grep;
    grep->mode = mode[0] == 'f' ? MODE_FILES : strcmp(mode, "content") == 0 ? MODE_CONTENT : MODE_COUNT;
    grep->limit = tool_integer(call, "head_limit", call->limits->results);
    grep->context = grep->mode == MODE_CONTENT ? (uint32_t)tool_integer(call, "context", 0) : 0;
    result = compile_pattern(call, grep, error);
    if (result == 0 && info.kind == ST_DIRECTORY) result = compile_filter(call, grep, error);
    if (result < 0) return result;
    result = fs_walk_begin(&grep->walk, call->store, ST_HEAD, ino);
    if (result < 0) return error_set(error, result, "%s", umbra_error_text(result));
    grep->skip = info.kind == ST_DIRECTORY && grep->walk.path.size ? grep->walk.path.size + 1 : 0;
    return 0;
}

static bool passes(const struct grep *grep)
{
    const char *path = grep->walk.path.data + grep->skip;
    size_t length = grep->walk.path.size - grep->skip;

    if (grep->walk.info.kind != ST_FILE) return false;
    if (grep->filter == NULL) return true;
    if (grep->filter_names) {
        path = grep->walk.info.name;
        length = grep->walk.info.name_length;
    }
    return fs_glob_match(grep->filter, path, length) != grep->filter_not;
}

static void open_file(struct grep *grep)
{
    uint32_t i;

    grep->open = true;
    grep->ino = grep->walk.info.ino;
    grep->size = grep->walk.info.size;
    grep->place = 0;
    buffer_clear(&grep->pending);
    grep->done = grep->ready = 0;
    grep->piece = grep->piece_found = false;
    grep->line = 1;
    grep->found = grep->shown = 0;
    grep->after = 0;
    for (i = 0; i < CONTEXT_MAX; i++) grep->earlier[i].number = 0;
}

/* "path:" or "path-12-" */
static void put_prefix(struct tool_call *call, const struct grep *grep, uint64_t line, char mark)
{
    tool_put_path(&call->output, grep->walk.path.data, grep->walk.path.size);
    buffer_printf(&call->output, "%c%" PRIu64 "%c", mark, line, mark);
}

static void put_line(struct tool_call *call, struct grep *grep, uint64_t number, const char *text,
                     size_t length, uint64_t whole, char mark)
{
    if (grep->context && grep->any_shown && (grep->shown == 0 || number > grep->shown + 1))
        buffer_put_string(&call->output, "--\n");
    put_prefix(call, grep, number, mark);
    tool_put_cut(&call->output, text, length, LINE_CHARS, whole);
    buffer_put_byte(&call->output, '\n');
    grep->shown = number;
    grep->any_shown = true;
    if (tool_output_full(call, (size_t)LINE_CHARS * 4 + grep->walk.path.size * 3 + 200)) grep->over = true;
}

static int remember(struct grep *grep, const char *text, size_t length)
{
    struct earlier *slot = &grep->earlier[grep->line % CONTEXT_MAX];
    size_t most = (size_t)LINE_CHARS * 4 + 4;

    slot->number = grep->line;
    slot->whole = length;
    buffer_clear(&slot->text);
    buffer_put(&slot->text, text, length < most ? length : most);
    return slot->text.failed ? UMBRA_ENOMEM : 0;
}

static void put_earlier(struct tool_call *call, struct grep *grep)
{
    uint64_t number = grep->line > grep->context ? grep->line - grep->context : 1;

    if (number <= grep->shown) number = grep->shown + 1;
    for (; number < grep->line && !grep->over; number++) {
        const struct earlier *slot = &grep->earlier[number % CONTEXT_MAX];
        if (slot->number == number)
            put_line(call, grep, number, buffer_string(&slot->text), slot->text.size, slot->whole, '-');
    }
}

/* Counts and shows the current line, which matches. */
static void take_match(struct tool_call *call, struct grep *grep, const char *text, size_t length)
{
    grep->found++;
    if (grep->mode != MODE_CONTENT) return;
    if (grep->results == grep->limit) {
        grep->over = true;
        return;
    }
    grep->results++;
    if (grep->context) put_earlier(call, grep);
    if (!grep->over) put_line(call, grep, grep->line, text, length, length, ':');
    grep->after = grep->context;
}

/* One line (or a piece of a huge one) of `size` bytes with its ending. */
static int take_line(struct tool_call *call, struct grep *grep, const char *text, size_t size)
{
    bool ends = size && text[size - 1] == '\n';
    size_t length = tool_line_text(text, size), searched = grep->strip_cr ? length : size - ends;
    int found = 0;

    if (!grep->piece_found) found = re_search(grep->regex, text, searched, 0, grep->piece, NULL, 0);
    if (found < 0) return found;
    if (found) {
        take_match(call, grep, text, length);
        grep->piece_found = true;
    } else if (grep->after && !grep->piece) {
        grep->after--;
        put_line(call, grep, grep->line, text, length, length, '-');
    }
    if (grep->context && !grep->piece && remember(grep, text, length) < 0) return UMBRA_ENOMEM;
    grep->piece = !ends;
    if (ends) {
        grep->piece_found = false;
        grep->line++;
    }
    return 0;
}

/* Passes over lines of which none matches; the last of them may become context. */
static int skip_lines(struct grep *grep, const char *text, size_t size)
{
    const char *end = text + size, *next;
    uint64_t lines = 0;

    for (next = text; (next = memchr(next, '\n', (size_t)(end - next))) != NULL; next++) lines++;
    if (grep->context == 0) {
        grep->line += lines;
        grep->piece = end[-1] != '\n';
        return 0;
    }
    for (; text < end; text = next) {
        next = memchr(text, '\n', (size_t)(end - text));
        grep->piece = next == NULL;
        next = next ? next + 1 : end;
        if (lines > 0 && lines-- > grep->context) {
            grep->line++;
            continue;
        }
        if (remember(grep, text, tool_line_text(text, (size_t)(next - text))) < 0) return UMBRA_ENOMEM;
        if (!grep->piece) grep->line++;
    }
    return 0;
}

/* Searches one window: pending[done, done + size). */
static int search_window(struct tool_call *call, struct grep *grep, size_t size)
{
    const char *text = grep->pending.data + grep->done;
    size_t at = 0;

    if (grep->by_window && grep->after == 0 && !grep->piece_found) {
        int found = re_search(grep->regex, text, size, 0, grep->piece, NULL, 0);
        if (found <= 0) return found < 0 ? found : skip_lines(grep, text, size);
    }
    while (at < size && !grep->over) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) + 1 - at : size - at;
        int result = take_line(call, grep, text + at, length);
        if (result < 0) return result;
        at += length;
        if (grep->found && grep->mode == MODE_FILES) return 0;
    }
    return 0;
}

/* Reads the next chunk and sees how much of pending is whole lines. */
static int fill(struct tool_call *call, struct grep *grep)
{
    struct buffer *pending = &grep->pending;
    const char *end;
    int64_t got;

    buffer_consume(pending, grep->done);
    grep->done = grep->ready = 0;
    if (buffer_reserve(pending, CHUNK) < 0) return UMBRA_ENOMEM;
    got = st_read(call->store, ST_HEAD, grep->ino, grep->place, pending->data + pending->size, CHUNK);
    if (got == UMBRA_ENOENT) got = 0; /* removed while we were between slices */
    if (got < 0) return (int)got;
    if (grep->place == 0 && diff_is_binary(pending->data, (size_t)got)) {
        grep->binaries++;
        grep->size = 0;
        return 0;
    }
    pending->size += (size_t)got;
    pending->data[pending->size] = '\0';
    grep->place += (uint64_t)got;
    if (got == 0) grep->size = grep->place;
    end = memrchr(pending->data, '\n', pending->size);
    if (grep->place >= grep->size || (end == NULL && pending->size >= LINE_MAX))
        grep->ready = pending->size;
    else
        grep->ready = end ? (size_t)(end - pending->data) + 1 : 0;
    return 0;
}

/* The size of the next window: whole lines of about WINDOW bytes. */
static size_t window_size(const struct grep *grep)
{
    const char *text = grep->pending.data + grep->done, *end;
    size_t left = grep->ready - grep->done;

    if (left <= WINDOW) return left;
    end = memrchr(text, '\n', WINDOW);
    if (end == NULL) end = memchr(text + WINDOW, '\n', left - WINDOW);
    return end ? (size_t)(end - text) + 1 : left;
}

static void close_file(struct tool_call *call, struct grep *grep)
{
    grep->open = false;
    if (grep->found == 0 || grep->mode == MODE_CONTENT) return;
    tool_put_path(&call->output, grep->walk.path.data, grep->walk.path.size);
    if (grep->mode == MODE_COUNT) buffer_printf(&call->output, ":%" PRIu64, grep->found);
    buffer_put_byte(&call->output, '\n');
    if (++grep->results == grep->limit || tool_output_full(call, 3 * 4096 + 200)) grep->over = true;
}

/* Searches on in the file at hand: TOOL_MORE when the slice is over, 0 when the file is done. */
static int search_file(struct tool_call *call, struct grep *grep, struct k_slice *slice)
{
    for (;;) {
        while (grep->done < grep->ready) {
            size_t size = window_size(grep);
            int result = search_window(call, grep, size);
            if (result < 0) return result;
            grep->done += size;
            if (grep->over || (grep->found && grep->mode == MODE_FILES)) return 0;
            if (k_slice_charge(slice, size)) return TOOL_MORE;
        }
        if (grep->place >= grep->size) return 0;
        int result = fill(call, grep);
        if (result < 0) return result;
    }
}

static void put_ending(struct tool_call *call, const struct grep *grep)
{
    if (grep->over) {
        buffer_printf(&call->output,
                      "(stopped after %" PRIu64 " %s; there may be more: narrow the search%s)\n",
                      grep->results, grep->mode == MODE_CONTENT ? "matching lines" : "files",
                      grep->results == grep->limit ? " or raise head_limit" : "");
    } else if (grep->results == 0) {
        buffer_put_string(&call->output, "No matches found");
        if (grep->binaries) {
            buffer_put_string(&call->output, " (");
            tool_put_count(&call->output, grep->binaries, "binary file", "binary files");
            buffer_put_string(&call->output, " not searched)");
        }
    }
}

static int step(struct tool_call *call, struct k_slice *slice, struct error *error)
{
    struct grep *grep = call->state;
    int result = 0;

    while (!grep->over) {
        if (!grep->open) {
            result = fs_walk_next(&grep->walk);
            if (result <= 0) break;
            if (!passes(grep)) {
                if (k_slice_charge(slice, grep->walk.path.size * 4)) return TOOL_MORE;
                continue;
            }
            open_file(grep);
        }
        result = search_file(call, grep, slice);
        if (result == TOOL_MORE) return TOOL_MORE;
        if (result < 0) break;
        close_file(call, grep);
        if (k_slice_charge(slice, FILE_COST) && !grep->over) return TOOL_MORE;
    }
    if (result < 0)
        return error_set(error, result, "searching %s failed: %s", buffer_string(&grep->walk.path),
                         umbra_error_text(result));
    put_ending(call, grep);
    return TOOL_DONE;
}

static void end(struct tool_call *call)
{
    struct grep *grep = call->state;
    uint32_t i;

    if (grep == NULL) return;
    for (i = 0; i < CONTEXT_MAX; i++) buffer_free(&grep->earlier[i].text);
    buffer_free(&grep->pending);
    fs_walk_end(&grep->walk);
    fs_glob_free(grep->filter);
    re_free(grep->regex);
    free(grep);
}

const struct tool tool_grep = {
    .name = "Grep",
    .description =
        "Searches the text files of the workspace, hidden ones included, line by line for a regular "
        "expression: "
        "POSIX extended syntax with \\d \\w \\s \\b, (?:…) and lazy quantifiers, no look-around and no "
        "back-references. Gives the paths of the files that match, or with output_mode the lines "
        "(path:line:text; "
        "context lines path-line-text) or how many lines of each file match. Binary files are skipped.",
    .schema =
        "{\"type\":\"object\",\"properties\":{"
        "\"pattern\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":4096,\"description\":"
        "\"The regular expression; plain text with fixed.\"},"
        "\"path\":{\"type\":\"string\",\"minLength\":1,\"description\":"
        "\"A file or directory to search, relative to the root of the workspace; all of it when left out.\"},"
        "\"glob\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":2048,\"description\":"
        "\"Only files like this: *.js looks at names, src/**/*.c at paths below path; !*.min.js leaves "
        "out.\"},"
        "\"output_mode\":{\"type\":\"string\",\"enum\":[\"files_with_matches\",\"content\",\"count\"],"
        "\"description\":\"What to give; files_with_matches when left out.\"},"
        "\"ignore_case\":{\"type\":\"boolean\",\"description\":\"Upper and lower case (ASCII) are the "
        "same.\"},"
        "\"word\":{\"type\":\"boolean\",\"description\":\"Only whole words match.\"},"
        "\"fixed\":{\"type\":\"boolean\",\"description\":\"The pattern is plain text and no expression.\"},"
        "\"context\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":20,\"description\":"
        "\"With content: so many lines before and after each match.\"},"
        "\"head_limit\":{\"type\":\"integer\",\"minimum\":1,\"description\":"
        "\"Stop after so many matching lines (content) or files.\"}},"
        "\"required\":[\"pattern\"],\"additionalProperties\":false}",
    .start = start,
    .step = step,
    .end = end,
};
