/* The description of the proxy's interface: its constant texts, and the whole, written from the tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "http/openapi.h"
#include "http/routes.h"

static cJSON *parse(const char *text)
{
    struct px_err err = {0};
    cJSON *json = px_json_parse(text, strlen(text), &err);
    if (!json) fail_msg("%s", err.text);
    return json;
}

/* No member of an object stands twice, at any depth; every reference leads somewhere. */
static void check_value(const cJSON *root, const cJSON *value)
{
    const char *target = px_json_text(value, "$ref");
    if (target) {
        const cJSON *at = root;
        char name[128];
        assert_true(px_has_prefix(target, "#/"));
        for (const char *p = target + 2; *p; p += strcspn(p, "/") + (p[strcspn(p, "/")] == '/')) {
            (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(p, "/"), p);
            at = cJSON_GetObjectItemCaseSensitive(at, name);
        }
        if (!at) fail_msg("%s leads nowhere", target);
    }
    for (const cJSON *item = value->child; item; item = item->next) {
        for (const cJSON *other = item->next; other && cJSON_IsObject(value); other = other->next)
            if (strcmp(item->string, other->string) == 0) fail_msg("%s stands twice", item->string);
        check_value(root, item);
    }
}

static void test_texts(void **state)
{
    const char *const texts[] = {px_openapi_schemas, px_openapi_security, px_openapi_headers};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cJSON *json = parse(texts[i]);
        assert_true(cJSON_IsObject(json) && json->child);
        cJSON_Delete(json);
    }
}

/* What the tables name is there. */
static void test_schemas_of_the_routes(void **state)
{
    (void)state;
    cJSON *schemas = parse(px_openapi_schemas);
    const struct px_route *route = NULL;
    for (size_t i = 0; (route = px_route_at(i)); i++) {
        assert_non_null(route->summary);
        assert_true(route->gives || route->type);
        if (route->asks) assert_non_null(cJSON_GetObjectItemCaseSensitive(schemas, route->asks));
        if (route->gives) assert_non_null(cJSON_GetObjectItemCaseSensitive(schemas, route->gives));
    }
    cJSON_Delete(schemas);
}

static void test_whole(void **state)
{
    static struct px_provider anthropic = {.id = "anthropic", .own_key_header = "X-Api-Key-Anthropic"},
                              local = {.id = "a-b", .dialect = PX_OPENAI, .keyless = true},
                              google = {.id = "google", .dialect = PX_GOOGLE};
    static struct px_app app = {.options = {.allow_byo_keys = true},
                                .providers = {.items = {&anthropic, &local, &google}, .count = 3}};
    struct buffer out = {0};
    const struct px_route *route = NULL;
    (void)state;
    px_openapi_put(&app, &out);
    assert_false(out.failed);
    cJSON *json = parse(buffer_string(&out));
    const cJSON *paths = cJSON_GetObjectItemCaseSensitive(json, "paths");
    check_value(json, json);
    for (size_t i = 0; (route = px_route_at(i)); i++) {
        if (!route->path) continue;
        if (!cJSON_GetObjectItemCaseSensitive(paths, route->path)) fail_msg("%s is missing", route->path);
    }
    assert_non_null(cJSON_GetObjectItemCaseSensitive(paths, "/v1/a-b/v1/chat/completions"));
    assert_null(cJSON_GetObjectItemCaseSensitive(paths, "/v1/a-b/v1/messages"));
    assert_non_null(
        cJSON_GetObjectItemCaseSensitive(paths, "/v1/google/v1beta/models/{model}:generateContent"));
    assert_non_null(strstr(out.data, "X-Api-Key-Anthropic"));
    cJSON_Delete(json);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_schemas_of_the_routes),
        cmocka_unit_test(test_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
