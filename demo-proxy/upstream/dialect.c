#include "upstream/dialect.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct px_endpoint endpoints[] = {
    {PX_ANTHROPIC, "POST", "/v1/messages", "/v1/messages", " beta "},
    {PX_ANTHROPIC, "GET", "/v1/models", "/v1/models", " limit after_id before_id "},
    {PX_OPENAI, "POST", "/v1/responses", "/responses", " "},
    {PX_OPENAI, "POST", "/v1/chat/completions", "/chat/completions", " "},
    {PX_OPENAI, "GET", "/v1/models", "/models", " "},
    {PX_GOOGLE, "POST", "/v1beta/models/*:streamGenerateContent", "/v1beta/models/*:streamGenerateContent",
     " alt "},
    {PX_GOOGLE, "POST", "/v1beta/models/*:generateContent", "/v1beta/models/*:generateContent", " "},
    {PX_GOOGLE, "GET", "/v1beta/models", "/v1beta/models", " pageSize pageToken "},
};

enum { ENDPOINTS = sizeof endpoints / sizeof endpoints[0], MODEL_MAX = 100 };

static bool is_name_byte(char byte)
{
    return isalnum((unsigned char)byte) || (byte && strchr("._-", byte));
}

/* The length of what stands for the '*', or -1 when the path does not fit. */
static long match(const char *pattern, const char *path)
{
    const char *star = strchr(pattern, '*');
    if (!star) return strcmp(pattern, path) == 0 ? 0 : -1;
    size_t head = (size_t)(star - pattern), tail = strlen(star + 1), size = strlen(path);
    if (size < head + tail + 1 || size > head + tail + MODEL_MAX) return -1;
    if (strncmp(pattern, path, head) != 0 || strcmp(path + size - tail, star + 1) != 0) return -1;
    for (const char *p = path + head; p < path + size - tail; p++)
        if (!is_name_byte(*p)) return -1;
    return (long)(size - head - tail);
}

const struct px_endpoint *px_endpoint_find(enum px_dialect dialect, const char *method, const char *path,
                                           const char **allow)
{
    for (size_t i = 0; i < ENDPOINTS; i++) {
        const struct px_endpoint *endpoint = &endpoints[i];
        if (endpoint->dialect != dialect || match(endpoint->path, path) < 0) continue;
        if (strcmp(endpoint->method, method) == 0 ||
            (strcmp(endpoint->method, "GET") == 0 && strcmp(method, "HEAD") == 0))
            return endpoint;
        *allow = endpoint->method;
    }
    return NULL;
}

const struct px_endpoint *px_endpoint_at(size_t index)
{
    return index < ENDPOINTS ? &endpoints[index] : NULL;
}

bool px_endpoint_address(const struct px_endpoint *endpoint, const char *path, char out[PX_ENDPOINT_PATH])
{
    const char *star = strchr(endpoint->upstream, '*');
    long model = match(endpoint->path, path);
    int n;
    if (star && model > 0)
        n = snprintf(out, PX_ENDPOINT_PATH, "%.*s%.*s%s", (int)(star - endpoint->upstream),
                     endpoint->upstream, (int)model, path + (strchr(endpoint->path, '*') - endpoint->path),
                     star + 1);
    else
        n = snprintf(out, PX_ENDPOINT_PATH, "%s", endpoint->upstream);
    return n > 0 && n < PX_ENDPOINT_PATH;
}

void px_endpoint_model(const struct px_endpoint *endpoint, const char *path, char model[PX_MODEL_NAME])
{
    long size = match(endpoint->path, path);
    if (size > 0)
        (void)snprintf(model, PX_MODEL_NAME, "%.*s", (int)size,
                       path + (strchr(endpoint->path, '*') - endpoint->path));
}

bool px_endpoint_passes(const struct px_endpoint *endpoint, const char *name, const char *value)
{
    size_t n = strlen(name);
    const char *at = n ? strstr(endpoint->parameters, name) : NULL;
    if (!at || at[-1] != ' ' || at[n] != ' ' || !value || strchr(name, ' ')) return false;
    for (const char *p = value; *p; p++)
        if (!is_name_byte(*p) && *p != '~') return false;
    return *value != '\0';
}

const char *px_key_header(enum px_dialect dialect, const char **before)
{
    *before = dialect == PX_OPENAI ? "Bearer " : "";
    return dialect == PX_ANTHROPIC ? "x-api-key" : dialect == PX_OPENAI ? "Authorization" : "x-goog-api-key";
}

const char *const *px_passed_headers(enum px_dialect dialect)
{
    static const char *const anthropic[] = {"anthropic-version", "anthropic-beta", NULL};
    static const char *const none[] = {NULL};
    return dialect == PX_ANTHROPIC ? anthropic : none;
}

const char *px_empty_list(enum px_dialect dialect)
{
    return dialect == PX_ANTHROPIC ? "{\"data\":[],\"has_more\":false,\"first_id\":null,\"last_id\":null}\n"
           : dialect == PX_OPENAI  ? "{\"object\":\"list\",\"data\":[]}\n"
                                   : "{\"models\":[]}\n";
}

/* --- errors --- */

/* Google's canonical name of an HTTP status (google.rpc.Code). */
static const char *google_status(int status)
{
    switch (status) {
    case 400:
    case 405:
    case 413:
    case 421:
        return "INVALID_ARGUMENT";
    case 401:
        return "UNAUTHENTICATED";
    case 403:
        return "PERMISSION_DENIED";
    case 404:
        return "NOT_FOUND";
    case 429:
        return "RESOURCE_EXHAUSTED";
    case 504:
        return "DEADLINE_EXCEEDED";
    case 502:
    case 503:
    case 529:
        return "UNAVAILABLE";
    default:
        return "INTERNAL";
    }
}

void px_put_error(struct buffer *out, enum px_dialect dialect, int status, const char *type,
                  const char *message)
{
    switch (dialect) {
    case PX_ANTHROPIC:
        buffer_put_string(out, "{\"type\":\"error\",\"error\":{\"type\":");
        px_put_json(out, type);
        buffer_put_string(out, ",\"message\":");
        px_put_json(out, message);
        break;
    case PX_OPENAI:
        buffer_put_string(out, "{\"error\":{\"message\":");
        px_put_json(out, message);
        buffer_put_string(out, ",\"type\":");
        px_put_json(out, type);
        buffer_put_string(out, ",\"param\":null,\"code\":null");
        break;
    case PX_GOOGLE:
        buffer_printf(out, "{\"error\":{\"code\":%d,\"message\":", status);
        px_put_json(out, message);
        buffer_printf(out, ",\"status\":\"%s\"", google_status(status));
        break;
    }
    buffer_put_string(out, "}}");
}

void px_put_error_event(struct buffer *out, enum px_dialect dialect, int status, const char *type,
                        const char *message)
{
    /* The blank line first: whatever half of an event stands before it ends there. Google's streams have no
     * event names, and its clients look at the data alone. */
    buffer_put_string(out, dialect == PX_GOOGLE ? "\n\ndata: " : "\n\nevent: error\ndata: ");
    px_put_error(out, dialect, status, type, message);
    buffer_put_string(out, "\n\n");
}
