/* memory.h: memory that somebody pays for. An account counts the bytes taken in its name and refuses what
 * goes beyond its limit; accounts stand in a chain, and every one above pays too. Sizes are given back when
 * memory is freed, so nothing is kept beside it. */
#ifndef UMBRA_BASE_MEMORY_H
#define UMBRA_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

struct memory_account {
    struct memory_account *above; /* NULL: none */
    size_t used, limit;           /* bytes; a limit of 0: none */
    bool refused;                 /* something was refused for its limit since this was set to false */
};

/* NULL when an account of the chain has not so much left, or without memory. size may be 0. */
void *memory_take(struct memory_account *account, size_t size);
/* The same with other size; on failure NULL, and the old memory stays. old may be NULL with old_size 0. */
void *memory_resize(struct memory_account *account, void *old, size_t old_size, size_t size);
/* size: as it was taken. NULL is allowed. */
void memory_give(struct memory_account *account, void *memory, size_t size);

#endif
