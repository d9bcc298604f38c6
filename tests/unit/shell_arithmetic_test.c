/* arithmetic.h: values, side effects and their order, errors, recursion. What bash says is asked in
 * shell_arithmetic_bash_test. */
#include "reference.h"

#include "shell/arithmetic.h"

/* Variables a to z with their texts, and a log of what was read and written. */
struct variables {
    char values[26][40];
    struct buffer log;
    int fail; /* a code that the next write returns */
};

static int read_variable(void *context, struct sh_arithmetic_run *run, struct sh_arithmetic_name *name,
                         struct sh_arithmetic_value *value)
{
    struct variables *variables = context;

    buffer_printf(&variables->log, "<%.*s", (int)name->length, name->text);
    if (name->subscript) {
        int result = sh_arithmetic_subscript(run, name->subscript, name->subscript_length, &name->index);
        if (result < 0) return result;
        name->has_index = true;
        buffer_printf(&variables->log, "[%lld]", (long long)name->index);
    }
    if (name->length == 3 && memcmp(name->text, "int", 3) == 0) { /* one that is kept as an integer */
        value->integer = 41;
        return 0;
    }
    value->text = variables->values[name->text[0] - 'a'];
    value->length = strlen(value->text);
    return 0;
}

static int write_variable(void *context, struct sh_arithmetic_run *run, const struct sh_arithmetic_name *name,
                          int64_t value)
{
    struct variables *variables = context;

    if (variables->fail) return variables->fail;
    buffer_printf(&variables->log, ">%.*s", (int)name->length, name->text);
    if (name->has_index)
        buffer_printf(&variables->log, "[%lld]", (long long)name->index);
    else if (name->subscript)
        buffer_printf(&variables->log, "[%.*s]", (int)name->subscript_length, name->subscript);
    buffer_printf(&variables->log, "=%lld", (long long)value);
    snprintf(variables->values[name->text[0] - 'a'], sizeof variables->values[0], "%lld", (long long)value);
    return 0;
}

/* The value, or the message, as text, behind it the log. */
static void check(struct variables *variables, const char *text, const char *expected)
{
    const struct sh_arithmetic_host host = {variables, read_variable, write_variable};
    struct sh_arithmetic_failure failure;
    struct sh_arithmetic *expression;
    struct buffer output = {0};
    struct arena arena, scratch;
    int64_t value = 0;
    int result;

    arena_init(&arena, NULL);
    arena_init(&scratch, NULL);
    buffer_clear(&variables->log);
    assert_int_equal(sh_arithmetic_compile(&arena, text, strlen(text), &expression), 0);
    result = sh_arithmetic_evaluate(expression, &host, &scratch, &value, &failure);
    if (result == 0)
        buffer_printf(&output, "%lld", (long long)value);
    else if (failure.message)
        sh_arithmetic_describe(&failure, &output);
    else
        buffer_printf(&output, "code %d", result);
    if (variables->log.size) buffer_printf(&output, " %s", variables->log.data);
    assert_string_equal(output.data, expected);
    buffer_free(&output);
    arena_free(&arena);
    arena_free(&scratch);
}

static void side_effects_have_their_order(void **state)
{
    struct variables variables = {.fail = 0};

    check(&variables, "", "0");
    check(&variables, "  ", "0");
    check(&variables, "1 + 2 * 3 ** 2", "19");
    check(&variables, "x = 5", "5 >x=5");
    check(&variables, "x++ + x", "11 <x>x=6<x");
    check(&variables, "--x", "5 <x>x=5");
    check(&variables, "x += x = 2", "7 <x>x=2>x=7");
    check(&variables, "0 && (x = 1)", "0");
    check(&variables, "1 || x++", "1");
    check(&variables, "0 ? x++ : int", "41 <int");
    check(&variables, "q[x++] += 3", "3 <q<x>x=8[7]>q[7]=3");
    check(&variables, "q[x] = 3", "3 >q[x]=3");
    check(&variables, "q[1]++, ++q[2]", "5 <q[1]>q[1]=4<q[2]>q[2]=5");
    check(&variables, "x=1, x+y=2",
          "x=1, x+y=2: attempted assignment to non-variable (error token is \"=2\") >x=1<x");
    check(&variables, "x=3, 1/0", "x=3, 1/0: division by 0 (error token is \"0\") >x=3");
    check(&variables, "x=4, 08", "x=4, 08: value too great for base (error token is \"08\") >x=4");
    check(&variables, "  q[", "q[: bad array subscript (error token is \"q[\")");
    check(&variables, "q[1+]", "1+: syntax error: operand expected (error token is \"+\") <q");
    variables.fail = UMBRA_EACCES;
    check(&variables, "x = 1", "code -13");
    buffer_free(&variables.log);
}

static void numbers_wrap_around(void **state)
{
    struct variables variables = {.fail = 0};

    check(&variables, "9223372036854775807 + 1", "-9223372036854775808");
    check(&variables, "(1 << 63) / -1", "-9223372036854775808");
    check(&variables, "(1 << 63) % -1", "0");
    check(&variables, "1 << 64", "1");
    check(&variables, "1 << -1", "-9223372036854775808");
    check(&variables, "-8 >> 1", "-4");
    check(&variables, "-8 >> 65", "-4");
    check(&variables, "-(1 << 63)", "-9223372036854775808");
    check(&variables, "3 ** 41 * 3 ** 41", "2611284305020221001");
    check(&variables, "2 ** -1", "2 ** -1: exponent less than 0 (error token is \"1\")");
    check(&variables, "x = 1 << 63, x /= -1",
          "-9223372036854775808 >x=-9223372036854775808<x>x=-9223372036854775808");
    buffer_free(&variables.log);
}

static void values_are_expressions(void **state)
{
    struct variables variables = {.fail = 0};
    char log[2 * SH_ARITHMETIC_RECURSION + 100];
    unsigned i;

    strcpy(variables.values[0], "b + 1");
    strcpy(variables.values[1], " -12 ");
    strcpy(variables.values[2], "d");
    strcpy(variables.values[3], "c");
    strcpy(variables.values[4], "1 +");
    strcpy(variables.values[5], "g = 7");
    check(&variables, "a * 2", "-22 <a<b");
    check(&variables, "f, g", "7 <f>g=7<g");
    check(&variables, "2 * e", "1 +: syntax error: operand expected (error token is \"+\") <e");
    strcpy(log, "d: expression recursion level exceeded (error token is \"d\") ");
    for (i = 0; i < SH_ARITHMETIC_RECURSION; i++) strcat(log, i & 1 ? "<d" : "<c");
    check(&variables, "c", log);
    buffer_free(&variables.log);
}

static void nesting_has_its_limit(void **state)
{
    struct variables variables = {.fail = 0};
    const struct sh_arithmetic_host host = {&variables, read_variable, write_variable};
    static char text[20001];
    struct sh_arithmetic_failure failure;
    struct arena arena;
    int64_t value;
    size_t i;

    arena_init(&arena, NULL);
    for (i = 0; i < 10000; i++) text[i] = '(', text[20000 - 1 - i] = ')';
    assert_int_equal(sh_arithmetic_evaluate_text(text, 20000, &host, &arena, &value, &failure), UMBRA_EINVAL);
    assert_string_equal(failure.message, "expression recursion level exceeded");
    memset(text, '-', 10000);
    text[10000] = '1';
    assert_int_equal(sh_arithmetic_evaluate_text(text, 10001, &host, &arena, &value, &failure), UMBRA_EINVAL);
    for (i = 0; i < 20000; i++) text[i] = i & 1 ? '+' : '1'; /* long, but not deep */
    assert_int_equal(sh_arithmetic_evaluate_text(text, 19999, &host, &arena, &value, &failure), 0);
    assert_int_equal(value, 10000);
    for (i = 0; i < 40; i++) memcpy(text + 4 * i, "1+(2", 4);
    memset(text + 160, ')', 40);
    assert_int_equal(sh_arithmetic_evaluate_text(text, 200, &host, &arena, &value, &failure), 0);
    assert_int_equal(value, 1 + 39 * 21 + 2);
    arena_free(&arena);
}

static void plain_integers_are_seen(void **state)
{
    int64_t value = 0;

    assert_true(sh_arithmetic_plain_integer("0", 1, &value));
    assert_true(sh_arithmetic_plain_integer("-123456789012345678", 19, &value));
    assert_true(value == -123456789012345678);
    assert_false(sh_arithmetic_plain_integer("", 0, &value));
    assert_false(sh_arithmetic_plain_integer("-", 1, &value));
    assert_false(sh_arithmetic_plain_integer("01", 2, &value));
    assert_false(sh_arithmetic_plain_integer("-0", 2, &value));
    assert_false(sh_arithmetic_plain_integer("1234567890123456789", 19, &value));
    assert_false(sh_arithmetic_plain_integer("1 ", 2, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(side_effects_have_their_order), cmocka_unit_test(numbers_wrap_around),
        cmocka_unit_test(values_are_expressions),        cmocka_unit_test(nesting_has_its_limit),
        cmocka_unit_test(plain_integers_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
