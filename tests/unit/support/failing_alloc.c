#include "failing_alloc.h"

#include <stddef.h>
#include <stdlib.h>

#include <cJSON.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static long left = -1;
static bool failed;

void alloc_fail_at(long n)
{
    left = n;
    failed = false;
}

bool alloc_has_failed(void)
{
    return failed;
}

static bool is_due(void)
{
    if (left < 0 || left-- > 0) return false;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return is_due() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_due() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return is_due() ? NULL : __real_realloc(memory, size);
}

/* Calls that --wrap redirects: a pointer to malloc given to cJSON would not be. */
static void *take_memory(size_t size)
{
    return malloc(size);
}

static void give_memory(void *memory)
{
    free(memory);
}

void alloc_fail_json(bool may_fail)
{
    cJSON_Hooks hooks = {take_memory, give_memory};
    cJSON_InitHooks(may_fail ? &hooks : NULL);
}
