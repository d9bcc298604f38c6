/* read.c: Read {file_path, offset?, limit?}: numbered lines of a text file. The file is streamed in chunks,
 * so its size does not matter, and the reading can stop between any two chunks. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/tools.h"

#define CHUNK      65536u
#define LINE_CHARS 2000u            /* that are shown of a line */
#define LINE_KEPT  (LINE_CHARS * 4) /* bytes that hold so many characters */

struct reading {
    uint32_t ino;
    uint64_t size, place;   /* of the file; of the next chunk */
    uint64_t offset, limit; /* the first line wanted, and how many */
    uint64_t line;          /* number of the line that is being read */
    uint64_t line_bytes;    /* of it so far */
    bool crlf;              /* a line that was shown ends in "\r\n" */
    char last;              /* the last byte before this chunk */
    size_t kept;
    char text[LINE_KEPT + 4]; /* the beginning of the line */
    char chunk[CHUNK];
};

static int start(struct tool_call *call, struct error *error)
{
    const char *path = tool_path(call, "file_path", "");
    struct reading *reading;
    struct st_info info;
    uint32_t ino;
    int result = tool_resolve(call, "file_path", &ino, &info, error);

    if (result < 0) return result;
    if (info.kind == ST_DIRECTORY)
        return error_set(error, UMBRA_EISDIR, "%s is a directory; ListDir shows what is in it", path);
    result = tool_is_binary(call, ino, error);
    if (result < 0) return result;
    if (result)
        return error_set(error, UMBRA_EINVAL, "%s is a binary file (%" PRIu64 " bytes); Read shows text only",
                         path, info.size);
    reading = calloc(1, sizeof *reading);
    if (reading == NULL) return error_memory(error);
    call->state = reading;
    reading->ino = ino;
    reading->size = info.size;
    reading->offset = tool_integer(call, "offset", 1);
    reading->limit = tool_integer(call, "limit", call->limits->read_lines);
    reading->line = 1;
    return 0;
}

static bool wanted(const struct reading *reading)
{
    return reading->line >= reading->offset;
}

/* Takes bytes of the current line: counts all, keeps the beginning. */
static void take(struct reading *reading, const char *text, size_t size)
{
    size_t room = sizeof reading->text - reading->kept;

    reading->line_bytes += size;
    if (!wanted(reading)) return;
    if (size > room) size = room;
    memcpy(reading->text + reading->kept, text, size);
    reading->kept += size;
}

/* Shows the line that has just ended; false when the result has no room for it. */
static bool put_line(struct tool_call *call, struct reading *reading, bool crlf)
{
    uint64_t whole = reading->line_bytes - crlf;
    size_t kept = reading->kept < whole ? reading->kept : (size_t)whole;

    if (reading->line > reading->offset && tool_output_full(call, kept + 300)) return false;
    tool_put_line(&call->output, reading->line, reading->text, kept, LINE_CHARS, whole);
    reading->crlf |= crlf;
    return true;
}

static void put_more(struct tool_call *call, const struct reading *reading)
{
    buffer_printf(&call->output, "(the file goes on; read further with offset %" PRIu64 ")\n", reading->line);
}

static void put_end(struct tool_call *call, const struct reading *reading)
{
    const char *path = tool_path(call, "file_path", "");
    uint64_t lines = reading->line - 1;

    if (reading->size == 0) {
        tool_put_path(&call->output, path, strlen(path));
        buffer_put_string(&call->output, " is an empty file.");
    } else if (lines < reading->offset) {
        tool_put_path(&call->output, path, strlen(path));
        buffer_put_string(&call->output, " has ");
        tool_put_count(&call->output, lines, "line", "lines");
        buffer_printf(&call->output, "; there is nothing at offset %" PRIu64 ".", reading->offset);
    } else if (reading->crlf) {
        buffer_put_string(&call->output, "(its lines end in CRLF; Edit keeps that)\n");
    }
}

/* Ends the current line. False when the reading is over. */
static bool end_line(struct tool_call *call, struct reading *reading, bool crlf)
{
    if (wanted(reading) && !put_line(call, reading, crlf)) {
        put_more(call, reading);
        return false;
    }
    reading->line++;
    reading->line_bytes = 0;
    reading->kept = 0;
    return true;
}

/* Takes one chunk apart. False when the reading is over. */
static bool take_chunk(struct tool_call *call, struct reading *reading, size_t size)
{
    size_t at = 0;

    while (at < size) {
        const char *end = memchr(reading->chunk + at, '\n', size - at);
        size_t stop = end ? (size_t)(end - reading->chunk) : size;
        bool crlf = (stop > 0 ? reading->chunk[stop - 1] : reading->last) == '\r';

        if (reading->line >= reading->offset && reading->line - reading->offset >= reading->limit) {
            put_more(call, reading);
            return false;
        }
        take(reading, reading->chunk + at, stop - at);
        if (end == NULL) break;
        if (!end_line(call, reading, crlf && reading->line_bytes > 0)) return false;
        at = stop + 1;
    }
    reading->last = reading->chunk[size - 1];
    return true;
}

static int step(struct tool_call *call, struct k_slice *slice, struct error *error)
{
    struct reading *reading = call->state;

    while (reading->place < reading->size) {
        int64_t got = st_read(call->store, ST_HEAD, reading->ino, reading->place, reading->chunk, CHUNK);
        if (got < 0)
            return error_set(error, (int)got, "reading the file failed: %s", umbra_error_text((int)got));
        if (got == 0) break;
        reading->place += (uint64_t)got;
        if (!take_chunk(call, reading, (size_t)got)) return TOOL_DONE;
        if (k_slice_charge(slice, (uint64_t)got)) return TOOL_MORE;
    }
    if (reading->line_bytes && !end_line(call, reading, false)) return TOOL_DONE;
    put_end(call, reading);
    return TOOL_DONE;
}

static void end(struct tool_call *call)
{
    free(call->state);
}

const struct tool tool_read = {
    .name = "Read",
    .description = "Reads a text file of the workspace as numbered lines (number, tab, text). Gives the "
                   "first 2,000 lines "
                   "unless offset and limit say otherwise, and cuts lines after 2,000 characters; when the "
                   "file goes on, the "
                   "last line says at which offset.",
    .schema =
        "{\"type\":\"object\",\"properties\":{"
        "\"file_path\":{\"type\":\"string\",\"minLength\":1,\"description\":"
        "\"The file, relative to the root of the workspace, as src/main.c.\"},"
        "\"offset\":{\"type\":\"integer\",\"minimum\":1,\"description\":"
        "\"The first line to give, counted from 1.\"},"
        "\"limit\":{\"type\":\"integer\",\"minimum\":1,\"description\":\"How many lines to give at most.\"}},"
        "\"required\":[\"file_path\"],\"additionalProperties\":false}",
    .start = start,
    .step = step,
    .end = end,
};
