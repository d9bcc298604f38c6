#include "base/calendar_words.h"

#include <string.h>

bool calendar_is_word(const struct calendar_word *word, const char *text)
{
    return word->length && strcmp(word->text, text) == 0;
}

/* The place of a word among names that may be cut to three letters, -1 when it is none of them. */
static int place_of(const struct calendar_word *word, const char *const *names, size_t count)
{
    size_t i;
    for (i = 0; i < count; i++)
        if (calendar_is_word(word, names[i]) || (word->length == 3 && strncmp(word->text, names[i], 3) == 0))
            return (int)i;
    return -1;
}

int calendar_month(const struct calendar_word *word)
{
    static const char *const names[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
    if (calendar_is_word(word, "sept")) return 9;
    return place_of(word, names, 12) + 1;
}

int calendar_weekday(const struct calendar_word *word)
{
    static const char *const names[] = {"sunday",   "monday", "tuesday", "wednesday",
                                        "thursday", "friday", "saturday"};
    if (calendar_is_word(word, "tues")) return 2;
    if (calendar_is_word(word, "wednes")) return 3;
    if (calendar_is_word(word, "thur") || calendar_is_word(word, "thurs")) return 4;
    return place_of(word, names, 7);
}

enum calendar_unit calendar_unit(const struct calendar_word *word)
{
    static const struct {
        const char *name;
        enum calendar_unit unit;
    } names[] = {{"year", UNIT_YEAR},     {"month", UNIT_MONTH}, {"fortnight", UNIT_FORTNIGHT},
                 {"week", UNIT_WEEK},     {"day", UNIT_DAY},     {"hour", UNIT_HOUR},
                 {"minute", UNIT_MINUTE}, {"min", UNIT_MINUTE},  {"second", UNIT_SECOND},
                 {"sec", UNIT_SECOND}};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t length = strlen(names[i].name);
        if (strncmp(word->text, names[i].name, length) != 0 || word->length < length) continue;
        if (word->length == length || (word->length == length + 1 && word->text[length] == 's'))
            return names[i].unit;
    }
    return UNIT_NONE;
}

bool calendar_ordinal(const struct calendar_word *word, int64_t *ordinal)
{
    static const char *const names[] = {"last",   "this",   "next",  "first",    "",
                                        "third",  "fourth", "fifth", "sixth",    "seventh",
                                        "eighth", "ninth",  "tenth", "eleventh", "twelfth"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!calendar_is_word(word, names[i])) continue;
        *ordinal = (int64_t)i - (i < 3 ? 1 : 2);
        return true;
    }
    return false;
}

bool calendar_zone_word(const struct calendar_word *word, int64_t *offset)
{
    static const struct {
        char name[5];
        int8_t half_hours;
    } zones[] = {{"gmt", 0},    {"ut", 0},    {"utc", 0},   {"wet", 0},   {"west", 2},  {"bst", 2},
                 {"cet", 2},    {"met", 2},   {"cest", 4},  {"mest", 4},  {"eet", 4},   {"eest", 6},
                 {"msk", 6},    {"msd", 8},   {"ist", 11},  {"sgt", 16},  {"jst", 18},  {"nzst", 24},
                 {"nzdt", 26},  {"ast", -8},  {"adt", -6},  {"est", -10}, {"edt", -8},  {"cst", -12},
                 {"cdt", -10},  {"mst", -14}, {"mdt", -12}, {"pst", -16}, {"pdt", -14}, {"akst", -18},
                 {"akdt", -16}, {"hst", -20}};
    size_t i;

    if (word->length == 1 && word->text[0] != 'j') {
        char c = word->text[0];
        if (c == 'z')
            *offset = 0;
        else if (c < 'n')
            *offset = (c - 'a' + 1 - (c > 'j')) * INT64_C(3600);
        else
            *offset = -(c - 'n' + 1) * INT64_C(3600);
        return true;
    }
    for (i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        if (!calendar_is_word(word, zones[i].name)) continue;
        *offset = zones[i].half_hours * INT64_C(1800);
        return true;
    }
    return false;
}
