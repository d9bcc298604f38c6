/* dialect.h: what differs between the providers' HTTP interfaces: the addresses that Umbra uses, the header
 * that a key goes into, the headers and query parameters that are passed on, and the shape of an error.
 * Sources: Anthropic API reference (Messages, Models, Errors); OpenAI API reference (Responses, Chat
 * Completions, Models, Error codes); Google, Gemini API reference (models.streamGenerateContent, models.list)
 * with the error shape of Google's AIP-193. */
#ifndef PX_UPSTREAM_DIALECT_H
#define PX_UPSTREAM_DIALECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/put.h"

enum px_dialect { PX_ANTHROPIC, PX_OPENAI, PX_GOOGLE };

enum { PX_MODEL_NAME = 128 /* bytes of a model's name, the NUL included */ };
enum { PX_ENDPOINT_PATH = 192 /* bytes of an address at the provider, its query included */ };

struct px_endpoint {
    enum px_dialect dialect;
    const char *method;
    /* Below /v1/PROVIDER; '*' stands for a model's name: letters, digits, '.', '_', '-'. */
    const char *path;
    const char *upstream;   /* below the base URL, likewise */
    const char *parameters; /* of the query that are passed on, between blanks */
};

/* Whether a model is asked there, with a body. The others give lists of models. */
static inline bool px_endpoint_asks(const struct px_endpoint *endpoint)
{
    return *endpoint->method == 'P';
}

/* The endpoint at a path below /v1/PROVIDER. NULL: there is none; *allow is then its method when the address
 * exists for another one. */
const struct px_endpoint *px_endpoint_find(enum px_dialect dialect, const char *method, const char *path,
                                           const char **allow);
/* The endpoints one after the other; NULL behind the last. */
const struct px_endpoint *px_endpoint_at(size_t index);
/* Writes the address at the provider for this path. False when it is too long. */
bool px_endpoint_address(const struct px_endpoint *endpoint, const char *path, char out[PX_ENDPOINT_PATH]);
/* The model that the path names, where it names one. */
void px_endpoint_model(const struct px_endpoint *endpoint, const char *path, char model[PX_MODEL_NAME]);
/* Whether the parameter is one that is passed on; its value may hold letters, digits and "._~-" only. */
bool px_endpoint_passes(const struct px_endpoint *endpoint, const char *name, const char *value);

/* The line that carries a key: its name, and what stands before the key ("Bearer "). */
const char *px_key_header(enum px_dialect dialect, const char **before);
/* Headers of a client's request that go to the provider, NULL behind the last. */
const char *const *px_passed_headers(enum px_dialect dialect);

/* A list of models without one. */
const char *px_empty_list(enum px_dialect dialect);

/* An error in the shape that this provider's clients expect. type: Anthropic's name of it, as everywhere
 * within the proxy. */
void px_put_error(struct buffer *out, enum px_dialect dialect, int status, const char *type,
                  const char *message);
/* The same as the last event of a stream that has begun. */
void px_put_error_event(struct buffer *out, enum px_dialect dialect, int status, const char *type,
                        const char *message);

#endif
