#include "tools/capture.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "tools/tools.h"

#define NOTE_BYTES  ((size_t)80)   /* for the line that says what is left out */
#define WORDS_BYTES ((size_t)4096) /* that a shell may still write when its limit is reached */

struct capture_file {
    struct k_file file;
    struct tool_capture *capture; /* NULL: nobody listens any more */
};

static uint64_t count_newlines(const char *data, size_t size)
{
    uint64_t lines = 0;
    const char *at = data, *end = data + size;

    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        lines++;
        at++;
    }
    return lines;
}

/* Drops the beginning of the tail but for `keep` bytes. */
static void shorten(struct tool_capture *capture, size_t keep)
{
    size_t drop = capture->tail.size > keep ? capture->tail.size - keep : 0;

    if (drop == 0) return;
    capture->dropped += drop;
    capture->dropped_lines += count_newlines(capture->tail.data, drop);
    buffer_consume(&capture->tail, drop);
}

static void keep(struct tool_capture *capture, const char *data, size_t size)
{
    size_t half = capture->limit / 2;

    if (capture->tail.size == 0 && capture->dropped == 0 && capture->head.size < half) {
        size_t first = half - capture->head.size < size ? half - capture->head.size : size;
        buffer_put(&capture->head, data, first);
        data += first;
        size -= first;
    }
    while (size) {
        size_t piece = size < half + 1 ? size : half + 1;
        if (capture->tail.size + piece > 2 * half + 2) shorten(capture, half);
        buffer_put(&capture->tail, data, piece);
        data += piece;
        size -= piece;
    }
}

static void keep_fresh(struct tool_capture *capture, const char *data, size_t size)
{
    struct buffer *fresh = &capture->fresh;

    if (size > TOOL_PIECE_BYTES) {
        capture->skipped += size - TOOL_PIECE_BYTES;
        data += size - TOOL_PIECE_BYTES;
        size = TOOL_PIECE_BYTES;
    }
    if (fresh->size + size > 2 * TOOL_PIECE_BYTES) {
        capture->skipped += fresh->size + size - TOOL_PIECE_BYTES;
        buffer_consume(fresh, fresh->size + size - TOOL_PIECE_BYTES);
    }
    buffer_put(fresh, data, size);
}

/* How many of these bytes the session may still write; 0: it went beyond the limit. */
static size_t allow(struct k_session *session, size_t size)
{
    uint64_t limit = session->kernel->limits.output_bytes;

    if (limit == 0 || session->output_used + size <= limit) return size;
    if (session->output_used < limit) return (size_t)(limit - session->output_used);
    if (session->exceeded == NULL) {
        k_exceed(session, "output (output_bytes)");
        session->output_used =
            limit > WORDS_BYTES ? limit - WORDS_BYTES : 0; /* for what the shell says of it */
    }
    return 0;
}

static int64_t write_capture(struct k_file *file, struct k_process *process, const void *data, size_t size)
{
    struct tool_capture *capture = ((struct capture_file *)file)->capture;

    if (capture == NULL || size == 0) return (int64_t)size;
    size = allow(process->session, size);
    if (size == 0) return UMBRA_EFBIG;
    process->session->output_used += size;
    capture->has_fresh = true;
    keep(capture, data, size);
    keep_fresh(capture, data, size);
    if (!capture->head.failed && !capture->tail.failed && !capture->fresh.failed) return (int64_t)size;
    buffer_free(&capture->fresh);
    return UMBRA_ENOMEM;
}

static void close_capture(struct k_file *file)
{
    k_free_file(file, sizeof(struct capture_file));
}

static const struct k_file_kind capture_kind = {
    .name = "pipe", .write = write_capture, .close = close_capture};

int tool_capture_open(struct tool_capture *capture, struct kernel *kernel, size_t limit)
{
    struct capture_file *file = k_make_file(kernel, &capture_kind, sizeof *file, K_WRITABLE);

    *capture = (struct tool_capture){.limit = limit};
    if (file == NULL) return UMBRA_ENOMEM;
    file->capture = capture;
    capture->file = &file->file;
    return 0;
}

static void empty(struct tool_capture *capture)
{
    buffer_free(&capture->head);
    buffer_free(&capture->tail);
    buffer_free(&capture->fresh);
    capture->dropped = capture->dropped_lines = capture->skipped = 0;
    capture->has_fresh = false;
}

void tool_capture_close(struct tool_capture *capture)
{
    if (capture->file) {
        ((struct capture_file *)capture->file)->capture = NULL;
        k_drop(capture->file);
    }
    capture->file = NULL;
    empty(capture);
}

int tool_capture_install(struct tool_capture *capture, struct k_process *process)
{
    int result = k_install_at(process, k_keep(capture->file), 1);
    if (result >= 0) result = k_install_at(process, k_keep(capture->file), 2);
    return result < 0 ? result : 0;
}

bool tool_capture_is_empty(const struct tool_capture *capture)
{
    return capture->head.size == 0 && capture->tail.size == 0;
}

/* --- the text --- */

/* Bytes that a character takes as tool_put_text() writes it; *step: that it has. */
static size_t written_size(const char *text, size_t size, size_t *step)
{
    *step = utf8_decode(text, size, NULL);
    if (*step && *text) return *step;
    *step = 1;
    return 3; /* U+FFFD */
}

/* How much of the beginning makes at most `most` bytes of text; a whole number of lines if that is most of
 * it. */
static size_t fit_beginning(const char *text, size_t size, size_t most)
{
    size_t at = 0, written = 0, step, lines = 0;

    while (at < size) {
        written += written_size(text + at, size - at, &step);
        if (written > most) break;
        if (text[at] == '\n') lines = at + 1;
        at += step;
    }
    return at < size && lines > at / 2 ? lines : at;
}

/* Where the end begins that makes at most `most` bytes of text; at the beginning of a line likewise. */
static size_t fit_end(const char *text, size_t size, size_t most)
{
    size_t at = 0, left = 0, step;
    const char *line;

    while (at < size) {
        left += written_size(text + at, size - at, &step);
        at += step;
    }
    for (at = 0; at < size && left > most; at += step) left -= written_size(text + at, size - at, &step);
    line = at < size ? memchr(text + at, '\n', size - at) : NULL;
    return line && (size_t)(line + 1 - text) - at < (size - at) / 2 ? (size_t)(line + 1 - text) : at;
}

/* "12,345" */
static void put_number(struct buffer *text, uint64_t number)
{
    char digits[24];
    int length, i;

    length = snprintf(digits, sizeof digits, "%" PRIu64, number);
    for (i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0) buffer_put_byte(text, ',');
        buffer_put_byte(text, digits[i]);
    }
}

static void put_left_out(struct buffer *text, uint64_t bytes, uint64_t lines)
{
    if (text->size && text->data[text->size - 1] != '\n') buffer_put_byte(text, '\n');
    buffer_put_string(text, "[… ");
    put_number(text, bytes);
    buffer_put_string(text, " bytes (");
    put_number(text, lines);
    buffer_put_string(text, lines == 1 ? " line) left out …]\n" : " lines) left out …]\n");
}

/* Bytes at the beginning that belong to a character whose first byte is gone. */
static size_t broken_beginning(const char *text, size_t size)
{
    size_t at = 0;
    while (at < size && at < 3 && ((unsigned char)text[at] & 0xc0) == 0x80) at++;
    return at;
}

/* The beginning, the line that says what is left out, and the end. */
static void put_cut(const struct tool_capture *capture, struct buffer *text)
{
    const struct buffer *head = &capture->head;
    size_t half = capture->limit > 2 * NOTE_BYTES ? (capture->limit - NOTE_BYTES) / 2 : 0;
    size_t first = fit_beginning(buffer_string(head), head->size, half), size = head->size - first, from;
    const char *end = buffer_string(head) + first;
    uint64_t bytes = 0, lines = 0;

    if (capture->dropped) {
        bytes = capture->dropped + size;
        lines = capture->dropped_lines + count_newlines(end, size);
        end = buffer_string(&capture->tail);
        size = capture->tail.size;
    }
    from = fit_end(end, size, half);
    from += broken_beginning(end + from, size - from);
    tool_put_text(text, buffer_string(head), first);
    put_left_out(text, bytes + from, lines + count_newlines(end, from));
    tool_put_text(text, end + from, size - from);
}

void tool_capture_take(struct tool_capture *capture, struct buffer *text)
{
    struct buffer *head = &capture->head, *tail = &capture->tail;

    if (capture->dropped == 0 && tail->size) { /* else the seam may be in the middle of a character */
        buffer_put(head, tail->data, tail->size);
        buffer_clear(tail);
    }
    if (head->failed || tail->failed)
        buffer_put_string(text, "[the output could not be kept: out of memory]\n");
    else if (capture->dropped || fit_beginning(buffer_string(head), head->size, capture->limit) < head->size)
        put_cut(capture, text);
    else
        tool_put_text(text, buffer_string(head), head->size);
    empty(capture);
}

uint64_t tool_capture_piece(struct tool_capture *capture, struct buffer *text)
{
    struct buffer *fresh = &capture->fresh;
    uint64_t skipped = capture->skipped;
    size_t pending, whole;

    if (fresh->size > TOOL_PIECE_BYTES) {
        skipped += fresh->size - TOOL_PIECE_BYTES;
        buffer_consume(fresh, fresh->size - TOOL_PIECE_BYTES);
    }
    if (skipped) buffer_consume(fresh, broken_beginning(buffer_string(fresh), fresh->size));
    pending = fresh->size ? utf8_pending(fresh->data, fresh->size) : 0;
    whole = fresh->size - pending;
    tool_put_text(text, buffer_string(fresh), whole);
    buffer_consume(fresh, whole);
    capture->skipped = 0;
    capture->has_fresh = false;
    return skipped;
}
