/* put.h: what the proxy puts into buffers (core/base/buffer.h) beyond plain text, and wiping them. */
#ifndef PX_BASE_PUT_H
#define PX_BASE_PUT_H

#include <stdint.h>

#include "base/buffer.h"

/* Overwrites the content with zeros, then frees it: for keys, tokens and what may hold them. */
void px_wipe(struct buffer *buffer);
/* Decimal digits. */
void px_put_number(struct buffer *buffer, int64_t number);
/* A JSON string with its quotes; malformed UTF-8 becomes U+FFFD, so the result is always valid JSON. */
void px_put_json(struct buffer *buffer, const char *text);
/* Text for HTML content and quoted attributes. */
void px_put_html(struct buffer *buffer, const char *text);

#endif
