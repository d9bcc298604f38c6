#include "http/chunks.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "http/bodies.h"
#include "http/pause.h"

static char line_end[] = "\r\n";
enum { LINE_END = sizeof line_end - 1 };

bool px_chunks_suit(const struct px_request *request)
{
    return !request->app->certificate && request->takes_chunks && px_client_socket(request) >= 0;
}

static void begin_chunk(struct px_chunk *chunk, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    unsigned shift = 0;
    *chunk = (struct px_chunk){.size = size};
    while (size >> shift > 0xf) shift += 4;
    for (;; shift -= 4) {
        chunk->head[chunk->head_size++] = digits[size >> shift & 0xf];
        if (shift == 0) break;
    }
    chunk->head[chunk->head_size++] = '\r';
    chunk->head[chunk->head_size++] = '\n';
}

/* Of a part that begins so far into the chunk, how much was sent. */
static size_t sent_of(const struct px_chunk *chunk, size_t begin, size_t size)
{
    size_t sent = chunk->sent > begin ? chunk->sent - begin : 0;
    return sent < size ? sent : size;
}

static size_t data_sent(const struct px_chunk *chunk)
{
    return sent_of(chunk, chunk->head_size, chunk->size);
}

/* Sends of the chunk under way what the socket takes; its data goes on with these bytes. Returns how many of
 * them were taken. What came in between is left in the chunk. */
static size_t send_chunk(struct px_request *request, const char *bytes)
{
    struct px_chunk *chunk = &request->chunk;
    size_t before = data_sent(chunk), whole = chunk->head_size + chunk->size + LINE_END;
    ssize_t n = 0;
    while (chunk->sent < whole && (n >= 0 || errno == EINTR)) {
        size_t head = sent_of(chunk, 0, chunk->head_size), data = data_sent(chunk);
        size_t end = sent_of(chunk, chunk->head_size + chunk->size, LINE_END);
        struct iovec parts[] = {{chunk->head + head, chunk->head_size - head},
                                {(char *)(uintptr_t)(bytes + data - before), chunk->size - data},
                                {line_end + end, LINE_END - end}};
        const struct msghdr message = {.msg_iov = parts, .msg_iovlen = sizeof parts / sizeof *parts};
        n = sendmsg(px_client_socket(request), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) chunk->sent += (size_t)n;
    }
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) request->client_gone = true;
    size_t taken = data_sent(chunk) - before;
    px_bodies_answered(request, bytes, taken);
    request->bytes += taken;
    if (chunk->sent == whole) *chunk = (struct px_chunk){0};
    return taken;
}

static bool is_at_rest(const struct px_request *request)
{
    return request->in_chunks && request->suspended && !request->client_gone;
}

size_t px_chunks_take(struct px_request *request, const char *bytes, size_t size)
{
    if (size == 0 || !is_at_rest(request) || request->chunk.size || request->stream.size) return 0;
    begin_chunk(&request->chunk, size);
    return send_chunk(request, bytes);
}

static void on_room(struct px_request *request)
{
    px_expect(request, 0);
    px_chunks_send(request);
}

void px_chunks_send(struct px_request *request)
{
    struct px_stream *stream = &request->stream;
    struct px_chunk *chunk = &request->chunk;
    if (!request->in_chunks || !request->suspended) return;
    while (!request->client_gone && (chunk->size || stream->size)) {
        if (!chunk->size) begin_chunk(chunk, stream->size);
        if (chunk->size - data_sent(chunk) > stream->size) break; /* there was no memory for the rest */
        px_stream_skip(stream, send_chunk(request, px_stream_bytes(stream)));
        if (!chunk->size || request->client_gone) continue;
        px_await_room(request, on_room);
        return;
    }
    if (request->client_gone || stream->state != PX_STREAM_OPEN) px_resume(request);
}
