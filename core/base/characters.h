/* characters.h: what utilities that count columns or words ask of a code point, as the C.UTF-8 locale of
 * glibc 2.36 answers: whether it is white space, whether it shows, how many columns it takes. */
#ifndef UMBRA_BASE_CHARACTERS_H
#define UMBRA_BASE_CHARACTERS_H

#include <stdbool.h>
#include <stdint.h>

/* White space, and the spaces at which no line breaks, as wc counts words. */
bool character_is_space(uint32_t code);
/* Not a control character, surrogate or noncharacter. Code points that are not assigned count as printable.
 */
bool character_is_printable(uint32_t code);
/* 0 for marks that combine, 2 for wide ones, else 1. */
int character_width(uint32_t code);

#endif
