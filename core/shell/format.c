#include "shell/format.h"

#include <limits.h>
#include <string.h>

#include "base/real.h"
#include "base/utf8.h"
#include "shell/quote.h"

#define TIME_LIMIT 127u /* bytes that %(…)T makes; more are nothing, as in bash */

struct formatter {
    const struct sh_format *with;
    struct buffer *output, *messages;
    size_t start, limit; /* of the output */
    size_t pass;         /* where the output of this use of the format begins, which %n counts from */
    size_t next;         /* argument */
    const char *at, *end;
    bool failed; /* status 1 at the end */
    bool stop;   /* \c */
    int result;  /* negative: it is over */
};

/* One conversion: %-08.3ld */
struct conversion {
    const char *start; /* the % */
    bool minus, plus, space, alternate, zero;
    int64_t width, precision; /* precision -1: none */
    bool star, digits;        /* the precision is an argument, or has digits */
    char letter;
};

/* --- Messages and output --- */

static void put_place(struct formatter *formatter)
{
    struct buffer *places = formatter->with->places;

    if (places == NULL) return;
    buffer_put(places, &formatter->output->size, sizeof formatter->output->size);
    formatter->messages->failed |= places->failed;
}

static void complain(struct formatter *formatter, const char *before, const char *text, size_t length,
                     const char *behind)
{
    struct buffer *messages = formatter->messages;

    put_place(formatter);
    buffer_put_string(messages, "printf: ");
    buffer_put_string(messages, before);
    buffer_put(messages, text, length);
    buffer_put_string(messages, behind);
    buffer_put_byte(messages, '\0');
}

/* Whether so many more bytes may be written. */
static bool may_put(struct formatter *formatter, size_t more)
{
    if (formatter->result < 0) return false;
    if (more <= formatter->limit - (formatter->output->size - formatter->start)) return true;
    put_place(formatter);
    buffer_printf(formatter->messages, "printf: the output would be larger than the limit of %zu bytes",
                  formatter->limit);
    buffer_put_byte(formatter->messages, '\0');
    formatter->result = UMBRA_ELIMIT;
    return false;
}

static void put(struct formatter *formatter, const char *text, size_t length)
{
    if (length && may_put(formatter, length)) buffer_put(formatter->output, text, length);
}

static void put_times(struct formatter *formatter, char byte, size_t count)
{
    if (count == 0 || !may_put(formatter, count) || buffer_reserve(formatter->output, count) < 0) return;
    memset(formatter->output->data + formatter->output->size, byte, count);
    formatter->output->size += count;
    formatter->output->data[formatter->output->size] = '\0';
}

/* Bytes in their width. */
static void put_padded(struct formatter *formatter, const struct conversion *conversion, const char *text,
                       size_t length)
{
    size_t padding = (uint64_t)conversion->width > length ? (size_t)conversion->width - length : 0;

    if (!conversion->minus) put_times(formatter, ' ', padding);
    put(formatter, text, length);
    if (conversion->minus) put_times(formatter, ' ', padding);
}

/* Bytes in their width, cut to their precision. */
static void put_text(struct formatter *formatter, const struct conversion *conversion, const char *text,
                     size_t length)
{
    if (conversion->precision >= 0 && (uint64_t)conversion->precision < length)
        length = (size_t)conversion->precision;
    put_padded(formatter, conversion, text, length);
}

/* A number in its width: prefix is its sign or 0x, behind which zeros can go. */
static void put_number(struct formatter *formatter, const struct conversion *conversion, const char *prefix,
                       const char *digits, size_t length, bool zeros)
{
    size_t size = strlen(prefix) + length;
    size_t padding = (uint64_t)conversion->width > size ? (size_t)conversion->width - size : 0;

    zeros = zeros && !conversion->minus;
    if (!conversion->minus && !zeros) put_times(formatter, ' ', padding);
    put(formatter, prefix, strlen(prefix));
    if (zeros) put_times(formatter, '0', padding);
    put(formatter, digits, length);
    if (conversion->minus) put_times(formatter, ' ', padding);
}

/* --- Arguments --- */

/* NULL when there are no more. */
static const struct sh_format_argument *take(struct formatter *formatter)
{
    if (formatter->next >= formatter->with->count) return NULL;
    return &formatter->with->arguments[formatter->next++];
}

static void complain_number(struct formatter *formatter, const struct sh_format_argument *argument)
{
    const char *text = argument->text;
    bool zero = argument->length > 1 && text[0] == '0';
    const char *what = zero && text[1] >= '0' && text[1] <= '9' ? ": invalid octal number"
                       : zero && text[1] == 'x'                 ? ": invalid hex number"
                                                                : ": invalid number";

    complain(formatter, "", text, argument->length, what);
    formatter->failed = true;
}

static void complain_range(struct formatter *formatter, const struct sh_format_argument *argument)
{
    complain(formatter, "warning: ", argument->text, argument->length, ": Numerical result out of range");
}

/* 'x or "x: the number of the character. */
static bool character_code(const struct sh_format_argument *argument, uint32_t *code)
{
    if (argument->length == 0 || (argument->text[0] != '\'' && argument->text[0] != '"')) return false;
    *code = 0;
    if (argument->length > 1 && utf8_decode(argument->text + 1, argument->length - 1, code) == 0)
        *code = (unsigned char)argument->text[1];
    return true;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : INT_MAX;
}

/* An integer as strtoimax() and strtoumax() with base 0 read it: its magnitude and sign, all of the text or
 * not, and whether it fits into 64 bits. */
struct integer {
    uint64_t magnitude;
    bool negative, whole, fits;
};

static struct integer read_integer(const char *text, size_t length)
{
    struct integer integer = {.fits = true};
    size_t at = 0, digits;
    int base = 10;

    while (at < length && (text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r'))) at++;
    if (at < length && (text[at] == '-' || text[at] == '+')) integer.negative = text[at++] == '-';
    if (at < length && text[at] == '0') {
        bool hex = at + 2 < length && (text[at + 1] | 0x20) == 'x' && digit_value(text[at + 2]) < 16;
        base = hex ? 16 : 8;
        at += hex ? 2 : 0;
    }
    for (digits = at; at < length && digit_value(text[at]) < base; at++) {
        uint64_t digit = (uint64_t)digit_value(text[at]);
        if (integer.magnitude > (UINT64_MAX - digit) / (uint64_t)base) integer.fits = false;
        integer.magnitude = integer.magnitude * (uint64_t)base + digit;
    }
    integer.whole = at == length && (at > digits || length == 0);
    return integer;
}

/* For %d and the like: what is beyond is the nearest that is not. */
static int64_t take_signed(struct formatter *formatter)
{
    const struct sh_format_argument *argument = take(formatter);
    struct integer integer;
    uint32_t code;
    uint64_t most;

    if (argument == NULL) return 0;
    if (character_code(argument, &code)) return code;
    integer = read_integer(argument->text, argument->length);
    most = integer.negative ? (uint64_t)1 << 63 : INT64_MAX;
    if (integer.magnitude > most) integer.fits = false;
    if (!integer.whole)
        complain_number(formatter, argument);
    else if (!integer.fits)
        complain_range(formatter, argument);
    if (!integer.fits) integer.magnitude = most;
    return (int64_t)(integer.negative ? 0 - integer.magnitude : integer.magnitude);
}

static uint64_t take_unsigned(struct formatter *formatter)
{
    const struct sh_format_argument *argument = take(formatter);
    struct integer integer;
    uint32_t code;

    if (argument == NULL) return 0;
    if (character_code(argument, &code)) return code;
    integer = read_integer(argument->text, argument->length);
    if (!integer.whole)
        complain_number(formatter, argument);
    else if (!integer.fits)
        complain_range(formatter, argument);
    if (!integer.fits) return UINT64_MAX;
    return integer.negative ? 0 - integer.magnitude : integer.magnitude;
}

static struct real take_real(struct formatter *formatter)
{
    const struct sh_format_argument *argument = take(formatter);
    struct real value = {.kind = REAL_ZERO};
    bool range, no_memory;
    uint32_t code;
    size_t size;

    if (argument == NULL) return value;
    if (character_code(argument, &code)) return real_from_integer(code);
    size = real_parse(argument->text, argument->length, &value, &range, &no_memory);
    if (no_memory) formatter->result = UMBRA_ENOMEM;
    if (size == 0) value = (struct real){.kind = REAL_ZERO};
    if (size < argument->length)
        complain_number(formatter, argument);
    else if (range)
        complain_range(formatter, argument);
    return value;
}

/* For * as width or precision. */
static int64_t take_size(struct formatter *formatter)
{
    int64_t value = take_signed(formatter);

    if (value >= INT_MIN && value <= INT_MAX) return value;
    complain_range(formatter, &formatter->with->arguments[formatter->next - 1]);
    return value < 0 ? INT_MIN : INT_MAX;
}

/* --- Conversions --- */

static void put_integer(struct formatter *formatter, const struct conversion *conversion)
{
    bool is_signed = conversion->letter == 'd' || conversion->letter == 'i',
         upper = conversion->letter == 'X';
    unsigned base = conversion->letter == 'o' ? 8 : conversion->letter == 'x' || upper ? 16 : 10;
    const char *prefix = "", *alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    struct buffer number = {0};
    char digits[24];
    size_t at = sizeof digits, count;
    uint64_t value;

    if (is_signed) {
        int64_t number_value = take_signed(formatter);
        value = number_value < 0 ? 0 - (uint64_t)number_value : (uint64_t)number_value;
        prefix = number_value < 0 ? "-" : conversion->plus ? "+" : conversion->space ? " " : "";
    } else {
        value = take_unsigned(formatter);
        if (base == 16 && conversion->alternate && value) prefix = upper ? "0X" : "0x";
    }
    for (; value; value /= base) digits[--at] = alphabet[value % base];
    count = sizeof digits - at;
    if (base == 8 && conversion->alternate && conversion->precision <= (int64_t)count)
        digits[--at] = '0', count++;
    if (count == 0 && conversion->precision < 0) digits[--at] = '0', count++;
    if (conversion->precision > (int64_t)count) {
        size_t zeros = (size_t)conversion->precision - count;
        if (!may_put(formatter, zeros) || buffer_reserve(&number, zeros + count) < 0) goto done;
        memset(number.data, '0', zeros);
        number.size = zeros;
    }
    buffer_put(&number, digits + at, count);
    put_number(formatter, conversion, prefix, buffer_string(&number), number.size,
               conversion->zero && conversion->precision < 0);
done:
    if (number.failed) formatter->result = UMBRA_ENOMEM;
    buffer_free(&number);
}

static void put_real(struct formatter *formatter, const struct conversion *conversion)
{
    struct real value = take_real(formatter);
    struct real_format format = {.conversion = conversion->letter, .alternate = conversion->alternate};
    bool finite = value.kind == REAL_ZERO || value.kind == REAL_FINITE;
    char prefix[4] = "";
    struct buffer number = {0};
    size_t skip = 0;

    if (conversion->precision > 0 && !may_put(formatter, (size_t)conversion->precision)) return;
    format.precision = conversion->precision > INT_MAX ? INT_MAX : (int)conversion->precision;
    real_print(&number, &value, &format);
    if (value.negative)
        prefix[0] = '-';
    else if (conversion->plus || conversion->space)
        prefix[0] = conversion->plus ? '+' : ' ';
    if (finite && (conversion->letter | 0x20) == 'a') {
        skip = 2;
        memcpy(prefix + strlen(prefix), conversion->letter == 'A' ? "0X" : "0x", sizeof "0x");
    }
    if (number.failed)
        formatter->result = UMBRA_ENOMEM;
    else
        put_number(formatter, conversion, prefix, buffer_string(&number) + skip, number.size - skip,
                   conversion->zero && finite);
    buffer_free(&number);
}

static void put_escaped(struct formatter *formatter, const struct conversion *conversion)
{
    const struct sh_format_argument *argument = take(formatter);
    struct buffer text = {0};
    size_t at = 0;

    while (argument && at < argument->length && !formatter->stop) {
        struct sh_escape escape;
        if (argument->text[at] != '\\') {
            buffer_put_byte(&text, argument->text[at++]);
            continue;
        }
        escape = sh_escape_at(argument->text + at, argument->length - at, SH_ESCAPES_BYTES);
        if (escape.error == SH_ESCAPE_NO_HEX) complain(formatter, "missing hex digit for \\x", "", 0, "");
        if (escape.error == SH_ESCAPE_NO_UNICODE)
            complain(formatter, "missing unicode digit for \\", argument->text + at + 1, 1, "");
        buffer_put(&text, escape.bytes, escape.count);
        formatter->stop = escape.stop;
        at += escape.size;
    }
    if (text.failed) formatter->result = UMBRA_ENOMEM;
    put_text(formatter, conversion, buffer_string(&text), text.size);
    buffer_free(&text);
}

static void put_quoted(struct formatter *formatter, struct conversion *conversion)
{
    const struct sh_format_argument *argument = take(formatter);
    struct buffer text = {0};
    size_t length = argument ? argument->length : 0;

    /* As bash has it: digits say how much is quoted, * says nothing, and "." alone is none of it. */
    if (conversion->letter == 'Q') {
        if (conversion->digits && (uint64_t)conversion->precision < length)
            length = (size_t)conversion->precision;
        if (conversion->digits || conversion->star) conversion->precision = -1;
    }
    sh_quote(&text, argument ? argument->text : "", length, SH_QUOTE_BACKSLASH);
    if (text.failed) formatter->result = UMBRA_ENOMEM;
    put_text(formatter, conversion, buffer_string(&text), text.size);
    buffer_free(&text);
}

/* %(…)T, formatter->at behind the parenthesis. False: it is none, and the text is printed. */
static bool put_time(struct formatter *formatter, const struct conversion *conversion)
{
    const char *start = formatter->at, *at = start, *end;
    struct buffer text = {0};
    struct calendar_time time;
    struct calendar_zone utc = {.name = "UTC"};
    size_t depth = 1;
    int64_t seconds = -1;

    for (; at < formatter->end; at++) {
        if (*at == '(') depth++;
        if (*at == ')' && --depth == 0) break;
    }
    end = at++;
    if (at >= formatter->end || *at != 'T') {
        char found = '\0';
        if (at < formatter->end) found = *at;
        complain(formatter, "warning: `", &found, found ? 1 : 0, "': invalid time format specification");
        formatter->at = conversion->start + 1;
        put(formatter, "%", 1);
        return false;
    }
    formatter->at = at + 1;
    if (formatter->next < formatter->with->count) seconds = take_signed(formatter);
    if (seconds == -1)
        seconds = formatter->with->now;
    else if (seconds == -2)
        seconds = formatter->with->started;
    calendar_break(seconds, 0, formatter->with->zone ? formatter->with->zone : &utc, &time);
    if (time.year > CALENDAR_YEAR_MAX || time.year < -CALENDAR_YEAR_MAX) /* bash takes the epoch then */
        calendar_break(0, 0, formatter->with->zone ? formatter->with->zone : &utc, &time);
    if (end == start)
        calendar_format(&text, "%X", 2, &time, TIME_LIMIT);
    else if (calendar_format(&text, start, (size_t)(end - start), &time, TIME_LIMIT) < 0)
        buffer_clear(&text);
    if (text.failed) formatter->result = UMBRA_ENOMEM;
    put_text(formatter, conversion, buffer_string(&text), text.size);
    buffer_free(&text);
    return true;
}

static bool is_name(const char *text, size_t length)
{
    size_t i;
    for (i = 0; i < length; i++) {
        char c = text[i];
        bool letter = c == '_' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (!letter && (i == 0 || c < '0' || c > '9')) return false;
    }
    return length > 0;
}

/* %n. False: formatting is over. */
static bool set_count(struct formatter *formatter)
{
    const struct sh_format_argument *argument = take(formatter);
    int result;

    if (argument == NULL || argument->length == 0) return true;
    if (!is_name(argument->text, argument->length)) {
        complain(formatter, "`", argument->text, argument->length, "': not a valid identifier");
        return false;
    }
    if (formatter->with->set == NULL) return true;
    result = formatter->with->set(formatter->with->context, argument->text, argument->length,
                                  (int64_t)(formatter->output->size - formatter->pass));
    if (result < 0) formatter->result = result;
    return true;
}

static void read_flags(struct formatter *formatter, struct conversion *conversion)
{
    for (; formatter->at < formatter->end; formatter->at++) {
        char c = *formatter->at;
        if (c == '-')
            conversion->minus = true;
        else if (c == '+')
            conversion->plus = true;
        else if (c == ' ')
            conversion->space = true;
        else if (c == '#')
            conversion->alternate = true;
        else if (c == '0')
            conversion->zero = true;
        else if (c != '\'')
            break;
    }
}

static bool is_at(const struct formatter *formatter, char c)
{
    return formatter->at < formatter->end && *formatter->at == c;
}

/* The digits at formatter->at as a number, 0 when there are none; too many are as good as infinite. */
static int64_t read_digits(struct formatter *formatter)
{
    int64_t number = 0;

    for (; formatter->at < formatter->end && *formatter->at >= '0' && *formatter->at <= '9'; formatter->at++)
        if (number < INT64_MAX / 20) number = number * 10 + (*formatter->at - '0');
    return number;
}

/* The flags and sizes of a conversion and its letter; false when that is missing. */
static bool read_conversion(struct formatter *formatter, struct conversion *conversion)
{
    *conversion = (struct conversion){.start = formatter->at++, .precision = -1};
    read_flags(formatter, conversion);
    if (is_at(formatter, '*')) {
        formatter->at++;
        conversion->width = take_size(formatter);
        if (conversion->width < 0) {
            conversion->minus = true;
            conversion->width = -conversion->width;
        }
    } else {
        conversion->width = read_digits(formatter);
    }
    if (is_at(formatter, '.')) {
        const char *start = ++formatter->at;
        conversion->star = is_at(formatter, '*');
        if (conversion->star || is_at(formatter, '-')) formatter->at++;
        conversion->precision = conversion->star ? take_size(formatter) : read_digits(formatter);
        conversion->digits = !conversion->star && formatter->at > start;
        if ((start < formatter->end && *start == '-') || conversion->precision < 0)
            conversion->precision = -1;
    }
    while (formatter->at < formatter->end && *formatter->at && strchr("hjlLtz", *formatter->at))
        formatter->at++;
    if (formatter->at == formatter->end) return false;
    conversion->letter = *formatter->at++;
    return true;
}

/* One conversion at formatter->at. False: printf ends with status 1. */
static bool convert(struct formatter *formatter)
{
    struct conversion conversion;
    const struct sh_format_argument *argument;

    if (!read_conversion(formatter, &conversion)) {
        complain(formatter, "`", conversion.start, (size_t)(formatter->end - conversion.start),
                 "': missing format character");
        return false;
    }
    switch (conversion.letter) {
    case 'c':
        argument = take(formatter);
        put_padded(formatter, &conversion, argument && argument->length ? argument->text : "", 1);
        break;
    case 's':
        argument = take(formatter);
        put_text(formatter, &conversion, argument ? argument->text : "", argument ? argument->length : 0);
        break;
    case 'b':
        put_escaped(formatter, &conversion);
        break;
    case 'q':
    case 'Q':
        put_quoted(formatter, &conversion);
        break;
    case '(':
        put_time(formatter, &conversion);
        break;
    case 'n':
        return set_count(formatter);
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
        put_integer(formatter, &conversion);
        break;
    default:
        if (conversion.letter && strchr("aAeEfFgG", conversion.letter)) {
            put_real(formatter, &conversion);
            break;
        }
        complain(formatter, "`", &conversion.letter, 1, "': invalid format character");
        return false;
    }
    return true;
}

static void put_format_escape(struct formatter *formatter)
{
    size_t left = (size_t)(formatter->end - formatter->at);
    struct sh_escape escape = sh_escape_at(formatter->at, left, SH_ESCAPES_FORMAT);

    if (escape.error == SH_ESCAPE_NO_HEX) complain(formatter, "missing hex digit for \\x", "", 0, "");
    if (escape.error == SH_ESCAPE_NO_UNICODE)
        complain(formatter, "missing unicode digit for \\", formatter->at + 1, 1, "");
    put(formatter, escape.bytes, escape.count);
    formatter->at += escape.size;
}

/* The format once. False: printf ends with status 1. */
static bool format_once(struct formatter *formatter)
{
    formatter->at = formatter->with->format;
    while (formatter->at < formatter->end && formatter->result == 0 && !formatter->stop) {
        const char *plain = formatter->at;
        while (plain < formatter->end && *plain != '%' && *plain != '\\') plain++;
        put(formatter, formatter->at, (size_t)(plain - formatter->at));
        formatter->at = plain;
        if (plain == formatter->end) break;
        if (*plain == '\\') {
            put_format_escape(formatter);
        } else if (plain + 1 < formatter->end && plain[1] == '%') {
            put(formatter, "%", 1);
            formatter->at += 2;
        } else if (!convert(formatter)) {
            return false;
        }
        if (formatter->output->failed || formatter->messages->failed) formatter->result = UMBRA_ENOMEM;
    }
    return true;
}

int sh_format(const struct sh_format *format, struct buffer *output, struct buffer *messages)
{
    struct formatter formatter = {
        .with = format,
        .output = output,
        .messages = messages,
        .limit = format->limit ? format->limit : SH_FORMAT_LIMIT,
        .end = format->format + format->length,
    };
    struct sh_format_place none = {0}, *place = format->place ? format->place : &none;
    size_t before, start = output->size;

    formatter.start = start - place->made; /* for the limit it is one output */
    formatter.next = place->next;
    formatter.failed = place->failed;
    do {
        before = formatter.next;
        formatter.pass = output->size;
        if (!format_once(&formatter)) {
            formatter.failed = true;
            break;
        }
        if (format->place && output->size - start >= format->piece && formatter.next < format->count &&
            formatter.next > before && !formatter.stop && formatter.result == 0 && !output->failed) {
            *place =
                (struct sh_format_place){formatter.next, output->size - formatter.start, formatter.failed};
            return UMBRA_EAGAIN;
        }
    } while (formatter.next < format->count && formatter.next > before && !formatter.stop &&
             formatter.result == 0);
    if (formatter.result == 0 && (output->failed || messages->failed)) formatter.result = UMBRA_ENOMEM;
    if (formatter.result < 0) return formatter.result;
    return formatter.failed && !formatter.stop;
}
