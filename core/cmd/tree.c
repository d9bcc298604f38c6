/* tree: directories as a tree. tree 2.1.0, tree(1), its common options. */
#include <string.h>

#include "cmd/human.h"
#include "cmd/match.h"
#include "cmd/mode.h"
#include "cmd/walk.h"

static const char help[] = "Usage: tree [OPTION]... [DIRECTORY]...\n"
                           "Draw what is in each DIRECTORY (by default .) and below.\n"
                           "\n"
                           "  -a             also names that begin with .\n"
                           "  -d             only directories\n"
                           "  -f             with the whole path\n"
                           "  -F             with one of */=@| behind names\n"
                           "  -h, -s         with sizes, as 1K or in bytes\n"
                           "  -I PATTERN     not what matches; several with | between them\n"
                           "  -i             without lines\n"
                           "  -L N           only so deep\n"
                           "  -l             follow links to directories\n"
                           "  -P PATTERN     only files that match\n"
                           "  -p             with permissions\n"
                           "      --noreport without the count at the end\n"
                           "      --dirsfirst  directories before files\n"
                           "      --help     this text\n"
                           "      --version  the version\n";

enum { OPT_NO_REPORT = 256, OPT_FIRST, DEPTH_MAX = 256 };

static const struct cmd_option options[] = {{'a', NULL, CMD_NOTHING},
                                            {'d', NULL, CMD_NOTHING},
                                            {'f', NULL, CMD_NOTHING},
                                            {'F', NULL, CMD_NOTHING},
                                            {'h', NULL, CMD_NOTHING},
                                            {'s', NULL, CMD_NOTHING},
                                            {'I', NULL, CMD_VALUE},
                                            {'i', NULL, CMD_NOTHING},
                                            {'L', NULL, CMD_VALUE},
                                            {'l', NULL, CMD_NOTHING},
                                            {'n', NULL, CMD_NOTHING},
                                            {'P', NULL, CMD_VALUE},
                                            {'p', NULL, CMD_NOTHING},
                                            {OPT_NO_REPORT, "noreport", CMD_NOTHING},
                                            {OPT_FIRST, "dirsfirst", CMD_NOTHING},
                                            {0}};

/* A directory on the way down. */
struct level {
    struct k_listing names;
    size_t next, path_size;
    struct arena_mark mark;
};

struct tree {
    struct cmd_base base;
    bool all, only_directories, paths, classify, human, sizes, no_lines, follow, modes, no_report, first;
    const char *left_out, *wanted;
    int64_t max_depth;
    struct arena arena;
    struct buffer path;
    struct level *levels;
    unsigned depth;
    uint64_t directories, files;
    int i;
};

static bool take_option(struct k_process *process, int letter, const char *value)
{
    struct tree *tree = process->state;

    tree->all |= letter == 'a';
    tree->only_directories |= letter == 'd';
    tree->paths |= letter == 'f';
    tree->classify |= letter == 'F';
    tree->human |= letter == 'h';
    tree->sizes |= letter == 's' || letter == 'h';
    tree->no_lines |= letter == 'i';
    tree->follow |= letter == 'l';
    tree->modes |= letter == 'p';
    tree->no_report |= letter == OPT_NO_REPORT;
    tree->first |= letter == OPT_FIRST;
    if (letter == 'I') tree->left_out = value;
    if (letter == 'P') tree->wanted = value;
    if (letter != 'L' || (cmd_integer(value, &tree->max_depth) && tree->max_depth > 0)) return true;
    cmd_error(process, "Invalid level, must be greater than 0.");
    return false;
}

/* One of several patterns with | between them. */
static bool matches_any(struct k_process *process, const char *patterns, const char *name)
{
    struct arena_mark mark = arena_mark(&process->arena);
    bool matches = false;

    while (!matches) {
        size_t length = strcspn(patterns, "|");
        const char *one = arena_copy(&process->arena, patterns, length);
        matches = one && cmd_match(one, name, 0);
        patterns += length;
        if (*patterns++ == '\0') break;
    }
    arena_release(&process->arena, mark);
    return matches;
}

static bool is_shown(struct k_process *process, const struct tree *tree, const char *name, enum k_kind kind)
{
    if (*name == '.' && !tree->all) return false;
    if (tree->left_out && matches_any(process, tree->left_out, name)) return false;
    if (kind == K_DIRECTORY) return true;
    if (tree->only_directories) return false;
    return tree->wanted == NULL || matches_any(process, tree->wanted, name);
}

/* Keeps the names that are shown, directories first if they are to be. */
static int sift(struct k_process *process, struct tree *tree, struct k_listing *names)
{
    char **kept = arena_take(&tree->arena, (names->count + 1) * sizeof *kept);
    size_t count = 0, i;
    int pass;

    if (kept == NULL) return UMBRA_ENOMEM;
    for (pass = 0; pass < (tree->first ? 2 : 1); pass++)
        for (i = 0; i < names->count; i++) {
            bool directory = names->kinds[i] == K_DIRECTORY;
            if (tree->first && directory != (pass == 0)) continue;
            if (is_shown(process, tree, names->names[i], names->kinds[i])) kept[count++] = names->names[i];
        }
    names->names = kept;
    names->count = count;
    k_charge(process, 64 * (count + 1));
    return 0;
}

/* Goes into the directory that the path names. */
static int enter(struct k_process *process, struct tree *tree)
{
    struct level *level = &tree->levels[tree->depth];
    int result;

    if (tree->depth == DEPTH_MAX) return UMBRA_ELOOP;
    *level = (struct level){.path_size = tree->path.size, .mark = arena_mark(&tree->arena)};
    result = k_list(process, buffer_string(&tree->path), &tree->arena, &level->names);
    if (result == 0) result = sift(process, tree, &level->names);
    if (result == 0)
        tree->depth++;
    else
        arena_release(&tree->arena, level->mark);
    return result;
}

static void put_lines(struct k_process *process, const struct tree *tree)
{
    unsigned i;

    for (i = 0; i < tree->depth && !tree->no_lines; i++) {
        const struct level *level = &tree->levels[i];
        bool last = level->next == level->names.count, own = i + 1 == tree->depth;
        cmd_put_string(process, own ? (last ? "\xe2\x94\x94\xe2\x94\x80\xe2\x94\x80 "
                                            : "\xe2\x94\x9c\xe2\x94\x80\xe2\x94\x80 ")
                                    : (last ? "    " : "\xe2\x94\x82\xc2\xa0\xc2\xa0 "));
    }
}

static void put_details(struct k_process *process, const struct tree *tree, const struct k_stat *stat)
{
    static const struct cmd_size_style bytes = {.block = 1}, people = {.human = true};
    char mode[11], size[CMD_HUMAN_MAX];

    if (!tree->modes && !tree->sizes) return;
    cmd_put_byte(process, '[');
    cmd_mode_text(stat, mode);
    if (tree->modes) cmd_put_string(process, mode);
    if (tree->modes && tree->sizes) cmd_put_byte(process, ' ');
    cmd_size_text(stat->size, tree->human ? &people : &bytes, size);
    if (tree->sizes) cmd_printf(process, "%*s", tree->human ? 4 : 11, size);
    cmd_put_string(process, "]  ");
}

static char indicator(const struct k_stat *stat)
{
    if (stat->kind == K_DIRECTORY) return '/';
    if (stat->kind == K_LINK) return '@';
    if (stat->kind == K_PIPE) return '|';
    return stat->kind == K_FILE && stat->mode & 0111 ? '*' : 0;
}

/* The next name of the innermost directory. 0 or UMBRA_ENOMEM. */
static int show_next(struct k_process *process, struct tree *tree)
{
    struct level *level = &tree->levels[tree->depth - 1];
    const char *name = level->names.names[level->next++];
    struct buffer target = {0};
    struct k_stat stat = {0}, leads_to;
    bool directory;
    int result = 0;

    tree->path.size = level->path_size;
    if (level->path_size && tree->path.data[level->path_size - 1] != '/') buffer_put_byte(&tree->path, '/');
    buffer_put_string(&tree->path, name);
    if (tree->path.failed) return UMBRA_ENOMEM;
    k_stat_path(process, tree->path.data, K_NO_FOLLOW, &stat);
    put_lines(process, tree);
    put_details(process, tree, &stat);
    cmd_put_string(process, tree->paths ? tree->path.data : name);
    if (tree->classify && indicator(&stat)) cmd_put_byte(process, indicator(&stat));
    directory = stat.kind == K_DIRECTORY;
    if (stat.kind == K_LINK && k_read_link(process, tree->path.data, &target) == 0) {
        cmd_printf(process, " -> %s", buffer_string(&target));
        directory =
            k_stat_path(process, tree->path.data, K_FOLLOW, &leads_to) == 0 && leads_to.kind == K_DIRECTORY;
    }
    if (target.failed) cmd_fail_output(process);
    buffer_free(&target);
    *(directory ? &tree->directories : &tree->files) += 1;
    if (directory && (stat.kind == K_DIRECTORY || tree->follow) &&
        (tree->max_depth == 0 || tree->depth < (uint64_t)tree->max_depth)) {
        result = enter(process, tree);
        if (result < 0 && result != UMBRA_ENOMEM) cmd_put_string(process, " [error opening dir]");
    }
    cmd_put_byte(process, '\n');
    return result == UMBRA_ENOMEM ? result : 0;
}

static void leave(struct tree *tree)
{
    arena_release(&tree->arena, tree->levels[--tree->depth].mark);
}

static int begin(struct k_process *process, struct tree *tree, const char *path)
{
    size_t length = strlen(path);
    int result;

    while (length > 1 && path[length - 1] == '/') length--;
    buffer_clear(&tree->path);
    buffer_put(&tree->path, path, length);
    if (tree->path.failed) return UMBRA_ENOMEM;
    result = enter(process, tree);
    cmd_put_string(process, path);
    if (result < 0 && result != UMBRA_ENOMEM) {
        cmd_put_string(process, "  [error opening dir]");
        tree->base.status = 2;
    } else {
        tree->directories++;
    }
    cmd_put_byte(process, '\n');
    return result == UMBRA_ENOMEM ? result : 0;
}

static void put_report(struct k_process *process, const struct tree *tree)
{
    if (tree->no_report) return;
    cmd_printf(process, "\n%llu director%s", (unsigned long long)tree->directories,
               tree->directories == 1 ? "y" : "ies");
    if (!tree->only_directories)
        cmd_printf(process, ", %llu file%s", (unsigned long long)tree->files, tree->files == 1 ? "" : "s");
    cmd_put_byte(process, '\n');
}

static void tree_end(struct k_process *process)
{
    struct tree *tree = process->state;

    if (tree->arena.account) arena_free(&tree->arena);
    buffer_free(&tree->path);
    cmd_end(process);
}

static enum k_progress tree_run(struct k_process *process)
{
    struct tree *tree = process->state;
    int result;

    CO_BEGIN(process);
    CMD_OPTIONS(process, options, 0, take_option, 1);
    arena_init(&tree->arena, &process->account);
    tree->levels = arena_take(&process->arena, DEPTH_MAX * sizeof *tree->levels);
    CMD_NEED(process, tree->levels);
    for (tree->i = 1; tree->i < process->argc || (tree->i == 1 && process->argc == 1); tree->i++) {
        result = begin(process, tree, process->argc > 1 ? process->argv[tree->i] : ".");
        CMD_NEED(process, result < 0 ? NULL : tree);
        while (tree->depth) {
            if (tree->levels[tree->depth - 1].next == tree->levels[tree->depth - 1].names.count) {
                leave(tree);
                continue;
            }
            result = show_next(process, tree);
            CMD_NEED(process, result < 0 ? NULL : tree);
            CMD_RELIEVE(process);
        }
    }
    put_report(process, tree);
    CMD_END(process);
}

CMD_PROGRAM_ENDING(tree, struct tree, tree_run, tree_end, help);
