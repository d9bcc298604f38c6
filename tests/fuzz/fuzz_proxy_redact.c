/* A line of the log before it is written: it gets no longer, stays JSON, and a second look finds nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/put.h"
#include "base/redact.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_json(const char *text, size_t size)
{
    cJSON *json = px_json_parse(text, size, NULL);
    cJSON_Delete(json);
    return json != NULL;
}

/* What only looks finds what is replaced. */
static void check_looking(const char *text, size_t size, const char *redacted, size_t redacted_size)
{
    struct px_redact_walk walk = {0};
    struct buffer out = {0};
    size_t done = 0, start = 0, end = 0;
    while (px_redact_next(text, size, &walk, &start, &end)) {
        if (start < done || end <= start || end > size) abort();
        buffer_put(&out, text + done, start - done);
        buffer_put_string(&out, PX_REDACTED);
        done = end;
    }
    buffer_put(&out, text + done, size - done);
    if (!out.failed && (out.size != redacted_size || memcmp(out.data, redacted, redacted_size) != 0)) abort();
    buffer_free(&out);
}

static void check(char *text, size_t size, bool json)
{
    char *before = malloc(size + 1);
    if (!before) return;
    if (size) memcpy(before, text, size);
    size_t first = px_redact(text, size);
    check_looking(before, size, text, first);
    free(before);
    if (first > size || (json && !is_json(text, first))) abort();
    char *copy = malloc(first + 1);
    if (!copy) return;
    memcpy(copy, text, first);
    if (px_redact(copy, first) != first || memcmp(copy, text, first) != 0) abort();
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct buffer line = {0};
    if (!text) return 0;
    if (size) memcpy(text, data, size);
    text[size] = '\0';
    px_put_json(&line, text);
    check(text, size, false);
    if (!line.failed) check(line.data, line.size, true);
    buffer_free(&line);
    free(text);
    return 0;
}
