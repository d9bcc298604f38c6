/* external.c: programs and scripts, found by PATH. */
#include <stdio.h>
#include <stdlib.h>

#include "shell/compound.h"
#include "shell/dynamic.h"
#include "shell/hashed.h"
#include "shell/jobs.h"
#include "shell/program.h"

#define HEAD_BYTES 128 /* of a script, to see what it wants to be run by */

/* What a path leads to: a program of the kernel, or a file that a shell or another program is to read. */
struct target {
    const struct k_program *program;
    const char *path;
    char *interpreter[4]; /* words before the path of a script, and how many */
    int words;
};

static struct sh_text_ref search_path(struct shell *shell, bool default_path)
{
    struct sh_text_ref path = sh_get(shell, "PATH");

    if (default_path || path.data == NULL)
        path = (struct sh_text_ref){K_PROGRAMS_PATH ":/bin", sizeof K_PROGRAMS_PATH ":/bin" - 1};
    return path;
}

static bool is_runnable(const struct shell *shell, const char *path)
{
    struct k_stat stat;
    return k_stat_path(shell->process, path, K_FOLLOW, &stat) == 0 && stat.kind != K_DIRECTORY &&
           stat.mode & 0100;
}

bool sh_find_in_path(struct shell *shell, const char *name, bool default_path, struct buffer *path)
{
    struct sh_text_ref all = search_path(shell, default_path);
    size_t at = 0, end;

    if (strchr(name, '/')) {
        buffer_put_string(path, name);
        return is_runnable(shell, name);
    }
    if (*name == '\0') return false;
    for (; at <= all.size; at = end + 1) {
        const char *colon = memchr(all.data + at, ':', all.size - at);
        end = colon ? (size_t)(colon - all.data) : all.size;
        buffer_clear(path);
        buffer_put(path, end > at ? all.data + at : ".", end > at ? end - at : 1);
        buffer_put_byte(path, '/');
        buffer_put_string(path, name);
        if (!path->failed && is_runnable(shell, path->data)) return true;
    }
    return false;
}

/* The program of the kernel for a name, when PATH leads to it before anything else. */
static const struct k_program *find_quickly(struct shell *shell, const char *name, bool default_path)
{
    struct sh_text_ref path = search_path(shell, default_path);
    size_t length = strlen(K_PROGRAMS_PATH);

    if (strchr(name, '/') || path.size < length || memcmp(path.data, K_PROGRAMS_PATH, length) != 0 ||
        (path.size > length && path.data[length] != ':'))
        return NULL;
    return k_find_program(shell->kernel, name);
}

/* "#!/bin/sh -e" as words. */
static void read_interpreter(struct shell *shell, struct target *target, char *head, size_t size)
{
    char *end = memchr(head, '\n', size), *word = head + 2, *rest;
    struct arena *arena = &shell->process->arena;

    *(end ? end : head + size - 1) = '\0';
    while (*word == ' ' || *word == '\t') word++;
    for (rest = word; *rest && *rest != ' ' && *rest != '\t';) rest++;
    if (*rest) *rest++ = '\0';
    while (*rest == ' ' || *rest == '\t') rest++;
    target->interpreter[target->words++] = arena_copy(arena, word, strlen(word));
    if (*rest) {
        for (end = rest + strlen(rest); end > rest && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r');)
            *--end = '\0';
        target->interpreter[target->words++] = arena_copy(arena, rest, strlen(rest));
    }
}

/* A file that is no program of the kernel: 0, or the status with which it failed. */
static int look_at_file(struct shell *shell, struct target *target)
{
    char head[HEAD_BYTES + 1];
    struct k_file *file;
    int64_t got;
    int result = k_open_file(shell->process, target->path, FS_READ, 0, &file);

    if (result < 0) {
        sh_error(shell, "%s: %s", target->path, k_error_text(result));
        return result == UMBRA_ENOENT ? 127 : 126;
    }
    got = file->kind->read(file, shell->process, head, HEAD_BYTES);
    k_drop(file);
    if (got > 2 && head[0] == '#' && head[1] == '!') {
        read_interpreter(shell, target, head, (size_t)got);
        if (strcmp(target->interpreter[0], "/usr/bin/env") == 0 && target->words > 1) {
            target->interpreter[0] = target->interpreter[1];
            target->words = 1;
        }
        target->program = k_find_program(shell->kernel, strrchr(target->interpreter[0], '/')
                                                            ? strrchr(target->interpreter[0], '/') + 1
                                                            : target->interpreter[0]);
        if (target->program) return 0;
        sh_error(shell, "%s: %s: bad interpreter: No such file or directory", target->path,
                 target->interpreter[0]);
        return 126;
    }
    if (got > 0 && memchr(head, '\0', (size_t)got)) {
        sh_error(shell, "%s: cannot execute binary file: Exec format error", target->path);
        return 126;
    }
    target->interpreter[target->words++] =
        arena_copy(&shell->process->arena, shell->name, strlen(shell->name));
    target->program = &sh_program_bash;
    return 0;
}

static int say_not_found(struct shell *shell, const char *name, unsigned lookup)
{
    struct k_stat stat;
    int result = strchr(name, '/') ? k_stat_path(shell->process, name, K_FOLLOW, &stat) : UMBRA_ENOENT;

    if (result == 0 && stat.kind == K_DIRECTORY) {
        sh_error(shell, "%s: Is a directory", name);
        return 126;
    }
    if (result == 0 || result == UMBRA_EACCES) {
        sh_error(shell, "%s: Permission denied", name);
        return 126;
    }
    if (strchr(name, '/'))
        sh_error(shell, "%s: %s", name, k_error_text(result));
    else if (lookup & SH_REPLACES)
        sh_builtin_error(shell, "exec", "%s: not found", name);
    else
        sh_error(shell, "%s: command not found", name);
    return result == UMBRA_ENOTDIR ? 126 : 127;
}

static bool remembers(const struct shell *shell, const char *name, unsigned lookup)
{
    return sh_has(shell, SH_OPTION_HASHALL) && !(lookup & SH_DEFAULT_PATH) && !strchr(name, '/');
}

/* What is known of a name, or found at once. True: that is all there is to know. */
static bool find_known(struct shell *shell, const char *name, unsigned lookup, struct target *target)
{
    struct sh_hashed *hashed = remembers(shell, name, lookup) ? sh_hashed_find(shell, name) : NULL;

    if (hashed) {
        if (shell->subshells == 0) hashed->hits++;
        target->path = hashed->path;
        target->program = k_find_program(shell->kernel, hashed->path);
        return true;
    }
    target->program = find_quickly(shell, name, lookup & SH_DEFAULT_PATH);
    if (target->program && shell->subshells == 0 && remembers(shell, name, lookup)) {
        char *path = arena_take(&shell->process->arena, strlen(name) + sizeof K_PROGRAMS_PATH "/");
        if (path) {
            snprintf(path, strlen(name) + sizeof K_PROGRAMS_PATH "/", K_PROGRAMS_PATH "/%s", name);
            sh_hashed_add(shell, name, path, 1);
        }
    }
    return target->program != NULL;
}

/* 0, or the status with which it failed. */
static int find_target(struct shell *shell, const char *name, unsigned lookup, struct target *target)
{
    struct buffer path = {0};
    int result = 0;

    *target = (struct target){.path = name};
    if (find_known(shell, name, lookup, target)) return target->program ? 0 : look_at_file(shell, target);
    if (!sh_find_in_path(shell, name, lookup & SH_DEFAULT_PATH, &path)) {
        result = say_not_found(shell, name, lookup);
    } else {
        target->path = arena_copy(&shell->process->arena, path.data, path.size);
        target->program = target->path ? k_find_program(shell->kernel, target->path) : NULL;
        if (target->path == NULL)
            sh_out_of_memory(shell);
        else if (target->program == NULL)
            result = look_at_file(shell, target);
        if (target->path && result == 0 && remembers(shell, name, lookup))
            sh_hashed_add(shell, name, target->path, 1);
    }
    buffer_free(&path);
    return result;
}

/* The arguments that the program gets. */
static char **make_arguments(struct shell *shell, const struct target *target, int *argc, char **argv)
{
    int i, count = 0;
    char **all;

    if (target->words == 0) return argv;
    all = arena_take(&shell->process->arena, (size_t)(*argc + target->words + 1) * sizeof *all);
    if (all == NULL) return NULL;
    for (i = 0; i < target->words; i++) all[count++] = target->interpreter[i];
    all[count++] = (char *)(uintptr_t)target->path;
    for (i = 1; i < *argc; i++) all[count++] = argv[i];
    all[count] = NULL;
    *argc = count;
    return all;
}

/* exec -a, -l. Without memory it keeps its own name. */
static char **rename_program(struct shell *shell, int argc, char **argv)
{
    char **all = arena_take(&shell->process->arena, ((size_t)argc + 1) * sizeof *all);

    if (all == NULL) return argv;
    memcpy(all, argv, ((size_t)argc + 1) * sizeof *all);
    all[0] = shell->program_name;
    return all;
}

static enum sh_step replace_process(struct shell *shell, const struct target *target, int argc, char **argv)
{
    struct k_process *process = shell->process;

    k_drop_environment(shell->kernel, process->environment);
    process->environment = shell->exported;
    if (process->environment) process->environment->references++;
    shell->replacing = true;
    if (k_execute(process, target->program, argc, argv) == 0) return SH_REPLACED;
    shell->replacing = false;
    sh_out_of_memory(shell);
    return SH_RETURNS;
}

static enum sh_step spawn(struct shell *shell, const struct target *target, int argc, char **argv,
                          const struct sh_command *command)
{
    struct error error;
    struct k_process *process = k_spawn(shell->process, target->program, argc, argv, &error);
    struct sh_job *job;

    if (process == NULL) {
        if (error.code == UMBRA_ENOMEM)
            sh_out_of_memory(shell);
        else
            sh_error(shell, "%s", error.message);
        shell->status = 126;
        return SH_GOES_ON;
    }
    k_drop_environment(shell->kernel, process->environment);
    process->environment = shell->exported;
    process->environment->references++;
    job = sh_make_job(shell, 1, command ? command->source : argv[0],
                      command ? command->source_length : strlen(argv[0]));
    if (job == NULL) return SH_GOES_ON;
    if (sh_has(shell, SH_OPTION_MONITOR)) process->group = process->id;
    job->group = process->group;
    sh_job_add(job, process);
    sh_wait_for_job(shell, job);
    return SH_GOES_ON;
}

enum sh_step sh_run_program(struct shell *shell, int argc, char **argv, unsigned lookup, bool replace,
                            const struct sh_command *command)
{
    struct target target;
    struct sh_function *handler;
    int status;

    if (!strchr(argv[0], '/') && !find_quickly(shell, argv[0], lookup & SH_DEFAULT_PATH) &&
        (handler = sh_find_function(shell, "command_not_found_handle")) != NULL) {
        struct buffer path = {0};
        bool found = sh_find_in_path(shell, argv[0], lookup & SH_DEFAULT_PATH, &path);
        buffer_free(&path);
        if (!found) {
            char **words = arena_take(&shell->process->arena, ((size_t)argc + 2) * sizeof *words);
            if (words == NULL) return SH_GOES_ON;
            memcpy(words + 1, argv, ((size_t)argc + 1) * sizeof *words);
            words[0] = handler->name;
            sh_run_function(shell, handler, argc + 1, words);
            return SH_GOES_ON;
        }
    }
    status = find_target(shell, argv[0], lookup, &target);
    if (status || target.program == NULL) {
        shell->status = status ? status : 126;
        return lookup & SH_REPLACES ? SH_RETURNS : SH_GOES_ON;
    }
    argv = make_arguments(shell, &target, &argc, argv);
    if (argv == NULL || sh_environment(shell) == NULL) {
        sh_out_of_memory(shell);
        return SH_GOES_ON;
    }
    if (lookup & SH_REPLACES && shell->program_name) argv = rename_program(shell, argc, argv);
    if (replace || lookup & SH_REPLACES) return replace_process(shell, &target, argc, argv);
    return spawn(shell, &target, argc, argv, command);
}
