/* hash64.h: XXH64 with seed 0, a fast 64-bit hash of bytes (Y. Collet, "xxHash fast digest algorithm",
 * version 0.1.1, 2018, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md). Not against forgers.
 */
#ifndef UMBRA_BASE_HASH64_H
#define UMBRA_BASE_HASH64_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash64(const void *data, size_t size);

#endif
