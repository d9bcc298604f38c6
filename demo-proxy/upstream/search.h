/* search.h: one search of the web at the provider that the settings name, over upstream/remote and so with
 * its rules: https unless it is this machine, no redirects, the key wiped when the call is over. An answer
 * that is too large or takes too long ends the search; what it finds is cleaned (upstream/search_result). */
#ifndef PX_UPSTREAM_SEARCH_H
#define PX_UPSTREAM_SEARCH_H

#include "base/errand.h"
#include "options.h"
#include "upstream/credential.h"
#include "upstream/remote.h"
#include "upstream/search_result.h"

struct px_searcher {
    const struct px_search_backend *backend; /* NULL: no search is configured */
    const struct px_options *options;
    struct px_loop *loop;
    struct px_remote remote;
    struct px_credential credential;
    long long running;
};

/* Takes the keys of all search providers out of the environment. PX_EUSAGE when a setting is wrong or does
 * not go with the others, PX_EIO, PX_ENOMEM. To be closed in every case. */
int px_searcher_open(struct px_searcher *searcher, struct px_multi *multi, const struct px_options *options,
                     struct px_err *err);
void px_searcher_close(struct px_searcher *searcher);
/* Whether --max-fetches allows one more. */
bool px_searcher_has_room(const struct px_searcher *searcher);

struct px_search {
    struct px_errand errand;
    struct px_searcher *searcher;

    /* The result, when it is over. */
    struct buffer results; /* a JSON array */
    size_t count;
    int status; /* the provider's; 0: there was none */
    size_t bytes;

    /* On the way. */
    size_t max_results;
    struct buffer body;
    struct px_stream stream;
    struct px_task task;
};

/* search is zeroed. 0: it runs, and its errand's done is called once from the loop. PX_EINVAL with words for
 * the client; PX_ENOMEM. To be closed in every case. */
int px_search_start(struct px_searcher *searcher, struct px_search *search, const char *query,
                    size_t max_results, struct px_err *err);
void px_search_close(struct px_search *search);

#endif
