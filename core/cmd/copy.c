#include "cmd/copy.h"

#include <string.h>

#include "cmd/ask.h"
#include "cmd/mode.h"

#define OVERLAY_MODE 0700 /* what a directory has while it is filled */

static bool same_file(const struct k_stat *a, const struct k_stat *b)
{
    return a->ino == b->ino && a->device == b->device;
}

static bool was_made(const struct copy *copy, const struct k_stat *stat)
{
    const struct copy_made *made;

    for (made = copy->made; made; made = made->next)
        if (made->ino == stat->ino && made->device == stat->device) return true;
    return false;
}

bool copy_note_made(struct k_process *process, struct copy *copy, const char *path)
{
    struct k_stat stat;
    struct copy_made *made;

    if (k_stat_path(process, path, K_NO_FOLLOW, &stat) < 0) return true;
    made = arena_take(&process->arena, sizeof *made);
    if (made == NULL) return false;
    *made = (struct copy_made){copy->made, stat.ino, stat.device};
    copy->made = made;
    return true;
}

/* --- what stands at the destination --- */

static void put_overwrite_question(struct k_process *process, const struct copy *copy, const char *to)
{
    struct k_stat stat;
    char mode[11];

    if (k_access(process, to, 2) == 0 || k_stat_path(process, to, K_FOLLOW, &stat) < 0) {
        cmd_put_question(process, "overwrite %s", cmd_quote(process, to));
        return;
    }
    cmd_mode_text(&stat, mode);
    if (copy->moving || copy->remove_destination || copy->force)
        cmd_put_question(process, "replace %s, overriding mode %04o (%s)", cmd_quote(process, to), stat.mode,
                         mode + 1);
    else
        cmd_put_question(process, "unwritable %s (mode %04o, %s); try anyway", cmd_quote(process, to),
                         stat.mode, mode + 1);
}

static int refuse(struct copy *copy)
{
    copy->failed = true;
    return 0;
}

static int check_kinds(struct k_process *process, struct copy *copy, const char *from,
                       const struct k_stat *stat, const char *to)
{
    bool directory = stat->kind == K_DIRECTORY, over_directory = copy->destination.kind == K_DIRECTORY;

    if (directory && !over_directory && copy->target->backup == CMD_NO_BACKUP) {
        cmd_error(process, "cannot overwrite non-directory %s with directory %s", cmd_quote(process, to),
                  cmd_quote(process, from));
        return refuse(copy);
    }
    if (!directory && over_directory && (copy->target->backup == CMD_NO_BACKUP || !copy->moving)) {
        cmd_error(process, "cannot overwrite directory %s with non-directory", cmd_quote(process, to));
        return refuse(copy);
    }
    if (!directory && was_made(copy, &copy->destination)) {
        cmd_error(process, "will not overwrite just-created %s with %s", cmd_quote(process, to),
                  cmd_quote(process, from));
        return refuse(copy);
    }
    return 1;
}

static int back_up(struct k_process *process, struct copy *copy, const char *to)
{
    int result;

    copy->backup = cmd_backup_path(process, copy->target, to);
    if (copy->backup == NULL) return UMBRA_ENOMEM;
    result = k_rename(process, to, copy->backup);
    if (result < 0) {
        cmd_error(process, "cannot backup %s: %s", cmd_quote(process, to), k_error_text(result));
        return refuse(copy);
    }
    copy->destination_known = false;
    return 1;
}

/* Whether the user is to be asked. */
static bool is_question(struct k_process *process, const struct copy *copy, const char *to)
{
    if (copy->overwrite == COPY_ASK) return true;
    return copy->moving && copy->overwrite == COPY_OVERWRITE && !copy->force &&
           copy->destination.kind != K_LINK && k_is_terminal(process, 0) && k_access(process, to, 2) < 0;
}

static int check_same(struct k_process *process, struct copy *copy, const char *from,
                      const struct k_stat *stat, const char *to)
{
    if (!same_file(stat, &copy->destination)) return 1;
    cmd_error(process, "%s and %s are the same file", cmd_quote(process, from), cmd_quote(process, to));
    return refuse(copy);
}

/* Whether a link at the destination stays, and what it leads to is written. */
static bool writes_through(const struct copy *copy, const struct k_stat *stat)
{
    return copy->destination.kind == K_LINK && stat->kind != K_LINK && !copy->moving && !copy->symbolic &&
           !copy->remove_destination && copy->target->backup == CMD_NO_BACKUP;
}

int copy_check(struct k_process *process, struct copy *copy, const char *from, const struct k_stat *stat,
               const char *to)
{
    int result;

    if (!copy->checked) {
        copy->backup = NULL;
        copy->destination_known = k_stat_path(process, to, K_NO_FOLLOW, &copy->destination) == 0;
        if (copy->destination_known && writes_through(copy, stat))
            k_stat_path(process, to, K_FOLLOW, &copy->destination);
        if (!copy->destination_known) return 1;
        if (stat->kind == K_DIRECTORY && copy->destination.kind == K_DIRECTORY && !copy->moving) return 1;
        result = copy->overwrite == COPY_KEEP ? 1 : check_same(process, copy, from, stat, to);
        if (result != 1) return result;
        if (copy->update && stat->kind != K_DIRECTORY && copy->destination.mtime >= stat->mtime) return 0;
        if (copy->overwrite == COPY_KEEP) return 0;
        copy->checked = true;
        if (is_question(process, copy, to)) {
            result = check_kinds(process, copy, from, stat, to);
            if (result != 1) return result;
            put_overwrite_question(process, copy, to);
            return COPY_QUESTION;
        }
        copy->answered = true;
    }
    if (!copy->answered) return 0;
    result = check_kinds(process, copy, from, stat, to);
    if (result == 1 && copy->target->backup != CMD_NO_BACKUP) result = back_up(process, copy, to);
    return result;
}

void copy_answer(struct copy *copy, bool yes)
{
    copy->answered = yes;
}

static void put_verbose(struct k_process *process, const struct copy *copy, const char *from, const char *to)
{
    struct arena_mark mark = arena_mark(&process->arena);

    if (!copy->verbose) return;
    cmd_printf(process, "%s%s -> %s", copy->moving ? "copied " : "", cmd_quote(process, from),
               cmd_quote(process, to));
    if (copy->backup) cmd_printf(process, " (backup: %s)", cmd_quote(process, copy->backup));
    cmd_put_byte(process, '\n');
    arena_release(&process->arena, mark);
}

/* --- one thing --- */

/* Permissions and time of what is complete. */
static void set_attributes(struct k_process *process, struct copy *copy, const char *to)
{
    const struct k_stat *stat = &copy->walk.stat;
    int result = 0;

    if (copy->preserve_mode)
        result = k_set_mode(process, to, stat->mode);
    else if (stat->kind == K_DIRECTORY && !copy->no_preserve_mode && (~stat->mode & OVERLAY_MODE))
        result = k_set_mode(process, to, stat->mode & ~process->umask & 0777);
    if (result < 0) {
        cmd_error(process, "preserving permissions for %s: %s", cmd_quote(process, to), k_error_text(result));
        copy->failed = true;
    }
    result = copy->preserve_times ? k_set_time(process, to, K_FOLLOW, stat->mtime) : 0;
    if (result < 0) {
        cmd_error(process, "preserving times for %s: %s", cmd_quote(process, to), k_error_text(result));
        copy->failed = true;
    }
}

static int fail(struct k_process *process, struct copy *copy, const char *format, const char *path, int code)
{
    copy->failed = true;
    cmd_error(process, format, cmd_quote(process, path), k_error_text(code));
    return COPY_MORE;
}

/* What stands there goes, where a link, or something in the place of one, is to be made. */
static int clear_place(struct k_process *process, struct copy *copy, const char *to)
{
    int result;

    if (!copy->destination_known) return 0;
    result = k_unlink(process, to);
    if (result == 0 && copy->verbose && !copy->moving)
        cmd_printf(process, "removed %s\n", cmd_quote(process, to));
    if (result == 0) copy->destination_known = false;
    return result;
}

static int copy_link(struct k_process *process, struct copy *copy, const char *from, const char *to)
{
    struct buffer target = {0};
    int result = k_read_link(process, from, &target);

    if (result < 0) {
        buffer_free(&target);
        return fail(process, copy, "cannot read symbolic link %s: %s", from, result);
    }
    result = clear_place(process, copy, to);
    if (result == 0) result = k_make_link(process, buffer_string(&target), to);
    buffer_free(&target);
    if (result < 0) return fail(process, copy, "cannot create symbolic link %s: %s", to, result);
    put_verbose(process, copy, from, to);
    if (copy->preserve_times) k_set_time(process, to, K_NO_FOLLOW, copy->walk.stat.mtime);
    return COPY_MORE;
}

/* cp -s */
static int make_symbolic(struct k_process *process, struct copy *copy, const char *from, const char *to)
{
    int result;

    if (*from != '/' && strchr(to, '/') && strncmp(to, "./", 2) != 0) {
        cmd_error(process, "%s: can make relative symbolic links only in current directory",
                  cmd_quote_colon(process, to));
        copy->failed = true;
        return COPY_MORE;
    }
    if (copy->force || copy->remove_destination) clear_place(process, copy, to);
    result = k_make_link(process, from, to);
    if (result < 0) {
        cmd_error(process, "cannot create symbolic link %s to %s: %s", cmd_quote(process, to),
                  cmd_quote(process, from), k_error_text(result));
        copy->failed = true;
        return COPY_MORE;
    }
    put_verbose(process, copy, from, to);
    return COPY_MORE;
}

static int open_writer(struct k_process *process, struct copy *copy, const char *to)
{
    uint16_t mode = copy->no_preserve_mode ? 0666 : copy->walk.stat.mode & 0777;
    unsigned flags = FS_WRITE | (copy->attributes_only ? 0 : FS_TRUNCATE);
    int result;

    if (copy->destination_known && copy->remove_destination) {
        result = clear_place(process, copy, to);
        if (result < 0) return result;
    }
    result = copy->destination_known ? k_open_number(process, to, flags, 0) : UMBRA_ENOENT;
    if (result < 0 && copy->destination_known && copy->force && clear_place(process, copy, to) == 0)
        result = UMBRA_ENOENT;
    if (result == UMBRA_ENOENT) {
        size_t length = strlen(to);
        if (length && to[length - 1] == '/') return UMBRA_ENOTDIR;
        result = k_open_number(process, to, flags | FS_CREATE | FS_EXCLUSIVE, mode);
    }
    return result;
}

static bool is_dangling(struct k_process *process, const char *path)
{
    struct k_stat stat;
    return k_stat_path(process, path, K_NO_FOLLOW, &stat) == 0 && stat.kind == K_LINK &&
           k_stat_path(process, path, K_FOLLOW, &stat) < 0;
}

static int open_both(struct k_process *process, struct copy *copy, const char *from, const char *to)
{
    int writer, reader = k_open_number(process, from, FS_READ, 0);

    if (reader < 0) return fail(process, copy, "cannot open %s for reading: %s", from, reader);
    if (copy->destination_known && !copy->remove_destination && is_dangling(process, to)) {
        k_close_number(process, reader);
        cmd_error(process, "not writing through dangling symlink %s", cmd_quote(process, to));
        copy->failed = true;
        return COPY_MORE;
    }
    writer = open_writer(process, copy, to);
    if (writer < 0) {
        k_close_number(process, reader);
        return fail(process, copy, "cannot create regular file %s: %s", to, writer);
    }
    put_verbose(process, copy, from, to);
    if (copy->piece == NULL) copy->piece = arena_take(&process->arena, CMD_PIECE);
    copy->reader = reader;
    copy->writer = writer;
    copy->piece_at = copy->piece_end = 0;
    return copy->piece ? COPY_MORE : UMBRA_ENOMEM;
}

static int close_both(struct k_process *process, struct copy *copy)
{
    k_close_number(process, copy->reader);
    k_close_number(process, copy->writer);
    copy->reader = copy->writer = 0;
    set_attributes(process, copy, buffer_string(&copy->path));
    return COPY_MORE;
}

/* A piece of content. */
static int copy_piece(struct k_process *process, struct copy *copy)
{
    int64_t moved;

    if (copy->attributes_only) return close_both(process, copy);
    if (copy->piece_at == copy->piece_end) {
        moved = k_read(process, copy->reader, copy->piece, CMD_PIECE);
        if (moved == UMBRA_EAGAIN) return UMBRA_EAGAIN;
        if (moved < 0)
            fail(process, copy, "error reading %s: %s", buffer_string(&copy->walk.path), (int)moved);
        if (moved <= 0) return close_both(process, copy);
        copy->piece_at = 0;
        copy->piece_end = (size_t)moved;
    }
    moved = k_write(process, copy->writer, copy->piece + copy->piece_at, copy->piece_end - copy->piece_at);
    if (moved == UMBRA_EAGAIN) return UMBRA_EAGAIN;
    if (moved < 0) {
        fail(process, copy, "error writing %s: %s", buffer_string(&copy->path), (int)moved);
        return close_both(process, copy);
    }
    copy->piece_at += (size_t)moved;
    return COPY_MORE;
}

static int copy_other(struct k_process *process, struct copy *copy)
{
    const char *from = buffer_string(&copy->walk.path), *to = buffer_string(&copy->path);
    const struct k_stat *stat = &copy->walk.stat;
    int result;

    if (copy->walk.dangling) return fail(process, copy, "cannot stat %s: %s", from, copy->walk.code);
    result = copy_check(process, copy, from, stat, to);
    if (result == COPY_QUESTION || result < 0) return result;
    if (result == 0) return COPY_MORE;
    if (copy->symbolic) return make_symbolic(process, copy, from, to);
    if (stat->kind == K_LINK) return copy_link(process, copy, from, to);
    if (stat->kind != K_FILE && copy->recursive && !copy->copy_contents)
        return fail(process, copy, "cannot create special file %s: %s", to, UMBRA_EPERM);
    return open_both(process, copy, from, to);
}

/* --- directories --- */

static int enter_directory(struct k_process *process, struct copy *copy)
{
    const char *from = buffer_string(&copy->walk.path), *to = buffer_string(&copy->path);
    int result;

    if (!copy->recursive) {
        cmd_error(process, "-r not specified; omitting directory %s", cmd_quote(process, from));
        copy->failed = true;
        cmd_walk_skip(&copy->walk);
        return COPY_MORE;
    }
    if (copy->has_top && same_file(&copy->walk.stat, &copy->top)) {
        struct buffer root = {0};
        buffer_put(&root, from, copy->walk.root_size);
        cmd_error(process, "cannot copy a directory, %s, into itself, %s",
                  cmd_quote(process, buffer_string(&root)), cmd_quote(process, copy->to));
        buffer_free(&root);
        copy->failed = true;
        cmd_walk_skip(&copy->walk);
        return COPY_MORE;
    }
    result = copy_check(process, copy, from, &copy->walk.stat, to);
    if (result == COPY_QUESTION || result < 0) return result;
    if (result == 1 && !copy->destination_known) {
        result = k_make_directory(process, to, (copy->walk.stat.mode & 0777) | OVERLAY_MODE);
        if (result < 0) fail(process, copy, "cannot create directory %s: %s", to, result);
        if (result == 0) put_verbose(process, copy, from, to);
        result = result == 0;
    }
    if (result && copy->walk.depth == 0) copy->has_top = k_stat_path(process, to, K_FOLLOW, &copy->top) == 0;
    if (result == 0) cmd_walk_skip(&copy->walk);
    return COPY_MORE;
}

/* The place that belongs to the current path of the walk. */
static bool set_place(struct copy *copy)
{
    const char *below = buffer_string(&copy->walk.path) + copy->walk.root_size;

    buffer_clear(&copy->path);
    buffer_put_string(&copy->path, copy->to);
    if (*below && *below != '/') buffer_put_byte(&copy->path, '/');
    buffer_put_string(&copy->path, below);
    return !copy->path.failed;
}

void copy_begin(struct k_process *process, struct copy *copy, const char *from, const char *to)
{
    cmd_walk_free(&copy->walk);
    cmd_walk_begin(process, &copy->walk, from, copy->follow);
    copy->to = to;
    copy->walking = copy->has_top = copy->failed = false;
    copy->checked = copy->answered = false;
}

void copy_free(struct copy *copy)
{
    cmd_walk_free(&copy->walk);
    buffer_free(&copy->path);
}

int copy_step(struct k_process *process, struct copy *copy)
{
    int result = COPY_MORE;

    if (copy->reader || copy->writer) return copy_piece(process, copy);
    if (!copy->checked) {
        copy->answered = false;
        cmd_walk_next(process, &copy->walk);
        if (!set_place(copy)) return UMBRA_ENOMEM;
    }
    switch (copy->walk.last) {
    case CMD_WALK_END:
        return COPY_DONE;
    case CMD_WALK_ENTER:
        result = enter_directory(process, copy);
        break;
    case CMD_WALK_LEAVE:
        set_attributes(process, copy, buffer_string(&copy->path));
        break;
    case CMD_WALK_OTHER:
        result = copy_other(process, copy);
        break;
    case CMD_WALK_UNLISTED:
        fail(process, copy, "cannot access %s: %s", buffer_string(&copy->walk.path), copy->walk.code);
        break;
    case CMD_WALK_LOOP:
        cmd_error(process, "cannot copy cyclic symbolic link %s",
                  cmd_quote(process, buffer_string(&copy->walk.path)));
        copy->failed = true;
        break;
    case CMD_WALK_NO_MEMORY:
        return UMBRA_ENOMEM;
    default:
        fail(process, copy, "cannot stat %s: %s", buffer_string(&copy->walk.path), copy->walk.code);
        break;
    }
    if (result != COPY_QUESTION) copy->checked = false;
    return result;
}
