#include "upstream/usage.h"

#include <string.h>

/* What the dialects count. PROMPT includes what a cache gave, INPUT does not. */
enum count { INPUT, PROMPT, CACHED, WRITTEN, WRITTEN_HOUR, OUTPUT, CANDIDATES, THOUGHTS, COUNTS };

struct place {
    const char *path;
    enum count count;
};

static const struct place anthropic[] = {
    {"input_tokens", INPUT},
    {"cache_read_input_tokens", CACHED},
    {"cache_creation_input_tokens", WRITTEN},
    {"cache_creation ephemeral_1h_input_tokens", WRITTEN_HOUR},
    {"output_tokens", OUTPUT},
    {NULL, COUNTS},
};

static const struct place openai[] = {
    {"prompt_tokens", PROMPT},
    {"prompt_tokens_details cached_tokens", CACHED},
    {"completion_tokens", OUTPUT},
    {"input_tokens", PROMPT},
    {"input_tokens_details cached_tokens", CACHED},
    {"output_tokens", OUTPUT},
    {NULL, COUNTS},
};

static const struct place google[] = {
    {"promptTokenCount", PROMPT},        {"toolUsePromptTokenCount", INPUT},
    {"cachedContentTokenCount", CACHED}, {"candidatesTokenCount", CANDIDATES},
    {"thoughtsTokenCount", THOUGHTS},    {NULL, COUNTS},
};

static const struct {
    const struct place *places;
    const char *usage[3], *model[3]; /* where they stand in an answer or an event; NULL behind the last */
} dialects[] = {
    [PX_ANTHROPIC] = {anthropic, {"usage", "message usage", NULL}, {"model", "message model", NULL}},
    [PX_OPENAI] = {openai, {"usage", "response usage", NULL}, {"model", "response model", NULL}},
    [PX_GOOGLE] = {google,
                   {"usageMetadata", "* usageMetadata", NULL},
                   {"modelVersion", "* modelVersion", NULL}},
};

static void take_count(struct px_usage_reader *reader, const char *within, int64_t count)
{
    size_t level = px_scan_follow(&reader->scan, 0, within);
    if (level == PX_SCAN_ASTRAY) return;
    for (const struct place *place = dialects[reader->dialect].places; place->path; place++)
        if (px_scan_follow(&reader->scan, level, place->path) == reader->scan.depth) {
            /* Later events repeat or raise what earlier ones said. */
            if (count > reader->counts[place->count]) reader->counts[place->count] = count;
            reader->seen = true;
            return;
        }
}

static void on_value(struct px_scan *scan, enum px_scan_kind kind)
{
    struct px_usage_reader *reader = scan->owner;
    if (scan->depth > 4) return;
    bool names = kind == PX_SCAN_STRING && !scan->cut && !reader->model[0];
    for (const char *const *path = dialects[reader->dialect].model; names && *path; path++)
        if (px_scan_at(scan, *path)) memcpy(reader->model, scan->text, sizeof reader->model);
    int64_t count = px_scan_count(scan, kind);
    if (count < 0) return;
    for (const char *const *path = dialects[reader->dialect].usage; *path; path++)
        take_count(reader, *path, count);
}

void px_usage_begin(struct px_usage_reader *reader, enum px_dialect dialect, bool events)
{
    *reader = (struct px_usage_reader){.dialect = dialect, .events = events};
    reader->scan.value = on_value;
    reader->scan.owner = reader;
    px_scan_begin(&reader->scan);
}

/* --- event streams (HTML standard, 9.2 "Server-sent events") --- */

enum { DATA_FIELD = 5, IN_DATA = DATA_FIELD, IN_OTHER };

static const char field[] = "data:";

/* Faster than memmem, since these words begin with what is rare in a line. */
static bool holds(const char *line, size_t size, const char *word)
{
    size_t length = strlen(word);
    for (const char *end = line + size; (line = memchr(line, *word, (size_t)(end - line))) != NULL; line++)
        if ((size_t)(end - line) >= length && memcmp(line, word, length) == 0) return true;
    return false;
}

/* Most events are pieces of text and tell nothing of what is looked for. A key that is spelled out has its
 * letters in the line; any other spelling of it has an escape with a code. */
static bool may_tell(const struct px_usage_reader *reader, const char *line, size_t size)
{
    return holds(line, size, "usage") || (!reader->model[0] && holds(line, size, "model")) ||
           holds(line, size, "\\u");
}

/* How long the line is; size when its end is not there. */
static size_t line_size(const char *data, size_t size)
{
    const char *feed = memchr(data, '\n', size);
    if (feed) size = (size_t)(feed - data);
    const char *carriage = memchr(data, '\r', size);
    return carriage ? (size_t)(carriage - data) : size;
}

/* At the beginning of a line: its size when it is there as a whole and need not be read; otherwise 0. */
static size_t skip_line(const struct px_usage_reader *reader, const char *data, size_t size)
{
    size_t n = line_size(data, size);
    bool is_data = n >= DATA_FIELD && memcmp(data, field, DATA_FIELD) == 0;
    return n == size || (is_data && may_tell(reader, data, n)) ? 0 : n;
}

static void feed_events(struct px_usage_reader *reader, const char *data, size_t size)
{
    for (size_t i = 0; i < size;) {
        if (reader->at_line == 0) i += skip_line(reader, data + i, size - i);
        if (data[i] == '\n' || data[i] == '\r') {
            if (reader->at_line == IN_DATA) px_scan_begin(&reader->scan);
            reader->at_line = 0;
            i++;
        } else if (reader->at_line < DATA_FIELD) {
            reader->at_line = data[i] == field[reader->at_line] ? reader->at_line + 1 : IN_OTHER;
            i++;
        } else {
            size_t n = line_size(data + i, size - i);
            if (reader->at_line == IN_DATA) px_scan_feed(&reader->scan, data + i, n);
            i += n;
        }
    }
}

void px_usage_feed(struct px_usage_reader *reader, const char *data, size_t size)
{
    if (reader->events)
        feed_events(reader, data, size);
    else
        px_scan_feed(&reader->scan, data, size);
}

static int64_t less(int64_t all, int64_t part)
{
    return all > part ? all - part : 0;
}

struct px_usage px_usage_of(const struct px_usage_reader *reader)
{
    const int64_t *counts = reader->counts;
    return (struct px_usage){.known = reader->seen,
                             .input = counts[INPUT] + less(counts[PROMPT], counts[CACHED]),
                             .cache_read = counts[CACHED],
                             .cache_write = less(counts[WRITTEN], counts[WRITTEN_HOUR]),
                             .cache_write_hour = counts[WRITTEN_HOUR],
                             .output = counts[OUTPUT] + counts[CANDIDATES] + counts[THOUGHTS]};
}
