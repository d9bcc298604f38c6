/* url.h: what the runtime may talk to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/url.h"

static void endpoints(void **state)
{
    static const struct {
        const char *url;
        int result;
    } cases[] = {
        {"https://api.anthropic.com", 0},
        {"https://api.anthropic.com/v1", 0},
        {"https://10.0.0.1:8443/x", 0},
        {"http://127.0.0.1:8787/v1/anthropic", 0},
        {"http://127.9.9.9", 0},
        {"http://localhost:1", 0},
        {"http://[::1]:8787", 0},
        {"http://api.anthropic.com", UMBRA_EACCES},
        {"http://127.0.0.1.evil.example", UMBRA_EACCES},
        {"http://127.0.0", UMBRA_EACCES},
        {"http://1270.0.0.1", UMBRA_EACCES},
        {"http://localhost.evil.example", UMBRA_EACCES},
        {"http://0x7f000001", UMBRA_EACCES},
        {"http://[::2]", UMBRA_EACCES},
        {"https://user:password@host", UMBRA_EINVAL},
        {"http://evil.example@127.0.0.1", UMBRA_EINVAL},
        {"https://host/#fragment", UMBRA_EINVAL},
        {"https://host:port", UMBRA_EINVAL},
        {"https://host:123456", UMBRA_EINVAL},
        {"https://", UMBRA_EINVAL},
        {"https:///x", UMBRA_EINVAL},
        {"https://[::1", UMBRA_EINVAL},
        {"https://[::1]x", UMBRA_EINVAL},
        {"https://ho st", UMBRA_EINVAL},
        {"https://host\\@evil", UMBRA_EINVAL},
        {"https://h\xc3\xb6st", UMBRA_EINVAL},
        {"ftp://host", UMBRA_EINVAL},
        {"file:///etc/passwd", UMBRA_EINVAL},
        {"127.0.0.1:8787", UMBRA_EINVAL},
        {"", UMBRA_EINVAL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {0};
        int result = url_check_endpoint(cases[i].url, &error);
        if (result != cases[i].result) fail_msg("%s: %d %s", cases[i].url, result, error.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(endpoints)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
