/* store.h: everything that outlives the process, opened together: database, audit log, keys, limits, ledger.
 * For the server it also settles what a crash left, records start, stop and changed settings, and removes old
 * audit records from time to time. */
#ifndef PX_STORE_STORE_H
#define PX_STORE_STORE_H

#include "options.h"
#include "store/buckets.h"
#include "store/checkpoint.h"
#include "store/keys.h"
#include "store/ledger.h"
#include "store/prices.h"

struct px_store {
    struct px_database db;
    struct px_checkpoint checkpoint;
    struct px_audit audit;
    struct px_keys keys;
    struct px_buckets buckets;
    struct px_ledger ledger;
    struct px_prices prices;
    struct px_loop *loop;
    struct px_timer upkeep;
    long long audit_days, debug_body_days;
    int64_t refused_since_ms;
    long long refused, refused_left_out; /* refused requests with and without a record in this minute */
    bool serving;
};

/* For a command. PX_EPERM, PX_EINVAL, PX_ESTORE, PX_ENOMEM. The store is to be closed in every case. */
int px_store_open(struct px_store *store, const struct px_options *options, const struct px_state *state,
                  const unsigned char secret[PX_SECRET_SIZE], struct px_err *err);
/* For the server, which must be the only one (PX_EBUSY). */
int px_store_serve(struct px_store *store, const struct px_options *options, const struct px_state *state,
                   const unsigned char secret[PX_SECRET_SIZE], struct px_loop *loop, struct px_log *log,
                   struct px_err *err);
/* Records that a setting or a key was read again and is another one now. The name is plain text without
 * quotes. */
int px_store_record_change(struct px_store *store, const char *name, struct px_err *err);
void px_store_close(struct px_store *store);

#endif
