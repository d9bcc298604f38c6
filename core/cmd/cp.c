/* cp: copy files. POSIX.1-2017 cp, with the options of GNU coreutils 9.1; there are no hard links, so -l says
 * so, and --reflink and --sparse change nothing: the workspace keeps equal pieces once anyway. */
#include <string.h>

#include "cmd/ask.h"
#include "cmd/copy.h"
#include "cmd/words.h"

static const char help[] =
    "Usage: cp [OPTION]... [-T] SOURCE DEST\n"
    "  or:  cp [OPTION]... SOURCE... DIRECTORY\n"
    "  or:  cp [OPTION]... -t DIRECTORY SOURCE...\n"
    "Copy SOURCE to DEST, or SOURCE(s) into DIRECTORY.\n"
    "\n"
    "  -a, --archive               the same as -dR --preserve=all\n"
    "      --attributes-only       no content, only what --preserve names\n"
    "  -b, --backup[=CONTROL]      keep what is written over: none, numbered, existing, simple\n"
    "      --copy-contents         of special files, with -r\n"
    "  -d                          the same as --no-dereference --preserve=links\n"
    "  -f, --force                 remove what cannot be written over\n"
    "  -H, -L, -P                  follow links: those named, all, none\n"
    "  -i, --interactive           ask before something is written over; -n, --no-clobber never do it\n"
    "  -p, --preserve[=LIST]       keep mode, ownership, timestamps, links, all; --no-preserve=LIST\n"
    "      --parents               make the directories of SOURCE below DIRECTORY\n"
    "  -R, -r, --recursive         copy directories with what is in them\n"
    "      --remove-destination    remove what is there first\n"
    "  -s, --symbolic-link         make links instead of copies\n"
    "  -S, --suffix=SUFFIX         of backups\n"
    "      --strip-trailing-slashes  of each SOURCE\n"
    "  -t, --target-directory=DIRECTORY\n"
    "  -T, --no-target-directory   DEST is no directory to put things into\n"
    "  -u, --update                only what is newer or missing\n"
    "  -v, --verbose               say what is copied\n"
    "  -x, --one-file-system\n"
    "      --help                  this text\n"
    "      --version               the version\n";

enum {
    OPT_ATTRIBUTES = 256,
    OPT_CONTENTS,
    OPT_PRESERVE,
    OPT_NO_PRESERVE,
    OPT_PARENTS,
    OPT_REMOVE,
    OPT_STRIP,
    OPT_NOTHING
};

static const struct cmd_option options[] = {{'a', "archive", CMD_NOTHING},
                                            {OPT_ATTRIBUTES, "attributes-only", CMD_NOTHING},
                                            CMD_TARGET_OPTIONS,
                                            {OPT_CONTENTS, "copy-contents", CMD_NOTHING},
                                            {'d', NULL, CMD_NOTHING},
                                            {'f', "force", CMD_NOTHING},
                                            {'H', NULL, CMD_NOTHING},
                                            {'i', "interactive", CMD_NOTHING},
                                            {'l', "link", CMD_NOTHING},
                                            {'L', "dereference", CMD_NOTHING},
                                            {'n', "no-clobber", CMD_NOTHING},
                                            {'P', "no-dereference", CMD_NOTHING},
                                            {'p', NULL, CMD_NOTHING},
                                            {OPT_PRESERVE, "preserve", CMD_MAY_VALUE},
                                            {OPT_NO_PRESERVE, "no-preserve", CMD_VALUE},
                                            {OPT_PARENTS, "parents", CMD_NOTHING},
                                            {'R', "recursive", CMD_NOTHING},
                                            {'r', NULL, CMD_NOTHING},
                                            {OPT_REMOVE, "remove-destination", CMD_NOTHING},
                                            {OPT_NOTHING, "reflink", CMD_MAY_VALUE},
                                            {OPT_NOTHING, "sparse", CMD_VALUE},
                                            {'s', "symbolic-link", CMD_NOTHING},
                                            {OPT_STRIP, "strip-trailing-slashes", CMD_NOTHING},
                                            {'u', "update", CMD_NOTHING},
                                            {'v', "verbose", CMD_NOTHING},
                                            {'x', "one-file-system", CMD_NOTHING},
                                            {0}};

struct cp {
    struct cmd_base base;
    struct cmd_target target;
    struct copy copy;
    struct cmd_input input;
    bool follow_set, hard, parents, strip;
    int i;
    const char *to;
};

enum { KEEP_MODE, KEEP_TIMES, KEEP_OWNER, KEEP_LINKS, KEEP_CONTEXT, KEEP_ATTRIBUTES, KEEP_ALL };

static bool preserve(struct k_process *process, struct copy *copy, const char *list, bool keep)
{
    static const struct cmd_word words[] = {{"mode", KEEP_MODE},       {"timestamps", KEEP_TIMES},
                                            {"ownership", KEEP_OWNER}, {"links", KEEP_LINKS},
                                            {"context", KEEP_CONTEXT}, {"xattr", KEEP_ATTRIBUTES},
                                            {"all", KEEP_ALL},         {NULL, 0}};

    for (;;) {
        size_t length = strcspn(list, ",");
        char *text = arena_copy(&process->arena, list, length);
        int word = cmd_find_word(process, words, text ? text : "", keep ? "--preserve" : "--no-preserve");
        if (word < 0) return false;
        if (word == KEEP_MODE || word == KEEP_ALL) {
            copy->preserve_mode = keep;
            copy->no_preserve_mode = !keep;
        }
        if (word == KEEP_TIMES || word == KEEP_ALL) copy->preserve_times = keep;
        list += length;
        if (*list++ == '\0') return true;
    }
}

static void set_follow(struct cp *cp, enum cmd_walk_follow follow)
{
    cp->copy.follow = follow;
    cp->follow_set = true;
}

static void take_links(struct cp *cp, int letter)
{
    if (letter == 'a' || letter == 'd' || letter == 'P') set_follow(cp, CMD_WALK_PHYSICAL);
    if (letter == 'H') set_follow(cp, CMD_WALK_FIRST);
    if (letter == 'L') set_follow(cp, CMD_WALK_LOGICAL);
    if (letter == 's') cp->copy.symbolic = true;
    if (letter == 'l') cp->hard = true;
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct cp *cp = process->state;
    struct copy *copy = &cp->copy;
    int taken = cmd_target_option(process, &cp->target, letter, value);

    if (taken) return taken > 0;
    take_links(cp, letter);
    copy->recursive |= letter == 'a' || letter == 'R' || letter == 'r';
    copy->attributes_only |= letter == OPT_ATTRIBUTES;
    copy->copy_contents |= letter == OPT_CONTENTS;
    copy->force |= letter == 'f';
    copy->remove_destination |= letter == OPT_REMOVE;
    copy->update |= letter == 'u';
    copy->verbose |= letter == 'v';
    copy->one_device |= letter == 'x';
    cp->parents |= letter == OPT_PARENTS;
    cp->strip |= letter == OPT_STRIP;
    if (letter == 'i') copy->overwrite = COPY_ASK;
    if (letter == 'n') copy->overwrite = COPY_KEEP;
    if (letter == 'a') return preserve(process, copy, "all", true);
    if (letter == 'p') return preserve(process, copy, "mode,ownership,timestamps", true);
    if (letter == OPT_PRESERVE) return preserve(process, copy, value ? value : "mode,timestamps", true);
    if (letter == OPT_NO_PRESERVE) return preserve(process, copy, value, false);
    return true;
}

static bool settle(struct k_process *process, struct cp *cp)
{
    cp->copy.target = &cp->target;
    if (cp->hard) {
        cmd_error(process, "hard links are not supported; use -s");
        return false;
    }
    if (cp->copy.overwrite == COPY_KEEP && cp->target.backup != CMD_NO_BACKUP) {
        cmd_error(process, "options --backup and --no-clobber are mutually exclusive");
        cmd_try_help(process);
        return false;
    }
    if (!cp->follow_set) cp->copy.follow = cp->copy.recursive ? CMD_WALK_PHYSICAL : CMD_WALK_LOGICAL;
    if (!cmd_target_settle(process, &cp->target)) return false;
    if (cp->parents && cp->target.directory == NULL) {
        cmd_error(process, "with --parents, the destination must be a directory");
        cmd_try_help(process);
        return false;
    }
    return true;
}

static void strip(char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') path[--end] = '\0';
}

/* --parents: the directories of the source, below the target. */
static bool make_parents(struct k_process *process, struct cp *cp, char *path, size_t at)
{
    struct k_stat stat;

    for (; path[at]; at++) {
        int result;
        if (path[at] != '/' || path[at + 1] == '\0' || path[at + 1] == '/') continue;
        path[at] = '\0';
        result = k_stat_path(process, path, K_FOLLOW, &stat);
        if (result == UMBRA_ENOENT) {
            result = k_make_directory(process, path, 0777);
            if (result == 0 && cp->copy.verbose) {
                const char *from = path + strlen(cp->target.directory) + 1;
                cmd_printf(process, "%s -> %s\n", from, path);
            }
        }
        if (result < 0) cmd_cannot(process, "make directory", path, result);
        path[at] = '/';
        if (result < 0) return false;
    }
    return true;
}

/* Where the next source goes, NULL: nowhere; said, or without memory. */
static const char *find_place(struct k_process *process, struct cp *cp, char *source)
{
    char *path;

    if (cp->strip) strip(source);
    if (!cp->parents) {
        path = cmd_target_path(process, &cp->target, source);
    } else {
        strip(source);
        path = cmd_join(process, cp->target.directory, source + strspn(source, "/"));
    }
    if (path == NULL) {
        cmd_out_of_memory(process);
        return NULL;
    }
    if (cp->parents && !make_parents(process, cp, path, strlen(cp->target.directory) + 1)) return NULL;
    return path;
}

static void cp_end(struct k_process *process)
{
    copy_free(&((struct cp *)process->state)->copy);
    cmd_end(process);
}

static enum k_progress cp_run(struct k_process *process)
{
    struct cp *cp = process->state;
    int result;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (!settle(process, cp)) goto done;
    for (cp->i = 1; cp->i <= cp->target.sources; cp->i++) {
        cp->to = find_place(process, cp, process->argv[cp->i]);
        if (cp->to == NULL) continue;
        copy_begin(process, &cp->copy, process->argv[cp->i], cp->to);
        for (;;) {
            CO_AWAIT(process, result, copy_step(process, &cp->copy));
            CMD_NEED(process, result < 0 ? NULL : cp);
            if (result == COPY_DONE) break;
            if (result == COPY_QUESTION) {
                CMD_FLUSH(process);
                CO_AWAIT(process, result, cmd_answer(process, &cp->input));
                copy_answer(&cp->copy, result > 0);
            }
            CMD_RELIEVE(process);
        }
        if (!cp->copy.failed && cp->target.sources > 1)
            CMD_NEED(process, copy_note_made(process, &cp->copy, cp->to) ? cp : NULL);
    }
done:
    CMD_END(process);
}

CMD_PROGRAM_ENDING(cp, struct cp, cp_run, cp_end, help);
