/* routes.h: the table of addresses. Below /v1/PROVIDER are the endpoints of the provider's dialect; what does
 * not begin with /v1/ is a file of the page. */
#ifndef PX_HTTP_ROUTES_H
#define PX_HTTP_ROUTES_H

#include "http/app.h"

/* Sets the request's route, and for a model's its provider, endpoint and dialect. The route stays NULL when
 * there is none; allow is then set if the address exists for other methods. */
void px_route_find(struct px_request *request, const char **allow);

/* The routes one after the other, those of the models last and without a path; NULL behind the last. */
const struct px_route *px_route_at(size_t index);
/* The route of an endpoint. */
const struct px_route *px_route_of(const struct px_endpoint *endpoint);

/* As the tables have it: no part of it is the client's. "none", "page" or a path. */
enum { PX_ROUTE_NAME = PX_PROVIDER_ID + PX_ENDPOINT_PATH };
void px_route_name(const struct px_request *request, char name[PX_ROUTE_NAME]);

/* The answers. Each is called once, with the whole body in request->body. */
enum MHD_Result px_answer_health(struct px_request *request);
enum MHD_Result px_answer_metrics(struct px_request *request);
enum MHD_Result px_answer_providers(struct px_request *request);
enum MHD_Result px_answer_pair(struct px_request *request);
enum MHD_Result px_answer_session(struct px_request *request);
enum MHD_Result px_answer_page(struct px_request *request);
enum MHD_Result px_answer_model(struct px_request *request);
enum MHD_Result px_answer_fetch(struct px_request *request);
enum MHD_Result px_answer_search(struct px_request *request);
enum MHD_Result px_answer_openapi(struct px_request *request);

/* libmicrohttpd asks again after a pause: the model's answer has begun, or failed. */
enum MHD_Result px_continue_model(struct px_request *request);
/* A body that is not whole yet is to go out. True: it goes, through request->upload. False: the request was
 * refused, or must be whole (kept_whole). */
bool px_begin_upload(struct px_request *request);
/* All of it has come. */
enum MHD_Result px_end_upload(struct px_request *request);
/* The request is over, however it ended. */
void px_finish_model(struct px_request *request);

#endif
