/* umbra_host.h: what a host provides. Every function gets the host's own context first; all of them return at
 * once. Block files are synchronous; a fetch answers later through umbra_deliver(). */
#ifndef UMBRA_HOST_H
#define UMBRA_HOST_H

#include <stddef.h>
#include <stdint.h>

struct umbra_fetch {
    const char *method;
    const char *url;
    const char *headers;    /* JSON object of strings; no credentials among them */
    const char *credential; /* whose key to send ("anthropic"), or NULL; only the host ever sees the key */
    const void *body;
    size_t body_size;
};

struct umbra_host {
    void *context;

    /* Block files of this workspace, by plain name ("image"). block_open makes what is absent and returns a
     * handle
     * >= 0 or a negative UMBRA_E…; reads may be short only at the end of the file; writes beyond the end
     * extend it. UMBRA_ENOSPC when the quota is reached; UMBRA_EBUSY from block_open when another runtime
     * holds it. */
    int (*block_open)(void *context, const char *name);
    void (*block_close)(void *context, int handle);
    int64_t (*block_size)(void *context, int handle);
    int64_t (*block_read)(void *context, int handle, void *data, size_t size, uint64_t offset);
    int64_t (*block_write)(void *context, int handle, const void *data, size_t size, uint64_t offset);
    int (*block_truncate)(void *context, int handle, uint64_t size);
    int (*block_flush)(void *context, int handle);

    /* The wall clock in milliseconds since 1970, and a monotonic one in microseconds. */
    int64_t (*clock_wall)(void *context);
    int64_t (*clock_monotonic)(void *context);

    /* Fills data with random bytes fit for identifiers. */
    void (*random)(void *context, void *data, size_t size);

    /* Starts a request; the deliveries carry this id. 0, or a negative error when it cannot even begin. After
     * fetch_cancel nothing is delivered for the id any more. */
    int (*fetch_start)(void *context, uint32_t id, const struct umbra_fetch *fetch);
    void (*fetch_cancel)(void *context, uint32_t id);

    /* Bytes of a stream: standard output and the like of a shell that was opened with it. The number of bytes
     * taken; 0: none can be taken now, and UMBRA_STREAM_READY is delivered when they can; UMBRA_EPIPE: nobody
     * reads it. Both may be NULL where no shell is opened. */
    int64_t (*stream_write)(void *context, uint32_t stream, const void *data, size_t size);
    /* A stream wants bytes: UMBRA_STREAM_DATA or UMBRA_STREAM_END is delivered once for it, later. */
    void (*stream_read)(void *context, uint32_t stream);

    /* The answer to umbra_submit(id): {"ok": RESULT} or {"error": {"code", "message"}}, with bytes beside it
     * where the operation gives them. The memory is the runtime's, valid during the call. */
    void (*respond)(void *context, uint32_t id, const char *json, size_t length, const void *blob,
                    size_t blob_size);

    /* An event for the embedder: {"type": NAME, ...}; see docs/protocol.md. */
    void (*emit)(void *context, const char *json, size_t length);
};

#endif
