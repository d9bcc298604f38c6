#include "base/crc32c.h"

#include "base/buffer.h"
#include "base/crc32c_table.h"

/* Eight bytes a step ("slicing by 8": Kounavis and Berry, "A Systematic Approach to Building High Performance
 * Software-Based CRC Generators", ISCC 2005). */
static inline uint32_t take_eight(uint32_t crc, const unsigned char *at)
{
    uint32_t low = crc ^ read_u32(at), high = read_u32(at + 4);

    return crc32c_table[7][low & 0xff] ^ crc32c_table[6][low >> 8 & 0xff] ^
           crc32c_table[5][low >> 16 & 0xff] ^ crc32c_table[4][low >> 24] ^ crc32c_table[3][high & 0xff] ^
           crc32c_table[2][high >> 8 & 0xff] ^ crc32c_table[1][high >> 16 & 0xff] ^
           crc32c_table[0][high >> 24];
}

static uint32_t pass_lane(uint32_t crc)
{
    return crc32c_zeros[0][crc & 0xff] ^ crc32c_zeros[1][crc >> 8 & 0xff] ^
           crc32c_zeros[2][crc >> 16 & 0xff] ^ crc32c_zeros[3][crc >> 24];
}

/* Each step waits for the one before it, so three lanes at a time, joined afterwards (Gopal et al., "Fast CRC
 * Computation for iSCSI Polynomial Using CRC32 Instruction", Intel white paper 323405, 2011). */
static uint32_t take_lanes(uint32_t crc, const unsigned char *at)
{
    uint32_t second = 0, third = 0, i;

    for (i = 0; i < CRC32C_LANE; i += 8) {
        crc = take_eight(crc, at + i);
        second = take_eight(second, at + CRC32C_LANE + i);
        third = take_eight(third, at + CRC32C_LANE + CRC32C_LANE + i);
    }
    return pass_lane(pass_lane(crc) ^ second) ^ third;
}

uint32_t crc32c(uint32_t crc, const void *data, size_t size)
{
    static const size_t lanes = (size_t)3 * CRC32C_LANE;
    const unsigned char *at = data;

    crc = ~crc;
    for (; size >= lanes; at += lanes, size -= lanes) crc = take_lanes(crc, at);
    for (; size >= 8; at += 8, size -= 8) crc = take_eight(crc, at);
    while (size--) crc = crc >> 8 ^ crc32c_table[0][(crc ^ *at++) & 0xff];
    return ~crc;
}
