/* regex.h with the translation behind it. */
#include <time.h>

#include "regex/regex.h"
#include "regex/translate.h"
#include "workspace.h"

#define PERL (RE_EXTENDED | RE_PERL | RE_NEWLINE)

static struct regex *compile(const char *pattern, unsigned flags)
{
    struct regex *regex;
    struct error error = {0};
    int result = re_compile(pattern, strlen(pattern), flags, &regex, &error);
    if (result < 0) print_error("%s: %s\n", pattern, error.message);
    assert_int_equal(result, 0);
    return regex;
}

/* "start-end" of the first match, "-" when there is none. */
static const char *find(const char *pattern, unsigned flags, const char *subject, size_t length, size_t from)
{
    static char text[64];
    struct regex *regex = compile(pattern, flags);
    struct regex_match match = {77, 77};
    int found = re_search(regex, subject, length, from, false, &match, 1);

    assert_in_range(found, 0, 1);
    assert_int_equal(re_search(regex, subject, length, from, false, NULL, 0), found);
    snprintf(text, sizeof text, found ? "%zu-%zu" : "-", match.start, match.end);
    re_free(regex);
    return text;
}

struct row {
    const char *pattern, *subject, *match;
};

static void check(const struct row *rows, size_t count, unsigned flags)
{
    size_t i;
    for (i = 0; i < count; i++) {
        const char *is = find(rows[i].pattern, flags, rows[i].subject, strlen(rows[i].subject), 0);
        if (strcmp(is, rows[i].match) != 0)
            print_error("%s in %s: %s\n", rows[i].pattern, rows[i].subject, is);
        assert_string_equal(is, rows[i].match);
    }
}

#define CHECK(rows, flags) check(rows, sizeof(rows) / sizeof((rows)[0]), flags)

static const struct row extended_rows[] = {
    {"a", "bab", "1-2"},
    {"a|ab", "xab", "1-3"},
    {"(a|b)+c", "xababc", "1-6"},
    {"^b", "ab", "-"},
    {"b$", "ab", "1-2"},
    {"a{2}", "aaa", "0-2"},
    {"a{2,}", "aaaa", "0-4"},
    {"a{,2}b", "aaab", "1-4"},
    {"x*", "aaa", "0-0"},
    {"[[:digit:]]+", "ab12", "2-4"},
    {"[^a]", "ab", "1-2"},
    {"[]x]", "]", "0-1"},
    {"[a\\]x", "\\x", "0-2"},
    {"\\.", "a.b", "1-2"},
    {"a.c", "abc", "0-3"},
    {"\\d+", "ab123", "2-5"},
    {"\\D", "1a", "1-2"},
    {"\\w+", "--ab_9-", "2-6"},
    {"\\W", "ab c", "2-3"},
    {"\\s", "ab\tc", "2-3"},
    {"\\S", "  a", "2-3"},
    {"\\bfoo\\b", "afoo foo", "5-8"},
    {"\\<b", "ab b", "3-4"},
    {"a\\>", "ab a", "3-4"},
    {"\\Boo", "foo", "1-3"},
    {"a\\tb", "a\tb", "0-3"},
    {"\\x41", "xA", "1-2"},
    {"interface{}", "interface{}", "0-11"},
    {"{", "a{", "1-2"},
    {"a)", "a)", "0-2"},
    {"\\/\\-\\\"", "/-\"", "0-3"},
    {"\\(\\)", "()", "0-2"},
    {"a|", "b", "0-0"},
    {"()", "a", "0-0"},
    {"", "a", "0-0"},
    {"\xc3\xa9+", "x\xc3\xa9\xc3\xa9", "1-5"},
    {"[\xc3\xa9\xc3\xa8x]", "\xc3\xa8", "0-2"},
    {"[\xc3\xa9\xc3\xa8x]+y", "x\xc3\xa8y", "0-4"},
    {"[\xc3\xa9]", "\xc3\xa8", "-"},
    {"a\\x{e9}?b", "ab", "0-2"},
    {"(a*)*b", "aab", "0-3"},
    {"[a-c-]", "-", "0-1"},
    {"[+--]", ",", "0-1"},
    {"[^]]", "]a", "1-2"},
    {"[[.-.]]", "-", "0-1"},
    {"[[=a=]b]", "a", "0-1"},
    {"[^-x]", "-xa", "2-3"},
    {"[\\^]", "^", "0-1"},
    {"[^^]", "^a", "1-2"},
    {"x[[]y", "x[y", "0-3"},
    {"a+?", "baa", "0-0"},
    {"a**b", "aab", "0-3"},
    {"ba++", "baa", "0-3"},
    {"a??b", "aab", "1-3"},
    {"a{2}*b", "aaaab", "0-5"},
    {"(a{0})b", "ab", "1-2"},
    {"\\'", "'", "0-1"},
    {"\\`", "`", "0-1"},
    {"a\\}", "a}", "0-2"},
};

static void extended(void **state)
{
    CHECK(extended_rows, RE_EXTENDED);
}

static void perl(void **state)
{
    static const struct row rows[] = {
        {"(?:ab)+", "xabab", "1-5"},
        {"(?i)ABC", "xabc", "1-4"},
        {".*?b", "aabb", "0-4"},
        {"a+?", "baa", "1-3"},
        {"[\\w.-]+@", "a.b-c@d", "0-6"},
        {"[\\d]", "\\d1", "2-3"},
        {"[^\\s]", " a", "1-2"},
        {"[\\]]", "\\]", "1-2"},
        {"[\\\\]", "a\\", "1-2"},
        {"[\\t]", "t\t", "1-2"},
        {"[\\s\\S]", "\n", "0-1"},
        {"[\\S]", " a", "1-2"},
        {"[\\D]", "1a", "1-2"},
        {"[^\\W]", "-a", "1-2"},
        {"[^\\w]", "a-", "1-2"},
        {"[\\-a]", "-", "0-1"},
        {"[\\^a]", "^", "0-1"},
        {"[\\x41-C]", "aB", "1-2"},
        {"[\\b]", "\b", "0-1"},
        {"a{2}?", "aaa", "0-2"},
        {"func\\s*\\(", "func  (", "0-7"},
        {"^\\s+$", "  ", "0-2"},
        {"a.b", "a\nb", "-"},
        {"^b$", "a\nb\nc", "2-3"},
        {"[^x]", "\n", "-"},
        {"\\s", "\n", "-"},
        {"\\S\\s\\S", "a\nb", "-"},
        {"(?:a(?:b)c)", "abc", "0-3"},
        {"[\\W]", "_-", "1-2"},
        {"[\\w]", "_", "0-1"},
        {"[\\W_]", "_", "0-1"},
        {"[\\d\\D]", "x", "0-1"},
        {"\\bclass\\b", "subclass class", "9-14"},
    };
    CHECK(rows, PERL);
}

static void ignoring_case(void **state)
{
    static const struct row rows[] = {
        {"abc", "xABC", "1-4"},
        {"[a-c]+", "xABC", "1-4"},
        {"\\W", "aB-", "2-3"},
        {"A", "a", "0-1"},
    };
    static const struct row literal[] = {
        {"a.C", "xA.c", "1-4"},
        {"abc", "ab", "-"},
        {"[", "[", "0-1"},
        {"B", "aab", "2-3"},
    };
    CHECK(rows, RE_EXTENDED | RE_IGNORE_CASE);
    CHECK(literal, RE_LITERAL | RE_IGNORE_CASE);
}

#define E_ACUTE   "\xc3\xa9"
#define E_CAPITAL "\xc3\x89"

/* One character, not one byte, in every flavour; what is no UTF-8 is bytes. */
static void characters(void **state)
{
    static const struct row extended[] = {
        {"^.$", E_ACUTE, "0-2"},
        {"a.b", "a" E_ACUTE "b", "0-4"},
        {".{2}", E_ACUTE E_ACUTE E_ACUTE, "0-4"},
        {"[^x]", "x" E_ACUTE, "1-3"},
        {"[^" E_ACUTE "x]", E_ACUTE "xy", "3-4"},
        {"[^" E_ACUTE "]", "a", "0-1"},
        {"[[:alpha:]]+", "-a" E_ACUTE "b-", "1-5"},
        {"[^[:alpha:]]", "a" E_ACUTE "-", "3-4"},
        {"\\w+", "-a" E_ACUTE "-", "1-4"},
        {"(" E_ACUTE "|x)+y", "a" E_ACUTE "xy", "1-5"},
        {"a.b",
         "a\xff"
         "b",
         "0-3"},
        {"^.", "\xe9x", "0-1"},
    };
    static const struct row basic[] = {
        {"^.$", E_ACUTE, "0-2"},
        {"[^x]", E_ACUTE, "0-2"},
        {"\\(.\\)y", "x" E_ACUTE "y", "1-4"},
        {"[[:alpha:]]y", E_ACUTE "y", "0-3"},
    };
    static const struct row folded[] = {
        {E_ACUTE, E_CAPITAL, "0-2"},
        {"a" E_CAPITAL ".", "xA" E_ACUTE "z", "1-5"},
    };

    CHECK(extended, RE_EXTENDED);
    CHECK(extended, PERL);
    CHECK(basic, 0);
    CHECK(folded, RE_EXTENDED | RE_IGNORE_CASE);
}

/* What a buffer has is told anew for each subject in it, whatever was searched there before. */
static void subjects_in_one_buffer(void **state)
{
    struct regex *regex = compile("^.$", RE_EXTENDED);
    struct regex_match match;
    char buffer[3];

    memcpy(buffer, E_ACUTE, 3);
    assert_int_equal(re_search(regex, buffer, 2, 0, false, &match, 1), 1);
    assert_int_equal(re_search(regex, buffer, 2, 2, false, &match, 1), 0);
    memcpy(buffer, "ab", 3);
    assert_int_equal(re_search(regex, buffer, 2, 0, false, &match, 1), 0);
    memcpy(buffer, "\xff\xfe", 3);
    assert_int_equal(re_search(regex, buffer, 2, 0, false, &match, 1), 0);
    memcpy(buffer, E_CAPITAL, 3);
    assert_int_equal(re_search(regex, buffer, 2, 0, false, &match, 1), 1);
    re_free(regex);
}

static void plain_text(void **state)
{
    static const struct row rows[] = {
        {"a.c", "abc a.c", "4-7"}, {"(", "f(x)", "1-2"}, {"\\d", "1\\d", "1-3"},
        {"", "a", "0-0"},          {"ab", "aab", "1-3"},
    };
    struct regex *regex;
    struct regex_match match;
    struct error error;

    CHECK(rows, RE_LITERAL);
    assert_int_equal(re_compile("a\0b", 3, RE_LITERAL, &regex, &error), 0);
    assert_int_equal(re_search(regex, "xa\0by", 5, 0, false, &match, 1), 1);
    assert_int_equal(match.start, 1);
    assert_int_equal(match.end, 4);
    assert_int_equal(re_groups(regex), 0);
    re_free(regex);
}

static void whole_words(void **state)
{
    static const struct row rows[] = {
        {"foo", "foobar foo", "7-10"},
        {"foo", "foobar", "-"},
        {"foo", "foo", "0-3"},
        {"foo", "_foo", "-"},
        {"foo", "a-foo-b", "2-5"},
        {"[a-z]+", "ab1 cd", "4-6"},
        {"foo", "foo1 2foo foo", "10-13"},
        {"@x", "a@x", "-"},
        {"@x", " @x ", "1-3"},
    };
    static const struct row literal[] = {
        {"foo", "foobar foo", "7-10"}, {"aa", "aaa aa", "4-6"}, {"a", "aa", "-"}};
    CHECK(rows, RE_EXTENDED | RE_WORD);
    CHECK(literal, RE_LITERAL | RE_WORD);
    CHECK(literal, RE_LITERAL | RE_WORD | RE_IGNORE_CASE);
}

static void basic(void **state)
{
    static const struct row rows[] = {
        {"a+", "aa+", "1-3"},
        {"\\(ab\\)\\1", "abab", "0-4"},
        {"a\\{2\\}", "aaa", "0-2"},
        {"(", "(", "0-1"},
    };
    CHECK(rows, 0);
}

static void groups_are_those_of_the_author(void **state)
{
    struct regex *regex = compile("(?:x)+(\xc3\xa9*)[\xc3\xa8\xc3\xa0](b)|(c)", PERL);
    struct regex_match match[6];

    assert_int_equal(re_groups(regex), 3);
    assert_int_equal(re_search(regex,
                               "-xx\xc3\xa9\xc3\xa0"
                               "b",
                               8, 0, false, match, 6),
                     1);
    assert_int_equal(match[0].start, 1);
    assert_int_equal(match[0].end, 8);
    assert_int_equal(match[1].start, 3);
    assert_int_equal(match[1].end, 5);
    assert_int_equal(match[2].start, 7);
    assert_int_equal(match[2].end, 8);
    assert_true(match[3].start == (size_t)-1 && match[3].end == (size_t)-1);
    assert_true(match[5].start == (size_t)-1);
    re_free(regex);
}

static void searches_begin_where_they_are_told(void **state)
{
    struct regex *regex;
    struct regex_match match;

    assert_string_equal(find("a", RE_EXTENDED, "aba", 3, 1), "2-3");
    assert_string_equal(find("^a", RE_EXTENDED, "aa", 2, 1), "-");
    assert_string_equal(find("^a", PERL, "a\na", 3, 1), "2-3");
    assert_string_equal(find("a", RE_EXTENDED, "aba", 2, 1), "-");
    assert_string_equal(find("$", RE_EXTENDED, "abc", 3, 3), "3-3");
    assert_string_equal(find("a", RE_LITERAL, "aba", 3, 3), "-");
    assert_string_equal(find("", RE_LITERAL, "aba", 3, 3), "3-3");
    assert_string_equal(find("a", RE_LITERAL, "aba", 3, 4), "-");
    assert_string_equal(find("a", RE_EXTENDED | RE_WORD, "ba a", 4, 1), "3-4");
    regex = compile("^a", RE_EXTENDED);
    assert_int_equal(re_search(regex, "a", 1, 0, true, &match, 1), 0);
    assert_int_equal(re_search(regex, "a", 1, 0, false, &match, 1), 1);
    re_free(regex);
}

/* A NUL is a byte that nothing matches; the text behind it is searched too. */
static void nuls_in_the_subject_hide_nothing(void **state)
{
    assert_string_equal(find("b", RE_EXTENDED, "a\0b", 3, 0), "2-3");
    assert_string_equal(find("a.b", RE_EXTENDED, "a\0b", 3, 0), "-");
    assert_string_equal(find("^b", RE_EXTENDED, "a\0b", 3, 0), "-");
    assert_string_equal(find("a$", RE_EXTENDED, "a\0b", 3, 0), "-");
    assert_string_equal(find("c$", RE_EXTENDED, "a\0\0bc", 5, 0), "4-5");
    assert_string_equal(find("b", RE_EXTENDED, "b\0b", 3, 1), "2-3");
    assert_string_equal(find("x*", RE_EXTENDED, "\0", 1, 1), "1-1");
}

static void assert_refused(const char *pattern, unsigned flags, const char *words)
{
    struct regex *regex = (struct regex *)1;
    struct error error = {0};
    int result = re_compile(pattern, strlen(pattern), flags, &regex, &error);
    if (result != UMBRA_EINVAL) print_error("accepted: %s\n", pattern);
    assert_int_equal(result, UMBRA_EINVAL);
    assert_null(regex);
    if (!strstr(error.message, words)) print_error("%s\n", error.message);
    assert_non_null(strstr(error.message, words));
}

static void bad_patterns_have_reasons(void **state)
{
    static const struct {
        const char *pattern, *words;
    } rows[] = {
        {"foo(", "has no ) that closes it"},
        {"[a", "has no ] that closes it"},
        {"[", "has no ]"},
        {"[]", "has no ]"},
        {"[^]", "has no ]"},
        {"*a", "nothing before it to repeat"},
        {"(*a)", "nothing before it"},
        {"a|*b", "nothing before it"},
        {"+", "nothing before it"},
        {"^*", "nothing before it"},
        {"a\\", "lone backslash"},
        {"(a)\\1", "back-references"},
        {"[z-a]", "runs backwards"},
        {"[[:nope:]]", "does not exist"},
        {"[[:alpha:", "not closed"},
        {"a{3,2}", "n is greater than m"},
        {"a{256}", "over 255"},
        {"((a{255}){255}){255}", "too large"},
        {"((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+", "too large"},
        {"a+*", "nothing before it"},
        {"(?=a)", "(?:"},
        {"(?<n>a)", "(?:"},
        {"\\pL", "not supported"},
        {"\\Aa", "not supported"},
        {"[\xc3\xa0-\xc3\xbf]", "beyond ASCII"},
        {"[\\s\\S", "has no ]"},
        {"[\\", "lone backslash"},
        {"\\x", "hexadecimal"},
        {"\\x{110000}", "hexadecimal"},
        {"\\x{41", "}"},
        {"[^\\s\\S]", "match nothing"},
        {"[a-\\d]", "ends in a class"},
        {"[\xff]", "not UTF-8"},
        {"[\\x00]", "hexadecimal"},
    };
    struct buffer deep = {0};
    struct error error;
    struct regex *regex;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) assert_refused(rows[i].pattern, PERL, rows[i].words);
    for (i = 0; i < 101; i++) buffer_put_byte(&deep, '(');
    for (i = 0; i < 101; i++) buffer_put_byte(&deep, ')');
    assert_refused(deep.data, PERL, "99 groups");
    buffer_clear(&deep);
    while (deep.size < RE_PATTERN_MAX + 1) buffer_put_byte(&deep, 'a');
    assert_refused(deep.data, PERL, "at most 32768");
    assert_int_equal(re_compile("a\0b", 3, PERL, &regex, &error), UMBRA_EINVAL);
    buffer_free(&deep);
}

/* A long pattern is named by its beginning, whole characters of it. */
static void messages_show_the_pattern(void **state)
{
    struct buffer pattern = {0};
    struct regex *regex;
    struct error error;
    while (pattern.size < 300) buffer_put_string(&pattern, "\xe2\x82\xac");
    buffer_put_byte(&pattern, '(');
    assert_int_equal(re_compile(pattern.data, pattern.size, PERL, &regex, &error), UMBRA_EINVAL);
    assert_non_null(strstr(error.message, "\xe2\x82\xac\xe2\x80\xa6' cannot be used: "));
    assert_true(strlen(error.message) < 300);
    buffer_free(&pattern);
}

/* The C library writes (a+)+ out to twice its size each time. */
static void rows_of_repetitions_are_one(void **state)
{
    struct buffer pattern = {0};
    struct regex *regex;
    struct error error;
    while (pattern.size < 2000) buffer_put_string(&pattern, pattern.size ? "+" : "a");
    regex = compile(pattern.data, RE_EXTENDED);
    assert_int_equal(re_search(regex, "aa", 2, 0, false, NULL, 0), 1);
    re_free(regex);
    buffer_clear(&pattern);
    buffer_put_byte(&pattern, 'a');
    while (pattern.size < 2000) buffer_put_string(&pattern, "{2}");
    assert_int_equal(re_compile(pattern.data, pattern.size, RE_EXTENDED, &regex, &error), UMBRA_EINVAL);
    buffer_free(&pattern);
}

static void large_but_allowed_patterns_are_quick(void **state)
{
    clock_t start = clock();
    struct buffer subject = {0};
    while (subject.size < 100000) buffer_put_byte(&subject, 'a');
    assert_string_equal(find("(a{50}){50}b", PERL, subject.data, subject.size, 0), "-");
    assert_string_equal(find("(a*)*b", PERL, subject.data, subject.size, 0), "-");
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 20);
    buffer_free(&subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extended),
        cmocka_unit_test(perl),
        cmocka_unit_test(ignoring_case),
        cmocka_unit_test(characters),
        cmocka_unit_test(subjects_in_one_buffer),
        cmocka_unit_test(plain_text),
        cmocka_unit_test(whole_words),
        cmocka_unit_test(basic),
        cmocka_unit_test(groups_are_those_of_the_author),
        cmocka_unit_test(searches_begin_where_they_are_told),
        cmocka_unit_test(nuls_in_the_subject_hide_nothing),
        cmocka_unit_test(bad_patterns_have_reasons),
        cmocka_unit_test(messages_show_the_pattern),
        cmocka_unit_test(rows_of_repetitions_are_one),
        cmocka_unit_test(large_but_allowed_patterns_are_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
