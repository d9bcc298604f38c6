/* redact.h: the second line of defence of the log. Nothing that calls it passes keys or tokens; should one
 * get into a line all the same, what has a known shape is replaced by "[redacted]". Works in place and in
 * linear time, never makes the text longer, and leaves JSON valid. */
#ifndef PX_BASE_REDACT_H
#define PX_BASE_REDACT_H

#include <stddef.h>

#define PX_REDACTED "[redacted]"

/* Returns the new size, at most `size`. */
size_t px_redact(char *text, size_t size);

#endif
