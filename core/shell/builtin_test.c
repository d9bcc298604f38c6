/* builtin_test.c: test and [ (POSIX.1-2017 XCU, test; bash 5.2 manual, "Bourne Shell Builtins"): up to four
 * arguments mean what their number says, more are read by a grammar. */
#include <stdio.h>

#include "shell/builtins.h"
#include "shell/test_operators.h"

#define NESTING_MAX 1000 /* parentheses and -a and -o within one another */

struct test {
    struct shell *shell;
    const char *name;
    int at, count;
    char *const *words; /* count of them are the expression; behind them stands "]" or NULL */
    unsigned depth;
    bool failed; /* that was said */
};

static bool read_or(struct test *test);

static bool is(const char *word, const char *what)
{
    return strcmp(word, what) == 0;
}

UMBRA_PRINTF(2, 3) static bool fail(struct test *test, const char *format, ...)
{
    char text[512];
    va_list arguments;

    if (test->failed) return false;
    test->failed = true;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    sh_builtin_error(test->shell, test->name, "%s", text);
    return false;
}

/* What an word said. */
static bool take(struct test *test, int result)
{
    if (result < 0) test->failed = true;
    return result > 0;
}

/* The next word is needed. */
static bool advance(struct test *test)
{
    test->at++;
    if (test->at < test->count) return true;
    return fail(test, "argument expected");
}

static bool read_unary(struct test *test)
{
    const char *word = test->words[test->at];
    int64_t number;

    if (word[1] != 't') {
        if (!advance(test)) return false;
        return take(test, sh_test_unary(test->shell, test->name, word[1], test->words[test->at++]));
    }
    test->at++; /* -t may stand alone */
    if (test->at == test->count) return sh_test_unary(test->shell, test->name, 't', "1") > 0;
    if (!sh_read_integer(test->words[test->at], &number)) return false;
    return take(test, sh_test_unary(test->shell, test->name, 't', test->words[test->at++]));
}

static bool read_binary(struct test *test)
{
    char *const *words = test->words + test->at;

    test->at += 3;
    return take(test, sh_test_binary(test->shell, test->name, words[1], words[0], words[2]));
}

static bool read_group(struct test *test)
{
    const char *end;
    bool value;

    if (!advance(test)) return false;
    if (++test->depth > NESTING_MAX) return fail(test, "too many parentheses");
    value = read_or(test);
    test->depth--;
    if (test->failed) return false;
    end = test->words[test->at];
    if (end == NULL) return fail(test, "`)' expected");
    if (!is(end, ")")) return fail(test, "`)' expected, found %s", end);
    test->at++;
    return value;
}

static bool read_term(struct test *test)
{
    const char *word;
    bool negated = false;

    if (test->at >= test->count) return fail(test, "argument expected");
    while (is(test->words[test->at], "!")) {
        negated = !negated;
        if (!advance(test)) return false;
    }
    word = test->words[test->at];
    if (is(word, "(")) return read_group(test) != negated;
    if (test->at + 3 <= test->count && sh_test_is_binary(test->words[test->at + 1]))
        return read_binary(test) != negated;
    if (test->at + 2 <= test->count && word[0] == '-' && word[1] && word[2] == '\0') {
        if (!sh_test_is_unary(word)) return fail(test, "%s: unary operator expected", word);
        return read_unary(test) != negated;
    }
    test->at++;
    return (*word != '\0') != negated;
}

static bool read_and(struct test *test)
{
    bool value = read_term(test);

    while (!test->failed && test->at < test->count && is(test->words[test->at], "-a")) {
        test->at++;
        value = (int)read_term(test) & (int)value;
    }
    return value;
}

static bool read_or(struct test *test)
{
    bool value = read_and(test);

    while (!test->failed && test->at < test->count && is(test->words[test->at], "-o")) {
        test->at++;
        value = (int)read_and(test) | (int)value;
    }
    return value;
}

static bool read_two(struct test *test)
{
    const char *word = test->words[test->at];
    bool value;

    if (is(word, "!")) {
        test->at += 2;
        return test->words[test->at - 1][0] == '\0';
    }
    if (!sh_test_is_unary(word)) return fail(test, "%s: unary operator expected", word);
    value = read_unary(test);
    test->at = test->count; /* what is no number behind -t is false and nothing else */
    return value;
}

static bool read_three(struct test *test)
{
    char *const *words = test->words + test->at;

    if (sh_test_is_binary(words[1])) return read_binary(test);
    if (is(words[1], "-a") || is(words[1], "-o")) {
        test->at += 3;
        return is(words[1], "-a") ? *words[0] && *words[2] : *words[0] || *words[2];
    }
    if (is(words[0], "!")) {
        test->at++;
        return !read_two(test);
    }
    if (is(words[0], "(") && is(words[2], ")")) {
        test->at += 3;
        return *words[1] != '\0';
    }
    return fail(test, "%s: binary operator expected", words[1]);
}

static bool read_four(struct test *test)
{
    bool value;

    if (is(test->words[test->at], "!")) {
        test->at++;
        return !read_three(test);
    }
    if (is(test->words[test->at], "(") && is(test->words[test->at + 3], ")")) {
        test->at++;
        value = read_two(test);
        test->at++;
        return value;
    }
    return read_or(test);
}

static bool read_all(struct test *test)
{
    switch (test->count - test->at) {
    case 0:
        return false;
    case 1:
        return *test->words[test->at++] != '\0';
    case 2:
        return read_two(test);
    case 3:
        return read_three(test);
    case 4:
        return read_four(test);
    default:
        return read_or(test);
    }
}

static enum sh_step run(struct shell *shell, struct sh_builtin_call *call)
{
    struct test test = {.shell = shell, .name = call->argv[0], .at = 1, .words = call->argv};
    bool value;

    test.count = call->argc;
    shell->status = 2;
    if (is(test.name, "[") && !is(call->argv[--test.count], "]")) {
        sh_builtin_error(shell, test.name, "missing `]'");
        return SH_RETURNS;
    }
    value = read_all(&test);
    if (!test.failed && test.at < test.count) {
        if (test.words[test.at][0] == '-')
            fail(&test, "syntax error: `%s' unexpected", test.words[test.at]);
        else
            fail(&test, "too many arguments");
    }
    if (!test.failed) shell->status = !value;
    return SH_RETURNS;
}

const struct sh_builtin sh_builtin_test = {.name = "test", .run = run, .usage = "test [expr]"};
const struct sh_builtin sh_builtin_bracket = {.name = "[", .run = run, .usage = "[ arg... ]"};
