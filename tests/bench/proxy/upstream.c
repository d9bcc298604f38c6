#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "wire.h"

enum { CONNECTIONS = 16384, TICK_US = 1000 };

struct peer {
    int fd, left; /* events to send */
    int64_t due;
    size_t size;
    char data[4096];
};

struct upstream {
    int epoll, listener, timer, events;
    int64_t interval;
    struct peer *peers[CONNECTIONS]; /* by descriptor */
    int highest;
};

static const char message[] = "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":"
                              "\"claude-x\",\"content\":[{\"type\":"
                              "\"text\",\"text\":\"A small answer, as many "
                              "are.\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,"
                              "\"usage\":{\"input_tokens\":12,\"output_tokens\":9}}";

static void put(const struct peer *peer, const char *data, size_t size)
{
    if (write(peer->fd, data, size) != (ssize_t)size && errno != EAGAIN && errno != EPIPE &&
        errno != ECONNRESET)
        bench_die("write");
}

static void drop(struct upstream *up, int fd)
{
    free(up->peers[fd]);
    up->peers[fd] = NULL;
    (void)close(fd);
}

static void send_event(struct peer *peer, int64_t now)
{
    char event[512], chunk[600];
    int n =
        snprintf(event, sizeof event,
                 "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
                 "{\"type\":\"text_delta\",\"text\":\"@%lld@ and a few words\"}}\n\n",
                 (long long)now);
    n = snprintf(chunk, sizeof chunk, "%x\r\n%s\r\n%s", (unsigned)n, event,
                 peer->left == 1 ? "0\r\n\r\n" : "");
    put(peer, chunk, (size_t)n);
    peer->left--;
}

static void answer(const struct upstream *up, struct peer *peer, bool stream)
{
    char head[1024];
    int n;
    if (stream) {
        n = snprintf(
            head, sizeof head,
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
        peer->left = up->events;
        peer->due = bench_now() + up->interval;
    } else {
        n = snprintf(head, sizeof head,
                     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                     sizeof message - 1, message);
    }
    put(peer, head, (size_t)n);
    if (stream) send_event(peer, bench_now());
}

/* Requests, one after the other. */
static void take(struct upstream *up, struct peer *peer)
{
    for (;;) {
        char *end = memmem(peer->data, peer->size, "\r\n\r\n", 4);
        if (!end) return;
        *end = '\0';
        char *length = strcasestr(peer->data, "\r\ncontent-length:");
        size_t body = length ? strtoul(length + 17, NULL, 10) : 0, head = (size_t)(end + 4 - peer->data);
        *end = '\r';
        if (peer->size < head + body) return;
        answer(up, peer, memmem(peer->data + head, body, "\"stream\":true", 13) != NULL);
        peer->size -= head + body;
        memmove(peer->data, peer->data + head + body, peer->size);
    }
}

static void on_peer(struct upstream *up, int fd)
{
    struct peer *peer = up->peers[fd];
    ssize_t n = read(fd, peer->data + peer->size, sizeof peer->data - peer->size);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN) drop(up, fd);
        return;
    }
    peer->size += (size_t)n;
    take(up, peer);
}

static void on_tick(struct upstream *up)
{
    uint64_t count;
    if (read(up->timer, &count, sizeof count) < 0) return;
    int64_t now = bench_now();
    for (int fd = 0; fd <= up->highest; fd++) {
        struct peer *peer = up->peers[fd];
        if (!peer || !peer->left || peer->due > now) continue;
        send_event(peer, bench_now());
        peer->due += up->interval;
    }
}

static void on_new(struct upstream *up)
{
    int one = 1, fd;
    while ((fd = accept4(up->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (fd >= CONNECTIONS) bench_die("too many connections");
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        up->peers[fd] = calloc(1, sizeof **up->peers);
        if (!up->peers[fd] || epoll_ctl(up->epoll, EPOLL_CTL_ADD, fd, &event)) bench_die("a connection");
        up->peers[fd]->fd = fd;
        if (fd > up->highest) up->highest = fd;
    }
}

static void listen_somewhere(struct upstream *up)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    up->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(up->listener, (struct sockaddr *)&address, size) || listen(up->listener, 4096) ||
        getsockname(up->listener, (struct sockaddr *)&address, &size))
        bench_die("listen");
    (void)printf("%d\n", ntohs(address.sin_port));
    (void)fflush(stdout);
}

static void watch(const struct upstream *up, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(up->epoll, EPOLL_CTL_ADD, fd, &event)) bench_die("epoll");
}

int bench_upstream(int events, int interval_us)
{
    struct upstream *up = calloc(1, sizeof *up);
    struct itimerspec tick = {.it_interval.tv_nsec = TICK_US * 1000, .it_value.tv_nsec = TICK_US * 1000};
    struct epoll_event batch[256];
    struct rlimit files = {CONNECTIONS, CONNECTIONS};
    if (!up) bench_die("memory");
    (void)setrlimit(RLIMIT_NOFILE, &files);
    up->events = events;
    up->interval = (int64_t)interval_us * 1000;
    up->epoll = epoll_create1(EPOLL_CLOEXEC);
    up->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (up->timer < 0 || timerfd_settime(up->timer, 0, &tick, NULL)) bench_die("timer");
    listen_somewhere(up);
    watch(up, up->listener);
    watch(up, up->timer);
    for (;;) {
        int n = epoll_wait(up->epoll, batch, 256, -1);
        for (int i = 0; i < n; i++) {
            int fd = batch[i].data.fd;
            if (fd == up->listener)
                on_new(up);
            else if (fd == up->timer)
                on_tick(up);
            else if (up->peers[fd])
                on_peer(up, fd);
        }
    }
}
