/* fetch.h: one GET of a public web address for an agent: target, lookup, check of every address, connection
 * to the checked addresses only, redirects each by the same way, limits on bytes, time, header and type. It
 * runs on the event loop, keeps no connection, sends no cookie, no referer and no credentials. */
#ifndef PX_NET_FETCH_H
#define PX_NET_FETCH_H

#include "base/errand.h"
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
    struct px_errand errand;
    struct px_fetcher *fetcher;

    /* The result, when it is over. */
    char host[PX_TARGET_SHOWN]; /* as the client gave it */
    struct px_target target;    /* the last one; its url is NULL when none was accepted */
    int status;
    char content_type[PX_FETCH_TYPE]; /* "" when there was none */
    bool is_text;                     /* of a type that is text; the bytes may still not be UTF-8 */
    struct buffer body;
    bool truncated;
    int redirects;

    /* On the way. */
    size_t max_bytes, header_bytes;
    struct px_address pinned[PX_LOOKUP_ADDRESSES];
    size_t pinned_count;
    struct px_lookup lookup;
    struct px_transfer transfer;
    CURLSH *share; /* the pinned addresses, apart from those of all other transfers */
    struct curl_slist *pins;
    char *location;
    bool head_done, following;
};

/* fetch is zeroed. It runs then, and its errand's done is called once from the loop; or it is over already,
 * and the errand says why. To be closed in every case. */
void px_fetch_start(struct px_fetcher *fetcher, struct px_fetch *fetch, const char *url, size_t max_bytes);
void px_fetch_close(struct px_fetch *fetch);

/* Whether the type of a Content-Type header is in a comma-separated list, whose entries may have "*" for any
 * part; parameters are left out, letter case is ignored. A NULL list is an empty one. */
bool px_type_in_list(const char *type, const char *list);

#endif
