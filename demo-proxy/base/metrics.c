#include "base/metrics.h"

#include <inttypes.h>
#include <string.h>

static const int64_t bounds[PX_METRIC_BUCKETS - 1] = PX_METRIC_BOUNDS;

void px_histogram_add(struct px_histogram *histogram, int64_t ms)
{
    size_t i = 0;
    while (i < PX_METRIC_BUCKETS - 1 && ms > bounds[i]) i++;
    histogram->buckets[i]++;
    histogram->count++;
    histogram->sum_ms += ms;
}

static struct px_route_metrics *find(struct px_metrics *metrics, const char *route)
{
    for (size_t i = 0; i < metrics->route_count; i++)
        if (strcmp(metrics->routes[i].name, route) == 0) return &metrics->routes[i];
    if (strlen(route) >= PX_METRIC_NAME || metrics->route_count >= PX_METRIC_ROUTES - 1) route = "other";
    if (metrics->route_count == PX_METRIC_ROUTES) return &metrics->routes[PX_METRIC_ROUTES - 1];
    struct px_route_metrics *made = &metrics->routes[metrics->route_count++];
    memcpy(made->name, route, strlen(route) + 1);
    return made;
}

void px_metrics_request(struct px_metrics *metrics, const char *route, int status, int64_t ms,
                        uint64_t bytes_in, uint64_t bytes_out)
{
    struct px_route_metrics *entry = find(metrics, route);
    entry->statuses[status >= 100 && status < 600 ? status / 100 : 0]++;
    px_histogram_add(&entry->duration, ms);
    metrics->bytes_in += bytes_in;
    metrics->bytes_out += bytes_out;
}

void px_count(struct px_counts *counts, const char *name)
{
    size_t i = 0;
    while (i < counts->count && strcmp(counts->items[i].name, name) != 0) i++;
    if (i == counts->count) {
        if (i == PX_METRIC_COUNTS)
            i--;
        else
            counts->items[counts->count++].name = i == PX_METRIC_COUNTS - 1 ? "other" : name;
    }
    counts->items[i].count++;
}

static void put_counts(struct buffer *out, const char *name, const char *label, const char *help,
                       const struct px_counts *counts)
{
    px_metric_head(out, name, "counter", help);
    for (size_t i = 0; i < counts->count; i++)
        buffer_printf(out, "%s{%s=\"%s\"} %" PRIu64 "\n", name, label, counts->items[i].name,
                      counts->items[i].count);
}

void px_metric_head(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_histogram(struct buffer *out, const char *name, const char *label, const char *value,
                          const struct px_histogram *histogram)
{
    uint64_t so_far = 0;
    for (size_t i = 0; i < PX_METRIC_BUCKETS - 1; i++) {
        so_far += histogram->buckets[i];
        buffer_printf(out, "%s_bucket{%s%s%s%sle=\"%g\"} %" PRIu64 "\n", name, label, *label ? "=\"" : "",
                      value, *label ? "\"," : "", (double)bounds[i] / 1000, so_far);
    }
    buffer_printf(out, "%s_bucket{%s%s%s%sle=\"+Inf\"} %" PRIu64 "\n", name, label, *label ? "=\"" : "",
                  value, *label ? "\"," : "", histogram->count);
    const char *open = *label ? "{" : "", *close = *label ? "\"}" : "", *equals = *label ? "=\"" : "";
    buffer_printf(out, "%s_sum%s%s%s%s%s %g\n", name, open, label, equals, value, close,
                  (double)histogram->sum_ms / 1000);
    buffer_printf(out, "%s_count%s%s%s%s%s %" PRIu64 "\n", name, open, label, equals, value, close,
                  histogram->count);
}

void px_metrics_put(const struct px_metrics *metrics, struct buffer *out)
{
    static const char *const classes[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
    px_metric_head(out, "umbra_proxy_requests_total", "counter", "Requests that ended, by route and status.");
    for (size_t i = 0; i < metrics->route_count; i++)
        for (size_t j = 0; j < 6; j++)
            if (metrics->routes[i].statuses[j])
                buffer_printf(out, "umbra_proxy_requests_total{route=\"%s\",status=\"%s\"} %" PRIu64 "\n",
                              metrics->routes[i].name, classes[j], metrics->routes[i].statuses[j]);
    px_metric_head(out, "umbra_proxy_request_seconds", "histogram",
                   "Time from the request's first line to the end of its answer.");
    for (size_t i = 0; i < metrics->route_count; i++)
        put_histogram(out, "umbra_proxy_request_seconds", "route", metrics->routes[i].name,
                      &metrics->routes[i].duration);
    px_metric_head(out, "umbra_proxy_first_byte_seconds", "histogram",
                   "Time from the request's first line to the head of a provider's answer.");
    put_histogram(out, "umbra_proxy_first_byte_seconds", "", "", &metrics->first_byte);
    px_metric_head(out, "umbra_proxy_received_bytes_total", "counter", "Bodies of requests.");
    buffer_printf(out, "umbra_proxy_received_bytes_total %" PRIu64 "\n", metrics->bytes_in);
    px_metric_head(out, "umbra_proxy_sent_bytes_total", "counter", "Bodies of answers.");
    buffer_printf(out, "umbra_proxy_sent_bytes_total %" PRIu64 "\n", metrics->bytes_out);
    px_metric_head(out, "umbra_proxy_clients_gone_total", "counter", "Answers that nobody waited for.");
    buffer_printf(out, "umbra_proxy_clients_gone_total %" PRIu64 "\n", metrics->clients_gone);
    put_counts(out, "umbra_proxy_refused_total", "reason",
               "Requests that the proxy itself answered with an error.", &metrics->refused);
    put_counts(out, "umbra_proxy_rate_limited_total", "limit",
               "Answers with status 429, by what was used up.", &metrics->rate_limited);
    put_counts(out, "umbra_proxy_fetches_total", "outcome", "Web fetches, by how they ended.",
               &metrics->fetches);
    put_counts(out, "umbra_proxy_searches_total", "outcome", "Web searches, by how they ended.",
               &metrics->searches);
}
