#include "base/calendar.h"

#include <string.h>

#include "base/zones_table.h"

#define DAY_SECONDS 86400
#define ERA_YEARS   400
#define ERA_DAYS    146097
#define RULE_TIME   7200 /* 02:00, when a rule has no time */
#define HOURS_MAX   167  /* of a rule's time */

/* H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (howardhinnant.github.io/date_algorithms.html,
 * 2021-09-01): years begin in March, so that the leap day is the last one. */
int64_t calendar_days(int64_t year, int64_t month, int64_t day)
{
    int64_t era, of_era, of_year, from_march;

    month -= 1;
    year += month / 12 - (month % 12 < 0);
    month = (month % 12 + 12) % 12 + 1;
    year -= month <= 2;
    era = (year >= 0 ? year : year - (ERA_YEARS - 1)) / ERA_YEARS;
    of_era = year - era * ERA_YEARS;
    from_march = month > 2 ? month - 3 : month + 9;
    of_year = (153 * from_march + 2) / 5;
    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468 + day - 1;
}

void calendar_date(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t era, of_era, year_of_era, of_year, from_march;

    days += 719468;
    era = (days >= 0 ? days : days - (ERA_DAYS - 1)) / ERA_DAYS;
    of_era = days - era * ERA_DAYS;
    year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / (ERA_DAYS - 1)) / 365;
    of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    from_march = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = year_of_era + era * ERA_YEARS + (*month <= 2);
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

/* --- Zones --- */

struct zone_reader {
    const char *at, *end;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_zone_name(struct zone_reader *reader, char name[CALENDAR_ZONE_NAME])
{
    const char *start = reader->at;
    bool quoted = reader->at < reader->end && *reader->at == '<';
    size_t length;

    if (quoted) start = ++reader->at;
    while (reader->at < reader->end &&
           (is_letter(*reader->at) ||
            (quoted && (is_digit(*reader->at) || *reader->at == '+' || *reader->at == '-'))))
        reader->at++;
    length = (size_t)(reader->at - start);
    if (length < 3) return false;
    if (quoted && (reader->at == reader->end || *reader->at++ != '>')) return false;
    if (length > CALENDAR_ZONE_NAME - 1) length = CALENDAR_ZONE_NAME - 1;
    memcpy(name, start, length);
    name[length] = '\0';
    return true;
}

static bool read_number(struct zone_reader *reader, int most, int *value)
{
    if (reader->at == reader->end || !is_digit(*reader->at)) return false;
    for (*value = 0; reader->at < reader->end && is_digit(*reader->at); reader->at++) {
        *value = *value * 10 + (*reader->at - '0');
        if (*value > most) return false;
    }
    return true;
}

static bool skip(struct zone_reader *reader, char c)
{
    if (reader->at == reader->end || *reader->at != c) return false;
    reader->at++;
    return true;
}

/* [+-]hh[:mm[:ss]] */
static bool read_clock(struct zone_reader *reader, int most_hours, int32_t *seconds)
{
    bool negative = skip(reader, '-');
    int part;

    if (!negative) skip(reader, '+');
    if (!read_number(reader, most_hours, &part)) return false;
    *seconds = part * 3600;
    if (skip(reader, ':')) {
        if (!read_number(reader, 59, &part)) return false;
        *seconds += part * 60;
        if (skip(reader, ':')) {
            if (!read_number(reader, 59, &part)) return false;
            *seconds += part;
        }
    }
    if (negative) *seconds = -*seconds;
    return true;
}

static bool read_rule(struct zone_reader *reader, struct calendar_rule *rule)
{
    rule->time = RULE_TIME;
    if (!skip(reader, ',')) return false;
    if (skip(reader, 'M')) {
        rule->kind = 'M';
        if (!read_number(reader, 12, &rule->month) || rule->month < 1 || !skip(reader, '.') ||
            !read_number(reader, 5, &rule->week) || rule->week < 1 || !skip(reader, '.') ||
            !read_number(reader, 6, &rule->day))
            return false;
    } else {
        rule->kind = skip(reader, 'J') ? 'J' : 'D';
        if (!read_number(reader, 365, &rule->day) || (rule->kind == 'J' && rule->day < 1)) return false;
    }
    return !skip(reader, '/') || read_clock(reader, HOURS_MAX, &rule->time);
}

static bool read_zone(struct zone_reader *reader, struct calendar_zone *zone)
{
    int32_t west;

    if (!read_zone_name(reader, zone->name) || !read_clock(reader, 24, &west)) return false;
    zone->offset = -west;
    if (reader->at == reader->end) return true;
    zone->has_summer = true;
    if (!read_zone_name(reader, zone->summer_name)) return false;
    zone->summer_offset = zone->offset + 3600;
    if (reader->at < reader->end && *reader->at != ',') {
        if (!read_clock(reader, 24, &west)) return false;
        zone->summer_offset = -west;
    }
    if (reader->at == reader->end) { /* the rule of the United States since 2007, as the C library has it */
        zone->begin = (struct calendar_rule){'M', 3, 2, 0, RULE_TIME};
        zone->end = (struct calendar_rule){'M', 11, 1, 0, RULE_TIME};
        return true;
    }
    return read_rule(reader, &zone->begin) && read_rule(reader, &zone->end) && reader->at == reader->end;
}

/* The rule of a place of the time zone database; NULL: there is none. */
static const char *rule_of_place(const char *text, size_t length)
{
    size_t i;

    for (i = 0; i < sizeof zones_table / sizeof zones_table[0]; i++) {
        const char *rule = zones_table[i], *place = rule + strlen(rule) + 1;
        for (; *place; place += strlen(place) + 1)
            if (strncmp(place, text, length) == 0 && place[length] == '\0') return rule;
    }
    return NULL;
}

bool calendar_zone_read(struct calendar_zone *zone, const char *text, size_t length)
{
    struct zone_reader reader;
    const char *rule;

    memset(zone, 0, sizeof *zone);
    if (length && text[0] == ':') {
        text++;
        length--;
    }
    reader = (struct zone_reader){text, text + length};
    if (length && read_zone(&reader, zone)) return true;
    rule = length ? rule_of_place(text, length) : NULL;
    if (rule) return calendar_zone_read(zone, rule, strlen(rule));
    memset(zone, 0, sizeof *zone);
    strcpy(zone->name, "UTC");
    return length == 0 || (length == 3 && (memcmp(text, "UTC", 3) == 0 || memcmp(text, "GMT", 3) == 0));
}

/* Seconds from the beginning of the year, local standard or summer time, whichever was before. */
static int64_t rule_seconds(const struct calendar_rule *rule, int64_t year)
{
    int64_t first = calendar_days(year, 1, 1), day = rule->day;

    if (rule->kind == 'M') {
        int64_t month = calendar_days(year, rule->month, 1), next = calendar_days(year, rule->month + 1, 1);
        day = month + ((rule->day - (month + 4)) % 7 + 7) % 7 + 7 * (int64_t)(rule->week - 1);
        if (day >= next) day -= 7;
        day -= first;
    } else if (rule->kind == 'J') {
        day -= 1 - (is_leap(year) && rule->day >= 60);
    }
    return day * DAY_SECONDS + rule->time;
}

static bool is_summer(const struct calendar_zone *zone, int64_t seconds)
{
    int64_t year, start, begin, end, at;
    int month, day;

    if (!zone->has_summer) return false;
    calendar_date(floor_divide(seconds + zone->offset, DAY_SECONDS), &year, &month, &day);
    start = calendar_days(year, 1, 1) * DAY_SECONDS;
    at = seconds - start;
    begin = rule_seconds(&zone->begin, year) - zone->offset;
    end = rule_seconds(&zone->end, year) - zone->summer_offset;
    return begin < end ? at >= begin && at < end : at >= begin || at < end;
}

/* --- Times --- */

/* The farthest moments that are broken down; others are taken for them, so that nothing overflows. */
#define SECONDS_MAX (INT64_MAX / 4)

void calendar_break(int64_t seconds, int32_t nanosecond, const struct calendar_zone *zone,
                    struct calendar_time *time)
{
    int64_t days, rest;

    memset(time, 0, sizeof *time);
    if (seconds > SECONDS_MAX) seconds = SECONDS_MAX;
    if (seconds < -SECONDS_MAX) seconds = -SECONDS_MAX;
    time->seconds = seconds;
    time->nanosecond = nanosecond;
    time->summer = is_summer(zone, seconds);
    time->offset = time->summer ? zone->summer_offset : zone->offset;
    memcpy(time->zone, time->summer ? zone->summer_name : zone->name, sizeof time->zone);
    days = floor_divide(seconds + time->offset, DAY_SECONDS);
    rest = seconds + time->offset - days * DAY_SECONDS;
    calendar_date(days, &time->year, &time->month, &time->day);
    time->hour = (int)(rest / 3600);
    time->minute = (int)(rest / 60 % 60);
    time->second = (int)(rest % 60);
    time->weekday = (int)(((days + 4) % 7 + 7) % 7);
    time->yearday = (int)(days - calendar_days(time->year, 1, 1));
}

bool calendar_join(struct calendar_time *time, const struct calendar_zone *zone)
{
    int64_t local, seconds;

    if (time->year > CALENDAR_YEAR_MAX || time->year < -CALENDAR_YEAR_MAX) return false;
    local = calendar_days(time->year, time->month, 1) + time->day - 1;
    local = local * DAY_SECONDS + (int64_t)time->hour * 3600 + (int64_t)time->minute * 60 + time->second;
    seconds = local - zone->offset;
    if (zone->has_summer) {
        bool standard = !is_summer(zone, local - zone->offset);
        bool summer = is_summer(zone, local - zone->summer_offset);
        /* In the hour that comes twice both are possible: glibc takes the one that is in force at the moment
         * whose UTC time has these digits. In the hour that is left out none is, and standard time stays. */
        if (summer && (!standard || is_summer(zone, local))) seconds = local - zone->summer_offset;
    }
    calendar_break(seconds, time->nanosecond, zone, time);
    return time->year <= CALENDAR_YEAR_MAX && time->year >= -CALENDAR_YEAR_MAX;
}
