/* conceal.h: what of a kept body may be stored. Secrets (debug/secrets) are replaced by "[redacted]", in the
 * text as it stands, in its JSON strings with their escapes resolved, and in what the strings of several
 * events make together, since a model's answer comes in small pieces. Members with the names of secrets are
 * replaced whatever they hold. What is no UTF-8 text is left out. */
#ifndef PX_DEBUG_CONCEAL_H
#define PX_DEBUG_CONCEAL_H

#include "base/buffer.h"
#include "debug/secrets.h"

/* Puts at most `limit` bytes of UTF-8 without control characters but tabs and line ends. *cut is set when not
 * all of the text fits, and left alone otherwise; text that is cut already may end in a part of a character.
 * PX_ENOMEM. */
int px_conceal(const char *text, size_t size, const struct px_secrets *secrets, size_t limit,
               struct buffer *out, bool *cut);

#endif
