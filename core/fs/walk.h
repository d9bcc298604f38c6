/* walk.h: visits all files and links below a directory, one at a time, in the byte order of names, each
 * directory's entries together; resumable between any two. Links are not followed. Directories themselves are
 * visited only when it is asked for. */
#ifndef UMBRA_FS_WALK_H
#define UMBRA_FS_WALK_H

#include "base/buffer.h"
#include "store/store.h"

struct fs_walk_level {
    uint32_t directory;
    uint32_t index;
    size_t path_size; /* of the directory's own path */
};

struct fs_walk {
    const struct store *store;
    enum st_root root;
    struct buffer path; /* of the current entry, relative to the tree's root */
    struct fs_walk_level *levels;
    size_t depth, capacity;
    bool directories;    /* may be set after fs_walk_begin(): each is visited before what is in it */
    struct st_info info; /* of the current entry */
};

/* Begins at a directory, or at a single file. 0 or a negative error. */
int fs_walk_begin(struct fs_walk *walk, const struct store *store, enum st_root root, uint32_t ino);
/* 1 with the next file or link (or directory) in path and info, 0 at the end, UMBRA_ENOMEM. */
int fs_walk_next(struct fs_walk *walk);
void fs_walk_end(struct fs_walk *walk);

#endif
