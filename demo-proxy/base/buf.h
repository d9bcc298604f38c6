/* buf.h: a growable run of bytes, always followed by a NUL that does not count. A failed allocation is
 * remembered in `failed` and later puts do nothing, so that text is built straight through and checked once
 * at the end. */
#ifndef PX_BASE_BUF_H
#define PX_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct px_buf {
    char *data; /* NULL while nothing was put */
    size_t size;
    size_t capacity;
    bool failed;
};

void px_buf_free(struct px_buf *buf);
/* Overwrites the content with zeros, then frees it: for keys, tokens and what may hold them. */
void px_buf_wipe(struct px_buf *buf);
void px_buf_clear(struct px_buf *buf);
void px_buf_put(struct px_buf *buf, const void *data, size_t size);
void px_buf_str(struct px_buf *buf, const char *text);
void px_buf_printf(struct px_buf *buf, const char *format, ...) PX_PRINTF(2, 3);
/* A JSON string with its quotes; malformed UTF-8 becomes U+FFFD, so the result is always valid JSON. */
void px_buf_json(struct px_buf *buf, const char *text, size_t size);
void px_buf_json_str(struct px_buf *buf, const char *text);
/* Text for HTML content and quoted attributes. */
void px_buf_html(struct px_buf *buf, const char *text);
/* The content as a string, "" when empty. */
const char *px_buf_text(const struct px_buf *buf);
/* Hands over the memory, to be freed with free(); NULL when an allocation failed. The buffer is empty then.
 */
char *px_buf_take(struct px_buf *buf);

#endif
