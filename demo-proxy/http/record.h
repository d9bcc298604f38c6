/* record.h: what a request leaves in the store: it takes from its buckets, reserves what a model may cost
 * before anything goes out, settles it at the end, and gets its record in the audit log. */
#ifndef PX_HTTP_RECORD_H
#define PX_HTTP_RECORD_H

#include "http/app.h"

/* Takes a token for this request, or refuses it with 429; the answer tells what is left. */
void px_take_allowance(struct px_request *request);

/* Who the client is among those that share a limit: its session or key, else its address. */
void px_client_name(const struct px_request *request, char name[PX_BUCKET_NAME]);

/* Whether what a request may cost depends on its body: there are prices, or a budget. */
bool px_prices_matter(const struct px_app *app);
/* Whether the model may be asked at all: its price is known, or need not be. own_key: whose key pays, NULL
 * for the proxy's. PX_EPERM. */
int px_price_request(struct px_request *request, const char *own_key, struct px_err *err);
/* Reserves for a model request. When the reservation is lost with this turn's transaction, the stream fails
 * with 503. PX_ELIMIT: a budget is used up; PX_ESTORE. */
int px_reserve_cost(struct px_request *request, struct px_err *err);
/* The request did not go out after all. */
void px_release_cost(struct px_request *request);

/* A request is over: settles, and writes its record when it is of a kind that gets one. `ended`: how it was
 * broken off, NULL when it was not. */
void px_audit_request(struct px_request *request, const char *ended);

#endif
