#include "store/checkpoint.h"

/* Whoever writes meanwhile goes on; what does not fit this time is done the next (SQLite, "Write-Ahead
 * Logging", section 3.2). A failure leaves the log as it is, and the next commit asks again. */
static void work(sqlite3 *handle)
{
    (void)sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* Whether there is something to do; false: the end. */
static bool await(struct px_checkpoint *checkpoint)
{
    (void)pthread_mutex_lock(&checkpoint->lock);
    while (!checkpoint->wanted && !checkpoint->ends)
        (void)pthread_cond_wait(&checkpoint->wake, &checkpoint->lock);
    bool more = !checkpoint->ends;
    checkpoint->wanted = false;
    (void)pthread_mutex_unlock(&checkpoint->lock);
    return more;
}

/* A connection knows of the log only once it has read from the file. */
static bool open_handle(const char *path, sqlite3 **handle)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    return sqlite3_open_v2(path, handle, flags, NULL) == SQLITE_OK &&
           sqlite3_exec(*handle, "PRAGMA schema_version", NULL, NULL, NULL) == SQLITE_OK;
}

static void *run(void *owner)
{
    struct px_checkpoint *checkpoint = owner;
    sqlite3 *handle = NULL;
    if (open_handle(sqlite3_db_filename(checkpoint->handle, "main"), &handle)) {
        while (await(checkpoint)) work(handle);
    } else {
        (void)pthread_mutex_lock(&checkpoint->lock);
        checkpoint->failed = true;
        (void)pthread_mutex_unlock(&checkpoint->lock);
    }
    (void)sqlite3_close(handle);
    return NULL;
}

/* With the lock held. */
static bool is_running(struct px_checkpoint *checkpoint)
{
    if (!checkpoint->running)
        checkpoint->running = pthread_create(&checkpoint->thread, NULL, run, checkpoint) == 0;
    return checkpoint->running;
}

static int on_commit(void *owner, sqlite3 *handle, const char *name, int pages)
{
    struct px_checkpoint *checkpoint = owner;
    (void)name;
    if (pages < PX_CHECKPOINT_PAGES) return SQLITE_OK;
    (void)pthread_mutex_lock(&checkpoint->lock);
    bool handed = is_running(checkpoint) && !checkpoint->failed;
    checkpoint->wanted = true;
    if (handed) (void)pthread_cond_signal(&checkpoint->wake);
    (void)pthread_mutex_unlock(&checkpoint->lock);
    if (!handed) work(handle);
    return SQLITE_OK;
}

void px_checkpoint_open(struct px_checkpoint *checkpoint, sqlite3 *handle)
{
    *checkpoint = (struct px_checkpoint){.handle = handle, .opened = true};
    (void)pthread_mutex_init(&checkpoint->lock, NULL);
    (void)pthread_cond_init(&checkpoint->wake, NULL);
    (void)sqlite3_wal_hook(handle, on_commit, checkpoint); /* in the place of SQLite's own */
}

void px_checkpoint_close(struct px_checkpoint *checkpoint)
{
    if (!checkpoint->opened) return;
    (void)pthread_mutex_lock(&checkpoint->lock);
    checkpoint->ends = true;
    (void)pthread_cond_signal(&checkpoint->wake);
    (void)pthread_mutex_unlock(&checkpoint->lock);
    if (checkpoint->running) (void)pthread_join(checkpoint->thread, NULL);
    (void)sqlite3_wal_hook(checkpoint->handle, NULL, NULL);
    (void)pthread_cond_destroy(&checkpoint->wake);
    (void)pthread_mutex_destroy(&checkpoint->lock);
    *checkpoint = (struct px_checkpoint){0};
}
