/* pattern.h: against a matcher that tries everything, on small patterns; paths, characters, limits, time. */
#include "reference.h"

#include <time.h>

#include "shell/pattern.h"

#define CASES 20000

/* --- The oracle: patterns of letters, ?, *, [ab], [!a] and groups, all of them well-formed --- */

static size_t group_end(const char *pattern, size_t at)
{
    size_t depth = 1;
    for (; depth; at++) {
        if (pattern[at] == '(') depth++;
        if (pattern[at] == ')') depth--;
    }
    return at; /* behind the ) */
}

static bool oracle(const char *pattern, size_t from, size_t to, const char *text, size_t start, size_t end);

/* One of the alternatives in pattern[from, to) has all of the text. */
static bool oracle_list(const char *pattern, size_t from, size_t to, const char *text, size_t start,
                        size_t end)
{
    size_t at, depth = 0;
    for (at = from; at <= to; at++) {
        if (at < to && pattern[at] == '(') depth++;
        if (at < to && pattern[at] == ')') depth--;
        if (at < to && (pattern[at] != '|' || depth)) continue;
        if (oracle(pattern, from, at, text, start, end)) return true;
        from = at + 1;
    }
    return false;
}

/* A group's list in [from, to), any number of times (again). */
static bool oracle_again(const char *pattern, size_t from, size_t to, const char *text, size_t start,
                         size_t end)
{
    size_t middle;
    if (start == end) return true;
    for (middle = start + 1; middle <= end; middle++)
        if (oracle_list(pattern, from, to, text, start, middle) &&
            oracle_again(pattern, from, to, text, middle, end))
            return true;
    return false;
}

static bool oracle_group(const char *pattern, size_t from, size_t close, const char *text, size_t start,
                         size_t end)
{
    bool once = oracle_list(pattern, from + 2, close, text, start, end);
    switch (pattern[from]) {
    case '?':
        return start == end || once;
    case '@':
        return once;
    case '!':
        return !once;
    case '*':
        return oracle_again(pattern, from + 2, close, text, start, end);
    default:
        return once || (start < end && oracle_again(pattern, from + 2, close, text, start, end));
    }
}

static bool oracle(const char *pattern, size_t from, size_t to, const char *text, size_t start, size_t end)
{
    size_t middle, next;
    if (from == to) return start == end;
    if (from + 1 < to && pattern[from + 1] == '(') {
        next = group_end(pattern, from + 2);
        for (middle = start; middle <= end; middle++)
            if (oracle_group(pattern, from, next - 1, text, start, middle) &&
                oracle(pattern, next, to, text, middle, end))
                return true;
        return false;
    }
    if (pattern[from] == '*') {
        for (middle = start; middle <= end; middle++)
            if (oracle(pattern, from + 1, to, text, middle, end)) return true;
        return false;
    }
    if (start == end) return false;
    if (pattern[from] == '[') {
        bool not = pattern[from + 1] == '!';
        next = (size_t)(strchr(pattern + from, ']') - pattern) + 1;
        if ((memchr(pattern + from + 1 + not, text[start], next - from - 2 - not ) != NULL) == not )
            return false;
    } else {
        next = from + 1;
        if (pattern[from] != '?' && pattern[from] != text[start]) return false;
    }
    return oracle(pattern, next, to, text, start + 1, end);
}

static void put_pattern(struct buffer *output, unsigned depth)
{
    static const char *const pieces[] = {"a", "b", "a", "*", "?", "[ab]", "[!a]", "[!ab]", "c"};
    static const char *const openings[] = {"?(", "*(", "+(", "@(", "!("};
    unsigned count = reference_random(4);

    while (count-- > 0) {
        if (depth == 0 || reference_random(3)) {
            buffer_put_string(output, reference_choice(pieces));
            continue;
        }
        buffer_put_string(output, reference_choice(openings));
        put_pattern(output, depth - 1);
        while (reference_random(3) == 0) {
            buffer_put_byte(output, '|');
            put_pattern(output, depth - 1);
        }
        buffer_put_byte(output, ')');
    }
}

static void check_all(const char *text_of_pattern, const char *text, struct arena *arena)
{
    size_t pattern_length = strlen(text_of_pattern), length = strlen(text), from, to, at;
    struct sh_pattern *pattern;
    struct sh_match match;
    size_t prefixes[2] = {SIZE_MAX, SIZE_MAX}, suffixes[2] = {SIZE_MAX, SIZE_MAX};
    struct sh_match found = {SIZE_MAX, SIZE_MAX};
    int i;

    assert_int_equal(
        sh_pattern_compile(arena, text_of_pattern, pattern_length, SH_PATTERN_EXTGLOB, &pattern, NULL), 0);
    for (from = 0; from <= length; from++) {
        for (to = from; to <= length; to++) {
            bool right = oracle(text_of_pattern, 0, pattern_length, text, from, to);
            if (right != (bool)sh_pattern_match(pattern, text + from, to - from, arena))
                fail_msg("<%s> <%.*s>: not %d", text_of_pattern, (int)(to - from), text + from, !right);
            if (!right) continue;
            if (from == 0) prefixes[1] = to;
            if (from == 0 && prefixes[0] == SIZE_MAX) prefixes[0] = to;
            if (to == length) suffixes[0] = from;
            if (to == length && suffixes[1] == SIZE_MAX) suffixes[1] = from;
            if (found.start == SIZE_MAX || found.start == from) found = (struct sh_match){from, to};
        }
    }
    for (i = 0; i < 2; i++) {
        int result = sh_pattern_prefix(pattern, text, length, i, arena, &at);
        if (result != (prefixes[i] != SIZE_MAX) || (result && at != prefixes[i]))
            fail_msg("<%s> <%s>: prefix %d", text_of_pattern, text, i);
        result = sh_pattern_suffix(pattern, text, length, i, arena, &at);
        if (result != (suffixes[i] != SIZE_MAX) || (result && at != suffixes[i]))
            fail_msg("<%s> <%s>: suffix %d", text_of_pattern, text, i);
    }
    i = sh_pattern_search(pattern, text, length, 0, arena, &match);
    if (i != (found.start != SIZE_MAX) || (i && (match.start != found.start || match.end != found.end)))
        fail_msg("<%s> <%s>: search", text_of_pattern, text);
}

static void agrees_with_the_oracle(void **state)
{
    struct buffer pattern = {0};
    struct arena arena;
    unsigned count = reference_rounds(CASES), i, n;

    arena_init(&arena, NULL);
    for (i = 0; i < count; i++) {
        char text[8] = "";
        buffer_clear(&pattern);
        put_pattern(&pattern, 2);
        for (n = reference_random(6); n > 0; n--)
            text[n - 1] = (char)('a' + reference_random(reference_random(4) ? 2 : 3));
        check_all(buffer_string(&pattern), text, &arena);
        arena_release(&arena, (struct arena_mark){0});
    }
    buffer_free(&pattern);
    arena_free(&arena);
}

/* --- Tables --- */

struct row {
    const char *pattern, *text;
    unsigned flags;
    bool matches;
};

#define E SH_PATTERN_EXTGLOB
#define I SH_PATTERN_NOCASE
#define P SH_PATTERN_PATH
#define D SH_PATTERN_DOTGLOB

static const struct row rows[] = {
    {"*", "a/b", 0, true},
    {"*", "a/b", P, false},
    {"*/*", "a/b", P, true},
    {"?/b", "a/b", P, true},
    {"a?b", "a/b", P, false},
    {"a[/]b", "a/b", P, false},
    {"a[/]b", "a[/]b", P, true},
    {"a[/]b", "a/b", 0, true},
    {"a[!x]b", "a/b", P, false},
    {"*", ".a", P, false},
    {".*", ".a", P, true},
    {"*", ".a", P | D, true},
    {"?a", ".a", P, false},
    {"[.]a", ".a", P, false},
    {"x/*", "x/.a", P, false},
    {"x/*", "x/.a", P | D, true},
    {"x*", "x.a", P, true},
    {"*.a", ".a", P, false},
    {"*.a", ".a", P | D, true},
    {"x/*.a", "x/.a", P, false},
    {"*.a", "x.a", P, true},
    {"*.@(a|b)", ".a", P | E, false},
    {"*.@(a|b)", "x.a", P | E, true},
    {"!(x).a", ".a", P | E, false},
    {"!(x)", ".a", P | E, false},
    {"!(x)", "a/b", P | E, false},
    {"!(x)", "a", P | E, true},
    {"!(x)*", ".a", P | E, false},
    {"@(a|b)/c", "b/c", P | E, true},
    {"?", "\xc3\xbc", 0, true},
    {"??", "\xc3\xbc", 0, false},
    {"?", "\xff", 0, true},
    {"??", "\xff\xc3\xbc", 0, true},
    {"\xc3*", "\xc3\xbc", 0, false},
    {"\xc3*", "\xc3(", 0, true},
    {"\\\xc3\\\xbc", "\xc3\xbc", 0, true},
    {"[\\\xc3\\\xbc]", "\xc3\xbc", 0, true},
    {"[!a]", "\xe2\x82\xac", 0, true},
    {"[\xc3\xa0-\xc3\xbf]", "\xc3\xbc", 0, true},
    {"[\xc3\xa0-\xc3\xbf]", "a", 0, false},
    {"\xc3\x84*", "\xc3\xa4x", I, true},
    {"[[:upper:]]", "\xc3\x84", 0, true},
    {"[[:alpha:]]", "\xe2\x82\xac", 0, false},
    {"[a-z]", "Q", I, true},
    {"[A-z]", "_", I, false},
    {"abc", "ABC", I, true},
    {"[[:lower:]]", "A", I, false},
    {"+([!/])", "abc", E, true},
    {"[[.hyphen.]]", "-", 0, true},
    {"[[.nothing.]a]", "a", 0, true},
    {"[!]a]", "b", 0, true},
    {"[!]a]", "]", 0, false},
    {"a\\", "a\\", 0, true},
    {"", "", 0, true},
    {"", "a", 0, false},
};

static void rows_match_as_they_say(void **state)
{
    struct arena arena;
    size_t i;

    arena_init(&arena, NULL);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sh_pattern *pattern;
        int result;
        assert_int_equal(sh_pattern_compile(&arena, rows[i].pattern, strlen(rows[i].pattern), rows[i].flags,
                                            &pattern, NULL),
                         0);
        result = sh_pattern_match(pattern, rows[i].text, strlen(rows[i].text), &arena);
        if (result != rows[i].matches)
            fail_msg("<%s> <%s> %u: %d", rows[i].pattern, rows[i].text, rows[i].flags, result);
    }
    arena_free(&arena);
}

static void literals_and_globs_are_recognised(void **state)
{
    struct sh_pattern *pattern;
    struct arena arena;
    const char *text;
    size_t length;

    arena_init(&arena, NULL);
    assert_int_equal(sh_pattern_compile(&arena, "a\\*[b", 5, 0, &pattern, NULL), 0);
    assert_true(sh_pattern_is_literal(pattern, &text, &length));
    assert_int_equal(length, 4);
    assert_memory_equal(text, "a*[b", 4);
    assert_int_equal(sh_pattern_compile(&arena, "a\0b", 3, 0, &pattern, NULL), 0);
    assert_int_equal(sh_pattern_match(pattern, "a\0b", 3, &arena), 1);
    assert_int_equal(sh_pattern_match(pattern, "a\0c", 3, &arena), 0);
    assert_int_equal(sh_pattern_compile(&arena, "+(a)", 4, SH_PATTERN_EXTGLOB, &pattern, NULL), 0);
    assert_false(sh_pattern_is_literal(pattern, &text, &length));
    assert_int_equal(sh_pattern_compile(&arena, "+(a)", 4, 0, &pattern, NULL), 0);
    assert_true(sh_pattern_is_literal(pattern, &text, &length));
    assert_true(sh_pattern_has_glob("a*", 2, 0));
    assert_false(sh_pattern_has_glob("a\\*", 3, 0));
    assert_false(sh_pattern_has_glob("a[b", 3, 0));
    assert_true(sh_pattern_has_glob("[b]", 3, 0));
    assert_false(sh_pattern_has_glob("+(b)", 4, 0));
    assert_true(sh_pattern_has_glob("+(b)", 4, SH_PATTERN_EXTGLOB));
    arena_free(&arena);
}

static void limits_are_said(void **state)
{
    struct sh_pattern *pattern;
    struct error error;
    struct buffer text = {0};
    struct memory_account account = {.limit = 100000};
    struct arena arena, small;
    unsigned i;

    arena_init(&arena, NULL);
    arena_init(&small, &account);
    for (i = 0; i < SH_PATTERN_DEPTH + 1; i++) buffer_put_string(&text, "@(");
    for (i = 0; i < SH_PATTERN_DEPTH + 1; i++) buffer_put_byte(&text, ')');
    assert_int_equal(sh_pattern_compile(&arena, text.data, text.size, SH_PATTERN_EXTGLOB, &pattern, &error),
                     UMBRA_ELIMIT);
    assert_int_equal(
        sh_pattern_compile(&arena, text.data + 2, text.size - 3, SH_PATTERN_EXTGLOB, &pattern, &error), 0);
    buffer_clear(&text);
    for (i = 0; i < SH_PATTERN_LENGTH; i++) buffer_put_byte(&text, 'a');
    buffer_put_string(&text, "@(b)");
    assert_int_equal(sh_pattern_compile(&arena, text.data, text.size, SH_PATTERN_EXTGLOB, &pattern, &error),
                     UMBRA_ELIMIT);
    assert_int_equal(sh_pattern_compile(&arena, text.data, text.size, 0, &pattern, &error), 0);
    assert_int_equal(sh_pattern_match(pattern, text.data, text.size, &arena), 1);
    assert_int_equal(sh_pattern_compile(&arena, "*(!(!(a)))b", 11, SH_PATTERN_EXTGLOB, &pattern, &error), 0);
    assert_int_equal(sh_pattern_match(pattern, text.data, text.size, &small), UMBRA_ENOMEM);
    assert_int_equal(account.used > 0, small.spare != NULL || small.block != NULL);
    arena_free(&small);
    assert_int_equal(account.used, 0);
    buffer_free(&text);
    arena_free(&arena);
}

/* Each of them would take a matcher that tries everything longer than the world has existed. */
static void hard_patterns_take_no_time(void **state)
{
    static const char *const patterns[] = {"*a*a*a*a*a*a*a*a*a*a*a*b",
                                           "+(+(+(a)))b",
                                           "*(*(a|aa)|a)b",
                                           "*(a|!(b)|aa)c!(!(c))d",
                                           "!(*(*(a)*(a))b)x",
                                           "*(?(a)?(a)?(a))b",
                                           "[[:alpha:]]*[[:alpha:]]*[[:alpha:]]*1",
                                           "*(!(!(!(a))))b"};
    struct sh_pattern *pattern;
    struct sh_match match;
    struct arena arena;
    char text[400];
    size_t i, at;
    clock_t begin = clock();

    memset(text, 'a', sizeof text);
    arena_init(&arena, NULL);
    for (i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        assert_int_equal(
            sh_pattern_compile(&arena, patterns[i], strlen(patterns[i]), SH_PATTERN_EXTGLOB, &pattern, NULL),
            0);
        assert_true(sh_pattern_match(pattern, text, sizeof text, &arena) >= 0);
        assert_true(sh_pattern_prefix(pattern, text, sizeof text, true, &arena, &at) >= 0);
        assert_true(sh_pattern_suffix(pattern, text, sizeof text, true, &arena, &at) >= 0);
        assert_true(sh_pattern_search(pattern, text, sizeof text, 0, &arena, &match) >= 0);
    }
    arena_free(&arena);
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_oracle),
        cmocka_unit_test(rows_match_as_they_say),
        cmocka_unit_test(literals_and_globs_are_recognised),
        cmocka_unit_test(limits_are_said),
        cmocka_unit_test(hard_patterns_take_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
