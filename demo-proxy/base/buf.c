#include "base/buf.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void px_buf_free(struct px_buf *buf)
{
    free(buf->data);
    *buf = (struct px_buf){0};
}

void px_buf_wipe(struct px_buf *buf)
{
    if (buf->data) OPENSSL_cleanse(buf->data, buf->capacity);
    px_buf_free(buf);
}

void px_buf_clear(struct px_buf *buf)
{
    buf->size = 0;
    buf->failed = false;
    if (buf->data) buf->data[0] = '\0';
}

static bool reserve(struct px_buf *buf, size_t more)
{
    if (buf->failed) return false;
    if (more > SIZE_MAX / 4 - buf->size) {
        buf->failed = true;
        return false;
    }
    size_t need = buf->size + more + 1;
    if (need <= buf->capacity) return true;
    size_t capacity = buf->capacity ? buf->capacity : 64;
    while (capacity < need) capacity *= 2;
    char *data = realloc(buf->data, capacity);
    if (!data) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void px_buf_put(struct px_buf *buf, const void *data, size_t size)
{
    if (!reserve(buf, size)) return;
    if (size) memcpy(buf->data + buf->size, data, size);
    buf->size += size;
    buf->data[buf->size] = '\0';
}

void px_buf_str(struct px_buf *buf, const char *text)
{
    px_buf_put(buf, text, strlen(text));
}

void px_buf_printf(struct px_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (size < 0 || !reserve(buf, (size_t)size)) {
        buf->failed = true;
        return;
    }
    va_start(args, format);
    (void)vsnprintf(buf->data + buf->size, (size_t)size + 1, format, args);
    va_end(args);
    buf->size += (size_t)size;
}

static const char *short_escape(unsigned char c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

void px_buf_json(struct px_buf *buf, const char *text, size_t size)
{
    px_buf_put(buf, "\"", 1);
    for (size_t i = 0; i < size;) {
        unsigned char c = (unsigned char)text[i];
        const char *escape = short_escape(c);
        if (escape) {
            px_buf_str(buf, escape);
            i++;
        } else if (c < 0x20 || c == 0x7f) {
            px_buf_printf(buf, "\\u%04x", c);
            i++;
        } else {
            size_t length = px_utf8_length(text + i, size - i);
            if (length)
                px_buf_put(buf, text + i, length);
            else
                px_buf_str(buf, "\xef\xbf\xbd");
            i += length ? length : 1;
        }
    }
    px_buf_put(buf, "\"", 1);
}

void px_buf_json_str(struct px_buf *buf, const char *text)
{
    px_buf_json(buf, text, strlen(text));
}

void px_buf_html(struct px_buf *buf, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            px_buf_str(buf, "&amp;");
            break;
        case '<':
            px_buf_str(buf, "&lt;");
            break;
        case '>':
            px_buf_str(buf, "&gt;");
            break;
        case '"':
            px_buf_str(buf, "&quot;");
            break;
        default:
            px_buf_put(buf, text, 1);
        }
    }
}

const char *px_buf_text(const struct px_buf *buf)
{
    return buf->data ? buf->data : "";
}

char *px_buf_take(struct px_buf *buf)
{
    char *data = NULL;
    if (!buf->failed) {
        px_buf_put(buf, "", 0);
        if (!buf->failed) data = buf->data;
    }
    if (!data) free(buf->data);
    *buf = (struct px_buf){0};
    return data;
}
