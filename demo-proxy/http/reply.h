/* reply.h: every answer leaves through here, so that every answer has its security headers, its CORS headers
 * where the origin is a configured one, and its place in the log. Functions return what libmicrohttpd's
 * handler returns. */
#ifndef PX_HTTP_REPLY_H
#define PX_HTTP_REPLY_H

#include "base/error.h"
#include "http/app.h"

/* A frame is the part of the page that other sites may put into theirs. */
enum px_content { PX_CONTENT_PAGE, PX_CONTENT_FRAME, PX_CONTENT_API, PX_CONTENT_EVENTS };

/* Takes the response over, also on failure. NULL: a failed allocation, the connection is closed. */
enum MHD_Result px_reply(struct px_request *request, int status, enum px_content content,
                         struct MHD_Response *response);
/* Take the body over. */
enum MHD_Result px_reply_text(struct px_request *request, int status, const char *type, struct buffer *body);
enum MHD_Result px_reply_json(struct px_request *request, int status, struct buffer *body);
/* Anthropic's error object; type and status go together. */
enum MHD_Result px_reply_error(struct px_request *request, int status, const char *type, const char *message);
/* Adds one constant header line to the coming answer. */
void px_reply_extra(struct px_request *request, const char *name, const char *value);
/* 529: the proxy is stopping, or does as much as it may, in these words. */
enum MHD_Result px_reply_full(struct px_request *request, const char *words);
void px_refuse_full(struct px_request *request, const char *words);
/* Answers with the words of err and the status that belongs to its code. */
enum MHD_Result px_reply_refusal(struct px_request *request, const struct px_err *err);
/* Remembers an error as this request's answer; the first one stands. */
void px_refuse(struct px_request *request, int status, const char *type, const char *format, ...)
    UMBRA_PRINTF(4, 5);
/* Refuses with the words of err and the status that belongs to its code. */
void px_refuse_err(struct px_request *request, const struct px_err *err);

#endif
