/* Glob and Grep. */
#include <time.h>

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

static void put_at(struct workspace *workspace, const char *path, const char *content, int64_t time)
{
    workspace->memory->wall = time;
    workspace_put(workspace, path, content);
}

static void newest_files_come_first(void **state)
{
    put_at(*state, "src/old.c", "", 1000);
    put_at(*state, "src/new.c", "", 3000);
    put_at(*state, "b.c", "", 2000);
    put_at(*state, "a.c", "", 2000);
    put_at(*state, "src/deep/x.h", "", 5000);
    put_at(*state, ".hidden/y.c", "", 9000);
    workspace_link(*state, "l.c", "a.c");
    assert_tool(*state, "Glob", "{\"pattern\":\"**/*.c\"}", "l.c\nsrc/new.c\na.c\nb.c\nsrc/old.c\n");
    assert_tool(*state, "Glob", "{\"pattern\":\"*.c\"}", "l.c\na.c\nb.c\n");
    assert_tool(*state, "Glob", "{\"pattern\":\"*.c\",\"path\":\"src\"}", "src/new.c\nsrc/old.c\n");
    assert_tool(*state, "Glob", "{\"pattern\":\"./**/*.{h,md}\",\"path\":\"./src/.\"}", "src/deep/x.h\n");
    assert_tool(*state, "Glob", "{\"pattern\":\".hidden/*\"}", ".hidden/y.c\n");
    assert_tool(*state, "Glob", "{\"pattern\":\"*.md\"}", "No files match *.md");
    assert_tool(*state, "Glob", "{\"pattern\":\"src\"}", "No files match src");
}

static void bad_globs_are_refused(void **state)
{
    static const char lead_out[] =
        "the pattern leads out of the workspace; give it relative to path, without a "
        "leading '/' and without '..'";
    workspace_put(*state, "a", "");
    assert_tool_fails(*state, "Glob", "{\"pattern\":\"/etc/*\"}", lead_out);
    assert_tool_fails(*state, "Glob", "{\"pattern\":\"../*\"}", lead_out);
    assert_tool_fails(*state, "Glob", "{\"pattern\":\"x/..\"}", lead_out);
    assert_tool(*state, "Glob", "{\"pattern\":\"a..b\"}", "No files match a..b");
    assert_tool_fails(*state, "Glob", "{\"pattern\":\"*\",\"path\":\"a\"}",
                      "a is a file; path must be a directory");
    assert_tool_fails(*state, "Glob", "{\"pattern\":\"*\",\"path\":\"..\"}",
                      "..: the path leads out of the workspace");
    assert_tool_fails(*state, "Glob", "{\"pattern\":\"*\",\"path\":\"no\"}", "no: no such file or directory");
}

/* Many more matches than are shown: the newest are kept, whatever their order in the tree. */
static void the_newest_of_many_are_shown(void **state)
{
    struct workspace *workspace = *state;
    char path[32];
    int i;

    run_tool_limits.results = 3;
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    for (i = 0; i < 200; i++) {
        snprintf(path, sizeof path, "f%03d", i);
        put_at(workspace, path, "", 100000 + i * 7919 % 200);
    }
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    /* i * 7919 % 200 is greatest for the i with i * 119 % 200 = 199, 198, 197 */
    assert_tool(workspace, "Glob", "{\"pattern\":\"*\"}",
                "f121\nf042\nf163\n\xe2\x80\xa6 and 197 more files; a narrower pattern or path shows them\n");
    run_tool_starved = true;
    assert_tool(workspace, "Glob", "{\"pattern\":\"f*1\"}",
                "f121\nf131\nf141\n\xe2\x80\xa6 and 17 more files; a narrower pattern or path shows them\n");
    assert_true(run_tool_slices > 150);
}

static void fill(struct workspace *workspace)
{
    workspace_put(workspace, "a.txt", "one\ntwo foo\nthree\nfoo bar\n");
    workspace_put(workspace, "b.txt", "nothing\n");
    workspace_put(workspace, "src/main.c", "int foo(void)\n{\n    return Foo;\n}\n");
    workspace_put(workspace, "src/x/y.js", "foobar\r\nfoo();\r\n");
    workspace_put(workspace, ".conf/z", "foo");
    workspace_put_bytes(workspace, "bin", "foo\0foo", 7);
    workspace_link(workspace, "link", "a.txt");
}

static void files_are_named(void **state)
{
    fill(*state);
    assert_tool(*state, "Grep", "{\"pattern\":\"foo\"}", ".conf/z\na.txt\nsrc/main.c\nsrc/x/y.js\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"foo\",\"path\":\"src\"}", "src/main.c\nsrc/x/y.js\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"foo\",\"path\":\"a.txt\"}", "a.txt\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"foo\",\"path\":\"link\"}", "a.txt\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"nowhere\"}", "No matches found (1 binary file not searched)");
    assert_tool(*state, "Grep", "{\"pattern\":\"nowhere\",\"path\":\"src\"}", "No matches found");
    assert_tool(*state, "Grep", "{\"pattern\":\"foo\",\"path\":\"bin\"}",
                "No matches found (1 binary file not searched)");
}

static void lines_are_counted(void **state)
{
    fill(*state);
    assert_tool(*state, "Grep", "{\"pattern\":\"foo\",\"output_mode\":\"count\"}",
                ".conf/z:1\na.txt:2\nsrc/main.c:1\nsrc/x/y.js:2\n");
    assert_tool(*state, "Grep",
                "{\"pattern\":\"foo\",\"output_mode\":\"count\",\"ignore_case\":true,\"path\":\"src\"}",
                "src/main.c:2\nsrc/x/y.js:2\n");
}

static void lines_are_shown(void **state)
{
    fill(*state);
    assert_tool(
        *state, "Grep", "{\"pattern\":\"foo\",\"output_mode\":\"content\"}",
        ".conf/z:1:foo\na.txt:2:two foo\na.txt:4:foo bar\nsrc/main.c:1:int foo(void)\nsrc/x/y.js:1:foobar\n"
        "src/x/y.js:2:foo();\n");
    assert_tool(*state, "Grep",
                "{\"pattern\":\"foo\",\"output_mode\":\"content\",\"word\":true,\"path\":\"src\"}",
                "src/main.c:1:int foo(void)\nsrc/x/y.js:2:foo();\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"o(\",\"output_mode\":\"content\",\"fixed\":true}",
                "src/main.c:1:int foo(void)\nsrc/x/y.js:2:foo();\n");
    assert_tool(*state, "Grep",
                "{\"pattern\":\"FOO();\",\"output_mode\":\"content\",\"fixed\":true,\"ignore_case\":true}",
                "src/x/y.js:2:foo();\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"bar$\",\"output_mode\":\"content\"}",
                "a.txt:4:foo bar\nsrc/x/y.js:1:foobar\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"\\\\r$\",\"output_mode\":\"count\"}", "src/x/y.js:2\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"^(?:int|two)\\\\s\\\\w+\",\"output_mode\":\"content\"}",
                "a.txt:2:two foo\nsrc/main.c:1:int foo(void)\n");
}

static void files_are_filtered(void **state)
{
    fill(*state);
    assert_tool(*state, "Grep", "{\"pattern\":\"foo\",\"glob\":\"*.txt\"}", "a.txt\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"foo\",\"glob\":\"*.{c,js}\"}", "src/main.c\nsrc/x/y.js\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"foo\",\"glob\":\"src/*\"}", "src/main.c\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"foo\",\"glob\":\"x/*\",\"path\":\"src\"}", "src/x/y.js\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"foo\",\"glob\":\"!*.c\"}", ".conf/z\na.txt\nsrc/x/y.js\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"foo\",\"glob\":\"*.no\"}", "No matches found");
}

static void context_is_shown_around_matches(void **state)
{
    workspace_put(*state, "a", "1\n2\n3 x\n4\n5\n6\n7\n8 x\n9 x\n10\n");
    workspace_put(*state, "b", "x\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"x\",\"output_mode\":\"content\",\"context\":1}",
                "a-2-2\na:3:3 x\na-4-4\n--\na-7-7\na:8:8 x\na:9:9 x\na-10-10\n--\nb:1:x\n");
    assert_tool(*state, "Grep",
                "{\"pattern\":\"x\",\"output_mode\":\"content\",\"context\":2,\"path\":\"a\"}",
                "a-1-1\na-2-2\na:3:3 x\na-4-4\na-5-5\na-6-6\na-7-7\na:8:8 x\na:9:9 x\na-10-10\n");
    assert_tool(*state, "Grep",
                "{\"pattern\":\"9\",\"output_mode\":\"content\",\"context\":20,\"path\":\"a\"}",
                "a-1-1\na-2-2\na-3-3 x\na-4-4\na-5-5\na-6-6\na-7-7\na-8-8 x\na:9:9 x\na-10-10\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"x\",\"output_mode\":\"count\",\"context\":2}", "a:3\nb:1\n");
}

static void head_limits_stop_the_search(void **state)
{
    fill(*state);
    assert_tool(*state, "Grep", "{\"pattern\":\"foo\",\"head_limit\":2}",
                ".conf/z\na.txt\n(stopped after 2 files; there may be more: narrow the search or raise "
                "head_limit)\n");
    assert_tool(*state, "Grep", "{\"pattern\":\"foo\",\"head_limit\":2,\"output_mode\":\"content\"}",
                ".conf/z:1:foo\na.txt:2:two foo\n(stopped after 2 matching lines; there may be more: narrow "
                "the search "
                "or raise head_limit)\n");
    assert_tool(*state, "Grep",
                "{\"pattern\":\"foo\",\"head_limit\":2,\"output_mode\":\"content\",\"path\":\"a.txt\"}",
                "a.txt:2:two foo\na.txt:4:foo bar\n");
    run_tool_limits.results = 1;
    assert_tool(
        *state, "Grep", "{\"pattern\":\"foo\",\"output_mode\":\"count\"}",
        ".conf/z:1\n(stopped after 1 files; there may be more: narrow the search or raise head_limit)\n");
}

static void long_lines_are_cut(void **state)
{
    struct buffer line = {0}, expected = {0};
    int i;
    for (i = 0; i < 500; i++) buffer_put_string(&line, "\xe2\x82\xac");
    buffer_printf(&expected, "f:1:%s\xe2\x80\xa6 [line cut, 1503 bytes]\n", line.data);
    buffer_put_string(&line, "end\n");
    workspace_put(*state, "f", line.data);
    assert_tool(*state, "Grep", "{\"pattern\":\"end\",\"output_mode\":\"content\"}", expected.data);
    buffer_free(&line);
    buffer_free(&expected);
}

static void bad_patterns_say_why(void **state)
{
    fill(*state);
    assert_tool_fails(
        *state, "Grep", "{\"pattern\":\"foo(\"}",
        "the pattern 'foo(' cannot be used: a ( has no ) that closes it; a backslash before it makes it "
        "stand for itself");
    assert_tool_fails(*state, "Grep", "{\"pattern\":\"a\\nb\"}",
                      "the pattern has a newline in it; Grep looks at single lines");
    assert_tool_fails(*state, "Grep", "{\"pattern\":\"a\",\"path\":\"no\"}", "no: no such file or directory");
    assert_tool_fails(*state, "Grep", "{\"pattern\":\"\"}", "Grep: \"pattern\" must not be empty");
}

/* A file of some megabytes with a line of 3 MB in it, and all of it in tiny slices too. */
static void large_files_give_the_same_in_slices(void **state)
{
    static const char *const inputs[] = {
        "{\"pattern\":\"needle\"}",
        "{\"pattern\":\"needle\",\"output_mode\":\"count\"}",
        "{\"pattern\":\"needle\",\"output_mode\":\"content\",\"context\":3}",
        "{\"pattern\":\"needle$\",\"output_mode\":\"content\"}",
        "{\"pattern\":\"NEEDLE\",\"output_mode\":\"content\",\"ignore_case\":true,\"word\":true}",
        "{\"pattern\":\"line 1.*0 \",\"output_mode\":\"content\",\"head_limit\":50}",
        "{\"pattern\":\"zzz\",\"output_mode\":\"content\"}",
    };
    struct buffer content = {0};
    size_t i;

    for (i = 1; i <= 60000; i++)
        buffer_printf(&content, "line %zu %s\n", i, i % 9973 == 0 ? "needle" : "hay hay");
    while (content.size < (5u << 20)) buffer_put_string(&content, "huge ");
    buffer_put_string(&content, "needle\nlast line with a needle");
    workspace_put(*state, "big", content.data);
    workspace_put(*state, "small", "needle\n");
    for (i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        bool failed;
        char *whole, *sliced;
        run_tool_starved = false;
        whole = run_tool(*state, "Grep", inputs[i], &failed);
        assert_false(failed);
        assert_int_equal(run_tool_slices, 1);
        run_tool_starved = true;
        sliced = run_tool(*state, "Grep", inputs[i], &failed);
        if (i) assert_true(run_tool_slices > (i == 5 ? 1 : 40));
        assert_string_equal(whole, sliced);
        if (i == 0) assert_string_equal(whole, "big\nsmall\n");
        if (i == 1) assert_string_equal(whole, "big:8\nsmall:1\n");
        if (i == 2) {
            assert_non_null(strstr(whole, "big-9970-line 9970 hay hay\nbig-9971-line 9971 hay hay\n"
                                          "big-9972-line 9972 hay hay\nbig:9973:line 9973 needle\n"
                                          "big-9974-line 9974 hay hay\n"));
            /* of the huge line the piece with the match */
            assert_non_null(strstr(whole, "big-60000-line 60000 hay hay\nbig:60001:"));
            assert_non_null(strstr(whole, "\nbig:60002:last line with a needle\n--\nsmall:1:needle\n"));
        }
        if (i == 6) assert_string_equal(whole, "No matches found");
        free(whole);
        free(sliced);
    }
    buffer_free(&content);
}

/* A huge line that matches in several of its pieces is one line. */
static void huge_lines_count_once(void **state)
{
    struct buffer content = {0};
    bool failed;
    char *text;

    buffer_put_string(&content, "first\nneedle ");
    while (content.size < (3u << 20)) buffer_put_string(&content, "needle and more ");
    buffer_put_string(&content, "\nneedle\n");
    workspace_put(*state, "f", content.data);
    assert_tool(*state, "Grep", "{\"pattern\":\"needle\",\"output_mode\":\"count\"}", "f:2\n");
    text = run_tool(*state, "Grep", "{\"pattern\":\"needle\",\"output_mode\":\"content\",\"context\":1}",
                    &failed);
    assert_memory_equal(text, "f-1-first\nf:2:needle needle", 27);
    assert_non_null(strstr(text, " bytes]\nf:3:needle\n"));
    free(text);
    buffer_free(&content);
}

/* Window by window and line by line give the same, wherever the borders fall. */
static void borders_of_chunks_hide_nothing(void **state)
{
    struct buffer content = {0};
    char expected[200];
    size_t pad;

    for (pad = 65500; pad < 65560; pad += 3) {
        bool failed;
        char *text;
        buffer_clear(&content);
        while (content.size < pad) buffer_put_byte(&content, content.size % 50 == 49 ? '\n' : '-');
        buffer_put_string(&content, "\nneedle in a\nhaystack\n");
        workspace_put(*state, "f", content.data);
        snprintf(expected, sizeof expected, "f:%zu:needle in a\n", pad / 50 + 2);
        text = run_tool(*state, "Grep", "{\"pattern\":\"^needle\",\"output_mode\":\"content\"}", &failed);
        assert_string_equal(text, expected);
        free(text);
    }
    buffer_free(&content);
}

static void the_workspace_may_change_between_slices(void **state)
{
    struct workspace *workspace = *state;
    struct tool_call call = {.store = workspace->store, .host = &workspace->memory->host};
    cJSON *input = cJSON_Parse("{\"pattern\":\"x\"}");
    struct k_slice slice;
    int steps = 0;
    char path[16];

    for (steps = 0; steps < 20; steps++) {
        snprintf(path, sizeof path, "d/%02d", steps);
        workspace_put(workspace, path, "x\n");
    }
    assert_int_equal(tool_call_begin(&call, "Grep", input), 0);
    for (steps = 0;; steps++) {
        k_slice_begin(&slice, &workspace->memory->host, 0);
        slice.fuel = 1;
        if (tool_call_step(&call, &slice) == TOOL_DONE) break;
        snprintf(path, sizeof path, "d/%02d", 19 - steps);
        if (steps < 20) workspace_remove(workspace, path);
        if (steps == 19) workspace_remove(workspace, "d");
    }
    assert_false(call.failed);
    tool_call_end(&call);
    cJSON_Delete(input);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(newest_files_come_first),
        TEST(bad_globs_are_refused),
        TEST(the_newest_of_many_are_shown),
        TEST(files_are_named),
        TEST(lines_are_counted),
        TEST(lines_are_shown),
        TEST(files_are_filtered),
        TEST(context_is_shown_around_matches),
        TEST(head_limits_stop_the_search),
        TEST(long_lines_are_cut),
        TEST(bad_patterns_say_why),
        TEST(large_files_give_the_same_in_slices),
        TEST(huge_lines_count_once),
        TEST(borders_of_chunks_hide_nothing),
        TEST(the_workspace_may_change_between_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
