/* date: print the date and time. POSIX.1-2017 date, with GNU's -d -f -I -r -R --rfc-3339. The clock is the
 * host's and cannot be set. */
#include <string.h>

#include "cmd/when.h"
#include "cmd/words.h"

static const char help[] =
    "Usage: date [OPTION]... [+FORMAT]\n"
    "Print the date and time in the given FORMAT.\n"
    "\n"
    "  -d, --date=STRING        this time, as \"tomorrow\" or \"2024-03-12 10:00\"\n"
    "  -f, --file=FILE          a time of each line of FILE\n"
    "  -I[WORD], --iso-8601[=WORD]  as 2024-03-12; WORD: date, hours, minutes, seconds, ns\n"
    "  -r, --reference=FILE     the time when FILE was changed\n"
    "  -R, --rfc-email          as Tue, 12 Mar 2024 10:00:00 +0000\n"
    "      --rfc-3339=WORD      as 2024-03-12 10:00:00+00:00; WORD: date, seconds, ns\n"
    "  -u, --utc, --universal   in UTC\n"
    "      --help               this text\n"
    "      --version            the version\n"
    "\n"
    "FORMAT has conversions as %Y %m %d %H %M %S %N %s %a %b %F %T %z %Z, with flags - _ 0 ^ #.\n";

enum { OPT_3339 = 256, OPT_RESOLUTION };
enum { UNIT_DATE, UNIT_HOURS, UNIT_MINUTES, UNIT_SECONDS, UNIT_NS };

static const struct cmd_option options[] = {{'d', "date", CMD_VALUE},
                                            {'f', "file", CMD_VALUE},
                                            {'I', "iso-8601", CMD_MAY_VALUE},
                                            {'r', "reference", CMD_VALUE},
                                            {'R', "rfc-email", CMD_NOTHING},
                                            {'R', "rfc-822", CMD_NOTHING},
                                            {'R', "rfc-2822", CMD_NOTHING},
                                            {OPT_3339, "rfc-3339", CMD_VALUE},
                                            {'s', "set", CMD_VALUE},
                                            {'u', "utc", CMD_NOTHING},
                                            {'u', "universal", CMD_NOTHING},
                                            {'u', "uct", CMD_NOTHING},
                                            {0}};

struct date {
    struct cmd_base base;
    const char *text, *file, *reference, *format, *set;
    bool universal;
    struct cmd_input input;
};

static const struct cmd_word iso_words[] = {{"hours", UNIT_HOURS}, {"minutes", UNIT_MINUTES},
                                            {"date", UNIT_DATE},   {"seconds", UNIT_SECONDS},
                                            {"ns", UNIT_NS},       {NULL, 0}};
static const struct cmd_word rfc_words[] = {
    {"date", UNIT_DATE}, {"seconds", UNIT_SECONDS}, {"ns", UNIT_NS}, {NULL, 0}};

static bool take_form(struct k_process *process, struct date *date, const struct cmd_word *words,
                      const char *value, const char *const *formats, const char *option)
{
    int unit = value ? cmd_find_word(process, words, value, option) : UNIT_DATE;

    if (unit >= 0) date->format = formats[unit];
    return unit >= 0;
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    static const char *const iso[] = {"%Y-%m-%d", "%Y-%m-%dT%H%:z", "%Y-%m-%dT%H:%M%:z",
                                      "%Y-%m-%dT%H:%M:%S%:z", "%Y-%m-%dT%H:%M:%S,%N%:z"};
    static const char *const rfc[] = {"%Y-%m-%d", "", "", "%Y-%m-%d %H:%M:%S%:z", "%Y-%m-%d %H:%M:%S.%N%:z"};
    struct date *date = process->state;

    date->universal |= letter == 'u';
    if (letter == 'd') date->text = value;
    if (letter == 'f') date->file = value;
    if (letter == 'r') date->reference = value;
    if (letter == 's') date->set = value;
    if (letter == 'R') date->format = "%a, %d %b %Y %H:%M:%S %z";
    if (letter == 'I') return take_form(process, date, iso_words, value, iso, "--iso-8601");
    if (letter == OPT_3339) return take_form(process, date, rfc_words, value, rfc, "--rfc-3339");
    return true;
}

static bool settle(struct k_process *process, struct date *date)
{
    const char *operand = process->argc > 1 ? process->argv[1] : NULL;

    if ((date->text != NULL) + (date->file != NULL) + (date->reference != NULL) > 1) {
        cmd_error(process, "the options to specify dates for printing are mutually exclusive");
        cmd_try_help(process);
        return false;
    }
    if (process->argc > 2) {
        cmd_extra_operand(process, process->argv[2]);
        return false;
    }
    if (date->set || (operand && *operand != '+' && !date->text && !date->file && !date->reference)) {
        cmd_error(process, "cannot set date: %s", k_error_text(UMBRA_EPERM));
        return false;
    }
    if (operand && *operand != '+') {
        cmd_error(process,
                  "the argument %s lacks a leading '+';\nwhen using an option to specify date(s), any "
                  "non-option\nargument must be a format string beginning with '+'",
                  cmd_quote(process, operand));
        cmd_try_help(process);
        return false;
    }
    if (operand && date->format) {
        cmd_error(process, "multiple output formats specified");
        return false;
    }
    if (operand) date->format = operand + 1;
    if (date->format == NULL) date->format = "%a %b %e %H:%M:%S %Z %Y";
    return true;
}

static void get_zone(const struct k_process *process, const struct date *date, struct calendar_zone *zone)
{
    if (date->universal)
        calendar_zone_read(zone, "UTC0", 4);
    else
        cmd_zone(process, zone);
}

static void put_time(struct k_process *process, const struct date *date, const struct calendar_time *time)
{
    struct buffer text = {0};

    if (calendar_format(&text, date->format, strlen(date->format), time, CMD_TIME_MAX) < 0)
        cmd_error(process, "the formatted date is longer than %u bytes", CMD_TIME_MAX);
    cmd_put_buffer(process, &text);
    cmd_put_byte(process, '\n');
}

static void now(const struct k_process *process, const struct calendar_zone *zone, struct calendar_time *time)
{
    int64_t milliseconds = k_wall(process->kernel);
    calendar_break(milliseconds / 1000, (int32_t)(milliseconds % 1000 * 1000000), zone, time);
}

static void put_parsed(struct k_process *process, const struct date *date, const char *text, size_t length)
{
    struct calendar_time base, time;
    struct calendar_zone zone;
    char *copy;

    get_zone(process, date, &zone);
    now(process, &zone, &base);
    if (calendar_parse(text, length, &base, &zone, &time, NULL) == 0) {
        put_time(process, date, &time);
        return;
    }
    copy = arena_copy(&process->arena, text, length);
    cmd_error(process, "invalid date %s", cmd_quote(process, copy ? copy : "?"));
}

static void put_one(struct k_process *process, const struct date *date)
{
    struct calendar_time time;
    struct calendar_zone zone;
    struct k_stat stat;
    int result;

    if (date->text) {
        put_parsed(process, date, date->text, strlen(date->text));
        return;
    }
    get_zone(process, date, &zone);
    now(process, &zone, &time);
    if (date->reference) {
        int64_t second;
        result = k_stat_path(process, date->reference, K_FOLLOW, &stat);
        if (result < 0) {
            cmd_path_error(process, date->reference, result);
            return;
        }
        second = stat.mtime / 1000 - (stat.mtime % 1000 < 0);
        calendar_break(second, (int32_t)((stat.mtime - second * 1000) * 1000000), &zone, &time);
    }
    put_time(process, date, &time);
}

static bool open_file(struct k_process *process, struct date *date)
{
    date->input.begun = true;
    date->input.name = date->file;
    date->input.number = strcmp(date->file, "-") == 0 ? 0 : k_open_number(process, date->file, FS_READ, 0);
    if (date->input.number < 0) cmd_path_error(process, date->file, date->input.number);
    return date->input.number >= 0;
}

static enum k_progress date_run(struct k_process *process)
{
    struct date *date = process->state;
    char *line;
    size_t length;
    int result;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!settle(process, date)) goto done;
    if (date->file == NULL) put_one(process, date);
    if (date->file == NULL || !open_file(process, date)) goto done;
    for (;;) {
        CO_AWAIT(process, result, cmd_read_line(process, &date->input, '\n', &line, &length));
        if (result <= 0) break;
        put_parsed(process, date, line, length - (line[length - 1] == '\n'));
        CMD_RELIEVE(process);
    }
done:
    CMD_END(process);
}

CMD_PROGRAM(date, struct date, date_run, help);
