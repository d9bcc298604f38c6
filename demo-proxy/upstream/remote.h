/* remote.h: a model request to a real provider over libcurl. Bytes go into the stream as they arrive; when
 * the stream is full the transfer pauses. Redirects are never followed and nothing of the client's but the
 * body and the headers that the caller names goes out. Errors name the provider's host, never the key. */
#ifndef PX_UPSTREAM_REMOTE_H
#define PX_UPSTREAM_REMOTE_H

#include "upstream/multi.h"
#include "upstream/stream.h"
#include "upstream/upload.h"

struct px_remote {
    struct px_multi *multi;
    char *base_url;      /* without a slash at its end */
    char *host;          /* for messages */
    const char *setting; /* where the base URL stands, for messages; a constant */
    bool loopback;
    long connect_timeout_ms;
    long long idle_timeout_ms;
};

enum { PX_REMOTE_HEADERS = 8 };

struct px_remote_header {
    const char *name, *before, *value; /* sent as "name: before value", without a blank between the two */
};

struct px_remote_request {
    const char *path; /* appended to the base URL, with its query */
    struct px_remote_header headers[PX_REMOTE_HEADERS];
    size_t header_count;
    const char *secret; /* taken out of the answer should it stand there; NULL: none */
    const char *body;   /* must stay until the stream is closed; NULL: it is a GET, or has an upload */
    size_t size;
    struct px_upload *upload; /* a body that still comes in; likewise. NULL: none */
};

/* Checks the base URL: https, or http to this machine; no user info, query or fragment. PX_EUSAGE. */
int px_remote_open(struct px_remote *remote, struct px_multi *multi, const char *base_url,
                   const char *setting, struct px_err *err);
void px_remote_close(struct px_remote *remote);

/* Starts the request; what follows is told through the stream. 0 or PX_ENOMEM. */
int px_remote_start(const struct px_remote *remote, const struct px_remote_request *request,
                    struct px_stream *stream, struct px_err *err);

#endif
