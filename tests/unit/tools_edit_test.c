/* Write and Edit. */
#include "store/changes.h"
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
    return 0;
}

#define EDIT(path, old, new)                                                                                 \
    "{\"file_path\":\"" path "\",\"old_string\":\"" old "\",\"new_string\":\"" new "\"}"
#define EDIT_ALL(path, old, new)                                                                             \
    "{\"file_path\":\"" path "\",\"old_string\":\"" old "\",\"new_string\":\"" new "\",\"replace_all\":"     \
                                                                                   "true}"

static void writing_says_what_it_did(void **state)
{
    assert_tool(*state, "Write", "{\"file_path\":\"a/b/c\",\"content\":\"\"}",
                "Created a/b/c (0 lines, 0 bytes)");
    assert_tool(*state, "Write", "{\"file_path\":\"a/b/c\",\"content\":\"x\\ny\\n\"}",
                "Wrote a/b/c (2 lines, 4 bytes)");
    assert_content(*state, "a/b/c", "x\ny\n");
    assert_tool(*state, "Write", "{\"file_path\":\"\xc3\xa4 \\\"q\\\"\",\"content\":\"\xe2\x82\xac\"}",
                "Created \xc3\xa4 \"q\" (1 line, 3 bytes)");
    assert_tool_fails(*state, "Write", "{\"file_path\":\"a\",\"content\":\"\"}", "a: is a directory");
    assert_tool_fails(*state, "Write", "{\"file_path\":\"a/b/c/d\",\"content\":\"\"}",
                      "a/b/c/d: a part of the path is not a directory");
    assert_tool_fails(*state, "Write", "{\"file_path\":\"d/\",\"content\":\"\"}",
                      "d/: names a directory, not a file");
}

static void one_place_is_edited(void **state)
{
    struct workspace *workspace = *state;
    struct st_info info;
    uint32_t ino;

    workspace_put(workspace, "d/f", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n");
    ino = workspace_find(workspace, ST_HEAD, "d/f");
    assert_ok(workspace, st_begin(workspace->store, &workspace->error));
    assert_ok(workspace, st_set_mode(workspace->store, ST_HEAD, ino, 0755, &workspace->error));
    assert_ok(workspace, st_commit(workspace->store, &workspace->error));
    workspace->memory->wall += 1000;
    assert_tool(
        workspace, "Edit", EDIT("d/f", "five", "5\\nfive and a half"),
        "Replaced 1 occurrence in d/f:\n     2\t2\n     3\t3\n     4\t4\n     5\t5\n     6\tfive and a half\n"
        "     7\t6\n     8\t7\n     9\t8\n");
    assert_content(workspace, "d/f", "1\n2\n3\n4\n5\nfive and a half\n6\n7\n8\n9\n");
    st_info(workspace->store, ST_HEAD, ino, &info);
    assert_int_equal(info.mode, 0755);
    assert_true(info.mtime == workspace->memory->wall);
    assert_tool(workspace, "Edit", EDIT("./d/../d/f", "1\\n", ""),
                "Replaced 1 occurrence in d/f:\n     1\t2\n     2\t3\n     3\t4\n     4\t5\n");
    workspace_put(workspace, "one", "x");
    assert_tool(workspace, "Edit", EDIT("one", "x", ""), "Replaced 1 occurrence in one:\n");
    assert_content(workspace, "one", "");
}

static void all_places_are_edited(void **state)
{
    workspace_put(*state, "f", "cat concat\ncat\n");
    assert_tool(*state, "Edit", EDIT_ALL("f", "cat", "dog"),
                "Replaced 3 occurrences in f; around the first:\n     1\tdog condog\n     2\tdog\n");
    assert_tool(*state, "Edit", EDIT_ALL("f", "dog", "dogdog"),
                "Replaced 3 occurrences in f; around the first:\n     1\tdogdog condogdog\n     2\tdogdog\n");
    workspace_put(*state, "a", "aaaa");
    assert_tool(*state, "Edit", EDIT_ALL("a", "aa", "b"),
                "Replaced 2 occurrences in a; around the first:\n     1\tbb\n");
}

static void long_snippets_are_cut(void **state)
{
    struct buffer input = {0};
    bool failed;
    char *text;
    int i;

    workspace_put(*state, "f", "here\n");
    buffer_put_string(&input, "{\"file_path\":\"f\",\"old_string\":\"here\",\"new_string\":\"");
    for (i = 0; i < 100; i++) buffer_put_string(&input, "line\\n");
    buffer_put_string(&input, "\"}");
    text = run_tool(*state, "Edit", input.data, &failed);
    assert_non_null(strstr(text, "    24\tline\n     \xe2\x80\xa6\n"));
    assert_null(strstr(text, "    25\t"));
    free(text);
    buffer_free(&input);
}

static void what_is_not_unique_is_refused(void **state)
{
    char *before;
    workspace_put(*state, "f", "x\ny\nx y\nx\n");
    before = workspace_dump(*state, ST_HEAD);
    assert_tool_fails(
        *state, "Edit", EDIT("f", "x", "z"),
        "old_string is in f 3 times, at lines 1, 3, 4. Take more lines around the one that is meant, so "
        "that it is there once, or set replace_all to change all of them.");
    assert_content(*state, "f", "x\ny\nx y\nx\n");
    assert_int_equal(st_checkpoint_count(((struct workspace *)*state)->store), 0);
    free(before);
    workspace_put(*state, "many", "a\na\na\na\na\na\na\na\na\na\na\na\n");
    assert_tool_fails(
        *state, "Edit", EDIT("many", "a\\n", "z"),
        "old_string is in many 12 times, at lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, \xe2\x80\xa6. Take more "
        "lines around the one that is meant, so that it is there once, or set replace_all to change all "
        "of them.");
}

#define MISSING(file)                                                                                        \
    "old_string is not in " file                                                                             \
    ". It must be the file's text to the letter, with all white space; Read shows it."

static void what_is_not_there_is_refused_with_a_hint(void **state)
{
    workspace_put(*state, "f", "int main(void)\n{\n    return 0;\n}\n");
    assert_tool_fails(*state, "Edit", EDIT("f", "nothing", "z"), MISSING("f"));
    assert_tool_fails(
        *state, "Edit", EDIT("f", "  return 0;\\n  }", "z"),
        MISSING("f") " Its first line is like line 3, but white space or what follows differs.");
    assert_tool_fails(*state, "Edit", EDIT("f", "     1\\tint main(void)", "z"),
                      MISSING("f") " It seems to have the line numbers that Read shows; leave them out.");
    assert_tool_fails(
        *state, "Edit", EDIT("f", "{\\r\\n", "z"),
        MISSING("f") " Its first line is like line 2, but white space or what follows differs. It has CRLF "
                     "line endings and the file has none.");
    workspace_put(*state, "empty", "");
    assert_tool_fails(*state, "Edit", EDIT("empty", "a", "b"), MISSING("empty"));
}

static void senseless_edits_are_refused(void **state)
{
    workspace_put(*state, "d/f", "x");
    workspace_put_bytes(*state, "bin", "x\0y", 3);
    assert_tool_fails(*state, "Edit", EDIT("d/f", "", "z"),
                      "old_string is empty; give the text to replace, or make a new file with Write");
    assert_tool_fails(*state, "Edit", EDIT("d/f", "x", "x"),
                      "old_string and new_string are the same; nothing would change");
    assert_tool_fails(*state, "Edit", EDIT("d", "x", "y"), "d is a directory and not a file");
    assert_tool_fails(*state, "Edit", EDIT("bin", "x", "y"), "bin is a binary file; Edit changes text only");
    assert_tool_fails(*state, "Edit", EDIT("no", "x", "y"), "no: no such file or directory");
    assert_tool_fails(*state, "Edit", EDIT("../f", "x", "y"), "../f: the path leads out of the workspace");
}

static void crlf_files_stay_crlf(void **state)
{
    workspace_put(*state, "f", "one\r\ntwo\r\nthree\r\n");
    assert_tool(*state, "Edit", EDIT("f", "one\\ntwo", "1\\n2"),
                "Replaced 1 occurrence in f:\n     1\t1\n     2\t2\n     3\tthree\n");
    assert_content(*state, "f", "1\r\n2\r\nthree\r\n");
    assert_tool(*state, "Edit", EDIT("f", "three", "3\\n4"),
                "Replaced 1 occurrence in f:\n     1\t1\n     2\t2\n     3\t3\n     4\t4\n");
    assert_content(*state, "f", "1\r\n2\r\n3\r\n4\r\n");
    /* who writes the line endings gets what is written */
    assert_tool(
        *state, "Edit", EDIT_ALL("f", "\\r\\n", "\\n"),
        "Replaced 4 occurrences in f; around the first:\n     1\t1\n     2\t2\n     3\t3\n     4\t4\n");
    assert_content(*state, "f", "1\n2\n3\n4\n");
    workspace_put(*state, "mixed", "a\r\nb\nc\r\nd\n");
    assert_tool(*state, "Edit", EDIT("mixed", "b\\nc", "x\\ny"),
                "Replaced 1 occurrence in mixed:\n     1\ta\n     2\tx\n     3\ty\n     4\td\n");
    assert_content(*state, "mixed", "a\r\nx\ny\r\nd\n");
}

static void links_are_edited_where_they_lead(void **state)
{
    struct st_info info;
    workspace_put(*state, "f", "x");
    workspace_link(*state, "l", "f");
    assert_tool(*state, "Edit", EDIT("l", "x", "y"), "Replaced 1 occurrence in f:\n     1\ty\n");
    assert_content(*state, "f", "y");
    st_info(((struct workspace *)*state)->store, ST_HEAD, workspace_find(*state, ST_HEAD, "l"), &info);
    assert_int_equal(info.kind, ST_SYMLINK);
}

static void results_too_large_are_refused(void **state)
{
    struct buffer content = {0};
    while (content.size < 3000) buffer_put_byte(&content, 'a');
    workspace_put(*state, "f", content.data);
    run_tool_limits.read_bytes = 4000;
    assert_tool_fails(*state, "Edit", EDIT_ALL("f", "a", "aa"),
                      "f would have 6000 bytes; Edit's limit is 4000");
    run_tool_limits.read_bytes = 2000;
    assert_tool_fails(*state, "Edit", EDIT_ALL("f", "a", ""), "f has 3000 bytes; the limit here is 2000");
    buffer_free(&content);
}

static void edits_survive_and_are_changes(void **state)
{
    struct workspace *workspace = *state;
    workspace_put(workspace, "f", "x");
    workspace_rebase(workspace);
    assert_tool(workspace, "Edit", EDIT("f", "x", "y"), "Replaced 1 occurrence in f:\n     1\ty\n");
    workspace_reopen(workspace);
    assert_content(workspace, "f", "y");
    assert_changes(workspace, "modified f\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(writing_says_what_it_did),
        TEST(one_place_is_edited),
        TEST(all_places_are_edited),
        TEST(long_snippets_are_cut),
        TEST(what_is_not_unique_is_refused),
        TEST(what_is_not_there_is_refused_with_a_hint),
        TEST(senseless_edits_are_refused),
        TEST(crlf_files_stay_crlf),
        TEST(links_are_edited_where_they_lead),
        TEST(results_too_large_are_refused),
        TEST(edits_survive_and_are_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
