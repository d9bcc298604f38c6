/* errand.h: a request that waits for an errand (base/errand): its connection is suspended until the errand is
 * over, a client that leaves ends it, and so does the proxy when it stops. What differs between a web fetch
 * and a search is a table of functions; the request has one errand at most. */
#ifndef PX_HTTP_ERRAND_H
#define PX_HTTP_ERRAND_H

#include "http/app.h"

struct px_errand_kind {
    const char *name;                                     /* for the audit log and for words */
    enum MHD_Result (*reply)(struct px_request *request); /* with what the errand brought */
    void (*record)(struct px_request *request);           /* how it ended; called once */
    void (*close)(struct px_errand *errand);              /* and free, when it is over */
    const char *(*provider)(const struct px_app *app);    /* that it asks; NULL: it asks none */
};

/* Takes over an errand that runs, or that failed while it began, and answers or waits. */
enum MHD_Result px_wait_for_errand(struct px_request *request, const struct px_errand_kind *kind,
                                   struct px_errand *errand);
/* libmicrohttpd asks again after a pause. */
enum MHD_Result px_continue_errand(struct px_request *request);
/* The proxy stops: the client is told so. */
void px_stop_errand(struct px_request *request);
/* The request is over, however it ended. Its kind stays known. */
void px_finish_errand(struct px_request *request);

#endif
