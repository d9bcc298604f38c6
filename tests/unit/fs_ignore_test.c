/* ignore.h: the rules by example. */
#include <time.h>

#include "fs/ignore.h"
#include "workspace.h"

static struct fs_ignore *rules_of(const char *text, size_t size)
{
    struct fs_ignore *ignore = fs_ignore_new();
    struct error error = {0};

    assert_non_null(ignore);
    assert_int_equal(fs_ignore_add(ignore, "", 0, text, size, &error), 0);
    return ignore;
}

/* A path with a slash at its end is a directory. */
static bool leaves_out(const struct fs_ignore *ignore, const char *path)
{
    size_t length = strlen(path), at;

    for (at = 1; at <= length; at++) {
        bool end = at == length, directory = path[at] == '/' || (end && path[at - 1] == '/');
        const char *above;
        size_t size = end && directory ? at - 1 : at;
        if (!end && path[at] != '/') continue;
        above = memrchr(path, '/', size);
        if (fs_ignore_check(fs_ignore_find(ignore, path, above ? (size_t)(above - path) : 0), path, size,
                            directory, NULL))
            return true;
    }
    return false;
}

/* The text of a .gitignore, then paths that it leaves out, then after "!" paths that it does not. */
static const char *const table[][14] = {
    {"a", "a", "a/", "d/a", "d/e/a/x", "!", "b", "aa", "A", "d/ab"},
    {"/a", "a", "a/x", "!", "d/a"},
    {"a/", "a/", "a/x", "d/a/x", "!", "a", "d/a"},
    {"d/a", "d/a", "d/a/x", "!", "e/d/a", "d", "a"},
    {"/d/a/", "d/a/", "!", "d/a", "e/d/a/"},
    {"*.o", "x.o", ".o", "d/x.o", "x.o/y", "!", "x.c", "x.oo"},
    {"*.o/", "x.o/", "!", "x.o"},
    {"*", "a", ".a", "d/", "d/a"},
    {"d/*", "d/a", "d/.a", "d/e/a", "!", "d", "e/a"},
    {"d/*/a", "d/e/a", "!", "d/a", "d/e/f/a", "d/e"},
    {"?", "a", "d/a", "!", "ab", "\xc3\xa4"},
    {"??", "\xc3\xa4", "!", "a"},
    {"a?c/d", "abc/d", "!", "a/c/d", "ac/d"},
    {"[ab]x", "ax", "bx", "!", "cx", "[ab]x"},
    {"[!ab]x", "cx", "-x", "!", "ax", "x"},
    {"[^ab]x", "cx", "!", "ax"},
    {"[a-c]", "b", "!", "d", "-"},
    {"[a-]", "a", "-", "!", "b"},
    {"[]a]", "]", "a", "!", "b"},
    {"[!]a]", "b", "!", "]", "a"},
    {"[\\]]", "]", "!", "\\"},
    {"[[:digit:][:upper:]]", "5", "A", "!", "a", ":"},
    {"[[:nothing:]]", "!", "n", ":"},
    {"[[:x]", "x", ":", "[", "!", "]"},
    {"d[/]a", "!", "d/a", "d[/]a"},
    {"[", "!", "["},
    {"a\\", "!", "a", "a\\"},
    {"\\*", "*", "!", "a"},
    {"\\!a", "!a", "!", "a"},
    {"\\#a", "#a", "!", "a"},
    {"#a\nb", "b", "!", "#a", "a"},
    {" #a", " #a", "!", "a"},
    {"**/a", "a", "d/a", "d/e/a", "!", "ab", "d/ab"},
    {"**/d/a", "d/a", "x/d/a", "x/y/d/a", "!", "xd/a", "d/x/a"},
    {"d/**", "d/a", "d/e/a", "!", "d", "d/", "e/a"},
    {"d/**/a", "d/a", "d/x/a", "d/x/y/a", "!", "da", "d/xa", "a"},
    {"d/**/e/*.c", "d/e/a.c", "d/x/e/a.c", "d/e/e/e/a.c", "!", "d/a.c", "d/e/x/a.c"},
    {"**/d/**/a", "d/a", "x/d/y/z/a", "!", "x/a", "a"},
    {"**", "a", "d/a"},
    {"/**", "a", "d/a"},
    {"a**b/c", "axxb/c", "ab/c", "!", "a/b/c", "axb/x/c"},
    {"d/a**", "d/a", "d/abc", "!", "d/b", "a"},
    {"**\\/a", "d/a", "!", "a"},
    {"a \nb\\ \nc\t", "a", "b ", "c\t", "!", "a ", "b", "c"},
    {"a\r\nb\r\n\r\nc\r", "a", "b", "c", "!", "a\r", "c\r"},
    {"\xef\xbb\xbf"
     "a",
     "a", "!",
     "\xef\xbb\xbf"
     "a"},
    {"a\n!a", "!", "a"},
    {"!a\na", "a"},
    {"*\n!*.c", "a", "d/a.c", "!", "a.c"},
    {"d/\n!d/a", "d/a"},
    {"d/*\n!d/a", "d/b", "!", "d/a"},
    {"/*\n!/d\n/d/*\n!/d/e", "a", "d/a", "!", "d/", "d/e", "d/e/a"},
    {"/", "!", "a", "d/"},
    {"//\n!\n! \n\n   ", "!", "a", "d/", " "},
    {"a//b", "!", "a/b"},
    {"caf\xc3\xa9", "caf\xc3\xa9", "!", "caf\xc3\xa8"},
};

static void by_example(void **state)
{
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct fs_ignore *ignore = rules_of(table[i][0], strlen(table[i][0]));
        bool expected = true;
        for (j = 1; j < 14 && table[i][j]; j++) {
            const char *path = table[i][j];
            if (expected && strcmp(path, "!") == 0)
                expected = false;
            else if (leaves_out(ignore, path) != expected)
                fail_msg("rules \"%s\", path \"%s\": expected %d", table[i][0], path, expected);
        }
        fs_ignore_free(ignore);
    }
}

static void add(struct fs_ignore *ignore, const char *directory, const char *text)
{
    struct error error;
    assert_int_equal(fs_ignore_add(ignore, directory, strlen(directory), text, strlen(text), &error), 0);
}

static void deeper_files_go_before(void **state)
{
    struct fs_ignore *ignore = rules_of("*.o\n/x\n", 7);

    (void)state;
    add(ignore, "d", "!keep.o\n/x\ny/z\n");
    add(ignore, "d/e", "keep.o\n");
    add(ignore, "d-", "*.c\n");
    assert_true(leaves_out(ignore, "keep.o"));
    assert_false(leaves_out(ignore, "d/keep.o"));
    assert_true(leaves_out(ignore, "d/a.o"));
    assert_true(leaves_out(ignore, "d/e/keep.o"));
    assert_false(leaves_out(ignore, "d/f/keep.o"));
    assert_true(leaves_out(ignore, "d/x"));
    assert_false(leaves_out(ignore, "d/e/x"));
    assert_true(leaves_out(ignore, "d/y/z"));
    assert_false(leaves_out(ignore, "y/z"));
    assert_true(leaves_out(ignore, "d-/a.c"));
    assert_false(leaves_out(ignore, "d/a.c"));
    add(ignore, "d", "!*.o\n"); /* in place of what was there; what is below stays */
    assert_false(leaves_out(ignore, "d/a.o"));
    assert_false(leaves_out(ignore, "d/x"));
    assert_true(leaves_out(ignore, "d/e/keep.o"));
    fs_ignore_free(ignore);
}

static void says_why(void **state)
{
    struct fs_ignore *ignore = rules_of("# c\n\n*.o\n!x.o\n", 14);
    struct fs_ignore_reason reason = {0};

    (void)state;
    add(ignore, "d", "build/ \r\n");
    assert_true(fs_ignore_check(fs_ignore_find(ignore, "d", 1), "d/a.o", 5, false, &reason));
    assert_string_equal(reason.directory, "");
    assert_string_equal(reason.rule, "*.o");
    assert_int_equal(reason.line, 3);
    assert_true(fs_ignore_check(fs_ignore_find(ignore, "d", 1), "d/build", 7, true, &reason));
    assert_string_equal(reason.directory, "d");
    assert_string_equal(reason.rule, "build/");
    assert_int_equal(reason.line, 1);
    fs_ignore_free(ignore);
}

static void nul_ends_a_rule(void **state)
{
    struct fs_ignore *ignore = rules_of("a\0b\nc\n", 6);

    (void)state;
    assert_true(leaves_out(ignore, "a"));
    assert_true(leaves_out(ignore, "c"));
    assert_false(leaves_out(ignore, "b"));
    fs_ignore_free(ignore);
}

/* Rules that make matchers with backtracking take a lifetime. */
static void no_rule_is_slow(void **state)
{
    static const char *const units[] = {"*a", "**/", "*?", "a*/", "[a-z]*", "**/a/", "*"};
    char path[4097];
    clock_t begun = clock();
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof units / sizeof units[0]; i++) {
        struct buffer rule = {0};
        struct fs_ignore *ignore;
        for (j = 0; j < 300; j++) buffer_put_string(&rule, units[i]);
        buffer_put_string(&rule, "b");
        assert_false(rule.failed);
        ignore = rules_of(rule.data, rule.size);
        memset(path, 'a', sizeof path);
        path[4096] = '\0';
        assert_false(fs_ignore_check(fs_ignore_find(ignore, "", 0), path, 4096, false, NULL));
        for (j = 1; j < 4096; j += 2) path[j] = '/';
        assert_false(fs_ignore_check(fs_ignore_find(ignore, "", 0), path, 4095, false, NULL));
        fs_ignore_free(ignore);
        buffer_free(&rule);
    }
    assert_true((double)(clock() - begun) / CLOCKS_PER_SEC < 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_example),      cmocka_unit_test(deeper_files_go_before),
        cmocka_unit_test(says_why),        cmocka_unit_test(nul_ends_a_rule),
        cmocka_unit_test(no_rule_is_slow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
