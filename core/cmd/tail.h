/* tail.h: the state of tail, and how it follows files (tail_follow.c): it looks at them every second. */
#ifndef UMBRA_CMD_TAIL_H
#define UMBRA_CMD_TAIL_H

#include "cmd/command.h"

enum tail_follow { TAIL_NOT, TAIL_DESCRIPTOR, TAIL_NAME };

struct tail_file {
    const char *name;
    int number;       /* of the descriptor; -1: it is not open */
    int64_t position; /* up to which it was printed */
    uint64_t ino;
    uint32_t device;
    bool given_up;
};

struct tail {
    struct cmd_base base;
    struct cmd_input input;

    /* options */
    bool bytes, from_start, quiet, verbose, retry;
    char end_of_line;
    uint64_t count;
    enum tail_follow follow;
    int64_t interval; /* microseconds */
    uint32_t pid;

    /* the open file */
    bool seeking, keeping, failed;
    int64_t first, size,
        place;            /* where it begins for us, its size, what was looked at backwards from the end */
    uint64_t left, lines; /* to be passed over; kept */
    size_t counted;       /* bytes of the input whose lines were counted */
    char *block;

    struct tail_file *files;
    size_t file_count, current;
    bool any, ending;
    const char *titled; /* file whose name was printed last */
    int64_t wake;
};

void tail_put_title(struct k_process *process, struct tail *tail, const char *name);
/* Whether there is anything left to follow; says so when not. */
bool tail_has_files(struct k_process *process, struct tail *tail);
/* Awaited: prints what was added. 1, 0 when the process of --pid has ended. */
int tail_look(struct k_process *process, struct tail *tail);
/* Awaited: an interval. */
int tail_wait(struct k_process *process, struct tail *tail);

#endif
