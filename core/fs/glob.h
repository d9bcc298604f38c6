/* glob.h: path patterns, matched in time proportional to pattern times path, whatever the pattern.
 * '*' any run and '?' any one character but '/'; [a-z] [!a-z] [^a-z] one of a set, with [:classes:] of ASCII;
 * {a,b} one of several, nested; '**' as a whole part any number of directories, none included; '\' takes the
 * next character as it is. A name that begins with a dot is matched only where the pattern has that dot. What
 * is not closed stands for itself, and so do braces without a comma. */
#ifndef UMBRA_FS_GLOB_H
#define UMBRA_FS_GLOB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define FS_GLOB_MAX   2048 /* bytes of a pattern */
#define FS_GLOB_DEPTH 16   /* braces within braces */

struct fs_glob;

/* EINVAL for a pattern that is too long or too deep (the message says so), ENOMEM. */
int fs_glob_compile(const char *pattern, size_t length, struct fs_glob **out, struct error *error);
/* Whether the whole path matches. Not for use from two places at once: it works in memory of the glob. */
bool fs_glob_match(struct fs_glob *glob, const char *path, size_t length);
/* About how many steps a match takes for each byte of a path. */
size_t fs_glob_cost(const struct fs_glob *glob);
void fs_glob_free(struct fs_glob *glob);

#endif
