/* What is kept of bodies for debugging: text up to the limit, without pictures, and nothing secret however it
 * is written, escaped, nested or broken into events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "debug/blobs.h"
#include "debug/conceal.h"

#define KNOWN "a/key+that:is\"known, whatever it looks like"
#define LONG_RUN                                                                                             \
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg"         \
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg"         \
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABC" /* 221 bytes */
#define LINE "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhg=="

static const char *squeeze(struct px_blobs *blobs, const char *text, size_t size, size_t limit, size_t piece)
{
    px_blobs_open(blobs, limit);
    for (size_t at = 0; at < size; at += piece)
        px_blobs_feed(blobs, text + at, size - at < piece ? size - at : piece);
    px_blobs_end(blobs);
    assert_int_equal(blobs->total, size);
    return buffer_string(&blobs->text);
}

static void test_blobs(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"plain text, some/path-of_letters=1 \\", "plain text, some/path-of_letters=1 \\"},
        {"{\"data\":\"" LONG_RUN "==\",\"next\":1}", "{\"data\":\"[base64, 223 bytes]\",\"next\":1}"},
        {"\"data:image/png;base64," LONG_RUN "\" x", "\"[data, 243 bytes]\" x"},
        {"(metaData:text/plain,a%20b) [DATA:x]", "(metaData:text/plain,a%20b) [DATA:x]"},
        {"data: {\"a\":\"b\"}\n\ndata:{\"c\":1}\n", "data: {\"a\":\"b\"}\n\ndata:{\"c\":1}\n"},
        /* Escapes stay whole, and some belong to the run. */
        {"\"\\n" LONG_RUN "\\u003d\"", "\"\\n[base64, 221 bytes]\\u003d\""},
        {"\"\\u00e9" LONG_RUN "\\/" LONG_RUN "\"", "\"\\u00e9[base64, 444 bytes]\""},
        {"\"x\\\"" LONG_RUN "\\\"\"", "\"x\\\"[base64, 221 bytes]\\\"\""},
        {LINE "\\n" LINE "\\r\\n" LINE "\\n", "[base64, 224 bytes]"},
        {LINE "\n" LINE "\r\n" LINE ".", "[base64, 219 bytes]."},
        {"short\\nlines\\nof\\nwords\n", "short\\nlines\\nof\\nwords\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t piece = 1; piece < 40; piece += 3) {
            struct px_blobs blobs;
            assert_string_equal(squeeze(&blobs, cases[i][0], strlen(cases[i][0]), 4096, piece), cases[i][1]);
            assert_false(blobs.cut);
            px_blobs_close(&blobs);
        }
}

static void test_blobs_have_a_limit(void **state)
{
    (void)state;
    struct px_blobs blobs;
    const char *text = "one two three " LONG_RUN " four";
    size_t size = strlen(text);
    for (size_t limit = 0; limit < 60; limit++)
        for (size_t piece = 1; piece < 300; piece += 37) {
            const char *kept = squeeze(&blobs, text, size, limit, piece);
            assert_true(strlen(kept) <= limit);
            assert_int_equal(blobs.cut, limit < strlen("one two three [base64, 221 bytes] four"));
            assert_null(strstr(kept, "iVBOR"));
            px_blobs_close(&blobs);
        }
    /* What stands behind a picture larger than the limit is still there. */
    char *big = malloc(1 << 20);
    assert_non_null(big);
    memset(big, 'A', 1 << 20);
    memcpy(big + (1 << 20) - 8, " behind.", 8);
    assert_string_equal(squeeze(&blobs, big, 1 << 20, 64, 5000), "[base64, 1048568 bytes] behind.");
    px_blobs_close(&blobs);
    free(big);
}

static const struct px_secrets secrets = {.known = {KNOWN}, .count = 1};

static void check(const char *text, const char *wanted)
{
    struct buffer out = {0};
    bool cut = false;
    assert_int_equal(px_conceal(text, strlen(text), &secrets, 1 << 20, &out, &cut), 0);
    if (strcmp(buffer_string(&out), wanted) != 0)
        fail_msg("%s\ngave   %s\nwanted %s", text, buffer_string(&out), wanted);
    assert_false(cut);
    buffer_free(&out);
}

static void test_conceal(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"{\"model\":\"m\",\"max_tokens\":5}", "{\"model\":\"m\",\"max_tokens\":5}"},
        {"{\"text\":\"sk-ant-0123456789abcdef.\"}", "{\"text\":\"[redacted]\"}"},
        {"{\"text\":\"it is a/key+that:is\\\"known, whatever it looks like!\"}",
         "{\"text\":\"it is [redacted]!\"}"},
        {"{\"text\":\"a\\/key\\u002bthat:is\\\"known, wh\\u0061tever it looks like\"}",
         "{\"text\":\"[redacted]\"}"},
        {"{\"text\":\"cut: a/key+that", "{\"text\":\"cut: [redacted]"},
        {"{\"a\":\"Authorization: Bearer 0123456789abcdef\\r\\nAccept: x\"}",
         "{\"a\":\"Authorization: [redacted]\\r\\nAccept: x\"}"},
        {"{\"a\":\"-H 'x: bearer 0123456789abcdef'\"}", "{\"a\":\"-H 'x: bearer [redacted]'\"}"},
        {"Authorization: Basic dXNlcjpwYXNz\nx", "Authorization: [redacted]\nx"},
        /* Members. */
        {"{\"api_key\":\"x y\",\"b\":\"c\"}", "{\"api_key\":\"[redacted]\",\"b\":\"c\"}"},
        {"{\"X-Api-Key\" : \"x\\\"y\"}", "{\"X-Api-Key\" : \"[redacted]\"}"},
        {"{\"\\u0061uthorization\":\"x\"}", "{\"\\u0061uthorization\":\"[redacted]\"}"},
        {"{\"password\":1234}", "{\"password\":\"[redacted]\"}"},
        {"{\"password\":-1.5e3,\"n\":-1.5e3}", "{\"password\":\"[redacted]\",\"n\":-1.5e3}"},
        {"{\"client_secret\":{\"a\":[1,\"}\"],\"b\":{}},\"c\":2}",
         "{\"client_secret\":\"[redacted]\",\"c\":2}"},
        {"{\"tokens\":[\"a\"],\"accessToken\":[\"a\",\"b\"]}",
         "{\"tokens\":[\"a\"],\"accessToken\":\"[redacted]\"}"},
        {"[{\"token\":\"a\"},{\"token\":\"b\"}]", "[{\"token\":\"[redacted]\"},{\"token\":\"[redacted]\"}]"},
        {"{\"secret\":\"cut off", "{\"secret\":\"[redacted]\""},
        {"{\"secret\":{\"cut\":\"off", "{\"secret\":\"[redacted]\""},
        {"{\"secret\" : ", "{\"secret\" : "},
        /* Within strings. */
        {"{\"t\":\"{\\\"api_key\\\": \\\"x y\\\", \\\"b\\\": 1}\"}",
         "{\"t\":\"{\\\"api_key\\\": \\\"[redacted]\\\", \\\"b\\\": 1}\"}"},
        {"{\"t\":\"{\\\"a\\\":\\\"{\\\\\\\"password\\\\\\\":\\\\\\\"x y\\\\\\\"}\\\"}\"}",
         "{\"t\":\"{\\\"a\\\":\\\"{\\\\\\\"password\\\\\\\":\\\\\\\"[redacted]\\\\\\\"}\\\"}\"}"},
        {"{\"t\":\"{\\\"token\\\": {\\\"a\\\":[\\\"}]\\\"]}, \\\"b\\\": [1]}\"}",
         "{\"t\":\"{\\\"token\\\": [redacted], \\\"b\\\": [1]}\"}"},
        {"{\"t\":\"{\\\"token\\\": 12345, token: {x}}\"}",
         "{\"t\":\"{\\\"token\\\": [redacted], token: {x}}\"}"},
        {"{\"t\":\"DB_PASSWORD=hunter2\\nNEXT=1\"}", "{\"t\":\"DB_PASSWORD=[redacted]\\nNEXT=1\"}"},
        {"{\"t\":\"password: 'x y' z\"}", "{\"t\":\"password: '[redacted]' z\"}"},
        {"{\"t\":\"token = $TOKEN, token: true\"}", "{\"t\":\"token = $TOKEN, token: true\"}"},
        {"{\"t\":\"https://user:pass@example.com/a@b\"}", "{\"t\":\"https://[redacted]@example.com/a@b\"}"},
        {"{\"t\":\"https://example.com:80/?a=b@c\"}", "{\"t\":\"https://example.com:80/?a=b@c\"}"},
        {"{\"t\":\"-----BEGIN RSA PRIVATE KEY-----\\nMIIE\\nabc=\\n-----END RSA PRIVATE KEY-----\\n\"}",
         "{\"t\":\"-----BEGIN RSA PRIVATE KEY[redacted]-----END RSA PRIVATE KEY-----\\n\"}"},
        {"{\"t\":\"-----BEGIN CERTIFICATE-----\\nMIIE\"}", "{\"t\":\"-----BEGIN CERTIFICATE-----\\nMIIE\"}"},
        /* What is no JSON. */
        {"<p>password=hunter2&x=1</p>", "<p>password=[redacted]&x=1</p>"},
        {"a \" b : } ] \\ sk-0123456789abcdef", "a \" b : } ] \\ [redacted]"},
        {"caf\xc3\xa9 \x01 \x7f\t\r\n", "caf\xc3\xa9 ? ?\t\r\n"},
        {"caf\xc3", "caf"}, /* cut in the middle */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check(cases[i][0], cases[i][1]);
}

/* A text in the events of each format, in pieces of any size; what is left of it. */
static void stream(const char *text, size_t piece, const char *before, const char *after, char *out,
                   size_t capacity)
{
    struct buffer events = {0}, kept = {0};
    bool cut = false;
    for (size_t at = 0; at < strlen(text); at += piece)
        buffer_printf(&events, "%s%.*s%s", before, (int)piece, text + at, after);
    assert_int_equal(px_conceal(events.data, events.size, &secrets, 1 << 20, &kept, &cut), 0);
    size_t n = 0;
    const char *p = buffer_string(&kept);
    while (*p) { /* joined again as a client would */
        size_t head = strlen(before);
        assert_memory_equal(p, before, head);
        p += head;
        const char *end = strstr(p, after);
        assert_non_null(end);
        assert_true(n + (size_t)(end - p) < capacity);
        memcpy(out + n, p, (size_t)(end - p));
        n += (size_t)(end - p);
        p = end + strlen(after);
    }
    out[n] = '\0';
    buffer_free(&events);
    buffer_free(&kept);
}

static void test_events(void **state)
{
    (void)state;
    static const char *const formats[][2] = {
        {"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{"
         "\"type\":\"text_delta\",\"text\":\"",
         "\"}}\n\n"},
        {"data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"", "\"}}]}\n\n"},
        {"data: "
         "{\"type\":\"response.output_text.delta\",\"output_index\":0,\"sequence_number\":7,\"delta\":\"",
         "\"}\n\n"},
        {"data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"", "\"}]},\"index\":0}]}\r\n\r\n"},
        {"{\"response\":\"", "\"}\n"},
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        for (size_t piece = 1; piece < 50; piece++) {
            char out[4096];
            stream("before sk-ant-0123456789abcdef0123 after", piece, formats[i][0], formats[i][1], out,
                   sizeof out);
            assert_null(strstr(out, "sk-"));
            assert_null(strstr(out, "0123"));
            assert_memory_equal(out, "before ", 7);
            assert_string_equal(out + strlen(out) - 6, " after");
            stream("before (" LONG_RUN ") after", piece, formats[i][0], formats[i][1], out, sizeof out);
            assert_null(strstr(out, "iVB"));
            assert_memory_equal(out, "before (", 8);
            assert_string_equal(out + strlen(out) - 7, ") after");
            stream("{'api_key': 'xyzzy plugh', 'b': 'c'}", piece, formats[i][0], formats[i][1], out,
                   sizeof out);
            assert_null(strstr(out, "zz"));
            assert_null(strstr(out, "lu"));
            assert_string_equal(out + strlen(out) - 12, "', 'b': 'c'}");
        }
}

/* Texts that come in turns are not mixed up. */
static void test_events_of_several_texts(void **state)
{
    (void)state;
    check("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"sk-ant-\"}}]}\n\n"
          "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"hello \"}}]}\n\n"
          "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"0123456789\"}}]}\n\n",
          "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"[redacted]\"}}]}\n\n"
          "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"hello \"}}]}\n\n"
          "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"[redacted]\"}}]}\n\n");
    /* Google's answers as one array. */
    check("[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"sk-ant-\"}]}}]}\n,\n"
          "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"0123456789\"}]}}]}]",
          "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"[redacted]\"}]}}]}\n,\n"
          "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"[redacted]\"}]}}]}]");
    /* An event that was broken off does not spoil the next. */
    check("data: {\"a\":\"\\\ndata: {\"delta\":{\"password\":\"x\"}}\n",
          "data: {\"a\":\"\\\ndata: {\"delta\":{\"password\":\"[redacted]\"}}\n");
    check("data: {\"delta\":{\"text\":\"sk-ant-\ndata: {\"delta\":{\"password\":\"x\"}}\n",
          "data: {\"delta\":{\"text\":\"sk-ant-\ndata: {\"delta\":{\"password\":\"[redacted]\"}}\n");
}

static void test_limit(void **state)
{
    (void)state;
    const char *text = "{\"a\":\"caf\xc3\xa9\",\"password\":1,\"b\":\"sk-0123456789abcdef\"}";
    for (size_t limit = 0; limit < 70; limit++) {
        struct buffer out = {0};
        bool cut = false;
        assert_int_equal(px_conceal(text, strlen(text), &secrets, limit, &out, &cut), 0);
        assert_true(out.size <= limit);
        assert_true(utf8_valid(buffer_string(&out), out.size));
        assert_int_equal(
            cut, limit < strlen("{\"a\":\"cafe!\",\"password\":\"[redacted]\",\"b\":\"[redacted]\"}"));
        buffer_free(&out);
    }
}

static void test_what_is_no_text(void **state)
{
    (void)state;
    static const char *const bodies[] = {"\x1f\x8b\x08\x00\x01 sk-0123456789abcdef",
                                         "s\0k\0-\0p\0a\0s\0s\0\0\0\0\0\0\0",
                                         "\xff\xfe password=hunter2 ....", "caf\xe9 password=hunter2"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct buffer out = {0};
        bool cut = false;
        assert_int_equal(px_conceal(bodies[i], 18, &secrets, 100, &out, &cut), 0);
        assert_string_equal(buffer_string(&out), "[no text]");
        assert_true(cut);
        buffer_free(&out);
    }
}

static void test_linear_time(void **state)
{
    static const char *const words[] = {"password:\"",
                                        "token=",
                                        "://",
                                        "-----BEGIN PRIVATE KEY",
                                        "{\"token\":{",
                                        "\\\"token\\\":{",
                                        "\\",
                                        "\"",
                                        "[",
                                        "a/key+that",
                                        "data:",
                                        "{\"a\":\"b\"},",
                                        "authorization: ",
                                        "Bearer ",
                                        "eyJ.",
                                        ":",
                                        "\\u0041"};
    enum { SIZE = 1 << 20 };
    char *text = malloc(SIZE);
    (void)state;
    assert_non_null(text);
    clock_t start = clock();
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct buffer out = {0};
        struct px_blobs blobs;
        bool cut = false;
        size_t n = strlen(words[i]);
        for (size_t at = 0; at < SIZE; at++) text[at] = words[i][at % n];
        assert_int_equal(px_conceal(text, SIZE, &secrets, SIZE, &out, &cut), 0);
        buffer_free(&out);
        (void)squeeze(&blobs, text, SIZE, SIZE, SIZE);
        px_blobs_close(&blobs);
    }
    /* Where time grew with the square, each of these would take hours. */
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 120);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blobs),
        cmocka_unit_test(test_blobs_have_a_limit),
        cmocka_unit_test(test_conceal),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_events_of_several_texts),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_what_is_no_text),
        cmocka_unit_test(test_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
