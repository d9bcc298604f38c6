#include "cmd/walk.h"

#define NAME_FUEL 64 /* for each name of a directory that is read */

struct cmd_walk_level {
    struct cmd_walk_level *above;
    struct k_listing names;
    size_t next;
    size_t path_size, name; /* of the directory itself */
    struct k_stat stat;
    struct arena_mark mark;
};

void cmd_walk_begin(struct k_process *process, struct cmd_walk *walk, const char *path,
                    enum cmd_walk_follow follow)
{
    *walk = (struct cmd_walk){.follow = follow};
    arena_init(&walk->arena, &process->account);
    buffer_put_string(&walk->path, path);
    walk->root_size = walk->path.size;
}

void cmd_walk_free(struct cmd_walk *walk)
{
    buffer_free(&walk->path);
    if (walk->arena.account) arena_free(&walk->arena);
    *walk = (struct cmd_walk){0};
}

void cmd_walk_skip(struct cmd_walk *walk)
{
    walk->last = CMD_WALK_OTHER;
}

static enum cmd_visit finish(struct cmd_walk *walk, enum cmd_visit visit)
{
    walk->last = visit;
    return visit;
}

static bool is_loop(const struct cmd_walk *walk)
{
    const struct cmd_walk_level *level;

    for (level = walk->level; level; level = level->above)
        if (level->stat.ino == walk->stat.ino && level->stat.device == walk->stat.device) return true;
    return false;
}

/* Looks at the thing that the path names now. */
static enum cmd_visit visit(struct k_process *process, struct cmd_walk *walk)
{
    const char *path = buffer_string(&walk->path);
    bool follow = walk->follow == CMD_WALK_LOGICAL || (walk->follow == CMD_WALK_FIRST && walk->level == NULL);

    walk->dangling = false;
    if (walk->path.failed) return finish(walk, CMD_WALK_NO_MEMORY);
    walk->code = k_stat_path(process, path, follow ? K_FOLLOW : K_NO_FOLLOW, &walk->stat);
    if (walk->code < 0 && follow) {
        walk->dangling = k_stat_path(process, path, K_NO_FOLLOW, &walk->stat) == 0;
        if (walk->dangling) return finish(walk, CMD_WALK_OTHER);
    }
    if (walk->code < 0) return finish(walk, CMD_WALK_MISSING);
    if (walk->stat.kind != K_DIRECTORY) return finish(walk, CMD_WALK_OTHER);
    return finish(walk, follow && is_loop(walk) ? CMD_WALK_LOOP : CMD_WALK_ENTER);
}

/* Reads the directory that was entered. */
static int go_in(struct k_process *process, struct cmd_walk *walk)
{
    struct arena_mark mark = arena_mark(&walk->arena);
    struct cmd_walk_level *level = arena_zero(&walk->arena, sizeof *level);

    if (level == NULL) return UMBRA_ENOMEM;
    level->mark = mark;
    level->above = walk->level;
    level->path_size = walk->path.size;
    level->name = walk->name;
    level->stat = walk->stat;
    walk->level = level;
    walk->depth++;
    walk->code = k_list(process, buffer_string(&walk->path), &walk->arena, &level->names);
    k_charge(process, (level->names.count + 1) * NAME_FUEL);
    if (walk->code < 0) level->names.count = 0;
    return walk->code;
}

static enum cmd_visit leave(struct cmd_walk *walk)
{
    struct cmd_walk_level *level = walk->level;

    walk->path.size = level->path_size;
    walk->path.data[walk->path.size] = '\0';
    walk->name = level->name;
    walk->stat = level->stat;
    walk->level = level->above;
    walk->depth--;
    arena_release(&walk->arena, level->mark);
    return finish(walk, CMD_WALK_LEAVE);
}

enum cmd_visit cmd_walk_next(struct k_process *process, struct cmd_walk *walk)
{
    struct cmd_walk_level *level;

    if (walk->path.failed) return finish(walk, CMD_WALK_NO_MEMORY);
    if (!walk->begun) {
        walk->begun = true;
        return visit(process, walk);
    }
    if (walk->last == CMD_WALK_ENTER) {
        int result = go_in(process, walk);
        if (result == UMBRA_ENOMEM) return finish(walk, CMD_WALK_NO_MEMORY);
        if (result < 0) return finish(walk, CMD_WALK_UNLISTED);
    }
    level = walk->level;
    if (level == NULL) return finish(walk, CMD_WALK_END);
    if (level->next == level->names.count) return leave(walk);
    walk->path.size = level->path_size;
    if (walk->path.data[walk->path.size - 1] != '/') buffer_put_byte(&walk->path, '/');
    walk->name = walk->path.size;
    buffer_put_string(&walk->path, level->names.names[level->next++]);
    return visit(process, walk);
}
