#include "http/errand.h"

#include <stdio.h>

#include "http/pause.h"
#include "http/reply.h"

static enum MHD_Result reply(struct px_request *request)
{
    const struct px_errand *errand = request->errand;
    request->errand_kind->record(request);
    if (!errand->refusal) return request->errand_kind->reply(request);
    if (errand->refusal == 429) px_reply_extra(request, "Retry-After", "5");
    return px_reply_error(request, errand->refusal, errand->refusal_type, errand->err.text);
}

static void on_client_gone(struct px_request *request)
{
    request->client_gone = true;
    px_errand_stop(request->errand, 499, "client left", "");
    px_resume(request);
}

static void on_done(struct px_errand *errand)
{
    px_resume(errand->owner);
}

enum MHD_Result px_wait_for_errand(struct px_request *request, const struct px_errand_kind *kind,
                                   struct px_errand *errand)
{
    request->errand_kind = kind;
    request->errand = errand;
    errand->done = on_done;
    errand->owner = request;
    if (errand->over) return reply(request);
    enum MHD_Result result = px_pause(request);
    px_watch_client(request, on_client_gone); /* which may call it at once */
    return result;
}

enum MHD_Result px_continue_errand(struct px_request *request)
{
    if (request->client_gone) return MHD_NO;
    return request->errand->over ? reply(request) : px_pause(request);
}

void px_stop_errand(struct px_request *request)
{
    char words[160];
    (void)snprintf(
        words, sizeof words,
        "the demo-proxy was stopped in the middle of this %s; send the request again when it is back",
        request->errand_kind->name);
    px_errand_stop(request->errand, 503, "overloaded_error", words);
    px_resume(request);
}

void px_finish_errand(struct px_request *request)
{
    px_unwatch_client(request);
    bool answered = request->stage == PX_STAGE_ANSWERED;
    px_errand_stop(request->errand, 499, "client left", "");
    if (!answered) request->errand_kind->record(request);
    request->errand_kind->close(request->errand);
    request->errand = NULL;
}
