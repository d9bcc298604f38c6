/* Each allocation of a tool call fails once: a failed result or the right one, no crash, no leak, and nothing
 * half written. Patterns and globs likewise. */
#include "failing_alloc.h"
#include "fs/glob.h"
#include "regex/regex.h"
#include "workspace.h"

static const struct {
    const char *name, *input;
} calls[] = {
    {"Read", "{\"file_path\":\"d/a.c\",\"offset\":2}"},
    {"Read", "{\"file_path\":\"none\"}"},
    {"Write", "{\"file_path\":\"n/e/w\",\"content\":\"text\\n\"}"},
    {"Edit", "{\"file_path\":\"d/a.c\",\"old_string\":\"two\",\"new_string\":\"2\\n3\"}"},
    {"Edit", "{\"file_path\":\"d/a.c\",\"old_string\":\"o\",\"new_string\":\"0\"}"},
    {"Edit", "{\"file_path\":\"d/a.c\",\"old_string\":\"absent\\n\",\"new_string\":\"0\"}"},
    {"ListDir", "{\"path\":\"d\"}"},
    {"Glob", "{\"pattern\":\"**/*.{c,h}\"}"},
    {"Grep",
     "{\"pattern\":\"(?:two|[\xc3\xa4])+\",\"output_mode\":\"content\",\"context\":2,\"glob\":\"*.c\"}"},
    {"Grep", "{\"pattern\":\"TWO\",\"fixed\":true,\"ignore_case\":true,\"output_mode\":\"count\"}"},
    {"Grep", "{\"pattern\":\"two\",\"output_mode\":\"wrong\"}"},
    {"Nothing", "{}"},
};

/* The result, NULL when the call could not even begin. */
static char *call_tool(struct workspace *workspace, const char *name, const cJSON *input, bool *failed)
{
    struct tool_call call = {.store = workspace->store, .host = &workspace->memory->host};
    struct k_slice slice;
    char *text = NULL;

    *failed = true;
    k_slice_begin(&slice, &workspace->memory->host, 1000);
    if (tool_call_begin(&call, name, input) == 0) {
        while (tool_call_step(&call, &slice) == TOOL_MORE)
            k_slice_begin(&slice, &workspace->memory->host, 1000);
        alloc_fail_at(alloc_has_failed() ? -2 : -1);
        text = strdup(buffer_string(&call.output));
        *failed = call.failed;
        tool_call_end(&call);
    }
    return text;
}

static void fill(struct workspace *workspace)
{
    workspace_open(workspace, 1u << 20);
    workspace_put(workspace, "d/a.c", "one\r\ntwo\r\nthree\r\nfour\r\n");
    workspace_put(workspace, "d/b.h", "two\n");
    workspace_put(workspace, "none", "");
}

static void every_allocation_of_a_call_may_fail(void **state)
{
    long total = 0;
    size_t i;

    for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        struct workspace workspace;
        char *right, *before, *after;
        bool right_failed, failed, reached = true;
        cJSON *input;
        long n;

        alloc_fail_json(false);
        input = cJSON_Parse(calls[i].input);
        alloc_fail_json(true);
        fill(&workspace);
        before = workspace_dump(&workspace, ST_HEAD);
        right = call_tool(&workspace, calls[i].name, input, &right_failed);
        after = workspace_dump(&workspace, ST_HEAD);
        workspace_close(&workspace);
        for (n = 0; reached; n++) {
            char *text, *dump;
            fill(&workspace);
            alloc_fail_at(n);
            text = call_tool(&workspace, calls[i].name, input, &failed);
            reached =
                failed ? n < 10000 && (text == NULL || !right_failed || strcmp(text, right) != 0) : false;
            alloc_fail_at(-1);
            dump = workspace_dump(&workspace, ST_HEAD);
            if (text && !failed) assert_string_equal(text, right);
            if (text && failed && !right_failed && !strstr(text, "out of memory"))
                print_error("%s %s, allocation %ld: %s\n", calls[i].name, calls[i].input, n, text);
            if (text && failed && !right_failed) assert_non_null(strstr(text, "out of memory"));
            assert_string_equal(dump, failed ? before : after);
            assert_false(st_in_transaction(workspace.store));
            free(dump);
            free(text);
            workspace_close(&workspace);
            total++;
        }
        free(before);
        free(after);
        free(right);
        alloc_fail_json(false);
        cJSON_Delete(input);
    }
    assert_true(total > 200);
}

static void every_allocation_of_a_pattern_may_fail(void **state)
{
    static const char pattern[] = "(?:a|[\xc3\xa4\\d])+(b)\\s{2}";
    bool reached = true;
    long n;
    for (n = 0; reached; n++) {
        struct regex *regex;
        struct fs_glob *glob;
        struct error error;
        int result, globbed;
        alloc_fail_at(n);
        result = re_compile(pattern, strlen(pattern), RE_EXTENDED | RE_PERL, &regex, &error);
        reached = alloc_has_failed();
        assert_int_equal(result, reached ? UMBRA_ENOMEM : 0);
        re_free(regex);
        alloc_fail_at(n);
        globbed = fs_glob_compile("{a,b}/**/*.[ch]", 15, &glob, &error);
        assert_int_equal(globbed, alloc_has_failed() ? UMBRA_ENOMEM : 0);
        reached |= alloc_has_failed();
        alloc_fail_at(-1);
        fs_glob_free(glob);
    }
    assert_true(n > 4);
}

static void every_allocation_of_the_schemas_may_fail(void **state)
{
    bool reached = true;
    long n;
    alloc_fail_json(true);
    for (n = 0; reached; n += 7) {
        cJSON *list;
        alloc_fail_at(n);
        list = tool_schemas(true, &tool_default_limits);
        reached = alloc_has_failed();
        alloc_fail_at(-1);
        assert_int_equal(list == NULL, reached);
        cJSON_Delete(list);
    }
    alloc_fail_json(false);
    assert_true(n > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_a_call_may_fail),
        cmocka_unit_test(every_allocation_of_a_pattern_may_fail),
        cmocka_unit_test(every_allocation_of_the_schemas_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
