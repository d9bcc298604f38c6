#include "shell/quote.h"

#include <string.h>

#include "base/letters.h"
#include "base/utf8.h"

/* The size of the printable character at text, 0 when it is none. */
static size_t printable(const char *text, size_t length)
{
    uint32_t code_point;
    size_t size = utf8_decode(text, length, &code_point);
    return size && letter_is(code_point, LETTER_PRINT) ? size : 0;
}

static bool is_printable(const char *text, size_t length)
{
    size_t at = 0;
    for (;;) {
        while (at < length && text[at] >= ' ' && text[at] <= '~') at++;
        if (at == length) return true;
        size_t size = printable(text + at, length - at);
        if (size == 0) return false;
        at += size;
    }
}

static void put_octal(struct buffer *buffer, unsigned char byte)
{
    const char digits[4] = {'\\', (char)('0' + (byte >> 6)), (char)('0' + (byte >> 3 & 7)),
                            (char)('0' + (byte & 7))};
    buffer_put(buffer, digits, sizeof digits);
}

/* $'…' */
static void quote_dollar(struct buffer *buffer, const char *text, size_t length)
{
    static const char special[] = "\033\a\b\f\n\r\t\v\\'", letters[] = "Eabfnrtv\\'";
    size_t at = 0;

    buffer_put_string(buffer, "$'");
    while (at < length) {
        const char *found = text[at] ? strchr(special, text[at]) : NULL;
        size_t size = printable(text + at, length - at);
        if (found) {
            buffer_put_byte(buffer, '\\');
            buffer_put_byte(buffer, letters[found - special]);
            size = 1;
        } else if (size) {
            buffer_put(buffer, text + at, size);
        } else {
            put_octal(buffer, (unsigned char)text[at]);
            size = 1;
        }
        at += size;
    }
    buffer_put_byte(buffer, '\'');
}

static void quote_single(struct buffer *buffer, const char *text, size_t length)
{
    const char *end = text + length, *quote;

    if (length == 1 && text[0] == '\'') {
        buffer_put_string(buffer, "\\'");
        return;
    }
    buffer_put_byte(buffer, '\'');
    while (text < end && (quote = memchr(text, '\'', (size_t)(end - text))) != NULL) {
        buffer_put(buffer, text, (size_t)(quote - text));
        buffer_put_string(buffer, "'\\''");
        text = quote + 1;
    }
    buffer_put(buffer, text, (size_t)(end - text));
    buffer_put_byte(buffer, '\'');
}

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c) != NULL;
}

/* A ~ that the shell would expand. */
static bool is_tilde(const char *text, size_t at)
{
    return text[at] == '~' && (at == 0 || text[at - 1] == '=' || text[at - 1] == ':');
}

static void quote_backslash(struct buffer *buffer, const char *text, size_t length)
{
    size_t i;

    if (length == 0) buffer_put_string(buffer, "''");
    for (i = 0; i < length; i++) {
        if (is_one_of(text[i], " !\"$&'()*,;<>?[\\]^`{|}") || is_tilde(text, i) || (i == 0 && text[i] == '#'))
            buffer_put_byte(buffer, '\\');
        buffer_put_byte(buffer, text[i]);
    }
}

static void quote_double(struct buffer *buffer, const char *text, size_t length)
{
    size_t i, from = 0;

    buffer_put_byte(buffer, '"');
    for (i = 0; i < length; i++) {
        if (text[i] != '"' && text[i] != '$' && text[i] != '\\' && text[i] != '`') continue;
        buffer_put(buffer, text + from, i - from);
        buffer_put_byte(buffer, '\\');
        from = i;
    }
    buffer_put(buffer, text + from, length - from);
    buffer_put_byte(buffer, '"');
}

/* Whether the shell would read a bare word as something else. */
static bool has_special(const char *text, size_t length)
{
    size_t i;
    for (i = 0; i < length; i++)
        if (is_one_of(text[i], " '\"\\|&;()<>!{}*[]?^$`") || is_tilde(text, i) || (i == 0 && text[i] == '#'))
            return true;
    return false;
}

static bool has_space(const char *text, size_t length)
{
    return length && (memchr(text, '\t', length) || memchr(text, '\n', length));
}

void sh_quote(struct buffer *buffer, const char *text, size_t length, enum sh_quote_style style)
{
    bool traced = style == SH_QUOTE_TRACED && (has_special(text, length) || has_space(text, length));

    if (!traced && !is_printable(text, length))
        quote_dollar(buffer, text, length);
    else if (style == SH_QUOTE_BACKSLASH)
        quote_backslash(buffer, text, length);
    else if (style == SH_QUOTE_DOUBLE ||
             (style == SH_QUOTE_KEY && (length == 0 || has_special(text, length))))
        quote_double(buffer, text, length);
    else if (traced || style == SH_QUOTE_SINGLE || has_special(text, length))
        quote_single(buffer, text, length);
    else
        buffer_put(buffer, text, length);
}

/* --- Escapes --- */

static int digit_of(char c, unsigned base)
{
    int value = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : 99;
    return value < (int)base ? value : -1;
}

/* Up to so many digits at text[*at]; how many there were. */
static size_t digits(const char *text, size_t length, size_t *at, unsigned base, size_t limit,
                     uint32_t *value)
{
    size_t count = 0;

    for (*value = 0; count < limit && *at < length && digit_of(text[*at], base) >= 0; count++, ++*at)
        *value = *value * base + (uint32_t)digit_of(text[*at], base);
    return count;
}

/* As the first UTF-8 had it (ISO/IEC 10646-1:1993, annex R): surrogates and up to 31 bits, because bash does.
 */
static size_t encode(uint32_t value, char bytes[8])
{
    size_t count = 2, i;

    if (value >= 0x80000000u) return 0;
    if (value < 0x80) {
        bytes[0] = (char)value;
        return 1;
    }
    while (count < 6 && value >> (5 * count + 1)) count++;
    for (i = count; i-- > 1; value >>= 6) bytes[i] = (char)(0x80 | (value & 0x3f));
    bytes[0] = (char)((0xff00u >> count & 0xff) | value);
    return count;
}

static void set_byte(struct sh_escape *escape, size_t size, uint32_t byte)
{
    escape->size = size;
    escape->bytes[0] = (char)byte;
    escape->count = 1;
}

/* The backslash and the letter behind it stand for themselves. */
static void set_plain(struct sh_escape *escape, char letter)
{
    escape->size = 2;
    escape->bytes[0] = '\\';
    escape->bytes[1] = letter;
    escape->count = 2;
}

static void hex_escape(struct sh_escape *escape, const char *text, size_t length, enum sh_escapes kind)
{
    size_t at = 2, start;
    uint32_t value;
    bool braces = kind == SH_ESCAPES_DOLLAR && at < length && text[at] == '{';

    start = at += braces;
    digits(text, length, &at, 16, braces ? SIZE_MAX : 2, &value);
    if (at == start && !braces) {
        set_plain(escape, 'x');
        if (kind == SH_ESCAPES_FORMAT || kind == SH_ESCAPES_BYTES) escape->error = SH_ESCAPE_NO_HEX;
        return;
    }
    if (braces && at < length && text[at] == '}') at++;
    set_byte(escape, at, value & 0xff);
}

static void unicode_escape(struct sh_escape *escape, const char *text, size_t length, enum sh_escapes kind)
{
    size_t at = 2;
    uint32_t value;

    if (digits(text, length, &at, 16, text[1] == 'u' ? 4 : 8, &value) == 0) {
        set_plain(escape, text[1]);
        if (kind == SH_ESCAPES_FORMAT || kind == SH_ESCAPES_BYTES) escape->error = SH_ESCAPE_NO_UNICODE;
        return;
    }
    escape->size = at;
    escape->count = encode(value, escape->bytes);
}

static void octal_escape(struct sh_escape *escape, const char *text, size_t length, enum sh_escapes kind)
{
    bool long_form = text[1] == '0' && (kind == SH_ESCAPES_ECHO || kind == SH_ESCAPES_BYTES);
    size_t at = 1;
    uint32_t value;

    if (kind == SH_ESCAPES_ECHO && text[1] != '0') {
        set_plain(escape, text[1]);
        return;
    }
    digits(text, length, &at, 8, long_form ? 4 : 3, &value);
    set_byte(escape, at, value & 0xff);
}

static void control_escape(struct sh_escape *escape, const char *text, size_t length, enum sh_escapes kind)
{
    char c;

    set_plain(escape, 'c');
    if (kind == SH_ESCAPES_ECHO || kind == SH_ESCAPES_BYTES) {
        escape->count = 0;
        escape->stop = true;
    } else if (kind == SH_ESCAPES_DOLLAR && length > 2) {
        c = text[2];
        set_byte(escape, c == '\\' && length > 3 && text[3] == '\\' ? 4 : 3, 0);
        if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        escape->bytes[0] = (char)(c == '?' ? 0x7f : c & 0x1f);
    }
}

struct sh_escape sh_escape_at(const char *text, size_t length, enum sh_escapes kind)
{
    static const char letters[] = "abeEfnrtv\\", values[] = "\a\b\033\033\f\n\r\t\v\\";
    struct sh_escape escape = {.size = 1, .bytes = "\\", .count = 1};
    const char *found;

    if (length < 2) return escape;
    found = text[1] ? strchr(letters, text[1]) : NULL;
    if (found) {
        set_byte(&escape, 2, (unsigned char)values[found - letters]);
        return escape;
    }
    switch (text[1]) {
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
        octal_escape(&escape, text, length, kind);
        break;
    case 'x':
        hex_escape(&escape, text, length, kind);
        break;
    case 'u':
    case 'U':
        unicode_escape(&escape, text, length, kind);
        break;
    case 'c':
        control_escape(&escape, text, length, kind);
        break;
    case '\'':
    case '"':
    case '?':
        if (kind == SH_ESCAPES_DOLLAR || kind == SH_ESCAPES_FORMAT)
            set_byte(&escape, 2, (unsigned char)text[1]);
        break;
    default:
        break;
    }
    return escape;
}

bool sh_unescape(struct buffer *buffer, const char *text, size_t length, enum sh_escapes kind)
{
    size_t at = 0;

    while (at < length) {
        const char *backslash = memchr(text + at, '\\', length - at);
        size_t plain = backslash ? (size_t)(backslash - text) - at : length - at;
        struct sh_escape escape;
        buffer_put(buffer, text + at, plain);
        at += plain;
        if (at == length) break;
        escape = sh_escape_at(text + at, length - at, kind);
        if (kind == SH_ESCAPES_DOLLAR && escape.count == 1 && escape.bytes[0] == '\0') break;
        buffer_put(buffer, escape.bytes, escape.count);
        if (escape.stop) return true;
        at += escape.size;
    }
    return false;
}
