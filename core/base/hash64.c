#include "base/hash64.h"

#include "base/buffer.h"

#define PRIME_1 0x9E3779B185EBCA87ull
#define PRIME_2 0xC2B2AE3D27D4EB4Full
#define PRIME_3 0x165667B19E3779F9ull
#define PRIME_4 0x85EBCA77C2B2AE63ull
#define PRIME_5 0x27D4EB2F165667C5ull

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static uint64_t mix(uint64_t lane, uint64_t input)
{
    return rotate(lane + input * PRIME_2, 31) * PRIME_1;
}

static uint64_t merge(uint64_t hash, uint64_t lane)
{
    return (hash ^ mix(0, lane)) * PRIME_1 + PRIME_4;
}

/* Steps 1 to 3 of the specification: four lanes of eight bytes each. */
static uint64_t take_stripes(const unsigned char **at, size_t *left)
{
    uint64_t a = PRIME_1 + PRIME_2, b = PRIME_2, c = 0, d = 0 - PRIME_1, hash;

    while (*left >= 32) {
        a = mix(a, read_u64(*at));
        b = mix(b, read_u64(*at + 8));
        c = mix(c, read_u64(*at + 16));
        d = mix(d, read_u64(*at + 24));
        *at += 32;
        *left -= 32;
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
    return merge(merge(merge(merge(hash, a), b), c), d);
}

uint64_t hash64(const void *data, size_t size)
{
    const unsigned char *at = data;
    size_t left = size;
    uint64_t hash = size >= 32 ? take_stripes(&at, &left) : PRIME_5;

    hash += size;
    for (; left >= 8; at += 8, left -= 8) hash = rotate(hash ^ mix(0, read_u64(at)), 27) * PRIME_1 + PRIME_4;
    for (; left >= 4; at += 4, left -= 4)
        hash = rotate(hash ^ read_u32(at) * PRIME_1, 23) * PRIME_2 + PRIME_3;
    for (; left; at++, left--) hash = rotate(hash ^ *at * PRIME_5, 11) * PRIME_1;
    hash = (hash ^ hash >> 33) * PRIME_2;
    hash = (hash ^ hash >> 29) * PRIME_3;
    return hash ^ hash >> 32;
}
