/* memory_host.h: a host for tests: block files in memory, a clock that only tests move, failures on request
 * and crashes that lose what was not flushed. No allocation happens after memory_host_new() unless journal or
 * history is set. */
#ifndef UMBRA_TEST_MEMORY_HOST_H
#define UMBRA_TEST_MEMORY_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "umbra_host.h"

#define MEMORY_FILES 2

struct memory_change { /* since the last flush: a write, or with data NULL a truncation to offset */
    uint64_t offset;
    uint64_t size;
    char *data;
};

struct memory_file {
    char name[32];
    char *data, *durable; /* of `capacity` bytes each */
    uint64_t size, durable_size;
    bool open;
    struct memory_change *changes;
    size_t change_count, change_capacity;
};

/* What was done to a file, in order, from the moment that memory_host.history was set. */
enum memory_event { MEMORY_WRITE, MEMORY_TRUNCATE, MEMORY_FLUSH };

struct memory_entry {
    enum memory_event event;
    int file;        /* index in memory_host.files */
    uint64_t offset; /* of a write; of a truncation the new size */
    uint64_t size;   /* of a write */
    char *data;      /* of a write */
};

struct memory_history {
    struct memory_entry *entries;
    size_t count, capacity;
};

struct memory_host {
    struct umbra_host host;
    struct memory_file files[MEMORY_FILES];
    uint64_t capacity;
    bool journal; /* keep the durable state and the changes since, for memory_host_crash() */
    struct memory_history *history; /* keep all that is done, for memory_crash; NULL: do not */
    int64_t wall;                   /* milliseconds */
    int64_t monotonic;              /* microseconds */
    int64_t tick;                   /* that each look at the monotonic clock adds */
    int64_t write_budget;           /* bytes until writing fails; -1: never */
    int write_error;                /* what it fails with; 0: it is short */
    bool write_all_first;           /* the failing write still puts all of its bytes into the file */
    int64_t flush_budget;           /* flushes until one fails; -1: never */
    bool fail_truncate;
    bool fail_read;
    bool dead; /* writing, cutting and flushing fail and do nothing */
    uint64_t writes, written, flushes;
    uint64_t seed;
    void *owner; /* for those who set host.respond and the like: their context is this memory host */
};

struct memory_host *memory_host_new(uint64_t capacity);
void memory_host_free(struct memory_host *memory);
struct memory_file *memory_host_file(struct memory_host *memory, const char *name);

/* Power fails: of the changes since the last flush any part survives, each in sectors of 512 bytes, in any
 * order; `keep` of 100 survive on average (100: all, 0: none). All handles are closed. */
void memory_host_crash(struct memory_host *memory, unsigned keep);

void memory_history_free(struct memory_history *history);

/* What survives of one entry of a history: bytes [from, to) of a write; a truncation when from < to. */
struct memory_part {
    size_t entry;
    uint64_t from, to;
};

/* Of a write its bytes, of a truncation 1, of a flush 0: what `to` is when all of it survives. */
uint64_t memory_entry_length(const struct memory_entry *entry);

/* Makes the states in which a crash can leave the first file of a host, for one moment after the other. */
struct memory_crash {
    const struct memory_history *history;
    size_t position;  /* so many entries were done when it crashed */
    size_t unflushed; /* the first of them after the last flush */
    char *durable;    /* what that flush made safe */
    uint64_t durable_size, capacity;
};

void memory_crash_begin(struct memory_crash *crash, const struct memory_history *history, uint64_t capacity);
void memory_crash_end(struct memory_crash *crash);
/* One entry later; false at the end of the history. */
bool memory_crash_step(struct memory_crash *crash);
/* Writes into a file: what was durable, and over it what survived of the later entries, in the order given.
 */
void memory_crash_make(const struct memory_crash *crash, const struct memory_part *parts, size_t count,
                       struct memory_file *file);

/* A pseudo-random number, the same in every run. */
uint32_t test_random(uint64_t *seed);

#endif
