/* owner.h: what chown and chgrp share. Everything belongs to the one user "user" (1000) and the group of that
 * name: giving it to them changes nothing, giving it to others is not permitted. */
#ifndef UMBRA_CMD_OWNER_H
#define UMBRA_CMD_OWNER_H

#include "cmd/command.h"

#define CMD_USER_NAME   "user"
#define CMD_USER_NUMBER 1000

struct owner {
    struct cmd_base base;
    bool group_only, silent, no_follow, verbose, permitted;
    const char *reference;
    int i;
};

enum k_progress owner_run(struct k_process *process);

#endif
