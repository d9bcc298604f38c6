#include "shadow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLICE_MS 8

static bool begins(const char *json, size_t length, const char *text)
{
    size_t size = strlen(text);
    return length >= size && memcmp(json, text, size) == 0;
}

static void on_respond(void *context, uint32_t id, const char *json, size_t length, const void *blob,
                       size_t blob_size)
{
    struct shadow *shadow = ((struct memory_host *)context)->owner;

    (void)id;
    if (!begins(json, length, "{\"ok\":")) {
        if (!begins(json, length, "{\"error\":")) abort();
        shadow->refused = true;
    }
    shadow->done = begins(json, length, "{\"ok\":{\"done\":true");
    if (shadow->on_answer) shadow->on_answer(shadow, json, length, blob, blob_size);
}

static void on_emit(void *context, const char *json, size_t length)
{
    (void)context;
    (void)json;
    (void)length;
}

static void open_runtime(struct shadow *shadow, const char *options)
{
    char message[256];

    if (umbra_open(&shadow->memory->host, options, &shadow->runtime, message, sizeof message) == 0) return;
    fprintf(stderr, "umbra_open: %s\n", message);
    abort();
}

void shadow_open(struct shadow *shadow, uint64_t capacity, const char *options)
{
    shadow->memory = memory_host_new(capacity);
    shadow->memory->owner = shadow;
    shadow->memory->host.respond = on_respond;
    shadow->memory->host.emit = on_emit;
    shadow->refused = false;
    open_runtime(shadow, options);
}

void shadow_reopen(struct shadow *shadow, const char *options)
{
    umbra_close(shadow->runtime);
    open_runtime(shadow, options);
}

void shadow_close(struct shadow *shadow)
{
    umbra_close(shadow->runtime);
    memory_host_free(shadow->memory);
}

void shadow_ask(struct shadow *shadow, const char *json)
{
    shadow_ask_bytes(shadow, json, NULL, 0);
}

void shadow_ask_bytes(struct shadow *shadow, const char *json, const void *bytes, size_t size)
{
    umbra_submit(shadow->runtime, 1, json, strlen(json), bytes, size);
}

void shadow_run(struct shadow *shadow)
{
    while (umbra_run(shadow->runtime, SLICE_MS) == UMBRA_MORE) {
    }
}

void shadow_put_entry(struct buffer *batch, const char *path, const char *data, uint32_t flags,
                      uint64_t mtime)
{
    buffer_put_u32(batch, (uint32_t)strlen(path));
    buffer_put_u32(batch, (uint32_t)strlen(data));
    buffer_put_u32(batch, 0644);
    buffer_put_u32(batch, flags);
    buffer_put_u64(batch, mtime);
    buffer_put_string(batch, path);
    buffer_put_string(batch, data);
}
