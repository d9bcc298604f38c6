/* resolve.h: paths without "." , ".." and links, as realpath and readlink -f print them. Unlike the kernel's
 * own resolver it can go on where something is missing. */
#ifndef UMBRA_CMD_RESOLVE_H
#define UMBRA_CMD_RESOLVE_H

#include "cmd/command.h"

enum cmd_resolve {
    CMD_RESOLVE_ALL,          /* everything is there */
    CMD_RESOLVE_BUT_LAST,     /* the last part may be missing */
    CMD_RESOLVE_ANY,          /* any may */
    CMD_RESOLVE_NO_LINKS = 4, /* to be added: links stay as they are */
};

/* Appends the absolute path: 0 or a negative error, without words. */
int cmd_resolve(struct k_process *process, const char *path, unsigned how, struct buffer *out);
/* Appends the path from one directory to another thing, both absolute and without links. */
void cmd_relative(const char *from, const char *to, struct buffer *out);

#endif
