/* changes.h: the changeset, what differs between BASE (the real folder as imported) and HEAD. Costs what
 * changed, not what exists. Directories come and go with their files and are not listed. */
#ifndef UMBRA_STORE_CHANGES_H
#define UMBRA_STORE_CHANGES_H

#include "base/buffer.h"
#include "store/store.h"

enum st_change_kind { ST_ADDED, ST_MODIFIED, ST_DELETED, ST_RENAMED };

struct st_change {
    enum st_change_kind kind;
    enum st_kind type;
    uint32_t base_ino; /* 0 when added */
    uint32_t head_ino; /* 0 when deleted */
    char *path;        /* in HEAD; in BASE when deleted; without a leading slash */
    char *from;        /* in BASE, of a renamed file; else NULL */
};

struct st_changes {
    struct st_change *items; /* in the byte order of path */
    size_t count;
};

const char *st_change_kind_name(enum st_change_kind kind);
const char *st_kind_name(enum st_kind kind);

int st_list_changes(const struct store *store, struct st_changes *changes, struct error *error);
void st_free_changes(struct st_changes *changes);

/* Appends the path of an inode below its tree's root, without a leading slash. 0, UMBRA_ENOENT or ENOMEM. */
int st_path(const struct store *store, enum st_root root, uint32_t ino, struct buffer *path);

/* Whether two files have the same bytes: 1, 0 or a negative error. */
int st_same_content(const struct store *store, enum st_root a_root, uint32_t a, enum st_root b_root,
                    uint32_t b);

/* Takes the listed change over into BASE (it was committed), or undoes it in HEAD (it was discarded); empty
 * directories that this leaves behind on one side only go too. Within a transaction. */
int st_accept_change(struct store *store, const struct st_change *change, struct error *error);
int st_discard_change(struct store *store, const struct st_change *change, struct error *error);

/* Removes a file from both trees (it is gone from the real folder), and the directories that this leaves
 * empty. */
int st_forget_file(struct store *store, uint32_t ino, struct error *error);

#endif
