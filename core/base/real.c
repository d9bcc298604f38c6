#include "base/real.h"

#include <stdlib.h>
#include <string.h>

#define PRECISION    64
#define EXPONENT_MAX 16383    /* of the highest bit */
#define LOWEST       (-16445) /* exponent of the lowest bit of all numbers */
#define TENS_LIMIT   5000     /* decimal exponents beyond which everything is infinite or zero */
#define WORDS_INSIDE 40u
#define BILLION      1000000000u
#define MAX_EXPONENT 1000000000 /* read from text; larger ones are the same */

/* --- Large integers: words of 32 bits, the lowest first, no zero at the top --- */

struct big {
    uint32_t *words; /* NULL: those inside */
    size_t count, capacity;
    uint32_t inside[WORDS_INSIDE];
    bool failed;
};

static uint32_t *words_of(struct big *big)
{
    return big->words ? big->words : big->inside;
}

static void big_free(struct big *big)
{
    free(big->words);
    big->words = NULL;
}

static bool big_reserve(struct big *big, size_t count)
{
    uint32_t *words;

    if (big->failed) return false;
    if (count <= (big->words ? big->capacity : WORDS_INSIDE)) return true;
    count = count < 2 * big->count ? 2 * big->count : count;
    words = realloc(big->words, count * sizeof *words);
    if (words == NULL) {
        big->failed = true;
        big->count = 0;
        return false;
    }
    if (big->words == NULL) memcpy(words, big->inside, big->count * sizeof *words);
    big->words = words;
    big->capacity = count;
    return true;
}

static void big_trim(struct big *big)
{
    const uint32_t *words = words_of(big);
    while (big->count && words[big->count - 1] == 0) big->count--;
}

/* big = big * factor + more */
static void big_multiply(struct big *big, uint32_t factor, uint32_t more)
{
    uint64_t carry = more;
    uint32_t *words;
    size_t i;

    if (!big_reserve(big, big->count + 1)) return;
    words = words_of(big);
    for (i = 0; i < big->count; i++) {
        carry += (uint64_t)words[i] * factor;
        words[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry) words[big->count++] = (uint32_t)carry;
}

/* big = big / divisor; the remainder. */
static uint32_t big_divide(struct big *big, uint32_t divisor)
{
    uint32_t *words = words_of(big);
    uint64_t rest = 0;
    size_t i;

    for (i = big->count; i-- > 0;) {
        rest = rest << 32 | words[i];
        words[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    big_trim(big);
    return (uint32_t)rest;
}

static void big_tens(struct big *big, size_t exponent)
{
    for (; exponent >= 9; exponent -= 9) big_multiply(big, BILLION, 0);
    for (; exponent > 0; exponent--) big_multiply(big, 10, 0);
}

static size_t big_bits(struct big *big)
{
    size_t bits = 32 * big->count;
    uint32_t top;

    if (big->count == 0) return 0;
    for (top = words_of(big)[big->count - 1]; !(top >> 31); top <<= 1) bits--;
    return bits;
}

static void big_shift(struct big *big, size_t bits)
{
    size_t whole = bits / 32, i;
    unsigned part = bits % 32;
    uint32_t *words;

    if (big->count == 0 || !big_reserve(big, big->count + whole + 1)) return;
    words = words_of(big);
    words[big->count] = 0;
    for (i = big->count + 1; i-- > 0;)
        words[i + whole] = part ? words[i] << part | (i ? words[i - 1] >> (32 - part) : 0) : words[i];
    memset(words, 0, whole * sizeof *words);
    big->count += whole + 1;
    big_trim(big);
}

static int big_compare(struct big *left, struct big *right)
{
    const uint32_t *a = words_of(left), *b = words_of(right);
    size_t i;

    if (left->count != right->count) return left->count < right->count ? -1 : 1;
    for (i = left->count; i-- > 0;)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

/* left = left - right, which is not larger. */
static void big_subtract(struct big *left, struct big *right)
{
    uint32_t *a = words_of(left);
    const uint32_t *b = words_of(right);
    int64_t borrow = 0;
    size_t i;

    for (i = 0; i < left->count; i++) {
        borrow += (int64_t)a[i] - (i < right->count ? b[i] : 0);
        a[i] = (uint32_t)borrow;
        borrow >>= 32;
    }
    big_trim(left);
}

/* --- Reading --- */

static void set_infinite(struct real *value, bool *range)
{
    value->kind = REAL_INFINITE;
    *range = true;
}

/* value = number / divisor * 2^exponent, correctly rounded; both are used up. */
static void set_quotient(struct real *value, struct big *number, struct big *divisor, int exponent,
                         bool *range)
{
    size_t bits = big_bits(number), divisor_bits = big_bits(divisor);
    int precision = PRECISION, i;
    uint64_t mantissa = 0;
    bool round, inexact;

    exponent += (int)bits - (int)divisor_bits;
    if (bits < divisor_bits) big_shift(number, divisor_bits - bits);
    if (bits > divisor_bits) big_shift(divisor, bits - divisor_bits);
    if (big_compare(number, divisor) < 0) {
        big_shift(number, 1);
        exponent--;
    }
    if (number->failed || divisor->failed) return;
    if (exponent - PRECISION + 1 < LOWEST) precision = exponent - LOWEST + 1; /* fewer bits down there */
    for (i = 0; i < precision; i++) {
        bool bit = big_compare(number, divisor) >= 0;
        if (bit) big_subtract(number, divisor);
        mantissa = mantissa << 1 | bit;
        big_shift(number, 1);
    }
    round = precision >= 0 && big_compare(number, divisor) >= 0;
    if (round) big_subtract(number, divisor);
    inexact = round || number->count > 0;
    exponent -= precision > 0 ? precision - 1 : 0;
    if (precision <= 0) exponent = LOWEST;
    if (round && (number->count > 0 || (mantissa & 1)) && ++mantissa == 0) {
        mantissa = 1ull << 63;
        exponent++;
    }
    if (precision < PRECISION && inexact) *range = true;
    value->mantissa = mantissa;
    value->exponent = exponent;
    value->kind = mantissa ? REAL_FINITE : REAL_ZERO;
    if (exponent + PRECISION - 1 > EXPONENT_MAX) set_infinite(value, range);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct reader {
    const char *text;
    size_t length, at;
    unsigned base;
    struct big number;
    int64_t exponent; /* of the base, for what was left out and what stood behind the point */
    size_t digits;    /* significant ones */
    bool any;
};

static void read_digits(struct reader *reader)
{
    bool point = false;

    for (; reader->at < reader->length; reader->at++) {
        char c = reader->text[reader->at];
        int digit = hex_digit(c);
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (digit < 0 || digit >= (int)reader->base) break;
        reader->any = true;
        if (point) reader->exponent--;
        if (digit == 0 && reader->digits == 0) continue;
        if (reader->digits++ < REAL_DIGITS) {
            big_multiply(&reader->number, reader->base, (uint32_t)digit);
        } else {
            reader->exponent++;
            /* Only whether anything follows can matter now. */
            if (digit) words_of(&reader->number)[0] |= reader->number.count ? 1 : 0;
        }
    }
    if (point && !reader->any) reader->at--;
}

/* What stands behind e or p, 0 when it is no exponent. */
static int64_t read_exponent(struct reader *reader, char letter)
{
    size_t at = reader->at + 1;
    bool negative = false;
    int64_t exponent = 0;

    if (reader->at >= reader->length || (reader->text[reader->at] | 0x20) != letter) return 0;
    if (at < reader->length && (reader->text[at] == '-' || reader->text[at] == '+'))
        negative = reader->text[at++] == '-';
    if (at >= reader->length || hex_digit(reader->text[at]) < 0 || hex_digit(reader->text[at]) > 9) return 0;
    for (; at < reader->length && reader->text[at] >= '0' && reader->text[at] <= '9'; at++)
        if (exponent < MAX_EXPONENT) exponent = exponent * 10 + (reader->text[at] - '0');
    reader->at = at;
    return negative ? -exponent : exponent;
}

static bool has_word(const struct reader *reader, const char *word)
{
    size_t i;
    for (i = 0; word[i]; i++)
        if (reader->at + i >= reader->length || (reader->text[reader->at + i] | 0x20) != word[i])
            return false;
    return true;
}

/* inf, infinity, nan, nan(…) */
static bool read_word(struct reader *reader, struct real *value)
{
    size_t at;

    if (has_word(reader, "inf")) {
        value->kind = REAL_INFINITE;
        reader->at += has_word(reader, "infinity") ? 8 : 3;
        return true;
    }
    if (!has_word(reader, "nan")) return false;
    value->kind = REAL_NAN;
    reader->at += 3;
    if (reader->at < reader->length && reader->text[reader->at] == '(') {
        for (at = reader->at + 1; at < reader->length; at++) {
            char c = reader->text[at];
            if (!(c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))) break;
        }
        if (at < reader->length && reader->text[at] == ')') reader->at = at + 1;
    }
    return true;
}

static void set_decimal(struct reader *reader, struct real *value, bool *range)
{
    struct big divisor = {.count = 1, .inside = {1}};
    int64_t magnitude = reader->exponent + (int64_t)reader->digits;

    if (magnitude > TENS_LIMIT) {
        set_infinite(value, range);
    } else if (magnitude < -TENS_LIMIT) {
        *range = true; /* zero */
    } else {
        if (reader->exponent >= 0)
            big_tens(&reader->number, (size_t)reader->exponent);
        else
            big_tens(&divisor, (size_t)-reader->exponent);
        set_quotient(value, &reader->number, &divisor, 0, range);
    }
    reader->number.failed |= divisor.failed;
    big_free(&divisor);
}

static void set_hexadecimal(struct reader *reader, struct real *value, bool *range)
{
    struct big divisor = {.count = 1, .inside = {1}};
    int64_t magnitude = reader->exponent + 4 * (int64_t)reader->digits;

    if (magnitude > EXPONENT_MAX + 8)
        set_infinite(value, range);
    else if (magnitude < LOWEST - 8)
        *range = true;
    else
        set_quotient(value, &reader->number, &divisor, (int)reader->exponent, range);
    reader->number.failed |= divisor.failed;
    big_free(&divisor);
}

static bool starts_hexadecimal(const struct reader *reader)
{
    size_t at = reader->at;

    if (at + 2 >= reader->length || reader->text[at] != '0' || (reader->text[at + 1] | 0x20) != 'x')
        return false;
    at += 2;
    if (reader->text[at] == '.') at++;
    return at < reader->length && hex_digit(reader->text[at]) >= 0;
}

size_t real_parse(const char *text, size_t length, struct real *value, bool *range, bool *no_memory)
{
    struct reader reader = {.text = text, .length = length, .base = 10};

    *value = (struct real){.kind = REAL_ZERO};
    *range = *no_memory = false;
    while (reader.at < length &&
           (text[reader.at] == ' ' || (text[reader.at] >= '\t' && text[reader.at] <= '\r')))
        reader.at++;
    if (reader.at < length && (text[reader.at] == '-' || text[reader.at] == '+'))
        value->negative = text[reader.at++] == '-';
    if (read_word(&reader, value)) return reader.at;
    if (starts_hexadecimal(&reader)) {
        reader.base = 16;
        reader.at += 2;
    }
    read_digits(&reader);
    if (!reader.any) return 0;
    if (reader.base == 16) reader.exponent *= 4;
    reader.exponent += read_exponent(&reader, reader.base == 16 ? 'p' : 'e');
    if (reader.digits && !reader.number.failed) {
        if (reader.base == 16)
            set_hexadecimal(&reader, value, range);
        else
            set_decimal(&reader, value, range);
    }
    *no_memory = reader.number.failed;
    big_free(&reader.number);
    return *no_memory ? 0 : reader.at;
}

static struct real from_bits(bool negative, uint64_t mantissa, int exponent)
{
    struct real value = {.kind = REAL_ZERO, .negative = negative};

    if (mantissa == 0) return value;
    value.kind = REAL_FINITE;
    for (; !(mantissa >> 63); mantissa <<= 1) exponent--;
    value.mantissa = mantissa;
    value.exponent = exponent;
    return value;
}

struct real real_from_integer(int64_t value)
{
    return from_bits(value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 0);
}

/* IEEE 754-2019, table 3.5: binary64. */
struct real real_from_double(double value)
{
    struct real real = {.kind = REAL_NAN};
    uint64_t bits, mantissa;
    int exponent;

    memcpy(&bits, &value, sizeof bits);
    exponent = (int)(bits >> 52 & 0x7ff);
    mantissa = bits & ((1ull << 52) - 1);
    real.negative = bits >> 63;
    if (exponent == 0x7ff) {
        if (mantissa == 0) real.kind = REAL_INFINITE;
        return real;
    }
    if (exponent == 0) return from_bits(real.negative, mantissa, -1074);
    return from_bits(real.negative, mantissa | 1ull << 52, exponent - 1075);
}

/* --- Writing --- */

/* The value is 0.DIGITS * 10^point; `more`: and a little more. The first digit is not 0. */
struct decimal {
    struct buffer digits;
    int point;
    bool more;
};

static void put_billion(struct buffer *digits, uint32_t value)
{
    char text[9];
    size_t i;
    for (i = 9; i-- > 0; value /= 10) text[i] = (char)('0' + value % 10);
    buffer_put(digits, text, sizeof text);
}

static void drop_zeros(struct decimal *decimal, bool count)
{
    size_t zeros = 0;
    while (zeros < decimal->digits.size && decimal->digits.data[zeros] == '0') zeros++;
    buffer_consume(&decimal->digits, zeros);
    if (count) decimal->point -= (int)zeros;
}

static void put_whole(struct decimal *decimal, struct big *whole)
{
    struct buffer pieces = {0}; /* the last first */
    size_t i;

    while (whole->count) buffer_put_u32(&pieces, big_divide(whole, BILLION));
    for (i = pieces.size; i >= 4; i -= 4) put_billion(&decimal->digits, read_u32(pieces.data + i - 4));
    if (pieces.failed) decimal->digits.failed = true;
    buffer_free(&pieces);
    drop_zeros(decimal, false);
    decimal->point = (int)decimal->digits.size;
}

/* Takes what is left of the point from fraction / 2^bits, which is the next nine digits. */
static uint32_t take_whole(struct big *fraction, size_t bits)
{
    uint32_t *words = words_of(fraction);
    size_t word = bits / 32;
    unsigned part = bits % 32;
    uint64_t top = 0;

    if (fraction->count > word) top = words[word] >> part;
    if (fraction->count > word + 1) top |= (uint64_t)words[word + 1] << (32 - part);
    if (fraction->count > word) {
        words[word] &= part ? (1u << part) - 1 : 0;
        fraction->count = word + 1;
        big_trim(fraction);
    }
    return (uint32_t)top;
}

static void put_fraction(struct decimal *decimal, struct big *fraction, size_t bits, size_t significant,
                         int64_t behind)
{
    bool started = decimal->digits.size > 0;
    int64_t places = 0;

    while (fraction->count && !fraction->failed && !decimal->digits.failed) {
        if (decimal->digits.size > significant || places > behind) break;
        big_multiply(fraction, BILLION, 0);
        if (fraction->failed) break;
        put_billion(&decimal->digits, take_whole(fraction, bits));
        places += 9;
        if (!started) drop_zeros(decimal, true);
        started = decimal->digits.size > 0;
    }
    decimal->more = fraction->count > 0;
}

/* Digits until there are more than so many, or until so many places behind the point. */
static bool make_decimal(struct decimal *decimal, const struct real *value, size_t significant,
                         int64_t behind)
{
    struct big whole = {0}, fraction = {0};
    uint64_t left = value->mantissa, right = 0;
    size_t bits = 0;

    if (value->exponent < 0) {
        bits = (size_t)-value->exponent;
        left = bits < 64 ? value->mantissa >> bits : 0;
        right = bits < 64 ? value->mantissa & ((1ull << bits) - 1) : value->mantissa;
    }
    whole.inside[0] = (uint32_t)left;
    whole.inside[1] = (uint32_t)(left >> 32);
    whole.count = 2;
    big_trim(&whole);
    fraction.inside[0] = (uint32_t)right;
    fraction.inside[1] = (uint32_t)(right >> 32);
    fraction.count = 2;
    big_trim(&fraction);
    if (value->exponent > 0) big_shift(&whole, (size_t)value->exponent);
    put_whole(decimal, &whole);
    put_fraction(decimal, &fraction, bits, significant, behind);
    if (whole.failed || fraction.failed) decimal->digits.failed = true;
    big_free(&whole);
    big_free(&fraction);
    return !decimal->digits.failed;
}

/* Leaves so many digits, rounded to nearest, ties to even. A negative count: nothing. */
static void round_decimal(struct decimal *decimal, int64_t count)
{
    char *digits = decimal->digits.data;
    size_t size = decimal->digits.size, i, keep;
    bool rest = decimal->more, up;

    if (count >= (int64_t)size) return;
    decimal->more = false;
    decimal->digits.size = 0;
    if (count < 0) return;
    keep = (size_t)count;
    for (i = keep + 1; i < size && !rest; i++) rest = digits[i] != '0';
    up = digits[keep] > '5' || (digits[keep] == '5' && (rest || (keep && (digits[keep - 1] & 1))));
    decimal->digits.size = keep;
    if (!up) return;
    for (i = keep; i-- > 0;) {
        if (digits[i] != '9') {
            digits[i]++;
            return;
        }
        digits[i] = '0';
    }
    /* All nines. */
    decimal->point++;
    digits[0] = '1';
    if (keep == 0) decimal->digits.size = 1;
}

/* The digit at a place: 0 is the first one. */
static char digit_at(const struct decimal *decimal, int64_t place)
{
    if (place < 0 || place >= (int64_t)decimal->digits.size) return '0';
    return decimal->digits.data[place];
}

static void put_digits(struct buffer *buffer, const struct decimal *decimal, int64_t from, int64_t count)
{
    if (count <= 0 || buffer_reserve(buffer, (size_t)count) < 0) return;
    for (; count > 0; count--) buffer_put_byte(buffer, digit_at(decimal, from++));
}

static void put_fixed(struct buffer *buffer, const struct decimal *decimal, int64_t behind, bool point)
{
    if (decimal->point > 0 && decimal->digits.size > 0)
        put_digits(buffer, decimal, 0, decimal->point);
    else
        buffer_put_byte(buffer, '0');
    if (behind > 0 || point) buffer_put_byte(buffer, '.');
    if (decimal->digits.size == 0)
        put_digits(buffer, decimal, 0, behind);
    else
        put_digits(buffer, decimal, decimal->point, behind);
}

static void put_scientific(struct buffer *buffer, const struct decimal *decimal, int64_t behind, bool point,
                           char letter)
{
    int exponent = decimal->digits.size ? decimal->point - 1 : 0;

    buffer_put_byte(buffer, digit_at(decimal, 0));
    if (behind > 0 || point) buffer_put_byte(buffer, '.');
    put_digits(buffer, decimal, 1, behind);
    buffer_printf(buffer, "%c%c%02d", letter, exponent < 0 ? '-' : '+', abs(exponent));
}

/* %g: the shorter of the two, without zeros at the end. */
static void put_general(struct buffer *buffer, struct decimal *decimal, const struct real_format *format,
                        int64_t precision)
{
    int exponent = decimal->digits.size ? decimal->point - 1 : 0;
    int64_t behind;
    size_t size = decimal->digits.size;

    if (!format->alternate) {
        while (size && decimal->digits.data[size - 1] == '0') size--;
        precision = size ? (int64_t)size : 1;
    }
    decimal->digits.size = size;
    if (exponent < -4 || exponent >= (format->precision < 0 ? 6
                                      : format->precision   ? format->precision
                                                            : 1)) {
        put_scientific(buffer, decimal, precision - 1, format->alternate,
                       format->conversion == 'G' ? 'E' : 'e');
        return;
    }
    behind = precision - 1 - exponent;
    put_fixed(buffer, decimal, behind > 0 ? behind : 0, format->alternate);
}

/* As glibc writes a long double of x86: the first digit has the four highest bits. */
static void put_hexadecimal(struct buffer *buffer, const struct real *value, const struct real_format *format)
{
    bool upper = format->conversion == 'A';
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    uint64_t mantissa = value->kind == REAL_ZERO ? 0 : value->mantissa;
    int exponent = value->kind == REAL_ZERO ? 0 : value->exponent + 60, count = 15, i;
    unsigned first;

    if (format->precision >= 0 && format->precision < 15) {
        unsigned drop = 60 - 4 * (unsigned)format->precision;
        uint64_t half = 1ull << (drop - 1), rest = mantissa & ((half << 1) - 1);
        mantissa -= rest;
        if (rest > half || (rest == half && (mantissa >> drop & 1))) mantissa += half << 1;
        if (mantissa == 0 && value->kind != REAL_ZERO && value->mantissa >> 60) {
            mantissa = 1ull << 60;
            exponent += 4;
        }
    }
    first = (unsigned)(mantissa >> 60);
    mantissa <<= 4;
    if (format->precision < 0)
        for (; count > 0 && !(mantissa >> (64 - 4 * count) & 15); count--) continue;
    else
        count = format->precision;
    buffer_put_string(buffer, upper ? "0X" : "0x");
    buffer_put_byte(buffer, digits[first]);
    if (count > 0 || format->alternate) buffer_put_byte(buffer, '.');
    if (buffer_reserve(buffer, (size_t)count) < 0) return;
    for (i = 0; i < count; i++, mantissa <<= 4) buffer_put_byte(buffer, digits[mantissa >> 60]);
    buffer_printf(buffer, "%c%c%d", upper ? 'P' : 'p', exponent < 0 ? '-' : '+', abs(exponent));
}

static void put_word(struct buffer *buffer, const struct real *value, char conversion)
{
    bool upper = conversion >= 'A' && conversion <= 'Z';

    if (value->kind == REAL_NAN)
        buffer_put_string(buffer, upper ? "NAN" : "nan");
    else
        buffer_put_string(buffer, upper ? "INF" : "inf");
}

void real_print(struct buffer *buffer, const struct real *value, const struct real_format *format)
{
    struct decimal decimal = {.point = 0};
    int64_t precision = format->precision < 0 ? 6 : format->precision;
    char kind = (char)(format->conversion | 0x20);

    if (value->kind == REAL_INFINITE || value->kind == REAL_NAN)
        return put_word(buffer, value, format->conversion);
    if (kind == 'a') return put_hexadecimal(buffer, value, format);
    if (kind == 'g' && precision == 0) precision = 1;
    if (value->kind == REAL_FINITE) {
        size_t significant = kind == 'f' ? SIZE_MAX : (size_t)precision + 1;
        if (!make_decimal(&decimal, value, significant, kind == 'f' ? precision : INT64_MAX)) {
            buffer->failed = true;
            buffer_free(&decimal.digits);
            return;
        }
        round_decimal(&decimal, kind == 'f'   ? decimal.point + precision
                                : kind == 'e' ? precision + 1
                                              : precision);
    }
    if (kind == 'f')
        put_fixed(buffer, &decimal, precision, format->alternate);
    else if (kind == 'e')
        put_scientific(buffer, &decimal, precision, format->alternate, format->conversion);
    else
        put_general(buffer, &decimal, format, precision);
    buffer_free(&decimal.digits);
}
