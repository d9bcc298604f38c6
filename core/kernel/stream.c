#include "kernel/stream.h"

#include "kernel/terminal.h"

#include <stdlib.h>
#include <string.h>

struct k_stream {
    struct k_file file;
    struct k_stream *next;
    uint32_t number;
    struct buffer input; /* what the host sent, from `at` on unread */
    size_t at;
    bool ended, asked;
    struct k_queue readers, writers;
};

static struct k_stream *find(const struct kernel *kernel, uint32_t number)
{
    struct k_stream *stream;
    for (stream = kernel->streams; stream && stream->number != number;) stream = stream->next;
    return stream;
}

static int64_t read_stream(struct k_file *file, struct k_process *process, void *data, size_t size)
{
    struct k_stream *stream = (struct k_stream *)file;
    const struct umbra_host *host = file->kernel->host;
    size_t have = stream->input.size - stream->at;

    if (stream->input.failed) return UMBRA_ENOMEM;
    if (have == 0 && stream->ended) return 0;
    if (have == 0) {
        k_wait_in(process, &stream->readers);
        if (!stream->asked) {
            stream->asked = true;
            host->stream_read(host->context, stream->number);
        }
        return UMBRA_EAGAIN;
    }
    if (size > have) size = have;
    memcpy(data, stream->input.data + stream->at, size);
    stream->at += size;
    return (int64_t)size;
}

static int64_t write_stream(struct k_file *file, struct k_process *process, const void *data, size_t size)
{
    struct k_stream *stream = (struct k_stream *)file;
    const struct umbra_host *host = file->kernel->host;
    struct k_session *session = process->session;
    uint64_t limit = file->kernel->limits.output_bytes;
    int64_t put;

    if (size == 0) return 0;
    if (limit && session->output_used + size > limit) {
        size = session->output_used < limit ? (size_t)(limit - session->output_used) : 0;
        if (size == 0 && session->exceeded == NULL) k_exceed(session, "output (output_bytes)");
        if (size == 0) return UMBRA_EFBIG;
    }
    put = host->stream_write(host->context, stream->number, data, size);
    if (put == 0) {
        k_wait_in(process, &stream->writers);
        return UMBRA_EAGAIN;
    }
    if (put > 0) session->output_used += (uint64_t)put;
    return put;
}

static bool stream_ready(const struct k_file *file)
{
    const struct k_stream *stream = (const struct k_stream *)file;
    return stream->at < stream->input.size || stream->ended;
}

static void close_stream(struct k_file *file)
{
    struct k_stream *stream = (struct k_stream *)file, **at = &file->kernel->streams;

    while (*at != stream) at = &(*at)->next;
    *at = stream->next;
    buffer_free(&stream->input);
    k_free_file(file, sizeof *stream);
}

static const struct k_file_kind stream_kind = {.name = "stream",
                                               .read = read_stream,
                                               .write = write_stream,
                                               .ready = stream_ready,
                                               .close = close_stream};

struct k_file *k_make_stream(struct kernel *kernel, unsigned direction, uint32_t *number)
{
    struct k_stream *stream = k_make_file(kernel, &stream_kind, sizeof *stream, direction);

    if (stream == NULL) return NULL;
    stream->number = *number = ++kernel->next_stream;
    stream->next = kernel->streams;
    kernel->streams = stream;
    return &stream->file;
}

void k_stream_data(struct kernel *kernel, uint32_t number, const void *data, size_t size)
{
    struct k_stream *stream = find(kernel, number);

    if (stream == NULL) {
        k_terminal_type(kernel, number, data, size);
        return;
    }
    stream->asked = false;
    buffer_consume(&stream->input, stream->at);
    stream->at = 0;
    buffer_put(&stream->input, data, size);
    k_wake_all(&stream->readers);
}

void k_stream_end(struct kernel *kernel, uint32_t number)
{
    struct k_stream *stream = find(kernel, number);

    if (stream == NULL) {
        k_terminal_hang_up(kernel, number);
        return;
    }
    stream->ended = true;
    k_wake_all(&stream->readers);
}

void k_stream_ready(struct kernel *kernel, uint32_t number)
{
    struct k_stream *stream = find(kernel, number);
    if (stream)
        k_wake_all(&stream->writers);
    else
        k_terminal_ready(kernel, number);
}
