/* calendar.h: dates and times in the proleptic Gregorian calendar, with 64-bit seconds since 1970-01-01 UTC
 * without leap seconds; zones as POSIX's TZ variable writes them; date's formats; the dates that people write
 * for date -d and touch. In English, the same on every host: no C library is asked. */
#ifndef UMBRA_BASE_CALENDAR_H
#define UMBRA_BASE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

#define CALENDAR_ZONE_NAME 16u /* bytes of the name of a zone, with its NUL; longer ones are cut */
#define CALENDAR_YEAR_MAX  INT64_C(2147483647) /* of either sign: what date accepts */
#define CALENDAR_DEPTH     2u                  /* formats within formats (%c has %T) */

/* When summer time begins or ends (POSIX.1-2017 XBD 8.3, "TZ"). */
struct calendar_rule {
    char kind; /* 'M': month, week, day; 'J': day 1 to 365 without leap days; 'D': day 0 to 365 */
    int month, week, day;
    int32_t time; /* seconds after midnight of that day, local */
};

struct calendar_zone {
    char name[CALENDAR_ZONE_NAME], summer_name[CALENDAR_ZONE_NAME];
    int32_t offset, summer_offset; /* seconds east of Greenwich */
    bool has_summer;
    struct calendar_rule begin, end;
};

/* A moment as clocks in a zone show it. */
struct calendar_time {
    int64_t seconds; /* since the epoch */
    int32_t nanosecond;
    int64_t year;
    int month, day; /* from 1 */
    int hour, minute, second;
    int weekday; /* 0: Sunday */
    int yearday; /* 0: January 1 */
    int32_t offset;
    bool summer;
    char zone[CALENDAR_ZONE_NAME];
};

/* Days since the epoch; month and day may be out of their ranges, as mktime() takes them. */
int64_t calendar_days(int64_t year, int64_t month, int64_t day);
/* The date of a day. */
void calendar_date(int64_t days, int64_t *year, int *month, int *day);

/* The value of TZ: a POSIX zone, or a place of the IANA database ("Europe/Berlin") with the rule that is in
 * force there today, for other years too. What is neither is UTC, and false is returned. */
bool calendar_zone_read(struct calendar_zone *zone, const char *text, size_t length);
/* What clocks in the zone show. Nanoseconds: 0 to 999999999. */
void calendar_break(int64_t seconds, int32_t nanosecond, const struct calendar_zone *zone,
                    struct calendar_time *time);
/* The moment at which they show year to second (which may be out of their ranges); where summer time leaves
 * an hour out or has it twice, the one that mktime() takes. The rest of `time` is set too. False when it
 * cannot be had in 64 bits or the year is beyond CALENDAR_YEAR_MAX. */
bool calendar_join(struct calendar_time *time, const struct calendar_zone *zone);

/* Writes the time as strftime() of the C locale and GNU date do: all conversions of POSIX, %N %s %P %k %l %q
 * %z with colons, flags _ - 0 + ^ #, widths, E and O. Others are copied. UMBRA_ELIMIT when the buffer would
 * hold more than `limit` bytes; it may have a part then. Failed allocations are remembered in the buffer. */
int calendar_format(struct buffer *buffer, const char *format, size_t length,
                    const struct calendar_time *time, size_t limit);

/* What GNU date -d takes: ISO 8601 and RFC 2822 dates, "@SECONDS", "12 Mar 2024 10:00 pm", "next friday",
 * "tomorrow - 2 hours", "3 weeks ago" and what is made of them. now: for what the text leaves out.
 * UMBRA_EINVAL with "invalid date ‘…’". */
int calendar_parse(const char *text, size_t length, const struct calendar_time *now,
                   const struct calendar_zone *zone, struct calendar_time *result, struct error *error);
/* What touch -t takes: [[CC]YY]MMDDhhmm[.ss]. UMBRA_EINVAL likewise. */
int calendar_parse_stamp(const char *text, size_t length, const struct calendar_time *now,
                         const struct calendar_zone *zone, struct calendar_time *result, struct error *error);

#endif
