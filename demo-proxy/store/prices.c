#include "store/prices.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "store/ledger.h"

/* Tokens that a provider adds to a request by itself, for tools above all. */
enum { ADDED_TOKENS = 2000 };

static int wrong(const char *name, const char *model, const char *member, struct px_err *err)
{
    return px_fail(
        err, PX_EUSAGE,
        "%s: the price of %.80s has a wrong or missing \"%s\"; write dollars for a million tokens, "
        "0 or more",
        name, model, member);
}

/* A member that must be a number from 0 on; a missing one is `fallback`, NAN: it must be there. */
static bool take_number(const cJSON *entry, const char *member, double fallback, double *out)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(entry, member);
    *out = value ? value->valuedouble : fallback;
    return (!value || cJSON_IsNumber(value)) && *out >= 0 && *out <= 1e9;
}

static int take_price(struct px_price *price, const cJSON *entry, const char *name, struct px_err *err)
{
    const char *model = entry->string;
    double most = 0;
    size_t n = strlen(model);
    if (!take_number(entry, "input", (double)NAN, &price->input)) return wrong(name, model, "input", err);
    if (!take_number(entry, "output", (double)NAN, &price->output)) return wrong(name, model, "output", err);
    if (!take_number(entry, "cache_read", price->input, &price->cache_read))
        return wrong(name, model, "cache_read", err);
    if (!take_number(entry, "cache_write", price->input, &price->cache_write))
        return wrong(name, model, "cache_write", err);
    if (!take_number(entry, "cache_write_hour", price->cache_write, &price->cache_write_hour))
        return wrong(name, model, "cache_write_hour", err);
    if (!take_number(entry, "max_output", 0, &most)) return wrong(name, model, "max_output", err);
    price->max_output = (int64_t)most;
    price->open = n > 0 && model[n - 1] == '*';
    price->model = strndup(model, price->open ? n - 1 : n);
    return price->model ? 0 : px_fail_memory(err);
}

int px_prices_parse(struct px_prices *prices, const char *text, size_t size, const char *name,
                    struct px_err *err)
{
    struct px_err inner;
    *prices = (struct px_prices){0};
    cJSON *json = px_json_parse(text, size, &inner);
    const cJSON *models = cJSON_GetObjectItemCaseSensitive(json, "models"), *entry;
    int count = cJSON_IsObject(models) ? cJSON_GetArraySize(models) : 0;
    int rc = 0;
    if (!json)
        rc = px_fail(err, PX_EUSAGE, "%s is no JSON: %s", name, inner.text);
    else if (!cJSON_IsObject(models) || count > PX_PRICES_MAX)
        rc = px_fail(err, PX_EUSAGE, "%s must be {\"models\":{…}} with at most %d models", name,
                     PX_PRICES_MAX);
    else if (count && !(prices->items = calloc((size_t)count, sizeof *prices->items)))
        rc = px_fail_memory(err);
    cJSON_ArrayForEach(entry, models)
    {
        if (rc == 0 && prices->items) rc = take_price(&prices->items[prices->count++], entry, name, err);
    }
    cJSON_Delete(json);
    if (rc) px_prices_close(prices);
    return rc;
}

int px_prices_open(struct px_prices *prices, const char *path, struct px_err *err)
{
    char *text;
    size_t size;
    *prices = (struct px_prices){0};
    if (!path) return 0;
    int rc = px_file_read(path, "the file of prices", PX_PRICES_BYTES, PX_FILE_PUBLIC, &text, &size, err);
    if (rc == 0) rc = px_prices_parse(prices, text, size, path, err);
    free(text);
    return rc;
}

void px_prices_close(struct px_prices *prices)
{
    for (size_t i = 0; i < prices->count; i++) free(prices->items[i].model);
    free(prices->items);
    *prices = (struct px_prices){0};
}

const struct px_price *px_price_of(const struct px_prices *prices, const char *model)
{
    const struct px_price *best = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < prices->count; i++) {
        const struct px_price *price = &prices->items[i];
        size_t n = strlen(price->model);
        if (!price->open && strcmp(price->model, model) == 0) return price;
        if (!price->open || strncmp(price->model, model, n) != 0 || (best && n <= longest)) continue;
        best = price;
        longest = n;
    }
    return best;
}

static int64_t round_up(double micro_dollars)
{
    return micro_dollars >= (double)PX_MICRO_DOLLARS_MAX ? PX_MICRO_DOLLARS_MAX
                                                         : (int64_t)ceil(micro_dollars);
}

int64_t px_price_cost(const struct px_price *price, const struct px_usage *usage)
{
    return round_up((double)usage->input * price->input + (double)usage->cache_read * price->cache_read +
                    (double)usage->cache_write * price->cache_write +
                    (double)usage->cache_write_hour * price->cache_write_hour +
                    (double)usage->output * price->output);
}

int64_t px_price_most(const struct px_price *price, const struct px_ask *ask, uint64_t body_bytes,
                      int64_t output_tokens)
{
    double dearest =
        fmax(fmax(price->input, price->cache_read), fmax(price->cache_write, price->cache_write_hour));
    int64_t answer = ask->output_tokens >= 0 ? ask->output_tokens
                     : price->max_output > 0 ? price->max_output
                                             : output_tokens;
    return round_up(((double)body_bytes + ADDED_TOKENS) * dearest +
                    (double)answer * (double)(ask->answers > 0 ? ask->answers : 1) * price->output);
}
