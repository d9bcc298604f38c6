/* log.h: the one file behind a workspace: a header, then records, each with a length, a sequence number and a
 * CRC-32C. Appended records stay in memory until they are many or the transaction commits; what stands after
 * the last commit record counts for nothing. FORMAT.md has the bytes. */
#ifndef UMBRA_STORE_LOG_H
#define UMBRA_STORE_LOG_H

#include "base/buffer.h"
#include "umbra_host.h"

#define LOG_HEADER_SIZE        32u
#define LOG_RECORD_HEADER_SIZE 16u
#define LOG_RECORD_MAX         (16u << 20) /* payload bytes */

enum log_type {
    LOG_DATA = 1,       /* file content; inodes refer to places inside it */
    LOG_INODE = 2,      /* an inode as it is after the transaction */
    LOG_REMOVE = 3,     /* an inode that is gone */
    LOG_REBASE = 4,     /* BASE := HEAD, after the transaction's inodes */
    LOG_CLEAR = 5,      /* HEAD and BASE := empty, before the transaction's inodes */
    LOG_CHECKPOINT = 6, /* keep HEAD, after the transaction's inodes */
    LOG_COMMIT = 7,     /* all records since the commit before count */
};

struct log {
    const struct umbra_host *host;
    int handle;
    uint64_t limit;        /* bytes that the file may have */
    uint64_t committed;    /* end of the last transaction */
    uint64_t place;        /* where pending's first byte belongs in the file */
    uint64_t reach;        /* the file may have bytes up to here; those after `committed` count for nothing */
    struct buffer pending; /* records not yet written */
    uint32_t sequence;     /* of the next record */
    uint32_t committed_sequence;
};

/* What log_replay() calls for each record of a whole transaction, in order, the commit record last. place is
 * that of the payload; the payload of LOG_DATA is not given (NULL). Not 0: stop with that error. */
typedef int (*log_record)(void *context, enum log_type type, uint64_t place, const unsigned char *payload,
                          uint32_t size, struct error *error);

/* Opens (or begins) the log and replays it. An unfinished transaction at the end is cut off. */
int log_open(struct log *log, const struct umbra_host *host, uint64_t limit, log_record replay, void *context,
             struct error *error);
void log_close(struct log *log);

/* Appends a record. *place (may be NULL): where its payload is. */
int log_append(struct log *log, enum log_type type, const void *payload, size_t size, uint64_t *place,
               struct error *error);
/* Ends the transaction, on the disk when flush. On failure nothing counts; call log_rollback(). */
int log_commit(struct log *log, bool flush, struct error *error);
void log_rollback(struct log *log);

/* Reads from a place that a record gave, pending or written. 0 or a negative error. */
int log_read(const struct log *log, uint64_t place, void *data, size_t size);

uint64_t log_size(const struct log *log);

#endif
