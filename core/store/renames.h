/* renames.h: finds the deleted and added files that are one renamed file, for changes.c. First the same
 * inode, then the same content, then similar content; each file is used once. Work is bounded by
 * st_rename_limits. */
#ifndef UMBRA_STORE_RENAMES_H
#define UMBRA_STORE_RENAMES_H

#include "store/changes.h"

/* A file on one side of a comparison. */
struct change_side {
    char *path;
    uint32_t ino;
    enum st_kind kind;
    uint16_t mode;
    uint64_t size;
    struct change_side *partner; /* on the other side; NULL when there is none */
    uint32_t similarity;         /* to it */
};

struct change_sides {
    struct change_side *items; /* in the byte order of path */
    size_t count;
};

/* Sets partner and similarity of both. `deleted` are files of tree `from`, `added` of tree `to`. 0,
 * UMBRA_ENOMEM or UMBRA_EIO. */
int renames_find(const struct store *store, enum st_root from, enum st_root to,
                 const struct st_rename_limits *limits, struct change_sides *deleted,
                 struct change_sides *added);

#endif
