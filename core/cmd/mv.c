/* mv: move files. POSIX.1-2017 mv, with the options of GNU coreutils 9.1. From the workspace to /tmp and back
 * things are copied and then removed, as between disks. */
#include <string.h>

#include "cmd/ask.h"
#include "cmd/copy.h"

static const char help[] = "Usage: mv [OPTION]... [-T] SOURCE DEST\n"
                           "  or:  mv [OPTION]... SOURCE... DIRECTORY\n"
                           "  or:  mv [OPTION]... -t DIRECTORY SOURCE...\n"
                           "Rename SOURCE to DEST, or move SOURCE(s) to DIRECTORY.\n"
                           "\n"
                           "  -b, --backup[=CONTROL]    keep what is written over\n"
                           "  -f, --force               do not ask before something is written over\n"
                           "  -i, --interactive         ask; -n, --no-clobber never do it\n"
                           "      --strip-trailing-slashes  of each SOURCE\n"
                           "  -S, --suffix=SUFFIX       of backups\n"
                           "  -t, --target-directory=DIRECTORY\n"
                           "  -T, --no-target-directory DEST is no directory to put things into\n"
                           "  -u, --update              only what is newer or missing\n"
                           "  -v, --verbose             say what is moved\n"
                           "      --help                this text\n"
                           "      --version             the version\n";

enum { OPT_STRIP = 256 };

static const struct cmd_option options[] = {CMD_TARGET_OPTIONS,
                                            {'f', "force", CMD_NOTHING},
                                            {'i', "interactive", CMD_NOTHING},
                                            {'n', "no-clobber", CMD_NOTHING},
                                            {OPT_STRIP, "strip-trailing-slashes", CMD_NOTHING},
                                            {'u', "update", CMD_NOTHING},
                                            {'v', "verbose", CMD_NOTHING},
                                            {'Z', "context", CMD_NOTHING},
                                            {0}};

struct mv {
    struct cmd_base base;
    struct cmd_target target;
    struct copy copy;
    struct cmd_input input;
    struct cmd_walk removal;
    bool strip;
    int i;
    char *to;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct mv *mv = process->state;
    struct copy *copy = &mv->copy;
    int taken = cmd_target_option(process, &mv->target, letter, value);

    if (taken) return taken > 0;
    if (letter == 'f') {
        copy->overwrite = COPY_OVERWRITE;
        copy->force = true;
    }
    if (letter == 'i') copy->overwrite = COPY_ASK;
    if (letter == 'n') copy->overwrite = COPY_KEEP;
    copy->update |= letter == 'u';
    copy->verbose |= letter == 'v';
    mv->strip |= letter == OPT_STRIP;
    return true;
}

static bool settle(struct k_process *process, struct mv *mv)
{
    struct copy *copy = &mv->copy;

    copy->target = &mv->target;
    copy->moving = copy->recursive = copy->preserve_mode = copy->preserve_times = true;
    copy->follow = CMD_WALK_PHYSICAL;
    if (copy->overwrite == COPY_KEEP && mv->target.backup != CMD_NO_BACKUP) {
        cmd_error(process, "options --backup and --no-clobber are mutually exclusive");
        cmd_try_help(process);
        return false;
    }
    return cmd_target_settle(process, &mv->target);
}

/* Whether one path lies below the other, both as they are without links. */
static bool is_inside(struct k_process *process, const char *directory, const char *path)
{
    struct k_place place;
    struct k_node node;

    if (k_resolve(process, directory, K_NO_FOLLOW, &node) < 0) return false;
    if (k_locate(process, path, K_NO_FOLLOW, &place) < 0) return false;
    for (;;) {
        struct k_node above = k_node_parent(process->kernel, place.directory);
        if (k_same_node(place.directory, node)) return true;
        if (k_same_node(place.directory, above)) return false;
        place.directory = above;
    }
}

static int say_failed(struct k_process *process, const char *from, const char *to, int code)
{
    if (code == UMBRA_EINVAL)
        cmd_error(process, "cannot move %s to a subdirectory of itself, %s", cmd_quote(process, from),
                  cmd_quote(process, to));
    else
        cmd_error(process, "cannot move %s to %s: %s", cmd_quote(process, from), cmd_quote(process, to),
                  k_error_text(code));
    return COPY_DONE;
}

/* COPY_DONE: moved, or not to be; COPY_MORE: it is to be copied; COPY_QUESTION; or UMBRA_ENOMEM. */
static int move(struct k_process *process, struct mv *mv, char *from)
{
    struct copy *copy = &mv->copy;
    struct k_stat stat;
    int result;

    if (mv->strip) {
        size_t end = strlen(from);
        while (end > 1 && from[end - 1] == '/') from[--end] = '\0';
    }
    result = k_stat_path(process, from, K_NO_FOLLOW, &stat);
    if (result < 0) {
        cmd_cannot(process, "stat", from, result);
        return COPY_DONE;
    }
    if (stat.kind == K_DIRECTORY && is_inside(process, from, mv->to))
        return say_failed(process, from, mv->to, UMBRA_EINVAL);
    result = copy_check(process, copy, from, &stat, mv->to);
    if (result != 1) return result == 0 ? COPY_DONE : result;
    result = k_rename(process, from, mv->to);
    if (result == UMBRA_EXDEV) return COPY_MORE;
    if (result < 0) return say_failed(process, from, mv->to, result);
    if (copy->verbose) {
        cmd_printf(process, "renamed %s -> %s", cmd_quote(process, from), cmd_quote(process, mv->to));
        if (copy->backup) cmd_printf(process, " (backup: %s)", cmd_quote(process, copy->backup));
        cmd_put_byte(process, '\n');
    }
    return COPY_DONE;
}

/* After a copy: the next thing of the source goes. False: that was all. */
static bool remove_next(struct k_process *process, struct mv *mv)
{
    enum cmd_visit visit = cmd_walk_next(process, &mv->removal);
    const char *path = buffer_string(&mv->removal.path);
    int result = 0;

    if (visit == CMD_WALK_NO_MEMORY) cmd_out_of_memory(process);
    if (visit == CMD_WALK_END || visit == CMD_WALK_NO_MEMORY) return false;
    if (visit == CMD_WALK_OTHER) result = k_unlink(process, path);
    if (visit == CMD_WALK_LEAVE) result = k_remove_directory(process, path);
    if (result < 0) cmd_cannot(process, "remove", path, result);
    if (result == 0 && mv->copy.verbose && visit != CMD_WALK_ENTER)
        cmd_printf(process, "removed %s%s\n", visit == CMD_WALK_LEAVE ? "directory " : "",
                   cmd_quote(process, path));
    return true;
}

/* What a copy is to replace goes first, as rename() would do it. False: it cannot. */
static bool make_room(struct k_process *process, struct mv *mv, const char *from)
{
    int result = 0;

    if (!mv->copy.destination_known) return true;
    result = mv->copy.destination.kind == K_DIRECTORY ? k_remove_directory(process, mv->to)
                                                      : k_unlink(process, mv->to);
    if (result < 0) say_failed(process, from, mv->to, result);
    return result == 0;
}

static void mv_end(struct k_process *process)
{
    struct mv *mv = process->state;

    copy_free(&mv->copy);
    cmd_walk_free(&mv->removal);
    cmd_end(process);
}

static enum k_progress mv_run(struct k_process *process)
{
    struct mv *mv = process->state;
    int result;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!settle(process, mv)) goto done;
    for (mv->i = 1; mv->i <= mv->target.sources; mv->i++) {
        mv->to = cmd_target_path(process, &mv->target, process->argv[mv->i]);
        CMD_NEED(process, mv->to);
        mv->copy.checked = mv->copy.answered = mv->copy.failed = false;
        result = move(process, mv, process->argv[mv->i]);
        if (result == COPY_QUESTION) {
            CMD_FLUSH(process);
            CO_AWAIT(process, result, cmd_answer(process, &mv->input));
            copy_answer(&mv->copy, result > 0);
            result = move(process, mv, process->argv[mv->i]);
        }
        CMD_NEED(process, result < 0 ? NULL : mv);
        if (result == COPY_MORE && make_room(process, mv, process->argv[mv->i])) {
            copy_begin(process, &mv->copy, process->argv[mv->i], mv->to);
            for (;;) {
                CO_AWAIT(process, result, copy_step(process, &mv->copy));
                CMD_NEED(process, result < 0 ? NULL : mv);
                if (result == COPY_DONE) break;
                CMD_RELIEVE(process);
            }
            if (!mv->copy.failed) {
                cmd_walk_free(&mv->removal);
                cmd_walk_begin(process, &mv->removal, process->argv[mv->i], CMD_WALK_PHYSICAL);
                while (remove_next(process, mv)) CMD_RELIEVE(process);
            }
        }
        if (!mv->copy.failed && mv->target.sources > 1)
            CMD_NEED(process, copy_note_made(process, &mv->copy, mv->to) ? mv : NULL);
        CMD_RELIEVE(process);
    }
done:
    CMD_END(process);
}

CMD_PROGRAM_ENDING(mv, struct mv, mv_run, mv_end, help);
