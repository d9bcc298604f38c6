#include "upstream/ask.h"

#include <string.h>

enum member { MODEL, OUTPUT_TOKENS, ANSWERS };

static const struct {
    enum px_dialect dialect;
    enum member member;
    const char *path;
} places[] = {
    {PX_ANTHROPIC, MODEL, "model"},
    {PX_ANTHROPIC, OUTPUT_TOKENS, "max_tokens"},
    {PX_OPENAI, MODEL, "model"},
    {PX_OPENAI, OUTPUT_TOKENS, "max_tokens"},
    {PX_OPENAI, OUTPUT_TOKENS, "max_completion_tokens"},
    {PX_OPENAI, OUTPUT_TOKENS, "max_output_tokens"},
    {PX_OPENAI, ANSWERS, "n"},
    {PX_GOOGLE, OUTPUT_TOKENS, "generationConfig maxOutputTokens"},
    {PX_GOOGLE, OUTPUT_TOKENS, "generation_config max_output_tokens"},
    {PX_GOOGLE, OUTPUT_TOKENS, "generationConfig max_output_tokens"},
    {PX_GOOGLE, OUTPUT_TOKENS, "generation_config maxOutputTokens"},
    {PX_GOOGLE, ANSWERS, "generationConfig candidateCount"},
    {PX_GOOGLE, ANSWERS, "generation_config candidate_count"},
    {PX_GOOGLE, ANSWERS, "generationConfig candidate_count"},
    {PX_GOOGLE, ANSWERS, "generation_config candidateCount"},
};

enum { PLACES = sizeof places / sizeof places[0] };

static void take(struct px_ask *ask, enum member member, enum px_scan_kind kind)
{
    struct px_scan *scan = ask->scan;
    int64_t count = px_scan_count(scan, kind);
    if (kind == PX_SCAN_NULL) return; /* as if it were not there */
    switch (member) {
    case MODEL:
        ask->wrong |= kind != PX_SCAN_STRING || scan->cut;
        if (kind == PX_SCAN_STRING) memcpy(ask->model, scan->text, sizeof ask->model);
        break;
    case OUTPUT_TOKENS:
        ask->wrong |= count < 0;
        if (count > ask->output_tokens) ask->output_tokens = count;
        break;
    case ANSWERS:
        ask->wrong |= count < 0;
        if (count > ask->answers) ask->answers = count;
        break;
    }
}

static void on_value(struct px_scan *scan, enum px_scan_kind kind)
{
    struct px_ask *ask = scan->owner;
    for (unsigned i = 0; i < PLACES && scan->depth <= 2; i++) {
        if (places[i].dialect != ask->dialect || !px_scan_at(scan, places[i].path)) continue;
        ask->twice |= (ask->seen & 1u << i) != 0;
        ask->seen |= 1u << i;
        take(ask, places[i].member, kind);
    }
}

void px_ask_begin(struct px_ask *ask, struct px_scan *scan, enum px_dialect dialect)
{
    *ask = (struct px_ask){.scan = scan, .dialect = dialect, .output_tokens = -1, .answers = 1};
    scan->value = on_value;
    scan->owner = ask;
    px_scan_begin(scan);
}

void px_ask_feed(struct px_ask *ask, const char *data, size_t size)
{
    px_scan_feed(ask->scan, data, size);
}

int px_ask_finish(struct px_ask *ask, struct px_err *err)
{
    if (!px_scan_finish(ask->scan))
        return px_fail(err, PX_EINVAL, "the request's body is no whole JSON value; send an object");
    if (ask->twice)
        return px_fail(err, PX_EINVAL,
                       "the model or a limit of its answer stands twice in the request; name each once");
    if (ask->wrong)
        return px_fail(
            err, PX_EINVAL,
            "the model or a limit of its answer is malformed; send a short name and whole numbers");
    return 0;
}
