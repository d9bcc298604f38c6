/* put.h: what the proxy puts into buffers (core/base/buffer.h) beyond plain text, and wiping them. */
#ifndef PX_BASE_PUT_H
#define PX_BASE_PUT_H

#include <stdint.h>

#include "base/buffer.h"

enum { PX_NUMBER_SIZE = 24 }; /* of the longest number, its sign and the NUL */

/* Overwrites the content with zeros, then frees it: for keys, tokens and what may hold them. */
void px_wipe(struct buffer *buffer);
/* Decimal digits. */
void px_put_number(struct buffer *buffer, int64_t number);
/* The text, and behind it the number: a member of JSON, where printf would cost more than all the rest. */
void px_put_numbered(struct buffer *buffer, const char *text, int64_t number);
/* The text, and behind it a word in quotes that needs no escapes. */
void px_put_named(struct buffer *buffer, const char *text, const char *word);
/* A netstring (D. J. Bernstein, "Netstrings", 1997): the length in bytes, ':', the text, ','. NULL: "-,". */
void px_put_netstring(struct buffer *buffer, const char *text);
/* Decimal digits as a string; returns `out`. */
char *px_number_text(int64_t number, char out[PX_NUMBER_SIZE]);
/* What a message says; when there was no memory for it, that. */
const char *px_words(const struct buffer *message);
/* A JSON string with its quotes; malformed UTF-8 becomes U+FFFD, so the result is always valid JSON. */
void px_put_json(struct buffer *buffer, const char *text);
/* Text for HTML content and quoted attributes. */
void px_put_html(struct buffer *buffer, const char *text);

#endif
