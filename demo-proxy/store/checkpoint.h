/* checkpoint.h: brings the write-ahead log into the database file beside the event loop, in a thread with a
 * connection of its own: it waits for the disk, which the loop must not. The thread begins when it is needed
 * for the first time; where none can be had, the loop does it itself. */
#ifndef PX_STORE_CHECKPOINT_H
#define PX_STORE_CHECKPOINT_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>

enum { PX_CHECKPOINT_PAGES = 1000 /* of the log, after which it is time */ };

struct px_checkpoint {
    sqlite3 *handle; /* the loop's */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool opened, running, failed, wanted, ends;
};

/* From now on the connection leaves this work to the thread. */
void px_checkpoint_open(struct px_checkpoint *checkpoint, sqlite3 *handle);
/* Waits for what is under way. Before the connection is closed. */
void px_checkpoint_close(struct px_checkpoint *checkpoint);

#endif
