/* A body that is kept for debugging: in pieces of any size it gives the same text, what comes out is UTF-8
 * within the limit, and a known secret that was put anywhere into it is not there, written plainly or in the
 * strings of events. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "debug/blobs.h"
#include "debug/conceal.h"

#define SECRET "known.secret+of/a:length"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void keep(struct px_blobs *blobs, const char *data, size_t size, size_t limit, size_t piece)
{
    px_blobs_open(blobs, limit);
    for (size_t at = 0; at < size; at += piece)
        px_blobs_feed(blobs, data + at, size - at < piece ? size - at : piece);
    px_blobs_end(blobs);
    if (blobs->text.size > limit || blobs->total != size) abort();
}

static void conceal(const char *text, size_t size, size_t limit, struct buffer *out)
{
    static const struct px_secrets secrets = {.known = {SECRET}, .count = 1};
    bool cut = false;
    if (px_conceal(text, size, &secrets, limit, out, &cut)) abort();
    if (out->size > limit || !utf8_valid(buffer_string(out), out->size)) abort();
    if (strstr(buffer_string(out), SECRET)) abort();
}

/* What the text pieces of the events say, one after the other. */
static void check_events(const char *head, size_t at, size_t piece)
{
    static const char before[] = "data: {\"delta\":{\"text\":\"", after[] = "\"}}\n";
    struct buffer events = {0}, out = {0}, said = {0};
    buffer_put(&events, head, at);
    buffer_put_string(&events, "\n");
    for (size_t i = 0; i < sizeof SECRET - 1; i += piece) {
        size_t left = sizeof SECRET - 1 - i;
        buffer_put_string(&events, before);
        buffer_put(&events, &SECRET[i], left < piece ? left : piece);
        buffer_put_string(&events, after);
    }
    conceal(buffer_string(&events), events.size, 1 << 20, &out);
    for (const char *p = buffer_string(&out); (p = strstr(p, before));) {
        p += sizeof before - 1;
        const char *end = strstr(p, after);
        if (end) buffer_put(&said, p, (size_t)(end - p));
    }
    if (strstr(buffer_string(&said), SECRET)) abort();
    buffer_free(&events);
    buffer_free(&out);
    buffer_free(&said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct px_blobs whole, parts;
    struct buffer text = {0}, out = {0};
    if (size < 4) return 0;
    size_t limit = 1 + (data[0] << 4), piece = 1 + data[1], at = (data[2] << 8 | data[3]) % (size - 3);
    const char *body = (const char *)data + 4;
    size -= 4;
    keep(&whole, body, size, limit, size ? size : 1);
    keep(&parts, body, size, limit, piece);
    if (strcmp(buffer_string(&whole.text), buffer_string(&parts.text)) != 0 || whole.cut != parts.cut)
        abort();
    px_blobs_close(&whole);
    px_blobs_close(&parts);
    buffer_put(&text, body, at);
    buffer_put_string(&text, SECRET);
    buffer_put(&text, body + at, size - at);
    conceal(buffer_string(&text), text.size, limit, &out);
    if (!memchr(body, '\0', at)) check_events(body, at, piece);
    buffer_free(&text);
    buffer_free(&out);
    return 0;
}
