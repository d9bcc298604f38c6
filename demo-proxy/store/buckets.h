/* buckets.h: token buckets: how many requests a session, a key and an address may still make. They live in
 * memory and are written to the database at most a second late, so a restart gives nobody a fresh allowance.
 * A full bucket is the same as none, so only full ones are ever dropped to make room. */
#ifndef PX_STORE_BUCKETS_H
#define PX_STORE_BUCKETS_H

#include <netinet/in.h>

#include "base/loop.h"
#include "store/database.h"

enum px_limit { PX_LIMIT_NONE, PX_LIMIT_MODEL, PX_LIMIT_FETCH, PX_LIMITS };
enum { PX_BUCKET_NAME = 72, PX_BUCKET_FLUSH_MS = 1000 };

struct px_bucket;

struct px_buckets {
    struct px_database *db;
    struct px_loop *loop;        /* NULL: px_buckets_flush is called by hand */
    int64_t capacity[PX_LIMITS]; /* requests a window; 0: no limit */
    int64_t window_ms;
    size_t most, count, chains;
    struct px_bucket **table;
    struct px_bucket *newest, *oldest; /* by last use */
    struct px_timer timer;
    struct px_writer writer;
    bool dirty;
};

/* What one bucket, or the scarcest of several, allows. */
struct px_allowance {
    bool limited, good;
    int64_t limit, remaining;
    int64_t reset_seconds; /* until it is full again */
    int64_t retry_seconds; /* until the next request is allowed */
};

/* Reads what was kept. most: buckets held at a time. PX_ENOMEM, PX_ESTORE. */
int px_buckets_open(struct px_buckets *buckets, struct px_database *db, struct px_loop *loop,
                    const int64_t capacity[PX_LIMITS], int64_t window_seconds, size_t most, int64_t now_ms,
                    struct px_err *err);
/* Writes what is not yet written, in the turn's transaction. */
void px_buckets_close(struct px_buckets *buckets);

/* Takes one token from each of the buckets of these owners (NULL and "" are skipped), or from none when one
 * has none. now_ms is Unix time. PX_ENOMEM. */
int px_buckets_take(struct px_buckets *buckets, enum px_limit limit, const char *const owners[], size_t count,
                    int64_t now_ms, struct px_allowance *allowance, struct px_err *err);
/* Writes the changed ones in the turn's transaction, and forgets full ones. */
int px_buckets_flush(struct px_buckets *buckets, int64_t now_ms, struct px_err *err);

/* "address-192.0.2.7", or "address-2001:db8:1:2::/64"; a mapped IPv4 address counts as IPv4. */
void px_bucket_address(const struct sockaddr *address, char out[PX_BUCKET_NAME]);

#endif
