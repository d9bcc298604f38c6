/* Whole connections to the proxy, answers by the offline demo and by a provider on this machine: what a
 * client may send, in pieces, over a pair of sockets to the real server and its loop. Bodies of more than a
 * few bytes go to that provider, "local", while they come in. Byte 1 in the input ends a piece, 2 stands for
 * a session, 3 for the proxy's host. The proxy must answer the next client and keep nothing of this one. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth/session.h"
#include "http/app.h"
#include "http/group.h"
#include "http/listener.h"
#include "http/server.h"
#include "http/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TURNS = 12, PATIENCE_MS = 3000, HELD = 64 /* bytes of a body, and of an answer */, PEERS = 64 };

struct proxy {
    struct px_app app;
    struct px_watch provider;
    char host[32];
    struct buffer session;
};

static void need(int rc, const struct px_err *err)
{
    if (rc == 0) return;
    (void)fprintf(stderr, "%s\n", err->text);
    abort();
}

/* --- the provider: it reads all, and answers whenever a piece ends like JSON or like the last chunk --- */

/* Its connections; only the system would know of them otherwise, and they would count as leaked. */
static struct px_watch peers[PEERS];

static void on_asked(struct px_watch *watch, uint32_t events)
{
    static const char answer[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 37\r\n\r\n"
        "{\"model\":\"m\",\"usage\":{\"in\":1}}      ";
    struct px_loop *loop = watch->owner;
    char bytes[4096];
    ssize_t n = recv(watch->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    (void)events;
    if (n > 0 && strchr("}\n", bytes[n - 1])) (void)send(watch->fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
    if (n > 0 || (n < 0 && errno == EAGAIN)) return;
    px_watch_remove(loop, watch);
    (void)close(watch->fd);
}

static void on_provider(struct px_watch *watch, uint32_t events)
{
    int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    size_t free_one = 0;
    (void)events;
    if (fd < 0) abort();
    while (free_one < PEERS && peers[free_one].active) free_one++;
    if (free_one == PEERS) {
        (void)close(fd);
        return;
    }
    peers[free_one] = (struct px_watch){.ready = on_asked, .owner = watch->owner};
    if (px_watch_set(watch->owner, &peers[free_one], fd, EPOLLIN)) abort();
}

static int open_provider(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&here, sizeof here) || listen(fd, 64)) abort();
    return fd;
}

static int port_of(int fd)
{
    struct sockaddr_in here = {0};
    socklen_t size = sizeof here;
    if (getsockname(fd, (struct sockaddr *)&here, &size)) abort();
    return ntohs(here.sin_port);
}

static char folder[] = "/tmp/px-fuzz-XXXXXX";

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    (void)remove(path);
    return 0;
}

static void remove_folder(void)
{
    (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void open_proxy(struct proxy *proxy)
{
    struct px_app *app = &proxy->app;
    struct px_err err = {0};
    char upstreams[64];
    int provider = open_provider();
    (void)snprintf(upstreams, sizeof upstreams, "local=http://127.0.0.1:%d/v1", port_of(provider));
    (void)signal(SIGPIPE, SIG_IGN);
    if (!mkdtemp(folder) || atexit(remove_folder)) abort();
    char *arguments[] = {"fuzz",       "--port",
                         "0",          "--state-dir",
                         folder,       "--upstreams",
                         upstreams,    "--offline-delay-ms",
                         "0",          "--model-requests",
                         "0",          "--page-dir",
                         "demo-proxy", "--pairing-tries-per-minute",
                         "100000"};
    *app = (struct px_app){.page_dir = -1, .listener.fd = -1};
    need(px_options_read(&app->options, sizeof arguments / sizeof *arguments, arguments, &err), &err);
    app->options.stream_buffer_bytes = HELD;
    app->log.fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    app->page_dir = open(app->options.page_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    need(px_loop_open(&app->loop, &err), &err);
    proxy->provider = (struct px_watch){.ready = on_provider, .owner = &app->loop};
    need(px_watch_set(&app->loop, &proxy->provider, provider, EPOLLIN), NULL);
    need(px_state_open(&app->state, folder, &err), &err);
    need(px_state_secret(&app->state, app->secret, &err), &err);
    px_known_open(&app->known);
    need(px_multi_open(&app->multi, &app->loop, &err), &err);
    need(px_providers_open(&app->providers, &app->multi, &app->options, &err), &err);
    need(px_fetcher_open(&app->fetcher, &app->multi, &app->options, &err), &err);
    need(px_listener_bind(app, &err), &err);
    struct px_origins_settings settings = {.bind_address = "127.0.0.1", .port = app->port};
    need(px_origins_open(&app->origins, &settings, &err), &err);
    need(px_store_serve(&app->store, &app->options, &app->state, app->secret, &app->loop, &app->log, &err),
         &err);
    need(px_server_start(app, &err), &err);
    (void)snprintf(proxy->host, sizeof proxy->host, "127.0.0.1:%d", app->port);
    int64_t now = px_unix_seconds();
    need(px_session_create(app->secret, "", now, now + 1000000, NULL, &proxy->session, &err), &err);
}

static void turn(struct px_app *app)
{
    struct px_err err = {0};
    need(px_loop_run(&app->loop, 0, &err), &err);
    px_groups_turn(app);
    (void)px_database_turn(&app->store.db, NULL);
    px_log_flush(&app->log);
}

/* What came back, thrown away. */
static void drain(int fd)
{
    char bytes[4096];
    while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) continue;
}

static void send_all(struct proxy *proxy, int fd, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const char *text = data[i] == 2 ? buffer_string(&proxy->session) : data[i] == 3 ? proxy->host : NULL;
        size_t plain = 0;
        while (!text && i + plain < size && data[i + plain] > 3) plain++;
        if (text)
            (void)send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
        else if (plain || data[i] == 0)
            (void)send(fd, data + i, plain ? plain : 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (data[i] == 1) turn(&proxy->app);
        if (plain) i += plain - 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct proxy *proxy;
    struct sockaddr_in client = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int ends[2];
    if (!proxy) {
        proxy = calloc(1, sizeof *proxy);
        if (!proxy) return 0;
        open_proxy(proxy);
    }
    struct px_app *app = &proxy->app;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends)) abort();
    px_groups_take(app, ends[1], (const struct sockaddr *)&client, sizeof client);
    send_all(proxy, ends[0], data, size);
    for (int i = 0; i < TURNS; i++) {
        turn(app);
        drain(ends[0]);
    }
    (void)close(ends[0]);
    for (int64_t end = px_now_ms() + PATIENCE_MS; app->connections && px_now_ms() < end;) turn(app);
    if (app->connections || app->requests || app->streams) abort();
    return 0;
}
