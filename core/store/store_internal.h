/* store_internal.h: what the files of this room share. */
#ifndef UMBRA_STORE_INTERNAL_H
#define UMBRA_STORE_INTERNAL_H

#include "store/log.h"
#include "store/store.h"
#include "store/tree.h"

struct st_dirty {
    uint32_t ino;
    uint32_t root;
};

struct st_kept {
    uint32_t id;
    int64_t time;
    struct st_tree tree;
    char name[64];
};

struct store {
    struct log log;
    struct st_limits limits;
    struct st_tree roots[ST_ROOT_COUNT];
    struct st_tree saved[ST_ROOT_COUNT]; /* as they were when the transaction began */
    uint32_t next_ino, saved_next_ino;
    uint32_t epoch;
    bool in_transaction;
    bool rebase, clear;     /* recorded at the commit */
    struct st_dirty *dirty; /* what the transaction touched, with repetitions */
    size_t dirty_count, dirty_capacity;
    struct st_kept *kept;
    size_t kept_count, kept_capacity;
    uint32_t next_checkpoint;
    uint32_t files, saved_files; /* in HEAD */
    uint64_t bytes, saved_bytes;
};

/* The tree of a root or a checkpoint; an empty one for an unknown number. */
const struct st_tree *store_tree(const struct store *store, enum st_root root);
/* Remembers that the commit must record this inode. */
int store_touch(struct store *store, enum st_root root, uint32_t ino, struct error *error);
/* UMBRA_EINVAL outside a transaction. */
int store_writable(const struct store *store, struct error *error);
/* Makes the three root directories of empty trees. */
int store_make_root(struct store *store, enum st_root root);
/* Counts a file into or out of the usage of HEAD. */
void store_count(struct store *store, enum st_root root, const struct st_inode *inode, int sign);

/* directory.c: entries, kept sorted by name. */
uint32_t directory_find(const struct st_tree *tree, const struct st_inode *directory, const char *name,
                        size_t length, uint32_t *index);
int directory_insert(struct st_tree *tree, uint32_t epoch, uint32_t directory, uint32_t ino, const char *name,
                     size_t length);
int directory_remove(struct st_tree *tree, uint32_t epoch, uint32_t directory, uint32_t ino, const char *name,
                     size_t length);

/* record.c: inodes as log records. */
void record_put_inode(struct buffer *payload, enum st_root root, const struct st_inode *inode);
struct st_inode *record_get_inode(const unsigned char *payload, uint32_t size, uint32_t epoch,
                                  enum st_root *root, struct error *error);

/* replay.c: applies the records of whole transactions to the store in memory. */
struct replay {
    struct store *store;
    struct st_replayed {
        uint32_t root, ino;
        struct st_inode *inode; /* NULL: removed */
    } * items;
    size_t count, capacity;
    bool rebase, clear;
    struct st_kept checkpoint; /* id != 0 when there is one */
};
int replay_record(void *context, enum log_type type, uint64_t place, const unsigned char *payload,
                  uint32_t size, struct error *error);
void replay_free(struct replay *replay);

int store_keep_checkpoint(struct store *store, const struct st_kept *kept);

#endif
