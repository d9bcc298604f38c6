#include "base/arena.h"

#include <stdint.h>

#define ALIGNMENT 16u
#define BLOCK_MAX (256u << 10)

struct arena_block {
    struct arena_block *before;
    size_t size; /* bytes of data */
    _Alignas(ALIGNMENT) unsigned char data[];
};

#define HEAD offsetof(struct arena_block, data)

static size_t rounded(size_t size)
{
    return (size + (ALIGNMENT - 1)) & ~(size_t)(ALIGNMENT - 1);
}

void arena_init(struct arena *arena, struct memory_account *account)
{
    memset(arena, 0, sizeof *arena);
    arena->account = account;
}

static void give(struct arena *arena, struct arena_block *block)
{
    if (block) memory_give(arena->account, block, HEAD + block->size);
}

bool arena_has(const struct arena *arena, const void *pointer)
{
    const struct arena_block *block;
    uintptr_t at = (uintptr_t)pointer;

    for (block = arena->block; block; block = block->before)
        if (at >= (uintptr_t)block->data && at < (uintptr_t)block->data + block->size) return true;
    return false;
}

void arena_free(struct arena *arena)
{
    arena_release(arena, (struct arena_mark){0});
    give(arena, arena->spare);
    arena_init(arena, arena->account);
}

/* Puts a block with room for so much on top. */
static bool add_block(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->spare;
    size_t bytes = arena->block ? 2 * (arena->block->size + HEAD) : ARENA_BLOCK;

    if (block && block->size >= size) {
        arena->spare = NULL;
    } else {
        if (bytes > BLOCK_MAX) bytes = BLOCK_MAX;
        if (bytes < size + HEAD) bytes = size + HEAD;
        block = memory_take(arena->account, bytes);
        if (block == NULL) return false;
        block->size = bytes - HEAD;
    }
    block->before = arena->block;
    arena->block = block;
    arena->at = 0;
    arena->size = block->size;
    return true;
}

void *arena_take(struct arena *arena, size_t size)
{
    void *memory;

    if (size > SIZE_MAX / 2) goto fail;
    size = size ? rounded(size) : ALIGNMENT;
    if (size > arena->size - arena->at && !add_block(arena, size)) goto fail;
    memory = arena->block->data + arena->at;
    arena->at += size;
    return memory;
fail:
    arena->failed = true;
    return NULL;
}

void *arena_zero(struct arena *arena, size_t size)
{
    void *memory = arena_take(arena, size);
    return memory ? memset(memory, 0, size) : NULL;
}

char *arena_copy(struct arena *arena, const void *data, size_t size)
{
    char *copy = arena_take(arena, size + 1);

    if (copy == NULL) return NULL;
    if (size) memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t size)
{
    size_t before = old_size ? rounded(old_size) : ALIGNMENT;
    void *memory;

    if (old && size <= SIZE_MAX / 2 && (unsigned char *)old + before == arena->block->data + arena->at &&
        rounded(size) <= arena->size - (arena->at - before)) {
        arena->at = arena->at - before + rounded(size);
        return old;
    }
    memory = arena_take(arena, size);
    if (memory && old && old_size) memcpy(memory, old, old_size < size ? old_size : size);
    return memory;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){arena->block, arena->at};
}

void arena_release(struct arena *arena, struct arena_mark mark)
{
    while (arena->block != mark.block) {
        struct arena_block *block = arena->block;
        arena->block = block->before;
        /* The larger one stays, up to a size: what loops need comes back at once. */
        if (arena->spare == NULL || (block->size > arena->spare->size && block->size <= BLOCK_MAX)) {
            give(arena, arena->spare);
            arena->spare = block;
        } else {
            give(arena, block);
        }
    }
    arena->at = mark.at;
    arena->size = arena->block ? arena->block->size : 0;
}
