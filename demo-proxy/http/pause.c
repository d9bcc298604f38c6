#include "http/pause.h"

#include <sys/epoll.h>

enum MHD_Result px_pause(struct px_request *request)
{
    request->suspended = true;
    MHD_suspend_connection(request->connection);
    return MHD_YES;
}

void px_resume(struct px_request *request)
{
    if (!request->suspended) return;
    request->suspended = false;
    MHD_resume_connection(request->connection);
}

void px_watch_client(struct px_request *request, void (*gone)(struct px_watch *watch, uint32_t events))
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    request->gone_watch = (struct px_watch){.ready = gone, .owner = request};
    /* Without the watch a lost client is noticed at the next write; so a failure here is no failure. */
    if (info) (void)px_watch_set(&request->app->loop, &request->gone_watch, info->connect_fd, EPOLLRDHUP);
}
