/* app.h: what one running proxy consists of, and one request's way through it: gate (who may talk), route,
 * body, answer. Everything runs in the event loop's one thread; a request lives from its first line until
 * libmicrohttpd says that it is completed. */
#ifndef PX_HTTP_APP_H
#define PX_HTTP_APP_H

#include <microhttpd.h>

#include "auth/known.h"
#include "auth/origin.h"
#include "auth/state.h"
#include "base/metrics.h"
#include "base/put.h"
#include "base/log.h"
#include "base/loop.h"
#include "net/fetch.h"
#include "options.h"
#include "store/store.h"
#include "upstream/ask.h"
#include "upstream/multi.h"
#include "upstream/providers.h"
#include "upstream/search.h"
#include "upstream/stream.h"

struct px_discovery;
struct px_scenario;

struct px_app {
    struct px_options options;
    struct px_loop loop;
    struct px_log log;
    struct px_state state;
    struct px_store store;
    unsigned char secret[PX_SECRET_SIZE];
    struct px_known known;
    struct px_origins origins;
    struct px_multi multi;
    struct px_providers providers;
    struct px_fetcher fetcher;
    struct px_searcher searcher;
    struct px_discovery *discovery; /* of model servers on this machine; NULL: none */
    struct px_scenario *scenario;   /* NULL: none */
    int page_dir;                   /* -1: none */
    struct MHD_Daemon *daemon;
    char *tls_cert, *tls_key; /* PEM; NULL: no TLS of its own */
    bool secure;              /* clients come by https */
    int listen_fd, port;
    struct px_watch http_watch, signal_watch;
    struct px_task room; /* makes the loop turn when there is room for a connection again */
    struct px_timer grace;
    struct px_request *requests;
    long long connections; /* open ones */
    long long streams;     /* model responses under way */
    struct px_metrics metrics;
    int64_t tries_since_ms;
    long long wrong_tries; /* wrong pairing tokens in this minute */
    bool draining, stopping;
    bool ended; /* a request, in this turn of the loop */
};

enum px_stage { PX_STAGE_NEW, PX_STAGE_BODY, PX_STAGE_ANSWERED };
enum { PX_EXTRA_HEADERS = 10, PX_RATE_HEADERS = 4 };

struct px_refusal {
    int status; /* 0: none */
    const char *type;
    struct px_err err;
};

struct px_request {
    struct px_app *app;
    struct px_request *next, *previous;
    struct MHD_Connection *connection;
    const struct px_route *route; /* NULL: unknown */
    struct px_provider *provider; /* of a model's route */
    const struct px_endpoint *endpoint;
    enum px_dialect dialect;  /* of its errors */
    const char *url, *method; /* of the current call from libmicrohttpd */
    enum px_stage stage;
    bool malformed; /* its head could be read in more than one way */
    bool odd_path;  /* the raw path has an encoded NUL byte */
    bool preflight;
    enum px_origin_kind origin_kind;
    const char *origin;  /* NULL: none */
    const char *binding; /* what a session of this client is bound to */
    struct px_refusal refusal;
    const char *extra[PX_EXTRA_HEADERS][2]; /* constant header lines of this answer */
    size_t extra_count;
    struct buffer body;
    struct px_ask ask;  /* of a model's request, as far as its body came in */
    uint64_t body_size; /* all that came in */
    size_t body_limit, discarded;
    struct px_actor actor; /* once the gate knows it */
    char rate_text[PX_RATE_HEADERS][24];
    char payer[48];               /* "own-…" when the request's own key pays; "" otherwise */
    const struct px_price *price; /* of its model; NULL: unknown */
    int64_t reservation;          /* in the ledger; 0: none */
    int64_t reserved;             /* micro-dollars */
    struct px_writer writer;
    int64_t start_ms;
    int status;
    uint64_t bytes;
    bool streaming, suspended, client_gone;
    bool remote; /* a provider answers, not the demo or a scenario */
    struct px_stream stream;
    struct buffer detail;     /* of a web fetch, for its record: net/record.h */
    struct px_fetch *fetch;   /* NULL: this is none */
    struct px_search *search; /* likewise */
};

struct px_route {
    const char *method;  /* GET (HEAD included) or POST */
    const char *path;    /* exact; NULL: the page, or a provider's endpoint */
    bool session;        /* needs one */
    bool large_body;     /* up to --max-body-bytes, otherwise a few KB */
    bool writes;         /* is refused while the database cannot be written */
    enum px_limit limit; /* which buckets it takes from */
    enum MHD_Result (*answer)(struct px_request *request);
    /* For the description (http/openapi): */
    const char *summary;
    const char *asks, *gives; /* schemas of the body and of a good answer; NULL: none, or no JSON */
    const char *type;         /* of a good answer that is no JSON */
    const char *good;         /* further statuses that come with the good answer's body, between blanks */
    const char *statuses;     /* besides those that the gate gives, between blanks */
};

#endif
