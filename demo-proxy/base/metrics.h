/* metrics.h: what the proxy counts, in memory and since its start, as Prometheus text (exposition format
 * 0.0.4, prometheus.io/docs/instrumenting/exposition_formats). Labels come from fixed tables and from the
 * settings, never from a request, so their number is bounded. */
#ifndef PX_BASE_METRICS_H
#define PX_BASE_METRICS_H

#include <stdint.h>

#include "base/buffer.h"

enum px_metric_token {
    PX_TOKEN_INPUT,
    PX_TOKEN_OUTPUT,
    PX_TOKEN_CACHE_READ,
    PX_TOKEN_CACHE_WRITE,
    PX_TOKENS
};

/* Upper bounds of the histogram's buckets in milliseconds; the last one has none. */
#define PX_METRIC_BOUNDS                                                                                     \
    {                                                                                                        \
        1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000                            \
    }
enum { PX_METRIC_BUCKETS = 16, PX_METRIC_ROUTES = 64, PX_METRIC_NAME = 64, PX_METRIC_COUNTS = 24 };

struct px_histogram {
    uint64_t buckets[PX_METRIC_BUCKETS], count;
    int64_t sum_ms;
};

/* The requests of one route. */
struct px_route_metrics {
    char name[PX_METRIC_NAME];
    uint64_t statuses[6]; /* by the first digit; 0: none was sent */
    struct px_histogram duration;
};

/* How often each of a few things happened. */
struct px_counts {
    struct {
        const char *name;
        uint64_t count;
    } items[PX_METRIC_COUNTS]; /* the last one takes what has no place of its own */
    size_t count;
};

struct px_metrics {
    struct px_route_metrics routes[PX_METRIC_ROUTES]; /* the last one takes what has no place of its own */
    size_t route_count;
    uint64_t bytes_in, bytes_out, clients_gone;
    struct px_histogram first_byte; /* of providers' answers */
    struct px_counts refused, rate_limited, fetches, searches;
};

void px_metrics_request(struct px_metrics *metrics, const char *route, int status, int64_t ms,
                        uint64_t bytes_in, uint64_t bytes_out);
void px_histogram_add(struct px_histogram *histogram, int64_t ms);
/* name: a constant, never a client's word. */
void px_count(struct px_counts *counts, const char *name);
void px_metrics_put(const struct px_metrics *metrics, struct buffer *out);
/* One family's head: "# HELP …" and "# TYPE …". */
void px_metric_head(struct buffer *out, const char *name, const char *type, const char *help);

#endif
