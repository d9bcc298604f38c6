/* tree.h: persistent (copy-on-write, reference-counted) tables from ino to inode, a radix trie of 32 slots a
 * node. What was made in the store's current epoch is changed in place, everything older is copied first, so
 * keeping a tree is one more reference and a new epoch. Inodes are never numbered twice. */
#ifndef UMBRA_STORE_TREE_H
#define UMBRA_STORE_TREE_H

#include "store/chunks.h"
#include "store/store.h"

#define TREE_BITS  5
#define TREE_SLOTS (1u << TREE_BITS)

/* Bytes [end of the one before, end) of a file: those of a chunk from `skip` on, or zeros where chunk is 0.
 */
struct st_extent {
    uint64_t end;
    uint32_t chunk;
    uint32_t skip;
};

/* The content of a file or link: extents, or the bytes themselves when they are few. */
struct st_content {
    uint32_t refs;
    uint32_t epoch;
    uint32_t count;    /* of extents, or of inline bytes */
    uint32_t capacity; /* of extents; 0: the bytes are inline, in the place of the extents */
    struct chunks *chunks;
    struct st_extent items[];
};

/* The inos of a directory's entries, sorted by the bytes of their names. */
struct st_entries {
    uint32_t refs;
    uint32_t epoch;
    uint32_t count;
    uint32_t capacity;
    uint32_t items[];
};

struct st_inode {
    uint32_t refs;
    uint32_t epoch;
    uint32_t ino;
    uint32_t parent;
    int64_t mtime;
    uint64_t size;
    struct st_content *content; /* of a file or link; NULL when empty */
    struct st_entries *entries; /* of a directory; NULL when empty */
    uint16_t mode;
    uint8_t kind;
    uint8_t name_length;
    char name[]; /* name_length bytes, no NUL */
};

struct st_node {
    uint32_t refs;
    uint32_t epoch;
    void *slots[TREE_SLOTS]; /* nodes, or inodes on level 0 */
};

struct st_tree {
    struct st_node *root;
    uint32_t levels; /* the root's level + 1; 0 for an empty tree */
};

struct st_tree tree_keep(const struct st_tree *tree);
void tree_release(struct st_tree *tree);

struct st_inode *tree_get(const struct st_tree *tree, uint32_t ino);
/* Puts an inode (its reference is taken, also on failure) or, with NULL, removes. 0 or UMBRA_ENOMEM. */
int tree_set(struct st_tree *tree, uint32_t epoch, uint32_t ino, struct st_inode *inode);
/* The inode as one that may be changed in this epoch; NULL without memory (or without the inode). */
struct st_inode *tree_own(struct st_tree *tree, uint32_t epoch, uint32_t ino);

struct st_inode *inode_new(uint32_t epoch, uint32_t ino, uint32_t parent, enum st_kind kind, const char *name,
                           size_t length);
/* A copy under another parent and name, sharing content and entries. */
struct st_inode *inode_copy(const struct st_inode *inode, uint32_t epoch, uint32_t parent, const char *name,
                            size_t length);
struct st_inode *inode_keep(struct st_inode *inode);
void inode_release(struct st_inode *inode);

struct st_content *content_keep(struct st_content *content);
void content_release(struct st_content *content);
struct st_content *content_inline(uint32_t epoch, const void *bytes, uint32_t size);
static inline bool content_is_inline(const struct st_content *content)
{
    return content->capacity == 0;
}
/* Whether two contents are the same bytes by what they are made of: identical bytes are stored once, so
 * different files mostly show it here. False does not mean that they differ. */
bool content_is_same(const struct st_content *a, const struct st_content *b);
/* Puts `insert` extents in the place of `remove` ones from index `at` on. Each new one takes a reference of
 * its chunk. *content becomes a list of this epoch. On failure nothing has changed. */
int content_splice(struct st_content **content, struct chunks *chunks, uint32_t epoch, uint32_t at,
                   uint32_t remove, const struct st_extent *extents, uint32_t insert);

/* Calls visit for each ino whose inode differs between the two trees, in no particular order; shared parts
 * are not looked at. before or after is NULL where it is absent. Stops at the first result that is not 0. */
typedef int (*tree_visit)(void *context, uint32_t ino, const struct st_inode *before,
                          const struct st_inode *after);
int tree_compare(const struct st_tree *before, const struct st_tree *after, tree_visit visit, void *context);

#endif
