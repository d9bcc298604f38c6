#include "upstream/stream.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/put.h"

enum { FIRST_CAPACITY = 512 };

static void tell_room(struct px_task *task)
{
    struct px_stream *stream = task->owner;
    stream->starved = false;
    if (stream->producer) stream->producer->room(stream->producer);
}

void px_stream_open(struct px_stream *stream, struct px_loop *loop, size_t limit,
                    void (*changed)(struct px_stream *stream), void *owner)
{
    *stream = (struct px_stream){.loop = loop, .limit = limit, .changed = changed, .owner = owner};
    stream->room_task = (struct px_task){.run = tell_room, .owner = stream};
}

void px_stream_close(struct px_stream *stream)
{
    struct px_producer *producer = stream->producer;
    stream->producer = NULL;
    if (producer) producer->cancel(producer);
    if (stream->loop) px_task_cancel(stream->loop, &stream->room_task);
    px_stream_drop_headers(stream);
    free(stream->data);
    stream->data = NULL;
    stream->size = stream->capacity = 0;
}

/* Nothing that could end the line, in any server's reading of it. */
static bool is_plain(const char *value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)value[i] < ' ' || value[i] == 0x7f) return false;
    return size > 0;
}

int px_stream_header(struct px_stream *stream, const char *name, const char *value, size_t size)
{
    if (stream->header_count == PX_STREAM_HEADERS) return PX_ELIMIT;
    if (!is_plain(value, size)) return PX_EINVAL;
    struct px_header header = {strdup(name), strndup(value, size)};
    if (!header.name || !header.value) {
        free(header.name);
        free(header.value);
        return PX_ENOMEM;
    }
    if (strcasecmp(name, "content-type") == 0)
        stream->event_stream = strncasecmp(header.value, "text/event-stream", 17) == 0;
    stream->headers[stream->header_count++] = header;
    return 0;
}

void px_stream_drop_headers(struct px_stream *stream)
{
    for (size_t i = 0; i < stream->header_count; i++) {
        free(stream->headers[i].name);
        free(stream->headers[i].value);
    }
    stream->header_count = 0;
    stream->event_stream = false;
}

void px_stream_head(struct px_stream *stream, int status)
{
    stream->status = status;
    px_usage_begin(&stream->usage, stream->dialect, stream->event_stream);
    stream->changed(stream);
}

static int append(struct px_stream *stream, const void *data, size_t size)
{
    if (stream->start + stream->size + size > stream->capacity && stream->start > 0) {
        memmove(stream->data, stream->data + stream->start, stream->size);
        stream->start = 0;
    }
    size_t need = stream->size + size;
    if (need > stream->capacity) {
        size_t capacity = stream->capacity ? stream->capacity : FIRST_CAPACITY;
        while (capacity < need) capacity *= 2;
        char *grown = realloc(stream->data, capacity);
        if (!grown) return PX_ENOMEM;
        stream->data = grown;
        stream->capacity = capacity;
    }
    if (size) memcpy(stream->data + stream->start + stream->size, data, size);
    stream->size += size;
    return 0;
}

int px_stream_write(struct px_stream *stream, const void *data, size_t size)
{
    if (stream->size > 0 &&
        size > stream->limit - (stream->size < stream->limit ? stream->size : stream->limit)) {
        stream->starved = true;
        return PX_ELIMIT;
    }
    if (append(stream, data, size)) return PX_ENOMEM;
    px_usage_feed(&stream->usage, data, size);
    stream->changed(stream);
    return 0;
}

static void finish(struct px_stream *stream, enum px_stream_state state)
{
    stream->producer = NULL;
    stream->state = state;
    stream->changed(stream);
}

void px_stream_end(struct px_stream *stream)
{
    finish(stream, PX_STREAM_ENDED);
}

void px_stream_end_with(struct px_stream *stream, const void *data, size_t size)
{
    bool good = size == 0 || append(stream, data, size) == 0;
    if (good && size) px_usage_feed(&stream->usage, data, size);
    finish(stream, good ? PX_STREAM_ENDED : PX_STREAM_TORN);
}

void px_stream_tear(struct px_stream *stream)
{
    finish(stream, PX_STREAM_TORN);
}

void px_stream_fail(struct px_stream *stream, int status, const char *type, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(stream->failure.text, sizeof stream->failure.text, format, args);
    va_end(args);
    stream->failure.code = PX_EIO;
    stream->failure_type = type;
    if (stream->status == 0) {
        stream->status = status;
        finish(stream, PX_STREAM_REFUSED);
        return;
    }
    struct buffer frame = {0};
    if (stream->event_stream) px_put_error_event(&frame, stream->dialect, status, type, stream->failure.text);
    bool told = stream->event_stream && !frame.failed && append(stream, frame.data, frame.size) == 0;
    buffer_free(&frame);
    finish(stream, told ? PX_STREAM_ENDED : PX_STREAM_TORN);
}

size_t px_stream_read(struct px_stream *stream, char *out, size_t max)
{
    size_t n = stream->size < max ? stream->size : max;
    if (n) memcpy(out, stream->data + stream->start, n);
    stream->start += n;
    stream->size -= n;
    if (stream->size == 0) {
        stream->start = 0;
        if (stream->capacity > FIRST_CAPACITY) { /* most streams are silent most of the time */
            free(stream->data);
            stream->data = NULL;
            stream->capacity = 0;
        }
    }
    if (stream->starved && stream->size <= stream->limit / 2) px_task_queue(stream->loop, &stream->room_task);
    return n;
}
