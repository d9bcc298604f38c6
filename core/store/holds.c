/* holds.c: files that have lost their name while someone still has them open. */
#include <stdlib.h>

#include "store/store_internal.h"

static struct st_held *find_held(const struct store *store, uint32_t ino)
{
    size_t i;
    for (i = 0; i < store->held_count; i++)
        if (store->held[i].ino == ino) return &store->held[i];
    return NULL;
}

bool store_is_held(const struct store *store, uint32_t ino)
{
    const struct st_held *held = find_held(store, ino);
    return held && held->count;
}

const struct st_inode *store_inode(const struct store *store, enum st_root root, uint32_t ino)
{
    const struct st_inode *inode = tree_get(store_tree(store, root), ino);
    if (inode == NULL && (root == ST_HEAD || root == ST_SYSTEM) && store->held_count)
        inode = tree_get(&store->roots[ST_ORPHANS], ino);
    return inode;
}

int st_hold(struct store *store, enum st_root root, uint32_t ino)
{
    struct st_held *held = find_held(store, ino);

    if (store_inode(store, root, ino) == NULL) return UMBRA_ENOENT;
    if (held) {
        held->count++;
        return 0;
    }
    if (store->held_count == store->held_capacity) {
        size_t capacity = store->held_capacity ? store->held_capacity * 2 : 8;
        held = realloc(store->held, capacity * sizeof *held);
        if (held == NULL) return UMBRA_ENOMEM;
        store->held = held;
        store->held_capacity = capacity;
    }
    store->held[store->held_count++] = (struct st_held){ino, 1};
    return 0;
}

void store_purge_orphans(struct store *store)
{
    size_t i = 0;

    if (store->in_transaction) return;
    while (i < store->held_count) {
        struct st_held *held = &store->held[i];
        /* Without memory to change the tree it waits for the next time. */
        if (held->count || tree_set(&store->roots[ST_ORPHANS], store->epoch, held->ino, NULL) < 0)
            i++;
        else
            *held = store->held[--store->held_count];
    }
}

void st_let_go(struct store *store, uint32_t ino)
{
    struct st_held *held = find_held(store, ino);

    if (held && held->count) held->count--;
    /* What has a name is nobody's to purge. A transaction may be long, and its files many: it is forgotten
     * now. */
    if (held && held->count == 0 && tree_get(&store->roots[ST_ORPHANS], ino) == NULL)
        *held = store->held[--store->held_count];
    store_purge_orphans(store);
}
