/* POST /v1/search: the web's addresses for an agent, by way of upstream/search. The connection is suspended
 * until the search is over; a client that leaves ends it. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "http/pause.h"
#include "http/reply.h"
#include "http/routes.h"
#include "upstream/search.h"

enum { USUAL_RESULTS = 10 };

/* Of the query nothing is logged. */
static void record(struct px_request *request)
{
    const struct px_search *search = request->search;
    struct buffer line = {0};
    const char *outcome = search->refusal ? search->refusal_type : "ok";
    px_count(&request->app->metrics.searches, outcome);
    px_log_begin(&line, search->refusal ? "warning" : "info", "search");
    buffer_printf(
        &line,
        ",\"provider\":\"%s\",\"outcome\":\"%s\",\"status\":%d,\"results\":%zu,\"bytes\":%zu,\"ms\":%" PRId64,
        request->app->searcher.backend->name, outcome, search->status, search->count, search->bytes,
        search->ms);
    px_log_end(&request->app->log, &line);
}

static enum MHD_Result reply(struct px_request *request)
{
    const struct px_search *search = request->search;
    struct buffer body = {0};
    record(request);
    if (search->refusal == 429) px_reply_extra(request, "Retry-After", "5");
    if (search->refusal)
        return px_reply_error(request, search->refusal, search->refusal_type, search->err.text);
    buffer_printf(&body, "{\"results\":%s,\"provider\":\"%s\"}\n", buffer_string(&search->results),
                  request->app->searcher.backend->name);
    return px_reply_json(request, 200, &body);
}

static void on_client_gone(struct px_request *request)
{
    request->client_gone = true;
    px_search_stop(request->search, 499, "client left", "");
    px_resume(request);
}

static void on_searched(struct px_search *search)
{
    px_resume(search->owner);
}

static int read_body(const struct px_request *request, cJSON **json, const char **query, size_t *max_results,
                     struct px_err *err)
{
    long long most = request->app->options.search_max_results;
    *json = px_json_parse(buffer_string(&request->body), request->body.size, err);
    if (!*json) return PX_EINVAL;
    *query = px_json_text(*json, "query");
    if (!*query)
        return px_fail(err, PX_EINVAL, "the body must be {\"query\":\"…\"} with what is to be searched for");
    *max_results = (size_t)(most < USUAL_RESULTS ? most : USUAL_RESULTS);
    return px_read_most(*json, "max_results", "results", (size_t)most, max_results, err);
}

static int start(struct px_request *request, struct px_err *err)
{
    cJSON *json = NULL;
    const char *query = NULL;
    size_t max_results = 0;
    int rc = read_body(request, &json, &query, &max_results, err);
    struct px_search *search = rc == 0 ? calloc(1, sizeof *search) : NULL;
    if (rc == 0 && !search) rc = px_fail_memory(err);
    if (search) {
        search->done = on_searched;
        search->owner = request;
        rc = px_search_start(&request->app->searcher, search, query, max_results, err);
    }
    cJSON_Delete(json);
    if (rc == 0) {
        request->search = search;
    } else if (search) {
        px_search_close(search);
        free(search);
    }
    return rc;
}

enum MHD_Result px_answer_search(struct px_request *request)
{
    struct px_app *app = request->app;
    struct px_err err;
    if (!app->searcher.backend)
        return px_reply_error(request, 400, "invalid_request_error",
                              "no search is configured; start the proxy with --search-url or "
                              "--search-provider (demo-proxy --help says how)");
    if (!px_searcher_has_room(&app->searcher) || app->draining)
        return px_reply_full(request,
                             "the proxy does as many searches as --max-fetches allows; try again soon");
    if (start(request, &err)) return px_reply_refusal(request, &err);
    enum MHD_Result result = px_pause(request);
    px_watch_client(request, on_client_gone); /* which may call it at once */
    return result;
}

enum MHD_Result px_continue_search(struct px_request *request)
{
    if (request->client_gone) return MHD_NO;
    return request->search->over ? reply(request) : px_pause(request);
}

void px_stop_search(struct px_request *request)
{
    px_search_stop(
        request->search, 503, "overloaded_error",
        "the demo-proxy was stopped in the middle of this search; send the request again when it is back");
    px_resume(request);
}

void px_finish_search(struct px_request *request)
{
    px_unwatch_client(request);
    bool answered = request->stage == PX_STAGE_ANSWERED;
    px_search_stop(request->search, 499, "client left", "");
    if (!answered) record(request);
    px_search_close(request->search);
    free(request->search);
    request->search = NULL;
}
