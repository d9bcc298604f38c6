/* What looks like a key is not in a line of the log, and what does not is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/redact.h"

#define TOKEN "kZ0abcdefghijklmnopqrstuvwxyz0123456789-_AB" /* 43 characters */

static const char *const cases[][2] = {
    {"", ""},
    {"nothing here", "nothing here"},
    {"key sk-ant-api03-abcdefgh and more", "key [redacted] and more"},
    {"\"sk-proj-0123456789ab\"", "\"[redacted]\""},
    {"a sk-short", "a sk-short"},
    {"the task-of-renaming-files and disk-usage-of-all", "the task-of-renaming-files and disk-usage-of-all"},
    {"x-sk-0123456789abcdef", "x-[redacted]"},
    {"line\\nsk-0123456789abcdef\\n", "line\\n[redacted]\\n"},
    {"\\u0001sk-0123456789abcdef", "\\u0001[redacted]"},
    {"/a%20sk-0123456789abcdef/b", "/a%20[redacted]/b"},
    {"umk_" TOKEN ".", "[redacted]"},
    {"umk_" TOKEN " umk_" TOKEN, "[redacted] [redacted]"},
    {"AIzaSyA0123456789abcdefghijk", "[redacted]"},
    {"aiza-is-no-key-in-these-letters", "aiza-is-no-key-in-these-letters"},
    {"gsk_0123456789abcdefgh xai-0123456789abcdefgh hf_0123456789abcdefgh",
     "[redacted] [redacted] [redacted]"},
    {"Authorization: Bearer abc.def~ghi+jkl/mno==, x", "Authorization: Bearer [redacted], x"},
    {"bearer 0123456789abc", "bearer [redacted]"},
    {"Authorization: Bearer (POST /v1/pair gives one)", "Authorization: Bearer (POST /v1/pair gives one)"},
    {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_def-ghi", "[redacted]"},
    {"eyJ2IjoxLCJpYXQiOjE3.aGVsbG8", "[redacted]"},
    {"eyJhbGciOiJIUzI1NiJ9eyJzdWIiOiIxIn0", "eyJhbGciOiJIUzI1NiJ9eyJzdWIiOiIxIn0"},
    {"http://127.0.0.1:8787/#pair=" TOKEN, "http://127.0.0.1:8787/#pair=[redacted]"},
    {"pair=short", "pair=short"},
    {"ghp_0123456789abcdefgh github_pat_0123456789 glpat-0123456789abcdef",
     "[redacted] [redacted] [redacted]"},
    {"AKIAIOSFODNN7EXAMPLE xoxb-0123456789-abcdef", "[redacted] [redacted]"},
    {"tvly-0123456789abcdef a\\\\tvly-0123456789abcdef", "[redacted] a\\\\[redacted]"},
    {"\"a\\tvly-0123456789abcdef\"", "\"a\\tvly-0123456789abcdef\""}, /* a tab, and then no key */
    {"\"a\\ttvly-0123456789abcdef\"", "\"a\\t[redacted]\""},
    {"repair=" TOKEN "&x=1", "repair=[redacted]&x=1"},
    {TOKEN, TOKEN}, /* the name of a session in the log has this shape too */
};

static void test_shapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        size_t size = strlen(cases[i][0]);
        memcpy(text, cases[i][0], size);
        size = px_redact(text, size);
        text[size] = '\0';
        assert_string_equal(text, cases[i][1]);
    }
}

/* Those who only look find the same. */
static void test_looking(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct px_redact_walk walk = {0};
        struct buffer text = {0};
        size_t size = strlen(cases[i][0]), done = 0, start = 0, end = 0;
        while (px_redact_next(cases[i][0], size, &walk, &start, &end)) {
            assert_true(start >= done && end > start && end <= size);
            buffer_put(&text, cases[i][0] + done, start - done);
            buffer_put_string(&text, PX_REDACTED);
            done = end;
        }
        buffer_put(&text, cases[i][0] + done, size - done);
        assert_string_equal(buffer_string(&text), cases[i][1]);
        buffer_free(&text);
    }
}

static void test_linear_time(void **state)
{
    static const char *const words[] = {"eyJ-", "pair=", "sk-", "Bearer ", "eyJ.", "%sk-", "a", "[redacted]"};
    enum { SIZE = 1 << 22 };
    char *text = malloc(SIZE);
    (void)state;
    assert_non_null(text);
    clock_t start = clock();
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        for (size_t at = 0; at < SIZE; at++) text[at] = words[i][at % n];
        struct px_redact_walk walk = {0};
        size_t from = 0, end = 0;
        while (px_redact_next(text, SIZE, &walk, &from, &end)) assert_true(end <= SIZE);
        assert_true(px_redact(text, SIZE) <= SIZE);
    }
    /* Where time grew with the square, each of these would take hours. */
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 60);
    free(text);
}

static void test_the_log_redacts(void **state)
{
    int ends[2];
    char text[512] = "";
    (void)state;
    assert_int_equal(pipe(ends), 0);
    struct px_log log = {.fd = ends[1]};
    px_log_message(&log, "info", "test", "found %s and\n%s", "sk-ant-0123456789abcdef", "umk_" TOKEN);
    px_log_close(&log);
    assert_true(read(ends[0], text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, "\"message\":\"found [redacted] and\\n[redacted]\"}\n"));
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_looking),
        cmocka_unit_test(test_linear_time),
        cmocka_unit_test(test_the_log_redacts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
