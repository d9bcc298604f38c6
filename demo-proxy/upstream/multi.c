#include "upstream/multi.h"

#include <stdlib.h>
#include <sys/epoll.h>

static void report_finished(struct px_multi *multi)
{
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(multi->curl, &left));) {
        if (message->msg != CURLMSG_DONE) continue;
        struct px_transfer *transfer = NULL;
        CURLcode result = message->data.result;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        (void)curl_multi_remove_handle(multi->curl, transfer->easy);
        transfer->done(transfer, result);
    }
}

static void act(struct px_multi *multi, curl_socket_t socket, int events)
{
    int running = 0;
    (void)curl_multi_socket_action(multi->curl, socket, events, &running);
    report_finished(multi);
}

static void on_socket_ready(struct px_watch *watch, uint32_t events)
{
    int flags = (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    act(watch->owner, watch->fd, flags);
}

static void on_timer(struct px_timer *timer)
{
    act(timer->owner, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer_change(CURLM *curl, long timeout_ms, void *owner)
{
    struct px_multi *multi = owner;
    if (timeout_ms < 0) {
        px_timer_clear(multi->loop, &multi->timer);
        return 0;
    }
    return px_timer_set(multi->loop, &multi->timer, timeout_ms) ? -1 : 0;
}

static int on_socket_change(CURL *easy, curl_socket_t socket, int what, void *owner, void *socket_owner)
{
    struct px_multi *multi = owner;
    struct px_watch *watch = socket_owner;
    if (what == CURL_POLL_REMOVE) {
        if (watch) px_watch_remove(multi->loop, watch);
        free(watch);
        (void)curl_multi_assign(multi->curl, socket, NULL);
        return 0;
    }
    if (!watch) {
        watch = calloc(1, sizeof *watch);
        if (!watch) return -1;
        *watch = (struct px_watch){.ready = on_socket_ready, .owner = multi};
        (void)curl_multi_assign(multi->curl, socket, watch);
    }
    uint32_t events =
        (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) | (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    return px_watch_set(multi->loop, watch, socket, events) ? -1 : 0;
}

int px_multi_open(struct px_multi *multi, struct px_loop *loop, struct px_err *err)
{
    *multi = (struct px_multi){.loop = loop, .timer = {.fire = on_timer, .owner = multi}};
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return px_fail(err, PX_ENOMEM, "libcurl could not be initialised");
    multi->curl = curl_multi_init();
    if (!multi->curl) {
        curl_global_cleanup();
        return px_fail_memory(err);
    }
    (void)curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, on_socket_change);
    (void)curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
    (void)curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, on_timer_change);
    (void)curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
    return 0;
}

void px_multi_close(struct px_multi *multi)
{
    if (!multi->curl) return;
    while (multi->idle_count) curl_easy_cleanup(multi->idle[--multi->idle_count].easy);
    (void)curl_multi_cleanup(multi->curl);
    px_timer_clear(multi->loop, &multi->timer);
    curl_global_cleanup();
    multi->curl = NULL;
}

CURL *px_multi_take(struct px_multi *multi, const void *purpose, bool *prepared)
{
    *prepared = false;
    if (!multi->idle_count) return curl_easy_init();
    size_t last = --multi->idle_count, at = last;
    while (at > 0 && multi->idle[at].purpose != purpose) at--;
    CURL *easy = multi->idle[at].easy;
    *prepared = multi->idle[at].purpose == purpose;
    multi->idle[at] = multi->idle[last];
    if (!*prepared) curl_easy_reset(easy);
    return easy;
}

void px_multi_give(struct px_multi *multi, CURL *easy, const void *purpose)
{
    if (multi->idle_count == PX_IDLE_HANDLES)
        curl_easy_cleanup(easy);
    else
        multi->idle[multi->idle_count++] = (struct px_idle_handle){easy, purpose};
}

int px_multi_add(struct px_multi *multi, struct px_transfer *transfer)
{
    return curl_multi_add_handle(multi->curl, transfer->easy) == CURLM_OK ? 0 : PX_ENOMEM;
}

void px_multi_remove(struct px_multi *multi, struct px_transfer *transfer)
{
    (void)curl_multi_remove_handle(multi->curl, transfer->easy);
}

void px_multi_unpause(struct px_multi *multi, struct px_transfer *transfer)
{
    (void)curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
    act(multi, CURL_SOCKET_TIMEOUT, 0);
}
