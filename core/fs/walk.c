#include "fs/walk.h"

#include <stdlib.h>
#include <string.h>

#include "store/changes.h"

static int push(struct fs_walk *walk, uint32_t directory, size_t path_size)
{
    if (walk->depth == walk->capacity) {
        size_t capacity = walk->capacity ? walk->capacity * 2 : 16;
        struct fs_walk_level *levels = realloc(walk->levels, capacity * sizeof *levels);
        if (levels == NULL) return UMBRA_ENOMEM;
        walk->levels = levels;
        walk->capacity = capacity;
    }
    walk->levels[walk->depth++] = (struct fs_walk_level){directory, 0, path_size};
    return 0;
}

int fs_walk_begin(struct fs_walk *walk, const struct store *store, enum st_root root, uint32_t ino)
{
    struct st_info info;
    int result;

    memset(walk, 0, sizeof *walk);
    walk->store = store;
    walk->root = root;
    if (st_info(store, root, ino, &info) < 0) return UMBRA_ENOENT;
    result = st_path(store, root, ino, &walk->path);
    if (result < 0) return result;
    if (info.kind == ST_DIRECTORY) return push(walk, ino, walk->path.size);
    /* A single file: its directory's level stands just before it, and no other entry is reported. */
    walk->info = info;
    return push(walk, 0, walk->path.size);
}

int fs_walk_next(struct fs_walk *walk)
{
    while (walk->depth) {
        struct fs_walk_level *level = &walk->levels[walk->depth - 1];
        uint32_t ino;

        if (level->directory == 0) {
            walk->depth--;
            return 1;
        }
        ino = st_entry(walk->store, walk->root, level->directory, level->index++);
        if (ino == 0) {
            walk->depth--;
            continue;
        }
        st_info(walk->store, walk->root, ino, &walk->info);
        walk->path.size = level->path_size;
        if (level->path_size) buffer_put_byte(&walk->path, '/');
        buffer_put(&walk->path, walk->info.name, walk->info.name_length);
        if (walk->path.failed) return UMBRA_ENOMEM;
        if (walk->info.kind != ST_DIRECTORY) return 1;
        if (push(walk, ino, walk->path.size) < 0) return UMBRA_ENOMEM;
        if (walk->directories) return 1;
    }
    return 0;
}

void fs_walk_end(struct fs_walk *walk)
{
    buffer_free(&walk->path);
    free(walk->levels);
    memset(walk, 0, sizeof *walk);
}
