/* check.h: looks over a whole image without changing it: superblocks, chains of records, trees, and every
 * byte of content. */
#ifndef UMBRA_STORE_CHECK_H
#define UMBRA_STORE_CHECK_H

#include "store/store.h"

/* Called for each problem with one sentence that says what and where. */
typedef void (*st_report)(void *context, const char *sentence);

struct st_check {
    uint32_t problems;
    uint64_t generation;     /* of the superblock that counts */
    uint64_t snapshot_bytes; /* of the snapshot, and of the log after it */
    uint64_t log_bytes;
    uint32_t checkpoints;
    uint32_t chunks;
    struct st_usage usage;
};

/* Checks the image behind the host's block files. 0 when it could be looked at, whatever was found;
 * UMBRA_ENOENT when there is none, UMBRA_EBUSY, UMBRA_ENOMEM. */
int st_check(const struct umbra_host *host, st_report report, void *context, struct st_check *check,
             struct error *error);
/* The same for an open store, between transactions; superblocks are left out. */
int st_check_open(struct store *store, st_report report, void *context, struct st_check *check,
                  struct error *error);

#endif
