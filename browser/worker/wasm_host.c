/* wasm_host.c: umbra_host.h over functions that the worker provides (wasm_library.js), and umbra.h for it.
 * Sizes and places cross the border as doubles, exact up to 2^53. */
#include <emscripten/emscripten.h>
#include <stdlib.h>
#include <string.h>

#include "umbra.h"
#include "umbra_host.h"
#include "wasm_host.h"

extern int umbra_js_block_open(const char *name);
extern void umbra_js_block_close(int handle);
extern double umbra_js_block_size(int handle);
extern double umbra_js_block_read(int handle, void *data, size_t size, double offset);
extern double umbra_js_block_write(int handle, const void *data, size_t size, double offset);
extern int umbra_js_block_truncate(int handle, double size);
extern int umbra_js_block_flush(int handle);
extern double umbra_js_clock_wall(void);
extern double umbra_js_clock_monotonic(void);
extern void umbra_js_random(void *data, size_t size);
extern int umbra_js_fetch_start(uint32_t id, const char *method, const char *url, const char *headers,
                                const char *credential, const void *body, size_t body_size);
extern void umbra_js_fetch_cancel(uint32_t id);
extern double umbra_js_stream_write(uint32_t stream, const void *data, size_t size);
extern void umbra_js_stream_read(uint32_t stream);
extern void umbra_js_respond(uint32_t id, const char *json, size_t length, const void *blob,
                             size_t blob_size);
extern void umbra_js_emit(const char *json, size_t length);

static int block_open(void *context, const char *name)
{
    (void)context;
    return umbra_js_block_open(name);
}

static void block_close(void *context, int handle)
{
    (void)context;
    umbra_js_block_close(handle);
}

static int64_t block_size(void *context, int handle)
{
    (void)context;
    return (int64_t)umbra_js_block_size(handle);
}

static int64_t block_read(void *context, int handle, void *data, size_t size, uint64_t offset)
{
    (void)context;
    return (int64_t)umbra_js_block_read(handle, data, size, (double)offset);
}

static int64_t block_write(void *context, int handle, const void *data, size_t size, uint64_t offset)
{
    (void)context;
    return (int64_t)umbra_js_block_write(handle, data, size, (double)offset);
}

static int block_truncate(void *context, int handle, uint64_t size)
{
    (void)context;
    return umbra_js_block_truncate(handle, (double)size);
}

static int block_flush(void *context, int handle)
{
    (void)context;
    return umbra_js_block_flush(handle);
}

static int64_t clock_wall(void *context)
{
    (void)context;
    return (int64_t)umbra_js_clock_wall();
}

static int64_t clock_monotonic(void *context)
{
    (void)context;
    return (int64_t)umbra_js_clock_monotonic();
}

static void fill_random(void *context, void *data, size_t size)
{
    (void)context;
    umbra_js_random(data, size);
}

static int fetch_start(void *context, uint32_t id, const struct umbra_fetch *fetch)
{
    (void)context;
    return umbra_js_fetch_start(id, fetch->method, fetch->url, fetch->headers, fetch->credential, fetch->body,
                                fetch->body_size);
}

static void fetch_cancel(void *context, uint32_t id)
{
    (void)context;
    umbra_js_fetch_cancel(id);
}

static int64_t stream_write(void *context, uint32_t stream, const void *data, size_t size)
{
    (void)context;
    return (int64_t)umbra_js_stream_write(stream, data, size);
}

static void stream_read(void *context, uint32_t stream)
{
    (void)context;
    umbra_js_stream_read(stream);
}

static void respond(void *context, uint32_t id, const char *json, size_t length, const void *blob,
                    size_t blob_size)
{
    (void)context;
    umbra_js_respond(id, json, length, blob, blob_size);
}

static void emit_event(void *context, const char *json, size_t length)
{
    (void)context;
    umbra_js_emit(json, length);
}

const struct umbra_host umbra_web_host = {
    .block_open = block_open,
    .block_close = block_close,
    .block_size = block_size,
    .block_read = block_read,
    .block_write = block_write,
    .block_truncate = block_truncate,
    .block_flush = block_flush,
    .clock_wall = clock_wall,
    .clock_monotonic = clock_monotonic,
    .random = fill_random,
    .fetch_start = fetch_start,
    .fetch_cancel = fetch_cancel,
    .stream_write = stream_write,
    .stream_read = stream_read,
    .respond = respond,
    .emit = emit_event,
};

/* umbra_open() with this host: the runtime, or NULL with *code and message (message_size bytes) filled. The
 * other functions of umbra.h are exported as they are. */
struct umbra *umbra_web_open(const char *options, int *code, char *message, size_t message_size);

EMSCRIPTEN_KEEPALIVE struct umbra *umbra_web_open(const char *options, int *code, char *message,
                                                  size_t message_size)
{
    struct umbra *runtime;
    *code = umbra_open(&umbra_web_host, options, &runtime, message, message_size);
    return runtime;
}

/* umbra_next_wake() as a number of JavaScript. */
double umbra_web_next_wake(const struct umbra *runtime);

EMSCRIPTEN_KEEPALIVE double umbra_web_next_wake(const struct umbra *runtime)
{
    return (double)umbra_next_wake(runtime);
}
