#include "base/crc32c.h"

#include "base/buffer.h"
#include "base/crc32c_table.h"

/* Eight bytes a step ("slicing by 8": Kounavis and Berry, "A Systematic Approach to Building High Performance
 * Software-Based CRC Generators", ISCC 2005). */
uint32_t crc32c(uint32_t crc, const void *data, size_t size)
{
    const unsigned char *at = data;

    crc = ~crc;
    while (size >= 8) {
        uint32_t low = crc ^ read_u32(at);
        uint32_t high = read_u32(at + 4);
        crc = crc32c_table[7][low & 0xff] ^ crc32c_table[6][low >> 8 & 0xff] ^
              crc32c_table[5][low >> 16 & 0xff] ^ crc32c_table[4][low >> 24] ^ crc32c_table[3][high & 0xff] ^
              crc32c_table[2][high >> 8 & 0xff] ^ crc32c_table[1][high >> 16 & 0xff] ^
              crc32c_table[0][high >> 24];
        at += 8;
        size -= 8;
    }
    while (size--) crc = crc >> 8 ^ crc32c_table[0][(crc ^ *at++) & 0xff];
    return ~crc;
}
