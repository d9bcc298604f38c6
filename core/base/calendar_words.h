/* calendar_words.h: the words of dates, for calendar_parse.c: months, days, units, ordinals and the names of
 * zones, in English and in lower case. */
#ifndef UMBRA_BASE_CALENDAR_WORDS_H
#define UMBRA_BASE_CALENDAR_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALENDAR_WORD 16u /* bytes of a word, with its NUL; longer ones are none */

struct calendar_word {
    char text[CALENDAR_WORD]; /* lower case, without dots */
    size_t length;            /* 0: no word */
};

enum calendar_unit {
    UNIT_NONE,
    UNIT_YEAR,
    UNIT_MONTH,
    UNIT_FORTNIGHT,
    UNIT_WEEK,
    UNIT_DAY,
    UNIT_HOUR,
    UNIT_MINUTE,
    UNIT_SECOND
};

bool calendar_is_word(const struct calendar_word *word, const char *text);
/* 1 to 12, 0 when it is none; may be cut to three letters. */
int calendar_month(const struct calendar_word *word);
/* 0 (Sunday) to 6, -1 when it is none. */
int calendar_weekday(const struct calendar_word *word);
enum calendar_unit calendar_unit(const struct calendar_word *word);
/* last, this, next, first, third … twelfth ("second" is a unit); false when it is none. */
bool calendar_ordinal(const struct calendar_word *word, int64_t *ordinal);
/* Names of zones that people write, in seconds east; a single letter is a military zone. */
bool calendar_zone_word(const struct calendar_word *word, int64_t *offset);

#endif
