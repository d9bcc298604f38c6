/* What a search asks with, and what is left of the results that come back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "upstream/search_result.h"

static void cleaned(const char *text, size_t most, const char *expected)
{
    struct buffer out = {0};
    px_search_clean(&out, text, most);
    assert_string_equal(buffer_string(&out), expected);
    buffer_free(&out);
}

static void test_clean(void **state)
{
    (void)state;
    cleaned("plain", 100, "plain");
    cleaned("", 100, "");
    cleaned("  two\n\twords  ", 100, "two words");
    cleaned("a <strong>bold</strong> word", 100, "a bold word");
    cleaned("in<b>divisi</b>ble", 100, "indivisible");
    cleaned("<script>alert(1)</script>", 100, "alert(1)");
    cleaned("<<b>script>x", 100, "script>x");
    cleaned("<\xff<script", 100, "script");
    cleaned("out << x << 1", 100, "out << x << 1");
    cleaned("<\xe2\x80\x8bscript>x", 100, "script>x");
    cleaned("a <img src=x onerror=alert(1)", 100, "a img src=x onerror=alert(1)");
    cleaned("<!-- c --><?php ?></p>", 100, "");
    cleaned("a < b, 3<4, c <- d, <", 100, "a < b, 3<4, c <- d, <");
    cleaned("Tom &amp; &quot;Jerry&quot; &#39;s&nbsp;x", 100, "Tom & \"Jerry\" 's x");
    cleaned("vector&lt;int&gt; &amp;lt;b&amp;gt;", 100, "vector&lt;int&gt; &lt;b&gt;");
    cleaned("a\x01\x1b[31mb\x7f", 100, "a[31mb");
    cleaned("a\xc2\x85\xe2\x80\xae\xe2\x81\xa6\xef\xbb\xbf"
            "b",
            100, "ab");
    cleaned("a\xf3\xa0\x81\x81\xf3\xa0\x81\x82z", 100, "az"); /* tag characters */
    cleaned("bad\xff\xc3", 100, "bad");
    cleaned("\xc3\xa4\xc3\xa4\xc3\xa4", 5, "\xc3\xa4\xc3\xa4");
    cleaned("abcdef", 3, "abc");
    cleaned("ab cd", 3, "ab");
}

/* No text of these pieces, in whatever order, leaves anything that begins a tag. */
static void test_clean_leaves_no_tag(void **state)
{
    static const char *const pieces[] = {
        "<",    ">",  "b", "/",   "!",     "?", " ", "&lt;", "&amp;", "<b>", "\xe2\x80\x8b",
        "\xff", "\n", "&", "lt;", "script"};
    (void)state;
    srand(7);
    for (int round = 0; round < 20000; round++) {
        struct buffer text = {0}, out = {0};
        for (int i = rand() % 12; i >= 0; i--)
            buffer_put_string(&text, pieces[(size_t)rand() % (sizeof pieces / sizeof *pieces)]);
        px_search_clean(&out, buffer_string(&text), 64);
        assert_true(out.size <= 64);
        for (const char *p = buffer_string(&out); (p = strchr(p, '<')); p++)
            if (p[1] && strchr("bls/!?", p[1])) fail_msg("%s became %s", text.data, out.data);
        buffer_free(&text);
        buffer_free(&out);
    }
}

static void test_url(void **state)
{
    static const struct {
        const char *url, *expected; /* NULL: refused */
    } cases[] = {
        {"https://example.com/a?b=c#d", "https://example.com/a?b=c#d"},
        {"HTTP://example.com", "http://example.com/"},
        {"https://example.com/a b", "https://example.com/a%20b"},
        {"https://example.com/\xc3\xa4", "https://example.com/%c3%a4"},
        {"javascript:alert(1)", NULL},
        {"data:text/html,x", NULL},
        {"ftp://example.com/", NULL},
        {"file:///etc/passwd", NULL},
        {"//example.com/", NULL},
        {"/relative", NULL},
        {"https://user:secret@example.com/", NULL},
        {"https://user@example.com/", NULL},
        {"https://exa\nmple.com/", NULL},
        {"https://example.com/\"><script>", NULL},
        {"https:///path", "https://path/"},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer out = {0};
        bool good = px_search_url(&out, cases[i].url);
        if (good != (cases[i].expected != NULL)) fail_msg("%s gave %s", cases[i].url, buffer_string(&out));
        assert_string_equal(buffer_string(&out), cases[i].expected ? cases[i].expected : "");
        buffer_free(&out);
    }
    struct buffer url = {0}, out = {0};
    buffer_put_string(&url, "https://example.com/");
    while (url.size <= PX_SEARCH_URL_BYTES) buffer_put_string(&url, "long");
    assert_false(px_search_url(&out, url.data));
    buffer_free(&url);
    buffer_free(&out);
}

static void test_query(void **state)
{
    const struct px_search_backend *searxng = px_search_backend("searxng"),
                                   *brave = px_search_backend("brave");
    struct px_err err;
    char text[402];
    (void)state;
    assert_null(px_search_backend("google"));
    assert_int_equal(px_search_check(searxng, "two words", 9, &err), 0);
    assert_int_equal(px_search_check(searxng, "two words", 8, &err), PX_EINVAL);
    assert_int_equal(px_search_check(searxng, "", 9, &err), PX_EINVAL);
    assert_int_equal(px_search_check(searxng, " \xc2\xa0 ", 9, &err), PX_EINVAL);
    assert_int_equal(px_search_check(searxng, "a\nb", 9, &err), PX_EINVAL);
    assert_int_equal(px_search_check(searxng, "a\xff", 9, &err), PX_EINVAL);
    memset(text, 'x', sizeof text);
    text[401] = '\0';
    assert_int_equal(px_search_check(brave, text, 1000, &err), PX_EINVAL);
    text[400] = '\0';
    assert_int_equal(px_search_check(brave, text, 1000, &err), 0);
}

static void asked(const char *name, const char *expected_path, const char *expected_body)
{
    struct buffer path = {0}, body = {0};
    px_search_ask(px_search_backend(name), "a&b=c \xc3\xa4\"", 50, &path, &body);
    assert_string_equal(buffer_string(&path), expected_path);
    assert_string_equal(buffer_string(&body), expected_body);
    buffer_free(&path);
    buffer_free(&body);
}

static void test_ask(void **state)
{
    (void)state;
    asked("searxng", "/search?q=a%26b%3Dc%20%C3%A4%22&format=json", "");
    asked("brave", "/web/search?q=a%26b%3Dc%20%C3%A4%22&count=20", "");
    asked("tavily", "/search", "{\"query\":\"a&b=c \xc3\xa4\\\"\",\"max_results\":20}");
}

static void found(const char *name, const char *answer, size_t max_results, const char *expected)
{
    struct buffer out = {0};
    size_t count = 0;
    struct px_err err;
    int rc = px_search_results(px_search_backend(name), answer, strlen(answer), max_results, 100, &out,
                               &count, &err);
    assert_int_equal(rc, expected ? 0 : PX_EINVAL);
    if (expected) assert_string_equal(buffer_string(&out), expected);
    buffer_free(&out);
}

static void test_results(void **state)
{
    const char *one = "[{\"title\":\"T\",\"url\":\"https://e.example/\",\"snippet\":\"S\"}]";
    (void)state;
    found("searxng", "{\"results\":[{\"url\":\"https://e.example\",\"title\":\"T\",\"content\":\"S\"}]}", 9,
          one);
    found("tavily", "{\"results\":[{\"url\":\"https://e.example\",\"title\":\"T\",\"content\":\"S\"}]}", 9,
          one);
    found("brave",
          "{\"web\":{\"results\":[{\"url\":\"https://e.example\",\"title\":\"T\",\"description\":\"S\"}]}}",
          9, one);
    found("searxng", "{\"results\":[{\"url\":\"https://e.example\"},{\"url\":\"ftp://x\"},7,null,{}]}", 9,
          "[{\"title\":\"\",\"url\":\"https://e.example/\",\"snippet\":\"\"}]");
    found("searxng", "{\"results\":[{\"url\":\"http://a/\"},{\"url\":\"http://b/\"}]}", 1,
          "[{\"title\":\"\",\"url\":\"http://a/\",\"snippet\":\"\"}]");
    found("searxng", "{\"results\":[]}", 9, "[]");
    found("brave", "{\"type\":\"search\",\"query\":{}}", 9, "[]"); /* nothing was found */
    found("brave", "{\"type\":\"search\",\"web\":7}", 9, NULL);
    found("brave", "{\"error\":\"x\"}", 9, NULL);
    found("searxng", "{\"results\":{}}", 9, NULL);
    found("searxng", "<html>", 9, NULL);
    found("searxng", "", 9, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean), cmocka_unit_test(test_clean_leaves_no_tag),
        cmocka_unit_test(test_url),   cmocka_unit_test(test_query),
        cmocka_unit_test(test_ask),   cmocka_unit_test(test_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
