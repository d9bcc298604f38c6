/* regex_posix.h: patterns through the C library's regcomp(), until the engine of our own comes. A match never
 * spans a NUL byte. Without REG_STARTEND (musl) \b and \< do not see the byte before `from`. */
#ifndef UMBRA_REGEX_REGEX_POSIX_H
#define UMBRA_REGEX_REGEX_POSIX_H

#include "regex/regex.h"

struct re_posix;

/* As re_compile() and re_search(), without RE_LITERAL and RE_WORD. */
int re_posix_compile(const char *pattern, size_t length, unsigned flags, struct re_posix **out,
                     struct error *error);
void re_posix_free(struct re_posix *posix);
size_t re_posix_groups(const struct re_posix *posix);
int re_posix_search(struct re_posix *posix, const char *subject, size_t length, size_t from, bool not_begin,
                    struct regex_match *matches, size_t count);

#endif
