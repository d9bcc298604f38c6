/* copy.h: copies a file or a tree, in steps, with what cp and mv ask and say on the way. Nothing is written
 * over that the options protect; what fails is said, and the rest goes on. */
#ifndef UMBRA_CMD_COPY_H
#define UMBRA_CMD_COPY_H

#include "cmd/target.h"
#include "cmd/walk.h"

enum copy_overwrite { COPY_OVERWRITE, COPY_ASK, COPY_KEEP };
enum { COPY_DONE, COPY_MORE, COPY_QUESTION }; /* or UMBRA_EAGAIN, UMBRA_ENOMEM */

/* Things that were made, so that none is written over by another operand. */
struct copy_made {
    struct copy_made *next;
    uint64_t ino;
    uint32_t device;
};

struct copy {
    /* options */
    const struct cmd_target *target; /* for backups */
    enum cmd_walk_follow follow;
    enum copy_overwrite overwrite;
    bool recursive, copy_links, preserve_mode, no_preserve_mode, preserve_times, force, update, verbose;
    bool symbolic, attributes_only, remove_destination, one_device, copy_contents;
    bool moving; /* for mv: what it says differs */
    /* of one operand */
    const char *to;
    struct cmd_walk walk;
    struct buffer path; /* where the current thing goes */
    bool walking, checked, answered, destination_known, failed;
    struct k_stat destination; /* what stands there */
    struct k_stat top;         /* the directory that was made of the operand */
    bool has_top;
    const char *backup;
    int reader, writer; /* numbers while content is copied; 0: none */
    char *piece;
    size_t piece_at, piece_end;
    struct copy_made *made;
};

/* Begins with an operand; both paths stay. */
void copy_begin(struct k_process *process, struct copy *copy, const char *from, const char *to);
/* The next step. COPY_QUESTION: one was put, and the answer goes to copy_answer(). */
int copy_step(struct k_process *process, struct copy *copy);
void copy_answer(struct copy *copy, bool yes);
void copy_free(struct copy *copy);

/* Whether something may be put at a place: what stands there is looked at, asked about, kept or backed up.
 * 1: go on, 0: leave it (said where it is wrong), COPY_QUESTION, UMBRA_ENOMEM. copy->destination and
 * destination_known tell what is there. */
int copy_check(struct k_process *process, struct copy *copy, const char *from, const struct k_stat *stat,
               const char *to);
/* Notes what stands at a path as made by this command. False without memory. */
bool copy_note_made(struct k_process *process, struct copy *copy, const char *path);

#endif
