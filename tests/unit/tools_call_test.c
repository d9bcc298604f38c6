/* call.c, registry.c, validate.c: what holds for every tool. */
#include <stdlib.h>
#include <string.h>

#include "workspace.h"

static int setup(void **state)
{
    struct workspace *workspace = calloc(1, sizeof *workspace);
    workspace_open(workspace, WORKSPACE_BYTES);
    *state = workspace;
    return 0;
}

static int teardown(void **state)
{
    workspace_close(*state);
    free(*state);
    run_tool_limits = tool_default_limits;
    run_tool_starved = false;
    return 0;
}

static void schemas_are_whole(void **state)
{
    static const char *const names[] = {"Read", "Write", "Edit",       "ListDir",  "Glob",
                                        "Grep", "Bash",  "BashOutput", "KillShell"};
    cJSON *list = tool_schemas(true, &tool_default_limits),
          *plain = tool_schemas(false, &tool_default_limits);
    size_t i;

    assert_int_equal(cJSON_GetArraySize(list), 9);
    assert_null(json_get(cJSON_GetArrayItem(plain, 0), "writes"));
    for (i = 0; i < 9; i++) {
        const cJSON *item = cJSON_GetArrayItem(list, (int)i), *schema = json_get(item, "input_schema"),
                    *member;
        assert_string_equal(json_string(item, "name", ""), names[i]);
        assert_true(strlen(json_string(item, "description", "")) > 40);
        assert_string_equal(json_string(schema, "type", ""), "object");
        assert_true(cJSON_IsFalse(json_get(schema, "additionalProperties")));
        assert_int_equal(json_bool(item, "writes", false), i == 1 || i == 2 || i == 6);
        assert_ptr_equal(tool_find(names[i]), tool_at(i));
        cJSON_ArrayForEach(member, json_get(schema, "properties"))
        {
            assert_true(strlen(json_string(member, "description", "")) > 10);
            assert_non_null(json_string(member, "type", NULL));
        }
        cJSON_ArrayForEach(member, json_get(schema, "required"))
        {
            assert_non_null(json_get(json_get(schema, "properties"), member->valuestring));
        }
    }
    assert_null(tool_at(9));
    /* What there is besides the builtins comes from the list of commands. */
    assert_non_null(strstr(json_string(cJSON_GetArrayItem(list, 6), "description", ""), " basename, cat, "));
    assert_null(tool_find("read"));
    assert_null(tool_find(NULL));
    cJSON_Delete(list);
    cJSON_Delete(plain);
}

static void unknown_tools_name_the_known(void **state)
{
    assert_tool_fails(*state, "Shell", "{}",
                      "There is no tool \"Shell\"; there are Read, Write, Edit, ListDir, Glob, Grep, Bash, "
                      "BashOutput, KillShell");
    assert_tool_fails(
        *state, "", "{}",
        "There is no tool \"\"; there are Read, Write, Edit, ListDir, Glob, Grep, Bash, BashOutput, "
        "KillShell");
}

static void without_a_shell_there_is_none(void **state)
{
    assert_tool_fails(*state, "Bash", "{\"command\":\"ls\"}", "there is no shell here");
    assert_tool_fails(*state, "BashOutput", "{\"bash_id\":\"bash_1\"}", "there is no shell here");
    assert_tool_fails(*state, "KillShell", "{\"shell_id\":\"bash_1\"}", "there is no shell here");
}

static void bad_inputs_say_what_is_expected(void **state)
{
    static const struct {
        const char *tool, *input, *message;
    } cases[] = {
        {"Edit", "{\"file_path\":\"a\",\"old_string\":\"b\",\"new_string\":\"c\",\"replace_all\":\"yes\"}",
         "Edit: \"replace_all\" must be a boolean, not a string"},
        {"Edit", "{\"file_path\":\"a\",\"old_string\":\"b\"}",
         "Edit: \"new_string\" is missing; it must be a string"},
        {"Read", "{\"file_path\":7}", "Read: \"file_path\" must be a string, not a number"},
        {"Read", "{\"file_path\":null}", "Read: \"file_path\" must be a string, not null"},
        {"Read", "{\"file_path\":[\"a\"]}", "Read: \"file_path\" must be a string, not an array"},
        {"Read", "{\"file_path\":{}}", "Read: \"file_path\" must be a string, not an object"},
        {"Read", "{\"file_path\":\"\"}", "Read: \"file_path\" must not be empty"},
        {"Read", "{\"file_path\":\"a\",\"offset\":\"5\"}",
         "Read: \"offset\" must be a whole number, not a string"},
        {"Read", "{\"file_path\":\"a\",\"offset\":0}", "Read: \"offset\" must be at least 1, not 0"},
        {"Read", "{\"file_path\":\"a\",\"offset\":-3}", "Read: \"offset\" must be at least 1, not -3"},
        {"Read", "{\"file_path\":\"a\",\"limit\":2.5}", "Read: \"limit\" must be a whole number, not 2.5"},
        {"Read", "{\"file_path\":\"a\",\"limit\":1e300}",
         "Read: \"limit\" must be at most 9007199254740991, not 1e+300"},
        {"Read", "{\"file_path\":\"a\",\"limit\":1e999}",
         "Read: \"limit\" must be a whole number, not a number"},
        {"Read", "{\"path\":\"a\",\"file_path\":\"a\"}",
         "Read: there is no \"path\"; it takes file_path, offset, limit"},
        {"Grep", "{\"pattern\":\"a\",\"output_mode\":\"lines\"}",
         "Grep: \"output_mode\" must be one of files_with_matches, content, count, not \"lines\""},
        {"Grep", "{\"pattern\":\"a\",\"context\":21}", "Grep: \"context\" must be at most 20, not 21"},
        {"ListDir", "[]", "ListDir: the input must be an object, not an array"},
        {"ListDir", "\"a\"", "ListDir: the input must be an object, not a string"},
        {"ListDir", "null", "ListDir: the input must be an object, not null"},
        {"ListDir", "no json", "ListDir: the input must be an object, not nothing"},
    };
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_tool_fails(*state, cases[i].tool, cases[i].input, cases[i].message);
}

static void null_for_what_may_be_left_out_is_left_out(void **state)
{
    workspace_put(*state, "a", "x\n");
    assert_tool(*state, "Read", "{\"file_path\":\"a\",\"offset\":null,\"limit\":null}", "     1\tx\n");
}

static void long_patterns_are_refused_by_the_schema(void **state)
{
    struct buffer input = {0};
    buffer_put_string(&input, "{\"pattern\":\"");
    while (input.size < 5000) buffer_put_byte(&input, 'a');
    buffer_put_string(&input, "\"}");
    assert_tool_fails(*state, "Grep", input.data, "Grep: \"pattern\" has 4988 bytes and may have 4096");
    buffer_free(&input);
}

static void paths_that_lead_out_are_refused(void **state)
{
    static const char *const inputs[] = {
        "{\"file_path\":\"../x\",\"content\":\"\"}",      "{\"file_path\":\"/etc/passwd\",\"content\":\"\"}",
        "{\"file_path\":\"a/../../x\",\"content\":\"\"}", "{\"file_path\":\"out/x\",\"content\":\"\"}",
        "{\"file_path\":\"up/x\",\"content\":\"\"}",
    };
    char *before, *after;
    size_t i;
    bool failed;

    workspace_link(*state, "out", "/tmp");
    workspace_link(*state, "up", "..");
    workspace_mkdir(*state, "a");
    before = workspace_dump(*state, ST_HEAD);
    for (i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        char *text = run_tool(*state, "Write", inputs[i], &failed);
        assert_true(failed);
        assert_true(strstr(text, "out of the workspace") != NULL);
        free(text);
    }
    after = workspace_dump(*state, ST_HEAD);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void paths_as_the_shell_has_them_are_taken(void **state)
{
    assert_tool(*state, "Write", "{\"file_path\":\"/workspace/d/a\",\"content\":\"x\\n\"}",
                "Created d/a (1 line, 2 bytes)");
    assert_tool(*state, "Read", "{\"file_path\":\"/workspace//d/a\"}", "     1\tx\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"x\",\"path\":\"/workspace\"}", "d/a\n");
    assert_tool(*state, "ListDir", "{\"path\":\"/workspace/\"}", "d/\n");
    assert_tool_fails(
        *state, "Read", "{\"file_path\":\"/workspaces\"}",
        "/workspaces: absolute paths lead out of the workspace; give it relative to the workspace's root");
}

static void writing_takes_a_checkpoint_and_commits(void **state)
{
    struct workspace *workspace = *state;
    uint64_t flushes = workspace->memory->flushes;

    assert_tool(workspace, "Write", "{\"file_path\":\"a/b.txt\",\"content\":\"1\\n2\\n3\"}",
                "Created a/b.txt (3 lines, 5 bytes)");
    assert_int_equal(st_checkpoint_count(workspace->store), 1);
    assert_int_equal(workspace->memory->flushes, flushes + 1);
    workspace_reopen(workspace);
    assert_content(workspace, "a/b.txt", "1\n2\n3");
    assert_tool(workspace, "Write", "{\"file_path\":\"a/b.txt\",\"content\":\"x\"}",
                "Wrote a/b.txt (1 line, 1 byte)");
    assert_tool(workspace, "Read", "{\"file_path\":\"a/b.txt\"}", "     1\tx\n");
    assert_int_equal(st_checkpoint_count(workspace->store), 2);
}

static void failing_writes_leave_nothing_behind(void **state)
{
    struct workspace *workspace = *state;
    char *before, *after, *text;
    bool failed;

    workspace_put(workspace, "f", "x");
    before = workspace_dump(workspace, ST_HEAD);
    assert_tool_fails(workspace, "Write", "{\"file_path\":\"n/m/../../f/x\",\"content\":\"\"}",
                      "n/m/../../f/x: a part of the path is not a directory");
    workspace->memory->write_budget = 200;
    text = run_tool(workspace, "Write", "{\"file_path\":\"new/g\",\"content\":\"0123456789\"}", &failed);
    assert_true(failed);
    assert_non_null(strstr(text, "the storage is full"));
    free(text);
    workspace->memory->write_budget = -1;
    after = workspace_dump(workspace, ST_HEAD);
    assert_string_equal(before, after);
    free(before);
    free(after);
    assert_tool(workspace, "Write", "{\"file_path\":\"new/g\",\"content\":\"0123456789\"}",
                "Created new/g (1 line, 10 bytes)");
}

static void a_busy_store_is_a_failed_result(void **state)
{
    struct workspace *workspace = *state;
    bool failed;
    char *text;

    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    text = run_tool(workspace, "Write", "{\"file_path\":\"a\",\"content\":\"\"}", &failed);
    assert_true(failed);
    assert_string_equal(text, "another change of the workspace is under way; wait for it to end");
    free(text);
    assert_true(st_in_transaction(workspace->store));
    st_rollback(workspace->store);
}

static void results_are_cut_to_their_limit(void **state)
{
    struct buffer content = {0};
    bool failed;
    char *text;
    int i;

    for (i = 0; i < 50; i++)
        buffer_put_string(&content, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f 0123456789 0123456789\n");
    workspace_put(*state, "f", content.data);
    for (i = 80; i < 400; i += 7) {
        run_tool_limits.output_bytes = (size_t)i;
        text = run_tool(*state, "Read", "{\"file_path\":\"f\"}", &failed);
        assert_false(failed);
        assert_true(strlen(text) <= (size_t)i + 1);
        free(text);
        text = run_tool(*state, "Grep", "{\"pattern\":\"0\",\"output_mode\":\"content\"}", &failed);
        assert_true(strlen(text) <= (size_t)i + 1);
        free(text);
    }
    buffer_free(&content);
}

static void names_that_are_not_utf8_come_out_as_utf8(void **state)
{
    workspace_put(*state, "a\xff.txt", "x\n");
    assert_tool(*state, "ListDir", "{}", "a\xef\xbf\xbd.txt (2 bytes)\n");
    assert_tool(*state, "Glob", "{\"pattern\":\"*\"}", "a\xef\xbf\xbd.txt\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"x\"}", "a\xef\xbf\xbd.txt\n");
}

static void summaries_are_one_line(void **state)
{
    static const struct {
        const char *name, *input, *summary;
    } cases[] = {
        {"Edit", "{\"file_path\":\"src/a.c\",\"old_string\":\"x\"}", "Edit src/a.c"},
        {"Grep", "{\"pattern\":\"a b\",\"path\":\"src\"}", "Grep a b in src"},
        {"Glob", "{\"pattern\":\"*.c\"}", "Glob *.c"},
        {"ListDir", "{}", "ListDir"},
        {"Write", "{\"file_path\":\"a\\nb\\u001bc\"}", "Write a b c"},
        {"Nothing", "{\"file_path\":7}", "Nothing"},
        {"Bash", "{\"command\":\"\\n  npm test\\tall\"}", "Bash npm test all"},
        {"Bash", "{\"command\":\"a\\n\\nb\"}", "Bash a …"},
        {"BashOutput", "{\"bash_id\":\"bash_1\",\"filter\":\"x\"}", "BashOutput bash_1"},
        {"KillShell", "{\"shell_id\":\"bash_1\"}", "KillShell bash_1"},
    };
    struct buffer text = {0};
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cJSON *input = cJSON_Parse(cases[i].input);
        buffer_clear(&text);
        tool_summary(&text, cases[i].name, input);
        assert_string_equal(buffer_string(&text), cases[i].summary);
        cJSON_Delete(input);
    }
    buffer_clear(&text);
    tool_summary(&text, "Read", NULL);
    assert_string_equal(buffer_string(&text), "Read");
    buffer_free(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(schemas_are_whole),
        TEST(unknown_tools_name_the_known),
        TEST(without_a_shell_there_is_none),
        TEST(bad_inputs_say_what_is_expected),
        TEST(null_for_what_may_be_left_out_is_left_out),
        TEST(long_patterns_are_refused_by_the_schema),
        TEST(paths_that_lead_out_are_refused),
        TEST(paths_as_the_shell_has_them_are_taken),
        TEST(writing_takes_a_checkpoint_and_commits),
        TEST(failing_writes_leave_nothing_behind),
        TEST(a_busy_store_is_a_failed_result),
        TEST(results_are_cut_to_their_limit),
        TEST(names_that_are_not_utf8_come_out_as_utf8),
        TEST(summaries_are_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
