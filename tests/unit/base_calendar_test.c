/* calendar.h: days, zones, formats and dates; formats and dates are also compared with GNU date of this
 * machine. */
#include <unistd.h>

#include "reference.h"

#include "base/calendar.h"
#include "base/letters.h"

#define CASES 300

static const char *const zones[] = {"UTC",
                                    "EST5EDT,M3.2.0,M11.1.0",
                                    "CET-1CEST,M3.5.0,M10.5.0/3",
                                    "<+0330>-3:30",
                                    "<-02>2",
                                    "AEST-10AEDT,M10.1.0,M4.1.0/3",
                                    "XYZ0:00:05"};

static void days_and_dates_are_inverse(void **state)
{
    int64_t day, year, last_year = -5000;
    int month, of_month;

    assert_int_equal(calendar_days(1970, 1, 1), 0);
    assert_int_equal(calendar_days(2000, 2, 29), 11016);
    assert_int_equal(calendar_days(2000, 14, 1), calendar_days(2001, 2, 1));
    assert_int_equal(calendar_days(2000, -11, 31), calendar_days(1999, 1, 31));
    assert_int_equal(calendar_days(2000, 0, 1), calendar_days(1999, 12, 1));
    for (day = -2000000; day < 2000000; day += 7) {
        calendar_date(day, &year, &month, &of_month);
        assert_true(year >= last_year && month >= 1 && month <= 12 && of_month >= 1 && of_month <= 31);
        assert_int_equal(calendar_days(year, month, of_month), day);
        last_year = year;
    }
}

static void zones_are_read(void **state)
{
    static const char *const wrong[] = {"Europe/Atlantis",
                                        "AB1",
                                        "ABC",
                                        "ABC25",
                                        "ABC1:60",
                                        "ABC1DEF,M13.1.1,M1.1.1",
                                        "ABC1DEF,M3.2.0",
                                        "ABC1DEF,J0,J3",
                                        "<AB>1",
                                        "<ABC1",
                                        "EST5EDT,M3.2.0,M11.1.0x"};
    struct calendar_zone zone;
    struct calendar_time time;
    size_t i;

    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(calendar_zone_read(&zone, wrong[i], strlen(wrong[i])));
        assert_string_equal(zone.name, "UTC");
        assert_int_equal(zone.offset, 0);
        assert_false(zone.has_summer);
    }
    assert_true(calendar_zone_read(&zone, "", 0));
    assert_true(calendar_zone_read(&zone, "EST5EDT", 7));
    assert_int_equal(zone.summer_offset, -4 * 3600);
    calendar_break(1710054000, 0, &zone, &time); /* 2024-03-10, 3:00: it was 2:00 */
    assert_int_equal(time.hour, 3);
    assert_true(time.summer);
    calendar_break(1710053999, 0, &zone, &time);
    assert_int_equal(time.hour, 1);
    assert_true(calendar_zone_read(&zone, "ABC-3:30:15DEF-4,J60/0,300/2:30", 31));
    assert_int_equal(zone.offset, 3 * 3600 + 1815);
    calendar_break(INT64_MAX, 0, &zone, &time);
    calendar_break(INT64_MIN, 0, &zone, &time);
}

/* A format without what only one of the two has: unknown letters, zeros that GNU date drops within %D and %c.
 */
static void put_format(struct buffer *format)
{
    static const char *const letters[] = {"a", "A", "b", "B", "c", "C", "d", "D",  "e",   "F",    "g",
                                          "G", "h", "H", "I", "j", "k", "l", "m",  "M",   "N",    "p",
                                          "P", "q", "r", "R", "s", "S", "t", "T",  "u",   "U",    "V",
                                          "w", "W", "x", "X", "y", "Y", "z", ":z", "::z", ":::z", "Z"};
    static const char *const flags[] = {"", "", "_", "-", "0", "^", "#", "+"};
    static const char *const widths[] = {"", "", "", "1", "3", "5", "12"};
    const char *letter = reference_choice(letters), *flag = reference_choice(flags);

    if (strchr("cDxrRTX", letter[0])) flag = "";
    buffer_printf(format, "%%%s%s%s|", flag, reference_choice(widths), letter);
}

/* Places whose rules have been the same for long. */
static const char *const places[] = {"America/New_York",
                                     "Europe/Berlin",
                                     "Europe/London",
                                     "Asia/Kolkata",
                                     "Asia/Tokyo",
                                     "America/Los_Angeles",
                                     "Australia/Sydney",
                                     "Pacific/Auckland",
                                     "Etc/GMT+5",
                                     "US/Hawaii",
                                     "Zulu",
                                     "EST"};

static void places_have_the_rule_of_today(void **state)
{
    struct buffer cases = {0}, theirs, ours = {0};
    size_t i;
    int month;

    reference_need_bash();
    if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) != 0) {
        print_message("no time zone database to compare with\n");
        skip();
    }
    for (i = 0; i < sizeof places / sizeof places[0]; i++)
        for (month = 0; month < 24; month++) {
            int64_t seconds = 1577880000 + month * (int64_t)2629800; /* from 2020 on */
            struct calendar_zone zone;
            struct calendar_time time;
            if (!calendar_zone_read(&zone, places[i], strlen(places[i]))) fail_msg("%s", places[i]);
            calendar_break(seconds, 0, &zone, &time);
            buffer_printf(&cases, "%s@%lld", places[i], (long long)seconds);
            buffer_put_byte(&cases, '\0');
            buffer_printf(&ours, "%s ", places[i]);
            assert_int_equal(calendar_format(&ours, "%F %T %Z %z", 11, &time, SIZE_MAX), 0);
            buffer_put_byte(&ours, '\n');
        }
    theirs = reference_bash("while IFS= read -r -d '' z; do\n"
                            "TZ=${z%@*} LC_ALL=C date -d \"@${z#*@}\" \"+${z%@*} %F %T %Z %z\"; done",
                            &cases);
    assert_string_equal(buffer_string(&ours), buffer_string(&theirs));
    buffer_free(&cases);
    buffer_free(&theirs);
    buffer_free(&ours);
}

static void formats_are_those_of_date(void **state)
{
    struct buffer cases = {0}, theirs, ours = {0};
    unsigned count = reference_rounds(CASES), i, n;
    size_t at;

    reference_need_bash();
    for (i = 0; i < count; i++) {
        long long seconds = (long long)reference_random(2000000000) * (reference_random(4) ? 1 : 60);
        const char *zone = reference_choice(zones);
        struct buffer format = {0};
        struct calendar_zone read;
        struct calendar_time time;
        uint32_t nanoseconds =
            reference_random(3) ? reference_random(1000000000) : reference_random(100) * 10000000;
        for (n = 0; n < 20; n++) put_format(&format);
        buffer_printf(&cases, "%s", zone);
        buffer_put_byte(&cases, '\0');
        buffer_printf(&cases, "@%lld.%09u", seconds, nanoseconds);
        buffer_put_byte(&cases, '\0');
        buffer_put(&cases, format.data, format.size + 1);
        assert_true(calendar_zone_read(&read, zone, strlen(zone)));
        calendar_break(seconds, (int32_t)nanoseconds, &read, &time);
        assert_int_equal(calendar_format(&ours, format.data, format.size, &time, SIZE_MAX), 0);
        buffer_put_byte(&ours, '\n');
        buffer_free(&format);
    }
    theirs = reference_bash("while IFS= read -r -d '' z && IFS= read -r -d '' t && IFS= read -r -d '' f; do\n"
                            "TZ=$z LC_ALL=C date -d \"$t\" \"+$f\"; done",
                            &cases);
    for (at = 0; at < ours.size && ours.data[at] == theirs.data[at]; at++) continue;
    if (at < ours.size) {
        while (at > 0 && ours.data[at - 1] != '\n') at--;
        fail_msg("ours: %.600s\ndate: %.600s", ours.data + at, theirs.data + at);
    }
    buffer_free(&cases);
    buffer_free(&theirs);
    buffer_free(&ours);
}

/* --- Dates: those that need no clock are compared as they are; the others have one written before them ---
 */

static const char *const dates[] = {
    "2024-03-12",
    "2024-03-12 10:00",
    "2024-03-12T10:00:05",
    "2024-03-12T10:00:05Z",
    "2024-03-12T10:00:05.123456789Z",
    "2024-03-12 10:00:05,5 +0200",
    "2024-03-12T10:00:05+02:00",
    "2024-03-12T10:00:05-0530",
    "@0",
    "@1700000000",
    "@1700000000.25",
    "@-1.5",
    "@ 5",
    "@",
    "12 Mar 2024",
    "12 March 2024 10:00",
    "Mar 12 2024",
    "Mar 12, 2024",
    "Mar 12 2024 10:00",
    "12-Mar-2024",
    "Tue, 12 Mar 2024 10:00:00 +0100",
    "Tue, 12 Mar 2024 10:00:00 GMT",
    "Tue Mar 12 10:00:00 UTC 2024",
    "3/12/2024",
    "2024/3/12",
    "3/12/24",
    "20240312",
    "20240312 1000",
    "2024-02-30",
    "2024-13-01",
    "2024-02-29",
    "2023-02-29",
    "2024-03-12 24:00",
    "2024-03-12 25:00",
    "2024-03-12 10:60",
    "2024-03-12 + 3 days",
    "2024-03-12 +3 days",
    "2024-03-12 10:00 +3 days",
    "2024-03-12 3 days",
    "2024-03-12 -3 days",
    "2024-01-31 + 1 month",
    "2024-01-31 1 month",
    "2024-03-12 UTC",
    "2024-03-12 10:00 UTC+3",
    "2024-03-12 10:00 PDT",
    "2024-03-12 10:00 A",
    "1970-01-01 UTC 1700000000 seconds",
    "2024-03-12 (a comment) 10:00",
    "12:34:56 2024-03-12",
    "Sept 5 2023",
    "2024-3-1",
    "1pm 2024-03-12",
    "2024-03-12 12am",
    "2024-03-12 12:30 pm",
    "2024-03-12 13pm",
    "foo",
    "2024-06-15 12:00 1 month ago",
    "1 month ago 2024-03-31",
    "2024-03-31 1 year 2 months ago",
    "01 Jan 70",
    "Jan 1, 70 5:00",
    "1/1/70 5am",
    "2024-03-12 1.5 seconds ago",
    "2024-03-12 1.5 hours ago",
    "2024-07-01 fortnight",
    "2024-03-12 next week",
    "2024-03-12 last month",
    "2024-03-12 next day 10:00",
    "2147483647-01-01",
    "99-01-01",
    "68-01-01",
    "69-01-01",
    "2024-03-10 02:30",
    "2024-03-31 02:30",
    "2024-11-03 01:30",
    "2024-10-27 02:30",
    "2024-03-12 10:00:00.999999999 -0000",
    "2024-03-12 23:59:60",
    "99999999999999999999",
    "2024-03-12 1 foo",
    "@99999999999999999999999",
    "2024-03-12 999999999999999999 days",
    "2024-03-12 10:00 +99",
    "2024-03-12 10:00 +0260",
};

static void dates_are_those_of_date(void **state)
{
    struct buffer cases = {0}, theirs, ours = {0};
    size_t i, zone, at;

    reference_need_bash();
    for (zone = 0; zone < 3; zone++) {
        struct calendar_zone read;
        struct calendar_time now, time;
        assert_true(calendar_zone_read(&read, zones[zone], strlen(zones[zone])));
        calendar_break(1700000000, 0, &read, &now);
        for (i = 0; i < sizeof dates / sizeof dates[0]; i++) {
            struct error error;
            buffer_put(&cases, zones[zone], strlen(zones[zone]) + 1);
            buffer_put(&cases, dates[i], strlen(dates[i]) + 1);
            buffer_printf(&ours, "%s: ", dates[i]);
            if (calendar_parse(dates[i], strlen(dates[i]), &now, &read, &time, &error) == 0)
                buffer_printf(&ours, "%lld.%09d\n", (long long)time.seconds, (int)time.nanosecond);
            else
                buffer_put_string(&ours, "invalid\n");
        }
    }
    theirs = reference_bash(
        "while IFS= read -r -d '' z && IFS= read -r -d '' t; do\n"
        "echo \"$t: $(TZ=$z LC_ALL=C date -d \"$t\" +%s.%N 2>/dev/null || echo invalid)\"; done",
        &cases);
    for (at = 0; at < ours.size && ours.data[at] == theirs.data[at]; at++) continue;
    if (at < ours.size) {
        while (at > 0 && ours.data[at - 1] != '\n') at--;
        fail_msg("ours: %.100s\ndate: %.100s", ours.data + at, theirs.data + at);
    }
    buffer_free(&cases);
    buffer_free(&theirs);
    buffer_free(&ours);
}

/* Seen from Tuesday, 2023-11-14 22:13:20 UTC; as date answered when that was the clock's. */
static void what_is_left_out_is_now(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", "2023-11-14 00:00:00"},
        {"now", "2023-11-14 22:13:20"},
        {"today", "2023-11-14 22:13:20"},
        {"yesterday", "2023-11-13 22:13:20"},
        {"tomorrow 13:00", "2023-11-15 13:00:00"},
        {"10:00", "2023-11-14 10:00:00"},
        {"10pm", "2023-11-14 22:00:00"},
        {"friday", "2023-11-17 00:00:00"},
        {"tuesday", "2023-11-14 00:00:00"},
        {"next tuesday", "2023-11-21 00:00:00"},
        {"last tuesday", "2023-11-07 00:00:00"},
        {"last friday 10:00", "2023-11-10 10:00:00"},
        {"third monday", "2023-12-04 00:00:00"},
        {"2 hours ago", "2023-11-14 20:13:20"},
        {"now + 90 minutes", "2023-11-14 23:43:20"},
        {"next month", "2023-12-14 22:13:20"},
        {"last year", "2022-11-14 22:13:20"},
        {"Mar 12", "2023-03-12 00:00:00"},
        {"12 Mar 10:00", "2023-03-12 10:00:00"},
        {"3/12", "2023-03-12 00:00:00"},
        {"0900", "2023-11-14 09:00:00"},
        {"9am tomorrow", "2023-11-15 09:00:00"},
    };
    static const struct calendar_zone utc = {.name = "UTC"};
    struct calendar_time now, time;
    struct error error;
    size_t i;

    calendar_break(1700000000, 0, &utc, &now);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buffer output = {0};
        assert_int_equal(calendar_parse(rows[i].text, strlen(rows[i].text), &now, &utc, &time, &error), 0);
        calendar_format(&output, "%F %T", 5, &time, SIZE_MAX);
        if (strcmp(output.data, rows[i].expected) != 0) fail_msg("%s: %s", rows[i].text, output.data);
        buffer_free(&output);
    }
    assert_int_equal(calendar_parse("x y", 3, &now, &utc, &time, &error), UMBRA_EINVAL);
    assert_string_equal(error.message, "invalid date 'x y'");
}

static void stamps_are_those_of_touch(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: wrong */
    } rows[] = {{"202403121000", 1710237600},
                {"202403121000.05", 1710237605},
                {"2403121000", 1710237600},
                {"6903121000", -25452000},
                {"03121000", 1678615200},
                {"0312100", -1},
                {"20240312100", -1},
                {"202403121000.5", -1},
                {"202402301000", -1},
                {"202403122500", -1},
                {"", -1},
                {"2024031210x0", -1}};
    static const struct calendar_zone utc = {.name = "UTC"};
    struct calendar_time now, time;
    struct error error;
    size_t i;

    calendar_break(1700000000, 0, &utc, &now);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int result = calendar_parse_stamp(rows[i].text, strlen(rows[i].text), &now, &utc, &time, &error);
        assert_int_equal(result, rows[i].seconds == -1 ? UMBRA_EINVAL : 0);
        if (result == 0) assert_int_equal(time.seconds, rows[i].seconds);
    }
}

static void widths_have_a_limit(void **state)
{
    static const struct calendar_zone utc = {.name = "UTC"};
    struct calendar_time time;
    struct buffer output = {0};

    calendar_break(0, 0, &utc, &time);
    assert_int_equal(calendar_format(&output, "%999999999999Y", 14, &time, 1000), UMBRA_ELIMIT);
    assert_int_equal(calendar_format(&output, "%99999999999999999999999c", 25, &time, 1000), UMBRA_ELIMIT);
    buffer_clear(&output);
    assert_int_equal(calendar_format(&output, "%E%Q%", 5, &time, 1000), 0);
    assert_string_equal(output.data, "%E%Q%");
    buffer_free(&output);
}

static void letters_have_classes_and_cases(void **state)
{
    assert_int_equal(letter_class("alpha", 5), LETTER_ALPHA);
    assert_int_equal(letter_class("alph", 4), -1);
    assert_true(letter_is(0xfc, LETTER_LOWER));
    assert_true(letter_is(0xdc, LETTER_UPPER));
    assert_true(letter_is(0xdf, LETTER_LOWER)); /* sharp s has no upper case of one character */
    assert_true(letter_is(0x20ac, LETTER_PUNCT));
    assert_false(letter_is(0xa0, LETTER_SPACE));
    assert_true(letter_is(0x3000, LETTER_SPACE));
    assert_false(letter_is(0x110000 + 0xfc, LETTER_PRINT));
    assert_false(letter_is(0x378, LETTER_PRINT)); /* not assigned */
    assert_int_equal(letter_lower(0xdc), 0xfc);
    assert_int_equal(letter_upper(0xfc), 0xdc);
    assert_int_equal(letter_upper(0xdf), 0xdf);
    assert_int_equal(letter_lower(0x10400), 0x10428);
    assert_int_equal(letter_lower(0x391), 0x3b1);
    assert_int_equal(letter_upper(0x101), 0x100);
    assert_int_equal(letter_upper(0x100), 0x100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_and_dates_are_inverse),     cmocka_unit_test(zones_are_read),
        cmocka_unit_test(places_have_the_rule_of_today),  cmocka_unit_test(formats_are_those_of_date),
        cmocka_unit_test(dates_are_those_of_date),        cmocka_unit_test(what_is_left_out_is_now),
        cmocka_unit_test(stamps_are_those_of_touch),      cmocka_unit_test(widths_have_a_limit),
        cmocka_unit_test(letters_have_classes_and_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
