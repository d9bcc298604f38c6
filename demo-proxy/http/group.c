#include "http/group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "http/listener.h"
#include "http/server.h"

enum { WAIT_MS = 60000 };

void px_group_wake(struct px_group *group)
{
    group->turn = group->app->groups.turn = true;
}

static void on_ready(struct px_watch *watch, uint32_t events)
{
    (void)events;
    px_group_wake(watch->owner);
}

static void close_group(struct px_group *group)
{
    px_watch_remove(&group->app->loop, &group->watch);
    if (group->daemon) MHD_stop_daemon(group->daemon);
    free(group);
}

static struct px_group *open_group(struct px_app *app, struct px_err *err)
{
    struct px_group *group = calloc(1, sizeof *group);
    if (!group) return px_fail_memory(err), NULL;
    *group = (struct px_group){.app = app, .due_ms = INT64_MAX};
    group->watch = (struct px_watch){.ready = on_ready, .owner = group};
    group->daemon = px_server_daemon(group);
    const union MHD_DaemonInfo *info =
        group->daemon ? MHD_get_daemon_info(group->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (info && px_watch_set(&app->loop, &group->watch, info->epoll_fd, EPOLLIN) == 0) return group;
    (void)px_fail(err, PX_EIO,
                  "the HTTP server did not start (%s); raise --max-connections only as far as the system's "
                  "limit on open files allows",
                  strerror(errno));
    close_group(group);
    return NULL;
}

static struct px_group *add_group(struct px_app *app, struct px_err *err)
{
    struct px_group *group = open_group(app, err);
    if (group) app->groups.items[app->groups.count++] = group;
    return group;
}

int px_groups_open(struct px_app *app, struct px_err *err)
{
    size_t capacity = px_groups_needed(app->options.max_connections);
    struct px_group **items = calloc(capacity, sizeof(struct px_group *));
    if (!items) return px_fail_memory(err);
    app->groups = (struct px_groups){.items = items, .capacity = capacity, .due_ms = INT64_MAX};
    return add_group(app, err) ? 0 : err->code;
}

void px_groups_close(struct px_app *app)
{
    struct px_groups *groups = &app->groups;
    while (groups->count) close_group(groups->items[--groups->count]);
    free(groups->items);
    *groups = (struct px_groups){0};
}

/* There are as many at most as the listener takes connections for. NULL, which the log is told: there is no
 * memory for one more, or no descriptor. */
static struct px_group *group_with_room(struct px_app *app)
{
    struct px_err err;
    const struct px_groups *groups = &app->groups;
    for (size_t i = 0; i < groups->count; i++)
        if (groups->items[i]->connections < PX_GROUP_CONNECTIONS) return groups->items[i];
    struct px_group *group = add_group(app, &err);
    if (!group) px_log_message(&app->log, "error", "connection dropped", "%s", err.text);
    return group;
}

static void count(struct px_group *group, long long connections)
{
    struct px_app *app = group->app;
    app->connections += connections - group->connections;
    group->connections = connections;
}

void px_groups_take(struct px_app *app, int fd, const struct sockaddr *address, socklen_t size)
{
    struct px_group *group = group_with_room(app);
    if (!group) {
        (void)close(fd);
        return;
    }
    /* libmicrohttpd closes it on failure; from 1.0 on it takes it up only when it is turned. */
    (void)MHD_add_connection(group->daemon, fd, address, size);
    count(group, group->connections + 1);
    px_group_wake(group);
}

static void turn_group(struct px_group *group)
{
    MHD_UNSIGNED_LONG_LONG wait = 0;
    group->turn = false;
    (void)MHD_run(group->daemon);
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(group->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    if (info) count(group, info->num_connections);
    bool waits = MHD_get_timeout(group->daemon, &wait) == MHD_YES;
    group->due_ms = waits ? px_now_ms() + (int64_t)(wait < WAIT_MS ? wait : WAIT_MS) : INT64_MAX;
}

/* Not as soon as it is empty: the next connection may come at once. */
static void close_last(struct px_groups *groups)
{
    while (groups->count > 1 && groups->items[groups->count - 1]->connections == 0 &&
           groups->items[groups->count - 2]->connections <= PX_GROUP_CONNECTIONS / 2)
        close_group(groups->items[--groups->count]);
}

void px_groups_turn(struct px_app *app)
{
    struct px_groups *groups = &app->groups;
    int64_t now = px_now_ms();
    if (!groups->turn && now < groups->due_ms) return;
    groups->turn = false;
    groups->due_ms = INT64_MAX;
    for (size_t i = 0; i < groups->count; i++) {
        struct px_group *group = groups->items[i];
        if (group->turn || group->due_ms <= now) turn_group(group);
        if (group->due_ms < groups->due_ms) groups->due_ms = group->due_ms;
    }
    close_last(groups);
    px_listener_room(app);
}

int64_t px_groups_wait(const struct px_app *app)
{
    if (app->groups.turn) return 0;
    int64_t left = app->groups.due_ms - px_now_ms();
    return left < 0 ? 0 : left < WAIT_MS ? left : WAIT_MS;
}
