#include "base/loop.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 8 }; /* few, so that what has come in soon goes out */

int64_t px_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t px_unix_seconds(void)
{
    return (int64_t)time(NULL);
}

int px_loop_open(struct px_loop *loop, struct px_err *err)
{
    *loop = (struct px_loop){.epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    if (loop->epoll_fd < 0) return px_fail(err, PX_EIO, "cannot create the event loop: %s", strerror(errno));
    return 0;
}

void px_loop_close(struct px_loop *loop)
{
    if (loop->epoll_fd >= 0) (void)close(loop->epoll_fd);
    free(loop->heap);
    *loop = (struct px_loop){.epoll_fd = -1};
}

int px_watch_set(struct px_loop *loop, struct px_watch *watch, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    int operation = watch->active ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(loop->epoll_fd, operation, fd, &event)) return PX_EIO;
    watch->fd = fd;
    watch->active = true;
    return 0;
}

void px_watch_remove(struct px_loop *loop, struct px_watch *watch)
{
    if (!watch->active) return;
    watch->active = false;
    /* The descriptor may be closed already, which removed it from the set; only then does this fail. */
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    for (int i = loop->batch_next; i < loop->batch_size; i++)
        if (loop->batch[i].data.ptr == watch) loop->batch[i].data.ptr = NULL;
}

static void place(struct px_loop *loop, size_t slot, struct px_timer *timer)
{
    loop->heap[slot] = (struct px_timer_slot){timer->due_ms, timer};
    timer->slot = slot + 1;
}

static void sift_up(struct px_loop *loop, size_t slot, struct px_timer *timer)
{
    while (slot > 0) {
        size_t parent = (slot - 1) / 2;
        if (loop->heap[parent].due_ms <= timer->due_ms) break;
        place(loop, slot, loop->heap[parent].timer);
        slot = parent;
    }
    place(loop, slot, timer);
}

static void sift_down(struct px_loop *loop, size_t slot, struct px_timer *timer)
{
    for (;;) {
        size_t child = slot * 2 + 1;
        if (child >= loop->timers) break;
        if (child + 1 < loop->timers && loop->heap[child + 1].due_ms < loop->heap[child].due_ms) child++;
        if (timer->due_ms <= loop->heap[child].due_ms) break;
        place(loop, slot, loop->heap[child].timer);
        slot = child;
    }
    place(loop, slot, timer);
}

void px_timer_clear(struct px_loop *loop, struct px_timer *timer)
{
    if (!timer->slot) return;
    size_t slot = timer->slot - 1;
    timer->slot = 0;
    struct px_timer *moved = loop->heap[--loop->timers].timer;
    if (moved == timer) return;
    if (slot > 0 && loop->heap[(slot - 1) / 2].due_ms > moved->due_ms)
        sift_up(loop, slot, moved);
    else
        sift_down(loop, slot, moved);
}

int px_timer_set(struct px_loop *loop, struct px_timer *timer, int64_t delay_ms)
{
    px_timer_clear(loop, timer);
    if (loop->timers == loop->heap_capacity) {
        size_t capacity = loop->heap_capacity ? loop->heap_capacity * 2 : 64;
        struct px_timer_slot *heap = realloc(loop->heap, capacity * sizeof *heap);
        if (!heap) return PX_ENOMEM;
        loop->heap = heap;
        loop->heap_capacity = capacity;
    }
    timer->due_ms = px_now_ms() + delay_ms;
    sift_up(loop, loop->timers++, timer);
    return 0;
}

void px_task_queue(struct px_loop *loop, struct px_task *task)
{
    if (task->queued) return;
    task->queued = true;
    task->next = NULL;
    if (loop->last)
        loop->last->next = task;
    else
        loop->first = task;
    loop->last = task;
}

void px_task_cancel(struct px_loop *loop, struct px_task *task)
{
    if (!task->queued) return;
    struct px_task *before = NULL;
    for (struct px_task *t = loop->first; t; before = t, t = t->next) {
        if (t != task) continue;
        if (before)
            before->next = t->next;
        else
            loop->first = t->next;
        if (loop->last == t) loop->last = before;
        break;
    }
    task->queued = false;
}

static void run_tasks(struct px_loop *loop)
{
    while (loop->first) {
        struct px_task *task = loop->first;
        loop->first = task->next;
        if (!loop->first) loop->last = NULL;
        task->queued = false;
        task->run(task);
    }
}

static void run_timers(struct px_loop *loop)
{
    int64_t now = px_now_ms();
    /* A timer that sets itself again with no delay waits for the next round, so descriptors are not starved.
     */
    for (size_t budget = loop->timers; budget > 0 && loop->timers > 0; budget--) {
        struct px_timer *timer = loop->heap[0].timer;
        if (timer->due_ms > now) break;
        px_timer_clear(loop, timer);
        timer->fire(timer);
    }
}

static int wait_time(const struct px_loop *loop, int64_t max_wait_ms)
{
    int64_t wait = max_wait_ms;
    if (loop->first) return 0;
    if (loop->timers) {
        int64_t left = loop->heap[0].due_ms - px_now_ms();
        if (left < 0) left = 0;
        if (wait < 0 || left < wait) wait = left;
    }
    return wait > INT_MAX ? INT_MAX : (int)wait;
}

int px_loop_run(struct px_loop *loop, int64_t max_wait_ms, struct px_err *err)
{
    struct epoll_event batch[BATCH];
    int count = epoll_wait(loop->epoll_fd, batch, BATCH, wait_time(loop, max_wait_ms));
    if (count < 0 && errno != EINTR)
        return px_fail(err, PX_EIO, "waiting for events failed: %s", strerror(errno));
    loop->batch = batch;
    loop->batch_size = count < 0 ? 0 : count;
    for (loop->batch_next = 0; loop->batch_next < loop->batch_size;) {
        struct epoll_event *event = &batch[loop->batch_next++];
        struct px_watch *watch = event->data.ptr;
        if (watch) watch->ready(watch, event->events);
    }
    loop->batch = NULL;
    loop->batch_size = loop->batch_next = 0;
    run_timers(loop);
    run_tasks(loop);
    return 0;
}
