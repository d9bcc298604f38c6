/* usage.h: reads from an answer, as it passes, which model gave it and how many tokens it cost, without
 * holding a byte of it back. Whole answers and event streams of all dialects; what cannot be read is skipped.
 * Sources: Anthropic API reference, Messages ("usage") and Streaming; OpenAI API reference, Chat Completions,
 * Responses ("usage"); Google, Gemini API reference, GenerateContentResponse ("usageMetadata"). */
#ifndef PX_UPSTREAM_USAGE_H
#define PX_UPSTREAM_USAGE_H

#include "upstream/dialect.h"
#include "upstream/scan.h"

/* Tokens, each counted once, in the place where it is priced. */
struct px_usage {
    bool known;                                        /* the answer told of it */
    int64_t input;                                     /* neither read from nor written to a cache */
    int64_t cache_read, cache_write, cache_write_hour; /* written for five minutes, for an hour */
    int64_t output;                                    /* what the model thought included */
};

struct px_usage_reader {
    enum px_dialect dialect;
    bool events;           /* an event stream, not one JSON value */
    unsigned char at_line; /* where in a line of the stream */
    struct px_scan scan;
    char model[PX_SCAN_VALUE]; /* "" until it was told */
    bool seen;
    int64_t counts[8]; /* as the dialect has them; see usage.c */
};

void px_usage_begin(struct px_usage_reader *reader, enum px_dialect dialect, bool events);
void px_usage_feed(struct px_usage_reader *reader, const char *data, size_t size);
/* What was read so far. */
struct px_usage px_usage_of(const struct px_usage_reader *reader);

#endif
