#include "upstream/upload.h"

#include <stdlib.h>
#include <string.h>

void px_upload_open(struct px_upload *upload, struct px_loop *loop, size_t limit, int64_t total)
{
    *upload = (struct px_upload){.loop = loop, .limit = limit, .total = total, .rewindable = true};
}

void px_upload_close(struct px_upload *upload)
{
    if (!upload->loop) return;
    px_task_cancel(upload->loop, &upload->room);
    px_task_cancel(upload->loop, &upload->more);
    free(upload->data);
    *upload = (struct px_upload){0};
}

/* What was taken is dropped only when room is needed. */
static void make_room(struct px_upload *upload)
{
    if (upload->next == 0) return;
    memmove(upload->data, upload->data + upload->next, upload->size - upload->next);
    upload->size -= upload->next;
    upload->next = 0;
    upload->rewindable = false;
}

static void tell_client(struct px_upload *upload)
{
    if (!upload->full) return;
    upload->full = false;
    px_task_queue(upload->loop, &upload->room);
}

static void tell_provider(struct px_upload *upload)
{
    if (!upload->starved) return;
    upload->starved = false;
    px_task_queue(upload->loop, &upload->more);
}

size_t px_upload_put(struct px_upload *upload, const void *data, size_t size, bool *failed)
{
    if (upload->unwanted) return *failed = false, size;
    if (!upload->data) upload->data = malloc(upload->limit);
    *failed = upload->data == NULL;
    if (*failed) return 0;
    if (size > upload->limit - upload->size) make_room(upload);
    size_t room = upload->limit - upload->size, n = size < room ? size : room;
    memcpy(upload->data + upload->size, data, n);
    upload->size += n;
    upload->full = n < size;
    if (n) tell_provider(upload);
    return n;
}

void px_upload_end(struct px_upload *upload)
{
    upload->ended = true;
    tell_provider(upload);
}

size_t px_upload_take(struct px_upload *upload, void *out, size_t most)
{
    size_t held = upload->size - upload->next, n = held < most ? held : most;
    if (n) memcpy(out, upload->data + upload->next, n);
    upload->next += n;
    upload->starved = n == 0 && !upload->ended;
    if (upload->size - upload->next <= upload->limit / 2) tell_client(upload);
    return n;
}

bool px_upload_rewind(struct px_upload *upload)
{
    if (upload->rewindable) upload->next = 0;
    return upload->rewindable;
}

void px_upload_refuse(struct px_upload *upload)
{
    px_task_cancel(upload->loop, &upload->more);
    free(upload->data);
    upload->data = NULL;
    upload->size = upload->next = 0;
    upload->starved = false;
    upload->unwanted = true;
    tell_client(upload);
}
