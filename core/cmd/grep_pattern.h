/* grep_pattern.h: the patterns of grep: which lines have a match, and where. Behind regex.h stands the
 * engine; here is what makes it quick: a text that every match must have is looked for first. */
#ifndef UMBRA_CMD_GREP_PATTERN_H
#define UMBRA_CMD_GREP_PATTERN_H

#include "base/arena.h"
#include "regex/regex.h"

struct grep_pattern {
    struct regex *regex; /* NULL: the text below is all of it */
    const char *text;    /* that each match has; in small letters when case is ignored */
    size_t length;       /* 0: there is none such, or the pattern is empty */
};

struct grep_patterns {
    struct grep_pattern *all;
    size_t count, capacity;
    unsigned flags;    /* of regex.h */
    bool words, lines; /* -w, -x */
};

/* Adds each line of a text as a pattern. 0, UMBRA_EINVAL (what is wrong with it is in the error),
 * UMBRA_ENOMEM. */
int grep_add_patterns(struct grep_patterns *patterns, struct arena *arena, const char *text, size_t length,
                      struct error *error);
void grep_free_patterns(struct grep_patterns *patterns);

/* The first match in a line at or after `from`, the longest one there: 1, 0, UMBRA_ENOMEM. */
int grep_match(const struct grep_patterns *patterns, const char *line, size_t length, size_t from,
               struct regex_match *match);
/* The first line of `bytes` (whole lines; the last may be without its end) with a match: 1 with its place,
 * length without its end, 0, UMBRA_ENOMEM. */
int grep_find_line(const struct grep_patterns *patterns, const char *bytes, size_t size, char end_of_line,
                   size_t *start, size_t *length);

#endif
