/* descriptor.h: open files and the numbers under which processes have them. A file is closed when the last
 * number for it is. Nothing here blocks: UMBRA_EAGAIN says that the process waits for the file now and is to
 * return K_WAIT and try again. */
#ifndef UMBRA_KERNEL_DESCRIPTOR_H
#define UMBRA_KERNEL_DESCRIPTOR_H

#include "fs/file.h"
#include "kernel/kernel.h"

struct k_file;

enum k_whence { K_FROM_START, K_FROM_HERE, K_FROM_END };

/* What a kind of file can do; NULL: nothing of that (UMBRA_EINVAL, for reading and writing UMBRA_EBADF). */
struct k_file_kind {
    const char *name; /* "pipe" */
    /* Bytes read or written, at least 1 unless size is 0; 0 read: the end. Writing may take only a part. */
    int64_t (*read)(struct k_file *file, struct k_process *process, void *data, size_t size);
    int64_t (*write)(struct k_file *file, struct k_process *process, const void *data, size_t size);
    int64_t (*seek)(struct k_file *file, int64_t offset, enum k_whence whence);
    int (*truncate)(struct k_file *file, uint64_t size);
    int (*stat)(struct k_file *file, struct k_stat *stat);
    /* Whether a read would not wait. */
    bool (*ready)(const struct k_file *file);
    /* The last number is gone: frees the file. */
    void (*close)(struct k_file *file);
};

enum k_file_flag { K_READABLE = 1, K_WRITABLE = 2, K_APPENDS = 4 };

/* An open file; its kind's own part follows it in memory. */
struct k_file {
    const struct k_file_kind *kind;
    struct kernel *kernel;
    uint32_t references;
    unsigned flags;     /* enum k_file_flag */
    struct k_node node; /* ino 0: it has no name */
};

struct k_descriptor {
    struct k_file *file; /* NULL: the number is free */
    bool close_on_execute;
};

/* Zeroed memory for a file with one reference; size: of all of it. NULL without memory. */
void *k_make_file(struct kernel *kernel, const struct k_file_kind *kind, size_t size, unsigned flags);
/* Gives back the memory of k_make_file(). */
void k_free_file(struct k_file *file, size_t size);
struct k_file *k_keep(struct k_file *file);
void k_drop(struct k_file *file);

/* The file of a number, NULL when it is free. */
struct k_file *k_descriptor(const struct k_process *process, int number);
/* Takes over a reference under the lowest free number from `least` on. The number, or UMBRA_EMFILE (the
 * reference is dropped then), UMBRA_ENOMEM. */
int k_install(struct k_process *process, struct k_file *file, int least, bool close_on_execute);
/* Under this number, which is closed first if it is in use. */
int k_install_at(struct k_process *process, struct k_file *file, int number);
int k_close_number(struct k_process *process, int number);
void k_close_all(struct k_process *process);

int64_t k_read(struct k_process *process, int number, void *data, size_t size);
/* A file that nobody reads any more is UMBRA_EPIPE, and K_SIGPIPE. */
int64_t k_write(struct k_process *process, int number, const void *data, size_t size);
int64_t k_seek(struct k_process *process, int number, int64_t offset, enum k_whence whence);
int k_stat_number(struct k_process *process, int number, struct k_stat *stat);
bool k_is_terminal(const struct k_process *process, int number);
/* "/workspace/a", "pipe:[7]". */
void k_put_file_name(const struct k_process *process, int number, struct buffer *name);

/* Both ends of a pipe, of limits.pipe_bytes. */
int k_make_pipe(struct kernel *kernel, struct k_file **reader, struct k_file **writer);

/* A file that is read from memory: what the buffer has, which is empty then. NULL without memory. */
struct k_file *k_make_text(struct kernel *kernel, struct buffer *text);

/* Takes whatever is written, up to a limit of bytes (0: none; beyond it UMBRA_ENOSPC); `done` is woken when
 * nobody can write any more. It lives with whoever asked for it. */
struct k_capture {
    struct buffer bytes;
    size_t limit;
    bool open;
    struct k_queue done;
    struct k_file *file; /* the writing end, NULL when it is closed */
};
/* NULL without memory. */
struct k_file *k_make_capture(struct kernel *kernel, struct k_capture *capture);
/* Nobody listens any more: what is written from now on goes nowhere. */
void k_end_capture(struct k_capture *capture);

/* A file that joins a reader and a writer: what terminals and streams are for those who have both. */
extern const struct k_file_kind k_terminal_kind;

#endif
