/* The offline demo's rules: which words mean which job, and which step follows from a conversation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/put.h"
#include "base/text.h"
#include "offline/offline.h"
#include "offline/planner.h"
#include "offline/prompt.h"

struct expected {
    const char *prompt;
    enum px_job_kind kind;
    const char *subject, *replacement, *file, *place, *glob;
};

static const struct expected table[] = {
    {"hello there", PX_JOB_HELP, NULL, NULL, NULL, NULL, NULL},
    {"", PX_JOB_HELP, NULL, NULL, NULL, NULL, NULL},
    {"list the files", PX_JOB_LIST, NULL, NULL, NULL, NULL, NULL},
    {"List all files in src/.", PX_JOB_LIST, NULL, NULL, NULL, "src/", NULL},
    {"what files are there in core/base?", PX_JOB_LIST, NULL, NULL, NULL, "core/base", NULL},
    {"show me the files", PX_JOB_LIST, NULL, NULL, NULL, NULL, NULL},
    {"find *.md files", PX_JOB_LIST, NULL, NULL, NULL, NULL, "*.md"},
    {"find the file main.c", PX_JOB_LIST, NULL, NULL, NULL, NULL, "**/main.c"},
    {"find TODO", PX_JOB_FIND, "TODO", NULL, NULL, NULL, NULL},
    {"search for \"a b c\" in *.c", PX_JOB_FIND, "a b c", NULL, NULL, NULL, "*.c"},
    {"Where is umbra_run defined?", PX_JOB_FIND, "umbra_run", NULL, NULL, NULL, NULL},
    {"look for all uses of store_open in core/", PX_JOB_FIND, "store_open", NULL, NULL, "core/", NULL},
    {"which files contain \xe2\x80\x9cneedle\xe2\x80\x9d?", PX_JOB_FIND, "needle", NULL, NULL, NULL, NULL},
    {"grep p->next in all C files", PX_JOB_FIND, "p->next", NULL, NULL, NULL, "*.c"},
    {"show README.md", PX_JOB_READ, NULL, NULL, "README.md", NULL, NULL},
    {"please read docs/a.b.txt!", PX_JOB_READ, NULL, NULL, "docs/a.b.txt", NULL, NULL},
    {"open 'my notes.txt'", PX_JOB_READ, NULL, NULL, "my notes.txt", NULL, NULL},
    {"Show me the Makefile", PX_JOB_READ, NULL, NULL, "Makefile", NULL, NULL},
    {"summarise the project", PX_JOB_SUMMARISE, NULL, NULL, NULL, NULL, NULL},
    {"Summarize README.md", PX_JOB_SUMMARISE, NULL, NULL, "README.md", NULL, NULL},
    {"give me an overview", PX_JOB_SUMMARISE, NULL, NULL, NULL, NULL, NULL},
    {"what does this project do?", PX_JOB_SUMMARISE, NULL, NULL, NULL, NULL, NULL},
    {"rename foo to bar", PX_JOB_RENAME, "foo", "bar", NULL, NULL, NULL},
    {"Rename the word 'foo' to 'bar' in *.c and *.h", PX_JOB_RENAME, "foo", "bar", NULL, NULL, "*.c"},
    {"replace all occurrences of foo_t with bar_t in src/a.c", PX_JOB_RENAME, "foo_t", "bar_t", NULL,
     "src/a.c", NULL},
    {"rename foo -> bar everywhere", PX_JOB_RENAME, "foo", "bar", NULL, NULL, NULL},
    {"rename foo\xe2\x86\x92"
     "bar",
     PX_JOB_RENAME, "foo", "bar", NULL, NULL, NULL},
    {"rename foo in main.c to bar", PX_JOB_RENAME, "foo", "bar", NULL, "main.c", NULL},
    {"replace \"a b\" by \"c d\"", PX_JOB_RENAME, "a b", "c d", NULL, NULL, NULL},
    {"rename word to term", PX_JOB_RENAME, "word", "term", NULL, NULL, NULL},
    {"Change the word colour to color in all .md files", PX_JOB_RENAME, "colour", "color", NULL, NULL,
     "*.md"},
    {"change the title to Foo", PX_JOB_HELP, NULL, NULL, NULL, NULL, NULL},
    {"rename the file a.txt to b.txt", PX_JOB_HELP, NULL, NULL, NULL, NULL, NULL},
    {"rename foo to foo", PX_JOB_HELP, NULL, NULL, NULL, NULL, NULL},
    {"create a page about cats", PX_JOB_PAGE, "cats", NULL, NULL, NULL, NULL},
    {"make a website for \"Tea & Toast\" called tea.html", PX_JOB_PAGE, "Tea & Toast", NULL, "tea.html", NULL,
     NULL},
    {"write an html page about rye, oats and wheat in web/grain.html", PX_JOB_PAGE, "rye, oats and wheat",
     NULL, "web/grain.html", NULL, NULL},
    {"create a page about tea and call it tea.htm", PX_JOB_PAGE, "tea", NULL, "tea.htm", NULL, NULL},
    {"create a page", PX_JOB_PAGE, NULL, NULL, NULL, NULL, NULL},
};

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void test_prompts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct expected *want = &table[i];
        struct px_job job;
        assert_int_equal(px_job_read(&job, want->prompt), 0);
        if (job.kind != want->kind || !same(job.subject, want->subject) || !same(job.file, want->file) ||
            !same(job.replacement, want->replacement) || !same(job.place, want->place) ||
            !same(job.glob, want->glob))
            fail_msg("\"%s\" was read as %d (%s, %s, %s, %s, %s)", want->prompt, (int)job.kind, job.subject,
                     job.replacement, job.file, job.place, job.glob);
        px_job_free(&job);
    }
}

#define TOOLS "\"tools\":[{\"name\":\"Read\"},{\"name\":\"Edit\"},{\"name\":\"Grep\"},{\"name\":\"ListDir\"}]"

/* The answer to a conversation: texts, then "Tool input" for each call, a line each. */
static char *plan(const char *messages)
{
    struct buffer text = {0}, out = {0};
    struct px_err err = {0};
    struct px_conversation talk;
    struct px_answer answer = {0};
    buffer_printf(&text, "{\"model\":\"m\",\"max_tokens\":99," TOOLS ",\"messages\":[%s]}", messages);
    cJSON *request = px_json_parse(text.data, text.size, &err);
    assert_non_null(request);
    if (px_conversation_open(&talk, request, &err)) fail_msg("%s", err.text);
    assert_int_equal(px_plan(&talk, &answer), 0);
    for (size_t i = 0; i < answer.count; i++) {
        const struct px_block *block = &answer.blocks[i];
        if (block->kind == PX_BLOCK_TEXT)
            buffer_printf(&out, "%s\n", block->text);
        else
            buffer_printf(&out, "%s %s\n", block->name, block->input);
    }
    px_answer_free(&answer);
    px_conversation_close(&talk);
    cJSON_Delete(request);
    buffer_free(&text);
    return buffer_take(&out);
}

static void expect(const char *messages, const char *wanted)
{
    char *answer = plan(messages);
    if (!answer || !strstr(answer, wanted)) fail_msg("wanted: %s\ngot: %s", wanted, answer);
    free(answer);
}

#define USER(text) "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"" text "\"}]}"
#define CALL(id, tool, input)                                                                                \
    ",{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"" id "\",\"name\":\"" tool        \
    "\",\"input\":" input "}]}"
#define RESULT(id, text, more)                                                                               \
    ",{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"" id                       \
    "\",\"content\":\"" text "\"" more "}]}"

#define LOOK  CALL("a", "Grep", "{\"pattern\":\"cat\",\"output_mode\":\"files_with_matches\"}")
#define LINES CALL("b", "Grep", "{\"pattern\":\"cat\",\"output_mode\":\"content\",\"path\":\"x.c\"}")

static void test_rename_steps(void **state)
{
    (void)state;
    expect(USER("rename cat to dog"),
           "Grep {\"pattern\":\"cat\",\"output_mode\":\"files_with_matches\",\"fixed\":true,\"word\":true}");
    expect(USER("rename cat to dog") LOOK RESULT("a", "No matches found", ""), "does not occur");
    expect(USER("rename cat to dog") LOOK RESULT("a", "x.c", ""),
           "Grep {\"pattern\":\"cat\",\"path\":\"x.c\",\"output_mode\":\"content\",\"fixed\":true}");
    expect(USER("rename cat to dog") LOOK RESULT("a", "x.c", "")
               LINES RESULT("b", "x.c:1:a cat;\\nx.c:9:cat(cat)", ""),
           "Edit {\"file_path\":\"x.c\",\"old_string\":\"cat\",\"new_string\":\"dog\",\"replace_all\":true}");
    /* inside a longer word as well: whole lines */
    expect(USER("rename cat to dog") LOOK RESULT("a", "x.c", "")
               LINES RESULT("b", "3:  cat = concat;\\n4:concat();", ""),
           "Edit {\"file_path\":\"x.c\",\"old_string\":\"  cat = concat;\",\"new_string\":\"  dog = "
           "concat;\",\"replace_all\":true}");
    /* a line that is part of another one, at the edge of a longer word, is left alone and said */
    expect(USER("rename cat to dog") LOOK RESULT("a", "x.c", "") LINES RESULT("b", "1:cat\\n2:concat", ""),
           "cannot be edited safely");
    expect(USER("rename cat to dog") LOOK RESULT("a", "User denied it", ",\"is_error\":true"),
           "You did not allow");
}

static void test_rename_report(void **state)
{
    (void)state;
#define EDIT CALL("c", "Edit", "{\"file_path\":\"x.c\",\"old_string\":\"cat\"}")
#define SO_FAR                                                                                               \
    USER("rename cat to dog") LOOK RESULT("a", "x.c", "") LINES RESULT("b", "x.c:1:a cat;", "") EDIT
    expect(SO_FAR RESULT("c", "done", ""), "I renamed `cat` to `dog` in 1 file:\n\n- `x.c`");
    expect(SO_FAR RESULT("c", "The user denied this", ",\"is_error\":true"),
           "You did not allow 1 of the edits");
    expect(SO_FAR RESULT("c", "disk full", ",\"is_error\":true"), "- `x.c`: disk full");
    expect(SO_FAR, "there was no result");
    /* one line edited, one left */
    expect(USER("rename cat to dog") LOOK RESULT("a", "x.c",
                                                 "") LINES RESULT("b", "1:cat\\n2:concat\\n3:a cat", "")
               CALL("c", "Edit", "{\"file_path\":\"x.c\",\"old_string\":\"a cat\"}") RESULT("c", "done", ""),
           "- `x.c`: some of its lines");
    /* Grep stopped, or showed a line cut: the rest is not known, so the word is not replaced blindly */
    expect(USER("rename cat to dog") LOOK RESULT("a", "x.c", "")
               LINES RESULT("b", "1:a cat\\n2:cat \xe2\x80\xa6 [line cut, 900 bytes]", ""),
           "\"old_string\":\"a cat\",\"new_string\":\"a dog\"");
}

static void test_odd_conversations(void **state)
{
    (void)state;
    expect("{\"role\":\"user\",\"content\":\"list the files\"}", "ListDir {}");
    expect("{\"role\":\"user\",\"content\":[]}", "scripted offline demo");
    expect("{\"role\":\"assistant\",\"content\":\"x\"}", "scripted offline demo");
    expect("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"<system-reminder>rename a to "
           "b</system-reminder>\"},"
           "{\"type\":\"text\",\"text\":\"list the files\"}]}",
           "ListDir {}");
    expect(USER("list the files") CALL("a", "ListDir", "{}") RESULT(
               "a",
               "a (1).txt (12 bytes)\\n[id].js (1 byte)\\n(x)/\\nl@ -> y\\n\xe2\x80\xa6 and 2 more entries",
               ""),
           "4 entries:\n\n- `a (1).txt`\n- `[id].js`\n- `(x)/`\n- `l`\n");
    expect(USER("list the files") CALL("a", "ListDir", "7") RESULT("zzz", "b.c", ""), "there was no result");
    expect(USER("list the files") CALL("a", "ListDir", "{}") RESULT("a", "", ""), "no files");
    expect(USER("find x") CALL("a", "Grep", "{}") RESULT("a", "a:1:x\\n:::\\nb:2:x", ""),
           "2 lines of 2 files");
}

static void test_wire_requests(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "",
        "{",
        "[]",
        "1",
        "{\"model\":\"m\"}",
        "{\"model\":\"m\",\"max_tokens\":-1,\"messages\":[{\"role\":\"user\"}]}"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct px_script script = {0};
        assert_int_equal(px_offline_answer(refused[i], strlen(refused[i]), 0, &script, NULL), 0);
        assert_int_equal(script.status, 400);
        assert_non_null(memmem(script.steps[0].data, script.steps[0].size, "invalid_request_error", 21));
        px_script_free(&script);
    }
    const char *good =
        "{\"model\":\"m\",\"max_tokens\":2,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    struct px_script script = {0};
    assert_int_equal(px_offline_answer(good, strlen(good), 0, &script, NULL), 0);
    assert_non_null(memmem(script.steps[0].data, script.steps[0].size, "\"stop_reason\":\"max_tokens\"", 26));
    px_script_free(&script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prompts),       cmocka_unit_test(test_rename_steps),
        cmocka_unit_test(test_rename_report), cmocka_unit_test(test_odd_conversations),
        cmocka_unit_test(test_wire_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
