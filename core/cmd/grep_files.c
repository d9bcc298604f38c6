/* grep_files.c: which files grep looks at. Names in a directory come in the order of their bytes. */
#include <string.h>

#include "cmd/grep.h"
#include "cmd/wildcard.h"

/* The last of --include and --exclude that fits decides; where none does, a file is left out when the first
 * of them was an --include. */
static bool is_excluded(const struct grep *grep, const char *name, bool directory)
{
    const struct grep_glob *glob, *first = NULL, *fits = NULL;

    for (glob = grep->globs; glob; glob = glob->next) {
        if (glob->directories != directory) continue;
        if (first == NULL) first = glob;
        if (wildcard_match(glob->pattern, name, false)) fits = glob;
    }
    return fits ? !fits->include : first && first->include;
}

/* Whether the operand or its last part is excluded. */
static bool is_operand_excluded(struct k_process *process, const struct grep *grep, const char *name,
                                bool directory)
{
    size_t length;
    const char *base = cmd_base_name(name, &length);
    char *copy = arena_copy(&process->arena, base, length);

    return is_excluded(grep, name, directory) && (copy == NULL || is_excluded(grep, copy, directory));
}

static void complain(struct k_process *process, struct grep *grep, const char *name, int code)
{
    if (!grep->silent) cmd_warn(process, "%s: %s", name, k_error_text(code));
    grep->base.status = 2;
}

static int enter(struct k_process *process, struct grep *grep, const char *path)
{
    struct arena_mark mark = arena_mark(&grep->walk);
    struct grep_directory *directory = arena_zero(&grep->walk, sizeof *directory);
    int result;

    if (directory == NULL) return UMBRA_ENOMEM;
    directory->mark = mark;
    directory->path = path;
    result = k_list(process, *path ? path : ".", &grep->walk, &directory->listing);
    if (result < 0) {
        arena_release(&grep->walk, mark);
        if (result != UMBRA_ENOMEM) complain(process, grep, path, result);
        return result == UMBRA_ENOMEM ? result : 0;
    }
    k_charge(process, 64 + 32 * directory->listing.count);
    directory->above = grep->directory;
    grep->directory = directory;
    return 0;
}

static void leave(struct grep *grep)
{
    struct grep_directory *directory = grep->directory;

    grep->directory = directory->above;
    arena_release(&grep->walk, directory->mark);
}

void grep_end_walk(struct grep *grep)
{
    while (grep->directory) leave(grep);
    if (grep->walk.account) arena_free(&grep->walk);
}

static int open_file(struct k_process *process, struct grep *grep, const char *name)
{
    int result = cmd_open_input(process, &grep->input, name);

    grep->name = strcmp(name, "-") == 0 ? (grep->label ? grep->label : "(standard input)") : name;
    return result == 0 ? 1 : result == UMBRA_ENOMEM ? result : 0;
}

static char *join(struct grep *grep, const char *directory, const char *name)
{
    size_t first = strlen(directory), second = strlen(name);
    bool slash = first && directory[first - 1] != '/';
    char *path = arena_take(&grep->walk, first + slash + second + 1);

    if (path == NULL) return NULL;
    memcpy(path, directory, first);
    if (slash) path[first] = '/';
    memcpy(path + first + slash, name, second);
    path[first + slash + second] = '\0';
    return path;
}

/* The next name in the directories that are walked through: 1 when a file was opened, else 0. */
static int next_entry(struct k_process *process, struct grep *grep)
{
    struct grep_directory *directory = grep->directory;
    size_t index = directory->next++;
    enum k_kind kind;
    const char *name;
    char *path;

    if (index >= directory->listing.count) {
        leave(grep);
        return 0;
    }
    kind = directory->listing.kinds[index];
    name = directory->listing.names[index];
    path = join(grep, directory->path, name);
    if (path == NULL) return UMBRA_ENOMEM;
    if (kind == K_LINK) {
        struct k_stat stat;
        if (grep->recursion != GREP_FOLLOW) return 0;
        if (k_stat_path(process, path, K_FOLLOW, &stat) == 0) kind = stat.kind;
    }
    if (is_excluded(grep, name, kind == K_DIRECTORY)) return 0;
    if (kind == K_DIRECTORY) return enter(process, grep, path);
    if (kind != K_FILE && kind != K_LINK) return 0; /* devices are not read in a walk */
    return open_file(process, grep, path);
}

static int next_operand(struct k_process *process, struct grep *grep, const char *name)
{
    struct k_stat stat;
    bool directory = strcmp(name, "-") != 0 && k_stat_path(process, name, K_FOLLOW, &stat) == 0 &&
                     stat.kind == K_DIRECTORY;

    if (is_operand_excluded(process, grep, name, directory)) return 0;
    if (directory && grep->recursion == GREP_SKIP) return 0;
    if (directory && grep->recursion != GREP_READ) return enter(process, grep, name);
    return open_file(process, grep, name);
}

int grep_next_file(struct k_process *process, struct grep *grep)
{
    for (;;) {
        int result;
        if (grep->directory) {
            result = next_entry(process, grep);
        } else if (grep->dot) {
            grep->dot = false;
            result = enter(process, grep, "");
        } else {
            if (grep->operand >= process->argc) return 0;
            result = next_operand(process, grep, process->argv[grep->operand++]);
        }
        if (result) return result;
        if (k_charge(process, 64)) return cmd_again(process);
    }
}
