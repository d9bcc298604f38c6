/* builtin_cd.c: cd, pwd, and the stack of directories: pushd, popd, dirs (bash 5.2 manual, "Directory Stack
 * Builtins"). */
#include "shell/builtins.h"
#include "shell/directories.h"
#include "shell/test_operators.h"

static enum sh_step run_cd(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_options options = {0};
    bool physical = sh_has(shell, SH_OPTION_PHYSICAL);
    int letter;

    shell->status = 2;
    while ((letter = sh_next_option(shell, call, "LPe", &options)) != 0) {
        if (letter < 0) return SH_RETURNS;
        if (letter != 'e') physical = letter == 'P'; /* a directory always has a path here */
    }
    shell->status = 1;
    if (call->argc > options.index + 1)
        sh_builtin_error(shell, call->argv[0], "too many arguments");
    else if (sh_change_directory(shell, call->argv[0],
                                 options.index < call->argc ? call->argv[options.index] : NULL, physical))
        shell->status = 0;
    return SH_RETURNS;
}

static enum sh_step run_pwd(struct shell *shell, struct sh_builtin_call *call)
{
    struct sh_options options = {0};
    bool physical = sh_has(shell, SH_OPTION_PHYSICAL);
    int letter;

    shell->status = 2;
    while ((letter = sh_next_option(shell, call, "LP", &options)) != 0) {
        if (letter < 0) return SH_RETURNS;
        physical = letter == 'P';
    }
    sh_print(shell, "%s\n", physical ? shell->process->directory->path : sh_working_directory(shell));
    shell->status = 0;
    return SH_RETURNS;
}

/* --- the stack --- */

/* What pushd, popd and dirs are told by their options. */
struct stack_call {
    int at;                   /* the first word that is none */
    bool stays, clears, full; /* -n, -c, -l */
    bool numbers, lines;      /* -v, -p */
    const char *word;         /* +N or -N, NULL: none */
    int64_t number;
};

static bool bad_option(struct shell *shell, struct sh_builtin_call *call, const char *word, const char *what)
{
    sh_builtin_error(shell, call->argv[0], "%s: %s", word, what);
    sh_usage(shell, call);
    return false;
}

/* letters: what may stand behind a "-", each in a word of its own. Any other word ends the options, or is an
 * error when none may follow. */
static bool read_options(struct shell *shell, struct sh_builtin_call *call, const char *letters,
                         struct stack_call *stack)
{
    for (stack->at = 1; stack->at < call->argc; stack->at++) {
        const char *word = call->argv[stack->at];
        bool is_letter = word[0] == '-' && word[1] && strchr(letters, word[1]) && word[2] == '\0';
        if (strcmp(word, "--") == 0) {
            stack->at++;
            return true;
        }
        if (is_letter) {
            stack->stays |= word[1] == 'n';
            stack->clears |= word[1] == 'c';
            stack->full |= word[1] == 'l';
            stack->numbers |= word[1] == 'v';
            stack->lines |= word[1] == 'p';
        } else if ((word[0] == '+' || word[0] == '-') && word[1]) {
            if (!sh_read_integer(word + 1, &stack->number))
                return bad_option(shell, call, word, "invalid number");
            stack->word = word;
        } else {
            return true;
        }
    }
    return true;
}

/* The place that +N and -N mean in working directory and stack; -1: said. */
static int64_t place_of(struct shell *shell, const char *name, const struct stack_call *stack,
                        const char *shown)
{
    int64_t count = (int64_t)sh_directory_count(shell);
    bool known = stack->number >= 0 && stack->number <= count;

    if (known) return stack->word == NULL || stack->word[0] == '+' ? stack->number : count - stack->number;
    if (count == 0)
        sh_builtin_error(shell, name, "directory stack empty");
    else
        sh_builtin_error(shell, name, "%s: directory stack index out of range", shown);
    return -1;
}

static void put_directory(struct shell *shell, const struct stack_call *stack, size_t index)
{
    const char *path = sh_directory_at(shell, index);

    if (stack->numbers) sh_print(shell, "%2zu  ", index);
    if (stack->full)
        sh_print(shell, "%s", path);
    else
        sh_put_short_directory(shell, path, &shell->output);
}

static void put_directories(struct shell *shell, const struct stack_call *stack)
{
    size_t i, count = sh_directory_count(shell);

    for (i = 0; i <= count; i++) {
        if (i) sh_put(shell, stack->numbers || stack->lines ? "\n" : " ", 1);
        put_directory(shell, stack, i);
    }
    sh_put(shell, "\n", 1);
}

static enum sh_step run_dirs(struct shell *shell, struct sh_builtin_call *call)
{
    struct stack_call stack = {0};
    int64_t place;

    shell->status = 2;
    if (!read_options(shell, call, "clvp", &stack)) return SH_RETURNS;
    if (stack.at < call->argc && strcmp(call->argv[stack.at - 1], "--") != 0) {
        bad_option(shell, call, call->argv[stack.at], "invalid option");
        return SH_RETURNS;
    }
    shell->status = 0;
    if (stack.clears) {
        sh_free_directories(shell);
    } else if (stack.word) {
        place = place_of(shell, call->argv[0], &stack, stack.word + 1);
        shell->status = place < 0;
        if (place < 0) return SH_RETURNS;
        put_directory(shell, &stack, (size_t)place);
        sh_put(shell, "\n", 1);
    } else {
        put_directories(shell, &stack);
    }
    return SH_RETURNS;
}

/* A copy of the whole stack with the working directory first; with room for one more. NULL: said. */
static const char **whole_stack(struct shell *shell)
{
    size_t i, count = sh_directory_count(shell);
    const char **paths = arena_take(&shell->process->arena, (count + 2) * sizeof *paths);

    for (i = 0; paths && i <= count; i++) {
        const char *path = sh_directory_at(shell, i);
        paths[i] = arena_copy(&shell->process->arena, path, strlen(path));
    }
    if (!shell->process->arena.failed) return paths;
    sh_out_of_memory(shell);
    return NULL;
}

/* Goes to the first of a row, unless the shell stays, and takes the others as the stack. */
static void take_stack(struct shell *shell, const char *name, const struct stack_call *stack,
                       const char *const *paths, size_t count)
{
    static const struct stack_call plainly;
    bool physical = sh_has(shell, SH_OPTION_PHYSICAL);

    shell->status = 1;
    if (!sh_set_directories(shell, paths + 1, count - 1)) return;
    if (!stack->stays && !sh_change_directory(shell, name, paths[0], physical)) return;
    shell->status = 0;
    if (!stack->stays) put_directories(shell, &plainly);
}

static void rotate(struct shell *shell, const char *name, const struct stack_call *stack, size_t place)
{
    size_t i, count = sh_directory_count(shell) + 1;
    const char **paths = whole_stack(shell);
    const char **turned = paths ? arena_take(&shell->process->arena, count * sizeof *turned) : NULL;

    if (turned == NULL) {
        sh_out_of_memory(shell);
        return;
    }
    for (i = 0; i < count; i++) turned[i] = paths[(i + place) % count];
    take_stack(shell, name, stack, turned, count);
}

/* The two on top change places. */
static void exchange(struct shell *shell, const char *name)
{
    static const struct stack_call plainly;
    const char **paths, *top;

    if (sh_directory_count(shell) == 0) {
        sh_builtin_error(shell, name, "no other directory");
        return;
    }
    paths = whole_stack(shell);
    if (paths == NULL) return;
    top = paths[1];
    paths[1] = paths[0];
    paths[0] = top;
    take_stack(shell, name, &plainly, paths, sh_directory_count(shell) + 1);
}

static void push(struct shell *shell, const char *name, const struct stack_call *stack, const char *path)
{
    static const struct stack_call plainly;
    bool physical = sh_has(shell, SH_OPTION_PHYSICAL);
    size_t count = sh_directory_count(shell);
    const char **paths = whole_stack(shell);

    shell->status = 1;
    if (paths == NULL) return;
    if (stack->stays)
        paths[0] = path;
    else if (!sh_change_directory(shell, name, path, physical))
        return;
    if (!sh_set_directories(shell, paths, count + 1)) return;
    put_directories(shell, &plainly);
    shell->status = 0;
}

static enum sh_step run_pushd(struct shell *shell, struct sh_builtin_call *call)
{
    struct stack_call stack = {0};
    const char *name = call->argv[0];
    int64_t place;

    shell->status = 2;
    if (!read_options(shell, call, "n", &stack)) return SH_RETURNS;
    shell->status = 1;
    if (call->argc == 1) {
        exchange(shell, name);
        return SH_RETURNS;
    }
    if (stack.word) {
        place = place_of(shell, name, &stack, stack.word);
        if (place >= 0) rotate(shell, name, &stack, (size_t)place);
        if (place < 0) return SH_RETURNS;
    }
    if (stack.at + 1 < call->argc)
        sh_builtin_error(shell, name, "too many arguments");
    else if (stack.at < call->argc)
        push(shell, name, &stack, call->argv[stack.at]);
    else if (stack.word == NULL)
        shell->status = 0;
    return SH_RETURNS;
}

static enum sh_step run_popd(struct shell *shell, struct sh_builtin_call *call)
{
    static const struct stack_call plainly;
    struct stack_call stack = {0};
    size_t count = sh_directory_count(shell);
    const char **paths;
    int64_t place;

    shell->status = 2;
    if (!read_options(shell, call, "n", &stack)) return SH_RETURNS;
    if (stack.at < call->argc) {
        bad_option(shell, call, call->argv[stack.at], "invalid argument");
        return SH_RETURNS;
    }
    shell->status = 1;
    if (count == 0) stack.number = -1; /* nothing can be taken away */
    place = place_of(shell, call->argv[0], &stack, stack.word);
    paths = place < 0 ? NULL : whole_stack(shell);
    if (paths == NULL) return SH_RETURNS;
    if (place == 0 && !stack.stays) {
        bool physical = sh_has(shell, SH_OPTION_PHYSICAL);
        if (!sh_change_directory(shell, call->argv[0], paths[1], physical)) return SH_RETURNS;
    }
    if (place == 0) place = 1;
    for (; (size_t)place < count; place++) paths[place] = paths[place + 1];
    if (!sh_set_directories(shell, paths + 1, count - 1)) return SH_RETURNS;
    put_directories(shell, &plainly);
    shell->status = 0;
    return SH_RETURNS;
}

const struct sh_builtin sh_builtin_cd = {
    .name = "cd", .run = run_cd, .usage = "cd [-L|[-P [-e]] [-@]] [dir]"};
const struct sh_builtin sh_builtin_pwd = {.name = "pwd", .run = run_pwd, .usage = "pwd [-LP]"};
const struct sh_builtin sh_builtin_pushd = {
    .name = "pushd", .run = run_pushd, .usage = "pushd [-n] [+N | -N | dir]"};
const struct sh_builtin sh_builtin_popd = {.name = "popd", .run = run_popd, .usage = "popd [-n] [+N | -N]"};
const struct sh_builtin sh_builtin_dirs = {
    .name = "dirs", .run = run_dirs, .usage = "dirs [-clpv] [+N] [-N]"};
