/* bodies.h: with --debug-bodies, what a model is asked and answers is looked at as it passes, never held up,
 * and kept up to --debug-body-bytes each. When the request is over it is redacted (debug/conceal) and stored
 * beside the request's record. When something fails here, the request goes on and its bodies are not kept. */
#ifndef PX_HTTP_BODIES_H
#define PX_HTTP_BODIES_H

#include "http/app.h"
#include "store/body.h"

/* What is stored; the texts are to be wiped. */
struct px_bodies_kept {
    struct buffer request, answer;
    struct px_body body;
    char hash[2 * PX_HASH_SIZE + 1]; /* for the record's detail; "": nothing is kept */
};

/* A piece of the request's body. */
void px_bodies_asked(struct px_request *request, const char *data, size_t size);
/* The key that goes to the provider, which is looked for later; NULL: none. */
void px_bodies_key(struct px_request *request, const char *key);
/* A piece of the answer, on its way to the client. */
void px_bodies_answered(struct px_request *request, const char *data, size_t size);

/* The request is over: what is to be stored. */
void px_bodies_seal(struct px_request *request, struct px_bodies_kept *kept);
/* Stores it beside the newest record. */
void px_bodies_store(struct px_request *request, const struct px_bodies_kept *kept);
void px_bodies_drop(struct px_bodies_kept *kept);
/* The end of the request. */
void px_bodies_close(struct px_request *request);

/* Says in the log and in the audit log that bodies are kept, if they are. */
int px_bodies_announce(struct px_app *app, struct px_err *err);

#endif
