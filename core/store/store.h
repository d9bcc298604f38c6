/* store.h: the workspace image: one file that survives crashes. Three trees of files live in it: HEAD (what
 * the agent sees and changes), BASE (what was imported from the real folder, or committed to it) and SYSTEM
 * (session logs; no tool sees it). Changes are made in transactions: after st_commit() a transaction survives
 * any crash as a whole, before it not at all. FORMAT.md describes the bytes. */
#ifndef UMBRA_STORE_STORE_H
#define UMBRA_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "umbra_host.h"

/* The trees. Functions that only read take st_checkpoint_root() in their place too. */
enum st_root { ST_HEAD, ST_BASE, ST_SYSTEM, ST_ROOT_COUNT };
enum st_kind { ST_FILE = 1, ST_DIRECTORY = 2, ST_SYMLINK = 3 };

#define ST_ROOT_INO            1u /* the root directory of each tree */
#define ST_NAME_MAX            255
#define ST_CHECKPOINT_NAME_MAX 100
#define ST_DEPTH_MAX           2048 /* directories within each other */

struct store;

struct st_limits {
    uint64_t max_image_bytes; /* of the image file; default 4 GiB */
    uint64_t max_file_bytes;  /* of one file; default 1 GiB */
    uint64_t cache_bytes;     /* of file contents kept in memory; default 64 MiB */
    uint32_t max_files;       /* inodes in HEAD; default 1,000,000 */
    uint32_t max_checkpoints; /* automatic ones, beyond which the oldest are dropped; default 500 */
    bool recover;             /* open a damaged image as it was before the damage; default false */
    uint32_t segment_bytes;   /* of a new image: 4 KiB to 64 MiB, in steps of 512; default 256 KiB */
};

extern const struct st_limits st_default_limits;

/* One file, directory or symbolic link. name points into the store, valid until the next change. */
struct st_info {
    uint32_t ino;
    uint32_t parent;
    enum st_kind kind;
    uint16_t mode;  /* permission bits */
    int64_t mtime;  /* milliseconds since 1970 */
    uint64_t size;  /* bytes; of a directory 0 */
    uint32_t count; /* entries of a directory */
    const char *name;
    size_t name_length;
};

struct st_usage {
    uint32_t files;       /* files and links in HEAD */
    uint64_t bytes;       /* their sizes */
    uint64_t image_bytes; /* of the image file */
    uint64_t live_bytes;  /* of contents that something refers to, identical ones once */
    uint64_t free_bytes;  /* of the image: free at once */
    uint64_t written;     /* bytes written to the image since it was opened */
};

/* Opens the image, making an empty one where there is none. What a crash left of a transaction that was not
 * durable is passed over. UMBRA_EVERSION: another format; UMBRA_ECORRUPT: no image of ours, or a damaged one;
 * nothing is changed then. The host must outlive the store. */
int st_open(const struct umbra_host *host, const struct st_limits *limits, struct store **out,
            struct error *error);
/* Rolls back an open transaction, makes all before durable and closes the files. NULL is allowed. */
void st_close(struct store *store);

/* Transactions do not nest. Every function below that changes something needs one (UMBRA_EINVAL without). */
int st_begin(struct store *store, struct error *error);
/* Makes the transaction durable. On failure it is rolled back. */
int st_commit(struct store *store, struct error *error);
/* Writes it without a flush: it survives the end of the program and becomes durable with the next
 * st_commit(). */
int st_commit_lazy(struct store *store, struct error *error);
void st_rollback(struct store *store);
bool st_in_transaction(const struct store *store);
/* Makes all that was committed durable. */
int st_flush(struct store *store, struct error *error);

/* Does a small part of the upkeep (snapshots of the metadata, compaction), some 100 KB of work, outside of
 * transactions. 1: there is more to do, 0: none, or a negative error, which is none of the caller's. */
int st_maintain(struct store *store, struct error *error);

/* 0 or UMBRA_ENOENT. */
int st_info(const struct store *store, enum st_root root, uint32_t ino, struct st_info *info);
/* The ino of an entry, 0 when there is none. */
uint32_t st_lookup(const struct store *store, enum st_root root, uint32_t directory, const char *name,
                   size_t length);
/* The index-th entry in the byte order of names, 0 past the end. */
uint32_t st_entry(const struct store *store, enum st_root root, uint32_t directory, uint32_t index);

/* Reads up to size bytes; the number read (short only at the end), or a negative error. */
int64_t st_read(const struct store *store, enum st_root root, uint32_t ino, uint64_t offset, void *data,
                size_t size);

int st_create(struct store *store, enum st_root root, uint32_t parent, const char *name, size_t length,
              enum st_kind kind, uint16_t mode, int64_t mtime, uint32_t *ino, struct error *error);
/* Writes at an offset; what lies between the old end and it reads as zeros and takes no space. */
int st_write(struct store *store, enum st_root root, uint32_t ino, uint64_t offset, const void *data,
             size_t size, struct error *error);
/* Cuts the content off, or extends it by zeros that take no space. */
int st_truncate(struct store *store, enum st_root root, uint32_t ino, uint64_t size, struct error *error);
/* Replaces the whole content. */
int st_replace(struct store *store, enum st_root root, uint32_t ino, const void *data, size_t size,
               struct error *error);
int st_append(struct store *store, enum st_root root, uint32_t ino, const void *data, size_t size,
              struct error *error);
int st_set_mtime(struct store *store, enum st_root root, uint32_t ino, int64_t mtime, struct error *error);
int st_set_mode(struct store *store, enum st_root root, uint32_t ino, uint16_t mode, struct error *error);
/* Removes a file, link or empty directory. */
int st_remove(struct store *store, enum st_root root, uint32_t ino, struct error *error);
/* Holds a file of HEAD or SYSTEM: st_remove() and st_rename() over it take its name away, but it can be read
 * and written by its ino in that tree until it is let go. After a crash it is gone. 0, UMBRA_ENOENT or
 * UMBRA_ENOMEM. */
int st_hold(struct store *store, enum st_root root, uint32_t ino);
void st_let_go(struct store *store, uint32_t ino);

/* Moves, over a file or an empty directory that has the new name already, as rename() in POSIX.1-2017: a
 * directory replaces a directory only (UMBRA_ENOTDIR), another thing no directory (UMBRA_EISDIR), and a
 * directory cannot move below itself (UMBRA_EINVAL). */
int st_rename(struct store *store, enum st_root root, uint32_t ino, uint32_t parent, const char *name,
              size_t length, struct error *error);

/* BASE becomes HEAD as it stands at the end of this transaction, in O(1). */
int st_rebase(struct store *store, struct error *error);
/* Forgets all of HEAD and BASE (SYSTEM stays). */
int st_clear(struct store *store, struct error *error);
/* Gives `to` the version that `from` has of this inode: content, mode, name, place; or its absence. Missing
 * parent directories come along. Whatever else stands at the place is removed from BASE; in HEAD it is kept
 * and the answer is UMBRA_EEXIST. */
int st_adopt(struct store *store, enum st_root to, enum st_root from, uint32_t ino, struct error *error);

/* Keeps HEAD as it is now under a name (cut at 100 bytes), in O(1), in a transaction of its own that becomes
 * durable with the next one. *id is never used again. Automatic ones are dropped when they are more than
 * max_checkpoints, or when space runs out, the oldest first. */
int st_checkpoint(struct store *store, const char *name, bool automatic, int64_t time, uint32_t *id,
                  struct error *error);
/* The same for another tree: BASE before a commit to the real folder. */
int st_checkpoint_of(struct store *store, enum st_root root, const char *name, bool automatic, int64_t time,
                     uint32_t *id, struct error *error);
/* HEAD becomes what a checkpoint keeps; within a transaction. UMBRA_ENOENT. */
int st_rewind(struct store *store, uint32_t id, struct error *error);
/* Forgets a checkpoint, durably; what only it referred to becomes free space. Outside of transactions. */
int st_drop_checkpoint(struct store *store, uint32_t id, struct error *error);
uint32_t st_checkpoint_count(const struct store *store);
bool st_has_checkpoint(const struct store *store, uint32_t id);

/* Whether two trees are the same in all, times too. Costs what differs, not what exists. */
bool st_same_tree(const struct store *store, enum st_root a, enum st_root b);

struct st_checkpoint_info {
    uint32_t id;
    int64_t time;     /* milliseconds since 1970 */
    const char *name; /* valid until the next change */
    bool automatic;
    uint32_t files; /* in the tree it keeps, and their bytes */
    uint64_t bytes;
};

/* The index-th checkpoint, oldest first; UMBRA_ENOENT past the end. */
int st_checkpoint_at(const struct store *store, uint32_t index, struct st_checkpoint_info *info);
/* The tree that a checkpoint keeps, for functions that only read; an empty tree when there is none. */
enum st_root st_checkpoint_root(uint32_t id);

/* Keeps a tree (also a checkpoint's) as it is now, in O(1) and in memory only: nothing is written, so this
 * works with a full disk too. Functions that only read take ST_VIEW for it, while work on the trees goes on;
 * content that it alone has keeps its space until st_end_view(). One at a time, and not within a transaction:
 * UMBRA_EBUSY. */
#define ST_VIEW st_checkpoint_root(0) /* no checkpoint has this number */
int st_begin_view(struct store *store, enum st_root root, struct error *error);
void st_end_view(struct store *store);

void st_usage(const struct store *store, struct st_usage *usage);

#endif
