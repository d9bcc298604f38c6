/* pairing.c: a session with the demo-proxy for the command line. The proxy prints an address with a one-time
 * token; the session that it gives for it is kept in the state folder, readable by the user only. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "cli/cli.h"

#define ANSWER_MAX (64u << 10)

static size_t collect(char *data, size_t unit, size_t count, void *context)
{
    struct buffer *body = context;
    size_t size = unit * count;
    if (body->size + size > ANSWER_MAX) return 0;
    buffer_put(body, data, size);
    return size;
}

/* The file of a proxy's session. */
static void session_path(const struct cli *cli, const char *origin, char *path, size_t size)
{
    snprintf(path, size, "%s/proxy-session-%08x", cli->top, crc32c(0, origin, strlen(origin)));
}

static int save(const char *path, const char *text, struct error *error)
{
    size_t length = strlen(text);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool written = file >= 0 && write(file, text, length) == (ssize_t)length;

    if (file >= 0) close(file);
    return written ? 0 : error_set(error, UMBRA_EIO, "the proxy's session could not be kept in %s", path);
}

static int load(struct cli *cli, const char *path)
{
    char text[2048];
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t size = file < 0 ? -1 : read(file, text, sizeof text);
    struct error ignored;
    cJSON *kept;
    const char *session;

    if (file >= 0) close(file);
    if (size <= 0) return 0;
    kept = json_parse(text, (size_t)size, "the kept session", &ignored);
    session = json_string(kept, "session", NULL);
    if (session && json_number(kept, "expires", 0) > (double)time(NULL)) cli->session = strdup(session);
    cJSON_Delete(kept);
    return 0;
}

static int exchange(struct cli *cli, const char *origin, const char *token, const char *path,
                    struct error *error)
{
    struct buffer url = {0}, request = {0}, body = {0};
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURL *easy = curl_easy_init();
    CURLcode code = CURLE_OUT_OF_MEMORY;
    cJSON *answer = NULL;
    const char *session;
    int result;

    buffer_printf(&url, "%s/v1/pair", origin);
    buffer_put_string(&request, "{\"token\":");
    json_put_string(&request, token, strlen(token));
    buffer_put_byte(&request, '}');
    if (easy && headers && !url.failed && !request.failed) {
        curl_easy_setopt(easy, CURLOPT_URL, url.data);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.data);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 15000L);
        fetch_restrict(easy);
        code = curl_easy_perform(easy);
    }
    if (code == CURLE_OK) answer = json_parse(buffer_string(&body), body.size, "the proxy's answer", error);
    session = json_string(answer, "session", NULL);
    if (code != CURLE_OK) {
        result = error_set(error, UMBRA_ENET, "the proxy at %s does not answer: %s", origin,
                           curl_easy_strerror(code));
    } else if (session == NULL) {
        result = error_set(error, UMBRA_EACCES, "the proxy at %s did not accept the token: %s", origin,
                           json_string(json_get(answer, "error"), "message", "no reason given"));
    } else {
        cli->session = strdup(session);
        result = cli->session ? save(path, body.data, error) : error_memory(error);
    }
    cJSON_Delete(answer);
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    buffer_free(&url);
    buffer_free(&request);
    buffer_free(&body);
    return result;
}

/* Splits "http://host:port/#pair=TOKEN" into origin and token ("" when there is none). */
static int split_address(const char *address, char *origin, size_t size, const char **token,
                         struct error *error)
{
    const char *fragment = strchr(address, '#');
    size_t length = fragment ? (size_t)(fragment - address) : strlen(address);

    while (length && address[length - 1] == '/') length--;
    if (length == 0 || length >= size)
        return error_set(error, UMBRA_EINVAL, "--proxy needs the address of a demo-proxy");
    memcpy(origin, address, length);
    origin[length] = '\0';
    *token = "";
    if (fragment) *token = strncmp(fragment, "#pair=", 6) == 0 ? fragment + 6 : fragment + 1;
    return 0;
}

static int use_proxy(struct cli *cli, char **base_url, struct error *error)
{
    char origin[512], path[PATH_MAX + 32];
    struct buffer url = {0};
    struct error refused = {0};
    const char *token = "";
    int result = split_address(cli->options.proxy, origin, sizeof origin, &token, error);

    if (result < 0) return result;
    session_path(cli, origin, path, sizeof path);
    if (*token) result = exchange(cli, origin, token, path, &refused);
    /* A token that was used before is no harm while its session lasts. */
    if (cli->session == NULL) load(cli, path);
    if (cli->session == NULL && result < 0) return error_set(error, result, "%s", refused.message);
    if (cli->session == NULL)
        return error_set(
            error, UMBRA_EACCES,
            "no session with the proxy at %s: give the whole address that it printed, with its token",
            origin);
    buffer_printf(&url, "%s/v1/anthropic", origin);
    *base_url = buffer_take(&url);
    return *base_url ? 0 : error_memory(error);
}

int cli_pair(struct cli *cli, char **base_url, struct error *error)
{
    const struct cli_options *options = &cli->options;
    const char *direct = options->base_url  ? options->base_url
                         : options->api_key ? "https://api.anthropic.com"
                                            : NULL;

    if (options->proxy) return use_proxy(cli, base_url, error);
    if (direct == NULL) return 0;
    *base_url = strdup(direct);
    return *base_url ? 0 : error_memory(error);
}
