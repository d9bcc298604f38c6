#include <stdio.h>
#include <string.h>

#include "base/calendar.h"

static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};

struct formatter {
    struct buffer *buffer;
    const struct calendar_time *time;
    size_t limit;
    unsigned depth;
    bool upper; /* of the conversion that this is a part of */
    int result;
};

/* One conversion: %-5:z */
struct conversion {
    char padding; /* 0: its own; '_', '-', '0', '+' */
    bool upper, swap;
    size_t width; /* 0: its own */
    unsigned colons;
};

static bool may_put(struct formatter *formatter, size_t more)
{
    if (formatter->result < 0) return false;
    if (formatter->buffer->size <= formatter->limit && more <= formatter->limit - formatter->buffer->size)
        return true;
    formatter->result = UMBRA_ELIMIT;
    return false;
}

static void put_times(struct formatter *formatter, char byte, size_t count)
{
    if (count == 0 || !may_put(formatter, count) || buffer_reserve(formatter->buffer, count) < 0) return;
    memset(formatter->buffer->data + formatter->buffer->size, byte, count);
    formatter->buffer->size += count;
    formatter->buffer->data[formatter->buffer->size] = '\0';
}

static void put(struct formatter *formatter, const char *text, size_t length)
{
    if (length && may_put(formatter, length)) buffer_put(formatter->buffer, text, length);
}

static char in_upper(char c)
{
    if (c >= 'a' && c <= 'z') c = (char)(c - 32);
    return c;
}

static char in_lower(char c)
{
    if (c >= 'A' && c <= 'Z') c = (char)(c + 32);
    return c;
}

/* Text, right in its width. lower: what the flag # makes of it (else upper case). */
static void put_text(struct formatter *formatter, const struct conversion *conversion, const char *text,
                     size_t length, bool lower)
{
    size_t i;

    if (conversion->padding != '-' && conversion->width > length)
        put_times(formatter, conversion->padding == '0' || conversion->padding == '+' ? '0' : ' ',
                  conversion->width - length);
    for (i = 0; i < length; i++) {
        char c = text[i];
        if (conversion->swap && lower)
            c = in_lower(c);
        else if (conversion->upper || conversion->swap || formatter->upper)
            c = in_upper(c);
        put(formatter, &c, 1);
    }
}

/* A number of so many digits at least, padded with zeros or, for those that are, blanks. */
static void put_number(struct formatter *formatter, const struct conversion *conversion, int64_t value,
                       size_t digits, char padding)
{
    char text[24];
    size_t at = sizeof text, length;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    bool sign = value < 0;

    if (conversion->padding == '_')
        padding = ' ';
    else if (conversion->padding)
        padding = conversion->padding == '-' ? '\0' : '0';
    do text[--at] = (char)('0' + left % 10);
    while (left /= 10);
    length = sizeof text - at + sign;
    if (conversion->width) digits = conversion->width;
    if (padding == 0) digits = 0;
    if (padding == ' ' && digits > length) put_times(formatter, ' ', digits - length);
    if (sign) put(formatter, "-", 1);
    if (padding == '0' && digits > length) put_times(formatter, '0', digits - length);
    put(formatter, text + at, sizeof text - at);
}

/* A year or century: with the flag + a sign when it has more digits than usual. */
static void put_year(struct formatter *formatter, const struct conversion *conversion, int64_t year,
                     size_t digits)
{
    struct conversion plain = *conversion;
    int64_t most = digits == 2 ? 99 : 9999;
    size_t wanted = conversion->width ? conversion->width : digits;

    if (conversion->padding == '+' && year >= 0 && (year > most || wanted > digits)) {
        put(formatter, "+", 1);
        plain.width = wanted > 1 ? wanted - 1 : 1;
    }
    put_number(formatter, &plain, year, digits, '0');
}

/* --- Weeks --- */

/* ISO 8601:2004, 2.2.10: the week that has the year's first Thursday is its first. */
static int iso_week(const struct calendar_time *time, int64_t *year)
{
    int monday = (time->weekday + 6) % 7;
    int64_t days = calendar_days(time->year, time->month, time->day), thursday = days - monday + 3;
    int month, day;

    calendar_date(thursday, year, &month, &day);
    return (int)((thursday - calendar_days(*year, 1, 1)) / 7 + 1);
}

/* --- Conversions --- */

static void format_part(struct formatter *formatter, const char *format, size_t length);

/* A conversion that stands for others, in its width. */
static void put_composite(struct formatter *formatter, const struct conversion *conversion,
                          const char *format)
{
    struct buffer inside = {0};
    struct formatter inner = *formatter;
    struct conversion outer = *conversion;

    inner.buffer = &inside;
    inner.upper = formatter->upper || conversion->upper;
    inner.depth++;
    if (inner.depth <= CALENDAR_DEPTH) format_part(&inner, format, strlen(format));
    outer.swap = false;
    outer.upper = inner.upper;
    if (inside.failed) formatter->buffer->failed = true;
    put_text(formatter, &outer, buffer_string(&inside), inside.size, false);
    buffer_free(&inside);
}

/* %z: hours and minutes, with colons, and seconds when they are wanted or (three colons) needed. The width is
 * for all of it, as if it were one number. */
static void put_offset(struct formatter *formatter, const struct conversion *conversion)
{
    int32_t offset = formatter->time->offset, absolute = offset < 0 ? -offset : offset;
    int hours = absolute / 3600, minutes = absolute / 60 % 60, seconds = absolute % 60;
    char text[24], sign = offset < 0 || strcmp(formatter->time->zone, "-00") == 0 ? '-' : '+';
    unsigned colons = conversion->colons;
    size_t width = 5, length, padding;

    if (colons == 3) colons = seconds ? 2 : minutes ? 1 : 4;
    if (colons == 0) {
        snprintf(text, sizeof text, "%d", hours * 100 + minutes);
    } else if (colons == 1) {
        width = 6;
        snprintf(text, sizeof text, "%d:%02d", hours, minutes);
    } else if (colons == 2) {
        width = 9;
        snprintf(text, sizeof text, "%d:%02d:%02d", hours, minutes, seconds);
    } else {
        width = 3;
        snprintf(text, sizeof text, "%d", hours);
    }
    if (conversion->width) width = conversion->width;
    length = strlen(text) + 1;
    padding = conversion->padding == '-' || width < length ? 0 : width - length;
    if (conversion->padding == '_') put_times(formatter, ' ', padding);
    put(formatter, &sign, 1);
    if (conversion->padding != '_') put_times(formatter, '0', padding);
    put(formatter, text, length - 1);
}

/* %N: as many digits as the width says, 9 without one; zeros at the end are padding. */
static void put_nanoseconds(struct formatter *formatter, const struct conversion *conversion)
{
    size_t width = conversion->width ? conversion->width : 9, digits = 9;
    int32_t value = formatter->time->nanosecond;
    bool strip = conversion->padding != '-' || conversion->width;
    char text[10];

    snprintf(text, sizeof text, "%09d", (int)value);
    while (digits > width || (strip && digits > 1 && text[digits - 1] == '0')) digits--;
    put(formatter, text, digits);
    if (conversion->padding != '-')
        put_times(formatter, conversion->padding == '_' ? ' ' : '0', width - digits);
}

static const char *composite_of(char letter)
{
    switch (letter) {
    case 'c':
        return "%a %b %e %H:%M:%S %Y";
    case 'D':
    case 'x':
        return "%m/%d/%y";
    case 'r':
        return "%I:%M:%S %p";
    case 'R':
        return "%H:%M";
    case 'T':
    case 'X':
        return "%H:%M:%S";
    default:
        return NULL;
    }
}

/* %F: the width is for the year with its month and day. */
static void put_date(struct formatter *formatter, const struct conversion *conversion)
{
    struct conversion year = *conversion;
    const struct calendar_time *time = formatter->time;
    static const struct conversion none = {.padding = 0};

    year.width = conversion->width > 6 ? conversion->width - 6 : conversion->width ? 1 : 0;
    if (year.padding == 0 && conversion->width == 0) year.padding = '+';
    put_year(formatter, &year, time->year, 4);
    put(formatter, "-", 1);
    put_number(formatter, &none, time->month, 2, '0');
    put(formatter, "-", 1);
    put_number(formatter, &none, time->day, 2, '0');
}

static bool put_words(struct formatter *formatter, const struct conversion *conversion, char letter)
{
    const struct calendar_time *time = formatter->time;
    bool afternoon = time->hour >= 12;
    struct conversion as_is = *conversion;
    const char *text;
    size_t length = 3;

    switch (letter) {
    case 'a':
        text = weekdays[time->weekday];
        break;
    case 'A':
        text = weekdays[time->weekday];
        length = strlen(text);
        break;
    case 'b':
    case 'h':
        text = months[time->month - 1];
        break;
    case 'B':
        text = months[time->month - 1];
        length = strlen(text);
        break;
    case 'p':
    case 'P':
        text = letter == 'P' ? (afternoon ? "pm" : "am") : afternoon ? "PM" : "AM";
        length = 2;
        break;
    case 'Z':
        text = time->zone;
        length = strlen(text);
        break;
    case 'n':
    case 't':
        text = letter == 'n' ? "\n" : "\t";
        length = 1;
        break;
    case '%':
        text = "%";
        length = 1;
        break;
    default:
        return false;
    }
    if (letter == 'P') as_is.upper = false, as_is.swap = true; /* always in lower case */
    put_text(formatter, &as_is, text, length, letter == 'p' || letter == 'Z' || letter == 'P');
    return true;
}

/* Years and centuries, which the flag + gives a sign. */
static bool put_years(struct formatter *formatter, const struct conversion *conversion, char letter)
{
    int64_t year = formatter->time->year, iso_year;

    iso_week(formatter->time, &iso_year);
    if (letter == 'C')
        put_year(formatter, conversion, year / 100, 2);
    else if (letter == 'g')
        put_year(formatter, conversion, (iso_year < 0 ? -iso_year : iso_year) % 100, 2);
    else if (letter == 'G')
        put_year(formatter, conversion, iso_year, 4);
    else if (letter == 'y')
        put_year(formatter, conversion, (year < 0 ? -year : year) % 100, 2);
    else if (letter == 'Y')
        put_year(formatter, conversion, year, 4);
    else
        return false;
    return true;
}

static bool put_numbers(struct formatter *formatter, const struct conversion *conversion, char letter)
{
    const struct calendar_time *time = formatter->time;
    int hour = time->hour % 12 == 0 ? 12 : time->hour % 12, monday = (time->weekday + 6) % 7;
    int64_t iso_year;
    const struct {
        char letter, padding;
        uint8_t digits;
        int64_t value;
    } numbers[] = {
        {'d', '0', 2, time->day},
        {'e', ' ', 2, time->day},
        {'H', '0', 2, time->hour},
        {'I', '0', 2, hour},
        {'j', '0', 3, time->yearday + 1},
        {'k', ' ', 2, time->hour},
        {'l', ' ', 2, hour},
        {'m', '0', 2, time->month},
        {'M', '0', 2, time->minute},
        {'q', '0', 1, (time->month - 1) / 3 + 1},
        {'s', '0', 1, time->seconds},
        {'S', '0', 2, time->second},
        {'u', '0', 1, monday + 1},
        {'U', '0', 2, (time->yearday - time->weekday + 7) / 7},
        {'V', '0', 2, iso_week(time, &iso_year)},
        {'w', '0', 1, time->weekday},
        {'W', '0', 2, (time->yearday - monday + 7) / 7},
    };
    size_t i;

    for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i].letter != letter) continue;
        put_number(formatter, conversion, numbers[i].value, numbers[i].digits, numbers[i].padding);
        return true;
    }
    return false;
}

static bool convert(struct formatter *formatter, const struct conversion *conversion, char letter)
{
    const char *composite = composite_of(letter);

    if (conversion->colons && letter != 'z') return false;
    if (composite)
        put_composite(formatter, conversion, composite);
    else if (letter == 'F')
        put_date(formatter, conversion);
    else if (letter == 'N')
        put_nanoseconds(formatter, conversion);
    else if (letter == 'z')
        put_offset(formatter, conversion);
    else
        return put_words(formatter, conversion, letter) || put_numbers(formatter, conversion, letter) ||
               put_years(formatter, conversion, letter);
    return true;
}

/* What stands between the % at `at` and its letter; where the letter is. */
static size_t read_conversion(const char *format, size_t length, size_t at, struct conversion *conversion)
{
    for (at++; at < length; at++) {
        char c = format[at];
        if (c == '_' || c == '-' || c == '0' || c == '+')
            conversion->padding = c;
        else if (c == '^')
            conversion->upper = true;
        else if (c == '#')
            conversion->swap = true;
        else
            break;
    }
    for (; at < length && format[at] >= '0' && format[at] <= '9'; at++)
        if (conversion->width < SIZE_MAX / 20)
            conversion->width = conversion->width * 10 + (size_t)(format[at] - '0');
    if (at < length && (format[at] == 'E' || format[at] == 'O')) at++;
    for (; at < length && format[at] == ':'; at++) conversion->colons++;
    return at;
}

static void format_part(struct formatter *formatter, const char *format, size_t length)
{
    size_t at = 0;

    while (at < length && formatter->result == 0 && !formatter->buffer->failed) {
        const char *percent = memchr(format + at, '%', length - at);
        size_t plain = percent ? (size_t)(percent - format) - at : length - at, letter;
        struct conversion conversion = {.padding = 0};
        put(formatter, format + at, plain);
        at += plain;
        if (at == length) break;
        letter = read_conversion(format, length, at, &conversion);
        if (letter == length || conversion.colons > 3 || (format[letter] == '%' && letter > at + 1) ||
            !convert(formatter, &conversion, format[letter]))
            put(formatter, format + at, letter - at + (letter < length));
        at = letter + 1;
    }
}

int calendar_format(struct buffer *buffer, const char *format, size_t length,
                    const struct calendar_time *time, size_t limit)
{
    struct formatter formatter = {.buffer = buffer, .time = time, .limit = limit};

    format_part(&formatter, format, length);
    return formatter.result;
}
