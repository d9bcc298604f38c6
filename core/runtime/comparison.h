/* comparison.h: the two versions of one changed file, loaded and compared, for the operations that show a
 * change or take a part of it. */
#ifndef UMBRA_RUNTIME_COMPARISON_H
#define UMBRA_RUNTIME_COMPARISON_H

#include "runtime/runtime.h"
#include "store/hunks.h"

#define COMPARISON_ID 33 /* bytes of an id, with its NUL */

struct comparison {
    const struct st_change *change;
    struct buffer old, new;
    bool too_large, binary; /* then diff has no lines */
    struct diff diff;
    char id[COMPARISON_ID]; /* of both contents: another id, another comparison */
};

/* Loads both sides of a change in the list. What is over the limit (diff_bytes) is too_large, not a failure.
 */
int comparison_open(struct umbra *runtime, const struct st_changes *changes, const struct st_change *change,
                    struct comparison *comparison, struct error *error);
void comparison_close(struct comparison *comparison);

/* UMBRA_ECONFLICT when id is not NULL and not that of the comparison. */
int comparison_check_id(const struct comparison *comparison, const char *id, struct error *error);

/* Appends what hunks (numbers from 1) make: the old content with these hunks, or, except, the new without
 * them. *all (may be NULL): whether these are all hunks. UMBRA_EINVAL when the change has no hunks to be
 * taken alone, or not these; UMBRA_ECONFLICT for a missing or outdated id. */
int comparison_take(const struct comparison *comparison, const cJSON *hunks, const char *id, bool except,
                    struct buffer *text, bool *all, struct error *error);

/* The tree that a member of a request names: "base", "head" or the number of a checkpoint. UMBRA_ENOENT. */
int comparison_root(const struct umbra *runtime, const struct request *request, const char *key,
                    enum st_root fallback, enum st_root *root, struct error *error);
/* The changes between "from" (base) and "to" (head) of a request. */
int comparison_list(struct umbra *runtime, const struct request *request, struct st_changes *changes,
                    struct error *error);
/* The change of a path; NULL, with UMBRA_ENOENT in error, when there is none. */
const struct st_change *comparison_find(const struct st_changes *changes, const char *path,
                                        struct error *error);

#endif
