/* The history: what "!" means in a line, the words of lines, files, and what is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shell/history.h"

struct fixture {
    struct memory_account account;
    struct sh_history *history;
    struct sh_history_memory memory;
};

static void open_fixture(struct fixture *fixture)
{
    static const char *const lines[] = {"echo one two three", "make -C src all",
                                        "cat /usr/share/dict/words.txt", "echo a b a b"};
    size_t i;

    *fixture = (struct fixture){0};
    assert_true(sh_history_own(&fixture->history, &fixture->account));
    for (i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_true(sh_history_add(fixture->history, lines[i], strlen(lines[i]), 100));
}

static void close_fixture(struct fixture *fixture)
{
    sh_history_drop(fixture->history);
    buffer_free(&fixture->memory.search);
    buffer_free(&fixture->memory.from);
    buffer_free(&fixture->memory.to);
    assert_int_equal(fixture->account.used, 0);
}

/* As bash 5.2 prints it with history -p. */
static void designators_mean_what_they_mean_in_bash(void **state)
{
    static const struct {
        const char *line, *expected; /* NULL: the line stays */
        enum sh_expand_history result;
    } rows[] = {
        {"ls", NULL, SH_HISTORY_SAME},
        {"!!", "echo a b a b", SH_HISTORY_DONE},
        {"sudo !!", "sudo echo a b a b", SH_HISTORY_DONE},
        {"!1", "echo one two three", SH_HISTORY_DONE},
        {"!-2", "cat /usr/share/dict/words.txt", SH_HISTORY_DONE},
        {"!make", "make -C src all", SH_HISTORY_DONE},
        {"!?dict?", "cat /usr/share/dict/words.txt", SH_HISTORY_DONE},
        {"ls !?dict?:%", "ls /usr/share/dict/words.txt", SH_HISTORY_DONE},
        {"ls !cat:$:h", "ls /usr/share/dict", SH_HISTORY_DONE},
        {"ls !cat:1:t:r", "ls words", SH_HISTORY_DONE},
        {"ls !cat:1:e", "ls .txt", SH_HISTORY_DONE},
        {"echo !1:2-3", "echo two three", SH_HISTORY_DONE},
        {"echo !1:2*", "echo two three", SH_HISTORY_DONE},
        {"echo !1:2-", "echo two", SH_HISTORY_DONE},
        {"echo !1:^ !1:$ !1:0", "echo one three echo", SH_HISTORY_DONE},
        {"echo !1*", "echo one two three", SH_HISTORY_DONE},
        {"echo !^ !$", "echo a b", SH_HISTORY_DONE},
        {"!!:s/a/x/", "echo x b a b", SH_HISTORY_DONE},
        {"!!:gs/a/x/", "echo x b x b", SH_HISTORY_DONE},
        {"^a b^c^", "echo c a b", SH_HISTORY_DONE},
        {"!1:q", "'echo one two three'", SH_HISTORY_DONE},
        {"!1:1:p", "one", SH_HISTORY_SHOWN},
        {"'!!' \\! a! = ! x $! ${!x} [!a]", NULL, SH_HISTORY_SAME},
        {"\"!1:1\"", "\"one\"", SH_HISTORY_DONE},
        {"echo a !#", "echo a echo a ", SH_HISTORY_DONE},
        {"ls # !!", NULL, SH_HISTORY_SAME},
        {"!nothing", "!nothing: event not found", SH_HISTORY_WRONG},
        {"!99", "!99: event not found", SH_HISTORY_WRONG},
        {"!1:9", "!1:9: bad word specifier", SH_HISTORY_WRONG},
        {"!!:s/zzz/y/", "!!:s/zzz/y/: substitution failed", SH_HISTORY_WRONG},
        {"!!:z", "!!:z: unrecognized history modifier", SH_HISTORY_WRONG},
    };
    struct fixture fixture;
    size_t i;

    (void)state;
    open_fixture(&fixture);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buffer out = {0};
        enum sh_expand_history result =
            sh_history_expand(fixture.history, &fixture.memory, rows[i].line, strlen(rows[i].line), 0, &out);
        if (result != rows[i].result ||
            (rows[i].expected && strcmp(buffer_string(&out), rows[i].expected) != 0))
            print_error("%s\n", rows[i].line);
        assert_string_equal(buffer_string(&out), rows[i].expected ? rows[i].expected : "");
        assert_int_equal(result, rows[i].result);
        buffer_free(&out);
    }
    close_fixture(&fixture);
}

static void words_are_those_of_the_shell(void **state)
{
    static const char line[] = "a 'b c'\"d e\" >>f 2>&1|g $(h i) j\\ k && l";
    static const char *const words[] = {"a", "'b c'\"d e\"", ">>",    "f",  "2>&1", "|",
                                        "g", "$(h i)",       "j\\ k", "&&", "l"};
    size_t i, start, end;

    (void)state;
    assert_int_equal(sh_history_word_count(line, strlen(line)), sizeof words / sizeof words[0]);
    for (i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_true(sh_history_word(line, strlen(line), i, &start, &end));
        assert_int_equal(end - start, strlen(words[i]));
        assert_memory_equal(line + start, words[i], end - start);
    }
}

static void files_are_taken_in_and_put_out(void **state)
{
    static const char timed[] = "#1700000000\nfor i in 1\ndo echo; done\n#1700000001\nls\n",
                      plain[] = "one\n\ntwo\n";
    struct fixture fixture;
    struct buffer out = {0};

    (void)state;
    open_fixture(&fixture);
    sh_history_clear(fixture.history);
    assert_int_equal(sh_history_parse(fixture.history, timed, strlen(timed), 0), 5);
    assert_int_equal(fixture.history->count, 2);
    assert_string_equal(fixture.history->entries[0].text, "for i in 1\ndo echo; done");
    sh_history_format(fixture.history, 0, true, &out);
    assert_string_equal(buffer_string(&out), timed);
    sh_history_clear(fixture.history);
    assert_int_equal(sh_history_parse(fixture.history, plain, strlen(plain), 0), 3);
    assert_int_equal(fixture.history->count, 2);
    assert_int_equal(sh_history_parse(fixture.history, "one\n\ntwo\nthree\n", 15, 3), 4);
    assert_int_equal(fixture.history->count, 3);
    sh_history_limit(fixture.history, 2);
    assert_string_equal(fixture.history->entries[0].text, "two");
    assert_int_equal(fixture.history->base, 2);
    buffer_free(&out);
    close_fixture(&fixture);
}

static void a_copy_is_ones_own(void **state)
{
    struct fixture fixture;
    struct sh_history *mine;

    (void)state;
    open_fixture(&fixture);
    mine = fixture.history;
    mine->references++;
    assert_true(sh_history_own(&mine, &fixture.account));
    assert_ptr_not_equal(mine, fixture.history);
    sh_history_remove(mine, 0);
    assert_int_equal(mine->count, 3);
    assert_int_equal(fixture.history->count, 4);
    sh_history_drop(mine);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(designators_mean_what_they_mean_in_bash),
        cmocka_unit_test(words_are_those_of_the_shell),
        cmocka_unit_test(files_are_taken_in_and_put_out),
        cmocka_unit_test(a_copy_is_ones_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
