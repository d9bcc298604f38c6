/* files.h: what POSIX calls do with paths, for a process: 0 or a negative error, without words. Times are
 * milliseconds since 1970. Across the trees of the namespace a rename is UMBRA_EXDEV, as between disks; what
 * is made up by the kernel cannot be changed (UMBRA_EROFS). */
#ifndef UMBRA_KERNEL_FILES_H
#define UMBRA_KERNEL_FILES_H

#include "kernel/descriptor.h"

/* flags: enum fs_open_flag. mode is cut by the process' umask. The file has one reference. */
int k_open_file(struct k_process *process, const char *path, unsigned flags, uint16_t mode,
                struct k_file **file);
/* The same as a number of the process, closed when it goes on as another program. */
int k_open_number(struct k_process *process, const char *path, unsigned flags, uint16_t mode);

int k_stat_path(const struct k_process *process, const char *path, enum k_resolve_flag flags,
                struct k_stat *stat);
/* bits: 4 read, 2 write, 1 run or search; 0: it is there. */
int k_access(const struct k_process *process, const char *path, unsigned bits);
int k_make_directory(struct k_process *process, const char *path, uint16_t mode);
int k_remove_directory(struct k_process *process, const char *path);
int k_unlink(struct k_process *process, const char *path);
int k_rename(struct k_process *process, const char *from, const char *to);
int k_make_link(struct k_process *process, const char *target, const char *path);
/* Appends the target. */
int k_read_link(const struct k_process *process, const char *path, struct buffer *target);
int k_set_mode(struct k_process *process, const char *path, uint16_t mode);
int k_set_time(struct k_process *process, const char *path, enum k_resolve_flag flags, int64_t mtime);
int k_truncate_number(struct k_process *process, int number, uint64_t size);

int k_change_directory(struct k_process *process, const char *path);
struct k_directory *k_make_directory_handle(struct kernel *kernel, struct k_node node);
void k_drop_directory(struct kernel *kernel, struct k_directory *directory);

/* The names in a directory, in the order of their bytes, without "." and ".."; in the arena given. */
struct k_listing {
    size_t count;
    char **names;
    enum k_kind *kinds;
};
int k_list(const struct k_process *process, const char *path, struct arena *arena, struct k_listing *listing);

/* "No such file or directory" for UMBRA_ENOENT: the words that GNU programs print. */
const char *k_error_text(int code);

/* devices.c: a file for a device, text or program that the namespace has; NULL without memory. */
struct k_file *k_open_virtual(struct k_process *process, struct k_node node, int *result);

#endif
