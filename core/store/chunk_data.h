/* chunk_data.h: the bytes of chunks. Reading checks them against their checksum; writing stores identical
 * ones once, compared byte for byte. */
#ifndef UMBRA_STORE_CHUNK_DATA_H
#define UMBRA_STORE_CHUNK_DATA_H

#include "store/store_internal.h"

/* chunks: the table of the store, whose cache this changes. UMBRA_ECORRUPT: not the bytes that were written.
 */
int chunk_read(const struct store *store, struct chunks *chunks, uint32_t number, uint32_t skip, void *data,
               uint32_t size);
/* A chunk with these bytes, a reference to which is the caller's. */
int chunk_write(struct store *store, const void *data, uint32_t size, uint32_t *number, struct error *error);
/* The most bytes of one chunk in this image. */
uint32_t chunk_size_most(const struct store *store);

#endif
