#include "http/record.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "http/bodies.h"
#include "http/errand.h"
#include "http/gate.h"
#include "http/reply.h"
#include "http/routes.h"

enum { MINUTE_MS = 60000, LONGEST_DETAIL = PX_AUDIT_DETAIL_MAX / 2 };

static void tell_allowance(struct px_request *request, const struct px_allowance *allowance)
{
    static const char *const names[] = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset",
                                        "Retry-After"};
    const int64_t values[] = {allowance->limit, allowance->remaining, allowance->reset_seconds,
                              allowance->retry_seconds};
    for (size_t i = 0; i < (allowance->good ? 3 : 4); i++)
        px_reply_extra(request, names[i], px_number_text(values[i], request->rate_text[i]));
}

/* An IP address, brackets around an IPv6 one allowed. */
static bool read_address(const char *text, size_t size, struct sockaddr_storage *out)
{
    char bare[INET6_ADDRSTRLEN];
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    bool brackets = size > 2 && text[0] == '[' && text[size - 1] == ']';
    (void)snprintf(bare, sizeof bare, "%.*s", (int)(brackets ? size - 2 : size), text + brackets);
    *out = (struct sockaddr_storage){0};
    out->ss_family = AF_INET;
    if (size < sizeof bare && inet_pton(AF_INET, bare, &v4->sin_addr) == 1) return true;
    out->ss_family = AF_INET6;
    return size < sizeof bare && inet_pton(AF_INET6, bare, &v6->sin6_addr) == 1;
}

/* Behind a TLS terminator: the address that it added last. What stands before it is the client's word. */
static bool forwarded_for(const struct px_request *request, struct sockaddr_storage *out)
{
    const char *list = request->app->options.behind_tls ? px_header_last(request, "X-Forwarded-For") : NULL;
    if (!list) return false;
    const char *comma = strrchr(list, ','), *start = comma ? comma + 1 : list;
    start += strspn(start, " \t");
    size_t size = strcspn(start, " \t");
    return start[size + strspn(start + size, " \t")] == '\0' && read_address(start, size, out);
}

static void name_address(const struct px_request *request, char address[PX_BUCKET_NAME])
{
    struct sockaddr_storage forwarded;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (forwarded_for(request, &forwarded))
        px_bucket_address((const struct sockaddr *)&forwarded, address);
    else
        px_bucket_address(info ? info->client_addr : NULL, address);
}

void px_client_name(const struct px_request *request, char name[PX_BUCKET_NAME])
{
    if (request->actor.text[0])
        (void)snprintf(name, PX_BUCKET_NAME, "%s", request->actor.text);
    else
        name_address(request, name);
}

void px_take_allowance(struct px_request *request)
{
    enum px_limit limit = request->route->limit;
    struct px_buckets *buckets = &request->app->store.buckets;
    struct px_allowance allowance;
    struct px_err err;
    char address[PX_BUCKET_NAME];
    if (limit == PX_LIMIT_NONE) return;
    name_address(request, address);
    const char *const owners[] = {request->actor.text, address};
    if (px_buckets_take(buckets, limit, owners, 2, px_unix_ms(), &allowance, &err)) {
        px_refuse_err(request, &err);
        return;
    }
    if (!allowance.limited) return;
    tell_allowance(request, &allowance);
    if (allowance.good) return;
    px_refuse(request, 429, "rate_limit_error",
              "more than %" PRId64 " %s in %" PRId64 " seconds; the next is allowed in %" PRId64
              " seconds (%s of the proxy)",
              allowance.limit, limit == PX_LIMIT_MODEL ? "model requests" : "fetches",
              buckets->window_ms / 1000, allowance.retry_seconds,
              limit == PX_LIMIT_MODEL ? "--model-requests" : "--fetch-requests");
}

static void on_lost(struct px_writer *writer, const struct px_err *err)
{
    struct px_request *request = writer->owner;
    struct px_stream *stream = &request->stream;
    struct px_producer *producer = stream->producer;
    request->reservation.id = 0;
    if (!request->streaming || !producer) return;
    request->remote = false; /* it is no failure of the provider's */
    stream->producer = NULL;
    producer->cancel(producer);
    px_stream_fail(stream, 503, "api_error", "%s", err->text);
}

bool px_prices_matter(const struct px_app *app)
{
    return app->store.prices.count || app->options.budget_day || app->options.budget_session;
}

int px_price_request(struct px_request *request, const char *own_key, struct px_err *err)
{
    struct px_app *app = request->app;
    const char *model = request->ask.model;
    if (own_key) return px_keys_foreign(&app->store.keys, own_key, request->payer, err);
    request->price = px_price_of(&app->store.prices, model);
    if (request->price || !px_prices_matter(app) || app->options.allow_unpriced) return 0;
    return px_fail(err, PX_EPERM,
                   "the price of the model \"%.80s\" is unknown, so no budget can hold for it; add it to the "
                   "file in --prices, or start the proxy with --allow-unpriced",
                   model);
}

/* Millionths of a dollar, before anything is known of the answer; -1: somebody else pays. */
static int64_t most_of(const struct px_request *request)
{
    const struct px_options *options = &request->app->options;
    if (request->payer[0]) return -1;
    if (!request->price) return options->model_request_cost;
    return px_price_most(request->price, &request->ask, request->body_size, options->assumed_output_tokens);
}

int px_reserve_cost(struct px_request *request, struct px_err *err)
{
    struct px_app *app = request->app;
    const struct px_actor *actor = &request->actor;
    const char *payer = request->payer[0] ? request->payer : actor->text;
    int64_t most = most_of(request);
    request->reserved = most < 0 ? 0 : most;
    int rc = px_ledger_reserve(&app->store.ledger, payer,
                               actor->kind == PX_ACTOR_SESSION && !request->payer[0] ? actor->text : NULL,
                               most, px_unix_seconds(), &request->reservation, err);
    if (rc) return rc;
    request->writer.lost = on_lost;
    request->writer.owner = request;
    px_database_join(&app->store.db, &request->writer);
    return 0;
}

void px_release_cost(struct px_request *request)
{
    if (request->reservation.id)
        (void)px_ledger_release(&request->app->store.ledger, &request->reservation, NULL);
    request->reservation.id = 0;
}

/* An answer that was cut off tells of its tokens at its end only. Events carry at least so many bytes for
 * each token. */
enum { BYTES_PER_TOKEN = 16 };

static int64_t priced(const struct px_request *request, struct px_usage usage)
{
    bool whole =
        request->stream.state == PX_STREAM_ENDED && !request->stream.failure_type && !request->client_gone;
    if (whole) return px_price_cost(request->price, &usage);
    int64_t tokens = (int64_t)(request->bytes / BYTES_PER_TOKEN);
    if (tokens > usage.output) usage.output = tokens;
    int64_t cost = px_price_cost(request->price, &usage);
    return cost < request->reserved ? cost : request->reserved;
}

/* What the answer cost: by its own word, else what was reserved, but nothing when the provider refused. A
 * provider that fell silent may have worked all the same. */
static int64_t cost_of(const struct px_request *request)
{
    struct px_usage usage = px_usage_of(&request->stream.usage);
    if (request->payer[0]) return 0;
    if (request->price && usage.known) return priced(request, usage);
    return request->status >= 400 && request->status != 504 ? 0 : request->reserved;
}

static bool may_record_refusal(struct px_app *app)
{
    int64_t now = px_now_ms();
    struct px_store *store = &app->store;
    if (now - store->refused_since_ms >= MINUTE_MS) {
        store->refused_since_ms = now;
        store->refused = 0;
    }
    if (store->refused < app->options.audit_refused_per_minute) return store->refused++, true;
    store->refused_left_out++;
    return false;
}

static const char *kind_of(const struct px_request *request)
{
    static const int refusals[] = {401, 402, 403, 413, 421, 429, 503};
    const struct px_route *route = request->route;
    bool pairing = route && route->answer == px_answer_pair, refused = pairing;
    if (request->reservation.id) return "model";
    if (route && route->limit == PX_LIMIT_FETCH && request->status < 400)
        return request->errand_kind ? request->errand_kind->name : "fetch";
    if (pairing && request->status < 400) return "pairing";
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        refused = refused || request->status == refusals[i];
    return refused && may_record_refusal(request->app) ? "refused" : NULL;
}

static void put_detail(struct px_request *request, const char *ended, const char *bodies,
                       struct buffer *detail)
{
    struct px_store *store = &request->app->store;
    const char *separator = "{";
    const char *const members[][2] = {{"ended", ended},
                                      {"failure", request->streaming ? request->stream.failure_type : NULL},
                                      {"refusal", request->refusal.type},
                                      {"bodies", *bodies ? bodies : NULL}};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (!members[i][1]) continue;
        buffer_printf(detail, "%s\"%s\":\"%s\"", separator, members[i][0], members[i][1]);
        separator = ",";
    }
    if (store->refused_left_out) {
        buffer_printf(detail, "%s\"refusals_left_out\":%lld", separator, store->refused_left_out);
        store->refused_left_out = 0;
        separator = ",";
    }
    if (request->detail.size && !request->detail.failed && request->detail.size < LONGEST_DETAIL) {
        buffer_printf(detail, "%s\"fetch\":{%s}", separator, buffer_string(&request->detail));
        separator = ",";
    }
    if (*separator == ',') buffer_put_byte(detail, '}');
}

static const char *provider_of(const struct px_request *request)
{
    const struct px_errand_kind *kind = request->errand_kind;
    if (request->provider) return request->provider->id;
    return kind && kind->provider ? kind->provider(request->app) : NULL;
}

/* The model's name is the provider's word, or else the client's. */
static const char *model_of(const struct px_request *request)
{
    const char *told = request->stream.usage.model;
    return *told ? told : *request->ask.model ? request->ask.model : NULL;
}

static void settle(struct px_request *request, int64_t micro_dollars)
{
    struct px_usage usage = px_usage_of(&request->stream.usage);
    struct px_cost cost = {.provider = request->provider->id,
                           .model = model_of(request),
                           .input_tokens = usage.input,
                           .output_tokens = usage.output,
                           .cache_read_tokens = usage.cache_read,
                           .cache_write_tokens = usage.cache_write + usage.cache_write_hour};
    (void)px_ledger_settle(&request->app->store.ledger, &request->reservation, &cost, micro_dollars, NULL);
}

void px_audit_request(struct px_request *request, const char *ended)
{
    struct px_app *app = request->app;
    struct buffer detail = {0};
    char route[PX_ROUTE_NAME];
    px_database_leave(&app->store.db, &request->writer);
    const char *kind = kind_of(request);
    if (!kind || !app->store.serving) return;
    int64_t cost = request->reservation.id ? cost_of(request) : -1;
    struct px_bodies_kept kept = {.hash = ""};
    if (request->reservation.id) px_bodies_seal(request, &kept);
    put_detail(request, ended, kept.hash, &detail);
    if (request->reservation.id) settle(request, cost);
    px_route_name(request, route);
    /* A record that cannot be written is counted there, and told in the log and in the next one. */
    (void)px_audit_append(&app->store.audit,
                          &(struct px_audit_record){
                              .kind = kind,
                              .actor = request->actor.text[0] ? request->actor.text : NULL,
                              .route = request->route ? route : NULL,
                              .provider = provider_of(request),
                              .model = request->provider ? model_of(request) : NULL,
                              .status = request->status,
                              .bytes_in = (int64_t)request->body_size,
                              .bytes_out = (int64_t)request->bytes,
                              .duration_ms = px_now_ms() - request->start_ms,
                              .micro_dollars = cost,
                              .detail = detail.size ? buffer_string(&detail) : NULL,
                          },
                          NULL);
    if (app->store.audit.lost == 0)
        px_bodies_store(request, &kept); /* else there is none to put them beside */
    px_bodies_drop(&kept);
    request->reservation.id = 0;
    buffer_free(&detail);
}
