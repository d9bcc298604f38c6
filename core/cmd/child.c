#include "cmd/child.h"

#include <string.h>

#define FIRST_LINE_MAX 256 /* of a script, as Linux reads it (BINPRM_BUF_SIZE) */
#define USUAL_PATH     "/usr/bin:/bin"

/* The interpreter's program, by the last part of its path: there is one directory of programs. */
static const struct k_program *find_interpreter(const struct k_process *process, const char *path)
{
    size_t length;
    return k_find_program(process->kernel, cmd_base_name(path, &length));
}

/* "#!/bin/sh -e\n" as "/bin/sh" and "-e" (NULL: none); false: it is none. */
static bool split_first_line(char *line, char **interpreter, char **argument)
{
    char *at = line + 2, *end;

    *argument = NULL;
    if (line[0] != '#' || line[1] != '!') return false;
    at[strcspn(at, "\n")] = '\0';
    at += strspn(at, " \t");
    for (end = at + strlen(at); end > at && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r');)
        *--end = '\0';
    *interpreter = at;
    at += strcspn(at, " \t");
    if (*at) {
        *at++ = '\0';
        *argument = at + strspn(at, " \t");
    }
    return **interpreter != '\0';
}

static int read_first_line(struct k_process *process, const char *file, char line[FIRST_LINE_MAX + 1])
{
    int number = k_open_number(process, file, FS_READ, 0);
    int64_t got;

    if (number < 0) return number;
    got = k_read(process, number, line, FIRST_LINE_MAX);
    k_close_number(process, number);
    if (got < 0) return UMBRA_ENOEXEC;
    line[got] = '\0';
    return memchr(line, '\0', (size_t)got) ? UMBRA_ENOEXEC : 0;
}

/* A file that is no program of the kernel's. */
static int find_script(struct k_process *process, const char *file, int argc, char *const *argv,
                       struct cmd_command *command)
{
    char line[FIRST_LINE_MAX + 1], *interpreter = NULL, *argument = NULL;
    int result = read_first_line(process, file, line), count = 0, i;
    bool named;

    if (result < 0) return result;
    named = split_first_line(line, &interpreter, &argument);
    command->program = find_interpreter(process, named ? interpreter : "sh");
    if (command->program == NULL) return named ? UMBRA_ENOENT : UMBRA_ENOEXEC;
    command->argv = arena_take(&process->arena, ((size_t)argc + 3) * sizeof *command->argv);
    if (command->argv == NULL) return UMBRA_ENOMEM;
    interpreter = named ? interpreter : (char *)(uintptr_t)command->program->name;
    command->argv[count++] = arena_copy(&process->arena, interpreter, strlen(interpreter));
    if (named && argument) command->argv[count++] = arena_copy(&process->arena, argument, strlen(argument));
    command->argv[count++] = arena_copy(&process->arena, file, strlen(file));
    for (i = 0; i < count; i++)
        if (command->argv[i] == NULL) return UMBRA_ENOMEM;
    for (i = 1; i < argc; i++) command->argv[count++] = argv[i];
    command->argv[count] = NULL;
    command->argc = count;
    return 0;
}

/* A file by its path. */
static int find_file(struct k_process *process, const char *file, int argc, char *const *argv,
                     struct cmd_command *command)
{
    struct k_stat stat;
    int result;

    *command = (struct cmd_command){k_find_program(process->kernel, file), argc, (char **)(uintptr_t)argv};
    if (command->program) return 0;
    result = k_stat_path(process, file, K_FOLLOW, &stat);
    if (result < 0) return result;
    if (stat.kind != K_FILE || !(stat.mode & 0111)) return UMBRA_EACCES;
    return find_script(process, file, argc, argv, command);
}

int cmd_find_command(struct k_process *process, const char *path, int argc, char *const *argv,
                     struct cmd_command *command)
{
    const char *name = argv[0], *at = path ? path : USUAL_PATH;
    int kept = UMBRA_ENOENT;

    if (*name == '\0') return UMBRA_ENOENT;
    if (strchr(name, '/')) return find_file(process, name, argc, argv, command);
    for (;;) {
        size_t length = strcspn(at, ":");
        char *directory = length ? arena_copy(&process->arena, at, length) : "."; /* nothing: here */
        char *file = directory ? cmd_join(process, directory, name) : NULL;
        int result = file ? find_file(process, file, argc, argv, command) : UMBRA_ENOMEM;
        if (result == 0 || result == UMBRA_ENOMEM || result == UMBRA_ENOEXEC) return result;
        if (result == UMBRA_EACCES) kept = result;
        at += length;
        if (*at++ == '\0') return kept;
    }
}

int cmd_begin_child(struct k_process *process, int argc, char *const *argv, struct k_process **child)
{
    struct cmd_command command;
    struct error error = {0};
    int result = cmd_find_command(process, k_variable(process, "PATH"), argc, argv, &command);

    *child = NULL;
    if (result < 0) return result;
    *child = k_spawn(process, command.program, command.argc, command.argv, &error);
    return *child ? 0 : error.code ? error.code : UMBRA_ENOMEM;
}

int cmd_status_of_failure(int code)
{
    return code == UMBRA_ENOENT ? CMD_NOT_FOUND : CMD_CANNOT_RUN;
}

int cmd_await_child(struct k_process *process, uint32_t id, struct k_child *child)
{
    int result = k_reap(process, id, child);

    while (result == 1 && child->stopped) result = k_reap(process, id, child);
    return result == 0 ? UMBRA_EAGAIN : result;
}
