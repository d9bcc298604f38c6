/* regex.h: the one regular-expression engine of every command and tool. A compiled expression is immutable
 * and may be used any number of times; a search never backtracks into exponential time with the engine to
 * come, and callers rely on nothing but this interface. Patterns and subjects are bytes with a length. */
#ifndef UMBRA_REGEX_REGEX_H
#define UMBRA_REGEX_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct regex;

enum regex_flag {
    RE_EXTENDED = 1,    /* POSIX ERE (else BRE) */
    RE_IGNORE_CASE = 2, /* ASCII letters at least */
    RE_NEWLINE = 4,     /* '.' and [^x] do not match a newline; ^ and $ match at lines */
    RE_LITERAL = 8,     /* the pattern is plain text */
    RE_WORD = 16,       /* a match must not touch word characters on either side */
    RE_PERL = 32,       /* with RE_EXTENDED: also what Perl and its kin add; translate.h has the list */
};

struct regex_match {
    size_t start, end; /* byte offsets; both (size_t)-1 for a group that took no part */
};

/* EINVAL with the reason and the pattern in the message; ENOMEM. */
int re_compile(const char *pattern, size_t length, unsigned flags, struct regex **out, struct error *error);
void re_free(struct regex *regex);

/* Number of parenthesised groups. */
size_t re_groups(const struct regex *regex);

/* The leftmost(-longest) match at or after `from`. Fills `count` matches, the whole first. not_begin: the
 * subject's first byte is not at the beginning of a line. 1 found, 0 none, negative error. */
int re_search(const struct regex *regex, const char *subject, size_t length, size_t from, bool not_begin,
              struct regex_match *matches, size_t count);

#endif
