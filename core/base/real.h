/* real.h: floating-point numbers with 64 bits of precision and the range of x86's long double, in integers
 * only: reading and writing decimal is exact and correctly rounded (to nearest, ties to even), so every host
 * prints what printf in bash on x86-64 Linux prints. On other hosts long double is something else. */
#ifndef UMBRA_BASE_REAL_H
#define UMBRA_BASE_REAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum real_kind { REAL_ZERO, REAL_FINITE, REAL_INFINITE, REAL_NAN };

struct real {
    enum real_kind kind;
    bool negative;
    uint64_t mantissa; /* the highest bit is set, but not in numbers below 2^-16382 */
    int exponent;      /* the value is mantissa * 2^exponent; -16445 at least */
};

#define REAL_DIGITS 20000u /* significant decimal digits that are read; more of them change nothing */

/* The number at the beginning of text as strtold() of the C locale reads it (blanks, sign, decimal, 0x with
 * p, inf, nan): its size in bytes, 0 when there is none. *range: too large or too small, and made infinite,
 * zero or less precise. 0 with *no_memory set without memory. */
size_t real_parse(const char *text, size_t length, struct real *value, bool *range, bool *no_memory);
struct real real_from_integer(int64_t value);
struct real real_from_double(double value);

struct real_format {
    char conversion; /* one of aAeEfFgG */
    bool alternate;  /* # */
    int precision;   /* digits; negative: 6, and for a as many as there are */
};

/* The digits without sign: "1.5", "0x8p-3", "inf". Failures are remembered in the buffer. */
void real_print(struct buffer *buffer, const struct real *value, const struct real_format *format);

#endif
