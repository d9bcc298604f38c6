#include <arpa/inet.h>
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
#include <unistd.h>

#include "wire.h"

static const char post_body[] = "{\"model\":\"claude-x\",\"max_tokens\":64,\"messages\":[{\"role\":\"user\","
                                "\"content\":\"A small question, as "
                                "many are.\"}]}";
static const char stream_body[] =
    "{\"model\":\"claude-x\",\"max_tokens\":64,\"stream\":true,\"messages\":[{\"role\":"
    "\"user\",\"content\":\"A small question.\"}]}";

#define START_NS   1000000     /* between the beginnings of two streams */
#define SILENCE_NS 10000000000 /* after which the server is given up */

struct client {
    int fd;
    int64_t began, sent, arrived; /* the last event's sending and arrival */
    int64_t due;                  /* of the next request; 0: one is under way */
    bool first;
    size_t size;
    char data[BENCH_BUFFER];
};

struct samples {
    int64_t *values;
    size_t count, capacity;
};

static void add(struct samples *samples, int64_t value)
{
    if (samples->count == samples->capacity) {
        samples->capacity = samples->capacity ? 2 * samples->capacity : 65536;
        samples->values = realloc(samples->values, samples->capacity * sizeof *samples->values);
        if (!samples->values) bench_die("memory");
    }
    samples->values[samples->count++] = value;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* In microseconds. */
static double quantile(struct samples *samples, double share)
{
    if (samples->count == 0) return 0;
    qsort(samples->values, samples->count, sizeof *samples->values, compare);
    size_t at = (size_t)(share * (double)samples->count);
    return (double)samples->values[at < samples->count ? at : samples->count - 1] / 1000;
}

static void connect_to(struct client *client, int epoll, int port, int index)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    int one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof address))
        bench_die("connect");
    (void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event)) bench_die("epoll");
}

static char *make_request(int port, const char *path, const char *session, const char *body, size_t *size)
{
    char *text = NULL;
    int n = asprintf(&text,
                     "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nContent-Type: "
                     "application/json\r\nContent-Length: %zu\r\n\r\n%s",
                     path, port, session, strlen(body), body);
    if (n < 0) bench_die("memory");
    *size = (size_t)n;
    return text;
}

static void ask(struct client *client, const char *request, size_t size)
{
    client->size = 0;
    client->due = 0;
    client->first = true;
    client->began = bench_now();
    if (write(client->fd, request, size) != (ssize_t)size) bench_die("write");
}

static bool fill(struct client *client)
{
    ssize_t n =
        recv(client->fd, client->data + client->size, sizeof client->data - 1 - client->size, MSG_DONTWAIT);
    if (n <= 0) return false;
    client->size += (size_t)n;
    client->data[client->size] = '\0';
    return true;
}

static struct client *open_clients(int count, int *epoll, int port)
{
    struct rlimit files = {16384, 16384};
    struct client *clients = calloc((size_t)count, sizeof *clients);
    (void)setrlimit(RLIMIT_NOFILE, &files);
    *epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!clients || *epoll < 0) bench_die("memory");
    for (int i = 0; i < count; i++) connect_to(&clients[i], *epoll, port, i);
    return clients;
}

/* --- posts --- */

/* 1: a whole answer; 0: not yet; -1: not a good one. */
static int whole_answer(const struct client *client)
{
    const char *end = strstr(client->data, "\r\n\r\n");
    const char *length = end ? strcasestr(client->data, "\r\ncontent-length:") : NULL;
    if (!end) return 0;
    if (strncmp(client->data, "HTTP/1.1 200", 12) != 0) return -1;
    if (!length || length > end) return strstr(end, "\r\n0\r\n\r\n") ? 1 : 0; /* chunked */
    return client->size >= (size_t)(end + 4 - client->data) + strtoul(length + 17, NULL, 10);
}

/* Whose turn it is: with a rate, each connection waits for its own. */
static int64_t next_turn(const struct client *client, int connections, int rate)
{
    return rate ? client->began + INT64_C(1000000000) * connections / rate : 0;
}

int bench_posts(int port, const char *path, const char *session, int connections, double seconds, int rate)
{
    int epoll;
    size_t size;
    char *request = make_request(port, path, session, post_body, &size);
    struct client *clients = open_clients(connections, &epoll, port);
    struct samples times = {0};
    struct epoll_event batch[64];
    long errors = 0;
    int64_t began = bench_now(), end = began + (int64_t)(seconds * 1e9);
    for (int i = 0; i < connections; i++)
        if (rate)
            clients[i].due = began + INT64_C(1000000000) * i / rate; /* evenly, not in bursts */
        else
            ask(&clients[i], request, size);
    while (bench_now() < end && errors < 100) {
        int n = epoll_wait(epoll, batch, 64, rate ? 0 : 100);
        for (int i = 0; i < n; i++) {
            struct client *client = &clients[batch[i].data.u32];
            int state = fill(client) ? whole_answer(client) : -1;
            if (state == 0) continue;
            if (state < 0 && ++errors == 1) (void)fprintf(stderr, "proxy_bench: %.400s\n", client->data);
            add(&times, bench_now() - client->began);
            if (rate)
                client->due = next_turn(client, connections, rate);
            else
                ask(client, request, size);
        }
        for (int i = 0; rate && i < connections; i++)
            if (clients[i].due && bench_now() >= clients[i].due) ask(&clients[i], request, size);
    }
    double took = (double)(bench_now() - began) / 1e9;
    (void)printf("{\"requests\":%zu,\"seconds\":%.3f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,"
                 "\"errors\":%ld}\n",
                 times.count, took, quantile(&times, 0.5), quantile(&times, 0.99), quantile(&times, 1),
                 errors);
    return 0;
}

/* --- streams --- */

struct reading {
    struct samples first, late, gap;
    long events, errors;
    int running;
};

static void take_event(struct client *client, struct reading *reading, int64_t sent)
{
    int64_t now = bench_now();
    add(&reading->late, now - sent);
    if (client->first)
        add(&reading->first, now - client->began);
    else
        add(&reading->gap, llabs((now - client->arrived) - (sent - client->sent)));
    client->first = false;
    client->sent = sent;
    client->arrived = now;
    reading->events++;
}

static void take_events(struct client *client, struct reading *reading)
{
    char *at = client->data, *mark;
    while ((mark = strchr(at, '@')) != NULL) {
        char *end = strchr(mark + 1, '@');
        if (!end) break;
        take_event(client, reading, strtoll(mark + 1, NULL, 10));
        at = end + 1;
    }
    bool over = strstr(at, "\r\n0\r\n\r\n") != NULL;
    size_t keep = (size_t)(client->data + client->size - at);
    if (!mark && keep > 8) { /* nothing but the end could still be in it */
        at += keep - 8;
        keep = 8;
    }
    memmove(client->data, at, keep + 1);
    client->size = keep;
    if (!over) return;
    (void)close(client->fd);
    client->fd = -1;
    reading->running--;
}

int bench_streams(int port, const char *path, const char *session, int streams)
{
    int epoll;
    size_t size;
    char *request = make_request(port, path, session, stream_body, &size);
    struct client *clients = open_clients(streams, &epoll, port);
    struct reading reading = {.running = streams};
    struct epoll_event batch[256];
    int64_t began = bench_now(), heard = began;
    int asked = 0;
    while (reading.running > 0) {
        /* One after the other, as users come, not all in the same moment. */
        for (; asked < streams && bench_now() >= began + asked * START_NS; asked++)
            ask(&clients[asked], request, size);
        int n = epoll_wait(epoll, batch, 256, asked < streams ? 1 : 1000);
        if (n > 0) heard = bench_now();
        if (bench_now() - heard > SILENCE_NS) bench_die("nothing for ten seconds");
        for (int i = 0; i < n; i++) {
            struct client *client = &clients[batch[i].data.u32];
            if (client->fd < 0) continue;
            if (fill(client)) {
                take_events(client, &reading);
            } else if (errno != EAGAIN) {
                (void)fprintf(stderr, "proxy_bench: a stream broke: %.300s\n", client->data);
                (void)close(client->fd);
                client->fd = -1;
                reading.running--;
                reading.errors++;
            }
        }
    }
    (void)printf(
        "{\"streams\":%d,\"events\":%ld,\"first_p50_us\":%.1f,\"first_p99_us\":%.1f,\"late_p50_us\":%.1f,"
        "\"late_p99_us\":%.1f,\"late_max_us\":%.1f,\"gap_p50_us\":%.1f,\"gap_p99_us\":%.1f,\"errors\":%ld}\n",
        streams, reading.events, quantile(&reading.first, 0.5), quantile(&reading.first, 0.99),
        quantile(&reading.late, 0.5), quantile(&reading.late, 0.99), quantile(&reading.late, 1),
        quantile(&reading.gap, 0.5), quantile(&reading.gap, 0.99), reading.errors);
    return 0;
}
