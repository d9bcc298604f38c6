/* crc32c.h: CRC-32C (Castagnoli polynomial 0x1EDC6F41, reflected 0x82F63B78), as in RFC 3720 section 12.1 and
 * its test vectors in appendix B.4. */
#ifndef UMBRA_BASE_CRC32C_H
#define UMBRA_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continues crc (0 to begin) over data; crc32c(crc32c(0, a), b) is the sum of a and b together. */
uint32_t crc32c(uint32_t crc, const void *data, size_t size);

#endif
