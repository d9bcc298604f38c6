/* arena.h: memory that is taken piece by piece and given back as a stack: everything taken after a mark goes
 * when the arena is released to it. Blocks are kept for reuse, so taking is some instructions. What an arena
 * holds is charged to its account. */
#ifndef UMBRA_BASE_ARENA_H
#define UMBRA_BASE_ARENA_H

#include <string.h>

#include "base/memory.h"

#define ARENA_BLOCK 4096u /* bytes of the first block, with its head; later ones double up to 256 KiB */

struct arena_block;

struct arena {
    struct memory_account *account;
    struct arena_block *block; /* the one in use; older ones behind it */
    struct arena_block *spare; /* one that was released, for the next need */
    size_t at, size;           /* bytes used of the block, and what it has */
    bool failed;               /* memory was refused since this was set to false */
};

struct arena_mark {
    struct arena_block *block;
    size_t at;
};

/* Takes no memory yet. */
void arena_init(struct arena *arena, struct memory_account *account);
void arena_free(struct arena *arena);
/* Whether something is in its memory. */
bool arena_has(const struct arena *arena, const void *pointer);

/* Aligned for anything, not cleared. NULL (and failed) without memory. */
void *arena_take(struct arena *arena, size_t size);
/* The same, zeroed. */
void *arena_zero(struct arena *arena, size_t size);
/* A copy with a NUL behind it. */
char *arena_copy(struct arena *arena, const void *data, size_t size);
/* Grows what was taken last in its place when there is room, else copies it. */
void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t size);

struct arena_mark arena_mark(const struct arena *arena);
void arena_release(struct arena *arena, struct arena_mark mark);

#endif
