/* store_internal.h: what the files of this room share. */
#ifndef UMBRA_STORE_INTERNAL_H
#define UMBRA_STORE_INTERNAL_H

#include "store/log.h"
#include "store/meta.h"
#include "store/store.h"
#include "store/superblock.h"
#include "store/tree.h"

/* Files that were removed while someone holds them; in memory only. */
#define ST_ORPHANS    ST_ROOT_COUNT
#define ST_TREE_COUNT (ST_ROOT_COUNT + 1)

struct st_dirty {
    uint32_t ino;
    uint32_t root;
};

struct st_kept {
    uint32_t id;
    int64_t time;
    struct st_tree tree;
    uint32_t files; /* usage of the tree */
    uint64_t bytes;
    bool automatic;
    char name[ST_CHECKPOINT_NAME_MAX + 1];
};

struct st_held {
    uint32_t ino;
    uint32_t count;
};

struct snapshot;

struct store {
    const struct umbra_host *host;
    struct space space;
    struct chunks chunks;
    struct log log;
    struct superblock superblock; /* the newest that is durable */
    struct snapshot *snapshot;    /* one that is being written */
    struct st_limits limits;
    struct st_tree roots[ST_TREE_COUNT];
    struct st_tree saved[ST_TREE_COUNT];  /* as they were when the transaction began */
    struct st_tree logged[ST_ROOT_COUNT]; /* what the transaction's records are relative to */
    uint32_t next_ino, saved_next_ino;
    uint32_t epoch;
    bool in_transaction;
    bool looking;           /* nothing may be written */
    bool busy;              /* no upkeep now: it is at work already, or a commit is being written */
    bool doomed;            /* data of the open transaction were lost: it must be rolled back */
    uint32_t wanted;        /* segments that making space is to end with, beyond the reserve */
    bool tight;             /* space ran out lately: make some before the next transaction */
    bool rebase, clear;     /* recorded at the commit */
    uint32_t rewind;        /* likewise: a checkpoint's id, 0: none */
    struct st_dirty *dirty; /* what the transaction touched, with repetitions */
    size_t dirty_count, dirty_capacity;
    struct st_tree view; /* ST_VIEW, while there is one */
    bool viewing;
    struct st_kept *kept; /* in the order of their ids */
    size_t kept_count, kept_capacity;
    uint32_t next_checkpoint;
    struct st_held *held;
    size_t held_count, held_capacity;
    uint32_t files, saved_files; /* in HEAD */
    uint64_t bytes, saved_bytes;
    uint64_t worked_at; /* bytes written when upkeep was last made to keep up */
    uint64_t owed;      /* bytes of work that it is behind */
    uint64_t settled;   /* sequence of the log when there was nothing more to do */
};

/* The tree of a root or a checkpoint; an empty one for an unknown number. */
const struct st_tree *store_tree(const struct store *store, enum st_root root);
/* An inode of a tree; of HEAD also one that was removed while it is held. */
const struct st_inode *store_inode(const struct store *store, enum st_root root, uint32_t ino);
/* Remembers that the commit must record this inode. */
int store_touch(struct store *store, enum st_root root, uint32_t ino, struct error *error);
/* UMBRA_EINVAL outside a transaction, UMBRA_EACCES for a tree that is not to be changed. */
int store_writable(const struct store *store, enum st_root root, struct error *error);
/* Makes the root directory of an empty tree. */
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

/* open.c: for looking only: nothing is written, not even when it is closed. UMBRA_ENOENT: there is no image.
 */
int store_open_to_look(const struct umbra_host *host, struct store **out, struct error *error);
void store_close_as_is(struct store *store);

/* replay.c: applies the META records of a chain to the store in memory. */
struct replayed;
struct replay {
    struct store *store;
    struct replayed *items; /* what the transaction does to inodes */
    size_t count, capacity;
    bool rebase, clear;
    uint32_t rewind;
    struct st_kept checkpoint; /* id != 0 when there is one */
    enum st_root checkpoint_root;
    uint64_t last; /* sequence at which to stop */
};
int replay_record(void *context, const struct log_record *record, struct error *error);
void replay_free(struct replay *replay);

/* checkpoints.c */
size_t store_find_checkpoint(const struct store *store, uint32_t id); /* kept_count: there is none */
int store_keep_checkpoint(struct store *store, const struct st_kept *kept, enum st_root root);
void store_forget_checkpoint(struct store *store, size_t index);

/* holds.c: takes over what st_remove() took out of HEAD; forgets what nobody holds any more. */
bool store_is_held(const struct store *store, uint32_t ino);
void store_purge_orphans(struct store *store);

/* snapshot.c: writing all metadata anew, in steps, while the log goes on. */
int snapshot_begin(struct store *store, struct error *error);
/* Writes on, about `budget` bytes: 1: there is more, 0: it is durable and counts. On failure it is given up,
 * but for a superblock that may or may not have been written: that is tried again. */
int snapshot_step(struct store *store, uint64_t budget, struct error *error);
void snapshot_drop(struct store *store);

/* upkeep.c: before a transaction begins; and when space runs out (for struct log). */
void store_keep_up(struct store *store);
int store_reclaim(void *context, struct error *error);
/* All metadata into a snapshot, now. */
int store_snapshot(struct store *store, struct error *error);
/* Commits operations that change no file; on failure nothing has happened. The chain may hold data of an open
 * transaction before them, and no operations of it. */
int store_commit_meta(struct store *store, struct meta *meta, enum log_commit_mode mode, struct error *error);

#endif
