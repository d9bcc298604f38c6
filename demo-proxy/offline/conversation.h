/* conversation.h: a Messages request as the offline demo and the scenarios see it: which tools there are,
 * what the user asked last, and which tools have been called since, with their results. Checks what the real
 * API would refuse. Borrows from the request's JSON, which must outlive it. */
#ifndef PX_OFFLINE_CONVERSATION_H
#define PX_OFFLINE_CONVERSATION_H

#include <cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { PX_MAX_CALLS = 1000 };

struct px_call {
    const char *id, *name;
    const cJSON *input; /* never NULL; maybe not an object */
    char *result;       /* the result's text; "" when there is none */
    bool answered, failed, denied;
};

struct px_conversation {
    const cJSON *tools;    /* array or NULL */
    char *prompt;          /* the user's last real words; "" when there are none */
    char *last_text;       /* all text of the last user message, results included */
    struct px_call *calls; /* since the prompt, oldest first */
    size_t call_count;
    size_t message_count;
    bool stream;
    long long max_tokens;
};

/* PX_EINVAL with a sentence about what is wrong with the request, or PX_ENOMEM. */
int px_conversation_open(struct px_conversation *conversation, const cJSON *request, struct px_err *err);
void px_conversation_close(struct px_conversation *conversation);

bool px_conversation_has_tool(const struct px_conversation *conversation, const char *name);

#endif
