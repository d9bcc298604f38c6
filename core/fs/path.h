/* path.h: paths and whole files over the store. A path is relative to the root of a tree; "." and ".." are
 * understood, symbolic links are followed inside the tree, and nothing leads out of it. */
#ifndef UMBRA_FS_PATH_H
#define UMBRA_FS_PATH_H

#include "base/buffer.h"
#include "store/store.h"

#define FS_PATH_MAX  4096
#define FS_LINKS_MAX 40

enum fs_flag {
    FS_FOLLOW = 0,
    FS_NO_FOLLOW = 1, /* a symbolic link as the last part is the answer itself */
};

/* What a path leads to. ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG; EACCES for a path that is absolute or leads
 * out; EINVAL for an empty one or a NUL byte. The message names the path. */
int fs_resolve(const struct store *store, enum st_root root, const char *path, size_t length,
               enum fs_flag flags, uint32_t *ino, struct error *error);

/* Where a new file of this path goes: its directory and the last part (a pointer into path). Missing
 * directories are made when `now` (milliseconds) is not negative. *ino is the thing that stands there, 0 when
 * none. */
struct fs_place {
    uint32_t directory;
    uint32_t ino;
    const char *name;
    size_t name_length;
};
int fs_locate(struct store *store, enum st_root root, const char *path, size_t length, int64_t now,
              struct fs_place *place, struct error *error);

/* Writes a whole file, making it and its directories as needed; through symbolic links. *created (may be
 * NULL). */
int fs_write_file(struct store *store, enum st_root root, const char *path, size_t length, const void *data,
                  size_t size, int64_t now, bool *created, struct error *error);

/* Appends a whole file to buffer. UMBRA_EFBIG when it has more than limit bytes. */
int fs_read_file(const struct store *store, enum st_root root, uint32_t ino, uint64_t limit,
                 struct buffer *buffer, struct error *error);

#endif
