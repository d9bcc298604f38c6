#include "cmd/target.h"

#include <stdio.h>
#include <string.h>

#include "cmd/words.h"

static bool take_control(struct k_process *process, struct cmd_target *target, const char *value,
                         const char *what)
{
    static const struct cmd_word words[] = {{"none", CMD_NO_BACKUP},
                                            {"off", CMD_NO_BACKUP},
                                            {"simple", CMD_SIMPLE_BACKUP},
                                            {"never", CMD_SIMPLE_BACKUP},
                                            {"existing", CMD_EXISTING_BACKUP},
                                            {"nil", CMD_EXISTING_BACKUP},
                                            {"numbered", CMD_NUMBERED_BACKUP},
                                            {"t", CMD_NUMBERED_BACKUP},
                                            {NULL, 0}};
    int word = cmd_find_word(process, words, value, what);

    if (word >= 0) target->backup = (enum cmd_backup)word;
    return word >= 0;
}

int cmd_target_option(struct k_process *process, struct cmd_target *target, int letter, const char *value)
{
    const char *control = k_variable(process, "VERSION_CONTROL");

    switch (letter) {
    case 'b':
    case CMD_TARGET_BACKUP:
        target->backup = CMD_EXISTING_BACKUP;
        if (value) return take_control(process, target, value, "backup type") ? 1 : -1;
        if (control && *control) return take_control(process, target, control, "$VERSION_CONTROL") ? 1 : -1;
        return 1;
    case 'S':
        target->suffix = value;
        if (target->backup == CMD_NO_BACKUP) target->backup = CMD_EXISTING_BACKUP;
        return 1;
    case 't':
        if (target->directory) {
            cmd_error(process, "multiple target directories specified");
            return -1;
        }
        target->directory = value;
        return 1;
    case 'T':
        target->no_directory = true;
        return 1;
    default:
        return 0;
    }
}

static int check_directory(const struct k_process *process, const struct cmd_target *target, const char *path)
{
    struct k_stat stat;
    int result = k_stat_path(process, path, target->no_follow ? K_NO_FOLLOW : K_FOLLOW, &stat);
    return result == 0 && stat.kind != K_DIRECTORY ? UMBRA_ENOTDIR : result;
}

/* The suffix may not lead elsewhere. */
static void settle_suffix(const struct k_process *process, struct cmd_target *target)
{
    if (target->suffix == NULL) target->suffix = k_variable(process, "SIMPLE_BACKUP_SUFFIX");
    if (target->suffix == NULL || *target->suffix == '\0' || strchr(target->suffix, '/'))
        target->suffix = "~";
}

bool cmd_target_settle(struct k_process *process, struct cmd_target *target)
{
    int operands = process->argc - 1, result;
    char **argv = process->argv;

    settle_suffix(process, target);
    target->sources = operands - (target->directory == NULL);
    if (target->sources <= 0) {
        if (operands == 0)
            cmd_error(process, "missing file operand");
        else
            cmd_error(process, "missing destination file operand after %s", cmd_quote(process, argv[1]));
        cmd_try_help(process);
        return false;
    }
    if (target->no_directory) {
        if (target->directory) {
            cmd_error(process, "cannot combine --target-directory (-t) and --no-target-directory (-T)");
            return false;
        }
        if (operands > 2) {
            cmd_extra_operand(process, argv[3]);
            return false;
        }
        target->path = argv[operands];
        return true;
    }
    if (target->directory) {
        result = check_directory(process, target, target->directory);
        if (result < 0)
            cmd_error(process, "target directory %s: %s", cmd_quote(process, target->directory),
                      k_error_text(result));
        return result == 0;
    }
    target->path = argv[operands];
    result = check_directory(process, target, target->path);
    if (result == 0) target->directory = target->path;
    if (result < 0 && target->sources > 1)
        cmd_error(process, "target %s: %s", cmd_quote(process, target->path), k_error_text(result));
    return result == 0 || target->sources == 1;
}

char *cmd_target_path(struct k_process *process, const struct cmd_target *target, const char *source)
{
    const char *name;
    char *copy;
    size_t length;

    if (target->directory == NULL) return arena_copy(&process->arena, target->path, strlen(target->path));
    name = cmd_base_name(source, &length);
    if (length == 2 && name[0] == '.' && name[1] == '.') length = 1; /* never above the directory */
    copy = arena_copy(&process->arena, name, length);
    return copy ? cmd_join(process, target->directory, copy) : NULL;
}

/* The highest N of "NAME.~N~" that there is beside a path; 0: none. */
static int64_t highest_backup(struct k_process *process, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *directory = slash ? arena_copy(&process->arena, path, (size_t)(slash - path) + 1) : NULL;
    struct k_listing listing;
    size_t i, length = strlen(name);
    int64_t highest = 0, number;

    if (k_list(process, directory ? directory : ".", &process->arena, &listing) < 0) return 0;
    for (i = 0; i < listing.count; i++) {
        const char *other = listing.names[i];
        size_t size = strlen(other);
        char digits[20];
        if (size < length + 4 || strncmp(other, name, length) != 0 || strncmp(other + length, ".~", 2) != 0 ||
            other[size - 1] != '~' || size - length - 3 >= sizeof digits)
            continue;
        snprintf(digits, sizeof digits, "%.*s", (int)(size - length - 3), other + length + 2);
        if (cmd_integer(digits, &number) && number > highest) highest = number;
    }
    return highest;
}

char *cmd_backup_path(struct k_process *process, const struct cmd_target *target, const char *path)
{
    int64_t highest = target->backup == CMD_SIMPLE_BACKUP ? 0 : highest_backup(process, path);
    size_t size = strlen(path) + strlen(target->suffix) + 32;
    char *name = arena_take(&process->arena, size);

    if (name == NULL) return NULL;
    if (target->backup == CMD_NUMBERED_BACKUP || highest)
        snprintf(name, size, "%s.~%lld~", path, (long long)highest + 1);
    else
        snprintf(name, size, "%s%s", path, target->suffix);
    return name;
}
