/* buffer.h: a growable run of bytes, always followed by a NUL that does not count. A failed allocation is
 * remembered in `failed`, later puts do nothing, and the caller checks once at the end. */
#ifndef UMBRA_BASE_BUFFER_H
#define UMBRA_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct buffer {
    char *data; /* NULL while nothing was put */
    size_t size;
    size_t capacity;
    bool failed;
};

void buffer_free(struct buffer *buffer);
/* Forgets the content, keeps the memory. */
void buffer_clear(struct buffer *buffer);
/* Room for `more` bytes after the content. 0 or UMBRA_ENOMEM. */
int buffer_reserve(struct buffer *buffer, size_t more);
void buffer_put(struct buffer *buffer, const void *data, size_t size);
void buffer_put_string(struct buffer *buffer, const char *text);
void buffer_put_byte(struct buffer *buffer, char byte);
/* A code point (below 0x110000) as UTF-8. */
void buffer_put_code(struct buffer *buffer, uint32_t code_point);
void buffer_printf(struct buffer *buffer, const char *format, ...) UMBRA_PRINTF(2, 3);
void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments) UMBRA_PRINTF(2, 0);
/* Little-endian integers, for stored formats. */
void buffer_put_u16(struct buffer *buffer, uint16_t value);
void buffer_put_u32(struct buffer *buffer, uint32_t value);
void buffer_put_u64(struct buffer *buffer, uint64_t value);
/* Text as valid UTF-8: each malformed byte becomes U+FFFD. */
void buffer_put_utf8(struct buffer *buffer, const char *text, size_t length);
/* Drops the first `size` bytes. */
void buffer_consume(struct buffer *buffer, size_t size);
/* The content as a string ("" when empty). */
const char *buffer_string(const struct buffer *buffer);
/* Hands over the memory (to be freed with free()), NULL when an allocation failed; the buffer is empty then.
 */
char *buffer_take(struct buffer *buffer);

static inline uint16_t read_u16(const void *data)
{
    const unsigned char *bytes = data;
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint32_t read_u32(const void *data)
{
    const unsigned char *bytes = data;
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static inline uint64_t read_u64(const void *data)
{
    const unsigned char *bytes = data;
    return (uint64_t)read_u32(bytes) | (uint64_t)read_u32(bytes + 4) << 32;
}

#endif
