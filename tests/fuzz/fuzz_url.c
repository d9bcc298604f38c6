/* Arbitrary text as a URL: no crash, and what counts as this machine is one of the three forms of it. */
#include <stdlib.h>
#include <string.h>

#include "net/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct url url;

    if (text == NULL) return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (url_parse(text, &url, NULL) == 0 && url_is_loopback(&url) && strncmp(url.host, "127.", 4) != 0 &&
        strncmp(url.host, "localhost", 9) != 0 && strncmp(url.host, "[::1]", 5) != 0)
        abort();
    url_check_endpoint(text, NULL);
    free(text);
    return 0;
}
