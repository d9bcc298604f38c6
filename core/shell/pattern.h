/* pattern.h: shell patterns as POSIX.1-2017 XCU 2.13 and bash's extglob have them, compiled once. In a
 * pattern's text a backslash takes the next byte literally. What is no pattern after all ("[a", "+(b") is
 * literal text, so none is wrong. Time is bounded by pattern length times text length, with "!(…)" by text
 * length once more. */
#ifndef UMBRA_SHELL_PATTERN_H
#define UMBRA_SHELL_PATTERN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

#define SH_PATTERN_DEPTH  64u    /* groups of extglob within one another; deeper ones: UMBRA_ELIMIT */
#define SH_PATTERN_SET    4096u  /* bytes between [ and ]; with more the [ is a character */
#define SH_PATTERN_LENGTH 65536u /* bytes of a pattern with groups; longer ones: UMBRA_ELIMIT */

enum sh_pattern_flags {
    SH_PATTERN_EXTGLOB = 1, /* ?(…) *(…) +(…) @(…) !(…) */
    SH_PATTERN_NOCASE = 2,  /* letters match whatever their case */
    SH_PATTERN_PATH = 4, /* a slash is matched by a literal slash only, and a dot that begins a component by a
                            literal dot only; sets with a slash are literal text */
    SH_PATTERN_DOTGLOB =
        8, /* with PATH: a leading dot is a character like others; "." and ".." are the caller's */
};

struct sh_pattern;

struct sh_match {
    size_t start, end; /* bytes */
};

/* The pattern lives in the arena; text is not needed afterwards. UMBRA_ENOMEM, UMBRA_ELIMIT. */
int sh_pattern_compile(struct arena *arena, const char *text, size_t length, unsigned flags,
                       struct sh_pattern **pattern, struct error *error);

/* The functions below take their memory from scratch (only for patterns with groups) and leave scratch as it
 * was. They return 1 for a match, 0 for none, UMBRA_ENOMEM. Text is a row of characters: UTF-8 where it is
 * well-formed, else single bytes; a match begins and ends between characters. */

/* All of the text. */
int sh_pattern_match(const struct sh_pattern *pattern, const char *text, size_t length,
                     struct arena *scratch);
/* The longest (or shortest) text[0, *end) that matches: for # and ##. */
int sh_pattern_prefix(const struct sh_pattern *pattern, const char *text, size_t length, bool longest,
                      struct arena *scratch, size_t *end);
/* The longest (or shortest) text[*start, length) that matches: for % and %%. */
int sh_pattern_suffix(const struct sh_pattern *pattern, const char *text, size_t length, bool longest,
                      struct arena *scratch, size_t *start);
/* Of the matches that begin at `from` or behind it the leftmost, of these the longest; it may be empty. With
 * PATH, `from` is no beginning of a component unless a slash stands before it. */
int sh_pattern_search(const struct sh_pattern *pattern, const char *text, size_t length, size_t from,
                      struct arena *scratch, struct sh_match *match);

/* The same, a piece of the text in a call: of the matches that begin less than `most` bytes behind *from.
 * UMBRA_EAGAIN: there is none, and *from is where to go on. Patterns with groups are looked for in all of the
 * text. */
int sh_pattern_search_some(const struct sh_pattern *pattern, const char *text, size_t length, size_t *from,
                           size_t most, struct arena *scratch, struct sh_match *match);

/* Whether the pattern matches one text only, and that (it lives as long as the pattern). */
bool sh_pattern_is_literal(const struct sh_pattern *pattern, const char **text, size_t *length);

/* Whether the text has characters that make pathname expansion look at files: an unquoted * or ?, a [ with
 * its
 * ], with EXTGLOB a group. */
bool sh_pattern_has_glob(const char *text, size_t length, unsigned flags);

#endif
