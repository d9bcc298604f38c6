/* reference.h: asks a program of this machine what it says, to compare our own answer with. Random cases come
 * from one seed; UMBRA_SEED chooses another, UMBRA_ROUNDS more cases. */
#ifndef UMBRA_TEST_REFERENCE_H
#define UMBRA_TEST_REFERENCE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"

/* Skips the test when there is no bash 5.2, whose behaviour is the one that we have. */
void reference_need_bash(void);
/* What the bash script says on both of its outputs, with `input` as its standard input, in the locale C.UTF-8
 * and the time zone UTC. Its name in messages is "S". To be freed by buffer_free(). */
struct buffer reference_bash(const char *script, const struct buffer *input);

/* Cases of a random test: so many, or UMBRA_ROUNDS. */
unsigned reference_rounds(unsigned usual);
uint32_t reference_random(uint32_t below);
/* One of an array of strings. */
#define reference_choice(array) ((array)[reference_random(sizeof(array) / sizeof((array)[0]))])

#endif
