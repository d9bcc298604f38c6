#include "base/put.h"

#include <openssl/crypto.h>
#include <string.h>

#include "base/json.h"

void px_wipe(struct buffer *buffer)
{
    if (buffer->data) OPENSSL_cleanse(buffer->data, buffer->capacity);
    buffer_free(buffer);
}

void px_put_number(struct buffer *buffer, int64_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0) digits[--at] = '-';
    buffer_put(buffer, digits + at, sizeof digits - at);
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
