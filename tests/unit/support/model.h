/* model.h: a trivial model of a tree of files: a list of paths, each with its attributes and all of its
 * bytes. What the store does is compared with it. */
#ifndef UMBRA_TEST_MODEL_H
#define UMBRA_TEST_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

#define MODEL_MOST      80 /* entries */
#define MODEL_PATH_MOST 64

/* Bytes that models share; never changed once they are shared. */
struct blob {
    unsigned refs;
    size_t size;
    char bytes[];
};

struct entry {
    char path[MODEL_PATH_MOST];
    enum st_kind kind;
    uint16_t mode;
    int64_t mtime;
    struct blob *blob; /* NULL of a directory */
};

struct model {
    struct entry entries[MODEL_MOST];
    int count;
};

struct blob *blob_new(size_t size);
struct blob *blob_keep(struct blob *blob);
void blob_release(struct blob *blob);
/* A copy of another size; what is new is zero. */
struct blob *blob_resized(const struct blob *blob, size_t size);

void model_free(struct model *model);
void model_copy(struct model *to, const struct model *from);
struct entry *model_find(struct model *model, const char *path);
bool model_has_parent(struct model *model, const char *path);
bool model_has_children(struct model *model, const char *path);
/* Whether a path lies inside a directory. */
bool model_is_below(const char *path, const char *directory);
struct entry *model_add(struct model *model, const char *path, enum st_kind kind, uint16_t mode,
                        int64_t mtime);
void model_remove(struct model *model, struct entry *entry);
/* Gives an entry and all below it a new path. */
void model_move(struct model *model, const char *from, const char *to);
/* Sets new bytes; the reference is taken over. */
void model_set(struct entry *entry, struct blob *blob);

/* Fails when a tree of a store is not what the model says; with contents every byte. */
void model_assert(const struct model *model, const struct store *store, enum st_root root, bool contents);
/* The same for one file by its number. */
void model_assert_file(const struct blob *blob, const struct store *store, enum st_root root, uint32_t ino);

#endif
