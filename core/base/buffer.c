#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
    if (buffer->data) buffer->data[0] = '\0';
}

int buffer_reserve(struct buffer *buffer, size_t more)
{
    size_t need, capacity;
    char *data;

    if (buffer->failed) return UMBRA_ENOMEM;
    if (more > SIZE_MAX / 2 - buffer->size) goto fail;
    need = buffer->size + more + 1;
    if (need <= buffer->capacity) return 0;
    capacity = buffer->capacity < 32 ? 64 : buffer->capacity * 2;
    if (capacity < need) capacity = need;
    data = realloc(buffer->data, capacity);
    if (data == NULL) goto fail;
    buffer->data = data;
    buffer->capacity = capacity;
    return 0;
fail:
    buffer->failed = true;
    return UMBRA_ENOMEM;
}

void buffer_put(struct buffer *buffer, const void *data, size_t size)
{
    if (buffer_reserve(buffer, size) < 0) return;
    if (size) memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void buffer_put_string(struct buffer *buffer, const char *text)
{
    buffer_put(buffer, text, strlen(text));
}

void buffer_put_byte(struct buffer *buffer, char byte)
{
    buffer_put(buffer, &byte, 1);
}

void buffer_put_code(struct buffer *buffer, uint32_t code_point)
{
    char text[4];
    buffer_put(buffer, text, utf8_encode(code_point, text));
}

void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments)
{
    va_list again;
    int length;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    if (length >= 0 && buffer_reserve(buffer, (size_t)length) == 0) {
        vsnprintf(buffer->data + buffer->size, (size_t)length + 1, format, again);
        buffer->size += (size_t)length;
    }
    va_end(again);
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    buffer_vprintf(buffer, format, arguments);
    va_end(arguments);
}

void buffer_put_u16(struct buffer *buffer, uint16_t value)
{
    unsigned char bytes[2] = {(unsigned char)value, (unsigned char)(value >> 8)};
    buffer_put(buffer, bytes, sizeof bytes);
}

void buffer_put_u32(struct buffer *buffer, uint32_t value)
{
    buffer_put_u16(buffer, (uint16_t)value);
    buffer_put_u16(buffer, (uint16_t)(value >> 16));
}

void buffer_put_u64(struct buffer *buffer, uint64_t value)
{
    buffer_put_u32(buffer, (uint32_t)value);
    buffer_put_u32(buffer, (uint32_t)(value >> 32));
}

void buffer_put_utf8(struct buffer *buffer, const char *text, size_t length)
{
    size_t at = 0, run = 0;
    while (at < length) {
        size_t step = utf8_decode(text + at, length - at, NULL);
        if (step) {
            at += step;
            continue;
        }
        buffer_put(buffer, text + run, at - run);
        buffer_put(buffer, "\xef\xbf\xbd", 3);
        run = ++at;
    }
    buffer_put(buffer, text + run, length - run);
}

void buffer_consume(struct buffer *buffer, size_t size)
{
    if (size > buffer->size) size = buffer->size;
    if (size == 0) return;
    memmove(buffer->data, buffer->data + size, buffer->size - size + 1);
    buffer->size -= size;
}

const char *buffer_string(const struct buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}

char *buffer_take(struct buffer *buffer)
{
    char *data;
    if (buffer->data == NULL && !buffer->failed) buffer_reserve(buffer, 0);
    data = buffer->data;
    if (buffer->failed || data == NULL) {
        free(data);
        data = NULL;
    } else {
        data[buffer->size] = '\0';
    }
    memset(buffer, 0, sizeof *buffer);
    return data;
}
