/* checkpoint.h: brings the write-ahead log into the database file beside the event loop, in a thread with a
 * connection of its own: it waits for the disk, which the loop must not. The thread begins when it is needed
 * for the first time; where none can be had, the loop does it itself. */
#ifndef PX_STORE_CHECKPOINT_H
#define PX_STORE_CHECKPOINT_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* New pages in the log after which it is time; but while the disk takes them in, commits may wait for it too,
 * and so it is done once in a while only, unless there are very many. The log begins anew when it was taken
 * in to its end; where commits follow one another so closely that this never happens, they wait for it once
 * the log is as long as it may be. Its file is not made shorter, which would take some tenths of a second. */
enum { PX_CHECKPOINT_PAGES = 1000, PX_CHECKPOINT_PAUSE_MS = 5000, PX_CHECKPOINT_MANY_PAGES = 50000 };

enum px_hold { PX_HOLD_NONE, PX_HOLD_ASKED, PX_HOLD_GIVEN };

struct px_checkpoint {
    sqlite3 *handle; /* the loop's */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_cond_t held; /* there is news of hold */
    enum px_hold hold;   /* of the commits, for the thread */
    int most_pages;      /* as many as the log may have */
    atomic_int pages;    /* how long the log is */
    int64_t asked_ms;    /* for the last time */
    int asked_pages;     /* how long the log was then */
    bool opened, running, failed, wanted, ends;
};

/* From now on the connection leaves this work to the thread. log_bytes: how long the log may become. */
void px_checkpoint_open(struct px_checkpoint *checkpoint, sqlite3 *handle, int64_t log_bytes);
/* Waits for what is under way. Before the connection is closed. */
void px_checkpoint_close(struct px_checkpoint *checkpoint);

#endif
