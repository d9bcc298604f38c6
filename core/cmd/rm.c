/* rm: remove files. POSIX.1-2017 rm, with the options of GNU coreutils 9.1. */
#include <string.h>

#include "cmd/ask.h"
#include "cmd/mode.h"
#include "cmd/walk.h"
#include "cmd/words.h"

static const char help[] =
    "Usage: rm [OPTION]... [FILE]...\n"
    "Remove each FILE.\n"
    "\n"
    "  -d, --dir              also empty directories\n"
    "  -f, --force            never ask; what is missing is no error\n"
    "  -i                     ask before each; -I once before more than three, or with -r\n"
    "      --interactive[=WHEN]  never, once or always\n"
    "      --no-preserve-root nothing: / cannot be removed\n"
    "      --one-file-system  not what is on another\n"
    "  -r, -R, --recursive    directories with all in them\n"
    "  -v, --verbose          say what is removed\n"
    "      --help             this text\n"
    "      --version          the version\n";

enum { OPT_INTERACTIVE = 256, OPT_NO_ROOT, OPT_ROOT, OPT_ONE };
enum ask { ASK_PROTECTED, ASK_NEVER, ASK_ONCE, ASK_ALWAYS };

static const struct cmd_option options[] = {{'d', "dir", CMD_NOTHING},
                                            {'f', "force", CMD_NOTHING},
                                            {'i', NULL, CMD_NOTHING},
                                            {'I', NULL, CMD_NOTHING},
                                            {OPT_INTERACTIVE, "interactive", CMD_MAY_VALUE},
                                            {OPT_NO_ROOT, "no-preserve-root", CMD_NOTHING},
                                            {OPT_ROOT, "preserve-root", CMD_MAY_VALUE},
                                            {OPT_ONE, "one-file-system", CMD_NOTHING},
                                            {'r', "recursive", CMD_NOTHING},
                                            {'R', NULL, CMD_NOTHING},
                                            {'v', "verbose", CMD_NOTHING},
                                            {0}};

struct rm {
    struct cmd_base base;
    struct cmd_walk walk;
    struct cmd_input input;
    enum ask ask;
    bool directories, force, recursive, verbose;
    int i;
    enum cmd_visit visit;
    struct arena_mark mark;
};

static bool take_when(struct k_process *process, const char *value)
{
    static const struct cmd_word words[] = {{"never", ASK_NEVER},
                                            {"no", ASK_NEVER},
                                            {"none", ASK_NEVER},
                                            {"once", ASK_ONCE},
                                            {"always", ASK_ALWAYS},
                                            {"yes", ASK_ALWAYS},
                                            {NULL, 0}};
    struct rm *rm = process->state;
    int word = value ? cmd_find_word(process, words, value, "--interactive") : ASK_ALWAYS;

    if (word < 0) return false;
    rm->ask = (enum ask)word;
    if (rm->ask != ASK_NEVER) rm->force = false;
    return true;
}

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct rm *rm = process->state;

    rm->directories |= letter == 'd';
    rm->recursive |= letter == 'r' || letter == 'R';
    rm->verbose |= letter == 'v';
    if (letter == 'f') {
        rm->force = true;
        rm->ask = ASK_NEVER;
    }
    if (letter == 'i' || letter == 'I') {
        rm->force = false;
        rm->ask = letter == 'i' ? ASK_ALWAYS : ASK_ONCE;
    }
    return letter == OPT_INTERACTIVE ? take_when(process, value) : true;
}

/* "link/": what the link leads to is not meant, and the link is no directory. */
static bool is_link_with_slash(struct k_process *process, const char *path)
{
    size_t length = strlen(path);
    struct k_stat stat;
    char *copy;

    if (length < 2 || path[length - 1] != '/') return false;
    while (length > 1 && path[length - 1] == '/') length--;
    copy = arena_copy(&process->arena, path, length);
    return copy && k_stat_path(process, copy, K_NO_FOLLOW, &stat) == 0 && stat.kind == K_LINK;
}

/* Whether the operand may be touched at all. */
static bool is_allowed(struct k_process *process, const struct rm *rm, const char *path)
{
    struct k_node node, above;
    const char *name;
    size_t length;

    if (!rm->recursive) return true;
    name = cmd_base_name(path, &length);
    if ((length == 1 && *name == '.') || (length == 2 && name[0] == '.' && name[1] == '.')) {
        cmd_error(process, "refusing to remove '.' or '..' directory: skipping %s", cmd_quote(process, path));
        return false;
    }
    if (is_link_with_slash(process, path)) {
        cmd_cannot(process, "remove", path, UMBRA_ENOTDIR);
        return false;
    }
    if (k_resolve(process, path, K_NO_FOLLOW, &node) < 0) return true;
    above = k_node_parent(process->kernel, node);
    if (!k_same_node(node, above)) return true;
    cmd_error(process, "it is dangerous to operate recursively on %s%s", cmd_quote(process, path),
              strcmp(path, "/") == 0 ? "" : " (same as '/')");
    return false;
}

static bool is_protected(struct k_process *process, const struct rm *rm)
{
    return rm->walk.stat.kind != K_LINK && k_access(process, buffer_string(&rm->walk.path), 2) < 0;
}

/* Whether something is asked about what the walk has come to. */
static bool put_question(struct k_process *process, struct rm *rm)
{
    const char *path = buffer_string(&rm->walk.path);
    bool protected = is_protected(process, rm), empty = false;
    struct k_listing listing;
    struct arena_mark mark = arena_mark(&process->arena);

    if (rm->visit != CMD_WALK_OTHER && rm->visit != CMD_WALK_ENTER && rm->visit != CMD_WALK_LEAVE)
        return false;
    if (rm->visit != CMD_WALK_OTHER && !rm->recursive) return false;
    if (rm->ask != ASK_ALWAYS && !(rm->ask != ASK_NEVER && protected && k_is_terminal(process, 0)))
        return false;
    if (rm->visit == CMD_WALK_ENTER) {
        empty = k_list(process, path, &process->arena, &listing) == 0 && listing.count == 0;
        arena_release(&process->arena, mark);
        if (empty) return false; /* it is asked about when it is left */
        cmd_put_question(process, "descend into %sdirectory %s", protected ? "write-protected " : "",
                         cmd_quote(process, path));
        return true;
    }
    cmd_put_question(process, "remove %s%s %s", protected ? "write-protected " : "",
                     cmd_kind_text(&rm->walk.stat), cmd_quote(process, path));
    return true;
}

static void remove_it(struct k_process *process, struct rm *rm)
{
    const char *path = buffer_string(&rm->walk.path);
    bool directory = rm->visit == CMD_WALK_LEAVE;
    int result = directory ? k_remove_directory(process, path) : k_unlink(process, path);

    if (result < 0 && !(rm->force && result == UMBRA_ENOENT)) cmd_cannot(process, "remove", path, result);
    if (result == 0 && rm->verbose)
        cmd_printf(process, "removed %s%s\n", directory ? "directory " : "", cmd_quote(process, path));
}

/* A directory that is entered. */
static void enter(struct k_process *process, struct rm *rm)
{
    const char *path = buffer_string(&rm->walk.path);

    if (rm->recursive) return;
    if (rm->directories) {
        rm->visit = CMD_WALK_LEAVE;
        remove_it(process, rm);
    } else {
        cmd_cannot(process, "remove", path, UMBRA_EISDIR);
    }
    cmd_walk_skip(&rm->walk);
}

static void visit(struct k_process *process, struct rm *rm)
{
    const char *path = buffer_string(&rm->walk.path);

    switch (rm->visit) {
    case CMD_WALK_ENTER:
        enter(process, rm);
        break;
    case CMD_WALK_LEAVE:
    case CMD_WALK_OTHER:
        remove_it(process, rm);
        break;
    case CMD_WALK_NO_MEMORY:
        cmd_out_of_memory(process);
        break;
    default:
        if (!(rm->force && (rm->walk.code == UMBRA_ENOENT || rm->walk.code == UMBRA_ENOTDIR)))
            cmd_cannot(process, "remove", path, rm->walk.code);
        break;
    }
}

static void rm_end(struct k_process *process)
{
    cmd_walk_free(&((struct rm *)process->state)->walk);
    cmd_end(process);
}

static bool needs_one_question(const struct k_process *process, const struct rm *rm)
{
    return rm->ask == ASK_ONCE && (process->argc > 4 || (rm->recursive && process->argc > 1));
}

static enum k_progress rm_run(struct k_process *process)
{
    struct rm *rm = process->state;
    int answer;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    if (process->argc == 1 && !rm->force) cmd_missing_operand(process, NULL);
    if (needs_one_question(process, rm)) {
        cmd_put_question(process, "remove %d %s%s", process->argc - 1,
                         process->argc == 2 ? "argument" : "arguments", rm->recursive ? " recursively" : "");
        CMD_FLUSH(process);
        CO_AWAIT(process, answer, cmd_answer(process, &rm->input));
        if (answer <= 0) process->argc = 1;
    }
    for (rm->i = 1; rm->i < process->argc; rm->i++) {
        if (!is_allowed(process, rm, process->argv[rm->i])) continue;
        cmd_walk_free(&rm->walk);
        cmd_walk_begin(process, &rm->walk, process->argv[rm->i], CMD_WALK_PHYSICAL);
        while ((rm->visit = cmd_walk_next(process, &rm->walk)) != CMD_WALK_END) {
            rm->mark = arena_mark(&process->arena);
            if (put_question(process, rm)) {
                CMD_FLUSH(process);
                CO_AWAIT(process, answer, cmd_answer(process, &rm->input));
                if (answer <= 0) {
                    if (rm->visit == CMD_WALK_ENTER) cmd_walk_skip(&rm->walk);
                    continue;
                }
            }
            visit(process, rm);
            if (rm->input.bytes == NULL) arena_release(&process->arena, rm->mark);
            if (rm->visit == CMD_WALK_NO_MEMORY) break;
            CMD_RELIEVE(process);
        }
    }
    CMD_END(process);
}

CMD_PROGRAM_ENDING(rm, struct rm, rm_run, rm_end, help);
