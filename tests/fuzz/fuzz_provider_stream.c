/* Arbitrary bytes as a provider's stream, in pieces whose sizes the input chooses: no crash, and what is
 * parsed does not depend on the pieces. */
#include <stdlib.h>
#include <string.h>

#include "provider/provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_text(void *context, uint32_t index, const char *text, size_t size)
{
    (void)index;
    buffer_put(context, text, size);
}

static void on_tool_input(void *context, uint32_t index, const char *id, const char *name, size_t bytes)
{
    (void)context;
    (void)index;
    (void)bytes;
    if (strlen(id) == 0 || strlen(name) == 0) abort();
}

/* The text that the stream gave, and its content as JSON after that. */
static void parse(const uint8_t *data, size_t size, size_t piece, struct buffer *out)
{
    struct pv_events events = {out, on_text, on_tool_input};
    struct pv_stream *stream = pv_anthropic.open(&events);
    struct pv_message message = {0};
    struct error error = {0};
    size_t at;
    int result = 0;

    if (stream == NULL) abort();
    for (at = 0; at < size && result == 0; at += piece)
        result = pv_anthropic.feed(stream, data + at, size - at < piece ? size - at : piece, &error);
    if (result == 0) result = pv_anthropic.finish(stream, true, &message, &error);
    if (result < 0) result = pv_anthropic.finish(stream, false, &message, &error);
    if (result < 0) abort();
    json_print(out, message.content);
    pv_anthropic.close(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer whole = {0}, pieces = {0};

    if (size < 1) return 0;
    parse(data + 1, size - 1, SIZE_MAX, &whole);
    parse(data + 1, size - 1, data[0] % 16 + 1, &pieces);
    if (whole.size != pieces.size || (whole.size && memcmp(whole.data, pieces.data, whole.size) != 0))
        abort();
    buffer_free(&whole);
    buffer_free(&pieces);
    return 0;
}
