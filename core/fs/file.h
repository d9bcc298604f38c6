/* file.h: the calls of POSIX.1-2017 on a tree of the workspace: names, files at offsets, links, modes and
 * times, with its errors. Everything goes through the one resolver of path.h, for which the workspace's root
 * is "/" and nothing lies above it. What changes something needs an open transaction of the store. */
#ifndef UMBRA_FS_FILE_H
#define UMBRA_FS_FILE_H

#include "fs/path.h"

enum fs_open_flag {
    FS_READ = 1,
    FS_WRITE = 2,
    FS_APPEND = 4,     /* each write goes to the end */
    FS_CREATE = 8,     /* a file that is not there is made */
    FS_EXCLUSIVE = 16, /* with FS_CREATE: it must not be there, not even as a link */
    FS_TRUNCATE = 32,  /* with FS_WRITE: its content goes */
    FS_DIRECTORY = 64, /* must be a directory (ENOTDIR) */
    FS_NOFOLLOW = 128, /* a symbolic link as the last part is ELOOP */
};

/* An open file: it keeps its content when its name is taken away, until it is closed. */
struct fs_file {
    struct store *store;
    enum st_root root;
    uint32_t ino;
    unsigned flags;
    uint64_t offset; /* for fs_read() and fs_write() */
};

/* now: milliseconds since 1970, for the times that a call sets. mode: permission bits of a new file. */
int fs_open(const struct fs_view *view, const char *path, size_t length, unsigned flags, uint16_t mode,
            int64_t now, struct fs_file *file, struct error *error);
void fs_close(struct fs_file *file);
/* Number of bytes read (0: the end) or a negative error. UMBRA_EISDIR for a directory, UMBRA_EBADF when the
 * file was not opened for it. */
int64_t fs_read(struct fs_file *file, void *data, size_t size, struct error *error);
int64_t fs_pread(const struct fs_file *file, void *data, size_t size, uint64_t offset, struct error *error);
/* 0 or a negative error: all bytes are written, or none. */
int fs_write(struct fs_file *file, const void *data, size_t size, int64_t now, struct error *error);
int fs_pwrite(const struct fs_file *file, const void *data, size_t size, uint64_t offset, int64_t now,
              struct error *error);
int fs_truncate(const struct fs_file *file, uint64_t size, int64_t now, struct error *error);
int fs_file_info(const struct fs_file *file, struct st_info *info, struct error *error);

int fs_stat(const struct fs_view *view, const char *path, size_t length, enum fs_flag flags,
            struct st_info *info, struct error *error);
int fs_make_directory(const struct fs_view *view, const char *path, size_t length, uint16_t mode, int64_t now,
                      struct error *error);
int fs_remove_directory(const struct fs_view *view, const char *path, size_t length, int64_t now,
                        struct error *error);
/* Removes a file or link, never a directory (UMBRA_EISDIR). */
int fs_unlink(const struct fs_view *view, const char *path, size_t length, int64_t now, struct error *error);
/* As rename(): over a file or an empty directory; links themselves are moved. */
int fs_rename(const struct fs_view *view, const char *from, size_t from_length, const char *to,
              size_t to_length, int64_t now, struct error *error);
/* target is kept as it is given: 1 to 4,096 bytes without NUL. */
int fs_symlink(const struct fs_view *view, const char *target, size_t target_length, const char *path,
               size_t length, int64_t now, struct error *error);
/* Appends the target of a symbolic link. UMBRA_EINVAL: it is none. */
int fs_readlink(const struct fs_view *view, const char *path, size_t length, struct buffer *target,
                struct error *error);
int fs_set_mode(const struct fs_view *view, const char *path, size_t length, uint16_t mode,
                struct error *error);
/* flags: FS_NO_FOLLOW sets the time of a link itself. */
int fs_set_time(const struct fs_view *view, const char *path, size_t length, enum fs_flag flags,
                int64_t mtime, struct error *error);

#endif
