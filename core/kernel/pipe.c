/* pipe.c: bounded pipes, text that is read as a file, and captures. */
#include <stdlib.h>
#include <string.h>

#include "kernel/descriptor.h"

struct pipe {
    unsigned references; /* ends that are open */
    bool has_reader, has_writer;
    size_t capacity, at, used;
    struct k_queue readers, writers;
    char *bytes; /* a ring */
};

struct pipe_end {
    struct k_file file;
    struct pipe *pipe;
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int64_t read_pipe(struct k_file *file, struct k_process *process, void *data, size_t size)
{
    struct pipe *pipe = ((struct pipe_end *)file)->pipe;
    size_t first;

    if (pipe->used == 0) {
        if (!pipe->has_writer) return 0;
        k_wait_in(process, &pipe->readers);
        return UMBRA_EAGAIN;
    }
    size = smaller(size, pipe->used);
    first = smaller(size, pipe->capacity - pipe->at);
    memcpy(data, pipe->bytes + pipe->at, first);
    memcpy((char *)data + first, pipe->bytes, size - first);
    pipe->used -= size;
    pipe->at = pipe->used ? (pipe->at + size) % pipe->capacity : 0;
    k_wake_all(&pipe->writers);
    return (int64_t)size;
}

/* Writes of up to 4,096 bytes are not mixed with those of others (POSIX.1-2017, write(), PIPE_BUF). */
#define ATOMIC 4096u

static int64_t write_pipe(struct k_file *file, struct k_process *process, const void *data, size_t size)
{
    struct pipe *pipe = ((struct pipe_end *)file)->pipe;
    size_t left = pipe->capacity - pipe->used, at, first;

    if (!pipe->has_reader) return UMBRA_EPIPE;
    if (size == 0) return 0;
    if (left == 0 || (size <= ATOMIC && size <= pipe->capacity && left < size)) {
        k_wait_in(process, &pipe->writers);
        return UMBRA_EAGAIN;
    }
    if (pipe->bytes == NULL) pipe->bytes = memory_take(&file->kernel->account, pipe->capacity);
    if (pipe->bytes == NULL) return UMBRA_ENOMEM;
    size = smaller(size, left);
    at = (pipe->at + pipe->used) % pipe->capacity;
    first = smaller(size, pipe->capacity - at);
    memcpy(pipe->bytes + at, data, first);
    memcpy(pipe->bytes, (const char *)data + first, size - first);
    pipe->used += size;
    k_wake_all(&pipe->readers);
    return (int64_t)size;
}

static bool pipe_ready(const struct k_file *file)
{
    const struct pipe *pipe = ((const struct pipe_end *)file)->pipe;
    return pipe->used || !pipe->has_writer;
}

static void close_end(struct k_file *file)
{
    struct pipe *pipe = ((struct pipe_end *)file)->pipe;
    struct kernel *kernel = file->kernel;

    if (file->flags & K_READABLE) pipe->has_reader = false;
    if (file->flags & K_WRITABLE) pipe->has_writer = false;
    k_wake_all(&pipe->readers);
    k_wake_all(&pipe->writers);
    if (--pipe->references == 0) {
        memory_give(&kernel->account, pipe->bytes, pipe->capacity);
        memory_give(&kernel->account, pipe, sizeof *pipe);
    }
    k_free_file(file, sizeof(struct pipe_end));
}

static const struct k_file_kind pipe_kind = {
    .name = "pipe", .read = read_pipe, .write = write_pipe, .ready = pipe_ready, .close = close_end};

int k_make_pipe(struct kernel *kernel, struct k_file **reader, struct k_file **writer)
{
    struct pipe_end *read_end = k_make_file(kernel, &pipe_kind, sizeof *read_end, K_READABLE);
    struct pipe_end *write_end = k_make_file(kernel, &pipe_kind, sizeof *write_end, K_WRITABLE);
    struct pipe *pipe = memory_take(&kernel->account, sizeof *pipe);

    if (read_end == NULL || write_end == NULL || pipe == NULL) {
        if (read_end) k_free_file(&read_end->file, sizeof *read_end);
        if (write_end) k_free_file(&write_end->file, sizeof *write_end);
        memory_give(&kernel->account, pipe, sizeof *pipe);
        return UMBRA_ENOMEM;
    }
    *pipe = (struct pipe){.references = 2,
                          .has_reader = true,
                          .has_writer = true,
                          .capacity = kernel->limits.pipe_bytes ? (size_t)kernel->limits.pipe_bytes : ATOMIC};
    read_end->pipe = write_end->pipe = pipe;
    *reader = &read_end->file;
    *writer = &write_end->file;
    return 0;
}

/* --- text --- */

struct text_file {
    struct k_file file;
    char *bytes;
    size_t size, at;
};

static int64_t read_text(struct k_file *file, struct k_process *process, void *data, size_t size)
{
    struct text_file *text = (struct text_file *)file;

    (void)process;
    size = smaller(size, text->size - text->at);
    if (size) memcpy(data, text->bytes + text->at, size);
    text->at += size;
    return (int64_t)size;
}

static int64_t seek_text(struct k_file *file, int64_t offset, enum k_whence whence)
{
    struct text_file *text = (struct text_file *)file;
    int64_t from = whence == K_FROM_START ? 0 : (int64_t)(whence == K_FROM_HERE ? text->at : text->size);

    if (offset < -from) return UMBRA_EINVAL;
    text->at = smaller((size_t)(from + offset), text->size);
    return (int64_t)text->at;
}

static int stat_text(struct k_file *file, struct k_stat *stat)
{
    const struct text_file *text = (struct text_file *)file;
    *stat = (struct k_stat){.kind = K_FILE, .mode = 0444, .links = 1, .size = text->size};
    return 0;
}

static void close_text(struct k_file *file)
{
    struct text_file *text = (struct text_file *)file;

    memory_give(&file->kernel->account, text->bytes, text->size);
    k_free_file(file, sizeof *text);
}

static const struct k_file_kind text_kind = {
    .name = "text", .read = read_text, .seek = seek_text, .stat = stat_text, .close = close_text};

struct k_file *k_make_text(struct kernel *kernel, struct buffer *bytes)
{
    struct text_file *text = k_make_file(kernel, &text_kind, sizeof *text, K_READABLE);

    if (text == NULL) return NULL;
    if (bytes->size) {
        text->bytes = memory_take(&kernel->account, bytes->size);
        if (text->bytes == NULL) {
            k_free_file(&text->file, sizeof *text);
            return NULL;
        }
        memcpy(text->bytes, bytes->data, bytes->size);
        text->size = bytes->size;
    }
    buffer_free(bytes);
    return &text->file;
}

/* --- captures --- */

struct capture_file {
    struct k_file file;
    struct k_capture *capture; /* NULL: nobody listens any more */
};

static int64_t write_capture(struct k_file *file, struct k_process *process, const void *data, size_t size)
{
    struct k_capture *capture = ((struct capture_file *)file)->capture;

    (void)process;
    if (capture == NULL) return (int64_t)size;
    if (capture->limit && size > capture->limit - capture->bytes.size) return UMBRA_ENOSPC;
    buffer_put(&capture->bytes, data, size);
    return capture->bytes.failed ? UMBRA_ENOMEM : (int64_t)size;
}

static void close_capture(struct k_file *file)
{
    struct k_capture *capture = ((struct capture_file *)file)->capture;

    if (capture) {
        capture->open = false;
        capture->file = NULL;
        k_wake_all(&capture->done);
    }
    k_free_file(file, sizeof(struct capture_file));
}

static const struct k_file_kind capture_kind = {
    .name = "pipe", .write = write_capture, .close = close_capture};

struct k_file *k_make_capture(struct kernel *kernel, struct k_capture *capture)
{
    struct capture_file *file = k_make_file(kernel, &capture_kind, sizeof *file, K_WRITABLE);

    if (file == NULL) return NULL;
    file->capture = capture;
    capture->file = &file->file;
    capture->open = true;
    return &file->file;
}

void k_end_capture(struct k_capture *capture)
{
    if (capture->file) ((struct capture_file *)capture->file)->capture = NULL;
    capture->file = NULL;
    capture->open = false;
    k_wake_all(&capture->done); /* the queue goes with the capture */
    buffer_free(&capture->bytes);
}
