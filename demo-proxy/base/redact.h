/* redact.h: the second line of defence of the log. Nothing that calls it passes keys or tokens; should one
 * get into a line all the same, what has a known shape is replaced by "[redacted]". Works in place and in
 * linear time, never makes the text longer, and leaves JSON valid. */
#ifndef PX_BASE_REDACT_H
#define PX_BASE_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#define PX_REDACTED "[redacted]"

/* Returns the new size, at most `size`. */
size_t px_redact(char *text, size_t size);

/* For those who only look: begins with zeros. */
struct px_redact_walk {
    size_t at;
    size_t run_end, run_dot; /* the run of key characters that it stands in */
};

/* The next of what would be replaced: where it begins and ends. False: there is none any more. */
bool px_redact_next(const char *text, size_t size, struct px_redact_walk *walk, size_t *start, size_t *end);

#endif
