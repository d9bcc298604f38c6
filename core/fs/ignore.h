/* ignore.h: what .gitignore files leave out, by the rules of gitignore(5) as git has them: the last rule of
 * the deepest file that matches decides, '!' takes back. Nothing below a directory that is left out can be
 * taken back: the caller does not go in. Matching takes time proportional to rule times path, whatever the
 * rule. */
#ifndef UMBRA_FS_IGNORE_H
#define UMBRA_FS_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct fs_ignore;      /* the rules of a whole folder */
struct fs_ignore_file; /* those of one .gitignore in it */

/* What decided: the rule as it was written and where. Valid as long as the rules are. */
struct fs_ignore_reason {
    const char *directory; /* of the .gitignore, "" for the top */
    const char *rule;
    size_t line; /* from 1 */
};

/* NULL without memory. */
struct fs_ignore *fs_ignore_new(void);
void fs_ignore_free(struct fs_ignore *ignore);

/* Adds the text of the .gitignore in `directory` (its path below the top without a slash at the end, "" for
 * the top), in place of one that was added before. Those of the directories above must have been added
 * already. UMBRA_ENOMEM is the only failure: a rule that git would not understand matches nothing. */
int fs_ignore_add(struct fs_ignore *ignore, const char *directory, size_t length, const char *text,
                  size_t size, struct error *error);

/* The rules that hold in a directory; NULL when there are none. */
const struct fs_ignore_file *fs_ignore_find(const struct fs_ignore *ignore, const char *directory,
                                            size_t length);

/* Whether `file`, as found for the directory of `path` (below the top, without a slash at the end), leaves
 * the path out. A symbolic link is no directory. reason (may be NULL) is filled when the answer is true. */
bool fs_ignore_check(const struct fs_ignore_file *file, const char *path, size_t length, bool is_directory,
                     struct fs_ignore_reason *reason);

#endif
