/* walk.h: what lies below a directory, one thing at a time, so that a utility can pause between any two. Each
 * directory is read when it is gone into, in the byte order of names, so what the walk meets may be removed.
 * Memory: the names of the directories on the way down, charged to the process. */
#ifndef UMBRA_CMD_WALK_H
#define UMBRA_CMD_WALK_H

#include "cmd/command.h"

enum cmd_visit {
    CMD_WALK_END,
    CMD_WALK_ENTER,    /* a directory; what is in it comes next */
    CMD_WALK_LEAVE,    /* the same, after all that is in it */
    CMD_WALK_OTHER,    /* anything else */
    CMD_WALK_MISSING,  /* it is not there, see `code` */
    CMD_WALK_UNLISTED, /* the directory that was entered cannot be read, see `code`; its LEAVE comes next */
    CMD_WALK_LOOP,     /* a directory that is being walked already, through a link */
    CMD_WALK_NO_MEMORY,
};

enum cmd_walk_follow { CMD_WALK_PHYSICAL, CMD_WALK_FIRST, CMD_WALK_LOGICAL };

struct cmd_walk_level;

struct cmd_walk {
    struct buffer path; /* of the current thing */
    size_t name;        /* where its last part begins there; 0 at the beginning of the walk */
    size_t root_size;   /* bytes of the path where the walk began */
    unsigned depth;     /* 0: where the walk began */
    struct k_stat stat; /* of it: of what a followed link leads to */
    bool dangling;      /* it is to be followed, but leads nowhere: stat is of the link itself */
    int code;
    bool begun;
    enum cmd_walk_follow follow;
    enum cmd_visit last;
    struct cmd_walk_level *level;
    struct arena arena;
};

/* Walks below and with a path. A walk that was begun before must have been freed. */
void cmd_walk_begin(struct k_process *process, struct cmd_walk *walk, const char *path,
                    enum cmd_walk_follow follow);
enum cmd_visit cmd_walk_next(struct k_process *process, struct cmd_walk *walk);
/* After CMD_WALK_ENTER: what is in it does not come, and no CMD_WALK_LEAVE either. */
void cmd_walk_skip(struct cmd_walk *walk);
/* Also of a zeroed one. */
void cmd_walk_free(struct cmd_walk *walk);

#endif
