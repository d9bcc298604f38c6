/* planner.h: the offline demo's one decision: a conversation in, the next answer out (words, or tool calls
 * and then words). Stateless: everything is read from the conversation again each time. Uses only tools that
 * the request offers. Pure, but for the memory of the answer. */
#ifndef PX_OFFLINE_PLANNER_H
#define PX_OFFLINE_PLANNER_H

#include "offline/conversation.h"
#include "upstream/wire.h"

/* PX_ENOMEM, or 0; the answer is to be freed in both cases. */
int px_plan(const struct px_conversation *conversation, struct px_answer *answer);

#endif
