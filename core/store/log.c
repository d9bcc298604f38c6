#include "store/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"

#define LOG_NAME     "log"
#define LOG_VERSION  1u
#define SPILL_SIZE   (1u << 20) /* pending bytes that are written before the commit */
#define REPLAY_CHUNK (1u << 20)

static const char log_magic[8] = {'U', 'M', 'B', 'R', 'A', 'L', 'O', 'G'};

static int write_all(struct log *log, const void *data, size_t size, uint64_t place, struct error *error)
{
    const struct umbra_host *host = log->host;
    int64_t written;

    if (place + size > log->limit)
        return error_set(error, UMBRA_ENOSPC,
                         "the workspace image would grow over its limit of %" PRIu64
                         " bytes (max_image_bytes); remove files or raise the limit",
                         log->limit);
    if (place + size > log->reach) log->reach = place + size;
    written = host->block_write(host->context, log->handle, data, size, place);
    if (written == (int64_t)size) return 0;
    if (written == UMBRA_ENOSPC || written >= 0)
        return error_set(error, UMBRA_ENOSPC,
                         "the storage is full: the workspace image could not grow past %" PRIu64
                         " bytes; free space and try again",
                         place);
    return error_set(error, UMBRA_EIO, "writing the workspace image failed at byte %" PRIu64, place);
}

static int write_header(struct log *log, struct error *error)
{
    struct buffer header = {0};
    char identity[12];
    int result;

    log->host->random(log->host->context, identity, sizeof identity);
    buffer_put(&header, log_magic, sizeof log_magic);
    buffer_put_u32(&header, LOG_VERSION);
    buffer_put(&header, identity, sizeof identity);
    buffer_put_u32(&header, 0);
    if (!header.failed) buffer_put_u32(&header, crc32c(0, header.data, header.size));
    result = header.failed ? error_memory(error) : write_all(log, header.data, header.size, 0, error);
    buffer_free(&header);
    return result;
}

static int check_header(const unsigned char *header, struct error *error)
{
    uint32_t version = read_u32(header + 8);

    if (memcmp(header, log_magic, sizeof log_magic) != 0)
        return error_set(error, UMBRA_ECORRUPT,
                         "the workspace's log does not begin as one of Umbra's; it was left untouched");
    if (version != LOG_VERSION)
        return error_set(error, UMBRA_EVERSION,
                         "the workspace has format %u and this program knows format %u; use a newer Umbra",
                         version, LOG_VERSION);
    if (read_u32(header + 28) != crc32c(0, header, 28))
        return error_set(error, UMBRA_ECORRUPT,
                         "the header of the workspace's log is damaged; it was left untouched");
    return 0;
}

/* A sliding window over the file, so that replaying a large log takes little memory. */
struct window {
    const struct log *log;
    struct buffer bytes;
    uint64_t place; /* of bytes' first */
    uint64_t end;   /* of the file */
};

/* The size bytes at place, NULL past the end of the file or when reading or memory fails (*result says). */
static const unsigned char *window_at(struct window *window, uint64_t place, size_t size, int *result)
{
    const struct umbra_host *host = window->log->host;
    uint64_t have = window->place + window->bytes.size;
    size_t want;
    int64_t got;

    *result = 0;
    if (size > window->end || place > window->end - size) return NULL;
    if (place >= window->place && place + size <= have)
        return (const unsigned char *)window->bytes.data + (place - window->place);
    if (place >= window->place && place <= have)
        buffer_consume(&window->bytes, (size_t)(place - window->place));
    else
        buffer_clear(&window->bytes);
    window->place = place;
    want = size > REPLAY_CHUNK ? size : REPLAY_CHUNK;
    if (want > window->end - place) want = (size_t)(window->end - place);
    want -= window->bytes.size;
    if (buffer_reserve(&window->bytes, want) < 0) {
        *result = UMBRA_ENOMEM;
        return NULL;
    }
    got = host->block_read(host->context, window->log->handle, window->bytes.data + window->bytes.size, want,
                           place + window->bytes.size);
    if (got != (int64_t)want) {
        *result = UMBRA_EIO;
        return NULL;
    }
    window->bytes.size += want;
    return (const unsigned char *)window->bytes.data;
}

/* Whether a whole, valid record with this sequence number stands at place; its type and size. */
static int check_record(struct window *window, uint64_t place, uint32_t sequence, enum log_type *type,
                        uint32_t *size)
{
    int result;
    const unsigned char *header = window_at(window, place, LOG_RECORD_HEADER_SIZE, &result);

    if (header == NULL) return result;
    *size = read_u32(header + 4);
    *type = (enum log_type)header[12];
    if (*size > LOG_RECORD_MAX || read_u32(header + 8) != sequence || *type < LOG_DATA || *type > LOG_COMMIT)
        return 0;
    header = window_at(window, place, LOG_RECORD_HEADER_SIZE + *size, &result);
    if (header == NULL) return result;
    return read_u32(header) == crc32c(0, header + 4, LOG_RECORD_HEADER_SIZE - 4 + *size) ? 1 : 0;
}

/* Finds where the transaction that begins at place ends: 1 and *end, 0 when it is not whole. */
static int find_commit(struct window *window, uint64_t place, uint32_t sequence, uint64_t *end)
{
    for (;;) {
        enum log_type type = LOG_DATA;
        uint32_t size = 0;
        int found = check_record(window, place, sequence++, &type, &size);
        if (found <= 0) return found;
        place += LOG_RECORD_HEADER_SIZE + size;
        if (type == LOG_COMMIT) {
            *end = place;
            return 1;
        }
    }
}

/* Hands the records of [log->committed, end) to the caller. */
static int replay_transaction(struct log *log, struct window *window, uint64_t end, log_record replay,
                              void *context, struct error *error)
{
    uint64_t place = log->committed;
    while (place < end) {
        int result;
        const unsigned char *header = window_at(window, place, LOG_RECORD_HEADER_SIZE, &result);
        enum log_type type;
        uint32_t size;

        if (header == NULL) return error_set(error, UMBRA_EIO, "reading the workspace image failed");
        type = (enum log_type)header[12];
        size = read_u32(header + 4);
        if (type != LOG_DATA) {
            header = window_at(window, place, LOG_RECORD_HEADER_SIZE + size, &result);
            if (header == NULL) return error_set(error, UMBRA_EIO, "reading the workspace image failed");
        }
        result = replay(context, type, place + LOG_RECORD_HEADER_SIZE,
                        type == LOG_DATA ? NULL : header + LOG_RECORD_HEADER_SIZE, size, error);
        if (result < 0) return result;
        place += LOG_RECORD_HEADER_SIZE + size;
        log->sequence++;
    }
    log->committed = log->place = end;
    log->committed_sequence = log->sequence;
    return 0;
}

static int replay_all(struct log *log, uint64_t size, log_record replay, void *context, struct error *error)
{
    struct window window = {.log = log, .end = size};
    int result;

    for (;;) {
        uint64_t end = 0;
        result = find_commit(&window, log->committed, log->sequence, &end);
        if (result < 0) {
            error_set(error, result, "reading the workspace image failed: %s", umbra_error_text(result));
            break;
        }
        if (result == 0) break;
        result = replay_transaction(log, &window, end, replay, context, error);
        if (result < 0) break;
    }
    buffer_free(&window.bytes);
    return result;
}

/* Cuts off what stands after the last commit: records of a transaction that was given up. They must be gone
 * for good before anything new is written, or a crash could bring them back, mixed with it. */
static int cut_tail(struct log *log, struct error *error)
{
    const struct umbra_host *host = log->host;

    if (log->reach <= log->committed) return 0;
    if (host->block_truncate(host->context, log->handle, log->committed) < 0 ||
        host->block_flush(host->context, log->handle) < 0)
        return error_set(error, UMBRA_EIO, "cutting the end of the workspace image failed");
    log->reach = log->committed;
    return 0;
}

int log_open(struct log *log, const struct umbra_host *host, uint64_t limit, log_record replay, void *context,
             struct error *error)
{
    unsigned char header[LOG_HEADER_SIZE];
    int64_t size;
    int result;

    memset(log, 0, sizeof *log);
    log->host = host;
    log->limit = limit;
    log->committed = log->place = log->reach = LOG_HEADER_SIZE;
    log->sequence = log->committed_sequence = 1;
    log->handle = host->block_open(host->context, LOG_NAME);
    if (log->handle < 0)
        return error_set(error, log->handle, "the workspace cannot be opened: %s",
                         log->handle == UMBRA_EBUSY ? "another tab or program holds it"
                                                    : umbra_error_text(log->handle));
    size = host->block_size(host->context, log->handle);
    if (size < 0) return error_set(error, UMBRA_EIO, "the size of the workspace image cannot be read");
    if (size < (int64_t)LOG_HEADER_SIZE) {
        /* Nothing can have been committed yet: a header is durable before anything follows it. */
        if (size > 0) host->block_truncate(host->context, log->handle, 0);
        result = write_header(log, error);
        if (result < 0) return result;
        if (host->block_flush(host->context, log->handle) < 0)
            return error_set(error, UMBRA_EIO, "flushing the new workspace image failed");
        return 0;
    }
    if (host->block_read(host->context, log->handle, header, sizeof header, 0) != (int64_t)sizeof header)
        return error_set(error, UMBRA_EIO, "reading the workspace image failed");
    result = check_header(header, error);
    if (result == 0) result = replay_all(log, (uint64_t)size, replay, context, error);
    if (result < 0) return result;
    log->reach = (uint64_t)size > log->committed ? (uint64_t)size : log->committed;
    return cut_tail(log, error);
}

void log_close(struct log *log)
{
    buffer_free(&log->pending);
    if (log->host && log->handle >= 0) log->host->block_close(log->host->context, log->handle);
    log->handle = -1;
}

static int spill(struct log *log, struct error *error)
{
    int result;
    if (log->pending.size == 0) return 0;
    result = log->place == log->committed ? cut_tail(log, error) : 0;
    if (result < 0) return result;
    result = write_all(log, log->pending.data, log->pending.size, log->place, error);
    if (result < 0) return result;
    log->place += log->pending.size;
    buffer_clear(&log->pending);
    return 0;
}

int log_append(struct log *log, enum log_type type, const void *payload, size_t size, uint64_t *place,
               struct error *error)
{
    size_t start = log->pending.size;
    unsigned char *header;
    uint32_t crc;

    if (size > LOG_RECORD_MAX) return error_set(error, UMBRA_EINVAL, "a log record of %zu bytes", size);
    buffer_put_u32(&log->pending, 0);
    buffer_put_u32(&log->pending, (uint32_t)size);
    buffer_put_u32(&log->pending, log->sequence);
    buffer_put_u32(&log->pending, (uint32_t)type);
    buffer_put(&log->pending, payload, size);
    if (log->pending.failed) return error_memory(error);
    header = (unsigned char *)log->pending.data + start;
    crc = crc32c(0, header + 4, LOG_RECORD_HEADER_SIZE - 4 + size);
    header[0] = (unsigned char)crc;
    header[1] = (unsigned char)(crc >> 8);
    header[2] = (unsigned char)(crc >> 16);
    header[3] = (unsigned char)(crc >> 24);
    log->sequence++;
    if (place) *place = log->place + start + LOG_RECORD_HEADER_SIZE;
    return log->pending.size >= SPILL_SIZE ? spill(log, error) : 0;
}

int log_commit(struct log *log, bool flush, struct error *error)
{
    int result = log_append(log, LOG_COMMIT, NULL, 0, NULL, error);
    if (result == 0) result = spill(log, error);
    if (result == 0 && flush && log->host->block_flush(log->host->context, log->handle) < 0)
        result = error_set(error, UMBRA_EIO, "flushing the workspace image failed; the change was undone");
    if (result < 0) return result;
    log->committed = log->place;
    log->committed_sequence = log->sequence;
    return 0;
}

void log_rollback(struct log *log)
{
    cut_tail(log, NULL); /* or before the next write */
    buffer_clear(&log->pending);
    log->place = log->committed;
    log->sequence = log->committed_sequence;
}

int log_read(const struct log *log, uint64_t place, void *data, size_t size)
{
    int64_t got;
    if (place >= log->place) {
        if (place - log->place > log->pending.size || size > log->pending.size - (size_t)(place - log->place))
            return UMBRA_ECORRUPT;
        memcpy(data, log->pending.data + (place - log->place), size);
        return 0;
    }
    got = log->host->block_read(log->host->context, log->handle, data, size, place);
    if (got < 0) return (int)got;
    return got == (int64_t)size ? 0 : UMBRA_ECORRUPT;
}

uint64_t log_size(const struct log *log)
{
    return log->place + log->pending.size;
}
