/* mode.h: permissions as chmod takes them ("0755", "u+rw,go=") and as ls shows them ("drwxr-xr-x").
 * POSIX.1-2017 chmod, "Extended description"; GNU coreutils 9.1, "File permissions". */
#ifndef UMBRA_CMD_MODE_H
#define UMBRA_CMD_MODE_H

#include "cmd/command.h"

struct cmd_mode_step;

struct cmd_mode {
    struct cmd_mode_step *steps;
    size_t count;
};

/* Steps in the arena of the process. False: it is no mode, or there is no memory. */
bool cmd_mode_parse(struct k_process *process, const char *text, struct cmd_mode *mode);
/* The mode that comes of `old`. umask: for steps that name nobody. */
uint16_t cmd_mode_apply(const struct cmd_mode *mode, uint16_t old, bool directory, uint16_t umask);
/* "drwxr-xr-x" and a NUL. */
void cmd_mode_text(const struct k_stat *stat, char text[11]);
/* "regular file" and the like, as stat and file say it. */
const char *cmd_kind_text(const struct k_stat *stat);

#endif
