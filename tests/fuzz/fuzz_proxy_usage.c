/* JSON and event streams as they pass: in one piece and in pieces they say the same, and every text that
 * cJSON prints is read whole. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "upstream/ask.h"
#include "upstream/scan.h"
#include "upstream/usage.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void digest(struct px_scan *scan, enum px_scan_kind kind)
{
    unsigned long *sum = scan->owner;
    *sum = *sum * 31 + (unsigned)kind + 7 * scan->depth + (scan->cut ? 3 : 0);
    for (const char *p = scan->text; *p; p++) *sum = *sum * 31 + (unsigned char)*p;
    for (size_t i = 0; i < scan->depth && i < PX_SCAN_LEVELS; i++)
        for (const char *p = scan->keys[i]; *p; p++) *sum = *sum * 31 + (unsigned char)*p;
}

static bool scan(const char *data, size_t size, size_t piece, unsigned long *sum)
{
    struct px_scan scanner = {.value = digest, .owner = sum};
    px_scan_begin(&scanner);
    for (size_t at = 0; at < size; at += piece)
        px_scan_feed(&scanner, data + at, size - at < piece ? size - at : piece);
    return px_scan_finish(&scanner);
}

static void check_scan(const char *text, size_t size)
{
    unsigned long whole = 0, pieces = 0;
    if (scan(text, size, size + 1, &whole) != scan(text, size, 3, &pieces) || whole != pieces) abort();
}

/* How deep it is nested. */
static size_t depth_of(const char *text, size_t size)
{
    size_t depth = 0, most = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '[' || text[i] == '{') depth++;
        if ((text[i] == ']' || text[i] == '}') && depth) depth--;
        if (depth > most) most = depth;
    }
    return most;
}

static void check_printed(const char *text, size_t size)
{
    struct error error;
    struct buffer printed = {0};
    unsigned long sum = 0;
    cJSON *value = json_parse(text, size, "the text", &error);
    if (!value) return;
    json_print(&printed, value);
    if (depth_of(printed.data, printed.size) < PX_SCAN_DEPTH && !scan(printed.data, printed.size, 5, &sum))
        abort();
    cJSON_Delete(value);
    buffer_free(&printed);
}

static void check_usage(enum px_dialect dialect, bool events, const char *text, size_t size)
{
    struct px_usage_reader whole, pieces;
    px_usage_begin(&whole, dialect, events);
    px_usage_begin(&pieces, dialect, events);
    px_usage_feed(&whole, text, size);
    for (size_t i = 0; i < size; i++) px_usage_feed(&pieces, text + i, 1);
    struct px_usage a = px_usage_of(&whole), b = px_usage_of(&pieces);
    if (a.known != b.known || a.input != b.input || a.output != b.output || a.cache_read != b.cache_read ||
        a.cache_write != b.cache_write || strcmp(whole.model, pieces.model) != 0)
        abort();
    if (a.input < 0 || a.output < 0 || a.cache_read < 0 || a.cache_write < 0 || a.cache_write_hour < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size == 0) return 0;
    const char *text = (const char *)data + 1;
    enum px_dialect dialect = (enum px_dialect)(data[0] % 3);
    struct px_ask ask;
    struct px_scan scan;
    size--;
    check_scan(text, size);
    check_printed(text, size);
    check_usage(dialect, data[0] & 4, text, size);
    px_ask_begin(&ask, &scan, dialect);
    px_ask_feed(&ask, text, size);
    if (px_ask_finish(&ask, NULL) == 0 && (ask.answers < 0 || ask.output_tokens < -1)) abort();
    return 0;
}
