/* Each allocation of keeping and redacting a body fails in turn: it is told, nothing leaks, and what comes
 * out has no secret in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "debug/blobs.h"
#include "debug/conceal.h"
#include "support/failing_alloc.h"

static const char body[] =
    "{\"messages\":[{\"content\":\"my key is sk-ant-0123456789abcdef and "
    "\\u00e9\"},{\"password\":\"hunter2\"},"
    "{\"content\":\"{\\\"api_key\\\":\\\"hunter2\\\"}\"}],\"numbers\":[1,2,3],\"words\":[\"a\",\"b\",\"c\"]}"
    "\n"
    "data: {\"index\":0,\"delta\":{\"text\":\"sk-ant-\"}}\n\ndata: {\"index\":0,\"delta\":{\"text\":"
    "\"0123456789abcdef\"}}\n\n";

static void test_each_allocation(void **state)
{
    static const struct px_secrets secrets = {.known = {"another-known-secret"}, .count = 1};
    long reached = 0;
    bool failed = true;
    (void)state;
    for (long n = 0; failed; n++) {
        struct px_blobs blobs;
        struct buffer out = {0};
        bool cut = false;
        alloc_fail_at(n);
        px_blobs_open(&blobs, 4096);
        for (size_t at = 0; at < sizeof body - 1; at += 100)
            px_blobs_feed(&blobs, body + at, sizeof body - 1 - at < 100 ? sizeof body - 1 - at : 100);
        px_blobs_end(&blobs);
        int rc = blobs.text.failed
                     ? PX_ENOMEM
                     : px_conceal(buffer_string(&blobs.text), blobs.text.size, &secrets, 4096, &out, &cut);
        failed = alloc_has_failed();
        alloc_fail_at(-1);
        /* qsort does without memory of its own. */
        assert_true(rc == 0 || (rc == PX_ENOMEM && failed));
        if (!failed) assert_non_null(strstr(buffer_string(&out), "\"words\":[\"a\",\"b\",\"c\"]"));
        assert_null(strstr(buffer_string(&out), "hunter2"));
        assert_null(strstr(buffer_string(&out), "0123456789"));
        px_blobs_close(&blobs);
        buffer_free(&out);
        reached = n;
    }
    assert_true(reached >= 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
