/* log.h: a chain of records through segments of the image. Each record carries its length, its number, the
 * checksum of the record before it and a CRC-32C of itself, so no mixture of old and new bytes passes for a
 * chain. Records stay in memory until the segment is full, a commit writes them, or someone asks. The log of
 * transactions is such a chain, and so is a snapshot. FORMAT.md has the bytes. */
#ifndef UMBRA_STORE_LOG_H
#define UMBRA_STORE_LOG_H

#include "base/buffer.h"
#include "store/space.h"

/* Where the next record goes, and what it must say. */
struct log_position {
    uint32_t segment, offset;
    uint64_t sequence;
    uint32_t previous; /* checksum of the record before */
};

/* A point to go back to. */
struct log_mark {
    struct log_position position;
    uint32_t taken; /* segments since the last commit */
    uint64_t tail_bytes, meta_bytes;
};

struct log {
    struct space *space;
    enum segment_role role;
    uint16_t salt;   /* random: the same records written by another session have other checksums */
    bool privileged; /* may use the space's reserve */
    struct log_position next;
    uint32_t place; /* offset in the segment of the first byte of pending */
    struct buffer pending;
    struct log_mark committed;
    uint64_t durable; /* sequence up to which all is known to be flushed */
    uint32_t *taken;  /* segments taken since the last commit */
    uint32_t taken_count, taken_capacity;
    bool stale;          /* a commit that failed stands behind the end, whole perhaps, and must not count */
    uint64_t tail_bytes; /* since the snapshot: all of it, and the META records of it */
    uint64_t meta_bytes;
    /* Called when there is no space, to make some; may be NULL. 0: try again. */
    int (*reclaim)(void *context, struct error *error);
    void *context;
};

enum log_commit_mode {
    LOG_DURABLE,  /* flushed */
    LOG_WRITTEN,  /* in the file: it survives the end of the program, not of the machine */
    LOG_DEFERRED, /* in memory until something else is written */
};

void log_init(struct log *log, struct space *space, enum segment_role role);
void log_close(struct log *log);
/* Begins a new chain in a segment of its own. */
int log_start(struct log *log, struct error *error);
/* Goes on after the last record of a chain that was read. */
void log_continue(struct log *log, const struct log_position *position);

/* Goes on in another segment at once. */
int log_advance(struct log *log, struct error *error);
/* The checksum of a payload: CRC-32C, but of DATA the low half of the XXH64 that its chunk has anyway, so
 * that content is gone over once. */
uint32_t log_checksum(enum record_type type, const void *payload, uint32_t size);
/* Appends a record. *segment and *offset (may be NULL) receive the place of the payload; checksum is its own.
 */
int log_append(struct log *log, enum record_type type, unsigned flags, const void *payload, uint32_t size,
               uint32_t checksum, uint32_t *segment, uint32_t *offset, struct error *error);
/* Everything so far counts: the last record appended had RECORD_COMMIT. On failure the log is as it was when
 * it was last committed. */
int log_commit(struct log *log, enum log_commit_mode mode, struct error *error);

struct log_mark log_mark(const struct log *log);
/* Forgets what was appended since. */
void log_rewind(struct log *log, const struct log_mark *mark);
void log_rollback(struct log *log);

/* Overwrites what a failed commit left behind the end. log_commit() tries it at once; whoever closes the log
 * tries again. */
int log_make_void(struct log *log, struct error *error);

/* Writes what is pending; log_sync() flushes too. */
int log_spill(struct log *log, struct error *error);
int log_sync(struct log *log, struct error *error);

/* Reads bytes of a segment, pending ones included. 0 or a negative error. */
int log_read(const struct log *log, uint32_t segment, uint32_t offset, void *data, uint32_t size);

/* One record while a chain is read; payload only with meta records, or with data when it is checked. */
struct log_record {
    enum record_type type;
    unsigned flags;
    uint32_t size;
    const unsigned char *payload;
    struct log_position after; /* where the next one is */
    uint32_t segment;          /* where this one stands */
    uint64_t durable;          /* of a commit: the last sequence known to be flushed before it */
};

/* Called for each record; a result other than 0 ends the walk. */
typedef int (*log_visit)(void *context, const struct log_record *record, struct error *error);
/* Reads a chain from a position until it ends (0), a visit ends it, or reading fails. With check_data the
 * payloads of DATA records are read and checked too. */
int log_walk(struct space *space, const struct log_position *from, bool check_data, log_visit visit,
             void *context, struct error *error);

#endif
