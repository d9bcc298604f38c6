/* Answers of search providers: whatever they say, the results are valid JSON with web addresses and with
 * texts that hold no tag and no control character; a key is taken out of bytes however they are cut. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "upstream/key_filter.h"
#include "upstream/search_result.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { SNIPPET = 200, MOST = 10 };

static void check_text(const char *text, size_t most)
{
    if (!text || strlen(text) > most) abort();
    for (const char *p = text; *p; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7f) abort();
        bool letter = (p[1] >= 'a' && p[1] <= 'z') || (p[1] >= 'A' && p[1] <= 'Z');
        if (*p == '<' && (letter || (p[1] && strchr("/!?", p[1])))) abort();
    }
}

static void check_results(const struct px_search_backend *backend, const char *data, size_t size)
{
    struct buffer out = {0};
    size_t count = 0, seen = 0;
    if (px_search_results(backend, data, size, MOST, SNIPPET, &out, &count, NULL) == 0) {
        cJSON *json = px_json_parse(buffer_string(&out), out.size, NULL);
        const cJSON *item = NULL;
        if (!cJSON_IsArray(json) || count > MOST) abort();
        cJSON_ArrayForEach(item, json)
        {
            const char *url = px_json_text(item, "url");
            if (!url || (!px_has_prefix(url, "http://") && !px_has_prefix(url, "https://"))) abort();
            check_text(px_json_text(item, "title"), PX_SEARCH_TITLE_BYTES);
            check_text(px_json_text(item, "snippet"), SNIPPET);
            seen++;
        }
        if (seen != count) abort();
        cJSON_Delete(json);
    }
    buffer_free(&out);
}

/* The secret is the input's own beginning, so that it does occur. */
static void check_redaction(const char *data, size_t size)
{
    struct px_key_filter redact;
    struct buffer whole = {0};
    char secret[PX_KEY_FILTER_LEAST + 1] = "";
    if (size < PX_KEY_FILTER_LEAST || memchr(data, '\0', PX_KEY_FILTER_LEAST)) return;
    memcpy(secret, data, PX_KEY_FILTER_LEAST);
    if (px_key_filter_open(&redact, secret)) return;
    size_t piece = 1 + (unsigned char)data[size - 1] % 40;
    for (size_t at = 0; at < size; at += piece) {
        struct buffer copy = {0};
        const char *out = NULL;
        size_t n = 0, held = 0;
        if (px_key_filter_piece(&redact, data + at, size - at < piece ? size - at : piece, &copy, &out, &n,
                                &held))
            abort();
        buffer_put(&whole, out, n);
        redact.held = held;
        buffer_free(&copy);
    }
    buffer_put(&whole, secret, redact.held);
    size_t found = 0, left = 0;
    for (const char *p = data; (p = memmem(p, size - (size_t)(p - data), secret, PX_KEY_FILTER_LEAST));
         p += PX_KEY_FILTER_LEAST)
        found++;
    left = whole.size + found * (PX_KEY_FILTER_LEAST - strlen(PX_KEY_FILTERED));
    if (left != size) abort(); /* nothing is lost, and each occurrence is replaced */
    buffer_free(&whole);
    px_key_filter_close(&redact);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const char *text = (const char *)data;
    for (int kind = 0; kind < PX_SEARCH_KINDS; kind++)
        check_results(px_search_backend_at((enum px_search_kind)kind), text, size);
    check_redaction(text, size);
    return 0;
}
