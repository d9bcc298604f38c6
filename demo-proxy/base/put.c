#include "base/put.h"

#include <openssl/crypto.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"

void px_wipe(struct buffer *buffer)
{
    if (buffer->data) OPENSSL_cleanse(buffer->data, buffer->capacity);
    buffer_free(buffer);
}

/* At the end of the array; returns where they begin. */
static size_t put_digits(int64_t number, char digits[PX_NUMBER_SIZE])
{
    size_t at = PX_NUMBER_SIZE;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0) digits[--at] = '-';
    return at;
}

void px_put_number(struct buffer *buffer, int64_t number)
{
    char digits[PX_NUMBER_SIZE];
    size_t at = put_digits(number, digits);
    buffer_put(buffer, digits + at, sizeof digits - at);
}

void px_put_netstring(struct buffer *buffer, const char *text)
{
    if (!text) {
        buffer_put_string(buffer, "-,");
        return;
    }
    size_t size = strlen(text);
    px_put_number(buffer, (int64_t)size);
    buffer_put_byte(buffer, ':');
    buffer_put(buffer, text, size);
    buffer_put_byte(buffer, ',');
}

char *px_number_text(int64_t number, char out[PX_NUMBER_SIZE])
{
    char digits[PX_NUMBER_SIZE];
    size_t at = put_digits(number, digits), size = sizeof digits - at;
    memcpy(out, digits + at, size);
    out[size] = '\0';
    return out;
}

void px_put_numbered(struct buffer *buffer, const char *text, int64_t number)
{
    buffer_put_string(buffer, text);
    px_put_number(buffer, number);
}

void px_put_named(struct buffer *buffer, const char *text, const char *word)
{
    buffer_put_string(buffer, text);
    buffer_put_byte(buffer, '"');
    buffer_put_string(buffer, word);
    buffer_put_byte(buffer, '"');
}

const char *px_words(const struct buffer *message)
{
    return message->failed ? PX_NO_MEMORY : buffer_string(message);
}

void px_put_json(struct buffer *buffer, const char *text)
{
    json_put_string(buffer, text, strlen(text));
}

void px_put_html(struct buffer *buffer, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            buffer_put_string(buffer, "&amp;");
            break;
        case '<':
            buffer_put_string(buffer, "&lt;");
            break;
        case '>':
            buffer_put_string(buffer, "&gt;");
            break;
        case '"':
            buffer_put_string(buffer, "&quot;");
            break;
        default:
            buffer_put(buffer, text, 1);
        }
    }
}
