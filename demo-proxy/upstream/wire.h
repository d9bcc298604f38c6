/* wire.h: Anthropic's Messages format on the sending side: an answer (content blocks and a stop reason) as
 * the events of a stream or as one JSON message, and the error object. Pure text building, no input or
 * output. */
#ifndef PX_UPSTREAM_WIRE_H
#define PX_UPSTREAM_WIRE_H

#include "base/put.h"
#include "upstream/script.h"

enum px_block_kind { PX_BLOCK_TEXT, PX_BLOCK_TOOL_USE, PX_BLOCK_THINKING };

struct px_block {
    enum px_block_kind kind;
    char *text;      /* text or thinking */
    char *id, *name; /* tool_use */
    char *input;     /* tool_use: a JSON object as text */
};

struct px_answer {
    struct px_block *blocks;
    size_t count, capacity;
    const char *stop_reason; /* a constant; NULL: tool_use or end_turn, by the blocks */
};

struct px_message_info {
    const char *id, *model;
    long long input_tokens;
    long long delay_ms; /* between events */
};

void px_answer_free(struct px_answer *answer);
/* Take over the strings (to be freed with free()), also on failure; a NULL string is a failed allocation. 0
 * or PX_ENOMEM. */
int px_answer_text(struct px_answer *answer, char *text);
int px_answer_tool(struct px_answer *answer, char *id, char *name, char *input);
int px_answer_thinking(struct px_answer *answer, char *text);

/* Fills the script with the whole event stream. 0 or PX_ENOMEM. */
int px_wire_stream(struct px_script *script, const struct px_answer *answer,
                   const struct px_message_info *info);
/* The same answer as one JSON message. */
int px_wire_message(struct px_script *script, const struct px_answer *answer,
                    const struct px_message_info *info);
/* A JSON error as the whole answer. */
int px_wire_refusal(struct px_script *script, int status, const char *type, const char *message);

#endif
