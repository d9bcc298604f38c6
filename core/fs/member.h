/* member.h: where the names in an archive lead. They come from outside, so nothing that they say may lead out
 * of the workspace: a slash at the beginning counts for nothing, and a name with ".." in it leads nowhere. */
#ifndef UMBRA_FS_MEMBER_H
#define UMBRA_FS_MEMBER_H

#include "base/buffer.h"

enum fs_member {
    FS_MEMBER_PATH, /* a path of the workspace */
    FS_MEMBER_ROOT, /* the root itself, as "./" */
    FS_MEMBER_BAD,  /* nothing that can be kept: *reason says why */
};

/* Puts the path that a name leads to, without "." and doubled slashes, into an empty buffer (check `failed`).
 */
enum fs_member fs_member_path(const char *name, size_t length, struct buffer *path, const char **reason);

#endif
