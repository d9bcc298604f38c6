/* What a request and an answer tell of tokens: JSON read in pieces, event streams, all dialects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "upstream/ask.h"
#include "upstream/scan.h"
#include "upstream/usage.h"

/* --- the scanner --- */

static void note(struct px_scan *scan, enum px_scan_kind kind)
{
    static const char letters[] = "snTFN";
    struct buffer *out = scan->owner;
    for (size_t i = 0; i < scan->depth && i < PX_SCAN_LEVELS; i++) buffer_printf(out, "%s.", scan->keys[i]);
    buffer_printf(out, "%c", letters[kind]);
    if (kind == PX_SCAN_STRING || kind == PX_SCAN_NUMBER)
        buffer_printf(out, "(%s%s)", scan->text, scan->cut ? "…" : "");
    buffer_put_string(out, " ");
}

static bool scan_text(const char *text, size_t piece, struct buffer *out)
{
    struct px_scan scan = {.value = note, .owner = out};
    px_scan_begin(&scan);
    for (size_t at = 0, size = strlen(text); at < size; at += piece)
        px_scan_feed(&scan, text + at, size - at < piece ? size - at : piece);
    return px_scan_finish(&scan);
}

static void test_scan(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"1", "n(1) "},
        {" -1.5e+3 ", "n(-1.5e+3) "},
        {"\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "s(a\"\\/\b\f\n\r\t) "},
        {"\"\\u0041\\u00fc\\u20AC\\ud83d\\ude00\"", "s(A\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80) "},
        {"\"\\ud83dx\\ude00\\ud83d\\ud83d\\ude00\"",
         "s(\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x98\x80) "},
        {"[]", ""},
        {"{}", ""},
        {"[true,false,null,[1],{\"a\":2}]", ".T .F .N ..n(1) .a.n(2) "},
        {"{\"a\":{\"b\":[{\"c\":\"d\"}]},\"e\":0}", "a.b..c.s(d) e.n(0) "},
        {"{\"a\":1,\"a\":2}", "a.n(1) a.n(2) "},
        {"{\"mod\\u0065l\":\"x\"}", "model.s(x) "},
        {" \t\r\n{ \"a\" : 1 , \"b\" : [ 1 , 2 ] } \n", "a.n(1) b..n(1) b..n(2) "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t piece = 1; piece < 40; piece++) {
            struct buffer out = {0};
            assert_true(scan_text(cases[i][0], piece, &out));
            assert_string_equal(buffer_string(&out), cases[i][1]);
            buffer_free(&out);
        }
}

static void test_scan_refuses(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        " ",
        "[",
        "]",
        "{",
        "}",
        "[1",
        "[1,]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "[1}",
        "{\"a\":1]",
        "{,}",
        "[,1]",
        "1 2",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "- 1",
        "tru",
        "truex",
        "nul",
        "\"a",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "{\"a\":1,}",
        "[1]]",
        "{}{}",
        "\"a\"b",
        "{\"a\" 1}",
        "[1 2]",
        "NaN",
        "'a'",
        "//",
        "\xef\xbb\xbf{}",
        "{1:2}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t piece = 1; piece < 12; piece += 5) {
            struct buffer out = {0};
            if (scan_text(cases[i], piece, &out)) fail_msg("accepted: %s", cases[i]);
            buffer_free(&out);
        }
}

static void test_scan_bounds(void **state)
{
    (void)state;
    struct buffer text = {0}, out = {0};
    for (int i = 0; i < PX_SCAN_DEPTH; i++) buffer_put_string(&text, "[");
    buffer_put_string(&text, "1");
    for (int i = 0; i < PX_SCAN_DEPTH; i++) buffer_put_string(&text, "]");
    assert_true(scan_text(buffer_string(&text), 100, &out));
    buffer_clear(&text);
    for (int i = 0; i <= PX_SCAN_DEPTH; i++) buffer_put_string(&text, "[");
    assert_false(scan_text(buffer_string(&text), 100, &out));
    /* A key that was cut never passes for another one. */
    buffer_clear(&text);
    buffer_clear(&out);
    buffer_printf(&text, "{\"%080d\":{\"a\":1},\"b\":\"%0500d\"}", 7, 7);
    assert_true(scan_text(buffer_string(&text), 7, &out));
    assert_non_null(strstr(buffer_string(&out), "a.n(1\xe2\x80\xa6)"));
    assert_non_null(strstr(buffer_string(&out), "0\xe2\x80\xa6)"));
    buffer_free(&text);
    buffer_free(&out);
}

/* --- answers --- */

static struct px_usage read_usage(enum px_dialect dialect, bool events, const char *text, size_t piece,
                                  char model[PX_SCAN_VALUE])
{
    struct px_usage_reader reader;
    px_usage_begin(&reader, dialect, events);
    for (size_t at = 0, size = strlen(text); at < size; at += piece)
        px_usage_feed(&reader, text + at, size - at < piece ? size - at : piece);
    memcpy(model, reader.model, PX_SCAN_VALUE);
    return px_usage_of(&reader);
}

struct answer {
    enum px_dialect dialect;
    bool events;
    const char *text, *model;
    struct px_usage usage;
};

static const struct answer answers[] = {
    {PX_ANTHROPIC,
     false,
     "{\"model\":\"claude-x\",\"content\":[{\"type\":\"tool_use\",\"input\":{\"usage\":{\"input_tokens\":"
     "999999}}}],"
     "\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":20,\"cache_creation_input_tokens\":30,"
     "\"cache_creation\":{\"ephemeral_1h_input_tokens\":12},\"output_tokens\":40}}",
     "claude-x",
     {true, 10, 20, 18, 12, 40}},
    {PX_ANTHROPIC,
     true,
     "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"claude-x\",\"usage\":"
     "{\"input_tokens\":10,\"output_tokens\":1}}}\n\n: comment\nevent: content_block_delta\r\ndata: "
     "{\"delta\":{\"text\":\"data: {\\\"usage\\\":{\\\"output_tokens\\\":7777}}\"}}\r\n\r\n"
     "data: {malformed \"usage\":{\"output_tokens\":5555}}\n\n"
     "data:{\"type\":\"message_delta\",\"usage\":{\"output_tokens\":40}}\n\n",
     "claude-x",
     {true, 10, 0, 0, 0, 40}},
    {PX_OPENAI,
     false,
     "{\"model\":\"gpt-x\",\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":5,\"prompt_tokens_"
     "details\":"
     "{\"cached_tokens\":60}}}",
     "gpt-x",
     {true, 40, 60, 0, 0, 5}},
    {PX_OPENAI,
     true,
     "data: {\"model\":\"gpt-x\",\"choices\":[],\"usage\":null}\n\ndata: {\"choices\":[],\"usage\":"
     "{\"prompt_tokens\":100,\"completion_tokens\":5}}\n\ndata: [DONE]\n\n",
     "gpt-x",
     {true, 100, 0, 0, 0, 5}},
    {PX_OPENAI,
     true,
     "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"model\":\"gpt-x\","
     "\"usage\":{\"input_tokens\":100,\"input_tokens_details\":{\"cached_tokens\":99},\"output_tokens\":5}}}"
     "\n\n",
     "gpt-x",
     {true, 1, 99, 0, 0, 5}},
    {PX_GOOGLE,
     true,
     "data: {\"modelVersion\":\"gemini-x\",\"usageMetadata\":{\"promptTokenCount\":50}}\n\ndata: "
     "{\"usageMetadata\":{\"promptTokenCount\":50,\"cachedContentTokenCount\":20,\"candidatesTokenCount\":7,"
     "\"thoughtsTokenCount\":3,\"totalTokenCount\":60}}\n\n",
     "gemini-x",
     {true, 30, 20, 0, 0, 10}},
    {PX_GOOGLE,
     false,
     "[{\"modelVersion\":\"gemini-x\"},{\"usageMetadata\":{\"promptTokenCount\":50,\"candidatesTokenCount\":"
     "7}}]",
     "gemini-x",
     {true, 50, 0, 0, 0, 7}},
    {PX_GOOGLE, false, "{\"error\":{\"code\":400}}", "", {false, 0, 0, 0, 0, 0}},
    {PX_ANTHROPIC, true, "", "", {false, 0, 0, 0, 0, 0}},
};

static void test_usage(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        for (size_t piece = 1; piece < 700; piece += 23) {
            char model[PX_SCAN_VALUE];
            const struct answer *answer = &answers[i];
            struct px_usage usage = read_usage(answer->dialect, answer->events, answer->text, piece, model);
            assert_string_equal(model, answer->model);
            assert_int_equal(usage.known, answer->usage.known);
            assert_int_equal(usage.input, answer->usage.input);
            assert_int_equal(usage.cache_read, answer->usage.cache_read);
            assert_int_equal(usage.cache_write, answer->usage.cache_write);
            assert_int_equal(usage.cache_write_hour, answer->usage.cache_write_hour);
            assert_int_equal(usage.output, answer->usage.output);
        }
}

/* --- requests --- */

static int read_ask(struct px_ask *ask, enum px_dialect dialect, const char *text, size_t piece)
{
    struct px_scan scan;
    px_ask_begin(ask, &scan, dialect);
    for (size_t at = 0, size = strlen(text); at < size; at += piece)
        px_ask_feed(ask, text + at, size - at < piece ? size - at : piece);
    return px_ask_finish(ask, NULL);
}

static void test_ask(void **state)
{
    (void)state;
    static const struct {
        enum px_dialect dialect;
        const char *text, *model;
        int64_t output_tokens, answers;
    } good[] = {
        {PX_ANTHROPIC, "{\"model\":\"claude-x\",\"max_tokens\":100,\"messages\":[{\"model\":\"y\"}]}",
         "claude-x", 100, 1},
        {PX_ANTHROPIC, "{\"max_tokens\":1e3,\"mod\\u0065l\":\"claude-x\"}", "claude-x", 1000, 1},
        {PX_OPENAI, "{\"model\":\"gpt-x\",\"n\":4,\"max_completion_tokens\":7,\"max_tokens\":null}", "gpt-x",
         7, 4},
        {PX_OPENAI, "{\"model\":\"gpt-x\",\"input\":\"\"}", "gpt-x", -1, 1},
        {PX_GOOGLE, "{\"generationConfig\":{\"maxOutputTokens\":9,\"candidateCount\":2}}", "", 9, 2},
        {PX_GOOGLE, "{\"generation_config\":{\"max_output_tokens\":9},\"contents\":[]}", "", 9, 1},
        {PX_GOOGLE,
         "{\"generationConfig\":{\"maxOutputTokens\":9},\"generation_config\":{\"maxOutputTokens\":99}}", "",
         99, 1},
    };
    static const char *const bad[] = {
        "",
        "{\"model\":\"a\"",
        "{\"model\":\"a\",\"model\":\"b\"}",
        "{\"model\":\"a\",\"mod\\u0065l\":\"b\"}",
        "{\"model\":7}",
        "{\"model\":\"a\\u0000b\"}",
        "{\"model\":\"a\",\"max_tokens\":-1}",
        "{\"model\":\"a\",\"max_tokens\":\"7\"}",
        "{\"model\":\"a\",\"max_tokens\":1.5}",
        "{\"model\":\"a\",\"max_tokens\":1e99}",
        "{\"model\":\"a\",\"n\":true}",
        "{\"model\":\"a\"}}",
    };
    struct px_ask ask;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        for (size_t piece = 1; piece < 120; piece += 7) {
            assert_int_equal(read_ask(&ask, good[i].dialect, good[i].text, piece), 0);
            assert_string_equal(ask.model, good[i].model);
            assert_int_equal(ask.output_tokens, good[i].output_tokens);
            assert_int_equal(ask.answers, good[i].answers);
        }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (read_ask(&ask, PX_OPENAI, bad[i], 5) != PX_EINVAL) fail_msg("accepted: %s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan),  cmocka_unit_test(test_scan_refuses), cmocka_unit_test(test_scan_bounds),
        cmocka_unit_test(test_usage), cmocka_unit_test(test_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
