#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/trim.h"
#include "harden/harden.h"
#include "http/app.h"
#include "http/bodies.h"
#include "http/choice.h"
#include "http/group.h"
#include "http/listener.h"
#include "http/server.h"
#include "http/tls.h"
#include "upstream/discovery.h"
#include "upstream/scenario.h"
#include "versions.h"

enum { FLUSH_MS = 300, STACK_BYTES = 65536 };

static void on_grace_over(struct px_timer *timer)
{
    struct px_app *app = timer->owner;
    if (app->stopping) return;
    app->stopping = true;
    px_server_break_streams(app);
    /* A moment to send the last words. */
    (void)px_timer_set(&app->loop, &app->grace, FLUSH_MS);
}

/* The audit log tells what was changed without a restart, as it does at a start. */
static void record_change(struct px_app *app, const char *name)
{
    (void)px_store_record_change(&app->store, name, NULL); /* which counts and tells what it cannot write */
}

static void reload_certificate(struct px_app *app)
{
    struct px_err err;
    bool changed;
    if (px_tls_reload(app, &changed, &err))
        px_log_message(&app->log, "error", "certificate kept", "%s; the certificate of before stays in use",
                       err.text);
    if (!changed) return;
    px_log_message(&app->log, "info", "certificate renewed", "connections that begin now use the new one");
    record_change(app, "--tls-cert");
}

static void reload_key(struct px_app *app, struct px_credential *credential, const char *name)
{
    struct px_err err;
    char what[64];
    bool changed;
    if (px_credential_reload(credential, &changed, &err))
        px_log_message(&app->log, "warning", "key kept", "%s: %s; the key of before stays in use", name,
                       err.text);
    if (!changed) return;
    px_log_message(&app->log, "info", "key rotated", "%s: requests that begin now use the new key", name);
    (void)snprintf(what, sizeof what, "%.40s-api-key", name);
    record_change(app, what);
}

/* SIGHUP: keys and the certificate are read again from their files. */
static void reload_files(struct px_app *app)
{
    for (size_t i = 0; i < app->providers.count; i++)
        reload_key(app, &app->providers.items[i]->credential, app->providers.items[i]->id);
    if (app->searcher.backend) reload_key(app, &app->searcher.credential, app->searcher.backend->name);
    reload_certificate(app);
}

static void on_signal(struct px_watch *watch, uint32_t events)
{
    struct px_app *app = watch->owner;
    struct signalfd_siginfo info;
    (void)events;
    if (read(watch->fd, &info, sizeof info) != sizeof info) return;
    if (info.ssi_signo == SIGHUP) {
        reload_files(app);
        return;
    }
    px_log_message(&app->log, "info", "stopping", "%s received, %lld streams running",
                   info.ssi_signo == SIGTERM ? "SIGTERM" : "SIGINT", app->streams);
    if (app->draining) {
        on_grace_over(&app->grace); /* asked twice: no more grace */
        return;
    }
    app->draining = true;
    px_listener_close(app);
    if (px_timer_set(&app->loop, &app->grace, app->options.shutdown_grace_ms)) on_grace_over(&app->grace);
}

static int open_signals(struct px_app *app, struct px_err *err)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
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

static int open_models(struct px_app *app, struct px_err *err)
{
    const struct px_options *options = &app->options;
    int rc = px_multi_open(&app->multi, &app->loop, err);
    if (rc == 0) rc = px_providers_open(&app->providers, &app->multi, options, err);
    if (rc == 0 && options->scenario) rc = px_scenario_open(&app->scenario, options->scenario, err);
    if (rc == 0) rc = px_fetcher_open(&app->fetcher, &app->multi, options, err);
    if (rc == 0) rc = px_searcher_open(&app->searcher, &app->multi, options, err);
    return rc;
}

static void on_found(void *owner, const struct px_provider *provider)
{
    struct px_app *app = owner;
    px_log_message(&app->log, "info", "provider found", "%s answers at %s", provider->id,
                   provider->remote.base_url);
}

static int look_around(struct px_app *app, struct px_err *err)
{
    const struct px_options *options = &app->options;
    bool looks = !options->offline && !options->scenario;
    return px_discovery_open(&app->discovery, &app->providers, looks ? options->local_ports : NULL, app->port,
                             on_found, app, err);
}

static int open_origins(struct px_app *app, struct px_err *err)
{
    struct px_origins_settings settings = {.bind_address = app->options.bind_address,
                                           .port = app->port,
                                           .hosts = app->options.hosts,
                                           .allowed_origins = app->options.allowed_origins,
                                           .secure = app->secure};
    return px_origins_open(&app->origins, &settings, err);
}

/* A core dump would hold the keys and what clients say. */
static void forbid_core_dumps(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
}

static int open_app(struct px_app *app, struct px_err *err)
{
    forbid_core_dumps();
    int rc = px_loop_open(&app->loop, err);
    app->grace = (struct px_timer){.fire = on_grace_over, .owner = app};
    if (rc == 0) rc = open_signals(app, err);
    if (rc == 0) rc = px_state_open(&app->state, app->options.state_dir, err);
    if (rc == 0) rc = px_state_secret(&app->state, app->secret, err);
    if (rc == 0) px_known_open(&app->known);
    if (rc == 0) rc = open_page(app, err);
    if (rc == 0) rc = open_models(app, err);
    if (rc == 0) rc = px_tls_open(app, err);
    if (rc == 0) rc = px_listener_bind(app, err);
    if (rc == 0) rc = open_origins(app, err);
    if (rc == 0) px_versions_log(&app->log);
    if (rc == 0) px_tls_warn(app);
    if (rc == 0)
        rc = px_store_serve(&app->store, &app->options, &app->state, app->secret, &app->loop, &app->log, err);
    if (rc == 0) rc = px_bodies_announce(app, err);
    if (rc == 0) rc = px_server_start(app, err);
    if (rc == 0) rc = look_around(app, err);
    return rc;
}

static void close_app(struct px_app *app)
{
    px_server_stop(app);
    px_store_close(&app->store); /* after the last request has settled */
    px_fetcher_close(&app->fetcher);
    px_searcher_close(&app->searcher);
    px_discovery_close(app->discovery);
    px_providers_close(&app->providers);
    px_multi_close(&app->multi);
    px_scenario_close(app->scenario);
    px_origins_close(&app->origins);
    px_tls_close(app);
    if (app->page_dir >= 0) (void)close(app->page_dir);
    px_state_close(&app->state);
    OPENSSL_cleanse(app->secret, sizeof app->secret);
    px_known_close(&app->known);
    if (app->signal_watch.fd >= 0) (void)close(app->signal_watch.fd);
    px_loop_close(&app->loop);
    px_log_close(&app->log);
    px_options_free(&app->options);
}

static const char *model_words(const struct px_app *app)
{
    const struct px_provider *anthropic = app->providers.items[0];
    switch (px_mode_of(app, anthropic)) {
    case PX_MODE_SCENARIO:
        return "scenario file, not a model";
    case PX_MODE_OFFLINE:
        return "scripted offline demo, not a model";
    default:
        return anthropic->remote.host;
    }
}

/* Where it listens, and where a browser opens the page: under the first of the names in the settings, if
 * there is one. */
static void name_addresses(const struct px_app *app, char bound[PX_ADDRESS_SIZE], char page[PX_ADDRESS_SIZE])
{
    const char *bind = app->options.bind_address, *hosts = app->options.hosts;
    bool v6 = strchr(bind, ':') != NULL;
    (void)snprintf(bound, PX_ADDRESS_SIZE, "%s://%s%s%s:%d", app->certificate ? "https" : "http",
                   v6 ? "[" : "", bind, v6 ? "]" : "", app->port);
    if (hosts)
        (void)snprintf(page, PX_ADDRESS_SIZE, "%s://%.*s", app->secure ? "https" : "http",
                       (int)strcspn(hosts, ", "), hosts);
    else
        (void)snprintf(page, PX_ADDRESS_SIZE, "%s", bound);
}

/* Not by stdio, whose buffer would keep the token. */
static void put_line(struct buffer *line)
{
    for (size_t at = 0; !line->failed && at < line->size;) {
        ssize_t n = write(STDOUT_FILENO, line->data + at, line->size - at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        at += (size_t)n;
    }
    px_wipe(line);
}

static int announce(struct px_app *app, struct px_err *err)
{
    struct buffer lines = {0};
    char token[PX_TOKEN_SIZE], bound[PX_ADDRESS_SIZE], address[PX_ADDRESS_SIZE];
    name_addresses(app, bound, address);
    int rc = px_pairing_create(&app->state, app->options.pairing_seconds, token, err);
    if (rc == 0) rc = px_state_write_address(&app->state, address, err);
    if (rc == 0) {
        buffer_printf(&lines, "demo-proxy listening on %s (model: %s)\n", bound, model_words(app));
        buffer_printf(&lines, "open %s/#pair=%s\n", address, token);
        put_line(&lines);
        if (geteuid() == 0)
            px_log_message(
                &app->log, "warning", "root",
                "the proxy runs as root and needs none of its rights; run it as a user of its own");
    }
    OPENSSL_cleanse(token, sizeof token);
    return rc;
}

/* Ciphers leave pieces of what they worked on below the frames that are in use. */
static __attribute__((noinline)) void wipe_stack(void)
{
    unsigned char below[STACK_BYTES];
    explicit_bzero(below, sizeof below);
}

static int run(struct px_app *app, struct px_err *err)
{
    int rc = 0;
    while (rc == 0) {
        rc = px_loop_run(&app->loop, px_groups_wait(app), err);
        px_groups_turn(app);
        /* Before the next turn sends anything to a provider. A failure is told to those whom it concerns. */
        (void)px_database_turn(&app->store.db, NULL);
        px_log_flush(&app->log);
        if (app->ended) wipe_stack();
        app->ended = false;
        if (app->draining && !app->requests) break;
        if (app->stopping && !app->grace.slot) break;
    }
    return rc;
}

int px_serve(struct px_options *options)
{
    struct px_err err = {0};
    struct px_app app = {
        .options = *options, .page_dir = -1, .listener.fd = -1, .log = {.fd = STDERR_FILENO}};
    app.loop.epoll_fd = app.signal_watch.fd = app.state.dir = app.state.pairing = -1;
    *options = (struct px_options){0};
    struct px_hardening hardening;
    int rc = px_harden_process(&hardening, &app.options, &err); /* before there is a secret */
    if (rc == 0) rc = open_app(&app, &err);
    if (rc == 0) rc = px_harden_sandbox(&hardening, &app.options, &err); /* no connection was taken yet */
    if (rc == 0) px_harden_log(&hardening, &app.options, &app.log);
    if (rc == 0) rc = announce(&app, &err);
    if (rc == 0) {
        px_trim_memory();
        rc = run(&app, &err);
        (void)px_state_write_address(&app.state, NULL, NULL);
        px_server_break_streams(&app);
        px_groups_turn(&app); /* takes up what was suspended: a daemon must not be stopped over it */
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
    char token[PX_TOKEN_SIZE], address[PX_ADDRESS_SIZE];
    int rc = px_state_open(&state, options->state_dir, &err);
    if (rc == 0) {
        rc = px_pairing_create(&state, options->pairing_seconds, token, &err);
        if (options->port_given || !px_state_read_address(&state, address, sizeof address))
            (void)snprintf(address, sizeof address, "http://127.0.0.1:%lld", options->port);
        px_state_close(&state);
    }
    if (rc == 0) {
        (void)printf("open %s/#pair=%s\n", address, token);
        return 0;
    }
    (void)fprintf(stderr, "demo-proxy: %s\n", err.text);
    return 1;
}
