/* audit.h: who did what, in a table to which one can only append. Each record carries the hash of the one
 * before it (docs/demo-proxy-audit.md has the exact bytes), so that a record that is changed, left out or
 * moved is noticed. Details are hashed apart, so that they can be taken out later without breaking the chain.
 */
#ifndef PX_STORE_AUDIT_H
#define PX_STORE_AUDIT_H

#include <stdio.h>

#include "store/database.h"

enum { PX_HASH_SIZE = 32, PX_AUDIT_DETAIL_MAX = 2048, PX_AUDIT_CUT_BATCH = 1000 };

/* Text that is NULL and numbers below 0 are left empty. */
struct px_audit_record {
    int64_t seq;     /* given by px_audit_append */
    int64_t time_ms; /* since 1970; 0: now */
    const char *kind, *actor, *route, *provider, *model;
    int64_t status, bytes_in, bytes_out, duration_ms, micro_dollars;
    const char *detail; /* a small JSON object: about the request, never of its content */
};

#define PX_AUDIT_EMPTY .status = -1, .bytes_in = -1, .bytes_out = -1, .duration_ms = -1, .micro_dollars = -1

struct px_audit {
    struct px_database *db;
    struct px_writer writer;
    unsigned long lost;    /* records that could not be written */
    unsigned long in_turn; /* written, and not yet committed */
    int64_t seq;           /* the newest record, while a turn is on */
    unsigned char hash[PX_HASH_SIZE];
};

void px_audit_open(struct px_audit *audit, struct px_database *db);
/* Adds a record in the turn's transaction. What could not be written is counted, and the next record says how
 * many. */
int px_audit_append(struct px_audit *audit, const struct px_audit_record *record, struct px_err *err);

/* Removes the oldest records that are older than `days` (0: none ever), PX_AUDIT_CUT_BATCH at most, and
 * records where the chain begins now. Returns how many were removed, or a negative error. */
int px_audit_cut(struct px_audit *audit, int64_t days, int64_t now_ms, struct px_err *err);
/* Takes the details out of all records of this actor. Returns how many, or a negative error. Commits as it
 * goes. */
int64_t px_audit_forget(struct px_audit *audit, const char *actor, struct px_err *err);

/* How many records there are. */
int px_audit_count(struct px_audit *audit, int64_t *count, struct px_err *err);

struct px_audit_state {
    int64_t first, last; /* 0: none */
    unsigned char hash[PX_HASH_SIZE];
};

/* Follows the whole chain, and compares the bodies that were kept. PX_EINVAL with the first record that is
 * wrong. */
int px_audit_verify(struct px_audit *audit, struct px_audit_state *state, struct px_err *err);
/* Writes all records from this time on as JSON lines, with the bodies that were kept if they are wanted.
 * PX_EIO when `out` takes no more. */
int px_audit_export(struct px_audit *audit, int64_t since_ms, bool bodies, FILE *out, struct px_err *err);

/* For audit_check.c: the hash of a record. */
int px_audit_hash(const struct px_audit_record *record, const unsigned char *detail_hash,
                  const unsigned char *previous, unsigned char hash[PX_HASH_SIZE], struct px_err *err);
int px_sha256(const void *data, size_t size, unsigned char hash[PX_HASH_SIZE], struct px_err *err);
int64_t px_unix_ms(void);

#endif
