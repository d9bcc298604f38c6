#include "debug/blobs.h"

#include <ctype.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/put.h"

#define DATA "data:"

void px_blobs_open(struct px_blobs *blobs, size_t limit)
{
    *blobs = (struct px_blobs){.limit = limit};
}

static void fill_up(struct px_blobs *blobs)
{
    blobs->full = blobs->cut = true;
}

static void put(struct px_blobs *blobs, const char *data, size_t size)
{
    size_t room = blobs->limit - blobs->text.size;
    if (blobs->full || size == 0) return;
    buffer_put(&blobs->text, data, size < room ? size : room);
    if (size > room) fill_up(blobs);
}

/* Whole or not at all. */
static void put_size(struct px_blobs *blobs)
{
    char words[64];
    int n = snprintf(words, sizeof words, "[%s, %" PRIu64 " bytes]",
                     blobs->run == PX_BLOB_DATA ? "data" : "base64", blobs->run_size);
    if ((size_t)n > blobs->limit - blobs->text.size)
        fill_up(blobs);
    else
        put(blobs, words, (size_t)n);
}

static void end_run(struct px_blobs *blobs)
{
    if (blobs->run_size > PX_BLOB_MOST)
        put_size(blobs);
    else
        put(blobs, blobs->held, (size_t)blobs->run_size);
    blobs->run = PX_BLOB_NONE;
    blobs->run_size = 0;
}

static void extend(struct px_blobs *blobs, char byte)
{
    if (blobs->run_size < PX_BLOB_MOST) blobs->held[blobs->run_size] = byte;
    blobs->run_size++;
    blobs->line++;
}

/* RFC 4648, sections 4 and 5. */
bool px_blob_has(char byte)
{
    return isalnum((unsigned char)byte) || (byte && strchr("+/-_=", byte));
}

/* What may stand in a data: URL that is written into something else. */
static bool is_data(char byte)
{
    return (unsigned char)byte > ' ' && byte != 0x7f && !strchr("\"'`<>)\\", byte);
}

static bool fits(const struct px_blobs *blobs, char byte)
{
    return blobs->run == PX_BLOB_DATA ? is_data(byte) : blobs->run == PX_BLOB_BASE64 && px_blob_has(byte);
}

/* "data:" at the end of a run of base64, whose letters it consists of, begins a URL. */
static bool begins_data(struct px_blobs *blobs, char byte)
{
    size_t n = sizeof DATA - 2;
    if (byte != ':' || blobs->run != PX_BLOB_BASE64 || blobs->run_size < n || blobs->run_size > PX_BLOB_MOST)
        return false;
    size_t before = (size_t)blobs->run_size - n;
    if (strncasecmp(blobs->held + before, DATA, n) != 0) return false;
    put(blobs, blobs->held, before);
    memmove(blobs->held, blobs->held + before, n);
    blobs->run_size = n;
    blobs->run = PX_BLOB_DATA;
    extend(blobs, byte);
    return true;
}

/* Base64 is often broken into lines of equal length. */
static bool breaks_line(struct px_blobs *blobs, char byte)
{
    if (blobs->run != PX_BLOB_BASE64 || (byte != '\n' && byte != '\r')) return false;
    return blobs->line >= PX_BLOB_LINE || (blobs->line == 0 && blobs->run_size > 0);
}

static void take_plain(struct px_blobs *blobs, char byte)
{
    if (fits(blobs, byte)) {
        extend(blobs, byte);
    } else if (breaks_line(blobs, byte)) {
        extend(blobs, byte);
        blobs->line = 0;
    } else if (!begins_data(blobs, byte)) {
        end_run(blobs);
        if (px_blob_has(byte)) {
            blobs->run = PX_BLOB_BASE64;
            blobs->line = 0;
            extend(blobs, byte);
        } else if (byte == '\\') {
            blobs->backslash = true;
        } else {
            put(blobs, &byte, 1);
        }
    }
}

/* Behind a backslash, which was not put yet: an escape of JSON stays whole. */
static void take_escaped(struct px_blobs *blobs, char byte)
{
    char both[2] = {'\\', byte};
    char meant = '\0';
    if (byte == 'n') meant = '\n';
    if (byte == 'r') meant = '\r';
    blobs->backslash = false;
    if (blobs->run != PX_BLOB_NONE && (byte == '/' || (meant && breaks_line(blobs, meant)))) {
        extend(blobs, '\\');
        extend(blobs, byte);
        if (meant) blobs->line = 0;
        return;
    }
    end_run(blobs);
    put(blobs, both, 2);
    blobs->escape = byte == 'u' ? 4 : 0;
}

static void take(struct px_blobs *blobs, char byte)
{
    if (blobs->backslash) {
        take_escaped(blobs, byte);
    } else if (blobs->escape) {
        blobs->escape--;
        put(blobs, &byte, 1);
    } else if (byte == '\\' && blobs->run != PX_BLOB_NONE) {
        blobs->backslash = true;
    } else {
        take_plain(blobs, byte);
    }
}

void px_blobs_feed(struct px_blobs *blobs, const char *data, size_t size)
{
    blobs->total += size;
    if (blobs->full && size) blobs->cut = true;
    for (size_t i = 0; i < size && !blobs->full && !blobs->text.failed; i++) {
        /* The inside of a long run, which is most of a body with pictures. */
        while (blobs->run_size > PX_BLOB_MOST && i < size && !blobs->backslash && fits(blobs, data[i])) {
            blobs->run_size++;
            blobs->line++;
            i++;
        }
        if (i < size) take(blobs, data[i]);
    }
}

void px_blobs_end(struct px_blobs *blobs)
{
    end_run(blobs);
    if (blobs->backslash) put(blobs, "\\", 1);
    blobs->backslash = false;
    blobs->escape = 0;
}

void px_blobs_close(struct px_blobs *blobs)
{
    px_wipe(&blobs->text);
    OPENSSL_cleanse(blobs->held, sizeof blobs->held);
    *blobs = (struct px_blobs){0};
}
