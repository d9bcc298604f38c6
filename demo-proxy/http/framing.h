/* framing.h: whether a request's head can be read in one way only. What a server in front of this one may
 * have read otherwise (two lengths, a length beside chunks, names and values with control characters) is
 * refused, and its connection ends, so that nothing behind it is taken for a request. */
#ifndef PX_HTTP_FRAMING_H
#define PX_HTTP_FRAMING_H

#include "http/app.h"

/* First of all checks. Refuses with 400. */
void px_check_framing(struct px_request *request, const char *version);

#endif
