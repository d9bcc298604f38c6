/* gate.h: who may talk and to what, decided from a request's headers before its body is read: Host, Origin,
 * preflight, route, method, session, size. It either lets the request on or leaves a refusal in it. */
#ifndef PX_HTTP_GATE_H
#define PX_HTTP_GATE_H

#include "http/app.h"

void px_gate(struct px_request *request);

/* The one value of a header; NULL when it is absent. `count` gets the number of its occurrences. */
const char *px_header_value(const struct px_request *request, const char *name, int *count);
/* The last of its values. */
const char *px_header_last(const struct px_request *request, const char *name);

#endif
