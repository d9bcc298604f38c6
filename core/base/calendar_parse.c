/* Dates as people write them. The rules are those of GNU date's manual (coreutils 9.1, "Date input formats");
 * the text is a row of items, each recognised by its first words and what follows them. */
#include <string.h>

#include "base/calendar.h"
#include "base/calendar_words.h"

#define NUMBER_LIMIT INT64_C(1000000000000000) /* a number of units; larger ones are refused */
#define NANOSECONDS  1000000000

struct amount {
    int64_t years, months, days, seconds;
    int64_t nanoseconds;
};

struct parser {
    const char *at, *end;
    const struct calendar_time *now;
    int64_t year, month, day;
    int64_t hour, minute, second, nanosecond;
    int64_t zone; /* seconds east */
    int64_t weekday, ordinal;
    int64_t year_digits;
    struct amount relative, last; /* last: what was added last, for "ago" */
    bool has_date, has_time, has_zone, has_weekday, has_relative, has_year;
};

/* --- Words --- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Blanks, commas and what stands in parentheses. */
static void skip_blanks(struct parser *parser)
{
    size_t depth = 0;

    for (; parser->at < parser->end; parser->at++) {
        char c = *parser->at;
        if (c == '(') {
            depth++;
        } else if (depth && c == ')') {
            depth--;
        } else if (depth == 0 && c != ' ' && (c < '\t' || c > '\r') && c != ',') {
            break;
        }
    }
}

/* The word at parser->at, which stays there; where it ends. */
static const char *peek_word(const struct parser *parser, struct calendar_word *word)
{
    const char *at = parser->at;

    word->length = 0;
    for (; at < parser->end && (is_letter(*at) || (*at == '.' && word->length)); at++)
        if (*at != '.' && word->length < CALENDAR_WORD) word->text[word->length++] = (char)(*at | 0x20);
    if (word->length == CALENDAR_WORD) word->length = 0; /* no word that we know */
    word->text[word->length < CALENDAR_WORD ? word->length : 0] = '\0';
    return at;
}

/* --- Numbers --- */

/* Digits at parser->at; how many there were, 0 for none or too many. */
static size_t read_digits(struct parser *parser, int64_t *value)
{
    const char *start = parser->at;

    for (*value = 0; parser->at < parser->end && is_digit(*parser->at); parser->at++) {
        if (*value >= NUMBER_LIMIT) return 0;
        *value = *value * 10 + (*parser->at - '0');
    }
    return (size_t)(parser->at - start);
}

static bool take(struct parser *parser, char c)
{
    if (parser->at == parser->end || *parser->at != c) return false;
    parser->at++;
    return true;
}

/* What stands behind a point or comma, in nanoseconds; further digits are dropped. */
static bool read_fraction(struct parser *parser, int64_t *nanoseconds)
{
    int64_t unit = NANOSECONDS;

    *nanoseconds = 0;
    if (parser->at + 1 >= parser->end || (*parser->at != '.' && *parser->at != ',') ||
        !is_digit(parser->at[1]))
        return false;
    for (parser->at++; parser->at < parser->end && is_digit(*parser->at); parser->at++) {
        unit /= 10;
        *nanoseconds += unit * (*parser->at - '0');
    }
    return true;
}

/* --- Items: each returns false when the text is wrong --- */

static bool set_date(struct parser *parser, int64_t year, size_t year_digits, int64_t month, int64_t day)
{
    if (parser->has_date) return false;
    if (year_digits == 2) year += year < 69 ? 2000 : 1900;
    parser->has_date = true;
    parser->has_year = year_digits > 0;
    if (year_digits) parser->year = year;
    parser->month = month;
    parser->day = day;
    return true;
}

/* The sign is at parser->at: hh, hhmm or hh:mm[:ss] east of Greenwich. */
static bool read_zone_offset(struct parser *parser, int64_t *offset)
{
    bool negative = *parser->at == '-';
    int64_t hours, minutes = 0, seconds = 0;
    size_t digits;

    parser->at++;
    skip_blanks(parser);
    digits = read_digits(parser, &hours);
    if (digits == 0) return false;
    if (take(parser, ':')) {
        if (!read_digits(parser, &minutes) || minutes > 59) return false;
        if (take(parser, ':') && (!read_digits(parser, &seconds) || seconds > 59)) return false;
    } else if (digits > 2) {
        minutes = hours % 100;
        hours /= 100;
    }
    if (hours > 24) return false;
    *offset = hours * 3600 + minutes * 60 + seconds;
    if (negative) *offset = -*offset;
    return *offset >= -86400 && *offset <= 86400;
}

/* am or pm behind an hour; false only when the hour does not go with it. */
static bool read_half(struct parser *parser, int64_t *hour, bool *found)
{
    struct calendar_word word;
    const char *behind;

    skip_blanks(parser);
    behind = peek_word(parser, &word);
    *found = calendar_is_word(&word, "am") || calendar_is_word(&word, "pm");
    if (!*found) return true;
    if (*hour < 1 || *hour > 12) return false;
    *hour = *hour % 12 + (word.text[0] == 'p' ? 12 : 0);
    parser->at = behind;
    return true;
}

/* What is behind the hour, at a colon: minutes, seconds, am or pm, a zone. */
static bool parse_time(struct parser *parser, int64_t hour)
{
    bool half;

    if (parser->has_time || hour > 23) return false;
    parser->has_time = true;
    parser->second = parser->nanosecond = 0;
    parser->at++;
    if (!read_digits(parser, &parser->minute) || parser->minute > 59) return false;
    if (take(parser, ':')) {
        if (!read_digits(parser, &parser->second) || parser->second > 59) return false;
        read_fraction(parser, &parser->nanosecond);
    }
    parser->hour = hour;
    if (!read_half(parser, &parser->hour, &half)) return false;
    skip_blanks(parser);
    if (!half && parser->at < parser->end && (*parser->at == '+' || *parser->at == '-')) {
        if (parser->has_zone) return false;
        parser->has_zone = true;
        return read_zone_offset(parser, &parser->zone);
    }
    return true;
}

static bool add_amount(struct parser *parser, int64_t count, enum calendar_unit unit, int64_t nanoseconds)
{
    struct amount amount = {0};

    switch (unit) {
    case UNIT_YEAR:
        amount.years = count;
        break;
    case UNIT_MONTH:
        amount.months = count;
        break;
    case UNIT_FORTNIGHT:
        amount.days = count * 14;
        break;
    case UNIT_WEEK:
        amount.days = count * 7;
        break;
    case UNIT_DAY:
        amount.days = count;
        break;
    case UNIT_HOUR:
        amount.seconds = count * 3600;
        break;
    case UNIT_MINUTE:
        amount.seconds = count * 60;
        break;
    default:
        amount.seconds = count;
        amount.nanoseconds = nanoseconds;
    }
    parser->last = amount;
    parser->relative.years += amount.years;
    parser->relative.months += amount.months;
    parser->relative.days += amount.days;
    parser->relative.seconds += amount.seconds;
    parser->relative.nanoseconds += amount.nanoseconds;
    parser->has_relative = true;
    return true;
}

/* "ago" turns round the amount before it. */
static bool turn_round(struct parser *parser)
{
    const struct amount *last = &parser->last;

    parser->relative.years -= 2 * last->years;
    parser->relative.months -= 2 * last->months;
    parser->relative.days -= 2 * last->days;
    parser->relative.seconds -= 2 * last->seconds;
    parser->relative.nanoseconds -= 2 * last->nanoseconds;
    parser->last = (struct amount){0};
    return parser->has_relative;
}

static bool set_weekday(struct parser *parser, int64_t ordinal, int weekday)
{
    if (parser->has_weekday) return false;
    parser->has_weekday = true;
    parser->ordinal = ordinal;
    parser->weekday = weekday;
    return true;
}

/* Behind a month's name: its day and perhaps the year. */
static bool parse_month(struct parser *parser, int month)
{
    int64_t day, year = 0;
    size_t digits, year_digits = 0;
    const char *before;

    if (!take(parser, '-')) skip_blanks(parser);
    digits = read_digits(parser, &day);
    if (digits == 0) return false;
    before = parser->at;
    if (take(parser, '-')) { /* Mar-12-2024 */
        year_digits = read_digits(parser, &year);
        return year_digits && set_date(parser, year, year_digits, month, day);
    }
    if (parser->at < parser->end && *parser->at == ':') return false;
    skip_blanks(parser);
    if (before < parser->at && memchr(before, ',', (size_t)(parser->at - before))) {
        year_digits = read_digits(parser, &year);
        if (year_digits == 0 || (parser->at < parser->end && *parser->at == ':')) {
            parser->at = before; /* a time */
            year_digits = 0;
        }
    }
    return set_date(parser, year, year_digits, month, day);
}

/* A number without sign and separators: a date, a time, or a year. */
static bool set_number(struct parser *parser, int64_t value, size_t digits)
{
    if (parser->has_date && !parser->has_year && !parser->has_relative && (parser->has_time || digits > 2)) {
        parser->year = value;
        if (digits == 2) parser->year += value < 69 ? 2000 : 1900;
        parser->has_year = true;
        return true;
    }
    if (digits > 4) return set_date(parser, value / 10000, digits - 4, value / 100 % 100, value % 100);
    if (parser->has_time) return false;
    parser->has_time = true;
    parser->hour = digits <= 2 ? value : value / 100;
    parser->minute = digits <= 2 ? 0 : value % 100;
    parser->second = parser->nanosecond = 0;
    return parser->hour <= 23 && parser->minute <= 59;
}

/* Y-M-D, D-Mon-Y, M/D, M/D/Y, Y/M/D: the separator is at parser->at. */
static bool parse_separated(struct parser *parser, int64_t first, size_t first_digits, char separator)
{
    int64_t second, third = 0;
    size_t digits, third_digits = 0;
    struct calendar_word word;
    const char *behind;
    int month;

    parser->at++;
    behind = peek_word(parser, &word);
    month = calendar_month(&word);
    if (separator == '-' && month) {
        parser->at = behind;
        if (take(parser, '-')) third_digits = read_digits(parser, &third);
        return set_date(parser, third, third_digits, month, first);
    }
    digits = read_digits(parser, &second);
    if (digits == 0) return false;
    if (take(parser, separator)) {
        third_digits = read_digits(parser, &third);
        if (third_digits == 0) return false;
        if (separator == '-' || first_digits >= 4)
            return set_date(parser, first, first_digits, second, third);
        return set_date(parser, third, third_digits, first, second);
    }
    return separator == '/' && set_date(parser, 0, 0, first, second);
}

/* An item that begins with a number without sign. */
static bool parse_number(struct parser *parser)
{
    struct calendar_word word;
    const char *behind;
    int64_t value, nanoseconds = 0;
    size_t digits = read_digits(parser, &value);
    bool fraction, half;
    char next = '\0';

    if (digits == 0) return false;
    if (parser->at < parser->end) next = *parser->at;
    if (next == ':') return parse_time(parser, value);
    if (next == '/' || (next == '-' && parser->at + 1 < parser->end &&
                        (is_digit(parser->at[1]) || (is_letter(parser->at[1]) && digits <= 2))))
        return parse_separated(parser, value, digits, next);
    fraction = next == '.' && read_fraction(parser, &nanoseconds);
    skip_blanks(parser);
    behind = peek_word(parser, &word);
    if (calendar_unit(&word)) {
        if (fraction && calendar_unit(&word) != UNIT_SECOND) return false;
        parser->at = behind;
        return add_amount(parser, value, calendar_unit(&word), nanoseconds);
    }
    if (fraction) return false;
    if (calendar_month(&word)) {
        int64_t year;
        size_t year_digits = 0;
        const char *start;
        parser->at = behind;
        start = parser->at;
        skip_blanks(parser);
        year_digits = read_digits(parser, &year);
        if (year_digits == 0 || (parser->at < parser->end && *parser->at == ':')) {
            parser->at = start;
            year_digits = 0;
        }
        return set_date(parser, year, year_digits, calendar_month(&word), value);
    }
    if (calendar_weekday(&word) >= 0) {
        parser->at = behind;
        return set_weekday(parser, value, calendar_weekday(&word));
    }
    if (!parser->has_time) {
        parser->hour = value;
        if (!read_half(parser, &parser->hour, &half)) return false;
        if (half) {
            parser->has_time = true;
            parser->minute = parser->second = parser->nanosecond = 0;
            return true;
        }
    }
    return set_number(parser, value, digits);
}

/* A sign, at parser->at: so many units. */
static bool parse_signed(struct parser *parser)
{
    bool negative = *parser->at++ == '-';
    int64_t value, nanoseconds = 0;
    struct calendar_word word;
    const char *behind;
    bool fraction;

    skip_blanks(parser);
    if (!read_digits(parser, &value)) return false;
    fraction = read_fraction(parser, &nanoseconds);
    skip_blanks(parser);
    behind = peek_word(parser, &word);
    if (!calendar_unit(&word)) return false;
    if (fraction && calendar_unit(&word) != UNIT_SECOND) return false;
    parser->at = behind;
    return add_amount(parser, negative ? -value : value, calendar_unit(&word),
                      negative ? -nanoseconds : nanoseconds);
}

/* next week, last friday, third day */
static bool parse_ordinal(struct parser *parser, int64_t ordinal)
{
    struct calendar_word word;
    const char *behind;

    skip_blanks(parser);
    behind = peek_word(parser, &word);
    if (calendar_unit(&word)) {
        parser->at = behind;
        return add_amount(parser, ordinal, calendar_unit(&word), 0);
    }
    if (calendar_weekday(&word) < 0) return false;
    parser->at = behind;
    return set_weekday(parser, ordinal, calendar_weekday(&word));
}

static bool parse_zone(struct parser *parser, int64_t offset)
{
    struct calendar_word word;
    const char *behind;
    int64_t more;

    if (parser->has_zone) return false;
    parser->has_zone = true;
    parser->zone = offset;
    if (parser->at < parser->end && (*parser->at == '+' || *parser->at == '-')) {
        if (!read_zone_offset(parser, &more)) return false;
        parser->zone += more;
        return true;
    }
    skip_blanks(parser);
    behind = peek_word(parser, &word);
    if (calendar_is_word(&word, "dst")) {
        parser->zone += 3600;
        parser->at = behind;
    }
    return true;
}

static bool parse_word(struct parser *parser)
{
    struct calendar_word word;
    const char *behind = peek_word(parser, &word);
    int64_t value;

    if (word.length == 0) return false;
    parser->at = behind;
    if (calendar_is_word(&word, "now") || calendar_is_word(&word, "today"))
        return add_amount(parser, 0, UNIT_DAY, 0);
    if (calendar_is_word(&word, "tomorrow")) return add_amount(parser, 1, UNIT_DAY, 0);
    if (calendar_is_word(&word, "yesterday")) return add_amount(parser, -1, UNIT_DAY, 0);
    if (calendar_is_word(&word, "ago")) return turn_round(parser);
    if (calendar_month(&word)) return parse_month(parser, calendar_month(&word));
    if (calendar_weekday(&word) >= 0) return set_weekday(parser, 0, calendar_weekday(&word));
    if (calendar_ordinal(&word, &value)) return parse_ordinal(parser, value);
    if (calendar_unit(&word)) return add_amount(parser, 1, calendar_unit(&word), 0);
    if (calendar_is_word(&word, "t") && (parser->has_date || parser->has_time) && parser->at < parser->end &&
        is_digit(*parser->at))
        return true; /* between a date and a time */
    return calendar_zone_word(&word, &value) && parse_zone(parser, value);
}

static bool parse_item(struct parser *parser)
{
    if (is_digit(*parser->at)) return parse_number(parser);
    if (*parser->at == '+' || *parser->at == '-') return parse_signed(parser);
    return parse_word(parser);
}

/* --- The whole --- */

/* @SECONDS[.FRACTION] */
static bool parse_epoch(struct parser *parser, const struct calendar_zone *zone, struct calendar_time *result)
{
    bool negative;
    int64_t seconds, nanoseconds;

    parser->at++;
    skip_blanks(parser);
    negative = take(parser, '-');
    if (!negative) take(parser, '+');
    for (seconds = 0; parser->at < parser->end && is_digit(*parser->at); parser->at++) {
        if (seconds > INT64_MAX / 40) return false;
        seconds = seconds * 10 + (*parser->at - '0');
    }
    if (!is_digit(parser->at[-1])) return false;
    read_fraction(parser, &nanoseconds);
    if (negative) seconds = -seconds - (nanoseconds > 0);
    if (negative && nanoseconds) nanoseconds = NANOSECONDS - nanoseconds;
    skip_blanks(parser);
    calendar_break(seconds, (int32_t)nanoseconds, zone, result);
    return parser->at == parser->end;
}

static bool is_date(int64_t year, int64_t month, int64_t day)
{
    return month >= 1 && month <= 12 && day >= 1 &&
           day <= calendar_days(year, month + 1, 1) - calendar_days(year, month, 1);
}

/* Adds what is relative, and makes the moment. */
static bool finish(struct parser *parser, const struct calendar_zone *zone, struct calendar_time *result)
{
    const struct amount *relative = &parser->relative;
    struct calendar_zone fixed = {.name = ""};
    int64_t days, nanoseconds, seconds;
    bool absolute;

    if (parser->has_date && !is_date(parser->year, parser->month, parser->day)) return false;
    if (!parser->has_time && (!parser->has_relative || parser->has_date || parser->has_weekday))
        parser->hour = parser->minute = parser->second = parser->nanosecond = 0;
    if (parser->year + relative->years > CALENDAR_YEAR_MAX ||
        parser->year + relative->years < -CALENDAR_YEAR_MAX || relative->months > 12 * CALENDAR_YEAR_MAX ||
        relative->months < -12 * CALENDAR_YEAR_MAX || relative->days > 366 * CALENDAR_YEAR_MAX ||
        relative->days < -366 * CALENDAR_YEAR_MAX)
        return false;
    days =
        calendar_days(parser->year + relative->years, parser->month + relative->months, 1) + parser->day - 1;
    if (parser->has_weekday && !parser->has_date) {
        int64_t today = ((days + 4) % 7 + 7) % 7;
        if (parser->ordinal > NUMBER_LIMIT / 1000) return false;
        days += (parser->weekday - today + 7) % 7 +
                7 * (parser->ordinal - (parser->ordinal > 0 && today != parser->weekday));
    }
    days += relative->days;
    memset(result, 0, sizeof *result);
    calendar_date(days, &result->year, &result->month, &result->day);
    result->hour = (int)parser->hour;
    result->minute = (int)parser->minute;
    result->second = (int)parser->second;
    fixed.offset = parser->has_zone ? (int32_t)parser->zone : parser->now->offset;
    /* What is only relative stays in summer time, or out of it. */
    absolute = parser->has_date || parser->has_weekday || parser->has_time;
    if (!calendar_join(result, parser->has_zone || !absolute ? &fixed : zone)) return false;
    /* An hour that summer time leaves out is no date. */
    if (result->hour != parser->hour || result->minute != parser->minute) return false;
    nanoseconds = parser->nanosecond + relative->nanoseconds;
    seconds = result->seconds + relative->seconds + nanoseconds / NANOSECONDS;
    nanoseconds %= NANOSECONDS;
    if (nanoseconds < 0) {
        nanoseconds += NANOSECONDS;
        seconds--;
    }
    calendar_break(seconds, (int32_t)nanoseconds, zone, result);
    return result->year <= CALENDAR_YEAR_MAX && result->year >= -CALENDAR_YEAR_MAX;
}

static int refuse(const char *text, size_t length, struct error *error)
{
    int shown = length > 200 ? 200 : (int)length;
    return error_set(error, UMBRA_EINVAL, "invalid date '%.*s'", shown, text);
}

static void begin(struct parser *parser, const char *text, size_t length, const struct calendar_time *now)
{
    *parser = (struct parser){
        .at = text,
        .end = text + length,
        .now = now,
        .year = now->year,
        .month = now->month,
        .day = now->day,
        .hour = now->hour,
        .minute = now->minute,
        .second = now->second,
        .nanosecond = now->nanosecond,
    };
}

int calendar_parse(const char *text, size_t length, const struct calendar_time *now,
                   const struct calendar_zone *zone, struct calendar_time *result, struct error *error)
{
    struct parser parser;

    begin(&parser, text, length, now);
    skip_blanks(&parser);
    if (parser.at < parser.end && *parser.at == '@') {
        if (!parse_epoch(&parser, zone, result)) return refuse(text, length, error);
        return 0;
    }
    while (parser.at < parser.end) {
        if (!parse_item(&parser)) return refuse(text, length, error);
        skip_blanks(&parser);
    }
    if (parser.has_zone) { /* what is left out is what clocks show there */
        struct calendar_zone fixed = {.offset = (int32_t)parser.zone};
        struct calendar_time there;
        calendar_break(now->seconds, now->nanosecond, &fixed, &there);
        if (!parser.has_date) {
            parser.year = there.year;
            parser.month = there.month;
            parser.day = there.day;
        } else if (!parser.has_year) {
            parser.year = there.year;
        }
    }
    if (!finish(&parser, zone, result)) return refuse(text, length, error);
    return 0;
}

static int64_t two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

int calendar_parse_stamp(const char *text, size_t length, const struct calendar_time *now,
                         const struct calendar_zone *zone, struct calendar_time *result, struct error *error)
{
    struct parser parser;
    const char *point = memchr(text, '.', length);
    size_t digits = point ? (size_t)(point - text) : length, i;

    begin(&parser, text, length, now);
    for (i = 0; i < length; i++)
        if (i != digits && !is_digit(text[i])) return refuse(text, length, error);
    if ((digits != 8 && digits != 10 && digits != 12) || (point && length != digits + 3))
        return refuse(text, length, error);
    if (digits == 12) parser.year = two_digits(text) * 100 + two_digits(text + 2);
    if (digits == 10) parser.year = two_digits(text) + (two_digits(text) < 69 ? 2000 : 1900);
    text += digits - 8;
    parser.month = two_digits(text);
    parser.day = two_digits(text + 2);
    parser.hour = two_digits(text + 4);
    parser.minute = two_digits(text + 6);
    parser.second = point ? two_digits(point + 1) : 0;
    parser.nanosecond = 0;
    parser.has_date = parser.has_time = true;
    if (parser.hour > 23 || parser.minute > 59 || parser.second > 60 || !finish(&parser, zone, result))
        return refuse(text - (digits - 8), length, error);
    return 0;
}
