/* store.h: the workspace image. Three trees of files live in it: HEAD (what the agent sees and changes), BASE
 * (what was imported from the real folder, or committed to it) and SYSTEM (session logs; no tool sees it).
 * Changes are made in transactions: after st_commit() a transaction survives any crash as a whole, before it
 * not at all. FORMAT.md describes the bytes. */
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

#define ST_ROOT_INO 1u /* the root directory of each tree */
#define ST_NAME_MAX 255

struct store;

struct st_limits {
    uint64_t max_image_bytes; /* of the log; default 4 GiB */
    uint64_t max_file_bytes;  /* of one file; default 1 GiB */
    uint32_t max_files;       /* inodes in HEAD; default 1,000,000 */
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
    uint64_t image_bytes; /* of the log */
};

/* Opens the image, making an empty one where there is none. Reads the log and drops an unfinished transaction
 * at its end. UMBRA_EVERSION: a newer format; UMBRA_ECORRUPT: no image of ours; nothing is changed then. */
int st_open(const struct umbra_host *host, const struct st_limits *limits, struct store **out,
            struct error *error);
/* Rolls back an open transaction and closes the files. NULL is allowed. */
void st_close(struct store *store);

/* Transactions do not nest. Every function below that changes something needs one (UMBRA_EINVAL without). */
int st_begin(struct store *store, struct error *error);
/* On failure the transaction is rolled back. Flushes unless lazy: a lazy one becomes durable with the next.
 */
int st_commit(struct store *store, struct error *error);
int st_commit_lazy(struct store *store, struct error *error);
void st_rollback(struct store *store);
bool st_in_transaction(const struct store *store);

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
/* Replaces the whole content. */
int st_replace(struct store *store, enum st_root root, uint32_t ino, const void *data, size_t size,
               struct error *error);
int st_append(struct store *store, enum st_root root, uint32_t ino, const void *data, size_t size,
              struct error *error);
int st_set_mtime(struct store *store, enum st_root root, uint32_t ino, int64_t mtime, struct error *error);
int st_set_mode(struct store *store, enum st_root root, uint32_t ino, uint16_t mode, struct error *error);
/* Removes a file, link or empty directory. */
int st_remove(struct store *store, enum st_root root, uint32_t ino, struct error *error);
/* Moves; the new name must be free. A directory cannot move below itself (UMBRA_EINVAL). */
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

/* Keeps HEAD as it is now under a name, in O(1), in a transaction of its own. *id is never used again. */
int st_checkpoint(struct store *store, const char *name, int64_t time, uint32_t *id, struct error *error);
uint32_t st_checkpoint_count(const struct store *store);

struct st_checkpoint_info {
    uint32_t id;
    int64_t time;     /* milliseconds since 1970 */
    const char *name; /* valid until the next change */
};

/* The index-th checkpoint, oldest first; UMBRA_ENOENT past the end. */
int st_checkpoint_at(const struct store *store, uint32_t index, struct st_checkpoint_info *info);
/* The tree that a checkpoint keeps, for functions that only read; an empty tree when there is none. */
enum st_root st_checkpoint_root(uint32_t id);

void st_usage(const struct store *store, struct st_usage *usage);

#endif
