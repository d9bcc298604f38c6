/* body.h: bodies of model calls, kept for debugging in a table of their own, by the number of their record in
 * the audit log. The record's detail, and so the chain, has a hash of them; they themselves can go again:
 * with the detail (`audit forget`), with the record, and when they are too old. */
#ifndef PX_STORE_BODY_H
#define PX_STORE_BODY_H

#include "base/buffer.h"
#include "store/audit.h"

enum { PX_BODY_NONCE = 16, PX_BODY_CUT_BATCH = 200 };

/* As it is stored. Text that is NULL counts as none. */
struct px_body {
    const char *request, *answer;        /* UTF-8 */
    int64_t request_bytes, answer_bytes; /* of all that passed */
    bool request_cut, answer_cut;        /* not all of it is in the text */
    unsigned char nonce[PX_BODY_NONCE];  /* without it nobody can try guesses against the hash */
};

/* Makes a nonce for it, and the hash of both texts and all that is said of them; docs/demo-proxy-audit.md has
 * the bytes. PX_ENOMEM. */
int px_body_seal(struct px_body *body, unsigned char hash[PX_HASH_SIZE], struct px_err *err);
/* Puts it beside the newest record, in the turn's transaction. */
int px_body_append(struct px_database *db, const struct px_body *body, struct px_err *err);

/* Removes those that are older than `days`, PX_BODY_CUT_BATCH at most. Returns how many, or a negative error.
 */
int px_body_cut(struct px_database *db, int64_t days, int64_t now_ms, struct px_err *err);

/* Puts ,"bodies":{…} of this record, or ,"bodies":null. */
int px_body_put(struct px_database *db, int64_t seq, struct buffer *line, struct px_err *err);
/* Compares all with their records. PX_EINVAL with the first that is wrong. */
int px_body_verify(struct px_database *db, struct px_err *err);

#endif
