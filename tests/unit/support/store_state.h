/* store_state.h: all that can be seen of a store as one text, for comparing states, and whether it is sound
 * in itself. What does not fit together stands in the text after STATE_BROKEN. */
#ifndef UMBRA_TEST_STORE_STATE_H
#define UMBRA_TEST_STORE_STATE_H

#include "memory_host.h"
#include "store/store.h"

#define STATE_BROKEN "BROKEN: "

/* The three trees and those of all checkpoints with paths, attributes and contents, and the usage. To be
 * freed. Content that cannot be read stands there as its error. */
char *state_text(const struct store *store);
/* A 64-bit hash (FNV-1a's idea in steps of eight bytes); it is not the checksum that the image uses. */
uint64_t state_hash(const void *data, size_t size, uint64_t hash);

/* Checks the image in a host, which nobody has open; cmocka fails when it is not sound. */
void assert_image_is_sound(struct memory_host *memory);

#endif
