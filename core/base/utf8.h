/* utf8.h: UTF-8 as in RFC 3629 (section 3 for the encoding, section 4 for what is well-formed): no overlong
 * forms, no surrogates, nothing above U+10FFFF. Everything here takes bytes with a length; NUL is a
 * character. */
#ifndef UMBRA_BASE_UTF8_H
#define UMBRA_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the well-formed sequence at text (1 to 4), with its code point; 0 when there is none. */
size_t utf8_decode(const char *text, size_t length, uint32_t *code_point);

/* Puts the sequence of a code point (below 0x110000) into text, which has room for 4 bytes; its length. */
size_t utf8_encode(uint32_t code_point, char *text);

bool utf8_valid(const char *text, size_t length);

/* The largest n <= at that does not cut a sequence of text in two. text must have at least at bytes. */
size_t utf8_floor(const char *text, size_t at);

/* Bytes at the end of text that may be the beginning of a sequence still to come (0 to 3). */
size_t utf8_pending(const char *text, size_t length);

#endif
