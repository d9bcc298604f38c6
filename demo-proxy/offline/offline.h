/* offline.h: the built-in upstream that is used when no key is configured: a Messages request in, the next
 * step of a small rule-based planner out, in Anthropic's exact wire format. It keeps nothing between requests
 * and says in every final answer that it is a scripted demo and no model. */
#ifndef PX_OFFLINE_OFFLINE_H
#define PX_OFFLINE_OFFLINE_H

#include "upstream/script.h"

/* Fills the script with an answer, or with an error answer for a malformed request. PX_ENOMEM otherwise. */
int px_offline_answer(const char *body, size_t size, long long delay_ms, struct px_script *script,
                      struct px_err *err);

#endif
