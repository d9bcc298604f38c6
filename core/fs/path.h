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

/* From where paths lead on for POSIX: "/" and what lies above the root are the root of the tree. */
struct fs_view {
    struct store *store;
    enum st_root root;
    uint32_t at; /* directory in which relative paths begin */
};

/* What a path leads to, as POSIX.1-2017 section 4.13 has it: a slash at the end follows a link and asks for a
 * directory. ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG; the message names the path. */
int fs_resolve_at(const struct fs_view *view, const char *path, size_t length, enum fs_flag flags,
                  uint32_t *ino, struct error *error);

/* The directory of a path's last part, and that part as it is written: a pointer into path, without slashes.
 */
struct fs_leaf {
    uint32_t directory;
    uint32_t ino; /* what stands there, 0: nothing */
    const char *name;
    size_t length;
    bool slash; /* one or more followed it */
    bool dots;  /* it is "." or "..", or the path is all slashes */
};
int fs_find_leaf(const struct fs_view *view, const char *path, size_t length, struct fs_leaf *leaf,
                 struct error *error);

/* What a path leads to for the tools of an agent. ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG; EACCES for a path
 * that is absolute or leads out; EINVAL for an empty one or a NUL byte. The message names the path. */
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
