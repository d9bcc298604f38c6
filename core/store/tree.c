#include "store/tree.h"

#include <stdlib.h>
#include <string.h>

static void node_release(struct st_node *node, uint32_t level)
{
    uint32_t i;
    if (node == NULL || --node->refs) return;
    for (i = 0; i < TREE_SLOTS; i++) {
        if (node->slots[i] == NULL) continue;
        if (level == 0)
            inode_release(node->slots[i]);
        else
            node_release(node->slots[i], level - 1);
    }
    free(node);
}

static struct st_node *node_new(uint32_t epoch)
{
    struct st_node *node = calloc(1, sizeof *node);
    if (node == NULL) return NULL;
    node->refs = 1;
    node->epoch = epoch;
    return node;
}

/* Makes *place a node of this epoch, a copy of what it was. */
static int node_own(struct st_node **place, uint32_t level, uint32_t epoch)
{
    struct st_node *old = *place, *node;
    uint32_t i;

    if (old && old->epoch == epoch) return 0;
    node = node_new(epoch);
    if (node == NULL) return UMBRA_ENOMEM;
    if (old) {
        memcpy(node->slots, old->slots, sizeof node->slots);
        for (i = 0; i < TREE_SLOTS; i++) {
            if (node->slots[i] == NULL) continue;
            if (level == 0)
                ((struct st_inode *)node->slots[i])->refs++;
            else
                ((struct st_node *)node->slots[i])->refs++;
        }
        node_release(old, level);
    }
    *place = node;
    return 0;
}

static uint32_t slot_of(uint32_t ino, uint32_t level)
{
    return ino >> level * TREE_BITS & (TREE_SLOTS - 1);
}

/* Whether ino lies beyond a tree of so many levels. */
static bool beyond(uint32_t ino, uint32_t levels)
{
    return levels * TREE_BITS < 32 && ino >> levels * TREE_BITS != 0;
}

struct st_tree tree_keep(const struct st_tree *tree)
{
    if (tree->root) tree->root->refs++;
    return *tree;
}

void tree_release(struct st_tree *tree)
{
    if (tree->root) node_release(tree->root, tree->levels - 1);
    tree->root = NULL;
    tree->levels = 0;
}

struct st_inode *tree_get(const struct st_tree *tree, uint32_t ino)
{
    const struct st_node *node = tree->root;
    uint32_t level;

    if (tree->levels == 0 || beyond(ino, tree->levels)) return NULL;
    for (level = tree->levels - 1; level > 0 && node; level--) node = node->slots[slot_of(ino, level)];
    return node ? node->slots[slot_of(ino, 0)] : NULL;
}

/* Adds levels above until ino fits. */
static int grow(struct st_tree *tree, uint32_t epoch, uint32_t ino)
{
    while (tree->levels == 0 || beyond(ino, tree->levels)) {
        struct st_node *node = node_new(epoch);
        if (node == NULL) return UMBRA_ENOMEM;
        node->slots[0] = tree->root;
        tree->root = node;
        tree->levels++;
    }
    return 0;
}

int tree_set(struct st_tree *tree, uint32_t epoch, uint32_t ino, struct st_inode *inode)
{
    struct st_node **place;
    uint32_t level;
    void **slot;

    if (inode == NULL && tree_get(tree, ino) == NULL) return 0;
    if (grow(tree, epoch, ino) < 0) goto fail;
    place = &tree->root;
    for (level = tree->levels - 1;; level--) {
        if (node_own(place, level, epoch) < 0) goto fail;
        if (level == 0) break;
        place = (struct st_node **)&(*place)->slots[slot_of(ino, level)];
    }
    slot = &(*place)->slots[slot_of(ino, 0)];
    inode_release(*slot);
    *slot = inode;
    return 0;
fail:
    inode_release(inode);
    return UMBRA_ENOMEM;
}

struct st_inode *tree_own(struct st_tree *tree, uint32_t epoch, uint32_t ino)
{
    struct st_inode *inode = tree_get(tree, ino), *copy;

    if (inode == NULL || inode->epoch == epoch) return inode;
    copy = inode_copy(inode, epoch, inode->parent, inode->name, inode->name_length);
    if (copy == NULL || tree_set(tree, epoch, ino, copy) < 0) return NULL;
    return copy;
}

struct st_inode *inode_new(uint32_t epoch, uint32_t ino, uint32_t parent, enum st_kind kind, const char *name,
                           size_t length)
{
    struct st_inode *inode = calloc(1, sizeof *inode + length);
    if (inode == NULL) return NULL;
    inode->refs = 1;
    inode->epoch = epoch;
    inode->ino = ino;
    inode->parent = parent;
    inode->kind = (uint8_t)kind;
    inode->name_length = (uint8_t)length;
    if (length) memcpy(inode->name, name, length);
    return inode;
}

struct st_inode *inode_copy(const struct st_inode *inode, uint32_t epoch, uint32_t parent, const char *name,
                            size_t length)
{
    struct st_inode *copy = inode_new(epoch, inode->ino, parent, inode->kind, name, length);
    if (copy == NULL) return NULL;
    copy->mtime = inode->mtime;
    copy->size = inode->size;
    copy->mode = inode->mode;
    copy->content = content_keep(inode->content);
    copy->entries = inode->entries;
    if (copy->entries) copy->entries->refs++;
    return copy;
}

struct st_inode *inode_keep(struct st_inode *inode)
{
    inode->refs++;
    return inode;
}

void inode_release(struct st_inode *inode)
{
    if (inode == NULL || --inode->refs) return;
    content_release(inode->content);
    if (inode->entries && --inode->entries->refs == 0) free(inode->entries);
    free(inode);
}

/* Both sides of a comparison, brought to the same level. */
struct comparison {
    tree_visit visit;
    void *context;
};

static int compare_nodes(const struct comparison *comparison, const struct st_node *before,
                         const struct st_node *after, uint32_t level, uint32_t first)
{
    uint32_t i;
    for (i = 0; i < TREE_SLOTS; i++) {
        void *a = before ? before->slots[i] : NULL;
        void *b = after ? after->slots[i] : NULL;
        uint32_t ino = first + (i << level * TREE_BITS);
        int result;

        if (a == b) continue;
        if (level == 0)
            result = comparison->visit(comparison->context, ino, a, b);
        else
            result = compare_nodes(comparison, a, b, level - 1, ino);
        if (result) return result;
    }
    return 0;
}

int tree_compare(const struct st_tree *before, const struct st_tree *after, tree_visit visit, void *context)
{
    struct comparison comparison = {visit, context};
    const struct st_tree *low = before->levels < after->levels ? before : after;
    const struct st_tree *high = low == before ? after : before;
    const struct st_node *inner = high->root;
    uint32_t level;

    /* The upper levels of the taller tree: all but the leftmost path is on one side only. */
    for (level = high->levels; level > low->levels; level--) {
        struct st_node rest = *inner;
        int result;
        rest.slots[0] = NULL;
        result = low == before ? compare_nodes(&comparison, NULL, &rest, level - 1, 0)
                               : compare_nodes(&comparison, &rest, NULL, level - 1, 0);
        if (result) return result;
        if (level == 1) return 0;
        inner = inner->slots[0];
        if (inner == NULL) break;
    }
    if (low->levels == 0 || inner == low->root) return 0;
    return low == before ? compare_nodes(&comparison, low->root, inner, low->levels - 1, 0)
                         : compare_nodes(&comparison, inner, low->root, low->levels - 1, 0);
}
