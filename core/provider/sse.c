#include "provider/sse.h"

#include <string.h>

static int dispatch(struct sse *sse, sse_event on_event, void *context, struct error *error)
{
    int result = 0;

    if (sse->data.failed || sse->name.failed) return error_memory(error);
    if (sse->has_data)
        result = on_event(context, sse->name.size ? sse->name.data : "message", buffer_string(&sse->data),
                          sse->data.size, error);
    buffer_clear(&sse->data);
    buffer_clear(&sse->name);
    sse->has_data = false;
    return result;
}

static void take_field(struct sse *sse, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    size_t name = colon ? (size_t)(colon - line) : length;
    const char *value = colon ? colon + 1 : line + length;
    size_t size = (size_t)(line + length - value);

    if (size && *value == ' ') value++, size--;
    if (name == 4 && memcmp(line, "data", 4) == 0) {
        if (sse->has_data) buffer_put_byte(&sse->data, '\n');
        buffer_put(&sse->data, value, size);
        sse->has_data = true;
    } else if (name == 5 && memcmp(line, "event", 5) == 0) {
        buffer_clear(&sse->name);
        buffer_put(&sse->name, value, size);
    }
}

static int end_line(struct sse *sse, sse_event on_event, void *context, struct error *error)
{
    const char *line = buffer_string(&sse->line);
    size_t length = sse->line.size;
    int result = 0;

    if (sse->line.failed) return error_memory(error);
    if (!sse->started) {
        sse->started = true;
        if (length >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) line += 3, length -= 3;
    }
    if (length == 0)
        result = dispatch(sse, on_event, context, error);
    else
        take_field(sse, line, length);
    buffer_clear(&sse->line);
    return result;
}

int sse_feed(struct sse *sse, const void *bytes, size_t size, sse_event on_event, void *context,
             struct error *error)
{
    const char *at = bytes, *end = at + size;

    while (at < end) {
        const char *stop = at;
        if (sse->after_cr) {
            sse->after_cr = false;
            if (*at == '\n') {
                at++;
                continue;
            }
        }
        while (stop < end && *stop != '\n' && *stop != '\r') stop++;
        buffer_put(&sse->line, at, (size_t)(stop - at));
        if (sse->line.size + sse->data.size > SSE_EVENT_MAX)
            return error_set(error, UMBRA_ELIMIT, "the provider sent one event of over %u bytes",
                             SSE_EVENT_MAX);
        at = stop;
        if (stop < end) {
            int result = end_line(sse, on_event, context, error);
            if (result < 0) return result;
            sse->after_cr = *stop == '\r';
            at++;
        }
    }
    return 0;
}

bool sse_unfinished(const struct sse *sse)
{
    return sse->line.size > 0 || sse->has_data;
}

void sse_free(struct sse *sse)
{
    buffer_free(&sse->line);
    buffer_free(&sse->name);
    buffer_free(&sse->data);
}
