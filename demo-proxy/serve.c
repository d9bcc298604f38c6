#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "http/app.h"
#include "http/server.h"
#include "upstream/scenario.h"

enum { FLUSH_MS = 300 };

static void on_grace_over(struct px_timer *timer)
{
    struct px_app *app = timer->owner;
    if (app->stopping) return;
    app->stopping = true;
    px_server_break_streams(app);
    /* A moment to send the last words. */
    (void)px_timer_set(&app->loop, &app->grace, FLUSH_MS);
}

static void on_signal(struct px_watch *watch, uint32_t events)
{
    struct px_app *app = watch->owner;
    struct signalfd_siginfo info;
    (void)events;
    if (read(watch->fd, &info, sizeof info) != sizeof info) return;
    px_log_message(&app->log, "info", "stopping", "%s received, %lld streams running",
                   info.ssi_signo == SIGTERM ? "SIGTERM" : "SIGINT", app->streams);
    if (app->draining) {
        on_grace_over(&app->grace); /* asked twice: no more grace */
        return;
    }
    app->draining = true;
    px_server_quiesce(app);
    if (px_timer_set(&app->loop, &app->grace, app->options.shutdown_grace_ms)) on_grace_over(&app->grace);
}

static int open_signals(struct px_app *app, struct px_err *err)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ,
                 SIG_IGN); /* a file that may not grow is an error of its write, and no reason to end */
    app->signal_watch = (struct px_watch){.ready = on_signal, .owner = app, .fd = -1};
    int fd = sigprocmask(SIG_BLOCK, &set, NULL) ? -1 : signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0 || px_watch_set(&app->loop, &app->signal_watch, fd, EPOLLIN))
        return px_fail(err, PX_EIO, "cannot receive signals: %s", strerror(errno));
    return 0;
}

static int open_page(struct px_app *app, struct px_err *err)
{
    const char *path = app->options.page_dir;
    if (!path) return 0;
    app->page_dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (app->page_dir >= 0) return 0;
    return px_fail(err, PX_EIO,
                   "cannot open the page's folder %s: %s; build the page first or leave --page-dir out", path,
                   strerror(errno));
}

static int open_model(struct px_app *app, struct px_err *err)
{
    const struct px_options *options = &app->options;
    app->model = options->scenario                             ? PX_MODEL_SCENARIO
                 : options->offline || !options->anthropic_key ? PX_MODEL_OFFLINE
                                                               : PX_MODEL_KEY;
    int rc = px_multi_open(&app->multi, &app->loop, err);
    if (rc == 0) rc = px_remote_open(&app->anthropic, &app->multi, options->anthropic_base_url, err);
    app->anthropic.connect_timeout_ms = (long)options->connect_timeout_ms;
    app->anthropic.idle_timeout_ms = options->idle_timeout_ms;
    if (rc == 0 && options->scenario) rc = px_scenario_open(&app->scenario, options->scenario, err);
    return rc;
}

static int open_app(struct px_app *app, struct px_err *err)
{
    int rc = px_loop_open(&app->loop, err);
    app->grace = (struct px_timer){.fire = on_grace_over, .owner = app};
    if (rc == 0) rc = open_signals(app, err);
    if (rc == 0) rc = px_state_open(&app->state, app->options.state_dir, err);
    if (rc == 0) rc = px_state_secret(&app->state, app->secret, err);
    if (rc == 0) rc = open_page(app, err);
    if (rc == 0) rc = open_model(app, err);
    if (rc == 0) rc = px_server_listen(app, err);
    if (rc == 0)
        rc = px_origins_open(&app->origins, app->options.bind_address, app->port,
                             app->options.allowed_origins, err);
    if (rc == 0)
        rc = px_store_serve(&app->store, &app->options, &app->state, app->secret, &app->loop, &app->log, err);
    if (rc == 0) rc = px_server_start(app, err);
    return rc;
}

static void close_app(struct px_app *app)
{
    if (app->daemon)
        px_server_stop(app); /* closes the listening socket too, where it is still open */
    else if (app->listen_fd >= 0)
        (void)close(app->listen_fd);
    px_store_close(&app->store); /* after the last request has settled */
    px_remote_close(&app->anthropic);
    px_multi_close(&app->multi);
    px_scenario_close(app->scenario);
    px_origins_close(&app->origins);
    if (app->page_dir >= 0) (void)close(app->page_dir);
    px_state_close(&app->state);
    OPENSSL_cleanse(app->secret, sizeof app->secret);
    if (app->signal_watch.fd >= 0) (void)close(app->signal_watch.fd);
    px_loop_close(&app->loop);
    px_options_free(&app->options);
}

static const char *model_words(const struct px_app *app)
{
    switch (app->model) {
    case PX_MODEL_KEY:
        return app->anthropic.host;
    case PX_MODEL_SCENARIO:
        return "scenario file, not a model";
    case PX_MODEL_OFFLINE:
        break;
    }
    return "scripted offline demo, not a model";
}

static int announce(struct px_app *app, struct px_err *err)
{
    char token[PX_TOKEN_SIZE], address[80];
    const char *bind = app->options.bind_address;
    bool v6 = strchr(bind, ':') != NULL;
    (void)snprintf(address, sizeof address, "%s%s%s:%d", v6 ? "[" : "", bind, v6 ? "]" : "", app->port);
    int rc = px_pairing_create(&app->state, app->options.pairing_seconds, token, err);
    if (rc == 0) rc = px_state_write_address(&app->state, address, err);
    if (rc == 0) {
        (void)printf("demo-proxy listening on http://%s (model: %s)\n", address, model_words(app));
        (void)printf("open http://%s/#pair=%s\n", address, token);
        (void)fflush(stdout);
    }
    OPENSSL_cleanse(token, sizeof token);
    return rc;
}

static int run(struct px_app *app, struct px_err *err)
{
    int rc = 0;
    while (rc == 0) {
        rc = px_loop_run(&app->loop, px_server_wait(app), err);
        px_server_turn(app);
        /* Before the next turn sends anything to a provider. A failure is told to those whom it concerns. */
        (void)px_database_turn(&app->store.db, NULL);
        if (app->draining && !app->requests) break;
        if (app->stopping && !app->grace.slot) break;
    }
    return rc;
}

int px_serve(struct px_options *options)
{
    struct px_err err = {0};
    struct px_app app = {.options = *options, .page_dir = -1, .listen_fd = -1, .log = {.fd = STDERR_FILENO}};
    app.loop.epoll_fd = app.signal_watch.fd = app.state.dir = app.state.pairing = -1;
    *options = (struct px_options){0};
    int rc = open_app(&app, &err);
    if (rc == 0) rc = announce(&app, &err);
    if (rc == 0) {
        rc = run(&app, &err);
        (void)px_state_write_address(&app.state, NULL, NULL);
        px_server_break_streams(&app);
        px_server_turn(&app); /* takes up what was suspended: the daemon must not be stopped over it */
    }
    close_app(&app);
    if (rc == 0) return 0;
    (void)fprintf(stderr, "demo-proxy: %s\n", err.text);
    return rc == PX_EUSAGE ? 2 : 1;
}

int px_pair(const struct px_options *options)
{
    struct px_err err = {0};
    struct px_state state;
    char token[PX_TOKEN_SIZE], address[80];
    int rc = px_state_open(&state, options->state_dir, &err);
    if (rc == 0) {
        rc = px_pairing_create(&state, options->pairing_seconds, token, &err);
        if (options->port_given || !px_state_read_address(&state, address, sizeof address))
            (void)snprintf(address, sizeof address, "127.0.0.1:%lld", options->port);
        px_state_close(&state);
    }
    if (rc == 0) {
        (void)printf("open http://%s/#pair=%s\n", address, token);
        return 0;
    }
    (void)fprintf(stderr, "demo-proxy: %s\n", err.text);
    return 1;
}
