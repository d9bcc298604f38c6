#include "wipe.h"

#include <sqlite3.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define PX_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PX_SANITIZED 1
#endif

#if defined(__GLIBC__) && !defined(PX_SANITIZED)
#include <malloc.h>
#include <string.h>

/* The manual of glibc, "Replacing malloc", lets a program have its own; these two end in the library's. */
extern void __libc_free(void *memory);
extern void *__libc_realloc(void *memory, size_t size);

void free(void *memory)
{
    if (!memory) return;
    memset(memory, 0, malloc_usable_size(memory));
    __asm__ volatile("" : : "r"(memory) : "memory"); /* so that the compiler does not leave it out */
    __libc_free(memory);
}

/* Not the library's way, which may move the bytes and leave the old ones where they were. */
void *realloc(void *memory, size_t size)
{
    if (!memory) return malloc(size);
    if (size == 0) {
        free(memory);
        return NULL;
    }
    size_t had = malloc_usable_size(memory);
    if (size <= had && size >= had / 2) return memory;
    void *moved = malloc(size);
    if (!moved) return size <= had ? memory : NULL;
    memcpy(moved, memory, size < had ? size : had);
    free(memory);
    return moved;
}

/* --- the database --- */

static void *take(int size)
{
    return malloc((size_t)size);
}

static void *change(void *memory, int size)
{
    return __libc_realloc(memory, (size_t)size);
}

static int size_of(void *memory)
{
    return (int)malloc_usable_size(memory);
}

static int rounded(int size)
{
    return (size + 7) & ~7;
}

static int begin(void *owner)
{
    (void)owner;
    return SQLITE_OK;
}

static void end(void *owner)
{
    (void)owner;
}

void px_wipe_begin(void)
{
    const sqlite3_mem_methods plain = {.xMalloc = take,
                                       .xFree = __libc_free,
                                       .xRealloc = change,
                                       .xSize = size_of,
                                       .xRoundup = rounded,
                                       .xInit = begin,
                                       .xShutdown = end};
    (void)sqlite3_config(SQLITE_CONFIG_MALLOC, &plain);
}
#else
void px_wipe_begin(void)
{
}
#endif
