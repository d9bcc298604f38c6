/* glob.h. */
#include <time.h>

#include "fs/glob.h"
#include "workspace.h"

static bool matches(const char *pattern, const char *path)
{
    struct fs_glob *glob;
    struct error error;
    bool result;

    assert_int_equal(fs_glob_compile(pattern, strlen(pattern), &glob, &error), 0);
    result = fs_glob_match(glob, path, strlen(path));
    assert_int_equal(fs_glob_match(glob, path, strlen(path)), result);
    fs_glob_free(glob);
    return result;
}

/* "pattern" then paths that match, then after "!" paths that do not. */
static const char *const table[][12] = {
    {"a", "a", "!", "b", "aa", "", "a/a"},
    {"*", "a", "abc", "a.b", "!", ".a", "a/b"},
    {"*.c", "a.c", "a.b.c", "!", "a.h", ".c", "d/a.c", "a.c.h"},
    {"a*c", "ac", "abc", "abcbc", "!", "a/c", "ab", "abcd"},
    {"?", "a", "\xc3\xa4", "\xff", "!", "", "ab", "/", "."},
    {"a?c", "abc", "a.c", "!", "ac", "a/c"},
    {"[abc]", "a", "c", "!", "d", "ab", ""},
    {"[a-c]x", "bx", "!", "dx", "b"},
    {"[!a-c]", "d", "\xe2\x82\xac", "!", "b", "/", "."},
    {"[^a-c]", "d", "!", "b"},
    {"[]a]", "]", "a", "!", "b"},
    {"[!]a]", "b", "!", "]", "a"},
    {"[a-]", "a", "-", "!", "b"},
    {"[[:digit:]_]", "5", "_", "!", "a", ":"},
    {"[[:upper:][:digit:]]x", "Ax", "9x", "!", "ax"},
    {"[\\]]", "]", "!", "\\"},
    {"[\xc3\xa4-\xc3\xb6]", "\xc3\xa5", "!", "\xc3\xbc", "a"},
    {"[abc", "[abc", "!", "a"},
    {"a[/]b", "a[/]b", "!", "a/b"},
    {"\\*", "*", "!", "a", "\\*"},
    {"\\[id\\].tsx", "[id].tsx", "!", "i.tsx"},
    {"a\\", "a\\", "!", "a"},
    {"{a,b}", "a", "b", "!", "c", "{a,b}"},
    {"*.{c,h}", "x.c", "x.h", "!", "x.o", "x."},
    {"{a,b{c,d}}e", "ae", "bce", "bde", "!", "be", "ace"},
    {"{,a}b", "b", "ab", "!", "a", "aab"},
    {"{a}", "{a}", "!", "a"},
    {"{a,b", "{a,b", "!", "a"},
    {"a,b", "a,b", "!", "a"},
    {"{a,[,}]x}", "a", ",x", "}x", "!", "[", "x"},
    {"{a/b,c}/d", "a/b/d", "c/d", "!", "a/d"},
    {"d/*", "d/a", "!", "d/a/b", "d", "d/.a"},
    {"**", "a", "a/b/c", "!", ".a", "a/.b", ".a/b", ""},
    {"**/*.c", "a.c", "x/a.c", "x/y/a.c", "!", ".x/a.c", "x/.a.c", "a.h"},
    {"a/**", "a/b", "a/b/c", "!", "a", "a/b/", "ab", "a/.b", "b/a/c"},
    {"a/**/b", "a/b", "a/x/b", "a/x/y/b", "!", "a/xb", "ab", "a/.x/b", "a/x"},
    {"**/a/**", "a/x", "y/a/x", "y/z/a/x/w", "!", "a", "y/a"},
    {"a**", "a", "abc", "!", "a/b"},
    {"**b", "ab", "!", "a/b"},
    {"**/**/x", "x", "a/x", "a/b/x", "!", "ax"},
    {".*", ".a", ".git", "!", "a", ".a/b"},
    {".github/**", ".github/a", ".github/w/x.yml", "!", ".github/.x", "github/a"},
    {"**/.env", ".env", "a/.env", "!", ".a/.env", "env"},
    {"{.a,b}*", ".ab", "b", "!", ".b"},
    {"[.]a", "!", ".a"},
    {"?a", "xa", "!", ".a"},
    {"a/.*", "a/.b", "!", "a/b"},
    {"\xff*", "\xff", "\xff\xfe", "!", "\xfe"},
};

static void the_table(void **state)
{
    size_t i, k;
    for (i = 0; i < sizeof table / sizeof table[0]; i++) {
        bool expected = true;
        for (k = 1; k < 12 && table[i][k]; k++) {
            if (strcmp(table[i][k], "!") == 0) {
                expected = false;
                continue;
            }
            if (matches(table[i][0], table[i][k]) != expected)
                print_error("%s %s %s\n", table[i][0], expected ? "does not match" : "matches", table[i][k]);
            assert_int_equal(matches(table[i][0], table[i][k]), expected);
        }
    }
}

static void bad_patterns_are_refused(void **state)
{
    struct fs_glob *glob = NULL;
    struct error error;
    char pattern[4000];
    int i;

    assert_int_equal(fs_glob_compile("", 0, &glob, &error), UMBRA_EINVAL);
    memset(pattern, 'a', sizeof pattern);
    assert_int_equal(fs_glob_compile(pattern, FS_GLOB_MAX + 1, &glob, &error), UMBRA_EINVAL);
    assert_null(glob);
    assert_int_equal(fs_glob_compile(pattern, FS_GLOB_MAX, &glob, &error), 0);
    fs_glob_free(glob);
    for (i = 0; i < 17; i++) memcpy(pattern + (size_t)i * 3, "{a,", 3);
    memset(pattern + 51, '}', 17);
    pattern[68] = '\0';
    assert_int_equal(fs_glob_compile(pattern, strlen(pattern), &glob, &error), UMBRA_EINVAL);
    assert_non_null(strstr(error.message, "16 deep"));
    assert_int_equal(fs_glob_compile(pattern + 3, strlen(pattern) - 4, &glob, &error), 0);
    fs_glob_free(glob);
}

/* Patterns that make a backtracking matcher run for ages. */
static void no_pattern_explodes(void **state)
{
    struct buffer stars = {0}, braces = {0}, below = {0}, path = {0};
    clock_t start = clock();
    int i;

    for (i = 0; i < 600; i++) buffer_put_string(&stars, "a*");
    buffer_put_string(&stars, "b");
    for (i = 0; i < 300; i++) buffer_put_string(&braces, "{a,a}");
    for (i = 0; i < 500; i++) buffer_put_string(&below, "**/");
    buffer_put_string(&below, "b");
    for (i = 0; i < 4000; i++) buffer_put_byte(&path, 'a');
    assert_false(matches(stars.data, path.data));
    assert_false(matches(braces.data, path.data));
    for (i = 1; i < 4000; i += 2) path.data[i] = '/';
    assert_false(matches(below.data, path.data));
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 10);
    buffer_free(&stars);
    buffer_free(&braces);
    buffer_free(&below);
    buffer_free(&path);
}

/* A matcher that tries everything, for small random patterns of letters, '*', '?' and '/'. */
static bool slow(const char *pattern, const char *path, bool first)
{
    if (*pattern == '\0') return *path == '\0';
    if (*pattern == '*') {
        if (slow(pattern + 1, path, first)) return true;
        return *path && *path != '/' && !(first && *path == '.') && slow(pattern, path + 1, false);
    }
    if (*path == '\0') return false;
    if (*pattern == '?')
        return *path != '/' && !(first && *path == '.') && slow(pattern + 1, path + 1, false);
    return *pattern == *path && slow(pattern + 1, path + 1, *path == '/');
}

/* A '*' that took nothing makes a following dot no longer the pattern's first. */
static bool has_star_before_dot(const char *pattern)
{
    return strstr(pattern, "*.") != NULL;
}

static void random_patterns_agree_with_a_slow_matcher(void **state)
{
    uint64_t seed = 11;
    int i, k, hits = 0;
    for (i = 0; i < 60000; i++) {
        char pattern[10], path[10];
        int n = 1 + (int)(test_random(&seed) % 7), m = 1 + (int)(test_random(&seed) % 8);
        for (k = 0; k < n; k++) pattern[k] = "ab.*?/a*"[test_random(&seed) % 8];
        for (k = 0; k < m; k++) path[k] = "aab./b"[test_random(&seed) % 6];
        pattern[n] = path[m] = '\0';
        if (strstr(pattern, "**") || has_star_before_dot(pattern)) continue;
        if (matches(pattern, path) != slow(pattern, path, true)) print_error("%s %s\n", pattern, path);
        assert_int_equal(matches(pattern, path), slow(pattern, path, true));
        hits += matches(pattern, path);
    }
    assert_true(hits > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table),
        cmocka_unit_test(bad_patterns_are_refused),
        cmocka_unit_test(no_pattern_explodes),
        cmocka_unit_test(random_patterns_agree_with_a_slow_matcher),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
