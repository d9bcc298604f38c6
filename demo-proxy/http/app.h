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
#include "http/share.h"
#include "net/fetch.h"
#include "options.h"
#include "store/store.h"
#include "upstream/ask.h"
#include "upstream/multi.h"
#include "upstream/providers.h"
#include "upstream/search.h"
#include "upstream/stream.h"
#include "upstream/upload.h"

struct px_bodies;
struct px_certificate;
struct px_discovery;
struct px_errand_kind;
struct px_group;
struct px_scenario;

struct px_listener {
    int fd; /* -1: none */
    struct px_watch watch;
    struct px_timer retry;
};

struct px_groups {
    struct px_group **items; /* http/group.h */
    size_t count, capacity;
    bool turn;      /* one of them has something to do, and in any case at due_ms */
    int64_t due_ms; /* INT64_MAX: never */
};

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
    struct px_discovery *discovery;     /* of model servers on this machine; NULL: none */
    struct px_scenario *scenario;       /* NULL: none */
    int page_dir;                       /* -1: none */
    struct px_certificate *certificate; /* NULL: no TLS of its own */
    bool secure;                        /* clients come by https */
    struct px_listener listener;
    int port;
    struct px_groups groups; /* of connections */
    struct px_watch signal_watch;
    struct px_timer grace;
    struct px_request *requests;
    long long connections;   /* open ones */
    long long streams;       /* model responses under way */
    struct px_shares shares; /* of each client */
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
    struct buffer words; /* read with px_words */
};

/* One chunk on its way to a client. */
struct px_chunk {
    char head[2 * sizeof(size_t) + 2]; /* its size and the line's end */
    unsigned char head_size;
    size_t size; /* of its data; 0: there is none */
    size_t sent; /* of the head, the data and the line's end behind them */
};

struct px_request {
    struct px_app *app;
    struct px_group *group; /* of its connection */
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
    bool kept_whole;          /* the body must be known before anything of it goes out */
    struct px_upload upload;  /* a body that goes out while it comes in; its loop is NULL: it does not */
    struct px_scan *ask_scan; /* that of a body that goes out while it comes in; NULL: the answer's does */
    struct px_ask ask;        /* of a model's request, as far as its body came in */
    uint64_t body_size;       /* all that came in */
    size_t body_limit, discarded;
    struct px_actor actor; /* once the gate knows it */
    char rate_text[PX_RATE_HEADERS][PX_NUMBER_SIZE];
    char payer[48];               /* "own-…" when the request's own key pays; "" otherwise */
    const struct px_price *price; /* of its model; NULL: unknown */
    struct px_reservation reservation;
    int64_t reserved; /* micro-dollars */
    struct px_writer writer;
    int64_t start_ms;
    int status;
    uint64_t bytes;
    bool streaming, suspended, client_gone;
    bool takes_chunks; /* its client knows them */
    bool in_chunks;    /* its answer goes past libmicrohttpd: http/chunks.h */
    struct px_chunk chunk;
    struct px_bodies *bodies; /* that are kept for debugging; NULL: none */
    struct px_share *share;   /* of its client's streams; NULL: it has none */
    bool crowded;             /* its client has as many as it may */
    bool remote;              /* a provider answers, not the demo or a scenario */
    struct px_stream stream;
    struct buffer detail;                     /* of a web fetch, for its record: net/record.h */
    const struct px_errand_kind *errand_kind; /* a web fetch or a search; NULL: this is none */
    struct px_errand *errand;                 /* NULL: likewise, or it is over */
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
