/* prices.h: what models cost, from a file of the user's: nobody else's word is good for it, since prices
 * change. A dollar for a million tokens is a millionth of a dollar for each.
 *
 *     {"models": {"claude-sonnet-*": {"input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75,
 *                                     "cache_write_hour": 6, "max_output": 64000}}}
 *
 * A name may end with '*'; the longest that fits counts. cache_read, cache_write and cache_write_hour are as
 * dear as input where they are missing. */
#ifndef PX_STORE_PRICES_H
#define PX_STORE_PRICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "upstream/ask.h"
#include "upstream/usage.h"

enum { PX_PRICES_MAX = 1000, PX_PRICES_BYTES = 1 << 20 };

struct px_price {
    char *model;                                                     /* without the '*' */
    bool open;                                                       /* it had one */
    double input, output, cache_read, cache_write, cache_write_hour; /* dollars for a million tokens */
    int64_t max_output;                                              /* tokens; 0: unknown */
};

struct px_prices {
    struct px_price *items;
    size_t count;
};

/* path NULL: there are none. PX_EIO, PX_EUSAGE with the entry that is wrong, PX_ENOMEM. */
int px_prices_open(struct px_prices *prices, const char *path, struct px_err *err);
/* The same from memory. */
int px_prices_parse(struct px_prices *prices, const char *text, size_t size, const char *name,
                    struct px_err *err);
void px_prices_close(struct px_prices *prices);

/* NULL: the model is not in the file. */
const struct px_price *px_price_of(const struct px_prices *prices, const char *model);
/* Millionths of a dollar, rounded up. */
int64_t px_price_cost(const struct px_price *price, const struct px_usage *usage);
/* The most that a request can cost: a token is at least one byte of the request, and it answers as much as it
 * asks for, or else as the model can, or else `output_tokens`. */
int64_t px_price_most(const struct px_price *price, const struct px_ask *ask, uint64_t body_bytes,
                      int64_t output_tokens);

#endif
