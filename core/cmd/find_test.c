/* find_test.c: the tests of find, and the actions that wait for nothing. */
#include <string.h>

#include "cmd/find.h"
#include "cmd/match.h"

const char *find_name(const struct find *find, size_t *length)
{
    return cmd_base_name(buffer_string(&find->walk.path), length);
}

static bool test_name(struct k_process *process, const struct find *find, const struct find_step *step)
{
    struct arena_mark mark = arena_mark(&process->arena);
    size_t length;
    const char *name = find_name(find, &length);
    const char *copy =
        name[length] ? arena_copy(&process->arena, name, length) : name; /* slashes at its end */
    bool matches = copy && cmd_match(step->text, copy, step->flags);

    if (copy == NULL) cmd_fail_output(process);

    arena_release(&process->arena, mark);
    return matches;
}

static bool test_link_name(struct k_process *process, const struct find *find, const struct find_step *step)
{
    struct buffer target = {0};
    bool matches;

    if (find->walk.stat.kind != K_LINK) return false;
    matches = k_read_link(process, buffer_string(&find->walk.path), &target) == 0 &&
              cmd_match(step->text, buffer_string(&target), step->flags);
    if (target.failed) cmd_fail_output(process);
    buffer_free(&target);
    return matches;
}

static bool test_regex(const struct find *find, const struct find_step *step)
{
    struct regex_match match;
    const struct buffer *path = &find->walk.path;

    return re_search(step->regex, path->data, path->size, 0, false, &match, 1) == 1 && match.start == 0 &&
           match.end == path->size;
}

static bool is_kind(const struct find_step *step, enum k_kind kind)
{
    static const unsigned bits[] = {
        [K_FILE] = 1, [K_DIRECTORY] = 2, [K_LINK] = 4, [K_PIPE] = 8, [K_DEVICE] = 16, [K_SOCKET] = 32};
    return (step->bits & bits[kind]) != 0;
}

/* The type of what a link leads to, or with -L of the link itself. */
static bool test_other_type(struct k_process *process, const struct find *find, const struct find_step *step)
{
    const char *path = buffer_string(&find->walk.path);
    bool followed = find->follow == CMD_WALK_LOGICAL;
    struct k_stat stat;

    if (k_stat_path(process, path, followed ? K_NO_FOLLOW : K_FOLLOW, &stat) < 0) stat = find->walk.stat;
    return is_kind(step, stat.kind);
}

static bool compare(const struct find_step *step, uint64_t value)
{
    uint64_t number = (uint64_t)step->number;
    return step->compare == '+' ? value > number : step->compare == '-' ? value < number : value == number;
}

static bool test_empty(struct k_process *process, const struct find *find)
{
    struct arena_mark mark = arena_mark(&process->arena);
    struct k_listing listing;
    bool empty;

    if (find->walk.stat.kind == K_FILE) return find->walk.stat.size == 0;
    if (find->walk.stat.kind != K_DIRECTORY) return false;
    empty = k_list(process, buffer_string(&find->walk.path), &process->arena, &listing) == 0 &&
            listing.count == 0;
    arena_release(&process->arena, mark);
    return empty;
}

static bool test_age(const struct find *find, const struct find_step *step)
{
    int64_t age = find->now - find->walk.stat.mtime, unit = (int64_t)step->unit;

    if (step->compare == '-') return age < step->number;
    if (step->what == FIND_AGE_DAYS)
        return step->compare == '+' ? age >= step->number + unit
                                    : age >= step->number && age < step->number + unit;
    return step->compare == '+' ? age > step->number : age < step->number && age >= step->number - unit;
}

static bool test_mode(const struct find *find, const struct find_step *step)
{
    uint16_t mode = find->walk.stat.mode & 07777;

    if (step->compare == '-') return (mode & step->bits) == step->bits;
    if (step->compare == '/') return step->bits == 0 || mode & step->bits;
    return mode == step->bits;
}

static bool delete (struct k_process *process, struct find *find)
{
    const char *path = buffer_string(&find->walk.path);
    int result;

    if (strcmp(path, ".") == 0) return true;
    result = find->walk.stat.kind == K_DIRECTORY && !find->walk.dangling ? k_remove_directory(process, path)
                                                                         : k_unlink(process, path);
    if (result < 0) cmd_cannot(process, "delete", path, result);
    return result == 0;
}

/* Tests of numbers. */
static bool test_number(const struct find *find, const struct find_step *step)
{
    const struct k_stat *stat = &find->walk.stat;

    switch (step->what) {
    case FIND_SIZE:
        return compare(step, stat->size / step->unit + (stat->size % step->unit != 0));
    case FIND_NUMBER_INODE:
        return compare(step, stat->ino);
    case FIND_NUMBER_LINKS:
        return compare(step, stat->links);
    case FIND_NUMBER_OWNER:
        return compare(step, 1000);
    case FIND_AGE_DAYS:
    case FIND_AGE_MINUTES:
        return test_age(find, step);
    case FIND_NEWER:
        return stat->mtime > step->number;
    case FIND_MODE:
        return test_mode(find, step);
    default:
        return stat->ino == step->stat.ino && stat->device == step->stat.device;
    }
}

static bool act(struct k_process *process, struct find *find, const struct find_step *step)
{
    switch (step->what) {
    case FIND_PRUNE:
        find->prune = true;
        return true;
    case FIND_QUIT:
        find->quit = true;
        return true;
    case FIND_DELETE:
        return delete (process, find);
    case FIND_PRINTF:
        find_printf(process, find, step->text);
        return true;
    case FIND_LS:
        find_put_ls(process, find);
        return true;
    default:
        cmd_put(process, find->walk.path.data, find->walk.path.size);
        cmd_put_byte(process, step->what == FIND_PRINT ? '\n' : '\0');
        return true;
    }
}

bool find_test(struct k_process *process, struct find *find, struct find_step *step)
{
    k_charge(process, find->walk.path.size);
    switch (step->what) {
    case FIND_TRUE:
        return true;
    case FIND_FALSE:
        return false;
    case FIND_NAME:
        return test_name(process, find, step);
    case FIND_PATH:
        return cmd_match(step->text, buffer_string(&find->walk.path), step->flags);
    case FIND_LINK_NAME:
        return test_link_name(process, find, step);
    case FIND_REGEX:
        return test_regex(find, step);
    case FIND_TYPE:
        return is_kind(step, find->walk.stat.kind);
    case FIND_XTYPE:
        return test_other_type(process, find, step);
    case FIND_EMPTY:
        return test_empty(process, find);
    case FIND_ACCESS:
        return k_access(process, buffer_string(&find->walk.path), step->flags) == 0;
    default:
        return step->what < FIND_PRUNE ? test_number(find, step) : act(process, find, step);
    }
}
