/* What those who run the proxy ask: is it well, and what has it done? */
#include <inttypes.h>

#include "http/choice.h"
#include "http/reply.h"
#include "http/routes.h"

/* A provider counts as down for so long after a call that it did not answer; then nobody knows. */
enum { DOWN_MS = 30000 };

static const char *condition(const struct px_app *app, const struct px_provider *provider)
{
    if (px_mode_of(app, provider) == PX_MODE_NONE) return "absent";
    return provider->failed_ms && px_now_ms() - provider->failed_ms < DOWN_MS ? "down" : "ok";
}

enum MHD_Result px_answer_health(struct px_request *request)
{
    struct px_app *app = request->app;
    const struct px_providers *providers = &app->providers;
    struct buffer body = {0}, list = {0};
    size_t there = 0, down = 0;
    char now[32];
    px_timestamp(now);
    for (size_t i = 0; i < providers->count; i++) {
        const char *how = condition(app, providers->items[i]);
        there += *how != 'a';
        down += *how == 'd';
        buffer_printf(&list, "%s\"%s\":\"%s\"", i ? "," : "", providers->items[i]->id, how);
    }
    bool well = down < there || there == 0, stored = px_database_check(&app->store.db, NULL) == 0;
    buffer_printf(&body,
                  "{\"status\":\"%s\",\"services\":{\"page\":\"%s\",\"model\":\"%s\",\"database\":\"%s\","
                  "\"providers\":{%s}},\"debug_bodies\":%s,"
                  "\"version\":\"%s\",\"timestamp\":\"%s\"}\n",
                  !well    ? "down"
                  : stored ? "ok"
                           : "degraded",
                  app->page_dir >= 0 ? "ok" : "absent", px_mode_name(px_mode_of(app, providers->items[0])),
                  stored ? "ok" : "failing", buffer_string(&list),
                  app->options.debug_bodies ? "true" : "false", UMBRA_VERSION, now);
    buffer_free(&list);
    return px_reply_json(request, well && stored ? 200 : 503, &body);
}

static void put_providers(const struct px_app *app, struct buffer *out)
{
    static const char *const kinds[PX_TOKENS] = {[PX_TOKEN_INPUT] = "input",
                                                 [PX_TOKEN_OUTPUT] = "output",
                                                 [PX_TOKEN_CACHE_READ] = "cache_read",
                                                 [PX_TOKEN_CACHE_WRITE] = "cache_write"};
    px_metric_head(out, "umbra_proxy_tokens_total", "counter", "Tokens that providers' answers told of.");
    for (size_t i = 0; i < app->providers.count; i++)
        for (size_t j = 0; j < PX_TOKENS; j++)
            buffer_printf(out, "umbra_proxy_tokens_total{provider=\"%s\",kind=\"%s\"} %" PRIu64 "\n",
                          app->providers.items[i]->id, kinds[j], app->providers.items[i]->tokens[j]);
    px_metric_head(out, "umbra_proxy_provider_failures_total", "counter",
                   "Calls that a provider did not answer, or not to the end.");
    for (size_t i = 0; i < app->providers.count; i++)
        buffer_printf(out, "umbra_proxy_provider_failures_total{provider=\"%s\"} %" PRIu64 "\n",
                      app->providers.items[i]->id, app->providers.items[i]->failures);
}

/* What cannot be read now has no sample. */
static void put_store(struct px_app *app, struct buffer *out)
{
    struct px_store *store = &app->store;
    int64_t left = -1, records = 0;
    px_metric_head(out, "umbra_proxy_database_up", "gauge", "1 while the database can be written.");
    buffer_printf(out, "umbra_proxy_database_up %d\n", px_database_check(&store->db, NULL) == 0);
    px_metric_head(out, "umbra_proxy_audit_records", "gauge", "Records in the audit log.");
    if (px_audit_count(&store->audit, &records, NULL) == 0)
        buffer_printf(out, "umbra_proxy_audit_records %" PRId64 "\n", records);
    px_metric_head(out, "umbra_proxy_audit_records_lost", "gauge",
                   "Records that could not be written, until one says so.");
    buffer_printf(out, "umbra_proxy_audit_records_lost %lu\n", store->audit.lost);
    px_metric_head(out, "umbra_proxy_budget_left_dollars", "gauge",
                   "What models may still cost, where there is a budget.");
    if (px_ledger_left(&store->ledger, px_unix_seconds(), &left, NULL) == 0 && left >= 0)
        buffer_printf(out, "umbra_proxy_budget_left_dollars{budget=\"day\"} %.6f\n", (double)left / 1e6);
}

enum MHD_Result px_answer_metrics(struct px_request *request)
{
    struct px_app *app = request->app;
    struct buffer body = {0};
    px_metrics_put(&app->metrics, &body);
    put_providers(app, &body);
    put_store(app, &body);
    px_metric_head(&body, "umbra_proxy_streams", "gauge", "Model's answers under way.");
    buffer_printf(&body, "umbra_proxy_streams %lld\n", app->streams);
    px_metric_head(&body, "umbra_proxy_fetches", "gauge", "Web fetches under way.");
    buffer_printf(&body, "umbra_proxy_fetches %lld\n", app->fetcher.running);
    px_metric_head(&body, "umbra_proxy_searches", "gauge", "Web searches under way.");
    buffer_printf(&body, "umbra_proxy_searches %lld\n", app->searcher.running);
    px_metric_head(&body, "umbra_proxy_connections", "gauge", "Open connections.");
    buffer_printf(&body, "umbra_proxy_connections %lld\n", app->connections);
    px_metric_head(&body, "umbra_proxy_log_lines_dropped", "gauge",
                   "Lines left out since the last one that the log's reader took.");
    buffer_printf(&body, "umbra_proxy_log_lines_dropped %lu\n", app->log.dropped);
    px_metric_head(&body, "umbra_proxy_info", "gauge", "The version.");
    buffer_printf(&body, "umbra_proxy_info{version=\"%s\"} 1\n", UMBRA_VERSION);
    return px_reply_text(request, 200, "text/plain; version=0.0.4; charset=utf-8", &body);
}
