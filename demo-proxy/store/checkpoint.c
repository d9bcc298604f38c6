#include "store/checkpoint.h"

#include <errno.h>
#include <limits.h>
#include <sys/resource.h>
#include <time.h>

#include "base/loop.h"

enum {
    NICENESS = 5,  /* with more it would hold what the loop waits for, and not run */
    PASSES = 8,    /* at most, one after the other */
    SHORT_MS = 30, /* a pass that is not worth to be followed by another */
    REST_MS = 200, /* without a commit: then what is left can be taken in whole */
    HOLD_MS = 250  /* as long as either side waits for the other */
};

/* Whoever writes meanwhile goes on; what does not fit this time is done the next (SQLite, "Write-Ahead
 * Logging", section 3.2). A failure leaves the log as it is, and a later commit asks again. False when more
 * came in meanwhile. */
static bool work(const struct px_checkpoint *checkpoint, sqlite3 *handle)
{
    int done = 0;
    int rc = sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, &done);
    return rc != SQLITE_OK || done >= atomic_load(&checkpoint->pages);
}

/* --- the thread --- */

static struct timespec after(long ms)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += ms * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static void set_hold(struct px_checkpoint *checkpoint, enum px_hold hold)
{
    checkpoint->hold = hold;
    (void)pthread_cond_broadcast(&checkpoint->held);
}

/* With the lock held: until it is this no more. */
static void wait_while(struct px_checkpoint *checkpoint, enum px_hold hold)
{
    const struct timespec end = after(HOLD_MS);
    while (checkpoint->hold == hold)
        if (pthread_cond_timedwait(&checkpoint->held, &checkpoint->lock, &end)) return;
}

/* A last pass, short behind the others, during which the loop waits at its next commit. */
static bool work_alone(struct px_checkpoint *checkpoint, sqlite3 *handle)
{
    (void)pthread_mutex_lock(&checkpoint->lock);
    set_hold(checkpoint, PX_HOLD_ASKED);
    wait_while(checkpoint, PX_HOLD_ASKED); /* no commit is as good: nothing comes in */
    (void)pthread_mutex_unlock(&checkpoint->lock);
    bool whole = work(checkpoint, handle);
    (void)pthread_mutex_lock(&checkpoint->lock);
    set_hold(checkpoint, PX_HOLD_NONE);
    (void)pthread_mutex_unlock(&checkpoint->lock);
    return whole;
}

/* What came in during one pass is less in the next, as long as the disk is faster than who writes. */
static bool take_in(struct px_checkpoint *checkpoint, sqlite3 *handle)
{
    for (int i = 0; i < PASSES; i++) {
        int64_t began = px_now_ms();
        if (work(checkpoint, handle)) return true;
        if (atomic_load(&checkpoint->pages) < checkpoint->most_pages) return false;
        if (px_now_ms() - began < SHORT_MS) break;
    }
    return work_alone(checkpoint, handle);
}

/* The commits rest: the next one, which begins the log anew and waits for the disk, is one of the thread's
 * own. */
static void begin_anew(struct px_checkpoint *checkpoint, sqlite3 *handle)
{
    if (work(checkpoint, handle)) (void)sqlite3_exec(handle, "UPDATE probe SET count = 0", NULL, NULL, NULL);
}

enum what { END, WANTED, REST };

/* With the lock held. */
static enum what await(struct px_checkpoint *checkpoint, bool whole)
{
    int pages = atomic_load(&checkpoint->pages);
    while (!checkpoint->wanted && !checkpoint->ends) {
        const struct timespec end = after(REST_MS);
        if (whole) {
            (void)pthread_cond_wait(&checkpoint->wake, &checkpoint->lock);
        } else if (pthread_cond_timedwait(&checkpoint->wake, &checkpoint->lock, &end) == ETIMEDOUT) {
            int now = atomic_load(&checkpoint->pages);
            if (now == pages) return REST;
            pages = now;
        }
    }
    checkpoint->wanted = false;
    return checkpoint->ends ? END : WANTED;
}

static void serve(struct px_checkpoint *checkpoint, sqlite3 *handle)
{
    for (bool whole = true;;) {
        (void)pthread_mutex_lock(&checkpoint->lock);
        enum what what = await(checkpoint, whole);
        (void)pthread_mutex_unlock(&checkpoint->lock);
        if (what == END) return;
        if (what == REST) begin_anew(checkpoint, handle);
        whole = what == REST || take_in(checkpoint, handle);
    }
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
    /* The loop comes first where both want the same core. On Linux this is the thread's own (setpriority(2)).
     */
    (void)setpriority(PRIO_PROCESS, 0, NICENESS);
    if (open_handle(sqlite3_db_filename(checkpoint->handle, "main"), &handle)) {
        serve(checkpoint, handle);
    } else {
        (void)pthread_mutex_lock(&checkpoint->lock);
        checkpoint->failed = true;
        (void)pthread_mutex_unlock(&checkpoint->lock);
    }
    (void)sqlite3_close(handle);
    return NULL;
}

/* --- the loop --- */

/* With the lock held. */
static bool is_running(struct px_checkpoint *checkpoint)
{
    if (!checkpoint->running)
        checkpoint->running = pthread_create(&checkpoint->thread, NULL, run, checkpoint) == 0;
    return checkpoint->running;
}

/* With the lock held. */
static bool hand_over(struct px_checkpoint *checkpoint)
{
    checkpoint->wanted = true;
    if (!is_running(checkpoint) || checkpoint->failed) return false;
    (void)pthread_cond_signal(&checkpoint->wake);
    return true;
}

static bool is_time(struct px_checkpoint *checkpoint, int pages)
{
    if (pages < checkpoint->asked_pages) checkpoint->asked_pages = 0; /* it has begun anew */
    int fresh = pages - checkpoint->asked_pages;
    if (fresh < PX_CHECKPOINT_PAGES) return false;
    bool many = fresh >= PX_CHECKPOINT_MANY_PAGES || pages >= checkpoint->most_pages;
    int64_t now = px_now_ms();
    if (!many && now - checkpoint->asked_ms < PX_CHECKPOINT_PAUSE_MS) return false;
    checkpoint->asked_ms = now;
    checkpoint->asked_pages = pages;
    return true;
}

static int on_commit(void *owner, sqlite3 *handle, const char *name, int pages)
{
    struct px_checkpoint *checkpoint = owner;
    (void)name;
    bool wanted = is_time(checkpoint, pages), handed = true;
    atomic_store(&checkpoint->pages, pages);
    if (!checkpoint->running && !wanted) return SQLITE_OK;
    (void)pthread_mutex_lock(&checkpoint->lock);
    if (wanted) handed = hand_over(checkpoint);
    if (checkpoint->hold == PX_HOLD_ASKED) {
        set_hold(checkpoint, PX_HOLD_GIVEN);
        wait_while(checkpoint, PX_HOLD_GIVEN);
    }
    (void)pthread_mutex_unlock(&checkpoint->lock);
    if (!handed) (void)work(checkpoint, handle);
    return SQLITE_OK;
}

/* Its times are those of after(). */
static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(condition, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

/* SQLite, "Database File Format", 4.1: each page with a head of its own. */
static int pages_in(int64_t bytes, sqlite3 *handle)
{
    enum { SMALLEST = 512, HEAD = 24 };
    sqlite3_stmt *statement = NULL;
    int64_t page = SMALLEST;
    if (sqlite3_prepare_v2(handle, "PRAGMA page_size", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        page = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    int64_t pages = bytes / (page + HEAD);
    return pages < INT_MAX ? (int)pages : INT_MAX;
}

void px_checkpoint_open(struct px_checkpoint *checkpoint, sqlite3 *handle, int64_t log_bytes)
{
    *checkpoint =
        (struct px_checkpoint){.handle = handle, .opened = true, .most_pages = pages_in(log_bytes, handle)};
    (void)pthread_mutex_init(&checkpoint->lock, NULL);
    init_condition(&checkpoint->wake);
    init_condition(&checkpoint->held);
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
    (void)pthread_cond_destroy(&checkpoint->held);
    (void)pthread_mutex_destroy(&checkpoint->lock);
    *checkpoint = (struct px_checkpoint){0};
}
