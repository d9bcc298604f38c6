/* errand.h: work that somebody waits for, a web fetch or a search. It runs on the loop, has a time limit, and
 * ends once: by itself, at that limit, or stopped from outside. Why it brought nothing is told as an HTTP
 * status, a type of error and words for the client; the first reason stands. */
#ifndef PX_BASE_ERRAND_H
#define PX_BASE_ERRAND_H

#include "base/loop.h"

struct px_errand;

/* What only the kind of work knows. */
struct px_errand_work {
    /* Ends at once what still runs for it; without effect when nothing does. */
    void (*halt)(struct px_errand *errand);
    /* Says with px_errand_refuse that the time is over. */
    void (*late)(struct px_errand *errand);
};

/* The first member of a struct for the work itself, zeroed in the beginning. */
struct px_errand {
    void (*done)(struct px_errand *errand);
    void *owner;

    /* How it ended. */
    bool over;
    int refusal; /* HTTP status for the client; 0: it brought what it was to bring */
    const char *refusal_type;
    struct px_err err;
    int64_t ms;

    /* On the way. */
    const struct px_errand_work *work; /* NULL: it has not begun */
    struct px_loop *loop;
    long long *running;
    struct px_timer timer;
    int64_t start_ms;
};

/* Counts it in *running until it is over. PX_ENOMEM, with that as its reason: it is to be ended. */
int px_errand_begin(struct px_errand *errand, const struct px_errand_work *work, struct px_loop *loop,
                    long long *running, int64_t limit_ms);
void px_errand_refuse(struct px_errand *errand, int status, const char *type, const char *format, ...)
    UMBRA_PRINTF(4, 5);
void px_errand_refuse_memory(struct px_errand *errand);
/* It is over, without a call of done: from inside the function that starts it. */
void px_errand_end(struct px_errand *errand);
/* It is over, and done is called: from the loop. */
void px_errand_finish(struct px_errand *errand);
/* Ends it with these words, without a call of done. Nothing happens to one that has not begun or is over. */
void px_errand_stop(struct px_errand *errand, int status, const char *type, const char *words);

#endif
