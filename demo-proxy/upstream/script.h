/* script.h: a prepared response (status, headers, pieces with pauses, an end) played into a stream by a
 * timer. The offline demo and the scenarios are both scripts, so they run through the same machinery as a
 * real provider. */
#ifndef PX_UPSTREAM_SCRIPT_H
#define PX_UPSTREAM_SCRIPT_H

#include "upstream/stream.h"

enum px_script_end {
    PX_SCRIPT_END,
    PX_SCRIPT_TEAR, /* break the client's connection */
    PX_SCRIPT_FAIL, /* as if the provider's connection had broken */
    PX_SCRIPT_HANG  /* never end */
};

struct px_header {
    char *name, *value;
};

struct px_step {
    char *data;
    size_t size;
    long long delay_ms; /* before it */
};

struct px_script {
    int status;
    struct px_header headers[PX_STREAM_HEADERS];
    size_t header_count;
    long long head_delay_ms;
    struct px_step *steps;
    size_t count, capacity;
    enum px_script_end end;
};

void px_script_free(struct px_script *script);
int px_script_header(struct px_script *script, const char *name, const char *value);
/* Copies data. */
int px_script_add(struct px_script *script, long long delay_ms, const void *data, size_t size);
/* Drops everything after the first `bytes` bytes of all steps together. */
void px_script_cut(struct px_script *script, size_t bytes);

/* Takes the script's content over (also on failure) and plays it. 0 or PX_ENOMEM. */
int px_script_play(struct px_script *script, struct px_stream *stream);

#endif
