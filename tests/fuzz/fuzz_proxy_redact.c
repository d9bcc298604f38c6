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

static void check(char *text, size_t size, bool json)
{
    size_t first = px_redact(text, size);
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
