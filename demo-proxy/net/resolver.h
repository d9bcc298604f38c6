/* resolver.h: names to addresses over c-ares on the event loop. Nothing blocks: c-ares' sockets are watches,
 * its timeouts a timer. Each lookup asks anew (no cache) for IPv4 and IPv6 at once and never tries search
 * domains. Every address of an answer is looked at, the first PX_LOOKUP_ADDRESSES are kept. */
#ifndef PX_NET_RESOLVER_H
#define PX_NET_RESOLVER_H

#include "base/loop.h"
#include "net/address.h"

enum { PX_LOOKUP_ADDRESSES = 16 };

struct ares_channeldata;
struct px_question;
struct px_resolver_watch;

struct px_resolver {
    struct px_loop *loop;
    struct ares_channeldata *channel; /* NULL: closed */
    struct px_timer timer;
    struct px_resolver_watch *watches;
    struct px_question *questions; /* asked and not yet handed over */
    long long abandoned;           /* of these, those of lookups that were cancelled */
    bool library;
};

enum px_lookup_outcome {
    PX_LOOKUP_FOUND,
    PX_LOOKUP_NOTHING, /* there is no such name, or it has no address */
    PX_LOOKUP_FAILED,  /* no server gave a usable answer in time */
    PX_LOOKUP_MEMORY
};

struct px_lookup {
    void (*done)(struct px_lookup *lookup);
    void *owner;
    enum px_lookup_outcome outcome;
    struct px_address addresses[PX_LOOKUP_ADDRESSES];
    size_t count;
    bool all_public;              /* every address of the answer, those that are not kept included */
    struct px_question *question; /* NULL: not running */
};

/* servers: "127.0.0.1:53,[::1]:5353", or NULL for those of the system, read once. timeout_ms is for the first
 * try of a server. PX_EUSAGE for a list that cannot be read, PX_EIO, PX_ENOMEM. */
int px_resolver_open(struct px_resolver *resolver, struct px_loop *loop, const char *servers, int timeout_ms,
                     struct px_err *err);
/* After every lookup has ended or was cancelled. */
void px_resolver_close(struct px_resolver *resolver);

/* done and owner must be set. `done` is called once, from the loop and not from inside this call. PX_ENOMEM.
 */
int px_resolver_start(struct px_resolver *resolver, struct px_lookup *lookup, const char *name);
/* done is not called any more. A lookup that is not running is left alone. */
void px_lookup_cancel(struct px_lookup *lookup);

#endif
