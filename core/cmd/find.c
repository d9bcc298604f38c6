/* find: files by what they are. POSIX.1-2017 find, with most of GNU findutils 4.9; -ok, -fprint and -fls are
 * missing. Directories are read in the order of names. */
#include "cmd/find.h"

#include <string.h>

#include "cmd/child.h"

#define GATHERED_MAX       (128u << 10) /* bytes of paths for one command of -exec {} + */
#define GATHERED_ARGUMENTS 4096u

static const char help[] =
    "Usage: find [-H] [-L] [-P] [PATH]... [EXPRESSION]\n"
    "Walk below each PATH (by default the current directory) and print, or do to each thing there what the\n"
    "expression says.\n"
    "\n"
    "operators: ( EXPR )  ! EXPR  -not EXPR  EXPR -a EXPR  EXPR -o EXPR  EXPR , EXPR\n"
    "options:   -daystart -depth -follow -maxdepth N -mindepth N -mount -regextype TYPE -xdev\n"
    "tests:     -amin N -anewer FILE -atime N -cmin N -cnewer FILE -ctime N -empty -executable -false -gid "
    "N\n"
    "           -group NAME -ilname PATTERN -iname PATTERN -inum N -ipath PATTERN -iregex PATTERN -links N\n"
    "           -lname PATTERN -mmin N -mtime N -name PATTERN -newer FILE -newermt DATE -path PATTERN\n"
    "           -perm [-/]MODE -readable -regex PATTERN -samefile FILE -size N[bcwkMG] -true -type [fdlpcs]\n"
    "           -uid N -user NAME -writable -xtype [fdlpcs]\n"
    "actions:   -delete -exec COMMAND ; -exec COMMAND {} + -execdir COMMAND ; -ls -print -print0\n"
    "           -printf FORMAT -prune -quit\n"
    "N is exactly N, +N more, -N less.\n";

/* --- commands --- */

static void put_replaced(struct buffer *out, const char *word, const char *path)
{
    const char *at;

    while ((at = strstr(word, "{}")) != NULL) {
        buffer_put(out, word, (size_t)(at - word));
        buffer_put_string(out, path);
        word = at + 2;
    }
    buffer_put_string(out, word);
}

/* The words of a command for one path; NULL without memory. */
static char **words_for(struct k_process *process, const struct find_command *command, const char *path)
{
    char **argv = arena_take(&process->arena, ((size_t)command->argc + 1) * sizeof *argv);
    int i;

    for (i = 0; argv && i < command->argc; i++) {
        struct buffer word = {0};
        put_replaced(&word, command->argv[i], path);
        argv[i] = word.failed ? NULL : arena_copy(&process->arena, word.data, word.size);
        buffer_free(&word);
        if (argv[i] == NULL) return NULL;
    }
    if (argv) argv[command->argc] = NULL;
    return argv;
}

/* The words of a command with all that was gathered. */
static char **words_gathered(struct k_process *process, struct find_command *command, int *argc)
{
    char **argv = arena_take(&process->arena, ((size_t)command->argc + command->count) * sizeof *argv), *at;
    size_t i;

    if (argv == NULL || command->gathered.failed) return NULL;
    memcpy(argv, command->argv, ((size_t)command->argc - 1) * sizeof *argv); /* all but {} */
    *argc = command->argc - 1;
    for (i = 0, at = command->gathered.data; i < command->count; i++, at += strlen(at) + 1)
        argv[(*argc)++] = at;
    argv[*argc] = NULL;
    return argv;
}

static int begin_command(struct k_process *process, struct find *find, int argc, char **argv)
{
    int result = cmd_begin_child(process, argc, argv, &find->child);

    if (result == UMBRA_ENOMEM) return result;
    if (result < 0) cmd_warn(process, "%s: %s", cmd_quote(process, argv[0]), k_error_text(result));
    if (find->child) find->child_id = find->child->id;
    return 0;
}

/* -execdir: where it is, and as ./NAME. */
static int begin_in_directory(struct k_process *process, struct find *find)
{
    size_t length;
    const char *path = buffer_string(&find->walk.path), *name = find_name(find, &length);
    char *directory = name > path ? arena_copy(&process->arena, path, (size_t)(name - path)) : NULL;
    char *file = arena_take(&process->arena, length + 3), **argv;
    int result;

    if (file == NULL) return UMBRA_ENOMEM;
    memcpy(file, "./", 2);
    memcpy(file + 2, name, length);
    file[length + 2] = '\0';
    argv = words_for(process, find->running, *path == '/' && length == 1 && *name == '/' ? "/" : file);
    result = argv ? begin_command(process, find, find->running->argc, argv) : UMBRA_ENOMEM;
    if (result == 0 && find->child && directory) k_change_directory(find->child, directory);
    return result;
}

/* Begins the command of a step, or adds to what it is to be run with: 1: a child runs, 0: not, or an error.
 */
static int execute(struct k_process *process, struct find *find, struct find_command *command)
{
    struct arena_mark mark = arena_mark(&process->arena);
    char **argv;
    int result = 0;

    find->child = NULL;
    find->running = command;
    if (command->in_directory) {
        result = begin_in_directory(process, find);
    } else {
        argv = words_for(process, command, buffer_string(&find->walk.path));
        result = argv ? begin_command(process, find, command->argc, argv) : UMBRA_ENOMEM;
    }
    arena_release(&process->arena, mark);
    return result < 0 ? result : find->child != NULL;
}

static void gather(const struct find *find, struct find_command *command)
{
    buffer_put(&command->gathered, find->walk.path.data, find->walk.path.size);
    buffer_put_byte(&command->gathered, '\0');
    command->count++;
}

/* The same for a command with what was gathered. */
static int execute_gathered(struct k_process *process, struct find *find, struct find_command *command)
{
    struct arena_mark mark = arena_mark(&process->arena);
    int argc, result;
    char **argv = words_gathered(process, command, &argc);

    find->child = NULL;
    find->running = command;
    result = argv ? begin_command(process, find, argc, argv) : UMBRA_ENOMEM;
    arena_release(&process->arena, mark);
    buffer_clear(&command->gathered);
    command->count = 0;
    return result < 0 ? result : find->child != NULL;
}

/* A command whose paths are to be dealt with now; all: whatever it has. */
static struct find_command *find_full(const struct find *find, bool all)
{
    struct find_command *command;

    for (command = find->commands; command; command = command->next)
        if (command->count &&
            (all || command->count >= GATHERED_ARGUMENTS || command->gathered.size >= GATHERED_MAX))
            return command;
    return NULL;
}

/* --- the walk --- */

static bool is_expression(const char *word)
{
    return (word[0] == '-' && word[1]) || strcmp(word, "(") == 0 || strcmp(word, "!") == 0 ||
           strcmp(word, ")") == 0 || strcmp(word, ",") == 0;
}

/* -H -L -P, then the paths; where the expression begins. 0: --help or a like was answered. */
static int read_front(struct k_process *process, struct find *find)
{
    int at = 1, paths = 0;

    if (process->argc > 1 &&
        (strcmp(process->argv[1], "--help") == 0 || strcmp(process->argv[1], "-help") == 0)) {
        cmd_put_string(process, help);
        return 0;
    }
    if (process->argc > 1 &&
        (strcmp(process->argv[1], "--version") == 0 || strcmp(process->argv[1], "-version") == 0)) {
        cmd_printf(process, "find (Umbra) " UMBRA_VERSION "\n");
        return 0;
    }
    for (; at < process->argc; at++) {
        const char *word = process->argv[at];
        if (strcmp(word, "-H") == 0)
            find->follow = CMD_WALK_FIRST;
        else if (strcmp(word, "-L") == 0)
            find->follow = CMD_WALK_LOGICAL;
        else if (strcmp(word, "-P") == 0)
            find->follow = CMD_WALK_PHYSICAL;
        else if (strncmp(word, "-O", 2) != 0)
            break;
    }
    if (at < process->argc && strcmp(process->argv[at], "--") == 0) at++;
    for (; at < process->argc && !is_expression(process->argv[at]); at++)
        process->argv[++paths] = process->argv[at];
    find->paths = paths;
    return at;
}

/* Whether the expression is to be evaluated for what the walk has come to. */
static bool is_due(struct k_process *process, struct find *find)
{
    struct cmd_walk *walk = &find->walk;
    bool too_deep = find->max_depth >= 0 && walk->depth >= (uint64_t)find->max_depth;

    find->prune = false;
    if (find->visit == CMD_WALK_MISSING || find->visit == CMD_WALK_UNLISTED) {
        cmd_error(process, "%s: %s", cmd_quote(process, buffer_string(&walk->path)),
                  k_error_text(walk->code));
        return false;
    }
    if (find->visit == CMD_WALK_LOOP) {
        cmd_error(
            process,
            "File system loop detected; %s is part of the same file system loop as a directory above it.",
            cmd_quote(process, buffer_string(&walk->path)));
        return false;
    }
    if (walk->depth == 0 && find->visit == CMD_WALK_ENTER) find->device = walk->stat.device;
    if (find->visit == CMD_WALK_ENTER &&
        (too_deep || (find->same_device && walk->stat.device != find->device))) {
        find->prune = true;
    } else if (find->visit == (find->depth_first ? CMD_WALK_ENTER : CMD_WALK_LEAVE)) {
        return false;
    }
    if (walk->depth < (uint64_t)find->min_depth) {
        if (find->prune) cmd_walk_skip(walk);
        return false;
    }
    return true;
}

static void find_end(struct k_process *process)
{
    struct find *find = process->state;
    struct find_command *command;
    int i;

    cmd_walk_free(&find->walk);
    for (command = find->commands; command; command = command->next) buffer_free(&command->gathered);
    for (i = 0; i < find->count; i++) re_free(find->steps[i].regex);
    cmd_end(process);
}

static const char *path_at(const struct k_process *process, const struct find *find)
{
    return find->paths ? process->argv[find->path_at + 1] : ".";
}

enum { FIND_MORE, FIND_RUN, FIND_DONE };

static void go_on(struct find *find, bool fine)
{
    const struct find_step *step = &find->steps[find->pc];

    find->pc = fine ? step->on_true : step->on_false;
    if (find->quit) find->pc = FIND_IS_TRUE;
    if (find->pc < 0 && find->prune && find->visit == CMD_WALK_ENTER) cmd_walk_skip(&find->walk);
}

/* One step of the expression. */
static int do_step(struct k_process *process, struct find *find)
{
    struct find_step *step = &find->steps[find->pc];

    if (step->what == FIND_EXECUTE && !step->command->plus) {
        find->running = step->command;
        find->run_gathered = false;
        return FIND_RUN;
    }
    if (step->what == FIND_EXECUTE) gather(find, step->command);
    go_on(find, step->what == FIND_EXECUTE || find_test(process, find, step));
    return FIND_MORE;
}

/* The next thing of the walk, or the next walk. */
static int visit_next(struct k_process *process, struct find *find)
{
    if (!find->walking) {
        find->over = find->quit || find->path_at >= (find->paths ? find->paths : 1);
        if (find->over) return FIND_MORE;
        cmd_walk_free(&find->walk);
        cmd_walk_begin(process, &find->walk, path_at(process, find), find->follow);
        find->walking = true;
        find->path_at++;
    }
    find->visit = cmd_walk_next(process, &find->walk);
    if (find->visit == CMD_WALK_NO_MEMORY) return UMBRA_ENOMEM;
    if (find->visit == CMD_WALK_END)
        find->walking = false;
    else if (is_due(process, find))
        find->pc = find->first;
    return FIND_MORE;
}

/* What is to be done next, and does it unless it is a command. */
static int advance(struct k_process *process, struct find *find)
{
    if (find->pc >= 0) return do_step(process, find);
    find->running = find_full(find, find->over);
    find->run_gathered = true;
    if (find->running) return FIND_RUN;
    if (find->over) return FIND_DONE;
    if (find->quit) find->walking = false;
    return visit_next(process, find);
}

static int begin_running(struct k_process *process, struct find *find)
{
    return find->run_gathered ? execute_gathered(process, find, find->running)
                              : execute(process, find, find->running);
}

static void finish_running(struct find *find, bool fine)
{
    if (!find->run_gathered)
        go_on(find, fine);
    else if (!fine)
        find->base.status = 1;
}

static bool begin(struct k_process *process, struct find *find)
{
    int at;

    find->max_depth = -1;
    find->pc = FIND_IS_TRUE;
    find->now = k_wall(process->kernel);
    at = read_front(process, find);
    return at && find_parse(process, find, at);
}

static enum k_progress find_run(struct k_process *process)
{
    struct find *find = process->state;
    struct k_child ended = {0};
    int what, reaped = 0;

    CO_BEGIN(process);
    if (!begin(process, find)) goto done;
    while ((what = advance(process, find)) != FIND_DONE) {
        CMD_NEED(process, what < 0 ? NULL : find);
        if (what == FIND_RUN) {
            CMD_FLUSH(process);
            what = begin_running(process, find);
            CMD_NEED(process, what < 0 ? NULL : find);
            if (find->child) CO_AWAIT(process, reaped, cmd_await_child(process, find->child_id, &ended));
            finish_running(find, reaped > 0 && ended.status == 0);
        }
        CMD_RELIEVE(process);
    }
done:
    CMD_END(process);
}

CMD_PROGRAM_ENDING(find, struct find, find_run, find_end, help);
