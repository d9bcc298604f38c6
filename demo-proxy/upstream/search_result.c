#include "upstream/search_result.h"

#include <curl/curl.h>
#include <string.h>

#include "base/json.h"
#include "base/put.h"
#include "base/text.h"
#include "base/utf8.h"

static const struct px_search_backend backends[PX_SEARCH_KINDS] = {
    [PX_SEARXNG] = {.name = "searxng",
                    .results = "results",
                    .snippet = "content",
                    .hint = "let it answer in JSON: \"json\" belongs to search.formats in its settings.yml"},
    [PX_BRAVE] = {.name = "brave",
                  .base_url = "https://api.search.brave.com/res/v1",
                  .variable = "BRAVE_API_KEY",
                  .key_header = "X-Subscription-Token",
                  .key_before = "",
                  .results = "web results",
                  .snippet = "description",
                  .characters = 400,
                  .hint = "check the key in BRAVE_API_KEY or --search-api-key-file"},
    [PX_TAVILY] = {.name = "tavily",
                   .base_url = "https://api.tavily.com",
                   .variable = "TAVILY_API_KEY",
                   .key_header = "Authorization",
                   .key_before = "Bearer ",
                   .results = "results",
                   .snippet = "content",
                   .characters = 400,
                   .hint = "check the key in TAVILY_API_KEY or --search-api-key-file"},
};

enum { MOST_ASKED = 20 /* results of one search, at Brave and Tavily */ };

const struct px_search_backend *px_search_backend(const char *name)
{
    for (size_t i = 0; i < PX_SEARCH_KINDS; i++)
        if (strcmp(backends[i].name, name) == 0) return &backends[i];
    return NULL;
}

const struct px_search_backend *px_search_backend_at(enum px_search_kind kind)
{
    return &backends[kind];
}

/* --- asking --- */

/* RFC 3986, section 2.3: everything but the unreserved characters. */
static void put_escaped(struct buffer *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text; text++) {
        if (strchr(plain, *text))
            buffer_put_byte(out, *text);
        else
            buffer_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

void px_search_ask(const struct px_search_backend *backend, const char *query, size_t max_results,
                   struct buffer *path, struct buffer *body)
{
    size_t asked = max_results < MOST_ASKED ? max_results : MOST_ASKED;
    switch (backend - backends) {
    case PX_BRAVE:
        buffer_put_string(path, "/web/search?q=");
        put_escaped(path, query);
        buffer_printf(path, "&count=%zu", asked);
        break;
    case PX_TAVILY:
        buffer_put_string(path, "/search");
        buffer_put_string(body, "{\"query\":");
        px_put_json(body, query);
        buffer_printf(body, ",\"max_results\":%zu}", asked);
        break;
    default:
        buffer_put_string(path, "/search?q=");
        put_escaped(path, query);
        buffer_put_string(path, "&format=json");
    }
}

int px_search_check(const struct px_search_backend *backend, const char *query, size_t max_bytes,
                    struct px_err *err)
{
    size_t size = strlen(query), characters = 0, seen = 0;
    for (size_t at = 0; at < size; characters++) {
        uint32_t code = 0;
        size_t step = utf8_decode(query + at, size - at, &code);
        if (!step || code < ' ' || (code >= 0x7f && code < 0xa0))
            return px_fail(err, PX_EINVAL, "the query must be one line of text, without control characters");
        seen += code != ' ' && code != 0xa0;
        at += step;
    }
    if (!seen) return px_fail(err, PX_EINVAL, "the query is empty; say what is to be searched for");
    if (size > max_bytes)
        return px_fail(err, PX_EINVAL,
                       "the query is longer than %zu bytes (--search-query-bytes); shorten it", max_bytes);
    if (backend->characters && characters > backend->characters)
        return px_fail(err, PX_EINVAL,
                       "the query is longer than the %zu characters that %s takes; shorten it",
                       backend->characters, backend->name);
    return 0;
}

/* --- cleaning --- */

/* Controls, and what is there without being seen: marks of direction and width, tags, fillers (Unicode,
 * General_Category Cc and Cf, and the selectors). */
static bool is_hidden(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {{0, 0x1f},        {0x7f, 0x9f},       {0xad, 0xad},      {0x61c, 0x61c},   {0x180e, 0x180e},
                  {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},  {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
                  {0xfff9, 0xfffb}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (code >= hidden[i].first && code <= hidden[i].last) return true;
    return false;
}

static bool opens_tag(uint32_t code)
{
    return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || code == '/' || code == '!' ||
           code == '?';
}

/* What a character reference at text stands for, with its length; 0 when it is none of these. Those of the
 * angle brackets stay as they are, so that nothing becomes a tag. */
static size_t reference(const char *text, uint32_t *code)
{
    static const struct {
        const char *text;
        uint32_t code;
    } known[] = {{"&amp;", '&'},   {"&quot;", '"'},  {"&#34;", '"'},  {"&#39;", '\''},
                 {"&#x27;", '\''}, {"&apos;", '\''}, {"&nbsp;", ' '}, {"&#160;", ' '}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (px_has_prefix(text, known[i].text)) return *code = known[i].code, strlen(known[i].text);
    return 0;
}

/* One character in; angle brackets wait for what follows them. */
struct cleaner {
    struct buffer *out;
    size_t start, most, brackets;
    bool blank, full;
};

static void emit(struct cleaner *c, uint32_t code)
{
    char bytes[4];
    size_t n = utf8_encode(code, bytes);
    size_t before = c->out->size - c->start;
    bool blank = c->blank && before > 0;
    if (c->full || before + n + blank > c->most) {
        c->full = true;
        return;
    }
    if (blank) buffer_put_byte(c->out, ' ');
    buffer_put(c->out, bytes, n);
    c->blank = false;
}

static void take(struct cleaner *c, uint32_t code)
{
    if (is_hidden(code) && code != '\t' && code != '\n' && code != '\r') return;
    if (code == '<') {
        c->brackets++;
        return;
    }
    for (; c->brackets; c->brackets--)
        if (!opens_tag(code)) emit(c, '<'); /* no tag begins here */
    if (code == ' ' || code == '\t' || code == '\n' || code == '\r' || code == 0xa0)
        c->blank = true;
    else
        emit(c, code);
}

void px_search_clean(struct buffer *out, const char *text, size_t most)
{
    struct cleaner c = {.out = out, .start = out->size, .most = most};
    size_t size = strlen(text);
    for (size_t at = 0; at < size && !c.full;) {
        uint32_t code = 0;
        size_t step = text[at] == '&' ? reference(text + at, &code) : 0;
        const char *end = text[at] == '<' && opens_tag((unsigned char)text[at + 1])
                              ? memchr(text + at, '>', size - at)
                              : NULL;
        if (end) { /* a tag; the words on its two sides may be one */
            at = (size_t)(end - text) + 1;
            continue;
        }
        if (!step) step = utf8_decode(text + at, size - at, &code);
        if (step) take(&c, code);
        at += step ? step : 1; /* malformed bytes are left out */
    }
    for (; c.brackets; c.brackets--) emit(&c, '<');
}

bool px_search_url(struct buffer *out, const char *url)
{
    CURLU *parts = curl_url();
    char *scheme = NULL, *user = NULL, *whole = NULL;
    bool good = parts && curl_url_set(parts, CURLUPART_URL, url, CURLU_URLENCODE) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0) &&
                curl_url_get(parts, CURLUPART_USER, &user, 0) == CURLUE_NO_USER &&
                curl_url_get(parts, CURLUPART_URL, &whole, 0) == CURLUE_OK &&
                strlen(whole) <= PX_SEARCH_URL_BYTES;
    for (const char *p = good ? whole : ""; *p; p++)
        if (*p <= ' ' || *p > '~' || strchr("\"<>\\^`{|}", *p)) good = false;
    if (good) buffer_put_string(out, whole);
    curl_free(whole);
    curl_free(user);
    curl_free(scheme);
    curl_url_cleanup(parts);
    return good;
}

/* --- reading --- */

static const cJSON *find_list(const cJSON *json, const char *names)
{
    char name[16];
    for (const char *p = names; *p && json;) {
        size_t n = strcspn(p, " ");
        memcpy(name, p, n);
        name[n] = '\0';
        json = cJSON_GetObjectItemCaseSensitive(json, name);
        p += n + (p[n] == ' ');
    }
    return json;
}

static void put_result(const struct px_search_backend *backend, const cJSON *item, size_t snippet_bytes,
                       struct buffer *out, size_t *count)
{
    struct buffer url = {0}, title = {0}, snippet = {0};
    const char *address = px_json_text(item, "url"), *head = px_json_text(item, "title"),
               *text = px_json_text(item, backend->snippet);
    if (address && px_search_url(&url, address)) {
        px_search_clean(&title, head ? head : "", PX_SEARCH_TITLE_BYTES);
        px_search_clean(&snippet, text ? text : "", snippet_bytes);
        buffer_put_string(out, *count ? ",{\"title\":" : "{\"title\":");
        px_put_json(out, buffer_string(&title));
        buffer_put_string(out, ",\"url\":");
        px_put_json(out, buffer_string(&url));
        buffer_put_string(out, ",\"snippet\":");
        px_put_json(out, buffer_string(&snippet));
        buffer_put_string(out, "}");
        ++*count;
    }
    out->failed |= url.failed || title.failed || snippet.failed;
    buffer_free(&url);
    buffer_free(&title);
    buffer_free(&snippet);
}

int px_search_results(const struct px_search_backend *backend, const char *data, size_t size,
                      size_t max_results, size_t snippet_bytes, struct buffer *out, size_t *count,
                      struct px_err *err)
{
    cJSON *json = px_json_parse(data, size, NULL);
    const cJSON *list = find_list(json, backend->results), *item = NULL;
    *count = 0;
    /* Brave leaves "web" out when nothing was found. */
    bool nothing = cJSON_IsObject(json) && backend == &backends[PX_BRAVE] &&
                   !cJSON_GetObjectItemCaseSensitive(json, "web") && px_json_text(json, "type");
    int rc = cJSON_IsArray(list) || nothing ? 0 : PX_EINVAL;
    if (rc) {
        (void)px_fail(err, rc, "%s gave an answer that is no list of results", backend->name);
        list = NULL;
    }
    buffer_put_string(out, "[");
    cJSON_ArrayForEach(item, list)
    {
        if (*count < max_results) put_result(backend, item, snippet_bytes, out, count);
    }
    buffer_put_string(out, "]");
    cJSON_Delete(json);
    return rc == 0 && out->failed ? px_fail_memory(err) : rc;
}
