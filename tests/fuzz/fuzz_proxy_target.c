/* Arbitrary text as a URL for the web fetch, its second line as a redirect from it: no crash, and what is let
 * through names a public host on an open port in a text that libcurl reads the same way. */
#include <curl/curl.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/target.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* as px_fetcher_open does */
    return 0;
}

static void require(bool condition)
{
    if (!condition) abort();
}

/* What libcurl makes of the text that it would be given. */
static void check_as_libcurl(const struct px_target *target)
{
    char *host = NULL, *port = NULL, *user = NULL, *fragment = NULL, *scheme = NULL;
    CURLU *url = curl_url();
    if (!url) return;
    require(curl_url_set(url, CURLUPART_URL, target->url, 0) == CURLUE_OK);
    require(curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK);
    require(curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK);
    require(curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK);
    require(curl_url_get(url, CURLUPART_USER, &user, 0) != CURLUE_OK);
    require(curl_url_get(url, CURLUPART_FRAGMENT, &fragment, 0) != CURLUE_OK);
    require(strcmp(scheme, target->https ? "https" : "http") == 0);
    require(atoi(port) == target->port);
    require(strncmp(host + (host[0] == '['), target->host, strlen(target->host)) == 0);
    curl_free(host);
    curl_free(port);
    curl_free(scheme);
    curl_url_cleanup(url);
}

static void check(const struct px_target *target)
{
    struct px_address address;
    char host[PX_TARGET_HOST + 2];
    bool v6 = strchr(target->host, ':') != NULL;
    (void)snprintf(host, sizeof host, "%s%s%s", v6 ? "[" : "", target->host, v6 ? "]" : "");
    require(target->port == 80 || target->port == 443 || target->port == 8443);
    require(px_host_form(host, &address) == target->form);
    if (target->form == PX_HOST_NAME)
        require(px_name_is_public(target->host));
    else
        require(px_address_is_public(&address) && px_address_equal(&address, &target->address));
    for (const char *p = target->url; *p; p++) require(*p > ' ' && *p <= '~');
    check_as_libcurl(target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct px_rules rules = {.ports = {80, 443, 8443}, .port_count = 3, .max_url_bytes = 2000};
    struct px_target first, second;
    char shown[PX_TARGET_SHOWN];
    char *text = malloc(size + 1);
    if (!text) return 0;
    if (size) memcpy(text, data, size);
    text[size] = '\0';
    char *line = strchr(text, '\n');
    if (line) *line++ = '\0';
    px_target_shown(text, shown);
    require(strlen(shown) > 0 && strchr(shown, '@') == NULL);
    if (px_target_parse(&rules, text, &first, NULL) == 0) {
        check(&first);
        if (line && px_target_follow(&rules, &first, line, &second, NULL) == 0) check(&second);
        if (line) px_target_free(&second);
    }
    px_target_free(&first);
    free(text);
    return 0;
}
