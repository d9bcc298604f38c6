#include "upstream/script.h"

#include <stdlib.h>
#include <string.h>

struct player {
    struct px_producer producer;
    struct px_script script;
    struct px_stream *stream;
    struct px_timer timer;
    size_t next;
    bool paused; /* this step's pause is over */
};

void px_script_free(struct px_script *script)
{
    for (size_t i = 0; i < script->count; i++) free(script->steps[i].data);
    free(script->steps);
    for (size_t i = 0; i < script->header_count; i++) {
        free(script->headers[i].name);
        free(script->headers[i].value);
    }
    *script = (struct px_script){0};
}

int px_script_header(struct px_script *script, const char *name, const char *value)
{
    if (script->header_count == PX_STREAM_HEADERS) return PX_ELIMIT;
    struct px_header header = {strdup(name), strdup(value)};
    if (!header.name || !header.value) {
        free(header.name);
        free(header.value);
        return PX_ENOMEM;
    }
    script->headers[script->header_count++] = header;
    return 0;
}

int px_script_add(struct px_script *script, long long delay_ms, const void *data, size_t size)
{
    if (script->count == script->capacity) {
        size_t capacity = script->capacity ? script->capacity * 2 : 16;
        struct px_step *steps = realloc(script->steps, capacity * sizeof *steps);
        if (!steps) return PX_ENOMEM;
        script->steps = steps;
        script->capacity = capacity;
    }
    struct px_step step = {malloc(size ? size : 1), size, delay_ms};
    if (!step.data) return PX_ENOMEM;
    if (size) memcpy(step.data, data, size);
    script->steps[script->count++] = step;
    return 0;
}

void px_script_cut(struct px_script *script, size_t bytes)
{
    for (size_t i = 0; i < script->count; i++) {
        struct px_step *step = &script->steps[i];
        if (step->size > bytes) step->size = bytes;
        bytes -= step->size;
    }
    while (script->count > 0 && script->steps[script->count - 1].size == 0)
        free(script->steps[--script->count].data);
}

static void free_player(struct player *player)
{
    px_timer_clear(player->stream->loop, &player->timer);
    px_script_free(&player->script);
    free(player);
}

static void end_player(struct player *player)
{
    struct px_stream *stream = player->stream;
    enum px_script_end end = player->script.end;
    if (end == PX_SCRIPT_HANG) return;
    free_player(player);
    if (end == PX_SCRIPT_END)
        px_stream_end(stream);
    else if (end == PX_SCRIPT_TEAR)
        px_stream_tear(stream);
    else
        px_stream_fail(stream, 502, "api_error",
                       "the model's answer broke off (the scenario says so); send the request again");
}

static void play(struct player *player)
{
    struct px_stream *stream = player->stream;
    while (player->next < player->script.count) {
        struct px_step *step = &player->script.steps[player->next];
        if (step->delay_ms > 0 && !player->paused) {
            if (px_timer_set(stream->loop, &player->timer, step->delay_ms) == 0) return;
        }
        int rc = px_stream_write(stream, step->data, step->size);
        player->paused = rc == PX_ELIMIT;
        if (rc == PX_ELIMIT) return;
        if (rc) {
            free_player(player);
            px_stream_fail(stream, 500, "api_error", "the demo-proxy is out of memory; close some streams");
            return;
        }
        player->next++;
    }
    end_player(player);
}

static void send_head(struct player *player)
{
    for (size_t i = 0; i < player->script.header_count; i++) {
        const struct px_header *header = &player->script.headers[i];
        (void)px_stream_header(player->stream, header->name, header->value, strlen(header->value));
    }
    px_stream_head(player->stream, player->script.status ? player->script.status : 200);
}

static void on_timer(struct px_timer *timer)
{
    struct player *player = timer->owner;
    if (player->stream->status == 0)
        send_head(player);
    else
        player->paused = true;
    play(player);
}

static void on_room(struct px_producer *producer)
{
    struct player *player = (struct player *)producer;
    if (!player->timer.slot && player->stream->status) play(player);
}

static void on_cancel(struct px_producer *producer)
{
    free_player((struct player *)producer);
}

int px_script_play(struct px_script *script, struct px_stream *stream)
{
    struct player *player = calloc(1, sizeof *player);
    if (!player) {
        px_script_free(script);
        return PX_ENOMEM;
    }
    player->producer = (struct px_producer){.room = on_room, .cancel = on_cancel};
    player->script = *script;
    *script = (struct px_script){0};
    player->stream = stream;
    player->timer = (struct px_timer){.fire = on_timer, .owner = player};
    /* Always by the timer, so that the caller is back in the loop before the first news. */
    if (px_timer_set(stream->loop, &player->timer, player->script.head_delay_ms)) {
        free_player(player);
        return PX_ENOMEM;
    }
    stream->producer = &player->producer;
    return 0;
}
