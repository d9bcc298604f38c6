/* shadow.h: the core behind umbra.h over a memory host, for programs that ask and only look at the answers as
 * they pass: nothing of an answer is kept, so nothing is allocated here after shadow_open(). What cannot be
 * is an abort(), as fuzz targets want it. A test that needs the answers themselves or the network: driver.h.
 */
#ifndef UMBRA_TEST_SHADOW_H
#define UMBRA_TEST_SHADOW_H

#include "memory_host.h"
#include "runtime/runtime.h"

struct shadow {
    struct memory_host *memory;
    struct umbra *runtime;
    bool refused; /* an answer was an error since this was set to false */
    bool done;    /* the last answer said {"ok":{"done":true, */

    /* May be NULL. Sees each answer; the bytes are valid until it returns. */
    void (*on_answer)(struct shadow *shadow, const char *json, size_t length, const void *blob,
                      size_t blob_size);
    void *context; /* for on_answer */
};

/* A zeroed shadow, with on_answer and context set or not; options as for umbra_open(). */
void shadow_open(struct shadow *shadow, uint64_t capacity, const char *options);
/* Closes the runtime and opens it again on what its host has. */
void shadow_reopen(struct shadow *shadow, const char *options);
void shadow_close(struct shadow *shadow);

/* Submits; what takes time goes on in shadow_run(). */
void shadow_ask(struct shadow *shadow, const char *json);
void shadow_ask_bytes(struct shadow *shadow, const char *json, const void *bytes, size_t size);
void shadow_run(struct shadow *shadow);

/* Appends a file to a batch as import_batch takes it. */
void shadow_put_entry(struct buffer *batch, const char *path, const char *data, uint32_t flags,
                      uint64_t mtime);

#endif
