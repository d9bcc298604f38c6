/* commit_record.h: what is kept of a commit, in the SYSTEM tree: the files that it was about, and what became
 * of each. A record names two checkpoints, BASE before the commit and HEAD that was committed; with them what
 * stood in the real folder and what was written there can be told exactly for as long as the record lives. */
#ifndef UMBRA_RUNTIME_COMMIT_RECORD_H
#define UMBRA_RUNTIME_COMMIT_RECORD_H

#include "base/json.h"
#include "store/changes.h"

enum commit_state {
    COMMIT_UNKNOWN, /* to be written, or cut off before it was noted that it was */
    COMMIT_DONE,    /* written, and BASE has it */
    COMMIT_LEFT,    /* not written: a conflict or a failure */
    COMMIT_UNDONE,  /* as before the commit again */
    COMMIT_STATES,
};

/* What happened to one file, seen from the commit. */
struct commit_step {
    char *path, *from; /* now, and before where it was renamed */
    enum st_change_kind kind;
    cJSON *hunks; /* these alone; NULL: all of the change */
    char *id;     /* of the diff that they are of */
    enum commit_state state;
};

struct commit_record {
    uint32_t number; /* of the commit, and of the checkpoint of BASE */
    uint32_t head;   /* the checkpoint of HEAD */
    int64_t time;    /* milliseconds since 1970 */
    struct commit_step *steps;
    size_t count;
};

const char *commit_state_name(enum commit_state state);

/* The index-th number, the oldest first; 0 past the end. */
uint32_t commit_record_at(const struct store *store, uint32_t index);
/* The number of the commit that a checkpoint belongs to, 0 when it belongs to none. */
uint32_t commit_record_of(const struct store *store, uint32_t checkpoint);
/* UMBRA_ENOENT when there is none, or one of its checkpoints is gone; UMBRA_ECORRUPT. Free it in any case. */
int commit_record_read(const struct store *store, uint32_t number, struct commit_record *record,
                       struct error *error);
void commit_record_free(struct commit_record *record);

/* Within a transaction. The first makes the record, the second notes what became of some of its steps, given
 * by their index. */
int commit_record_write(struct store *store, const struct commit_record *record, struct error *error);
int commit_record_note(struct store *store, uint32_t number, enum commit_state state, const int *steps,
                       int count, struct error *error);
/* Within a transaction: removes all records. Their checkpoints are appended to `checkpoints` as u32, to be
 * dropped after it. */
int commit_record_clear(struct store *store, struct buffer *checkpoints, struct error *error);

/* Outside of transactions: drops a record's checkpoints and removes it; one that is gone is no failure. */
int commit_record_forget(struct store *store, uint32_t number, struct error *error);

#endif
