/* target.h: where cp, mv and ln put things: the last operand or -t DIRECTORY, and what becomes of a file that
 * stands there (GNU coreutils 9.1, "Target directory" and "Backup options"). */
#ifndef UMBRA_CMD_TARGET_H
#define UMBRA_CMD_TARGET_H

#include "cmd/command.h"

enum cmd_backup { CMD_NO_BACKUP, CMD_SIMPLE_BACKUP, CMD_NUMBERED_BACKUP, CMD_EXISTING_BACKUP };

struct cmd_target {
    const char *directory; /* -t, and then the directory into which things go; NULL: to the path itself */
    const char *path;      /* of the last operand */
    bool no_directory;     /* -T */
    bool no_follow;        /* ln -n: a link to a directory is none */
    int sources;           /* argv[1] to argv[sources] */
    enum cmd_backup backup;
    const char *suffix;
};

#define CMD_TARGET_BACKUP 512 /* letter of --backup */
#define CMD_TARGET_OPTIONS                                                                                   \
    {'b', NULL, CMD_NOTHING}, {CMD_TARGET_BACKUP, "backup", CMD_MAY_VALUE}, {'S', "suffix", CMD_VALUE},      \
        {'t', "target-directory", CMD_VALUE},                                                                \
    {                                                                                                        \
        'T', "no-target-directory", CMD_NOTHING                                                              \
    }

/* Takes one of CMD_TARGET_OPTIONS: 1, 0 when it is none of them, -1 when its value is bad, which is said. */
int cmd_target_option(struct k_process *process, struct cmd_target *target, int letter, const char *value);
/* Looks at the operands; false: it was said what is wrong with them. */
bool cmd_target_settle(struct k_process *process, struct cmd_target *target);
/* Where a source goes, in the arena; NULL without memory. */
char *cmd_target_path(struct k_process *process, const struct cmd_target *target, const char *source);
/* The name for a backup of a path, in the arena; NULL without memory. */
char *cmd_backup_path(struct k_process *process, const struct cmd_target *target, const char *path);

#endif
