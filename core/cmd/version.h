/* version.h: the order of names with numbers in them, as sort -V and ls -v have it (GNU coreutils 9.1 manual,
 * "Version sort ordering"): numbers by their value, letters before other characters, '~' before everything,
 * suffixes of files last. */
#ifndef UMBRA_CMD_VERSION_H
#define UMBRA_CMD_VERSION_H

#include <stddef.h>

/* Below 0, 0 or above it, as memcmp(). */
int version_compare(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
