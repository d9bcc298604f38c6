/* json.h: what cJSON leaves open, NUL characters above all. */
#include <string.h>

#include "workspace.h"

static void whole_texts_are_parsed(void **state)
{
    struct error error;
    static const char text[] = " {\"a\":[1,true,null,\"x\"]} \n";
    cJSON *value = json_parse(text, strlen(text), "it", &error);
    assert_non_null(value);
    assert_true(cJSON_IsArray(json_get(value, "a")));
    assert_null(json_get(value, "A"));
    assert_null(json_get(NULL, "a"));
    cJSON_Delete(value);
}

static void broken_texts_are_refused(void **state)
{
    static const char *const texts[] = {
        "",    " ",   "{",      "{\"a\":}",    "[1,]",      "{} {}",
        "{}x", "nul", "\"open", "\"\\ud800\"", "{\"a\" 1}", "\"\\x\"",
    };
    size_t i;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct error error = {0};
        cJSON *value = json_parse(texts[i], strlen(texts[i]), "the text", &error);
        if (value) print_error("accepted: %s\n", texts[i]);
        assert_null(value);
        assert_int_equal(error.code, UMBRA_EPARSE);
        assert_non_null(strstr(error.message, "the text"));
        assert_null(json_parse_text(texts[i], strlen(texts[i]), "the text", &error));
    }
}

/* Only the given bytes count, whatever follows them. */
static void lengths_are_kept(void **state)
{
    struct error error;
    cJSON *value = json_parse("12345", 2, "it", &error);
    assert_non_null(value);
    assert_true(value->valuedouble == 12);
    cJSON_Delete(value);
    assert_null(json_parse("\"abc\"", 4, "it", &error));
}

static void nul_escapes_are_refused_in_names(void **state)
{
    struct error error = {0};
    assert_null(json_parse("{\"a\":\"x\\u0000y\"}", 16, "it", &error));
    assert_int_equal(error.code, UMBRA_EPARSE);
    assert_non_null(strstr(error.message, "NUL"));
    assert_null(json_parse("\"x\0y\"", 5, "it", &error));
    assert_null(json_parse("{}\0", 3, "it", &error));
}

/* Backslashes in front of it decide whether \u0000 is an escape. */
static void escaped_backslashes_are_no_nul(void **state)
{
    struct error error = {0};
    cJSON *value = json_parse("\"\\\\u0000\"", 9, "it", &error);
    assert_non_null(value);
    assert_string_equal(value->valuestring, "\\u0000");
    cJSON_Delete(value);
    assert_null(json_parse("\"\\\\\\u0000\"", 10, "it", &error));
}

static void nul_escapes_become_replacements_in_texts(void **state)
{
    struct error error = {0};
    static const char text[] = "{\"a\":\"\\u0000x\\\\u0000\\u0000\"}";
    cJSON *value = json_parse_text(text, strlen(text), "it", &error);
    assert_non_null(value);
    assert_string_equal(json_string(value, "a", ""), "\xef\xbf\xbdx\\u0000\xef\xbf\xbd");
    cJSON_Delete(value);
}

static void raw_nuls_never_cut_a_text(void **state)
{
    struct error error = {0};
    assert_null(json_parse_text("{\"a\":\"x\0y\"}", 11, "it", &error));
    assert_int_equal(error.code, UMBRA_EPARSE);
    assert_null(json_parse_text("{}\0", 3, "it", &error));
}

static void members_have_fallbacks(void **state)
{
    cJSON *value = cJSON_Parse("{\"s\":\"t\",\"n\":1.5,\"b\":true,\"z\":null}");
    assert_string_equal(json_string(value, "s", "no"), "t");
    assert_string_equal(json_string(value, "n", "no"), "no");
    assert_true(json_number(value, "n", 0) == 1.5);
    assert_true(json_number(value, "s", 7) == 7);
    assert_true(json_bool(value, "b", false));
    assert_true(json_bool(value, "z", true));
    assert_false(json_bool(NULL, "b", false));
    cJSON_Delete(value);
}

static void strings_are_quoted_so_that_they_parse_again(void **state)
{
    struct buffer text = {0};
    struct error error;
    char every[256];
    cJSON *value;
    size_t i;

    for (i = 1; i < 128; i++) every[i - 1] = (char)i;
    json_put_string(&text, every, 127);
    value = json_parse(buffer_string(&text), text.size, "it", &error);
    assert_non_null(value);
    assert_memory_equal(value->valuestring, every, 127);
    cJSON_Delete(value);
    buffer_clear(&text);
    json_put_string(&text, "a\0b\xff", 4);
    assert_string_equal(buffer_string(&text), "\"a\\u0000b\xef\xbf\xbd\"");
    buffer_clear(&text);
    json_put_string(&text, "", 0);
    assert_string_equal(buffer_string(&text), "\"\"");
    buffer_free(&text);
}

static void added_items_are_taken_on_failure_too(void **state)
{
    cJSON *object = cJSON_CreateObject();
    struct buffer text = {0};
    assert_int_equal(json_add_text(object, "t", "a\xff", 2), 0);
    assert_int_equal(json_add_string(object, "s", "b"), 0);
    assert_int_equal(json_add_number(object, "n", 3), 0);
    assert_int_equal(json_add_bool(object, "b", true), 0);
    assert_int_equal(json_add_item(object, "x", NULL), UMBRA_ENOMEM);
    assert_int_equal(json_add_item(NULL, "x", cJSON_CreateTrue()), UMBRA_ENOMEM);
    assert_int_equal(json_append(NULL, cJSON_CreateTrue()), UMBRA_ENOMEM);
    json_print(&text, object);
    assert_string_equal(buffer_string(&text), "{\"t\":\"a\xef\xbf\xbd\",\"s\":\"b\",\"n\":3,\"b\":true}");
    json_print(&text, NULL);
    assert_true(text.failed);
    buffer_free(&text);
    cJSON_Delete(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_texts_are_parsed),
        cmocka_unit_test(broken_texts_are_refused),
        cmocka_unit_test(lengths_are_kept),
        cmocka_unit_test(nul_escapes_are_refused_in_names),
        cmocka_unit_test(escaped_backslashes_are_no_nul),
        cmocka_unit_test(nul_escapes_become_replacements_in_texts),
        cmocka_unit_test(raw_nuls_never_cut_a_text),
        cmocka_unit_test(members_have_fallbacks),
        cmocka_unit_test(strings_are_quoted_so_that_they_parse_again),
        cmocka_unit_test(added_items_are_taken_on_failure_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
