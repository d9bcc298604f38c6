/* POST /v1/search: the web's addresses for an agent: an errand by way of upstream/search. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "http/errand.h"
#include "http/reply.h"
#include "http/routes.h"
#include "upstream/search.h"

enum { USUAL_RESULTS = 10 };

static const struct px_search *search_of(const struct px_request *request)
{
    return (const struct px_search *)request->errand;
}

/* Of the query nothing is logged. */
static void record(struct px_request *request)
{
    const struct px_search *search = search_of(request);
    const struct px_errand *errand = request->errand;
    struct buffer line = {0};
    const char *outcome = errand->refusal ? errand->refusal_type : "ok";
    px_count(&request->app->metrics.searches, outcome);
    px_log_begin(&line, errand->refusal ? "warning" : "info", "search");
    buffer_printf(
        &line,
        ",\"provider\":\"%s\",\"outcome\":\"%s\",\"status\":%d,\"results\":%zu,\"bytes\":%zu,\"ms\":%" PRId64,
        request->app->searcher.backend->name, outcome, search->status, search->count, search->bytes,
        errand->ms);
    px_log_end(&request->app->log, &line);
}

static enum MHD_Result reply(struct px_request *request)
{
    struct buffer body = {0};
    buffer_printf(&body, "{\"results\":%s,\"provider\":\"%s\"}\n",
                  buffer_string(&search_of(request)->results), request->app->searcher.backend->name);
    return px_reply_json(request, 200, &body);
}

static void close_search(struct px_errand *errand)
{
    px_search_close((struct px_search *)errand);
    free(errand);
}

static const char *provider_of(const struct px_app *app)
{
    return app->searcher.backend->name;
}

static const struct px_errand_kind search_kind = {
    .name = "search", .reply = reply, .record = record, .close = close_search, .provider = provider_of};

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

/* NULL with words in err when it did not begin. */
static struct px_search *start(struct px_request *request, struct px_err *err)
{
    cJSON *json = NULL;
    const char *query = NULL;
    size_t max_results = 0;
    int rc = read_body(request, &json, &query, &max_results, err);
    struct px_search *search = rc == 0 ? calloc(1, sizeof *search) : NULL;
    if (rc == 0 && !search) (void)px_fail_memory(err);
    if (search && px_search_start(&request->app->searcher, search, query, max_results, err)) {
        close_search(&search->errand);
        search = NULL;
    }
    cJSON_Delete(json);
    return search;
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
    struct px_search *search = start(request, &err);
    return search ? px_wait_for_errand(request, &search_kind, &search->errand)
                  : px_reply_refusal(request, &err);
}
