/* loop.h: the one event loop, in one thread: descriptors over epoll, timers in a binary heap, deferred tasks.
 * Every callback runs from px_loop_run; none may block. Watches, timers and tasks live inside the caller's
 * structs and may be removed at any time, also from inside a callback. */
#ifndef PX_BASE_LOOP_H
#define PX_BASE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct epoll_event;

struct px_watch {
    void (*ready)(struct px_watch *watch, uint32_t events);
    void *owner;
    int fd;
    bool active;
};

struct px_timer {
    void (*fire)(struct px_timer *timer);
    void *owner;
    int64_t due_ms; /* on the loop's monotonic clock */
    size_t slot;    /* place in the heap plus one; 0: not set */
};

/* The heap keeps the times beside the pointers, so that sorting touches no timer. */
struct px_timer_slot {
    int64_t due_ms;
    struct px_timer *timer;
};

struct px_task {
    void (*run)(struct px_task *task);
    void *owner;
    struct px_task *next;
    bool queued;
};

struct px_loop {
    int epoll_fd;
    struct px_timer_slot *heap;
    size_t timers, heap_capacity;
    struct px_task *first, *last;
    struct epoll_event *batch; /* the events being dispatched, so that a removed watch can be struck out */
    int batch_size, batch_next;
};

int px_loop_open(struct px_loop *loop, struct px_err *err);
void px_loop_close(struct px_loop *loop);

/* Milliseconds of the monotonic clock, and seconds since 1970. */
int64_t px_now_ms(void);
int64_t px_unix_seconds(void);

/* events as for epoll_ctl. Adding an active watch changes its events. 0 or PX_EIO. */
int px_watch_set(struct px_loop *loop, struct px_watch *watch, int fd, uint32_t events);
void px_watch_remove(struct px_loop *loop, struct px_watch *watch);

/* Fires once, delay_ms (>= 0) from now; setting a set timer moves it. 0 or PX_ENOMEM. */
int px_timer_set(struct px_loop *loop, struct px_timer *timer, int64_t delay_ms);
void px_timer_clear(struct px_loop *loop, struct px_timer *timer);

/* Runs the task once, soon, from the loop and not from inside the caller. */
void px_task_queue(struct px_loop *loop, struct px_task *task);
void px_task_cancel(struct px_loop *loop, struct px_task *task);

/* Waits for at most max_wait_ms (-1: no bound) and runs what is ready. 0 or PX_EIO. */
int px_loop_run(struct px_loop *loop, int64_t max_wait_ms, struct px_err *err);

#endif
