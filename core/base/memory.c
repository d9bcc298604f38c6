#include "base/memory.h"

#include <stdlib.h>

static bool charge(struct memory_account *account, size_t size)
{
    struct memory_account *at, *back;

    for (at = account; at; at = at->above) {
        if (at->limit && size > at->limit - at->used) break;
        at->used += size;
    }
    if (at == NULL) return true;
    at->refused = true;
    for (back = account; back != at; back = back->above) back->used -= size;
    return false;
}

static void discharge(struct memory_account *account, size_t size)
{
    for (; account; account = account->above) account->used -= size;
}

void *memory_take(struct memory_account *account, size_t size)
{
    return memory_resize(account, NULL, 0, size);
}

void *memory_resize(struct memory_account *account, void *old, size_t old_size, size_t size)
{
    void *memory;

    if (size > old_size && !charge(account, size - old_size)) return NULL;
    memory = realloc(old, size ? size : 1);
    if (memory == NULL) {
        if (size > old_size) discharge(account, size - old_size);
        return NULL;
    }
    if (size < old_size) discharge(account, old_size - size);
    return memory;
}

void memory_give(struct memory_account *account, void *memory, size_t size)
{
    if (memory == NULL) return;
    discharge(account, size);
    free(memory);
}
