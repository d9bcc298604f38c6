/* Read and ListDir. */
#include "base/utf8.h"
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

static void numbered_lines(void **state)
{
    workspace_put(*state, "a", "one\ntwo\n\nfour");
    assert_tool(*state, "Read", "{\"file_path\":\"a\"}",
                "     1\tone\n     2\ttwo\n     3\t\n     4\tfour\n");
    assert_tool(*state, "Read", "{\"file_path\":\"a\",\"offset\":2,\"limit\":1}",
                "     2\ttwo\n(the file goes on; read further with offset 3)\n");
    assert_tool(*state, "Read", "{\"file_path\":\"a\",\"offset\":4}", "     4\tfour\n");
    assert_tool(*state, "Read", "{\"file_path\":\"a\",\"offset\":3,\"limit\":2}", "     3\t\n     4\tfour\n");
    assert_tool(*state, "Read", "{\"file_path\":\"a\",\"offset\":5}",
                "a has 4 lines; there is nothing at offset 5.");
    assert_tool(*state, "Read", "{\"file_path\":\"a\",\"offset\":9007199254740991}",
                "a has 4 lines; there is nothing at offset 9007199254740991.");
    workspace_put(*state, "b", "x\n");
    assert_tool(*state, "Read", "{\"file_path\":\"b\",\"limit\":1}", "     1\tx\n");
    assert_tool(*state, "Read", "{\"file_path\":\"b\",\"offset\":2}",
                "b has 1 line; there is nothing at offset 2.");
    workspace_put(*state, "n", "\n\n");
    assert_tool(*state, "Read", "{\"file_path\":\"n\"}", "     1\t\n     2\t\n");
}

static void what_is_no_text_gets_a_sentence(void **state)
{
    workspace_put(*state, "d/empty", "");
    workspace_put_bytes(*state, "bin", "a\0b", 3);
    workspace_link(*state, "l", "d/empty");
    assert_tool(*state, "Read", "{\"file_path\":\"d/empty\"}", "d/empty is an empty file.");
    assert_tool(*state, "Read", "{\"file_path\":\"l\"}", "l is an empty file.");
    assert_tool_fails(*state, "Read", "{\"file_path\":\"d\"}",
                      "d is a directory; ListDir shows what is in it");
    assert_tool_fails(*state, "Read", "{\"file_path\":\"bin\"}",
                      "bin is a binary file (3 bytes); Read shows text only");
    assert_tool_fails(*state, "Read", "{\"file_path\":\"no\"}", "no: no such file or directory");
}

static void line_endings_are_not_shown_but_said(void **state)
{
    workspace_put(*state, "a", "one\r\n\r\ntw\ro\r\nend\r");
    assert_tool(
        *state, "Read", "{\"file_path\":\"a\"}",
        "     1\tone\n     2\t\n     3\ttw\ro\n     4\tend\r\n(its lines end in CRLF; Edit keeps that)\n");
}

/* The two bytes of a line ending in two chunks. */
static void line_endings_may_fall_apart(void **state)
{
    struct buffer content = {0};
    size_t at;

    for (at = 65530; at < 65540; at++) {
        buffer_clear(&content);
        while (content.size < at) buffer_put_byte(&content, content.size % 100 == 99 ? '\n' : 'x');
        buffer_put_string(&content, "\nend\r\nlast");
        workspace_put(*state, "a", content.data);
        assert_tool(*state, "Read", "{\"file_path\":\"a\",\"offset\":657}",
                    "   657\tend\n   658\tlast\n(its lines end in CRLF; Edit keeps that)\n");
    }
    buffer_free(&content);
}

static void bytes_that_are_not_utf8_are_replaced(void **state)
{
    struct buffer late = {0};
    workspace_put(*state, "a", "ok\n\xff\xc3\n\xe2\x82\xac\n");
    assert_tool(*state, "Read", "{\"file_path\":\"a\"}",
                "     1\tok\n     2\t\xef\xbf\xbd\xef\xbf\xbd\n     3\t\xe2\x82\xac\n");
    while (late.size < 8000) buffer_put_string(&late, "0123456789012345678901234567890123456789\n");
    buffer_put(&late, "a\0b\n", 4);
    workspace_put_bytes(*state, "late", late.data, late.size);
    assert_tool(*state, "Read", "{\"file_path\":\"late\",\"offset\":197}",
                "   197\ta\xef\xbf\xbd"
                "b\n");
    buffer_free(&late);
}

static void long_lines_are_cut_between_characters(void **state)
{
    struct buffer line = {0}, expected = {0};
    int i;

    for (i = 0; i < 2000; i++) buffer_put_string(&line, "\xe2\x82\xac");
    buffer_printf(&expected, "     1\t%s\n", line.data);
    buffer_put_string(&line, "\n");
    workspace_put(*state, "exact", line.data);
    assert_tool(*state, "Read", "{\"file_path\":\"exact\"}", expected.data);
    line.size--;
    for (i = 0; i < 2000; i++) buffer_put_string(&line, "x");
    buffer_put_string(&line, "\nnext\n");
    workspace_put(*state, "over", line.data);
    expected.size--;
    buffer_put_string(&expected, "\xe2\x80\xa6 [line cut, 8000 bytes]\n     2\tnext\n");
    assert_tool(*state, "Read", "{\"file_path\":\"over\"}", expected.data);
    buffer_free(&line);
    buffer_free(&expected);
}

static void two_thousand_lines_unless_told(void **state)
{
    struct buffer content = {0};
    bool failed;
    char *text;
    int i;

    for (i = 1; i <= 2500; i++) buffer_printf(&content, "%d\n", i);
    workspace_put(*state, "a", content.data);
    text = run_tool(*state, "Read", "{\"file_path\":\"a\"}", &failed);
    assert_non_null(strstr(text, "  2000\t2000\n(the file goes on; read further with offset 2001)\n"));
    assert_null(strstr(text, "\t2001"));
    free(text);
    text = run_tool(*state, "Read", "{\"file_path\":\"a\",\"limit\":2600,\"offset\":5}", &failed);
    assert_memory_equal(text, "     5\t5\n", 9);
    assert_non_null(strstr(text, "  2500\t2500\n"));
    free(text);
    buffer_free(&content);
}

/* Following the offsets that a full result names gives every line once. */
static void full_results_can_be_continued(void **state)
{
    struct buffer content = {0}, joined = {0};
    uint64_t offset = 1;
    int i, rounds = 0;

    for (i = 1; i <= 900; i++) buffer_printf(&content, "%d %0*d\n", i, i % 200 + 1, 0);
    workspace_put(*state, "a", content.data);
    run_tool_limits.output_bytes = 5000;
    while (offset) {
        char input[80], *text, *at;
        bool failed;
        snprintf(input, sizeof input, "{\"file_path\":\"a\",\"offset\":%d}", (int)offset);
        text = run_tool(*state, "Read", input, &failed);
        assert_false(failed);
        assert_true(strlen(text) <= 5000);
        offset = 0;
        for (at = text; *at; at = strchr(at, '\n') + 1) {
            const char *tab = memchr(at, '\t', 8);
            if (tab == NULL) {
                const char *number = strstr(at, "offset ");
                assert_non_null(number);
                offset = strtoull(number + 7, NULL, 10);
            } else {
                buffer_put(&joined, tab + 1, (size_t)(strchr(at, '\n') - tab));
            }
        }
        free(text);
        rounds++;
    }
    assert_string_equal(joined.data, content.data);
    assert_true(rounds > 10);
    buffer_free(&content);
    buffer_free(&joined);
}

static void slices_do_not_change_results(void **state)
{
    static const char *const inputs[] = {
        "{\"file_path\":\"a\",\"offset\":30000,\"limit\":5}", "{\"file_path\":\"a\",\"limit\":7}",
        "{\"file_path\":\"a\",\"offset\":39999}", "{\"file_path\":\"a\",\"offset\":50000}"};
    struct buffer content = {0};
    size_t i;

    for (i = 1; i <= 40000; i++) buffer_printf(&content, "line %zu \xe2\x82\xac\r\n", i);
    workspace_put(*state, "a", content.data);
    for (i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        bool failed;
        char *whole, *sliced;
        run_tool_starved = false;
        whole = run_tool(*state, "Read", inputs[i], &failed);
        assert_int_equal(run_tool_slices, 1);
        run_tool_starved = true;
        sliced = run_tool(*state, "Read", inputs[i], &failed);
        if (i == 0) assert_true(run_tool_slices > 5);
        assert_string_equal(whole, sliced);
        free(whole);
        free(sliced);
    }
    buffer_free(&content);
}

/* 60 MB: more than any limit, read in memory that does not depend on its size. */
static void huge_files_are_streamed(void **state)
{
    struct workspace huge;
    size_t size = 60u << 20, i;
    char *data = malloc(size);
    bool failed;
    char *text;

    for (i = 0; i < size; i++) data[i] = (char)(i % 64 == 63 ? '\n' : 'a' + i / 64 % 26);
    memset(data + (20u << 20), 'L', 10u << 20); /* one line of 10 MB */
    data[(20u << 20) - 1] = data[(30u << 20) - 1] = '\n';
    workspace_open(&huge, 96u << 20);
    workspace_put_bytes(&huge, "huge", data, size);
    text = run_tool(&huge, "Read", "{\"file_path\":\"huge\",\"offset\":327681,\"limit\":2}", &failed);
    assert_false(failed);
    assert_memory_equal(text, "327681\tLLLLLLLL", 15);
    assert_non_null(strstr(text, "L\xe2\x80\xa6 [line cut, 10485759 bytes]\n327682\t"));
    free(text);
    assert_tool_fails(&huge, "Edit", "{\"file_path\":\"huge\",\"old_string\":\"L\",\"new_string\":\"M\"}",
                      "huge has 62914560 bytes; the limit here is 16777216");
    workspace_close(&huge);
    free(data);
}

/* The file is gone between two slices. */
static void a_file_that_vanishes_is_an_error(void **state)
{
    struct workspace *workspace = *state;
    struct tool_call call = {.store = workspace->store, .host = &workspace->memory->host};
    struct k_slice slice;
    struct buffer content = {0};
    cJSON *input = cJSON_Parse("{\"file_path\":\"a\",\"offset\":1000000}");

    while (content.size < 300000) buffer_put_string(&content, "line\n");
    workspace_put(workspace, "a", content.data);
    assert_int_equal(tool_call_begin(&call, "Read", input), 0);
    k_slice_begin(&slice, &workspace->memory->host, 0);
    assert_int_equal(tool_call_step(&call, &slice), TOOL_MORE);
    workspace_remove(workspace, "a");
    k_slice_begin(&slice, &workspace->memory->host, 1000);
    assert_int_equal(tool_call_step(&call, &slice), TOOL_DONE);
    assert_true(call.failed);
    assert_string_equal(call.output.data, "reading the file failed: no such file or directory");
    tool_call_end(&call);
    tool_call_end(&call);
    cJSON_Delete(input);
    buffer_free(&content);
}

static void directories_are_listed(void **state)
{
    workspace_put(*state, "b.txt", "hello");
    workspace_put(*state, "a/x", "");
    workspace_put(*state, "B", "1");
    workspace_put(*state, ".hidden", "22");
    workspace_link(*state, "l", "a/../b.txt");
    workspace_mkdir(*state, "none");
    assert_tool(*state, "ListDir", "{}",
                ".hidden (2 bytes)\nB (1 byte)\na/\nb.txt (5 bytes)\nl@ -> a/../b.txt\nnone/\n");
    assert_tool(*state, "ListDir", "{\"path\":\"a\"}", "x (0 bytes)\n");
    assert_tool(*state, "ListDir", "{\"path\":\"none\"}", "none is an empty directory.");
    assert_tool_fails(*state, "ListDir", "{\"path\":\"b.txt\"}",
                      "b.txt is a file and not a directory; Read shows its content");
    assert_tool_fails(*state, "ListDir", "{\"path\":\"..\"}", "..: the path leads out of the workspace");
    assert_tool_fails(*state, "ListDir", "{\"path\":\"no\"}", "no: no such file or directory");
}

static void long_lists_are_cut_with_a_count(void **state)
{
    struct workspace *workspace = *state;
    char path[32];
    bool failed;
    char *text;
    int i;

    run_tool_limits.results = 3;
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    for (i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "d/%d", i);
        workspace_put(workspace, path, "");
    }
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    assert_tool(workspace, "ListDir", "{\"path\":\"d\"}",
                "0 (0 bytes)\n1 (0 bytes)\n2 (0 bytes)\n\xe2\x80\xa6 and 2 more entries; Glob finds names by "
                "a pattern\n");
    run_tool_limits.results = 1000;
    run_tool_limits.output_bytes = 3200;
    text = run_tool(workspace, "ListDir", "{\"path\":\"d\"}", &failed);
    assert_non_null(strstr(text, "more entries"));
    free(text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(numbered_lines),
        TEST(what_is_no_text_gets_a_sentence),
        TEST(line_endings_are_not_shown_but_said),
        TEST(line_endings_may_fall_apart),
        TEST(bytes_that_are_not_utf8_are_replaced),
        TEST(long_lines_are_cut_between_characters),
        TEST(two_thousand_lines_unless_told),
        TEST(full_results_can_be_continued),
        TEST(slices_do_not_change_results),
        TEST(huge_files_are_streamed),
        TEST(a_file_that_vanishes_is_an_error),
        TEST(directories_are_listed),
        TEST(long_lists_are_cut_with_a_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
