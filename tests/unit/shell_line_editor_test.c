/* The line editor as a user sees it: keys go in, a line comes out, and the screen shows what it should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory_host.h"
#include "screen.h"
#include "shell/line_editor.h"

struct desk {
    struct sh_editor *editor;
    struct sh_history *history;
    struct sh_keymaps *keymaps;
    struct memory_account account;
    struct screen screen;
    enum sh_editor_event event;
};

static void flush(struct desk *desk)
{
    struct buffer *out = sh_editor_output(desk->editor);

    screen_write(&desk->screen, buffer_string(out), out->size);
    buffer_clear(out);
    assert_int_equal(desk->screen.unknown, 0);
}

static void begin(struct desk *desk, const char *prompt)
{
    if (desk->screen.column) screen_write(&desk->screen, "\r\033[K", 4);
    sh_editor_begin(desk->editor, prompt, strlen(prompt), desk->history, desk->keymaps);
    sh_editor_show(desk->editor);
    flush(desk);
}

static void open_desk(struct desk *desk, unsigned columns, unsigned rows, const char *prompt)
{
    *desk = (struct desk){0};
    desk->editor = sh_editor_new();
    assert_non_null(desk->editor);
    screen_open(&desk->screen, columns, rows);
    sh_editor_resize(desk->editor, columns, rows);
    begin(desk, prompt);
}

static void close_desk(struct desk *desk)
{
    sh_editor_free(desk->editor);
    sh_history_drop(desk->history);
    sh_keymaps_drop(desk->keymaps);
    screen_close(&desk->screen);
    assert_int_equal(desk->account.used, 0);
}

static void type_bytes(struct desk *desk, const char *keys, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        sh_editor_type(desk->editor, keys + i, 1);
        desk->event = sh_editor_step(desk->editor);
        if (desk->event == SH_EDITOR_WAITS || desk->event == SH_EDITOR_COMPLETES)
            sh_editor_show(desk->editor);
        flush(desk);
    }
}

static void type(struct desk *desk, const char *keys)
{
    type_bytes(desk, keys, strlen(keys));
}

static void remember(struct desk *desk, const char *line)
{
    assert_true(sh_history_own(&desk->history, &desk->account));
    assert_true(sh_history_add(desk->history, line, strlen(line), 1));
}

static void assert_line(struct desk *desk, const char *line, size_t point)
{
    assert_string_equal(buffer_string(sh_editor_text(desk->editor)), line);
    assert_int_equal(sh_editor_point(desk->editor), point);
}

static void assert_screen(struct desk *desk, const char *expected)
{
    char *text = screen_text(&desk->screen, true);
    assert_string_equal(text, expected);
    free(text);
}

/* Keys and the line that they make, typed one after the other into a new line. */
static void keys_do_what_they_are_for(void **state)
{
    static const struct {
        const char *keys, *line;
        size_t point;
    } rows[] = {
        {"hello\001X", "Xhello", 1},
        {"hello\001\006\006X\005!", "heXllo!", 7},
        {"hello\002\002\004", "helo", 3},
        {"hello\033[D\033[D\033[3~", "helo", 3},
        {"hello\033OH\033OC-\033[F+", "h-ello+", 7},
        {"abc\177\b", "a", 1},
        {"one two\033b\033bX", "Xone two", 1},
        {"one two\001\033fX", "oneX two", 4},
        {"one two\001\033[1;5CX", "oneX two", 4},
        {"one two three\001\033d\033d", " three", 0},
        {"one two three\027\027\031", "one two three", 13},
        {"one two\001\013\031\031", "one twoone two", 14},
        {"one two\025abc\031", "abcone two", 10},
        {"a-b c\033\177", "a-b ", 4},
        {"a-b c\033\177\033\177", "a-", 2},
        {"first\025second\025\031\033y", "first", 5},
        {"ab\024", "ba", 2},
        {"abcd\002\002\024", "acbd", 3},
        {"one two\033t", "two one", 7},
        {"one two\001\033u\033c", "ONE Two", 7},
        {"\xc3\xa9T\xc3\xa9\001\033u", "\xc3\x89T\xc3\x89", 5},
        {"ABC\002\002\033l", "Abc", 3},
        {"abc\037", "", 0},
        {"abc \027x\037\037", "abc ", 4},
        {"abc\030\025", "", 0},
        {"x\026\001y", "x\001y", 3},
        {"a  b\002\033\\", "ab", 1},
        {"abcabc\001\035b\035b", "abcabc", 4},
        {"abc\033\035aX", "Xabc", 1},
        {"\0335x", "xxxxx", 5},
        {"\0331\0332x", "xxxxxxxxxxxx", 12},
        {"a\0335x\0333y\037", "axxxxx", 6},
        {"a\0335x\0333y\037\037", "a", 1},
        {"abcdef\001\033[2~\0333x", "xxxdef", 3},
        {"abcdef\001\0333\004", "def", 0},
        {"ab\033[2~\001X", "Xb", 1},
        {"a\033[99;99Zb", "ab", 2},
        {"a\033[200~x\ry\tz\033[201~b", "ax\ny\tzb", 7},
        {"echo a\\ b 'c d'\033\002X", "echo a\\ b X'c d'", 11},
        {"ab\030(cd\030)\030e", "abcdcd", 6},
        {"\xe4\xb8\xad\xe6\x96\x87\002X", "\xe4\xb8\xadX\xe6\x96\x87", 4},
        {"e\xcc\x81o\002\002X", "Xe\xcc\x81o", 1},
        {"e\xcc\x81o\002\177", "o", 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct desk desk;
        open_desk(&desk, 40, 10, "$ ");
        type(&desk, rows[i].keys);
        if (strcmp(buffer_string(sh_editor_text(desk.editor)), rows[i].line) != 0 ||
            sh_editor_point(desk.editor) != rows[i].point)
            print_error("row %zu\n", i);
        assert_line(&desk, rows[i].line, rows[i].point);
        close_desk(&desk);
    }
}

static void lines_end_as_they_should(void **state)
{
    struct desk desk;

    (void)state;
    open_desk(&desk, 40, 10, "$ ");
    type(&desk, "ls\r");
    assert_int_equal(desk.event, SH_EDITOR_LINE);
    assert_screen(&desk, "$ ls\n|");
    begin(&desk, "$ ");
    type(&desk, "abc\003");
    assert_int_equal(desk.event, SH_EDITOR_INTERRUPTED);
    assert_screen(&desk, "$ ls\n$ abc^C\n|");
    begin(&desk, "$ ");
    type(&desk, "\004");
    assert_int_equal(desk.event, SH_EDITOR_END);
    begin(&desk, "$ ");
    type(&desk, "a\002\004\004"); /* what deletes the last character does not end all */
    assert_int_equal(desk.event, SH_EDITOR_WAITS);
    type(&desk, "x\002\033#");
    assert_int_equal(desk.event, SH_EDITOR_LINE);
    assert_line(&desk, "#x", 1);
    close_desk(&desk);
}

static void long_lines_wrap(void **state)
{
    struct desk desk;

    (void)state;
    open_desk(&desk, 10, 6, "$ ");
    type(&desk, "12345678");
    assert_screen(&desk, "$ 12345678\n|");
    type(&desk, "9");
    assert_screen(&desk, "$ 12345678\n9|");
    type(&desk, "\177\177");
    assert_screen(&desk, "$ 1234567|");
    type(&desk, "\001X");
    assert_screen(&desk, "$ X|1234567");
    type(&desk, "YZ\005");
    assert_screen(&desk, "$ XYZ12345\n67|");
    type(&desk, "\001\013");
    assert_screen(&desk, "$ |");
    type(&desk, "1234567\xe4\xb8\xad"); /* a wide one does not fit into the last column */
    assert_screen(&desk, "$ 1234567\n\xe4\xb8\xad|");
    type(&desk, "\025"
                "123456\xe4\xb8\xad");
    assert_screen(&desk, "$ 123456\xe4\xb8\xad\n|");
    type(&desk, "\025"
                "a\026\001\xff");
    assert_screen(&desk, "$ a^A\\377|");
    assert_line(&desk, "a\001\xff", 3);
    close_desk(&desk);
}

static void prompts_may_have_colours_and_rows(void **state)
{
    struct desk desk;

    (void)state;
    open_desk(&desk, 20, 6, "first\n\001\033[1;34m\002dir\001\033[0m\002 \033[1m$\033[0m ");
    type(&desk, "abc\002");
    assert_screen(&desk, "first\ndir $ ab|c");
    type(&desk, "\014");
    assert_screen(&desk, "first\ndir $ ab|c");
    close_desk(&desk);
}

static void another_size_draws_anew(void **state)
{
    struct desk desk;

    (void)state;
    open_desk(&desk, 10, 6, "$ ");
    type(&desk, "1234567890ab\002");
    assert_screen(&desk, "$ 12345678\n90a|b");
    /* the terminal itself joins what it wrapped */
    screen_close(&desk.screen);
    screen_open(&desk.screen, 30, 6);
    screen_write(&desk.screen, "$ 1234567890ab\033[D", 17);
    sh_editor_resize(desk.editor, 30, 6);
    flush(&desk);
    assert_screen(&desk, "$ 1234567890a|b");
    type(&desk, "!");
    assert_screen(&desk, "$ 1234567890a!|b");
    close_desk(&desk);
}

static void earlier_lines_come_back(void **state)
{
    struct desk desk;

    (void)state;
    open_desk(&desk, 40, 10, "$ ");
    remember(&desk, "echo one two");
    remember(&desk, "ls -l /tmp");
    remember(&desk, "echo three");
    begin(&desk, "$ ");
    type(&desk, "new\020");
    assert_line(&desk, "echo three", 10);
    type(&desk, "\033[A\033[A\033[A");
    assert_line(&desk, "echo one two", 12);
    assert_int_equal(desk.screen.bells, 1);
    type(&desk, "\016\016\033[B");
    assert_line(&desk, "new", 3);
    type(&desk, "\033<");
    assert_line(&desk, "echo one two", 12);
    type(&desk, "\033>");
    assert_line(&desk, "new", 3);
    type(&desk, " \033.\033.\033.");
    assert_line(&desk, "new two", 7);
    type(&desk, "\025echo\033[5~\033[5~");
    assert_line(&desk, "echo one two", 4);
    type(&desk, "\017");
    assert_int_equal(desk.event, SH_EDITOR_LINE);
    assert_int_equal(sh_editor_next_entry(desk.editor), 2);
    sh_editor_begin(desk.editor, "$ ", 2, desk.history, NULL);
    sh_editor_begin_with(desk.editor, desk.history, 2);
    assert_line(&desk, "ls -l /tmp", 10);
    close_desk(&desk);
}

static void lines_are_searched(void **state)
{
    struct desk desk;

    (void)state;
    open_desk(&desk, 60, 10, "$ ");
    remember(&desk, "git status");
    remember(&desk, "make test");
    remember(&desk, "git stash");
    begin(&desk, "$ ");
    type(&desk, "x\022");
    assert_screen(&desk, "(reverse-i-search)`': x|");
    type(&desk, "st");
    assert_screen(&desk, "(reverse-i-search)`st': git |stash");
    type(&desk, "\022");
    assert_screen(&desk, "(reverse-i-search)`st': make te|st");
    type(&desk, "\022\022");
    assert_screen(&desk, "(failed reverse-i-search)`st': git |status");
    type(&desk, "\023\023");
    assert_screen(&desk, "(i-search)`st': git |stash");
    type(&desk, "\005");
    assert_screen(&desk, "$ git stash|");
    type(&desk, "\020");
    assert_line(&desk, "make test", 9);
    type(&desk, "\022zzz\007");
    assert_line(&desk, "make test", 9);
    type(&desk, "\022stat\r");
    assert_int_equal(desk.event, SH_EDITOR_LINE);
    assert_line(&desk, "git status", 4);
    close_desk(&desk);
}

static void complete_with(struct desk *desk, const char *const *words, size_t start)
{
    struct sh_matches matches = {.start = start, .end = sh_editor_point(desk->editor), .files = true};

    assert_int_equal(desk->event, SH_EDITOR_COMPLETES);
    for (; *words; words++) assert_true(sh_matches_add(&matches, *words, strlen(*words), ' '));
    sh_matches_sort(&matches);
    sh_editor_complete(desk->editor, &matches);
    sh_editor_show(desk->editor);
    flush(desk);
}

static void words_are_completed(void **state)
{
    static const char *const two[] = {"file two", "file one", "file one", NULL}, *const one[] = {"it's",
                                                                                                 NULL};
    static const char *const none[] = {NULL};
    struct desk desk;

    (void)state;
    open_desk(&desk, 30, 10, "$ ");
    type(&desk, "cat f\t");
    complete_with(&desk, two, 4);
    assert_line(&desk, "cat file\\ ", 10);
    type(&desk, "\t");
    complete_with(&desk, two, 4);
    assert_screen(&desk, "$ cat file\\\nfile one  file two\n$ cat file\\ |");
    type(&desk, "\025ls i\t");
    complete_with(&desk, one, 3);
    assert_line(&desk, "ls it\\'s ", 9);
    desk.screen.bells = 0;
    type(&desk, "q\t");
    complete_with(&desk, none, 9);
    assert_int_equal(desk.screen.bells, 1);
    close_desk(&desk);
}

static void keys_are_bound(void **state)
{
    struct buffer message = {0};
    struct desk desk;
    static const char macro[] = "\"\\C-o\": \"abc\\C-a\"", function[] = "Control-k: yank";

    (void)state;
    open_desk(&desk, 30, 10, "$ ");
    assert_true(sh_keymaps_own(&desk.keymaps, &desk.account));
    assert_int_equal(sh_keys_take_line(desk.keymaps, SH_MAP_EMACS, "", macro, strlen(macro), &message), 0);
    assert_int_equal(sh_keys_take_line(desk.keymaps, SH_MAP_EMACS, "", function, strlen(function), &message),
                     0);
    assert_int_equal(sh_keys_take_line(desk.keymaps, SH_MAP_EMACS, "", "x", 1, &message), UMBRA_EINVAL);
    begin(&desk, "$ ");
    type(&desk, "\017!\025\013");
    assert_line(&desk, "!abc", 1);
    buffer_free(&message);
    close_desk(&desk);
}

/* Whatever was typed: drawn anew, the screen shows the same. */
static void the_screen_is_always_right(void **state)
{
    static const char *const keys[] = {
        "a",        "bc ",   "\xe4\xb8\xad", "e\xcc\x81", "\xff",       "\t",
        "\026\001", "\001",  "\005",         "\002",      "\006",       "\033b",
        "\033f",    "\004",  "\177",         "\013",      "\025",       "\027",
        "\031",     "\033y", "\024",         "\033t",     "\037",       "\020",
        "\016",     "\022b", "\007",         "\033u",     "1234567890", "\033[200~x\ny\033[201~",
        "\014"};
    const char *seed_text = getenv("UMBRA_SEED"), *rounds_text = getenv("UMBRA_ROUNDS");
    uint64_t seed = seed_text ? strtoull(seed_text, NULL, 10) : 1;
    unsigned long rounds = rounds_text ? strtoul(rounds_text, NULL, 10) : 200, round, step;

    (void)state;
    for (round = 0; round < rounds; round++) {
        struct desk desk;
        open_desk(&desk, 2 + test_random(&seed) % 40, 300, "p\001\033[1m\002q> ");
        remember(&desk, "one \xe4\xb8\xad\xe6\x96\x87 two b");
        remember(&desk, "two\nthree b");
        begin(&desk, "p\001\033[1m\002q> ");
        for (step = 0; step < 40; step++) {
            char *before, *after;
            type(&desk, keys[test_random(&seed) % (sizeof keys / sizeof keys[0])]);
            if (desk.screen.row > 250) break;
            before = screen_text(&desk.screen, true);
            sh_editor_erase(desk.editor);
            sh_editor_show(desk.editor);
            flush(&desk);
            after = screen_text(&desk.screen, true);
            if (strcmp(before, after) != 0)
                print_error("round %lu, %u columns: %s\n", round, desk.screen.columns,
                            buffer_string(sh_editor_text(desk.editor)));
            assert_string_equal(before, after);
            free(before);
            free(after);
        }
        close_desk(&desk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_do_what_they_are_for),
        cmocka_unit_test(lines_end_as_they_should),
        cmocka_unit_test(long_lines_wrap),
        cmocka_unit_test(prompts_may_have_colours_and_rows),
        cmocka_unit_test(another_size_draws_anew),
        cmocka_unit_test(earlier_lines_come_back),
        cmocka_unit_test(lines_are_searched),
        cmocka_unit_test(words_are_completed),
        cmocka_unit_test(keys_are_bound),
        cmocka_unit_test(the_screen_is_always_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
