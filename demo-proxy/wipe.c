/* wipe.c: memory that is given back is overwritten first, in this whole process. Keys and prompts pass
 * through memory of libraries that has no owner here (a header being put together, a buffer that grew and
 * moved), and what lies about in free memory would be in a core dump and in reach of every mistake that reads
 * too far. So free() and realloc() are ours and end in the C library's own; a program of glibc may do that
 * (its manual, "Replacing malloc"). With a sanitizer, or another C library, they stay as they are. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define PX_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PX_SANITIZED 1
#endif

#include <stdlib.h>

#if defined(__GLIBC__) && !defined(PX_SANITIZED)
#include <malloc.h>
#include <string.h>

extern void __libc_free(void *memory);

void free(void *memory)
{
    if (!memory) return;
    explicit_bzero(memory, malloc_usable_size(memory));
    __libc_free(memory);
}

/* Never grows in place by the C library's way, which may move and leave the old bytes behind. */
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
#endif
