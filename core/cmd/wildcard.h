/* wildcard.h: names against patterns of the shell, as fnmatch() without flags (POSIX.1-2017, 2.13): '*' and
 * '?' take a slash and a dot as any character. Time is at most pattern times name. */
#ifndef UMBRA_CMD_WILDCARD_H
#define UMBRA_CMD_WILDCARD_H

#include <stdbool.h>

bool wildcard_match(const char *pattern, const char *name, bool ignore_case);

#endif
