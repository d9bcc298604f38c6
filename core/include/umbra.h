/* umbra.h: what a host calls. The runtime never blocks and never calls the system by itself; whatever it
 * needs it takes from the functions in umbra_host.h. One runtime is one workspace; it is driven from one
 * thread. Strings are UTF-8 JSON unless said otherwise; sizes are bytes; times are milliseconds since
 * 1970-01-01 UTC. */
#ifndef UMBRA_H
#define UMBRA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every error of the runtime: name, number, what it means to a person. Functions return 0 or one of these,
 * negative; the text of one failure travels beside it. The first block keeps POSIX names and meanings. */
#define UMBRA_ERRORS(X)                                                                                      \
    X(EPERM, -1, "operation not permitted")                                                                  \
    X(ENOENT, -2, "no such file or directory")                                                               \
    X(ESRCH, -3, "no such process")                                                                          \
    X(EINTR, -4, "interrupted")                                                                              \
    X(EIO, -5, "input or output failed")                                                                     \
    X(ENXIO, -6, "there is no such device")                                                                  \
    X(ENOEXEC, -8, "not a program")                                                                          \
    X(EBADF, -9, "not open for that")                                                                        \
    X(ECHILD, -10, "no child processes")                                                                     \
    X(EAGAIN, -11, "not ready, try again")                                                                   \
    X(ENOMEM, -12, "out of memory")                                                                          \
    X(EACCES, -13, "permission denied")                                                                      \
    X(EBUSY, -16, "busy")                                                                                    \
    X(EEXIST, -17, "already exists")                                                                         \
    X(EXDEV, -18, "not within the same tree")                                                                \
    X(ENOTDIR, -20, "not a directory")                                                                       \
    X(EISDIR, -21, "is a directory")                                                                         \
    X(EINVAL, -22, "invalid argument")                                                                       \
    X(EMFILE, -24, "too many open files")                                                                    \
    X(ENOTTY, -25, "not a terminal")                                                                         \
    X(EFBIG, -27, "file too large")                                                                          \
    X(ENOSPC, -28, "no space left")                                                                          \
    X(ESPIPE, -29, "cannot seek in it")                                                                      \
    X(EROFS, -30, "it cannot be changed")                                                                    \
    X(EPIPE, -32, "nobody reads it")                                                                         \
    X(ENAMETOOLONG, -36, "name too long")                                                                    \
    X(ENOTEMPTY, -39, "directory not empty")                                                                 \
    X(ELOOP, -40, "too many symbolic links")                                                                 \
    X(EOPNOTSUPP, -95, "not supported")                                                                      \
    X(ECORRUPT, -200, "the stored data is damaged")                                                          \
    X(EVERSION, -201, "written by another version")                                                          \
    X(EPARSE, -202, "malformed input")                                                                       \
    X(ELIMIT, -203, "a limit was reached")                                                                   \
    X(ENET, -204, "the network request failed")                                                              \
    X(EUPSTREAM, -205, "the model provider answered with an error")                                          \
    X(ECANCELLED, -206, "cancelled")                                                                         \
    X(ECONFLICT, -207, "the real file is not what was imported")                                             \
    X(EDENIED, -208, "denied by the user")                                                                   \
    X(EUNKNOWN, -209, "unknown name")

enum umbra_error {
    UMBRA_OK = 0,
#define UMBRA_ERROR_ENUM(name, number, text) UMBRA_##name = (number),
    UMBRA_ERRORS(UMBRA_ERROR_ENUM)
#undef UMBRA_ERROR_ENUM
};

/* "ENOENT" and "no such file or directory"; "E?" and "unknown error" for a number that is none of them. */
const char *umbra_error_name(int code);
const char *umbra_error_text(int code);

/* What a host delivers to umbra_deliver(). */
#define UMBRA_DELIVERIES(X)                                                                                  \
    X(FETCH_HEAD, 1)   /* number: the HTTP status; data: the response headers as a JSON object */            \
    X(FETCH_DATA, 2)   /* data: bytes of the body, as they come */                                           \
    X(FETCH_END, 3)    /* the body is complete */                                                            \
    X(FETCH_ERROR, 4)  /* data: a sentence, what failed; the fetch is over */                                \
    X(STREAM_DATA, 5)  /* data: bytes for a stream that asked for them, at most UMBRA_STREAM_PIECE */        \
    X(STREAM_END, 6)   /* a stream gets no more bytes */                                                     \
    X(STREAM_READY, 7) /* a stream that was full can be written to again */                                  \
    X(STREAM_SIZE, 8)  /* number: columns + 65,536 × rows of the terminal behind a stream */

enum umbra_delivery {
#define UMBRA_DELIVERY_ENUM(name, number) UMBRA_##name = (number),
    UMBRA_DELIVERIES(UMBRA_DELIVERY_ENUM)
#undef UMBRA_DELIVERY_ENUM
};

/* A batch of an import (operation "import_batch") or an export is a row of entries, little-endian: u32 bytes
 * of the path, u32 bytes of the data, u32 mode, u32 flags, i64 modification time in ms; then the path, then
 * the data. */
#define UMBRA_ENTRY_HEADER    24u
#define UMBRA_ENTRY_APPEND    1u /* the data continues the file of the entry before, which has the same path */
#define UMBRA_ENTRY_LINK      2u /* a symbolic link, the data is its target */
#define UMBRA_ENTRY_MORE      8u /* in exports: the next entry continues this file */
#define UMBRA_ENTRY_DIRECTORY 4u /* a directory, without data; in exports and imports of archives only */
#define UMBRA_MODE_UNKNOWN    0xffffffffu /* where the host does not know modes: a known file keeps its own */

/* A listing of one directory (operation "import_list"), little-endian: u32 bytes of its path, u32 bytes of
 * the text of its .gitignore (0 when there is none), the path, the text; then its entries: u32 bytes of the
 * name, u32 kind, u32 mode, u64 size, i64 modification time in ms, and the name. */
#define UMBRA_LIST_HEADER      8u
#define UMBRA_LISTED_HEADER    28u
#define UMBRA_LISTED_FILE      1u
#define UMBRA_LISTED_DIRECTORY 2u
#define UMBRA_LISTED_LINK      3u
#define UMBRA_SIZE_UNKNOWN     UINT64_MAX /* size and time have not been looked at yet */

/* What umbra_run() says. */
enum umbra_state {
    UMBRA_IDLE = 0, /* nothing to do until the next submit or deliver */
    UMBRA_MORE = 1, /* call again soon */
};

#define UMBRA_STREAM_PIECE 65536u

struct umbra;
struct umbra_host;

/* Opens the workspace behind the host's block files. options: a JSON object (or NULL), see docs/protocol.md.
 * On failure returns a negative error and writes a sentence into message (always terminated). */
int umbra_open(const struct umbra_host *host, const char *options, struct umbra **out, char *message,
               size_t message_size);

/* Submits a request: {"op": NAME, ...}, with bytes beside it where the operation takes them. The answer comes
 * through host->respond with the same id, now or during a later umbra_run(). Always answered exactly once. */
void umbra_submit(struct umbra *runtime, uint32_t id, const char *json, size_t length, const void *blob,
                  size_t blob_size);

/* Delivers the host's part of something that the runtime started; an unknown id is ignored (it was
 * cancelled). */
void umbra_deliver(struct umbra *runtime, enum umbra_delivery what, uint32_t id, int number, const void *data,
                   size_t size);

/* Runs what is runnable for about slice_ms. */
enum umbra_state umbra_run(struct umbra *runtime, uint32_t slice_ms);

/* In how many milliseconds umbra_run() has something to do even when nothing is submitted or delivered; -1:
 * never. */
int64_t umbra_next_wake(const struct umbra *runtime);

/* Ends everything that runs, makes the last transaction durable and closes the block files. NULL is allowed.
 */
void umbra_close(struct umbra *runtime);

/* Looks over a whole workspace image behind the host's block files (only those of its functions are used, and
 * nothing is written). report is called with a sentence for each problem. The number of problems, with a
 * summary in message; or a negative error, with a sentence: UMBRA_ENOENT when there is no image, UMBRA_EBUSY.
 */
int umbra_check(const struct umbra_host *host, void (*report)(void *context, const char *sentence),
                void *context, char *message, size_t message_size);

/* The tables above and the version as JSON, for hosts in other languages. Static storage. */
const char *umbra_constants(void);

#ifdef __cplusplus
}
#endif
#endif
