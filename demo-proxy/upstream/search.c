#include "upstream/search.h"

#include <stdlib.h>
#include <string.h>

#include "base/put.h"

/* Room for the piece that makes an answer too large. */
enum { SLACK = 32768 };

/* --- settings --- */

/* Every search provider's variable is wiped, also those that are not asked. */
static int take_keys(struct px_searcher *searcher, const struct px_options *options, struct px_err *err)
{
    const char *sealed = getenv("CREDENTIALS_DIRECTORY"); /* systemd.exec(5), "Credentials" */
    int rc = 0;
    for (int kind = 0; kind < PX_SEARCH_KINDS; kind++) {
        const struct px_search_backend *backend = px_search_backend_at((enum px_search_kind)kind);
        struct px_credential other;
        struct px_credential_places places = {.variables = {backend->variable}, .name = backend->name};
        if (!backend->variable) continue;
        if (backend == searcher->backend) {
            places.file = options->search_api_key_file;
            places.folder = options->keys_dir ? options->keys_dir : sealed;
            places.sealed = !options->keys_dir;
            rc = px_credential_open(&searcher->credential, &places, err);
        } else {
            (void)px_credential_open(&other, &places, NULL);
            px_credential_close(&other);
        }
    }
    return rc;
}

static int choose(struct px_searcher *searcher, const struct px_options *options, struct px_err *err)
{
    const char *name = options->search_provider;
    if (!name && options->search_url) name = "searxng";
    if (!name) return 0;
    searcher->backend = px_search_backend(name);
    if (!searcher->backend)
        return px_fail(err, PX_EUSAGE, "--search-provider is \"%.40s\"; use searxng, brave or tavily", name);
    if (!searcher->backend->base_url && !options->search_url)
        return px_fail(err, PX_EUSAGE, "--search-provider %s needs --search-url with the address of one",
                       name);
    return 0;
}

int px_searcher_open(struct px_searcher *searcher, struct px_multi *multi, const struct px_options *options,
                     struct px_err *err)
{
    *searcher = (struct px_searcher){.options = options, .loop = multi->loop};
    int rc = choose(searcher, options, err);
    int keys = take_keys(searcher, options, rc ? NULL : err);
    const struct px_search_backend *backend = searcher->backend;
    if (rc || keys || !backend) return rc ? rc : keys;
    rc = px_remote_open(&searcher->remote, multi,
                        options->search_url ? options->search_url : backend->base_url, "--search-url", err);
    if (rc) return rc;
    searcher->remote.connect_timeout_ms = (long)options->connect_timeout_ms;
    searcher->remote.idle_timeout_ms = options->search_timeout_ms;
    if (!backend->variable || searcher->credential.text) return 0;
    return px_fail(err, PX_EUSAGE,
                   "--search-provider %s needs a key: set %s, or use --search-api-key-file FILE",
                   backend->name, backend->variable);
}

void px_searcher_close(struct px_searcher *searcher)
{
    px_remote_close(&searcher->remote);
    px_credential_close(&searcher->credential);
    searcher->backend = NULL;
}

bool px_searcher_has_room(const struct px_searcher *searcher)
{
    return searcher->running < searcher->options->max_fetches;
}

/* --- one search --- */

static void halt(struct px_errand *errand)
{
    struct px_search *search = (struct px_search *)errand;
    px_task_cancel(errand->loop, &search->task);
    search->status = search->stream.state == PX_STREAM_REFUSED ? 0 : search->stream.status;
    search->bytes = search->stream.size;
    px_stream_close(&search->stream);
}

static void late(struct px_errand *errand)
{
    const struct px_searcher *searcher = ((const struct px_search *)errand)->searcher;
    px_errand_refuse(errand, 504, "timeout_error", "%s did not answer within %lld ms (--search-timeout-ms)",
                     searcher->backend->name, searcher->options->search_timeout_ms);
}

static bool too_large(const struct px_search *search)
{
    return search->stream.size > (size_t)search->searcher->options->search_max_bytes;
}

/* The provider's own words for its refusal are not passed on: they may repeat what it was sent. */
static void judge_status(struct px_search *search)
{
    const struct px_search_backend *backend = search->searcher->backend;
    int status = search->stream.status;
    if (status == 429)
        px_errand_refuse(&search->errand, 429, "rate_limit_error",
                         "%s gets more searches than it allows; try again later", backend->name);
    else if (status == 401 || status == 403)
        px_errand_refuse(&search->errand, 502, "api_error", "%s refused the search (status %d); %s",
                         backend->name, status, backend->hint);
    else if (status != 200)
        px_errand_refuse(&search->errand, 502, "api_error", "%s failed with status %d; try again later",
                         backend->name, status);
}

static void judge(struct px_search *search)
{
    struct px_stream *stream = &search->stream;
    const struct px_searcher *searcher = search->searcher;
    struct px_err err;
    if (too_large(search)) {
        px_errand_refuse(&search->errand, 502, "api_error",
                         "%s answered with more than %lld bytes (--search-max-bytes)",
                         searcher->backend->name, searcher->options->search_max_bytes);
    } else if (stream->failure_type) {
        int status = stream->state == PX_STREAM_REFUSED ? stream->status : 502;
        px_errand_refuse(&search->errand, status, stream->failure_type, "%s", px_words(&stream->failure));
    } else {
        judge_status(search);
    }
    if (search->errand.refusal) return;
    const char *data = stream->data ? stream->data + stream->start : "";
    int rc = px_search_results(searcher->backend, data, stream->size, search->max_results,
                               (size_t)searcher->options->search_snippet_bytes, &search->results,
                               &search->count, &err);
    if (rc) px_errand_refuse(&search->errand, rc == PX_ENOMEM ? 500 : 502, "api_error", "%s", err.text);
}

/* From the loop, since a transfer cannot be stopped from inside its own callback. */
static void on_over(struct px_task *task)
{
    struct px_search *search = task->owner;
    judge(search);
    px_errand_finish(&search->errand);
}

static void on_changed(struct px_stream *stream)
{
    struct px_search *search = stream->owner;
    if (stream->state != PX_STREAM_OPEN || too_large(search))
        px_task_queue(search->searcher->loop, &search->task);
}

static int start(struct px_search *search, const char *query, struct px_err *err)
{
    const struct px_searcher *searcher = search->searcher;
    const struct px_search_backend *backend = searcher->backend;
    struct buffer path = {0};
    struct px_remote_request request = {.headers = {{"Accept", "", "application/json"}}, .header_count = 1};
    px_search_ask(backend, query, search->max_results, &path, &search->body);
    if (backend->key_header)
        request.headers[request.header_count++] =
            (struct px_remote_header){backend->key_header, backend->key_before, searcher->credential.text};
    request.path = buffer_string(&path);
    request.secret = searcher->credential.text;
    if (search->body.size) {
        request.body = search->body.data;
        request.size = search->body.size;
    }
    int rc = path.failed || search->body.failed ? px_fail_memory(err) : 0;
    if (rc == 0) rc = px_remote_start(&searcher->remote, &request, &search->stream, err);
    buffer_free(&path);
    return rc;
}

int px_search_start(struct px_searcher *searcher, struct px_search *search, const char *query,
                    size_t max_results, struct px_err *err)
{
    static const struct px_errand_work work = {.halt = halt, .late = late};
    const struct px_options *options = searcher->options;
    int rc = px_search_check(searcher->backend, query, (size_t)options->search_query_bytes, err);
    if (rc) return rc;
    search->searcher = searcher;
    search->max_results = max_results;
    search->task = (struct px_task){.run = on_over, .owner = search};
    px_stream_open(&search->stream, searcher->loop, (size_t)options->search_max_bytes + SLACK, on_changed,
                   search);
    rc = px_errand_begin(&search->errand, &work, searcher->loop, &searcher->running,
                         options->search_timeout_ms)
             ? px_fail_memory(err)
             : start(search, query, err);
    if (rc) px_errand_end(&search->errand);
    return rc;
}

void px_search_close(struct px_search *search)
{
    px_errand_stop(&search->errand, 499, "client left", "");
    buffer_free(&search->results);
    px_wipe(&search->body);
}
