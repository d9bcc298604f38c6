/* intake.h: the body of a request as it comes in. Most are kept until they are whole. One for a model that is
 * longer than --stream-buffer-bytes is passed on to the provider while it comes in, and no more than that is
 * held of it, unless a price or a budget depends on what it says: then it must be known before anything goes
 * out. A body that is refused is read away. */
#ifndef PX_HTTP_INTAKE_H
#define PX_HTTP_INTAKE_H

#include "http/app.h"

/* A piece has come: *size is what is left of it then, which comes again when there is room. */
enum MHD_Result px_take_body(struct px_request *request, const char *data, size_t *size);

#endif
