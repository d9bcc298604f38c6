#include <stdlib.h>
#include <string.h>

#include "store/store_internal.h"

/* Byte order, the shorter first where one begins the other. */
static int compare_names(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    if (order) return order;
    return a_length < b_length ? -1 : a_length > b_length;
}

static int compare_entry(const struct st_tree *tree, uint32_t ino, const char *name, size_t length)
{
    const struct st_inode *inode = tree_get(tree, ino);
    return inode ? compare_names(inode->name, inode->name_length, name, length) : -1;
}

uint32_t directory_find(const struct st_tree *tree, const struct st_inode *directory, const char *name,
                        size_t length, uint32_t *index)
{
    const struct st_entries *entries = directory->entries;
    uint32_t low = 0, high = entries ? entries->count : 0;

    /* Folders mostly arrive in order: look at the end first. */
    if (high && compare_entry(tree, entries->items[high - 1], name, length) < 0) low = high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare_entry(tree, entries->items[middle], name, length);
        if (order == 0) {
            if (index) *index = middle;
            return entries->items[middle];
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (index) *index = low;
    return 0;
}

/* The entries as a list of this epoch with room for one more. */
static struct st_entries *own_entries(struct st_inode *directory, uint32_t epoch)
{
    struct st_entries *old = directory->entries, *list;
    uint32_t count = old ? old->count : 0, capacity;

    if (old && old->epoch == epoch && count < old->capacity) return old;
    capacity = count < 4 ? 4 : count + count / 2 + 1;
    list = malloc(sizeof *list + capacity * sizeof list->items[0]);
    if (list == NULL) return NULL;
    list->refs = 1;
    list->epoch = epoch;
    list->count = count;
    list->capacity = capacity;
    if (count) memcpy(list->items, old->items, count * sizeof list->items[0]);
    if (old && --old->refs == 0) free(old);
    directory->entries = list;
    return list;
}

int directory_insert(struct st_tree *tree, uint32_t epoch, uint32_t directory, uint32_t ino, const char *name,
                     size_t length)
{
    struct st_inode *inode = tree_own(tree, epoch, directory);
    struct st_entries *entries = inode ? own_entries(inode, epoch) : NULL;
    uint32_t index = 0;

    if (entries == NULL) return UMBRA_ENOMEM;
    if (directory_find(tree, inode, name, length, &index)) return UMBRA_EEXIST;
    memmove(entries->items + index + 1, entries->items + index,
            (entries->count - index) * sizeof entries->items[0]);
    entries->items[index] = ino;
    entries->count++;
    return 0;
}

int directory_remove(struct st_tree *tree, uint32_t epoch, uint32_t directory, uint32_t ino, const char *name,
                     size_t length)
{
    struct st_inode *inode = tree_own(tree, epoch, directory);
    struct st_entries *entries = inode ? own_entries(inode, epoch) : NULL;
    uint32_t index = 0;

    if (entries == NULL) return UMBRA_ENOMEM;
    if (directory_find(tree, inode, name, length, &index) != ino) return UMBRA_ECORRUPT;
    entries->count--;
    memmove(entries->items + index, entries->items + index + 1,
            (entries->count - index) * sizeof entries->items[0]);
    return 0;
}
