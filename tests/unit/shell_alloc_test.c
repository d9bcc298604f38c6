/* Each allocation of the shell's parts fails once: UMBRA_ENOMEM (or a failed buffer), or the right answer; no
 * crash, no leak. */
#include "failing_alloc.h"
#include "reference.h"

#include "base/real.h"
#include "shell/arithmetic.h"
#include "shell/format.h"
#include "shell/pattern.h"
#include "shell/quote.h"

static int read_variable(void *context, struct sh_arithmetic_run *run, struct sh_arithmetic_name *name,
                         struct sh_arithmetic_value *value)
{
    static const char text[] = "1+(2+(3+(4+(5+(6+(7+(8+(9+(10+(11+(12+(13+(14))))))))))))) ";
    value->text = name->length == 1 ? text : "x";
    value->length = strlen(value->text);
    return 0;
}

static int write_variable(void *context, struct sh_arithmetic_run *run, const struct sh_arithmetic_name *name,
                          int64_t value)
{
    return 0;
}

/* An answer as text in output; a negative code when memory was missing. */
typedef int work(struct buffer *output);

static int do_arithmetic(struct buffer *output)
{
    const struct sh_arithmetic_host host = {NULL, read_variable, write_variable};
    struct sh_arithmetic_failure failure;
    struct sh_arithmetic *expression;
    struct arena arena;
    int64_t value = 0;
    int result;

    arena_init(&arena, NULL);
    result = sh_arithmetic_compile(&arena, "x + yy * 2 ? a = x++ : (1, 2)", 29, &expression);
    if (result == 0) result = sh_arithmetic_evaluate(expression, &host, &arena, &value, &failure);
    arena_free(&arena);
    buffer_printf(output, "%lld", (long long)value);
    return result;
}

static int do_pattern(struct buffer *output)
{
    static const char text[] = "zabcabcxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxy";
    struct sh_pattern *pattern;
    struct sh_match match = {0, 0};
    struct arena arena;
    struct error error;
    size_t at = 0;
    int result;

    arena_init(&arena, NULL);
    result = sh_pattern_compile(&arena, "[[:alpha:]a-z0-9]*(!(!(ab|c)))@(x|y)*", 37, SH_PATTERN_EXTGLOB,
                                &pattern, &error);
    if (result == 0) result = sh_pattern_match(pattern, text, strlen(text), &arena);
    if (result >= 0) result = sh_pattern_search(pattern, text, strlen(text), 0, &arena, &match);
    if (result >= 0) result = sh_pattern_suffix(pattern, text, strlen(text), true, &arena, &at);
    buffer_printf(output, "%d %zu %zu %zu", result, match.start, match.end, at);
    arena_free(&arena);
    return result;
}

static int do_format(struct buffer *output)
{
    static const struct sh_format_argument arguments[] = {{"1e-4000", 7}, {"a\\u20acb\x01", 9}, {"a\tb", 3},
                                                          {"12", 2},      {"1700000000", 10},   {"x", 1}};
    const struct sh_format format = {
        .format = "%.4100f %b %q %.70d %(%c)T %d\n", .length = 30, .arguments = arguments, .count = 6};
    struct buffer messages = {0};
    int result = sh_format(&format, output, &messages);
    buffer_put(output, messages.data, messages.size);
    buffer_free(&messages);
    return result;
}

static int do_date(struct buffer *output)
{
    static const struct calendar_zone utc = {.name = "UTC"};
    struct calendar_time time;
    calendar_break(1700000000, 0, &utc, &time);
    return calendar_format(output, "%c %40D %:z %N %s %^r", 21, &time, 1000);
}

static void every_allocation_may_fail(void **state)
{
    static work *const works[] = {do_arithmetic, do_pattern, do_format, do_date};
    size_t i;

    for (i = 0; i < sizeof works / sizeof works[0]; i++) {
        struct buffer right = {0}, output;
        long n;
        bool reached = true;
        assert_true(works[i](&right) >= 0);
        for (n = 0; reached && n < 1000; n++) {
            int result;
            memset(&output, 0, sizeof output);
            alloc_fail_at(n);
            result = works[i](&output);
            reached = alloc_has_failed();
            alloc_fail_at(-1);
            if (result < 0)
                assert_int_equal(result, UMBRA_ENOMEM);
            else if (!output.failed)
                assert_memory_equal(buffer_string(&output), right.data, right.size);
            assert_true(reached || result >= 0);
            buffer_free(&output);
        }
        assert_true(n > 1 && n < 1000);
        buffer_free(&right);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
