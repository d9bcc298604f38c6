/* search_result.h: the wire formats of the search providers: what a search is asked with, and the results
 * that come back, cleaned. Pure. Results are the words of strangers: only http(s) addresses, and texts
 * without control characters, invisible characters and HTML tags, are let through, all of bounded length.
 * Sources: SearXNG, Search API (docs.searxng.org/dev/search_api); Brave Search API, Web Search; Tavily API
 * reference, Search. */
#ifndef PX_UPSTREAM_SEARCH_RESULT_H
#define PX_UPSTREAM_SEARCH_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/err.h"

enum px_search_kind { PX_SEARXNG, PX_BRAVE, PX_TAVILY, PX_SEARCH_KINDS };

enum { PX_SEARCH_TITLE_BYTES = 300, PX_SEARCH_URL_BYTES = 2048 };

struct px_search_backend {
    const char *name;
    const char *base_url; /* NULL: the settings must name one */
    const char *variable; /* of the environment, with the key; NULL: it takes none */
    const char *key_header, *key_before;
    const char *results; /* where the list stands, names between blanks */
    const char *snippet; /* the member with a result's text */
    size_t characters;   /* longest query that it takes; 0: any */
    const char *hint;    /* what to do when it refuses (401, 403) */
};

/* NULL: there is none of this name. */
const struct px_search_backend *px_search_backend(const char *name);
const struct px_search_backend *px_search_backend_at(enum px_search_kind kind);

/* Appends the address below the base URL and, for a POST, the body; an empty body means GET. */
void px_search_ask(const struct px_search_backend *backend, const char *query, size_t max_results,
                   struct buffer *path, struct buffer *body);
/* 0 when the query is one: UTF-8 without control characters, with something in it, and not too long.
 * PX_EINVAL with the words for the client. */
int px_search_check(const struct px_search_backend *backend, const char *query, size_t max_bytes,
                    struct px_err *err);

/* Appends the cleaned results as a JSON array and counts them. PX_EINVAL: this is no answer of such a
 * provider; PX_ENOMEM. */
int px_search_results(const struct px_search_backend *backend, const char *data, size_t size,
                      size_t max_results, size_t snippet_bytes, struct buffer *out, size_t *count,
                      struct px_err *err);

/* Appends text as it may be shown: one line, no tags, no control or invisible characters, `most` bytes. */
void px_search_clean(struct buffer *out, const char *text, size_t most);
/* Appends the address written anew, if it is one of http or https without user name and password. */
bool px_search_url(struct buffer *out, const char *url);

#endif
