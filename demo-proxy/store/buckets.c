#include "store/buckets.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/audit.h"
#include "store/schema.h"

/* tokens: in millionths. full_at: Unix milliseconds at which nothing is left to be remembered. */
const char px_buckets_schema[] =
    "CREATE TABLE buckets("
    " name TEXT PRIMARY KEY, tokens INTEGER NOT NULL, at INTEGER NOT NULL, full_at INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX buckets_by_full_at ON buckets(full_at);";

enum { TOKEN = 1000000, LOOKED_AT = 64, OWNERS = 4 };

struct px_bucket {
    struct px_bucket *chain, *newer, *older;
    char name[PX_BUCKET_NAME]; /* a letter for the limit, and the owner */
    enum px_limit limit;
    int64_t tokens, at_ms;
    bool dirty;
};

static const char letters[PX_LIMITS] = {'-', 'm', 'f'};

static size_t hash(const struct px_buckets *buckets, const char *name)
{
    uint64_t value = px_hash(name, strlen(name));
    return (size_t)((value ^ value >> 32) & (buckets->chains - 1));
}

static int64_t full(const struct px_buckets *buckets, const struct px_bucket *bucket)
{
    return buckets->capacity[bucket->limit] * TOKEN;
}

/* Milliseconds until so many millionths have flowed in. */
static int64_t time_for(const struct px_buckets *buckets, const struct px_bucket *bucket, int64_t tokens)
{
    int64_t all = full(buckets, bucket);
    if (tokens <= 0 || all <= 0) return 0;
    return (int64_t)((long double)tokens * (long double)buckets->window_ms / (long double)all) + 1;
}

static void fill(const struct px_buckets *buckets, struct px_bucket *bucket, int64_t now_ms)
{
    int64_t all = full(buckets, bucket), elapsed = now_ms - bucket->at_ms;
    if (elapsed >= buckets->window_ms || bucket->tokens > all)
        bucket->tokens = all;
    else if (elapsed > 0)
        bucket->tokens +=
            (int64_t)((long double)all * (long double)elapsed / (long double)buckets->window_ms);
    if (bucket->tokens > all) bucket->tokens = all;
    bucket->at_ms = now_ms; /* a clock that was set back gives nothing and takes nothing */
}

static void unlink_use(struct px_buckets *buckets, struct px_bucket *bucket)
{
    if (buckets->newest == bucket) buckets->newest = bucket->older;
    if (buckets->oldest == bucket) buckets->oldest = bucket->newer;
    if (bucket->newer) bucket->newer->older = bucket->older;
    if (bucket->older) bucket->older->newer = bucket->newer;
    bucket->newer = bucket->older = NULL;
}

static void link_newest(struct px_buckets *buckets, struct px_bucket *bucket)
{
    bucket->older = buckets->newest;
    *(buckets->newest ? &buckets->newest->newer : &buckets->oldest) = bucket;
    buckets->newest = bucket;
}

static void drop(struct px_buckets *buckets, struct px_bucket *bucket)
{
    struct px_bucket **place = &buckets->table[hash(buckets, bucket->name)];
    while (*place && *place != bucket) place = &(*place)->chain;
    if (*place) *place = bucket->chain;
    unlink_use(buckets, bucket);
    buckets->count--;
    free(bucket);
}

/* Drops full ones, those used longest ago first, until so many more fit in. */
static void make_room(struct px_buckets *buckets, size_t more, int64_t now_ms)
{
    struct px_bucket *newer = NULL;
    int looked = 0;
    for (struct px_bucket *b = buckets->oldest; b && looked < LOOKED_AT; b = newer, looked++) {
        if (buckets->count + more <= buckets->most) return;
        newer = b->newer;
        fill(buckets, b, now_ms);
        if (b->tokens >= full(buckets, b)) drop(buckets, b);
    }
}

static struct px_bucket *add(struct px_buckets *buckets, enum px_limit limit, const char *name,
                             int64_t now_ms)
{
    struct px_bucket *bucket = calloc(1, sizeof *bucket);
    if (!bucket) return NULL;
    (void)snprintf(bucket->name, sizeof bucket->name, "%s", name);
    bucket->limit = limit;
    bucket->tokens = full(buckets, bucket);
    bucket->at_ms = now_ms;
    struct px_bucket **place = &buckets->table[hash(buckets, name)];
    bucket->chain = *place;
    *place = bucket;
    link_newest(buckets, bucket);
    buckets->count++;
    return bucket;
}

/* 0 with the bucket; PX_ELIMIT when all places are taken by those who have used theirs. */
static int find(struct px_buckets *buckets, enum px_limit limit, const char *owner, int64_t now_ms,
                struct px_bucket **found)
{
    char name[PX_BUCKET_NAME];
    (void)snprintf(name, sizeof name, "%c:%s", letters[limit], owner);
    struct px_bucket *bucket = buckets->table[hash(buckets, name)];
    while (bucket && strcmp(bucket->name, name) != 0) bucket = bucket->chain;
    if (!bucket) {
        if (buckets->count >= buckets->most) return PX_ELIMIT;
        bucket = add(buckets, limit, name, now_ms);
    } else {
        unlink_use(buckets, bucket);
        link_newest(buckets, bucket);
        fill(buckets, bucket, now_ms);
    }
    *found = bucket;
    return bucket ? 0 : PX_ENOMEM;
}

static int64_t seconds(int64_t ms)
{
    return (ms + 999) / 1000;
}

static void note(const struct px_buckets *buckets, const struct px_bucket *bucket,
                 struct px_allowance *allowance)
{
    int64_t remaining = bucket->tokens / TOKEN;
    int64_t reset = seconds(time_for(buckets, bucket, full(buckets, bucket) - bucket->tokens));
    int64_t retry = seconds(time_for(buckets, bucket, TOKEN - bucket->tokens));
    if (!allowance->limited || remaining < allowance->remaining ||
        (remaining == allowance->remaining && reset > allowance->reset_seconds)) {
        allowance->remaining = remaining;
        allowance->reset_seconds = reset;
    }
    if (retry > allowance->retry_seconds) allowance->retry_seconds = retry;
    allowance->limit = buckets->capacity[bucket->limit];
    allowance->limited = true;
}

static void wake(struct px_buckets *buckets)
{
    buckets->dirty = true;
    if (buckets->loop && !buckets->timer.slot)
        (void)px_timer_set(buckets->loop, &buckets->timer, PX_BUCKET_FLUSH_MS);
}

int px_buckets_take(struct px_buckets *buckets, enum px_limit limit, const char *const owners[], size_t count,
                    int64_t now_ms, struct px_allowance *allowance, struct px_err *err)
{
    struct px_bucket *found[OWNERS] = {0};
    size_t n = 0;
    *allowance = (struct px_allowance){.good = true};
    if (buckets->capacity[limit] <= 0) return 0;
    make_room(buckets, count, now_ms);
    for (size_t i = 0; i < count && n < OWNERS; i++) {
        if (!owners[i] || !owners[i][0]) continue;
        int rc = find(buckets, limit, owners[i], now_ms, &found[n]);
        if (rc == PX_ENOMEM) return px_fail_memory(err);
        if (rc) { /* nobody is let by because too many others wait */
            *allowance = (struct px_allowance){.limited = true,
                                               .limit = buckets->capacity[limit],
                                               .retry_seconds = 1,
                                               .reset_seconds = seconds(buckets->window_ms)};
            return 0;
        }
        if (found[n++]->tokens < TOKEN) allowance->good = false;
    }
    for (size_t i = 0; i < n; i++) {
        if (allowance->good) {
            found[i]->tokens -= TOKEN;
            found[i]->dirty = true;
        }
        note(buckets, found[i], allowance);
    }
    if (allowance->good && n) wake(buckets);
    return 0;
}

static void on_lost(struct px_writer *writer, const struct px_err *err)
{
    struct px_buckets *buckets = writer->owner;
    (void)err;
    for (struct px_bucket *b = buckets->newest; b; b = b->older) b->dirty = true;
    wake(buckets);
}

static void on_timer(struct px_timer *timer)
{
    (void)px_buckets_flush(timer->owner, px_unix_ms(), NULL);
}

int px_buckets_flush(struct px_buckets *buckets, int64_t now_ms, struct px_err *err)
{
    int rc = 0;
    if (!buckets->dirty) return 0;
    buckets->dirty = false;
    px_database_join(buckets->db, &buckets->writer);
    for (struct px_bucket *b = buckets->newest; b && rc == 0; b = b->older) {
        if (!b->dirty) continue;
        b->dirty = false;
        rc = px_database_write(buckets->db, err, "INSERT OR REPLACE INTO buckets VALUES (?,?,?,?)", "tiii",
                               b->name, b->tokens, b->at_ms,
                               b->at_ms + time_for(buckets, b, full(buckets, b) - b->tokens));
    }
    if (rc == 0)
        rc = px_database_write(buckets->db, err, "DELETE FROM buckets WHERE full_at <= ?", "i", now_ms);
    return rc;
}

static int load(struct px_buckets *buckets, int64_t now_ms, struct px_err *err)
{
    int rc = 0;
    sqlite3_stmt *rows = px_database_query(
        buckets->db, err, "SELECT name, tokens, at FROM buckets WHERE full_at > ? ORDER BY at LIMIT ?", "ii",
        now_ms, (int64_t)buckets->most);
    if (!rows) return PX_ESTORE;
    while ((rc = px_database_step(buckets->db, rows, err)) > 0) {
        const char *name = (const char *)sqlite3_column_text(rows, 0);
        enum px_limit limit = name[0] == 'm' ? PX_LIMIT_MODEL : PX_LIMIT_FETCH;
        if (buckets->capacity[limit] <= 0 || strlen(name) >= PX_BUCKET_NAME) continue;
        struct px_bucket *bucket = add(buckets, limit, name, now_ms);
        if (!bucket) {
            (void)sqlite3_reset(rows);
            return px_fail_memory(err);
        }
        bucket->tokens = sqlite3_column_int64(rows, 1);
        if (bucket->tokens < 0) bucket->tokens = 0;
        bucket->at_ms = sqlite3_column_int64(rows, 2);
        fill(buckets, bucket, now_ms);
    }
    return rc;
}

int px_buckets_open(struct px_buckets *buckets, struct px_database *db, struct px_loop *loop,
                    const int64_t capacity[PX_LIMITS], int64_t window_seconds, size_t most, int64_t now_ms,
                    struct px_err *err)
{
    *buckets = (struct px_buckets){.db = db,
                                   .loop = loop,
                                   .window_ms = window_seconds * 1000,
                                   .most = most,
                                   .chains = 16,
                                   .writer = {.lost = on_lost},
                                   .timer = {.fire = on_timer}};
    buckets->writer.owner = buckets->timer.owner = buckets;
    memcpy(buckets->capacity, capacity, sizeof buckets->capacity);
    while (buckets->chains < most) buckets->chains *= 2;
    buckets->table = calloc(buckets->chains, sizeof(struct px_bucket *));
    return buckets->table ? load(buckets, now_ms, err) : px_fail_memory(err);
}

void px_buckets_close(struct px_buckets *buckets)
{
    if (buckets->db && buckets->table) {
        (void)px_buckets_flush(buckets, px_unix_ms(), NULL);
        (void)px_database_turn(buckets->db, NULL);
        px_database_leave(buckets->db, &buckets->writer);
    }
    if (buckets->loop) px_timer_clear(buckets->loop, &buckets->timer);
    for (struct px_bucket *b = buckets->newest, *older; b; b = older) {
        older = b->older;
        free(b);
    }
    free(buckets->table);
    *buckets = (struct px_buckets){0};
}

void px_bucket_address(const struct sockaddr *address, char out[PX_BUCKET_NAME])
{
    char text[INET6_ADDRSTRLEN] = "";
    out[0] = '\0';
    if (!address) return;
    if (address->sa_family == AF_INET) {
        (void)inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text, sizeof text);
        (void)snprintf(out, PX_BUCKET_NAME, "address-%s", text);
    } else if (address->sa_family == AF_INET6) {
        struct in6_addr net = ((const struct sockaddr_in6 *)address)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(&net)) {
            (void)inet_ntop(AF_INET, net.s6_addr + 12, text, sizeof text);
            (void)snprintf(out, PX_BUCKET_NAME, "address-%s", text);
            return;
        }
        memset(net.s6_addr + 8, 0, 8);
        (void)inet_ntop(AF_INET6, &net, text, sizeof text);
        (void)snprintf(out, PX_BUCKET_NAME, "address-%s/64", text);
    }
}
