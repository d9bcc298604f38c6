/* openapi.h: the proxy's interface as an OpenAPI 3.1 document (spec.openapis.org/oas/v3.1.0), written from
 * the tables that also answer: the routes, the providers' endpoints, the providers that there are. What the
 * providers say in their own bodies is theirs and not described. Nothing in it is secret. */
#ifndef PX_HTTP_OPENAPI_H
#define PX_HTTP_OPENAPI_H

#include "http/app.h"

void px_openapi_put(const struct px_app *app, struct buffer *out);

/* JSON objects: components.schemas, components.securitySchemes, components.headers. */
extern const char px_openapi_schemas[], px_openapi_security[], px_openapi_headers[];

#endif
