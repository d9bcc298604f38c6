#include "upstream/stream.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/put.h"

enum { FIRST_CAPACITY = 512, USUAL_HEADERS = 100 };

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
    buffer_free(&stream->failure);
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
    (void)buffer_reserve(&stream->headers, USUAL_HEADERS);
    buffer_put(&stream->headers, name, strlen(name) + 1);
    buffer_put(&stream->headers, value, size);
    buffer_put_byte(&stream->headers, '\0');
    if (stream->headers.failed) return PX_ENOMEM;
    stream->header_count++;
    return 0;
}

void px_stream_drop_headers(struct px_stream *stream)
{
    buffer_free(&stream->headers);
    stream->header_count = 0;
}

bool px_stream_next_header(const struct px_stream *stream, const char **name, const char **value)
{
    const char *next = *name ? *value + strlen(*value) + 1 : stream->headers.data;
    if (!next || next == stream->headers.data + stream->headers.size) return false;
    *name = next;
    *value = next + strlen(next) + 1;
    return true;
}

static bool is_event_stream(const struct px_stream *stream)
{
    static const char type[] = "text/event-stream";
    for (const char *name = NULL, *value = NULL; px_stream_next_header(stream, &name, &value);)
        if (strcasecmp(name, "content-type") == 0) return strncasecmp(value, type, sizeof type - 1) == 0;
    return false;
}

void px_stream_head(struct px_stream *stream, int status)
{
    stream->status = status;
    stream->event_stream = is_event_stream(stream);
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
    size_t taken = stream->take && stream->size == 0 ? stream->take(stream, data, size) : 0;
    if (taken < size && append(stream, (const char *)data + taken, size - taken)) return PX_ENOMEM;
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
    buffer_vprintf(&stream->failure, format, args);
    va_end(args);
    stream->failure_type = type;
    if (stream->status == 0) {
        stream->status = status;
        finish(stream, PX_STREAM_REFUSED);
        return;
    }
    struct buffer frame = {0};
    if (stream->event_stream)
        px_put_error_event(&frame, stream->dialect, status, type, px_words(&stream->failure));
    bool told = stream->event_stream && !frame.failed && append(stream, frame.data, frame.size) == 0;
    buffer_free(&frame);
    finish(stream, told ? PX_STREAM_ENDED : PX_STREAM_TORN);
}

const char *px_stream_bytes(const struct px_stream *stream)
{
    return stream->data ? stream->data + stream->start : "";
}

void px_stream_skip(struct px_stream *stream, size_t size)
{
    stream->start += size;
    stream->size -= size;
    if (stream->size == 0) { /* most streams are silent most of the time */
        free(stream->data);
        stream->data = NULL;
        stream->start = stream->capacity = 0;
    }
    if (stream->starved && stream->size <= stream->limit / 2) px_task_queue(stream->loop, &stream->room_task);
}

size_t px_stream_read(struct px_stream *stream, char *out, size_t max)
{
    size_t n = stream->size < max ? stream->size : max;
    if (n) memcpy(out, px_stream_bytes(stream), n);
    px_stream_skip(stream, n);
    return n;
}

char *px_stream_take(struct px_stream *stream, size_t *size)
{
    char *data = stream->data;
    if (!data) return *size = 0, calloc(1, 1);
    if (stream->start) memmove(data, data + stream->start, stream->size);
    *size = stream->size;
    stream->data = NULL;
    stream->start = stream->size = stream->capacity = 0;
    return data;
}
