/* ask.h: what a model's request says that its price depends on: the model, how much it may answer, how often.
 * Read as the request's body comes in. A member that stands there twice is an error, since the provider might
 * take the other one. */
#ifndef PX_UPSTREAM_ASK_H
#define PX_UPSTREAM_ASK_H

#include "base/err.h"
#include "upstream/dialect.h"
#include "upstream/scan.h"

_Static_assert((int)PX_MODEL_NAME == (int)PX_SCAN_VALUE, "a model's name is a value of the scanner's");

struct px_ask {
    enum px_dialect dialect;
    struct px_scan *scan;      /* the caller's, until px_ask_finish */
    char model[PX_MODEL_NAME]; /* "" when it is missing; Google's stands in the address instead */
    int64_t output_tokens;     /* the most that it may answer; -1: it does not say */
    int64_t answers;           /* how many; 1 when it does not say */
    unsigned seen;
    bool twice, wrong;
};

void px_ask_begin(struct px_ask *ask, struct px_scan *scan, enum px_dialect dialect);
void px_ask_feed(struct px_ask *ask, const char *data, size_t size);
/* After the whole body. PX_EINVAL: it is no JSON object, or a member is there twice or malformed. */
int px_ask_finish(struct px_ask *ask, struct px_err *err);

#endif
