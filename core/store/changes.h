/* changes.h: the changeset, what differs between two trees (BASE, HEAD or the tree of a checkpoint). Costs
 * what changed, not what exists. There is at most one change for a path; directories come and go with their
 * files and are not listed. */
#ifndef UMBRA_STORE_CHANGES_H
#define UMBRA_STORE_CHANGES_H

#include "base/buffer.h"
#include "store/store.h"

enum st_change_kind {
    ST_ADDED,
    ST_MODIFIED, /* another content, or another type: a link where a file was */
    ST_DELETED,
    ST_RENAMED, /* and perhaps modified too */
    ST_MODE,    /* nothing but the permission bits */
};

/* The old side is zero when the file was added, the new side when it was deleted. */
struct st_change {
    enum st_change_kind kind;
    enum st_kind old_type, new_type; /* an absent side has the other's */
    uint16_t old_mode, new_mode;
    uint32_t old_ino, new_ino;
    uint64_t old_size, new_size; /* bytes */
    uint32_t similarity;         /* of a renamed file, in percent; 100: the same content, 0: not known */
    char *path;                  /* now; before when deleted; without a leading slash */
    char *from;                  /* before, of a renamed file; else NULL */
};

struct st_changes {
    enum st_root from, to;
    struct st_change *items; /* in the byte order of path */
    size_t count;
};

/* What finding renamed files may cost. */
struct st_rename_limits {
    uint32_t similarity; /* percent of the larger file's bytes that both must have; default 50 */
    uint32_t pairs;      /* with more candidates than this, similar ones are not looked for; default 40,000 */
    uint64_t file_bytes; /* larger files are not compared piece by piece; default 4 MiB */
    uint64_t bytes;      /* of content read for one list; default 16 MiB */
    bool inodes_only;    /* a file that was moved, never one that is like another; default false */
};

extern const struct st_rename_limits st_default_rename_limits;

const char *st_change_kind_name(enum st_change_kind kind);
const char *st_kind_name(enum st_kind kind);
/* Whether a file became a link or the reverse; then the two contents have nothing to do with each other. */
bool st_changes_type(const struct st_change *change);

/* Lists what makes `to` of `from`. A deleted and an added file become a renamed one when they are the same
 * inode, else when their content is the same, else when it is similar. limits may be NULL for the defaults.
 * 0, UMBRA_ENOMEM or UMBRA_EIO; the list is empty then. */
int st_list_changes(const struct store *store, enum st_root from, enum st_root to,
                    const struct st_rename_limits *limits, struct st_changes *changes, struct error *error);
void st_free_changes(struct st_changes *changes);

/* Appends the path of an inode below its tree's root, without a leading slash. 0, UMBRA_ENOENT or ENOMEM. */
int st_path(const struct store *store, enum st_root root, uint32_t ino, struct buffer *path);
/* What stands at such a path, 0 when nothing does. Links are not followed. */
uint32_t st_at_path(const struct store *store, enum st_root root, const char *path);

/* Whether two files have the same bytes: 1, 0 or a negative error. */
int st_same_content(const struct store *store, enum st_root a_root, uint32_t a, enum st_root b_root,
                    uint32_t b);
/* Whether that can be said without reading: true for two that share their content. */
bool st_shares_content(const struct store *store, enum st_root a_root, uint32_t a, enum st_root b_root,
                       uint32_t b);

/* Takes changes between BASE and HEAD over into `to`: into BASE they were committed, into HEAD they are
 * undone. What one of them removes makes room for what another puts there. Empty directories that this leaves
 * behind on one side only go too. UMBRA_EEXIST when something in HEAD that is no part of these changes is in
 * the way. Within a transaction; after an error it must be rolled back. */
int st_take_changes(struct store *store, enum st_root to, const struct st_change *const *changes,
                    size_t count, struct error *error);
/* The same with what another tree, that of a checkpoint too, has at the paths (path and from) of the changes:
 * only these two members are looked at. */
int st_take_changes_from(struct store *store, enum st_root to, enum st_root from,
                         const struct st_change *const *changes, size_t count, struct error *error);
int st_accept_change(struct store *store, const struct st_change *change, struct error *error);
int st_discard_change(struct store *store, const struct st_change *change, struct error *error);

/* Removes a file from both trees (it is gone from the real folder), and the directories that this leaves
 * empty. */
int st_forget_file(struct store *store, uint32_t ino, struct error *error);

#endif
