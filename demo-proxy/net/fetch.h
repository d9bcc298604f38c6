/* fetch.h: one GET of a public web address for an agent: target, lookup, check of every address, connection
 * to the checked addresses only, redirects each by the same way, limits on bytes, time, header and type. It
 * runs on the event loop, keeps no connection, sends no cookie, no referer and no credentials. */
#ifndef PX_NET_FETCH_H
#define PX_NET_FETCH_H

#include "base/put.h"
#include "net/resolver.h"
#include "net/target.h"
#include "options.h"
#include "upstream/multi.h"

enum { PX_FETCH_TYPE = 128 };

struct px_fetcher {
    struct px_multi *multi;
    const struct px_options *options;
    struct px_rules rules;
    struct px_resolver resolver;
    long long running;
};

/* One per process; options stay the caller's. Sets the locale's letters to UTF-8, which libcurl's IDNA reads.
 * PX_EUSAGE when a setting cannot be read, PX_EIO, PX_ENOMEM. */
int px_fetcher_open(struct px_fetcher *fetcher, struct px_multi *multi, const struct px_options *options,
                    struct px_err *err);
/* After every fetch has been closed. */
void px_fetcher_close(struct px_fetcher *fetcher);

/* Whether --max-fetches allows one more. Lookups of fetches that were given up go on for a while and count
 * apart, up to the same number. */
bool px_fetcher_has_room(const struct px_fetcher *fetcher);

struct px_fetch {
    struct px_fetcher *fetcher;
    void (*done)(struct px_fetch *fetch);
    void *owner;

    /* The result, when it is over. */
    bool over;
    int refusal; /* HTTP status for the client; 0: there is an answer */
    const char *refusal_type;
    struct px_err err;
    char host[PX_TARGET_SHOWN]; /* as the client gave it */
    struct px_target target;    /* the last one; its url is NULL when none was accepted */
    int status;
    char content_type[PX_FETCH_TYPE]; /* "" when there was none */
    bool is_text;                     /* of a type that is text; the bytes may still not be UTF-8 */
    struct buffer body;
    bool truncated;
    int redirects;
    int64_t start_ms, ms;

    /* On the way. */
    size_t max_bytes, header_bytes;
    struct px_address pinned[PX_LOOKUP_ADDRESSES];
    size_t pinned_count;
    struct px_lookup lookup;
    struct px_timer timer;
    struct px_transfer transfer;
    CURLSH *share; /* the pinned addresses, apart from those of all other transfers */
    struct curl_slist *pins;
    char *location;
    bool head_done, following;
};

/* fetch is zeroed but for done and owner. 0: it runs, and done is called once from the loop. Otherwise it is
 * over already: refusal, refusal_type and err say why. To be closed in every case. */
int px_fetch_start(struct px_fetcher *fetcher, struct px_fetch *fetch, const char *url, size_t max_bytes);
/* Ends a running fetch at once with these words; done is not called. Nothing happens to one that is over. */
void px_fetch_stop(struct px_fetch *fetch, int status, const char *type, const char *words);
void px_fetch_close(struct px_fetch *fetch);

/* Whether the type of a Content-Type header is in a comma-separated list, whose entries may have "*" for any
 * part; parameters are left out, letter case is ignored. A NULL list is an empty one. */
bool px_type_in_list(const char *type, const char *list);

#endif
