/* provider.h: one interface over the wire formats of model providers. Conversations have one internal form:
 * an array of {role: "user"|"assistant", content: [{type: "text", text} | {type: "tool_use", id, name, input}
 * | {type: "tool_result", tool_use_id, content, is_error}]}. */
#ifndef UMBRA_PROVIDER_PROVIDER_H
#define UMBRA_PROVIDER_PROVIDER_H

#include "base/json.h"

struct pv_request {
    const char *base_url; /* "https://api.anthropic.com", or the proxy's address with its path */
    const char *model;
    const char *system;
    const cJSON *messages;
    const cJSON *tools; /* [{name, description, input_schema}] */
    uint32_t max_tokens;
};

/* What to send. Freed with pv_call_free(). */
struct pv_call {
    char *url;
    char *headers; /* JSON object */
    char *body;
    size_t body_size;
    const char *credential;
};

/* What a stream reports while it comes; text is valid UTF-8. */
struct pv_events {
    void *context;
    void (*text)(void *context, uint32_t index, const char *text, size_t size);
    /* A tool call begins (bytes 0) or its input has grown to so many bytes. */
    void (*tool_input)(void *context, uint32_t index, const char *id, const char *name, size_t bytes);
};

/* A finished or broken-off message. */
struct pv_message {
    cJSON *content;          /* array of text and tool_use blocks */
    const char *stop_reason; /* "end_turn", "tool_use", "max_tokens", "stop_sequence", "refusal", … */
    double input_tokens, output_tokens;
};

struct pv_stream; /* one response under way */

struct provider {
    const char *name;
    int (*build)(const struct pv_request *request, struct pv_call *call, struct error *error);
    struct pv_stream *(*open)(const struct pv_events *events); /* NULL: no memory */
    /* EUPSTREAM: the provider reported an error in the stream; EPARSE: it makes no sense. */
    int (*feed)(struct pv_stream *stream, const void *bytes, size_t size, struct error *error);
    /* The stream ended. 0 when the message is whole; the message stays the stream's. A whole one has parsed
     * inputs; one that is broken off (complete = false asks for that) has only its text blocks. */
    int (*finish)(struct pv_stream *stream, bool complete, struct pv_message *message, struct error *error);
    void (*close)(struct pv_stream *stream);
    /* The sentence in an error response's body, cut to fit; "" when there is none. */
    void (*explain)(const char *body, size_t size, char *text, size_t text_size);
};

extern const struct provider pv_anthropic;

void pv_call_free(struct pv_call *call);

#endif
